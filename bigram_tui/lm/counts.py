"""BigramCounts: N, smoothing, P, likelihood.

numpy is imported where it is used: the Dataset pane shows before it is needed (it takes 0.15 s).
"""

from __future__ import annotations

import itertools
import math
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL_TEXT = 1_000_000
"""Characters up to which counting without numpy is quicker than importing it."""


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

        Words must not hold line feeds, which mark the boundary while counting.
        """
        text = "\n".join(("", *words, ""))
        if len(text) < SMALL_TEXT and "numpy" not in sys.modules:
            return count_with_counter(text)
        return count_with_numpy(text)

    @cached_property
    def N(self) -> NDArray[np.signedinteger]:
        """The table, shape (V, V), int32 unless a count needs int64: row = current token, column = next.

        With thousands of tokens it is large; `row_counts` gives a row without it.
        """
        import numpy as np

        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        N: NDArray[np.signedinteger]
        N = np.zeros((V, V), dtype=np.int32 if self.total < 2**31 else np.int64)
        N.reshape(-1)[places] = counts
        return N

    @cached_property
    def _sorted_pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """i·V + j of the counts above zero, in this order, and the counts."""
        import numpy as np

        places = np.fromiter(self.pairs.keys(), np.int64, len(self.pairs))
        counts = np.fromiter(self.pairs.values(), np.int64, len(self.pairs))
        order = np.argsort(places)
        return places[order], counts[order]

    def row_counts(self, first: int) -> NDArray[np.int64]:
        """One row of N, shape (V,)."""
        import numpy as np

        V, (places, counts) = len(self.vocabulary), self._sorted_pairs
        begin, end = np.searchsorted(places, (first * V, (first + 1) * V))
        row = np.zeros(V, dtype=np.int64)
        row[places[begin:end] - first * V] = counts[begin:end]
        return row

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

    def probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P, shape (V, V)."""
        import numpy as np

        return np.stack([self.row(first, smoothing) for first in range(len(self.vocabulary))])

    def nll_sum(self, smoothing: float) -> float:
        """The negative log-likelihood of all counted bigrams, in nats."""
        import numpy as np

        return float(self._sorted_pairs[1] @ -np.log(self._counted_probabilities(smoothing)))

    def largest_probability(self, smoothing: float) -> float:
        """The largest value of P."""
        return float(self._counted_probabilities(smoothing).max(initial=0))

    def _counted_probabilities(self, smoothing: float) -> NDArray[np.float64]:
        """P of the bigrams that were counted, in the order of `_sorted_pairs`."""
        import numpy as np

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
        import numpy as np

        below = np.searchsorted(self._ascending, self.count(first, second), side="right")
        return 1 + len(self.pairs) - int(below)

    @cached_property
    def _ascending(self) -> NDArray[np.int64]:
        import numpy as np

        return np.sort(self._sorted_pairs[1])

    def rank_in_row(self, first: int, second: int) -> int:
        """1 for what follows `first` most often; equal counts share a rank."""
        n = self.count(first, second)
        return 1 + int((self.row_counts(first) > n).sum())


def count_with_counter(text: str) -> BigramCounts:
    """Count the bigrams of a text in which line feeds are the boundary."""
    vocabulary = Vocabulary.of(set(text) - {"\n"})
    V, index = len(vocabulary), vocabulary.index | {"\n": BOUNDARY}
    pairs = Counter(itertools.pairwise(text))
    return BigramCounts(vocabulary, {index[a] * V + index[b]: n for (a, b), n in pairs.items()})


def count_with_numpy(text: str) -> BigramCounts:
    """The same as `count_with_counter`, about ten times faster."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    present = np.flatnonzero(np.bincount(codes))
    vocabulary = Vocabulary(tuple(chr(code) for code in present.tolist() if code != ord("\n")))
    V = len(vocabulary)
    token_of = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    token_of[[ord(c) for c in vocabulary.characters]] = np.arange(1, V)
    tokens = token_of[codes]
    counts = np.bincount(tokens[:-1] * V + tokens[1:], minlength=V * V)
    counted = np.flatnonzero(counts)
    return BigramCounts(vocabulary, dict(zip(counted.tolist(), counts[counted].tolist(), strict=True)))
