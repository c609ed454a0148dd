"""One line that says what the colours of a grid mean."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.views.grid import DECADES
from bigram_tui.views.ramp import STEPS
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.rendering import ByLine

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
            low, largest, scale = "0", "row's largest", "per row"
        else:
            low, scale = "0", "linear"
        bar = []
        for column in range(BAR_WIDTH):
            shade = round(column * (STEPS - 1) / (BAR_WIDTH - 1))
            if colours.styles is None:
                bar.append(Segment(colours.block(shade)[0]))
            else:
                bar.append(Segment(" ", Style(bgcolor=colours.styles[shade].bgcolor)))
        text = f" {largest}  {scale} · {view.kind.symbol}"
        return self.full_line([Segment(low + " "), *bar, Segment(text)], width)
