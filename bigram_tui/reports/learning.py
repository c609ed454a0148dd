"""What a report learns from the dataset: counts, or another model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bigram_tui.arguments import add_context, add_smoother, add_training, check_smoother, check_split
from bigram_tui.files.loading import load_network
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.settings import ADD_K, TrainingSettings
from bigram_tui.reports.input import tell_remarks
from bigram_tui.session.models import COUNTS, MODELS, NETWORK
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.split import Split

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun
    from bigram_tui.words.split_counts import SplitCounts


def add_model(parser: ArgumentParser) -> None:
    """Which model, and the options of each."""
    parser.add_argument(
        "--model",
        choices=tuple(MODELS),
        help="where the probabilities come from (default: counts)",
    )
    parser.add_argument(
        "--load",
        metavar="FILE",
        help="a network saved by train; implies --model network and its context",
    )
    add_smoother(parser)
    add_training(parser)
    add_context(parser)


def check_model(options: Namespace, parser: ArgumentParser) -> None:
    if options.load is not None and options.model not in (None, NETWORK.key):
        parser.error("--load implies --model network")
    options.model = options.model or (COUNTS if options.load is None else NETWORK).key
    check_smoother(options, parser)
    if options.smoother != ADD_K and options.model != COUNTS.key:
        parser.error(f"--smoother goes with --model {COUNTS.key}: --model {options.model} has none")
    check_split(options, parser)


def learned_from(corpus: Corpus, context: int | None, options: Namespace) -> NgramCounts:
    """The counts of all words, or of train if there is a --split."""
    context = 1 if context is None else context
    if options.split is None and context == 1:
        return corpus.counts
    from bigram_tui.words.split_counts import count_all, count_split

    if options.split is None:
        return count_all(corpus, context)
    parts = count_split(corpus, context, Split(options.split, options.split_seed))
    train = f"{parts.words[0]:,} of its {sum(parts.words):,} words"
    tell_remarks(corpus.name, [f"learned from train, {train} ({how_split(options, parts)})"])
    return parts.ngrams[0]


def how_split(options: Namespace, parts: SplitCounts) -> str:
    how = "shuffled" if parts.shuffled else "each by a random number, since it is too long to be shuffled"
    return f"{how}, seed {options.split_seed}"


def chosen_model(corpus: Corpus, options: Namespace) -> tuple[NgramCounts, LanguageModel]:
    """The requested model, and the counts for its context."""
    kind, context, state = MODELS[options.model], options.context, None
    if options.load is not None:
        state = load_network(Path(options.load), corpus.counts.vocabulary, context).state
        context = state.network.context
    counts = learned_from(corpus, context, options)
    if kind.is_trained and state is None:
        state = _trained(counts, options)
    training = Training(TrainingSettings.of(options), state)
    return counts, kind.build(Dataset(corpus, counts, options.smoothing, options.smoother), training)


def _trained(counts: NgramCounts, options: Namespace) -> State:
    """The final state after training."""
    run = start_run(counts, options)
    for _ in range(run.settings.steps):
        run.step()
    if run.has_diverged:
        raise run.divergence()
    return run.state


def start_run(counts: NgramCounts, options: Namespace) -> TrainingRun:
    from bigram_tui.lm.training import TrainingRun

    return TrainingRun(counts, TrainingSettings.of(options))


def unit(counts: NgramCounts) -> str:
    """The unit that a loss is a mean over."""
    return "bigram" if counts.context == 1 else "token"
