"""What the models learn from: the context length, and all words or train only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.texts import say
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.progress import OnProgress, ignore_progress
from bigram_tui.words.split import DEFAULT_SPLIT, Split

if TYPE_CHECKING:
    from bigram_tui.words.split_counts import SplitCounts


LONGEST = 5
"""Contexts up to this length are compared, or up to the one in use if that is longer."""


class Learning(NamedTuple):
    """The context length, and whether to learn from train only or from all words."""

    context: int = 1
    from_train: bool = False
    split: Split = DEFAULT_SPLIT

    @property
    def description(self) -> str:
        """“context 2 · train 80%”, without what is the default."""
        said = [] if self.context == 1 else [say("context {n}", n=self.context)]
        if self.from_train:
            percent = 100 * self.split.fractions.ends[0]
            said.append(say("train {percent:.3g}%", percent=percent))
        return " · ".join(said)


class Learned(NamedTuple):
    """The counts that are learned from; with a split, they are those of train, and `parts` has all three."""

    counts: NgramCounts
    parts: SplitCounts | None = None


class Tables:
    """A cache of the n-grams of a list; those of shorter contexts are derived from those of longer ones."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._all = corpus.counts
        self._parts: tuple[Split, SplitCounts] | None = None

    def at_hand(self, wanted: Learning) -> bool:
        """Whether `learned` can answer without reading the list again."""
        if not wanted.from_train:
            return wanted.context <= self._all.context
        if self._parts is None:
            return False
        split, parts = self._parts
        return split == wanted.split and wanted.context <= parts.ngrams[0].context

    def learned(self, wanted: Learning, on_progress: OnProgress = ignore_progress) -> Learned:
        """The counts to learn from, counted now if necessary.

        Raises:
            DatasetError: if the list cannot be read again.
            SettingError: if the context is too long, or a part whose share is not 0 is empty.
        """
        if wanted.from_train:
            parts = self.parts(wanted.split, wanted.context, on_progress)
            return Learned(parts.ngrams[0], parts)
        if wanted.context == 1:
            return Learned(self._corpus.counts)
        if wanted.context > self._all.context:
            from bigram_tui.words.split_counts import count_all

            self._all = count_all(self._corpus, wanted.context, on_progress)
        return Learned(self._all.of_context(wanted.context))

    def parts(self, split: Split, context: int, on_progress: OnProgress = ignore_progress) -> SplitCounts:
        """The counts of train, dev and test; raises the same errors as `learned`."""
        kept = self._parts  # another thread may replace it meanwhile
        if kept and kept[0] == split and context <= kept[1].ngrams[0].context:
            return kept[1].of_context(context)
        from bigram_tui.words.split_counts import count_split

        counted = count_split(self._corpus, context, split, on_progress)
        self._parts = split, counted
        return counted
