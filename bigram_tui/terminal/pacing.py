"""Flow control: no frame is painted before the previous one is written, and only changed cells are sent.

Textual sends everything that is painted, and queues up to thirty writes: over a slow connection that takes
long, and the screen lags behind by the whole queue.
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
"""The minimum time between frames, in seconds; Textual's default would delay a key by up to 33 ms."""

RETRY = 0.004
"""Seconds until a frame is retried that is due while Textual batches updates."""

textual.screen.UPDATE_PERIOD = TURN  # type: ignore[misc]

if TYPE_CHECKING:
    _Screen = Screen[Any]
else:
    _Screen = object


class PacedDriver(TerminalDriver):
    """Knows whether all output has been written, and what the terminal shows."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.shown = ShownCells()
        self._watched: _Watched | None = None
        cast(Any, app).paced, cast(Any, app).shown = self, self.shown

    def start_application_mode(self) -> None:
        self.shown.forget()
        if self._watched is not None:
            self._soon(self.app.refresh)  # Textual redraws only changes (its issue 6298)
        elif hasattr(self, "_file"):
            self._watched = _Watched(cast(TextIO, self._file))
            self._file = cast(Any, self._watched)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        tell_size = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            self._soon(cast(Any, self.app).repaint_all)
            cast(Callable[..., object], tell_size)(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)

    def write(self, data: str) -> None:
        if self._watched is not None and self._is_writing:
            self._watched.expect()
        super().write(data)

    def has_another_size(self, size: Size) -> bool:
        """Whether the terminal has another size since painting resumed."""
        return self.shown.are_unknown and size != self.terminal_size()

    def call_when_written(self, call: Callable[[], object]) -> bool:
        """Call this in the writer thread once all output is written; returns False if it already is."""
        return self._watched is not None and self._watched.call_when_written(call)


class _Watched:
    """The terminal's file, as used by the writer thread."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._call: Callable[[], object] | None = None
        self._unwritten = self._unflushed = 0
        self.fileno = file.fileno

    def expect(self) -> None:
        """Call this before another text is passed to the writer thread."""
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
    """A mixin for screens, which paints a frame once the previous one is written; changes until then are
    merged.

    List it before the screen class. It is not a screen itself, since Textual takes the styles of a class from
    its first base class that is one.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._paced: PacedDriver | None = None
        if FrugalCompositor is not None and hasattr(self, "_compositor"):
            self._compositor = FrugalCompositor(getattr(self.app, "shown", None))
            if hasattr(self, "_dirty_widgets") and hasattr(self.app, "_batch_count"):
                self._paced = getattr(self.app, "paced", None)
        # The new screen has the current styles: with another count, Textual would parse all styles again.
        self._css_update_count = getattr(self.app, "_css_update_count", -1)

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Ignore clicks on a widget that was just removed but is still visible, such as a notification."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        return (widget, offset) if widget is not None and widget.is_attached else (None, None)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Runs before Textual's own handler."""
        event.refresh_styles = False  # no style depends on what happens while another screen is active

    def on_resize(self, event: events.Resize) -> None:
        """Ignore outdated sizes: Textual reports every size that a screen was laid out for, so that two sizes
        could alternate forever."""
        if event.size != self.app.size:
            event.prevent_default()

    def _compositor_refresh(self) -> None:
        if getattr(self.app, "is_unseen", False):
            return
        driver, front = self._paced, self.app.screen
        if FrugalCompositor is not None and isinstance(self._compositor, FrugalCompositor):
            self._compositor.repaint_what_moved()
            if self is not front and self.is_current:
                # Textual would repaint both at each message, and once more after the first frame of a dialog.
                changes = self._compositor.take_changes()
                if changes and front._compositor.size:
                    front.refresh(*changes)
                getattr(self, "_dirty_widgets", set[Widget]()).clear()
                return
        if driver is None or self is not front:
            super()._compositor_refresh()
        elif driver.has_another_size(self._compositor.size):
            pass  # a layout for the new size is pending
        elif self.app._batch_count:
            # Now, it would be discarded; requested again immediately, it would prolong the batch forever.
            asyncio.get_running_loop().call_later(RETRY, self._paint_frame)
        elif not driver.call_when_written(partial(self.app.call_later, self._paint_frame)):
            super()._compositor_refresh()

    def _paint_frame(self) -> None:
        if self.is_current:
            self._compositor.update_widgets(self._dirty_widgets)
            self._compositor_refresh()
