"""Tables and names as files: CSV, JSON, SVG and text."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from rich.style import Style

from bigram_tui.views.grid import GridView

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row


def table_as_csv(view: GridView) -> Iterator[str]:
    """A header with the next tokens, and one line per context, generated lazily."""
    yield _csv([["", *view.signs]])
    for i in range(len(view)):
        yield _csv([[view.label(i), *view.row(i)]])


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def table_as_json(view: GridView) -> Iterator[str]:
    """The vocabulary, and under the view's name a list per row, generated lazily.

    If rows are longer contexts, these come first, each as a list of signs.
    """
    yield f'{{"vocabulary": {strict_json(list(view.signs))}, '
    if view.context != 1:
        yield '"contexts": '
        for i in range(len(view)):
            yield ("[" if i == 0 else ", ") + strict_json(view.context_of(i))
        yield "], "
    yield f"{strict_json(view.kind.label)}: "
    for i in range(len(view)):
        yield ("[" if i == 0 else ", ") + strict_json(list(view.row(i)))
    yield "]}"


def table_as_svg(view: GridView, styles: Sequence[Style], scale: str) -> str:
    """The coloured table as an SVG picture."""
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


def losses_as_csv(rows: Sequence[tuple[Any, ...]]) -> str:
    """One line per step: the loss, its two parts (data and regularization), and the loss on dev.

    Each row has the step, the two parts, and the loss on dev if there is one.
    """
    header = ["step", "loss", "data", "regularization", "dev"][: len(rows[0]) + 1]
    return _csv([header, *((step, data + λ, data, λ, *dev) for step, data, λ, *dev in rows)])


def losses_as_json(rows: Sequence[tuple[Any, ...]], settings: dict[str, Any]) -> str:
    """The settings, and a list for each column of `losses_as_csv`."""
    steps, data, penalties, *dev = map(list, zip(*rows, strict=True))
    losses = list(map(sum, zip(data, penalties, strict=True)))
    columns = {"step": steps, "loss": losses, "data": data, "regularization": penalties}
    return strict_json({"settings": settings, **columns, **({"dev": dev[0]} if dev else {})})


def evaluation_as_json(split: dict[str, object], rows: Iterable[Row], unseen: Sequence[int]) -> str:
    """How the list was split, a row per context, and how many characters of dev and test are not in train."""
    return strict_json({"split": split, "rows": list(map(asdict, rows)), "unseen_characters": list(unseen)})


def evaluation_as_csv(rows: Sequence[Row]) -> str:
    """One line per context and smoother, without the discounts."""
    names = [field.name for field in fields(rows[0]) if field.name != "discounts"]
    return _csv([names, *([getattr(row, name) for name in names] for row in rows)])


def strict_json(value: Any) -> str:
    """Standard JSON, which has no infinity and no nan: both become null."""

    def finite(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dict):
            return {key: finite(item) for key, item in value.items()}
        return list(map(finite, value)) if isinstance(value, list) else value

    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(finite(value), allow_nan=False)
