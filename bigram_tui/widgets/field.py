"""A text field that never sends control characters of a pasted text or a file name to the terminal."""

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
    """Shows one sign per character, so that the cursor is where Textual expects it."""

    @dataclass
    class Left(Message):
        """The user pressed enter in the field, and needs other keys now."""

    def __init__(self, value: str | None = None, *, enter: Phrase = USE_IT, **options: Any) -> None:
        """`enter` says in a word or two what that key does."""
        self.enter = enter
        super().__init__(value, highlighter=_Signs(self), **options)


class _Signs(Highlighter):
    """Textual asks this how the text looks; Rich would drop control characters."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def highlight(self, text: Text) -> None:
        text.plain = "".join(map(_one_column, self._field.value))


def _one_column(character: str) -> str:
    """The character as it looks within a text, or a replacement one column wide."""
    shown = visible(f"x{character}")[1:]
    return shown if len(shown) == 1 else OTHER
