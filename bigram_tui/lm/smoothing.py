"""Smoothing: the probability of n-grams that were seen rarely or never.

The three interpolated smoothers mix in the probabilities of the next shorter context and differ in how much
weight they give it. Definitions: Chen & Goodman, An empirical study of smoothing techniques for language
modeling, Computer Speech and Language 13 (1999) 359–394.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.counts import NgramCounts, look_up, places_of
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.settings import ADD_K, SMOOTHERS

if TYPE_CHECKING:
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FEW = 5
"""Counts from here on are all treated as frequent: the counts of counts nᵢ are needed up to n₄."""


@dataclass(frozen=True)
class Order:
    """The table of one context length: P(w|h) = (own[hw] + passed_on[h]·P(w|h′)) / total[h].

    h′ is h without its first token; below the empty context, P is 1/V. `keys` are the n-grams hw that were
    seen, ascending, `states` the contexts h; the n-grams of a context lie between one of `ends` and the next.
    `discounts` are what Kneser-Ney subtracts from counts of 1, 2, and 3 or more, or the single discount that
    it subtracts from all of them.
    """

    keys: Ints
    own: Floats
    states: Ints
    ends: Ints
    passed_on: Floats
    total: Floats
    discounts: tuple[float, ...] = ()

    def place(self, h: int) -> int | None:
        """The index of a context in `states`; None if it was never seen."""
        place = int(np.searchsorted(self.states, h))
        return place if place < len(self.states) and self.states[place] == h else None


class Windows(NamedTuple):
    """The n-grams of one context length with their counts, and which row each belongs to.

    Near the start of a word, the context is cut to the tokens there are, with a single boundary: (0, 0, e)
    becomes `.e`, a context of length 2, and is not among those of length 3.
    """

    keys: Ints
    counts: Ints
    states: Ints
    starts: Ints

    @classmethod
    def of(cls, ngrams: NgramCounts) -> Windows:
        """Of a table, without contexts that contain the boundary more than once."""
        V, c = len(ngrams.vocabulary), ngrams.context
        begin = int(np.searchsorted(ngrams.arrays.keys, V ** (c - 1))) if c > 1 else 0
        keys, counts = ngrams.arrays.keys[begin:], ngrams.arrays.counts[begin:]
        states = keys // V
        starts = np.flatnonzero(np.diff(states, prepend=-1))
        return cls(keys, counts, states[starts], starts)

    @property
    def ends(self) -> Ints:
        """Where the n-grams of each context start, and last their total number."""
        return np.append(self.starts, len(self.keys))

    def row_sums(self, values: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
        """The row sums of an array with one value per n-gram."""
        if not len(values):
            return np.zeros(0)
        return np.add.reduceat(values, self.starts).astype(np.float64)


def witten_bell(windows: Windows) -> Order:
    """P(w|h) = (c(hw) + T(h)·P(w|h′)) / (c(h) + T(h)), where T(h) distinct tokens followed h."""
    different = np.diff(windows.ends).astype(np.float64)
    own, total = windows.counts.astype(np.float64), windows.row_sums(windows.counts) + different
    return Order(windows.keys, own, windows.states, windows.ends, different, total)


def kneser_ney(windows: Windows) -> Order:
    """P(w|h) = (a(hw) − D + Γ(h)·P(w|h′)) / a(h), with one discount D = n₁ / (n₁ + 2n₂) for all counts."""
    n1, n2, *_ = _how_many_seen(windows.counts)
    return _discounted(windows, (n1 / (n1 + 2 * n2) if n1 else 0.5,))


def modified_kneser_ney(windows: Windows) -> Order:
    """Like Kneser-Ney, with separate discounts for counts of 1, 2, and 3 or more: i − (i+1)·Y·nᵢ₊₁/nᵢ.

    Y = n₁ / (n₁ + 2n₂). If a list is too small to compute them, they are 0.5, 1 and 1.5 (kenlm's fallback).
    """
    n = _how_many_seen(windows.counts)
    discounts: tuple[float, ...] = (0.5, 1.0, 1.5)
    if all(n):
        Y = n[0] / (n[0] + 2 * n[1])
        computed = tuple(i - (i + 1) * Y * n[i] / n[i - 1] for i in (1, 2, 3))
        discounts = computed if min(computed) >= 0 else discounts
    return _discounted(windows, discounts)


def _how_many_seen(counts: Ints) -> list[int]:
    """The counts of counts n₁ … n₄: how many n-grams were seen 1, 2, 3 and 4 times."""
    seen: list[int] = np.bincount(np.minimum(counts, FEW), minlength=FEW + 1)[1:FEW].tolist()
    return seen


def _discounted(windows: Windows, discounts: tuple[float, ...]) -> Order:
    taken = np.array([0.0, *discounts])[np.minimum(windows.counts, len(discounts))]
    own, total = windows.counts - taken, windows.row_sums(windows.counts)
    return Order(windows.keys, own, windows.states, windows.ends, windows.row_sums(taken), total, discounts)


def continuations(windows: Windows, longer: Windows, V: int, context: int) -> Windows:
    """The same n-grams with the continuation counts that Kneser-Ney uses below the longest context.

    That is N₁₊(• hw), how many distinct tokens came before hw. Nothing comes before a context that starts
    with the boundary, so its n-grams keep their counts.
    """
    before = np.unique(longer.keys % V ** (context + 1), return_counts=True)
    begins_at_boundary = windows.keys < V**context if context else np.zeros(len(windows.keys), dtype=bool)
    counts = np.where(begins_at_boundary, windows.counts, look_up(*before, windows.keys))
    return windows._replace(counts=counts)


@dataclass(frozen=True)
class Smoother:
    """An interpolated smoother: its name on the command line, and how it builds a context length's table.

    With `counts_continuations`, shorter contexts use continuation counts (see `continuations`).
    """

    key: str
    order: Callable[[Windows], Order]
    counts_continuations: bool = True

    @property
    def name(self) -> str:
        """“modified Kneser-Ney”."""
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
    """The counts for every context length, from 0 to that of `ngrams`."""
    tables = [ngrams]
    while tables[-1].context:
        tables.append(tables[-1].shorter)
    return tables[::-1]


class Ladder:
    """The n-grams of a text for all context lengths, and a cache of each smoother's tables."""

    def __init__(self, ngrams: NgramCounts) -> None:
        self.V, self.context = len(ngrams.vocabulary), ngrams.context
        self.tables = shorter_tables(ngrams)
        """The counts, by context length."""

        self._orders: dict[tuple[str, int, bool], Order] = {}

    @cached_property
    def windows(self) -> list[Windows]:
        """The n-grams without repeated boundaries, by context length."""
        return [Windows.of(table) for table in self.tables]

    def order(self, smoother: Smoother, context: int, longest: bool) -> Order:
        """The table of this context length, as the longest one or as what a longer one backs off to."""
        continued = smoother.counts_continuations and not longest
        place = smoother.key, context, continued
        if place not in self._orders:
            windows = self.windows[context]
            if continued:
                windows = continuations(windows, self.windows[context + 1], self.V, context)
            self._orders[place] = smoother.order(windows)
        return self._orders[place]

    def orders(self, smoother: Smoother, context: int) -> list[Order]:
        """The tables from the empty context up to this one."""
        return [self.order(smoother, c, longest=c == context) for c in range(context + 1)]


class Places(NamedTuple):
    """For each n-gram of a text: its index and its context's in the training table (−1: unseen), and the
    index of its shorter n-gram in the text's own next shorter table."""

    key: Ints
    state: Ints
    shorter: Ints


class Text:
    """A text to evaluate on: its loss under each smoother and context length, in nats."""

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
            places_of(windows.keys, keys),
            places_of(windows.states, keys // V),
            np.searchsorted(shorter, keys % V**context),
        )

    def loss(self, smoother: str, context: int, k: float) -> float:
        """`nll` under the smoother with this key, or `add_k_nll`, for which k is."""
        if smoother == ADD_K:
            return self.add_k_nll(k, context)
        return self.nll(INTERPOLATED[smoother], context)

    def nll(self, smoother: Smoother, context: int) -> float:
        """The mean negative log-likelihood per token, in nats."""
        return float(self.nll_terms(smoother, context).sum()) / self._tables[context].total

    def nll_terms(self, smoother: Smoother, context: int) -> Floats:
        """What each distinct n-gram adds to the negative log-likelihood: N·(−ln P), in nats."""
        order = self._ladder.order(smoother, context, longest=True)
        surprises: Floats = -np.log(self._P(order, smoother, context))
        return surprises * self._tables[context].arrays.counts

    def _P(self, order: Order, smoother: Smoother, context: int) -> Floats:
        """P of each distinct n-gram of the text."""
        places = self._places(context)
        P = self._P_of_shorter(smoother, context)[places.shorter]
        known = np.flatnonzero(places.state >= 0)
        state, key = places.state[known], places.key[known]
        own = np.where(key >= 0, order.own[key], 0.0)
        P[known] = (own + order.passed_on[state] * P[known]) / order.total[state]
        return P

    def _P_of_shorter(self, smoother: Smoother, context: int) -> Floats:
        """P of each distinct n-gram of the next shorter context."""
        if context == 0:
            return np.full(1, 1 / self._ladder.V)
        place = smoother.key, context - 1
        if place not in self._shorter_P:
            order = self._ladder.order(smoother, context - 1, longest=False)
            self._shorter_P[place] = self._P(order, smoother, context - 1)
        return self._shorter_P[place]

    def _times_seen(self, context: int) -> tuple[Ints, Ints]:
        """How often each n-gram of the text occurs in train, and how often its context does."""
        (keys, counts), table = self._tables[context].arrays, self._ladder.tables[context]
        if table is self._tables[context]:
            return counts, np.repeat(table.rows.totals, np.diff(table.rows.starts, append=len(keys)))
        n = look_up(*table.arrays, keys)
        return n, look_up(table.rows.states, table.rows.totals, keys // self._ladder.V)

    def add_k_nll(self, k: float, context: int) -> float:
        """`nll` for add-k: P = (c(hw) + k) / (c(h) + k·V); infinite if some P is 0."""
        n, total = self._seen(context)
        if not k and not n.all():
            return math.inf
        surprises, table = -np.log((n + k) / (total + k * self._ladder.V)), self._tables[context]
        return float(table.arrays.counts @ surprises) / table.total

    def _kinds_of(self, context: int) -> tuple[Ints, Ints, Floats]:
        """The distinct pairs of counts in train, of n-gram and context, and how many tokens have each pair.

        The loss of add-k depends on nothing else, and there are few pairs.
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
        """The k with the lowest loss, by golden-section search on ln k."""

        def loss(ln_k: float) -> float:
            return self.add_k_curve([math.exp(ln_k)], context)[0]

        return math.exp(_golden_section(loss, *map(math.log, SEARCHED)))


SEARCHED = (1e-6, 1e4)
"""The range of k that is searched for the best one."""

GOLDEN = (math.sqrt(5) - 1) / 2


def _golden_section(f: Callable[[float], float], low: float, high: float, close: float = 1e-4) -> float:
    """Where a function with a single minimum has it, to within `close`."""
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


KEPT = 4_000_000
MIN_ROWS = 1_000
"""Probabilities that a model caches, and rows of them if they are long."""


class Share(NamedTuple):
    """What one context length contributes to a probability: P = (own + passed_on·P(shorter)) / total.

    `length` is its number of tokens. A context that was never seen contributes nothing: its P is that of the
    shorter one.
    """

    length: int
    own: float
    passed_on: float
    total: float
    P: float


class InterpolatedModel:
    """P under one of the smoothers in INTERPOLATED, which back off to the next shorter context."""

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
        """P(· | h) for a context of this length."""
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
        """The largest P of all n-grams seen, including the shorter contexts at the start of a word."""
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
        """Part of P(· | context), as plain floats."""
        cells: list[float] = self.row(state)[columns].tolist()
        return cells

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        """P(· | context) in float32, shape (V,)."""
        return self.row(state).astype(np.float32)

    def parts(self, state: int) -> Floats:
        """What each context length adds to P(· | context), shape (c + 2, V).

        The first row is the uniform 1/V, the others are for contexts of 0 … c tokens.
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
        """How P(token | context) is computed, from the empty context up to the longest one that was seen."""
        V = len(self.vocabulary)
        P = 1 / V
        for length, order in enumerate(self.orders):
            h = state % V**length
            if (place := order.place(h)) is not None:
                own = float(look_up(order.keys, order.own, np.array([h * V + token]))[0])
                passed_on, total = float(order.passed_on[place]), float(order.total[place])
                P = (own + passed_on * P) / total
                yield Share(length, own, passed_on, total, P)
