"""A box to tick."""

from dataclasses import dataclass

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Checkbox


class Tick(Checkbox, inherit_bindings=False):
    """A box that is empty or has a cross: colour is not the only sign. Enter submits, as in a field."""

    DEFAULT_CSS = """
    Tick {
        width: auto;
        padding: 0;
        background: transparent;
        & > .toggle--button { color: $foreground; background: transparent; }
        &:focus > .toggle--label { background: $accent; color: $on-accent; text-style: none; }
    }
    """
    BINDINGS = [
        Binding("space", "toggle_button", "Tick", show=False),
        Binding("enter", "submit", "Submit", show=False),
    ]

    BUTTON_LEFT = BUTTON_RIGHT = ""

    @dataclass
    class Submitted(Message):
        """Enter was pressed."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]
        return "[x]" if self.value else "[ ]"

    def action_submit(self) -> None:
        self.post_message(self.Submitted())
