"""Files at addresses that fsspec knows, as s3://, gs://, https:// and file://, with patterns."""

from __future__ import annotations

import glob
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

import fsspec

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words.streams import Source


def remote_source(address: str) -> Source:
    """The file at an address, or those in a folder or that a pattern stands for; nothing is read of them.

    Raises:
        DatasetError: when they cannot be found.
    """
    shown = visible(address.rpartition("@")[2] if "@" in address else address)
    try:
        system, path = fsspec.url_to_fs(address)
        found = [path]
        if glob.has_magic(path) and "http" not in system.protocol:
            found = sorted(each for each in system.glob(path) if system.isfile(each))
        elif system.isdir(path) and not system.isfile(path):
            found = sorted(system.find(path))
        files = tuple(_file(system.unstrip_protocol(each), system.size(each)) for each in found)
    except ImportError as error:
        raise DatasetError(f"{shown} cannot be read: {visible(str(error))}") from None
    except Exception as error:  # each kind of storage has its own
        reason = visible(str(error).split("\n")[0]) or type(error).__name__
        raise DatasetError(f"{shown} cannot be read: {reason}") from None
    if not files:
        raise DatasetError(f"{shown} stands for no files")
    if len(files) == 1:
        return files[0]
    return Source.of_files(shown.rstrip("/").rpartition("/")[2], files, address)


def _file(address: str, size: int) -> Source:
    name = visible(PurePosixPath(address).name)
    return Source(name, partial(_opened, address), size, origin=address)


def _opened(address: str) -> BinaryIO:
    return cast(BinaryIO, fsspec.open(address, "rb").open())
