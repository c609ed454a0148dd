"""Smoothing: what is believed of n-grams that were seen seldom or never.

Three smoothers ask the next shorter context for what a context does not know. They differ in how much they
leave to it; the definitions are those of Chen & Goodman, An empirical study of smoothing techniques for
language modeling, Computer Speech and Language 13 (1999) 359–394.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bigram_tui.lm.counts import NgramCounts, look_up
from bigram_tui.lm.settings import SMOOTHERS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW = 5
"""From so many on an n-gram was seen often: nᵢ, how many were seen i times, is needed up to n₄."""


@dataclass(frozen=True)
class Order:
    """What contexts of one length know: P(w|h) = (own[hw] + passed_on[h]·P(w|h′)) / total[h].

    h′ is h without its first token. `keys` are the n-grams hw that were seen, ascending, `states` the
    contexts h, and from one of `ends` to the next are the n-grams of each; below the empty context P is 1/V.
    `discounts` are what Kneser-Ney takes from counts of 1, 2, and 3 or more; one for all of them where it
    takes the same.
    """

    keys: Ints
    own: Floats
    states: Ints
    ends: Ints
    passed_on: Floats
    total: Floats
    discounts: tuple[float, ...] = ()

    def place(self, h: int) -> int | None:
        """Where a context stands, if it was seen."""
        place = int(np.searchsorted(self.states, h))
        return place if place < len(self.states) and self.states[place] == h else None


class Windows(NamedTuple):
    """The n-grams of one context length with their counts, and which row each belongs to.

    Near the beginning of a word the context is as long as there are tokens, the boundary among them: of
    (0, 0, e) only `.e` is left, which is a context of length 2 and none of length 3.
    """

    keys: Ints
    counts: Ints
    states: Ints
    starts: Ints

    @classmethod
    def of(cls, ngrams: NgramCounts) -> Windows:
        """Those of a table without the contexts in which the boundary stands more than once."""
        V, c = len(ngrams.vocabulary), ngrams.context
        begin = int(np.searchsorted(ngrams.arrays.keys, V ** (c - 1))) if c > 1 else 0
        keys, counts = ngrams.arrays.keys[begin:], ngrams.arrays.counts[begin:]
        states = keys // V
        starts = np.flatnonzero(np.diff(states, prepend=-1))
        return cls(keys, counts, states[starts], starts)

    @property
    def ends(self) -> Ints:
        """Where the n-grams of each context begin, and at last how many there are."""
        return np.append(self.starts, len(self.keys))

    def row_sums(self, values: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
        """The sum over each row, of a value for each n-gram."""
        if not len(values):
            return np.zeros(0)
        return np.add.reduceat(values, self.starts).astype(np.float64)


def witten_bell(windows: Windows) -> Order:
    """P(w|h) = (c(hw) + T(h)·P(w|h′)) / (c(h) + T(h)), T(h) how many different tokens followed h."""
    different = np.diff(windows.ends).astype(np.float64)
    own, total = windows.counts.astype(np.float64), windows.row_sums(windows.counts) + different
    return Order(windows.keys, own, windows.states, windows.ends, different, total)


def kneser_ney(windows: Windows) -> Order:
    """P(w|h) = (a(hw) − D + Γ(h)·P(w|h′)) / a(h), one discount D = n₁ / (n₁ + 2n₂) for all counts."""
    n1, n2, *_ = _how_many_seen(windows.counts)
    return _discounted(windows, (n1 / (n1 + 2 * n2) if n1 else 0.5,))


def modified_kneser_ney(windows: Windows) -> Order:
    """As Kneser-Ney, with other discounts for counts of 1, 2, and 3 or more: i − (i+1)·Y·nᵢ₊₁/nᵢ.

    Y = n₁ / (n₁ + 2n₂). On small lists, where they cannot be computed, they are 0.5, 1 and 1.5 (as kenlm's
    fallback).
    """
    n = _how_many_seen(windows.counts)
    discounts: tuple[float, ...] = (0.5, 1.0, 1.5)
    if all(n):
        Y = n[0] / (n[0] + 2 * n[1])
        computed = tuple(i - (i + 1) * Y * n[i] / n[i - 1] for i in (1, 2, 3))
        discounts = computed if min(computed) >= 0 else discounts
    return _discounted(windows, discounts)


def _how_many_seen(counts: Ints) -> list[int]:
    """n₁ … n₄: how many n-grams have the count 1, 2, 3, 4."""
    seen: list[int] = np.bincount(np.minimum(counts, FEW), minlength=FEW + 1)[1:FEW].tolist()
    return seen


def _discounted(windows: Windows, discounts: tuple[float, ...]) -> Order:
    taken = np.array([0.0, *discounts])[np.minimum(windows.counts, len(discounts))]
    own, total = windows.counts - taken, windows.row_sums(windows.counts)
    return Order(windows.keys, own, windows.states, windows.ends, windows.row_sums(taken), total, discounts)


def continuations(windows: Windows, longer: Windows, V: int, context: int) -> Windows:
    """The same n-grams, counted as Kneser-Ney counts those of a shorter context.

    That is N₁₊(• hw), how many different tokens came before hw. Before a context that begins at the boundary
    comes nothing: it keeps its count.
    """
    before = np.unique(longer.keys % V ** (context + 1), return_counts=True)
    begins_at_boundary = windows.keys < V**context if context else np.zeros(len(windows.keys), dtype=bool)
    counts = np.where(begins_at_boundary, windows.counts, look_up(*before, windows.keys))
    return windows._replace(counts=counts)


@dataclass(frozen=True)
class Smoother:
    """A way to smooth: its key on the command line, and what it makes of the n-grams of a length.

    With `counts_continuations` shorter contexts are counted by the different tokens before them.
    """

    key: str
    order: Callable[[Windows], Order]
    counts_continuations: bool = True

    @property
    def name(self) -> str:
        return SMOOTHERS[self.key]


INTERPOLATED = {
    smoother.key: smoother
    for smoother in (
        Smoother("witten-bell", witten_bell, counts_continuations=False),
        Smoother("kneser-ney", kneser_ney),
        Smoother("modified-kneser-ney", modified_kneser_ney),
    )
}


def shorter_tables(ngrams: NgramCounts) -> list[NgramCounts]:
    """The counts by the length of the context, from 0 to that of these."""
    tables = [ngrams]
    while tables[-1].context:
        tables.append(tables[-1].shorter)
    return tables[::-1]


class Ladder:
    """The n-grams of a text for all contexts from 0 on, and each smoother's orders, computed once."""

    def __init__(self, ngrams: NgramCounts) -> None:
        self.V, self.context = len(ngrams.vocabulary), ngrams.context
        self.tables = shorter_tables(ngrams)
        """The counts by the length of the context."""

        self._orders: dict[tuple[str, int, bool], Order] = {}

    @cached_property
    def windows(self) -> list[Windows]:
        """The same without repeated boundaries, by the length of the context."""
        return [Windows.of(table) for table in self.tables]

    def order(self, smoother: Smoother, context: int, longest: bool) -> Order:
        """What contexts of this length know: as the longest ones, or asked by longer ones."""
        continued = smoother.counts_continuations and not longest
        place = smoother.key, context, continued
        if place not in self._orders:
            windows = self.windows[context]
            if continued:
                windows = continuations(windows, self.windows[context + 1], self.V, context)
            self._orders[place] = smoother.order(windows)
        return self._orders[place]

    def orders(self, smoother: Smoother, context: int) -> list[Order]:
        """From the empty context to the longest one."""
        return [self.order(smoother, c, longest=c == context) for c in range(context + 1)]


class Places(NamedTuple):
    """Where the n-grams of a text stand in a table, −1 where nowhere, and in its own next shorter one."""

    key: Ints
    state: Ints
    shorter: Ints


class Text:
    """A text beside the one that was learned from: its loss under each smoother and context, in nats."""

    def __init__(self, ladder: Ladder, ngrams: NgramCounts) -> None:
        self._ladder = ladder
        self._tables = ladder.tables if ngrams is ladder.tables[-1] else shorter_tables(ngrams)
        self._shorter_P: dict[tuple[str, int], Floats] = {}
        self._places = lru_cache(maxsize=None)(self._places_of)
        self._seen = lru_cache(maxsize=None)(self._times_seen)
        self._kinds = lru_cache(maxsize=None)(self._kinds_of)

    def _places_of(self, context: int) -> Places:
        keys, windows = self._tables[context].arrays.keys, self._ladder.windows[context]
        shorter = keys[:0] if not context else self._tables[context - 1].arrays.keys
        V = self._ladder.V
        return Places(
            _places(windows.keys, keys),
            _places(windows.states, keys // V),
            np.searchsorted(shorter, keys % V**context) if context else np.zeros(len(keys), dtype=np.int64),
        )

    def nll(self, smoother: Smoother, context: int) -> float:
        """The mean negative log-likelihood per token, in nats."""
        return float(self.nll_terms(smoother, context).sum()) / self._tables[context].total

    def nll_terms(self, smoother: Smoother, context: int) -> Floats:
        """What each different n-gram adds to the negative log-likelihood: its N·(−ln P), in nats."""
        order = self._ladder.order(smoother, context, longest=True)
        surprises: Floats = -np.log(self._P(order, smoother, context))
        return surprises * self._tables[context].arrays.counts

    def _mean(self, surprises: Floats, context: int) -> float:
        table = self._tables[context]
        return float(table.arrays.counts @ surprises) / table.total

    def _P(self, order: Order, smoother: Smoother, context: int) -> Floats:
        """P of each different n-gram of the text."""
        places = self._places(context)
        P = self._P_of_shorter(smoother, context)[places.shorter]
        known = np.flatnonzero(places.state >= 0)
        state, key = places.state[known], places.key[known]
        own = np.where(key >= 0, order.own[key], 0.0)
        P[known] = (own + order.passed_on[state] * P[known]) / order.total[state]
        return P

    def _P_of_shorter(self, smoother: Smoother, context: int) -> Floats:
        """P without the first token of the context, of each different n-gram without it."""
        if context == 0:
            return np.full(1, 1 / self._ladder.V)
        place = smoother.key, context - 1
        if place not in self._shorter_P:
            order = self._ladder.order(smoother, context - 1, longest=False)
            self._shorter_P[place] = self._P(order, smoother, context - 1)
        return self._shorter_P[place]

    def _times_seen(self, context: int) -> tuple[Ints, Ints]:
        """How often train has each n-gram of the text, and its context."""
        (keys, counts), table = self._tables[context].arrays, self._ladder.tables[context]
        if table is self._tables[context]:
            return counts, np.repeat(table.rows.totals, np.diff(table.rows.starts, append=len(keys)))
        return table.find(keys), look_up(table.rows.states, table.rows.totals, keys // self._ladder.V)

    def add_k_nll(self, k: float, context: int) -> float:
        """The same for add-k: P = (c(hw) + k) / (c(h) + k·V); infinite where P is 0."""
        n, total = self._seen(context)
        if not k and not n.all():
            return math.inf
        return self._mean(-np.log((n + k) / (total + k * self._ladder.V)), context)

    def _kinds_of(self, context: int) -> tuple[Ints, Ints, Floats]:
        """Each different pair of counts in train, of n-gram and context, and how many tokens have it.

        The loss of add-k depends on nothing else, and they are few.
        """
        n, total = self._seen(context)
        totals, place = np.unique(total, return_inverse=True)
        kinds, back = np.unique(n * len(totals) + place.ravel(), return_inverse=True)
        weights: Floats = np.bincount(back.ravel(), self._tables[context].arrays.counts).astype(np.float64)
        return kinds // len(totals), totals[kinds % len(totals)], weights

    def add_k_curve(self, ks: Iterable[float], context: int) -> list[float]:
        """`add_k_nll` for each of these k, all above 0."""
        n, total, weights = self._kinds(context)
        tokens, V = self._tables[context].total, self._ladder.V
        return [float(weights @ -np.log((n + k) / (total + k * V))) / tokens for k in ks]

    def best_k(self, context: int) -> float:
        """The k with the lowest loss, by golden section on ln k."""

        def loss(ln_k: float) -> float:
            return self.add_k_curve([math.exp(ln_k)], context)[0]

        return math.exp(_golden_section(loss, *map(math.log, SEARCHED)))


SEARCHED = (1e-6, 1e4)
"""Between which k the best one is searched."""

GOLDEN = (math.sqrt(5) - 1) / 2


def _golden_section(f: Callable[[float], float], low: float, high: float, close: float = 1e-4) -> float:
    """Where a function with one minimum has it, this close."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = f(left), f(right)
    while high - low > close:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = f(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = f(right)
    return (low + high) / 2


def _places(keys: Ints, wanted: Ints) -> Ints:
    """Where each wanted key stands among ascending keys; −1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)


KEPT = 4_000_000
MIN_ROWS = 1_000
"""Probabilities that a model remembers, and rows of them if they are long."""


class Share(NamedTuple):
    """What one context length contributes to a probability: P = (own + passed_on·P of the shorter) / total.

    `length` is how many tokens of context it has. A context that was never seen has none: it passes on to the
    shorter one whole.
    """

    length: int
    own: float
    passed_on: float
    total: float
    P: float


class InterpolatedModel:
    """P from n-grams under one of INTERPOLATED: each context asks the next shorter one for what it lacks."""

    def __init__(self, ladder: Ladder, smoother: Smoother, context: int) -> None:
        self.vocabulary = ladder.tables[0].vocabulary
        self.context, self.smoother = context, smoother
        self.orders = ladder.orders(smoother, context)
        self._states = ladder.tables[context].rows.states
        self._P = lru_cache(maxsize=max(MIN_ROWS, KEPT // len(self.vocabulary)))(self._P_of)

    @property
    def description(self) -> str:
        """“Kneser-Ney, context 3”."""
        return f"{self.smoother.name}, context {self.context}"

    def probability(self, state: int, token: int) -> float:
        """P(token | context)."""
        return float(self.row(state)[token])

    def row(self, state: int) -> Floats:
        """P(· | context), shape (V,)."""
        return self._P(self.context, state)

    def _P_of(self, length: int, h: int) -> Floats:
        """P(· | h) as contexts of this length know it."""
        V = len(self.vocabulary)
        shorter = self._P(length - 1, h % V ** (length - 1)) if length else np.full(V, 1 / V)
        order = self.orders[length]
        place = order.place(h)
        if place is None:
            return shorter
        ngrams = slice(*order.ends[place : place + 2])
        P: Floats = shorter * order.passed_on[place]
        P[order.keys[ngrams] - h * V] += order.own[ngrams]
        P /= order.total[place]
        return P

    @cached_property
    def largest_probability(self) -> float:
        """The largest P of all n-grams that were seen; near the beginning of a word contexts are shorter."""
        V, P = len(self.vocabulary), np.full(1, 1 / len(self.vocabulary))
        shorter_keys, largest = np.zeros(1, dtype=np.int64), 0.0
        for length, order in enumerate(self.orders):
            rows = np.repeat(np.arange(len(order.states)), np.diff(order.ends))
            shorter = P[np.searchsorted(shorter_keys, order.keys % V**length)]
            P = (order.own + order.passed_on[rows] * shorter) / order.total[rows]
            shorter_keys = order.keys
            asked = P if length == self.context else P[order.keys < V**length] if length else P[:0]
            largest = max(largest, float(asked.max(initial=0.0)))
        return largest

    def cells(self, state: int, columns: slice = slice(None)) -> list[float]:
        """Some of P(· | context), as plain numbers."""
        cells: list[float] = self.row(state)[columns].tolist()
        return cells

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """P(· | context) in float32, shape (V,)."""
        return self.row(state).astype(np.float32)

    def parts(self, state: int) -> Floats:
        """What each context length adds to P(· | context), shape (c + 2, V).

        The first row is that of knowing nothing, 1/V; then come those of 0 … c tokens of context.
        """
        V = len(self.vocabulary)
        parts = np.zeros((self.context + 2, V))
        parts[0] = 1 / V
        for length, order in enumerate(self.orders):
            h = state % V**length
            if (place := order.place(h)) is not None:
                ngrams = slice(*order.ends[place : place + 2])
                parts *= order.passed_on[place] / order.total[place]
                parts[length + 1, order.keys[ngrams] - h * V] = order.own[ngrams] / order.total[place]
        return parts

    def shares(self, state: int, token: int) -> Iterator[Share]:
        """How P(token | context) comes about, from the empty context up to the longest that was seen."""
        V = len(self.vocabulary)
        P = 1 / V
        for length, order in enumerate(self.orders):
            h = state % V**length
            if (place := order.place(h)) is not None:
                own = float(look_up(order.keys, order.own, np.array([h * V + token]))[0])
                passed_on, total = float(order.passed_on[place]), float(order.total[place])
                P = (own + passed_on * P) / total
                yield Share(length, own, passed_on, total, P)
