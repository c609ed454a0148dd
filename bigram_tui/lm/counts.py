"""NgramCounts: how often each token follows each context; smoothing, P, likelihood.

What the first frame and reports on bigrams show is computed without numpy, which takes time to import.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from bigram_tui.lm.context import check_length, states_of
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.vocabulary import Vocabulary, normalize

MANY = 10_000
"""With more n-grams than this, importing numpy to find the most frequent is faster than sorting them all."""


class Rows(NamedTuple):
    """The contexts that occur, ascending, shape (R,), where the n-grams of each start, and their total."""

    states: NDArray[np.int64]
    starts: NDArray[np.int64]
    totals: NDArray[np.int64]


class Arrays(NamedTuple):
    """The n-grams that occur, ascending, and their counts, shape (n,)."""

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class NgramCounts:
    """How often each token follows each context of the last c tokens; with c = 1, the table of bigrams.

    `keys` are the n-grams that occur, state·V + token (see `context`), ascending; `counts` is how often each
    occurs. Both hold int64 and need no numpy; `arrays` has the same data as numpy arrays.
    """

    vocabulary: Vocabulary
    keys: array[int]
    counts: array[int]
    context: int = 1

    @classmethod
    def of(cls, words: Iterable[str], context: int = 1, vocabulary: Vocabulary | None = None) -> NgramCounts:
        """Count the n-grams of words with the lecture's loop; the vocabulary is built from them unless given.

        Words are normalized to NFC first. `NgramTally` counts faster what is read in blocks.

        Raises:
            SettingError: if the context is too long.
            UnknownCharacterError: if a character is not in the vocabulary.
        """
        words = list(map(normalize, words))
        vocabulary = vocabulary or Vocabulary.of("".join(words))
        V, pairs = len(vocabulary), dict[int, int]()
        check_length(context, V)
        for word in words:
            tokens = vocabulary.encode(word)[1:]
            for state, token in zip(states_of(tokens, V, context), tokens, strict=True):
                ngram = state * V + token
                pairs[ngram] = pairs.get(ngram, 0) + 1
        return cls.from_pairs(vocabulary, pairs, context)

    @classmethod
    def from_pairs(cls, vocabulary: Vocabulary, pairs: Mapping[int, int], context: int = 1) -> NgramCounts:
        """From a mapping of n-gram to count; all counts are above zero."""
        keys = sorted(pairs)
        return cls(vocabulary, array("q", keys), array("q", (pairs[key] for key in keys)), context)

    @classmethod
    def from_arrays(
        cls, vocabulary: Vocabulary, keys: NDArray[np.int64], counts: NDArray[np.int64], context: int = 1
    ) -> NgramCounts:
        """From what `arrays` returns."""
        columns = array("q"), array("q")
        for column, values in zip(columns, (keys, counts), strict=True):
            column.frombytes(values.view(np.uint8).data)
        return cls(vocabulary, *columns, context)

    @cached_property
    def arrays(self) -> Arrays:
        """Keys and counts as numpy arrays, without copying."""
        return Arrays(np.frombuffer(self.keys, np.int64), np.frombuffer(self.counts, np.int64))

    @cached_property
    def rows(self) -> Rows:
        """The contexts that occur."""
        states = self.arrays.keys // len(self.vocabulary)
        starts = np.flatnonzero(np.diff(states, prepend=-1))
        totals = np.add.reduceat(self.arrays.counts, starts) if len(starts) else self.arrays.counts
        return Rows(states[starts], starts, totals)

    @cached_property
    def states(self) -> Sequence[int]:
        """The contexts that occur, in vocabulary order; for bigrams, every token."""
        return range(len(self.vocabulary)) if self.context == 1 else self.rows.states.tolist()

    @cached_property
    def states_by_frequency(self) -> Sequence[int]:
        """The same, most frequent first, ties in vocabulary order."""
        return sorted(self.states, key=lambda state: -self.row_totals[state])

    @cached_property
    def shorter(self) -> NgramCounts:
        """The counts for contexts one token shorter (without the first token)."""
        from bigram_tui.lm.ngrams import summed

        keys = self.arrays.keys % len(self.vocabulary) ** self.context
        return NgramCounts.from_arrays(self.vocabulary, *summed(keys, self.arrays.counts), self.context - 1)

    def of_context(self, context: int) -> NgramCounts:
        """The counts for contexts of this length, or of their own length if that is shorter."""
        return self if self.context <= context else self.shorter.of_context(context)

    @cached_property
    def N(self) -> NDArray[np.signedinteger]:
        """The table, shape (V^c, V), int32 unless a count needs int64: row = context, column = next token.

        It can be large; `row_counts` returns one row without building it.
        """
        V = len(self.vocabulary)
        N: NDArray[np.signedinteger]
        N = np.zeros((V**self.context, V), dtype=np.int32 if self.total < 2**31 else np.int64)
        N.reshape(-1)[self.arrays.keys] = self.arrays.counts
        return N

    def row_counts(self, state: int) -> NDArray[np.int64]:
        """One row of N, shape (V,)."""
        V, (keys, counts) = len(self.vocabulary), self.arrays
        places = _places(self.keys, range(state * V, (state + 1) * V))
        row = np.zeros(V, dtype=np.int64)
        row[keys[places] - state * V] = counts[places]
        return row

    def cells(self, state: int, columns: slice = slice(None)) -> list[int]:
        """Part of a row of N, without numpy unless it is long: a screen shows only a few cells."""
        V = len(self.vocabulary)
        if len(self.keys) > MANY and columns == slice(None):
            row: list[int] = self.row_counts(state).tolist()
            return row
        ngrams = range(state * V, (state + 1) * V)[columns]
        places = _places(self.keys, ngrams)
        cells = [0] * len(ngrams)
        for key, n in zip(self.keys[places], self.counts[places], strict=True):
            cells[key - ngrams.start] = n
        return cells

    def count(self, state: int, token: int) -> int:
        """N[state, token]."""
        key = state * len(self.vocabulary) + token
        place = bisect_left(self.keys, key)
        return self.counts[place] if place < len(self.keys) and self.keys[place] == key else 0

    @cached_property
    def total(self) -> int:
        """n, how many n-grams were counted: one for each token."""
        return sum(self.counts)

    @cached_property
    def row_totals(self) -> Mapping[int, int]:
        """The row sum of each context: how often anything followed it."""
        return _RowTotals(self.keys, self.counts, len(self.vocabulary))

    def probability(self, state: int, token: int, smoothing: float) -> float:
        """P(token | state) = (N + k) / (rowsum(N) + k·V); 0 where nothing was counted and k is 0."""
        total = self.row_totals[state] + smoothing * len(self.vocabulary)
        return (self.count(state, token) + smoothing) / total if total else 0.0

    def row(self, state: int, smoothing: float) -> NDArray[np.float64]:
        """P(· | state), shape (V,): `probability` of every token."""
        total = self.row_totals[state] + smoothing * len(self.vocabulary)
        row: NDArray[np.float64] = self.row_counts(state).astype("float64") + smoothing
        return row / total if total else row

    def cells_without_keepdim(
        self, state: int, smoothing: float, columns: slice = slice(None)
    ) -> list[float]:
        """Part of a row of (N + k) / (N + k).sum(1): the mistake of leaving out keepdim=True.

        Broadcasting treats the V sums as a row, so each column is divided by the total of the row with the
        same index, and the columns sum to 1 instead of the rows.
        """
        extra = smoothing * len(self.vocabulary)
        totals = (self.row_totals[token] for token in range(len(self.vocabulary))[columns])
        cells = zip(self.cells(state, columns), totals, strict=True)
        return [(n + smoothing) / (total + extra) if total + extra else 0.0 for n, total in cells]

    def largest_without_keepdim(self, smoothing: float) -> float:
        """The largest value of `cells_without_keepdim` over all counted bigrams."""
        V, (keys, counts) = len(self.vocabulary), self.arrays
        totals = np.array([self.row_totals[token] for token in range(V)], dtype=np.float64)[keys % V]
        return float(((counts + smoothing) / (totals + smoothing * V)).max())

    def probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P, shape (V^c, V), as the lecture computes it; 0 in a row without counts where k is 0."""
        N, k = self.N, smoothing
        with np.errstate(invalid="ignore"):
            P: NDArray[np.float64] = (N + k) / (N + k).sum(1, keepdims=True)
        return np.nan_to_num(P, copy=False)

    def nll_sum(self, smoothing: float) -> float:
        """The negative log-likelihood of all counted n-grams, −Σ N·ln P, in nats."""
        return float(self.arrays.counts @ -np.log(self._counted_probabilities(smoothing)))

    def nll_terms(self, smoothing: float) -> NDArray[np.float64]:
        """The terms of `nll_sum`: N·(−ln P) of each counted n-gram, in nats."""
        surprises: NDArray[np.float64] = -np.log(self._counted_probabilities(smoothing))
        return surprises * self.arrays.counts

    def largest_probability(self, smoothing: float) -> float:
        """The largest P of any counted n-gram."""
        extra = smoothing * len(self.vocabulary)
        if self.context != 1:
            largest_counts = np.maximum.reduceat(self.arrays.counts, self.rows.starts)
            return float(((largest_counts + smoothing) / (self.rows.totals + extra)).max())
        largest = ((n, self.row_totals[state]) for state, n in self._row_largest.items())
        return max(((n + smoothing) / (total + extra) for n, total in largest), default=0.0)

    @cached_property
    def _row_largest(self) -> dict[int, int]:
        """The largest count of each row of N."""
        V = len(self.vocabulary)
        largest: dict[int, int] = {}
        for key, n in zip(self.keys, self.counts, strict=True):
            if n > largest.get(key // V, 0):
                largest[key // V] = n
        return largest

    def _counted_probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P of each counted n-gram."""
        _, starts, row_totals = self.rows
        totals = np.repeat(row_totals, np.diff(starts, append=len(self.keys))).astype(np.float64)
        N, k = self.arrays.counts, smoothing
        P: NDArray[np.float64] = (N + k) / (totals + k * len(self.vocabulary))
        return P

    def nll(self, smoothing: float) -> float:
        """The mean negative log-likelihood per token, in nats."""
        return self._floor if smoothing == 0 else self.nll_sum(smoothing) / self.total

    @cached_property
    def _floor(self) -> float:
        """The lowest mean there is; a run asks for it in every frame."""
        return self.nll_sum(0) / self.total

    @property
    def uniform_nll(self) -> float:
        """The loss of knowing nothing: ln V, in nats."""
        return math.log(len(self.vocabulary))

    @property
    def letter_nll(self) -> float:
        """The loss of knowing only how frequent each token is, in nats per token."""
        return self.of_context(0).nll(0)

    def ranked(self, first: int | None = None) -> list[tuple[int, int, int]]:
        """(state, token, count) of the `first` n-grams or all: most frequent first, then vocabulary order."""
        V = len(self.vocabulary)
        places: Sequence[int] = range(len(self.keys))
        if first is not None and len(places) > max(first, MANY):
            counts = self.arrays.counts
            places = np.flatnonzero(counts >= np.partition(counts, -first)[-first]).tolist()
        ordered = sorted(places, key=lambda place: -self.counts[place])[:first]
        return [(self.keys[place] // V, self.keys[place] % V, self.counts[place]) for place in ordered]

    def rank_in_table(self, state: int, token: int) -> int:
        """Rank among all n-grams, 1 for the most frequent; equal counts share a rank."""
        return 1 + len(self.keys) - bisect_right(self._ascending, self.count(state, token))

    @cached_property
    def _ascending(self) -> list[int]:
        return sorted(self.counts)

    def rank_in_row(self, state: int, token: int) -> int:
        """Rank among what follows this context, 1 for the most frequent; equal counts share a rank."""
        n = self.count(state, token)
        return 1 + sum(other > n for other in self.cells(state))


class _RowTotals(dict[int, int]):
    """The sum of each row, computed when first asked for; 0 where the context does not occur."""

    def __init__(self, keys: array[int], counts: array[int], V: int) -> None:
        super().__init__()
        self._keys, self._counts, self._V = keys, counts, V

    def __missing__(self, state: int) -> int:
        places = _places(self._keys, range(state * self._V, (state + 1) * self._V))
        self[state] = sum(self._counts[places])
        return self[state]


def _places(keys: array[int], wanted: range) -> slice:
    """The slice of `keys` that lies in this range of consecutive n-grams."""
    begin = bisect_left(keys, wanted.start)
    return slice(begin, bisect_left(keys, wanted.stop, begin))


Number = TypeVar("Number", bound="np.generic")


def places_of(keys: NDArray[Number], wanted: NDArray[Number]) -> NDArray[np.int64]:
    """The index of each wanted key among ascending keys; −1 if it is missing."""
    if not len(keys):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)


def look_up(keys: NDArray[np.int64], values: NDArray[Number], wanted: NDArray[np.int64]) -> NDArray[Number]:
    """The value of each wanted key in a table of ascending keys; 0 where it is missing."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=values.dtype)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: NDArray[Number] = values[places]
    found[keys[places] != wanted] = 0
    return found
