"""How well each context length predicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bigram_tui.words.split import DEFAULT_SPLIT, Split

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Evaluation, Row, Tuning
    from bigram_tui.words.progress import Progress
    from bigram_tui.words.split_counts import SplitCounts


@dataclass(frozen=True)
class Comparison:
    """How well each context length predicts train and held-out words, as far as computed.

    `parts` and `evaluation` are there once train, dev and test have been counted. `rows` are by smoother and
    context; those of add-k use the k in use, or the best one in `tuned`. `looked` has the losses on test that
    were looked at, by smoother, context and k. `problem` says why computing stopped.
    """

    split: Split = DEFAULT_SPLIT
    parts: SplitCounts | None = None
    evaluation: Evaluation | None = None
    rows: Mapping[tuple[str, int], Row] = field(default_factory=dict)
    tunings: Mapping[int, Tuning] = field(default_factory=dict)
    tuned: Mapping[int, float] = field(default_factory=dict)
    looked: Mapping[tuple[str, int, float | None], float] = field(default_factory=dict)
    progress: Progress | None = None
    computing: bool = False
    problem: str = ""

    @property
    def has_dev(self) -> bool:
        """Whether the split leaves words for dev."""
        return self.parts is not None and self.parts.words[1] > 0

    @property
    def best(self) -> Row | None:
        """The row with the lowest loss on dev."""
        known = [row for row in self.rows.values() if row.dev is not None and math.isfinite(row.dev)]
        return min(known, key=lambda row: row.dev or 0.0, default=None)

    def test_of(self, row: Row) -> float | None:
        """The loss of a row on test, if it was looked at."""
        return self.looked.get((row.smoother, row.context, row.smoothing))
