"""The speed of training, in the library and in the app: python tests/benchmarks/bench_training.py

Prints, compared with the notebook's loop in the same run: steps per second in the library; in the Training
pane on a real pseudo-terminal of 140×40 at full speed; the longest stall of the event loop while it runs; and
the milliseconds from the key `f` to the frame that shows all 200 steps.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bigram_tui.app import BigramApp
from bigram_tui.files.preferences import remember
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load
from tests.benchmarks.bench_lm import STEPS, PlainLoops
from tests.driving import until
from tests.pseudo_terminal import Terminal

SIZE = (140, 40)
SECONDS = 5.0
ATTEMPTS = 5


def library(counts: NgramCounts) -> float:
    """Steps per second."""
    run = TrainingRun(counts, TrainingSettings())
    for _ in range(1_000):
        run.step()
    began = time.perf_counter()
    for _ in range(20_000):
        run.step()
    return 20_000 / (time.perf_counter() - began)


def step_shown(terminal: Terminal) -> int:
    return int(re.search(r"Step ([\d,]+) of", "\n".join(terminal.screen.display))[1].replace(",", ""))  # type: ignore[index]


def on_a_terminal() -> tuple[float, float]:
    """Steps per second at full speed; the median in milliseconds from `f` to the finished run's frame."""
    command = str(Path(sys.executable).with_name("bigram-tui"))
    terminal = Terminal(command, size=SIZE, env={"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    try:
        terminal.shows("Most frequent bigrams")
        terminal.press("3")
        terminal.shows("Step 0 of 200")
        times = []
        for _ in range(ATTEMPTS):
            terminal.read_for(1.0)
            began = time.perf_counter()
            terminal.press("f")
            times.append(terminal.writes("Step 200 of 200") - began)
            terminal.press("x")
            terminal.shows("Step 0 of 200")
        terminal.press("ss")
        terminal.shows("full speed")
        terminal.press("r")
        terminal.read_for(1.0)
        first, began = step_shown(terminal), time.perf_counter()
        terminal.read_for(SECONDS)
        rate = (step_shown(terminal) - first) / (time.perf_counter() - began)
    finally:
        terminal.kill()
    return rate, sorted(times)[ATTEMPTS // 2] * 1e3


async def longest_stall() -> float:
    """The longest time in milliseconds without a turn of the event loop during a run at full speed."""
    app = BigramApp(load(DEFAULT, Path()), TrainingSettings(), 1.0)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.ready.latest)
        await pilot.press("3", "plus", "plus", "r")
        await pilot.pause(1)
        longest, end = 0.0, time.perf_counter() + SECONDS
        while (before := time.perf_counter()) < end:
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)
        app.workspace.trainer.pause()
    return longest * 1e3


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
        remember(welcomed="yes")
        words = load(DEFAULT, Path()).words
        rate, finishing = on_a_terminal()
        stall = asyncio.run(longest_stall())
        ours = library(NgramCounts.of(words))
        loops = PlainLoops(words)
        began = time.perf_counter()
        loops.train()
        theirs = STEPS / (time.perf_counter() - began)
    print(f"the notebook's loop           {theirs:10,.1f} steps/s")
    print(f"the library                   {ours:10,.0f} steps/s  {ours / theirs:7,.0f}×")
    print(f"the running pane, full speed  {rate:10,.0f} steps/s  {rate / theirs:7,.0f}×")
    print(f"longest stall while running   {stall:10.1f} ms (goal under 50)")
    print(f"f to the frame of step 200    {finishing:10.1f} ms (goal at most 100)")


if __name__ == "__main__":
    main()
