"""The list in use, its counts, and the model of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel
from bigram_tui.lm.settings import ADD_K
from bigram_tui.session.learning import Learning
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.split import DEFAULT_SPLIT, Split

if TYPE_CHECKING:
    from bigram_tui.lm.smoothing import InterpolatedModel, Ladder
    from bigram_tui.words.split_counts import SplitCounts


@dataclass(frozen=True)
class Dataset:
    """The words, the counts to learn from, and how P is computed: the smoother, and the k of add-k.

    `counts` have the context in use; with a split, `parts` has all three parts and `counts` those of train.
    """

    corpus: Corpus
    counts: NgramCounts
    smoothing: float
    smoother: str = ADD_K
    split: Split = DEFAULT_SPLIT
    parts: SplitCounts | None = None

    @property
    def learning(self) -> Learning:
        return Learning(self.counts.context, self.parts is not None, self.split)

    @property
    def dev(self) -> NgramCounts | None:
        """The counts of dev, if there is a split and dev is not empty."""
        return self.parts.ngrams[1] if self.parts and self.parts.ngrams[1].keys else None

    @cached_property
    def model(self) -> CountModel | InterpolatedModel:
        return self.model_of(self.counts.context)

    def model_of(self, context: int) -> CountModel | InterpolatedModel:
        """The model with this context length, at most that of the counts."""
        if self.smoother == ADD_K:
            return CountModel(self.counts.of_context(context), self.smoothing)
        from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel

        return InterpolatedModel(self._ladder, INTERPOLATED[self.smoother], context)

    @cached_property
    def _ladder(self) -> Ladder:
        from bigram_tui.lm.smoothing import Ladder

        return Ladder(self.counts)
