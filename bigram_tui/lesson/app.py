"""The part of the app that runs the lesson; chapters are imported lazily."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding

from bigram_tui.session.workspace import Workspace
from bigram_tui.terminal.app import TerminalApp
from bigram_tui.texts import say

if TYPE_CHECKING:
    from bigram_tui.lesson.lesson import Lesson
    from bigram_tui.widgets.lesson_strip import LessonStrip

IN_LESSON = {"lesson", "answer", "leave_lesson"}
"""Actions that need a lesson in progress."""


class LessonApp(TerminalApp):
    """Starts the lesson, guides through it and leaves it."""

    workspace: Workspace
    BINDINGS = [
        Binding(key, action, title, key_display=sign, show=False, tooltip=f"Lesson: {tooltip}")
        for key, sign, action, title, tooltip in (
            ("right_square_bracket", "]", "lesson(1)", "Next chapter", "next chapter"),
            ("left_square_bracket", "[", "lesson(-1)", "Chapter before", "chapter before"),
            ("equals_sign", "=", "answer", "Answer", "answer the question"),
            ("backslash", "\\", "leave_lesson", "Leave the lesson", "leave it, with what you had before"),
        )
    ]
    _lesson: Lesson | None = None

    def chapters(self) -> Iterable[SystemCommand]:
        """The lesson's entries in the command palette, besides those for keys."""
        from bigram_tui.lesson.chapter import ChapterText
        from bigram_tui.lesson.chapters import CHAPTERS

        for number, chapter in enumerate(CHAPTERS):
            title = ChapterText.read(self.workspace.language.latest, chapter.name).title
            go_there = partial(self.action_begin_lesson, number)
            name = say("Lesson {number}: {title}", number=number + 1, title=title)
            yield SystemCommand(name, say("In the lecture: {place}", place=chapter.place), go_there)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._lesson is not None if action in IN_LESSON else super().check_action(action, parameters)

    async def action_begin_lesson(self, number: int | None = None) -> None:
        """Go to a chapter, or resume at the one where the lesson was left."""
        from bigram_tui.lesson.lesson import Lesson

        self._lesson = self._lesson or Lesson(self, self.workspace)
        await self._lesson.go_to(number)

    async def action_lesson(self, chapters: int) -> None:
        if self._lesson:
            await self._lesson.go(chapters)

    async def action_leave_lesson(self) -> None:
        if self._lesson:
            lesson, self._lesson = self._lesson, None
            await lesson.leave()

    def action_answer(self) -> None:
        from bigram_tui.widgets.lesson_strip import LessonStrip

        for strip in self.screen.query(LessonStrip):
            strip.ask()

    def on_lesson_strip_answered(self, event: LessonStrip.Answered) -> None:
        if self._lesson:
            self._lesson.answer(event.text)

    def post_display_hook(self) -> None:
        """After each frame, check whether the chapter's task is done: it is once it can be seen."""
        if self._lesson:
            self.call_later(self._notice)

    def _notice(self) -> None:
        if self._lesson:
            self._lesson.look_at(self.screen)
