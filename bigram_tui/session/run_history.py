"""A training run with the step that is shown, and the loss curves of earlier runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.snapshots.training import PastRun, Training

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun

MAX_PAST_RUNS = 3


@dataclass(frozen=True)
class RunHistory:
    """`shown` is a state of the run; `past` are the curves of earlier runs.

    Steps are added to the run in place; everything else returns a new history, so that this one can be kept
    for undo.
    """

    run: TrainingRun
    shown: State
    past: tuple[PastRun, ...] = ()

    @classmethod
    def at_end_of(cls, run: TrainingRun, past: tuple[PastRun, ...] = ()) -> RunHistory:
        """A history that shows the last step of a run."""
        return cls(run, run.state, past)

    @property
    def shows_last(self) -> bool:
        return self.shown.step == self.run.steps

    @property
    def has_diverged(self) -> bool:
        """Whether training cannot continue from the step shown."""
        return self.shows_last and self.run.has_diverged

    def at_end(self) -> RunHistory:
        return RunHistory.at_end_of(self.run, self.past)

    def going_on(self) -> RunHistory:
        """A history that continues from the step shown; the steps after it stay as a past curve."""
        if self.shows_last:
            return self
        past = (*self.past, PastRun(self.run.settings, self.run.losses, self.shown.step))
        left = [run for run in past if run.left_at is not None][-MAX_PAST_RUNS:]
        past = tuple(run for run in past if run.left_at is None or run in left)
        return RunHistory(self.run.branch(self.shown), self.shown, past)

    def started_over(self, settings: TrainingSettings, start: State | None) -> RunHistory:
        """A history with a new run; this one stays as a curve, along with at most two before it."""
        from bigram_tui.lm.training import TrainingRun

        run = self.run
        past = tuple(run for run in self.past if run.left_at is None)
        if run.steps > run.first:
            past = (*past, PastRun(run.settings, run.losses))[-MAX_PAST_RUNS:]
        return RunHistory.at_end_of(TrainingRun(run.counts, settings, start, run.dev), past)

    def snapshot(self) -> Training:
        run, state = self.run, self.shown
        return Training(
            settings=run.settings_at(state.step),
            state=state,
            loss=run.loss_at(state),
            dev=run.dev_at(state),
            losses=run.losses,
            frequencies=run.frequencies,
            changes=run.changes,
            loaded_from=run.loaded_from,
            past=self.past,
            beyond_exp=run.beyond_exp if run.beyond_exp and run.beyond_exp <= state.step else None,
        )

    def showing(self, state: State) -> RunHistory:
        return replace(self, shown=state)
