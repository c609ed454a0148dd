"""The training run that the panes share: a step, a run, going back in time, starting over."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import get_current_worker

from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.settings import MAX_TRAINED_CHARACTERS, TrainingSettings
from bigram_tui.session.snapshots import GAIN_STEPS, PACES, PastRun, Training
from bigram_tui.session.topic import Topic
from bigram_tui.session.undo import Undo

if TYPE_CHECKING:
    from textual.app import App

    from bigram_tui.lm.training import State, TrainingRun, Update

FRAMES_PER_SECOND = 20
"""How often a run that goes faster than that is shown."""


AT_ONCE = 0.025
"""Seconds for which the app itself may make steps, which are quicker there than a thread can be shown."""

MAX_PAST_RUNS = 3

SLOW_REPLAY = 1_000_000
"""Weights updated on the way to another step from which on a thread does it, and the app goes on."""
_OVERHEAD = 2_000
"""Weights whose update takes as long as what comes with every step besides them."""


class Trainer:
    """Owns the run. Long work happens in a worker's thread, everything else on the app's own.

    The two never touch the run at once: whatever the app does with it halts the worker first.
    """

    def __init__(self, app: App[Any], settings: TrainingSettings, undo: Undo) -> None:
        self.training = Topic(app, "training", Training(settings))
        self._app = app
        self._undo = undo
        self._run: TrainingRun | None = None
        self._shown: State | None = None
        self._past: tuple[PastRun, ...] = ()
        self._pace = Training.pace
        self._least_gain = Training.least_gain
        self._finishing = False
        self._stop = threading.Event()
        self._halted = threading.Event()
        self._halted.set()
        self._beginning = threading.Lock()
        self._drawn = threading.Event()

    def begin(self, counts: BigramCounts) -> None:
        """Start over with these counts; a run under way ends.

        There is no run for a vocabulary of more than MAX_TRAINED_CHARACTERS.
        """
        from bigram_tui.lm.training import TrainingRun

        self._halt()
        settings = self.training.latest.settings
        trainable = len(counts.vocabulary.characters) <= MAX_TRAINED_CHARACTERS
        self._show(TrainingRun(counts, settings) if trainable else None, past=())

    def start_over(self, settings: TrainingSettings | None = None, start: State | None = None) -> None:
        """Start over, with other settings or from a loaded state if they are given; it can be undone.

        The run until now stays as a curve, together with at most two before it.
        """
        from bigram_tui.lm.training import TrainingRun

        self._halt()
        run = self._run
        if run is None:
            return
        past = tuple(past for past in self._past if past.left_at is None)
        if run.steps > run.first:
            self._remember("starting the training over")
            past = (*past, PastRun(run.settings, run.losses))[-MAX_PAST_RUNS:]
        self._show(TrainingRun(run.counts, settings or self.training.latest.settings, start), past=past)

    def change(self, settings: TrainingSettings) -> None:
        """Use these settings from the next step on; where W begins otherwise, start over."""
        now = self.training.latest.settings
        if (settings.init, settings.seed) != (now.init, now.seed):
            self.start_over(settings)
        elif settings != now and self._run is not None:
            was_running = self._halt()
            if replace(settings, steps=now.steps) == now:
                self._run.aim_for(settings.steps)
                self._publish()
            else:
                run = self._run_from_here()
                run.change(settings)
                self._show(run)
            if was_running:
                self._start()

    def step(self, steps: int = 1) -> None:
        """One update from the step shown, or several at once; a run under way pauses."""
        self._halt()
        if self._run is None or self._shown_has_diverged:
            return
        run = self._run_from_here()
        for _ in range(steps):
            run.step()
        self._show(run)

    def run(self) -> None:
        """Go on at the chosen pace until told to pause."""
        self._finishing = False
        self._start()

    def finish(self) -> None:
        """Go on to the set number of steps as fast as possible; in a thread if it takes long."""
        self._halt()
        self._finishing = True
        if self._run is None or self.is_finished or self._shown_has_diverged:
            return
        run, remark = self._run_from_here(), ""
        began, deadline = run.steps, time.monotonic() + AT_ONCE
        while not remark and run.steps < run.settings.steps and time.monotonic() < deadline:
            run.step()
            remark = self._why_it_stops(run, began)
        self._show(run, remark=remark)
        if not remark and not self.is_finished:
            self._start()

    @property
    def is_finished(self) -> bool:
        """Whether the set number of steps is reached."""
        return self.training.latest.step >= self.training.latest.settings.steps

    def pause(self) -> None:
        if self._halt():
            self._publish()

    def set_pace(self, pace: str) -> None:
        """Run at one of PACES from now on."""
        self._pace = pace
        self._go_on_otherwise()

    def set_least_gain(self, gain: float) -> None:
        """Let a run stop when it lowers the loss by less than this, in nats, in ten steps; 0: never."""
        self._least_gain = gain
        self._go_on_otherwise()

    def go_to(self, step: int) -> None:
        """Show another step of the run, the nearest there is; a run under way pauses."""
        self._halt()
        run = self._run
        if run is None:
            return
        step = min(max(step, run.first), run.steps)
        start = run.checkpoint(step)
        if self._is_near(step, start):
            self._show(run, run.state_at(step, start))
        else:
            self._stop = stop = threading.Event()
            self._publish(seeking=step)
            self._work(partial(self._replay, run, step, start, stop), "replay")

    def update_from(self, training: Training) -> Update | None:
        """The update that a step of the run is followed by."""
        return self._run.update_from(training.state) if self._run and training.state else None

    def training_at(self, step: int) -> Training | None:
        """The run at one of its steps, as it would be shown; a run under way pauses.

        Returns None where there is no such step, or it would take long to compute it again.
        """
        if self.training.latest.running:
            self.pause()
        run = self._run
        if run is None or not run.first <= step <= run.steps:
            return None
        start = run.checkpoint(step)
        state = run.state_at(step, start) if self._is_near(step, start) else None
        return self._snapshot(run, state) if state else None

    def leading_here(self) -> tuple[Training, Update] | None:
        """The step before the one shown and the update between them; a run under way pauses.

        Returns None as `training_at` does.
        """
        if self.training.latest.running:
            self.pause()
        before = self.training_at(self.training.latest.step - 1)
        update = self.update_from(before) if before else None
        return (before, update) if before and update else None

    def _is_near(self, step: int, start: State) -> bool:
        """Whether the app itself can compute a step again from this state."""
        return (step - start.step) * (_OVERHEAD + start.network.W.numel()) < SLOW_REPLAY

    @property
    def _shown_has_diverged(self) -> bool:
        return self._run is not None and self._run.has_diverged and self._shown_is_last

    @property
    def _shown_is_last(self) -> bool:
        return self._run is not None and self._shown is not None and self._shown.step == self._run.steps

    def _run_from_here(self) -> TrainingRun:
        """The run that goes on from the step shown; the future it leaves stays as a curve."""
        run, shown = self._run, self._shown
        assert run is not None
        assert shown is not None
        if self._shown_is_last:
            return run
        self._remember(f"leaving what came after step {shown.step:,}")
        self._past = (*self._past, PastRun(run.settings, run.losses, shown.step))
        left = [past for past in self._past if past.left_at is not None][-MAX_PAST_RUNS:]
        self._past = tuple(past for past in self._past if past.left_at is None or past in left)
        return run.branch(shown)

    def keep(self) -> Callable[[], None]:
        """What brings back the run as it is now, paused; it must have been left for another run by then."""
        self._halt()
        run, shown, past, settings = self._run, self._shown, self._past, self.training.latest.settings
        pace, least_gain = self._pace, self._least_gain

        def restore() -> None:
            self._halt()
            self._pace, self._least_gain = pace, least_gain
            self.training.latest = replace(self.training.latest, settings=settings)
            self._show(run, shown, past)

        return restore

    def _remember(self, description: str) -> None:
        self._undo.remember(description, self.keep())

    def _halt(self) -> bool:
        """End the worker's work, whose last step is the one shown then; returns whether it was running.

        A worker begins in its own time: one that was told to stop before it did is not waited for.
        """
        was_running = self.training.latest.running
        with self._beginning:
            self._stop.set()
        self._drawn.set()
        self._halted.wait()
        if was_running and self._run is not None:
            self._shown = self._run.state
        return was_running

    def _go_on_otherwise(self) -> None:
        if self._halt():
            self._start()
        else:
            self._publish()

    def _start(self) -> None:
        self._halt()
        if self._run is None or self._shown_has_diverged:
            return
        run = self._run_from_here()
        self._stop = stop = threading.Event()
        self._show(run, running=True)
        until = run.settings.steps if self._finishing else math.inf
        pace = None if self._finishing else PACES[self._pace]
        work = partial(self._train, run, stop, until, pace)
        self._work(work, "train")

    def _work(self, work: Callable[[], None], what: str) -> None:
        """In a worker's thread. Without a description Textual would spell out all that the work is given."""
        self._app.run_worker(work, thread=True, group="training", description=what)

    def _train(self, run: TrainingRun, stop: threading.Event, until: float, pace: float | None) -> None:
        """In a worker's thread: make steps, and let the app show the newest as often as it can follow."""
        with self._beginning:
            if stop.is_set():
                return
            self._halted.clear()
        worker = get_current_worker()
        began, remark = run.steps, ""
        due = shown = time.monotonic()
        try:
            while not (stop.is_set() or worker.is_cancelled or remark or run.steps >= until):
                run.step()
                remark = self._why_it_stops(run, began)
                now = time.monotonic()
                if now - shown >= 1 / FRAMES_PER_SECOND or (pace and pace <= FRAMES_PER_SECOND):
                    self._take_turns(run, stop)
                    shown = time.monotonic()
                if pace:
                    due = max(due + 1 / pace, now)
                    stop.wait(due - time.monotonic())
        finally:
            self._halted.set()
        if not stop.is_set():
            self._app.call_later(self._show_ended, run, stop, remark)

    def _take_turns(self, run: TrainingRun, stop: threading.Event) -> None:
        """Let the app draw the newest step, and wait for it: both at once would only be slower.

        Not for long, since it is not drawn while another screen comes or goes.
        """
        self._drawn.clear()
        if not stop.is_set():
            self._app.call_later(self._show_newest, run, stop)
            self._drawn.wait(2 / FRAMES_PER_SECOND)

    def _show_newest(self, run: TrainingRun, stop: threading.Event) -> None:
        if run is self._run and not stop.is_set():
            self._show(run, running=True)
            self._app.call_after_refresh(self._drawn.set)

    def _show_ended(self, run: TrainingRun, stop: threading.Event, remark: str) -> None:
        if run is self._run and not stop.is_set():
            self._show(run, remark=remark)

    def _why_it_stops(self, run: TrainingRun, began: int) -> str:
        """What ends a run by itself, in words; nothing while it goes on."""
        losses = run.losses
        if run.has_diverged:
            return _sentence(run.explain_divergence())
        if self._least_gain and run.steps - began >= GAIN_STEPS:
            before = losses.recorded(run.steps - GAIN_STEPS)
            if before is not None and before.total - losses.last.total < self._least_gain:
                return (
                    f"Stopped after step {run.steps:,}: the last {GAIN_STEPS} steps lowered the loss "
                    f"by less than {self._least_gain:g}."
                )
        return ""

    def _replay(self, run: TrainingRun, step: int, start: State, stop: threading.Event) -> None:
        """In a worker's thread: compute a step again that is far from the kept ones."""
        worker = get_current_worker()
        state = run.state_at(step, start, lambda: stop.is_set() or worker.is_cancelled)
        if state is not None:
            self._app.call_later(self._show_found, run, state, stop)

    def _show_found(self, run: TrainingRun, state: State, stop: threading.Event) -> None:
        if run is self._run and not stop.is_set():
            self._show(run, state)

    def _show(
        self,
        run: TrainingRun | None,
        state: State | None = None,
        past: tuple[PastRun, ...] | None = None,
        running: bool = False,
        remark: str = "",
    ) -> None:
        """Show a run at one of its steps, the last unless another is given."""
        self._run = run
        self._shown = state or (run.state if run else None)
        self._past = self._past if past is None else past
        self._publish(running, remark)

    def _publish(self, running: bool = False, remark: str = "", seeking: int | None = None) -> None:
        run, shown = self._run, self._shown
        if run is None or shown is None:
            self.training.publish(Training(self.training.latest.settings, pace=self._pace))
            return
        remark = remark or (_sentence(run.explain_divergence()) if self._shown_has_diverged else "")
        now = self._snapshot(run, shown)
        self.training.publish(replace(now, running=running, seeking=seeking, remark=remark))

    def _snapshot(self, run: TrainingRun, state: State) -> Training:
        return Training(
            settings=run.settings_at(state.step),
            state=state,
            loss=run.loss_at(state),
            losses=run.losses,
            frequencies=run.frequencies,
            changes=run.changes,
            loaded_from=run.loaded_from,
            past=self._past,
            pace=self._pace,
            least_gain=self._least_gain,
            beyond_exp=run.beyond_exp if run.beyond_exp and run.beyond_exp <= state.step else None,
        )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
