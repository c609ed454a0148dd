"""Diffing frames: only the cells that change are sent to the terminal."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

GAP = 8
"""Runs with at most this many unchanged cells between them are merged: a cursor move takes as many bytes."""

ONE_CELL_EACH = re.compile("[ -~¡-¬®-ÿ─-▟⠀-⣿]*")

ScreenCell = tuple[str, str, int, int]
"""A text that occupies one or more cells, its ANSI codes, the index of this cell, and their number."""


class ShownCells:
    """The cells as shown by the terminal; None if unknown."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[list[ScreenCell | None]] = []

    @property
    def are_unknown(self) -> bool:
        return not self._lines

    def forget(self) -> None:
        """Call this if something else may have written to the terminal."""
        self._size, self._lines = Size(0, 0), []

    def change(self, pieces: Iterable[tuple[int, int, Strip]], size: Size, console: Console) -> str:
        """The output that shows these strips, each with its column and line."""
        if size != self._size:
            self._size = size
            self._lines = [[None] * size.width for _ in range(size.height)]
        sent: list[str] = []
        for x, y, strip in pieces:
            if x < size.width and y < size.height:  # laid out for a larger size
                line = self._lines[y]
                cells = [cell for segment in strip for cell in _cells(segment, console)][: size.width - x]
                if line[x : x + len(cells)] != cells:
                    # A terminal may use more columns than Textual counts, and overwrite what follows.
                    doubtful = not all(ONE_CELL_EACH.fullmatch(text) for text, _, _, _ in set(cells))
                    for start, end in [(x, x + len(cells))] if doubtful else _runs(line, x, cells):
                        sent.append(f"\x1b[{y + 1};{start + 1}H")
                        sent.extend(_codes_and_texts(cells[start - x : end - x]))
                        _put(line, start, cells[start - x : end - x])
        return "".join((*sent, "\x1b[0m")) if sent else ""


def _runs(line: list[ScreenCell | None], x: int, cells: list[ScreenCell]) -> Iterator[tuple[int, int]]:
    """The ranges of columns in which the cells, starting at column x, differ from the line."""
    start = end = -1
    for column, cell in enumerate(cells, x):
        if line[column] != cell:
            _, _, place, width = cell
            if start >= 0 and column - place > end + GAP:
                yield start, end
                start = -1
            start = column - place if start < 0 else start
            end = min(column - place + width, x + len(cells))
    yield max(start, x), end


def _put(line: list[ScreenCell | None], start: int, cells: list[ScreenCell]) -> None:
    """Store the cells; the rest of a wide text that was partly overwritten becomes unknown."""
    end = start + len(cells)
    for edge, step in ((start, -1), (end - 1, 1)):
        old = line[edge]
        if old is not None and old[3] > 1:
            rest = range(edge - old[2], start) if step < 0 else range(end, edge - old[2] + old[3])
            for column in rest:
                if 0 <= column < len(line):
                    line[column] = None
    line[start:end] = cells


def _codes_and_texts(cells: list[ScreenCell]) -> Iterator[str]:
    before = None
    for text, codes, place, _ in cells:
        if codes != before:
            yield f"\x1b[0;{codes}m" if codes else "\x1b[0m"
            before = codes
        if place == 0:
            yield text


def _cells(segment: Segment, console: Console) -> tuple[ScreenCell, ...]:
    text, style, _ = segment
    if style is None:
        return _cells_of(text, "")
    system = COLOR_SYSTEMS[console.color_system or "truecolor"]
    if style.link:
        width = segment.cell_length
        return tuple((Strip.render_style(style, text, system), "", place, width) for place in range(width))
    return _cells_of(text, _codes(style, system))


@lru_cache(maxsize=10_000)
def _codes(style: Style, system: ColorSystem) -> str:
    return style.render("x", color_system=system).partition("x")[0][2:-1]


@lru_cache(maxsize=10_000)
def _cells_of(text: str, codes: str) -> tuple[ScreenCell, ...]:
    """One per character if each takes one cell; otherwise the text is a unit that spans all of its cells."""
    if ONE_CELL_EACH.fullmatch(text):
        return tuple((character, codes, 0, 1) for character in text)
    width = Segment(text).cell_length
    return tuple((text, codes, place, width) for place in range(width))
