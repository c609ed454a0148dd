"""What goes to the terminal: only cells that change, and no frame before the one before it is written.

Textual sends everything that is drawn, and queues up to thirty writes: over a slow line that takes long,
and what one sees is as old as the queue is long.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from bigram_tui.terminal.cells import Changes, ShownCells
from bigram_tui.terminal.compositor import FrugalCompositor
from bigram_tui.terminal.driver import TerminalDriver

TURN = 0.0025
"""Seconds from one frame to the next at least."""

RETRY = 0.004
"""Seconds until a frame is tried again that comes while Textual draws none."""

if TYPE_CHECKING:
    _Screen = Screen[Any]
else:
    _Screen = object


class PacedDriver(TerminalDriver):
    """Knows whether all that was written has left for the terminal, and what that shows."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shown = ShownCells()
        self._watched: _Watched | None = None

    def start_application_mode(self) -> None:
        self.shown.forget()
        if self._watched is None:
            self._watched = _Watched(self._file, self._is_queue_empty)
            self._file = self._watched  # type: ignore[assignment]
        else:
            self._soon(self._app.refresh)  # Textual draws only what changes (its issue 6298)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def _is_queue_empty(self) -> bool:
        return self._writer_thread is None or self._writer_thread._queue.empty()

    def write(self, data: str) -> None:
        if self._watched is not None:
            self._watched.is_writing = self._is_drawing
        super().write(data)

    def has_another_size(self, size: Size) -> bool:
        """Whether the terminal has another size since it is drawn on again."""
        return self.shown.are_unknown and size != self._get_terminal_size()

    def call_when_written(self, call: Callable[[], object]) -> bool:
        """Have this called in the writer's thread once everything is written; False if it already is."""
        return self._watched is not None and self._watched.call_when_written(call)


class _Watched:
    """The terminal's file as the writer's thread uses it."""

    def __init__(self, file: TextIO | Any, is_queue_empty: Callable[[], bool]) -> None:
        self._file, self._is_queue_empty = file, is_queue_empty
        self._lock = threading.Lock()
        self._call: Callable[[], object] | None = None
        self.is_writing = False
        self.write, self.fileno = file.write, file.fileno

    def call_when_written(self, call: Callable[[], object]) -> bool:
        with self._lock:
            if self.is_writing:
                self._call = call
            return self.is_writing

    def flush(self) -> None:
        self._file.flush()
        with self._lock:
            self.is_writing = not self._is_queue_empty()
            call, self._call = (None, self._call) if self.is_writing else (self._call, None)
        if call is not None:
            call()


class Paced(_Screen):
    """For screens: drawn when the frame before is written; what changes meanwhile is drawn together.

    To be named before the kind of screen. It is none itself, since Textual takes a class's styles from its
    first base that is.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._compositor = FrugalCompositor()
        self._frame_timer: Timer | None = None

    @property
    def _update_timer(self) -> Timer:
        """Textual's would let a key that comes after another frame wait for up to 33 ms."""
        if self._frame_timer is None:
            ask = self._on_timer_update
            self._frame_timer = self.set_interval(TURN, ask, name="screen_update", pause=True)
        return self._frame_timer

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Textual calls its own after this."""
        event.refresh_styles = False  # no style depends on what happens while another screen is in front

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """What was scrolled is drawn whole: Textual compares where parts are with where they were, and does
        not see that they moved if somebody has asked for their places in between."""
        if scroll:
            self._compositor._dirty_regions.add(self._compositor.size.region)
        super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        driver = self.app._driver
        if not isinstance(driver, PacedDriver) or self is not self.app.screen:
            super()._compositor_refresh()
        elif driver.has_another_size(self._compositor.size):
            pass  # all is about to be laid out and drawn for that
        elif self.app._batch_count:
            # Drawn now, it would be thrown away; asked for again at once, it would let the batch never end.
            asyncio.get_running_loop().call_later(RETRY, self._draw_frame)
        elif not driver.call_when_written(partial(self.app.call_later, self._draw_frame)):
            super()._compositor_refresh()

    async def _on_resize(self, event: events.Resize) -> None:
        """A size that is out of date is left out: Textual tells a screen each size it was laid out for, so
        that two of them would take turns for ever."""
        if event.size != self.app.size:
            event.prevent_default()

    def _draw_frame(self) -> None:
        if self.is_current:
            self._compositor.update_widgets(self._dirty_widgets)
            self._compositor_refresh()


def changes(update: RenderableType | None, driver: Driver | None, size: Size) -> RenderableType | None:
    """The update without what the driver's terminal shows already."""
    if isinstance(driver, PacedDriver) and isinstance(update, LayoutUpdate | ChopsUpdate):
        return cast(RenderableType, Changes(update, driver.shown, size))
    return update
