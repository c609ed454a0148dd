"""The speed of the grid: python tests/benchmarks/bench_grid.py

Prints milliseconds for (1) redrawing the whole grid after a change of view and (2) a cursor move, compared
with Textual's DataTable with the same 27×27 coloured strings, in one process at 140×40, from the key to the
composed frame; and (3) for a cursor move on a real pseudo-terminal, from the key to the first bytes of the
response, compared with a bare Textual program that changes one label.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable

from bigram_tui.app import BigramApp
from bigram_tui.files.preferences import remember
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.views.ramp import RAMPS, STEPS, ramp
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load
from tests.benchmarks.wire import BARE, SIZE, Wire

REPETITIONS = 40


class TableApp(App[None]):
    """The same strings in the same colours in a DataTable."""

    def __init__(self, counts: NgramCounts) -> None:
        super().__init__()
        self.counts = counts

    def compose(self) -> ComposeResult:
        yield DataTable()

    def cell(self, i: int, j: int, bright: bool) -> Text:
        signs, n = self.counts.vocabulary.signs, self.counts.count(i, j)
        shade = round((STEPS - 1) * n / 6808)
        return Text(signs[i] + signs[j], ramp(next(iter(RAMPS)), bright)[shade])

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        signs = self.counts.vocabulary.signs
        table.cell_padding = 0
        table.add_columns(*(Text(sign.ljust(2)) for sign in signs))
        for i, sign in enumerate(signs):
            table.add_row(*(self.cell(i, j, True) for j in range(len(signs))), label=sign)

    def change_view(self, bright: bool) -> None:
        """All cells change their colour, as after a change of view."""
        table = self.query_one(DataTable)
        for i, row in enumerate(list(table.rows)):
            for j, column in enumerate(list(table.columns)):
                table.update_cell(row, column, self.cell(i, j, bright))


async def milliseconds(pilot: Pilot[None], act: Callable[[int], object]) -> float:
    """The median time from an action to the composed frame that shows it."""
    drawn: list[float] = []
    refresh = Screen._compositor_refresh

    def noted(screen: Screen[object]) -> None:
        refresh(screen)
        drawn.append(time.perf_counter())

    Screen._compositor_refresh = noted  # type: ignore[method-assign]
    times = []
    try:
        for number in range(REPETITIONS):
            await pilot.pause(0.15)
            drawn.clear()
            began = time.perf_counter()
            act(number)
            while not drawn:
                await pilot.pause()
            times.append(drawn[0] - began)
    finally:
        Screen._compositor_refresh = refresh  # type: ignore[method-assign]
    return statistics.median(times[5:]) * 1e3


async def ours() -> tuple[float, float]:
    app = BigramApp(load(DEFAULT, Path()), TrainingSettings(), 1.0)
    async with app.run_test(size=SIZE) as pilot:
        while not app.workspace.ready.latest:
            await pilot.pause(0.01)
        await pilot.press("2")
        grid = app.screen.query_one(BigramGrid)
        views = [grid.view, app.screen.query_one(BigramGrid).view]
        app.screen.choose_view(View.PROBABILITIES)  # type: ignore[attr-defined]
        views[1] = grid.view
        assert views[0] is not views[1]
        whole = await milliseconds(pilot, lambda number: grid.show(views[number % 2]))  # type: ignore[arg-type]
        move = await milliseconds(pilot, lambda number: grid.action_move(-1 if number % 2 else 1, 0))
    return whole, move


async def theirs(counts: NgramCounts) -> tuple[float, float]:
    app = TableApp(counts)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table = app.query_one(DataTable)
        whole = await milliseconds(pilot, lambda number: app.change_view(number % 2 == 0))
        move = await milliseconds(
            pilot, lambda number: table.move_cursor(row=1 + number % 2, column=3, animate=False)
        )
    return whole, move


def on_a_terminal(command: list[str], ready: str, before: bytes = b"") -> float:
    """The median in milliseconds from a key (down, up, …) to the first bytes of the responding frame."""
    wire = Wire(command)
    wire.until(ready)
    wire.until_quiet(4.0)
    if before:
        wire.press(before)
        wire.until_quiet(1.0)
    times = []
    for number in range(REPETITIONS):
        began = wire.press(b"\x1b[B" if number % 2 == 0 else b"\x1b[A")
        assert wire.read(5.0), "no answer"
        times.append(time.perf_counter() - began)
        wire.until_quiet(0.3)
    wire.close()
    return statistics.median(times[5:]) * 1e3


def main() -> None:
    def run(work: Awaitable[tuple[float, float]]) -> tuple[float, float]:
        return asyncio.run(work)  # type: ignore[arg-type]

    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
        remember(welcomed="yes")
        counts = NgramCounts.of(load(DEFAULT, Path()).words)
        whole, move = run(ours())
        table_whole, table_move = run(theirs(counts))
        print(
            f"whole grid after a view change  ours {whole:6.2f} ms  DataTable {table_whole:7.2f} ms"
            f"  {table_whole / whole:5.1f}× (goal 5×)"
        )
        print(
            f"one cursor move                 ours {move:6.2f} ms  DataTable {table_move:7.2f} ms"
            f"  {table_move / move:5.1f}×"
        )
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write(BARE)
            script.flush()
            bare = on_a_terminal([sys.executable, script.name], "ready")
        key = on_a_terminal([sys.executable, "-m", "bigram_tui"], "frequent bigrams", b"2")
        print(
            f"a cursor move on a terminal     ours {key:6.2f} ms  bare program {bare:4.2f} ms"
            f"  {key / bare:5.2f}× (goal at most 2×)"
        )


if __name__ == "__main__":
    main()
