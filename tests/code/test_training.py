"""The code of the Training pane prints its numbers."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from bigram_tui.dialogs.code import CodeDialog
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.training.views import Views
from bigram_tui.views.grid_views import TRAINING_VIEWS
from bigram_tui.widgets.loss_table import LossTable
from bigram_tui.words.corpus import Corpus
from tests.code.cases import NAMES, of_case, opened_file
from tests.code.running import (
    agree,
    check_inside,
    check_training,
    code_of,
    drawn_now,
    finish,
    numbers,
    printed,
)
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until


async def set_to(pilot: Pilot[None], name: str, value: object) -> None:
    await pilot.click(f"#{name} Input")
    await pilot.press(*str(value), "enter", "escape")


async def change_everything(pilot: Pilot[None]) -> None:
    await pilot.press("space", "space", "space")
    await set_to(pilot, "learning_rate", 2.5)
    await pilot.press("space", "space")
    await set_to(pilot, "regularization", 0.2)
    await pilot.press("space")
    await set_to(pilot, "learning_rate", 1)


async def change_the_batch(pilot: Pilot[None]) -> None:
    await set_to(pilot, "batch_size", 5)
    await pilot.press(*["space"] * 4)
    await set_to(pilot, "batch_size", "all")
    await pilot.press("space")
    await set_to(pilot, "batch_size", 32)
    await pilot.press("space", "space")


async def go_back_and_on(pilot: Pilot[None]) -> None:
    await pilot.press(*["space"] * 12, "less_than_sign")
    await set_to(pilot, "learning_rate", 3)
    await pilot.press(*["space"] * 12, "comma", "comma")


RUNS: dict[str, tuple[str, TrainingSettings, Callable | None]] = {
    "not trained": ("plain", TrainingSettings(), None),
    "the lecture's": ("plain", TrainingSettings("randn", steps=100, learning_rate=1), finish),
    "from zeros, without regularization": (
        "other alphabets", TrainingSettings("zeros", steps=20, learning_rate=1, regularization=0), finish,
    ),
    "settings that change": ("plain", TrainingSettings("randn"), change_everything),
    "back in time, and on": ("plain", TrainingSettings(learning_rate=1), go_back_and_on),
    "mini-batches": ("plain", TrainingSettings(seed=7, steps=300, batch_size=8), finish),
    "batches that change": ("a full stop in the words", TrainingSettings("zeros"), change_the_batch),
    "weights": ("weights", TrainingSettings("randn", steps=40), finish),
    "steps that are too large": ("plain", TrainingSettings(learning_rate=2000, steps=60), finish),
    "diverged": ("plain", TrainingSettings(regularization=1e6, learning_rate=1000, steps=60), finish),
}  # fmt: skip


@asynccontextmanager
async def trained(case: str, folder: Path) -> AsyncIterator[Pilot[None]]:
    """The Training pane after one of RUNS."""
    words, settings, do = RUNS[case]
    corpus = of_case(words, folder)
    async with opened(corpus, "3", settings=settings, size=(140, 45)) as pilot:
        if do:
            await do(pilot)
        yield pilot


@pytest.mark.parametrize("case", RUNS)
async def test_training(tmp_path: Path, case: str) -> None:
    """Its numbers, the table of its losses and the inside of its last step."""
    async with trained(case, tmp_path) as pilot:
        check_training(printed(await code_of(pilot), tmp_path), pilot)
        await check_losses(pilot, tmp_path)
        await pilot.press("t", "right", "down", "i")
        check_inside(printed(await code_of(pilot), tmp_path), pilot)


async def check_losses(pilot: Pilot[None], folder: Path) -> None:
    pane, step = app_of(pilot).screen, app_of(pilot).workspace.trainer.training.latest.step
    pane.query_one(TabbedContent).active = "losses"
    await pilot.pause()
    table = pane.query_one(LossTable)
    rows = [numbers(table.line(item, 80).replace(",", "")) for item in table.items if item <= step]
    lines = printed(await code_of(pilot), folder).splitlines()
    found = [numbers(line) for line in lines[7 : len(lines) - len(drawn_now(pilot))]]
    if rows[-1][0] != str(step):
        assert found.pop()[0] == str(step)
    assert len(found) == len(rows)
    assert all(map(agree, found, rows))


async def test_the_default_training_on_the_bundled_names(
    us_names: Corpus, tmp_path: Path, reference: dict
) -> None:
    async with opened(us_names, "3", *["space"] * 10) as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_training(text, pilot)
    expected = reference["us_names_2018.txt"]["training"]["article"]["losses"]["10"]
    assert numbers(text)[0] == f"{expected:.4f}"


async def test_rows_of_w_and_cross_entropy_agree_with_one_hot_rows(tmp_path: Path) -> None:
    """v in the dialog cycles through them and the program's own algorithm, which may be the only one.

    If steps are too large, the program's algorithm comes first; cross_entropy still works after exp
    overflows.
    """
    async with trained("the lecture's", tmp_path) as pilot:
        one_hot, written = await code_of(pilot), []
        await pilot.press("p")
        for way in ("xenc @ W", "logits = W[xs]", "F.cross_entropy(W[xs], ys)", "through the counts"):
            dialog = pilot.app.screen
            assert isinstance(dialog, CodeDialog)
            assert way in dialog.notebook.as_script()
            written.append(dialog.notebook)
            await pilot.press("v")
        assert dialog.notebook == one_hot == written[0]
        await pilot.press("escape")
        for notebook in written[1:]:
            check_training(printed(notebook, tmp_path), pilot)
        await pilot.press("4", "m")
        ways = (await code_of(pilot)).ways
        assert len(ways) == 4
        assert len({printed(way, tmp_path) for way in ways}) == 1
    async with trained("steps that are too large", tmp_path) as pilot:
        counts, one_hot, _, cross_entropy = (await code_of(pilot)).ways
        check_training(printed(counts, tmp_path), pilot)
        assert "loss            nan" in printed(one_hot, tmp_path)
        assert "nan" not in printed(cross_entropy, tmp_path)
    async with trained("weights", tmp_path) as pilot:
        await pilot.press("p", "v")
        assert "Another way" not in on_screen(pilot)


@pytest.mark.parametrize("case", ["weights", *thoroughly("plain")])
async def test_the_cell_under_the_cursor_of_the_networks_table(tmp_path: Path, case: str) -> None:
    corpus = of_case(case, tmp_path)
    async with opened(corpus, "3", *["space"] * 4, "t", "g", "n", "a", size=(80, 30), smoothing=2) as pilot:
        for view in TRAINING_VIEWS:
            app_of(pilot).screen.query_one(Views).choose_view(view)
            await pilot.pause()
            notebook = await code_of(pilot)
            check_training(printed(notebook, tmp_path), pilot)
        await pilot.press("t")
        assert len((await code_of(pilot)).cells) < len(notebook.cells)


@pytest.mark.parametrize("batch_size", [6, *thoroughly(None)])
async def test_a_run_that_started_from_a_saved_network(tmp_path: Path, batch_size: int | None) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    settings = TrainingSettings("randn", seed=3, learning_rate=1, batch_size=batch_size)
    async with opened(corpus, "3", *["space"] * 7, settings=settings) as pilot:
        await run_command(pilot, "Save network")
        await pilot.press("home", "ctrl+k", *str(tmp_path / "w 'n'.safetensors"), "enter")
        await until(pilot, (tmp_path / "w 'n'.safetensors").exists)
    async with opened(corpus, "3") as pilot:
        await run_command(pilot, "Load network")
        await pilot.press(*str(tmp_path / "w 'n'.safetensors"), "enter")
        await until(pilot, lambda: "Step 7 of" in on_screen(pilot))
        await pilot.press("space", "space", "space", "comma")
        text = printed(await code_of(pilot), tmp_path)
        assert "Step 9 of" in on_screen(pilot)
        check_training(text, pilot)


async def run_command(pilot: Pilot[None], name: str) -> None:
    (callback,) = (c.callback for c in pilot.app.get_system_commands(pilot.app.screen) if c.title == name)
    callback()
    await pilot.pause()


async def test_too_many_bigrams_for_a_loop(tmp_path: Path) -> None:
    chosen = random.Random(1)
    words = ["".join(chosen.choices("etaoinshrdlu", k=chosen.randint(3, 10))) for _ in range(140_000)]
    corpus = opened_file(tmp_path / "many.txt", "\n".join(words).encode())
    async with opened(corpus, "3", "space", "space", "space") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_training(text, pilot)
