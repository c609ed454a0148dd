"""Tables and names as files: CSV, JSON, SVG and text."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.style import Style

    from bigram_tui.views.grid import GridView

Rows = Sequence[Sequence[float]]


def table_as_csv(signs: Sequence[str], rows: Rows) -> str:
    """A header of the next tokens, and a line for each current token."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *signs])
    writer.writerows([sign, *row] for sign, row in zip(signs, rows, strict=True))
    return text.getvalue()


def table_as_json(name: str, signs: Sequence[str], rows: Rows) -> str:
    """The vocabulary, and the rows under the view's name."""
    return strict_json({"vocabulary": list(signs), name: [list(row) for row in rows]})


def table_as_svg(view: GridView, styles: Sequence[Style], scale: str) -> str:
    """The coloured table as a picture."""
    from rich.console import Console

    from bigram_tui.views.count_table import count_table

    lines = list(count_table(view, styles, scale))
    width = max(line.cell_len for line in lines)
    console = Console(
        record=True, width=width, file=io.StringIO(), color_system="truecolor", force_terminal=True
    )
    for line in lines:
        console.print(line, no_wrap=True, crop=False)
    return console.export_svg(title=view.title)


def losses_as_csv(rows: Iterable[tuple[int, float, float]]) -> str:
    """A line for each step: the loss with its two parts, the data's and the regularization's."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", "loss", "data", "regularization"])
    writer.writerows((step, data + penalty, data, penalty) for step, data, penalty in rows)
    return text.getvalue()


def losses_as_json(rows: Iterable[tuple[int, float, float]], settings: dict[str, Any]) -> str:
    """The settings, and a list for each column of the CSV."""
    steps, data, penalties = map(list, zip(*rows, strict=True))
    losses = list(map(sum, zip(data, penalties, strict=True)))
    return strict_json(
        {"settings": settings, "step": steps, "loss": losses, "data": data, "regularization": penalties}
    )


def strict_json(value: Any) -> str:
    """JSON has no infinity and no nan: what is infinite or undefined is null."""

    def finite(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dict):
            return {key: finite(item) for key, item in value.items()}
        return list(map(finite, value)) if isinstance(value, list) else value

    return json.dumps(finite(value), allow_nan=False)
