"""Driving the real app in tests: what is on its screen, and waiting for something to become true."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual._compositor import Compositor
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from bigram_tui.app import BigramApp
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.words.corpus import Corpus

PATIENCE = 30.0
"""Seconds after which something that should happen has not: far longer than it ever takes."""


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await pilot.pause(0.01)
    await pilot.pause()


async def rests(pilot: Pilot[None], drawn: list[str] | set[str | None]) -> None:
    """Wait until half a second passes in which nothing is noted as drawn."""
    deadline = time.monotonic() + PATIENCE
    while True:
        drawn.clear()
        await pilot.pause(0.5)
        if not drawn:
            return
        assert time.monotonic() < deadline, f"it never rests: {drawn}"


def screen_text(app: BigramApp) -> str:
    """What stands on the screen, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def drawn_by_textual(screen: Screen[Any]) -> list[Strip]:
    """The lines of a screen as Textual's own compositor puts them together, from all parts there are."""
    chops = Compositor._render_chops(screen._compositor, screen.size.region, lambda y: True)
    return [Strip.join(pieces.values()) for pieces in chops]


@asynccontextmanager
async def opened(
    corpus: Corpus,
    *keys: str,
    size: tuple[int, int] = (140, 40),
    settings: TrainingSettings | None = None,
    smoothing: float = 1.0,
    language: str | None = None,
) -> AsyncIterator[Pilot[None]]:
    """The app with this word list, torch loaded, after these keys."""
    app = BigramApp(corpus, settings or TrainingSettings(), smoothing, language=language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.ready.latest)
        await pilot.press(*keys)
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[None]) -> BigramApp:
    assert isinstance(pilot.app, BigramApp)
    return pilot.app


def on_screen(pilot: Pilot[None]) -> str:
    return screen_text(app_of(pilot))
