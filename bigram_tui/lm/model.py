"""What all models have in common: the probability of each next token, and so the likelihood of a word."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bigram_tui.lm.context import states_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.vocabulary import Vocabulary

if TYPE_CHECKING:
    from bigram_tui.lm.network import Network


class LanguageModel(Protocol):
    """P(next token | context): a row for each context, indexed by its number (see `context`).

    With `context` = 1 the context is the current token. Everything shown and every likelihood is float64.
    Drawing uses float32, as in the lecture: rounding the last digit differently would change some of the
    first 100,000 names.
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The V tokens."""
        ...

    @property
    def context(self) -> int:
        """c, the number of tokens that the next one depends on."""
        ...

    @property
    def description(self) -> str:
        """Where the probabilities come from, such as “counts with smoothing 1”."""
        ...

    def probability(self, state: int, token: int) -> float:
        """P(token | state)."""
        ...

    def row(self, state: int) -> NDArray[np.float64]:
        """P(· | state), shape (V,)."""
        ...

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """P(· | state) in float32, shape (V,)."""
        ...


@dataclass(frozen=True)
class CountModel:
    """P from the counts with add-k smoothing."""

    counts: NgramCounts
    smoothing: float

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the counts."""
        return self.counts.vocabulary

    @property
    def context(self) -> int:
        """The context length of the counts."""
        return self.counts.context

    @property
    def description(self) -> str:
        """“counts with smoothing 1”, with “, context 3” if the context is not one token."""
        return f"counts with smoothing {self.smoothing:g}" + _of(self.context)

    def probability(self, state: int, token: int) -> float:
        """P(token | state) = (N + k) / (rowsum(N) + k·V)."""
        return self.counts.probability(state, token, self.smoothing)

    @property
    def largest_probability(self) -> float:
        """The largest P over all contexts that occur."""
        return self.counts.largest_probability(self.smoothing)

    def cells(self, state: int, columns: slice = slice(None)) -> list[float]:
        """Part of P(· | state), without numpy: `probability` of each token."""
        counts, k = self.counts, self.smoothing
        total = counts.row_totals[state] + k * len(counts.vocabulary)
        return [(n + k) / total if total else 0.0 for n in counts.cells(state, columns)]

    def row(self, state: int) -> NDArray[np.float64]:
        """P(· | state), shape (V,), float64."""
        return self.counts.row(state, self.smoothing)

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """(N[state] + k) / its sum, shape (V,), in float32 as the lecture computes it."""
        row: NDArray[np.float32] = (self.counts.row_counts(state) + self.smoothing).astype(np.float32)
        if row.any():
            row /= row.sum()
        return row


@dataclass(frozen=True)
class UniformModel:
    """Every token is equally likely: the baseline that knows nothing."""

    vocabulary: Vocabulary
    context: int = 1

    @property
    def description(self) -> str:
        """“uniform: each of 27 equally likely”."""
        return f"uniform: each of {len(self.vocabulary):,} equally likely"

    def probability(self, state: int, token: int) -> float:
        """1 / V."""
        return 1 / len(self.vocabulary)

    def row(self, state: int) -> NDArray[np.float64]:
        """1 / V everywhere, shape (V,), float64."""
        return np.full(len(self.vocabulary), 1 / len(self.vocabulary))

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """1 / V everywhere, shape (V,), float32."""
        V = len(self.vocabulary)
        return np.full(V, np.float32(1) / np.float32(V))


class NetworkModel:
    """The probabilities of a network, softmax(W)."""

    def __init__(self, network: Network, steps: int, vocabulary: Vocabulary) -> None:
        self.vocabulary, self.context = vocabulary, network.context
        self.network, self.steps = network, steps
        after = f"network after {steps:,} {'step' if steps == 1 else 'steps'}"
        self.description = after + _of(self.context)

    @cached_property
    def _P(self) -> NDArray[np.float64]:
        """softmax(W), computed on first use: with 20,000 contexts it takes longer than a frame."""
        P: NDArray[np.float64] = self.network.W.double().softmax(1).numpy()
        return P

    @cached_property
    def _P_for_drawing(self) -> NDArray[np.float32]:
        P: NDArray[np.float32] = self.network.probabilities().numpy()
        return P

    def probability(self, state: int, token: int) -> float:
        """softmax(W)[state, token], computed in float64."""
        return float(self._P[state, token])

    def row(self, state: int) -> NDArray[np.float64]:
        """softmax(W[state]), shape (V,), float64."""
        row: NDArray[np.float64] = self._P[state]
        return row

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """softmax(W[state]), shape (V,), float32 like W."""
        row: NDArray[np.float32] = self._P_for_drawing[state]
        return row


class TemperedModel:
    """Another model's P^(1/T), with each row normalized again.

    A temperature T below 1 makes likely tokens likelier; above 1 it makes all tokens more alike. T = 0 is the
    limit: always the most likely token; tied tokens share the probability equally.
    """

    def __init__(self, model: LanguageModel, temperature: float) -> None:
        self.vocabulary, self.context, self.model = model.vocabulary, model.context, model
        self.temperature = temperature
        self.description = f"{model.description}, T = {temperature:g}"
        self._row = lru_cache(maxsize=256)(self._tempered)

    def powers(self, state: int) -> NDArray[np.float64]:
        """P^(1/T) of a row, not yet divided by its sum.

        Computed in log space relative to the largest P, so that no power overflows and the largest is 1.
        """
        row = self.model.row(state)
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

    def _tempered(self, state: int) -> NDArray[np.float64]:
        powers = self.powers(state)
        total = powers.sum()
        return powers / total if total > 0 else powers

    def probability(self, state: int, token: int) -> float:
        """P^(1/T) of this token, divided by the row's sum."""
        return float(self._row(state)[token])

    def row(self, state: int) -> NDArray[np.float64]:
        """P^(1/T) of a row, divided by its sum, shape (V,), float64."""
        return self._row(state)

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """The same in float32, shape (V,)."""
        row: NDArray[np.float32] = self._row(state).astype("float32")
        return row


def _of(context: int) -> str:
    """How a context length other than 1 is described."""
    return "" if context == 1 else f", context {context}"


def tempered(model: LanguageModel, temperature: float) -> LanguageModel:
    """The model at a temperature; at 1 the model itself, unchanged to the last digit."""
    return model if temperature == 1 else TemperedModel(model, temperature)


class ScoredToken(NamedTuple):
    """One token of a word, its context, and its probability there."""

    state: int
    token: int
    probability: float


class WordScore(NamedTuple):
    """How likely a word is: its tokens, and the sum of their negative log-likelihoods in nats."""

    tokens: tuple[ScoredToken, ...]
    nll_sum: float

    @property
    def nll(self) -> float:
        """The mean per token, in nats."""
        return self.nll_sum / len(self.tokens)

    @property
    def perplexity(self) -> float:
        """e^nll."""
        return perplexity(self.nll)


def score(tokens: list[int], model: LanguageModel) -> WordScore:
    """The likelihood of a word, given as its tokens with the boundary at both ends."""
    predicted = tokens[1:]
    states = states_of(predicted, len(model.vocabulary), model.context)
    scored = tuple(
        ScoredToken(state, token, model.probability(state, token))
        for state, token in zip(states, predicted, strict=True)
    )
    return WordScore(scored, math.fsum(negative_log(each.probability) for each in scored))


def negative_log(probability: float) -> float:
    """−ln p in nats; infinite for p = 0."""
    return -math.log(probability) if probability > 0 else math.inf


def perplexity(nll: float) -> float:
    """e^nll for a mean negative log-likelihood: the equivalent number of equally likely characters."""
    try:
        return math.exp(nll)
    except OverflowError:
        return math.inf
