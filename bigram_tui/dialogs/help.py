"""Help for a pane: what it shows, and its keys, read from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.panes.pane import Pane, table
from bigram_tui.texts import text
from bigram_tui.widgets.pane_header import PANES

EVERYWHERE = """\
tab and shift+tab go to the next and the previous part. Arrows, home, end and the page keys belong to the \
part that has the focus; the mouse works too. ctrl+p finds everything the program can do by its name."""


class HelpDialog(Dialog[None]):
    """Explains one pane."""

    DEFAULT_CSS = "HelpDialog .keys { margin: 1 0; }"
    BINDINGS = [Binding("question_mark,f1,q", "close", "Close", show=False)]

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        parts = [binding for part in self._pane.focus_chain for binding in _described(type(part))]
        with VerticalScroll() as box:
            box.border_title = f"Help: {PANES[self._pane.MODE]}"
            box.border_subtitle = "escape closes"
            yield Static(Content(text(self._pane.workspace.language.latest, f"help/{self._pane.MODE}")))
            yield Static(self._keys([*_described(type(self._pane)), *parts]), classes="keys")
            yield Static(Content(EVERYWHERE))
            yield Static(self._keys(_described(type(self.app))), classes="keys")

    def _keys(self, bindings: Iterable[Binding]) -> Content:
        return table([(self.app.get_key_display(binding), binding.tooltip) for binding in bindings])


def _described(owner: type[DOMNode]) -> Iterable[Binding]:
    """The bindings of a class that say what they do."""
    return (binding for binding in owner.BINDINGS if isinstance(binding, Binding) and binding.tooltip)
