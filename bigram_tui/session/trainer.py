"""The training run that panes share: stepping, running, going back in time, starting over."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DivergedError, SettingError
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.run_history import RunHistory
from bigram_tui.session.snapshots.training import GAIN_STEPS, PACES, Training
from bigram_tui.session.topic import Topic
from bigram_tui.session.training_worker import TrainingWorker
from bigram_tui.session.undo import Undo
from bigram_tui.texts import say

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun, Update

AT_ONCE = 0.025
"""Steps that take at most this many seconds are made on the app's thread: quicker than starting another."""

SLOW_REPLAY = 1_000_000
"""Weight updates beyond which recomputing a step is left to a thread, so that the app stays responsive."""
_OVERHEAD = 2_000
"""The fixed cost of a step, expressed in weight updates."""


class Trainer:
    """What panes can do with the run. Long work is done in a worker thread, everything else immediately."""

    def __init__(self, app: App[Any], settings: TrainingSettings, undo: Undo) -> None:
        self.training = Topic(app, "training", Training(settings))
        self._undo = undo
        self._worker = TrainingWorker(app)
        self._history: RunHistory | None = None
        self._pace = Training.pace
        self._least_gain = Training.least_gain
        self._finishing = False

    def begin(self, counts: NgramCounts, dev: NgramCounts | None = None) -> None:
        """Start over with these counts, measuring the loss on dev as well; stops a run in progress.

        If there would be too many weights, there is no run.
        """
        from bigram_tui.lm.training import TrainingRun

        self._halt()
        history = None
        with suppress(SettingError):  # too many weights, as views.grid_views.untrainable tells
            history = RunHistory.at_end_of(TrainingRun(counts, self.training.latest.settings, dev=dev))
        self._show(history)

    def start_over(self, settings: TrainingSettings | None = None, start: State | None = None) -> None:
        """Start over, with other settings or from a loaded state if given; can be undone.

        The current run stays as a curve, along with at most two before it.
        """
        self._halt()
        history = self._history
        if history is None:
            return
        if history.run.steps > history.run.first:
            self._remember(say("Training started over"))
        self._show(history.started_over(settings or self.training.latest.settings, start))

    def change(self, settings: TrainingSettings) -> None:
        """Use these settings from the next step on; start over if they change the initial W."""
        now = self.training.latest.settings
        if (settings.init, settings.seed) != (now.init, now.seed):
            self.start_over(settings)
        elif settings != now and self._history is not None:
            was_running = self._halt()
            if replace(settings, steps=now.steps) == now:
                self._history.run.aim_for(settings.steps)
                self._publish()
            else:
                history = self._going_on(self._history)
                history.run.change(settings)
                self._show(history.at_end())
            if was_running:
                self._start()

    def step(self, steps: int = 1) -> None:
        """Make one or more updates from the step shown; pauses a run in progress."""
        self._halt()
        if self._history is None or self._history.has_diverged:
            return
        history = self._going_on(self._history)
        for _ in range(steps):
            history.run.step()
        self._show(history.at_end())

    def run(self) -> None:
        """Run at the chosen pace until paused."""
        self._finishing = False
        self._start()

    def finish(self) -> None:
        """Run to the set number of steps at full speed, in a thread if it takes long."""
        self._halt()
        self._finishing = True
        if self._history is None or self.is_finished or self._history.has_diverged:
            return
        history, remark = self._going_on(self._history), ""
        run, began, deadline = history.run, history.run.steps, time.monotonic() + AT_ONCE
        while not remark and run.steps < run.settings.steps and time.monotonic() < deadline:
            run.step()
            remark = self._why_it_stops(run, began)
        self._show(history.at_end(), remark=remark)
        if not remark and not self.is_finished:
            self._start(began)

    @property
    def is_finished(self) -> bool:
        """Whether the set number of steps has been reached."""
        return self.training.latest.step >= self.training.latest.settings.steps

    def pause(self) -> None:
        if self._halt():
            self._publish()

    def set_pace(self, pace: str) -> None:
        """Run at one of PACES from now on."""
        self._pace = pace
        self._go_on_otherwise()

    def set_least_gain(self, gain: float) -> None:
        """Stop a run when ten steps lower the loss by less than this, in nats; 0: never."""
        self._least_gain = gain
        self._go_on_otherwise()

    def go_to(self, step: int) -> None:
        """Show the step of the run nearest to this one; pauses a run in progress."""
        self._halt()
        history = self._history
        if history is None:
            return
        run = history.run
        step = min(max(step, run.first), run.steps)
        start = run.checkpoint(step)
        if _is_near(step, start):
            state = run.state_at(step, start)
            assert state is not None
            self._show(history.showing(state))
        else:
            self._publish(seeking=step)
            self._worker.replay(run, step, start, lambda state: self._show(history.showing(state)))

    def update_from(self, training: Training) -> Update | None:
        """The update that follows a step of the run."""
        return self._history.run.update_from(training.state) if self._history and training.state else None

    def training_at(self, step: int) -> Training | None:
        """The snapshot of the run at one of its steps; pauses a run in progress.

        Returns None if there is no such step, or recomputing it would take long.
        """
        if self.training.latest.running:
            self.pause()
        history = self._history
        if history is None or not history.run.first <= step <= history.run.steps:
            return None
        start = history.run.checkpoint(step)
        state = history.run.state_at(step, start) if _is_near(step, start) else None
        return self._snapshot(history.showing(state)) if state else None

    def leading_here(self) -> tuple[Training, Update] | None:
        """The step before the one shown, and the update between them; pauses a run in progress.

        Returns None in the same cases as `training_at`.
        """
        if self.training.latest.running:
            self.pause()
        before = self.training_at(self.training.latest.step - 1)
        update = self.update_from(before) if before else None
        return (before, update) if before and update else None

    def keep(self) -> Callable[[], None]:
        """A function that restores the run as it is now, paused; to be called after another run was begun."""
        self._halt()
        history, settings = self._history, self.training.latest.settings
        pace, least_gain = self._pace, self._least_gain

        def restore() -> None:
            self._halt()
            self._pace, self._least_gain = pace, least_gain
            self.training.latest = replace(self.training.latest, settings=settings)
            self._show(history)

        return restore

    def _remember(self, description: str) -> None:
        self._undo.remember(description, self.keep())

    def _going_on(self, history: RunHistory) -> RunHistory:
        """The history that continues from the step shown; abandoning the steps after it can be undone."""
        if not history.shows_last:
            self._remember(say("Steps after {step:,} dropped", step=history.shown.step))
        return history.going_on()

    def _halt(self) -> bool:
        """Stop the worker and show its last step; returns whether it was running."""
        was_running = self.training.latest.running
        self._worker.halt()
        if was_running and self._history is not None:
            self._history = self._history.at_end()
        return was_running

    def _go_on_otherwise(self) -> None:
        if self._halt():
            self._start()
        else:
            self._publish()

    def _start(self, began: int | None = None) -> None:
        """Run in the thread; `began` is the run's first step, unless that is the next one."""
        self._halt()
        if self._history is None or self._history.has_diverged:
            return
        history = self._going_on(self._history)
        run = history.run
        self._show(history, running=True)
        self._worker.train(
            run,
            run.settings.steps if self._finishing else math.inf,
            None if self._finishing else PACES[self._pace],
            partial(self._why_it_stops, run, run.steps if began is None else began),
            lambda: self._show(history.at_end(), running=True),
            lambda remark: self._show(history.at_end(), remark=remark),
        )

    def _why_it_stops(self, run: TrainingRun, began: int) -> str:
        """Why a run ends by itself, as a sentence; empty while it continues."""
        losses = run.losses
        if run.has_diverged:
            return _sentence(run.divergence())
        if self._least_gain and run.steps - began >= GAIN_STEPS:
            before = losses.recorded(run.steps - GAIN_STEPS)
            if before is not None and before.total - losses.last.total < self._least_gain:
                return say(
                    "Stopped after step {step:,}: the last {n} steps lowered the loss by less than {gain:g}.",
                    step=run.steps,
                    n=GAIN_STEPS,
                    gain=self._least_gain,
                )
        return ""

    def _show(self, history: RunHistory | None, running: bool = False, remark: str = "") -> None:
        self._history = history
        self._publish(running, remark)

    def _publish(self, running: bool = False, remark: str = "", seeking: int | None = None) -> None:
        history = self._history
        if history is None:
            self.training.publish(Training(self.training.latest.settings, pace=self._pace))
            return
        if not remark and history.has_diverged:
            remark = _sentence(history.run.divergence())
        now = self._snapshot(history)
        finishing = running and self._finishing
        self.training.publish(
            replace(now, running=running, finishing=finishing, seeking=seeking, remark=remark)
        )

    def _snapshot(self, history: RunHistory) -> Training:
        return replace(history.snapshot(), pace=self._pace, least_gain=self._least_gain)


def _is_near(step: int, start: State) -> bool:
    """Whether recomputing a step from this state is quick enough for the app's thread."""
    return (step - start.step) * (_OVERHEAD + start.network.W.numel()) < SLOW_REPLAY


def _sentence(error: DivergedError) -> str:
    said = say(error.phrase, **error.gaps)
    return say("{wrong}.", wrong=said[0].upper() + said[1:])
