"""Reading the dataset of a report."""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser, Namespace, _ActionsContainer
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bigram_tui.arguments import at_least_one, typed
from bigram_tui.files.locations import cache_folder
from bigram_tui.lm.errors import DatasetError
from bigram_tui.texts import Phrase, Sentence
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import WHOLE, read, read_figures, read_table
from bigram_tui.words.sources import FOR_PROCESSES, engine_for, find_source

if TYPE_CHECKING:
    from bigram_tui.words.pieces import Engine
    from bigram_tui.words.streams import Source


SMALL = Phrase("it is read by one process, which takes less time for less than {n:,} MB")


def add_workers(parser: _ActionsContainer) -> None:
    parser.add_argument(
        "--workers",
        type=typed(at_least_one),
        metavar="N",
        help="the number of processes that read a large list (default: one per core)",
    )


def add_workers_or_scheduler(parser: ArgumentParser) -> None:
    readers = parser.add_mutually_exclusive_group()
    add_workers(readers)
    readers.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a Dask scheduler whose workers read the list, such as tcp://host:8786 (extra cluster); a path "
        "has to be the same on every machine, and a web server has to support range requests",
    )


def read_dataset(options: Namespace, describe: bool = False) -> Corpus:
    """The dataset's counts, and with `describe` lengths and distinct words, which take as long.

    If the source can be read only once, as many words as allowed are kept, since they may be needed again.
    """
    engine: Engine | None
    if vars(options).get("scheduler"):
        source, engine = _on_cluster(options)
    else:
        source = find_source(options.dataset, cache_folder(), options.reading)
        engine = engine_for(source, options.workers)
        if engine is None and (options.workers or 1) > 1:
            small = Sentence(SMALL, n=FOR_PROCESSES // 10**6)
            whole = Sentence(WHOLE, why=Sentence("from a pipe or a device"))
            source = replace(source, notes=(*source.notes, whole if source.size is None else small))
    if source.size is None:
        corpus = read(source, options.reading)
    else:
        how = read_figures if describe else read_table
        corpus = how(source, options.reading, ignore_progress, engine)
    tell_remarks(corpus.name, corpus.remarks)
    return corpus


def _on_cluster(options: Namespace) -> tuple[Source, Engine]:
    """The source on the cluster, and the workers that read it."""
    try:
        from bigram_tui.cluster.dask import Dask
        from bigram_tui.cluster.remote import shared_source
        from bigram_tui.words.pieces import why_whole
    except ImportError:
        raise DatasetError("this needs an extra: pip install 'bigram-tui[cluster]'") from None
    logging.disable()  # errors are reported in one line instead of Dask's log
    engine = Dask(options.scheduler)
    source = shared_source(options.dataset, cache_folder(), options.reading)
    if why := why_whole(source, options.reading):
        raise DatasetError(f"a cluster reads what can be cut, and a list {why} cannot be")
    engine.check(source)
    return source, engine


def tell_remarks(name: str, remarks: Sequence[str]) -> None:
    for remark in remarks:
        print(f"bigram-tui: {name}: {remark}", file=sys.stderr)
