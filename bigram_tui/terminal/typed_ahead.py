"""Type-ahead: each key goes to the widget that has the focus once all earlier keys are handled."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.dom import DOMNode

Typed = events.Key | events.Paste


Place = tuple[DOMNode, bool]
"""The focused widget, and whether it takes characters as text."""


class TypedAhead(App[None]):
    """Textual sends a key to the widget with the focus when it arrives. But the effect of the previous key,
    such as focusing a field or opening a dialog, only happens once that key has bubbled up to the app."""

    def __init__(self) -> None:
        super().__init__()
        self._given_at: WeakKeyDictionary[Typed, Place] = WeakKeyDictionary()
        self._last_place: Place | None = None
        self._is_waiting = False
        self._missed: list[Typed] = []
        """Keys that came back from a widget that had lost the focus, or did not take text yet."""

        self._held: list[Typed] = []
        """What was typed after those."""

    @property
    def _place(self) -> Place:
        node = self.focused or self.screen
        return node, node.check_consume_key("a", "a")

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, Typed):
            await super().on_event(event)
        elif event.is_forwarded:
            place = self._given_at.pop(event, None)
            if place in (None, self._place):
                await super().on_event(event)
            else:
                self._missed.append(_again(event))
                self._wait_for(place)
        elif self._is_waiting or self._last_place not in (None, self._place):
            self._held.append(event)
            self._wait_for(self._last_place)
        else:
            await self._give(event)

    async def _give(self, event: Typed) -> None:
        """Fields handle text, but leave other keys to the app: what is typed next waits for those."""
        place = self._last_place = self._given_at[event] = self._place
        await super().on_event(event)
        _, takes_text = place
        if takes_text and isinstance(event, events.Key) and not event.is_printable:
            self._wait_for(place)

    def _wait_for(self, place: Place | None) -> None:
        """Hold further input until this widget has handled its messages, and then the focused one."""
        if not self._is_waiting:
            self._is_waiting = True
            self._climb(place[0] if place else None, lambda: self._climb(self._place[0], self._go_on))

    def _climb(self, node: DOMNode | None, then: Callable[[], object]) -> None:
        """Call `then` once this widget and all of its ancestors have handled their queued messages."""
        if node is None or not node.call_later(lambda: self._climb(node.parent, then)):
            self.call_later(then)

    async def _go_on(self) -> None:
        typed, self._missed, self._held = [*self._missed, *self._held], [], []
        self._is_waiting, self._last_place = False, None
        for event in typed:
            await self.on_event(event)


def _again(event: Typed) -> Typed:
    """A copy of the event, which can be sent to another widget."""
    return (
        events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
    )
