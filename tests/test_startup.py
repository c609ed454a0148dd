"""What happens at startup: nothing slow before it is needed, and nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet

from bigram_tui.app import BigramApp
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.dataset import DatasetPane
from bigram_tui.reports import REPORTS
from bigram_tui.starting import _libraries
from bigram_tui.words.corpus import Corpus
from tests.driving import lines_of, on_screen, until

SLOW = {
    "markdown_it",
    "nbformat",
    "numpy",
    "pygments",
    "rapidfuzz",
    "requests",
    "textual",
    "textual_plot",
    "torch",
}

RUN_AND_LIST_MODULES = """
import sys
from bigram_tui.cli import main
for line in sys.argv[1:]:
    try:
        status = main(line.split())
    except SystemExit as ended:
        status = ended.code
    assert not status, line
print(*sorted(sys.modules), file=sys.stderr)
"""
"""Runs the command with each of its arguments in turn."""


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


def test_version_and_help_load_nothing_slow() -> None:
    reports = ("stats", "counts", "train", "sample", "score")
    helps = [f"{report} --help" for report in reports]
    assert not modules_after(RUN_AND_LIST_MODULES, "--version", "--help", *helps) & SLOW


@pytest.mark.parametrize(("line", "imported"), [("--help", []), ("stats --json", ["stats"])])
def test_only_the_report_that_is_asked_for_is_imported(line: str, imported: list[str]) -> None:
    modules = modules_after(RUN_AND_LIST_MODULES, line)
    assert [report for report in REPORTS if f"bigram_tui.reports.{report}" in modules] == imported


RUN_UNTIL = """
import sys
from pathlib import Path
from bigram_tui.app import BigramApp
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.words.sources import load
keys, shown = sys.argv[1:]
def noted(app):
    screen = "".join(strip.text for strip in app.screen._compositor.render_strips())
    if shown in screen:
        print(*sys.modules, file=sys.__stderr__)
        app.exit()
BigramApp._load_torch = lambda app: None
BigramApp.post_display_hook = noted
BigramApp.on_ready = lambda app: app.call_after_refresh(lambda: [app.simulate_key(key) for key in keys])
BigramApp(load("us-names", Path()), TrainingSettings(), 1.0).run(headless=True, size=(140, 40))
"""


@pytest.mark.parametrize(
    ("keys", "shown"),
    [("", "Words by length"), ("2", "Counts N (229,804 bigrams)"), ("2", "the most frequent after")],
    ids=["Dataset", "Counts", "Counts with its explanation"],
)
def test_the_first_frames_need_nothing_slow_but_textual(keys: str, shown: str) -> None:
    modules = modules_after(RUN_UNTIL, keys, shown)
    assert modules & SLOW == {"textual"}
    assert not modules & {"ctypes", "bigram_tui.session.generator", "bigram_tui.words.downloads"}


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("4nn", "axx"),
        ("4Mn", "uniform   P"),
        ("4d", "needs torch, which"),
    ],
    ids=["names are drawn", "models are compared", "the other draw method"],
)
def test_the_generator_does_not_wait_for_torch(keys: str, shown: str) -> None:
    assert "torch" not in modules_after(RUN_UNTIL, keys, shown)


@pytest.mark.skipif(not _libraries(), reason="this torch is loaded by a plain import")
def test_torchs_libraries_are_loaded_with_ctypes_before_the_import() -> None:
    """ctypes releases the GIL; importing them would hold it, and stop the app."""
    modules_after(
        "import sys; from pathlib import Path; from bigram_tui.starting import _libraries, _load_library\n"
        "for library in _libraries(): _load_library(library)\n"
        "assert all(str(library) in Path('/proc/self/maps').read_text() for library in _libraries())\n"
        "assert not {'torch', 'numpy'} & sys.modules.keys()\n"
        "import torch; assert torch.rand(2, 2).shape == (2, 2)\n"
        "print(*sys.modules, file=sys.stderr)"
    )


def test_quitting_while_torch_is_loaded_exits_cleanly() -> None:
    modules = modules_after(
        "import sys, time; from bigram_tui.starting import load_torch_in_background\n"
        "load_torch_in_background(lambda: print('loaded'))\n"
        "while 'numpy' not in sys.modules: time.sleep(0.001)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    assert "numpy" in modules


async def test_styles_are_parsed_and_widgets_laid_out_once_before_the_first_frame(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    def noted(of: type, name: str) -> None:
        original = getattr(of, name)
        monkeypatch.setattr(of, name, lambda *args, **kw: (happened.append(name), original(*args, **kw))[1])

    noted(Stylesheet, "reparse")
    noted(App, "refresh_css")
    noted(DatasetPane, "update_node_styles")
    app = BigramApp(us_names, TrainingSettings(), 1.0)
    async with app.run_test(size=(140, 40)) as pilot:
        assert happened == []
        await pilot.press("2", "3", "4", "1", "2")
        assert happened == [], "nor when another pane is opened, or shown again"


@pytest.mark.parametrize("theme", ["bigram-dark", "bigram-light", "nord"])
async def test_the_first_frame_has_the_colours_of_the_theme(
    us_names: Corpus, isolated_home: Path, theme: str
) -> None:
    """It looks the same after all styles are parsed and applied again."""
    settings = isolated_home / ".config" / "bigram-tui" / "settings.json"
    settings.write_text(json.dumps({"theme": theme, "welcomed": "yes"}))
    app = BigramApp(us_names, TrainingSettings(), 1.0)
    async with app.run_test(size=(140, 40)) as pilot:
        first = drawn(app)
        app.refresh_css(animate=False)
        await pilot.pause()
        assert drawn(app) == first
        await pilot.press("2")
        await until(pilot, lambda: "frequent after the beginning" in on_screen(pilot))
        first = drawn(app)
        app.refresh_css(animate=False)
        await pilot.pause()
        assert drawn(app) == first


def drawn(app: BigramApp) -> list[list[tuple[str, str]]]:
    """The screen line by line, each text with its style."""
    lines = lines_of(app.screen)
    return [[(segment.text, str(segment.style)) for segment in line.simplify()] for line in lines]


def test_reading_counting_scoring_and_drawing_do_without_torch() -> None:
    without = (
        "stats",
        "stats --json",
        "counts",
        "counts --json",
        "counts --format csv --view probabilities",
        "score us-names emma",
        "score us-names emma --model uniform",
        "sample -n 5 --json",
        "sample -n 5 --model uniform --temperature 0.5",
    )
    assert "torch" not in modules_after(RUN_AND_LIST_MODULES, *without)


def test_the_check_for_torch_works() -> None:
    assert "torch" in modules_after(RUN_AND_LIST_MODULES, "sample -n 1 --method multinomial")


def test_the_module_can_be_run_like_the_command(command: str, tmp_path: Path) -> None:
    from bigram_tui import __version__

    for start in ([command], [sys.executable, "-m", "bigram_tui"]):
        done = subprocess.run(
            [*start, "--version"], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
        )
        assert done.stdout == f"bigram-tui {__version__}\n"
