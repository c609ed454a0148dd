"""The training run that the panes share: one step, a run, starting over."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.worker import get_current_worker

from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.settings import MAX_TRAINED_CHARACTERS, TrainingSettings
from bigram_tui.topic import Topic
from bigram_tui.undo import Undo

if TYPE_CHECKING:
    from textual.app import App

    from bigram_tui.lm.network import BigramNetwork, Loss, TrainingRun

STEPS_PER_SECOND = 20
"""How fast a run goes, so that one can watch it."""

FRAMES_PER_SECOND = 20
"""How often a run that goes faster than that is shown."""


@dataclass(frozen=True)
class Training:
    """The run as it stands after `steps` updates; nothing but its settings until torch is there.

    `losses[t]` is the loss after t updates.
    """

    settings: TrainingSettings
    losses: tuple[Loss, ...] = ()
    network: BigramNetwork | None = None
    running: bool = False

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return max(len(self.losses) - 1, 0)


class Trainer:
    """Owns the run. Long work happens in a worker's thread, everything else on the app's own."""

    def __init__(self, app: App[Any], settings: TrainingSettings, undo: Undo) -> None:
        self.training = Topic(app, "training", Training(settings))
        self._app = app
        self._undo = undo
        self._run: TrainingRun | None = None
        self._stop = threading.Event()
        self._frame_is_due = threading.Event()
        self._stepping = threading.Lock()

    def begin(self, counts: BigramCounts) -> None:
        """Start over with these counts; a run under way ends.

        There is no run for a vocabulary of more than MAX_TRAINED_CHARACTERS.
        """
        from bigram_tui.lm.network import TrainingRun

        settings = self.training.latest.settings
        if len(counts.vocabulary.characters) <= MAX_TRAINED_CHARACTERS:
            self._go_on_with(TrainingRun(counts, settings))
            return
        self._stop.set()
        self._run = None
        self.training.publish(Training(settings))

    def start_over(self, settings: TrainingSettings | None = None) -> None:
        """Start over, with other settings if they are given; it can be undone."""
        from bigram_tui.lm.network import TrainingRun

        old = self._run
        if old is None:
            return
        if old.steps:
            self._undo.remember("starting the training over", lambda: self._go_on_with(old))
        self._go_on_with(TrainingRun(old.counts, settings or old.settings))

    def change(self, settings: TrainingSettings) -> None:
        """Use these settings from the next step on; where W begins otherwise, start over."""
        now = self.training.latest.settings
        if (settings.init, settings.seed) != (now.init, now.seed):
            self.start_over(settings)
        elif settings != now and self._run is not None:
            self._run.settings = settings
            self._publish(self._run, self.training.latest.running)

    def step(self) -> None:
        """One update."""
        if self._run is not None and not self.training.latest.running:
            with self._stepping:
                self._run.step()
            self._publish(self._run)

    def run(self) -> None:
        """Go on, at a pace one can watch, until told to pause."""
        self._start(until=None, pace=STEPS_PER_SECOND)

    def finish(self) -> None:
        """Go on to the set number of steps as fast as possible."""
        if not self.is_finished:
            self._start(until=self.training.latest.settings.steps, pace=None)

    @property
    def is_finished(self) -> bool:
        """Whether the set number of steps is reached."""
        return self.training.latest.steps >= self.training.latest.settings.steps

    def pause(self) -> None:
        self._stop.set()

    def _go_on_with(self, run: TrainingRun) -> None:
        self._stop.set()
        self._run = run
        self._publish(run)

    def _start(self, until: int | None, pace: float | None) -> None:
        run = self._run
        if run is None:
            return
        self._stop.set()
        self._stop = stop = threading.Event()
        self._publish(run, running=True)
        self._app.run_worker(lambda: self._train(run, stop, until, pace), thread=True, group="training")

    def _train(self, run: TrainingRun, stop: threading.Event, until: int | None, pace: float | None) -> None:
        """In a worker's thread: make steps, and let the app show the newest as often as it can follow."""
        worker = get_current_worker()
        shown = time.monotonic()
        while not (stop.is_set() or worker.is_cancelled) and (until is None or run.steps < until):
            began = time.monotonic()
            with self._stepping:
                if stop.is_set():
                    break
                run.step()
            if began - shown >= 1 / FRAMES_PER_SECOND and not self._frame_is_due.is_set():
                self._frame_is_due.set()
                self._app.call_later(self._show, run, stop, True)
                shown = began
            if pace:
                stop.wait(began + 1 / pace - time.monotonic())
        self._app.call_later(self._show, run, stop, False)

    def _show(self, run: TrainingRun, stop: threading.Event, running: bool) -> None:
        self._frame_is_due.clear()
        if run is self._run and stop is self._stop:
            self._publish(run, running)

    def _publish(self, run: TrainingRun, running: bool = False) -> None:
        self.training.publish(Training(run.settings, tuple(run.losses), run.network, running))
