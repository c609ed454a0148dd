"""The learner's progress in the lesson, kept between starts."""

from bigram_tui.files.preferences import load_preferences, remember
from bigram_tui.lesson.chapter import Chapter
from bigram_tui.lesson.chapters import CHAPTERS


class LessonProgress:
    """The current chapter, and the chapters that were ever completed."""

    def __init__(self) -> None:
        names = [chapter.name for chapter in CHAPTERS]
        preferences = load_preferences()
        self._done = {name for name in preferences.lesson_done.split() if name in names}
        self.number = names.index(preferences.lesson_chapter) if preferences.lesson_chapter in names else 0
        """Counted from 0."""

    @property
    def chapter(self) -> Chapter:
        return CHAPTERS[self.number]

    @property
    def done(self) -> int:
        """How many chapters were completed."""
        return len(self._done)

    def go_to(self, number: int) -> None:
        """Go to a chapter, or the nearest there is."""
        self.number = min(max(number, 0), len(CHAPTERS) - 1)
        remember(lesson_chapter=self.chapter.name)

    def chapter_done(self) -> None:
        self._done.add(self.chapter.name)
        remember(lesson_done=" ".join(sorted(self._done)))
