"""Rows of P as intervals of [0, 1), with the random number u that selects one of them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.session.models import COLOURS
from bigram_tui.texts import say
from bigram_tui.widgets.rendering import ByLine

GAP = 2
"""Columns between a label and its line."""


@dataclass(frozen=True)
class Stretches:
    """A row of P: the interval of each token stops at its value in `ends`; `hit` is the token selected by u.

    `colour` is one of COLOURS.
    """

    label: str
    colour: str
    signs: Sequence[str]
    ends: Sequence[float]
    hit: int | None = None


class ProbabilityLine(ByLine, Widget):
    """The marker of u, the lines, one below another, and the scale. Several lines have labels."""

    COMPONENT_CLASSES = {
        *(f"line--{colour}-{half}" for colour in COLOURS for half in ("even", "odd")),
        "line--hit",
        "line--scale",
        "line--u",
    }
    DEFAULT_CSS = """
    ProbabilityLine {
        height: 3;
        & > .line--hit { background: $accent; color: $on-accent; text-style: bold; }
        & > .line--scale { color: $muted; }
        & > .line--u { color: $text-accent; text-style: bold; }
    }
    """ + "".join(
        f"""
        ProbabilityLine > .line--{colour}-even {{ background: ${colour}; color: $on-{colour}; }}
        ProbabilityLine > .line--{colour}-odd {{ background: ${colour}-soft; color: $on-{colour}-soft; }}
        """
        for colour in COLOURS
    )

    _rows: Sequence[Stretches] = ()
    _u: float | None = None

    def show(self, rows: Sequence[Stretches], u: float | None = None) -> None:
        """Show these rows of P, and the u that was drawn."""
        self._rows, self._u = rows, u
        self.styles.height = 2 * len(rows) + 1
        self.refresh()

    @property
    def _label_width(self) -> int:
        return max(cell_len(row.label) for row in self._rows) + GAP if len(self._rows) > 1 else 0

    def render_line(self, y: int) -> Strip:
        width = self.size.width - self._label_width if self._rows else 0
        if width < 10 or y > 2 * len(self._rows):  # until it is laid out again, its height may not match
            return self.full_line([], self.size.width)
        if y == 0:
            segments = self._marker(width)
        elif y == 2 * len(self._rows):
            segments = self._scale(width)
        elif y % 2:
            segments = self._stretches(self._rows[y // 2], width)
        else:
            segments = [] if self._u is None else [Segment(" " * self._column(width) + "│", self._u_style)]
        label = self._rows[y // 2].label if y % 2 else ""
        segments = [Segment(set_cell_size(label, self._label_width), Style(bold=True)), *segments]
        return self.full_line(segments, self.size.width)

    @property
    def _u_style(self) -> Style:
        return self.get_component_rich_style("line--u", partial=True)

    def _column(self, width: int) -> int:
        """The column of u."""
        assert self._u is not None
        return min(int(self._u * width), width - 1)

    def _marker(self, width: int) -> list[Segment]:
        if self._u is None:
            return []
        column = self._column(width)
        text = f"u = {self._u:.6f}"
        named = say("random {u}", u=text)
        text = named if 2 * cell_len(named) + 4 <= width else text
        if column + 2 + cell_len(text) <= width:
            return [Segment(" " * column), Segment("▼ " + text, self._u_style)]
        return [Segment(" " * (column - cell_len(text) - 1)), Segment(text + " ▼", self._u_style)]

    def _stretches(self, row: Stretches, width: int) -> list[Segment]:
        """Each column belongs to the token at its middle, but the column of u to the token selected by it."""
        owners = [bisect_left(row.ends, (column + 0.5) / width) for column in range(width)]
        if row.hit is not None and self._u is not None:
            owners[self._column(width)] = row.hit
        segments = []
        for number, (token, columns) in enumerate(groupby(owners)):
            room = len(list(columns))
            name = "hit" if token == row.hit else f"{row.colour}-{('even', 'odd')[number % 2]}"
            sign = row.signs[token] if cell_len(row.signs[token]) <= room else ""
            left = (room - cell_len(sign)) // 2
            right = room - cell_len(sign) - left
            style = self.get_component_rich_style(f"line--{name}", partial=True)
            segments.append(Segment(" " * left + sign + " " * right, style))
        return segments

    def _scale(self, width: int) -> list[Segment]:
        style = self.get_component_rich_style("line--scale", partial=True)
        marks = [" "] * width
        for tenth in range(0, 10, 1 if width >= 60 else 2):
            column = round(tenth * width / 10)
            for offset, letter in enumerate("0" if tenth == 0 else f".{tenth}"):
                marks[column + offset] = letter
        marks[-1] = "1"
        return [Segment("".join(marks), style)]
