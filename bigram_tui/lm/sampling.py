"""Drawing: one token, one name, many names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.drawn import MAX_LENGTH, is_cut_off
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.late import NDArray
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.vocabulary import BOUNDARY

MAX_ENDS = 2_000_000
"""Ends of stretches that are cached for contexts longer than one token, V per context."""


class Draw(NamedTuple):
    """One token drawn in a context; u is None for torch.multinomial, which does not reveal it."""

    state: int
    token: int
    u: float | None


def cumulative(row: NDArray[np.float32]) -> list[float]:
    """Where the stretch of each token on [0, 1) ends, for a row of P in float32.

    Computed exactly as torch.multinomial did for a single sample up to torch 1.13, and still does for several
    samples: a sequential float32 running sum, divided by its last value; 1 from the last token with P > 0
    onwards. Leading tokens with P = 0 end below 0, so that no u falls on them.

    Raises:
        UndrawableRowError: if no P is above 0.
    """
    possible = np.flatnonzero(row > 0)
    if not len(possible):
        raise UndrawableRowError(why_undrawable(row))
    ends = np.cumsum(row, dtype=np.float32)
    ends /= ends[-1]
    ends[possible[-1] :] = 1
    ends[: possible[0]] = -1
    stretches: list[float] = ends.tolist()
    return stretches


UNDRAWABLE = "no character can be drawn after {context}: "
DIVERGED = "the training diverged, its weights are not numbers; train with a smaller learning rate"
NOTHING_FOLLOWS = "nothing follows it in the data and smoothing is 0; set smoothing above 0"


def why_undrawable(row: NDArray[np.float32]) -> str:
    """Why nothing can be drawn from a row in which no P is above 0."""
    return DIVERGED if np.isnan(row).any() else NOTHING_FOLLOWS


def uniform_numbers(seed: int, block: int = 16_384) -> Iterator[list[float]]:
    """The numbers u₀, u₁, … of a seed, uniform in [0, 1), in blocks of this size.

    Bit for bit those of `torch.rand(…, dtype=torch.float64)` after `torch.manual_seed(seed)`: a Mersenne
    Twister seeded with the low 32 bits of the seed. Two of its 32-bit outputs, high word first, make a 64-bit
    number, whose low 53 bits become u (CPUGeneratorImpl::random64 and transformation::uniform_real in ATen).
    """
    mersenne_twister = np.random.RandomState(seed % 2**32)
    while True:
        first, second = mersenne_twister.randint(0, 2**32, (block, 2), dtype=np.uint32).astype(np.uint64).T
        u: NDArray[np.float64] = ((first << 32 | second) & (2**53 - 1)) * 2.0**-53
        yield u.tolist()


class Sampler(ABC):
    """Draws tokens from a model; the generator is seeded once and continues from draw to draw."""

    def __init__(self, model: LanguageModel, seed: int) -> None:
        self.seed = seed
        self.use(model)

    def use(self, model: LanguageModel) -> None:
        """Draw from this model from now on; it must have the same vocabulary."""
        self.model = model

    @property
    @abstractmethod
    def used(self) -> int:
        """How many draws were made from the seed on."""

    @abstractmethod
    def skip(self, draws: int) -> None:
        """Continue as if this many more draws had been made."""

    @property
    @abstractmethod
    def state(self) -> Any:
        """The state of the generator, for `restore`."""

    @abstractmethod
    def restore(self, state: Any) -> None:
        """Let the generator go on from this state."""

    @abstractmethod
    def draw(self, state: int) -> Draw:
        """Draw the next token in this context.

        Raises:
            UndrawableRowError: if no token has a probability above 0.
        """

    @abstractmethod
    def names(self) -> Iterator[str]:
        """An endless stream of names; `state` is always that after the last name taken from it."""

    def undrawable(self, state: int, reason: object) -> UndrawableRowError:
        """The error that names the context in which nothing can be drawn, and the reason."""
        vocabulary = self.model.vocabulary
        context = vocabulary.show(tokens_of(state, len(vocabulary), self.model.context))
        return UndrawableRowError(UNDRAWABLE + str(reason), context=context)


class InverseTransformSampler(Sampler):
    """Inverse transform sampling: draws the token whose stretch of [0, 1) contains the number u."""

    def __init__(self, model: LanguageModel, seed: int) -> None:
        super().__init__(model, seed)
        self._rewind()
        self.restore(0)

    def use(self, model: LanguageModel) -> None:
        """Draw from this model from now on; the sequence of u continues."""
        super().use(model)
        self._stretches = _Stretches(self)

    @property
    def used(self) -> int:
        """The place in u₀, u₁, … of the next number."""
        return self._position

    def skip(self, draws: int) -> None:
        """Skip this many numbers u."""
        self._position += draws

    @property
    def state(self) -> int:
        """The place in u₀, u₁, … of the next number."""
        return self._position

    def restore(self, state: int) -> None:
        """Continue with the number u at this position."""
        self._position = state

    def _rewind(self) -> None:
        self._blocks = uniform_numbers(self.seed)
        self._uniforms: list[float] = []
        self._start = 0

    def _fill(self, position: int) -> None:
        """Make sure that the number u at this position is in the buffer."""
        if position < self._start:
            self._rewind()
        while position >= self._start + len(self._uniforms):
            self._start += len(self._uniforms)
            self._uniforms = next(self._blocks)

    def draw(self, state: int) -> Draw:
        """The token whose stretch contains the next u; raises UndrawableRowError if there is none."""
        stretches = self._stretches[state]
        self._fill(self._position)
        u = self._uniforms[self._position - self._start]
        self._position += 1
        return Draw(state, bisect_left(stretches, u), u)

    def names(self) -> Iterator[str]:
        """In batches of up to MAX_LENGTH draws: one loop draws them, one split finds the names in them."""
        characters = ("\n", *self.model.vocabulary.characters)
        stretches, V, context = self._stretches, len(characters), self.model.context
        size = V**context
        state, begun, position = BOUNDARY, "", self._position
        while True:
            self._fill(position)
            offset = position - self._start
            uniforms = self._uniforms[offset : offset + MAX_LENGTH - len(begun)]
            drawn: list[str] = []
            failure = None
            try:
                if context == 1:
                    for u in uniforms:
                        state = bisect_left(stretches[state], u)
                        drawn.append(characters[state])
                else:
                    for u in uniforms:
                        token = bisect_left(stretches[state], u)
                        drawn.append(characters[token])
                        state = (state * V + token) % size if token else BOUNDARY
            except UndrawableRowError as error:
                failure = error
            position += len(drawn)
            *finished, begun = (begun + "".join(drawn)).split("\n")
            for name in finished:
                self._position += len(name) + 1
                yield name
            if failure:
                raise failure
            if is_cut_off(begun):
                self._position += MAX_LENGTH
                yield begun
                state, begun = BOUNDARY, ""


class _Stretches(dict[int, list[float]]):
    """A cache of the stretches of each context's row."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def __missing__(self, state: int) -> list[float]:
        V = len(self._sampler.model.vocabulary)
        if len(self) == max(V, MAX_ENDS // V):
            self.clear()
        try:
            self[state] = cumulative(self._sampler.model.row_for_drawing(state))
        except UndrawableRowError as error:
            raise self._sampler.undrawable(state, error) from None
        return self[state]


def sampler_class(method: str) -> type[Sampler]:
    """The sampler for a draw method, one of `settings.METHODS`. Only `multinomial` imports torch."""
    if method == "multinomial":
        from bigram_tui.lm.multinomial import MultinomialSampler

        return MultinomialSampler
    return InverseTransformSampler
