"""Horizontal bars, each with a label and a number, in as many columns as it takes to show all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.binding import Binding
from textual.color import Color
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.session.models import COLOURS
from bigram_tui.texts import say
from bigram_tui.themes import opposite
from bigram_tui.widgets.actions import MOVES
from bigram_tui.widgets.rendering import ByLine, fitting

EIGHTHS = " ▏▎▍▌▋▊▉"
MIN_BAR = 3
GAP = 2
BOLD = Style(bold=True)


class Bar(NamedTuple):
    """A label, the value that determines the bar's length, and the value as text.

    `parts` are its shares: that of no context at all, then what contexts of 0, 1, 2 … tokens add.
    """

    label: str
    value: float
    text: str
    marked: bool = False
    parts: Sequence[float] = ()


class Length(NamedTuple):
    """How the part of a bar looks that comes from contexts of one length."""

    sign: str
    style: Style


def lengths(app: App[object], count: int) -> list[Length]:
    """From no context at all to the longest one: a character for each, on a single colour scale."""
    colours = app.theme_variables
    short, long = (Color.parse(colours[name]) for name in ("uniform-soft", "counting"))
    grounds = [short.blend(long, place / max(count - 1, 1)) for place in range(count)]
    return [
        Length(
            str(place - 1) if place else "·",
            Style(color=opposite(ground).rich_color, bgcolor=ground.rich_color),
        )
        for place, ground in enumerate(grounds)
    ]


class LengthLegend(ByLine, Widget):
    """The legend for the parts of bars."""

    DEFAULT_CSS = "LengthLegend { height: 1; display: none; color: $muted; }"

    _count = 0

    def show(self, count: int) -> None:
        """Show the legend for this many lengths; 0 hides it."""
        self.display = count > 0
        if count != self._count:
            self._count = count
            self.refresh()

    def render_line(self, y: int) -> Strip:
        segments = []
        for place, (sign, style) in enumerate(lengths(self.app, self._count)):
            segments += [Segment(f" {sign} ", style), Segment("" if place else " " + say("none") + "  ")]
        room = self.size.width - sum(segment.cell_length for segment in segments)
        about = fitting(room - 1, say("from a context of"), say("context"), "")
        return self.full_line([Segment(f"{about} "), *segments], self.size.width)


class Bars(ByLine, ScrollView, can_focus=True):
    """Bars in the colour of the widget's class, one of COLOURS. While focused, one has a cursor."""

    COMPONENT_CLASSES = {"bars--bar", "bars--marked", "bars--number", "bars--cursor"}
    DEFAULT_CSS = """
    Bars {
        overflow-x: hidden;
        & > .bars--marked { color: $text-accent; text-style: bold; }
        & > .bars--number { color: $muted; }
        & > .bars--cursor { background: $accent; color: $on-accent; text-style: bold; }
    }
    """ + "".join(f"Bars.{colour} > .bars--bar {{ color: ${colour}; }}" for colour in COLOURS)
    BINDINGS = [*MOVES]

    cursor: int | None = 0
    _bars: Sequence[Bar] = ()
    _label_width = _text_width = 0
    _columns = _lines = 1

    @property
    def highlighted(self) -> int | None:
        return self.cursor if self._bars else None

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the bar under the cursor starts on the screen, or else the marked one."""
        marked = next((index for index, bar in enumerate(self._bars) if bar.marked), 0)
        column, line = divmod(marked if self.cursor is None else self.cursor, self._lines)
        place = Offset(column * (self._column_width + GAP), line)
        return self.content_region.offset + place - self.scroll_offset

    def show(self, bars: Sequence[Bar]) -> None:
        """Show these bars. Without focus, the cursor moves to the marked bar; otherwise it stays."""
        marked, cursor = next((i for i, bar in enumerate(bars) if bar.marked), None), self.cursor
        if cursor is not None:
            unseen = marked is not None and not self.has_focus
            self.cursor = marked if unseen else min(cursor, max(len(bars) - 1, 0))
        if bars == self._bars and self.cursor == cursor:
            return
        self._bars = bars
        self._label_width = max((cell_len(bar.label) for bar in bars), default=0)
        self._text_width = max((len(bar.text) for bar in bars), default=0)
        self._largest = max((bar.value for bar in bars if bar.value > 0), default=0)
        self.on_resize()
        self.refresh()

    def on_resize(self) -> None:
        before = self._columns, self._lines
        self._arrange(self.container_size)
        self.virtual_size = Size(1, self._lines)
        if (self._columns, self._lines) != before:
            self.refresh()

    def _arrange(self, room: Size) -> None:
        """Use as many columns as it takes to show all bars, if there is room for so many."""
        needed = ceil(len(self._bars) / max(room.height, 1)) or 1
        narrowest = self._label_width + self._text_width + 2 + MIN_BAR + GAP
        self._columns = needed
        if needed > (room.width + GAP) // narrowest:
            beside_scrollbar = room.width - self.styles.scrollbar_size_vertical
            self._columns = self._columns_when_too_many((beside_scrollbar + GAP) // narrowest)
        self._lines = ceil(len(self._bars) / self._columns) or 1

    def _columns_when_too_many(self, possible: int) -> int:
        """One, since a long list is read from top to bottom."""
        return 1

    def render_line(self, y: int) -> Strip:
        line = y + self.scroll_offset.y
        width = self.scrollable_size.width
        segments: list[Segment] = []
        if self._bars and line < self._lines:
            column_width = self._column_width
            for column in range(self._columns):
                index = column * self._lines + line
                if index < len(self._bars):
                    segments += self._bar(index, column_width)
                    segments.append(Segment(" " * GAP))
        return self.full_line(segments, width)

    @property
    def _column_width(self) -> int:
        return (self.scrollable_size.width + GAP) // self._columns - GAP

    def _bring_into_view(self, index: int) -> None:
        if self.scrollable_size.height:
            self.scroll_to_region(Region(0, index % self._lines, 1, 1), animate=False, force=True)

    def _go_to(self, index: int) -> None:
        """Move the cursor to this bar, if it exists."""
        if 0 <= index < len(self._bars):
            self.cursor = index
            self._bring_into_view(index)
            self.refresh()

    def action_move(self, lines: int, columns: int) -> None:
        self._go_to(0 if self.cursor is None else self.cursor + lines + columns * self._lines)

    def action_page(self, pages: int) -> None:
        """Move by a page, but not beyond the edge of the column."""
        cursor = self.cursor or 0
        top = cursor - cursor % self._lines
        bottom = min(top + self._lines, len(self._bars)) - 1
        self._go_to(min(max(cursor + pages * max(self.scrollable_size.height - 1, 1), top), bottom))

    def action_edge(self, index: int) -> None:
        self._go_to(index % max(len(self._bars), 1))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset_capture(self)
        column = place.x * self._columns // max(self.scrollable_size.width + GAP, 1)
        self.click_bar(column * self._lines + place.y + self.scroll_offset.y)

    def click_bar(self, index: int) -> None:
        self._go_to(index)

    @property
    def _shows_cursor(self) -> bool:
        return self.has_focus

    def _bar(self, index: int, width: int) -> list[Segment]:
        bar = self._bars[index]
        marked, number, colour, cursor = (
            self.get_component_rich_style(f"bars--{part}", partial=True)
            for part in ("marked", "number", "bar", "cursor")
        )
        label_style = BOLD
        if bar.marked:
            label_style = number = colour = marked
        if index == self.cursor and self._shows_cursor:
            label_style, number, colour = cursor, cursor, marked
        label = bar.label + " " * (self._label_width - cell_len(bar.label) + 1)
        room = width - self._label_width - self._text_width - 2
        # NaN, as after a training that diverged, has no length.
        eighths = max(round(room * 8 * bar.value / self._largest), 1) if bar.value > 0 else 0
        if bar.parts:
            cells = ceil(eighths / 8)
            pieces = [*self._divided(bar, cells), Segment(" " * (room - cells))]
        else:
            drawn = ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip().ljust(room)[:room]
            pieces = [Segment(drawn, colour)]
        return [
            Segment(label, label_style),
            Segment(bar.text.rjust(self._text_width) + " ", number),
            *pieces,
        ]

    def _divided(self, bar: Bar, cells: int) -> Iterator[Segment]:
        """This many cells, starting with the part of the longest context."""
        looks, sum_, begin = lengths(self.app, len(bar.parts)), sum(bar.parts), 0
        so_far = 0.0
        for part, (sign, style) in zip(reversed(bar.parts), reversed(looks), strict=True):
            so_far += part
            end = round(cells * so_far / sum_)
            if end > begin:
                yield Segment(sign * (end - begin), style)
            begin = end


class ChoosableBars(Bars):
    """Bars whose cursor appears with an arrow key or a click; enter or another click chooses a bar."""

    BINDINGS = [
        Binding(
            "up",
            "move(-1, 0)",
            "Choose by hand",
            show=False,
            key_display="↑ ↓ ← →",
            tooltip="Choose by hand what comes next",
        ),
        Binding("enter", "choose", "Choose", show=False, tooltip="Take the character under the cursor"),
    ]

    @dataclass
    class Begun(Message):
        """The cursor appeared."""

    @dataclass
    class Chosen(Message):
        """The user chose the bar with this index."""

        index: int

    cursor = None

    def show(self, bars: Sequence[Bar]) -> None:
        """Show these bars, and scroll to the marked one or the cursor."""
        super().show(bars)
        if self.cursor is None:
            self._bring_into_view(next((i for i, bar in enumerate(bars) if bar.marked), 0))

    def _columns_when_too_many(self, possible: int) -> int:
        """As many as fit, since a row of P is viewed as a whole."""
        return max(possible, 1)

    @property
    def _shows_cursor(self) -> bool:
        return True

    def _go_to(self, index: int) -> None:
        begun = self.cursor is None
        super()._go_to(index)
        if begun and self.cursor is not None:
            self.post_message(self.Begun())

    def action_choose(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Chosen(self.cursor))

    def click_bar(self, index: int) -> None:
        if index == self.cursor:
            self.action_choose()
        else:
            self._go_to(index)
