"""A yes/no question."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalGroup
from textual.content import Content
from textual.widgets import Button

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.texts import say
from bigram_tui.widgets.prose import Flowing


class ConfirmDialog(Dialog[bool]):
    """Dismisses with True for yes."""

    DEFAULT_CSS = """
    ConfirmDialog {
        & > VerticalGroup { width: 60; padding: 1 2; }
        Horizontal { height: auto; margin-top: 1; align-horizontal: right; }
        Button, Button.-primary {
            margin-left: 2;
            background: transparent;
            color: $foreground;
            &:focus { background: $accent; color: $on-accent; text-style: bold; }
        }
    }
    """
    BINDINGS = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n", "answer(False)", "No"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose_box(self) -> ComposeResult:
        with VerticalGroup():
            yield Flowing(Content(self._question))
            with Horizontal():
                yield Button(f"{self._yes} (y)", id="yes", compact=True, variant="primary")
                yield Button(say("Cancel (n)"), id="no", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
