"""The plain-text lesson, through the installed command: its output and typed input."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from bigram_tui.lesson.chapter import ChapterText
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lesson.plain import NEXT
from bigram_tui.reports import REPORTS
from bigram_tui.texts import LANGUAGES, say, speak
from bigram_tui.words.corpus import Corpus
from tests.lesson.test_lesson import steps
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import Run

LESSON = ["--lesson", "--plain", "--language"]
SLOW = {"textual", "torch", "numpy"}


def told(run_cli: Run, language: str, *lines: str) -> str:
    done = run_cli(*LESSON, language, input="".join(f"{line}\n" for line in lines))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def commands(part: str) -> Iterator[str]:
    """The reports that a text asks to type."""
    for code in re.findall(r"`(.+?)`", part):
        if (shlex.split(code)[0] in REPORTS and len(shlex.split(code)) > 1) or code in REPORTS:
            yield code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_newcomer_goes_through_the_lesson_by_typing(
    run_cli: Run, us_names: Corpus, reference: dict[str, Any], tmp_path: Path, language: str
) -> None:
    """The commands in its text are typed, and an answer is only right if the app accepts it, too.

    They are the same in each language, so only in English those that no chapter waits for.
    """
    (tmp_path / "towns").write_text("bonn\nulm\nkiel\nmainz\nhalle\nessen\njena\nhagen\ntrier\nneuss\n")
    speak(language)
    way = steps(us_names.counts.N.tolist(), reference["us_names_2018.txt"])
    lines = []
    for step in way:
        text = ChapterText.read(language, step.name, typed=True)
        if language == "en" or not step.right:
            typed = dict.fromkeys(itertools.chain(commands(text.task), commands(text.hint)))
            lines += [line.replace("FILE", "towns") for line in typed]
        lines += [step.wrong, step.right, say(NEXT)] if step.right else [say(NEXT)]
    begins = re.escape(say("Chapter {n} of {count}: {title}", n="N", count=35, title="")).replace("N", r"\d+")
    chapters = re.split(f"^{begins}", told(run_cli, language, *lines), flags=re.MULTILINE)[1:]
    not_right = say("**Not right yet.** {hint}", hint="").strip("* ")
    for step, said in zip(way, chapters, strict=True):
        assert said.count(not_right) == bool(step.right), step.name
        assert say("Type {next} to go on.", next=f"“{say(NEXT)}”") in said or step is way[-1], step.name
    assert say("{n} of {count} chapters are done.", n=35, count=35) in chapters[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_can_be_read_aloud(run_cli: Run, language: str) -> None:
    text = told(run_cli, language, *(line for _ in CHAPTERS for line in ("hint", "next")))
    assert text.count("\n\n") == len(CHAPTERS)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2500-\u25ff\u2800-\u28ff{}]|  ", text)
    assert not re.search(r"[`*×·Σλ²−|→●✓#]", re.sub("“[^”]*”", "", text))
    assert not re.search(
        r"[\u3400-\u9fff。] [\u3400-\u9fff“（]|/（|” [\u3400-\u9fff]|[\u3400-\u9fff]”, “", text
    )


def test_chapters_can_be_read_in_any_order_and_the_lesson_resumes(run_cli: Run) -> None:
    first = told(run_cli, "en", "chapter 13", "hint", "300000", "back", "chapter 99", "nonsense", "")
    assert "With k = 1, P(q after j) is 0.0003." in first
    assert "Right. It takes hundreds" in first
    assert "\nChapter 12 of 35: How good is the model?\n" in first
    assert "The chapters go from 1 to 35.\nNot right yet. It is e to the power of ln 27.\nTask: " in first
    assert first.endswith("1 of 35 chapters are done.\n")
    again = told(run_cli, "zh", "下一章", "章 13", "１０", "提示", "退出", "next")
    assert "第 12 章，共 35 章" in again
    assert "还不对。k = 10 时，P(j 之后的 q) 是 " in again
    assert again.endswith("35 章里完成了 1 章。\n")


def test_a_report_that_fails_does_not_end_the_lesson(run_cli: Run) -> None:
    lines = ["stats missing", "train --steps -1", "counts --row 'z", "bigram-tui sample -n 1", "15"]
    done = run_cli(*LESSON, "en", input="\n".join(lines))
    assert done.returncode == 0
    missing, wrong = done.stderr.splitlines()
    assert "missing" in missing
    assert wrong.endswith("steps must be a whole number from 0 to 1,000,000")
    assert "\nNot right yet. " in done.stdout, "what is no line of a shell is an answer"
    assert "\nmor\nRight. " in done.stdout


def test_it_starts_without_slow_imports(command: str) -> None:
    code = "import sys; from bigram_tui.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    start = [str(Path(command).with_name("python")), "-c", code, *LESSON, "en"]
    done = subprocess.run(start, input="", capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert not SLOW & set(done.stdout.splitlines()[-1].split())


def test_in_a_terminal_lines_are_broken_between_words_and_nothing_is_drawn(command: str) -> None:
    for end, status in (("\x04", 0), ("\x03", 130)):
        child = pexpect.spawn(command, [*LESSON, "en"], dimensions=(24, 40), env=os.environ, timeout=PATIENCE)
        child.expect_exact("> ")
        shown = child.before.decode()
        assert "each letter is a hint about the next one." in " ".join(shown.split())
        assert [line for line in shown.splitlines() if len(line) > 40] == []
        child.sendline("15")
        child.expect_exact("Right. Names are short")
        child.expect_exact("> ")
        child.send(end)
        child.expect_exact(pexpect.EOF)
        child.close()
        assert (child.exitstatus, "\x1b" in shown) == (status, False)
        assert child.before.endswith(b"\r\n")


@pytest.mark.parametrize("line", ["--plain", "--lesson --plain towns", "serve --plain"])
def test_plain_belongs_to_the_lesson(run_cli: Run, line: str) -> None:
    assert run_cli(*line.split()).returncode == 2


def test_without_input_the_chapter_is_printed_and_a_closed_output_is_not_an_error(command: str) -> None:
    def without_input() -> None:
        os.close(0)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    start = [command, *LESSON, "en"]
    done = subprocess.run(start, stdout=subprocess.PIPE, preexec_fn=without_input, timeout=PATIENCE)
    assert b"Chapter 1 of 35" in done.stdout
    assert done.returncode == 0


def test_an_input_that_cannot_be_read_is_explained(command: str) -> None:
    with open(os.devnull, "wb") as unreadable:
        done = subprocess.run(
            [command, *LESSON, "en"], stdin=unreadable, capture_output=True, timeout=PATIENCE, check=False
        )
    said = b"bigram-tui: standard input cannot be read: Bad file descriptor\n"
    assert (done.returncode, done.stderr) == (1, said)
