"""The chapter on the screen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LessonState:
    """A chapter and the learner's progress in it: its text, its task and its question.

    Texts are Markdown. `question` is there once the task is done; `reply` is the response to the last answer,
    and `answered` whether that was right.
    """

    number: int
    count: int
    title: str
    place: str
    text: str
    task: str
    done: bool
    question: str
    reply: str = ""
    answered: bool = False
