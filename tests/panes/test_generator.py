"""The Generator pane, as a user sees it."""

from __future__ import annotations

import csv
import math
import re
from itertools import islice
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from bigram_tui.lm import wanted
from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import Tally
from bigram_tui.lm.model import CountModel, LanguageModel, score, tempered
from bigram_tui.panes.generator.totals import SessionFigures
from bigram_tui.panes.pane import Pane
from bigram_tui.session.learning import Learning
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.large_letters import large
from bigram_tui.widgets.name_so_far import NameSoFarDisplay
from bigram_tui.widgets.names_table import NameList
from bigram_tui.widgets.probability_line import ProbabilityLine
from bigram_tui.words import distinct, survey
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from bigram_tui.words.split import split
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, rests, until, until_busy
from tests.lists import parse_words

LECTURE = "counts, smoothing 1, seed 2147483647, inverse CDF"


def generation_of(pilot) -> Generation:
    return app_of(pilot).workspace.generator.generation.latest


def names_of(pilot) -> list[str]:
    return [name.name for name in generation_of(pilot).names]


def drawn_alone(model: LanguageModel, counts: NgramCounts, how_many: int) -> list[str]:
    """The names that `bigram-tui sample` prints for this model."""
    from bigram_tui.lm.sampling import InverseTransformSampler

    return list(islice(InverseTransformSampler(model, 2147483647).names(), how_many))


@pytest.mark.parametrize("size", [(60, 18), *thoroughly((40, 12), (70, 24), (80, 20))], ids=str)
async def test_in_a_small_terminal_the_name_is_in_sight_while_it_is_drawn_and_the_bars_while_choosing(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    async with opened(us_names, "4", size=size) as pilot:
        assert "space draws the first" in on_screen(pilot)
        await pilot.press("n")
        assert "nll 2.3670" in on_screen(pilot)
        await pilot.press("t", *"emma", "enter")
        assert "nll 2.5166" in on_screen(pilot)
        await pilot.press("tab", "tab", "tab", "tab", "escape")
        assert "nll 2.3670" in on_screen(pilot)
        await pilot.press("down", "down")
        assert "b 0.0406" in on_screen(pilot)
        await pilot.press("enter")
        assert "nll 1.9841" in on_screen(pilot)


async def test_title_and_figures_of_the_name_are_shortened_to_whole_phrases(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", size=(40, 12)) as pilot:
        assert "─ nll 2.3670 nats ─╯" in on_screen(pilot)
    async with opened(us_names, "right_parenthesis", "4", size=(80, 24)) as pilot:
        await until(pilot, lambda: app_of(pilot).workspace.dataset.latest.counts.context == 2)
        await pilot.press("t", *"zoe")
        await until(pilot, lambda: "A name to score · ! is less likely than 1 in 27 ─" in on_screen(pilot))


async def test_n_draws_the_lectures_names(us_names: Corpus, reference: dict) -> None:
    names = reference["us_names_2018.txt"]["sampled_names"][LECTURE]
    async with opened(us_names, "4", *"nnnnnnnnnnnnnnnnnnnn", size=(160, 50)) as pilot:
        assert names_of(pilot) == names
        shown = on_screen(pilot)
    assert [name for name in names if name not in shown] == []


async def test_space_draws_one_character_and_shows_how(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        assert "space draws the first character" in on_screen(pilot)
        await pilot.press("space")
        shown = on_screen(pilot)
        draw = app_of(pilot).workspace.generator.generation.latest.tokens[0].draw
        assert "At the start: counts with smoothing 1" in shown
        assert f"u = {draw.u:.6f}" in shown
        marked = [bar.label for bar in pilot.app.screen.query_one(Bars)._bars if bar.marked]
        assert marked == ["m"]
        await pilot.press("space", "space", "space")
        assert names_of(pilot) == ["mor"]
        assert "After r: counts with smoothing 1" in on_screen(pilot)


async def test_the_bars_are_the_row_of_probabilities(us_names: Corpus, us_counts) -> None:
    async with opened(us_names, "4", "space", "space") as pilot:
        row = us_counts.probabilities(1)[13]
        bars = pilot.app.screen.query_one(Bars)._bars
        assert [bar.label for bar in bars] == list(us_counts.vocabulary.signs)
        assert [bar.value for bar in bars] == row.tolist()
        assert sum(bar.value for bar in bars) == pytest.approx(1)
        await pilot.press("s")
        values = [bar.value for bar in pilot.app.screen.query_one(Bars)._bars]
        assert values == sorted(row.tolist(), reverse=True)


async def test_m_cycles_through_the_three_models(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        for description in ("network after 0 steps", "uniform: each of 27", "counts with smoothing 1"):
            await pilot.press("m")
            assert description in on_screen(pilot)


async def test_the_palette_names_the_models(us_names: Corpus) -> None:
    async with opened(us_names, "4", "ctrl+p", *"draw from uni") as pilot:
        await until(pilot, lambda: "Draw from uniform" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: generation_of(pilot).model == "uniform")


async def test_the_network_draws_as_trained_so_far(us_names: Corpus, reference: dict) -> None:
    from bigram_tui.lm.settings import TrainingSettings

    names = reference["names.txt"]["sampled_names"]
    expected = next(value for key, value in names.items() if "'lecture'" in key and "inverse" in key)
    lecture = TrainingSettings("randn", 2147483647, 100, 50.0, 0.01)
    async with opened(us_names, "3", "f", settings=lecture) as pilot:
        trainer = app_of(pilot).workspace.trainer
        await until(pilot, lambda: not trainer.training.latest.running)
        await pilot.press("4", "m", "n", "n")
        assert "network after 100 steps" in on_screen(pilot)
        assert names_of(pilot) == expected[:2]


async def test_the_same_seed_gives_the_same_names_again(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", "n", "n") as pilot:
        first = names_of(pilot)
        await pilot.press("x")
        assert names_of(pilot) == []
        await pilot.press("n", "n", "n")
        assert names_of(pilot) == first
        await pilot.click("#seed Input")
        await pilot.press("1", "enter", "escape", "n", "n", "n")
        assert names_of(pilot) != first
        await pilot.click("#seed Input")
        await pilot.press(*"2147483647", "enter", "escape", "n", "n", "n")
        assert names_of(pilot) == first


async def test_a_seed_that_torch_refuses_is_refused_with_the_reason(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        await pilot.click("#seed Input")
        await pilot.press("minus", "1", "enter")
        assert "the seed must be a whole number from 0 to" in on_screen(pilot)


@pytest.mark.parametrize("method", ["inverse-cdf", "multinomial"])
async def test_backspace_takes_a_draw_back_and_drawing_again_gives_the_same(
    us_names: Corpus, method: str
) -> None:
    async with opened(us_names, "4", *(["d"] if method == "multinomial" else [])) as pilot:
        generation = app_of(pilot).workspace.generator.generation
        await pilot.press("n", "space", "space")
        assert generation.latest.method == method
        tokens, names = generation.latest.tokens, generation.latest.names
        await pilot.press("backspace")
        assert generation.latest.tokens == tokens[:-1]
        await pilot.press("space")
        assert generation.latest.tokens == tokens
        assert generation.latest.names == names


async def test_taking_back_the_end_of_a_name_opens_it_again(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", "backspace") as pilot:
        assert names_of(pilot) == []
        await pilot.press("space")
        assert names_of(pilot) == ["mor"]


async def test_the_lengths_below_the_bars_are_multiples_of_five_none_cut_off(us_names: Corpus) -> None:
    async with opened(us_names, "4", "N", *"500", "enter", size=(140, 40)) as pilot:
        await until(pilot, lambda: "of 500" in on_screen(pilot))
        await rests(pilot)
        axis = re.search(r"│ +(0 +5 +10 [ \d]+)│", on_screen(pilot))
        assert axis is not None
        ticks = [int(tick) for tick in axis[1].split()]
        assert ticks == list(range(0, 5 * len(ticks), 5))


async def test_clearing_can_be_undone(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", "n", "c") as pilot:
        assert names_of(pilot) == []
        await pilot.press("n")
        assert names_of(pilot) == ["minaymoryles"]
        await pilot.press("u")
        assert names_of(pilot) == ["mor", "axx", "minaymoryles"], "nothing drawn meanwhile is lost"


async def test_clearing_an_empty_list_keeps_the_previous_undo(us_names: Corpus) -> None:
    async with opened(us_names, "3", "space", "space", "x", "4", "c", "u") as pilot:
        assert app_of(pilot).workspace.trainer.training.latest.step == 2


async def test_wide_characters_keep_their_probabilities_below_them() -> None:
    async with opened(parse_words("一二\n二一\n".encode(), "wide"), "4", "n", size=(80, 24)) as pilot:
        lines = on_screen(pilot).splitlines()
        letters, numbers = lines[3], lines[5]
        tokens = app_of(pilot).workspace.generator.generation.latest.tokens[:3]
        place = letters.index(["", "一", "二"][tokens[0].draw.token])
        assert numbers[cell_len(letters[:place]) :].startswith(f"{tokens[0].probability:.4f}")
        place = letters.index(["", "一", "二"][tokens[1].draw.token], place + 1)
        assert numbers[cell_len(letters[:place]) :].startswith(f"{tokens[1].probability:.4f}")


async def test_with_multinomial_there_is_no_u(us_names: Corpus) -> None:
    async with opened(us_names, "4", "d", "space") as pilot:
        shown = on_screen(pilot)
        assert "torch.multinomial" in shown
        assert "u = " not in shown


async def test_a_name_says_whether_it_is_in_the_data() -> None:
    """With one word and no smoothing, the model can only generate that word."""
    async with opened(parse_words(b"ab", "one"), "4", "n", smoothing=0.0) as pilot:
        (name,) = app_of(pilot).workspace.generator.generation.latest.names
        assert (name.name, name.nll, name.in_dataset) == ("ab", 0.0, True)
        await until(pilot, lambda: "it is in the data" in on_screen(pilot))
        assert "100% of 1" in on_screen(pilot)


async def test_a_name_begun_with_the_network_goes_on_with_another_context(us_names: Corpus) -> None:
    """The row that its last character was drawn from does not exist in the new network."""
    async with opened(us_names, "4", "m", "space", "space") as pilot:
        drawn = [token.draw.token for token in generation_of(pilot).lanes[0].tokens]
        for key, context in (("left_parenthesis", 0), ("right_parenthesis", 1), ("right_parenthesis", 2)):
            await pilot.press(key)
            await until(pilot, lambda c=context: app_of(pilot).workspace.learning.context == c)
            await until(pilot, lambda: not app_of(pilot).workspace.is_reading)
        await pilot.press("space")
        assert [token.draw.token for token in generation_of(pilot).lanes[0].tokens][:2] == drawn
        assert generation_of(pilot).model == "network"


async def test_a_row_that_cannot_be_drawn_from_says_why_until_it_can() -> None:
    """No real text has such a row, since something follows every character: this one is hand-made."""
    from dataclasses import replace

    async with opened(parse_words(b"ab", "one"), "4", "space", smoothing=0.0) as pilot:
        workspace = app_of(pilot).workspace
        counts = workspace.dataset.latest.counts
        pairs = {3 * i + j: n for i, j, n in counts.ranked() if i != 1}
        counts = NgramCounts.from_pairs(counts.vocabulary, pairs)
        workspace.dataset.publish(replace(workspace.dataset.latest, counts=counts))
        await pilot.press("space")
        await until(pilot, lambda: "no character can be drawn after a" in on_screen(pilot))
        workspace.set_smoothing(1)
        await until(pilot, lambda: "no character can be drawn" not in on_screen(pilot))


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((250, 70))])
async def test_the_essentials_are_visible_at_every_size(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, "4", "n", size=size) as pilot:
        assert "mor" in on_screen(pilot)


async def test_the_name_is_spelled_in_large_letters_with_its_running_likelihood(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "4", "n") as pilot:
        lines = on_screen(pilot).splitlines()
        for letter in "mor":
            for line, dots in zip(lines[2:5], large(letter), strict=True):
                assert dots in line
        scored = score(us_counts.vocabulary.encode("mor"), CountModel(us_counts, 1))
        probabilities = [bigram.probability for bigram in scored.tokens]
        sums = [math.log(math.prod(probabilities[: i + 1])) for i in range(4)]
        assert lines[5].split()[2:6] == [f"{p:.4f}" for p in probabilities]
        assert lines[6].split()[4:8] == [f"−{-s:.2f}" for s in sums]
        assert f"nll {scored.nll:.4f} nats per bigram · perplexity {scored.perplexity:.2f}" in lines[7]


async def test_a_surprising_letter_stands_out(us_names: Corpus) -> None:
    """x after a has a probability below 1/27."""
    async with opened(us_names, "4", "n", "space", "space") as pilot:
        token = generation_of(pilot).tokens[-1]
        assert token.probability < 1 / 27
        assert f"{token.probability:.4f}!" in on_screen(pilot)
        await pilot.press("M", "space")
        *_, a, x, newest, _ = pilot.app.screen.query_one(NameSoFarDisplay).render_line(0)
        assert (a.text, x.text, newest.text) == ("a", "x", "x")
        assert a.style == x.style != newest.style, "no sign beside it would say why"


async def test_the_title_of_the_row_is_not_cut_off(us_names: Corpus) -> None:
    async with opened(us_names, "4", size=(80, 24)) as pilot:
        for title in ("counts with smoothing 1", "network after 0 steps", "uniform"):
            assert f"─ At the start: {title} ─" in on_screen(pilot)
            await pilot.press("m")
        await pilot.resize_terminal(140, 40)
        await pilot.press("m", "m")
        assert "─ At the start: uniform: each of 27 equally likely ─" in on_screen(pilot)


async def test_how_many_names_is_asked_in_the_smallest_terminal(us_names: Corpus) -> None:
    async with opened(us_names, "4", "N", size=(40, 12)) as pilot:
        assert all(part in on_screen(pilot) for part in ("begin with any", "to 1,000", "no duplicates"))
        await pilot.press(*"99999", "tab", *"names.pdf", "enter")
        assert "must end in" in on_screen(pilot), "it scrolls to what is needed"
        await pilot.press("backspace")
        assert "must end in" not in on_screen(pilot)


# Taking back


async def test_draws_of_earlier_names_can_be_taken_back_too(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", "n", "space") as pilot:
        drawn = generation_of(pilot)
        await pilot.press(*["backspace"] * 9)
        start = generation_of(pilot)
        assert (start.tokens, start.names, start.tallies) == ((), (), {})
        await pilot.press("backspace", "n", "n", "space")
        assert generation_of(pilot) == drawn


# Choosing by hand


async def test_a_character_can_be_chosen_by_hand(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "4", "space", "down", size=(80, 24)) as pilot:
        assert "After m: choose, enter takes it" in on_screen(pilot)
        await pilot.press("down", "enter")
        token = generation_of(pilot).tokens[-1]
        assert (token.draw.token, token.draw.u, token.chosen) == (1, None, True)
        assert token.probability == us_counts.probability(13, 1, 1)
        assert f"{token.probability:.4f}✎" in on_screen(pilot)
        await pilot.press("backspace", "n")
        assert names_of(pilot) == ["mor"], "choosing uses no random number"


async def test_a_name_with_a_chosen_character_is_marked_and_left_out_of_the_statistics(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "4", "space", "up", "enter", "n") as pilot:
        name, drawn = generation_of(pilot).names
        assert (name.by_hand, drawn.by_hand) == (True, False)
        assert "m ✎" in on_screen(pilot)
        assert sum(tally.names for tally in generation_of(pilot).tallies.values()) == 1
        assert generation_of(pilot).drawn == 2


async def test_escape_ends_choosing(us_names: Corpus) -> None:
    async with opened(us_names, "4", "space", "down") as pilot:
        await pilot.press("escape")
        assert "At the start: counts with smoothing 1" in on_screen(pilot)
        await pilot.press("enter")
        assert len(generation_of(pilot).tokens) == 1


# Three models side by side


async def test_three_models_draw_with_the_same_u(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "4", "M", "space", "space", "space") as pilot:
        shown = on_screen(pilot)
        lanes = generation_of(pilot).lanes
        assert [lane.model for lane in lanes] == ["counts", "network", "uniform"]
        assert len({lane.tokens[-1].draw.u for lane in lanes}) == 1
        assert len({lane.tokens[-1].draw.token for lane in lanes}) > 1
        for lane in lanes:
            assert f"{lane.model} " in shown
        assert f"u = {lanes[0].tokens[-1].draw.u:.6f}" in shown


async def test_each_model_draws_what_it_would_draw_alone(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "4", "M", *["n"] * 12) as pilot:
        models = {name: app_of(pilot).workspace.model(name) for name in ("counts", "network", "uniform")}
        names = generation_of(pilot).names
        for kind, model in models.items():
            own = [name.name for name in names if name.model == kind]
            assert own == drawn_alone(model, us_counts, len(own))
        assert sum(name.model == "counts" for name in names) == 12
        await pilot.press("M")
        assert not generation_of(pilot).comparing
        await pilot.press("n")
        assert names_of(pilot)[-1] == drawn_alone(models["counts"], us_counts, 13)[-1]


def compared(pilot) -> dict[str, tuple[float, float]]:
    """P and Σ ln P as shown in each model's line."""
    found = re.findall(r"(counts|network|uniform) +P ([\d.e-]+) +Σ ln P +(−?[\d.]+)", on_screen(pilot))
    return {model: (float(P), float(sum_.replace("−", "-"))) for model, P, sum_ in found}


@pytest.mark.parametrize("keys", [["space", "space"], ["n", "n", "n"]])
async def test_each_compared_model_scores_the_name_by_itself(us_names: Corpus, keys: list[str]) -> None:
    """In the middle of a name, or after a name that was drawn from counts only; and what is drawn next."""
    async with opened(us_names, "4", *keys, "M") as pilot:
        for step in ("compared", "drawn on"):
            lanes = {lane.model: [token.draw for token in lane.tokens] for lane in generation_of(pilot).lanes}
            for key, (P, so_far) in compared(pilot).items():
                model = app_of(pilot).workspace.model(key)
                all_P = [model.probability(draw.state, draw.token) for draw in lanes[key]]
                assert pytest.approx(all_P[-1], abs=5e-5) == P
                assert so_far == pytest.approx(sum(map(math.log, all_P)), abs=0.05)
            assert ("u = " in on_screen(pilot)) == (step == "drawn on"), (
                "only one of them drew what was there"
            )
            if step == "compared":
                await pilot.press("space")
        assert compared(pilot)["uniform"][0] == pytest.approx(1 / 27, abs=5e-5)


async def test_a_name_begun_by_another_model_is_marked_and_not_counted(us_names: Corpus) -> None:
    async with opened(us_names, "4", "space", "m", "m", "n") as pilot:
        (name,) = generation_of(pilot).names
        assert (name.model, name.by_hand) == ("uniform", True)
        assert name.nll == pytest.approx(math.log(27), rel=1e-12)
        assert sum(tally.names for tally in generation_of(pilot).tallies.values()) == 0


async def test_u_is_only_shown_with_the_row_that_it_selected_from(us_names: Corpus) -> None:
    """Whatever changes after a draw: the temperature, the smoothing, the model, the network."""

    def is_shown(pilot, u: float) -> bool:
        marked = [bar for bar in pilot.app.screen.query_one(Bars)._bars if bar.marked]
        title = on_screen(pilot).count("At the start: ")
        assert bool(marked) == bool(title) == (f"u = {u:.6f}" in on_screen(pilot))
        return bool(marked)

    async with opened(us_names, "4", "space") as pilot:
        workspace = app_of(pilot).workspace
        u = generation_of(pilot).tokens[-1].draw.u
        assert is_shown(pilot, u)
        for change, back in (
            (["T", "0", "enter", "escape"], ["T", "1", "enter", "escape"]),
            (["2", "k", "7", "enter", "4"], ["2", "k", "1", "enter", "4"]),
            (["m"], ["m", "m"]),
        ):
            await pilot.press(*change)
            await pilot.pause()
            assert not is_shown(pilot, u), change
            assert "After m: " in on_screen(pilot)
            await pilot.press(*back)
            await pilot.pause()
            assert is_shown(pilot, u), back
        await pilot.press("x", "m", "space")
        assert workspace.generator.generation.latest.model == "network"
        assert is_shown(pilot, u)
        await pilot.press("3", "space", "4")
        await pilot.pause()
        assert not is_shown(pilot, u)


async def test_a_comparison_can_be_taken_back_and_drawn_again(us_names: Corpus) -> None:
    async with opened(us_names, "4", "M", "n", "n", "space") as pilot:
        drawn = generation_of(pilot)
        await pilot.press("backspace", "backspace")
        assert generation_of(pilot) != drawn
        await pilot.press("space", "space")
        assert generation_of(pilot) == drawn


async def test_multinomial_has_no_u_to_share(us_names: Corpus) -> None:
    async with opened(us_names, "4", "d", "M") as pilot:
        assert "shows no u that the models could share" in on_screen(pilot)
        assert not generation_of(pilot).comparing


# Temperature


async def test_the_temperature_can_be_edited(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "4", "T", "0", ".", "5", "enter", "escape", "n", "n", "n") as pilot:
        model = tempered(CountModel(us_counts, 1), 0.5)
        assert names_of(pilot) == drawn_alone(model, us_counts, 3)
        assert "counts with smoothing 1, T = 0.5" in on_screen(pilot)
        (tally,) = generation_of(pilot).tallies.values()
        sums = [score(us_counts.vocabulary.encode(name), model).nll_sum for name in names_of(pilot)]
        assert tally.nll == pytest.approx(math.fsum(sums) / tally.bigrams, rel=1e-12)


async def test_at_temperature_0_the_most_likely_name_is_repeated_forever(us_names: Corpus) -> None:
    async with opened(us_names, "4", "T", "0", "enter", "escape", "n", "n", "n") as pilot:
        assert names_of(pilot) == ["a", "a", "a"]


async def test_a_temperature_below_0_is_refused(us_names: Corpus) -> None:
    async with opened(us_names, "4", "T", "minus", "1", "enter") as pilot:
        assert "the temperature must be a number from 0" in on_screen(pilot)
        assert generation_of(pilot).temperature == 1


# By itself, and many at a time


async def test_it_draws_automatically_until_paused(us_names: Corpus) -> None:
    async with opened(us_names, "4", "plus", "plus", "plus", "r") as pilot:
        assert "32 a second" in on_screen(pilot)
        await until(pilot, lambda: len(names_of(pilot)) >= 2)
        await pilot.press("r")
        drawn = generation_of(pilot)
        await rests(pilot)
        assert generation_of(pilot) is drawn
        assert names_of(pilot)[:2] == ["mor", "axx"]


async def test_many_names_are_the_same_as_one_by_one(us_names: Corpus, us_counts: NgramCounts) -> None:
    """The name in progress is the first of them, and the last one can be taken back."""
    async with opened(us_names, "4", "n", "space", "N", *"700", "enter") as pilot:
        await until(pilot, lambda: generation_of(pilot).progress is None and len(names_of(pilot)) == 701)
        assert names_of(pilot) == drawn_alone(CountModel(us_counts, 1), us_counts, 701)
        last = generation_of(pilot)
        await pilot.press("backspace")
        assert len(names_of(pilot)) == 700
        await pilot.press("space")
        assert generation_of(pilot) == last
        await pilot.press("n")
        assert names_of(pilot) == drawn_alone(CountModel(us_counts, 1), us_counts, 702)


async def test_names_that_meet_conditions_are_drawn_and_others_skipped(
    us_names: Corpus, us_counts: NgramCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted, "MAX_PASSED_OVER", 30_000)
    stream = drawn_alone(CountModel(us_counts, 1), us_counts, 20_000)
    fitting = [n for n in stream if n[:2] == "an" and 4 <= len(n) <= 6 and n not in us_names.words]
    async with opened(us_names, "4", "N", "5", "tab", *"AN", "tab", "4", "tab", "6", size=(80, 24)) as pilot:
        await pilot.press("tab", "space", "tab", "space", "enter")
        assert "did you mean an?" in on_screen(pilot)
        await pilot.press("shift+tab", "shift+tab", "shift+tab", "shift+tab", *["backspace"] * 2, *"an")
        await pilot.press("enter")
        await until(pilot, lambda: generation_of(pilot).progress is None)
        assert names_of(pilot) == list(dict.fromkeys(fitting))[:5]
        await pilot.press("N", "5", "tab", "tab", "9", "tab", "3", "enter")
        assert "the maximum length is below the minimum" in on_screen(pilot)
        await pilot.press("backspace", *"9999", "shift+tab", *"99", "enter")
        await until(pilot, lambda: "of 30,000 names drawn in a row" in on_screen(pilot))


async def test_a_million_names_can_be_cancelled_in_the_middle(
    us_names: Corpus, us_counts: NgramCounts, tmp_path: Path
) -> None:
    file = tmp_path / "many.txt"
    async with opened(us_names, "4", "N", *"1000000") as pilot:
        assert "The table keeps the newest 1,000" in on_screen(pilot)
        pilot.app.screen.query_one("#file", Input).value = str(file)
        await pilot.press("enter")
        await until_busy(pilot, lambda: generation_of(pilot).drawn >= 5_000)
        assert "of 1,000,000 names drawn" in on_screen(pilot)
        for key in ("space", "x", "m", "escape"):
            pilot.app.simulate_key(key)
        await until(pilot, lambda: generation_of(pilot).progress is None)
        drawn = generation_of(pilot)
        assert 5_000 <= drawn.drawn < 1_000_000, "and nothing else could be drawn meanwhile"
        expected = drawn_alone(CountModel(us_counts, 1), us_counts, drawn.drawn + 1)
        assert file.read_text().splitlines() == expected[:-1]
        assert names_of(pilot) == expected[-1_001:-1]
        assert f"Newest 1,000 of {drawn.drawn:,}" in on_screen(pilot)
        (tally,) = drawn.tallies.values()
        assert tally.names == drawn.drawn
        await pilot.press("n")
        assert names_of(pilot)[-1] == expected[-1], "it goes on where it was cancelled"


async def test_the_statistics_are_of_all_names_beside_the_data(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "4", "N", *"3000", "enter") as pilot:
        await until(pilot, lambda: generation_of(pilot).drawn == 3_000)
        await until(pilot, lambda: f"data {us_counts.nll(1):.4f}" in on_screen(pilot))
        names = drawn_alone(CountModel(us_counts, 1), us_counts, 3_000)
        scores = [score(us_counts.vocabulary.encode(name), CountModel(us_counts, 1)) for name in names]
        nll = math.fsum(s.nll_sum for s in scores) / sum(len(s.tokens) for s in scores)
        known = sum(name in us_names.words for name in names)
        shown = on_screen(pilot)
        assert f"{nll:.4f}" in shown
        assert f"{known / 3_000:.1%} of 3,000" in shown
        assert f"{sum(map(len, names)) / 3_000:.2f}" in shown
        assert f"data {us_names.mean_length:.2f}" in shown


async def test_an_impossible_order_of_names_is_refused(us_names: Corpus) -> None:
    reasons = {
        "0": "a whole number from 1",
        "5000": "must end in one of .txt, .csv",
        "x": "a whole number from 1",
    }
    async with opened(us_names, "4", size=(80, 24)) as pilot:
        for typed, reason in reasons.items():
            assert reason not in on_screen(pilot)
            await pilot.press("N", *typed, "tab", *"n.doc", "enter")
            assert reason in on_screen(pilot)
            assert generation_of(pilot).progress is None
            await pilot.press("escape")


async def test_a_file_that_cannot_be_written_is_explained(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "4", "N", *"5000") as pilot:
        (tmp_path / "file").touch()
        pilot.app.screen.query_one("#file", Input).value = str(tmp_path / "file" / "n.txt")
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be written" in on_screen(pilot))
        assert generation_of(pilot).progress is None


async def test_opening_another_list_ends_the_drawing(us_names: Corpus) -> None:
    """Its vocabulary is smaller than the last drawn token."""
    async with opened(us_names, "4", "n", "space", "N", *"3000000", "enter") as pilot:
        await until(pilot, lambda: generation_of(pilot).drawn > 1_000)
        other = parse_words(b"ab\nba\n", "other")
        app_of(pilot).workspace.open(other)
        await pilot.pause()
        assert (generation_of(pilot).drawn, generation_of(pilot).progress) == (0, None)
        await pilot.press("n")
        assert set(names_of(pilot)[0]) <= {"a", "b"}


# The list of names


async def test_names_can_be_sorted(us_names: Corpus) -> None:
    async with opened(us_names, "4", *"nnnnn") as pilot:
        listed = pilot.app.screen.query_one(NameList)

        def shown() -> list[str]:
            return [name.name for name in listed.items]

        assert shown() == ["mor", "axx", "minaymoryles", "kondlaisah", "anchshizarie"]
        listed.focus()
        await pilot.press("s")
        assert shown() == sorted(names_of(pilot))
        await pilot.press("s", "s")
        nlls = [name.nll for name in listed.items]
        assert nlls == sorted(nlls)
        await pilot.press("S")
        assert [name.nll for name in listed.items] == nlls[::-1]
        assert listed.highlighted.name == "anchshizarie", "the newest keeps the cursor"
        await pilot.click("NamesHeader", offset=(2, 0))
        assert shown() == sorted(names_of(pilot), reverse=True)


async def test_the_selected_name_says_which_word_is_nearest(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n") as pilot:
        await until(pilot, lambda: "1 letter from amor in the data" in on_screen(pilot))
        await pilot.press("n")
        assert "amor" not in on_screen(pilot), "that was the one nearest to another name"
        await until(pilot, lambda: "1 letter from axa in the data" in on_screen(pilot))
        pilot.app.screen.query_one(NameList).focus()
        await pilot.press("up")
        await until(pilot, lambda: "1 letter from amor in the data" in on_screen(pilot))


async def test_names_are_saved_as_text_and_csv(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "4", "n", "n", "n") as pilot:
        for ending in ("txt", "csv"):
            await pilot.press("e")
            path = tmp_path / f"drawn.{ending}"
            pilot.app.screen.query_one(Input).value = str(path)
            await pilot.press("enter")
            await until(pilot, path.exists)
            await until(pilot, lambda: isinstance(pilot.app.screen, Pane))
        names = generation_of(pilot).names
    assert (tmp_path / "drawn.txt").read_text() == "mor\naxx\nminaymoryles\n"
    with (tmp_path / "drawn.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["mor", "axx", "minaymoryles"]
    assert [float(row["nll"]) for row in rows] == [name.nll for name in names]
    assert {row["in_dataset"] for row in rows} == {"0"}


# Scoring a name


async def test_every_figure_is_labelled(us_names: Corpus) -> None:
    """Even for newcomers, and with little room."""
    async with opened(us_names, "4", "n", "n", "space", size=(80, 24)) as pilot:
        first = on_screen(pilot)
        assert "lower is likelier" in first
        assert "low nll: likely" in first
        assert "random u = " in first
        assert re.search("model|  c *│", first) is None, "all are from the same one"
        await pilot.press("m", "n", "n", "n")
        await until(pilot, lambda: re.search("letters? from [a-z]+ in the data", on_screen(pilot)))
        shown = on_screen(pilot)
        assert re.search(r"nll +model", shown)
        assert re.search(r"\d network ", shown)
        assert "! is less likely than 1 in 27" in shown
        await pilot.press("t")
        await until(pilot, lambda: "for example emma" in on_screen(pilot))
        assert pilot.app.screen.typed == ""
        await until(pilot, lambda: "likelier than" in on_screen(pilot))
        await pilot.press(*"olivia")
        await until(pilot, lambda: "for example" not in on_screen(pilot))
    async with opened(parse_words(b"a" * 60, "long"), "4", "t", size=(80, 24)) as pilot:
        assert "Type a name to see how likely it is" in on_screen(pilot)


async def test_a_typed_name_is_scored_like_the_library_scores_it(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "4", "n", "t", *"emma") as pilot:
        model = CountModel(us_counts, 1)
        scored = score(us_counts.vocabulary.encode("emma"), model)
        lines = on_screen(pilot).splitlines()
        assert [text.strip("!") for text in lines[6].split()[2:7]] == [
            f"{bigram.probability:.4f}" for bigram in scored.tokens
        ]
        nlls = [score(us_counts.vocabulary.encode(word), model).nll for word in us_names.words]
        share = sum(nll > scored.nll for nll in nlls) / len(nlls)
        figures = f"nll {scored.nll:.4f} nats · perplexity {scored.perplexity:.2f} · "
        figures += f"likelier than {share:.1%} of the words"
        await until(pilot, lambda: figures in on_screen(pilot))
        assert "After a: counts with smoothing 1" in on_screen(pilot)
        await pilot.press("enter", "m", "m")
        await until(pilot, lambda: f"nll {math.log(27):.4f}" in on_screen(pilot))
        await pilot.press("n")
        assert names_of(pilot)[0] == "mor"


async def test_a_character_outside_the_vocabulary_is_named(us_names: Corpus) -> None:
    async with opened(us_names, "4", "t", *"zoë") as pilot:
        assert "“ë” is not a character of this dataset" in on_screen(pilot)
        await pilot.press("escape")
        assert "space draws the first character" in on_screen(pilot)


async def test_the_bars_can_show_running_sums(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "4", "v") as pilot:
        bars = pilot.app.screen.query_one(Bars)._bars
        row = us_counts.row(0, 1)
        assert [bar.text for bar in bars] == ["3.1e-5", *(f"{row[: i + 1].sum():.4f}" for i in range(1, 27))]
        assert "running sum of P" in on_screen(pilot)


async def test_a_name_that_never_ends_is_cut_off_and_the_next_one_begins_at_the_boundary() -> None:
    endless = parse_words(b"a" * 60_000, "endless")
    async with opened(endless, "4", "n", "n", smoothing=0.0, size=(80, 24)) as pilot:
        assert [(len(name.name), name.cut_off) for name in generation_of(pilot).names] == [(1_000, True)] * 2
        assert generation_of(pilot).tokens[0].draw.state == 0
        assert "aaa… (cut)" in on_screen(pilot)


async def test_quitting_while_many_names_are_drawn_asks_first(us_names: Corpus) -> None:
    async with opened(us_names, "4", "N", *"9000000", "enter") as pilot:
        pilot.app.simulate_key("q")
        await until(pilot, lambda: "Names are still being drawn. Quit anyway?" in on_screen(pilot))
        await pilot.press("y")


async def test_the_mouse_chooses_models_and_characters(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        await pilot.click("#models .uniform")
        assert "uniform: each of 27" in on_screen(pilot)
        await pilot.click("#method")
        assert generation_of(pilot).method == "multinomial"
        await pilot.click("#bars", offset=(2, 1))
        assert "At the start: choose, enter takes it" in on_screen(pilot)
        await pilot.click("#bars", offset=(2, 1))
        assert [token.draw.token for token in generation_of(pilot).tokens] == [1]


async def test_words_that_are_not_kept_are_looked_up_in_the_file(
    us_names: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with millions of words, of which only some are kept: here, the limit is a hundred."""
    monkeypatch.setattr(distinct, "MAX_EXACT", 100)
    path = tmp_path / "names.txt"
    path.write_text("\n".join(us_names.words * 5))  # so many that numpy counts them
    corpus = load(str(path), tmp_path)
    assert corpus.holds("emma") is None
    async with opened(corpus, "4", *"n" * 50) as pilot:
        generation = app_of(pilot).workspace.generator.generation
        await until(pilot, lambda: all(name.in_dataset is not None for name in generation.latest.names))
        known = {name.name: name.in_dataset for name in generation.latest.names}
        assert known == {name: name in us_names.words for name in known}
        assert any(known.values())
        tally = sum(generation.latest.tallies.values(), Tally())
        found = sum(bool(name.in_dataset) for name in generation.latest.names)
        assert (tally.names, tally.in_dataset, tally.unknown) == (50, found, 0)
        assert f"{found / 50:.1%} of 50" in on_screen(pilot)
        await pilot.press("backspace", "space")
        assert generation.latest.names[-1].in_dataset is not None


async def test_the_percentile_says_of_how_many_words_it_is(
    us_names: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MAX_KEPT", 1_000)
    path = tmp_path / "names.txt"
    path.write_text("\n".join(us_names.words))
    corpus = load(str(path), tmp_path)
    async with opened(corpus, "4", "t", *"emma") as pilot:
        await until(pilot, lambda: f"% of {len(corpus.words):,} of the words" in on_screen(pilot))
        assert len(corpus.words) < 1_001


async def test_a_single_line_may_be_drawn_before_it_shrinks_from_three(us_names: Corpus) -> None:
    async with opened(us_names, "4", "M", "n") as pilot:
        line = pilot.app.screen.query_one(ProbabilityLine)
        line.show(line._rows[:1])
        assert [line.render_line(y).text.strip() for y in range(4, line.size.height)] == ["", "", ""]


# Longer contexts


async def learned(pilot, learning: Learning, smoother: str = "modified-kneser-ney") -> None:
    """Choose what to learn from, and the smoother."""
    workspace = app_of(pilot).workspace
    workspace.learn(learning)
    await until(pilot, lambda: workspace.dataset.latest.learning == learning)
    workspace.set_smoother(smoother)
    await pilot.pause()


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_each_figure_of_the_drawn_names_has_one_line(us_names: Corpus, language: str) -> None:
    async with opened(us_names, "4", "n", "n", size=(80, 50), language=language) as pilot:
        figures = pilot.app.screen.query_one(SessionFigures)
        for learning in (Learning(), Learning(from_train=True)):
            await learned(pilot, learning, "add-k")
            await pilot.press("n")
            await until(pilot, lambda: re.search(r"nll +2\.[456]\d+ +\S+ 2\.45", str(figures.visual)))
            lines = str(figures.visual).splitlines()
            assert len(lines) == 6
            assert all(cell_len(line.rstrip()) <= figures.content_size.width for line in lines)
            assert re.search(r" (0% of|\d 个里的 0%)", lines[0])


async def test_contexts_of_each_length_share_u_and_are_shown_in_the_bars(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "4", "n", "n") as pilot:
        workspace = app_of(pilot).workspace
        await learned(pilot, Learning(3, from_train=True))
        assert names_of(pilot) == ["mor", "axx"], "what was drawn stays"
        assert "u = " not in on_screen(pilot), "u belongs to a row that is not shown any more"
        await pilot.press("n", *["space"] * 4)
        lane, model = generation_of(pilot).lane, workspace.model("counts")
        state = lane.tokens[-1].draw.state
        assert f"After {model.vocabulary.show(tokens_of(state, 27, 3))}: modified Kneser-Ney ─" in (
            on_screen(pilot)
        )
        assert f"{lane.tokens[-1].probability:.4f}" in on_screen(pilot)
        assert "from a context of  ·  none   0  1  2  3" in on_screen(pilot)
        bars = pilot.app.screen.query_one(Bars)._bars
        for bar in bars:
            assert sum(bar.parts) == pytest.approx(bar.value, rel=1e-12)
        assert any(bar.parts[-1] for bar in bars)
        in_train = set(split(us_names.words)[0])
        assert all(name.in_train == (name.name in in_train) for name in generation_of(pilot).names)
        await until(pilot, lambda: re.search(r"in train +\d[\d.]*% of 1 +dev \d", on_screen(pilot)))
        await until(pilot, lambda: re.search(r"mean nll.*train 1\.\d+ +dev 2\.0", on_screen(pilot)))

        await pilot.press("M", "M", "space", "space")
        lanes = generation_of(pilot).lanes
        assert [lane.model for lane in lanes] == [f"context {c}" for c in range(4)]
        assert len({lane.tokens[-1].draw.u for lane in lanes}) == 1
        for c, lane in enumerate(lanes):
            model = workspace.model(lane.model)
            assert model.context == c
            assert re.search(rf"context {c} +P {lane.tokens[-1].probability:.4f}", on_screen(pilot))
        await pilot.press("(")
        await until(pilot, lambda: len(generation_of(pilot).lanes) == 3)
        await pilot.press("u")
        await until(pilot, lambda: len(generation_of(pilot).lanes) == 4)
        await pilot.press("M")
        assert [lane.model for lane in generation_of(pilot).lanes] == ["counts"]
