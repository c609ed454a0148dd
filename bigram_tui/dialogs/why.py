"""Why a number is what it is, step by step."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.texts import say
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.prose import Flowing


class WhyDialog(Dialog[None]):
    """Shows an explanation, or a message why there is none yet."""

    DEFAULT_CSS = "WhyDialog > VerticalScroll { scrollbar-size: 1 1; & > Flowing { padding-right: 1; } }"
    BINDINGS = [Binding("w,f2,q", "close", "Close", show=False)]

    def __init__(self, explanation: Explanation | str) -> None:
        super().__init__()
        self.explanation = explanation

    def compose_box(self) -> ComposeResult:
        with VerticalScroll() as box:
            if isinstance(self.explanation, str):
                box.border_title = say("Why?")
                yield Flowing(Content(self.explanation))
            else:
                box.border_title = Content(say("Why: {title}", title=self.explanation.title))
                yield Flowing(Content("\n").join(_lines(self.explanation)))


def _lines(explanation: Explanation) -> Iterable[Content]:
    """The numbered steps, each with its computation indented below; the result is highlighted."""
    for place, step in enumerate(explanation.steps, 1):
        if place > 1:
            yield Content("")
        yield Content.assemble((f"{place}.  ", "$muted"), step.words)
        for line in step.numbers:
            is_result = step is explanation.steps[-1] and line is step.numbers[-1]
            result = explanation.result if is_result else ""
            begin = f"     {line.removesuffix(result)}"
            yield Content.assemble((begin, "$text-secondary"), (result, "bold $text-accent"))
