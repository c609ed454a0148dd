"""Drawn names: how likely each one is, and statistics over many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bigram_tui.lm.context import state_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.model import LanguageModel, negative_log, perplexity
from bigram_tui.lm.vocabulary import BOUNDARY

MAX_LENGTH = 1_000
"""Characters after which a name is cut off, since a model may never draw the boundary."""

SAMPLES = 3
"""Names drawn from the network after each step, each from its own MAX_LENGTH numbers u."""

LONGEST_SAMPLE = 120
"""Characters after which such a name is not drawn further, since no more would be visible."""

MAX_SURPRISES = 1_000_000
"""Distinct n-grams whose −ln P is cached, a few hundred bytes each."""


def is_cut_off(name: str) -> bool:
    """Whether a drawn name was cut off at the maximum length instead of ending with the boundary."""
    return len(name) >= MAX_LENGTH


class DrawnName(NamedTuple):
    """A finished name; `nll` is the mean per bigram in nats, under the model that drew its last token.

    `in_dataset` is None if unknown. `by_hand` marks a name in which a character was chosen by hand, or drawn
    from probabilities other than this model's. `in_train` says whether the name is in train, if there is a
    split.
    """

    name: str
    model: str
    nll: float
    in_dataset: bool | None
    by_hand: bool = False
    in_train: bool | None = None

    @property
    def cut_off(self) -> bool:
        """Whether it was cut off at the maximum length."""
        return is_cut_off(self.name)

    @property
    def bigrams(self) -> int:
        """How many bigrams were drawn; a name that was cut off has no final boundary."""
        return len(self.name) + (not self.cut_off)

    @property
    def perplexity(self) -> float:
        """e^nll."""
        return perplexity(self.nll)


class Surprise(dict[tuple[str, ...], float]):
    """−ln P in nats of the last of some characters given those before it, computed on first use and cached.

    The boundary is a line feed, which no word contains. It scores names by the million, with results equal to
    the last digit to those of `model.score`.
    """

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self._model, self._context = model, model.context
        self._index = model.vocabulary.index | {"\n": BOUNDARY}

    def __missing__(self, ngram: tuple[str, ...]) -> float:
        if len(self) == MAX_SURPRISES:
            self.clear()
        *context, token = (self._index[character] for character in ngram)
        state = state_of(context, len(self._index))
        self[ngram] = negative_log(self._model.probability(state, token))
        return self[ngram]

    def nll(self, name: str) -> float:
        """The mean negative log-likelihood per token that was drawn, in nats."""
        following = name if is_cut_off(name) else name + "\n"
        # zip is not strict: in a name that was cut off, nothing follows the last character.
        if self._context == 1:
            ngrams: Iterable[tuple[str, ...]] = zip("\n" + name, following)  # noqa: B905
        else:
            before = "\n" * self._context + name
            ngrams = zip(*(before[place:] for place in range(self._context)), following)  # noqa: B905
        return math.fsum(map(self.__getitem__, ngrams)) / len(following)

    def drawn(self, names: Iterable[str], model: str, holds: Callable[[str], bool | None]) -> list[DrawnName]:
        """These names with their scores; `model` is its name, `holds` says which are in the data."""
        return [DrawnName(name, model, self.nll(name), holds(name)) for name in names]


@dataclass(frozen=True)
class Tally:
    """Statistics of drawn names: how many, their likelihood, how many are in the data, their lengths."""

    nll_sum: float = 0.0
    in_dataset: int = 0
    lengths: Mapping[int, int] = field(default_factory=dict)
    unknown: int = 0
    """How many names may or may not be in the data: it is not known."""
    in_train: int = 0
    """How many names are in train, if there is a split."""

    def with_names(self, names: Iterable[DrawnName]) -> Tally:
        """The tally with these names added to it."""
        names = list(names)
        return self + Tally(
            math.fsum(name.nll * name.bigrams for name in names),
            sum(name.in_dataset is True for name in names),
            Counter(len(name.name) for name in names),
            sum(name.in_dataset is None for name in names),
            sum(name.in_train is True for name in names),
        )

    def __add__(self, other: Tally) -> Tally:
        lengths = Counter(self.lengths) + Counter(other.lengths)
        return Tally(
            self.nll_sum + other.nll_sum,
            self.in_dataset + other.in_dataset,
            lengths,
            self.unknown + other.unknown,
            self.in_train + other.in_train,
        )

    @property
    def names(self) -> int:
        """How many names there are."""
        return sum(self.lengths.values())

    @property
    def bigrams(self) -> int:
        """How many bigrams were drawn for them."""
        return sum(n * (min(length + 1, MAX_LENGTH)) for length, n in self.lengths.items())

    @property
    def nll(self) -> float:
        """The mean per bigram, in nats."""
        return self.nll_sum / self.bigrams

    @property
    def mean_length(self) -> float:
        """The mean number of characters of a name."""
        return sum(length * n for length, n in self.lengths.items()) / self.names


def less_likely(nll: float, words: Collection[str], model: LanguageModel) -> float:
    """The share of these words whose mean negative log-likelihood per bigram is above this one."""
    surprise = Surprise(model)
    return sum(surprise.nll(model.vocabulary.fold(word)) > nll for word in words) / len(words)


def data_nll(counts: NgramCounts, model: LanguageModel) -> float:
    """The mean negative log-likelihood of counted n-grams under a model with the same context, in nats."""
    return float(nll_terms(counts, model).sum()) / counts.total


def nll_terms(counts: NgramCounts, model: LanguageModel) -> NDArray[np.float64]:
    """What each counted n-gram adds to the negative log-likelihood: N·(−ln P), in nats."""
    V, (keys, n), (states, starts, _) = len(counts.vocabulary), counts.arrays, counts.rows
    with np.errstate(divide="ignore"):
        surprises = [
            -np.log(model.row(state)[tokens])
            for state, tokens in zip(states.tolist(), np.split(keys % V, starts[1:]), strict=True)
        ]
    terms: NDArray[np.float64] = n * np.concatenate(surprises)
    return terms
