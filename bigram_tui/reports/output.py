"""How a report is printed, and where something is saved."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _ActionsContainer
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.views.exports import strict_json


def add_json(group: _ActionsContainer) -> None:
    group.add_argument("--json", action="store_true", help="print JSON")


def add_json_or_plain(parser: ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    add_json(how)
    how.add_argument("--plain", action="store_true", help="print sentences, as for a screen reader")


def add_saving(parser: ArgumentParser, what: str) -> None:
    parser.add_argument("--save", metavar="FILE", help=what)
    parser.add_argument("--force", action="store_true", help="overwrite the file to save to")


def file_to_save(options: Namespace) -> Path | None:
    """The requested file; raises FileError if it exists and must not be overwritten."""
    if options.save is None:
        return None
    path = Path(options.save)
    if path.exists() and not options.force:
        raise FileError(f"{visible(options.save)} exists; use --force to overwrite it")
    return path


def save(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise FileError(f"{visible(str(path))} cannot be written: {error.strerror}") from None


def print_json_list(values: Iterator[dict[str, Any]]) -> None:
    """Print a JSON list incrementally, one element per line; it is closed properly even after an error."""
    separator = "["
    try:
        for value in values:
            print(separator, strict_json(value), sep="", end="")
            separator = ",\n "
    finally:
        print("[]" if separator == "[" else "]")
