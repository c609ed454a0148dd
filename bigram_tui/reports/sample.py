"""The report `sample`: new names, one per line."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from bigram_tui.lm.drawn import Surprise, is_cut_off
from bigram_tui.lm.model import tempered
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import Sieve, in_blocks
from bigram_tui.reports.input import read_dataset
from bigram_tui.reports.learning import chosen_model
from bigram_tui.reports.output import print_json_list
from bigram_tui.words.reading import LOOKED_UP, asked_of, can_find, find

AT_ONCE = 1_000
"""Names that are printed in one batch."""


def run(options: Namespace) -> int:
    corpus, _ = read_dataset(options, describe=options.json or options.wanted.new)
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
