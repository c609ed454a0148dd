"""Undo for the last action that cleared or replaced something."""

from collections.abc import Callable

from bigram_tui.texts import say


class Undo:
    """Remembers one action: a description, and a function that restores the state before it."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        """`tell` is called with a message that says what was done and how to undo it."""
        self._tell = tell
        self._last: tuple[str, Callable[[], None]] | None = None

    def remember(self, description: str, restore: Callable[[], None], tell: bool = True) -> None:
        """Make this the action that is undone next; `tell` is False if the change can be seen anyway."""
        self._last = description, restore
        if tell:
            self._tell(say("{done}: u brings it back", done=description))

    def forget(self) -> None:
        self._last = None

    def keep(self) -> Callable[[], None]:
        """A function that brings back the currently remembered action."""
        last = self._last

        def restore() -> None:
            self._last = last

        return restore

    def take_back(self) -> str | None:
        """Restore the state before the last action; returns its description, or None if there is none."""
        if self._last is None:
            return None
        description, restore = self._last
        self._last = None
        restore()
        return description
