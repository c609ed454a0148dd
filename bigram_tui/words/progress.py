"""Progress of long work, and callbacks that report it."""

from collections.abc import Callable
from typing import NamedTuple


class Progress(NamedTuple):
    """Progress of long work: `done` of `total` bytes, if the total is known."""

    stage: str
    done: int
    total: int | None = None


OnProgress = Callable[[Progress], None]
"""Called periodically; raises CancelledError to stop the work."""


def ignore_progress(_progress: Progress) -> None:
    """A callback that does nothing."""
