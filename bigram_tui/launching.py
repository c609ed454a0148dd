"""Opening the app from the command line, in a terminal or for a browser."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

from bigram_tui.arguments import USAGE, reading_options
from bigram_tui.files.locations import cache_folder, is_served
from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.reports import REPORTS
from bigram_tui.words.built_in import BUILT_IN, DEFAULT
from bigram_tui.words.split import Fractions, Split

if TYPE_CHECKING:
    from bigram_tui.app import BigramApp
    from bigram_tui.words.streams import Source


def open_app(options: argparse.Namespace) -> int:
    if is_served():
        return _begin_app(options, None)
    keyboard = _keyboard()
    if os.environ.get("TERM") in {"dumb", "unknown"} or not (sys.stderr and sys.stderr.isatty()):
        return _point_at_the_reports("there is no terminal to draw on")
    if keyboard is None:
        return _point_at_the_reports("there is no terminal to read keys from")
    return _begin_app(options, keyboard)


def _begin_app(options: argparse.Namespace, keyboard: int | None) -> int:
    """Run the app, with the keyboard of a terminal or of a browser."""
    gc.disable()  # objects created before the first frame live on: collecting would be wasted time
    from bigram_tui.words.sources import check, is_quick, load

    _check_working_folder()
    reading = reading_options(options)
    check(options.dataset, reading)
    quick = is_quick(options.dataset)
    corpus = load(options.dataset if quick else DEFAULT, cache_folder(), options=reading if quick else None)
    if keyboard is None and options.dataset == "-":
        raise DatasetError("standard input carries what the browser sends: save the list to a file")
    piped = _piped() if options.dataset == "-" else None
    if keyboard is not None:
        _read_keys_from(keyboard)

    from bigram_tui.app import BigramApp
    from bigram_tui.session.learning import Learning
    from bigram_tui.session.opening import Opening, remember_recent

    asked_for = Opening(options.dataset, reading, piped)
    if is_served() and options.dataset not in BUILT_IN:
        remember_recent(asked_for)
    opening = None if quick else asked_for
    app = BigramApp(
        corpus,
        TrainingSettings.of(options),
        options.smoothing,
        options.temperature,
        opening,
        options.language,
        options.lesson,
        options.smoother,
        Learning(
            1 if options.context is None else options.context,
            options.split is not None,
            Split(options.split or Fractions(), options.split_seed),
        ),
    )
    threading.excepthook = partial(_end_with_thread, app)
    app.run()
    if app.crash is None:
        return app.return_code or 0
    from bigram_tui.files.crash import report_crash

    return report_crash(app.crash)


def _end_with_thread(app: BigramApp, failed: threading.ExceptHookArgs) -> None:
    """An exception in a thread ends the app like any other, except SystemExit, which only ends the thread."""
    if isinstance(failed.exc_value, Exception):
        app.call_later(app.end_because_of, failed.exc_value)


def _point_at_the_reports(problem: str) -> int:
    reports = ", ".join(f"bigram-tui {report}" for report in REPORTS)
    print(f"bigram-tui: {problem}; without one, use a report: {reports}", file=sys.stderr)
    return USAGE


def _check_working_folder() -> None:
    """Fail early if the working directory was deleted: torch would abort the process later."""
    try:
        os.getcwd()
    except OSError as error:
        raise DatasetError(f"the current folder cannot be used: {error.strerror}") from None


def _keyboard() -> int | None:
    """A file descriptor to read keys from: standard input, or else the controlling terminal, if any."""
    if os.isatty(0):
        return 0
    try:
        return os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return None


def _piped() -> Source:
    """Standard input as a source, saved before the keyboard takes its place."""
    from bigram_tui.words.sources import standard_input
    from bigram_tui.words.streams import Source

    pipe = standard_input()
    return Source("standard input", lambda: pipe, size=None)


def _read_keys_from(keyboard: int) -> None:
    """Replace standard input, which is the word list, unusable or closed, by the keyboard."""
    if keyboard != 0:
        os.dup2(keyboard, 0)
        os.close(keyboard)
    if sys.__stdin__ is None:  # Textual reads from it
        setattr(sys, "__stdin__", open(0, encoding="utf-8", closefd=False))  # noqa: B010, SIM115
