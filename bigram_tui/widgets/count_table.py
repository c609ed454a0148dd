"""The table of counts as lines of coloured text, for reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from bigram_tui.widgets.ramp import ramp, shade


def count_table(signs: Sequence[str], values: Sequence[Sequence[float]], number: str) -> Iterator[Text]:
    """The header and a line for each row, its numbers on the colour of their size.

    `number` is the format of a value.
    """
    styles = ramp(dark=False)
    largest = max(map(max, values))
    label_width = max(map(cell_len, signs))
    width = max(label_width, len(number.format(largest))) + 1
    header = Text(" " * label_width)
    for sign in signs:
        header.append(" " * (width - cell_len(sign)) + sign, Style(bold=True))
    yield header
    for sign, row in zip(signs, values, strict=True):
        line = Text(sign + " " * (label_width - cell_len(sign)), Style(bold=True))
        for value in row:
            line.append(number.format(value).rjust(width), styles[shade(value, largest)])
        yield line
