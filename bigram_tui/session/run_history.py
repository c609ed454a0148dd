"""A training run with the step of it that is shown, and what is left of the runs before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.snapshots import PastRun, Training

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun

MAX_PAST_RUNS = 3


@dataclass(frozen=True)
class RunHistory:
    """`shown` is a state of the run, `past` are the curves that stay of other ones.

    Steps are added to the run itself; everything else leads to another history, so that this one can be
    kept to come back to.
    """

    run: TrainingRun
    shown: State
    past: tuple[PastRun, ...] = ()

    @classmethod
    def at_end_of(cls, run: TrainingRun, past: tuple[PastRun, ...] = ()) -> RunHistory:
        """The last step of a run is shown."""
        return cls(run, run.state, past)

    @property
    def shows_last(self) -> bool:
        return self.shown.step == self.run.steps

    @property
    def has_diverged(self) -> bool:
        """Whether there is no going on from the step shown."""
        return self.shows_last and self.run.has_diverged

    def at_end(self) -> RunHistory:
        return RunHistory.at_end_of(self.run, self.past)

    def going_on(self) -> RunHistory:
        """With the run that goes on from the step shown; the future it leaves stays as a curve."""
        if self.shows_last:
            return self
        past = (*self.past, PastRun(self.run.settings, self.run.losses, self.shown.step))
        left = [run for run in past if run.left_at is not None][-MAX_PAST_RUNS:]
        past = tuple(run for run in past if run.left_at is None or run in left)
        return RunHistory(self.run.branch(self.shown), self.shown, past)

    def started_over(self, settings: TrainingSettings, start: State | None) -> RunHistory:
        """With a new run; this one stays as a curve, together with at most two before it."""
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
