"""The code of the Counts pane prints its numbers."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from textual.widgets import TabbedContent

from bigram_tui.panes.counts.pane import CountsPane
from bigram_tui.views.view import View
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.words.corpus import Corpus
from tests.code.cases import NAMES, of_case, opened_file
from tests.code.running import as_printed, code_of, printed, static
from tests.conftest import thoroughly
from tests.driving import app_of, opened, until

COUNTS = [
    ("plain", 0, View.COUNTS),
    ("plain", 1, View.NETWORK_COUNTS),
    ("plain", 0.5, View.DIFFERENCE),
    ("weights", 3, View.NETWORK_PROBABILITIES),
    ("rare characters", 1, View.WEIGHTS),
    ("a full stop in the words", 1, View.PROBABILITIES),
    ("plain", 0.5, View.WITHOUT_KEEPDIM),
]


async def test_counts(tmp_path: Path) -> None:
    async with opened(opened_file(tmp_path / "names.txt", NAMES)) as pilot:
        workspace = app_of(pilot).workspace
        for case, smoothing, view in COUNTS:
            workspace.open(of_case(case, tmp_path))
            workspace.set_smoothing(smoothing)
            await pilot.press("3", "space", "space", "2", "down", "down", "left")
            pane = app_of(pilot).screen
            pane.choose_view(view)
            text = printed(await code_of(pilot), tmp_path)
            pane.query_one("#inspector", TabbedContent).active = "smoothing-tab"
            await until(pilot, lambda: "mean nll" in static(pilot, "#likelihood"))
            cell, likelihood = static(pilot, "#cell"), static(pilot, "#likelihood")
            shown = dict(re.findall(r"^(.*?)  +(.*)$", f"{cell}\n{likelihood}", re.MULTILINE))
            P = as_printed(re.search(r"probability +(\S+)", cell)[1])
            expected = [
                f"{shown['count']} of {shown['of row']}, P = {P}",
                f"{shown['in row']} in row",
                f"{shown['in table']} in table",
                f"mean nll {shown['mean nll']}",
                f"perplexity {shown['perplexity']}",
            ]
            lines = text.splitlines()
            assert [*lines[:3], *lines[4:6]] == expected
            dataset, cursor = app_of(pilot).workspace.dataset.latest, pane.query_one(BigramGrid).cursor
            likelihood_of_it = dataset.model.probability(cursor.row, cursor.column)
            nats = -math.log(likelihood_of_it) if likelihood_of_it else math.inf
            assert lines[3] == f"-ln P = {nats:.4f} nats"
            assert bool(lines[6:]) == (view is not View.COUNTS)
            assert " ".join(lines[6:]) in " ".join(cell.replace("−", "-").split())
            pane.query_one("#inspector", TabbedContent).active = "cell-tab"


@pytest.mark.parametrize("case", ["plain", *thoroughly("a full stop in the words", "weights")])
async def test_the_row_and_the_smoothing_in_counts(tmp_path: Path, case: str) -> None:
    corpus = of_case(case, tmp_path)
    async with opened(corpus, "2", "down", "down") as pilot:
        pane = app_of(pilot).screen
        assert isinstance(pane, CountsPane)
        for smoothing in (0, 0.1):
            app_of(pilot).workspace.set_smoothing(smoothing)
            pane.query_one("#inspector", TabbedContent).active = "cell-tab"
            await pilot.pause()
            before = printed(await code_of(pilot), tmp_path)
            for _ in range(2):
                pane.query_one("#inspector", TabbedContent).active = "row-tab"
                await pilot.pause()
                shown = [as_printed(bar.text) for bar in pane.query_one("#row", Bars)._bars]
                assert [
                    line.split()[-1]
                    for line in printed(await code_of(pilot), tmp_path)[len(before) :].splitlines()
                ] == shown
                await pilot.press("s")
            pane.query_one("#inspector", TabbedContent).active = "smoothing-tab"
            await until(pilot, lambda: "mean nll" in static(pilot, "#likelihood"))
            likelihood = static(pilot, "#likelihood")
            lines = printed(await code_of(pilot), tmp_path)[len(before) :].splitlines()
            nlls = dict(line.split(": ") for line in lines[2:])
            counts = app_of(pilot).workspace.dataset.latest.counts
            figures = dict(re.findall(r"^(.*?)  +(.*)$", likelihood, re.MULTILINE))
            assert lines[:2] == [f"sum {figures['sum']}", f"knowing nothing {figures['knowing nothing']}"]
            assert nlls["k = 0"] in (likelihood if smoothing else figures["mean nll"])
            assert len(nlls) == 9
            assert nlls == {key: f"{counts.nll(float(key.removeprefix('k = '))):.4f}" for key in nlls}


async def test_counts_of_the_bundled_names(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "2", "g", "n", "a") as pilot:
        text = printed(await code_of(pilot), tmp_path)
    assert text.splitlines() == [
        "2,993 of 18,461, P = 0.1619",
        "#2 of 27 in row",
        "#9 of 729 in table",
        "-ln P = 1.8205 nats",
        "mean nll 2.4550 nats over 229,804 bigrams",
        "perplexity 11.65",
    ]
