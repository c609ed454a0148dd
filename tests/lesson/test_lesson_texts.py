"""The lesson's texts: both languages say the same, and everything fits below a pane of 80×24."""

from __future__ import annotations

import re
from dataclasses import asdict
from importlib.resources import files
from string import Formatter

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input

from bigram_tui.app import BigramApp
from bigram_tui.lesson.chapter import Chapter, ChapterText
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lesson.stage import Stage
from bigram_tui.panes.pane import Pane
from bigram_tui.texts import LANGUAGES, say, speak, text
from bigram_tui.widgets.lesson_strip import LessonStrip
from bigram_tui.widgets.prose import flowed, read_markdown
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until

LINES = {"text": 5, "task": 2, "question": 2, "hint": 2, "answer": 2}
"""The most lines for each part at 80×24: half of the screen is for the lesson, with its title."""


def parts(language: str, chapter: Chapter, typed: bool = False) -> dict[str, str]:
    return asdict(ChapterText.read(language, chapter.name, typed))


def gaps(part: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(part) if name}


def headings(language: str, chapter: Chapter) -> list[str]:
    return re.findall(r"^#+ ", text(language, f"lesson/{chapter.name}"), flags=re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_one_text_per_chapter(language: str) -> None:
    texts = (files("bigram_tui.texts") / language / "lesson").iterdir()
    assert sorted(file.name for file in texts) == sorted(f"{chapter.name}.md" for chapter in CHAPTERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter_has_a_task_or_a_question_that_it_can_check(language: str, chapter: Chapter) -> None:
    sections = ["# ", *["## "] * (4 if chapter.check else 1), "# "]
    own_hint = ["## "] if chapter.check else []
    assert headings(language, chapter) in (sections, sections + own_hint)
    assert [name for name, part in parts(language, chapter).items() if not part] == (
        [] if chapter.check else ["question", "hint", "answer"]
    )


@pytest.mark.parametrize("typed", [False, True], ids=["pressed", "typed"])
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_both_languages_have_the_same_gaps_and_the_same_keys_to_press(chapter: Chapter, typed: bool) -> None:
    english, *others = (parts(language, chapter, typed) for language in LANGUAGES)
    for other in others:
        assert {name: gaps(part) for name, part in other.items()} == {
            name: gaps(part) for name, part in english.items()
        }
        keys, same = (re.findall(r"`(.+?)`", told["task"]) for told in (other, english))
        assert keys == same


async def begin(app: BigramApp, pilot: Pilot[None], chapter: Chapter) -> Stage:
    await app.action_begin_lesson(CHAPTERS.index(chapter))
    await until(pilot, lambda: app.workspace.lesson.latest and app.workspace.lesson.latest.task)
    stage = Stage(app.workspace)
    assert isinstance(app.screen, Pane)
    stage.pane = app.screen
    return stage


@pytest.mark.parametrize("shown_in", ["zh", *thoroughly("en")])
async def test_every_gap_is_filled_and_nothing_is_cut_off_at_80_by_24(
    us_names: Corpus, shown_in: str
) -> None:
    """Texts of all languages have room; those of one, whose keys leave the title its width, are seen."""
    problems = []
    async with opened(us_names, size=(80, 24), language=shown_in) as pilot:
        app = app_of(pilot)
        for number, chapter in enumerate(CHAPTERS, 1):
            stage = await begin(app, pilot, chapter)
            for language in LANGUAGES:
                speak(language)
                told = filled(language, chapter, stage)
                width = app.screen.query_one("#lesson-text").size.width
                problems += [
                    f"{chapter.name}, {name}: {told[name]}"
                    for name, most in LINES.items()
                    if flowed(told[name], width).plain.count("\n") >= most
                ]
                if language == shown_in:
                    head = f"{number}/{len(CHAPTERS)} ✓ {told['title']} · {chapter.place}"
                    answer = f"  = {say('answer')}" if chapter.check else ""  # shown with the question
                    if cell_len(head + answer) >= app.screen.query_one("#lesson-title").size.width:
                        problems.append(head)
                    shown = "".join(on_screen(pilot).split())
                    problems += [
                        f"{chapter.name}, not seen: {told[name]}"
                        for name in ("text", "task")
                        if "".join(told[name].plain.split()) not in shown
                    ]
            speak(shown_in)
    assert problems == []


def filled(language: str, chapter: Chapter, stage: Stage) -> dict[str, Content]:
    """What a chapter says, its gaps filled with what is on the stage."""
    values = chapter.values(stage)
    hint_values = values | chapter.hint_values(stage, "1")
    texts = {
        name: part.format_map(hint_values if name == "hint" else values)
        for name, part in parts(language, chapter).items()
    }
    texts["hint"] = say("**Not right yet.** {hint}", hint=texts["hint"])
    return {name: read_markdown(part) for name, part in texts.items()}


@pytest.mark.parametrize(
    ("name", "keys", "answer"),
    [("dictionary", ["tab", "tab"], "ｎ。"), ("boundary", ["b"], "５５"), ("gradient", ["v"], "是负的")],
)
async def test_an_answer_may_come_from_a_chinese_input_method(
    us_names: Corpus, name: str, keys: list[str], answer: str
) -> None:
    async with opened(us_names, size=(80, 24), language="zh") as pilot:
        app = app_of(pilot)
        await begin(app, pilot, next(chapter for chapter in CHAPTERS if chapter.name == name))
        await pilot.press(*keys)
        await until(pilot, lambda: app.workspace.lesson.latest.question)
        app.screen.query_one(LessonStrip).query_one(Input).value = answer
        await pilot.press("=", "enter")
        await until(pilot, lambda: app.workspace.lesson.latest.reply)
        assert app.workspace.lesson.latest.answered
