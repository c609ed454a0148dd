"""The line at the top: the dataset, and the panes with their numbers."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.rendering import ByLine

PANES = {
    "dataset": "Dataset",
    "counts": "Counts",
    "training": "Training",
    "generator": "Generator",
    "contexts": "Contexts",
}
"""The app's modes and their titles, in the order of their keys 1 to 5."""

SHORT = {
    "dataset": Phrase("Data"),
    "counts": Phrase("Counts"),
    "training": Phrase("Train"),
    "generator": Phrase("Draw"),
    "contexts": Phrase("Contexts"),
}
"""Short titles, for when there is too little room for the dataset."""


class PaneHeader(ByLine, Widget):
    """The dataset on the left, the panes on the right; a click opens a pane."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"pane-header--name", "pane-header--active", "pane-header--hovered"}
    DEFAULT_CSS = """
    PaneHeader {
        dock: top;
        height: 1;
        background: $panel;
        pointer: pointer;
        & > .pane-header--name { color: $foreground; text-style: bold; }
        & > .pane-header--active { background: $accent; color: $on-accent; text-style: bold; }
        & > .pane-header--hovered { background: $foreground 10%; }
    }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._about: Sequence[str] = ()
        self._hovered: str | None = None

    def show(self, *about: str) -> None:
        """What is said about the dataset; the last of it is left out where room is scarce."""
        self._about = about
        self.refresh()

    def _fitting(self) -> tuple[str, dict[str, str]]:
        """What is said about the dataset, and what stands for each mode: as much as there is room for."""
        active, briefly = {self._mode: SHORT[self._mode]}, self._about[:-1]
        layouts = ((PANES, self._about), (SHORT, self._about), (SHORT, briefly), (active, self._about))
        for titles, about in (*layouts, (active, briefly)):
            name = f" {' · '.join(about)} "
            tabs = {
                mode: f" {number} {say(titles[mode])} " if mode in titles else f" {number} "
                for number, mode in enumerate(PANES, 1)
            }
            room = max(self.size.width - sum(map(cell_len, tabs.values())), 0)
            if cell_len(name) <= room:
                return set_cell_size(name, room), tabs
        return set_cell_size(set_cell_size(name, max(room - 2, 0)) + "… ", room), tabs

    def render_line(self, y: int) -> Strip:
        name, tabs = self._fitting()
        segments = [Segment(name, self.get_component_rich_style("pane-header--name"))]
        for mode, text in tabs.items():
            part = "active" if mode == self._mode else "hovered" if mode == self._hovered else None
            style = self.get_component_rich_style(f"pane-header--{part}") if part else None
            segments.append(Segment(text, style))
        return self.full_line(segments, self.size.width)

    def _at(self, x: int) -> str | None:
        name, tabs = self._fitting()
        x -= cell_len(name)
        for mode, text in tabs.items():
            if 0 <= x < cell_len(text):
                return mode
            x -= cell_len(text)
        return None

    def _hover(self, mode: str | None) -> None:
        if mode != self._hovered:
            self._hovered = mode
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    async def on_click(self, event: events.Click) -> None:
        mode = self._at(event.x)
        if mode is not None:
            await self.app.run_action(f"app.go_to_pane('{mode}')")
