"""The losses on train and dev by the k of add-k; its cursor is the k in use.

Importing textual-plot takes 0.4 s: import this module well after the first frame.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from textual import events
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from bigram_tui.lm.evaluation import CURVE, Tuning
from bigram_tui.texts import say
from bigram_tui.views import scale
from bigram_tui.widgets.plot import Plot

EXPONENTS = np.log10(CURVE)


class TuningPlot(Plot, inherit_bindings=False):
    """Dev is a solid line, train a broken one; the best k on dev and the one in use are marked."""

    BINDINGS = [
        Binding("left", "move(-1)", "Smaller k", show=False),
        Binding("right", "move(1)", "Larger k", show=False),
        Binding("pageup", "move(-8)", "A tenth of k", show=False),
        Binding("pagedown", "move(8)", "Ten times k", show=False),
        Binding("home", "edge(0)", "Smallest k", show=False),
        Binding("end", "edge(-1)", "Largest k", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """The user wants another k."""

        k: float

    _shown: tuple[Tuning | None, float] = None, 1.0

    def show(self, tuning: Tuning | None, k: float) -> None:
        """Show the curves of a context, and the k in use; None if they are not computed yet."""
        (tuning_before, k_before), self._shown = self._shown, (tuning, k)
        if tuning is not tuning_before:
            self.paint()
        elif k != k_before:
            self.move_cursor()

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the k in use is on the screen."""
        (tuning, _), canvas = self._shown, self.query_one("#plot").region
        if tuning is None:
            return canvas.offset
        x, y = self._place(tuning)
        return canvas.offset + Offset(*self.get_pixel_from_coordinate(x, y))

    def _place(self, tuning: Tuning) -> tuple[float, float]:
        """The point of the k in use, or the nearest point at the edge of the plot."""
        x = math.log10(max(self._shown[1], CURVE[0]))
        return min(x, EXPONENTS[-1]), float(np.interp(x, EXPONENTS, tuning.dev or tuning.train))

    def paint(self) -> None:
        tuning, _ = self._shown
        with self.app.batch_update():
            self.clear()
            if tuning is None:
                return
            low, high = round(EXPONENTS[0]), round(EXPONENTS[-1])
            losses = (*tuning.train, *(tuning.dev or ()))
            self.set_scales(
                scale.of_columns(low, high, self.room.width, lambda exponent: f"{10.0**exponent:,g}"),
                scale.of_rows(
                    min(losses), max(losses), self.room.height, scale.even, below=min(1, self.room.height - 1)
                ),
            )
            lines = {say("train"): (tuning.train, self.dashes), say("dev"): (tuning.dev, self.curve)}
            known = {name: (losses, paint) for name, (losses, paint) in lines.items() if losses}
            for losses, paint in known.values():
                paint(EXPONENTS, np.array(losses), self.colour("counting"))
            for name, (losses, _) in reversed(known.items()):
                self.name_point(low, losses[0], name, self.colour("counting"))
            if tuning.dev and tuning.best_k and low <= (x := math.log10(tuning.best_k)) <= high:
                y = float(np.interp(x, EXPONENTS, tuning.dev))
                self.mark(x, y, "◆", self.colour("counting"))

    def mark_cursor(self) -> None:
        tuning, k = self._shown
        if tuning is not None:
            self.mark(*self._place(tuning), "●", self.colour("text-accent"), f"k = {k:.3g}")

    def action_move(self, steps: int) -> None:
        """Move to the next k of the curve; from a typed k in between, to the nearest in that direction."""
        k = self._shown[1]
        place = bisect_left(CURVE, k * (1 + 1e-3) if steps > 0 else k * (1 - 1e-3)) - (steps > 0)
        self._want(place + steps)

    def action_edge(self, place: int) -> None:
        self._want(place % len(CURVE))

    def on_click(self, event: events.Click) -> None:
        if (x := self.x_of(event)) is not None:
            self._want(int(np.abs(EXPONENTS - x).argmin()))

    def _want(self, place: int) -> None:
        """With three digits, as one would type it."""
        k = CURVE[min(max(place, 0), len(CURVE) - 1)]
        self.post_message(self.Wanted(float(f"{k:.3g}")))
