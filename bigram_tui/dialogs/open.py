"""Opening another word list: a built-in source, a file or a URL."""

from __future__ import annotations

import os
import threading

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.lm.corpus import Corpus
from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.errors import BigramError, DatasetError
from bigram_tui.lm.sources import BUILT_IN, load
from bigram_tui.lm.vocabulary import visible
from bigram_tui.locations import cache_folder

Opened = tuple[Corpus, BigramCounts]


class OpenDialog(Dialog[Opened]):
    """Dismisses with the words and their counts. Until then the app keeps what it has."""

    DEFAULT_CSS = """
    OpenDialog {
        Input { margin: 0 0 1 0; }
        OptionList { height: auto; background: $surface; border: none; padding: 0; }
        #state { height: auto; min-height: 1; margin-top: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = threading.Event()

    def compose(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = "Open a word list"
            box.border_subtitle = "enter opens, escape closes"
            yield Input(placeholder="a text file with one word a line, or an http(s) address", compact=True)
            yield OptionList(
                *(Option(Content(f"{name}: {what}"), id=name) for name, what in BUILT_IN.items())
            )
            yield Static(id="state")

    @on(Input.Submitted)
    def open_typed(self, event: Input.Submitted) -> None:
        if typed := event.value.strip():
            self._open(typed)

    @on(OptionList.OptionSelected)
    def open_built_in(self, event: OptionList.OptionSelected) -> None:
        self._open(str(event.option.id))

    def _open(self, dataset: str) -> None:
        self._tell(f"reading {visible(dataset)} …")
        self._cancelled.set()
        self._cancelled = cancelled = threading.Event()
        threading.Thread(target=self._read, args=(dataset, cancelled), daemon=True).start()

    def on_unmount(self) -> None:
        self._cancelled.set()

    def _read(self, dataset: str, cancelled: threading.Event) -> None:
        """In a thread of its own, which nothing waits for: what does not answer must not hold up the app."""

        def progress(received: int, total: int | None) -> None:
            if cancelled.is_set():
                raise DatasetError("cancelled")
            of = f" of {total:,}" if total else ""
            self.app.call_later(self._tell, f"{received:,}{of} bytes received …")

        try:
            if dataset == "-" or _is_pipe_or_device(dataset):
                raise DatasetError("pipes and devices can only be opened on the command line")
            corpus = load(dataset, cache_folder(), progress)
            opened = corpus, BigramCounts.of(corpus.words)
        except BigramError as error:
            if not cancelled.is_set():
                self.app.call_later(self._tell, str(error), True)
        else:
            if not cancelled.is_set():
                self.app.call_later(self._close_with, opened)

    def _close_with(self, opened: Opened) -> None:
        if self.is_current:
            self.dismiss(opened)

    def _tell(self, text: str, failed: bool = False) -> None:
        if self.is_mounted:
            self.query_one("#state", Static).update(Content.styled(text, "$error" if failed else "$muted"))


def _is_pipe_or_device(dataset: str) -> bool:
    path = os.path.expanduser(dataset)
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))
