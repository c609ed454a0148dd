"""Taking the code of a pane from the real app, and running it as somebody would who saved it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from bigram_tui.code.notebook import Notebook
from bigram_tui.dialogs.code import CodeDialog
from bigram_tui.widgets.unrolled_word import UnrolledWord
from tests.driving import app_of, until
from tests.prepared import run


async def code_of(pilot: Pilot[None]) -> Notebook:
    """What `p` shows in the pane."""
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CodeDialog))
    dialog = pilot.app.screen
    assert isinstance(dialog, CodeDialog)
    await pilot.press("escape")
    return dialog.notebook


def as_printed(shown: str) -> str:
    """A number of a pane as the code prints it, which writes what is tiny and what is nothing alike."""
    return f"{float(shown.replace('−', '-')):.4f}"


def printed(notebook: Notebook, folder: Path) -> str:
    """What the code prints as a file, in a Python and a folder of its own."""
    script = folder / "snippet" / "code.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(notebook.as_script(), encoding="utf-8")
    done = run(script, folder=script.parent, prepared=("numpy", "torch"))
    assert done.returncode == 0, done.stderr.decode() + notebook.as_script()
    return done.stdout.decode()


def printed_alone(script: Path) -> str:
    """What a saved file prints as a person runs it: python file.py."""
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
    """The numbers in a text as they are written, in their order."""
    return re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf", text.replace("−", "-"))


def agree(printed: list[str], shown: list[str]) -> bool:
    """Whether the numbers that the code printed are those of the pane, which writes 0 and 3e-5 shorter."""
    return len(printed) == len(shown) and all(
        p == s or ("." in p and f"{float(s.replace(',', '')):.{len(p.partition('.')[2])}f}" == p)
        for p, s in zip(printed, shown, strict=True)
    )


def static(pilot: Pilot[None], selector: str) -> str:
    """What stands in a part of the pane, whether it is in sight or not."""
    part = app_of(pilot).screen.query_one(selector, Static)
    if isinstance(part.content, UnrolledWord):
        return part.content.arranged(part.content_size.width).plain
    return str(part.content)
