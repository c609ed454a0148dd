"""A list of any length with one line per item, of which only the visible part is drawn."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from bigram_tui.widgets.rendering import ByLine

Item = TypeVar("Item")


class LineList(ByLine, ScrollView, Generic[Item], can_focus=True):
    """Items with a cursor; subclasses render an item in `line`."""

    COMPONENT_CLASSES = {"lines--cursor", "lines--dim"}
    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden;
        & > .lines--cursor { background: $panel; }
        & > .lines--dim { color: $muted; }
        &:focus > .lines--cursor { background: $accent; color: $on-accent; text-style: bold; }
    }
    """
    BINDINGS = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(-1)", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor moved to another item, or its item changed."""

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self.items: Sequence[Item] = ()
        self.empty = empty

    def line(self, item: Item, width: int) -> Text | str:
        """An item, rendered for this width; a string is faster to draw than a Text."""
        raise NotImplementedError

    @property
    def highlighted(self) -> Item | None:
        return self.items[self.cursor] if self.items else None

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the item under the cursor starts on the screen."""
        return self.content_region.offset + Offset(0, self.cursor - self.scroll_offset.y)

    def show(self, items: Sequence[Item], cursor: int = 0) -> None:
        """Show these items, with the cursor on the one at this index."""
        self.items = items
        self.virtual_size = Size(1, max(len(items), 1))
        self.set_reactive(LineList.cursor, min(cursor, max(len(items) - 1, 0)))
        self._bring_into_view()
        self.refresh()
        self.post_message(self.Highlighted())

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_size.width
        index = y + self.scroll_offset.y
        if not self.items and y == 0:
            strip = Strip([Segment(self.empty, self.get_component_rich_style("lines--dim", partial=True))])
        elif index < len(self.items):
            text = self.line(self.items[index], width)
            strip = Strip([Segment(text)] if isinstance(text, str) else text.render(self.app.console))
        else:
            return self.full_line([], width)
        if self.items and index == self.cursor:
            cursor = self.get_component_rich_style("lines--cursor", partial=True)
            strip = strip.adjust_cell_length(width).apply_style(cursor)
        return self.full_line(strip, width)

    def validate_cursor(self, cursor: int) -> int:
        return min(max(cursor, 0), max(len(self.items) - 1, 0))

    def watch_cursor(self, old: int, new: int) -> None:
        top = self.scroll_offset.y
        self._bring_into_view()
        if self.scroll_offset.y == top:
            self.refresh(
                Region(0, old - top, self.scrollable_size.width, 1),
                Region(0, new - top, self.scrollable_size.width, 1),
            )
        self.post_message(self.Highlighted())

    def action_move(self, lines: int) -> None:
        self.cursor += lines

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(self.scrollable_size.height - 1, 1)

    def action_edge(self, index: int) -> None:
        self.cursor = index % max(len(self.items), 1)

    def on_click(self, event: events.Click) -> None:
        self.cursor = event.get_content_offset_capture(self).y + self.scroll_offset.y

    def on_resize(self) -> None:
        self._bring_into_view()

    def _bring_into_view(self) -> None:
        if self.scrollable_size.height:
            self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
