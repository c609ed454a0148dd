"""The Training pane, as a user sees it."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Select
from textual_plot import PlotWidget

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import NetworkModel
from bigram_tui.lm.network import Network
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.panes.training.pane import TrainingPane
from bigram_tui.panes.training.remark import Remark
from bigram_tui.session.snapshots.training import Training
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.loss_curve import LossCurve
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, noting, on_screen, opened, rests, until, until_busy
from tests.lists import parse_words


async def type_setting(pilot: Pilot[None], name: str, value: object) -> None:
    await pilot.click(f"#{name} Input")
    await pilot.press(*f"{value:g}" if isinstance(value, float) else str(value), "enter", "escape")


async def choose(pilot: Pilot[None], name: str, value: str) -> None:
    """Choose from a select with the keyboard."""
    select = pilot.app.screen.query_one(f"#{name}", Select)
    select.focus()
    choices = [value for _, value in select._options]
    await pilot.press("enter", "home", *["down"] * choices.index(value), "enter")
    await pilot.pause()


def remark(pilot: Pilot[None]) -> str:
    """The pane's remark about the run, which must be fully visible."""
    place = pilot.app.screen.query_one(Remark)
    assert place.region in place.parent.region
    return str(place.content)


async def command(pilot: Pilot[None], name: str) -> None:
    """Run the command with this name from the palette."""
    (callback,) = (c.callback for c in pilot.app.get_system_commands(pilot.app.screen) if c.title == name)
    callback()
    await pilot.pause()


async def test_one_step_per_key(us_names: Corpus, reference: dict) -> None:
    losses = reference["us_names_2018.txt"]["training"]["article"]["losses"]
    async with opened(us_names, "3") as pilot:
        assert "Step 0 of 200" in on_screen(pilot)
        assert f"{losses['0']:.4f}" in on_screen(pilot)
        await pilot.press(*["space"] * 10)
        assert "Step 10 of 200" in on_screen(pilot)
        assert f"{losses['10']:.4f}" in on_screen(pilot)


@pytest.mark.parametrize("run", ["article", "lecture", "zeros_noreg"])
async def test_a_preset_or_typed_settings_reproduce_every_loss_of_the_reference(
    us_names: Corpus, reference: dict, run: str
) -> None:
    figures = reference["us_names_2018.txt"]["training"][run]
    async with opened(us_names, "3") as pilot:
        if run == "zeros_noreg":
            await type_setting(pilot, "steps", figures["steps"])
            await type_setting(pilot, "learning_rate", figures["learning_rate"])
            await type_setting(pilot, "regularization", 0)
            await type_setting(pilot, "seed", figures["seed"])
            await choose(pilot, "init", "zeros")
        else:
            await choose(pilot, "preset", {"article": "default"}.get(run, run))
        await pilot.press("escape", "f")
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: not training.latest.running)
        names = ("init", "seed", "steps", "learning_rate", "regularization")
        assert {name: getattr(training.latest.settings, name) for name in names} == {
            name: figures[name] for name in names
        }
        losses = training.latest.losses
        for step, loss in figures["losses"].items():
            assert losses[int(step)].total == pytest.approx(loss, abs=1e-5)
        assert losses.last.data == pytest.approx(figures["final_data_nll"], abs=1e-5)
        shown = on_screen(pilot)
        assert f"Step {figures['steps']} of {figures['steps']}" in shown
        assert f"{losses.last.data:.4f}" in shown
        await pilot.click("Tab#--content-tab-losses")
        await pilot.pause()
        shown = on_screen(pilot)
        for step in list(figures["losses"])[-8:]:
            assert f"{int(step):>9} {losses[int(step)].total:>9.4f}" in shown


async def test_the_loss_is_shown_with_what_to_compare_it_with(us_names: Corpus, reference: dict) -> None:
    figures = reference["us_names_2018.txt"]
    async with opened(us_names, "3") as pilot:
        shown = on_screen(pilot)
    assert f"counting           {figures['nll']['0']['mean']:.4f}" in shown
    assert f"letters alone      {figures['baselines']['letter_frequencies']:.4f}" in shown
    assert f"knowing nothing    {figures['baselines']['uniform']:.4f}" in shown
    assert "nats, means over 229,804 bigrams" in shown


async def test_run_continues_until_paused_beyond_the_set_number_of_steps(us_names: Corpus) -> None:
    async with opened(us_names, "3", "r", settings=TrainingSettings(steps=3)) as pilot:
        trainer = app_of(pilot).workspace.trainer
        await until(pilot, lambda: trainer.training.latest.step > 5)
        assert "running" in on_screen(pilot)
        await pilot.press("r")
        await until(pilot, lambda: not trainer.training.latest.running)
        steps = trainer.training.latest.step
        await pilot.press("space")
        assert f"Step {steps + 1} of 3" in on_screen(pilot)


async def test_x_starts_over_and_u_undoes_it(us_names: Corpus) -> None:
    async with opened(us_names, "3", "space", "space", "space") as pilot:
        training = app_of(pilot).workspace.trainer.training
        before = training.latest.losses
        await pilot.press("x")
        assert training.latest.losses.last == before[0]
        await pilot.press("u")
        assert training.latest.losses is before
        assert "Step 3 of 200" in on_screen(pilot)


async def test_starting_over_ends_a_run(us_names: Corpus) -> None:
    async with opened(us_names, "3", "r") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: training.latest.step > 1)
        await pilot.press("x")
        await until(pilot, lambda: not training.latest.running)
        assert "Step 0 of 200" in on_screen(pilot)


async def test_a_value_out_of_range_is_refused_with_the_reason_while_typing(us_names: Corpus) -> None:
    async with opened(us_names, "3") as pilot:
        await pilot.click("#learning_rate Input")
        await pilot.press("minus", "1", "enter")
        assert "the learning rate must be" in on_screen(pilot)
        await pilot.press("escape")
        assert "the learning rate must be" not in on_screen(pilot)
        assert app_of(pilot).workspace.trainer.training.latest.settings == TrainingSettings()


async def test_text_that_is_not_a_number_is_refused(us_names: Corpus) -> None:
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        for text in ("1_0", "٣٠", "ten", "", "1.5", "1e3"):
            await pilot.click("#steps Input")
            pilot.app.focused.value = text
            await pilot.press("enter")
            refusal = f"this is not a {'whole ' if text in ('1.5', '1e3') else ''}number"
            assert refusal in on_screen(pilot)
            await pilot.press("escape")
            assert refusal not in on_screen(pilot)
            assert app_of(pilot).workspace.trainer.training.latest.settings.steps == 200


async def test_the_menu_of_a_choice_is_as_wide_as_its_field_and_its_keys_are_named_as_elsewhere(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        select = pilot.app.screen.query_one("#init", Select)
        await pilot.click(select)
        menu = pilot.app.screen.focused
        assert menu is not None
        assert (menu.region.x, menu.region.right) == (select.region.x, select.region.right)
        assert "enter Use it  escape Leave" in on_screen(pilot)


async def test_a_vocabulary_too_large_for_a_network_is_explained() -> None:
    words = "\n".join(map(chr, range(0x4E00, 0x4E00 + 1_001)))
    async with opened(parse_words(words.encode(), "many"), "3", "space", "f", "x", "r") as pilot:
        assert "A network is trained for up to 1,000 characters" in on_screen(pilot)
        await pilot.press("4", "m")
        assert "uniform: each of 1,002" in on_screen(pilot)
        await pilot.press("2", "v", "v")
        await until(pilot, lambda: "A network is trained for" in on_screen(pilot))


async def test_the_first_layout_is_final(us_names: Corpus) -> None:
    """What depends on the size is right before the first key, and after a resize."""
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        shown = on_screen(pilot)
        assert "knowing nothing    3.2958" in shown
        assert "nats, means over" in shown
        await pilot.resize_terminal(140, 40)
        await until(pilot, lambda: "data + regularization" in on_screen(pilot))


def lines_of(curve: LossCurve) -> dict[str | None, Any]:
    """The curves, by their labels in the legend."""
    return dict(zip(curve._labels, curve._datasets, strict=True))


async def test_the_curve_shows_loss_and_floor(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "3", "f") as pilot:
        training = app_of(pilot).workspace.trainer.training
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: not training.latest.running and len(lines_of(curve)["loss"].y) > 200)
        drawn = lines_of(curve)
        assert drawn["loss"].y.tolist() == training.latest.losses.table.sum(1).tolist()
        assert set(drawn["counting"].y.tolist()) == {us_counts.nll(0)}
        assert set(drawn["letters alone"].y.tolist()) == {us_counts.letter_nll}
        assert set(drawn["knowing nothing"].y.tolist()) == {us_counts.uniform_nll}


@pytest.mark.parametrize(
    ("pane", "names"),
    [("3", ["learning_rate", "seed", "batch_size"]), ("4", ["temperature", "seed"]), ("2", ["smoothing"])],
)
async def test_an_error_is_shown_below_its_own_field(us_names: Corpus, pane: str, names: list[str]) -> None:
    async with opened(us_names, pane) as pilot:
        for name in names:
            await pilot.click(f"#{name} Input")
            await pilot.press("minus", "1")
            await pilot.pause()
            field = pilot.app.screen.query_one(f"#{name} Input").region
            below = on_screen(pilot).splitlines()[field.bottom][field.x - 15 : field.right]
            assert re.match("(the|a|smoothing) [a-z]+ [a-z]+", below), f"under {name}: {below}"
            assert "must be" in on_screen(pilot)
            await pilot.press("escape")
            await pilot.pause()
            assert "must be" not in on_screen(pilot)


async def test_a_run_at_full_speed_says_so(us_names: Corpus) -> None:
    async with opened(us_names, "3", settings=TrainingSettings(steps=1_000_000)) as pilot:
        pilot.app.simulate_key("f")  # pilot.press would wait until the run ends
        await until(pilot, lambda: "running, full speed" in on_screen(pilot))
        pilot.app.simulate_key("r")
        await until(pilot, lambda: "running" not in on_screen(pilot))


async def test_after_the_last_step_the_inside_shows_one_more(us_names: Corpus) -> None:
    async with opened(us_names, "3", "f", "i") as pilot:
        await until(pilot, lambda: "One more step would lead from 200 to 201" in on_screen(pilot))


def plotted(pilot: Pilot[None]) -> tuple[list[str], dict[int, float]]:
    """The lines of the plot inside its frame, and the values of the rows that have a label."""
    lines = [
        line.split("┃") if "┃" in line else re.split("[┫┣]", line) for line in on_screen(pilot).splitlines()
    ]
    inside = [parts for parts in lines if len(parts) == 3 and parts[0].startswith("│")]
    labels = {row: parts[0][1:].strip().replace("−", "-") for row, parts in enumerate(inside)}
    return [parts[1] for parts in inside], {row: float(label) for row, label in labels.items() if label}


def dots_in(line: str) -> list[int]:
    """How many columns of dots a line has, in each of its four rows of dots."""
    bits = [ord(sign) - 0x2800 for sign in line if 0x2800 <= ord(sign) < 0x2900]
    return [sum(bin(b & pair).count("1") for b in bits) for pair in (0x09, 0x12, 0x24, 0xC0)]


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((140, 40))])
async def test_lines_are_at_their_values_and_have_names(
    us_names: Corpus, us_counts: NgramCounts, size: tuple[int, int]
) -> None:
    async with opened(us_names, "3", "f", size=size) as pilot:
        await until(pilot, lambda: "Step 200 of 200" in on_screen(pilot) and "loss┃" in on_screen(pilot))
        lines, labels = plotted(pilot)
        (upper, most), *_, (lower, least) = labels.items()
        in_row = (most - least) / (lower - upper)
        assert list(labels) == list(range(upper, lower + 1, list(labels)[1] - upper))
        for name, value in (
            ("knowing nothing", us_counts.uniform_nll),
            ("letters alone", us_counts.letter_nll),
            ("counting", us_counts.nll(0)),
        ):
            row, part = divmod(upper + 0.5 + (most - value) / in_row, 1)
            dots = dots_in(lines[int(row)])
            assert dots[int(part * 4)] >= len(lines[0]) / 2, f"{name} is not at {value}"
            assert any(
                line.rstrip().endswith(f" {name}") for line in lines[max(int(row) - 1, 0) : int(row) + 2]
            )
        assert "●" in "".join(lines)


@pytest.mark.parametrize(
    ("settings", "done", "keys", "steps"),
    [
        (TrainingSettings(learning_rate=100_000), 90, [], "200"),
        (TrainingSettings(steps=100_000), 1, [], "100,000"),
        (TrainingSettings(steps=100_000), 1, ["v"], "100,000"),
        (TrainingSettings("zeros", learning_rate=1e-4, regularization=0), 1, ["v"], "200"),
    ],
)
async def test_tick_labels_are_complete_and_distinct(
    us_names: Corpus, settings: TrainingSettings, done: int, keys: list[str], steps: str
) -> None:
    """For losses beyond 1e20, a hundred thousand steps, and a loss that hardly changes."""
    async with opened(us_names, "3", settings=settings, size=(80, 24)) as pilot:
        app_of(pilot).workspace.trainer.step(done)
        await pilot.press(*keys)
        await until(pilot, lambda: "●" in on_screen(pilot) and f"Step {done} of" in on_screen(pilot))
        await rests(pilot)
        lines, labels = plotted(pilot)
        assert len(labels) == len(set(labels.values())) >= 2
        assert len(set(np.diff(list(labels)))) == 1, "as many rows from one to the next"
        if "v" not in keys:
            (first, most), (second, less), *_ = labels.items()
            in_row = (most - less) / (second - first)
            row = next(row for row, line in enumerate(lines) if "●" in line)
            loss = app_of(pilot).workspace.trainer.training.latest.loss.total
            assert abs(most + (first - row) * in_row - loss) <= in_row * 0.51
        axis = on_screen(pilot).splitlines()[len(lines) + 4]
        assert re.search(rf"\b0 .* {steps} *│", axis)


async def test_a_long_curve_is_drawn_by_the_range_of_each_column(us_names: Corpus) -> None:
    settings = TrainingSettings("randn", steps=3_000, learning_rate=1000, batch_size=50)
    async with opened(us_names, "3", "f", settings=settings) as pilot:
        training = app_of(pilot).workspace.trainer.training
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: not training.latest.running)
        await until(pilot, lambda: lines_of(curve)["loss"].x[-1] > 2_900)
        drawn = lines_of(curve)["loss"]
        losses = training.latest.losses.table.sum(1)
        assert len(drawn.y) <= 4 * curve.size.width
        assert (drawn.y.max(), drawn.y.min()) == (losses.max(), losses.min())


async def test_the_logarithmic_scale_shows_loss_minus_floor(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "3", *["space"] * 5, "v") as pilot:
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: len(lines_of(curve)["loss"].y) == 6)
        losses = app_of(pilot).workspace.trainer.training.latest.losses
        expected = [math.log10(losses[step].total - us_counts.nll(0)) for step in range(6)]
        assert lines_of(curve)["loss"].y.tolist() == pytest.approx(expected)
        assert "Loss minus counting, logarithmic" in on_screen(pilot)
        await pilot.press("v")
        assert "Loss by step" in on_screen(pilot)


async def test_the_cursor_is_the_step_shown_everywhere(us_names: Corpus) -> None:
    async with opened(us_names, "3", *["space"] * 12) as pilot:
        workspace = app_of(pilot).workspace
        losses = workspace.trainer.training.latest.losses
        for keys, step in (
            (["left"], 11),
            (["comma", "full_stop"], 11),
            (["less_than_sign"], 1),
            (["home"], 0),
            (["greater_than_sign", "right"], 11),
            (["end"], 12),
            (["pageup"], 0),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert f"Step {step} of 200" in on_screen(pilot)
            assert f"{losses[step].total:.4f}" in on_screen(pilot)
        await pilot.press("home", "greater_than_sign", "2", "v", "v")
        assert "softmax(W), after 10 steps" in on_screen(pilot)
        assert workspace.model("network").description == "network after 10 steps"


async def test_clicking_the_curve_goes_to_that_step(us_names: Corpus) -> None:
    async with opened(us_names, "3", "f") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: not training.latest.running)
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: len(lines_of(curve)["loss"].y) > 200)
        await pilot.click(LossCurve, offset=(curve.size.width // 2, 5))
        await pilot.pause()
        assert 80 < training.latest.step < 120


async def test_training_from_a_past_step_gives_the_same_and_keeps_the_abandoned_curve(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "3", *["space"] * 30) as pilot:
        training = app_of(pilot).workspace.trainer.training
        before = training.latest
        await pilot.press(*["less_than_sign"] * 2, *["space"] * 20)
        assert training.latest.step == 30
        assert torch.equal(training.latest.network.W, before.network.W)
        assert training.latest.losses.table.tolist() == before.losses.table.tolist()
        (left,) = training.latest.past
        assert (left.left_at, left.losses) == (10, before.losses)
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: "left at step 10" in lines_of(curve))
        await pilot.press("u")
        assert training.latest.losses is before.losses
        assert training.latest.past == ()
        await pilot.press("less_than_sign", "space", "x")
        assert [past.left_at for past in training.latest.past] == [None]


async def test_three_earlier_runs_stay_as_curves(us_names: Corpus) -> None:
    async with opened(us_names, "3") as pilot:
        for rate in (1, 2, 5, 20):
            await type_setting(pilot, "learning_rate", rate)
            await pilot.press("space", "space", "x")
        training = app_of(pilot).workspace.trainer.training
        assert [past.settings.learning_rate for past in training.latest.past] == [2, 5, 20]
        curve = pilot.app.screen.query_one(LossCurve)
        await until(pilot, lambda: "rand, rate 20, λ 0.01" in lines_of(curve))


async def test_the_learning_rate_changes_while_it_runs(us_names: Corpus) -> None:
    async with opened(us_names, "3", "minus", "r") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: training.latest.step > 2)
        await type_setting(pilot, "learning_rate", 50)
        assert training.latest.running
        (_, first), (since, changed) = training.latest.changes
        assert (first.learning_rate, changed.learning_rate) == (10, 50)
        await pilot.press("plus", "plus", "minus")
        await until(pilot, lambda: training.latest.step > since + 2)
        await pilot.press("r")
        assert training.latest.past == (), "a run that goes on otherwise leaves no future"
        await until(pilot, lambda: f" rate 50, λ 0.01 from {since}" in on_screen(pilot))
        latest = training.latest
        assert not latest.running
        W = TrainingRun(app_of(pilot).workspace.dataset.latest.counts, first).state.network.W
        for step in range(latest.step):
            network, settings = Network(W), first if step < since else changed
            gradient = network.gradient(latest.frequencies, settings.regularization)
            W = network.step(gradient, settings.learning_rate).W
        assert torch.equal(W, latest.network.W)


async def test_the_settings_of_a_past_step_are_those_it_had(us_names: Corpus) -> None:
    async with opened(us_names, "3", *["space"] * 5) as pilot:
        await type_setting(pilot, "regularization", 1)
        await pilot.press(*["space"] * 5)
        training = app_of(pilot).workspace.trainer.training
        assert training.latest.settings.regularization == 1
        await pilot.press("less_than_sign")
        assert training.latest.settings.regularization == 0.01
        assert pilot.app.screen.query_one("#regularization Input").value == "0.01"


async def test_a_run_stops_when_the_gain_is_too_small(us_names: Corpus) -> None:
    async with opened(us_names, "3") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await type_setting(pilot, "least_gain", 0.05)
        await until(pilot, lambda: training.latest.least_gain == 0.05)
        await pilot.press("f")
        await until(pilot, lambda: training.latest.remark)
        losses, step = training.latest.losses, training.latest.step
        assert step < 200
        assert losses[step - 10].total - losses[step].total < 0.05
        assert losses[step - 11].total - losses[step - 1].total >= 0.05
        assert f"Stopped after step {step}" in on_screen(pilot)


async def test_steps_made_before_the_settings_are_mounted_are_kept(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        app = app_of(pilot)
        app.simulate_key("3")
        await until_busy(pilot, lambda: isinstance(app.screen, TrainingPane) and app.screen.has_begun)
        app.workspace.trainer.step(5)
        await until(pilot, lambda: app.screen.query("#pace"))
        await rests(pilot)
        assert app.workspace.trainer.training.latest.step == 5
        assert app.workspace.trainer.training.latest.past == ()


async def test_a_run_continues_without_a_notice_that_it_was_drawn(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while switching from one screen to another."""
    async with opened(us_names, "3", "plus", "plus") as pilot:
        shown: list[Training] = []
        monkeypatch.setattr(pilot.app, "call_after_refresh", lambda *_: False)
        app_of(pilot).workspace.trainer.training.signal.subscribe(pilot.app, shown.append)
        await pilot.press("r")
        await until(pilot, lambda: len(shown) > 4)


async def test_a_divergence_stops_the_run_and_a_key_goes_back(us_names: Corpus) -> None:
    settings = TrainingSettings(learning_rate=100_000)
    async with opened(us_names, "3", "r", settings=settings, size=(80, 24)) as pilot:
        training = app_of(pilot).workspace.trainer.training
        await pilot.press("plus", "plus")
        await until(pilot, lambda: training.latest.remark)
        step = training.latest.step
        assert not math.isfinite(training.latest.loss.total)
        shown = remark(pilot)
        assert f"after step {step} the loss is no longer a finite number" in shown
        assert "multiplies W by 1 − 2·100000·0.01/729 = -1.74" in shown
        await pilot.press("space", "r", "f")
        assert training.latest.step == step
        await pilot.press("comma")
        assert training.latest.step == step - 1
        assert math.isfinite(training.latest.loss.total)
        assert f"Step {step - 1} of" in on_screen(pilot)
        assert re.search(r"loss +\d\.\d\de\+\d+ ", on_screen(pilot))


async def test_a_start_worse_than_knowing_nothing_is_explained(us_names: Corpus) -> None:
    async with opened(us_names, "3", settings=TrainingSettings("randn")) as pilot:
        assert "Worse than knowing nothing" in on_screen(pilot)
    async with opened(us_names, "3", settings=TrainingSettings("zeros")) as pilot:
        assert "Worse than knowing nothing" not in on_screen(pilot)


async def test_too_large_a_learning_rate_is_explained_with_what_a_notebook_prints(us_names: Corpus) -> None:
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        await choose(pilot, "preset", "too large")
        await pilot.press("escape", "f")
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: not training.latest.running)
        shown = remark(pilot)
    assert 20 < training.latest.loss.data < 40
    assert "a learning rate of 1,000 makes each step jump too far" in shown
    assert "From step 2 on exp(W) leaves float32, where a notebook's exp and sum print inf or nan" in shown


async def test_the_inside_of_a_step_has_its_own_numbers(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "3", *["space"] * 7, "i", size=(140, 60)) as pilot:
        training = app_of(pilot).workspace.trainer.training.latest
        first, second = us_counts.vocabulary.encode(us_names.words[0])[:2]
        shown = on_screen(pilot)
        W = training.network.W.double()
        P = W.softmax(1)[first, second].item()
        sign = us_counts.vocabulary.signs[second]
        share = us_counts.row_totals[first] / us_counts.total
        actual = us_counts.count(first, second) / us_counts.row_totals[first]
        gradient = share * (P - actual) + 2 * 0.01 * W[first, second].item() / 27**2
        assert f"P({sign}|.) = {W[first, second].exp():.4f} / {W[first].exp().sum():.4f} = {P:.6f}" in shown
        assert f"{-math.log(P):.6f} nats" in shown
        assert f"{share:.6f} × ({P:.6f} − {actual:.6f})" in shown
        written = float(re.search(r"^.*= (−?0\.\d{8})", shown, re.MULTILINE)[1].replace("−", "-"))
        assert written == pytest.approx(gradient, abs=1e-7)
        await pilot.press("space", "comma", "t", "g", "q", "u", "i")
        shown = on_screen(pilot)
        assert "P(u|q) = " in shown
        updated = float(re.search(r"update.*\n.*= (−?\d+\.\d{6})", shown)[1].replace("−", "-"))
        await pilot.press("space")
        q, u = us_counts.vocabulary.encode("qu")[1:3]
        after = app_of(pilot).workspace.trainer.training.latest.network.W[q, u].item()
        assert updated == pytest.approx(after, abs=1e-6)


async def test_a_small_screen_shows_one_part_at_a_time(us_names: Corpus) -> None:
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        assert "Loss by step" in on_screen(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "softmax(W)" in on_screen(pilot))
        assert "Loss by step" not in on_screen(pilot)
        await pilot.press("i")
        await until(pilot, lambda: "one-hot(.)" in on_screen(pilot))
        await pilot.press("i")
        await until(pilot, lambda: "Loss by step" in on_screen(pilot))


async def test_the_table_and_the_names_follow_the_training(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "3", *["space"] * 20) as pilot:
        grid, training = pilot.app.screen.query_one(BigramGrid), app_of(pilot).workspace.trainer.training
        W = training.latest.network.W
        assert grid.view.row(5) == pytest.approx(W.double().softmax(1)[5].numpy())
        model = NetworkModel(training.latest.network, 20, us_counts.vocabulary)
        seed = TrainingSettings().seed
        first = next(InverseTransformSampler(model, seed).names())
        assert f"│ {first} " in on_screen(pilot)
        await pilot.press("t", "V")
        assert grid.view.kind is View.GRADIENT
        numerically = training.latest.network.gradient(training.latest.frequencies, 0.01)
        assert grid.view.row(3) == numerically[3].double().tolist()


async def test_a_loaded_network_continues_as_if_never_saved(us_names: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    settings = TrainingSettings("randn", learning_rate=5, batch_size=100)
    async with opened(us_names, "3", *["space"] * 5, settings=settings) as pilot:
        await command(pilot, "Save network")
        pilot.app.screen.query_one("Input").value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: "Saved " in on_screen(pilot))
        await pilot.press(*["space"] * 5)
        expected = app_of(pilot).workspace.trainer.training.latest
    async with opened(us_names, "3", "space") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await command(pilot, "Load network")
        pilot.app.screen.query_one("Input").value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: training.latest.step == 5)
        await pilot.press(*["space"] * 5)
        assert torch.equal(training.latest.network.W, expected.network.W)
        assert training.latest.loss == expected.loss
        assert training.latest.settings == settings
        await pilot.press("less_than_sign")
        assert training.latest.step == 5


async def test_a_file_that_is_not_a_network_is_refused_with_the_reason(
    us_names: Corpus, tmp_path: Path
) -> None:
    (tmp_path / "text.safetensors").write_text("no [bold]network")
    async with opened(us_names, "3") as pilot:
        await command(pilot, "Load network")
        field = pilot.app.screen.query_one("Input")
        for name, reason in (
            ("text.safetensors", "is damaged or no network file"),
            ("none", "cannot be read"),
        ):
            field.value = str(tmp_path / name)
            await pilot.press("enter")
            assert reason in " ".join(on_screen(pilot).replace("│", " ").split())
        await pilot.press("escape")
        assert "Step 0 of 200" in on_screen(pilot)


async def test_the_losses_are_exported(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "3", *["space"] * 12, "e") as pilot:
        losses = app_of(pilot).workspace.trainer.training.latest.losses
        for name in ("losses.csv", "losses.json"):
            pilot.app.screen.query_one("Input").value = str(tmp_path / name)
            await pilot.press("enter")
            await until(pilot, (tmp_path / name).exists)
            await pilot.press("e")
    with (tmp_path / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [losses[step].total for step in range(13)]
    assert [int(row["step"]) for row in rows] == list(range(13))
    assert json.loads((tmp_path / "losses.json").read_text())["data"] == losses.table[:, 0].tolist()


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((250, 70))])
async def test_the_essentials_are_visible_at_every_size(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, "3", "space", size=size) as pilot:
        assert "Step 1 of 200" in on_screen(pilot)


async def test_setting_the_number_of_steps_leaves_no_abandoned_future_and_no_mark(us_names: Corpus) -> None:
    async with opened(us_names, "3", *["space"] * 12, "less_than_sign") as pilot:
        await type_setting(pilot, "steps", 300)
        training = app_of(pilot).workspace.trainer.training.latest
        assert (training.step, training.last_step, training.past) == (2, 12, ())
        assert "Step 2 of 300" in on_screen(pilot)
        assert [settings.steps for _, settings in training.changes] == [300]


async def test_a_finishing_run_ends_when_fewer_steps_are_set_than_were_made(us_names: Corpus) -> None:
    async with opened(us_names, "3", settings=TrainingSettings(steps=1_000_000), size=(80, 24)) as pilot:
        training = app_of(pilot).workspace.trainer.training
        field = pilot.app.screen.query_one("#steps Input")
        field.focus()
        field.value = "100"
        await pilot.pause()
        app_of(pilot).workspace.trainer.finish()
        await until(pilot, lambda: training.latest.step > 1_000)
        pilot.app.simulate_key("enter")
        await until(pilot, lambda: not training.latest.running)
        assert training.latest.settings.steps == 100


# Longer contexts, and names that are not learned from


async def longer(pilot: Pilot[None], context: int) -> None:
    """Press ) until the context has this length."""
    workspace = app_of(pilot).workspace
    for _ in range(context - workspace.learning.context):
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: not workspace.is_reading)


async def test_the_network_with_context_2_has_the_reference_losses(us_names: Corpus, reference: dict) -> None:
    figures = reference["us_names_2018.txt"]["network_with_context"]["context 2, randn"]
    settings = TrainingSettings("randn", learning_rate=50, regularization=0, steps=60)
    async with opened(us_names, "3", settings=settings) as pilot:
        trainer = app_of(pilot).workspace.trainer
        await pilot.press("space")
        await longer(pilot, 2)
        assert trainer.training.latest.step == 0
        await pilot.press("f")
        await until(pilot, lambda: trainer.training.latest.step == 60)
        training = trainer.training.latest
        for step, loss in figures["losses"].items():
            assert training.losses[int(step)].total == pytest.approx(loss, abs=1e-5)
        assert training.loss.data == pytest.approx(figures["final_data_nll"], abs=1e-5)
        await longer(pilot, 4)
        await until(pilot, lambda: "14,348,907 weights" in on_screen(pilot))
        await pilot.press("left_parenthesis")
        await until(pilot, lambda: "Step 0 of 60" in on_screen(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "context 4" in on_screen(pilot))


async def test_the_loss_on_dev_is_shown_with_a_remark_once_it_rises(us_names: Corpus, tmp_path: Path) -> None:
    few = parse_words("\n".join(us_names.words[:500]).encode(), "few names")
    settings = TrainingSettings("zeros", learning_rate=100, regularization=0)
    async with opened(few, "3", settings=settings) as pilot:
        workspace = app_of(pilot).workspace
        await longer(pilot, 2)
        await choose(pilot, "learn_from", "train")
        await until(pilot, lambda: workspace.dataset.latest.dev is not None)
        await pilot.press("escape", "f")
        await until(pilot, lambda: workspace.trainer.training.latest.step == 200)
        training, counts = workspace.trainer.training.latest, workspace.dataset.latest
        W = training.network.W.double()
        keys, n = counts.dev.arrays
        expected = -(torch.tensor(n) * W.log_softmax(1).flatten()[torch.tensor(keys)]).sum() / n.sum()
        assert training.losses.dev[-1] == pytest.approx(expected.item(), abs=1e-9)
        lowest = int(np.nanargmin(training.losses.dev))
        assert 0 < lowest < 200
        assert remark(pilot) == (
            f"Since step {lowest} the loss on dev has been rising while that on train falls: the model has "
            "begun to memorize."
        )
        assert re.search(rf"on dev +{training.losses.dev[-1]:.4f}", on_screen(pilot))
        assert "train 80%" in on_screen(pilot)
        await pilot.press("e")
        field = pilot.app.screen.query_one("Input")
        field.value = str(tmp_path / "losses.json")
        await pilot.press("enter")
        await until(pilot, lambda: "Saved " in on_screen(pilot))
    exported = json.loads((tmp_path / "losses.json").read_text())
    assert exported["dev"] == pytest.approx(training.losses.dev.tolist())


async def test_the_inside_of_a_step_is_that_of_the_context_chosen_in_another_pane() -> None:
    async with opened(
        parse_words(b"emma\nava\n", "two"), "3", "space", "i", "1", "right_parenthesis"
    ) as pilot:
        await until(pilot, lambda: "context 2" in on_screen(pilot))
        await pilot.press("3")
        await until(pilot, lambda: "one-hot(..) @ W" in on_screen(pilot))
        await pilot.press("t", "end", "down", "down", "i", "1", "right_parenthesis")
        await until(pilot, lambda: "context 3" in on_screen(pilot))
        await pilot.press("3")
        await until(pilot, lambda: "one-hot(..e) @ W" in on_screen(pilot))
        await pilot.press("1", *["left_parenthesis"] * 3)
        await until(pilot, lambda: "context 0" in on_screen(pilot))
        await pilot.press("3")
        await until(pilot, lambda: "one-hot(∅) @ W" in on_screen(pilot))


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
async def test_a_step_draws_the_curve_once_and_lays_out_nothing(
    us_names: Corpus, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    async with opened(us_names, "3", *["space"] * 4, size=size) as pilot:
        await rests(pilot)
        noting(monkeypatch, done, "curve", PlotWidget, "render")
        noting(monkeypatch, done, "layout", Screen, "_refresh_layout")
        noting(monkeypatch, done, "floor", NgramCounts, "nll_sum")
        await pilot.press("space")
        await until(pilot, lambda: "curve" in done)
        await rests(pilot)
        assert "Step 5 of" in on_screen(pilot)
        assert done == ["curve"]
