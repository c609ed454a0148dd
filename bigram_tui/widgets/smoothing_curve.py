"""The likelihood of the data against the smoothing k.

textual-plot takes 0.4 s to import: import this module only when the first frame is long past.
"""

import numpy as np
from textual_plot import HiResMode

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.widgets.plot import Plot

DECADES = (-3, 4)
"""k from 0.001 to 10,000."""


class SmoothingCurve(Plot, inherit_bindings=False):
    """Mean negative log-likelihood over log₁₀ k, with the k in use marked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Plot.margin_bottom, 2)
        self.set_xlabel("log₁₀ k")

    def show(self, counts: NgramCounts, smoothing: float) -> None:
        points = 57 if len(counts.keys) < 50_000 else 15
        exponents = np.linspace(*DECADES, points)
        losses = [counts.nll(10.0**exponent) for exponent in exponents]
        colours = self.app.theme_variables
        with self.app.batch_update():
            self.clear()
            self.set_xlimits(*DECADES)
            self.plot(exponents, losses, colours["counting"], HiResMode.BRAILLE)
            if smoothing > 0:
                exponent = float(np.log10(smoothing))
                self.scatter([exponent], [counts.nll(smoothing)], "●", colours["text-accent"])
