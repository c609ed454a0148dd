"""Drawing automatically, one character at a time."""

from collections.abc import Callable

from textual.screen import Screen
from textual.timer import Timer

PACES = (0.5, 1, 2, 4, 8, 16, 32)
"""Characters per second."""


class ByItself:
    """Calls `draw` periodically while it runs, and `changed` after it starts, pauses, or changes its pace."""

    def __init__(self, screen: Screen[None], draw: Callable[[], None], changed: Callable[[], None]) -> None:
        self._screen, self._draw, self._changed = screen, draw, changed
        self._chosen = PACES.index(4)
        self._timer: Timer | None = None

    @property
    def pace(self) -> float | None:
        """Characters per second; None while paused."""
        return PACES[self._chosen] if self._timer else None

    def run_or_pause(self) -> None:
        if self._timer is None:
            self._run()
            self._draw()
        else:
            self.pause()

    def pause(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._changed()

    def change_pace(self, step: int) -> None:
        """Move this many places further in PACES."""
        self._chosen = min(max(self._chosen + step, 0), len(PACES) - 1)
        if self._timer is not None:
            self._timer.stop()
            self._run()

    def _run(self) -> None:
        self._timer = self._screen.set_interval(1 / PACES[self._chosen], self._draw)
        self._changed()
