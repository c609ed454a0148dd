"""The lesson as a newcomer goes through it: every task is done by keys and noticed, every answer checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.lm.corpus import Corpus
from bigram_tui.texts import LANGUAGES
from bigram_tui.widgets.lesson_strip import LessonStrip
from tests.driving import app_of, on_screen, opened, until

Keys = Callable[[Pilot[None]], list[str]] | list[str]


@dataclass(frozen=True)
class Walk:
    """A chapter's name, the keys that do its task, a wrong answer and a right one."""

    name: str
    keys: list[str]
    wrong: str = ""
    right: str = ""


def walk(N: list[list[int]], reference: dict[str, Any]) -> list[Walk]:
    """The right answers, computed here from the table or taken from the published figures."""
    figures = reference["us_names_2018.txt"]
    q = 17
    row_of_q = sum((N[q][j] + 1) / (sum(N[j]) + 27) for j in range(27))
    emma = [0, 5, 13, 13, 1, 0]
    nll = -sum(math.log((N[i][j] + 1) / (sum(N[i]) + 27)) for i, j in zip(emma, emma[1:], strict=False)) / 5
    still = figures["training"]["article"]["final_data_nll"] - figures["nll"]["0"]["mean"]
    return [
        Walk("data", ["slash", *"emma", "enter"], "14", "15"),
        Walk("bigrams", ["down", "down"], "8", "9"),
        Walk("dictionary", ["tab", "tab"], "an", "n."),
        Walk("table", ["g", "n", "a"], "7", str(N[26][26])),
        Walk("picture", ["c"], "z", "a"),
        Walk("boundary", ["b"], "56", "55"),
        Walk("drawing", ["n"], "b", "a"),
        Walk("seed", ["d", "n"], "axx", "mor"),
        Walk("normalizing", ["v"], "0.5", f"{N[14][1]}/{sum(N[14])}"),
        Walk("broadcasting", ["V", "V", "down"], "1", f"{row_of_q:.2f}"),
        Walk("likelihood", ["t", *"emma", "enter"], "12.58", f"{nll:.2f}"),
        Walk("loss", ["tab", "tab", "right", "right"], "3.3", "27"),
        Walk("smoothing", ["k", "1", "enter"], "10", "1000"),
        Walk("examples", ["i"], "4", "5"),
        Walk("one-hot", ["t", "g", "m", "a", "i"], "12", "13"),
        Walk("layer", ["t", "v", "v"], "27", "729"),
        Walk("softmax", ["v"], "0", "1"),
        Walk("loss-of-weights", ["space"], "0", "3.30"),
        Walk("gradient", ["v"], "positive", "negative"),
        Walk("descent", ["space"] * 20, "-0.04", "0.04"),
        Walk("together", ["f"], "1", f"{still:.4f}"),
        Walk("row-of-weights", ["v"], "0", "1"),
        Walk("regularization", [], "1", ""),
        Walk("network-names", ["M", "n"], "emma", ""),
        Walk("next", ["p"]),
    ]
