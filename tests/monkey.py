"""A monkey at the keyboard: random keys, mouse events, pastes and resizes against the real app.

python -m tests.monkey SECONDS [SEED] goes on with one seed after another, and prints the one that broke it.
"""

from __future__ import annotations

import asyncio
import os
import random
import string
import sys
import tempfile
import time

from textual import events
from textual.pilot import Pilot

from bigram_tui.app import BigramApp
from bigram_tui.lm.corpus import Corpus, parse_words
from bigram_tui.lm.settings import TrainingSettings
from tests.driving import until

KEYS = [
    *(c for c in string.ascii_letters + string.digits if c != "q"),
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
        "f5",
    ),
    *("left_square_bracket", "right_square_bracket", "exclamation_mark", "at", "é", "字"),
]
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
]
LISTS = {
    "names": b"emma\nolivia\nava\nisabella\nsophia\n",
    "one": b"a\n",
    "wide": "一二\n二一三\n🙂\n".encode(),
    "signs": b"[b]\n[/b]\n.x.\n a b \n",
    "large": "\n".join(map(chr, range(0x4E00, 0x4E00 + 1_500))).encode(),
}


async def rampage(seed: int, actions: int) -> None:
    """So many random actions; then the app must still answer. Raises what the app raised."""
    rng = random.Random(seed)
    name = list(LISTS)[seed % len(LISTS)]
    corpus: Corpus = parse_words(LISTS[name], name)
    settings = TrainingSettings(learning_rate=rng.choice([0.1, 10, 1e5]), steps=rng.choice([0, 20, 10_000]))
    app = BigramApp(corpus, settings, rng.choice([0.0, 1.0]))
    async with app.run_test(size=(rng.randint(30, 150), rng.randint(8, 50)), notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.ready.latest)
        for _ in range(actions):
            await act(rng, app, pilot)
            if not app.is_running:
                return
        await pilot.resize_terminal(100, 30)
        for _ in range(6):
            await pilot.press("escape")
        await pilot.press("3", "1")
        await until(pilot, lambda: getattr(app.screen, "MODE", "") == "dataset")


async def act(rng: random.Random, app: BigramApp, pilot: Pilot[None]) -> None:
    """One thing that a monkey does."""
    kind = rng.random()
    width, height = app.size
    place = rng.randrange(max(width, 1)), rng.randrange(max(height, 1))
    if kind < 0.8:
        await pilot.press(*rng.choices(KEYS, k=rng.randint(1, 4)))
    elif kind < 0.86:
        await pilot.click(offset=place, times=rng.choice([1, 1, 2]))
    elif kind < 0.9:
        await pilot.hover(offset=place)
    elif kind < 0.93:
        scroll = rng.choice([events.MouseScrollDown, events.MouseScrollUp])
        app.screen._forward_event(scroll(None, *place, 0, 0, 0, False, False, False, *place))
    elif kind < 0.97:
        app.post_message(events.Paste(rng.choice(PASTES)))
        await pilot.pause()
    else:
        await pilot.resize_terminal(
            rng.choice([1, 20, 40, 80, 140, 300]), rng.choice([1, 8, 12, 24, 40, 100])
        )


def main(seconds: float, seed: int) -> None:
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        os.chdir(home)
        while time.monotonic() < end:
            print(f"seed {seed}", flush=True)
            asyncio.run(rampage(seed, 300))
            seed += 1


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
