"""The help of each pane: its keys exist, its figures are right, and both languages say the same."""

from __future__ import annotations

import itertools
import math
import re
from typing import NamedTuple

import pytest
from rich.cells import cell_len
from textual.keys import Keys

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.texts import LANGUAGES, text
from bigram_tui.widgets.pane_header import PANES
from bigram_tui.widgets.prose import Prose
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import contexts_compared, on_screen, opened, until

SIZES = [(40, 12), *thoroughly((80, 24), (140, 40))]
KEY = re.compile(r"(ctrl|shift|alt)\+.+|.")
"""A key in code style: one character, or a key with a modifier."""


class Outline(NamedTuple):
    """What both languages share: the levels of the headings, the paragraphs below each, and the keys."""

    headings: list[tuple[int, int]]
    keys: list[str]


def keys_named(markdown: str) -> list[str]:
    """The keys in a text, which are in code style."""
    spans = re.findall(r"`(.+?)`", markdown)
    return [span for span in spans if KEY.fullmatch(span) or span in {key.value for key in Keys}]


def outline(markdown: str) -> Outline:
    blocks = [block for block in markdown.split("\n\n") if block.strip()]
    levels = [len(block) - len(block.lstrip("#")) for block in blocks]
    starts = [place for place, level in enumerate(levels) if level]
    headings = [(levels[start], end - start - 1) for start, end in itertools.pairwise([*starts, len(blocks)])]
    return Outline([(0, starts[0] if starts else len(blocks)), *headings], sorted(keys_named(markdown)))


@pytest.mark.parametrize("mode", [*PANES, "exercises", "everywhere"])
def test_both_languages_have_the_same_sections_questions_and_keys(mode: str) -> None:
    english, *others = (outline(text(language, f"help/{mode}")) for language in LANGUAGES)
    assert others == [english]
    assert mode not in PANES or len(english.headings) > 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", [*PANES, "exercises"])
def test_every_question_has_an_answer(language: str, mode: str) -> None:
    _about, *questions = re.split(r"^### ", text(language, f"help/{mode}"), flags=re.MULTILINE)
    for question in questions:
        title, answer = question.split("\n", 1)
        assert title.endswith(("?", "？"))
        assert len(answer.split("\n##")[0].strip()) > 20


async def test_help_shows_the_keys_that_work_in_the_pane_and_no_others(us_names: Corpus) -> None:
    """Whichever widget has the focus; the keys that work are those that Textual reports.

    Help also lists the keys of the lesson, and the key of Contexts that shows the next part in a small
    terminal. The key that quits every Textual program is in its text.
    """
    async with opened(us_names, size=(140, 60)) as pilot:
        for number in "12345":
            await pilot.press(number)
            if number == "5":
                await contexts_compared(pilot)
            pane = pilot.app.screen
            working = set()
            for part in [*pane.focus_chain, *pane.query("BigramGrid")]:
                pane.set_focus(part)
                for active in pane.active_bindings.values():
                    if active.binding.tooltip:
                        working.add((pilot.app.get_key_display(active.binding), active.binding.tooltip))
            await pilot.press("escape", "question_mark")
            tables = [str(table.visual) for table in pilot.app.screen.query(".keys")]
            lines = [line.split("  ", 1) for table in tables for line in table.splitlines()]
            rows = {(keys.strip(), does.strip()) for keys, does in lines}
            shown = rows | {(key, does) for keys, does in rows for key in keys.split()}
            assert working - shown == {("ctrl+q", "Quit the app and return to the command prompt.")}
            not_now = {does for _, does in rows} - {does for _, does in working}
            assert all(does.startswith(("Lesson: ", "Above the table: ")) for does in not_now)
            await pilot.press("escape")
            assert pilot.app.screen is pane


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_key_in_help_exists(us_names: Corpus, language: str) -> None:
    async with opened(us_names) as pilot:
        for number, mode in enumerate(PANES, 1):
            await pilot.press(str(number))
            pane = pilot.app.screen
            owners = [pilot.app, *(part for part in pane.query("*") if part.can_focus), pane]
            existing = {
                name
                for owner in owners
                for binding in owner._bindings.key_to_bindings.values()
                for one in binding
                for name in (one.key, pilot.app.get_key_display(one))
            }
            parts = (f"help/{part}" for part in (mode, "everywhere", "exercises"))
            named = keys_named("".join(text(language, part) for part in parts))
            assert [key for key in named if key not in existing] == []


async def test_every_pane_has_its_own_help_and_questions_about_the_exercises(us_names: Corpus) -> None:
    """With this list's figures, among them the loss of trigrams with and without the first letters."""
    all_of_them, rest = (f"{nll_after_two(us_names.words, 1, first):.4f}" for first in (0, 1))
    async with opened(us_names, size=(80, 24)) as pilot:
        for number, title in enumerate(PANES.values(), 1):
            await pilot.press(str(number), "f1")
            await until(pilot, lambda title=title: f"Help: {title}" in on_screen(pilot))
            _, _, last = str(pilot.app.screen.query(Prose).last().render()).partition(
                "The lecture's exercises"
            )
            assert last.count("?") == 5
            assert "27⁴ contexts" in last
            assert f"over this list is {all_of_them} nats, and {rest} without" in " ".join(last.split())
            await pilot.press("escape")


@pytest.mark.parametrize("key", ["escape", "question_mark", "f1", "q"])
async def test_help_closes(us_names: Corpus, key: str) -> None:
    async with opened(us_names, "question_mark", key) as pilot:
        assert "Help: Dataset" not in on_screen(pilot)
        assert pilot.app.is_running


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_can_be_read_to_the_end_by_paging(
    us_names: Corpus, size: tuple[int, int], language: str
) -> None:
    async with opened(us_names, "2", "question_mark", size=size, language=language) as pilot:
        pilot.app.animation_level = "none"
        box = pilot.app.screen.query_one("VerticalScroll")
        last = text(language, "help/exercises").strip()[-8:]
        seen = letters(inside(pilot))
        while box.scroll_y < box.max_scroll_y:
            await pilot.press("pagedown")
            seen += letters(inside(pilot))
        assert letters(last) in seen
        for line in (text(language, "help/counts") + text(language, "help/exercises")).splitlines():
            if line.startswith("### "):
                assert letters(line.removeprefix("### ")) in seen
        await pilot.press("home")
        assert box.scroll_y == 0


def inside(pilot) -> list[str]:
    """The lines of the dialog without its frame."""
    return [line.split("│", 1)[-1].rsplit("│", 1)[0] for line in on_screen(pilot).splitlines() if "│" in line]


def letters(lines: list[str] | str) -> str:
    """Without spaces and the scrollbar, so that lines can be joined."""
    return re.sub(r"[\s│▁▂▃▄▅▆▇█]", "", "".join(lines))


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_chinese_lines_are_full_and_never_begin_with_a_closing_mark(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    async with opened(us_names, "3", "question_mark", size=size, language="zh") as pilot:
        for prose in pilot.app.screen.query(Prose):
            width, lines = prose.content_size.width, str(prose.render()).splitlines()
            assert prose.content_size.height == len(lines)
            assert max(map(cell_len, lines)) <= width
            for line, following in itertools.pairwise(lines):
                assert not following.startswith(tuple("，。、；：？！）”"))
                if line and not line.endswith(tuple("。？?")) and re.match(r"[\u4e00-\u9fff]", following):
                    assert cell_len(line) > width - len("字，") * 2 - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_of_the_help_are_true(
    us_names: Corpus, us_counts: NgramCounts, names_counts: NgramCounts, language: str
) -> None:
    from bigram_tui.lm.model import CountModel, score

    N, vocabulary = us_counts.N, us_counts.vocabulary
    model, smoothed = CountModel(us_counts, 0), CountModel(us_counts, 1)
    q, j, n, m, h = (vocabulary.encode(c)[1] for c in "qjnmh")
    without_keepdim = ((N + 1) / (N + 1).sum(1)).sum(1)
    a_begins = smoothed.row(m)[0]
    figures = {
        "dataset": [
            f"{us_names.characters:,} + {us_names.names:,} = {us_counts.total:,}",
            f"{us_names.distinct_names:,}",
            f"{len(us_counts.keys)}",
            f"{27 * 27 - len(us_counts.keys)}",
            f"{us_names.names - names_counts.row_totals[0]}",
            f"{names_counts.row_totals[0]:,}",
            f"{us_counts.nll(0):.4f}",
            f"{names_counts.nll(0):.4f}",
        ],
        "counts": [
            f"{N[n, 1]:,} / {us_counts.row_totals[n]:,} = {model.probability(n, 1):.4f}",
            f"{smoothed.probability(n, 1):.4f}",
            f"1/{round(1 / smoothed.probability(0, 0)):,}",
            f"(0 + 1) / ({us_counts.row_totals[j]:,} + 27) = {smoothed.probability(j, q):.4f}",
            f"{without_keepdim.min():.2f}",
            f"{without_keepdim.max():.2f}",
            *(f"{us_counts.nll(k):.4f}" for k in (0, 1, 10)),
            f"{us_counts.uniform_nll:.4f}",
            f"{us_counts.nll_sum(0) / us_names.names:.2f}",
            f"{round(us_counts.nll_sum(0) / math.log(10), -3):,.0f}",
            f"{1 / math.log(2):.4f}",
            f"{us_counts.nll(0) / math.log(2):.4f}",
            f"exp({us_counts.nll(0):.4f}) = {math.exp(us_counts.nll(0)):.2f}",
            f"{names_counts.nll(1):.6f}",
        ],
        "training": [
            f"{us_counts.uniform_nll:.4f}",
            f"{us_counts.letter_nll:.4f}",
            f"{us_counts.nll(0):.4f}",
            f"{math.exp(us_counts.nll(0)):.1f}",
            f"{nll_after_two(us_names.words):.4f}",
            f"{us_counts.total:,}",
        ],
        "generator": [
            f"{a_begins:.4f}",
            f"{a_begins + smoothed.probability(m, 1):.4f}",
            f"{smoothed.probability(m, 1):.4f}",
            f"{smoothed.probability(h, 0):.4f}",
            f"{score(vocabulary.encode('h'), smoothed).nll:.4f}",
            f"{score(vocabulary.encode('emma'), smoothed).nll:.4f}",
            f"{us_counts.nll(1):.4f}",
        ],
    }
    for mode, expected in figures.items():
        shown = text(language, f"help/{mode}")
        assert [figure for figure in expected if figure not in shown] == []
    assert N[q, vocabulary.encode("x")[1]] == N[j, q] == 0
    assert N[0].argmax() == 1
    assert N[1].argmax() == 0


def nll_after_two(words: tuple[str, ...], k: float = 0, first: int = 0) -> float:
    """Mean negative log-likelihood of the characters from index `first` on, given the two before each."""
    from collections import Counter

    trigrams = Counter(f"..{word}."[i : i + 3] for word in words for i in range(first, len(word) + 1))
    pairs: Counter[str] = Counter()
    for trigram, count in trigrams.items():
        pairs[trigram[:2]] += count
    total = sum(trigrams.values())
    P = {t: (count + k) / (pairs[t[:2]] + 27 * k) for t, count in trigrams.items()}
    return -sum(count * math.log(P[t]) for t, count in trigrams.items()) / total


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_help_says_about_training_is_true(us_counts: NgramCounts, language: str) -> None:
    import torch

    from bigram_tui.lm.network import Frequencies, Network

    frequencies = Frequencies.of(us_counts)

    def after(steps: int, learning_rate: float, regularization: float) -> float:
        network = Network.initial(27, "rand", torch.Generator().manual_seed(2147483647))
        for _ in range(steps):
            network = network.step(network.gradient(frequencies, regularization), learning_rate)
        return network.loss(frequencies, 0).data

    shown = text(language, "help/training")
    runs = [(0, 1, 0), (1_000, 50, 0), (10_000, 50, 0)]
    runs += [(200, rate, 0.01) for rate in (10, 50, 100, 200)] + [(1_000, 50, λ) for λ in (0.01, 1)]
    assert [run for run in runs if f"{after(*run):.4f}" not in shown] == []
    start = Network.initial(27, "rand", torch.Generator().manual_seed(2147483647))
    gradient = start.gradient(frequencies, 0.01).abs()
    assert f"{gradient.max():.2f}" == "0.03"
    assert gradient.median() < 0.001
