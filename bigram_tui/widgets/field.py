"""A text field in which nothing that was pasted, or stands in a file's name, reaches the terminal raw."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from bigram_tui.lm.vocabulary import OTHER, visible


class Field(Input):
    """Shows one sign for each character, so that the cursor stands where it is counted."""

    @property
    def _value(self) -> Text:
        text = super()._value
        text.plain = "".join(map(_drawn, self.value))
        return text


def _drawn(character: str) -> str:
    """The character as it looks inside of a text, or what stands for it in one column."""
    shown = visible(f"x{character}")[1:]
    return shown if len(shown) == 1 else OTHER
