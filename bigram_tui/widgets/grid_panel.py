"""The table with what its colours mean: one of several views, as large as there is room for."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from bigram_tui.session.snapshots import Dataset, Training
from bigram_tui.views.grid import GridView
from bigram_tui.views.grid_views import Views
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_looks import ZOOMS
from bigram_tui.widgets.ramp_legend import RampLegend


class GridPanel(Vertical):
    """A grid that shows one of these views, and its legend."""

    DEFAULT_CSS = "GridPanel { height: 1fr; & > BigramGrid { height: 1fr; } }"

    def __init__(self, views: Views, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._views = views
        self.view = next(iter(views))
        """The one that is shown, or will be."""

    def compose(self) -> ComposeResult:
        yield BigramGrid(id="grid")
        yield RampLegend(id="legend")

    @property
    def grid(self) -> BigramGrid:
        return self.query_one(BigramGrid)

    def show(self, dataset: Dataset, training: Training) -> None:
        self.grid.show(self.view_of(dataset, training))
        self.show_legend()

    def view_of(self, dataset: Dataset, training: Training) -> GridView | str:
        """What the view chosen shows of these; in words why it cannot."""
        return self._views[self.view](dataset, training)

    def neighbour(self, step: int) -> View:
        """The view so many places on."""
        views = list(self._views)
        return views[(views.index(self.view) + step) % len(views)]

    def choose_zoom(self, room: Size) -> None:
        """The largest cells of which the whole table fits in, until the user chooses others."""
        grid = self.grid
        if not grid.zoom_was_chosen and grid.view is not None:
            sizes = [grid.size_at(zoom) for zoom in range(len(ZOOMS))]
            fitting = (z for z, s in enumerate(sizes) if s.width <= room.width and s.height <= room.height)
            grid.zoom = max(fitting, default=0)

    @on(BigramGrid.LooksChanged)
    def show_legend(self) -> None:
        self.query_one(RampLegend).show(self.grid)
