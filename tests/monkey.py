"""Monkey testing: random keys, mouse events, pastes and resizes against the real app.

python -m tests.monkey SECONDS [SEED] runs one seed after another. If one breaks the app, it prints the seed
and the last actions.
"""

from __future__ import annotations

import asyncio
import os
import random
import string
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from bigram_tui import app as app_module
from bigram_tui.app import BigramApp
from bigram_tui.files.preferences import remember
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.terminal.cells import ScreenCell, ShownCells, _cells
from bigram_tui.terminal.compositor import ChangedCells
from tests.driving import drawn_by_textual, until
from tests.lists import parse_words

KEYS = [
    *(c for c in string.ascii_letters + string.digits if c != "q"),  # quitting has its own tests
    *("comma", "full_stop", "less_than_sign", "greater_than_sign", "plus", "minus", "slash", "question_mark"),
    *(
        "space",
        "enter",
        "escape",
        "tab",
        "shift+tab",
        "backspace",
        "delete",
        "home",
        "end",
        "pageup",
        "pagedown",
    ),
    *(
        "up",
        "down",
        "left",
        "right",
        "shift+left",
        "ctrl+a",
        "ctrl+k",
        "ctrl+u",
        "ctrl+w",
        "ctrl+p",
        "f1",
        "f2",
        "f5",
    ),
    *(
        "shift+up",
        "shift+down",
        "ctrl+left",
        "ctrl+right",
        "ctrl+home",
        "ctrl+end",
        "ctrl+d",
        "ctrl+x",
        "ctrl+v",
    ),
    *(
        "left_square_bracket",
        "right_square_bracket",
        "left_parenthesis",
        "right_parenthesis",
        "exclamation_mark",
        "at",
        "é",
        "字",
    ),
]
FAR_REACHING = [
    *("l", "right_square_bracket", "left_square_bracket", "backslash", "equals_sign", "u", "o", "escape"),
    *("left_parenthesis", "right_parenthesis", *"12345", "space", "enter", "m", "x", "i", "ctrl+p", "w"),
]
"""Keys that change what all panes show, or the pane."""

PASTES = [
    "",
    "emma",
    "[bold]x[/]",
    "[@click=app.quit]",
    "\x1b[31m\x07\x00",
    "1e400",
    "-1",
    "9" * 400,
    "/no/such/file",
    "/",
    "file:///etc/hostname\n",
    "🙂‍↔️é字\u202e",
    "a\nb\r\nc\td",
    "x" * 5_000,
    "http://127.0.0.1:1/x",
    "~nobody-of-this-name/x.csv",
    "long" * 100 + ".csv",
    "saved.csv",
    "saved.svg",
    "saved.txt",
    "saved.json",
    "saved.safetensors",
    "names.txt",
    "large.txt",
]
LISTS = {
    "names": b"emma\nolivia\nava\nisabella\nsophia\n",
    "one": b"a\n",
    "wide": "一二\n二一三\n🙂\n".encode(),
    "signs": b"[b]\n[/b]\n.x.\n a b \n",
    "marks": "ae\n\u0301b\nea\n\u200be\u0301\n\u1100\u1161\u11a8\n".encode(),
    "large": "\n".join(map(chr, range(0x4E00, 0x4E00 + 1_500))).encode(),
}


WORK = [[], ["3", "r"], ["4", "r"], ["4", "N", *"1000000", "enter"], ["3", "r", "4", "r", "2"]]
"""What runs in the background: training, drawing one by one, drawing a million, two of these."""


class SeenApp(BigramApp):
    """The app, with a simulated terminal that stores its output."""

    CSS_PATH = Path(app_module.__file__).with_name("app.tcss")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sent = ShownCells()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self._batch_count:
            ChangedCells(renderable, self.sent, self.size).render_segments(self.console)
            self.screen.outer_size.clamp_offset(self.cursor_position)
        super()._display(screen, renderable)

    @property
    def shows_what_is_there(self) -> bool:
        """Whether the terminal shows every character of the pane at its place and in its colour. Dialogs and
        wide characters, half of which may be unknown, are ignored."""
        if len(self.screen_stack) > 1:
            return True
        lines = zip(self.sent._lines, drawn_by_textual(self.screen), strict=False)
        return bool(self.sent._lines) and all(
            seen in (None, cell)
            for line, strip in lines
            for seen, cell in zip(line, _all_cells(strip, self.console), strict=False)
            if cell[3] == 1
        )


def _all_cells(strip: Strip, console: Console) -> Iterator[ScreenCell]:
    return (cell for segment in strip for cell in _cells(segment, console))


async def rampage(seed: int, actions: int) -> None:
    """Perform this many random actions in a folder with word lists; after that, the app must still respond
    and quit.

    Raises any exception of the app.
    """
    rng, trail, wrong = random.Random(seed), deque[str](maxlen=20), list[BaseException]()
    for name, words in LISTS.items():
        Path(f"{name}.txt").write_bytes(words)
    name = list(LISTS)[seed % len(LISTS)]
    settings = TrainingSettings(learning_rate=rng.choice([0.1, 10, 1e5]), steps=rng.choice([0, 20, 10_000]))
    app = SeenApp(parse_words(LISTS[name], name), settings, rng.choice([0.0, 1.0]))
    asyncio.get_running_loop().set_exception_handler(
        lambda _, failed: wrong.extend(filter(None, [failed.get("exception")]))
    )
    usual_hook, threading.excepthook = threading.excepthook, lambda failed: wrong.append(failed.exc_value)
    try:
        async with app.run_test(size=(rng.randint(30, 150), rng.randint(8, 50)), notifications=True) as pilot:
            await until(pilot, lambda: app.workspace.ready.latest)
            await pilot.press(*rng.choice(WORK))
            for number in range(actions):
                await act(rng, app, pilot, trail)
                if wrong:
                    raise wrong[0]
                if number % 10 == 0:
                    await until(pilot, lambda: app.shows_what_is_there)
            await pilot.resize_terminal(100, 30)
            for _ in range(20):  # a burst of keys may still open a dialog
                await pilot.press("escape", "3", "1")
                if getattr(app.screen, "MODE", "") == "dataset":
                    break
            await until(pilot, lambda: getattr(app.screen, "MODE", "") == "dataset")
            app.exit()
    except BaseException:
        print(f"seed {seed}, on the list {name}; the last of what it did:", *trail, sep="\n", file=sys.stderr)
        raise
    finally:
        threading.excepthook = usual_hook


async def act(rng: random.Random, app: BigramApp, pilot: Pilot[None], trail: deque[str]) -> None:
    """Perform a random action."""
    kind = rng.random()
    width, height = app.size
    place = rng.randrange(max(width, 1)), rng.randrange(max(height, 1))
    if kind < 0.8:
        keys = rng.choices(rng.choice([KEYS, FAR_REACHING]), k=rng.randint(1, 5))
        in_a_burst = rng.random() < 0.5
        trail.append(f"press {keys}{' in a burst' if in_a_burst else ''}")
        if in_a_burst:  # before the first one is handled
            for key in keys:
                app.simulate_key(key)
            await pilot.pause()
        else:
            await pilot.press(*keys)
    elif kind < 0.86:
        times = rng.choice([1, 1, 2])
        trail.append(f"click {place} {times} times")
        await pilot.click(offset=place, times=times)
    elif kind < 0.88:
        trail.append(f"point at {place}")
        await pilot.hover(offset=place)
    elif kind < 0.9:
        end = rng.randrange(max(width, 1)), rng.randrange(max(height, 1))
        trail.append(f"drag from {place} to {end}")
        await pilot.mouse_down(offset=place)
        await pilot.hover(offset=end)
        await pilot.mouse_up(offset=end)
    elif kind < 0.92:
        scroll = rng.choice([events.MouseScrollDown, events.MouseScrollUp])
        trail.append(f"{scroll.__name__} at {place}")
        app.screen._forward_event(scroll(None, *place, 0, 0, 0, False, False, False, *place))
    elif kind < 0.96:
        text = rng.choice(PASTES)
        trail.append(f"paste {text[:80]!r}")
        app.post_message(events.Paste(text))
        await pilot.pause()
        if rng.random() < 0.5:
            await pilot.press("enter")
    elif kind < 0.97:
        trail.append("leave the window and come back")
        app.post_message(events.AppBlur())
        app.post_message(events.AppFocus())
        await pilot.pause()
    else:
        size = rng.choice([1, 20, 40, 80, 140, 300]), rng.choice([1, 8, 12, 24, 40, 100])
        trail.append(f"resize to {size}")
        await pilot.resize_terminal(*size)


def main(seconds: float, seed: int) -> None:
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        remember(welcomed="yes")
        os.chdir(home)
        while time.monotonic() < end:
            print(f"seed {seed}", flush=True)
            asyncio.run(rampage(seed, 300))
            seed += 1


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
