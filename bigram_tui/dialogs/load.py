"""Loading a network from a file whose path is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.widgets import Input, Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.files.loading import load_network
from bigram_tui.lm.errors import NetworkFileError
from bigram_tui.lm.network_file import SavedNetwork
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.widgets.field import Field


class LoadDialog(Dialog[SavedNetwork]):
    """Dismisses with the network that was read."""

    DEFAULT_CSS = """
    LoadDialog {
        Input { margin-bottom: 1; }
        #state { height: auto; min-height: 1; }
    }
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def compose(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = "Load a network"
            box.border_subtitle = "enter loads, escape closes"
            yield Field(placeholder="path of a .safetensors file", compact=True)
            about = "The run goes on from the step at which it was saved."
            yield Static(Content.styled(about, "$muted"), id="state")

    @on(Input.Submitted)
    def load(self, event: Input.Submitted) -> None:
        try:
            saved = load_network(Path(os.path.expanduser(event.value)), self._vocabulary)
        except NetworkFileError as error:
            self.query_one("#state", Static).update(Content.styled(str(error), "$error"))
        else:
            self.dismiss(saved)
