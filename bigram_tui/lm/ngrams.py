"""NgramTally: counts n-grams with contexts of any length in blocks of text, with numpy."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bigram_tui.lm.context import check_length
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

MAX_NGRAMS = 20_000_000
"""The most distinct n-grams that are counted: each takes 16 bytes, three times that while being sorted."""

BLOCK = 1 << 20
"""N-grams whose keys are sorted in one batch."""


class NgramTally:
    """Counts the n-grams of a text block by block; the vocabulary is known in advance."""

    def __init__(self, vocabulary: Vocabulary, context: int) -> None:
        check_length(context, len(vocabulary))
        self._vocabulary, self._context = vocabulary, context
        self._keys, self._counts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        codes = [ord(character) for character in vocabulary.characters]
        self._token_of = np.full(max([10, *codes]) + 2, BOUNDARY, dtype=np.int64)
        if vocabulary.rare:
            self._token_of[:] = len(vocabulary) - 1
        self._token_of[codes] = np.arange(1, len(vocabulary))
        self._token_of[10] = BOUNDARY

    def add(self, text: str, weights: Iterable[int] | None = None) -> None:
        """Count the words of a block, each followed by a line feed, each counted by its weight."""
        keys = self._keys_of(text)
        if weights is None:
            counted = np.unique(keys, return_counts=True)
        else:
            lengths = np.diff(np.flatnonzero(keys % len(self._vocabulary) == BOUNDARY), prepend=-1)
            counted = summed(keys, np.repeat(np.fromiter(weights, np.int64), lengths))
        self.add_counted(*counted)

    def add_counted(self, keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Add n-grams that were counted elsewhere."""
        self._waiting.append((keys, counts))
        if sum(len(keys) for keys, _ in self._waiting) > max(4 * BLOCK, len(self._keys)):
            self._merge()

    def _keys_of(self, text: str) -> NDArray[np.int64]:
        """The n-gram that ends with each token of the text, including the boundary after each word."""
        V, c = len(self._vocabulary), self._context
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        tokens = np.zeros(len(codes) + c, dtype=np.int64)
        tokens[c:] = self._token_of[np.minimum(codes, len(self._token_of) - 1)]
        keys = tokens[c:].copy()
        inside = np.ones(len(codes), dtype=bool)
        for back in range(1, c + 1):
            before = tokens[c - back : len(tokens) - back]
            inside &= before != BOUNDARY
            keys += np.where(inside, before, 0) * V**back
        return keys

    def _merge(self) -> None:
        self._keys, self._counts = summed(
            np.concatenate([self._keys, *(keys for keys, _ in self._waiting)]),
            np.concatenate([self._counts, *(counts for _, counts in self._waiting)]),
        )
        self._waiting.clear()
        if len(self._keys) > MAX_NGRAMS:
            raise SettingError(
                "there are more than {most:,} different n-grams with a context of {context}; use a shorter "
                "context, or fewer words",
                most=MAX_NGRAMS,
                context=self._context,
            )

    def counted(self) -> NgramCounts:
        """The counts, once everything has been added."""
        self._merge()
        return NgramCounts.from_arrays(self._vocabulary, self._keys, self._counts, self._context)


def summed(keys: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each distinct key once, ascending, with the sum of its counts."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[starts], np.add.reduceat(counts[order], starts) if len(keys) else counts
