"""The Counts pane: the table as a coloured grid, and an inspector that explains a cell."""

from __future__ import annotations

import math

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from bigram_tui.panes.pane import Pane, table
from bigram_tui.widgets.bigram_grid import (
    ZOOMS,
    BigramGrid,
    GridView,
    compact_count,
    compact_probability,
)
from bigram_tui.workspace import Dataset

INSPECTOR_WIDTH = 38
VIEWS = ("counts", "probabilities")


class CountsPane(Pane):
    MODE = "counts"
    AUTO_FOCUS = "#grid"
    ABOUT = """\
How often each character follows each other one. The row is the current character, the column the next \
one; the deeper the colour, the larger the value. The first row and the first column are the boundary: \
how words begin, and how they end.

Counts N are what the data says. Probabilities P are the counts plus the smoothing k, divided by the row's \
sum: each row of P sums to 1."""
    BINDINGS = [
        Binding("v", "view(1)", "View", tooltip="Next view: counts, probabilities"),
        Binding("V", "view(-1)", "Previous view", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view = 0
        self._zoom_was_chosen = False

    def compose_parts(self) -> ComposeResult:
        with Grid(id="counts-parts"):
            yield BigramGrid(id="grid")
            yield Static(id="cell", classes="panel")
            with VerticalScroll(classes="panel", can_focus=False) as explanation:
                explanation.border_title = "Probability"
                yield Static(id="explanation")

    def begin(self) -> None:
        self.follow(self.workspace.dataset, self.show_dataset)

    def show_dataset(self, dataset: Dataset) -> None:
        grid = self.query_one(BigramGrid)
        grid.show(self._grid_view(dataset))
        grid.border_title = self._title(dataset)
        self._choose_zoom()
        self.explain()

    def _grid_view(self, dataset: Dataset) -> GridView:
        counts, signs = dataset.counts, dataset.counts.vocabulary.signs
        if VIEWS[self._view] == "counts":
            return GridView("counts", signs, lambda i: counts.N[i], int(counts.N.max()), compact_count)
        largest = max(float(dataset.model.row(i).max()) for i in range(len(signs)))
        return GridView("probabilities", signs, dataset.model.row, largest, compact_probability)

    def _title(self, dataset: Dataset) -> str:
        if VIEWS[self._view] == "counts":
            return f"Counts N ({dataset.counts.total:,} bigrams)"
        return f"Probabilities P (smoothing {dataset.smoothing:g}; each row sums to 1)"

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._choose_zoom()

    def _choose_zoom(self) -> None:
        """The largest cells that leave the inspector its room, until the user chooses others."""
        grid = self.query_one(BigramGrid)
        if self._zoom_was_chosen or grid.view is None:
            return
        width, height = self.size.width - INSPECTOR_WIDTH - 2, self.size.height - 4
        fitting = [
            zoom
            for zoom in range(len(ZOOMS))
            if grid.size_at(zoom).width <= width and grid.size_at(zoom).height <= height
        ]
        grid.zoom = max(fitting, default=0)

    @on(BigramGrid.Highlighted)
    def explain(self) -> None:
        """Explain the cell under the cursor with its own numbers."""
        grid, dataset = self.query_one(BigramGrid), self.workspace.dataset.latest
        counts, k = dataset.counts, dataset.smoothing
        i, j = grid.cursor
        signs, V = counts.vocabulary.signs, len(counts.vocabulary)
        n, total = counts.count(i, j), counts.row_totals[i]
        P = dataset.model.probability(i, j)
        unsmoothed = f"{n:,} / {total:,} = {n / total:.4f}" if total else "0 / 0, undefined"
        smoothed = f"({n:,} + {k:g}) / ({total:,} + {V}·{k:g}) = {P:.4f}"
        surprise = f"{-math.log(P):.4f} nats = {-math.log2(P):.4f} bits" if P else "infinite: P is 0"
        cell = self.query_one("#cell", Static)
        cell.border_title = Content(f"{signs[i]} → {signs[j]}")
        cell.update(
            table(
                [
                    ("count", f"{n:,}"),
                    ("of row", f"{total:,}"),
                    ("P", f"{P:.4f}"),
                    ("in row", f"#{counts.rank_in_row(i, j)} of {V}"),
                    ("in table", f"#{counts.rank_in_table(i, j):,} of {V * V:,}"),
                ]
            )
        )
        P_of = f"P({signs[j]}|{signs[i]})"
        self.query_one("#explanation", Static).update(
            Content.assemble(
                f"{n:,} of the {total:,} times that anything followed {signs[i]}, it was {signs[j]}.\n",
                f"{P_of} = {unsmoothed}",
                ("  without smoothing\n", "$muted"),
                f"{P_of} = {smoothed}",
                (f"  with smoothing {k:g}\n", "$muted"),
                f"−log {P_of} = {surprise}",
            )
        )

    def action_view(self, step: int) -> None:
        self._view = (self._view + step) % len(VIEWS)
        self.show_dataset(self.workspace.dataset.latest)
