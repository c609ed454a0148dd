"""What all dialogs have in common."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen

from bigram_tui.terminal import Paced

Result = TypeVar("Result")


class Dialog(Paced, ModalScreen[Result | None]):
    """A box above the pane; escape closes it without a result."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > * {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            background: $surface;
            border: round $accent;
            border-title-style: bold;
            padding: 0 2;
        }
    }
    """
    BINDINGS = [Binding("escape", "close", "Close")]

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it, once: a second key may have come before the first one was answered."""
        return super().dismiss(result) if self.is_current else AwaitComplete()
