"""Texts in Markdown: what is supported, and where lines are broken."""

from __future__ import annotations

import pytest
from textual.content import Content

from bigram_tui.widgets.prose import flowed, read_markdown


def test_a_question_is_right_above_its_answer() -> None:
    text = read_markdown("Some *words*\nin **two** lines.\n\n## Part\n\n### Why?\n\nPress `v`.")
    assert text.plain == "Some words in two lines.\n\nPart\n\nWhy?\nPress v."


@pytest.mark.parametrize(
    "text",
    ["1. [a](b) <http://c.d> ![e](f) <b>g</b> &amp; *", "> quoted", "- a", "| a |", "[bold]a[/]", "---", "_"],
)
def test_other_markdown_is_plain_text(text: str) -> None:
    assert read_markdown(text).plain == text


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("P 是概率，不是似然。", 9, ["P 是概", "率，不是", "似然。"]),
        ("见（第二章）和“计数”。", 10, ["见（第二", "章）和“计", "数”。"]),
        ("在 us-names 里", 9, ["在", "us-names", "里"]),
        ("    x = long + lines", 16, ["    x = long +", "    lines"]),
        ("12. first, then", 11, ["12. first,", "    then"]),
        ("看了 408 个，没有", 8, ["看了", "408 个，", "没有"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_between_words_and_between_chinese_characters(
    text: str, width: int, lines: list[str]
) -> None:
    assert flowed(Content(text), width).plain.split("\n") == lines


def test_code_stays_on_one_line() -> None:
    assert flowed(read_markdown("it is `a + b` or `c`"), 10).plain == "it is\na + b or c"
    assert flowed(read_markdown("it is a + b or c"), 10).plain == "it is a +\nb or c"
