"""Tables and names as files: CSV, JSON, SVG and text."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bigram_tui.files.saving import replacing

if TYPE_CHECKING:
    from rich.style import Style

    from bigram_tui.lm.drawn import DrawnName
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


def names_as_text(names: Iterable[DrawnName], header: bool = True) -> str:
    """One name a line; text has no header."""
    return "".join(f"{name.name}\n" for name in names)


def names_as_csv(names: Iterable[DrawnName], header: bool = True) -> str:
    """A line for each name: the model that drew it, its likelihood, whether it is in the data."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(["name", "model", "nll", "perplexity", "in_dataset", "cut_off", "by_hand"])
    writer.writerows(
        [n.name, n.model, n.nll, n.perplexity, *map(_as_number, (n.in_dataset, n.cut_off, n.by_hand))]
        for n in names
    )
    return text.getvalue()


def _as_number(flag: bool | None) -> int | str:
    """1 or 0; nothing for what is not known."""
    return "" if flag is None else int(flag)


NAMES_AS = {".txt": names_as_text, ".csv": names_as_csv}
"""How names are written, by the ending of the file's name."""


@contextmanager
def names_file(path: Path | None) -> Iterator[Callable[[Sequence[DrawnName]], None]]:
    """What writes names for this file as they come; without a file they are not written.

    The file is there when the last one came, or when drawing them was stopped.

    Raises:
        OSError: when it cannot be written.
    """
    if path is None:
        yield lambda names: None
        return
    as_text = NAMES_AS[path.suffix.lower()]
    with replacing(path) as file:
        file.write(as_text([], header=True).encode())

        def write(names: Sequence[DrawnName]) -> None:
            file.write(as_text(names, header=False).encode())

        yield write


def strict_json(value: Any) -> str:
    """JSON has no infinity and no nan: what is infinite or undefined is null."""

    def finite(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dict):
            return {key: finite(item) for key, item in value.items()}
        return list(map(finite, value)) if isinstance(value, list) else value

    return json.dumps(finite(value), allow_nan=False)
