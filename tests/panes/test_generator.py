"""What one sees and does in the Generator pane."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from bigram_tui.lm.corpus import Corpus, parse_words
from bigram_tui.widgets.bars import Bars
from tests.driving import app_of, on_screen, opened, until

LECTURE = "counts, smoothing 1, seed 2147483647, inverse CDF"


def names_of(pilot) -> list[str]:
    return [name.name for name in app_of(pilot).workspace.generator.generation.latest.names]


async def test_n_draws_the_lectures_names(us_names: Corpus, reference: dict) -> None:
    names = reference["us_names_2018.txt"]["sampled_names"][LECTURE]
    async with opened(us_names, "4", *"nnnnnnnnnnnnnnnnnnnn") as pilot:
        assert names_of(pilot) == names
        shown = on_screen(pilot)
    assert all(name in shown for name in names)


async def test_space_draws_one_character_and_shows_how(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        assert "press space to draw the first character" in on_screen(pilot)
        await pilot.press("space")
        shown = on_screen(pilot)
        draw = app_of(pilot).workspace.generator.generation.latest.tokens[0].draw
        assert "At the beginning: counts with smoothing 1" in shown
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


async def test_m_goes_round_the_three_models(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        for description in ("network after 0 steps", "uniform: each of 27", "counts with smoothing 1"):
            await pilot.press("m")
            assert description in on_screen(pilot)


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
        await pilot.click("#generator-seed Input")
        await pilot.press("1", "enter", "escape", "n", "n", "n")
        assert names_of(pilot) != first
        await pilot.click("#generator-seed Input")
        await pilot.press(*"2147483647", "enter", "escape", "n", "n", "n")
        assert names_of(pilot) == first


async def test_a_seed_that_torch_refuses_is_refused_with_the_reason(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        await pilot.click("#generator-seed Input")
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


async def test_clearing_can_be_undone(us_names: Corpus) -> None:
    async with opened(us_names, "4", "n", "n", "c") as pilot:
        assert names_of(pilot) == []
        await pilot.press("n")
        assert names_of(pilot) == ["minaymoryles"]
        await pilot.press("u")
        assert names_of(pilot) == ["mor", "axx", "minaymoryles"], "nothing drawn meanwhile is lost"


async def test_clearing_nothing_leaves_what_can_be_undone(us_names: Corpus) -> None:
    async with opened(us_names, "3", "space", "space", "x", "4", "c", "u") as pilot:
        assert app_of(pilot).workspace.trainer.training.latest.step == 2


async def test_wide_characters_keep_their_probabilities_below_them() -> None:
    async with opened(parse_words("一二\n二一\n".encode(), "wide"), "4", "n", size=(80, 24)) as pilot:
        lines = on_screen(pilot).splitlines()
        letters, numbers = lines[2], lines[3]
        tokens = app_of(pilot).workspace.generator.generation.latest.tokens[:3]
        for token in tokens:
            assert f"{token.probability:.3f}"[1:] in numbers
        place = letters.index(["", "一", "二"][tokens[0].draw.token])
        assert numbers[cell_len(letters[:place]) :].startswith(f"{tokens[0].probability:.3f}"[1:])


async def test_with_multinomial_there_is_no_u(us_names: Corpus) -> None:
    async with opened(us_names, "4", "d", "space") as pilot:
        shown = on_screen(pilot)
        assert "torch.multinomial" in shown
        assert "u = " not in shown


async def test_a_name_says_whether_it_is_in_the_data() -> None:
    """With one word and no smoothing the model can only say that word."""
    async with opened(parse_words(b"ab", "one"), "4", "n", smoothing=0.0) as pilot:
        (name,) = app_of(pilot).workspace.generator.generation.latest.names
        assert (name.name, name.nll, name.in_dataset) == ("ab", 0.0, True)
        assert "● in data: 1" in on_screen(pilot)


async def test_a_row_that_cannot_be_drawn_from_says_why() -> None:
    """No real text has such a row, since every character is followed by something: this one is hand-made."""
    from dataclasses import replace

    async with opened(parse_words(b"ab", "one"), "4", "space", smoothing=0.0) as pilot:
        workspace = app_of(pilot).workspace
        pairs = {pair: n for pair, n in workspace.dataset.latest.counts.pairs.items() if pair // 3 != 1}
        counts = replace(workspace.dataset.latest.counts, pairs=pairs)
        workspace.dataset.publish(replace(workspace.dataset.latest, counts=counts))
        await pilot.press("space")
        await until(pilot, lambda: "no character can be drawn after a" in on_screen(pilot))


@pytest.mark.parametrize("size", [(80, 24), (250, 70)])
async def test_what_matters_is_there_at_every_size(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, "4", "n", size=size) as pilot:
        assert "mor" in on_screen(pilot)
