"""Loading saved files from paths given by the user."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bigram_tui.lm.errors import FileError
from bigram_tui.lm.settings import MAX_VOCABULARY
from bigram_tui.lm.vocabulary import Vocabulary, visible
from bigram_tui.texts import Sentence

if TYPE_CHECKING:
    from bigram_tui.lm.network_file import SavedNetwork

MAX_NETWORK = 4 * MAX_VOCABULARY**2 + 10**6
"""The size limit of a saved network: the largest W in float32, plus ample space for metadata."""

MAX_JSON = 10**6
"""The size limit of what the program remembers."""


def read_regular_file(path: Path, limit: int) -> bytes:
    """All bytes of a regular file of at most `limit` bytes; never blocks on a FIFO.

    Raises:
        OSError: if it cannot be read, is too large, or is a folder, a FIFO or a device.
        ValueError: if the path is invalid.
    """
    with open(path, "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, Sentence("it is not a regular file"))
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, Sentence("it is larger than {n:,.0f} MB", n=limit / 10**6))
    return content


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def read_json(path: Path) -> Any:
    """What the program remembered in a file, which may have become anything.

    Raises:
        OSError: as `read_regular_file`.
        ValueError: if it is not JSON.
    """
    try:
        return json.loads(read_regular_file(path, MAX_JSON))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def load_network(path: Path, vocabulary: Vocabulary, context: int | None = 1) -> SavedNetwork:
    """The network saved in a file, for this vocabulary and context. Imports torch, but only after reading.

    Raises:
        FileError: if the file cannot be read, is not a saved network, or its vocabulary or context differs.
    """
    name = visible(str(path))
    try:
        content = read_regular_file(path, MAX_NETWORK)
    except (OSError, ValueError) as error:
        reason = Sentence(str(error.strerror)) if isinstance(error, OSError) else str(error)
        raise FileError("{name} cannot be read: {reason}", name=name, reason=reason) from None
    from bigram_tui.lm.network_file import network_from_bytes

    saved = network_from_bytes(content, vocabulary, name, context)
    return saved._replace(state=replace(saved.state, file=str(path.absolute())))
