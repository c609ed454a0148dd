"""Startup time: python tests/benchmarks/bench_start.py [RUNS]

Prints, for the command on a pseudo-terminal of 140×40, the seconds until (1) the Dataset pane with its
summary, bars and lengths, and (2), with `2` pressed as soon as anything was drawn, the coloured grid of
Counts; in alternation, those until the frame of a bare Textual program. Then (3) the longest pause of the
event loop while torch is loaded in the background, compared with a plain import in a thread.

Run it on an otherwise idle machine. As after an installation, modules are compiled, which pip does, but not
an editable installation with PYTHONDONTWRITEBYTECODE.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.wire import BARE, Wire

DATASET = ("32,257", "frequent bigrams", "by length", "█")
GRID = ("Counts N (229,804 bigrams)",)

LONGEST_PAUSE = """
import sys, threading, time
import textual.app
from bigram_tui.starting import load_torch
def plain():
    import torch
    from bigram_tui.lm import sampling, training
    from bigram_tui.widgets import loss_curve, smoothing_curve
loading = threading.Thread(target=load_torch if sys.argv[1] == "ours" else plain)
loading.start()
longest, last = 0.0, time.perf_counter()
while loading.is_alive():
    time.sleep(0.001)
    now = time.perf_counter()
    longest, last = max(longest, now - last), now
print(longest)
"""


def seconds(command: list[str], *shown: str, key: bytes = b"") -> float:
    """From the start of the command until all of these texts were sent."""
    wire = Wire(command)
    seen = b""
    if key:
        while len(seen) < 2_000:
            seen += wire.read(1.0)
        wire.press(key)
    time = wire.until(*shown, seen=seen) - wire.began
    wire.close()
    return time


def longest_pause(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", LONGEST_PAUSE, how], capture_output=True, check=True)
    return float(done.stdout) * 1e3


def main(runs: int) -> None:
    import bigram_tui
    from bigram_tui.files.preferences import remember

    compileall.compile_dir(str(Path(bigram_tui.__file__).parent), quiet=1)
    command = [str(Path(sys.executable).with_name("bigram-tui"))]
    with tempfile.TemporaryDirectory() as home, tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home)
        remember(welcomed="yes")
        script.write(BARE)
        script.flush()
        times: list[tuple[float, float, float]] = []
        for _ in range(runs + 1):
            bare = seconds([sys.executable, script.name], "ready")
            times.append((bare, seconds(command, *DATASET), seconds(command, *GRID, key=b"2")))
        bare, dataset, grid = (statistics.median(column) for column in zip(*times[1:], strict=True))
        print(f"a bare Textual program      {bare:6.3f} s")
        print(f"Dataset with all its parts  {dataset:6.3f} s  {dataset / bare:5.2f}× (goal at most 1.25×)")
        print(f"Counts, 2 pressed early     {grid:6.3f} s  {grid / bare:5.2f}× (goal at most 1.7×)")
        ours, plain = (statistics.median(longest_pause(how) for _ in range(3)) for how in ("ours", "plain"))
        print(f"longest pause, torch loaded {ours:6.1f} ms, plain import {plain:.0f} ms (goal 35 to 55)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
