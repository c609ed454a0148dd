"""A check box."""

from dataclasses import dataclass

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Checkbox


class Tick(Checkbox, inherit_bindings=False):
    """A check box that does not rely on colour: it is empty or has a cross. Enter submits, as in a field."""

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
        """The user pressed enter."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]
        return "[x]" if self.value else "[ ]"

    def action_submit(self) -> None:
        self.post_message(self.Submitted())
