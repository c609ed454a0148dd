"""What happens after an unexpected exception: a report is saved, and one paragraph says where."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from bigram_tui import __version__
from bigram_tui.locations import crash_folder

EXIT_STATUS = 70
"""EX_SOFTWARE of sysexits.h: an internal software error."""


def explain_crash(error: BaseException) -> str:
    """Save a report and say so. It holds the program's own lines, and nothing the user typed or opened."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"  {Path(f.filename).name}:{f.lineno} in {f.name}: {f.line}" for f in frames]
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    report = "\n".join((f"bigram-tui {__version__}, {python}", type(error).__qualname__, *lines, ""))
    try:
        folder = crash_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix="crash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(report)
    except OSError:
        where = "It could not be saved:\n" + report
    else:
        where = f"What is known about it was saved in {file.name}"
    return (
        f"bigram-tui ended because of a mistake in the program ({type(error).__qualname__}).\n"
        f"{where}\n"
        "It holds no data of yours. Please send it to the authors as an issue, with what you did before."
    )


def report_crash(error: BaseException) -> int:
    """`explain_crash` on standard error; returns the exit status."""
    print(explain_crash(error), file=sys.stderr)
    return EXIT_STATUS
