"""The code that computes what a pane shows: to read, to copy, or to save as a script or a notebook."""

import re
from collections.abc import Iterable
from functools import lru_cache

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import HighlightTheme, highlight
from textual.selection import Selection

from bigram_tui.code.notebook import Notebook
from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.dialogs.path import ask_to_save
from bigram_tui.texts import say
from bigram_tui.widgets.prose import Flowing

BAR = "▌ "


class _Cells(Flowing):
    """The bars beside the code are not selectable."""

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        selected = super().get_selection(selection)
        return selected and (re.sub(f"^{BAR}?", "", selected[0], flags=re.MULTILINE), selected[1])


class CodeDialog(Dialog[None]):
    DEFAULT_CSS = """
    CodeDialog {
        & > VerticalScroll { width: 99; scrollbar-size: 1 1; }
    }
    """
    BINDINGS = [
        Binding("c", "copy", "Copy"),
        Binding("v", "next_way", "Another way", tooltip="The same numbers from other code"),
        Binding("e", "export", "Export"),
        Binding("p,q", "close", "Close", show=False),
    ]

    def __init__(self, notebook: Notebook, name: str) -> None:
        """`name` is the suggested file name, without extension."""
        super().__init__()
        self._ways = notebook.ways
        self.way = 0
        """The index of the alternative that is shown."""

        self._name_of_file = name

    def compose_box(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = say("Code: {title}", title=self.notebook.title)
            yield _Cells(Content("\n").join(_lines(self.notebook)))

    def on_mount(self) -> None:
        self._tell_ways()

    @property
    def notebook(self) -> Notebook:
        return self._ways[self.way]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "next_way" or len(self._ways) > 1

    def action_next_way(self) -> None:
        self.way = (self.way + 1) % len(self._ways)
        self.query_one(_Cells).update(Content("\n").join(_lines(self.notebook)))
        self._tell_ways()

    def _tell_ways(self) -> None:
        if len(self._ways) > 1:
            self.query_one(VerticalScroll).border_subtitle = say(
                "way {n} of {count}", n=self.way + 1, count=len(self._ways)
            )

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.notebook.as_script())

    def action_export(self) -> None:
        writers = {".py": self.notebook.as_script, ".ipynb": self.notebook.as_notebook}
        ask_to_save(self.app, say("Export the code"), self._name_of_file, writers)


def _lines(notebook: Notebook) -> Iterable[Content]:
    """The text of each cell, followed by its code with a bar beside it."""
    for cell in notebook.cells:
        if cell.words:
            yield Content.styled(cell.words, "$muted")
        for line in _highlighted(cell.code):
            yield Content.styled(BAR, "$foreground 15%") + line
        yield Content("")


class _Readable(HighlightTheme):
    """Textual's colours, without dimming."""

    STYLES = {
        token: re.sub(r" \d+%", "", style.replace("$text 60%", "$muted"))
        for token, style in HighlightTheme.STYLES.items()
    }


@lru_cache(maxsize=64)
def _highlighted(code: str) -> list[Content]:
    """The lines, highlighted. Cached, since most cells are always the same, and highlighting is slow."""
    return highlight(code, language="python", theme=_Readable).split(allow_blank=True)
