"""The V×V table as a coloured grid: row = current token, column = next token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from bigram_tui.widgets.ramp import STEPS, ramp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUMBER_WIDTH = 5


class Cell(NamedTuple):
    row: int
    column: int


@dataclass(frozen=True)
class GridView:
    """What the grid shows: the signs of the tokens, and a value for each cell, row by row."""

    name: str
    signs: Sequence[str]
    row: Callable[[int], NDArray[np.floating] | NDArray[np.integer]]
    largest: float
    number: Callable[[float], str]

    def __len__(self) -> int:
        return len(self.signs)


class Zoom(NamedTuple):
    """How large a cell is: columns for each column of letters, and lines (a half is drawn as ▀)."""

    name: str
    lines: float


ZOOMS = (Zoom("overview", 0.5), Zoom("letters", 1), Zoom("numbers", 1), Zoom("figure", 2))


def compact_count(count: float) -> str:
    """A count in at most five characters: 99999, 123k, 4.5M."""
    if count < 100_000:
        return f"{count:.0f}"
    for unit in ("k", "M", "G", "T"):
        count /= 1_000
        if count < 9.95 and unit != "k":
            return f"{count:.1f}{unit}"
        if count < 999.5:
            return f"{count:.0f}{unit}"
    return f"{count:.0f}T"


def compact_probability(probability: float) -> str:
    """A probability in at most five characters: .1623, 1.000."""
    text = f"{probability:.4f}"
    return text.removeprefix("0") if text.startswith("0") else text[:NUMBER_WIDTH]


class BigramGrid(ScrollView, can_focus=True):
    """A grid with a cursor, frozen headers and four sizes of cells. Only what is visible is computed."""

    COMPONENT_CLASSES = {"grid--header", "grid--header-marked", "grid--cursor"}
    DEFAULT_CSS = """
    BigramGrid {
        & > .grid--header { color: $muted; }
        & > .grid--header-marked { color: $accent; text-style: bold; }
        & > .grid--cursor { background: $accent; color: $background; text-style: bold; }
    }
    """
    BINDINGS = [
        Binding("up", "move(-1, 0)", "Up", show=False),
        Binding("down", "move(1, 0)", "Down", show=False),
        Binding("left", "move(0, -1)", "Left", show=False),
        Binding("right", "move(0, 1)", "Right", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First column", show=False),
        Binding("end", "edge(-1)", "Last column", show=False),
        Binding("plus", "zoom(1)", "Larger", key_display="+", tooltip="Larger cells"),
        Binding("minus", "zoom(-1)", "Smaller", key_display="-", tooltip="Smaller cells"),
    ]

    cursor: reactive[Cell] = reactive(Cell(0, 1), repaint=False)
    zoom: reactive[int] = reactive(1, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor came to another cell."""

        grid: BigramGrid
        cell: Cell

        @property
        def control(self) -> BigramGrid:
            return self.grid

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: GridView | None = None

    def show(self, view: GridView) -> None:
        """Show another view; the cursor stays where it is if the table has that cell."""
        resized = self.view is None or len(view) != len(self.view)
        self.view = view
        if resized:
            self._sign_width = min(max(map(cell_len, view.signs)), 2)
            last = len(view) - 1
            self.cursor = Cell(min(self.cursor.row, last), min(self.cursor.column, last))
            self._measure()
        self.refresh()

    def size_at(self, zoom: int) -> Size:
        """How large the whole table with its headers is at this zoom."""
        if self.view is None:
            return Size(0, 0)
        V, lines = len(self.view), ZOOMS[zoom].lines
        return Size(self._header_width(zoom) + V * self._cell_width(zoom), 1 + -int(-V * lines // 1))

    def _cell_width(self, zoom: int) -> int:
        return (2, 2 * self._sign_width, NUMBER_WIDTH, NUMBER_WIDTH)[zoom]

    def _header_width(self, zoom: int) -> int:
        return self._sign_width * (2 if ZOOMS[zoom].lines < 1 else 1) + 1

    def render_line(self, y: int) -> Strip:
        view, width = self.view, self.scrollable_size.width
        if view is None:
            return Strip.blank(width, self.rich_style)
        cell_width, header_width = self._cell_width(self.zoom), self._header_width(self.zoom)
        scroll_x, scroll_y = self.scroll_offset
        first = scroll_x // cell_width
        last = min(-(-(scroll_x + width - header_width) // cell_width), len(view))
        if y == 0:
            head, cells = Segment(" " * header_width), self._column_headers(first, last)
        else:
            line = y - 1 + scroll_y
            row = int(line // ZOOMS[self.zoom].lines)
            if row >= len(view):
                return Strip.blank(width, self.rich_style)
            head, cells = self._row_header(row, line), self._cells(view, row, line, first, last)
        offset = scroll_x - first * cell_width
        body = Strip(cells).crop(offset, offset + width - header_width)
        return Strip([head, *body]).adjust_cell_length(width).apply_style(self.rich_style)

    def _column_headers(self, first: int, last: int) -> list[Segment]:
        assert self.view is not None
        width = self._cell_width(self.zoom)
        return [
            Segment(_centred(self.view.signs[j], width), self._header_style(j == self.cursor.column))
            for j in range(first, last)
        ]

    def _row_header(self, row: int, line: int) -> Segment:
        assert self.view is not None
        lines, width = ZOOMS[self.zoom].lines, self._sign_width
        if lines < 1:
            both = self.view.signs[row : row + 2]
            text = "".join(set_cell_size(sign, width) for sign in both)
            marked = self.cursor.row in (row, row + 1)
        else:
            text = set_cell_size(self.view.signs[row], width) if line % lines == 0 else ""
            marked = self.cursor.row == row
        return Segment(set_cell_size(text, self._header_width(self.zoom)), self._header_style(marked))

    def _cells(self, view: GridView, row: int, line: int, first: int, last: int) -> list[Segment]:
        styles = ramp(self.app.current_theme.dark)
        marked = self.get_component_rich_style("grid--cursor", partial=True)
        if ZOOMS[self.zoom].lines < 1:
            return self._half_cells(view, row, first, last, styles, marked)
        values = view.row(row)[first:last]
        texts = self._texts(view, row, line, first, values.tolist())
        segments = [
            Segment(text, styles[shade])
            for text, shade in zip(texts, _shades(values, view.largest), strict=True)
        ]
        if row == self.cursor.row and first <= self.cursor.column < last:
            segments[self.cursor.column - first] = Segment(texts[self.cursor.column - first], marked)
        return segments

    def _texts(self, view: GridView, row: int, line: int, first: int, values: list[float]) -> list[str]:
        """What stands in the cells of a row: the bigram, the number, or one above the other."""
        width, name = self._cell_width(self.zoom), ZOOMS[self.zoom].name
        if name == "numbers" or (name == "figure" and line % 2 == 1):
            texts = (view.number(value) for value in values)
            return [text.rjust(width) if name == "numbers" else _centred(text, width) for text in texts]
        letter = self._sign_width if name == "letters" else None
        return [
            _centred(_fit(view.signs[row], letter) + _fit(view.signs[j], letter), width)
            for j in range(first, first + len(values))
        ]

    def _half_cells(
        self, view: GridView, row: int, first: int, last: int, styles: tuple[Style, ...], marked: Style
    ) -> list[Segment]:
        """Two rows on one line: the upper one is the text colour of ▀▀, the lower one its background."""
        upper = _shades(view.row(row)[first:last], view.largest)
        below = row + 1 < len(view)
        lower = _shades(view.row(row + 1)[first:last], view.largest) if below else [None] * len(upper)
        segments = [
            Segment("▀▀", _half_style(styles[a], None if b is None else styles[b]))
            for a, b in zip(upper, lower, strict=True)
        ]
        column = self.cursor.column - first
        if self.cursor.row in (row, row + 1) and 0 <= column < len(segments):
            style = segments[column].style or Style()
            if self.cursor.row == row:
                style = Style(color=marked.bgcolor, bgcolor=style.bgcolor)
            else:
                style = Style(color=style.color, bgcolor=marked.bgcolor)
            segments[column] = Segment("▀▀", style)
        return segments

    def _header_style(self, marked: bool) -> Style:
        name = "grid--header-marked" if marked else "grid--header"
        return self.get_component_rich_style(name, partial=True)

    def on_resize(self) -> None:
        self._bring_into_view()

    def _measure(self) -> None:
        self.virtual_size = self.size_at(self.zoom)
        self._bring_into_view()

    def validate_zoom(self, zoom: int) -> int:
        return min(max(zoom, 0), len(ZOOMS) - 1)

    def watch_zoom(self) -> None:
        if self.view is not None:
            self._measure()
            self.refresh()

    def validate_cursor(self, cursor: Cell) -> Cell:
        last = len(self.view) - 1 if self.view else 0
        return Cell(min(max(cursor.row, 0), last), min(max(cursor.column, 0), last))

    def watch_cursor(self, old: Cell, new: Cell) -> None:
        scrolled = self.scroll_offset
        self._bring_into_view()
        if self.scroll_offset == scrolled:
            width, lines = self.scrollable_size.width, max(int(ZOOMS[self.zoom].lines), 1)
            self.refresh(
                Region(0, 0, width, 1),
                *(Region(0, self._line(row) - scrolled.y, width, lines) for row in {old.row, new.row}),
            )
        self.post_message(self.Highlighted(self, new))

    def _line(self, row: int) -> int:
        """On which line of the whole table, header included, a row begins."""
        return 1 + int(row * ZOOMS[self.zoom].lines)

    def _bring_into_view(self) -> None:
        if self.view is None or not self.scrollable_size.height:
            return
        cell_width, header_width = self._cell_width(self.zoom), self._header_width(self.zoom)
        cell = Region(
            header_width + self.cursor.column * cell_width,
            self._line(self.cursor.row),
            cell_width,
            max(int(ZOOMS[self.zoom].lines), 1),
        )
        self.scroll_to_region(cell, spacing=Spacing(1, 0, 0, header_width), animate=False, force=True)

    def action_move(self, rows: int, columns: int) -> None:
        self.cursor = Cell(self.cursor.row + rows, self.cursor.column + columns)

    def action_page(self, pages: int) -> None:
        rows = max(int((self.scrollable_size.height - 2) / ZOOMS[self.zoom].lines), 1)
        self.action_move(pages * rows, 0)

    def action_edge(self, column: int) -> None:
        if self.view is not None:
            self.cursor = Cell(self.cursor.row, column % len(self.view))

    def action_zoom(self, larger: int) -> None:
        self.zoom += larger

    def on_click(self, event: events.Click) -> None:
        cell = self.cell_at(*event.get_content_offset_capture(self))
        if cell is not None:
            below = cell == self.cursor and ZOOMS[self.zoom].lines < 1
            self.cursor = Cell(cell.row + below, cell.column)

    def cell_at(self, x: int, y: int) -> Cell | None:
        """The cell on this place of the widget; None on the headers and beyond the table.

        Where a line holds two rows it is the upper one; a second click goes on to the lower one.
        """
        x, y = x - self._header_width(self.zoom), y - 1
        if self.view is None or x < 0 or y < 0:
            return None
        column = (x + self.scroll_offset.x) // self._cell_width(self.zoom)
        row = int((y + self.scroll_offset.y) / ZOOMS[self.zoom].lines)
        return Cell(row, column) if row < len(self.view) and column < len(self.view) else None


def _shades(values: NDArray[np.floating] | NDArray[np.integer], largest: float) -> list[int]:
    """Which style of the ramp each value has."""
    if largest <= 0:
        return [0] * len(values)
    shades: list[int] = (values * ((STEPS - 1) / largest)).round().clip(0, STEPS - 1).astype(int).tolist()
    return shades


@lru_cache(maxsize=STEPS * (STEPS + 1))
def _half_style(upper: Style, lower: Style | None) -> Style:
    return Style(color=upper.bgcolor, bgcolor=lower.bgcolor if lower else None)


def _fit(sign: str, width: int | None) -> str:
    """A sign on exactly this many columns, or as it is."""
    return sign if width is None else set_cell_size(sign, width)


@lru_cache(maxsize=100_000)
def _centred(text: str, width: int) -> str:
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width)
    return " " * (missing // 2) + text + " " * (missing - missing // 2)
