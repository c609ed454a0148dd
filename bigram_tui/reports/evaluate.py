"""The report `evaluate`: the loss on train, dev and test for each context length."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from bigram_tui.arguments import add_dataset, add_setting, add_smoother, check_has_k, check_smoother
from bigram_tui.lm.settings import ADD_K, CONTEXT, MAX_CONTEXT
from bigram_tui.reports.input import add_workers_or_scheduler, read_dataset
from bigram_tui.reports.learning import how_split
from bigram_tui.reports.output import add_json_or_plain
from bigram_tui.views.exports import evaluation_as_json
from bigram_tui.views.sentences import evaluation_as_sentence
from bigram_tui.words.split import DEFAULT_SPLIT_SEED, PARTS, SPLIT, SPLIT_SEED, Fractions, Split

if TYPE_CHECKING:
    from bigram_tui.words.split_counts import SplitCounts


def add_options(parser: ArgumentParser) -> None:
    add_dataset(parser)
    add_workers_or_scheduler(parser)
    up_to = f"the longest context, from 0 to {MAX_CONTEXT} characters"
    add_setting(parser, CONTEXT._replace(help=up_to), 5)
    add_smoother(parser)
    parser.add_argument("--tune", action="store_true", help="first find the k with the lowest loss on dev")
    add_setting(parser, SPLIT._replace(help="the shares of train, dev and test"), Fractions())
    add_setting(parser, SPLIT_SEED, DEFAULT_SPLIT_SEED)
    parser.add_argument(
        "--test", action="store_true", help="print the loss on test, too; look at it only once"
    )
    add_json_or_plain(parser)


def parse(parser: ArgumentParser, arguments: list[str]) -> Namespace:
    options = parser.parse_args(arguments)
    if options.tune:
        check_has_k("--tune", options, parser)
    check_smoother(options, parser)
    return options


def run(options: Namespace) -> int:
    from bigram_tui.words.split_counts import count_split

    corpus = read_dataset(options)
    split = Split(options.split, options.split_seed)
    parts = count_split(corpus, options.context, split)
    rows = list(parts.evaluation.rows(options.smoother, options.smoothing, options.tune, options.test))
    if options.json:
        print(evaluation_as_json(parts.summary(split), rows, parts.unseen_characters))
        return 0
    _print_split(options, parts)
    known = [row for row in rows if row.dev is not None and math.isfinite(row.dev)]
    best = min(known, key=lambda row: row.dev or 0.0, default=None)
    columns = ["context", "contexts", "n-grams", "train", "dev", *(["test"] if options.test else [])]
    columns += ["k"] if options.smoother == ADD_K else []
    if not options.plain:
        print("".join(f"{column:>10}" for column in columns))
    for row in rows:
        if options.plain:
            print(evaluation_as_sentence(row) + ("; the lowest on dev" if row is best else ""))
            continue
        losses = [row.train, row.dev, *([row.test] if options.test else [])]
        line = f"{row.context:>10}{row.contexts_seen:>10,}{row.ngrams:>10,}" + "".join(map(_loss, losses))
        line += "" if row.smoothing is None else f"{row.smoothing:>10.3g}"
        print(line + ("  lowest on dev" if row is best else ""))
    if any(math.isinf(loss) for row in rows for loss in (row.dev, row.test) if loss is not None):
        infinite = "infinitely many" if options.plain else "inf"
        print(f"{infinite}: an n-gram that train does not have has probability 0 without smoothing")
    if best is not None and best.dev_without_train is not None:
        new = f"{best.dev_without_train:.4f} on its words that are not in train"
        print(f"context {best.context}: {best.dev:.4f} nats per token on dev, {new}")
    return 0


def _loss(nats: float | None) -> str:
    return f"{'-':>10}" if nats is None else f"{nats:>10.4f}"


def _print_split(options: Namespace, parts: SplitCounts) -> None:
    """Print what was learned from and what it is evaluated on."""
    words = ", ".join(f"{n:,} of {part}" for n, part in zip(parts.words, PARTS, strict=True))
    print(f"words: {words} ({how_split(options, parts)})")
    print(f"also in train: {parts.also_in_train[0]:,} words of dev, {parts.also_in_train[1]:,} of test")
    for part, unseen in zip(PARTS[1:], parts.unseen_characters, strict=True):
        if unseen:
            characters = "character" if unseen == 1 else "characters"
            print(f"{part} has {unseen:,} {characters} that train does not have")
