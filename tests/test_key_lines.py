"""Each key at the bottom of the screen does something: in panes, fields, dialogs and the lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from bigram_tui.panes.pane import Pane
from bigram_tui.widgets.key_line import Key, KeyLine
from tests.driving import app_of, contexts_compared, on_screen, opened, until
from tests.lists import parse_words

PLACES = {
    "1": "Summary",
    "1 /": "To the words",
    "2": "smoothing k",
    "2 tab": "smoothing k",
    "2 g": "Boundary",
    "2 k": "Use it",
    "3 - -": "Step",
    "4 t": "Done",
    "4 N": "How many names?",
    "4": "Draw",
    "4 n shift+tab": "mean nll",
    "5": "Tune",
    "5 J": "Cancel",
    "1 e": "Export the summary",
    "1 ?": "Help: Dataset",
    "1 ctrl+p": "What do you want to do?",
    "1 o": "Open a word list",
    "1 o list enter": "first lines",
    "3 p": "Code: ",
    "l": "1/35",
    "l / e m m a enter =": "Check it",
}
"""Keys that lead to where keys are looked at, and what is to be seen there; a run is at a walk."""

NAMES = {"/": "slash", "?": "question_mark", "=": "equals_sign", "-": "minus"}
IN_EVERY_PANE = {"begin_lesson", "open", "help", "command_palette", "why", "code"}
"""Actions that do the same in every pane: they are done in one."""


async def test_each_key_at_the_bottom_does_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen, the focus or what is opened changes."""
    monkeypatch.chdir(tmp_path)  # a summary is saved there
    listed = tmp_path / "list.txt"
    listed.write_text("anna;otto\nida;eva\n")
    words = parse_words(b"the\nquick\nbrown\nfox\njumps\nover\nlazy\ndogs\n", "words")
    pressed: set[tuple[object, ...]] = set()
    async with opened(words, "5", size=(130, 24)) as pilot:
        await contexts_compared(pilot)
        for place, shown in PLACES.items():
            there = await go(pilot, place, shown, listed)
            # the question about the test set is asked until the answer is yes
            for what, key in sorted(keys_shown(pilot).items(), key=lambda each: each[1].key == "y"):
                if what in pressed or not key.enabled or key.action == "quit":
                    continue
                pressed.add(what)
                if where(pilot) != there:
                    there = await go(pilot, place, shown, listed)
                before = on_screen(pilot)
                await pilot.press(key.key)
                if on_screen(pilot) == before and where(pilot) == there:
                    await until(pilot, lambda before=before: on_screen(pilot) != before)
                if key.action == "run":
                    await pilot.press(key.key)
    assert len(pressed) > 50


def keys_shown(pilot: Pilot[None]) -> dict[tuple[object, ...], Key]:
    """By what they do, and of which part on which screen."""
    screen = pilot.app.screen
    keys = screen.query_one(KeyLine)._fitting
    parts = [type(screen.active_bindings[key.key].node) for key in keys]
    return {
        (key.action, part, key.action in IN_EVERY_PANE or type(screen)): key
        for key, part in zip(keys, parts, strict=True)
    }


def where(pilot: Pilot[None]) -> tuple[object, object]:
    return pilot.app.screen, pilot.app.focused


async def go(pilot: Pilot[None], place: str, shown: str, listed: Path) -> tuple[object, object]:
    """From wherever it is."""
    app = app_of(pilot)
    if app.workspace.long_work:
        await until(pilot, lambda: not app.workspace.long_work)
    while not isinstance(app.screen, Pane):
        await app.pop_screen()
    if app.focused and app.focused.check_consume_key("a", "a"):
        await pilot.press("escape")
    if app.workspace.lesson.latest:
        await pilot.press("backslash")
    app.clear_notifications()
    for key in place.split():
        if key == "list":
            app.screen.query_one("#dataset", Input).value = str(listed)
        else:
            await pilot.press(NAMES.get(key, key))
    await until(pilot, lambda: shown in on_screen(pilot))
    return where(pilot)
