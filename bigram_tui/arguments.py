"""Options that the app and its reports share, and checks of their combinations."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NoReturn

from bigram_tui.lm import settings
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import SettingKind, TrainingSettings, whole_number
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import LANGUAGES
from bigram_tui.words.built_in import BUILT_IN, DEFAULT
from bigram_tui.words.options import READING, ReadingOptions
from bigram_tui.words.split import DEFAULT_SPLIT_SEED, SPLIT, SPLIT_SEED

USAGE = 2
"""argparse's exit status for wrong usage."""

DATASET_HELP = (
    f"{', '.join(BUILT_IN)}, a text file with one word per line, a CSV or TSV table, JSON, any of these "
    "compressed or in a zip archive, a folder of such files or a quoted pattern like 'yob*.txt', a table "
    "saved by counts, - for standard input, or a URL"
)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Adds the default to an option's help, if there is one worth showing."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default not in (None, False, "") else action.help


class _Joined(argparse.Action):
    """Joins several datasets into one string that names them all."""

    def __call__(
        self, _parser: object, namespace: argparse.Namespace, values: Any, _flag: object = None
    ) -> None:
        if isinstance(values, list):
            setattr(namespace, self.dest, values[0] if len(values) == 1 else shlex.join(values))


def add_app_options(parser: argparse.ArgumentParser) -> None:
    add_dataset(parser)
    add_smoother(parser)
    add_context(parser)
    add_temperature(parser)
    add_training(parser)
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        help="the app's language (default: the one chosen last, or else the locale's)",
    )
    parser.add_argument("--lesson", action="store_true", help="start or resume the lesson")


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add DATASET, one or several, and how it is read."""
    several = f"{DATASET_HELP}; or several, which are read in this order"
    parser.add_argument(
        "dataset", metavar="DATASET", nargs="*", action=_Joined, default=DEFAULT, help=several
    )
    add_reading(parser)


def add_reading(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reading the word list")
    for field in fields(ReadingOptions):
        kind = READING[field.name]
        if field.default is False:
            group.add_argument(_flag(field.name), action="store_true", help=kind.help)
        else:
            add_setting(group, kind, field.default)


def add_smoother(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smoother",
        choices=settings.SMOOTHERS,
        default=settings.ADD_K,
        help="how unseen n-grams are handled",
    )
    add_setting(parser, settings.SMOOTHING, None, default_is=f"{settings.DEFAULT_SMOOTHING:g}, with add-k")


def add_context(parser: argparse.ArgumentParser) -> None:
    add_setting(parser, settings.CONTEXT, None, default_is=1)
    add_setting(parser, SPLIT, None, default_is="learn from all")
    add_setting(parser, SPLIT_SEED, None, default_is=DEFAULT_SPLIT_SEED)


def add_temperature(parser: argparse.ArgumentParser) -> None:
    add_setting(parser, settings.TEMPERATURE, settings.DEFAULT_TEMPERATURE)


def add_training(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the network and the random numbers")
    group.add_argument(
        "--init",
        choices=settings.INITIALIZATIONS,
        default=TrainingSettings.init,
        help="the initial weights",
    )
    for field in fields(TrainingSettings):
        if field.name in settings.TRAINING:
            add_setting(group, settings.TRAINING[field.name], field.default)


def add_setting(
    group: argparse._ActionsContainer, kind: SettingKind, default: object, default_is: object = None
) -> None:
    """Add an option; `default_is` describes the default if that is not a value."""
    said = "" if default_is is None else f" (default: {default_is})"
    group.add_argument(
        _flag(kind.name), type=typed(kind.read), default=default, metavar=kind.metavar, help=kind.help + said
    )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def typed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A parser of option values that turns errors into argparse messages."""

    def value(text: str) -> Any:
        try:
            return read(text)
        except (ValueError, SettingError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value


def at_least_one(text: str) -> int:
    if (count := whole_number(text)) < 1:
        raise SettingError("it must be at least 1")
    return count


def check_smoother(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if options.smoothing is None:
        options.smoothing = settings.DEFAULT_SMOOTHING
    else:
        check_has_k("--smoothing", options, parser)


def check_has_k(option: str, options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Refuse an option on the k of add-k if another smoother was asked for."""
    if options.smoother != settings.ADD_K:
        parser.error(f"{option} goes with --smoother {settings.ADD_K}: {options.smoother} has no k")


def check_split(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if options.split is None and options.split_seed is not None:
        parser.error("--split-seed needs --split")
    options.split_seed = DEFAULT_SPLIT_SEED if options.split_seed is None else options.split_seed


def reading_options(options: argparse.Namespace) -> ReadingOptions:
    return ReadingOptions(**{field.name: getattr(options, field.name) for field in fields(ReadingOptions)})
