"""The first start: what this program is, and where to begin."""

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.texts import say

ITS_OWN = {"enter", "up", "down", "escape"}
"""Keys that are not passed on to the pane."""


class WelcomeDialog(Dialog[str]):
    """Dismisses with the key to pass on to the pane, where it does what it always does."""

    DEFAULT_CSS = """
    WelcomeDialog {
        & > VerticalGroup { width: 64; }
        Static { margin-bottom: 1; }
        OptionList { height: 2; border: none; padding: 0; background: $surface; }
        OptionList > .option-list--option-highlighted { background: $accent; color: $on-accent; }
    }
    """

    def compose(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = say("How a language model works")
            yield Static(
                say(
                    "The program counts a list of names letter by letter, a small network learns the same "
                    "table, and both draw new names. Every number on the screen can be explained."
                )
            )
            lesson, around = say("l  Take the lesson"), say("escape  Look around")
            yield OptionList(Option(lesson, id="l"), Option(around), compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def on_key(self, event: events.Key) -> None:
        if event.key not in ITS_OWN:
            event.stop()
            self.dismiss(event.key)

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the box."""
        if event.widget is self:
            self.dismiss()
