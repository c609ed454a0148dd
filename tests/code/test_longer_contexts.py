"""The code of the panes with other contexts than one, and other smoothers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from bigram_tui.code.notebook import Notebook
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.counts.pane import CountsPane
from bigram_tui.panes.pane import Pane
from bigram_tui.panes.training.step_inside import StepInside
from bigram_tui.panes.training.views import Views
from bigram_tui.session.learning import Learning
from bigram_tui.views.grid_views import TRAINING_VIEWS, VIEWS
from bigram_tui.views.view import View
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.loss_table import LossTable
from bigram_tui.widgets.names_table import NamesTable
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from tests.code.running import (
    agree,
    as_printed,
    check_inside,
    check_names,
    check_training,
    code_of,
    finish,
    numbers,
    printed,
    static,
)
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until

NAMES = "emma olivia ava isabella sophia mia anna hannah ella avery ada emma mila luna aria evelyn lily nora"
CALM = TrainingSettings("randn", steps=40, learning_rate=1)


@asynccontextmanager
async def learned(
    folder: Path, learning: Learning, smoother: str = "add-k", **options: Any
) -> AsyncIterator[Pilot[None]]:
    """The app after learning some names with these settings."""
    path = folder / "names.txt"
    path.write_text(NAMES.replace(" ", "\n"))
    async with opened(load(str(path), cache=folder), **options) as pilot:
        workspace = app_of(pilot).workspace
        workspace.learn(learning)
        workspace.set_smoother(smoother)
        await until(pilot, lambda: workspace.dataset.latest.learning == learning)
        await until(pilot, lambda: workspace.dataset.latest.smoother == smoother)
        await until(pilot, lambda: workspace.trainer.training.latest.network.context == learning.context)
        yield pilot


def now(pilot: Pilot[None], folder: Path) -> str:
    """The output of the pane's code."""
    pane = pilot.app.screen
    assert isinstance(pane, Pane)
    notebook = pane.code()
    assert isinstance(notebook, Notebook)
    return printed(notebook, folder)


@pytest.mark.parametrize("learning", [Learning(2), *thoroughly(Learning(0), Learning(2, from_train=True))])
async def test_each_way_of_training_reproduces_the_pane(tmp_path: Path, learning: Learning) -> None:
    """One-hot rows, rows of W by context number, cross_entropy, and the counts."""
    async with learned(tmp_path, learning, settings=CALM) as pilot:
        await pilot.press("3")
        await finish(pilot)
        ways = (await code_of(pilot)).ways
        marks = ("xenc @ W", "logits = W[xs]", "F.cross_entropy(W[xs], ys)", "through the counts")
        assert all(mark in way.as_script() for mark, way in zip(marks, ways, strict=True))
        for way in ways:
            check_training(printed(way, tmp_path), pilot)


async def test_too_many_one_hot_rows_are_not_used(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "right_parenthesis", "3") as pilot:
        await until(pilot, lambda: "Step 0 of" in on_screen(pilot) and "context 2" in on_screen(pilot))
        await pilot.press("space")
        await until(pilot, lambda: "Step 1 of" in on_screen(pilot))
        notebook = await code_of(pilot)
        assert len(notebook.ways) == 3
        assert f"{229_804 * 27**2:,} numbers of one-hot rows" in notebook.as_script()
        check_training(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize("context", [2, *thoroughly(0, 1)])
async def test_rows_with_mini_batches_reproduce_the_pane(tmp_path: Path, context: int) -> None:
    settings = TrainingSettings(seed=7, learning_rate=1, steps=40, batch_size=8)
    async with learned(tmp_path, Learning(context, from_train=True), settings=settings) as pilot:
        await pilot.press("3")
        await finish(pilot)
        ways = (await code_of(pilot)).ways
        marks = ("through the counts", "counts = W[xb].exp()", "F.cross_entropy(W[xb], yb)")
        assert all(mark in way.as_script() for mark, way in zip(marks, ways, strict=True))
        for way in ways:
            check_training(printed(way, tmp_path), pilot)


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings(learning_rate=2000, steps=60),
        *thoroughly(TrainingSettings(seed=7, steps=100, batch_size=8)),
    ],
)
async def test_the_programs_own_algorithm(tmp_path: Path, settings: TrainingSettings) -> None:
    """They come first if a different rounding would lead to a different run."""
    async with learned(tmp_path, Learning(2, from_train=True), settings=settings) as pilot:
        await pilot.press("3")
        await finish(pilot)
        notebook = await code_of(pilot)
        assert len(notebook.ways) == (3 if settings.batch_size else 4)
        check_training(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize(
    "case",
    [
        (Learning(2), "add-k"),
        *thoroughly((Learning(0), "add-k"), (Learning(1, from_train=True), "kneser-ney")),
    ],
)
async def test_the_open_part_of_training(tmp_path: Path, case: tuple[Learning, str]) -> None:
    """Each table, the inside of the step, the losses."""
    learning, smoother = case
    async with learned(tmp_path, learning, smoother, settings=CALM) as pilot:
        await pilot.press("3", *["space"] * 3, "t", *["down"] * 20, "right", "right")
        views = app_of(pilot).screen.query_one(Views)
        for view in TRAINING_VIEWS:
            views.choose_view(view)
            await pilot.pause()
            check_training(now(pilot, tmp_path), pilot)
        await pilot.press("i")
        inside = views.query_one(StepInside)
        await until(pilot, lambda: inside.query_one(LineList).items)
        check_inside(now(pilot, tmp_path), pilot)
        views.active = "losses"
        await pilot.pause()
        table = views.query_one(LossTable)
        rows = [numbers(table.line(item, 80).replace(",", "")) for item in table.items if item <= 3]
        lines = now(pilot, tmp_path).splitlines()[7:]
        assert len(rows) > 1
        assert all(agree(numbers(line), row) for line, row in zip(lines, rows, strict=False))


@pytest.mark.parametrize(
    "case",
    [
        (Learning(2, from_train=True), "add-k"),
        *thoroughly((Learning(0), "add-k"), (Learning(1), "kneser-ney"), (Learning(3), "witten-bell")),
    ],
)
async def test_the_open_part_of_counts(tmp_path: Path, case: tuple[Learning, str]) -> None:
    """The cell in each view, its row, and the likelihood of the data."""
    learning, smoother = case
    async with learned(tmp_path, learning, smoother, smoothing=0.5, settings=CALM) as pilot:
        await pilot.press("3", "space", "space", "2", *["down"] * 9, "right", "right")
        pane = app_of(pilot).screen
        assert isinstance(pane, CountsPane)
        inspector = pane.query_one("#inspector", TabbedContent)
        inspector.active = "smoothing-tab"
        await until(pilot, lambda: "mean nll" in static(pilot, "#likelihood"))
        likelihood = dict(re.findall(r"^(.*?)  +(.*)$", static(pilot, "#likelihood"), re.M))
        text = now(pilot, tmp_path)
        mean, perplexity, total, nothing = (
            likelihood[name] for name in ("mean nll", "perplexity", "sum", "knowing nothing")
        )
        assert f"mean nll {' '.join(mean.split()[:4])} n-grams\nperplexity {perplexity}\n" in text
        assert f"sum {total}\nknowing nothing {nothing}\n" in text
        assert ("k = 0.5: " in text.replace("k = 1: ", "k = 0.5: ")) == (smoother == "add-k")
        if learning.from_train:
            assert f"dev nll {likelihood['dev']}\n" in text
        inspector.active = "row-tab"
        await pilot.pause()
        bars = [as_printed(bar.text) for bar in pane.query_one("#row", Bars)._bars]
        lines = now(pilot, tmp_path).splitlines()
        assert [line.split()[-1] for line in lines[-len(bars) :]] == bars
        inspector.active = "cell-tab"
        for view in VIEWS:
            pane.choose_view(view)
            await pilot.pause()
            cell = static(pilot, "#cell")
            lines = now(pilot, tmp_path).splitlines()
            shown = dict(re.findall(r"^(.*?)  +(.*)$", cell, re.M))
            P = as_printed(re.search(r"probability +(\S+)", cell)[1])
            assert lines[0] == f"{shown['count']} of {shown['of row']}, P = {P}"
            assert lines[1:3] == [f"{shown['in row']} in row", f"{shown['in table']} in table"]
            of_view = " ".join(lines[6 + learning.from_train :])
            has_more = view is not View.COUNTS and (view is not View.WITHOUT_KEEPDIM or learning.context == 1)
            assert bool(of_view) == has_more
            assert of_view in " ".join(cell.replace("−", "-").split())


@pytest.mark.parametrize("temperature", ["0.5", *thoroughly("1", "0")])
@pytest.mark.parametrize("smoother", ["add-k", *thoroughly("modified-kneser-ney")])
async def test_the_generators_names(tmp_path: Path, smoother: str, temperature: str) -> None:
    """From each model, from all models, from each context; and the score of a typed one."""
    async with learned(tmp_path, Learning(2), smoother, smoothing=0.1, settings=CALM) as pilot:
        await pilot.press("3", "space", "4", "T", "home", "ctrl+k", *temperature, "enter", "escape")
        for _ in range(3):
            await pilot.press("x", "n", "n", "n")
            check_names(now(pilot, tmp_path), pilot)
            await pilot.press("m")
        for keys in (["M", "x"], ["M", "x"]):
            await pilot.press(*keys, "n", "n")
            notebook = await code_of(pilot)
            assert "in another way" not in notebook.cells[-1].words
            names = app_of(pilot).screen.query_one(NamesTable)._names
            lines = printed(notebook, tmp_path).splitlines()
            for model in {name.model for name in names}:
                own = [f"{model} {name.name} {name.nll:.4f}" for name in names if name.model == model][:5]
                assert [line for line in lines if line.startswith(f"{model} ")][: len(own)] == own
        await pilot.press("t", *"emilia", "enter")
        nll, perplexity = numbers(now(pilot, tmp_path).splitlines()[-1])
        nll, perplexity = (shown.replace("inf", "∞") for shown in (nll, perplexity))
        await until(pilot, lambda: f"nll {nll} nats" in on_screen(pilot))
        assert f"perplexity {perplexity}" in on_screen(pilot)
