"""What people call a dataset, and the words behind it: built in, a file, standard input, a URL."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from bigram_tui.files.locations import is_served
from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words import blocks, built_in
from bigram_tui.words.built_in import BUILT_IN, DEFAULT, MAKEMORE, SHIPPED, is_url
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.kinds import recognized, why_not_text
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import OnProgress, ignore_progress
from bigram_tui.words.reading import read
from bigram_tui.words.streams import COMPRESSED, Source, explained, file_source

FIRST_BLOCK = 4_096
LARGE = 8 << 20
"""Bytes from which reading takes long enough to show how far it is."""


def find_source(
    dataset: str, cache: Path, options: ReadingOptions, on_progress: OnProgress = ignore_progress
) -> Source:
    """Where the bytes of a built-in source, `-` (standard input), an http(s) URL or a file come from.

    What is downloaded is kept in the folder `cache`.

    Raises:
        DatasetError: when it is not there, or cannot be downloaded.
    """
    if dataset == DEFAULT:
        return replace(file_source(SHIPPED), name=DEFAULT, origin=DEFAULT)
    if dataset == MAKEMORE:
        names = _download(built_in.MAKEMORE_URL, MAKEMORE, cache, options, on_progress)
        return replace(names, origin=MAKEMORE)
    if dataset == "-":
        return Source("standard input", _standard_input, size=None)
    if is_url(dataset):
        downloaded = _download(dataset, _name_of_url(dataset), cache, options, on_progress)
        return replace(downloaded, origin=dataset)
    path = _path(dataset)
    # Who sits at a browser is told no folder of the server's.
    origin = path.name if is_served() else os.path.abspath(path)
    return replace(file_source(path), name=visible(path.name), origin=origin)


def _download(url: str, name: str, cache: Path, options: ReadingOptions, on_progress: OnProgress) -> Source:
    from bigram_tui.words.downloads import download

    return download(url, name, cache, on_progress, options.max_download)


def load(
    dataset: str,
    cache: Path,
    on_progress: OnProgress = ignore_progress,
    options: ReadingOptions | None = None,
) -> Corpus:
    """The words of a dataset.

    Raises:
        DatasetError: when it cannot be read or holds no words.
    """
    options = options or ReadingOptions()
    return read(find_source(dataset, cache, options, on_progress), options, on_progress)


def is_quick(dataset: str) -> bool:
    """Whether its words are there before anybody would look for a progress bar."""
    if dataset == DEFAULT:
        return True
    if dataset in {MAKEMORE, "-"} or is_url(dataset):
        return False
    path = _path(dataset)
    return path.is_file() and path.stat().st_size < LARGE


def check(dataset: str, options: ReadingOptions | None = None) -> None:
    """Look at a file's existence, permission and first block without reading all of it.

    Of a pipe or a device only the existence: what is read from it is gone.

    Raises:
        DatasetError: when reading it would fail at once.
    """
    if dataset in BUILT_IN or dataset == "-" or is_url(dataset):
        return
    path = _path(dataset)
    source, shown = file_source(path), visible(str(path))
    if source.size is not None:
        with explained(shown), source.open() as file:
            start = file.read(FIRST_BLOCK)
        if start.startswith((*COMPRESSED, *blocks.BYTE_ORDER_MARKS)):
            return
        if what := recognized(start):
            raise DatasetError(f"{shown} is {what}")
        if b"\0" in start and not (options and options.encoding):
            why = why_not_text(start) or "is not a text file: it holds a NUL byte"
            raise DatasetError(f"{shown} {why}")


def _path(dataset: str) -> Path:
    return Path(os.path.expanduser(dataset))


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.isatty():
        raise DatasetError("standard input is a terminal; pipe a word list into it, as in: cat names.txt | …")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)


def _name_of_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        return visible(Path(parts.path).name or parts.netloc)
    except ValueError:
        return "the download"
