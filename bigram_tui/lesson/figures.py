"""The data that the chapters' numbers are computed from, independent of the app."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.settings import ADD_K, DEFAULT_SMOOTHING, TrainingSettings
from bigram_tui.session.learning import LONGEST, Learning, Tables
from bigram_tui.session.models import MODELS
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load
from bigram_tui.words.split import DEFAULT_SPLIT

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row
    from bigram_tui.words.split_counts import SplitCounts


class Figures(ABC):
    """What chapters need to know. They are about the bundled list."""

    def __init__(self) -> None:
        self.corpus = load(DEFAULT, Path())
        self._tables = Tables(self.corpus)

    @property
    @abstractmethod
    def dataset(self) -> Dataset:
        """The list in use with the current context and smoothing."""

    @property
    @abstractmethod
    def training(self) -> Training:
        """The run at the step shown."""

    @property
    @abstractmethod
    def looked(self) -> Collection[float]:
        """The losses on test that have been looked at, in nats per token."""

    def model(self, key: str) -> LanguageModel:
        """The bigram counts or the run's network, by key."""
        kind, dataset = MODELS[key], self.dataset
        if kind.is_trained:
            return kind.build(dataset, self.training)
        bigrams = Dataset(self.corpus, self.counts, dataset.smoothing, dataset.smoother)
        return kind.build(bigrams, Training(TrainingSettings()))

    @property
    def counts(self) -> NgramCounts:
        """The bigrams, whatever context is in use."""
        return self.counts_of(1)

    def counts_of(self, context: int) -> NgramCounts:
        """The counts of all words, with this context length."""
        return self._tables.learned(Learning(context)).counts

    @cached_property
    def parts(self) -> SplitCounts:
        """Train, dev and test, as compared by the Contexts pane."""
        return self._tables.parts(DEFAULT_SPLIT, LONGEST)

    def row(self, context: int, smoother: str = ADD_K, k: float = DEFAULT_SMOOTHING) -> Row:
        return self.parts.evaluation.row(context, smoother, k)

    @property
    def smoothing(self) -> float:
        return self.dataset.smoothing

    def probability(self, bigram: str, smoothing: float) -> float:
        first, second = self.tokens(bigram)
        return self.counts.probability(first, second, smoothing)

    def count(self, bigram: str) -> int:
        return self.counts.count(*self.tokens(bigram))

    def tokens(self, signs: str) -> list[int]:
        return [self.counts.vocabulary.signs.index(sign) for sign in signs]
