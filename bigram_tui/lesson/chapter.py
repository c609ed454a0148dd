"""A chapter: the state it puts the panes into, the task it notices, the question whose answer it checks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from bigram_tui.lesson.figures import Figures
from bigram_tui.lesson.stage import Stage
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.texts import say, text

Values = dict[str, str]
"""What the gaps of a chapter's texts are filled with, as it stands on the screen."""

Check = Callable[[Figures, str], bool]
"""Whether an answer, as it was typed, is right."""


USUAL = TrainingSettings()


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
    values: Callable[[Figures], Values] = lambda stage: {}
    prepare: Callable[[Stage], None] = lambda stage: None
    hint_values: Callable[[Figures, str], Values] = lambda stage, typed: {}
    """What a hint says about a wrong answer."""
    meant: str = ""
    """The field, by its id, that the task is about: the pane scrolls to it and marks it."""
    slip: Callable[[Stage], str] = lambda stage: ""
    """In words, what was changed instead of what is meant, if anything was."""
    needs_torch: bool = False
    """For a chapter about the network in a pane that does without it."""
    settings: TrainingSettings = USUAL
    context: int = 1
    """Of the run that the numbers are about where there are no panes to train it in."""
    is_reported: Callable[[str], bool] = lambda dataset: True
    """Whether the report of a DATASET does, without panes, what a chapter without a question asks for."""

    def answered(self, figures: Figures, text: ChapterText, typed: str) -> tuple[bool, str]:
        """Whether an answer is right, and what is said to it: a hint if it is not."""
        assert self.check is not None
        typed = normalized(typed)
        if self.check(figures, typed):
            return True, text.answer.format_map(self.values(figures))
        return False, say("**Not right yet.** {hint}", hint=self.hint(figures, text, typed))

    def hint(self, figures: Figures, text: ChapterText, typed: str) -> str:
        return text.hint.format_map(self.values(figures) | self.hint_values(figures, typed))


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
    def read(cls, language: str, chapter: str, typed: bool = False) -> ChapterText:
        """The parts in their order: a title, the text, and what follows each heading.

        Then comes the task as it is typed where there are no panes, and the hint if that is another one.
        """
        told, commands = re.split(r"^# ", text(language, f"lesson/{chapter}"), flags=re.MULTILINE)[1:]
        title, *parts = _parts(told)
        read = cls(title, *parts)
        if not typed:
            return read
        _, task, *hint = _parts(commands)
        return replace(read, task=task, hint=hint[0] if hint else read.hint)


def _parts(markdown: str) -> list[str]:
    """The first line, what follows it, and what follows each heading."""
    title, _, rest = markdown.partition("\n")
    return [title, *(part.strip() for part in re.split(r"^## .*\n", rest, flags=re.MULTILINE))]


def normalized(typed: str) -> str:
    """What was meant with a Chinese input method: full-width, and with its full stop for the boundary."""
    return unicodedata.normalize("NFKC", typed).replace("。", ".")


def number_near(expected: Callable[[Figures], float], digits: int = 0) -> Check:
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


def text_is(expected: Callable[[Figures], str]) -> Check:
    """This text, in small letters or large ones."""
    return lambda stage, typed: typed.strip().lower() == expected(stage)
