"""Where the terminal's own cursor stands: in the part that has the focus, for what reads the screen aloud, in
braille or magnified. It stays hidden, since what it stands on is marked."""

from typing import Any

from textual.app import App
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Tabs, Tree


class WithCursor(App[None]):
    """Textual leaves it in the field that was typed in last."""

    @property
    def cursor_position(self) -> Offset:
        """The place of the cursor on the screen, sent after each frame."""
        return place_of_cursor(self.screen) if self.is_running else Offset()

    @cursor_position.setter
    def cursor_position(self, _: Offset) -> None:
        """A field sets it to where it stood when it changed, before it was moved or left."""


def place_of_cursor(screen: Screen[Any]) -> Offset:
    """In the focused part, as far as that can be seen; where nothing has the focus, in the first part."""
    part = screen.focused or next(iter(screen.children), screen)
    try:
        seen = screen.find_widget(part).visible_region
    except NoWidget:
        return Offset()
    return seen.offset + seen.size.clamp_offset(_place_in(part) - seen.offset)


def _place_in(part: Widget) -> Offset:
    """What a part says by the name that Textual's fields have for it; else at the line or tab it marks, or
    where its content begins."""
    own: Offset | None = getattr(part, "cursor_screen_offset", None)
    if own is not None:  # at the end of a field Textual's is one too far
        return own - (isinstance(part, Input) and part.cursor_at_end, 0)
    line = 0
    if isinstance(part, Tabs) and part.active_tab is not None:
        part = part.active_tab
    elif isinstance(part, Tree):
        line = max(part.cursor_line, 0)
    elif isinstance(part, OptionList):
        line = getattr(part, "_index_to_line", {}).get(part.highlighted, 0)
    return part.content_region.offset + Offset(0, line - (part.scroll_offset.y if line else 0))
