"""Explains a context length's loss on dev, and its loss on the words of dev that are not in train."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bigram_tui.lm.model import negative_log
from bigram_tui.texts import say
from bigram_tui.views.numbers import number, precise
from bigram_tui.why.explanation import Explanation, Step, rounded
from bigram_tui.why.models import P_of, probability_steps
from bigram_tui.words.split import PARTS

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row
    from bigram_tui.session.snapshots.comparison import Comparison

LARGEST = 5
"""The most frequent n-grams, whose contributions to the loss are written out."""


def loss(comparison: Comparison, row: Row) -> Explanation:
    """How well train predicts dev with this context and smoother; without dev, how well it predicts train."""
    parts, evaluation = comparison.parts, comparison.evaluation
    assert parts is not None
    assert evaluation is not None
    part, value = ("train", row.train) if row.dev is None else ("dev", row.dev)
    text = parts.ngrams[PARTS.index(part)].of_context(row.context)
    part = say(part)
    model = evaluation.model(row.context, row.smoother, row.smoothing or 0.0)
    V = len(text.vocabulary)
    keys, counts = text.arrays
    places = (-counts).argsort(kind="stable")
    frequent = [(*divmod(int(keys[p]), V), int(counts[p])) for p in places[:LARGEST].tolist()]
    inside = places[keys[places] >= V**row.context]  # where no boundary cuts the context short
    state, token = divmod(int(keys[(*inside[:1], *places)[0]]), V)
    P = model.probability(state, token)
    terms = [count * negative_log(model.probability(h, w)) for h, w, count in frequent]
    total = value * text.total
    lines = [
        f"{P_of(model, h, w)}: {count:,} × {precise(negative_log(model.probability(h, w)))} = {number(term)}"
        for (h, w, count), term in zip(frequent, terms, strict=True)
    ]
    if others := len(keys) - len(frequent):
        rest = total - math.fsum(terms) if math.isfinite(total) else math.inf
        lines.append(say("{n:,} others {sum}", n=others, sum=number(rest)))
    steps = [
        _split_step(comparison),
        Step(
            say(
                "What follows each context of length {n} is counted in train: how many different "
                "contexts there are, how many n-grams, and how many of those occur once.",
                n=row.context,
            ),
            f"{row.contexts_seen:,} · {row.ngrams:,} · {evaluation.seen_once[row.context]:,}",
        ),
        Step(
            say(
                "From these counts comes a probability for every n-gram. The most frequent one of {part} "
                "as an example:",
                part=part,
            )
        ),
        *probability_steps(model, state, token, precise(P)),
        Step(
            say(
                "−ln P says how surprising an n-gram is, in nats. Each adds it as often as it occurs in "
                "{part}.",
                part=part,
            ),
            *lines,
            say("sum = {sum}", sum=number(total)),
        ),
    ]
    gap = _gap_step(row)
    last = Step(
        say("Divide by the number of tokens of {part}.", part=part),
        f"{number(total)} / {text.total:,} = {rounded(value, number(value))}",
    )
    title = say("the loss on {part} with context {n}", part=part, n=row.context)
    return Explanation(title, *steps, *gap, last)


def _split_step(comparison: Comparison) -> Step:
    parts = comparison.parts
    assert parts is not None
    counted = zip(PARTS, parts.words, parts.ngrams, strict=True)
    return Step(
        say(
            "The words are split at random, with seed {seed}, into train to learn from, dev to choose by, "
            "and test. A word has one token more than characters: its end.",
            seed=comparison.split.seed,
        ),
        *(
            say(
                "{part}: {words:,} words, {tokens:,} tokens", part=say(name), words=words, tokens=ngrams.total
            )
            for name, words, ngrams in counted
        ),
    )


def _gap_step(row: Row) -> list[Step]:
    """The gap between the losses on train and dev, if dev has a finite loss."""
    if row.dev is None or not math.isfinite(row.dev):
        return []
    words = say(
        "On train itself the same mean is different. How much higher dev is, is the gap: what was learned "
        "about these words and does not help with new ones."
    )
    return [Step(words, f"{precise(row.dev)} − {precise(row.train)} = {number(row.dev - row.train)}")]


def leaks(comparison: Comparison, row: Row) -> Explanation | str:
    """The loss on the words of dev that are not in train."""
    parts, without = comparison.parts, row.dev_without_train
    if row.dev is None:
        return say("There is nothing to explain: this split has no dev.")
    if parts is None or without is None or not math.isfinite(row.dev):
        return say("There is nothing to explain: no word of dev is new.")
    all_tokens, new_tokens = parts.ngrams[1].total, parts.dev_without_train.total
    total, rest = row.dev * all_tokens, without * new_tokens
    steps = (
        _split_step(comparison),
        Step(
            say(
                "A list may have the same word twice. Then one copy may be in train and the other in dev, "
                "which is no test: the model has seen it."
            ),
            say("{n:,} of {all:,} words of dev", n=parts.also_in_train[0], all=parts.words[1]),
        ),
        Step(
            say(
                "From the sum of −ln P over dev, subtract what these words add, and divide by the number of "
                "remaining tokens."
            ),
            f"{number(total)} − {number(total - rest)} = {number(rest)}",
            f"{number(rest)} / {new_tokens:,} = {rounded(without, number(without))}",
        ),
    )
    return Explanation(say("the loss on dev without the words of train"), *steps)
