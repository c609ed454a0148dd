"""Driving the real app in tests: reading its screen, and waiting for a condition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._compositor import Compositor
from textual._context import active_app, visible_screen_stack
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from bigram_tui.app import BigramApp
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.words.corpus import Corpus
from tests.waiting import PATIENCE

SOON = 0.05
"""Timers of at most this many seconds are waited for after each key."""

SHORT_WORK = {"figures"}
"""Groups of workers that are waited for after each key."""


def to_do() -> float:
    """Seconds until the event loop has something to do; infinite if it only waits for input."""
    loop: Any = asyncio.get_running_loop()
    if loop._ready:
        return 0
    due = min((handle.when() for handle in loop._scheduled if not handle.cancelled()), default=float("inf"))
    return max(0.0, due - loop.time())


def short_work(app: App[object]) -> bool:
    """Whether a widget is processing messages, or a worker is running that is waited for."""
    parts = (app, *app._registry)
    return any(not part._message_queue.ready_event._waiters for part in parts) or any(
        not worker.is_finished and worker.group in SHORT_WORK for worker in app.workers
    )


def long_work(app: App[object]) -> bool:
    """Whether the network is training or many names are being drawn."""
    return isinstance(app, BigramApp) and bool(app.workspace.long_work)


async def settled(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Return when the effects of a key are complete: messages, frames, short work.

    During endless work such as training, whose messages may never end, it returns after a fixed number of
    turns of the event loop: not of seconds, in which a busy machine gets little done. Textual's own method
    sleeps until the process uses little CPU, which may be too early or later than necessary.
    """
    app = active_app.get()
    ends = time.monotonic() + max_sleep
    turns = waits = 0
    while app._running and turns < 3 and waits < (100 if long_work(app) else 1000):
        if waits >= 30 and not short_work(app) and (long_work(app) or time.monotonic() > ends):
            break
        await asyncio.sleep(0)
        wait = to_do()
        if wait > SOON and not short_work(app):
            turns += 1  # the next turn handles what came from outside, such as from a thread
        else:
            turns = 0
            waits += 1
            await asyncio.sleep(min(wait, 0.001))


textual.app.wait_for_idle = textual.pilot.wait_for_idle = settled  # type: ignore[attr-defined]
Pilot._wait_for_screen = lambda pilot: settled()  # type: ignore[assignment]


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds, and then until it is idle."""
    await until_busy(pilot, condition)
    await pilot.pause()


async def until_busy(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds; exceptions in the app are raised immediately."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if pilot.app._exception:
            raise pilot.app._exception
        assert time.monotonic() < deadline, f"it never happened:\n{on_screen(pilot)}"
        await asyncio.sleep(0.01)


async def rests(pilot: Pilot[None]) -> None:
    """Wait until the app has nothing left to do: no message, timer or worker."""
    await until(pilot, lambda: to_do() == float("inf") and not list(pilot.app.workers))


def noting(monkeypatch: pytest.MonkeyPatch, done: list[str], said: str, owner: type, name: str) -> None:
    """Note each call of a method from now on."""
    original = getattr(owner, name)

    def noted(*args: Any, **options: Any) -> Any:
        done.append(said)
        return original(*args, **options)

    monkeypatch.setattr(owner, name, noted)


async def contexts_compared(pilot: Pilot[None]) -> None:
    """Wait until the Contexts pane shows all its numbers, or says why it cannot."""
    comparison = app_of(pilot).workspace.evaluator.comparison
    await until(pilot, lambda: (now := comparison.latest).problem or (now.tunings and not now.computing))


def screen_text(app: BigramApp) -> str:
    """The text on the screen, line by line."""
    return "\n".join(strip.text for strip in lines_of(app.screen))


def lines_of(screen: Screen[Any]) -> list[Strip]:
    """The lines of a screen. A dialog caches what a test renders, which needs to know what is behind it."""
    visible_screen_stack.set(screen.app._background_screens)
    return screen._compositor.render_strips()


def drawn_by_textual(screen: Screen[Any]) -> list[Strip]:
    """The lines of a screen as rendered in full by Textual's own compositor."""
    visible_screen_stack.set(screen.app._background_screens)
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
    """The app with this word list, with torch loaded, after these keys."""
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
