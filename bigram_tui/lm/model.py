"""What every model can say: the probability of each next token, and from that the likelihood of a word."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.vocabulary import Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class BigramModel(Protocol):
    """P(next token | current token), for every pair of tokens.

    What is shown and every likelihood is float64. What is drawn from is float32, as in the lecture,
    because a rounding of the last digit changes the hundred-thousandth name.
    """

    @property
    def description(self) -> str:
        """Where the probabilities come from, in words: “counts with smoothing 1”."""
        ...

    def probability(self, first: int, second: int) -> float:
        """P(second | first)."""
        ...

    def row(self, first: int) -> NDArray[np.float64]:
        """P(· | first), shape (V,)."""
        ...

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        """P(· | first) in float32, shape (V,)."""
        ...


@dataclass(frozen=True)
class CountModel:
    """P from the counts with add-k smoothing."""

    counts: BigramCounts
    smoothing: float

    @property
    def description(self) -> str:
        return f"counts with smoothing {self.smoothing:g}"

    def probability(self, first: int, second: int) -> float:
        return self.counts.probability(first, second, self.smoothing)

    def row(self, first: int) -> NDArray[np.float64]:
        return self.counts.row(first, self.smoothing)

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        import numpy as np

        row: NDArray[np.float32] = (self.counts.row_counts(first) + self.smoothing).astype(np.float32)
        if row.any():
            row /= row.sum()
        return row


@dataclass(frozen=True)
class UniformModel:
    """Every token is equally likely: what somebody who knows nothing would say."""

    vocabulary: Vocabulary

    @property
    def description(self) -> str:
        return f"uniform: each of {len(self.vocabulary)} equally likely"

    def probability(self, first: int, second: int) -> float:
        return 1 / len(self.vocabulary)

    def row(self, first: int) -> NDArray[np.float64]:
        import numpy as np

        return np.full(len(self.vocabulary), 1 / len(self.vocabulary))

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        import numpy as np

        V = len(self.vocabulary)
        return np.full(V, np.float32(1) / np.float32(V))


class ScoredBigram(NamedTuple):
    """One bigram of a word: its tokens and its probability."""

    first: int
    second: int
    probability: float


@dataclass(frozen=True)
class WordScore:
    """How likely a word is: its bigrams, and their summed negative log-likelihood in nats."""

    bigrams: tuple[ScoredBigram, ...]
    nll_sum: float

    @property
    def nll(self) -> float:
        """The mean per bigram, in nats."""
        return self.nll_sum / len(self.bigrams)

    @property
    def perplexity(self) -> float:
        return perplexity(self.nll)


def score(tokens: list[int], model: BigramModel) -> WordScore:
    """The likelihood of a word, given as its tokens with the boundary on both sides."""
    bigrams = tuple(
        ScoredBigram(first, second, model.probability(first, second))
        for first, second in itertools.pairwise(tokens)
    )
    return WordScore(bigrams, math.fsum(negative_log(b.probability) for b in bigrams))


def negative_log(probability: float) -> float:
    """−ln p in nats; infinite for p = 0."""
    return -math.log(probability) if probability > 0 else math.inf


def perplexity(nll: float) -> float:
    """e to the mean negative log-likelihood: how many equally likely characters it amounts to."""
    try:
        return math.exp(nll)
    except OverflowError:
        return math.inf
