"""Help for a pane: what it shows, its keys according to its bindings, and answers to questions."""

import re
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.session.workspace import Workspace
from bigram_tui.texts import say, text
from bigram_tui.views.numbers import number
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

    def __init__(self, mode: str, workspace: Workspace, parts: Iterable[DOMNode]) -> None:
        """For the pane of this mode; `parts` are its nodes with bindings, the pane itself first."""
        super().__init__()
        self._mode, self._workspace, self._parts = mode, workspace, tuple(parts)

    def compose_box(self) -> ComposeResult:
        language = self._workspace.language.latest
        about, keys, questions = re.split(
            r"^(?=## )", text(language, f"help/{self._mode}"), maxsplit=2, flags=re.MULTILINE
        )
        with VerticalScroll() as box:
            box.border_title = say("Help: {pane}", pane=say(PANES[self._mode]))
            yield Prose(about + keys)
            yield self._table(*self._parts)
            yield Prose(text(language, "help/everywhere"))
            yield self._table(self.app)
            exercises = text(language, "help/exercises").format_map(self._figures())
            yield Prose(f"{questions}\n{exercises}")

    def _figures(self) -> dict[str, str]:
        """The numbers of this list, for the gaps in the last section."""
        from bigram_tui.lm.evaluation import without_beginnings

        dataset, two = self._workspace.dataset.latest, self._workspace.trigrams
        V, k = len(dataset.counts.vocabulary), dataset.smoothing
        figures = {"V": f"{V:,}", "parts": f"{V + 1:,}", "trigrams": ""}
        if two is not None:
            _, nll = without_beginnings(two, k)
            figures["trigrams"] = say(
                " With a context of 2 and smoothing {k:g} the mean over this list is {all} nats, and {rest} "
                "without the first letters.",
                k=k,
                all=number(two.nll(k)),
                rest=number(nll),
            )
        return figures

    def _table(self, *owners: DOMNode) -> Static:
        """The keys of these nodes, each with what it does."""
        keys = [(keys_of(self.app, key), say(key.tooltip)) for owner in owners for key in explained(owner)]
        return Static(table(keys, "bold"), classes="keys")
