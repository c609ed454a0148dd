"""What the plots have in common.

textual-plot takes 0.4 s to import: import this module only when the first frame is long past.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from rich.style import Style
from textual import on
from textual.app import ComposeResult, RenderResult
from textual.containers import Grid
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import VisualType
from textual_hires_canvas import Canvas
from textual_plot import PlotWidget
from textual_plot.plot_widget import Legend

if TYPE_CHECKING:
    from typing_extensions import Self


class _Canvas(Canvas):
    """A part of the plot that finds its own style, which is composed of many, once for all its lines."""

    _style_of_lines: Style | None = None

    @property
    def rich_style(self) -> Style:
        return self._style_of_lines or super().rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        self._style_of_lines = super().rich_style
        lines = super().render_lines(crop)
        self._style_of_lines = None
        return lines


class _Legend(Legend):
    """Laid out again only where it says something else."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        if content != self.content:
            super().update(content, layout=layout)


class Plot(PlotWidget, inherit_bindings=False):
    """Draws on its canvases as soon as it has changed, not when it is drawn itself.

    It is hidden by them: a frame does without it, and canvases that change during a frame ask for another.
    """

    _is_due = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, allow_pan_and_zoom=False)
        self.set_reactive(PlotWidget.margin_top, 0)
        self.set_reactive(PlotWidget.margin_left, 6)

    def compose(self) -> ComposeResult:
        with Grid():
            for part in ("margin-top", "margin-left", "plot", "margin-bottom"):
                yield _Canvas(1, 1, id=part)
        yield _Legend(id="legend")

    @on(Canvas.Resize)
    def fit(self) -> None:
        super().refresh(layout=True)
        self.refresh()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if layout or recompose:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if not self._is_due:
            self._is_due = True
            self.call_next(self._draw_on_canvases)
        return self

    def _draw_on_canvases(self) -> None:
        self._is_due = False
        self.render()

    def render(self) -> RenderResult:
        """All parts ask to be drawn once, instead of at each dot."""
        with ExitStack() as stack:
            for canvas in self.query(_Canvas):
                stack.enter_context(canvas.batch_refresh())
            return super().render()
