"""The command line: opens the app or prints a report."""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, NoReturn

from bigram_tui import __version__
from bigram_tui.arguments import (
    HelpFormatter,
    Parser,
    add_app_options,
    check_smoother,
    check_split,
    reading_options,
)
from bigram_tui.lm.errors import BigramError, DatasetError
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.reports import REPORTS
from bigram_tui.texts import speak
from bigram_tui.words.built_in import BUILT_IN, DEFAULT
from bigram_tui.words.split import Fractions, Split

if TYPE_CHECKING:
    from bigram_tui.app import BigramApp
    from bigram_tui.words.streams import Source

FAILURE, USAGE, BROKEN_PIPE, INTERRUPTED = 1, 2, 141, 130

SERVE = "serve"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    _make_output_safe()
    try:
        try:
            return _run(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()
    except BigramError as error:
        print(f"bigram-tui: {error}", file=sys.stderr)
        return FAILURE
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:
        _forget_output()
        print(f"bigram-tui: the output cannot be written: {error.strerror}", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from bigram_tui.files.crash import report_crash

        return report_crash(error)


def _make_output_safe() -> None:
    """Write characters that the output's encoding lacks as escapes; if output is closed, discard it."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """Redirect buffered output to nowhere after a broken pipe: otherwise Python complains on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in REPORTS:
        return _print_report(arguments[0], arguments[1:])
    if arguments and arguments[0] == SERVE:
        from bigram_tui.serving import serve

        return serve(arguments[1:])
    parser = _app_parser()
    options = parser.parse_args(arguments)
    check_smoother(options, parser)
    check_split(options, parser)
    if not options.plain:
        return _open_app(options)
    if not options.lesson or options.dataset != DEFAULT:
        parser.error("--plain goes with --lesson, which has its own list; reports have their own --plain")
    return _tell_lesson(options)


def _tell_lesson(options: argparse.Namespace) -> int:
    from bigram_tui.files.preferences import preferred_language
    from bigram_tui.lesson.plain import tell_lesson

    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    language = options.language or preferred_language()
    speak(language)
    tell_lesson(language, REPORTS, _report_in_lesson)
    return 0


def _report_in_lesson(line: list[str]) -> str | None:
    """Print a report with --plain if possible; returns its DATASET, or None if it failed."""
    name, *arguments = line
    parser = _report_parser(name)
    parser.usage = argparse.SUPPRESS  # a screen reader would read all of it for one wrong word
    try:
        options = _report_options(parser, name, arguments)
        options.plain = True
        if _run_report(name, options) == 0:
            return str(options.dataset)
    except SystemExit as ended:
        if ended.code not in (0, USAGE):  # ended by a signal
            raise
    except BigramError as error:
        print(f"bigram-tui: {error}", file=sys.stderr)
    return None


def _print_report(name: str, arguments: list[str]) -> int:
    return _run_report(name, _report_options(_report_parser(name), name, arguments))


def _report_options(parser: Parser, name: str, arguments: list[str]) -> argparse.Namespace:
    options: argparse.Namespace = getattr(_module(name), "parse", Parser.parse_args)(parser, arguments)
    return options


def _run_report(name: str, options: argparse.Namespace) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_by_signal)
    options.reading = reading_options(options)
    status: int = _module(name).run(options)
    return status


def _module(report: str) -> ModuleType:
    return import_module(f"bigram_tui.reports.{report}")


def _end_by_signal(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _open_app(options: argparse.Namespace) -> int:
    from bigram_tui.files.locations import is_served

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
    from bigram_tui.files.locations import cache_folder, is_served
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
    from bigram_tui.words.streams import Source

    if sys.stdin is None or sys.stdin.isatty():
        raise DatasetError("standard input is a terminal; pipe a word list into it, as in: cat names.txt | …")
    pipe = os.fdopen(os.dup(0), "rb", buffering=0)
    return Source("standard input", lambda: pipe, size=None)


def _read_keys_from(keyboard: int) -> None:
    """Replace standard input, which is the word list, unusable or closed, by the keyboard."""
    if keyboard != 0:
        os.dup2(keyboard, 0)
        os.close(keyboard)
    if sys.__stdin__ is None:  # Textual reads from it
        setattr(sys, "__stdin__", open(0, encoding="utf-8", closefd=False))  # noqa: B010, SIM115


def _app_parser() -> Parser:
    width = max(map(len, REPORTS))
    parser = Parser(
        prog="bigram-tui",
        description="Learn how a language model works: see how often each letter follows each other\n"
        "letter in a list of names, train a network on it, and draw new names.",
        epilog="reports, which need no screen (for details: bigram-tui REPORT --help):\n"
        + "\n".join(f"  {name:<{width}}  {text}" for name, text in REPORTS.items())
        + f"\n\nin browsers, for a class: bigram-tui {SERVE} (for details: bigram-tui {SERVE} --help)",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"bigram-tui {__version__}")
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=("bash", "zsh", "fish"),
        help="print a completion script for this shell, and exit",
    )
    add_app_options(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        help="with --lesson: run the lesson as plain text, without drawing on the screen",
    )
    return parser


class _PrintCompletion(argparse.Action):
    def __call__(
        self, parser: argparse.ArgumentParser, _namespace: object, shell: object, _option: object = None
    ) -> NoReturn:
        import shtab

        print(shtab.complete(_all_in_one(shtab.FILE), str(shell)))
        parser.exit()


def _all_in_one(file: object) -> Parser:
    """A single parser with the options of the app and all subcommands, as shtab expects for completion.

    Options whose values are files are marked with `file`.
    """
    from bigram_tui.serving import where_to_serve

    parser = Parser(prog="bigram-tui")
    commands = parser.add_subparsers()
    for name, about in REPORTS.items():
        commands.add_parser(name, parents=[_report_parser(name)], add_help=False, help=about)
    serve = commands.add_parser(SERVE, parents=[where_to_serve()], help="the app in browsers")
    for of_the_app in (parser, serve):
        add_app_options(of_the_app)
    parser.add_argument("--plain", action="store_true", help="run the lesson as plain text")
    for each in (parser, *commands.choices.values()):
        for action in each._actions:
            if action.metavar in ("DATASET", "FILE"):
                setattr(action, "complete", file)  # noqa: B010, read by shtab
    return parser


def _report_parser(name: str) -> Parser:
    parser = Parser(
        prog=f"bigram-tui {name}", description=f"Print {REPORTS[name]}.", formatter_class=HelpFormatter
    )
    _module(name).add_options(parser)
    return parser
