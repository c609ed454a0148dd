"""Take the screenshots of the real app: python screenshots/take.py [FOLDER]

Needs the test dependencies. Everything is determined by fixed seeds, so that taking them twice gives the same
bytes.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.driving import rests

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from bigram_tui.app import BigramApp

LONGER = ["right_parenthesis"] * 2

PICTURES: dict[str, tuple[tuple[int, int], list[str]]] = {
    "dataset": ((140, 40), ["1", "down", "down"]),
    "counts": ((140, 40), ["2", *["down"] * 14]),
    "counts-figure": ((184, 62), ["2", "g", "n", "a"]),
    "counts-logarithmic": ((80, 24), ["2", "c", "g", "q", "u"]),
    "difference": ((140, 40), ["3", *["space"] * 30, "2", "V", "V", "g", "q", "u"]),
    "why": ((80, 24), ["4", "n", "n", "space", "w", "end"]),
    "training": ((140, 40), ["3", "f"]),
    "training-inside": ((140, 40), ["3", "f", *["less_than_sign"] * 18, "i"]),
    "training-too-large": ((80, 24), ["3", "ctrl+p", *"large", "enter", *["space"] * 30]),
    "code": ((100, 40), ["3", *["space"] * 30, "p", "end", "pageup"]),
    "generator": ((140, 40), ["4", *"nnnnnnnn", "space", "space", "space"]),
    "same-u": ((80, 24), ["4", "n", "M", "space", "space", "space"]),
    "lesson": ((140, 40), ["ctrl+p", *"lesson 10", "enter", "V", "V", "down"]),
    "ladder": ((140, 40), ["5", "K", "K", "K", "end"]),
    "ladder-small": ((80, 24), ["5", "end"]),
    "long-context": ((140, 40), ["2", *LONGER, "K", "K", "K", "v", "g", "e", "m", "m", "a"]),
    "divided-bars": ((140, 40), ["2", *LONGER, "K", "K", "K", "4", "n", "n", "space", "space", "space"]),
    "dev-rises": ((140, 40), ["3", "f"]),
}
"""The screenshots, each with its size and the keys that lead there."""

FEW_NAMES = {"dev-rises": 500}
"""With so few names, the network soon memorizes most of them; it learns from train."""


async def take(name: str) -> str:
    """The SVG of a screenshot."""
    size, keys = PICTURES[name]
    async with playing(name, size) as pilot:
        for key in keys:
            await press(pilot, key)
        return await picture(pilot, name)


@asynccontextmanager
async def playing(name: str, size: tuple[int, int]) -> AsyncIterator[Pilot[None]]:
    """The app with the bundled list, after the keys for a screenshot."""
    from bigram_tui.app import BigramApp
    from bigram_tui.lm.settings import TrainingSettings
    from bigram_tui.session.learning import Learning
    from bigram_tui.words.built_in import DEFAULT
    from bigram_tui.words.options import ReadingOptions
    from bigram_tui.words.sources import load

    settings, learning = TrainingSettings(), Learning()
    if few := FEW_NAMES.get(name):
        settings, learning = TrainingSettings("zeros", learning_rate=100), Learning(2, from_train=True)
    corpus = load(DEFAULT, cache=Path("nothing is cached"), options=ReadingOptions(limit=few))
    app = BigramApp(corpus, settings, smoothing=1.0, learning=learning)
    async with app.run_test(size=size) as pilot:
        while not app.workspace.ready.latest:
            await pilot.pause(0.01)
        await _done(app, pilot)
        yield pilot


async def press(pilot: Pilot[None], key: str) -> None:
    await pilot.press(key)
    await _done(cast("BigramApp", pilot.app), pilot)


async def picture(pilot: Pilot[None], name: str) -> str:
    """The SVG of the current screen."""
    await rests(pilot)  # slower lookups start when the cursor has come to rest
    svg = pilot.app.export_screenshot(title=f"bigram-tui: {name}")
    # Rich names styles after a checksum of the content; a plain name keeps the bytes the same.
    return re.sub(r"terminal-\d+", f"terminal-{name}", svg)


async def _done(app: BigramApp, pilot: Pilot[None]) -> None:
    """Wait for background work that a key started."""
    await app.workers.wait_for_complete()
    while app.workspace.is_reading or app.workspace.evaluator.comparison.latest.computing:
        await pilot.pause(0.01)


@contextmanager
def at_a_home_of_its_own() -> Iterator[None]:
    """A home without settings, and a terminal with all colours."""
    from bigram_tui.files.preferences import remember

    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_CONFIG_HOME": home, "TEXTUAL_ANIMATIONS": "none"}
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        remember(welcomed="yes")
        yield


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    with at_a_home_of_its_own():
        for name in PICTURES:
            (folder / f"{name}.svg").write_text(asyncio.run(take(name)), encoding="utf-8")
