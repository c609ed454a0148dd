"""NgramCounts: how often each token follows each context of the last c tokens.

A context is a number: of its c tokens, the newest last, s = Σ token·V^(c−i), base V. Before the beginning of
a word stands the boundary, 0, as often as it takes. An n-gram is s·V + token, so that without the first token
of its context it is n-gram mod V^c: every shorter context is contained in the longer one's table.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from bigram_tui.lm import settings
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

Number = TypeVar("Number", np.int64, np.float64)
MAX_NGRAMS = 20_000_000
"""Different n-grams that are counted: each takes 16 bytes, and three times that while they are sorted."""

BLOCK = 1 << 20
"""N-grams whose keys are sorted at a time."""


def check_length(context: int, V: int) -> None:
    """Raises SettingError unless n-grams with so long a context, of V tokens, can be numbered below 2⁶³."""
    settings.check_context(context)
    longest = longest_context(V)
    if context > longest:
        raise SettingError(
            f"with {V:,} tokens the longest context is {longest}: V^{context + 1} n-grams do not fit "
            "into 63 bits; a smaller vocabulary allows a longer one"
        )


def longest_context(V: int) -> int:
    """The longest context c of at most settings.MAX_CONTEXT for which V^(c+1) < 2⁶³."""
    return max(c for c in range(settings.MAX_CONTEXT + 1) if V ** (c + 1) < 2**63)


class Rows(NamedTuple):
    """The contexts that occur, ascending, shape (R,): where the n-grams of each begin, how many it has."""

    states: NDArray[np.int64]
    starts: NDArray[np.int64]
    totals: NDArray[np.int64]


@dataclass(frozen=True)
class NgramCounts:
    """The n-grams that occur: `keys` = state·V + token, ascending, and how often each does, shape (n,)."""

    vocabulary: Vocabulary
    context: int
    keys: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, words: Iterable[str], context: int, vocabulary: Vocabulary | None = None) -> NgramCounts:
        """Count the n-grams of words; the vocabulary is theirs unless it is given.

        Raises:
            SettingError: when the context is too long, or there are more than MAX_NGRAMS different n-grams.
        """
        if vocabulary is None:
            words = list(words)
            vocabulary = Vocabulary.of(itertools.chain.from_iterable(words))
        tally = NgramTally(vocabulary, context)
        words = iter(words)
        while block := list(itertools.islice(words, 100_000)):
            tally.add("\n".join((*block, "")))
        return tally.counted()

    @property
    def total(self) -> int:
        """How many n-grams were counted: one for each token."""
        return int(self.counts.sum())

    @cached_property
    def rows(self) -> Rows:
        """The contexts that occur."""
        states = self.keys // len(self.vocabulary)
        starts = np.flatnonzero(np.diff(states, prepend=-1))
        totals = np.add.reduceat(self.counts, starts) if len(starts) else self.counts
        return Rows(states[starts], starts, totals)

    @cached_property
    def shorter(self) -> NgramCounts:
        """The counts of the context without its first token."""
        keys, counts = _summed(self.keys % len(self.vocabulary) ** self.context, self.counts)
        return NgramCounts(self.vocabulary, self.context - 1, keys, counts)

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each of these n-grams occurs, shape (len(keys),)."""
        return look_up(self.keys, self.counts, keys)

    def row_counts(self, state: int) -> NDArray[np.int64]:
        """How often each token followed this context, shape (V,)."""
        V = len(self.vocabulary)
        begin, end = np.searchsorted(self.keys, (state * V, (state + 1) * V))
        row = np.zeros(V, dtype=np.int64)
        row[self.keys[begin:end] - state * V] = self.counts[begin:end]
        return row


class NgramTally:
    """Counts the n-grams of a text block by block, for a vocabulary that is known."""

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
        """Count the words of a block, each followed by a line feed, each as often as its weight says."""
        keys = self._keys_of(text)
        if weights is None:
            counted = np.unique(keys, return_counts=True)
        else:
            lengths = np.diff(np.flatnonzero(keys % len(self._vocabulary) == BOUNDARY), prepend=-1)
            counted = _summed(keys, np.repeat(np.fromiter(weights, np.int64), lengths))
        self._waiting.append(counted)
        if sum(len(keys) for keys, _ in self._waiting) > max(4 * BLOCK, len(self._keys)):
            self._merge()

    def _keys_of(self, text: str) -> NDArray[np.int64]:
        """The n-gram of each token of the text, the boundary after each word included."""
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
        self._keys, self._counts = _summed(
            np.concatenate([self._keys, *(keys for keys, _ in self._waiting)]),
            np.concatenate([self._counts, *(counts for _, counts in self._waiting)]),
        )
        self._waiting.clear()
        if len(self._keys) > MAX_NGRAMS:
            raise SettingError(
                f"there are more than {MAX_NGRAMS:,} different n-grams with a context of {self._context}; "
                "use a shorter context, or fewer words"
            )

    def counted(self) -> NgramCounts:
        """The table, once all is counted."""
        self._merge()
        return NgramCounts(self._vocabulary, self._context, self._keys, self._counts)


def look_up(keys: NDArray[np.int64], values: NDArray[Number], wanted: NDArray[np.int64]) -> NDArray[Number]:
    """The value of each wanted key in a table of ascending keys; 0 where it has none."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=values.dtype)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: NDArray[Number] = values[places]
    found[keys[places] != wanted] = 0
    return found


def _summed(
    keys: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each different key once, ascending, with the sum of its counts."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[starts], np.add.reduceat(counts[order], starts) if len(keys) else counts


def states_of(tokens: Iterable[int], V: int, context: int) -> Iterator[int]:
    """The context before each of these tokens, which follow a boundary, and the one after them all."""
    state, size = 0, V**context
    yield state
    for token in tokens:
        state = (state * V + token) % size
        yield state
