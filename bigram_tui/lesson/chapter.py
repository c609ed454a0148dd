"""A chapter: the state it puts the panes into, the task it notices, the question whose answer it checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from bigram_tui.lesson.stage import Stage
from bigram_tui.texts import text

Values = dict[str, str]
"""What the gaps of a chapter's texts are filled with, as it stands on the screen."""

Check = Callable[[Stage, str], bool]
"""Whether an answer, as it was typed, is right."""


@dataclass(frozen=True)
class Chapter:
    """`name` is that of its texts, `place` where the lecture has it: in the video, or which exercise it is.

    `prepare` finds the pane shown and all as it is when the app starts with the list that ships.
    """

    name: str
    place: str
    pane: str
    is_done: Callable[[Stage], bool]
    check: Check | None = None
    values: Callable[[Stage], Values] = lambda stage: {}
    prepare: Callable[[Stage], None] = lambda stage: None
    hint_values: Callable[[Stage, str], Values] = lambda stage, typed: {}
    """What a hint says about a wrong answer."""
    meant: str = ""
    """The field, by its id, that the task is about: the pane scrolls to it and marks it."""
    slip: Callable[[Stage], str] = lambda stage: ""
    """In words, what was changed instead of what is meant, if anything was."""
    needs_torch: bool = False
    """For a chapter about the network in a pane that does without it."""


@dataclass(frozen=True)
class ChapterText:
    """A chapter's Markdown in one language, its gaps not filled yet."""

    title: str
    text: str
    task: str
    question: str = ""
    hint: str = ""
    answer: str = ""

    @classmethod
    def read(cls, language: str, chapter: str) -> ChapterText:
        """The parts in their order: a title, the text, and what follows each heading."""
        title, _, rest = text(language, f"lesson/{chapter}").removeprefix("# ").partition("\n")
        return cls(title, *(part.strip() for part in re.split(r"^## .*\n", rest, flags=re.MULTILINE)))


def number_near(expected: Callable[[Stage], float], digits: int = 0) -> Check:
    """A number, right to so many decimals."""
    return lambda stage, typed: near(typed, expected(stage), digits)


def near(typed: str, expected: float, digits: int) -> bool:
    """Whether a number, which may be typed as a fraction, is right to so many decimals."""
    try:
        answer = float(Fraction(typed.replace(",", "").replace("−", "-").replace(" ", "")))
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return abs(answer - expected) <= 0.6 * 10**-digits if digits else answer == expected


def one_of(*expected: str) -> Check:
    """One of these words or signs."""
    return lambda stage, typed: typed.strip().casefold() in expected


def text_is(expected: Callable[[Stage], str]) -> Check:
    """This text, in small letters or large ones."""
    return lambda stage, typed: typed.strip().lower() == expected(stage)
