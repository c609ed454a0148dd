"""How far long work is, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far long work is: `done` of `total` bytes, where the total is known."""

    stage: str
    done: int
    total: int | None = None


OnProgress = Callable[[Progress], None]
"""Is told now and then; raises CancelledError to end the work."""


def ignore_progress(_progress: Progress) -> None:
    """For who does not want to know."""
