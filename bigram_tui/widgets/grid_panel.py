"""The table with what its colours mean: one of several views, as large as there is room for."""

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.session.snapshots import Dataset, Training
from bigram_tui.texts import say
from bigram_tui.views.grid import DECADES, GridView
from bigram_tui.views.grid_views import Views
from bigram_tui.views.ramp import STEPS
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_looks import ZOOMS
from bigram_tui.widgets.rendering import ByLine, entitle

BAR_WIDTH = 20


class RampLegend(ByLine, Widget):
    """The smallest and the largest value with the colours between them, and the scale's name."""

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
        view, colours = grid.view, grid.palette
        largest = view.number(view.largest)
        if view.diverging:
            low, scale = view.number(-view.largest), "linear"
        elif grid.scale == "logarithmic":
            low, scale = "≤" + view.number(view.largest / 10**DECADES), "logarithmic"
        elif grid.scale == "per row":
            low, largest, scale = "0", say("row's largest"), "per row"
        else:
            low, scale = "0", "linear"
        bar = []
        for column in range(BAR_WIDTH):
            shade = round(column * (STEPS - 1) / (BAR_WIDTH - 1))
            if colours.styles is None:
                bar.append(Segment(colours.block(shade)[0]))
            else:
                bar.append(Segment(" ", Style(bgcolor=colours.styles[shade].bgcolor)))
        text = f" {largest}  {say(scale)} · {view.kind.symbol}"
        return self.full_line([Segment(low + " "), *bar, Segment(text)], width)


class GridPanel(Vertical):
    """A grid that shows one of these views, with its title above it and its legend below."""

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
        """The one that is shown, or will be."""

    def compose(self) -> ComposeResult:
        yield BigramGrid(id="grid")
        yield RampLegend(id="legend")

    @property
    def grid(self) -> BigramGrid:
        return self.query_one(BigramGrid)

    def show(self, dataset: Dataset, training: Training) -> None:
        grid, views = self.grid, list(self._views)
        grid.show(self.view_of(dataset, training))
        place = say("{place} of {views}", place=views.index(self.view) + 1, views=len(views))
        entitle(grid, f"{place} · {grid.view.title if grid.view else self.view.label}")
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
