"""The whole table as lines of coloured text, for reports and pictures."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from bigram_tui.views.grid import SCALES, GridView


def count_table(view: GridView, styles: Sequence[Style], scale: str = SCALES[0]) -> Iterator[Text]:
    """The header and one line per row, each number on the colour of its value; uncoloured without styles.

    Rows are computed twice, once for the column widths and once to print them, since there may be too many to
    keep.
    """
    rows = range(len(view))
    label_width = max(cell_len(view.label(i)) for i in rows)
    widest = max(len(view.number(value)) for i in rows for value in view.row(i))
    width = max(widest, *map(cell_len, view.signs)) + 1
    header = Text(" " * label_width)
    for sign in view.signs:
        header.append(" " * (width - cell_len(sign)) + sign, Style(bold=True))
    yield header
    for i in rows:
        label, row = view.label(i), view.row(i)
        line = Text(label + " " * (label_width - cell_len(label)), Style(bold=True))
        numbers = [view.number(value).rjust(width) for value in row]
        if styles:
            for number, shade in zip(numbers, view.shades(row, max(row), scale), strict=True):
                line.append(number, styles[shade])
        else:
            line.append("".join(numbers))
        yield line
