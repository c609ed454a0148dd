"""A text field in which nothing that was pasted, or stands in a file's name, reaches the terminal raw."""

from dataclasses import dataclass
from typing import Any

from rich.highlighter import Highlighter
from rich.text import Text
from textual.message import Message
from textual.widgets import Input

from bigram_tui.lm.vocabulary import OTHER, visible
from bigram_tui.texts import Phrase

USE_IT = Phrase("Use it")


class Field(Input):
    """Shows one sign for each character, so that the cursor stands where it is counted."""

    @dataclass
    class Left(Message):
        """What was typed is confirmed with enter: other keys are wanted now."""

    def __init__(self, value: str | None = None, *, enter: Phrase = USE_IT, **options: Any) -> None:
        """`enter` is what that key does, in a word or two."""
        self.enter = enter
        super().__init__(value, highlighter=_Signs(self), **options)


class _Signs(Highlighter):
    """Textual asks it how the field's text looks; Rich would leave out control characters."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def highlight(self, text: Text) -> None:
        text.plain = "".join(map(_drawn, self._field.value))


def _drawn(character: str) -> str:
    """The character as it looks inside of a text, or what stands for it in one column."""
    shown = visible(f"x{character}")[1:]
    return shown if len(shown) == 1 else OTHER
