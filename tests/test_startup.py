"""What a start loads: nothing that takes long, before it is needed. Each case is a Python of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {"nbformat", "numpy", "pygments", "rapidfuzz", "requests", "textual", "textual_plot", "torch"}

RUN_AND_LIST_MODULES = """
import sys
from bigram_tui.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as ended:
    status = ended.code
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(status)
"""


def modules_after(code: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=True
    )
    modules = set(done.stderr.split())
    assert "bigram_tui" in modules
    return modules


def test_importing_the_package_loads_nothing_slow() -> None:
    modules = modules_after("import sys, bigram_tui; print(*sys.modules, file=sys.stderr)")
    assert not modules & SLOW


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing_slow(option: str) -> None:
    assert not modules_after(RUN_AND_LIST_MODULES, option) & SLOW


@pytest.mark.parametrize("report", ["stats", "counts", "train", "sample", "score"])
def test_the_help_of_a_report_loads_nothing_slow(report: str) -> None:
    assert not modules_after(RUN_AND_LIST_MODULES, report, "--help") & SLOW


def test_the_first_frame_needs_nothing_slow_but_textual() -> None:
    """What is loaded when the app begins to load torch, which is after the first frame."""
    modules = modules_after(
        "import sys; from pathlib import Path; from bigram_tui.app import BigramApp\n"
        "from bigram_tui.lm.settings import TrainingSettings; from bigram_tui.lm.sources import load\n"
        "def stop(app): print(*sys.modules, file=sys.__stderr__); app.exit()\n"
        "BigramApp._load_torch = stop\n"
        "BigramApp(load('us-names', Path()), TrainingSettings(), 1.0).run(headless=True)\n"
    )
    assert modules & SLOW == {"textual"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["stats"],
        ["stats", "--json"],
        ["counts"],
        ["counts", "--json"],
        ["counts", "--format", "csv", "--view", "probabilities"],
        ["score", "us-names", "emma"],
    ],
    ids=" ".join,
)
def test_reading_counting_and_scoring_do_without_torch(arguments: list[str]) -> None:
    assert "torch" not in modules_after(RUN_AND_LIST_MODULES, *arguments)


def test_a_report_that_needs_torch_shows_that_this_file_would_notice() -> None:
    assert "torch" in modules_after(RUN_AND_LIST_MODULES, "sample", "-n", "1")


def test_the_module_can_be_run_like_the_command(command: str, tmp_path: Path) -> None:
    from bigram_tui import __version__

    for start in ([command], [sys.executable, "-m", "bigram_tui"]):
        done = subprocess.run(
            [*start, "--version"], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
        )
        assert done.stdout == f"bigram-tui {__version__}\n"
