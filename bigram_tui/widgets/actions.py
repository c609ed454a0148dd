"""Actions with keys, as described by their bindings: for the help and for the command palette."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from textual.actions import parse
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode

from bigram_tui.texts import say

MOVES = [
    Binding("up", "move(-1, 0)", "Up", show=False),
    Binding("down", "move(1, 0)", "Down", show=False),
    Binding("left", "move(0, -1)", "Left", show=False),
    Binding("right", "move(0, 1)", "Right", show=False),
    Binding("pageup", "page(-1)", "Page up", show=False),
    Binding("pagedown", "page(1)", "Page down", show=False),
    Binding("home", "edge(0)", "First", show=False),
    Binding("end", "edge(-1)", "Last", show=False),
]
"""How a cursor moves by rows and columns, by pages, and to the edges."""


def explained(owner: DOMNode) -> Iterator[Binding]:
    """The bindings of this class of nodes that have a tooltip."""
    for binding in type(owner).BINDINGS:
        if isinstance(binding, Binding) and binding.tooltip:
            yield binding


def keys_of(app: App[Any], binding: Binding) -> str:
    """All keys of a binding, as displayed."""
    return " ".join(map(app.get_key_display, Binding.make_bindings([binding])))


def commands(app: App[Any], owners: Iterable[DOMNode]) -> Iterator[SystemCommand]:
    """A command for each action with a key that these nodes can perform now, if they are displayed."""
    for owner in owners:
        if not all(node.display for node in owner.ancestors_with_self):
            continue
        for binding in explained(owner):
            _, name, parameters = parse(binding.action)
            if owner.check_action(name, parameters):
                about = f"{keys_of(app, binding)} · {say(binding.tooltip)}"
                run = partial(app.run_action, binding.action, owner)
                yield SystemCommand(say(binding.description), about, run)
