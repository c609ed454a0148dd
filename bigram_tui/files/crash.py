"""Handling of unexpected exceptions: saves a crash report and says where."""

import os
import platform
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from bigram_tui import __version__
from bigram_tui.files.locations import crash_folder
from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.vocabulary import visible

EXIT_STATUS = 70
"""EX_SOFTWARE of sysexits.h: an internal software error."""

MAX_FRAMES = 30
"""The number of innermost stack frames in a report."""


def explain_crash(error: BaseException) -> str:
    """Save a crash report, and return a message. Reports contain no data that the user typed or opened."""
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    report = "\n".join((f"bigram-tui {__version__}, {python}", *_described(error), ""))
    try:
        file = crash_folder() / f"crash-{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}.txt"
        write_atomically(file, report.encode())
    except OSError:
        where = "It could not be saved:\n" + report
    else:
        where = f"What is known about it was saved in {visible(str(file))}"
    return (
        f"bigram-tui ended because of a bug ({type(error).__qualname__}).\n"
        f"{where}\n"
        "It contains none of your data. Please report it as an issue, and say what you did before."
    )


def _described(error: BaseException) -> Iterator[str]:
    """The tracebacks of an exception and its causes, without messages, since those may quote data."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _described(cause)
        yield "which led to"
    yield type(error).__qualname__
    for frame in traceback.extract_tb(error.__traceback__, limit=-MAX_FRAMES):
        yield f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}: {frame.line}"


def report_crash(error: BaseException) -> int:
    """Print `explain_crash` on standard error; returns the exit status."""
    print(explain_crash(error), file=sys.stderr)
    return EXIT_STATUS
