"""Drawn names as text and CSV, and a file that takes them as they come."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bigram_tui.files.saving import replacing
from bigram_tui.lm.drawn import DrawnName


def names_as_text(names: Iterable[DrawnName], header: bool = True) -> str:
    """One name a line; text has no header."""
    return "".join(f"{name.name}\n" for name in names)


def names_as_csv(names: Iterable[DrawnName], header: bool = True) -> str:
    """A line for each name: the model that drew it, its likelihood, whether it is in the data."""
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
