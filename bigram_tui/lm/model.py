"""What every model can say: the probability of each next token, and from that the likelihood of a word."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.late import np
from bigram_tui.lm.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bigram_tui.lm.network import Network


class LanguageModel(Protocol):
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

    counts: NgramCounts
    smoothing: float

    @property
    def description(self) -> str:
        """“counts with smoothing 1”."""
        return f"counts with smoothing {self.smoothing:g}"

    def probability(self, first: int, second: int) -> float:
        """P(second | first) = (N + k) / (rowsum(N) + k·V)."""
        return self.counts.probability(first, second, self.smoothing)

    def cells(self, first: int, columns: slice = slice(None)) -> list[float]:
        """Some of P(· | first), without numpy: `probability` of each."""
        counts, k = self.counts, self.smoothing
        total = counts.row_totals[first] + k * len(counts.vocabulary)
        return [(n + k) / total if total else 0.0 for n in counts.cells(first, columns)]

    def row(self, first: int) -> NDArray[np.float64]:
        """P(· | first), shape (V,), float64."""
        return self.counts.row(first, self.smoothing)

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        """(N[first] + k) / its sum, shape (V,), in float32 as the lecture computes it."""
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
        """“uniform: each of 27 equally likely”."""
        return f"uniform: each of {len(self.vocabulary)} equally likely"

    def probability(self, first: int, second: int) -> float:
        """1 / V."""
        return 1 / len(self.vocabulary)

    def row(self, first: int) -> NDArray[np.float64]:
        """1 / V in each place, shape (V,), float64."""
        return np.full(len(self.vocabulary), 1 / len(self.vocabulary))

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        """1 / V in each place, shape (V,), float32."""
        V = len(self.vocabulary)
        return np.full(V, np.float32(1) / np.float32(V))


class NetworkModel:
    """The probabilities of a network, softmax(W)."""

    def __init__(self, network: Network, steps: int) -> None:
        self.description = f"network after {steps:,} {'step' if steps == 1 else 'steps'}"
        self.network = network
        self._P: NDArray[np.float64] = network.W.double().softmax(1).numpy()
        self._P_for_drawing: NDArray[np.float32] = network.probabilities().numpy()

    def probability(self, first: int, second: int) -> float:
        """softmax(W)[first, second], from float64."""
        return float(self._P[first, second])

    def row(self, first: int) -> NDArray[np.float64]:
        """softmax(W[first]), shape (V,), float64."""
        row: NDArray[np.float64] = self._P[first]
        return row

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        """softmax(W[first]), shape (V,), float32 as W is."""
        row: NDArray[np.float32] = self._P_for_drawing[first]
        return row


class TemperedModel:
    """Another model's P^(1/T), each row normalized again.

    A temperature T below 1 makes likely tokens likelier, one above 1 makes all more alike. T = 0 is the
    limit: always the most likely token, equally likely ones with equal probability.
    """

    def __init__(self, model: LanguageModel, temperature: float) -> None:
        self.model = model
        self.temperature = temperature
        self.description = f"{model.description}, T = {temperature:g}"
        self._row = lru_cache(maxsize=256)(self._tempered)

    def powers(self, first: int) -> NDArray[np.float64]:
        """P^(1/T) of a row, whose sum is what it is normalized with.

        In logarithms and relative to the largest P, so that no power over- or underflows.
        """
        row = self.model.row(first)
        largest = row.max()
        if not largest > 0:
            return row
        powers: NDArray[np.float64]
        with np.errstate(divide="ignore", over="ignore"):
            logs = np.log(row) - np.log(largest)
            powers = (
                np.exp(logs / self.temperature) if self.temperature else (row == largest).astype(row.dtype)
            )
        return powers

    def _tempered(self, first: int) -> NDArray[np.float64]:
        powers = self.powers(first)
        total = powers.sum()
        return powers / total if total > 0 else powers

    def probability(self, first: int, second: int) -> float:
        """P^(1/T) of this token, divided by the sum of those of its row."""
        return float(self._row(first)[second])

    def row(self, first: int) -> NDArray[np.float64]:
        """P^(1/T) of a row, divided by their sum, shape (V,), float64."""
        return self._row(first)

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        """The same in float32, shape (V,)."""
        row: NDArray[np.float32] = self._row(first).astype("float32")
        return row


def tempered(model: LanguageModel, temperature: float) -> LanguageModel:
    """The model at a temperature; at 1 it is the model itself, to the last digit."""
    return model if temperature == 1 else TemperedModel(model, temperature)


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
        """e to the nll."""
        return perplexity(self.nll)


def score(tokens: list[int], model: LanguageModel) -> WordScore:
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
