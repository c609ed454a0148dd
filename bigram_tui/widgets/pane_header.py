"""The line at the top: the dataset, and the four panes with their numbers."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

PANES = {"dataset": "Dataset", "counts": "Counts", "training": "Training", "generator": "Generator"}
"""The modes of the app and their titles, in the order of their keys 1 to 4."""


class PaneTab(Static):
    """One pane's number and title; a click goes there."""

    ALLOW_SELECT = False

    def __init__(self, number: int, mode: str, active: bool) -> None:
        super().__init__(Content(f"{number} {PANES[mode]}"), classes="-active" if active else "")
        self._mode = mode

    async def on_click(self) -> None:
        await self.app.run_action(f"app.go_to_pane('{self._mode}')")


class PaneHeader(Horizontal):
    """Dataset on the left, panes on the right."""

    DEFAULT_CSS = """
    PaneHeader {
        dock: top;
        height: 1;
        background: $panel;
        #dataset-name { width: 1fr; padding: 0 1; text-style: bold; }
        #dataset-name { text-wrap: nowrap; text-overflow: ellipsis; }
        PaneTab { width: auto; padding: 0 1; color: $muted; pointer: pointer; }
        PaneTab:hover { background: $foreground 10%; }
        PaneTab.-active { background: $accent; color: $on-accent; text-style: bold; }
    }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        yield Static(id="dataset-name")
        for number, mode in enumerate(PANES, 1):
            yield PaneTab(number, mode, mode == self._mode)

    def show(self, dataset: str) -> None:
        self.query_one("#dataset-name", Static).update(Content(dataset))
