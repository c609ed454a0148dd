"""The report `train`: the network's loss, step by step."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bigram_tui.arguments import add_context, add_dataset, add_training, check_split
from bigram_tui.reports.input import add_workers, read_dataset
from bigram_tui.reports.learning import learned_from, start_run, unit
from bigram_tui.reports.output import add_json_or_plain
from bigram_tui.reports.saving import add_saving, file_to_save, save
from bigram_tui.views.exports import strict_json
from bigram_tui.views.sentences import counted

if TYPE_CHECKING:
    from bigram_tui.lm.training import TrainingRun


def add_options(parser: ArgumentParser) -> None:
    add_dataset(parser)
    add_workers(parser)
    add_training(parser)
    add_context(parser)
    add_saving(parser, "save the network as safetensors")
    add_json_or_plain(parser)


def parse(parser: ArgumentParser, arguments: list[str]) -> Namespace:
    options = parser.parse_args(arguments)
    check_split(options, parser)
    return options


def run(options: Namespace) -> int:
    target = file_to_save(options)
    corpus = read_dataset(options)
    counts = learned_from(corpus, options.context, options)
    training = start_run(counts, options)
    settings = training.settings
    if not (options.json or options.plain):
        print(f"{'step':>7} {'loss':>8}")
    line = "step {:,}: loss {:.4f}" if options.plain else "{:>7,} {:>8.4f}"
    for step in range(settings.steps):
        if not options.json and (step % 10 == 0 or step == settings.steps - 1):
            print(line.format(step, training.losses[step].total))
        training.step()
    losses = training.losses.table[: settings.steps].sum(1).tolist()
    final = training.losses.last.data
    if training.has_diverged and (target or not options.json):
        raise training.divergence()
    if target:
        _save_network(training, target)
    if options.json:
        result = {
            "losses": losses,
            "final_nll": final,
            "count_nll": counts.nll(0),
            "settings": asdict(settings),
        }
        print(strict_json(result if counts.context == 1 else result | {"context": counts.context}))
        return 0
    per = unit(counts)
    print(f"after {counted(settings.steps, 'step')}: {final:.6f} nats per {per}, without regularization")
    label = "counting:" if options.plain else f"{'counting:':<12}"
    print(f"{label} {counts.nll(0):.6f} nats per {per}, the lowest that can be reached")
    return 0


def _save_network(run: TrainingRun, path: Path) -> None:
    from bigram_tui.lm.network_file import SavedNetwork, network_as_bytes

    save(path, network_as_bytes(run.counts.vocabulary, SavedNetwork(run.state, run.settings)))
