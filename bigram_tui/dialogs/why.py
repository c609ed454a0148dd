"""Why a number is what it is: the steps that lead to it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.why.explanation import Explanation


class WhyDialog(Dialog[None]):
    """Shows an explanation, or says in words why there is none yet."""

    DEFAULT_CSS = """
    WhyDialog {
        VerticalScroll { scrollbar-size: 1 1; }
        HorizontalGroup { margin-bottom: 1; }
        .place { width: 4; color: $muted; }
        .numbers { padding-left: 1; color: $secondary; }
    }
    """
    BINDINGS = [Binding("w,q", "close", "Close", show=False)]

    def __init__(self, explanation: Explanation | str) -> None:
        super().__init__()
        self.explanation = explanation

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_subtitle = "escape closes"
            if isinstance(self.explanation, str):
                box.border_title = "Why?"
                yield Static(Content(self.explanation))
            else:
                box.border_title = Content(f"Why: {self.explanation.title}")
                yield from self._steps(self.explanation)

    def _steps(self, explanation: Explanation) -> ComposeResult:
        for place, step in enumerate(explanation.steps, 1):
            lines = [Content(line) for line in step.numbers]
            if place == len(explanation.steps):
                begin = step.numbers[-1].removesuffix(explanation.result)
                lines[-1] = Content.assemble(begin, (explanation.result, "bold $accent"))
            with HorizontalGroup():
                yield Static(f"{place}.", classes="place")
                with VerticalGroup():
                    yield Static(Content(step.words))
                    if lines:
                        yield Static(Content("\n").join(lines), classes="numbers")
