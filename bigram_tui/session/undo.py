"""The last clearing or starting over, kept so that it can be taken back."""

from collections.abc import Callable

from bigram_tui.texts import say


class Undo:
    """Holds one action at most: what it was, and what restores the state before it."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        """`tell` is told what was done, and that it can be taken back."""
        self._tell = tell
        self._last: tuple[str, Callable[[], None]] | None = None

    def remember(self, description: str, restore: Callable[[], None], tell: bool = True) -> None:
        """Nothing needs to be told of what is seen."""
        self._last = description, restore
        if tell:
            self._tell(say("{done}: u brings it back", done=description))

    def forget(self) -> None:
        self._last = None

    def keep(self) -> Callable[[], None]:
        """What makes the last action the one it is now."""
        last = self._last

        def restore() -> None:
            self._last = last

        return restore

    def take_back(self) -> str | None:
        """Restore the state before the last action; returns what it was, None if there is none."""
        if self._last is None:
            return None
        description, restore = self._last
        self._last = None
        restore()
        return description
