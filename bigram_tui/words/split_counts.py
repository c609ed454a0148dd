"""Counting the n-grams of train, dev and test, however large the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.ngrams import NgramTally
from bigram_tui.words.blocks import Block
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.distinct import block_hashes
from bigram_tui.words.progress import OnProgress, ignore_progress
from bigram_tui.words.reading import COUNTING, read_again
from bigram_tui.words.split import PARTS, Split, split

SPLITTING = "splitting"
MAX_SHUFFLED = 1_000_000
"""Words that are shuffled; of a larger list each goes to a part by a random number of its own."""


@dataclass(frozen=True)
class SplitCounts:
    """What was counted of train, dev and test: their n-grams, and how many words each has.

    `dev_without_train` are the n-grams of those words of dev that are not in train; `also_in_train` is how
    many words of dev and of test are. `shuffled` tells a list that was shuffled from a larger one, of which
    each word went to a part by a random number of its own.
    """

    ngrams: tuple[NgramCounts, NgramCounts, NgramCounts]
    dev_without_train: NgramCounts
    words: tuple[int, int, int]
    also_in_train: tuple[int, int]
    shuffled: bool
    train: NDArray[np.uint64]
    """The hashes of the different words of train, ascending."""

    def in_train(self, words: Iterable[str]) -> list[bool]:
        """Which of these words are in train."""
        text = "".join(f"{word}\n" for word in words)
        return _are_in(self.train, block_hashes(Block(text))).tolist() if text else []

    def summary(self, how: Split) -> dict[str, object]:
        """How the list was split, and how large the parts are."""
        return {
            "seed": how.seed,
            "words": list(self.words),
            "tokens": [part.total for part in self.ngrams],
            "also_in_train": list(self.also_in_train),
        }

    @property
    def unseen_characters(self) -> tuple[int, int]:
        """How many different characters of dev and of test train does not have."""
        V = len(self.ngrams[0].vocabulary)
        train, dev, test = (set((part.arrays.keys % V).tolist()) for part in self.ngrams)
        return len(dev - train), len(test - train)

    def of_context(self, context: int) -> SplitCounts:
        """The same parts, counted with a context of at most this length."""
        train, dev, test = (part.of_context(context) for part in self.ngrams)
        rest = self.dev_without_train.of_context(context)
        return replace(self, ngrams=(train, dev, test), dev_without_train=rest)


def count_all(corpus: Corpus, context: int, on_progress: OnProgress = ignore_progress) -> NgramCounts:
    """The n-grams of all words of a list; of bigrams they are `corpus.counts`, which is quicker.

    Raises:
        DatasetError: when the list cannot be read again.
        SettingError: when the context is too long, or there are too many different n-grams.
    """
    if corpus.saved and context <= corpus.saved.counts.context:
        return corpus.saved.counts.of_context(context)
    tally = NgramTally(corpus.counts.vocabulary, context)
    if corpus.pieces:
        from bigram_tui.words.pieces import count_ngrams

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
    how: Split | None = None,
    on_progress: OnProgress = ignore_progress,
) -> SplitCounts:
    """Split a list and count the n-grams of each part, with the vocabulary of the whole list.

    Raises:
        DatasetError: when the list cannot be read again.
        SettingError: when a part that has a share is empty, or the context is too long.
    """
    how = how or Split()
    fractions = how.fractions
    vocabulary = corpus.counts.vocabulary
    shuffled = corpus.listed <= MAX_SHUFFLED
    pieces = _shuffled(corpus, how, on_progress) if shuffled else None

    def read_pieces() -> Iterable[tuple[int, Block]]:
        return pieces if pieces is not None else _by_number(corpus, how, on_progress)

    tallies = [NgramTally(vocabulary, context) for _ in PARTS]
    hashes: list[list[NDArray[np.uint64]]] = [[], [], []]
    words = [0, 0, 0]
    for part, block in read_pieces():
        tallies[part].add(block.text, block.weights)
        hashes[part].append(block_hashes(block))
        words[part] += len(hashes[part][-1]) if block.weights is None else sum(block.weights)
    for name, share, found in zip(
        PARTS, (fractions.train, fractions.dev, fractions.test), words, strict=True
    ):
        if share and not found:
            raise SettingError(
                "{part} is empty: {split} of {n:,} words leaves none for it; use a longer list, or a larger "
                "share for {part}",
                part=name,
                split=fractions,
                n=corpus.listed,
            )
    train = np.unique(np.concatenate(hashes[0]))
    known = [iter([_are_in(train, part) for part in hashes[p]]) for p in (1, 2)]
    new, also = NgramTally(vocabulary, context), [0, 0]
    for part, block in read_pieces():
        if part:
            in_train = next(known[part - 1])
            weights = np.ones(len(in_train), np.int64) if block.weights is None else np.array(block.weights)
            also[part - 1] += int(weights[in_train].sum())
            if part == 1:
                rest = _chosen(block, ~in_train)
                new.add(rest.text, rest.weights)
    train_counts, dev, test = (tally.counted() for tally in tallies)
    return SplitCounts(
        (train_counts, dev, test),
        new.counted(),
        (words[0], words[1], words[2]),
        (also[0], also[1]),
        shuffled,
        train,
    )


def _are_in(known: NDArray[np.uint64], asked: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of these are among the known ones, which are sorted: np.isin would sort them again each time."""
    found: NDArray[np.bool_] = known[np.searchsorted(known, asked) % len(known)] == asked
    return found


def _shuffled(corpus: Corpus, how: Split, on_progress: OnProgress) -> list[tuple[int, Block]]:
    """The parts of a list that can be shuffled, a block each."""
    weighted = bool(corpus.options.weight_column)
    entries: list[tuple[str, int]] = []
    for block in read_again(corpus, SPLITTING, on_progress):
        entries += zip(block.words, block.weights or [1] * len(block.words), strict=True)
    if how.together:
        equal: dict[str, list[tuple[str, int]]] = {}
        for entry in entries:
            equal.setdefault(entry[0], []).append(entry)
        groups = split(list(equal.values()), how.seed, how.fractions)
        parts = [list(chain.from_iterable(group)) for group in groups]
    else:
        parts = list(split(entries, how.seed, how.fractions))
    return [
        (
            part,
            Block(
                "".join(f"{word}\n" for word, _ in chosen),
                [weight for _, weight in chosen] if weighted else None,
            ),
        )
        for part, chosen in enumerate(parts)
        if chosen
    ]


def _by_number(corpus: Corpus, how: Split, on_progress: OnProgress) -> Iterator[tuple[int, Block]]:
    """The blocks of a list of any size, the words of each by part, in the order of the file."""
    random_numbers = np.random.RandomState(how.seed % 2**32)
    fractions = how.fractions
    total = fractions.train + fractions.dev + fractions.test
    cuts = np.array([fractions.train, fractions.train + fractions.dev]) / total
    for block in read_again(corpus, SPLITTING, on_progress):
        if how.together:
            numbers = _number_of_each(block, how.seed)
        else:
            numbers = random_numbers.random_sample(len(block.places[0]))
        parts = np.searchsorted(cuts, numbers, side="right")
        for part in range(len(PARTS)):
            piece = _chosen(block, parts == part)
            if piece.text:
                yield part, piece


def _number_of_each(block: Block, seed: int) -> NDArray[np.float64]:
    """A random number for each word, the same for equal ones: splitmix64 of its hash and the seed."""
    mixed = block_hashes(block) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
    return ((mixed ^ mixed >> np.uint64(31)) >> np.uint64(11)) / 2.0**53


def _chosen(block: Block, chosen: NDArray[np.bool_]) -> Block:
    """The words of a block for which it is true."""
    starts, ends = block.places
    codes = block.codes[np.repeat(chosen, ends - starts + 1)]
    text = codes.tobytes().decode("ascii" if codes.itemsize == 1 else "utf-32-le")
    weights = None if block.weights is None else np.array(block.weights)[chosen].tolist()
    return Block(text, weights)
