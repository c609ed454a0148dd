"""Publish and subscribe: a snapshot that panes follow."""

from typing import Generic, TypeVar

from textual.dom import DOMNode
from textual.signal import Signal

Snapshot = TypeVar("Snapshot")


class Topic(Generic[Snapshot]):
    """The newest snapshot, and a signal that publishes each new one."""

    def __init__(self, owner: DOMNode, name: str, latest: Snapshot) -> None:
        self.latest = latest
        self.published = 0
        """How often something was published, if only the same again: it is shown again, too."""
        self.signal: Signal[Snapshot] = Signal(owner, name)

    def publish(self, snapshot: Snapshot) -> None:
        self.latest = snapshot
        self.published += 1
        self.signal.publish(snapshot)
