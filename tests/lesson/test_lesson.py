"""The lesson as a newcomer takes it: every task is done with keys and noticed, every answer is checked."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, Static

from bigram_tui.app import BigramApp
from bigram_tui.dialogs.open.dialog import OpenDialog
from bigram_tui.files.preferences import load_preferences
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.snapshots.lesson import LessonState
from bigram_tui.texts import say
from bigram_tui.views.grid import Cell
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.lesson_strip import LessonStrip
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, contexts_compared, on_screen, opened, rests, until
from tests.lists import parse_words
from tests.monkey import SeenApp


@dataclass(frozen=True)
class Step:
    """A chapter, the keys for its task, a wrong answer and a right one.

    Before the keys, tab is pressed until the widget with this id has the focus.
    """

    name: str
    keys: list[str]
    wrong: str = ""
    right: str = ""
    tab_to: str = ""


def steps(N: list[list[int]], figures: dict[str, Any]) -> list[Step]:
    """The right answers are computed from the table, or taken from the published figures."""
    totals = [sum(row) for row in N]
    row_of_q = sum((N[17][j] + 1) / (totals[j] + 27) for j in range(27))
    emma = [0, 5, 13, 13, 1, 0]
    nll = -sum(math.log((N[i][j] + 1) / (totals[i] + 27)) for i, j in itertools.pairwise(emma)) / 5
    article = figures["training"]["article"]
    return [
        Step("data", ["slash", *"emma", "enter"], "14", str(figures["max_len"])),
        Step("bigrams", ["down", "down"], "8", "9"),
        Step("dictionary", [], "an", figures["top10"][0][0], tab_to="bigrams"),
        Step("table", ["g", "n", "a"], "7", str(N[26][26])),
        Step("picture", ["c"], "z", "a"),
        Step("boundary", ["b"], "56", "55"),
        Step("drawing", ["space"] * 4, "b", "a"),
        Step("seed", ["d", "n"], "axx", "mor"),
        Step("normalizing", ["v"], "0.5", f"{N[14][1]}/{totals[14]}"),
        Step("broadcasting", ["V", "V", "down"], "1", f"{row_of_q:.2f}"),
        Step("likelihood", ["t", *"emma", "enter"], "12.58", f"{nll:.2f}"),
        Step("loss", ["right", "right"], "3.3", "27", tab_to="tabs"),
        Step("smoothing", ["k", "1", "enter"], "10", "1000"),
        Step("examples", ["i"], "4", "5"),
        Step("one-hot", ["t", "g", "m", "a", "i"], "12", "13"),
        Step("layer", ["t", "v", "v"], "27", str(27 * 27)),
        Step("softmax", ["v"], "0", "1"),
        Step("loss-of-weights", ["space"], "0", f"{math.log(27):.2f}"),
        Step("gradient", ["v"], "positive", "negative"),
        Step("descent", ["space"] * 11, "-0.04", "0.04"),
        Step("together", ["f"], "1", f"{article['final_data_nll'] - figures['nll']['0']['mean']:.4f}"),
        Step("row-of-weights", ["v"], "0", "1"),
        Step("regularization", ["1", "enter", "f"], "1", f"{one_hot_loop(N, 1.0):.3f}", "regularization"),
        Step("network-names", ["M", "n"], "emma", "mor"),
        Step("next", ["p", "escape"]),
        *exercises(figures),
    ]


def exercises(figures: dict[str, Any]) -> list[Step]:
    """The chapters about the lecture's exercises; losses are the published ones for train, dev and test."""
    compared, right = figures["contexts"]["contexts"], ["right_parenthesis"]
    without_leak, _ = figures["contexts"]["modified_kneser_ney_5_without_words_of_train"]
    of_5 = compared["5"]["add-k"]["1"]
    return [
        Step("two-characters", right, "729", "602"),
        Step("beginnings", right, "5", "4"),
        Step("side-by-side", [*right, "f"], "loss", "data"),
        Step("held-out", [*["down"] * 4, "enter"], "2.55", f"{of_5[1] - of_5[0]:.2f}"),
        Step("tuning", ["t"], "1", "0.12"),
        Step("test-set", ["J", "y"], "2.0", f"{compared['3']['add-k']['1'][2]:.2f}"),
        Step("rows", ["p", "v", "escape"], "27", "729"),
        Step("cross-entropy", ["space", "space"], "nan", "inf"),
        Step("your-question", ["o", *"towns", "enter"]),
        Step("shorter-contexts", ["K", "K", "K", *["down"] * 4, "enter"], "1.98", f"{without_leak:.2f}"),
    ]


def one_hot_loop(N: list[list[int]], regularization: float) -> float:
    """The data loss after 200 steps, with gradients from autograd."""
    counts = torch.tensor(N, dtype=torch.float64)
    W = torch.rand((27, 27), generator=torch.Generator().manual_seed(2147483647)).requires_grad_()
    for _ in range(200):
        data = -(counts * W.log_softmax(1)).sum() / counts.sum()
        (data + regularization * W.square().mean()).backward()
        W = (W - 10 * W.grad).detach().requires_grad_()
    return -(counts * W.double().log_softmax(1)).sum().item() / counts.sum().item()


@asynccontextmanager
async def in_lesson(corpus: Corpus, size: tuple[int, int], language: str) -> AsyncIterator[Pilot[None]]:
    app = BigramApp(corpus, TrainingSettings(), 1.0, language=language, lesson=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.workspace.ready.latest and app.workspace.lesson.latest)
        yield pilot


def lesson(pilot: Pilot[None]) -> LessonState:
    state = app_of(pilot).workspace.lesson.latest
    assert state is not None
    return state


async def at_chapter(pilot: Pilot[None], number: int) -> None:
    await until(pilot, lambda: lesson(pilot).number == number and lesson(pilot).task)


async def focus(pilot: Pilot[None], part: str) -> None:
    """Press tab until this widget has the focus."""
    for _ in range(20):
        focused = pilot.app.screen.focused
        if focused is not None and part in {node.id for node in focused.ancestors_with_self}:
            return
        if part == "tabs" and focused is not None and type(focused).__name__ == "ContentTabs":
            return
        await pilot.press("tab")
    raise AssertionError(f"tab never comes to {part}")


async def answer(pilot: Pilot[None], text: str) -> None:
    """After a wrong answer, the field already has the focus."""
    field, before = pilot.app.screen.query_one("LessonStrip Input", Input), lesson(pilot).reply
    if not field.has_focus:
        await pilot.press("equals_sign")
    await pilot.press(*text, "enter")
    await until(pilot, lambda: lesson(pilot).reply != before)


async def nothing_is_cut_off(pilot: Pilot[None]) -> None:
    """All of the chapter is visible, below the pane or beside it, as soon as it is laid out."""
    body = pilot.app.screen.query_one("#lesson-body", VerticalScroll)
    await until(pilot, lambda: body.max_scroll_y == 0)
    await until(pilot, lambda: (body.region.x > 80) == (pilot.app.size.width >= 120))


OTHER_WALKS = [("zh", (140, 40)), ("en", (80, 24)), ("en", (140, 40))]


@pytest.mark.parametrize(
    ("language", "size"),
    [("zh", (80, 24)), *(pytest.param(*walk, marks=pytest.mark.thorough) for walk in OTHER_WALKS)],
)
async def test_a_newcomer_goes_through_the_whole_lesson(
    us_names: Corpus,
    reference: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("towns").write_text("bonn\nulm\nkiel\n")
    way = steps(us_names.counts.N.tolist(), reference["us_names_2018.txt"])
    assert [step.name for step in way] == [chapter.name for chapter in CHAPTERS]
    async with in_lesson(us_names, size, language) as pilot:
        for number, step in enumerate(way, 1):
            await at_chapter(pilot, number)
            assert not lesson(pilot).done, step.name
            await nothing_is_cut_off(pilot)
            if step.tab_to:
                await focus(pilot, step.tab_to)
            if CHAPTERS[number - 1].pane == "contexts":
                await contexts_compared(pilot)
            for key in step.keys:
                await pilot.press(key)
                await until(pilot, lambda: not app_of(pilot).workspace.is_reading)
            if isinstance(pilot.app.screen, OpenDialog):
                await until(pilot, lambda: "kiel" in on_screen(pilot))
                await pilot.press("enter")
            await until(pilot, lambda: lesson(pilot).done)
            if step.right:
                await nothing_is_cut_off(pilot)
                await answer(pilot, step.wrong)
                assert not lesson(pilot).answered, step.name
                assert lesson(pilot).reply.startswith(say("**Not right yet.** {hint}", hint=""))
                await nothing_is_cut_off(pilot)
                await answer(pilot, step.right)
                assert lesson(pilot).answered, step.name
                await nothing_is_cut_off(pilot)
            if number < len(way):
                await pilot.press("right_square_bracket")
        assert len(load_preferences().lesson_done.split()) == len(CHAPTERS)


async def test_a_text_that_had_to_be_scrolled_is_whole_again_where_there_is_room(us_names: Corpus) -> None:
    """Without its scrollbar it needs fewer lines in the first of these chapters at 80 columns, in the second
    at 82."""
    async with in_lesson(us_names, (80, 24), "zh") as pilot:
        for chapter in (25, 27):
            await app_of(pilot).action_begin_lesson(chapter - 1)
            await at_chapter(pilot, chapter)
            body = pilot.app.screen.query_one("#lesson-body", VerticalScroll)
            for width in (80, 81, 82):
                await pilot.resize_terminal(40, 12)
                await until(pilot, lambda body=body: body.max_scroll_y > 0)
                await pilot.resize_terminal(width, 24)
                await nothing_is_cut_off(pilot)


CHAPTER_NUMBERS = range(1, len(CHAPTERS) + 1)


@pytest.mark.parametrize(
    ("chapter", "others"),
    [
        (16, (13, 18)),
        *(pytest.param(n, CHAPTER_NUMBERS[n:], marks=pytest.mark.thorough) for n in CHAPTER_NUMBERS[:-1]),
    ],
)
async def test_no_chapter_leaves_traces_in_another(
    us_names: Corpus, chapter: int, others: Sequence[int]
) -> None:
    """From each chapter to the next and back, with frames drawn before changed widgets are laid out."""
    app = SeenApp(us_names, TrainingSettings(), 1.0, language="zh")

    async def frames() -> None:
        for _ in range(50):
            app.screen._paint_frame()
            await asyncio.sleep(0)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.ready.latest)
        for number in itertools.chain.from_iterable((other, chapter) for other in others):
            await app.action_begin_lesson(number - 1)
            await frames()
            await at_chapter(pilot, number)
            await frames()
            await rests(pilot)
            assert app.shows_what_is_there, f"chapter {number}"


@pytest.mark.parametrize("then", ["", "l", "l 3"])
async def test_the_lesson_can_be_left_before_the_next_chapter_is_ready(then: str) -> None:
    """The pane then shows a list with none of the letters that the chapter is about."""
    words = parse_words("一二\n二一".encode(), "two")
    async with opened(words, "l", "right_square_bracket") as pilot:
        for key in ("right_square_bracket", "backslash", *then.split()):
            pilot.app.simulate_key(key)
        await until(pilot, lambda: bool(app_of(pilot).workspace.lesson.latest) == bool(then))
        await pilot.press("backslash", "1")
        await until(pilot, lambda: "two · 2 words" in on_screen(pilot) and "leave" not in on_screen(pilot))


async def test_a_question_is_not_answered_while_a_dialog_covers_it(us_names: Corpus) -> None:
    """Its key may have been pressed before the dialog came up."""
    async with in_lesson(us_names, (80, 24), "en") as pilot:
        await pilot.press("w")
        app_of(pilot).action_answer()
        await pilot.press("escape")
        await until(pilot, lambda: "leave" in on_screen(pilot))


async def test_leaving_it_brings_back_the_inside_of_a_step_with_longer_contexts() -> None:
    """The lesson's network, which Training still shows out of sight, has no row for many of them."""
    words = parse_words("一二\n二一\n三四五六七八九十百千万".encode(), "numbers")
    async with opened(words, "right_parenthesis", "3", "space", "i", "1") as pilot:
        await app_of(pilot).action_begin_lesson(15)
        await at_chapter(pilot, 16)
        await pilot.press("backslash", "3")
        await until(pilot, lambda: "mean nll of the trigrams" in on_screen(pilot))
        assert app_of(pilot).workspace.learning.context == 2


SOME_CHAPTERS = ["data", "table", "drawing", "likelihood", "smoothing", "examples", "held-out"]


@pytest.mark.parametrize(
    "name",
    [*SOME_CHAPTERS, *thoroughly(*(each.name for each in CHAPTERS if each.name not in SOME_CHAPTERS))],
)
async def test_the_figures_are_those_of_the_lessons_list_whatever_is_opened(
    us_names: Corpus, name: str
) -> None:
    async with in_lesson(us_names, (80, 24), "en") as pilot:
        workspace, number = app_of(pilot).workspace, [chapter.name for chapter in CHAPTERS].index(name)
        await app_of(pilot).action_begin_lesson(number)
        await at_chapter(pilot, number + 1)
        told = lesson(pilot).text
        workspace.set_context(0)
        await until(pilot, lambda: workspace.dataset.latest.counts.context == 0)
        workspace.language.publish("en")
        if CHAPTERS[number].pane != "training":
            assert lesson(pilot).text == told
        told = lesson(pilot).text
        workspace.open(parse_words("一二\n二一".encode(), "two"))
        workspace.language.publish("en")
        await rests(pilot)
        assert lesson(pilot).text == told
        if CHAPTERS[number].check:
            await until(pilot, lambda: "`l` begins this chapter again" in lesson(pilot).reply)
            app_of(pilot)._lesson.answer("27")
            assert "`l` begins this chapter again" in lesson(pilot).reply
            await pilot.press("l")
            await until(pilot, lambda: workspace.dataset.latest.corpus.name == us_names.name)


async def test_the_strip_shows_the_keys_that_work_and_none_that_would_be_typed(us_names: Corpus) -> None:
    def shown(pilot: Pilot[None]) -> list[str]:
        return str(pilot.app.screen.query_one("#lesson-keys", Static).visual).split("  ")

    async with in_lesson(us_names, (80, 24), "en") as pilot:
        await at_chapter(pilot, 1)
        assert shown(pilot) == ["] next", "\\ leave"]
        await pilot.press("slash")
        await until(pilot, lambda: shown(pilot) == ["escape leaves the field"])
        await pilot.press(*"emma", "enter")
        await until(pilot, lambda: shown(pilot) == ["] next", "= answer", "\\ leave"])
        await pilot.press("equals_sign")
        await until(pilot, lambda: shown(pilot) == ["enter checks", "escape leaves the field"])
        assert "enter Check it  escape Leave" in on_screen(pilot)
        await pilot.press("1", "5")
        await pilot.click("#lesson-keys", offset=(2, 0))
        await until(pilot, lambda: lesson(pilot).answered and shown(pilot) == ["] next", "\\ leave"])
        await pilot.press("right_square_bracket")
        await at_chapter(pilot, 2)
        assert shown(pilot)[0] == "[ back"


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((140, 40))], ids=str)
async def test_the_field_of_a_task_is_marked_and_a_wrong_field_is_noticed(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    async with opened(us_names, size=size) as pilot:
        await app_of(pilot).action_begin_lesson(22)
        await at_chapter(pilot, 23)
        await rests(pilot)
        (meant,) = pilot.app.screen.query(".-meant")
        assert meant.id == "regularization"
        assert pilot.app.screen.query_one("#parts").region.contains_region(meant.region)
        assert "▌regularization" in on_screen(pilot)
        await focus(pilot, "learning_rate")
        await pilot.press("1", "enter")
        await until(
            pilot, lambda: lesson(pilot).reply.startswith("That was **learning rate**: 1 instead of 10.")
        )
        await until(pilot, lambda: "That was learning rate" in on_screen(pilot))
        await pilot.press("l")
        await until(pilot, lambda: not lesson(pilot).reply and "That was" not in on_screen(pilot))
        assert app_of(pilot).workspace.trainer.training.latest.settings == TrainingSettings()
        await focus(pilot, "regularization")
        await pilot.press("1", "enter", "f")
        await until(pilot, lambda: lesson(pilot).done)
        await pilot.press("right_square_bracket")
        await at_chapter(pilot, 24)
        await pilot.press("3")
        assert not pilot.app.screen.query(".-meant")


async def test_leaving_the_lesson_restores_everything(us_names: Corpus) -> None:
    own = parse_words(b"mars\nvenus\nsaturn\n", "planets")
    settings = TrainingSettings(init="randn", steps=30, learning_rate=2)
    async with opened(own, "3", "space", "space", "4", "n", "n", settings=settings, smoothing=0.5) as pilot:
        app = app_of(pilot)

        def state() -> tuple[object, ...]:
            training = app.workspace.trainer.training.latest
            names = app.workspace.generator.generation.latest.names
            return app.workspace.dataset.latest, training.loss, training.settings, names, app.screen.look

        await pilot.press("2", "v", "c", "down", "down", "right")
        await pilot.pause()
        before = state()
        await app.action_begin_lesson(20)
        await at_chapter(pilot, 21)
        await pilot.press("f")
        await until(pilot, lambda: lesson(pilot).done)
        assert "us-names" in on_screen(pilot)
        await pilot.press("backslash")
        await until(pilot, lambda: app.workspace.lesson.latest is None and "planets" in on_screen(pilot))
        assert state() == before
        assert not app.screen.query(LessonStrip)
        await pilot.press("4", "n")
        await until(pilot, lambda: len(app.workspace.generator.generation.latest.names) == 3)
    names = [name.name for name in app.workspace.generator.generation.latest.names]
    async with opened(own, "4", "n", "n", "n", settings=settings, smoothing=0.5) as pilot:
        drawn = app_of(pilot).workspace.generator.generation.latest.names
        assert [name.name for name in drawn] == names, "the third name is the one without the lesson"


async def test_progress_is_kept_and_a_chapter_can_be_gone_back_to(us_names: Corpus) -> None:
    async with in_lesson(us_names, (80, 24), "en") as pilot:
        await at_chapter(pilot, 1)
        await pilot.press("right_square_bracket")
        await at_chapter(pilot, 2)
        await pilot.press("down", "down")
        await until(pilot, lambda: lesson(pilot).done)
        await pilot.press("left_square_bracket")
        await at_chapter(pilot, 1)
        assert not lesson(pilot).done
        await pilot.press("left_square_bracket", "right_square_bracket")
        await at_chapter(pilot, 2)
    async with in_lesson(us_names, (80, 24), "en") as pilot:
        await at_chapter(pilot, 2)
        assert len(load_preferences().lesson_done.split()) == 1


async def test_the_palette_goes_to_a_chapter_and_the_mouse_to_the_next(us_names: Corpus) -> None:
    async with opened(us_names, "ctrl+p", *"lesson 5") as pilot:
        await until(pilot, lambda: "The table as a picture" in on_screen(pilot))
        await pilot.press("enter")
        await at_chapter(pilot, 5)
        await until(pilot, lambda: "] next" in on_screen(pilot))
        await pilot.click("#lesson-keys", offset=(on_screen_line(pilot, "] next"), 0))
        await at_chapter(pilot, 6)


def on_screen_line(pilot: Pilot[None], text: str) -> int:
    """The column of the line of keys where this text starts."""
    return str(pilot.app.screen.query_one("#lesson-keys").render()).index(text)


async def test_the_lesson_changes_its_language_while_it_is_read(us_names: Corpus) -> None:
    async with in_lesson(us_names, (140, 40), "en") as pilot:
        await at_chapter(pilot, 1)
        english = lesson(pilot)
        app_of(pilot).workspace.language.publish("zh")
        await until(pilot, lambda: lesson(pilot).title != english.title)
        assert lesson(pilot).number == 1
        assert "emma" in lesson(pilot).task


async def test_a_chapter_starts_in_the_state_it_describes(us_names: Corpus) -> None:
    async with opened(us_names, "2", "c", "g", "q", "q") as pilot:
        await app_of(pilot).action_begin_lesson(12)
        await at_chapter(pilot, 13)
        grid = pilot.app.screen.query_one(BigramGrid)
        assert grid.cursor == Cell(10, 17)
        assert grid.scale == "linear"
        assert re.search(r"smoothing k +0 ", on_screen(pilot))
        await pilot.press("backslash")
        await until(pilot, lambda: grid.cursor == Cell(17, 17))
        assert grid.scale == "logarithmic"


async def test_the_examples_that_a_chapter_asks_about_are_in_sight_with_each_answer(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        await app_of(pilot).action_begin_lesson(26)
        await at_chapter(pilot, 27)
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: lesson(pilot).done)
        await until(pilot, lambda: "..e    .em    emm    mma    ma." in on_screen(pilot))
        await answer(pilot, "5")
        await until(pilot, lambda: "Not right yet" in on_screen(pilot))
        assert "..e    .em    emm    mma    ma." in on_screen(pilot)


async def test_what_a_chapter_needs_is_in_sight_in_a_small_terminal(us_names: Corpus) -> None:
    async with opened(us_names, size=(60, 18)) as pilot:
        needed = {2: "olivia", 20: "loss               2.6241", 23: "regularization 0.01", 30: "2.2054"}
        for chapter, part in needed.items():
            await app_of(pilot).action_begin_lesson(chapter - 1)
            await until(pilot, lambda part=part: part in on_screen(pilot))  # type: ignore[misc]
        await pilot.resize_terminal(120, 30)
        await app_of(pilot).action_begin_lesson(12)
        await until(pilot, lambda: re.search(r"row sum +1\.0000", on_screen(pilot)))
