"""The latency of every key, from the press to the frame: python tests/benchmarks/bench_keys.py [--small]

On a pseudo-terminal of 140×40, for every key of every pane (without escape: unless the terminal supports the
Kitty protocol, Textual waits 100 ms for what may follow it): milliseconds from writing the key to the first
frame after its action began, at rest, while the network trains at full speed, while names are drawn
automatically, and during the second pass over a list of 1 GB (a tenth with --small); and to the first frame
after a chapter of the lesson was prepared. Keys that change nothing are ignored, as far as known: while
something else draws, those that change nothing at rest. All of these also as multiples of the latency of a
bare Textual program, measured just before. Then the CPU time and the output in bytes of ten seconds at rest,
compared with a bare Textual program; and over a connection of 20 kB/s, the time until the response to a key
pressed during training is on the screen.

The app itself records the times at which each action starts and ends, and at which each frame is complete.
"""

from __future__ import annotations

import os
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from textual.keys import key_to_character

from bigram_tui.app import BigramApp
from bigram_tui.files.preferences import remember
from bigram_tui.lesson.chapters import CHAPTERS
from bigram_tui.panes.contexts.pane import ContextsPane
from bigram_tui.panes.contexts.table import RowList
from bigram_tui.panes.counts.pane import CountsPane
from bigram_tui.panes.dataset import DatasetPane
from bigram_tui.panes.generator.pane import GeneratorPane
from bigram_tui.panes.training.pane import TrainingPane
from bigram_tui.widgets.bars import ChoosableBars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.loss_curve import LossCurve
from tests.benchmarks.bench_reading import generate
from tests.benchmarks.wire import BARE, Wire

PANES = {
    "1": (DatasetPane, LineList),
    "2": (CountsPane, BigramGrid),
    "3": (TrainingPane, LossCurve),
    "4": (GeneratorPane, ChoosableBars),
    "5": (ContextsPane, RowList),
}
SEQUENCES = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "enter": b"\r",
    "backspace": b"\x7f",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "space": b" ",
    "ctrl+p": b"\x10",
    "plus": b"+",
    "minus": b"-",
    "slash": b"/",
    "backslash": b"\\",
}
OF_THE_LESSON = {"right_square_bracket", "left_square_bracket", "equals_sign", "backslash"}
LEFT_OUT = {"escape", "q", "ctrl+c", "ctrl+z"} | OF_THE_LESSON
STAYS_A_FIELD = {
    "slash",
    "k",
    "e",
    "N",
    "T",
    "t",
    "o",
    "g",
    "question_mark",
    "f1",
    "w",
    "f2",
    "p",
    "ctrl+p",
    "J",
    "tab",
    "shift+tab",
}
"""Keys that start text input: escape follows."""

REPETITIONS = 3
NO_CHANGE = 1.0
SLOW_LINE = 20_000
"""Bytes per second."""

NOTED = """
import os, sys, time
log = os.fdopen(int(sys.argv[1]), "w", buffering=1)
from textual.app import App
run_action, display = App.run_action, App._display
def busy(app):
    workspace, pane = getattr(app, "workspace", None), app.screen
    if workspace is None:
        return 0
    training = workspace.ready.latest and workspace.trainer.training.latest.running
    if training or getattr(pane, "_run", None) or workspace.describing.latest:
        return 1
    compares = "evaluator" in vars(workspace) and workspace.evaluator.comparison.latest.computing
    return 2 * bool(compares or pane.query("Toast"))
async def noted_action(app, *args, **options):
    log.write(f"begun {time.perf_counter()} {busy(app)}\\n")
    done = await run_action(app, *args, **options)
    if done:
        log.write(f"done {time.perf_counter()} {busy(app)}\\n")
    return done
def noted_display(app, screen, update):
    display(app, screen, update)
    if update is not None:
        log.write(f"frame {time.perf_counter()} {busy(app)}\\n")
App.run_action, App._display = noted_action, noted_display
"""
OURS = """
from bigram_tui import cli
sys.exit(cli.main(sys.argv[2:]))
"""


class Noted:
    """A program on a pseudo-terminal, with the times that it records."""

    def __init__(self, *arguments: str, program: str = OURS) -> None:
        self._moments, theirs = os.pipe()
        os.set_inheritable(theirs, True)
        self.wire = Wire([sys.executable, "-c", NOTED + program, str(theirs), *arguments])
        os.close(theirs)
        self._rest = b""
        self.is_busy = self.is_settling = False

    def moments(self, seconds: float) -> Iterator[tuple[str, float]]:
        """What is recorded in the next seconds, immediately; meanwhile, the screen's output is consumed."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            ready, _, _ = select.select([self._moments, self.wire.fd], [], [], left)
            if self.wire.fd in ready:
                self.wire.read(0)
            if self._moments in ready:
                *lines, self._rest = (self._rest + os.read(self._moments, 65_536)).split(b"\n")
                for line in lines:
                    what, moment, busy = line.decode().split()
                    self.is_busy, self.is_settling = busy == "1", busy == "2"
                    yield what, float(moment)

    def wait(self, seconds: float) -> None:
        for _ in self.moments(seconds):
            pass

    def press(self, key: str) -> None:
        self.wire.press(as_bytes(key))
        self.wait(0.15)

    def answer(self, key: str, since: str = "begun") -> float | None:
        """Seconds from the key to the first frame after its action began or ended; None if nothing
        changes."""
        pressed, noted, frame = self.wire.press(as_bytes(key)), set(), 0.0
        for what, moment in self.moments(NO_CHANGE):
            if what == "frame":
                frame = frame or (moment if since in noted else 0.0)
            noted.add(what)
            if frame and "done" in noted:
                return frame - pressed
        return None

    def close(self) -> None:
        self.wire.close()
        os.close(self._moments)


def as_bytes(key: str) -> bytes:
    sequence = SEQUENCES.get(key) or (key_to_character(key) or key).encode()
    assert len(sequence) == 1 or key in SEQUENCES, f"what does {key} send?"
    return sequence


def keys_of(number: str) -> list[str]:
    """All keys of a pane and its focused part, and those that work everywhere."""
    bindings = [binding for part in (*PANES[number], BigramApp) for binding in part.BINDINGS]
    keys = dict.fromkeys(key for binding in bindings for key in binding.key.split(","))
    return [key for key in (*keys, "tab", "shift+tab", "ctrl+p") if key not in LEFT_OUT]


def answers(
    app: Noted, panes: str, work: tuple[str, ...] = (), only: Collection[str] = ()
) -> Iterator[tuple[str, float]]:
    """Each key of these panes with its milliseconds; background work is restarted when it ends."""
    for number in panes * REPETITIONS:
        for key in keys_of(number):
            if only and f"{number} {key}" not in only:
                continue
            if work and not app.is_busy:
                for begin in work:
                    app.press(begin)
            app.press(number)
            for _ in range(200):
                if app.is_settling:  # results arrive, or a message disappears after five seconds
                    app.wait(0.05)
            taken = app.answer(key)
            if taken is not None:
                yield f"{number} {key}", taken * 1e3
            if key in STAYS_A_FIELD:
                app.wire.press(b"\x1b")
                app.wait(0.3)
            app.wait(0.05)


def chapters(app: Noted) -> Iterator[tuple[str, float]]:
    """The milliseconds to each chapter of the lesson and back."""
    for key in ("right_square_bracket", "left_square_bracket"):
        for _ in CHAPTERS[1:]:
            taken = app.answer(key, since="done")
            app.wait(0.3)
            if taken is not None:
                yield key, taken * 1e3


def of_bare_program() -> float:
    """The key latency of a bare Textual program, in milliseconds."""
    bare = Noted(program=BARE)
    bare.wait(2.0)
    taken = []
    for key in ("down", "up") * 20:
        taken.append(bare.answer(key))
        bare.wait(0.05)
    bare.close()
    return statistics.median(each for each in taken if each is not None) * 1e3


def report(what: str, found: list[tuple[str, float]], bare: float) -> None:
    times = sorted(taken for _, taken in found)
    name, worst = max(found, key=lambda each: each[1])
    percentile = times[min(int(len(times) * 0.99), len(times) - 1)]
    over = sum(taken > 50 for taken in times)
    median = statistics.median(times)
    print(
        f"{what:<28} {len(times):4} keys  median {median:5.1f} ms {median / bare:5.1f}×"
        f"  99 % {percentile:6.1f} ms {percentile / bare:5.1f}×"
        f"  worst {worst:6.1f} ms {worst / bare:5.1f}× ({name}), above 50: {over}"
        f"  bare program {bare:4.1f} ms",
        flush=True,
    )


def opened(*arguments: str) -> Noted:
    app = Noted(*arguments)
    app.wait(6.0)
    for number in "123451":  # the first time takes longer, as at a start
        app.press(number)
        app.wait(0.7)
    return app


def resting(command: list[str]) -> tuple[float, int]:
    """CPU seconds and bytes of output in ten seconds."""
    wire = Wire(command)
    wire.until_quiet(6.0)
    before = wire.processor_seconds()
    written = len(wire.read(10.0))
    used = wire.processor_seconds() - before
    wire.close()
    return used, written


def over_a_slow_line() -> Iterator[tuple[str, float]]:
    """The key, and the seconds until its response was on the screen."""
    wire = Wire([str(Path(sys.executable).with_name("bigram-tui"))])
    wire.until("frequent bigrams")
    wire.until_quiet(3.0)
    for key in ("3", "+", "+", "r"):
        wire.press(key.encode())
        wire.until_quiet(0.3) if key != "r" else None
    answers = {"v": "log", "1": "frequent bigrams", "3": "Loss", "2": "Counts N", "4": "Draw from"}
    for key, shown in answers.items():
        _slowly(wire, 3.0)
        pressed = wire.press(key.encode())
        yield f"{key}", _slowly(wire, 20.0, shown) - pressed
    wire.close()


def _slowly(wire: Wire, seconds: float, shown: str | None = None) -> float:
    """Read at the connection's rate for this long, or until a text is shown; returns the time."""
    seen, began, size = b"", time.perf_counter(), 200
    while time.perf_counter() - began < seconds and (shown is None or shown.encode() not in seen):
        seen += wire.read(size / SLOW_LINE, size)
        time.sleep(size / SLOW_LINE)
    return time.perf_counter()


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as home, tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home)
        remember(welcomed="yes")
        os.chdir(home)
        script.write(BARE)
        script.flush()
        app = opened()
        bare = of_bare_program()
        at_rest = list(answers(app, "12345"))
        change_something = {key for key, _ in at_rest}
        report("at rest", at_rest, bare)
        taught = opened("--lesson")
        bare = of_bare_program()
        report("from chapter to chapter", list(chapters(taught)), bare)
        taught.close()
        bare = of_bare_program()
        for key in ("3", "+", "+"):
            app.press(key)
        report("while the network trains", list(answers(app, "12345", ("3", "r"), change_something)), bare)
        app.press("3")
        app.press("x")
        bare = of_bare_program()
        # Meanwhile no bar is selected that enter would choose, and there may be no name to clear yet.
        only = change_something - {"4 enter", "4 c"}
        report("while names are drawn", list(answers(app, "4", ("4", "r"), only)), bare)
        app.close()
        words = Path(home, "words.txt")
        generate(words, size, None)
        app = opened()
        app.close()
        bare = of_bare_program()
        app = Noted(str(words))
        while not app.is_busy:
            app.wait(0.1)
        found = []
        # There is no word to move to yet, and x would stop the second pass.
        change_something -= {f"1 {key}" for key in ("up", "down", "pageup", "pagedown", "home", "end", "x")}
        for each in answers(app, "12", only=change_something):
            if not app.is_busy:
                break
            found.append(each)
        report(f"while {size / 1e6:,.0f} MB are read", found, bare)
        app.close()
        ours, written = resting([str(Path(sys.executable).with_name("bigram-tui"))])
        bare, bare_written = resting([sys.executable, script.name])
        print(f"ten seconds at rest          {ours:5.2f} s of the processor, {written} bytes", end="")
        print(f"; bare program {bare:5.2f} s, {bare_written} bytes")
        for key, seconds in over_a_slow_line():
            print(f"at 20 kB/s while it trains   {key} answered after {seconds:4.1f} s (goal 2)")


if __name__ == "__main__":
    main(100_000_000 if "--small" in sys.argv else 1_000_000_000)
