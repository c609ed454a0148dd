"""The thread that makes the steps of a run, or recomputes one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import get_current_worker

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun

FRAMES_PER_SECOND = 20
"""How often the app shows a run that is faster than this."""


class TrainingWorker:
    """Does one thing at a time. The app halts it before touching the run, so there are no races.

    Callbacks run on the app's thread, and are no longer called once it is halted.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._stop = threading.Event()
        self._halted = threading.Event()
        self._halted.set()
        self._beginning = threading.Lock()
        self._drawn = threading.Event()

    def halt(self) -> None:
        """Stop, and wait until the thread has let go of the run; one that has not started yet never will."""
        with self._beginning:
            self._stop.set()
        self._drawn.set()
        self._halted.wait()

    def train(
        self,
        run: TrainingRun,
        until: float,
        pace: float | None,
        why_it_stops: Callable[[], str],
        show_newest: Callable[[], None],
        show_ended: Callable[[str], None],
    ) -> None:
        """Make steps up to a number of them, at a pace in steps per second, or as fast as possible.

        `why_it_stops` is called after each step; anything but "" ends the run and becomes its remark.
        """
        self._stop = stop = threading.Event()

        def work() -> None:
            with self._beginning:
                if stop.is_set():
                    return
                self._halted.clear()
            worker, remark = get_current_worker(), ""
            due = shown = time.monotonic()
            try:
                while not (stop.is_set() or worker.is_cancelled or remark or run.steps >= until):
                    run.step()
                    remark = why_it_stops()
                    now = time.monotonic()
                    if now - shown >= 1 / FRAMES_PER_SECOND or (pace and pace <= FRAMES_PER_SECOND):
                        self._take_turns(show_newest, stop)
                        shown = time.monotonic()
                    if pace:
                        due = max(due + 1 / pace, now)
                        stop.wait(due - time.monotonic())
            finally:
                self._halted.set()
            self._tell(stop, lambda: show_ended(remark))

        self._begin(work, "train")

    def replay(self, run: TrainingRun, step: int, start: State, show: Callable[[State], None]) -> None:
        """Recompute a step that is far from the nearest checkpoint."""
        self._stop = stop = threading.Event()

        def work() -> None:
            worker = get_current_worker()
            state = run.state_at(step, start, lambda: stop.is_set() or worker.is_cancelled)
            if state is not None:
                self._tell(stop, lambda: show(state))

        self._begin(work, "replay")

    def _begin(self, work: Callable[[], None], what: str) -> None:
        """Start a worker. Without a description, Textual would format all arguments of the work."""
        self._app.run_worker(work, thread=True, group="training", description=what)

    def _tell(self, stop: threading.Event, call: Callable[[], None]) -> None:
        def unless_stopped() -> None:
            if not stop.is_set():
                call()

        if not stop.is_set():
            self._app.call_later(unless_stopped)

    def _take_turns(self, show_newest: Callable[[], None], stop: threading.Event) -> None:
        """Let the app draw the newest step, and wait for it: competing for the GIL would only be slower.

        The wait has a timeout, since nothing is drawn while screens are switched.
        """

        def show() -> None:
            show_newest()
            self._app.call_after_refresh(self._drawn.set)

        self._drawn.clear()
        if not stop.is_set():
            self._tell(stop, show)
            self._drawn.wait(2 / FRAMES_PER_SECOND)
