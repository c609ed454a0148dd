"""What reports save: --save."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.vocabulary import visible


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
