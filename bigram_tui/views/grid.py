"""How the cells of the grid look: their size, their colour, what stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from typing import NamedTuple

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.views.ramp import STEPS
from bigram_tui.views.view import View

NUMBER_WIDTH = 5

SCALES = ("linear", "logarithmic", "per row")

DECADES = 4
"""How far below the largest value the logarithmic scale reaches: to a ten-thousandth of it."""


class Cell(NamedTuple):
    row: int
    column: int


FIRST_CELL = Cell(0, 1)
"""Where a grid's cursor is at first: the boundary followed by the first character."""


@dataclass(frozen=True)
class GridView:
    """What the grid shows: the signs of the tokens, and a value for each cell.

    Each row stands for a token, or for a context that occurs in `contexts`.

    `cells` has the values of a row in the columns of a slice, as plain numbers: a screen holds a few, and
    numpy takes longer to import than the grid to be drawn. `number` writes a value in at most NUMBER_WIDTH
    characters. Values reach from 0 to `largest`, in a diverging view from −largest to it.
    """

    kind: View
    title: str
    signs: Sequence[str]
    cells: Callable[[int, slice], Sequence[float]]
    largest: float
    number: Callable[[float], str]
    diverging: bool = False
    contexts: NgramCounts | None = None

    def __len__(self) -> int:
        return len(self.signs if self.contexts is None else self.contexts.rows.states)

    def context(self, i: int) -> list[str]:
        """The signs of the tokens that a row stands for."""
        if self.contexts is None:
            return [self.signs[i]]
        state = int(self.contexts.rows.states[i])
        return [self.signs[token] for token in tokens_of(state, len(self.signs), self.contexts.context)]

    def label(self, i: int) -> str:
        """What a row is called."""
        return "".join(self.context(i))

    def row(self, i: int) -> Sequence[float]:
        return self.cells(i, slice(None))

    def shades(self, values: Sequence[float], row_largest: float, scale: str) -> list[int]:
        """Which of a ramp's STEPS shades each value has. Diverging views are always linear."""
        largest = row_largest if scale == "per row" and not self.diverging else self.largest
        places = [value / largest if largest else 0.0 for value in values]
        if self.diverging:
            places = [0.5 + 0.5 * place for place in places]
        elif scale == "logarithmic":
            places = [1 + log10(place) / DECADES if place > 0 else 0.0 for place in places]
        # max takes its first argument where the other is nan.
        return [round(min(max(0.0, place), 1.0) * (STEPS - 1)) for place in places]
