"""Saving what a pane shows to a file whose path is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.widgets import Input, Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.vocabulary import visible
from bigram_tui.widgets.field import Field

Writers = Mapping[str, Callable[[], str | bytes]]
"""What makes the content of a file, by the ending of its name."""


class ExportDialog(Dialog[Path]):
    """Dismisses with the path that was written."""

    DEFAULT_CSS = """
    ExportDialog {
        Input { margin-bottom: 1; }
        #state { height: auto; min-height: 1; }
    }
    """

    def __init__(self, what: str, name: str, writers: Writers) -> None:
        super().__init__()
        self._what = what
        self._file_name = name
        self._writers = writers
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = Content(f"Export {self._what}")
            box.border_subtitle = "enter saves, escape closes"
            yield Field(value=f"{self._file_name}{next(iter(self._writers))}", compact=True)
            yield Static(id="state")

    def on_mount(self) -> None:
        self._tell(f"The ending decides what is written: {', '.join(self._writers)}")

    @on(Input.Changed)
    def forget_question(self) -> None:
        self._overwrite = None

    @on(Input.Submitted)
    def save(self, event: Input.Submitted) -> None:
        path = Path(os.path.expanduser(event.value))
        writer = self._writers.get(path.suffix.lower())
        if writer is None:
            self._tell(f"The name must end in one of {', '.join(self._writers)}", failed=True)
        elif os.path.exists(path) and path != self._overwrite:
            self._overwrite = path
            self._tell(f"{visible(str(path))} exists: press enter again to overwrite it", failed=True)
        else:
            self._write(path, writer)

    def _write(self, path: Path, writer: Callable[[], str | bytes]) -> None:
        try:
            content = writer()
            write_atomically(path, content.encode() if isinstance(content, str) else content)
        except OSError as error:
            self._tell(f"{visible(str(path))} cannot be written: {error.strerror}", failed=True)
        else:
            self.dismiss(path)

    def _tell(self, text: str, failed: bool = False) -> None:
        self.query_one("#state", Static).update(Content.styled(text, "$error" if failed else "$muted"))
