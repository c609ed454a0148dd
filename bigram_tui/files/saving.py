"""Atomic writes: at any moment there is either the old file or the new one, even if the program is killed."""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bigram_tui.texts import Sentence

PREFIX, SUFFIX = ".bigram-tui-", ".part"
"""Prefix and suffix of temporary files: hidden, and recognizable if they are left behind."""

LEFT_BEHIND = 24 * 3600.0
"""Seconds without a change after which a temporary file counts as abandoned."""


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """A temporary file to write to, which replaces `file` once everything is written.

    Symbolic links are followed, and the permissions of a replaced file are kept.

    Raises:
        OSError: if it cannot be written, or is a folder or a device; then nothing has changed.
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
    """Write a file atomically.

    Raises:
        OSError: if it cannot be written.
    """
    with replacing(file) as replacement:
        replacement.write(data)


def _mode(target: Path) -> int | None:
    """The permissions of the file to replace, if it exists; raises OSError if it must not be replaced."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, Sentence("it is not a regular file"))
    with target.open("r+b"):
        return stat.S_IMODE(mode)


def _remove_left_behind(folder: Path) -> None:
    """Delete temporary files whose writer was killed."""
    with contextlib.suppress(OSError):
        for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
            if time.time() - part.stat().st_mtime > LEFT_BEHIND:
                part.unlink()


def _sync_folder(folder: Path) -> None:
    """fsync the folder, if supported, so that the new name survives a power failure."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
