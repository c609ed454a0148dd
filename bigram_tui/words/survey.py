"""The second pass over words: their lengths, how many are distinct, and a sample of them to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bigram_tui.lm.late import np
from bigram_tui.words.blocks import Block
from bigram_tui.words.distinct import Distinct, HashedWords, block_hashes

MAX_KEPT = 200_000
"""The most words that are kept to be listed and searched."""

LONG_WORD = 1 << 16
"""From this many characters in a word on, a table of all lengths would be large."""


class Survey:
    """Collects the lengths of words and how many are distinct, block by block."""

    def __init__(self, zeros: int = 0) -> None:
        """`zeros` is that of `Distinct`, as far as other parts of the same list are known to need it."""
        self._zeros = zeros
        self.lengths: Counter[int] = Counter()
        self._few: set[str] = set()
        self._distinct: Distinct | None = None

    def add(self, block: Block, without_numpy: bool = False) -> None:
        if without_numpy and self._distinct is None:
            self._few.update(block.words)
            self._add_lengths(map(len, block.words), block.weights)
            return
        if self._distinct is None:
            self._distinct = Distinct(self._zeros)
            if self._few:
                self._distinct.add(block_hashes(Block.of(self._few)))
        self._distinct.add(block_hashes(block))
        starts, ends = block.places
        lengths = ends - starts
        if lengths.max() < LONG_WORD:
            table = np.bincount(lengths, block.weights).astype(np.int64)
            found = np.flatnonzero(table)
            self._add_lengths(found.tolist(), table[found].tolist())
        else:
            self._add_lengths(lengths.tolist(), block.weights)

    def _add_lengths(self, lengths: Iterable[int], weights: Iterable[int] | None) -> None:
        if weights is None:
            self.lengths.update(lengths)
        else:
            for length, weight in zip(lengths, weights, strict=True):
                self.lengths[length] += weight

    def merge(self, other: Survey) -> None:
        """Add the results of another survey, which used numpy."""
        self.lengths.update(other.lengths)
        self._distinct = self._distinct or Distinct()
        if other._distinct is not None:
            self._distinct.merge(other._distinct)

    @property
    def zeros(self) -> int:
        """How many zero bits the hashes of distinct words start with to be kept."""
        return self._zeros if self._distinct is None else self._distinct.zeros

    @property
    def distinct_names(self) -> int:
        return len(self._few) if self._distinct is None else self._distinct.estimate()

    @property
    def distinct_words(self) -> set[str] | HashedWords | None:
        """The distinct words, or None if there are too many."""
        return self._few if self._distinct is None else self._distinct.words()


class Excerpt:
    """An evenly spread sample of at most MAX_KEPT words: every 2^i-th word."""

    def __init__(self, listed: int = 0, first: int = 0) -> None:
        """`listed` is the total number of words, if known, to sample right from the start; `first` is the
        number of the first word."""
        self._stride = 1 << max(-(-listed // MAX_KEPT) - 1, 0).bit_length()
        self._next = -first % self._stride
        self.words: list[str] = []

    def add(self, block: Block, without_numpy: bool = False) -> None:
        chosen = slice(self._next, None, self._stride)
        if without_numpy or self._stride < 4:
            words, listed = block.words[chosen], len(block.words)
        else:
            starts, ends = block.places
            places = map(slice, starts[chosen].tolist(), ends[chosen].tolist())
            words, listed = list(map(block.text.__getitem__, places)), len(ends)
        self.words += words
        self._next += len(words) * self._stride - listed
        while len(self.words) > MAX_KEPT:
            self._next += (len(self.words) % 2) * self._stride
            self.words = self.words[::2]
            self._stride *= 2
