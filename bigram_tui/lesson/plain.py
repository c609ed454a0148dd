"""The lesson as plain running text, for screen readers and reading top to bottom; answers are typed lines.

Reports take the place of panes. Nothing is drawn, and the cursor only moves forward.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator

from rich.cells import cell_len

from bigram_tui.lesson.chapter import ChapterText, normalized
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lesson.exercises import TUNED
from bigram_tui.lesson.figures import Figures
from bigram_tui.lesson.progress import LessonProgress
from bigram_tui.lm.settings import ADD_K, DEFAULT_SMOOTHING, TrainingSettings
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import Phrase, say
from bigram_tui.words.streams import explained

Report = Callable[[list[str]], str | None]
"""Prints a report, given its command line; returns its DATASET, or None if it failed."""

ALOUD = (
    (r"\*+", Phrase("")),
    (r"Σ (ln P)", Phrase(r"the sum of \1")),
    (r"λ", Phrase("lambda")),
    (r"²", Phrase(" squared")),
    (r"(?<=\d)×(?=\d)", Phrase(" by ")),
    (r"\s*[×·]\s*", Phrase(" times ")),
    (r"(?<=\S )−(?= )", Phrase("minus")),
    (r"−", Phrase("minus ")),
    (r" /(?: |(?=（))", Phrase(" divided by ")),
    (r"e\^([\d.]+)", Phrase(r"e to the power of \1")),
    (r"\((\w)\|(\w)\)", Phrase(r"(\1 after \2)")),
)
"""Notation in formulas and for emphasis, and how to read it aloud."""

SPACED_CHINESE = r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff“（])|(?<=”) (?=[\u3400-\u9fff])|(?<=。) "
"""Spaces that belonged to the notation that words or quotation marks replaced: Chinese has none there."""

CHAPTER = Phrase("chapter")
WORDS = NEXT, BACK, HINT, QUIT = Phrase("next"), Phrase("back"), Phrase("hint"), Phrase("quit")
"""Commands besides answers and reports, in English or in the current language."""


def aloud(markdown: str) -> Iterator[str]:
    """The paragraphs of a text without signs that should not be read aloud; code stays as is, in quotes."""
    for paragraph in re.split(r"\n{2,}", markdown):
        pieces = re.split(r"`(.+?)`", " ".join(paragraph.split("\n")))
        for place, piece in enumerate(pieces):
            if place % 2:
                pieces[place] = f"“{_with_dots(piece)}”"
                continue
            for written, read in ALOUD:
                piece = re.sub(written, say(read), piece)
            pieces[place] = piece
        yield re.sub(SPACED_CHINESE, "", "".join(pieces))


def _with_dots(code: str) -> str:
    """A word between boundaries, with the boundaries spelled out; other code as it is."""
    if not re.fullmatch(r"\.*\w*\.*", code):
        return code
    return " ".join(code.replace(".", f" {say('dot')} ").split())


class PlainFigures(Figures):
    """The figures of each chapter, which has its own run; torch is imported on first use."""

    def __init__(self) -> None:
        super().__init__()
        self._settings, self._context = TrainingSettings(), 1
        self._runs: dict[tuple[TrainingSettings, int], Training] = {}

    def begin(self, settings: TrainingSettings, context: int) -> None:
        self._settings, self._context = settings, context

    @property
    def dataset(self) -> Dataset:
        return Dataset(self.corpus, self.counts_of(self._context), DEFAULT_SMOOTHING)

    @property
    def training(self) -> Training:
        key = self._settings, self._context
        if key not in self._runs:
            from bigram_tui.lm.training import TrainingRun
            from bigram_tui.session.run_history import RunHistory

            run = TrainingRun(self.counts, self._settings)
            for _ in range(self._settings.steps):
                run.step()
            self._runs[key] = RunHistory.at_end_of(run).snapshot()
        return self._runs[key]

    @property
    def looked(self) -> Collection[float]:
        test = self.parts.evaluation.row(TUNED, ADD_K, DEFAULT_SMOOTHING, with_test=True).test
        assert test is not None
        return [test]


class PlainLesson:
    """Prints chapters and responds to what is typed."""

    def __init__(self, language: str, reports: Collection[str], report: Report) -> None:
        self._language, self._reports, self._report = language, reports, report
        self._figures, self._progress = PlainFigures(), LessonProgress()

    def tell(self) -> None:
        """Print the chapter, from its title to its task or question."""
        chapter, text = self._progress.chapter, self._text
        self._figures.begin(chapter.settings, chapter.context)
        number = self._progress.number + 1
        title = say("Chapter {n} of {count}: {title}", n=number, count=len(CHAPTERS), title=text.title)
        print()
        _tell(title, say("In the lecture: {place}", place=chapter.place), self._filled(text.text))
        self._ask()

    def _ask(self) -> None:
        text = self._text
        _tell(say("Task: {task}", task=self._filled(text.task)))
        if text.question:
            _tell(say("Question: {question}", question=self._filled(text.question)))

    def hear(self, line: str) -> bool:
        """Do what a line asks for; returns whether the lesson continues."""
        line = line.strip().strip("“”")
        typed = normalized(line)
        words = {word for word in WORDS if typed.casefold() in (word, say(word))}
        chapter = re.fullmatch(rf"(?:{CHAPTER}|{say(CHAPTER)}) *(\d+)", typed, flags=re.IGNORECASE)
        if QUIT in words:
            return False
        if not typed:
            self._ask()
        elif NEXT in words:
            self._go_to(self._progress.number + 1)
        elif BACK in words:
            self._go_to(self._progress.number - 1)
        elif chapter:
            self._go_to(int(chapter[1]) - 1)
        elif report := self._as_report(line):
            self._print(report)
        elif self._progress.chapter.check is None:
            self._ask()
        elif HINT in words or typed == "?":
            _tell(self._progress.chapter.hint(self._figures, self._text, ""))
        else:
            self._answer(typed)
        return True

    def end(self) -> None:
        _tell(say("{n} of {count} chapters are done.", n=self._progress.done, count=len(CHAPTERS)))

    def _go_to(self, number: int) -> None:
        if number in range(len(CHAPTERS)):
            self._progress.go_to(number)
            self.tell()
        else:
            _tell(say("The chapters go from 1 to {count}.", count=len(CHAPTERS)))

    def _as_report(self, line: str) -> list[str]:
        """The arguments of a line that asks for a report; empty if it does not."""
        try:
            words = shlex.split(line)
        except ValueError:
            return []
        words = words[1:] if words[:1] == ["bigram-tui"] else words
        return words if words and words[0] in self._reports else []

    def _print(self, report: list[str]) -> None:
        dataset = self._report(report)
        chapter = self._progress.chapter
        if dataset is not None and chapter.check is None and chapter.is_reported(dataset):
            self._chapter_done()

    def _answer(self, typed: str) -> None:
        is_right, reply = self._progress.chapter.answered(self._figures, self._text, typed)
        _tell(reply)
        if is_right:
            self._chapter_done()

    def _chapter_done(self) -> None:
        self._progress.chapter_done()
        if self._progress.number + 1 < len(CHAPTERS):
            _tell(say("Type {next} to go on.", next=f"“{say(NEXT)}”"))
        else:
            _tell(say("That was the last chapter."))

    def _filled(self, part: str) -> str:
        return part.format_map(self._progress.chapter.values(self._figures))

    @property
    def _text(self) -> ChapterText:
        return ChapterText.read(self._language, self._progress.chapter.name, typed=True)


def tell_lesson(language: str, reports: Collection[str], report: Report) -> None:
    """Run the lesson on standard input and output, until the input ends."""
    lesson = PlainLesson(language, reports, report)
    words = say(", ").join(f"“{say(word)}”" for word in WORDS)
    _tell(
        say(
            "The lesson as text. Type an answer, a report as on the command line, one of these words: "
            "{words}, or “{chapter} 5” for a chapter.",
            words=words,
            chapter=say(CHAPTER),
        )
    )
    lesson.tell()
    try:
        for line in iter(_line, ""):
            if not lesson.hear(line):
                break
    except KeyboardInterrupt:
        print()
        raise
    lesson.end()


def _line() -> str:
    """The next line with its line end; empty at the end of input."""
    is_typed = sys.stdin is not None and sys.stdin.isatty()
    if is_typed:
        print("> ", end="")
    sys.stdout.flush()
    with explained("standard input"):
        line = sys.stdin.readline() if sys.stdin else ""
    if is_typed and not line:
        print()
    return line


def _tell(*texts: str) -> None:
    """Print paragraphs, wrapped at words if output is a terminal."""
    for paragraph in (paragraph for text in texts for paragraph in aloud(text)):
        if sys.stdout.isatty() and cell_len(paragraph) == len(paragraph):
            columns = shutil.get_terminal_size().columns
            paragraph = textwrap.fill(paragraph, columns, break_on_hyphens=False)
        print(paragraph)
