"""Writing files so that there is, at every moment, the old one or the new one, whatever kills the program."""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PREFIX, SUFFIX = ".bigram-tui-", ".part"
"""How the name of a file begins and ends that is not complete: hidden, and known when it was left behind."""

LEFT_BEHIND = 24 * 3600.0
"""Seconds without a change after which nobody completes such a file any more."""


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `file` when all is written.

    A link stays one, and a file that is replaced keeps its permissions.

    Raises:
        OSError: when it cannot be written, or is a folder or a device; nothing has changed then.
    """
    target = Path(os.path.realpath(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(target)
    _remove_left_behind(target.parent)
    part = target.with_name(f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}")
    try:
        with part.open("xb") as replacement:
            if mode is not None:
                os.fchmod(replacement.fileno(), mode)
            yield replacement
            replacement.flush()
            os.fsync(replacement.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file, all of it or nothing.

    Raises:
        OSError: when it cannot be written.
    """
    with replacing(file) as replacement:
        replacement.write(data)


def _mode(target: Path) -> int | None:
    """The permissions of the file to be replaced, if there is one; raises OSError if it must not be."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    with target.open("r+b"):
        return stat.S_IMODE(mode)


def _remove_left_behind(folder: Path) -> None:
    """Parts of files whose writer was killed."""
    with contextlib.suppress(OSError):
        for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
            if time.time() - part.stat().st_mtime > LEFT_BEHIND:
                part.unlink()


def _sync_folder(folder: Path) -> None:
    """Let the new name outlive a power cut too, where the file system can say so."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
