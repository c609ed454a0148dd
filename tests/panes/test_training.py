"""What one sees and does in the Training pane."""

from __future__ import annotations

import pytest

from bigram_tui.lm.corpus import Corpus, parse_words
from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.widgets.loss_curve import LossCurve
from tests.driving import app_of, on_screen, opened, until


async def test_one_step_a_key(us_names: Corpus, reference: dict) -> None:
    losses = reference["us_names_2018.txt"]["training"]["article"]["losses"]
    async with opened(us_names, "3") as pilot:
        assert "Step 0 of 200" in on_screen(pilot)
        assert f"{losses['0']:.4f}" in on_screen(pilot)
        await pilot.press(*["space"] * 10)
        assert "Step 10 of 200" in on_screen(pilot)
        assert f"{losses['10']:.4f}" in on_screen(pilot)


@pytest.mark.parametrize("run", ["article", "lecture", "zeros_noreg"])
async def test_finishing_reproduces_the_reference_and_the_articles_table(
    us_names: Corpus, reference: dict, run: str
) -> None:
    figures = reference["us_names_2018.txt"]["training"][run]
    names = ("init", "seed", "steps", "learning_rate", "regularization")
    settings = TrainingSettings(**{name: figures[name] for name in names})
    async with opened(us_names, "3", "f", settings=settings) as pilot:
        trainer = app_of(pilot).workspace.trainer
        await until(pilot, lambda: not trainer.training.latest.running)
        shown = on_screen(pilot)
        losses = trainer.training.latest.losses
    assert f"Step {settings.steps} of {settings.steps}" in shown
    for step, loss in figures["losses"].items():
        assert losses[int(step)].total == pytest.approx(loss, abs=1e-5)
        assert f"{int(step):>7} {losses[int(step)].total:>9.4f}" in shown
    assert losses[-1].data == pytest.approx(figures["final_data_nll"], abs=1e-5)
    assert f"{losses[-1].data:.4f}" in shown


async def test_the_loss_stands_beside_what_it_can_be_compared_with(us_names: Corpus, reference: dict) -> None:
    figures = reference["us_names_2018.txt"]
    async with opened(us_names, "3") as pilot:
        shown = on_screen(pilot)
    assert f"counting           {figures['nll']['0']['mean']:.4f}" in shown
    assert f"letters alone      {figures['baselines']['letter_frequencies']:.4f}" in shown
    assert f"knowing nothing    {figures['baselines']['uniform']:.4f}" in shown
    assert "nats, means over 229,804 bigrams" in shown


async def test_run_goes_on_until_paused_and_past_the_set_number_of_steps(us_names: Corpus) -> None:
    async with opened(us_names, "3", "r", settings=TrainingSettings(steps=3)) as pilot:
        trainer = app_of(pilot).workspace.trainer
        await until(pilot, lambda: trainer.training.latest.steps > 5)
        assert "running" in on_screen(pilot)
        await pilot.press("r")
        await until(pilot, lambda: not trainer.training.latest.running)
        steps = trainer.training.latest.steps
        await pilot.press("space")
        assert f"Step {steps + 1} of 3" in on_screen(pilot)


async def test_x_starts_over_and_u_takes_that_back(us_names: Corpus) -> None:
    async with opened(us_names, "3", "space", "space", "space") as pilot:
        training = app_of(pilot).workspace.trainer.training
        before = training.latest.losses
        await pilot.press("x")
        assert training.latest.losses == before[:1]
        await pilot.press("u")
        assert training.latest.losses == before
        assert "Step 3 of 200" in on_screen(pilot)


async def test_starting_over_ends_a_run(us_names: Corpus) -> None:
    async with opened(us_names, "3", "r") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: training.latest.steps > 1)
        await pilot.press("x")
        await until(pilot, lambda: not training.latest.running)
        assert "Step 0 of 200" in on_screen(pilot)


async def test_settings_typed_in_are_used(us_names: Corpus, reference: dict) -> None:
    figures = reference["us_names_2018.txt"]["training"]["zeros_noreg"]
    async with opened(us_names, "3") as pilot:
        for name, text in (("steps", "20"), ("learning_rate", "50"), ("regularization", "0"), ("seed", "0")):
            await pilot.click(f"#{name} Input")
            await pilot.press(*text, "enter", "escape")
        await pilot.press("tab", "tab", "tab", "tab", "tab")
        await pilot.press("enter", "end", "enter")
        await pilot.pause()
        training = app_of(pilot).workspace.trainer.training
        assert training.latest.settings == TrainingSettings("zeros", 0, 20, 50.0, 0.0)
        await pilot.press("escape", "f")
        await until(pilot, lambda: not training.latest.running)
        assert training.latest.steps == 20
        for step in ("0", "10", "20"):
            assert training.latest.losses[int(step)].total == pytest.approx(figures["losses"][step], abs=1e-5)


async def test_a_value_out_of_range_is_refused_with_the_reason_as_one_types(us_names: Corpus) -> None:
    async with opened(us_names, "3") as pilot:
        await pilot.click("#learning_rate Input")
        await pilot.press("minus", "1", "enter")
        assert "the learning rate must be above 0" in on_screen(pilot)
        await pilot.press("escape")
        assert "the learning rate must be above 0" not in on_screen(pilot)
        assert app_of(pilot).workspace.trainer.training.latest.settings == TrainingSettings()


@pytest.mark.parametrize("text", ["1_0", "٣٠", "ten", ""])
async def test_what_is_not_a_number_is_refused(us_names: Corpus, text: str) -> None:
    async with opened(us_names, "3") as pilot:
        await pilot.click("#steps Input")
        pilot.app.focused.value = text
        await pilot.press("enter")
        assert "this is not a number" in on_screen(pilot)
        await pilot.press("escape")
        assert app_of(pilot).workspace.trainer.training.latest.settings.steps == 200


async def test_what_is_too_large_for_a_network_is_explained() -> None:
    words = "\n".join(map(chr, range(0x4E00, 0x4E00 + 1_001)))
    async with opened(parse_words(words.encode(), "many"), "3", "space", "f", "x", "r") as pilot:
        assert "A network is trained for up to 1,000 characters" in on_screen(pilot)
        await pilot.press("4", "m")
        assert "uniform: each of 1002" in on_screen(pilot)
        await pilot.press("2", "v", "v")
        await until(pilot, lambda: "A network is trained for" in on_screen(pilot))


async def test_everything_is_in_place_at_the_first_sight(us_names: Corpus) -> None:
    """What depends on the size is right before a key is pressed, and after the size changed."""
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        shown = on_screen(pilot)
        assert "knowing nothing    3.2958" in shown
        assert "nats, means over" in shown
        await pilot.resize_terminal(140, 40)
        await until(pilot, lambda: "what gradient descent lowers" in on_screen(pilot))


async def test_the_curve_shows_loss_and_floor(us_names: Corpus, us_counts: BigramCounts) -> None:
    async with opened(us_names, "3", "f") as pilot:
        training = app_of(pilot).workspace.trainer.training
        await until(pilot, lambda: not training.latest.running)
        curve = pilot.app.screen.query_one(LossCurve)
        drawn = dict(zip(curve._labels, curve._datasets, strict=True))
        assert drawn["loss"].y.tolist() == [loss.total for loss in training.latest.losses]
        assert set(drawn["counting"].y.tolist()) == {us_counts.nll(0)}
        assert {"loss", "counting", "letters alone", "knowing nothing"} == set(drawn)


@pytest.mark.parametrize("size", [(80, 24), (250, 70)])
async def test_what_matters_is_there_at_every_size(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, "3", "space", size=size) as pilot:
        assert "Step 1 of 200" in on_screen(pilot)
