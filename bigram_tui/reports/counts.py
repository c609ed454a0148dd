"""The report `counts`: the table of counts, or of probabilities."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from rich.console import Console

from bigram_tui.arguments import add_context, add_dataset, add_smoother, check_smoother, check_split
from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.vocabulary import normalize, visible
from bigram_tui.reports.input import add_workers_or_scheduler, read_dataset
from bigram_tui.reports.learning import learned_from
from bigram_tui.reports.output import add_json_or_plain
from bigram_tui.reports.saving import add_saving, file_to_save, save
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.views.count_table import count_table
from bigram_tui.views.exports import table_as_csv, table_as_json
from bigram_tui.views.grid import GridView
from bigram_tui.views.grid_views import VIEWS
from bigram_tui.views.numbers import number
from bigram_tui.views.ramp import RAMPS, ramp
from bigram_tui.views.sentences import table_as_sentences
from bigram_tui.views.view import View


def add_options(parser: ArgumentParser) -> None:
    add_dataset(parser)
    add_workers_or_scheduler(parser)
    parser.add_argument("--format", choices=("table", "csv"), default="table", help="how to print it")
    parser.add_argument(
        "--view",
        choices=[view.option for view in View if not view.needs_network],
        default=View.COUNTS.option,
        help="what to print",
    )
    parser.add_argument("--row", metavar="CONTEXT", help="only this row, labelled as in the table: n")
    add_saving(parser, "save the counts, which can be opened as a DATASET that has no words")
    add_smoother(parser)
    add_context(parser)
    add_json_or_plain(parser)


def parse(parser: ArgumentParser, arguments: list[str]) -> Namespace:
    options = parser.parse_args(arguments)
    check_smoother(options, parser)
    check_split(options, parser)
    if options.plain and options.format == "csv":
        parser.error("--plain prints text, so it cannot be combined with --format csv")
    if options.save and (options.split or options.context == 0):
        parser.error("--save needs a context of at least 1, and counts all words: leave out --split")
    return options


def run(options: Namespace) -> int:
    target = file_to_save(options)
    corpus = read_dataset(options, describe=target is not None)
    table = learned_from(corpus, options.context, options)
    if target:
        from bigram_tui.words.saved import table_as_bytes

        save(target, table_as_bytes(corpus, table))
    kind = next(kind for kind in VIEWS if kind.option == options.view)
    dataset = Dataset(corpus, table, options.smoothing, options.smoother)
    view = VIEWS[kind](dataset, Training(TrainingSettings()))
    if isinstance(view, str):
        raise SettingError(view)
    view = replace(view, number="{:,}".format if kind is View.COUNTS else number)
    if options.row is not None:
        view = _with_row(view, options.row)
    if options.json:
        sys.stdout.writelines((*table_as_json(view), "\n"))
    elif options.format == "csv":
        sys.stdout.writelines(table_as_csv(view))
    elif options.plain:
        if table.context > 1:
            V = len(table.vocabulary)
            print(f"{len(table.states):,} of {V**table.context:,} contexts occur.")
        for sentence in table_as_sentences(view):
            print(sentence)
    else:
        console = _Console(highlight=False, soft_wrap=True)
        if console.color_system:
            for line in count_table(view, ramp(next(iter(RAMPS)), dark=False)):
                console.print(line)
        else:
            for line in count_table(view, ()):
                print(line.plain)
    return 0


def _with_row(view: GridView, label: str) -> GridView:
    """The view reduced to the row with this label."""
    row = next((i for i in range(len(view)) if view.label(i) == normalize(label)), None)
    if row is None:
        shown, last = visible(label), view.label(len(view) - 1)
        raise DatasetError(
            f"the table has no row “{shown}”, only those of the contexts that occur, such as “{last}”"
        )
    return replace(view, states=[view.states[row]])


class _Console(Console):
    """Lets a broken pipe surface, so that `cli.main` can handle it; Rich would exit by itself."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
