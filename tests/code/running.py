"""Taking the code of a pane from the real app, and running it as a user would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from bigram_tui.code.notebook import Notebook
from bigram_tui.dialogs.code import CodeDialog
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.training.drawn_now import DrawnNow
from bigram_tui.panes.training.step_inside import StepInside
from bigram_tui.panes.training.views import Views
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.names_table import NamesTable
from bigram_tui.widgets.unrolled_word import UnrolledWord
from tests.driving import app_of, until
from tests.prepared import run


async def code_of(pilot: Pilot[None]) -> Notebook:
    """The code that `p` shows in the pane."""
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CodeDialog))
    dialog = pilot.app.screen
    assert isinstance(dialog, CodeDialog)
    await pilot.press("escape")
    return dialog.notebook


def as_printed(shown: str) -> str:
    """A number of a pane in the format of the code, which prints tiny numbers and 0 alike."""
    return f"{float(shown.replace('−', '-')):.4f}"


def printed(notebook: Notebook, folder: Path) -> str:
    """The output of the code as a script, in a new Python process and folder."""
    script = folder / "snippet" / "code.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(notebook.as_script(), encoding="utf-8")
    done = run(script, folder=script.parent, prepared=("numpy", "torch"))
    assert done.returncode == 0, done.stderr.decode() + notebook.as_script()
    return done.stdout.decode()


def printed_alone(script: Path) -> str:
    """The output of a saved script, run by a user: python file.py."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", script.name],
        capture_output=True,
        cwd=script.parent,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def numbers(text: str) -> list[str]:
    """The numbers in a text, as written, in order."""
    text = text.replace("−", "-").replace("∞", "inf")
    return re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf", text)


def agree(printed: list[str], shown: list[str]) -> bool:
    """Whether the printed numbers are those of the pane, which formats 0 and 3e-5 differently."""
    return len(printed) == len(shown) and all(
        p == s or ("." in p and f"{float(s.replace(',', '')):.{len(p.partition('.')[2])}f}" == p)
        for p, s in zip(printed, shown, strict=True)
    )


def static(pilot: Pilot[None], selector: str) -> str:
    """The text of a part of the pane, visible or not."""
    part = app_of(pilot).screen.query_one(selector, Static)
    if isinstance(part.content, UnrolledWord):
        return part.content.arranged(part.content_size.width).plain
    return str(part.content)


async def finish(pilot: Pilot[None]) -> None:
    await pilot.press("f")
    await until(pilot, lambda: not app_of(pilot).workspace.trainer.training.latest.running)


def check_training(text: str, pilot: Pilot[None]) -> None:
    """The losses, their references, the table's cell and the drawn names are the same as in the pane."""
    lines, pane = text.splitlines(), pilot.app.screen
    shown = [numbers(line)[0] for line in static(pilot, "#now").splitlines()[:-1]]
    if len(shown) == 8:
        assert lines.pop() == f"dev nll {shown.pop(3)} nats"
    assert agree(numbers("\n".join(lines[:7])), shown)
    names = drawn_now(pilot)
    assert [visible(line) for line in lines[8:]] == names
    views = pane.query_one(Views)
    view = views.table.grid.view
    assert view is not None
    cell = view.number(view.value(*views.ngram))
    assert re.sub(r"^(-?)0(?=\.)", r"\1", lines[7]) == cell.replace("−", "-").removeprefix("~")


def check_inside(text: str, pilot: Pilot[None]) -> None:
    """The vectors and what is derived from them; one-hot has a value on each line only for bigrams."""
    inside, dataset = app_of(pilot).screen.query_one(StepInside), app_of(pilot).workspace.dataset.latest
    vectors = inside.query_one(LineList)
    rows = [numbers(vectors.line(item, 80)[4:].plain) for item in vectors.items]
    assert {len(row) for row in rows} == {4 if dataset.counts.context == 1 else 3}
    derived = numbers(str(inside.query_one("#derivation", Static).content).replace(",", ""))
    lines = text.splitlines()
    lines = lines[7 : len(lines) - len(drawn_now(pilot)) - bool(dataset.dev)]
    assert all(agree(numbers(line), row) for line, row in zip(lines, rows, strict=False))
    others = numbers(" ".join(lines[len(rows) :]).replace("W**2", ""))
    assert len(others) == 12
    assert {*others} - {*derived} <= {"0.000000"}  # shown as 0 by the pane, if it never occurred


def drawn_now(pilot: Pilot[None]) -> list[str]:
    drawn = app_of(pilot).screen.query_one(DrawnNow)
    return list(drawn.items) if drawn.display else []


def check_names(text: str, pilot: Pilot[None]) -> None:
    """The names and their likelihoods are the first of the list."""
    names = app_of(pilot).screen.query_one(NamesTable)._names[:5]
    assert names
    assert text.splitlines() == [f"{name.name} {name.nll:.4f}" for name in names]


def check_compared(text: str, pilot: Pilot[None]) -> None:
    """Each model's names begin with those in the list."""
    names = app_of(pilot).screen.query_one(NamesTable)._names
    lines = text.splitlines()
    for model in ("counts", "network", "uniform"):
        drawn = [line for line in lines if line.startswith(f"{model} ")]
        own = [f"{model} {name.name} {name.nll:.4f}" for name in names if name.model == model][:5]
        assert drawn[: len(own)] == own
        assert len(drawn) == (len(own) or 5)
