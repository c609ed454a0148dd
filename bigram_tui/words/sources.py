"""From the name of a dataset to its words: built-in lists, files, standard input, URLs."""

from __future__ import annotations

import contextlib
import glob
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn
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

if TYPE_CHECKING:
    from bigram_tui.words.pieces import Engine

FIRST_BLOCK = 4_096
MAX_FILES = 100_000

FOR_PROCESSES = 10**9
"""Bytes from which two processes take less time than one, also for the distinct words of `stats`."""

LARGE = 8 << 20
"""Bytes from which reading takes long enough to show progress."""


def find_source(
    dataset: str, cache: Path, options: ReadingOptions, on_progress: OnProgress = ignore_progress
) -> Source:
    """Find the bytes of a dataset.

    A dataset is a built-in list, `-` (standard input), an http(s) URL, a file, a folder, meaning all files in
    it, a glob pattern, or several of these, quoted as in a shell. Each file is read once. Downloads are kept
    in the folder `cache`.

    Raises:
        DatasetError: if it does not exist, or cannot be downloaded.
    """
    found = _found(dataset)
    if len(found) == 1:
        return _source(found[0], cache, options, on_progress)
    files = tuple(_source(each, cache, options, on_progress) for each in found)
    is_one = len(named(dataset)) == 1
    return Source.of_files(
        files, dataset, visible(os.path.basename(os.path.abspath(dataset))) if is_one else ""
    )


def named(dataset: str) -> list[str]:
    """The datasets in a string: usually one, or several that are quoted as in a shell."""
    if os.path.exists(_path(dataset)):
        return [dataset]
    with contextlib.suppress(ValueError):
        several = shlex.split(dataset)
        if len(several) > 1 and any(_is_something(each) for each in several):
            return several
    return [dataset]


def _is_something(name: str) -> bool:
    return not _is_path(name) or any(glob.iglob(str(_path(name))))


def _is_path(name: str) -> bool:
    """Whether it is a file, a folder or a pattern: no built-in list, standard input or URL."""
    return name not in ("", "-", *BUILT_IN) and not is_url(name)


def absolute(dataset: str) -> str:
    """The same dataset with absolute paths."""
    names = [os.path.abspath(_path(each)) if _is_path(each) else each for each in named(dataset)]
    return names[0] if len(names) == 1 else shlex.join(names)


def _found(dataset: str) -> list[str]:
    """The files to read, in order: as given, and alphabetically within a folder or pattern."""
    found = dict.fromkeys(file for name in named(dataset) for file in _files(name))
    if len(found) > MAX_FILES:
        raise DatasetError("{name} matches more than {n:,} files", name=visible(dataset), n=MAX_FILES)
    return list(found)


def _files(name: str) -> Iterable[str]:
    """The files in a folder or matching a pattern, without hidden ones; any other name as it is."""
    if not name:  # as an unset variable of a shell gives it; to pathlib it is the current folder
        raise DatasetError("the name of the list is empty; give a text file, a URL, us-names or makemore")
    if not _is_path(name):
        return [name]
    path = _path(name)
    if os.path.isdir(path):
        found = sorted(islice(_files_below(path), 10 * MAX_FILES))
        if not found:
            raise DatasetError("{name} is a directory with no files in it", name=visible(name))
        return found
    if glob.has_magic(name) and not os.path.exists(path):
        return sorted(file for file in glob.iglob(str(path), recursive=True) if os.path.isfile(file)) or [
            name
        ]
    return [name]


def _files_below(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, onerror=_raise_explained):
        folders[:] = [each for each in folders if each[0] != "."]
        for name in names:
            path = Path(parent, name)
            with explained(visible(str(path))):
                is_file = path.is_file()
            if is_file and name[0] != ".":
                yield str(path)


def _raise_explained(error: OSError) -> NoReturn:
    with explained(visible(os.fsdecode(error.filename))):
        raise error


def _source(dataset: str, cache: Path, options: ReadingOptions, on_progress: OnProgress) -> Source:
    if dataset == DEFAULT:
        return replace(file_source(SHIPPED), name=DEFAULT, origin=DEFAULT)
    if dataset == MAKEMORE:
        names = _download(built_in.MAKEMORE_URL, MAKEMORE, cache, options, on_progress)
        return replace(names, origin=MAKEMORE)
    if dataset == "-":
        return Source("standard input", standard_input, size=None)
    if is_url(dataset):
        downloaded = _download(dataset, _name_of_url(dataset), cache, options, on_progress)
        return replace(downloaded, origin=dataset)
    path = _path(dataset)
    # Visitors with a browser are not told about folders on the server.
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
        DatasetError: if it cannot be read or contains no words.
    """
    options = options or ReadingOptions()
    return read(find_source(dataset, cache, options, on_progress), options, on_progress)


def is_quick(dataset: str) -> bool:
    """Whether it is read so quickly that no progress bar is needed."""
    if dataset == DEFAULT:
        return True
    paths = [SHIPPED if name == DEFAULT else _path(name) for name in _found(dataset)]
    return all(path.is_file() for path in paths) and sum(path.stat().st_size for path in paths) < LARGE


def engine_for(source: Source, workers: int | None, nice: int = 0) -> Engine | None:
    """Parallel processes if the list is large enough, one per core unless `workers` is given."""
    if (source.size or 0) < FOR_PROCESSES:
        return None
    from bigram_tui.words.processes import Processes, cores

    workers = workers or cores()
    return Processes(workers, nice) if workers > 1 else None


def check(dataset: str, options: ReadingOptions | None = None) -> None:
    """Check that a file exists and is readable, and its first block, without reading all of it.

    For a pipe or a device, only its existence is checked: what is read from it is gone.

    Raises:
        DatasetError: if reading it would fail immediately.
    """
    for name in _found(dataset):
        if _is_path(name):
            _check_file(_path(name), options)


def _check_file(path: Path, options: ReadingOptions | None) -> None:
    source, shown = file_source(path), visible(str(path))
    if source.size is not None:
        with explained(shown), source.open() as file:
            start = file.read(FIRST_BLOCK)
        if start.startswith((*COMPRESSED, *blocks.BYTE_ORDER_MARKS)):
            return
        if what := recognized(start):
            raise DatasetError("{name} is {what}", name=shown, what=what)
        if b"\0" in start and not (options and options.encoding):
            nul = DatasetError("{name} is not a text file: it holds a NUL byte", name=shown)
            raise why_not_text(shown, start) or nul


def _path(dataset: str) -> Path:
    return Path(os.path.expanduser(dataset))


def standard_input() -> BinaryIO:
    """The bytes of standard input; raises DatasetError if that is closed or a terminal."""
    if sys.stdin is None:
        raise DatasetError("standard input is closed; pipe a word list into it, as in: cat names.txt | …")
    if sys.stdin.isatty():
        raise DatasetError("standard input is a terminal; pipe a word list into it, as in: cat names.txt | …")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)


def _name_of_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        return visible(Path(parts.path).name or parts.netloc)
    except ValueError:
        return "the download"
