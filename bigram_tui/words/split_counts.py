"""Counting the n-grams of train, dev and test, however large the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bigram_tui.lm.counts import Arrays, NgramCounts, places_of
from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.lm.evaluation import Evaluation
from bigram_tui.lm.ngrams import NgramTally
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.words.blocks import CODECS, Block
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.distinct import block_hashes
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.pieces import Result, blocks_of, count_ngrams
from bigram_tui.words.progress import OnProgress, ignore_progress
from bigram_tui.words.reading import CHANGED, COUNTING, read_again
from bigram_tui.words.split import DEFAULT_SPLIT, PARTS, Split, split

SPLITTING = "splitting"
MAX_SHUFFLED = 1_000_000
"""The most words that are shuffled; in a larger list, each word is assigned by its own random number."""

WAITING = 1 << 20
"""How many new hashes are collected, at least, before they are sorted in one batch."""

Parted = Iterable[tuple[int, Block]]
"""Blocks of words, each with the index of its part: train, dev or test."""


@dataclass(frozen=True)
class SplitCounts:
    """The counts of train, dev and test: their n-grams and numbers of words.

    `dev_without_train` are the n-grams of the words of dev that are not in train; `also_in_train` is how many
    words of dev and of test are. `shuffled` says whether the list was shuffled, or was so large that each
    word was assigned by its own random number.
    """

    ngrams: tuple[NgramCounts, NgramCounts, NgramCounts]
    dev_without_train: NgramCounts
    words: tuple[int, int, int]
    also_in_train: tuple[int, int]
    shuffled: bool
    train: NDArray[np.uint64]
    """The hashes of the distinct words of train, ascending."""

    def in_train(self, words: Sequence[str]) -> list[bool]:
        """Which of these words are in train; an empty one, which may be drawn, never is."""
        hashes = block_hashes(Block.of(filter(None, words)))  # a block has no empty words
        found = iter((places_of(self.train, hashes) >= 0).tolist())
        return [bool(word) and next(found) for word in words]

    def summary(self, how: Split) -> dict[str, object]:
        """How the list was split, and the sizes of the parts."""
        return {
            "seed": how.seed,
            "words": list(self.words),
            "tokens": [part.total for part in self.ngrams],
            "also_in_train": list(self.also_in_train),
        }

    @cached_property
    def unseen_characters(self) -> tuple[int, int]:
        """How many distinct characters of dev and of test do not occur in train."""
        V = len(self.ngrams[0].vocabulary)
        train, dev, test = (set((part.arrays.keys % V).tolist()) for part in self.ngrams)
        return len(dev - train), len(test - train)

    @cached_property
    def evaluation(self) -> Evaluation:
        return Evaluation(*self.ngrams, self.dev_without_train)

    def of_context(self, context: int) -> SplitCounts:
        """The same parts, counted with contexts of at most this length."""
        train, dev, test = (part.of_context(context) for part in self.ngrams)
        rest = self.dev_without_train.of_context(context)
        return replace(self, ngrams=(train, dev, test), dev_without_train=rest)


def count_all(corpus: Corpus, context: int, on_progress: OnProgress = ignore_progress) -> NgramCounts:
    """The n-grams of all words of a list; for bigrams, `corpus.counts` is faster.

    Raises:
        DatasetError: if the list cannot be read again.
        SettingError: if the context is too long, or there are too many distinct n-grams.
    """
    if corpus.saved and context <= corpus.saved.counts.context:
        return corpus.saved.counts.of_context(context)
    tally = NgramTally(corpus.counts.vocabulary, context)
    if corpus.pieces:
        function = partial(count_ngrams, corpus.options, corpus.counts.vocabulary, context)
        for _, counted in corpus.pieces.run(function, COUNTING, on_progress):
            tally.add_counted(*counted)
        return tally.counted()
    for block in read_again(corpus, COUNTING, on_progress):
        tally.add(block.text, block.weights)
    return tally.counted()


def count_split(
    corpus: Corpus,
    context: int,
    how: Split = DEFAULT_SPLIT,
    on_progress: OnProgress = ignore_progress,
) -> SplitCounts:
    """Split a list and count the n-grams of each part, with the vocabulary of the whole list.

    Raises:
        DatasetError: if the list cannot be read again, or has changed.
        SettingError: if a part whose share is not 0 is empty, or the context is too long.
    """
    vocabulary = corpus.counts.vocabulary
    tallies = [NgramTally(vocabulary, context) for _ in PARTS]
    words, train, held_out = [0, 0, 0], _Hashes(), dict[int, list[NDArray[np.uint64]]]()
    passes = _Passes(corpus, how, on_progress)
    for place, found in passes.run(partial(_count_parts, vocabulary, context)):
        for tally, ngrams in zip(tallies, found.ngrams, strict=True):
            tally.add_counted(*ngrams)
        words = [n + more for n, more in zip(words, found.words, strict=True)]
        train.add(found.hashes[0])
        held_out[place] = found.hashes[1:]
    if sum(words) != corpus.names:
        raise DatasetError(CHANGED, name=corpus.name)
    shares = (how.fractions.train, how.fractions.dev, how.fractions.test)
    for name, share, n in zip(PARTS, shares, words, strict=True):
        if share and not n:
            raise SettingError(
                "{part} is empty: {split} leaves no word for it; use a longer list, or a larger share for "
                "{part}",
                part=name,
                split=how.fractions,
            )
    known = train.sorted()
    new = [[part[places_of(known, part) < 0] for part in held_out[place]] for place in sorted(held_out)]
    rest, also = NgramTally(vocabulary, context), np.zeros(2, dtype=np.int64)
    for _, (ngrams, in_train) in passes.run(partial(_count_new, vocabulary, context), new):
        rest.add_counted(*ngrams)
        also += in_train
    train_counts, dev, test = (tally.counted() for tally in tallies)
    return SplitCounts(
        (train_counts, dev, test),
        rest.counted(),
        (words[0], words[1], words[2]),
        (int(also[0]), int(also[1])),
        passes.shuffled,
        known,
    )


class _Found(NamedTuple):
    """Results by part: the n-grams, the number of words, the hashes of the distinct words, ascending."""

    ngrams: list[Arrays]
    words: list[int]
    hashes: list[NDArray[np.uint64]]


def _count_parts(vocabulary: Vocabulary, context: int, parted: Parted) -> _Found:
    tallies = [NgramTally(vocabulary, context) for _ in PARTS]
    hashes, words = [_Hashes() for _ in PARTS], [0, 0, 0]
    for part, block in parted:
        tallies[part].add(block.text, block.weights)
        hashes[part].add(block_hashes(block))
        words[part] += len(block.places[0]) if block.weights is None else sum(block.weights)
    return _Found([tally.counted().arrays for tally in tallies], words, [each.sorted() for each in hashes])


def _count_new(
    vocabulary: Vocabulary, context: int, parted: Parted, new: list[NDArray[np.uint64]]
) -> tuple[Arrays, list[int]]:
    """The n-grams of the new words of dev, and how many words of dev and of test are not new.

    `new` has the hashes of the new words of dev and of test.
    """
    tally, also = NgramTally(vocabulary, context), [0, 0]
    for part, block in parted:
        if part:
            is_new = places_of(new[part - 1], block_hashes(block)) >= 0
            weights = np.ones(len(is_new), np.int64) if block.weights is None else np.array(block.weights)
            also[part - 1] += int(weights[~is_new].sum())
            if part == 1:
                chosen = _chosen(block, is_new)
                tally.add(chosen.text, chosen.weights)
    return tally.counted().arrays, also


class _Passes:
    """Passes over the words of a list by part: sequentially here, or in pieces in parallel.

    The part of a word depends only on its number in the list, so the words of a piece can be assigned without
    the other pieces.
    """

    def __init__(self, corpus: Corpus, how: Split, on_progress: OnProgress) -> None:
        self._corpus, self._how, self._on_progress = corpus, how, on_progress
        self.shuffled = corpus.listed <= MAX_SHUFFLED
        self._pieces = None if how.together and self.shuffled else corpus.pieces
        self._blocks: list[Block] | None = None
        if self.shuffled and not self._pieces:
            self._blocks = list(read_again(corpus, SPLITTING, on_progress))
        self._table = self._shuffled() if self.shuffled else None

    def run(self, work: Callable[..., Result], *more: Sequence[Any]) -> Iterator[tuple[int, Result]]:
        """The results of some work for each piece, with further arguments; an uncut list is one piece."""
        how, corpus, table = self._how, self._corpus, self._table
        if self._pieces:
            starts = np.cumsum(self._pieces.words)[:-1]
            tables = [None] * len(self._pieces.words) if table is None else np.split(table, starts)
            function = partial(_split_piece, work, corpus.options, how)
            yield from self._pieces.run(function, SPLITTING, self._on_progress, tables, *more)
        else:
            blocks = self._blocks or read_again(corpus, SPLITTING, self._on_progress)
            yield 0, work(_by_part(corpus.name, blocks, how, 0, table), *(each[0] for each in more))

    def _shuffled(self) -> NDArray[np.uint8]:
        """The part of each word, by its number, as `split` assigns it; equal words can be kept together."""
        groups = np.arange(self._corpus.listed)
        if self._how.together:
            numbers: dict[str, int] = {}
            words = (word for block in self._blocks or () for word in block.words)
            groups = np.array([numbers.setdefault(word, len(numbers)) for word in words])
        parts = np.zeros(groups.max() + 1, dtype=np.uint8)
        for part, chosen in enumerate(split(range(len(parts)), self._how.seed, self._how.fractions)):
            parts[chosen] = part
        return parts[groups]


def _split_piece(
    work: Callable[..., Result],
    options: ReadingOptions,
    how: Split,
    item: tuple[Any, ...],
) -> Result:
    piece, first, table, *more = item
    return work(_by_part(piece.name, blocks_of(piece, options), how, first, table), *more)


def _by_part(
    name: str, blocks: Iterable[Block], how: Split, first: int, table: NDArray[np.uint8] | None
) -> Parted:
    """The words of blocks by part, in the order of the file; `first` is the number of the first word.

    The table says which part each word goes to; without one, a random number per word decides.
    """
    random = np.random.RandomState(np.random.PCG64(how.seed).advance(first))
    for block in blocks:
        n = len(block.places[0])
        if table is not None:
            parts, table = table[:n], table[n:]
            if len(parts) < n:
                raise DatasetError(CHANGED, name=name)
        else:
            numbers = _number_of_each(block, how.seed) if how.together else random.random_sample(n)
            parts = np.searchsorted(how.fractions.ends, numbers, side="right").astype(np.uint8)
        for part in range(len(PARTS)):
            chosen = _chosen(block, parts == part)
            if chosen.text:
                yield part, chosen


class _Hashes:
    """Collects distinct hashes, without keeping duplicates for long."""

    def __init__(self) -> None:
        self._sorted = np.zeros(0, dtype=np.uint64)
        self._waiting: list[NDArray[np.uint64]] = []

    def add(self, hashes: NDArray[np.uint64]) -> None:
        self._waiting.append(hashes)
        if sum(map(len, self._waiting)) > max(WAITING, len(self._sorted)):
            self.sorted()

    def sorted(self) -> NDArray[np.uint64]:
        self._sorted = np.unique(np.concatenate([self._sorted, *self._waiting]))
        self._waiting.clear()
        return self._sorted


def _number_of_each(block: Block, seed: int) -> NDArray[np.float64]:
    """A random number for each word, the same for equal words: splitmix64 of its hash and the seed."""
    mixed = block_hashes(block) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
    return ((mixed ^ mixed >> np.uint64(31)) >> np.uint64(11)) / 2.0**53


def _chosen(block: Block, chosen: NDArray[np.bool_]) -> Block:
    """The words of a block for which `chosen` is true."""
    starts, ends = block.places
    codes = block.codes[np.repeat(chosen, ends - starts + 1)]
    text = codes.tobytes().decode(CODECS[codes.itemsize])
    weights = None if block.weights is None else np.array(block.weights)[chosen].tolist()
    return Block(text, weights)
