"""Saving to a file and loading from one: whatever is at the path, the app keeps working."""

from __future__ import annotations

import os
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, Static

from bigram_tui.dialogs.path import PathDialog
from bigram_tui.panes.pane import Pane
from bigram_tui.words.corpus import Corpus
from tests.driving import app_of, on_screen, opened, until
from tests.lists import parse_words


async def load_network(pilot: Pilot[None], path: Path) -> None:
    """Load a network with the command palette, as a user would."""
    await pilot.press("ctrl+p", *"load network")
    await until(pilot, lambda: "Load network" in on_screen(pilot))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PathDialog))
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")


def said(pilot: Pilot[None]) -> str:
    """What the dialog says, as one line."""
    return str(pilot.app.screen.query_one("#state", Static).visual)


async def test_a_file_that_is_not_a_network_is_refused_in_one_line(tmp_path: Path, us_names: Corpus) -> None:
    os.mkfifo(tmp_path / "fifo")  # nobody ever writes to it
    (tmp_path / "text").write_text("emma\n")
    reasons = {
        tmp_path / "fifo": "is not a regular file",
        tmp_path: "Is a directory",
        Path("/dev/zero"): "is not a regular file",
        tmp_path / "none": "No such file",
        tmp_path / "text": "is damaged or no network",
    }
    async with opened(us_names, "3", size=(80, 24)) as pilot:
        for step, (path, reason) in enumerate(reasons.items(), 1):
            await load_network(pilot, path)
            await until(pilot, lambda reason=reason: reason in said(pilot))
            assert not pilot.app.screen.query_one(Input).disabled
            await pilot.press("escape", "space")
            await until(pilot, lambda step=step: f"Step {step} of" in on_screen(pilot))


async def test_a_table_is_computed_while_it_is_written_and_can_be_cancelled(tmp_path: Path) -> None:
    """With 1,500 characters, it has 2,253,001 cells: the app does not block, and no partial file is left."""
    corpus = parse_words("\n".join(map(chr, range(0x4E00, 0x4E00 + 1_500))).encode(), "many")
    asked: list[int] = []
    async with opened(corpus, "2") as pilot:
        app = app_of(pilot)
        view = app.screen.query_one("BigramGrid").view  # type: ignore[attr-defined]
        cells = view.cells

        def noted(row: int, columns: slice) -> object:
            asked.append(row)
            if row == 3:
                app.call_from_thread(app.screen.dismiss, None)
            return cells(row, columns)

        object.__setattr__(view, "cells", noted)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, PathDialog))
        assert not asked
        path = tmp_path / "counts.csv"
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Pane))
        await until(pilot, lambda: not list(tmp_path.iterdir()))
        assert max(asked) < 1_500


async def test_the_saved_table_is_the_one_on_the_screen(tmp_path: Path) -> None:
    async with opened(parse_words(b"ab\nba\n", "two"), "2", "e") as pilot:
        path = tmp_path / "counts.json"
        pilot.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, path.exists)
        assert path.read_text() == (
            '{"vocabulary": [".", "a", "b"], "counts": [[0, 1, 1], [1, 0, 1], [1, 1, 0]]}'
        )


async def test_an_impossible_path_is_refused_and_can_be_corrected(tmp_path: Path) -> None:
    async with opened(parse_words(b"ab\nba\n", "two"), "2", "e") as pilot:
        field = pilot.app.screen.query_one(Input)
        field.value = "a\0b.csv"
        await pilot.press("enter")
        await until(pilot, lambda: "is not a usable path" in on_screen(pilot))
        field.value = str(tmp_path / "counts.csv")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "counts.csv").exists)


async def test_what_was_said_about_a_name_is_gone_when_another_is_typed(tmp_path: Path) -> None:
    (tmp_path / "old.csv").touch()
    async with opened(parse_words(b"ab\nba\n", "two"), "2", "e") as pilot:
        pilot.app.screen.query_one(Input).value = str(tmp_path / "old.csv")
        await pilot.press("enter")
        await until(pilot, lambda: "press enter again to overwrite" in said(pilot))
        await pilot.press("backspace")
        assert said(pilot).startswith("The file extension decides the format")
