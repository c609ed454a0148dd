"""When garbage is collected, and what is never searched for it."""

import gc

from textual import events
from textual.app import App
from textual.timer import Timer

REST = 0.5
"""Seconds without a key after which garbage is collected."""

MOST = 10
"""How many dialogs are closed before it is collected while keys are pressed, too."""


class GarbageCollection(App[None]):
    """Collects garbage while nobody types: a collection takes several times as long as a key.

    A closed dialog is a cycle of references, and the garbage of many dialogs would stop the app for a second.
    """

    _collection: Timer | None = None
    _closed_dialogs = 0

    def collect_garbage_soon(self) -> None:
        """Collect what is garbage now, a dialog, once no key has been pressed for a while.

        To be called in the app's context (`call_later`): the timer keeps alive whose context it is made in.
        """
        self._closed_dialogs += 1
        if self._collection is not None and self._closed_dialogs < MOST:
            self._collection.reset()
        elif self._collection is None:
            self._collection = self.set_timer(REST, self._collect)

    def _collect(self) -> None:
        self._collection, self._closed_dialogs = None, 0
        gc.collect()

    def spare_what_exists(self) -> None:
        """Search what exists now no longer, since it lives as long as the app, unless garbage is among it."""
        if self._collection is None:
            gc.freeze()

    async def on_event(self, event: events.Event) -> None:
        if self._collection is not None and self._closed_dialogs < MOST and isinstance(event, events.Key):
            self._collection.reset()
        await super().on_event(event)
