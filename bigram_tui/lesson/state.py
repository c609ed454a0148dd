"""What the lesson shows beside a pane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LessonState:
    """A chapter as far as the learner is: what it tells, what it asks to do and to answer.

    Texts are Markdown. `tasks_done` counts those of all chapters. There is a `question` once the task was
    done; `reply` is what was said to the last answer, and `answered` whether that was right.
    """

    number: int
    count: int
    tasks_done: int
    title: str
    time: str
    text: str
    task: str
    done: bool
    question: str
    reply: str = ""
    answered: bool = False
