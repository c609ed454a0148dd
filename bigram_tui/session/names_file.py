"""Drawn names as text and CSV, and writing them to a file as they are drawn."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bigram_tui.files.saving import replacing
from bigram_tui.lm.drawn import DrawnName


def names_as_text(names: Iterable[DrawnName], header: bool = True) -> str:
    """One name per line; plain text has no header."""
    return "".join(f"{name.name}\n" for name in names)


def names_as_csv(names: Iterable[DrawnName], header: bool = True) -> str:
    """One line per name: the model that drew it, its likelihood, whether it is in the data."""
    columns = "name", "model", "nll", "perplexity", "in_dataset", "cut_off", "by_hand", "in_train"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(columns)
    for n in names:
        flags = map(_as_number, (n.in_dataset, n.cut_off, n.by_hand, n.in_train))
        writer.writerow([n.name, n.model, n.nll, n.perplexity, *flags])
    return text.getvalue()


def _as_number(flag: bool | None) -> int | str:
    """1 or 0; empty if unknown."""
    return "" if flag is None else int(flag)


NAMES_AS = {".txt": names_as_text, ".csv": names_as_csv}
"""How names are written, by file extension."""


@contextmanager
def names_file(path: Path | None) -> Iterator[Callable[[Sequence[DrawnName]], None]]:
    """A function that writes names to this file as they are drawn; without a path it does nothing.

    The file appears once the last name is written, or drawing is stopped.

    Raises:
        OSError: if it cannot be written.
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
