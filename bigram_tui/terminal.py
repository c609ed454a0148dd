"""What goes to the terminal: only cells that change, and no frame before the one before it is written.

Textual sends everything that is drawn, and queues up to thirty writes: over a slow line that takes long,
and what one sees is as old as the queue is long.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from bigram_tui.driver import TerminalDriver

GAP = 8
"""Unchanged cells that are sent along: going past them would take as many bytes."""

RETRY = 0.004
"""Seconds until a frame is tried again that comes while Textual draws none."""

ONE_CELL_EACH = re.compile("[ -~¡-¬®-ÿ─-▟⠀-⣿]*")

Cell = tuple[str, str, int, int]
"""A text of one or more cells, its ANSI codes, the place of this cell in it, and how many it has."""


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


class ShownCells:
    """The cells as the terminal shows them; what is not known is None."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[list[Cell | None]] = []

    @property
    def are_unknown(self) -> bool:
        return not self._lines

    def forget(self) -> None:
        """Something else may have been written to the terminal."""
        self._size, self._lines = Size(0, 0), []

    def change(self, pieces: Iterable[tuple[int, int, Strip]], size: Size, console: Console) -> str:
        """What to send so that the pieces, each with its column and line, are shown."""
        if size != self._size:
            self._size = size
            self._lines = [[None] * size.width for _ in range(size.height)]
        sent: list[str] = []
        for x, y, strip in pieces:
            if x < size.width and y < size.height:  # what was laid out for a larger size has no place left
                line = self._lines[y]
                cells = [cell for segment in strip for cell in _cells(segment, console)][: size.width - x]
                if line[x : x + len(cells)] != cells:
                    # What a terminal may give more columns than were counted overwrites what follows it.
                    doubtful = not all(ONE_CELL_EACH.fullmatch(text) for text, _, _, _ in set(cells))
                    for start, end in [(x, x + len(cells))] if doubtful else _runs(line, x, cells):
                        sent.append(f"\x1b[{y + 1};{start + 1}H")
                        sent.extend(_codes_and_texts(cells[start - x : end - x]))
                        _put(line, start, cells[start - x : end - x])
        return "".join((*sent, "\x1b[0m")) if sent else ""


def _runs(line: list[Cell | None], x: int, cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """From where to where the cells, which begin in column x, differ from the line."""
    start = end = -1
    for column, cell in enumerate(cells, x):
        if line[column] != cell:
            _, _, place, width = cell
            if start >= 0 and column - place > end + GAP:
                yield start, end
                start = -1
            start = column - place if start < 0 else start
            end = min(column - place + width, x + len(cells))
    yield max(start, x), end


def _put(line: list[Cell | None], start: int, cells: list[Cell]) -> None:
    """Remember them; of a wide text that was overwritten in part it is not known what is left."""
    end = start + len(cells)
    for edge, step in ((start, -1), (end - 1, 1)):
        old = line[edge]
        if old is not None and old[3] > 1:
            rest = range(edge - old[2], start) if step < 0 else range(end, edge - old[2] + old[3])
            for column in rest:
                if 0 <= column < len(line):
                    line[column] = None
    line[start:end] = cells


def _codes_and_texts(cells: list[Cell]) -> Iterator[str]:
    before = None
    for text, codes, place, _ in cells:
        if codes != before:
            yield f"\x1b[0;{codes}m" if codes else "\x1b[0m"
            before = codes
        if place == 0:
            yield text


def _cells(segment: Segment, console: Console) -> tuple[Cell, ...]:
    text, style, _ = segment
    if style is None:
        return _cells_of(text, "")
    system = console._color_system or ColorSystem.TRUECOLOR
    if style.link:
        width = segment.cell_length
        return tuple((Strip.render_style(style, text, system), "", place, width) for place in range(width))
    return _cells_of(text, style._make_ansi_codes(system))


@lru_cache(maxsize=10_000)
def _cells_of(text: str, codes: str) -> tuple[Cell, ...]:
    """One for each character where each takes a cell; else the text is one thing over all its cells."""
    if ONE_CELL_EACH.fullmatch(text):
        return tuple((character, codes, 0, 1) for character in text)
    width = Segment(text).cell_length
    return tuple((text, codes, place, width) for place in range(width))


def changes(update: RenderableType | None, driver: Driver | None, size: Size) -> RenderableType | None:
    """The update without what the driver's terminal shows already."""
    if isinstance(driver, PacedDriver) and isinstance(update, LayoutUpdate | ChopsUpdate):
        return cast(RenderableType, Changes(update, driver.shown, size))
    return update


class Changes(CompositorUpdate):
    """An update of which only the changed cells are sent."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, shown: ShownCells, size: Size) -> None:
        self._update, self._shown, self._size = update, shown, size

    def render_segments(self, console: Console) -> str:
        update = self._update
        pieces = _of_layout(update) if isinstance(update, LayoutUpdate) else _of_chops(update)
        return self._shown.change(pieces, self._size, console)


def _of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield x, y, strip
            x += strip.cell_length


def _of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """What lies beyond its span need not be complete: of parts above one another only some were drawn."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                yield x, y, strip if end <= x2 else strip.crop(0, x2 - x)
