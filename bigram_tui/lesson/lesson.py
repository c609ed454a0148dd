"""Lesson: the current chapter, whether its task is done, and the state to return to afterwards."""

from dataclasses import replace
from typing import Any

from textual.app import App
from textual.screen import Screen

from bigram_tui.lesson.chapter import Chapter, ChapterText, Values
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lesson.progress import LessonProgress
from bigram_tui.lesson.stage import Stage
from bigram_tui.panes.pane import Pane
from bigram_tui.session.snapshots.lesson import LessonState
from bigram_tui.session.workspace import Workspace
from bigram_tui.texts import say


class Lesson:
    """A lesson in progress. Leaving it restores everything that was in the panes when it began."""

    def __init__(self, app: App[Any], workspace: Workspace) -> None:
        self._app = app
        self._workspace = workspace
        self._stage = Stage(workspace)
        self._restore = workspace.keep()
        self._mode = app.current_mode
        self._looks: dict[Pane, Any] = {}
        self._progress = LessonProgress()
        self._is_prepared = False
        self._was_left = False
        self._values: Values = {}
        self._slip = ""
        workspace.language.signal.subscribe(app, lambda _language: self._tell(self._state.done))
        workspace.ready.signal.subscribe(app, lambda _ready: self.look_at(app.screen))

    async def go_to(self, number: int | None = None) -> None:
        """Go to a chapter, counted from 0, or to the one where the lesson was left."""
        self._progress.go_to(self._number if number is None else number)
        self._is_prepared, self._slip = False, ""
        for pane in self._looks:
            pane.mark()
        self._stage.reset()
        await self._app.switch_mode(self._chapter.pane)
        self._tell()
        self.look_at(self._app.screen)

    async def go(self, chapters: int) -> None:
        """Go forward or back by this many chapters, no further than the first and the last."""
        if 0 <= self._number + chapters < len(CHAPTERS):
            await self.go_to(self._number + chapters)

    async def leave(self) -> None:
        self._was_left = True
        self._workspace.language.signal.unsubscribe(self._app)
        self._workspace.ready.signal.unsubscribe(self._app)
        self._workspace.lesson.publish(None)
        self._restore()
        for pane, look in self._looks.items():
            pane.look = look
            pane.mark()
        await self._app.switch_mode(self._mode)

    def look_at(self, screen: Screen[Any]) -> None:
        """Check what is on the screen: the pane that the chapter waits for, or that its task is done."""
        pane = self._stage.pane
        if isinstance(screen, Pane):
            pane = self._stage.pane = screen
        else:
            self._stage.opened[type(screen).__name__] = screen
        if pane is None or self._chapter.pane != pane.MODE or not pane.has_begun:
            return
        if self._chapter.meant and not pane.query(f"#{self._chapter.meant}"):
            return
        if self._chapter.needs_torch and not self._workspace.torch_is_there():
            return
        if not self._is_prepared:
            # The pane's update for its dataset is already queued: prepare the chapter after it.
            pane.call_later(pane.call_next, self._prepare, pane, self._number)
            return
        slip = self._off_topic or self._chapter.slip(self._stage)
        if slip != self._slip:
            self._slip = slip
            self._workspace.lesson.publish(replace(self._state, reply=slip))
        if not self._off_topic and not self._state.done and self._chapter.is_done(self._stage):
            self._progress.chapter_done()
            self._tell(done=True)

    def _prepare(self, pane: Pane, number: int) -> None:
        """Reset the chapter's pane to its initial look, then put it into the chapter's state."""
        if self._was_left or self._is_prepared or number != self._number or pane is not self._app.screen:
            return
        self._looks.setdefault(pane, pane.look)
        pane.look = type(pane.look)()
        pane.focus_main_part()
        pane.query_one("#parts").scroll_home(animate=False)
        self._chapter.prepare(self._stage)
        self._is_prepared = True
        self._tell()
        pane.mark(self._chapter.meant)

    @property
    def _off_topic(self) -> str:
        """What to do if another list was opened than the one that the chapter's question is about."""
        if self._stage.is_elsewhere and self._chapter.check is not None:
            return say("This is about the list of the lesson: `l` begins this chapter again.")
        return ""

    @property
    def _chapter(self) -> Chapter:
        return self._progress.chapter

    @property
    def _number(self) -> int:
        return self._progress.number

    @property
    def _state(self) -> LessonState:
        state = self._workspace.lesson.latest
        assert state is not None
        return state

    def answer(self, typed: str) -> None:
        """Respond to an answer, with a hint if it is wrong."""
        answered, reply = False, self._off_topic
        if not reply:
            answered, reply = self._chapter.answered(self._stage, self._text, typed)
        self._workspace.lesson.publish(replace(self._state, reply=reply, answered=answered))

    def _tell(self, done: bool = False) -> None:
        """Publish the chapter, initially or once its task is done; before it is prepared, only its title."""
        text, chapter = self._text, self._chapter
        if self._is_prepared:
            if not self._off_topic:
                self._values = chapter.values(self._stage)
            values = self._values
            told, task = text.text.format_map(values), text.task.format_map(values)
            question = text.question.format_map(values) if done else ""
        else:
            told = task = question = ""
        numbers = self._number + 1, len(CHAPTERS)
        self._workspace.lesson.publish(
            LessonState(*numbers, text.title, chapter.place, told, task, done, question, self._slip)
        )

    @property
    def _text(self) -> ChapterText:
        return ChapterText.read(self._workspace.language.latest, self._chapter.name)
