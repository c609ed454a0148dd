"""The base class of all plots.

Importing textual-plot takes 0.4 s: import this module well after the first frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult, RenderResult
from textual.color import Color
from textual.containers import Grid
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget
from textual_hires_canvas import Canvas, HiResMode
from textual_hires_canvas.canvas import FloatScalar
from textual_plot import NumericAxisFormatter, PlotWidget
from textual_plot.plot_widget import Legend

from bigram_tui.views.scale import Scale

if TYPE_CHECKING:
    from typing_extensions import Self

BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The dots of a braille character, from top to bottom."""

FAR_BESIDE = 12
"""The maximum distance of a point's name, in columns."""

MARGIN = 5
"""The least columns left of a plot: for another number of them, it would be laid out and painted again."""

FARTHEST = 4
"""The maximum distance of a name from the end of its line, in rows."""


class _Canvas(Canvas):
    """A canvas that computes its style only once for all of its lines.

    Lines that meet in a cell are both visible: its dots are combined.
    """

    _style_of_lines: Style | None = None
    _changed: tuple[Region, ...] = ()

    @property
    def rich_style(self) -> Style:
        return self._style_of_lines or super().rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        self._style_of_lines = super().rich_style
        lines = super().render_lines(crop)
        self._style_of_lines = None
        return lines

    def set_hires_pixels(
        self,
        coordinates: Iterable[tuple[FloatScalar, FloatScalar]],
        hires_mode: HiResMode | None = None,
        style: str = "white",
    ) -> None:
        dots: dict[tuple[int, int], int] = {}
        for x, y in coordinates:
            cell = math.floor(x), math.floor(y)
            dots[cell] = (
                dots.get(cell, 0) | DOTS[math.floor((y - cell[1]) * 4)][math.floor((x - cell[0]) * 2)]
            )
        width, height = self.size
        for (x, y), new in dots.items():
            if 0 <= x < width and 0 <= y < height:
                before = ord(self.get_pixel(x, y)[0]) - BRAILLE
                self.set_pixel(x, y, chr(BRAILLE + (new | before if 0 <= before < 256 else new)), style)

    def write_over(self, x: int, y: int, cells: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Write signs and their styles to the cells of a line from x on, and return those that were there.

        Only the rest of this line is refreshed.
        """
        before: list[tuple[str, str]] = []
        self._changed = (Region(x, y, self.size.width - x, 1),)
        with suppress(IndexError):  # until it is painted again, a resized canvas has its former cells
            for place, (sign, style) in enumerate(cells, x):
                before.append(self.get_pixel(place, y))
                self.set_pixel(place, y, sign, style)
        self._changed = ()
        return before

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        return super().refresh(
            *(regions or self._changed), repaint=repaint, layout=layout, recompose=recompose
        )


def _cells(text: str, colour: str) -> Iterator[tuple[str, str]]:
    """The signs of a text, cell by cell; after a wide one there is an empty cell."""
    for sign in text:
        yield from [(part, colour) for part in (sign, "")[: cell_len(sign)]]


class _Labels(NumericAxisFormatter):
    """The labels of ticks."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self._scale = scale

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return list(self._scale.labels)


class _End(NamedTuple):
    """The end of a line, its name and colour; the line of a level may be overwritten."""

    name: str
    colour: str
    x: float
    y: float
    is_level: bool


class Plot(PlotWidget, inherit_bindings=False):
    """Paints to its canvases when it changes, not when it is rendered.

    The canvases cover it, so it need not be rendered in a frame. Lines are labelled at their right ends.
    """

    DEFAULT_CSS = """
    Plot {
        & > .plot--axis, &:focus > .plot--axis { color: $muted; }
        & > .plot--tick { color: $muted; text-style: none; }
        & > .plot--label { color: $muted; text-style: none; }
    }
    """

    _is_due = _is_to_fit = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, allow_pan_and_zoom=False)
        self.set_reactive(PlotWidget.margin_top, 0)
        self.set_reactive(PlotWidget.margin_left, MARGIN)
        self.set_reactive(PlotWidget.margin_bottom, 1)
        self._ends: list[_End] = []
        self._names: list[tuple[int, int, str, str]] = []
        self._taken: set[tuple[int, int]] = set()
        self._below_cursor: list[tuple[int, int, list[tuple[str, str]]]] = []

    def compose(self) -> ComposeResult:
        with Grid():
            for part in ("margin-top", "margin-left", "plot", "margin-bottom"):
                yield _Canvas(1, 1, id=part)
        yield Legend(id="legend")

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())

    def colour(self, role: str) -> str:
        """A colour of the theme in Rich's notation, which has other names for the terminal's colours."""
        return Color.parse(self.app.theme_variables[role]).rich_color.name

    def paint(self) -> None:
        """Paint the content to fit the available room."""
        raise NotImplementedError

    def mark_cursor(self) -> None:
        """Mark what moves with the cursor, over everything else."""

    def move_cursor(self) -> None:
        """Paint what `mark_cursor` marks now, and no other lines than those where it was and is."""
        if not self._is_due:
            canvas = self.query_one("#plot", _Canvas)
            for column, row, cells in reversed(self._below_cursor):
                canvas.write_over(column, row, cells)
            self._paint_cursor(canvas)

    def _paint_cursor(self, canvas: _Canvas) -> None:
        lines = self._ends, self._names, self._taken
        self._ends, self._names, self._taken = [], [], set(self._taken)
        self.mark_cursor()
        self.name_lines()
        marks, (self._ends, self._names, self._taken) = self._names, lines
        self._below_cursor = [
            (column, row, canvas.write_over(column, row, _cells(text, colour)))
            for column, row, text, colour in marks
        ]

    @on(Canvas.Resize)
    def fit_soon(self) -> None:
        """Once, after all canvases have told their sizes."""
        if not self._is_to_fit:
            self._is_to_fit = True
            self.call_later(self._fit)

    def _fit(self) -> None:
        self._is_to_fit = False
        super().refresh(layout=True)
        self.refresh()
        self.paint()

    @property
    def room(self) -> Size:
        """The columns and rows inside the frame."""
        width, height = self.query_one("#plot").size
        return Size(max(width - 2, 1), max(height - 2, 1))

    def set_scales(self, x: Scale, y: Scale) -> None:
        """Set the ranges and ticks of the axes."""
        self.set_xlimits(x.low, x.high)
        self.set_ylimits(y.low, y.high)
        self.set_xticks(x.ticks)
        self.set_yticks(y.ticks)
        self.set_x_formatter(_Labels(x))
        self.set_y_formatter(_Labels(y))
        self.margin_left = max(1 + max(map(cell_len, y.labels), default=1), MARGIN)
        self._scales = x, y

    def x_of(self, event: events.Click) -> float | None:
        """Where a click is on the x-axis; None outside the canvas."""
        canvas, (column, row) = self.query_one("#plot").region, event.screen_offset
        if not canvas.contains(column, row):
            return None
        return self.get_coordinate_from_pixel(column - canvas.x, row - canvas.y)[0]

    def _cells(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[int, int]]:
        """The column and row of each point, counted from 1 inside the frame."""
        (across, up), (columns, rows) = self._scales, self.room
        column = 1 + np.floor((x - across.low) / (across.high - across.low) * columns).astype(int)
        row = 1 + np.floor((up.high - y) / (up.high - up.low) * rows).astype(int)
        return list(zip(column.tolist(), row.tolist(), strict=True))

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return self._cells(np.array([x]), np.array([y]))[0]

    def clear(self) -> None:
        super().clear()
        self._ends, self._names, self._taken = [], [], set()

    def level(self, name: str, y: float, colour: str, dashed: bool = False) -> None:
        """Paint a line from edge to edge at this height, if it is within range."""
        across, up = self._scales
        if up.low <= y <= up.high:
            dots = 2 * self.room.width
            x = across.low + (np.arange(dots) + 0.5) / dots * (across.high - across.low)
            x = x[np.arange(dots) % 4 < 2] if dashed else x
            self.scatter(x, np.full_like(x, y), "", colour, HiResMode.BRAILLE, name)
            self._ends.append(_End(name, colour, x[-1], y, is_level=True))

    def curve(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        colour: str,
        name: str = "",
        name_colour: str = "",
    ) -> None:
        """Paint a line through these points, with a name that may need a more readable colour."""
        self.plot(x, y, colour, HiResMode.BRAILLE, name)
        self._taken.update(self._cells(x, y))
        if len(x) and name:
            self._ends.append(_End(name, name_colour or colour, x[-1], y[-1], is_level=False))

    def dashes(self, x: NDArray[np.float64], y: NDArray[np.float64], colour: str) -> None:
        """Paint a broken line through these points, ordered from left to right."""
        dots = np.linspace(x[0], x[-1], 2 * self._cell(x[-1], 0)[0] - 2 * self._cell(x[0], 0)[0])
        dots = dots[np.arange(len(dots)) % 6 < 3]
        heights = np.interp(dots, x, y)
        self.scatter(dots, heights, "", colour, HiResMode.BRAILLE, "")
        self._taken.update(self._cells(dots, heights))

    def mark(self, x: float, y: float, sign: str, colour: str, name: str = "") -> None:
        """Paint a sign with a name on top of everything else, if the height is within range."""
        if not math.isfinite(y):
            return
        self._names.append((*self._cell(x, y), sign, colour))
        if name:
            self._ends.append(_End(name, colour, x, y, is_level=False))

    def name_point(self, x: float, y: float, name: str, colour: str) -> None:
        """Write a name to the right of a point, as close as there is room, unless that is too far away."""
        column, row = self._cell(x, y)
        for start, line in ((column + 2 + away, row - up) for up in (0, 1, -1) for away in range(FAR_BESIDE)):
            cells = {(place, line) for place in range(start - 1, start + cell_len(name) + 1)}
            if 1 <= line <= self.room.height and not cells & self._taken:
                self._taken |= cells
                self._names.append((start, line, name, colour))
                break

    def name_lines(self) -> None:
        """Write each name after the end of its line, or at the edge in the nearest free row."""
        columns, rows = self.room
        taken, levels = self._taken, {self._cell(end.x, end.y)[1] for end in self._ends if end.is_level}
        for end in self._ends:
            (column, row), width = self._cell(end.x, end.y), cell_len(end.name) + 1
            start = columns + 1 - width if end.is_level else min(column + 1, columns + 1 - width)
            first = -1 if end.is_level else 1  # below a level, above a curve
            for away in sorted(range(-FARTHEST, FARTHEST + 1), key=lambda rows: (abs(rows), first * rows)):
                cells = {(x, row + away) for x in range(start, start + width)}
                is_free = not cells & taken and (row + away not in levels or (end.is_level and not away))
                if is_free and 1 <= row + away <= rows and start > 0:
                    taken |= cells
                    self._names.append((start, row + away, f" {end.name}", end.colour))
                    break

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if layout or recompose:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        Widget.notify_style_update(self)  # the next painting has the colours of the theme
        if not self._is_due:
            self._is_due = True
            self.call_next(self._paint_canvases)
        return self

    def _paint_canvases(self) -> None:
        if self._is_due:
            self.render()

    def render(self) -> RenderResult:
        """Refresh all parts once, instead of for each dot."""
        self._is_due = False
        with ExitStack() as stack:
            for canvas in self.query(_Canvas):
                stack.enter_context(canvas.batch_refresh())
            rendered = super().render()
            plot = self.query_one("#plot", _Canvas)
            for column, row, text, colour in self._names:
                plot.write_over(column, row, _cells(text, colour))
            self._paint_cursor(plot)
            return rendered
