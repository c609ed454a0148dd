"""A word that can be clicked, as one of several."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from bigram_tui.session.models import COLOURS
from bigram_tui.widgets.rendering import Passage


class Choice(Passage):
    """One of several; a click chooses it. `-chosen` has the colour of the class it has besides."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Choice {
        width: auto;
        padding: 0 1;
        color: $muted;
        pointer: pointer;
        &:hover { background: $foreground 10%; }
        &.-chosen { color: $background; text-style: bold; }
    }
    """ + "".join(f"Choice.-chosen.{colour} {{ background: ${colour}; }}" for colour in COLOURS)

    @dataclass
    class Clicked(Message):
        choice: Choice

        @property
        def control(self) -> Choice:
            return self.choice

    def on_click(self) -> None:
        self.post_message(self.Clicked(self))
