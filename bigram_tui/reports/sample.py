"""The report `sample`: new names, one per line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import partial
from itertools import islice
from typing import Any

from bigram_tui.arguments import add_dataset, add_temperature, typed
from bigram_tui.lm.drawn import Surprise, is_cut_off
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.model import tempered
from bigram_tui.lm.settings import METHODS, whole_number
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import Sieve, Wanted, in_blocks
from bigram_tui.reports.input import add_workers, read_dataset
from bigram_tui.reports.learning import add_model, check_model, chosen_model
from bigram_tui.reports.output import add_json, print_json_list
from bigram_tui.words.reading import LOOKED_UP, asked_of, can_find, find

AT_ONCE = 1_000
"""Names that are printed in one batch."""


def add_options(parser: ArgumentParser) -> None:
    add_dataset(parser)
    add_workers(parser)
    parser.add_argument("-n", type=typed(_how_many), default=10, metavar="COUNT", help="how many names")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default=METHODS[0],
        help="how to draw; the result of multinomial depends on the torch build",
    )
    add_temperature(parser)
    group = parser.add_argument_group("which names (others are drawn, too, but skipped)")
    group.add_argument("--starts-with", default="", metavar="ANN", help="names that start with this")
    length: dict[str, Any] = {"type": typed(_how_many), "metavar": "N"}
    group.add_argument("--min-length", default=Wanted.min_length, help="in characters", **length)
    group.add_argument("--max-length", default=Wanted.max_length, help="in characters", **length)
    group.add_argument("--new", action="store_true", help="names that are not in the dataset")
    group.add_argument("--distinct", action="store_true", help="no duplicates")
    add_model(parser)
    add_json(parser)


def _how_many(text: str) -> int:
    if (count := whole_number(text)) < 0:
        raise SettingError("it must be at least 0")
    return count


def parse(parser: ArgumentParser, arguments: list[str]) -> Namespace:
    options = parser.parse_args(arguments)
    try:
        options.wanted = Wanted(**{field.name: getattr(options, field.name) for field in fields(Wanted)})
    except SettingError as error:
        parser.error(str(error))
    check_model(options, parser)
    return options


def run(options: Namespace) -> int:
    corpus = read_dataset(options, describe=options.json or options.wanted.new)
    _, model = chosen_model(corpus, options)
    from bigram_tui.lm.sampling import sampler_class

    model = tempered(model, options.temperature)
    sieve = Sieve(asked_of(corpus, options.wanted), partial(find, corpus))
    drawn = sampler_class(options.method)(model, options.seed).names()
    names = islice(sieve.of(drawn, LOOKED_UP if can_find(corpus) else AT_ONCE), options.n)
    if not options.json:
        for block in _shown_lines(names, model.vocabulary.characters):
            sys.stdout.write(block)
        return 0
    surprise = Surprise(model)
    print_json_list(
        {
            "name": name,
            "nll": surprise.nll(name),
            "in_dataset": known,
            "model": options.model,
            "cut_off": is_cut_off(name),
        }
        for block in in_blocks(names, AT_ONCE)
        for name, known in zip(block, find(corpus, block), strict=True)
    )
    return 0


def _shown_lines(names: Iterator[str], characters: Sequence[str]) -> Iterator[str]:
    """Names as lines, in batches, with characters that a terminal could act on replaced by signs."""
    unsafe = {ord(c): visible(c) for c in characters if visible(c) != c}
    for block in in_blocks(names, AT_ONCE):
        text = "\n".join(block) + "\n"
        yield text.translate(unsafe) if unsafe else text
