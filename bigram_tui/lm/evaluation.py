"""Evaluation: how well each context length predicts the words it was learned from, and held-out words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.model import CountModel
from bigram_tui.lm.settings import ADD_K
from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel, Ladder, Text

ROUNDS = 20
"""Rounds of iterative proportional fitting, enough for six digits of the loss to be stable."""


def side_by_side_nll(trigrams: NgramCounts) -> float:
    """The lowest possible loss of softmax(x₁ @ A + x₂ @ B) for two one-hot vectors, in nats per token.

    Each character adds its own logits, without interaction: the log-linear model that matches the counts of
    (x₁, x₂), (x₁, y) and (x₂, y). It is found by iterative proportional fitting (Deming & Stephan, On a least
    squares adjustment, Annals of Mathematical Statistics 11, 1940).
    """
    V = len(trigrams.vocabulary)
    N = trigrams.N.reshape(V, V, V).astype(np.float64)
    fitted = np.ones_like(N)
    for axis in (0, 1, 2) * ROUNDS:
        wanted, now = (table.sum(axis, keepdims=True) for table in (N, fitted))
        fitted *= np.divide(wanted, now, out=np.zeros_like(now), where=now > 0)
    seen = N > 0
    P = fitted / np.maximum(fitted.sum(2, keepdims=True), np.finfo(float).tiny)
    return float(-(N[seen] @ np.log(P[seen])) / N.sum())


def without_beginnings(trigrams: NgramCounts, k: float) -> tuple[int, float]:
    """How many trigrams are left without those that predict the first character of a word, as in
    zip(w, w[1:], w[2:]) with one boundary in front, and their mean loss with add-k smoothing, in nats."""
    first, P = trigrams.row_counts(0), trigrams.row(0, k)
    seen, rest = first > 0, trigrams.total - int(first.sum())
    return rest, (trigrams.nll_sum(k) + float(first[seen] @ np.log(P[seen]))) / rest


@dataclass(frozen=True)
class Row:
    """One context length under one smoother. Losses are means per token in nats, infinite where some P is 0.

    `smoothing` is the k of add-k; `discounts` are those of each order, from the empty context up, if the
    smoother has any. `contexts_seen` and `ngrams` count the distinct ones in train.
    """

    context: int
    smoother: str
    smoothing: float | None
    discounts: tuple[tuple[float, ...], ...] | None
    contexts_seen: int
    ngrams: int
    train: float
    dev: float | None
    test: float | None
    dev_without_train: float | None


CURVE = tuple(10.0 ** (place / 8) for place in range(-32, 17))
"""The values of k on a curve: from 0.0001 to 100, eight per power of ten."""


class Tuning(NamedTuple):
    """The losses of one context length by the k of add-k: on train and on dev, for each k in CURVE.

    Without dev there is no best k.
    """

    train: tuple[float, ...]
    dev: tuple[float, ...] | None
    best_k: float | None


class Evaluation:
    """Models of every context length up to the longest that was counted, learned from train."""

    def __init__(self, train: NgramCounts, dev: NgramCounts, test: NgramCounts, new: NgramCounts) -> None:
        """`new` are the n-grams of the words of dev that are not in train."""
        self.ladder = Ladder(train)
        self.seen_once = [int((table.arrays.counts == 1).sum()) for table in self.ladder.tables]
        """How many n-grams occur exactly once in train, by context length."""

        self._train = Text(self.ladder, train)
        self._dev, self._test, self._new = (
            Text(self.ladder, text) if len(text.keys) else None for text in (dev, test, new)
        )

    def best_k(self, context: int) -> float:
        """The k of add-k with the lowest loss on dev, the only criterion.

        Raises:
            SettingError: if there is no dev.
        """
        if self._dev is None:
            raise SettingError("k is tuned on dev, of which this split has nothing: use one such as 80/10/10")
        return self._dev.best_k(context)

    def tuning(self, context: int) -> Tuning:
        """The losses for each k, and the k that `best_k` finds."""
        train = tuple(self._train.add_k_curve(CURVE, context))
        if self._dev is None:
            return Tuning(train, None, None)
        return Tuning(train, tuple(self._dev.add_k_curve(CURVE, context)), self.best_k(context))

    def model(self, context: int, smoother: str, k: float) -> CountModel | InterpolatedModel:
        """The model that a row's losses are those of."""
        if smoother == ADD_K:
            return CountModel(self.ladder.tables[context], k)
        return InterpolatedModel(self.ladder, INTERPOLATED[smoother], context)

    def row(self, context: int, smoother: str, k: float, with_test: bool = False) -> Row:
        """The losses of one context length; on test only if requested."""

        def loss(text: Text | None) -> float | None:
            return text.loss(smoother, context, k) if text else None

        table, discounts = self.ladder.tables[context], None
        if smoother in INTERPOLATED:
            orders = self.ladder.orders(INTERPOLATED[smoother], context)
            discounts = tuple(order.discounts for order in orders) if orders[0].discounts else None
        return Row(
            context,
            smoother,
            k if smoother == ADD_K else None,
            discounts,
            len(table.rows.states),
            len(table.keys),
            self._train.loss(smoother, context, k),
            loss(self._dev),
            loss(self._test) if with_test else None,
            loss(self._new),
        )

    def rows(self, smoother: str, k: float, tune: bool, with_test: bool) -> Iterator[Row]:
        """A row for each context length, all with the same k, or each with its own best k if `tune`."""
        for context in range(self.ladder.context + 1):
            best = self.best_k(context) if tune and smoother == ADD_K else k
            yield self.row(context, smoother, best, with_test)
