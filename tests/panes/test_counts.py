"""What one sees and does in the Counts pane."""

from __future__ import annotations

import math

import pytest

from bigram_tui.lm.corpus import Corpus, parse_words
from bigram_tui.lm.counts import BigramCounts
from bigram_tui.widgets.bigram_grid import BigramGrid, Cell
from tests.driving import on_screen, opened


async def test_the_inspector_explains_the_cell_under_the_cursor(
    us_names: Corpus, us_counts: BigramCounts
) -> None:
    async with opened(us_names, "2", *["down"] * 14) as pilot:
        shown = on_screen(pilot)
    n, total = 2_993, 18_461
    N = us_counts.N.tolist()
    assert (N[14][1], sum(N[14])) == (n, total)
    P = (n + 1) / (total + 27)
    assert "n → a" in shown
    assert f"{n:,} of the {total:,} times" in shown
    assert f"{n:,} / {total:,} = {n / total:.4f}" in shown
    assert f"({n:,} + 1) / ({total:,} + 27·1) = {P:.4f}" in shown
    assert f"{-math.log(P):.4f} nats = {-math.log2(P):.4f} bits" in shown
    assert f"#{1 + sum(m > n for m in N[14])} of 27" in shown
    assert f"#{1 + sum(m > n for row in N for m in row)} of 729" in shown


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (250, 70)])
async def test_the_cursor_reaches_every_corner_and_stays_in_sight(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    async with opened(us_names, "2", size=size) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        for zoom in range(4):
            grid.zoom = zoom
            for keys, corner in (
                (("home", *["pageup"] * 6), Cell(0, 0)),
                (("end", *["pageup"] * 6), Cell(0, 26)),
                (("end", *["pagedown"] * 6), Cell(26, 26)),
                (("home", *["pagedown"] * 6), Cell(26, 0)),
            ):
                await pilot.press(*keys)
                assert grid.cursor == corner
                await pilot.press("left", "right", "up", "down")
                visible = {
                    grid.cell_at(x, y) for y in range(grid.size.height) for x in range(grid.size.width)
                }
                shown_row = grid.cursor.row // 2 * 2 if zoom == 0 else grid.cursor.row
                assert Cell(shown_row, grid.cursor.column) in visible


async def test_a_click_selects_the_cell_under_the_mouse(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        x, y = next(
            (x, y)
            for y in range(grid.size.height)
            for x in range(grid.size.width)
            if grid.cell_at(x, y) == Cell(5, 12)
        )
        await pilot.click(BigramGrid, offset=(grid.content_offset.x + x, grid.content_offset.y + y))
        assert grid.cursor == Cell(5, 12)
        assert "e → l" in on_screen(pilot)


async def test_a_second_click_on_the_overview_goes_to_the_row_in_the_lower_half(us_names: Corpus) -> None:
    async with opened(us_names, "2", size=(80, 24)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        place = (grid.content_offset.x + 3 + 2 * 4, grid.content_offset.y + 1 + 3)
        for row in (6, 7, 6):
            await pilot.click(BigramGrid, offset=place)
            assert grid.cursor == Cell(row, 4)


async def test_v_switches_between_counts_and_probabilities(us_names: Corpus, us_counts: BigramCounts) -> None:
    async with opened(us_names, "2", size=(250, 70)) as pilot:
        assert "Counts N (229,804 bigrams)" in on_screen(pilot)
        assert us_counts.N[17][21] == 207
        assert " 6808 " in on_screen(pilot)
        await pilot.press("v")
        assert "Probabilities P" in on_screen(pilot)
        assert f"{(207 + 1) / (us_counts.N[17].sum() + 27):.4f}"[1:] in on_screen(pilot)
        await pilot.press("V")
        assert "Counts N" in on_screen(pilot)


async def test_more_is_darker_in_a_light_theme_and_lighter_in_a_dark_one(
    us_names: Corpus, us_counts: BigramCounts
) -> None:
    """n. is the most frequent bigram, .. does not occur: their colours are the ends of the ramp."""
    async with opened(us_names, "2", "down", "down", "down", size=(250, 70)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)

        def lightness(cell: Cell) -> int:
            x = grid._header_width(grid.zoom) + cell.column * 5
            segments = list(grid.render_line(1 + 2 * cell.row).crop(x, x + 5))
            background = segments[0].style.bgcolor.get_truecolor()
            return sum(background)

        for theme, order in (("bigram-dark", 1), ("bigram-light", -1)):
            pilot.app.theme = theme
            await pilot.pause()
            most, some, none = lightness(Cell(14, 0)), lightness(Cell(1, 18)), lightness(Cell(0, 0))
            assert order * none < order * some < order * most


@pytest.mark.parametrize("text", ["a", "aa", "ab\nba", "\n".join(map(chr, range(0x4E00, 0x4E00 + 300)))])
async def test_any_vocabulary_is_shown(text: str) -> None:
    async with opened(parse_words(text.encode(), "other"), "2", size=(80, 24)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        for zoom in range(4):
            grid.zoom = zoom
            await pilot.press("end", "pagedown", "home", "pageup")
            widths = {grid.render_line(y).cell_length for y in range(grid.size.height)}
            assert widths == {grid.scrollable_size.width}
        assert "Probability" in on_screen(pilot)


async def test_without_smoothing_an_unseen_bigram_is_explained() -> None:
    async with opened(parse_words(b"ab", "one"), "2", "home", smoothing=0.0) as pilot:
        shown = on_screen(pilot)
    assert ". → ." in shown
    assert "0 of the 1 times" in shown
    assert "infinite: P is 0" in shown
