"""What goes to the terminal: only cells that change, and no frame before the one before it is written.

Textual sends everything that is drawn, and queues up to thirty writes: over a slow line that takes long,
and what one sees is as old as the queue is long.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO, cast

import textual.screen
from textual import events
from textual.app import App
from textual.geometry import Offset, Size
from textual.screen import Screen
from textual.widget import Widget

from bigram_tui.terminal.cells import ShownCells
from bigram_tui.terminal.driver import TerminalDriver

try:
    from bigram_tui.terminal.compositor import FrugalCompositor
except ImportError:
    FrugalCompositor = None  # type: ignore[assignment, misc]

TURN = 0.0025
"""Seconds from one frame to the next at least; Textual's own would let a key wait for up to 33 ms."""

RETRY = 0.004
"""Seconds until a frame is tried again that comes while Textual draws none."""

textual.screen.UPDATE_PERIOD = TURN  # type: ignore[misc]

if TYPE_CHECKING:
    _Screen = Screen[Any]
else:
    _Screen = object


class PacedDriver(TerminalDriver):
    """Knows whether all that was written has left for the terminal, and what that shows."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.shown = ShownCells()
        self._watched: _Watched | None = None
        cast(Any, app).paced, cast(Any, app).shown = self, self.shown

    def start_application_mode(self) -> None:
        self.shown.forget()
        if self._watched is not None:
            self._soon(self.app.refresh)  # Textual draws only what changes (its issue 6298)
        elif hasattr(self, "_file"):
            self._watched = _Watched(cast(TextIO, self._file))
            self._file = cast(Any, self._watched)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        tell_size = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            self._soon(cast(Any, self.app).draw_again)
            cast(Callable[..., object], tell_size)(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)

    def write(self, data: str) -> None:
        if self._watched is not None and self._is_drawing:
            self._watched.expect()
        super().write(data)

    def has_another_size(self, size: Size) -> bool:
        """Whether the terminal has another size since it is drawn on again."""
        return self.shown.are_unknown and size != self.terminal_size()

    def call_when_written(self, call: Callable[[], object]) -> bool:
        """Have this called in the writer's thread once everything is written; False if it already is."""
        return self._watched is not None and self._watched.call_when_written(call)


class _Watched:
    """The terminal's file as the writer's thread uses it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._call: Callable[[], object] | None = None
        self._unwritten = self._unflushed = 0
        self.fileno = file.fileno

    def expect(self) -> None:
        """One more text is about to be given to the writer's thread."""
        with self._lock:
            self._unwritten += 1

    def call_when_written(self, call: Callable[[], object]) -> bool:
        with self._lock:
            if self._unwritten:
                self._call = call
            return bool(self._unwritten)

    def write(self, text: str) -> None:
        self._file.write(text)
        self._unflushed += 1

    def flush(self) -> None:
        self._file.flush()
        with self._lock:
            self._unwritten -= self._unflushed
            self._unflushed = 0
            call, self._call = (None, self._call) if self._unwritten else (self._call, None)
        if call is not None:
            call()


class Paced(_Screen):
    """For screens: drawn when the frame before is written; what changes meanwhile is drawn together.

    To be named before the kind of screen. It is none itself, since Textual takes a class's styles from its
    first base that is.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._paced: PacedDriver | None = None
        if FrugalCompositor is not None and hasattr(self, "_compositor"):
            self._compositor = FrugalCompositor(self.app, getattr(self.app, "shown", None))
            if hasattr(self, "_dirty_widgets") and hasattr(self.app, "_batch_count"):
                self._paced = getattr(self.app, "paced", None)
        # A new pane is styled as it should be: other counts make Textual parse all styles again.
        self._css_update_count = getattr(self.app, "_css_update_count", -1)

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """A click on what was just removed and is still to be seen, such as a notification, is on nothing."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        return (widget, offset) if widget is not None and widget.is_attached else (None, None)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Textual calls its own after this."""
        event.refresh_styles = False  # no style depends on what happens while another screen is in front

    def on_resize(self, event: events.Resize) -> None:
        """A size that is out of date is left out: Textual tells a screen each size it was laid out for, so
        that two of them would take turns for ever."""
        if event.size != self.app.size:
            event.prevent_default()

    def _compositor_refresh(self) -> None:
        if getattr(self.app, "is_unseen", False):
            return
        driver = self._paced
        if FrugalCompositor is not None and isinstance(self._compositor, FrugalCompositor):
            self._compositor.draw_what_moved()
        if driver is None or self is not self.app.screen:
            super()._compositor_refresh()
        elif driver.has_another_size(self._compositor.size):
            pass  # all is about to be laid out and drawn for that
        elif self.app._batch_count:
            # Drawn now, it would be thrown away; asked for again at once, it would let the batch never end.
            asyncio.get_running_loop().call_later(RETRY, self._draw_frame)
        elif not driver.call_when_written(partial(self.app.call_later, self._draw_frame)):
            super()._compositor_refresh()

    def _draw_frame(self) -> None:
        if self.is_current:
            self._compositor.update_widgets(self._dirty_widgets)
            self._compositor_refresh()
