"""Paths on a drive that does not answer, as that of a network may not: the app goes on, and can be left."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events

from bigram_tui.dialogs.open import lists
from bigram_tui.dialogs.open.lists import Files
from bigram_tui.session import opening
from bigram_tui.words.corpus import Corpus
from tests.driving import on_screen, opened, until


@pytest.fixture
def stalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder which only threads that nothing waits for may ask about; there is no answer during a test."""
    answer = threading.Event()

    def stalling(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(path: Any, **options: Any) -> Any:
            if not isinstance(path, int) and "stalled/" in f"{os.fsdecode(path)}/":
                assert threading.current_thread().daemon
                answer.wait()
            return ask(path, **options)

        return asked

    for name in ("stat", "lstat", "scandir"):
        monkeypatch.setattr(os, name, stalling(getattr(os, name)))
    monkeypatch.setattr(opening, "ANSWER", 0.01)
    monkeypatch.setattr(lists, "LISTED", 0.01)
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "stalled"
    answer.set()


async def test_a_list_can_be_cancelled(us_names: Corpus, stalled: Path) -> None:
    async with opened(us_names, "o", *str(stalled / "list.txt"), "enter") as pilot:
        await until(pilot, lambda: "escape Cancel" in on_screen(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "cancelled" in on_screen(pilot))


async def test_a_dropped_file_is_not_opened(us_names: Corpus, stalled: Path) -> None:
    async with opened(us_names) as pilot:
        pilot.app.post_message(events.Paste(str(stalled / "list.txt")))
        await pilot.press("o")
        pilot.app.post_message(events.Paste("stalled/list.txt"))
        await until(pilot, lambda: "│  stalled/list.txt" in on_screen(pilot))


async def test_its_folder_in_the_tree_is_not_waited_for_long(us_names: Corpus, stalled: Path) -> None:
    stalled.mkdir()
    async with opened(us_names, "o") as pilot:
        await until(pilot, lambda: "▸ stalled" in on_screen(pilot))
        pilot.app.screen.query_one(Files).focus()
        await pilot.press("home", "enter")
        await until(pilot, lambda: "stalled does not answer" in on_screen(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Open a word list" not in on_screen(pilot))


async def test_names_are_not_drawn_to_it_and_the_dialog_can_be_left(us_names: Corpus, stalled: Path) -> None:
    async with opened(us_names, "4", "N", *"5000", "tab", *str(stalled / "names.txt"), "enter") as pilot:
        await until(pilot, lambda: "names.txt … escape stops it" in on_screen(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "How many names?" not in on_screen(pilot))
