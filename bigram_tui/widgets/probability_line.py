"""A row of P laid end to end on [0, 1), with the number u that fell on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


class ProbabilityLine(Widget):
    """Three lines: u and its marker, the stretches with their signs, and the scale."""

    COMPONENT_CLASSES = {"line--even", "line--odd", "line--hit", "line--scale"}
    DEFAULT_CSS = """
    ProbabilityLine {
        height: 3;
        & > .line--even { background: $counting; color: $background; }
        & > .line--odd { background: $counting-soft; color: $foreground; }
        &.network > .line--even { background: $network; color: $background; }
        &.network > .line--odd { background: $network-soft; color: $foreground; }
        &.uniform > .line--even { background: $uniform; color: $background; }
        &.uniform > .line--odd { background: $uniform-soft; color: $foreground; }
        & > .line--hit { background: $accent; color: $on-accent; text-style: bold; }
        & > .line--scale { color: $muted; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs: Sequence[str] = ()
        self._ends: Sequence[float] = ()
        self._u: float | None = None
        self._hit: int | None = None

    def show(
        self, signs: Sequence[str], ends: Sequence[float], u: float | None = None, hit: int | None = None
    ) -> None:
        """Signs with the ends of their stretches, and the u that fell on the stretch `hit`."""
        self._signs, self._ends, self._u, self._hit = signs, ends, u, hit
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not self._ends or width < 10:
            return Strip.blank(width, self.rich_style)
        segments = (self._marker, self._stretches, self._scale)[y](width)
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _marker(self, width: int) -> list[Segment]:
        style = self.get_component_rich_style("line--hit", partial=True)
        if self._u is None:
            return []
        column = min(int(self._u * width), width - 1)
        text = f"u = {self._u:.6f}"
        label = Style(color=style.bgcolor, bold=True)
        if column + 2 + len(text) <= width:
            return [Segment(" " * column), Segment("▼ " + text, label)]
        return [Segment(" " * (column - len(text) - 1)), Segment(text + " ▼", label)]

    def _stretches(self, width: int) -> list[Segment]:
        """Each column belongs to the token at its middle, the column of u to the one u fell on."""
        owners = [bisect_left(self._ends, (column + 0.5) / width) for column in range(width)]
        if self._hit is not None and self._u is not None:
            owners[min(int(self._u * width), width - 1)] = self._hit
        segments = []
        for number, (token, columns) in enumerate(groupby(owners)):
            room = len(list(columns))
            name = "line--hit" if token == self._hit else ("line--even", "line--odd")[number % 2]
            sign = self._signs[token] if cell_len(self._signs[token]) <= room else ""
            left = (room - cell_len(sign)) // 2
            right = room - cell_len(sign) - left
            style = self.get_component_rich_style(name, partial=True)
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
