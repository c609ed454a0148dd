"""The texts in two languages: which one is shown, and that both tell the same."""

from __future__ import annotations

import pytest

from bigram_tui.texts import language_of_locale
from bigram_tui.words.corpus import Corpus
from tests.conftest import Run
from tests.driving import app_of, on_screen, opened, until


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
def test_the_locale_says_which_language(
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


def test_a_language_there_are_no_texts_in_is_refused(run_cli: Run) -> None:
    refused = run_cli("--language", "fr")
    assert refused.returncode == 2
    assert "'fr'" in refused.stderr
