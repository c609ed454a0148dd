"""The Counts pane, as a user sees it."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TabbedContent

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.views.grid import Cell
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until
from tests.lists import parse_words


async def test_the_inspector_explains_the_cell_under_the_cursor(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "2", *["down"] * 14, size=(80, 30)) as pilot:
        await until(pilot, lambda: "anything followed n, it was a." in on_screen(pilot))
        shown = on_screen(pilot)
        said = pilot.app.screen.query_one("#words").content.plain
    n, total = 2_993, 18_461
    N = us_counts.N.tolist()
    assert (N[14][1], sum(N[14])) == (n, total)
    P = (n + 1) / (total + 27)
    assert "n → a" in shown
    assert f"{n:,} of the {total:,} times that anything followed n, it was a." in shown
    assert f"without smoothing {n:,} / {total:,} = {n / total:.4f}" in shown
    assert f"P(a|n) = ({n:,} + 1) / ({total:,} + 27·1) = {P:.4f}  probability of a after n" in shown
    assert f"−ln P(a|n) = {-math.log(P):.4f} nats = {-math.log2(P):.4f} bits" in shown
    assert sorted(N[14])[-2:] == [n, N[14][0]]
    assert "second most frequent after n (first: the end)" in shown
    assert "#2 of 27" in shown
    assert f"#{1 + sum(m > n for row in N for m in row)} of 729" in shown
    words = {word for word in us_names.words if "na" in word}
    head, listed = f"in {len(words):,} different words: ", said.rpartition(": ")[2].split()
    assert said.startswith(head)
    assert len(set(listed) & words) == len(listed) == 10


async def test_an_ngram_is_no_longer_asked_for_in_another_table(us_names: Corpus) -> None:
    """The first of its tokens was typed already, and does not exist in the other one."""
    async with opened(us_names, "2", "g", "z") as pilot:
        assert "go to column" in on_screen(pilot)
        app_of(pilot).workspace.open(parse_words(b"ab\nba", "two"))
        await until(pilot, lambda: "two · 2 words" in on_screen(pilot))
        assert "go to" not in on_screen(pilot)
        await pilot.press("enter", "g", "b", "enter")
        assert app_of(pilot).screen.query_one(BigramGrid).cursor == Cell(2, 0)


async def test_what_never_occurs_has_a_place_in_the_table_and_is_not_called_frequent(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "2", "g", *"qb") as pilot:
        await until(pilot, lambda: "never seen after q (most frequent: u)" in on_screen(pilot))
        assert "#628 of 729" in on_screen(pilot)
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: "602 of 27² rows" in on_screen(pilot))
        await pilot.press("g", "enter", *"qq")
        await until(pilot, lambda: "never seen after .q (most frequent: u)" in on_screen(pilot))
        larger = len(app_of(pilot).workspace.dataset.latest.counts.keys)
        assert f"#{larger + 1:,} of {602 * 27:,}" in on_screen(pilot)
        await pilot.press("w")
        await until(pilot, lambda: f"{larger:,} + 1 = {larger + 1:,} of {602 * 27:,}" in on_screen(pilot))


async def test_a_word_too_long_for_its_place_is_shown_cut_off() -> None:
    for size in ((80, 24), (140, 40)):
        async with opened(parse_words(b"ab" * 1_000 + b"\nemma\n", "long"), "2", size=size) as pilot:
            await until(pilot, lambda: "in one word:" in on_screen(pilot))
            below = on_screen(pilot).split("in one word:")[1].split("╰")[0]
            assert "abababababab" in below
            assert "…" in below


async def test_a_character_that_does_not_occur_is_refused_and_another_can_be_typed(us_names: Corpus) -> None:
    async with opened(us_names, "2", "g", "Z", size=(80, 24)) as pilot:
        assert "Z does not occur: another one, enter for ., escape leaves" in on_screen(pilot)
        await pilot.press("q")
        assert "go to column: q followed by?" in on_screen(pilot)
        await pilot.press("7")
        assert "7 does not occur" in on_screen(pilot)
        await pilot.press("u")
        assert "q → u" in on_screen(pilot)
        assert "does not occur" not in on_screen(pilot)


async def test_hovering_shows_a_cell_until_the_next_key(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        x, y = place_of(grid, Cell(5, 12))
        await pilot.hover(BigramGrid, offset=(x, y))
        await pilot.pause()
        assert "e → l" in on_screen(pilot)
        assert grid.cursor == Cell(0, 1)
        await pilot.press("down")
        assert "a → a" in on_screen(pilot)


def place_of(grid: BigramGrid, cell: Cell) -> tuple[int, int]:
    """The position of a cell within the widget."""
    return next(
        (grid.content_offset.x + x, grid.content_offset.y + y)
        for y in range(grid.size.height)
        for x in range(grid.size.width)
        if grid.cell_at(x, y) == cell
    )


async def test_g_goes_to_a_bigram_by_typing_it(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        await pilot.press("g")
        assert "go to row" in on_screen(pilot)
        await pilot.press("n")
        assert grid.cursor.row == 14
        assert "n followed by" in on_screen(pilot)
        await pilot.press("v")
        assert grid.cursor == Cell(14, 22)
        assert "Counts N" in on_screen(pilot), "v was the answer, not the key for the next view"
        await pilot.press("g", "enter", "z", "g", "q", "enter")
        assert grid.cursor == Cell(17, 0)
        await pilot.press("g", "5", "z", "escape", "v")
        assert grid.cursor == Cell(26, 0)
        assert "Probabilities P" in on_screen(pilot)


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((140, 40), (250, 70))])
async def test_the_cursor_reaches_every_corner_and_stays_visible(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    async with opened(us_names, "2", size=size) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        for zoom in range(5):
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


TITLES = [
    "Counts N (229,804 bigrams)",
    "Probabilities P (smoothing 1, rows sum to 1)",
    "softmax(W), after 2 steps",
    "exp(W), after 2 steps",
    "W, after 2 steps",
    "softmax(W) − P, after 2 steps",
    "(N+k) / (N+k).sum(1) without keepdim, no P",
]


async def test_v_cycles_through_all_views(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "3", "space", "space", "2", size=(250, 70)) as pilot:
        network = app_of(pilot).workspace.trainer.training.latest.network
        W, P = network.W.double(), us_counts.probabilities(1)
        wrong = (us_counts.N + 1) / (us_counts.N + 1).sum(1)
        of_network = [W.softmax(1).numpy(), W.exp().numpy(), W.numpy(), W.softmax(1).numpy() - P]
        tables = [us_counts.N, P, *of_network, wrong]
        grid = pilot.app.screen.query_one(BigramGrid)
        for title, table in zip(TITLES, tables, strict=True):
            assert title in on_screen(pilot)
            shown = [grid.view.row(i) for i in range(27)]
            assert shown == pytest.approx(table, rel=1e-12)
            await pilot.press("v")
        assert TITLES[0] in on_screen(pilot)
        await pilot.press("V")
        assert TITLES[-1] in on_screen(pilot)


async def test_without_keepdim_the_inspector_shows_row_sums(
    us_names: Corpus, reference: dict[str, Any]
) -> None:
    async with opened(us_names, "2", "v", size=(250, 70)) as pilot:
        await until(pilot, lambda: re.search(r"row sum +1\.0000", on_screen(pilot)))
        await pilot.press("V", "V")
        sums: list[float] = []
        for row in range(27):
            await until(
                pilot, lambda row=row: f"{us_names.counts.vocabulary.signs[row]} → a" in on_screen(pilot)
            )
            sums.append(float(re.search(r"row sum +([\d.]+)", on_screen(pilot)).group(1)))
            await pilot.press("down")
        expected = reference["us_names_2018.txt"]["without_keepdim"]
        assert min(sums) == round(expected["smallest_row_sum"], 4)
        assert max(sums) == round(expected["largest_row_sum"], 4)


async def test_the_views_of_the_network_follow_the_training_live(us_names: Corpus) -> None:
    async with opened(us_names, "2", "v", "v") as pilot:
        assert "softmax(W), not trained yet" in on_screen(pilot)
        trainer = app_of(pilot).workspace.trainer
        trainer.run()
        await until(pilot, lambda: re.search(r"softmax\(W\), after \d+ steps", on_screen(pilot)))
        trainer.pause()
        await until(pilot, lambda: not trainer.training.latest.running)


async def test_the_palette_finds_a_view_by_name(us_names: Corpus) -> None:
    async with opened(us_names, "2", "ctrl+p", *"view: diff") as pilot:
        await until(pilot, lambda: "Show the difference" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "softmax(W) − P" in on_screen(pilot))


@pytest.mark.parametrize(("size", "zoom"), [((80, 24), 0), ((120, 36), 1), ((140, 40), 2), ((250, 70), 4)])
async def test_the_largest_cells_that_leave_the_inspector_room_are_chosen(
    us_names: Corpus, size: tuple[int, int], zoom: int
) -> None:
    async with opened(us_names, "2", size=size) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        assert grid.zoom == zoom
        assert grid.max_scroll_x == grid.max_scroll_y == 0, "the whole table is in sight"
        await pilot.press("plus" if zoom < 4 else "minus")
        assert grid.zoom == (zoom + 1 if zoom < 4 else 3)
        await pilot.resize_terminal(120, 40)
        assert grid.zoom == (zoom + 1 if zoom < 4 else 3), "what the user chose stays"


async def test_c_changes_the_scale_and_the_legend_says_which(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        view, row = grid.view, grid.view.row(0)
        assert "6808  linear · N" in on_screen(pilot)
        assert view.shades(row, 0, grid.scale)[11] == round(2982 / 6808 * 64)
        await pilot.press("c")
        assert "6808  logarithmic · N" in on_screen(pilot)
        assert view.shades(row, 0, grid.scale)[11] == round((1 + math.log10(2982 / 6808) / 4) * 64)
        await pilot.press("c")
        assert "row's largest  per row · N" in on_screen(pilot)
        assert max(view.shades(row, max(row), grid.scale)) == 64
        await pilot.press("c", "V", "V")
        assert "linear · softmax(W) − P" in on_screen(pilot)


async def test_title_and_legend_are_complete_on_a_small_screen(us_names: Corpus) -> None:
    async with opened(us_names, "2", size=(80, 24)) as pilot:
        await pilot.press("V", "c", "c")
        assert "row's largest  per row · no keepdim" in on_screen(pilot)
        await pilot.press("v", "v", "right_parenthesis")
        await until(pilot, lambda: app_of(pilot).workspace.dataset.latest.counts.context == 2)
        await pilot.press("K", "K", "K")
        await until(pilot, lambda: "2 of 7 · Probabilities P (modified Kneser-Ney)" in on_screen(pilot))


async def test_the_chosen_colours_are_kept(us_names: Corpus) -> None:
    async with opened(us_names, "2", "ctrl+p", *"blues") as pilot:
        await until(pilot, lambda: "Colours: blues" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one(BigramGrid).ramp == "blues")
    async with opened(us_names, "2") as pilot:
        assert pilot.app.screen.query_one(BigramGrid).ramp == "blues"


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "linux", "COLORTERM": ""}], ids=["NO_COLOR", "16 colours"]
)
async def test_without_colours_blocks_show_the_shades(
    us_names: Corpus, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with opened(us_names, "2", size=(80, 40)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        for zoom in (0, 1):
            grid.zoom = zoom
            await pilot.pause()
            line_of_n = grid.render_line(15).text
            assert line_of_n.startswith("n ██▓▓"[:4])
            assert set(line_of_n) <= set("n ░▒▓█")
        grid.zoom = 3
        await pilot.pause()
        assert "█6808" in grid.render_line(15).text
        cursor = next(iter(grid.render_line(1).crop(7, 12)))
        assert cursor.style.reverse
        await pilot.press("V", "V")
        grid.zoom = 0
        await pilot.pause()
        assert {"+", "-"} <= set("".join(grid.render_line(y).text for y in range(1, 28)))


async def test_more_is_darker_in_a_light_theme_and_lighter_in_a_dark_one(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    """n. is the most frequent bigram, and .. does not occur: their colours are the ends of the ramp."""
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
        for zoom in range(5):
            grid.zoom = zoom
            await pilot.press("end", "pagedown", "home", "pageup")
            widths = {grid.render_line(y).cell_length for y in range(grid.size.height)}
            assert widths == {grid.scrollable_size.width}
        assert "smoothing k" in on_screen(pilot)


async def test_a_table_of_three_thousand_characters_can_be_navigated() -> None:
    characters = [chr(0x4E00 + i) for i in range(3_000)]
    words = "\n".join(a + b for a, b in zip(characters, reversed(characters), strict=True))
    async with opened(parse_words(words.encode(), "many"), "2", size=(80, 24)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        assert len(grid.view) == 3_001
        await pilot.press("g", characters[9], characters[-10])
        assert grid.cursor == Cell(10, 2_991)
        assert f"{characters[9]} → {characters[-10]}" in on_screen(pilot)
        await until(pilot, lambda: "1 of the 2 times" in on_screen(pilot))
        assert "(1 + 1) / (2 + 3,001·1)" in on_screen(pilot)
        for zoom in range(5):
            grid.zoom = zoom
            await pilot.press("end", "pagedown", "right")
            assert {grid.render_line(y).cell_length for y in range(grid.size.height)} == {
                grid.scrollable_size.width
            }
        assert "N" not in vars(app_of(pilot).workspace.dataset.latest.counts), "the whole table was built"


async def test_smoothing_is_edited_and_every_number_follows(us_names: Corpus, us_counts: NgramCounts) -> None:
    async with opened(us_names, "2", *["down"] * 14, "k", *"0.5", "enter", "escape", size=(80, 30)) as pilot:
        P = (2_993 + 0.5) / (18_461 + 27 * 0.5)
        written = f"(2,993 + 0.5) / (18,461 + 27·0.5) = {P:.4f}"
        await until(pilot, lambda: written in on_screen(pilot))
        await pilot.press("v")
        assert "Probabilities P (smoothing 0.5" in on_screen(pilot)
        assert pilot.app.screen.query_one(BigramGrid).view.row(14)[1] == P
        pilot.app.screen.query_one(TabbedContent).active = "smoothing-tab"
        await pilot.pause()
        assert f"{us_counts.nll(0.5):.4f} nats over 229,804 bigrams" in on_screen(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "counts with smoothing 0.5" in on_screen(pilot))


async def test_smoothing_below_0_is_refused_with_the_reason(us_names: Corpus) -> None:
    async with opened(us_names, "2", "k", "minus", "1", "enter") as pilot:
        assert "smoothing must be a number from 0" in on_screen(pilot)
        await pilot.press("escape")
        assert app_of(pilot).workspace.dataset.latest.smoothing == 1


async def test_the_row_is_shown_as_bars_by_alphabet_or_probability(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "2", *["down"] * 17) as pilot:
        pilot.app.screen.query_one(TabbedContent).active = "row-tab"
        await pilot.pause()
        bars = pilot.app.screen.query_one("#row", Bars)
        row = us_counts.row(17, 1).tolist()
        await until(pilot, lambda: [bar.value for bar in bars._bars] == row)
        assert [bar.value for bar in bars._bars] == row
        assert [bar.label for bar in bars._bars if bar.marked] == ["a"]
        await pilot.press("s")
        assert [bar.value for bar in bars._bars] == sorted(row, reverse=True)


async def test_the_likelihood_is_plotted_against_the_smoothing(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    async with opened(us_names, "2") as pilot:
        pilot.app.screen.query_one(TabbedContent).active = "smoothing-tab"
        await until(pilot, lambda: pilot.app.screen.query("SmoothingCurve"))
        await until(pilot, lambda: "⣀⣀⣀" in on_screen(pilot) and "●" in on_screen(pilot))
        (line,) = pilot.app.screen.query_one("SmoothingCurve")._datasets
        for exponent, nll in zip(line.x.tolist(), line.y.tolist(), strict=True):
            assert nll == pytest.approx(us_counts.nll(10**exponent), rel=1e-12)
        marked, axis = (next(line for line in on_screen(pilot).splitlines() if sign in line) for sign in "●┗")
        assert axis[marked.index("●")] == "┳", "k = 1 has a tick"


async def export(pilot: Pilot[None], path: Path) -> None:
    await pilot.press("e")
    dialog = pilot.app.screen
    dialog.query_one(Input).value = str(path)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is not dialog or not dialog.query_one(Input).disabled)


async def test_the_table_is_exported_and_can_be_read_back(
    us_names: Corpus, us_counts: NgramCounts, tmp_path: Path
) -> None:
    async with opened(us_names, "2", size=(80, 24)) as pilot:
        await export(pilot, tmp_path / "counts.csv")
        await until(pilot, lambda: "Saved" in on_screen(pilot))
        await pilot.press("v")
        await export(pilot, tmp_path / "probabilities.json")
        await export(pilot, tmp_path / "picture.svg")
    signs = list(us_counts.vocabulary.signs)
    header, *rows = csv.reader((tmp_path / "counts.csv").open(encoding="utf-8"))
    assert header == ["", *signs]
    assert [[sign, *map(int, row)] for sign, *row in rows] == [
        [sign, *row] for sign, row in zip(signs, us_counts.N.tolist(), strict=True)
    ]
    table = json.loads((tmp_path / "probabilities.json").read_text())
    assert table == {"vocabulary": signs, "probabilities": us_counts.probabilities(1).tolist()}
    picture = ElementTree.parse(tmp_path / "picture.svg")
    texts = "".join("".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text"))
    assert f"{us_counts.probabilities(1).max():.3f}"[1:] in texts


async def test_an_existing_file_is_only_overwritten_after_confirmation(
    us_names: Corpus, tmp_path: Path
) -> None:
    file = tmp_path / "precious.csv"
    file.write_text("mine")
    async with opened(us_names, "2") as pilot:
        await export(pilot, file)
        assert "exists: press enter again" in on_screen(pilot)
        assert file.read_text() == "mine"
        await pilot.press("enter")
        await until(pilot, lambda: "Saved" in on_screen(pilot))
        assert file.read_text().startswith(",.,a")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("table.txt", "must end in one of .csv, .json, .svg"),
        ("file/table.csv", "cannot be written"),
        (f"{'long' * 100}.csv", "File name too long"),
    ],
)
async def test_a_path_that_cannot_be_written_gives_the_reason(
    us_names: Corpus, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    async with opened(us_names, "2") as pilot:
        await export(pilot, tmp_path / name)
        assert reason in on_screen(pilot)
        await pilot.press("escape")
        assert "Counts N" in on_screen(pilot)


async def test_without_smoothing_an_unseen_bigram_is_explained() -> None:
    async with opened(parse_words(b"ab", "one"), "2", "home", smoothing=0.0) as pilot:
        await until(pilot, lambda: "it was not the end" in on_screen(pilot))
        shown = on_screen(pilot)
        assert ". → ." in shown
        assert "−ln 0 is infinite: it never occurred and smoothing is 0" in shown
        pilot.app.screen.query_one(TabbedContent).active = "smoothing-tab"
        await pilot.pause()
        assert "6 of the 9 bigrams never occur" in on_screen(pilot)


async def test_the_explanation_of_a_cell_matches_the_view(us_names: Corpus) -> None:
    """The line about the value of na ends with the value in each view."""
    async with opened(us_names, "3", "space", "2", "g", "n", "a", "v", "v", size=(80, 30)) as pilot:
        network = app_of(pilot).workspace.trainer.training.latest.network
        W = network.W.double()
        P, learned = (2_993 + 1) / (18_461 + 27), W[14].softmax(0)[1].item()
        wrong = (2_993 + 1) / (us_names.counts.row_totals[1] + 27)
        for ending in (
            f"= {learned:.4f}  probability of a after n",
            f"exp(W[n,a]) = exp({W[14, 1]:.6f}) = {W[14, 1].exp():.4f}",
            f"W[n,a] = {W[14, 1]:.6f}  the logit of a after n",
            f"= {learned:.6f} − {P:.6f} = {learned - P:.6f}".replace("-", "−"),
            f"= {wrong:.4f}\n",
        ):
            said = pilot.app.screen.query_one("#explanation")
            await until(pilot, lambda said=said, ending=ending: ending in said.content.plain)
            await pilot.press("v")
