"""The report `stats`: the dataset's summary."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bigram_tui.arguments import add_dataset
from bigram_tui.reports.input import add_workers_or_scheduler, read_dataset
from bigram_tui.reports.output import add_json_or_plain
from bigram_tui.views.exports import strict_json
from bigram_tui.views.sentences import counted, follows, listed
from bigram_tui.words.corpus import TOP_NGRAMS, cleaned, different, rare_characters, summary


def add_options(parser: ArgumentParser) -> None:
    add_dataset(parser)
    add_workers_or_scheduler(parser)
    add_json_or_plain(parser)


def run(options: Namespace) -> int:
    corpus = read_dataset(options, describe=True)
    counts = corpus.counts
    if options.json:
        print(strict_json(summary(corpus, counts)))
        return 0
    signs = counts.vocabulary.signs
    V, top = len(signs), counts.ranked(TOP_NGRAMS)
    if options.plain:
        tokens = listed(signs, signs[0])
        most_frequent = ", ".join(f"{follows(signs[j], signs[i], signs[0])} {counted(n)}" for i, j, n in top)
    else:
        tokens = " ".join(signs)
        most_frequent = ", ".join(f"{signs[i]}{signs[j]} {n:,}" for i, j, n in top)
    rows = [
        ("dataset", corpus.name),
        ("names", f"{corpus.names:,} ({different(corpus)} different)"),
        ("characters", f"{corpus.characters:,}"),
        ("length", f"{corpus.min_length:,} to {corpus.max_length:,}, mean {corpus.mean_length:,.2f}"),
        ("bigrams", f"{counts.total:,} ({len(counts.keys):,} different of {V * V:,} possible)"),
        ("vocabulary", f"{V:,}: {tokens}"),
        *([("rare", rare_characters(corpus))] if counts.vocabulary.rare else []),
        *([("column", corpus.column)] if corpus.column else []),
        *([("cleaned", cleaned(corpus))] if cleaned(corpus) else []),
        ("most frequent", most_frequent),
        ("nll", f"{counts.nll(0):.6f} nats per bigram ({counts.uniform_nll:.6f} for knowing nothing)"),
    ]
    for label, text in rows:
        print(f"{label}: {text}" if options.plain else f"{label:<14}{text}")
    return 0
