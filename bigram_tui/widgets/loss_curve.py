"""The loss against the step, above the levels it can be compared with.

textual-plot takes 0.4 s to import: import this module only when torch is there.
"""

from __future__ import annotations

import numpy as np
from textual_plot import HiResMode, PlotWidget

from bigram_tui.trainer import Training


class LossCurve(PlotWidget, inherit_bindings=False):
    """A plot that its pane's keys reach: panning and zooming are left out."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, allow_pan_and_zoom=False)
        self._legend_look: object = None
        self.set_reactive(PlotWidget.margin_top, 0)
        self.set_reactive(PlotWidget.margin_bottom, 1)
        self.set_reactive(PlotWidget.margin_left, 6)

    def _update_legend(self) -> None:
        """Not after each line, which would lay out the screen as often: `show` does it when labels change."""

    def _show_legend_of(self, labels: list[str | None]) -> None:
        look = (tuple(labels), self.app.theme)
        if look != self._legend_look:
            self._legend_look = look
            self.show_legend(is_visible=bool(labels))
            super()._update_legend()

    def show(self, training: Training, floor: float, levels: dict[str, float]) -> None:
        """Draw the loss of every step, the floor, and those levels the loss has been near to."""
        losses = np.array([loss.total for loss in training.losses])
        end = max(training.settings.steps, len(losses) - 1, 1)
        top = max(float(losses.max()), floor + 0.1)
        colours = self.app.theme_variables
        with self.app.batch_update():
            self.clear()
            self.set_xlimits(0, end)
            self.set_ylimits(floor - 0.05 * (top - floor), top + 0.05 * (top - floor))
            for name, value in levels.items():
                if value <= top:
                    self.plot([0, end], [value, value], colours["uniform"], HiResMode.BRAILLE, name)
            self.plot([0, end], [floor, floor], colours["counting"], HiResMode.BRAILLE, "counting")
            if len(losses) == 1:
                self.scatter([0], losses, "●", colours["network"], label="loss")
            else:
                self.plot(np.arange(len(losses)), losses, colours["network"], HiResMode.BRAILLE, "loss")
            self._show_legend_of(self._labels if self.size.width >= 60 else [])
