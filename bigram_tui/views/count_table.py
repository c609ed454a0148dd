"""The whole table as lines of coloured text, for reports and pictures."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from bigram_tui.views.grid import SCALES, GridView


def count_table(view: GridView, styles: Sequence[Style], scale: str = SCALES[0]) -> Iterator[Text]:
    """The header and a line for each row, its numbers on the colour of their size."""
    rows = [view.row(i) for i in range(len(view))]
    numbers = [[view.number(value) for value in row] for row in rows]
    label_width = max(map(cell_len, view.signs))
    width = max(label_width, max(len(number) for row in numbers for number in row)) + 1
    header = Text(" " * label_width)
    for sign in view.signs:
        header.append(" " * (width - cell_len(sign)) + sign, Style(bold=True))
    yield header
    for sign, row, texts in zip(view.signs, rows, numbers, strict=True):
        line = Text(sign + " " * (label_width - cell_len(sign)), Style(bold=True))
        for text, shade in zip(texts, view.shades(row, max(row), scale), strict=True):
            line.append(text.rjust(width), styles[shade])
        yield line
