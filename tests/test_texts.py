"""The texts in two languages: which one is shown, and whether both say the same."""

from __future__ import annotations

import ast
import errno
import gzip
import json
import os
import pkgutil
import re
from importlib import import_module
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widgets import Input

import bigram_tui
from bigram_tui.lm.errors import BigramError, UnknownCharacterError
from bigram_tui.lm.sampling import DIVERGED, NOTHING_FOLLOWS, UNDRAWABLE
from bigram_tui.lm.settings import LEAST_GAIN, PRESETS, RULES, SMOOTHING, TEMPERATURE, TRAINING
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.session.models import MODELS
from bigram_tui.session.snapshots.training import PACES
from bigram_tui.texts import language_of_locale, phrases
from bigram_tui.views.grid import SCALES
from bigram_tui.views.ramp import RAMPS
from bigram_tui.views.view import View
from bigram_tui.web import ServingError
from bigram_tui.words.built_in import BUILT_IN
from bigram_tui.words.corpus import Cause, Corpus
from bigram_tui.words.disguises import SIGNS
from bigram_tui.words.downloads import DOWNLOADING
from bigram_tui.words.kinds import BINARIES, DOCUMENTS, OFFICE
from bigram_tui.words.options import READING
from bigram_tui.words.reading import COUNTING, DESCRIBING
from bigram_tui.words.split import SPLIT, SPLIT_SEED
from bigram_tui.words.split_counts import SPLITTING
from bigram_tui.words.tables import Kind
from tests.conftest import Run
from tests.driving import app_of, contexts_compared, on_screen, opened, rests, until
from tests.lists import parse_words

PACKAGE = Path(bigram_tui.__path__[0])

TELLING = {"say", "Phrase", "Sentence", *(kind.__name__ for kind in BigramError.__subclasses__())} - {
    ServingError.__name__
}
"""Functions and classes that take a phrase; ServingError is only shown on the command line, in English."""

COMMON = (errno.EACCES, errno.EIO, errno.EISDIR, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS)
"""The most common errors that the operating system reports for files."""

LABELS = {
    *(phrase for cause in Cause for phrase in (cause.label, cause.explanation)),
    *(text for kind in READING.values() for text in (kind.label, kind.placeholder) if text),
    *BUILT_IN.values(),
    *(view.label for view in View),
    *(COUNTING, DESCRIBING, DOWNLOADING, SPLITTING),
    *(kind.label for kind in (*TRAINING.values(), LEAST_GAIN, SMOOTHING, TEMPERATURE, SPLIT, SPLIT_SEED)),
    *(rule for _, rule in RULES.values()),
    *chain(*DOCUMENTS.values(), *BINARIES.values(), *OFFICE.values()),
    *(kind.value for kind in Kind),
    *SIGNS.values(),
    *(after + why for after in ("", UNDRAWABLE) for why in (DIVERGED, NOTHING_FOLLOWS)),
    *map(os.strerror, COMMON),
    *SCALES,
    *PACES,
    *PRESETS,
    *RAMPS,
}
"""Phrases that are also values, and not only for display."""


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_locale_selects_the_language(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(variable, "")
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert language_of_locale() == language


async def test_help_is_in_the_language_of_the_locale(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    async with opened(us_names, "question_mark") as pilot:
        await until(pilot, lambda: "二元组" in on_screen(pilot))


async def test_the_language_chosen_in_the_palette_is_shown_and_kept(us_names: Corpus) -> None:
    async with opened(us_names, "ctrl+p", *"language") as pilot:
        await until(pilot, lambda: "Language: 简体中文" in on_screen(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app_of(pilot).workspace.language.latest == "zh")
        await pilot.press("question_mark")
        await until(pilot, lambda: "二元组" in on_screen(pilot))
    async with opened(us_names, "question_mark") as pilot:
        await until(pilot, lambda: "二元组" in on_screen(pilot))
    async with opened(us_names, "question_mark", language="en") as pilot:
        await until(pilot, lambda: "pair of neighbours" in on_screen(pilot))


async def test_that_nothing_was_found_is_said_in_the_language(us_names: Corpus) -> None:
    async with opened(us_names, "ctrl+p", *"xyzzy", language="zh") as pilot:
        await until(pilot, lambda: "没有这个名称" in on_screen(pilot))
        await pilot.press("enter")
        app_of(pilot).search_themes()
        await until(pilot, lambda: "bigram-light" in on_screen(pilot))
        await pilot.press(*"xyzzy")
        await until(pilot, lambda: "没有这个名称" in on_screen(pilot))


def test_a_language_without_texts_is_refused(run_cli: Run) -> None:
    refused = run_cli("--language", "fr")
    assert refused.returncode == 2
    assert "'fr'" in refused.stderr


def phrases_said() -> set[str]:
    """All phrases in the code: in `say`, Phrase constants, errors, labels and bindings."""
    said = set(LABELS)
    for word in ("x", "xy", "A", "AB"):
        with pytest.raises(UnknownCharacterError) as unknown:
            Vocabulary(("a", "b")).encode(word)
        said.add(unknown.value.phrase)
    for path in PACKAGE.rglob("*.py"):
        is_in_app = path.parent.name not in ("cluster", "reports") and path.name != "launching.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=phrase), *_]):
                    if name in TELLING:
                        said.add(phrase)
                case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in TELLING:
                    assert not (is_in_app and isinstance(first, ast.JoinedStr)), (
                        f"{path.name}, line {first.lineno}: this phrase can be found in no list"
                    )
    for kind in kinds_of(DOMNode):
        for binding in vars(kind).get("BINDINGS", ()):
            if kind.__module__.startswith("bigram_tui") and (binding.show or binding.tooltip):
                said |= {binding.description, binding.tooltip}
    return said - {""}


def kinds_of(kind: type) -> set[type]:
    """A class and all of its loaded subclasses."""
    for module in pkgutil.walk_packages(bigram_tui.__path__, "bigram_tui."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    kinds, found = set(), [kind]
    while found:
        kinds.add(kind := found.pop())
        found += kind.__subclasses__()
    return kinds


def gaps(phrase: str) -> list[tuple[str | None, str | None, str | None]]:
    return sorted((name, spec, conversion) for _, name, spec, conversion in Formatter().parse(phrase) if name)


def test_every_phrase_has_a_chinese_translation_with_the_same_gaps() -> None:
    said, chinese = phrases_said(), phrases("zh")
    assert said - chinese.keys() == set(), "not in zh/phrases.json"
    assert chinese.keys() - said == set(), "in zh/phrases.json, but nobody says it"
    assert {phrase: other for phrase, other in chinese.items() if gaps(phrase) != gaps(other)} == {}


def test_phrases_are_unique_and_sorted() -> None:
    """Sorted by the English, so that merges rarely conflict."""
    catalogue = (PACKAGE / "texts" / "zh" / "phrases.json").read_text(encoding="utf-8")
    said = [phrase for phrase, _ in json.loads(catalogue, object_pairs_hook=list)]
    assert said == sorted(set(said))


HAN = "[\u3400-\u9fff]"

FAULTS = (
    rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`]{HAN}",
    rf"{HAN}\{{\w+:[^>}}]+\}}|\{{\w+:[^>}}]+\}}{HAN}",
    rf"{HAN}[,;:?!]|[,;:?!]{HAN}",
    r" [，。：；？！、（）“”]|[，。：；？！、（）“”] ",
)
"""No space between Chinese and Latin letters, digits or code, or a gap for a number; half-width punctuation
beside Chinese; a space beside full-width punctuation."""


def test_chinese_is_set_with_the_usual_spaces_and_punctuation() -> None:
    folder = PACKAGE / "texts" / "zh"
    lines = [line for path in folder.rglob("*.md") for line in path.read_text(encoding="utf-8").splitlines()]
    chinese = [re.sub("`[^`]+`", "`", line.lstrip("# ")) for line in (*lines, *phrases("zh").values())]
    assert [line for line in chinese if any(re.search(fault, line) for fault in FAULTS)] == []


async def test_all_panes_change_their_language_at_once() -> None:
    """And then show the same as when started in that language, without English except for proper names."""
    words = parse_words("анна\nиван\nанна\nева\n".encode(), "имена")
    begun_with = ("4", "n", "3", "space", "2", "1")
    async with opened(words, *begun_with, size=(140, 40)) as pilot:
        await pilot.press("ctrl+p", *"language", "down", "enter")
        changed = await all_panes(pilot)
    async with opened(words, *begun_with, size=(140, 40), language="zh") as pilot:
        assert await all_panes(pilot) == changed
    english = set(re.findall("[A-Za-z]{3,}", "".join(changed)))
    assert english == {
        *MODELS,
        *("ctrl", "space", "enter", "softmax", "mean", "nll", "rand", "all", "add", "dev"),
    }


async def all_panes(pilot: Pilot[None]) -> list[str]:
    """The screen of each, once idle."""
    screens = []
    for number in "12345":
        await pilot.press(number)
        if number == "5":
            await contexts_compared(pilot)
        await rests(pilot)
        screens.append(on_screen(pilot))
    return screens


async def test_keys_are_described_in_chinese(us_names: Corpus) -> None:
    """In the footer, which is not cut off at 80 columns, and in the help."""
    async with opened(us_names, size=(80, 24), language="zh") as pilot:
        for number, key in enumerate(("搜索", "缩放", "一步", "抽取"), 1):
            await pilot.press(str(number))
            await until(pilot, lambda key=key: key in footer(pilot))
            assert "退出" in footer(pilot)
        await pilot.press("question_mark")
        assert "帮助：生成" in on_screen(pilot)
        tables = [str(table.visual) for table in pilot.app.screen.query(".keys")]
        told = [line.split("  ", 1)[1] for table in tables for line in table.splitlines()]
        assert "从种子重新开始" in map(str.strip, told)
        assert [does for does in told if not re.search("[\u4e00-\u9fff]", does)] == []


def footer(pilot: Pilot[None]) -> str:
    return on_screen(pilot).splitlines()[-1]


WRONG_FILES = {
    "missing.txt": (None, "missing.txt 不存在；请给出文本文件"),
    "cut.txt.gz": (gzip.compress(b"emma\nava\n" * 99)[:-9], "cut.txt.gz 已损坏：压缩的数据没完就断了"),
    "latin.txt": ("Zoé\nNoël\n".encode("cp1252"), "不是 UTF-8 文本：第 1 行有字节 0xe9"),
    "book.pdf": (b"%PDF-1.7\n", "book.pdf 是 PDF 文档：请把单词存为纯文本"),
    "wide.csv": (b"name,n\nEmma,1\nAva,x\n", "第 3 行：权重“x”不是 0 或更大的整数"),
}
"""Files that cannot be read with a column of weights, and why."""


async def test_why_a_file_cannot_be_read_is_told_in_chinese(
    us_names: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(us_names, "o", language="zh") as pilot:
        dataset = pilot.app.screen.query_one("#dataset", Input)

        async def open_(name: str, said: str) -> None:
            dataset.value = name
            dataset.focus()
            await pilot.press("enter")
            await until(pilot, lambda: said in "".join(re.split(r"\s*│\s*│?\s*", on_screen(pilot))))

        for name, (content, said) in WRONG_FILES.items():
            if content is not None:
                (tmp_path / name).write_bytes(content)
            pilot.app.screen.query_one("#weight_column", Input).value = "n" if "csv" in name else ""
            await open_(name, said)
        pilot.app.screen.query_one("#weight_column", Input).value = ""
        pilot.app.screen.query_one("#column", Input).value = "9"
        await open_("wide.csv", "wide.csv 没有第 9 列：每行有 2 列")
        pilot.app.screen.query_one("#column", Input).value = ""
        await open_("wide.csv", "单词取自第 1 列“name”（从表头看是单词）")
