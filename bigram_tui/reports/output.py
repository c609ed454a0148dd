"""How reports save files and print lists as JSON."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.views.exports import strict_json


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
