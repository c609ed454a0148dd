"""BigramCounts: N, smoothing, P, likelihood.

What the first frames and reports of counts show is computed without numpy.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bigram_tui.lm.late import np
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class BigramCounts:
    """How often each token follows each other one.

    `pairs` holds the counts above zero by i·V + j; everything else is derived from it.
    """

    vocabulary: Vocabulary
    pairs: dict[int, int]

    @classmethod
    def of(cls, words: Iterable[str]) -> BigramCounts:
        """Count the bigrams of words, each with the boundary before its first and after its last character.

        The lecture's loop; `words.tally` does the same for large lists.
        """
        words = list(words)
        vocabulary = Vocabulary.of("".join(words))
        V, index = len(vocabulary), vocabulary.index
        pairs: dict[int, int] = {}
        for word in words:
            tokens = [BOUNDARY, *(index[character] for character in word), BOUNDARY]
            for i, j in itertools.pairwise(tokens):
                pairs[i * V + j] = pairs.get(i * V + j, 0) + 1
        return cls(vocabulary, pairs)

    @cached_property
    def N(self) -> NDArray[np.signedinteger]:
        """The table, shape (V, V), int32 unless a count needs int64: row = current token, column = next.

        With thousands of tokens it is large; `row_counts` gives a row without it.
        """
        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        N: NDArray[np.signedinteger]
        N = np.zeros((V, V), dtype=np.int32 if self.total < 2**31 else np.int64)
        N.reshape(-1)[places] = counts
        return N

    @cached_property
    def _sorted_pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """i·V + j of the counts above zero, in this order, and the counts."""
        places = np.fromiter(self.pairs.keys(), np.int64, len(self.pairs))
        counts = np.fromiter(self.pairs.values(), np.int64, len(self.pairs))
        order = np.argsort(places)
        return places[order], counts[order]

    def row_counts(self, first: int) -> NDArray[np.int64]:
        """One row of N, shape (V,)."""
        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        begin, end = np.searchsorted(places, (first * V, (first + 1) * V))
        row = np.zeros(V, dtype=np.int64)
        row[places[begin:end] - first * V] = counts[begin:end]
        return row

    def cells(self, first: int, columns: slice = slice(None)) -> list[int]:
        """Some of a row of N, without numpy: what is on a screen is a few."""
        V = len(self.vocabulary)
        return [self.pairs.get(pair, 0) for pair in range(first * V, (first + 1) * V)[columns]]

    @cached_property
    def total(self) -> int:
        """n, how many bigrams were counted."""
        return sum(self.pairs.values())

    @cached_property
    def row_totals(self) -> list[int]:
        """How often each token was followed by anything, which is also how often it followed anything."""
        V = len(self.vocabulary)
        totals = [0] * V
        for pair, n in self.pairs.items():
            totals[pair // V] += n
        return totals

    def count(self, first: int, second: int) -> int:
        """N[first, second]."""
        return self.pairs.get(first * len(self.vocabulary) + second, 0)

    def probability(self, first: int, second: int, smoothing: float) -> float:
        """P(second | first) = (N + k) / (rowsum(N) + k·V); 0 where nothing was counted and k is 0."""
        total = self.row_totals[first] + smoothing * len(self.vocabulary)
        return (self.count(first, second) + smoothing) / total if total else 0.0

    def row(self, first: int, smoothing: float) -> NDArray[np.float64]:
        """P(· | first), shape (V,): `probability` of every token."""
        total = self.row_totals[first] + smoothing * len(self.vocabulary)
        row: NDArray[np.float64] = self.row_counts(first).astype("float64") + smoothing
        return row / total if total else row

    def cells_without_keepdim(
        self, first: int, smoothing: float, columns: slice = slice(None)
    ) -> list[float]:
        """Some of a row of (N + k) / (N + k).sum(1), the mistake of leaving out keepdim=True.

        Broadcasting lays the V sums out as a row, so that each column is divided by the total of the row
        of the same number, and the columns sum to 1 instead of the rows.
        """
        extra = smoothing * len(self.vocabulary)
        cells = zip(self.cells(first, columns), self.row_totals[columns], strict=True)
        return [(n + smoothing) / (total + extra) if total + extra else 0.0 for n, total in cells]

    def largest_without_keepdim(self, smoothing: float) -> float:
        """The largest value of `cells_without_keepdim` in all rows, among the bigrams that were counted."""
        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        totals = np.array(self.row_totals, dtype=np.float64)[places % V]
        return float(((counts + smoothing) / (totals + smoothing * V)).max())

    def probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P, shape (V, V), as the lecture computes it; 0 in a row without counts where k is 0."""
        N, k = self.N, smoothing
        with np.errstate(invalid="ignore"):
            P: NDArray[np.float64] = (N + k) / (N + k).sum(1, keepdims=True)
        return np.nan_to_num(P, copy=False)

    def nll_sum(self, smoothing: float) -> float:
        """The negative log-likelihood of all counted bigrams, −Σ N·ln P, in nats."""
        return float(self._sorted_pairs[1] @ -np.log(self._counted_probabilities(smoothing)))

    def nll_terms(self, smoothing: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """What `nll_sum` is the sum of: i·V + j of each counted bigram, and its N·(−ln P), in nats."""
        places, counts = self._sorted_pairs
        surprises: NDArray[np.float64] = -np.log(self._counted_probabilities(smoothing))
        return places, np.multiply(surprises, counts, dtype=np.float64)

    def largest_probability(self, smoothing: float) -> float:
        """The largest value of P where anything was counted."""
        extra = smoothing * len(self.vocabulary)
        largest = zip(self._row_largest, self.row_totals, strict=True)
        return max(((n + smoothing) / (total + extra) for n, total in largest if n), default=0.0)

    @cached_property
    def _row_largest(self) -> list[int]:
        """The largest count of each row of N."""
        V = len(self.vocabulary)
        largest = [0] * V
        for pair, n in self.pairs.items():
            largest[pair // V] = max(largest[pair // V], n)
        return largest

    def _counted_probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P of the bigrams that were counted, in the order of `_sorted_pairs`."""
        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        totals = np.array(self.row_totals, dtype=np.float64)[places // V]
        return (counts + smoothing) / (totals + smoothing * V)

    def nll(self, smoothing: float) -> float:
        """The mean negative log-likelihood per bigram, in nats."""
        return self.nll_sum(smoothing) / self.total

    @property
    def uniform_nll(self) -> float:
        """The loss of knowing nothing: ln V, in nats."""
        return math.log(len(self.vocabulary))

    @cached_property
    def letter_nll(self) -> float:
        """The loss of knowing only how frequent each token is, in nats per bigram."""
        return -math.fsum(n * math.log(n / self.total) for n in self.row_totals) / self.total

    @cached_property
    def ranked(self) -> list[tuple[int, int, int]]:
        """(first, second, count) of all counted bigrams, most frequent first, ties in vocabulary order."""
        V = len(self.vocabulary)
        ordered = sorted(self.pairs.items(), key=lambda item: (-item[1], item[0]))
        return [(pair // V, pair % V, n) for pair, n in ordered]

    def rank_in_table(self, first: int, second: int) -> int:
        """1 for the most frequent bigram; equal counts share a rank."""
        return 1 + len(self.pairs) - bisect_right(self._ascending, self.count(first, second))

    @cached_property
    def _ascending(self) -> list[int]:
        return sorted(self.pairs.values())

    def rank_in_row(self, first: int, second: int) -> int:
        """1 for what follows `first` most often; equal counts share a rank."""
        n = self.count(first, second)
        return 1 + sum(other > n for other in self.cells(first))
