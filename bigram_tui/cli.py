"""The command line: opens the app, serves it to browsers, or prints a report."""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from bigram_tui import __version__
from bigram_tui.arguments import (
    USAGE,
    HelpFormatter,
    Parser,
    add_app_options,
    check_smoother,
    check_split,
    reading_options,
)
from bigram_tui.lm.errors import BigramError
from bigram_tui.reports import REPORTS
from bigram_tui.texts import speak
from bigram_tui.words.built_in import DEFAULT

FAILURE, BROKEN_PIPE, INTERRUPTED = 1, 141, 130

SERVE = "serve"


class OutputError(OSError):
    """Standard output cannot be written."""


class _Output(io.FileIO):
    """Standard output, whose errors can be told from those of everything else."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            written = super().write(data)
            if written is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        except OSError as error:
            raise OutputError(*error.args) from None
        return written


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
    except OutputError as error:
        _forget_output()
        if error.errno == errno.EPIPE:
            return BROKEN_PIPE
        print(f"bigram-tui: the output cannot be written: {error.strerror}", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from bigram_tui.files.crash import report_crash

        return report_crash(error)


def _make_output_safe() -> None:
    """Write characters that the output's encoding lacks as escapes; if output is closed, discard it."""
    if (given := sys.__stdout__) is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    elif sys.stdout is given:
        bare = _Output(given.fileno(), "w", closefd=False)
        sys.stdout = io.TextIOWrapper(
            bare if given.write_through else io.BufferedWriter(bare),
            given.encoding,
            "backslashreplace",
            line_buffering=given.line_buffering,
            write_through=given.write_through,
        )


def _forget_output() -> None:
    """Redirect what could not be written to nowhere: otherwise Python complains on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in REPORTS:
        name, *asked = arguments
        return _run_report(name, _report_options(_report_parser(name), name, asked))
    if arguments and arguments[0] == SERVE:
        from bigram_tui.serving import serve

        return serve(arguments[1:])
    parser = _app_parser()
    if arguments:
        _check_name(arguments[0], parser)
    options = parser.parse_args(arguments)
    check_smoother(options, parser)
    check_split(options, parser)
    if not options.plain:
        from bigram_tui.launching import open_app

        return open_app(options)
    if not options.lesson or options.dataset != DEFAULT:
        parser.error("--plain goes with --lesson, which has its own list; reports have their own --plain")
    return _tell_lesson(options)


def _check_name(name: str, parser: Parser) -> None:
    """A misspelled report would be taken for a list, and its options for those of the app."""
    from difflib import get_close_matches

    near = get_close_matches(name, (*REPORTS, SERVE), 1, cutoff=0.8) if name.isalpha() else []
    if near and not os.path.exists(name):
        parser.error(f"{name} does not exist; did you mean bigram-tui {near[0]}?")


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


def _report_options(parser: Parser, name: str, arguments: list[str]) -> argparse.Namespace:
    options: argparse.Namespace = getattr(_module(name), "parse", Parser.parse_args)(parser, arguments)
    return options


def _run_report(name: str, options: argparse.Namespace) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    options.reading = reading_options(options)
    status: int = _module(name).run(options)
    return status


def _module(report: str) -> ModuleType:
    return import_module(f"bigram_tui.reports.{report}")


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
