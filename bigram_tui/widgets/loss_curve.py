"""The loss by step, with levels to compare it with; its cursor is a step.

Importing textual-plot takes 0.4 s: import this module only once torch is loaded.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.binding import Binding
from textual.color import Color
from textual.geometry import Offset
from textual.message import Message
from textual.timer import Timer

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.session.snapshots.training import PastRun, Training
from bigram_tui.texts import say
from bigram_tui.views import scale
from bigram_tui.widgets.plot import Plot

REDRAWS_PER_SECOND = 10
SMALLEST_GAP = 1e-9
"""Differences below this many nats are float64 rounding errors, and not shown on a logarithmic scale."""

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
_NOTHING: Points = np.zeros(0), np.zeros(0)


def envelope(steps: NDArray[np.int64], values: NDArray[np.float64], columns: int) -> Points:
    """The largest and the smallest value in each column of the plot, in the order of the steps."""
    finite = np.isfinite(values)
    if not finite.all():
        steps, values = steps[finite], values[finite]
    if len(values) <= 2 * columns:
        return steps.astype(np.float64), values
    edges = np.linspace(0, len(values), columns, endpoint=False).astype(np.int64)
    extremes = np.maximum.reduceat(values, edges), np.minimum.reduceat(values, edges)
    return np.repeat(steps[edges].astype(np.float64), 2), np.stack(extremes, 1).ravel()


class LossCurve(Plot, inherit_bindings=False):
    """A plot whose cursor is the step shown everywhere, without panning and zooming."""

    BINDINGS = [
        Binding("left", "move(-1)", "Step back", show=False),
        Binding("right", "move(1)", "Step forth", show=False),
        Binding("pageup", "move(-100)", "100 steps back", show=False),
        Binding("pagedown", "move(100)", "100 steps forth", show=False),
        Binding("home", "first", "First step", show=False),
        Binding("end", "last", "Last step", show=False),
    ]

    @dataclass
    class StepWanted(Message):
        """The user wants to go to another step."""

        step: int

    logarithmic = False
    _training: Training | None = None
    _counts: NgramCounts | None = None
    _drawn_at = 0.0
    _timer: Timer | None = None

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the loss of the step shown is on the screen; NaN is at the top."""
        canvas, training = self.query_one("#plot").region, self._training
        if training is None or training.loss is None:
            return canvas.offset
        (y,) = self._y(np.array([training.loss.total]))
        x, line = self.get_pixel_from_coordinate(training.step, y if np.isfinite(y) else 0)
        return canvas.offset + Offset(x, line if np.isfinite(y) else 0)

    def show(self, training: Training, counts: NgramCounts) -> None:
        """Paint this run soon: at most ten times a second, but always the newest."""
        if training is self._training and counts is self._counts:
            return
        self._training, self._counts = training, counts
        wait = self._drawn_at + 1 / REDRAWS_PER_SECOND - time.monotonic()
        if wait <= 0:
            self.paint()
        elif self._timer is None:
            self._timer = self.set_timer(wait, self.paint)

    def show_scale(self, logarithmic: bool) -> None:
        """Plot the loss, or the loss minus the floor on a logarithmic scale."""
        self.logarithmic = logarithmic
        self.paint()

    def paint(self) -> None:
        self._timer = None
        training, counts = self._training, self._counts
        if training is None or counts is None or training.losses is None or training.loss is None:
            return
        self._drawn_at = time.monotonic()
        losses = training.losses
        total = self._curve(losses.steps, losses.table.sum(1))
        dev = self._curve(losses.steps, losses.dev) if losses.dev is not None else _NOTHING
        first, end = losses.first, max(training.settings.steps, losses.last_step, losses.first + 1)
        floor = float(total[1].min(initial=np.inf)) if self.logarithmic else counts.nll(0)
        highest = max(float(curve[1].max(initial=floor)) for curve in (total, dev))
        bottom, top = (floor, highest) if len(total[1]) else (0.0, 1.0)
        with self.app.batch_update():
            self.clear()
            # Leaves room for the name below the line for counting.
            rows, write = self.room.height, scale.powers if self.logarithmic else scale.even
            up = scale.of_rows(bottom, top, rows, write, below=0 if self.logarithmic else min(1, rows - 1))
            self.set_scales(scale.of_columns(first, end, self.room.width, "{:,}".format), up)
            self._level(say("knowing nothing"), counts.uniform_nll, self.colour("uniform"))
            self._level(say("letters alone"), counts.letter_nll, self.colour("uniform"), dashed=True)
            if not self.logarithmic:
                self.level(say("counting"), floor, self.colour("counting"))
            for past in training.past:
                self._paint_past(past, end, up.high)
            data = self._curve(losses.steps, losses.table[:, 0])
            if total[1].mean() - data[1].mean() > (top - bottom) / rows:
                self.curve(*data, self.colour("network-line"), say("data part"), self.colour("network"))
            self.curve(*total, self.colour("network"), say("loss"))
            if len(dev[0]):
                self.curve(*dev, self.colour("foreground"), say("dev"))
                self._mark_rise(training)
            self._mark_changes(training)
            (y,) = self._y(np.array([training.loss.total]))
            self.mark(training.step, float(y), "●", self.colour("text-accent"))
            if training.step < losses.last_step:
                self.add_v_line(training.step, self.colour("text-accent"))
            self.name_lines()
            self.render()

    def _level(self, name: str, loss: float, colour: str, dashed: bool = False) -> None:
        (y,) = self._y(np.array([loss]))
        self.level(name, float(y), colour, dashed)

    def _y(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.logarithmic:
            return values
        assert self._counts is not None
        return np.log10(np.maximum(values - self._counts.nll(0), SMALLEST_GAP))

    def _curve(self, steps: NDArray[np.int64], losses: NDArray[np.float64]) -> Points:
        """The points of a run, at most two per column of dots."""
        return envelope(steps, self._y(losses), 2 * self.room.width)

    def _paint_past(self, past: PastRun, end: int, top: float) -> None:
        """Paint an earlier run dimmed; an abandoned future from the step where it was left."""
        x, y = self._curve(past.losses.steps, past.losses.table.sum(1))
        seen = (x >= (past.left_at or 0)) & (x <= end) & (y <= top)
        if not seen.any():
            return
        colours = self.app.theme_variables
        dimmed = Color.parse(colours["foreground"]).blend(Color.parse(colours["background"]), 0.7).hex6
        settings = past.settings
        rate, λ = settings.learning_rate, settings.regularization
        label = say("{init}, rate {rate:g}, λ {λ:g}", init=settings.init, rate=rate, λ=λ)
        if past.left_at is not None:
            label = say("left at step {step:,}", step=past.left_at)
        self.curve(x[seen], y[seen], dimmed, label, self.colour("muted"))

    def _mark_rise(self, training: Training) -> None:
        """Mark where the loss on dev was lowest, once it rises."""
        step, losses = training.rises_since, training.losses
        if step is None or losses is None or (lowest := losses.recorded_dev(step)) is None:
            return
        (y,) = self._y(np.array([lowest]))
        label = say("lowest on dev: {step:,}", step=step)
        self.mark(step, float(y), "▾", self.colour("foreground"), label)

    def _mark_changes(self, training: Training) -> None:
        """Mark where the learning rate or λ was changed."""
        assert training.losses is not None
        for step, settings in training.changes[1:]:
            loss = training.losses.recorded(step)
            if loss is not None:
                (y,) = self._y(np.array([loss.total]))
                rate, λ = settings.learning_rate, settings.regularization
                label = say("rate {rate:g}, λ {λ:g} from {step:,}", rate=rate, λ=λ, step=step)
                self.mark(step, float(y), "◆", self.colour("foreground"), label)

    def action_move(self, steps: int) -> None:
        if self._training is not None:
            self.post_message(self.StepWanted(self._training.step + steps))

    def action_first(self) -> None:
        self.post_message(self.StepWanted(0))

    def action_last(self) -> None:
        if self._training is not None:
            self.post_message(self.StepWanted(self._training.last_step))

    def on_click(self, event: events.Click) -> None:
        if (x := self.x_of(event)) is not None:
            self.post_message(self.StepWanted(round(x)))
