"""The terminal's cursor is where the focus is, in every pane and dialog."""

from __future__ import annotations

from textual.geometry import Offset, Region
from textual.pilot import Pilot

from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.words.corpus import Corpus
from tests.driving import app_of, opened, rests, until
from tests.terminal.test_terminal import go, open_terminal

__all__ = ["open_terminal"]

DOWN, TAB = "\x1b[B", "\t"


def test_the_cursor_is_where_the_user_is(open_terminal) -> None:
    """In a list, a field, the grid and its prompt, the bars, the curve, and the dialog that opens lists."""
    terminal = open_terminal()
    go(terminal, "dataset")

    def stands(before: str, after: str) -> None:
        """Wait until the cursor is between these texts on its line."""
        terminal.rests()
        cursor = terminal.screen.cursor
        line = terminal.screen.display[cursor.y]
        assert line[: cursor.x].rstrip("│╭ ").endswith(before), (line[: cursor.x], line[cursor.x :])
        assert line[cursor.x :].startswith(after), (line[: cursor.x], line[cursor.x :])

    for keys, before, after in [
        ("", "", "emma"),
        (DOWN, "", "olivia"),
        ("/", "", "/ to search"),
        ("m", "m", " "),
        ("a", "ma", " "),
        ("\x1b[D", "m", "a"),
        ("\x1b", "", "emma"),
        ("2", "", ""),
        ("g", "enter for ., escape leaves", " "),
        ("m", "followed by? enter for ., escape leaves", " "),
        ("a", "", ""),
        ("4", "", ". 3.1e-5"),
        (DOWN + DOWN, "", "a 0.1375"),
        ("N", "1,000", " "),
        ("x", "x", " "),
        (TAB, "begin with", "any"),
        ("\x1b", "", ""),
        ("o", "", "a path"),
        ("names", "names", " "),
        (TAB, "", "us-names"),
        (DOWN, "", "makemore"),
    ]:
        terminal.press(keys)
        stands(before, after)


async def place(pilot: Pilot[None]) -> Offset:
    await pilot.pause()
    return app_of(pilot).cursor_position


def seen(pilot: Pilot[None]) -> Region:
    focused = pilot.app.focused
    assert focused is not None
    return pilot.app.screen.find_widget(focused).visible_region


DIALOGS = {"1": ["o", "question_mark"], "2": ["w", "e"], "3": ["p", "ctrl+p"], "4": ["N"]}
"""The dialogs to open in each pane, which contain every kind of widget."""


async def test_the_cursor_is_in_the_focused_widget(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        for pane, dialogs in DIALOGS.items():
            await pilot.press(pane)
            places: dict[object, Offset] = {}
            while pilot.app.focused not in places:
                assert seen(pilot).contains_point(await place(pilot))
                places[pilot.app.focused] = await place(pilot)
                await pilot.press("tab")
            assert len(set(places.values())) == len(places) > 2, "it shows which part it is"
            for dialog in dialogs:
                await pilot.press("escape", dialog)
                for _ in range(8):
                    assert seen(pilot).contains_point(await place(pilot)), (pane, dialog, pilot.app.focused)
                    await pilot.press("tab")
                await pilot.press("escape", "escape")


async def test_the_cursor_is_on_the_grids_cell_at_every_zoom(us_names: Corpus) -> None:
    async with opened(us_names, "2", *["minus"] * 4, size=(80, 24)) as pilot:
        grid = pilot.app.screen.query_one(BigramGrid)
        for _ in range(4):
            for keys in (["home", *["pageup"] * 4], ["end"], ["pagedown"] * 4, ["left", "up"]):
                await pilot.press(*keys)
                cell = grid.cell_at(*(await place(pilot) - grid.content_region.offset))
                halves = grid.lines_at(grid.zoom) < 1
                assert cell == (grid.cursor.row - grid.cursor.row % (1 + halves), grid.cursor.column)
            await pilot.press("plus")


async def test_the_cursor_follows_the_step_of_the_curve(us_names: Corpus) -> None:
    async with opened(us_names, "3", *["space"] * 2) as pilot:
        await rests(pilot)
        here = await place(pilot)
        await pilot.press("home")
        await rests(pilot)
        assert (await place(pilot)).y < here.y, "the loss was higher"
    async with opened(us_names, "3", "f", settings=TrainingSettings(learning_rate=100_000)) as pilot:
        await until(pilot, lambda: app_of(pilot).workspace.trainer.training.latest.remark)
        assert seen(pilot).contains_point(await place(pilot)), "what is no number has a place, too"
