"""Comparing context lengths: their losses under each smoother, computed one by one in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.app import App

from bigram_tui.lm.context import longest_context
from bigram_tui.lm.settings import SMOOTHERS
from bigram_tui.session.learning import LONGEST, Tables
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.task import Task
from bigram_tui.session.topic import Topic
from bigram_tui.texts import say
from bigram_tui.words.progress import OnProgress, Progress
from bigram_tui.words.split import Split

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Evaluation, Row, Tuning
    from bigram_tui.words.split_counts import SplitCounts

    Looked = tuple[str, int, float | None]

INTERVAL = 0.1
"""Seconds of computing after which the results so far are shown."""

COMPUTING = "computing"


class RowWanted(NamedTuple):
    """A row to compute: a context length under a smoother, with this k if that is add-k."""

    smoother: str
    context: int
    k: float
    with_test: bool = False


class Computed(NamedTuple):
    """Rows by smoother and context, tunings by context, losses on test by smoother, context and k."""

    rows: dict[tuple[str, int], Row]
    tunings: dict[int, Tuning]
    looked: dict[Looked, float]


class Evaluator:
    """Owns the comparison, and computes what is missing from it, one batch at a time."""

    def __init__(self, app: App[Any], tables: Callable[[], Tables]) -> None:
        self.comparison: Topic[Comparison] = Topic(app, "comparison", Comparison())
        self._app, self._tables = app, tables
        self._task = Task(app)
        self._of: Tables | None = None
        self._dataset: Dataset
        self._looked: dict[Split, dict[Looked, float]] = {}
        self._test_wanted: list[RowWanted] = []

    def compare(self, dataset: Dataset) -> None:
        """Compare for this list, with its split and the k in use."""
        self._dataset = dataset
        tables, latest = self._tables(), self.comparison.latest
        if tables is not self._of:
            self._looked = {}
        elif dataset.split == latest.split and self._longest <= self._counted:
            if not (latest.computing or latest.problem):
                self._go_on()
            return
        self._of = tables
        self._begin()

    @property
    def _longest(self) -> int:
        """The longest context to compare."""
        counts = self._dataset.counts
        return min(max(LONGEST, counts.context), longest_context(len(counts.vocabulary)))

    def stop(self) -> bool:
        """Stop computing and keep the results so far; returns whether anything was still to come."""
        was_computing = self.comparison.latest.computing
        self._task.cancel()
        if was_computing:
            self._publish(computing=False, progress=None, problem=say("Stopped: r resumes"))
        return was_computing

    def resume(self) -> None:
        """Continue after a stop, or retry after a failure."""
        if self.comparison.latest.problem:
            self._publish(problem="")
            (self._go_on if self.comparison.latest.evaluation else self._begin)()

    def forget(self) -> None:
        """Drop the results, because another list was opened."""
        self._task.cancel()
        self._of = None

    def tune(self) -> None:
        """Use the best k of each context length for add-k."""
        known = self.comparison.latest.tunings.items()
        self._publish(tuned={context: tuning.best_k for context, tuning in known if tuning.best_k})
        self._go_on()

    def look_at_test(self, row: Row) -> None:
        """Compute the loss on test for this row, which counts as one more look at test."""
        self._test_wanted.append(RowWanted(row.smoother, row.context, row.smoothing or 0.0, with_test=True))
        if not self.comparison.latest.computing:
            self._go_on()

    def k_of(self, context: int) -> float:
        """The k of add-k for this context: if it is not the one in use and was tuned, its best k."""
        in_use = self._dataset.smoothing
        is_in_use = context == self._dataset.counts.context
        return in_use if is_in_use else self.comparison.latest.tuned.get(context, in_use)

    def _publish(self, **changes: Any) -> None:
        self.comparison.publish(replace(self.comparison.latest, **changes))

    def _begin(self) -> None:
        self._task.cancel()
        self._task = Task(self._app)
        split, self._counted, self._test_wanted = self._dataset.split, self._longest, []
        looked = self._looked.get(split, {})
        self.comparison.publish(Comparison(split, looked=looked, computing=True))
        self._task.begin(
            partial(_counted, self._tables(), split, self._counted),
            lambda progress: self._publish(progress=progress),
            self._show_counted,
            self._cannot,
        )

    def _show_counted(self, counted: tuple[SplitCounts, Evaluation]) -> None:
        parts, evaluation = counted
        self._publish(parts=parts, evaluation=evaluation, progress=None)
        self._go_on()

    def _cannot(self, reason: str) -> None:
        self._publish(computing=False, progress=None, problem=reason)

    def _go_on(self) -> None:
        evaluation = self.comparison.latest.evaluation
        if evaluation is None:
            return
        rows, tunings = self._missing()
        if rows or tunings:
            self._publish(computing=True)
            self._task = Task(self._app)
            work = partial(_computed, evaluation, rows, tunings)
            self._task.begin(work, lambda _progress: None, self._show_computed, self._cannot)
        elif self.comparison.latest.computing:
            self._publish(computing=False)

    def _missing(self) -> tuple[list[RowWanted], list[int]]:
        """The rows that are missing and the contexts not yet tuned, starting with what is in use."""
        latest, dataset = self.comparison.latest, self._dataset
        contexts = sorted(range(self._counted + 1), key=lambda context: context != dataset.counts.context)
        rows = [
            RowWanted(smoother, context, self.k_of(context))
            for smoother in sorted(SMOOTHERS, key=lambda smoother: smoother != dataset.smoother)
            for context in contexts
        ]
        missing = [
            row
            for row in rows
            if (known := latest.rows.get((row.smoother, row.context))) is None
            or known.smoothing not in (None, row.k)
        ]
        tunings = [context for context in contexts if context not in latest.tunings]
        return [*self._test_wanted, *missing], tunings

    def _show_computed(self, computed: Computed) -> None:
        latest = self.comparison.latest
        looked = {**latest.looked, **computed.looked}
        self._looked[latest.split] = looked
        if computed.looked:
            self._test_wanted = []
        rows, tunings = {**latest.rows, **computed.rows}, {**latest.tunings, **computed.tunings}
        self._publish(rows=rows, tunings=tunings, looked=looked)
        self._go_on()


def _counted(
    tables: Tables, split: Split, context: int, on_progress: OnProgress
) -> tuple[SplitCounts, Evaluation]:
    parts = tables.parts(split, context, on_progress)
    return parts, parts.evaluation


def _computed(
    evaluation: Evaluation, rows: list[RowWanted], tunings: list[int], on_progress: OnProgress
) -> Computed:
    """As many of these as can be computed within INTERVAL, at least one."""
    done, ends = Computed({}, {}, {}), time.monotonic() + INTERVAL
    for smoother, context, k, with_test in rows:
        on_progress(Progress(COMPUTING, 0))
        row = evaluation.row(context, smoother, k, with_test)
        if row.test is not None:
            done.looked[smoother, context, row.smoothing] = row.test
        else:
            done.rows[smoother, context] = row
        if time.monotonic() > ends:
            return done
    for context in tunings:
        on_progress(Progress(COMPUTING, 0))
        done.tunings[context] = evaluation.tuning(context)
        if time.monotonic() > ends:
            break
    return done
