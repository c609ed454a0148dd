"""Files at URLs that fsspec supports, such as s3://, gs:// and https://, and files on shared file systems."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import fsspec

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words.built_in import is_url
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.sources import absolute, find_source, named
from bigram_tui.words.streams import Source

HERE = "file://"


def shared_source(dataset: str, cache: Path, options: ReadingOptions) -> Source:
    """A dataset as a source that any machine can read: URLs, and paths that exist on all machines.

    The contents at a URL are not read yet.

    Raises:
        DatasetError: if it cannot be found.
    """
    files: list[Source] = []
    for name in named(dataset):
        if is_url(name) and not name.startswith(HERE):
            files += _files(name)
        else:
            found = find_source(absolute(name.removeprefix(HERE)), cache, options)
            files += found.files or (found,)
    if len(files) == 1:
        return files[0]
    return Source.of_files(tuple(files), dataset)


def _files(address: str) -> Iterator[Source]:
    """The file at a URL, or the files in a folder or matching a pattern, without hidden ones."""
    shown = visible(address.rpartition("@")[2])
    try:
        system, path = fsspec.url_to_fs(address)
        is_http = "http" in system.protocol
        found = [path]
        if "*" in path if is_http else glob.has_magic(path):  # in an http URL, ? starts the query
            found = [each for each in sorted(system.glob(path)) if system.isfile(each)]
        elif not is_http and system.isdir(path):
            found = sorted(system.find(path))
        found = [each for each in found if "/." not in each or "/." in path]
        for each in found:
            size = system.size(each)
            if is_http and not _sends_parts(system, each, size):
                raise DatasetError(f"{shown} is on a server without range requests: download it first")
            name = PurePosixPath(urlsplit(each).path if is_http else each).name
            its_own = system.unstrip_protocol(each)
            yield Source(visible(name), partial(_opened, its_own), size, origin=its_own)
    except DatasetError:
        raise
    except FileNotFoundError:
        raise DatasetError(f"{shown} does not exist") from None
    except ImportError as error:
        raise DatasetError(f"{shown} cannot be read: {visible(str(error))}") from None
    except Exception as error:  # each kind of storage has its own exceptions
        reason = visible(str(error).split("\n")[0]) or type(error).__name__
        raise DatasetError(f"{shown} cannot be read: {reason}") from None
    if not found:
        raise DatasetError(f"{shown} matches no files")


def _sends_parts(system: fsspec.AbstractFileSystem, path: str, size: int | None) -> bool:
    """Whether a web server reports the size of a file and supports range requests."""
    if not size:
        return size is not None
    with system.open(path) as file:
        try:
            file.seek(size - 1)
            return len(file.read(1)) == 1
        except ValueError:
            return False


def _opened(address: str) -> BinaryIO:
    return cast(BinaryIO, fsspec.open(address, "rb").open())
