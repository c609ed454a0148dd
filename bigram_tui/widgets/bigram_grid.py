"""A table as a coloured grid: a row is what comes before, a column is the next token."""

from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap

from rich.cells import cell_len
from rich.cells import set_cell_size as fit
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, Region, Size, Spacing
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from bigram_tui.lm.context import state_of
from bigram_tui.lm.vocabulary import sign as sign_of
from bigram_tui.texts import Phrase, say
from bigram_tui.views.grid import FIRST_CELL, NUMBER_WIDTH, SCALES, Cell, GridView
from bigram_tui.views.ramp import RAMPS
from bigram_tui.widgets.actions import MOVES
from bigram_tui.widgets.grid_looks import ZOOMS, RampStyles, centred, half_style, joined, ramp_styles
from bigram_tui.widgets.rendering import ByLine

REVERSED = Style(reverse=True)


class BigramGrid(ByLine, ScrollView, can_focus=True):
    """A grid with a cursor, frozen headers and five cell sizes. Only visible cells are computed."""

    COMPONENT_CLASSES = {"grid--header", "grid--header-marked", "grid--cursor"}
    DEFAULT_CSS = """
    BigramGrid {
        & > .grid--header { color: $muted; }
        & > .grid--header-marked { color: $text-accent; text-style: bold; }
        & > .grid--cursor { background: $accent; color: $on-accent; text-style: bold; }
    }
    """
    BINDINGS = [
        *MOVES,
        Binding("v", "view(1)", "View", tooltip="Table: next view"),
        Binding("V", "view(-1)", "Previous view", show=False, tooltip="Table: previous view"),
        Binding("plus", "zoom(1)", "Zoom", key_display="+ -", tooltip="Table: larger or smaller cells"),
        Binding("minus", "zoom(-1)", "Smaller", show=False),
        Binding("c", "scale", "Colours", tooltip="Colours linear, logarithmic or per row"),
        Binding("g", "go_to", "Go to", tooltip="Go to a cell by typing its characters"),
        Binding("S", "sort_rows", "Sort rows", show=False, tooltip="Table: rows by alphabet or by frequency"),
        Binding("enter", "answer_boundary", "Boundary", show=False),
        Binding("escape", "stop_asking", "Leave", show=False),
    ]

    cursor: reactive[Cell] = reactive(FIRST_CELL, repaint=False)
    zoom: reactive[int] = reactive(1, repaint=False)
    scale: reactive[str] = reactive(SCALES[0])
    ramp: reactive[str] = reactive(next(iter(RAMPS)))
    highlighted: reactive[Cell] = reactive(FIRST_CELL, repaint=False)
    """The cell under the mouse until the next key press, otherwise the cursor's."""

    @dataclass
    class ViewWanted(Message):
        """The user wants the next view (1) or the previous one (−1)."""

        step: int

    @dataclass
    class NotThere(Message):
        """The user asked for a context that has no row."""

        state: int

    class OrderWanted(Message):
        """The user wants the rows in the other order."""

    class LooksChanged(Message):
        """The zoom, scale or ramp changed."""

    view: GridView | None = None
    zoom_was_chosen = False
    _message = ""
    _prompt: str | None = None
    _typed: tuple[int, ...] = ()
    """The tokens typed so far of the n-gram to go to."""

    def show(self, view: GridView | str) -> None:
        """Show a view, or a message why there is none; the cursor stays on its cell if possible."""
        if isinstance(view, str):
            self.view, self._message = None, view
            self.virtual_size = Size(0, 0)
        else:
            before, self.view = self.view, view
            if before is None or view.signs is not before.signs or view.states is not before.states:
                row = self.cursor.row
                if before is not None and view.signs is before.signs:
                    row = view.row_like(before, row)
                self._sign_width = min(max(map(cell_len, view.signs)), 2)
                self.cursor = self.validate_cursor(Cell(row, self.cursor.column))
                self.highlighted = self.cursor
                self._ask(None)  # the tokens typed so far are of another table
                self._measure()
        self.refresh()

    @property
    def ramp_styles(self) -> RampStyles:
        """The styles for the values."""
        return ramp_styles(self.app, self.ramp, self.view is not None and self.view.diverging)

    def lines_at(self, zoom: int) -> float:
        """The height of a cell in lines; half a line needs two colours in one character."""
        return ZOOMS[zoom].lines if self._has_colours else max(ZOOMS[zoom].lines, 1)

    @cached_property
    def _has_colours(self) -> bool:
        return self.ramp_styles.styles is not None

    def size_at(self, zoom: int) -> Size:
        """The size of the whole table with its headers at this zoom."""
        if self.view is None:
            return Size(0, 0)
        rows, columns = len(self.view), len(self.view.signs)
        lines = 1 - int(-rows * self.lines_at(zoom) // 1)
        return Size(self._header_width(zoom) + columns * self._cell_width(zoom), lines)

    def _cell_width(self, zoom: int) -> int:
        return (2, 2, 2 * self._sign_width + 1, self._number_width, self._number_width)[zoom]

    @property
    def _number_width(self) -> int:
        """The width of a number, with the blank or minus sign that separates it from its neighbour."""
        view = self.view
        fills = view is not None and not view.diverging and len(view.number(view.largest)) == NUMBER_WIDTH
        return NUMBER_WIDTH + fills

    def _header_width(self, zoom: int) -> int:
        labels = 2 if self.lines_at(zoom) < 1 else 1
        return labels * self._label_width + self._gap * (labels - 1) + 1

    @property
    def _label_width(self) -> int:
        return self._sign_width * self.view.context if self.view else 0

    @property
    def _gap(self) -> int:
        """The number of columns between two row labels on the same line; single characters need none."""
        return 1 if self.view and self.view.context > 1 else 0

    def render_line(self, y: int) -> Strip:
        view, width = self.view, self.scrollable_size.width
        if view is None:
            lines = wrap(self._message, max(width, 1))
            text = lines[y] if y < len(lines) else ""
            return self.full_line([Segment(text)], width)
        if y == 0 and self._prompt is not None:
            return self.full_line([Segment(self._prompt, self._header_style(True))], width)
        cell_width, header_width = self._cell_width(self.zoom), self._header_width(self.zoom)
        scroll_x, scroll_y = self.scroll_offset
        first = scroll_x // cell_width
        last = min(-(-(scroll_x + width - header_width) // cell_width), len(view.signs))
        if y == 0:
            head, cells = Segment(" " * header_width), self._column_headers(view, first, last)
        else:
            line = y - 1 + scroll_y
            row = int(line / self.lines_at(self.zoom))
            if row >= len(view):
                return self.full_line([], width)
            head, cells = self._row_header(view, row, line), self._cells(view, row, line, first, last)
        offset = scroll_x - first * cell_width
        body = Strip(cells).crop(offset, offset + width - header_width)
        return self.full_line([head, *body], width)

    def _column_headers(self, view: GridView, first: int, last: int) -> list[Segment]:
        width = self._cell_width(self.zoom)
        texts = [centred(sign, width) for sign in view.signs[first:last]]
        styles = [self._header_style(False)] * len(texts)
        if first <= self.cursor.column < last:
            styles[self.cursor.column - first] = self._header_style(True)
        return joined(texts, styles)

    def _row_header(self, view: GridView, row: int, line: int) -> Segment:
        lines = self.lines_at(self.zoom)
        rows = range(row, min(row + (2 if lines < 1 else 1), len(view)))
        labels = ("".join(fit(sign, self._sign_width) for sign in view.context_of(each)) for each in rows)
        text = (" " * self._gap).join(labels)
        if line % max(lines, 1):
            text = ""
        return Segment(fit(text, self._header_width(self.zoom)), self._header_style(self.cursor.row in rows))

    def _header_style(self, marked: bool) -> Style:
        name = "grid--header-marked" if marked else "grid--header"
        return self.get_component_rich_style(name, partial=True)

    def _cells(self, view: GridView, row: int, line: int, first: int, last: int) -> list[Segment]:
        """One line of a row, or if a line holds two rows, the line of both."""
        colours = self.ramp_styles
        shades = self._shades(view, row, first, last)
        if self.lines_at(self.zoom) < 1:
            assert colours.styles is not None
            lower = self._shades(view, row + 1, first, last) if row + 1 < len(view) else None
            return self._half_cells(row, first, shades, lower, colours.styles)
        texts = self._texts(view, row, line, first, last)
        if colours.styles is None:
            texts = [
                self._with_block(text, colours.block(shade))
                for text, shade in zip(texts, shades, strict=True)
            ]
            styles = [Style.null()] * len(texts)
        else:
            styles = [colours.styles[shade] for shade in shades]
        if row == self.cursor.row and first <= self.cursor.column < last:
            marked = self.get_component_rich_style("grid--cursor", partial=True)
            styles[self.cursor.column - first] = marked if colours.styles else REVERSED
        return joined(texts, styles)

    def _shades(self, view: GridView, row: int, first: int, last: int) -> list[int]:
        row_largest = max(view.row(row)) if self.scale == "per row" else 0
        return view.shades(view.cells(row, slice(first, last)), row_largest, self.scale)

    def _texts(self, view: GridView, row: int, line: int, first: int, last: int) -> list[str]:
        """The text in the cells of a row: nothing, the bigram, the number, or one above the other."""
        width, name = self._cell_width(self.zoom), ZOOMS[self.zoom].name
        if name == "numbers" or (name == "figure" and line % 2 == 1):
            numbers = map(view.number, view.cells(row, slice(first, last)))
            if name == "numbers":
                return [number.rjust(width) for number in numbers]
            return [number.rjust((width + len(number) + 1) // 2).ljust(width) for number in numbers]
        if name == "figure":
            return [centred(self._last_sign(row) + sign, width) for sign in view.signs[first:last]]
        if name == "letters":
            begin = " " + fit(self._last_sign(row), self._sign_width)
            return [begin + fit(sign, self._sign_width) for sign in view.signs[first:last]]
        return [" " * width] * (last - first)

    def _last_sign(self, row: int) -> str:
        """The last token of a context, since cells have no room for more; empty for the empty context."""
        assert self.view is not None
        return "".join(self.view.context_of(row)[-1:])

    def _with_block(self, text: str, block: str) -> str:
        """A cell without colours: the block alone, or in front of the text."""
        if not text.strip():
            return fit(block, len(text))
        return block[0] + text[1:] if text.startswith(" ") else text

    def _half_cells(
        self, row: int, first: int, upper: list[int], lower: list[int] | None, styles: tuple[Style, ...]
    ) -> list[Segment]:
        """Two rows on one line: the upper one is the foreground of ▀▀, the lower one its background."""
        below = [styles[shade] for shade in lower] if lower else [None] * len(upper)
        looks = [half_style(styles[a], b) for a, b in zip(upper, below, strict=True)]
        column = self.cursor.column - first
        if self.cursor.row in (row, row + 1) and 0 <= column < len(looks):
            accent = self.get_component_rich_style("grid--cursor", partial=True).bgcolor
            look = looks[column]
            on_upper = self.cursor.row == row
            looks[column] = Style(
                color=accent if on_upper else look.color, bgcolor=look.bgcolor if on_upper else accent
            )
        return joined(["▀▀"] * len(looks), looks)

    def on_resize(self) -> None:
        self._bring_into_view()

    def _measure(self) -> None:
        self.virtual_size = size = self.size_at(self.zoom)
        if room := self.container_size:  # now, so that the layout need not be repeated for a scrollbar
            self.show_vertical_scrollbar = is_long = size.height > room.height
            if is_long:
                self.vertical_scrollbar.display = True
        self._bring_into_view()

    def validate_zoom(self, zoom: int) -> int:
        return min(max(zoom, 0), len(ZOOMS) - 1)

    def watch_zoom(self) -> None:
        if self.view is not None:
            self._measure()
            self.refresh()
        self.post_message(self.LooksChanged())

    def watch_scale(self) -> None:
        self.post_message(self.LooksChanged())

    def watch_ramp(self) -> None:
        self.post_message(self.LooksChanged())

    def validate_cursor(self, cursor: Cell) -> Cell:
        if self.view is None:
            return cursor
        rows, columns = len(self.view), len(self.view.signs)
        return Cell(min(max(cursor.row, 0), rows - 1), min(max(cursor.column, 0), columns - 1))

    def watch_cursor(self, old: Cell, new: Cell) -> None:
        scrolled = self.scroll_offset
        self._bring_into_view()
        if self.scroll_offset == scrolled:
            width, lines = self.scrollable_size.width, max(int(self.lines_at(self.zoom)), 1)
            self.refresh(
                Region(0, 0, width, 1),
                *(Region(0, self._line(row) - scrolled.y, width, lines) for row in {old.row, new.row}),
            )
        self.highlighted = new

    def _line(self, row: int) -> int:
        """The line of the whole table, including the header, where a row starts."""
        return 1 + int(row * self.lines_at(self.zoom))

    @property
    def _cell(self) -> Region:
        """The region of the cell under the cursor in the whole table, including headers."""
        cell_width = self._cell_width(self.zoom)
        return Region(
            self._header_width(self.zoom) + self.cursor.column * cell_width,
            self._line(self.cursor.row),
            cell_width,
            max(int(self.lines_at(self.zoom)), 1),
        )

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the cell under the cursor starts on the screen, or while the prompt is open, its end."""
        place = self.content_region.offset
        if self._prompt is not None:
            return place + Offset(cell_len(self._prompt), 0)
        return place if self.view is None else place + self._cell.offset - self.scroll_offset

    def _bring_into_view(self) -> None:
        if self.view is not None and self.scrollable_size.height:
            headers = Spacing(1, 0, 0, self._header_width(self.zoom))
            self.scroll_to_region(self._cell, spacing=headers, animate=False, force=True)

    def action_move(self, rows: int, columns: int) -> None:
        self.cursor = Cell(self.cursor.row + rows, self.cursor.column + columns)

    def action_page(self, pages: int) -> None:
        rows = max(int((self.scrollable_size.height - 2) / self.lines_at(self.zoom)), 1)
        self.action_move(pages * rows, 0)

    def action_edge(self, column: int) -> None:
        if self.view is not None:
            self.cursor = Cell(self.cursor.row, column % len(self.view.signs))

    def action_view(self, step: int) -> None:
        self.post_message(self.ViewWanted(step))

    def action_zoom(self, larger: int) -> None:
        self.zoom_was_chosen = True
        self.zoom += larger

    def action_sort_rows(self) -> None:
        self.post_message(self.OrderWanted())

    def action_scale(self) -> None:
        self.scale = SCALES[(SCALES.index(self.scale) + 1) % len(SCALES)]

    def action_go_to(self) -> None:
        """Prompt for the characters of an n-gram one by one, in place of the column headers."""
        if self.view is not None:
            self._typed = ()
            self._ask_on()

    def _ask_on(self) -> None:
        """Prompt for the next character: the context chooses the row, the character after it the column."""
        assert self.view is not None
        signs, c = self.view.signs, self.view.context
        dot, x = signs[0], "".join(signs[token] for token in self._typed)
        if len(self._typed) == c:
            self._ask(say("go to column: {x} followed by? enter for {dot}, escape leaves", x=x, dot=dot))
        elif c == 1:
            self._ask(say("go to row: a character, enter for {dot}, escape leaves", dot=dot))
        else:
            n = c - len(self._typed)
            self._ask(say("go to row: {x}… {n} more, enter for {dot}, escape leaves", x=x, n=n, dot=dot))

    def _ask(self, prompt: str | None) -> None:
        self._prompt = prompt
        self.refresh_bindings()
        self.refresh(Region(0, 0, self.scrollable_size.width, 1))

    def on_blur(self) -> None:
        self._ask(None)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """While the prompt is open, characters are typed into it."""
        return self._prompt is not None and character is not None and character.isprintable()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("answer_boundary", "stop_asking"):
            return self._prompt is not None
        return super().check_action(action, parameters)

    async def on_key(self, event: events.Key) -> None:
        self.highlighted = self.cursor
        if event.character and self.check_consume_key(event.key, event.character):
            event.stop()
            event.prevent_default()
            self._answer(event.character)

    def action_answer_boundary(self) -> None:
        if self.view is not None:
            self._answer(self.view.signs[0])

    def action_stop_asking(self) -> None:
        self._ask(None)

    def _answer(self, sign: str) -> None:
        if self.view is None or self._prompt is None:
            return
        token, dot = self._token(sign), self.view.signs[0]
        if token is None:
            self.app.bell()
            again = Phrase("{sign} does not occur: another one, enter for {dot}, escape leaves")
            self._ask(say(again, sign=sign_of(sign), dot=dot))
        elif len(self._typed) == self.view.context:
            self._ask(None)
            self.cursor = Cell(self.cursor.row, token)
        else:
            self._typed = (*self._typed, token)
            if len(self._typed) == self.view.context:
                self._go_to_context()
            else:
                self._ask_on()

    def _go_to_context(self) -> None:
        assert self.view is not None
        state = state_of(self._typed, len(self.view.signs))
        if state in self.view.states:
            self.cursor = Cell(self.view.states.index(state), self.cursor.column)
            self._ask_on()
        else:
            self._ask(None)
            self.post_message(self.NotThere(state))

    def _token(self, sign: str) -> int | None:
        """The token with this sign; a space can be typed as such."""
        assert self.view is not None
        wanted = sign_of(sign)
        return self.view.signs.index(wanted) if wanted in self.view.signs else None

    def on_click(self, event: events.Click) -> None:
        cell = self.cell_at(*event.get_content_offset_capture(self))
        if cell is not None:
            below = cell == self.cursor and self.lines_at(self.zoom) < 1
            self.cursor = Cell(cell.row + below, cell.column)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        offset = event.get_content_offset(self)
        cell = self.cell_at(*offset) if offset is not None else None
        if cell is not None:
            self.highlighted = cell

    def cell_at(self, x: int, y: int) -> Cell | None:
        """The cell at this position of the widget; None on the headers and outside the table.

        If the line holds two rows, the upper one, or on a second click the lower one.
        """
        if self.view is None:
            return None
        x, y = x - self._header_width(self.zoom), y - 1
        if x < 0 or y < 0:
            return None
        column = (x + self.scroll_offset.x) // self._cell_width(self.zoom)
        row = int((y + self.scroll_offset.y) / self.lines_at(self.zoom))
        return Cell(row, column) if row < len(self.view) and column < len(self.view.signs) else None
