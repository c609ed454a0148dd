"""Places the terminal's cursor in the focused widget, for screen readers, braille displays and magnifiers. It
stays hidden, since the widget highlights its own cursor."""

from typing import Any

from textual.app import App
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Tree


class WithCursor(App[None]):
    """Textual leaves the cursor in the last field that was typed in."""

    @property
    def cursor_position(self) -> Offset:
        """The position of the cursor on the screen, sent after each frame."""
        return place_of_cursor(self.screen) if self.is_running else Offset()

    @cursor_position.setter
    def cursor_position(self, _: Offset) -> None:
        """Ignored: a field sets its position when its text changes, which may be out of date."""


def place_of_cursor(screen: Screen[Any]) -> Offset:
    """In the focused widget, as far as it is visible; without focus, in the first widget."""
    part = screen.focused or next(iter(screen.children), screen)
    try:
        seen = screen.find_widget(part).visible_region
    except NoWidget:
        return Offset()
    return seen.offset + seen.size.clamp_offset(_place_in(part) - seen.offset)


def _place_in(part: Widget) -> Offset:
    """The position that the widget provides, as Textual's fields do; otherwise its highlighted line or tab,
    or the start of its content."""
    own: Offset | None = getattr(part, "cursor_screen_offset", None)
    if own is not None:  # at the end of a field, Textual's is one too far
        return own - (isinstance(part, Input) and part.cursor_at_end, 0)
    line = 0
    tab: Widget | None = getattr(part, "active_tab", None)
    if tab is not None:
        part = tab
    elif isinstance(part, Tree):
        line = max(part.cursor_line, 0)
    elif isinstance(part, OptionList):
        line = getattr(part, "_index_to_line", {}).get(part.highlighted, 0)
    return part.content_region.offset + Offset(0, line - (part.scroll_offset.y if line else 0))
