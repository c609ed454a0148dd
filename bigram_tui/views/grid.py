"""What a grid shows: a value for each cell, its text and its shade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from typing import NamedTuple

from bigram_tui.lm.context import tokens_of
from bigram_tui.views.ramp import STEPS
from bigram_tui.views.view import View

NUMBER_WIDTH = 5

SCALES = ("linear", "logarithmic", "per row")

DECADES = 4
"""The range of the logarithmic scale, in decades below the largest value."""


class Cell(NamedTuple):
    row: int
    column: int


FIRST_CELL = Cell(0, 1)
"""The initial position of a grid's cursor: the boundary followed by the first character."""


@dataclass(frozen=True)
class GridView:
    """The data that a grid shows: the signs of the tokens, and a value for each cell.

    A row is a context of `context` tokens, whose number is in `states`; for bigrams that is a token.

    `cells` returns the values of a context for a slice of columns, as plain floats: a screen shows only a
    few, and importing numpy takes longer than drawing the grid. `number` formats a value in at most
    NUMBER_WIDTH characters. Values range from 0 to `largest`, in a diverging view from −largest to largest.
    """

    kind: View
    title: str
    signs: Sequence[str]
    cells: Callable[[int, slice], Sequence[float]]
    largest: float
    number: Callable[[float], str]
    diverging: bool = False
    states: Sequence[int] = ()
    context: int = 1

    def __len__(self) -> int:
        return len(self.states)

    def context_of(self, i: int) -> list[str]:
        """The signs of the tokens of a row's context."""
        return [self.signs[token] for token in tokens_of(self.states[i], len(self.signs), self.context)]

    def label(self, i: int) -> str:
        """The label of a row."""
        return "".join(self.context_of(i))

    def row(self, i: int) -> Sequence[float]:
        return self.cells(self.states[i], slice(None))

    def value(self, state: int, token: int) -> float:
        """The value of an n-gram."""
        return float(self.cells(state, slice(token, token + 1))[0])

    def row_like(self, other: GridView, i: int) -> int:
        """The row with the same context as a row of another view, or else the first with the same ending."""
        same = len(self.signs) ** min(self.context, other.context)
        ends = other.states[i] % same
        exactly = self.context == other.context
        if exactly and other.states[i] in self.states:
            return self.states.index(other.states[i])
        return next((row for row, state in enumerate(self.states) if state % same == ends), 0)

    def shades(self, values: Sequence[float], row_largest: float, scale: str) -> list[int]:
        """The shade of each value, an index below STEPS. Diverging views are always linear."""
        largest = row_largest if scale == "per row" and not self.diverging else self.largest
        places = [value / largest if largest else 0.0 for value in values]
        if self.diverging:
            places = [0.5 + 0.5 * place for place in places]
        elif scale == "logarithmic":
            places = [1 + log10(place) / DECADES if place > 0 else 0.0 for place in places]
        # max returns its first argument if the other is nan.
        return [round(min(max(0.0, place), 1.0) * (STEPS - 1)) for place in places]
