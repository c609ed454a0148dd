"""A chapter: the state it puts the panes into, how it knows that its task is done, how it checks answers."""

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
"""Values for the gaps of a chapter's texts, formatted as on the screen."""

Check = Callable[[Figures, str], bool]
"""Whether an answer, given as typed, is right."""


USUAL = TrainingSettings()


@dataclass(frozen=True)
class Chapter:
    """`name` is that of its texts, `place` its place in the lecture: a time in the video, or an exercise.

    When `prepare` is called, the pane is on the screen and everything else is as the app starts with the
    bundled list.
    """

    name: str
    place: str
    pane: str
    is_done: Callable[[Stage], bool]
    check: Check | None = None
    values: Callable[[Figures], Values] = lambda stage: {}
    prepare: Callable[[Stage], None] = lambda stage: None
    hint_values: Callable[[Figures, str], Values] = lambda stage, typed: {}
    """Values for the hint about a wrong answer."""
    meant: str = ""
    """The id of the field that the task is about: the pane scrolls to it and marks it."""
    slip: Callable[[Stage], str] = lambda stage: ""
    """A sentence about what was changed by mistake instead, if anything was."""
    needs_torch: bool = False
    """Set for a chapter that needs the network in a pane that otherwise works without it."""
    settings: TrainingSettings = USUAL
    context: int = 1
    """In the plain lesson, which has no panes: the context length of the run that the numbers are about."""
    is_reported: Callable[[str], bool] = lambda dataset: True
    """In the plain lesson, for a chapter without a question: whether a report on a DATASET does its task."""

    def answered(self, figures: Figures, text: ChapterText, typed: str) -> tuple[bool, str]:
        """Whether an answer is right, and the response: a hint if it is wrong."""
        assert self.check is not None
        typed = normalized(typed)
        if self.check(figures, typed):
            return True, text.answer.format_map(self.values(figures))
        return False, say("**Not right yet.** {hint}", hint=self.hint(figures, text, typed))

    def hint(self, figures: Figures, text: ChapterText, typed: str) -> str:
        return text.hint.format_map(self.values(figures) | self.hint_values(figures, typed))


@dataclass(frozen=True)
class ChapterText:
    """A chapter's Markdown in one language, with gaps not yet filled."""

    title: str
    text: str
    task: str
    question: str = ""
    hint: str = ""
    answer: str = ""

    @classmethod
    def read(cls, language: str, chapter: str, typed: bool = False) -> ChapterText:
        """The parts in order: a title, the text, and what follows each heading.

        With `typed`, the task, and the hint if it differs, are those of the plain lesson, which come last.
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
    """An answer without the full-width characters of a Chinese input method; 。 becomes the boundary."""
    return unicodedata.normalize("NFKC", typed).replace("。", ".")


def number_near(expected: Callable[[Figures], float], digits: int = 0) -> Check:
    """A check for a number that must be right to this many decimals."""
    return lambda stage, typed: near(typed, expected(stage), digits)


def near(typed: str, expected: float, digits: int) -> bool:
    """Whether a number, possibly typed as a fraction, is right to this many decimals."""
    try:
        answer = float(Fraction(typed.replace(",", "").replace("−", "-").replace(" ", "")))
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return abs(answer - expected) <= 0.6 * 10**-digits if digits else answer == expected


def one_of(*expected: str) -> Check:
    """A check for one of these words or signs."""
    return lambda stage, typed: typed.strip().casefold() in expected


def text_is(expected: Callable[[Figures], str]) -> Check:
    """A check for this text, ignoring case."""
    return lambda stage, typed: typed.strip().lower() == expected(stage)
