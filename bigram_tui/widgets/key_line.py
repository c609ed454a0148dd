"""The line at the bottom, with the keys of the pane."""

from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import USE_IT, Field
from bigram_tui.widgets.rendering import ByLine

ALWAYS = ("begin_lesson", "why", "code", "command_palette")
"""Actions that every pane has, and that newcomers should see first."""

ENDS = ("help", "quit", "close", "go_back")
"""Actions that lead away from the pane, shown last."""

WHILE_TYPING = ("enter", "tab", "escape", "f2", "f1", "ctrl+q", "ctrl+p")
"""Keys that are not text; enter is shown with what it does in the field, the others if they have a label."""

DO_IT = Phrase("Do it")

IN_MENUS = {"Select": USE_IT, "Dismiss menu": Phrase("Leave")}
"""What Textual calls the keys in the menu of a choice, and what they are called here."""


class Key(NamedTuple):
    """A key, its display text, what it does, and whether that is possible now."""

    key: str
    shown: str
    description: str
    tooltip: str
    enabled: bool
    action: str

    @property
    def width(self) -> int:
        return cell_len(self.shown) + cell_len(self.description) + 3


class KeyLine(ByLine, Widget):
    """A single widget, since Textual's footer has one per key, which take longer to mount than the pane
    itself.

    While a field has the focus, only keys that are not typed into it are shown. A click presses a key. Looks
    like Textual's footer, with the same theme variables.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"key-line--key", "key-line--hovered"}
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        color: $footer-description-foreground;
        background: $footer-background;
        pointer: pointer;
        & > .key-line--key { color: $footer-key-foreground; text-style: bold; }
        & > .key-line--hovered { background: $block-hover-background; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[Key] | None = None
        self._hovered: Key | None = None
        self._is_waiting = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look_again)

    def _look_again(self, _screen: Screen[object]) -> None:
        """Update once, after everything that changes at this moment."""
        if not self._is_waiting:
            self._is_waiting = True
            self.call_after_refresh(self._show_changes)

    def _show_changes(self) -> None:
        self._is_waiting = False
        if not self.is_attached:
            return  # removed in the meantime
        keys = self._active()
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _active(self) -> list[Key]:
        """The keys in order of importance; an action with several keys is listed once."""
        bindings, focused = self.screen.active_bindings, self.screen.focused
        if focused is not None and focused.check_consume_key("a", "a"):
            typed = [bindings[key] for key in WHILE_TYPING if key in bindings]
            keys = [self._key(key) for key in typed if key.binding.show or key.binding.key != "tab"]
            if isinstance(focused, Input):
                enter = focused.enter if isinstance(focused, Field) else DO_IT
                keys[0] = keys[0]._replace(description=say(enter))
            return keys
        shown = {
            active.binding.action: active for active in reversed(bindings.values()) if active.binding.show
        }
        first = [action for action in (*ALWAYS, *ENDS) if action in shown]
        others = [active.binding.action for active in bindings.values() if active.binding.show]
        return [self._key(shown[action]) for action in dict.fromkeys((*first, *others))]

    def _key(self, active: ActiveBinding) -> Key:
        binding = active.binding
        shown = self.app.get_key_display(binding)
        description, about = say(IN_MENUS.get(binding.description, binding.description)), say(active.tooltip)
        return Key(binding.key, shown, description, about, active.enabled, binding.action)

    @property
    def _fitting(self) -> list[Key]:
        """As many keys as fit, in display order: those that lead away come last."""
        if self._keys is None:
            self._keys = self._active()
        room, keys = self.size.width, []
        for key in self._keys:
            if key.width <= room:
                room -= key.width
                keys.append(key)
        return sorted(keys, key=lambda key: key.action in ENDS)

    def render_line(self, y: int) -> Strip:
        bold = self.get_component_rich_style("key-line--key", partial=True)
        hovered = self.get_component_rich_style("key-line--hovered", partial=True)
        segments: list[Segment] = []
        for key in self._fitting:
            look = Style(dim=not key.enabled or None) + (hovered if key == self._hovered else Style.null())
            segments.append(Segment(f" {key.shown} ", bold + look))
            segments.append(Segment(f"{key.description} ", look))
        return self.full_line(segments, self.size.width)

    def _at(self, x: int) -> Key | None:
        """The key at this column."""
        for key in self._fitting:
            if x < key.width:
                return key
            x -= key.width
        return None

    def _hover(self, key: Key | None) -> None:
        if key != self._hovered:
            self._hovered = key
            self.tooltip = key.tooltip if key else None
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def on_click(self, event: events.Click) -> None:
        key = self._at(event.x)
        if key is not None and key.enabled:
            self.app.simulate_key(key.key)
        elif key is not None:
            self.app.bell()
