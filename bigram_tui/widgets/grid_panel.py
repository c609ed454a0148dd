"""The table with its legend: one of several views, as large as possible."""

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import say
from bigram_tui.views.grid import DECADES, Cell, GridView
from bigram_tui.views.grid_views import Views
from bigram_tui.views.ramp import STEPS
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_looks import ZOOMS
from bigram_tui.widgets.rendering import ByLine, entitle

BAR_WIDTH = 20
"""The length of the bar of colours, where there is room."""


class RampLegend(ByLine, Widget):
    """The smallest and the largest value with the colours between them, and the name of the scale."""

    DEFAULT_CSS = "RampLegend { height: 1; color: $muted; }"

    _grid: BigramGrid | None = None

    def show(self, grid: BigramGrid) -> None:
        self._grid = grid
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        grid = self._grid
        if grid is None or grid.view is None:
            return self.full_line([], width)
        view, colours = grid.view, grid.ramp_styles
        largest = view.number(view.largest)
        if view.diverging:
            low, scale = view.number(-view.largest), "linear"
        elif grid.scale == "logarithmic":
            low, scale = "≤" + view.number(view.largest / 10**DECADES), "logarithmic"
        elif grid.scale == "per row":
            low, largest, scale = "0", say("row's largest"), "per row"
        else:
            low, scale = "0", "linear"
        text = f" {largest}  {say(scale)} · {view.kind.symbol}"
        bar, length = [], min(BAR_WIDTH, max(2, width - cell_len(f"{low} {text}")))
        for column in range(length):
            shade = round(column * (STEPS - 1) / (length - 1))
            if colours.styles is None:
                bar.append(Segment(colours.block(shade)[0]))
            else:
                bar.append(Segment(" ", Style(bgcolor=colours.styles[shade].bgcolor)))
        return self.full_line([Segment(low + " "), *bar, Segment(text)], width)


class GridPanel(Vertical):
    """A grid that shows one of these views, with a title above and a legend below."""

    DEFAULT_CSS = """
    GridPanel {
        height: 1fr;
        & > BigramGrid {
            height: 1fr;
            border-top: round $foreground 25%;
            border-title-color: $text;
            border-title-style: bold;
            &:focus { border-top: round $accent; }
        }
    }
    """

    def __init__(self, views: Views, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._views = views
        self.view = next(iter(views))
        """The current view."""

        self.by_frequency = False
        """Whether rows are sorted by frequency."""

        self._shown: tuple[Dataset, Training] | None = None

    def compose(self) -> ComposeResult:
        yield BigramGrid(id="grid")
        yield RampLegend(id="legend")

    @property
    def grid(self) -> BigramGrid:
        return self.query_one(BigramGrid)

    def show(self, dataset: Dataset, training: Training) -> None:
        grid, views = self.grid, list(self._views)
        self._shown = dataset, training
        view = self.view_of(dataset, training)
        if self.by_frequency and isinstance(view, GridView):
            view = replace(view, states=dataset.counts.states_by_frequency)
        grid.show(view)
        place = say("{place} of {views}", place=views.index(self.view) + 1, views=len(views))
        entitle(grid, f"{place} · {grid.view.title if grid.view else self.view.label}")
        self.show_legend()

    def view_of(self, dataset: Dataset, training: Training) -> GridView | str:
        """The data for the current view, or a message why there is none."""
        return self._views[self.view](dataset, training)

    @on(BigramGrid.OrderWanted)
    def change_order(self) -> None:
        self.by_frequency = not self.by_frequency
        if self._shown:
            self.show(*self._shown)

    def ngram_at(self, cell: Cell) -> Cell:
        """The context number and the token of a cell of the grid."""
        states = self.grid.view.states if self.grid.view else self._states
        return Cell(states[cell.row], cell.column) if cell.row < len(states) else cell

    @property
    def _states(self) -> Sequence[int]:
        return self._shown[0].counts.states if self._shown else ()

    def neighbour(self, step: int) -> View:
        """The view this many places further on."""
        views = list(self._views)
        return views[(views.index(self.view) + step) % len(views)]

    def choose_zoom(self, room: Size) -> None:
        """Choose the largest cells at which the whole table fits, unless the user has chosen a zoom."""
        grid = self.grid
        if not grid.zoom_was_chosen and grid.view is not None:
            sizes = [grid.size_at(zoom) for zoom in range(len(ZOOMS))]
            is_long = len(grid.view) > len(grid.view.signs)  # it has to be scrolled anyway
            fitting = (
                zoom
                for zoom, size in enumerate(sizes)
                if size.width <= room.width and (size.height <= room.height or is_long)
            )
            grid.zoom = max(fitting, default=0)

    @on(BigramGrid.LooksChanged)
    def show_legend(self) -> None:
        self.query_one(RampLegend).show(self.grid)
