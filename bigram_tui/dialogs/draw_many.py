"""Asking how many names to draw, and where to when they are too many for the table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.widgets import Input, Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.lm.settings import whole_number
from bigram_tui.lm.vocabulary import visible
from bigram_tui.session.names_file import NAMES_AS
from bigram_tui.session.snapshots import NEWEST
from bigram_tui.widgets.field import Field

MOST = 1_000_000_000


@dataclass(frozen=True)
class Wanted:
    """How many names, and the file they are written to, if any."""

    count: int
    path: Path | None


class DrawManyDialog(Dialog[Wanted]):
    """Dismisses with what is wanted."""

    DEFAULT_CSS = """
    DrawManyDialog {
        & > VerticalGroup { width: 68; }
        Input { margin-bottom: 1; }
        #file-part { display: none; height: auto; }
        #state { height: auto; min-height: 1; color: $muted; }
        #state.-failed { color: $error; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = "How many names?"
            box.border_subtitle = "enter draws, escape closes"
            yield Field(value=f"{NEWEST:,}", id="count", compact=True)
            with VerticalGroup(id="file-part"):
                yield Static(f"The table keeps the newest {NEWEST:,}. A file can have all of them:")
                yield Field(placeholder="names.txt or names.csv, or nothing", id="file", compact=True)
            yield Static(id="state")

    def on_mount(self) -> None:
        self._tell("They are drawn in the background; escape ends it.")

    @on(Input.Changed)
    def offer_file(self) -> None:
        self._overwrite = None
        self.query_one("#file-part").display = (self._count or 0) > NEWEST

    @property
    def _count(self) -> int | None:
        try:
            count = whole_number(self.query_one("#count", Input).value)
        except ValueError:
            return None
        return count if 1 <= count <= MOST else None

    @on(Input.Submitted)
    def draw(self) -> None:
        count, file = self._count, self.query_one("#file", Input).value.strip()
        if count is None:
            self._tell(f"This must be a whole number from 1 to {MOST:,}", failed=True)
        elif count <= NEWEST or not file:
            self.dismiss(Wanted(count, None))
        else:
            self._draw_to(count, Path(os.path.expanduser(file)))

    def _draw_to(self, count: int, path: Path) -> None:
        if path.suffix.lower() not in NAMES_AS:
            self._tell(f"The name of the file must end in one of {', '.join(NAMES_AS)}", failed=True)
        elif os.path.exists(path) and path != self._overwrite:
            self._overwrite = path
            self._tell(f"{visible(str(path))} exists: press enter again to overwrite it", failed=True)
        else:
            self.dismiss(Wanted(count, path))

    def _tell(self, text: str, failed: bool = False) -> None:
        state = self.query_one("#state", Static)
        state.set_class(failed, "-failed")
        state.update(Content(text))
