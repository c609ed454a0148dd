"""The likelihood of the data, and of dev if there is one, by smoothing k.

Importing textual-plot takes 0.4 s: import this module well after the first frame.
"""

import math

import numpy as np

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.smoothing import Ladder, Text
from bigram_tui.texts import say
from bigram_tui.views import scale
from bigram_tui.widgets.plot import Plot

DECADES = (-3, 4)
"""k from 0.001 to 10,000."""


class SmoothingCurve(Plot, inherit_bindings=False):
    """Mean negative log-likelihood by k on a logarithmic scale, with the k in use marked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Plot.margin_bottom, 2)
        self._shown: tuple[NgramCounts, NgramCounts | None, float] | None = None

    def show(self, counts: NgramCounts, dev: NgramCounts | None, smoothing: float) -> None:
        self._shown = counts, dev, smoothing
        self.paint()

    def paint(self) -> None:
        if self._shown is None:
            return
        self.set_xlabel(say("smoothing k, logarithmic"))
        counts, held_out, smoothing = self._shown
        exponents = np.linspace(*DECADES, 57 if len(counts.keys) < 50_000 else 15)
        losses = np.array([counts.nll(10.0**exponent) for exponent in exponents])
        dev = losses[:0]
        if held_out:
            text = Text(Ladder(counts), held_out)
            dev = np.array(text.add_k_curve(10.0**exponents, counts.context))
        with self.app.batch_update():
            self.clear()
            both = np.append(losses, dev)
            bottom, top = float(both.min()), float(both.max())
            self.set_scales(
                scale.of_columns(*DECADES, self.room.width, lambda exponent: f"{10.0**exponent:,g}"),
                scale.of_rows(bottom, top, self.room.height, scale.even),
            )
            self.curve(exponents, losses, self.colour("counting"), say("train") if held_out else "")
            if held_out:
                self.curve(exponents, dev, self.colour("network"), say("dev"))
                self.name_lines()
            if smoothing > 0:
                self.mark(math.log10(smoothing), counts.nll(smoothing), "●", self.colour("text-accent"))
