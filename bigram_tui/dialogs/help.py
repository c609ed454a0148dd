"""Help for a pane: what it shows, its keys, read from the bindings themselves, and questions answered."""

import re
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.texts import say, text
from bigram_tui.widgets.actions import explained, keys_of
from bigram_tui.widgets.pane_header import PANES
from bigram_tui.widgets.prose import Prose
from bigram_tui.widgets.rendering import table


class HelpDialog(Dialog[None]):
    DEFAULT_CSS = """
    HelpDialog > VerticalScroll {
        padding: 0 0 0 2;
        scrollbar-size: 1 1;
        & > * { margin: 0 1 0 0; }
        & > .keys { margin-bottom: 1; }
    }
    """
    BINDINGS = [Binding("question_mark,f1,q", "close", "Close", show=False)]

    def __init__(self, mode: str, language: str, parts: Iterable[DOMNode]) -> None:
        """For the pane of this mode; `parts` are what has keys there, the pane itself first."""
        super().__init__()
        self._mode, self._language, self._parts = mode, language, tuple(parts)

    def compose(self) -> ComposeResult:
        about, keys, questions = re.split(
            r"^(?=## )", text(self._language, f"help/{self._mode}"), maxsplit=2, flags=re.MULTILINE
        )
        with VerticalScroll() as box:
            box.border_title = say("Help: {pane}", pane=say(PANES[self._mode]))
            box.border_subtitle = say("escape closes")
            yield Prose(about + keys)
            yield self._table(*self._parts)
            yield Prose(text(self._language, "help/everywhere"))
            yield self._table(self.app)
            yield Prose(questions)

    def _table(self, *owners: DOMNode) -> Static:
        """The keys of these, each with what it does."""
        keys = [(keys_of(self.app, key), say(key.tooltip)) for owner in owners for key in explained(owner)]
        return Static(table(keys, "bold"), classes="keys")
