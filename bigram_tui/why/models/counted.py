"""Probabilities from counts: a share of a row, with k added to each count."""

from __future__ import annotations

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel, ScoredToken
from bigram_tui.texts import say
from bigram_tui.views import ngrams
from bigram_tui.views.numbers import exact
from bigram_tui.why.explanation import Step, summed
from bigram_tui.why.models import (
    P_of,
    by_example,
    called,
    current,
    divided,
    following,
    fraction,
    of_context,
    probability_steps,
    read_aloud,
)


@probability_steps.register(CountModel)
def _counted(model: CountModel, first: int, second: int, shown: str) -> list[Step]:
    counts, k, V = model.counts, model.smoothing, len(model.vocabulary)
    if not counts.row_totals[first] + k:
        return _undefined(model, first, second, shown)
    n, total = counts.count(first, second), counts.row_totals[first]
    x, y = current(model, first), following(model, second)
    steps = [
        Step(say("Count how often {y} came right after {x} in the data.", x=x, y=y), f"N = {n:,}"),
        Step(
            say("Count how often anything came after {x}. It is the sum of the row.", x=x),
            *row_sum(counts, first),
        ),
    ]
    if k:
        steps.append(
            Step(
                say(
                    "Smoothing adds k = {k:g} to the count of each of the {V:,} tokens that can follow. So "
                    "none of them is impossible.",
                    k=k,
                    V=V,
                ),
                f"{n:,} + {k:g} = {exact(n + k)}",
                f"{total:,} + {V:,}·{k:g} = {exact(total + V * k)}",
            )
        )
    read = read_aloud(model, first, second)
    words = say("{read} It is this count's share of its row.", read=read)
    return [*steps, divided(model, first, second, shown, words)]


def _undefined(model: CountModel, first: int, second: int, shown: str) -> list[Step]:
    """For a context that nothing follows, without smoothing."""
    x, P, read = current(model, first), P_of(model, first, second), read_aloud(model, first, second)
    return [
        Step(say("Count how often anything came after {x}.", x=x), f"{model.counts.row_totals[first]:,}"),
        Step(
            say(
                "{read} It would be a share of all that came after {x}. Nothing did, and 0 / 0 is not a "
                "number. The program takes 0. Smoothing above 0 gives every token a chance.",
                read=read,
                x=x,
            ),
            say("{P} = 0 / 0, taken as {shown}", P=P, shown=shown),
        ),
    ]


@called.register(CountModel)
def _called(model: CountModel) -> str:
    return say("counts with smoothing {k:g}", k=model.smoothing) + of_context(model)


@fraction.register(CountModel)
def _fraction(model: CountModel, first: int, second: int) -> str:
    n, total, k = model.counts.count(first, second), model.counts.row_totals[first], model.smoothing
    V = len(model.vocabulary)
    return f"({n:,} + {k:g}) / ({total:,} + {V:,}·{k:g})" if k else f"{n:,} / {total:,}"


@by_example.register(CountModel)
def _example(model: CountModel, first: ScoredToken) -> tuple[list[Step], str]:
    read, named = read_aloud(model, first.state, first.token), ngrams.called(model.context)
    if model.smoothing:
        about = say(
            "Each of the {ngrams} has a probability: its count divided by the sum of its row. Smoothing adds "
            "k to the count and V·k to the sum. {read}",
            ngrams=named,
            read=read,
        )
    else:
        about = say(
            "Each of the {ngrams} has a probability: its count divided by the sum of its row. {read}",
            ngrams=named,
            read=read,
        )
    return [], about


def row_sum(counts: NgramCounts, first: int) -> tuple[str, ...]:
    """The sum of a row's counts."""
    if not counts.row_totals[first]:
        return ("0",)
    row, signs = counts.row_counts(first), counts.vocabulary.signs
    return summed(
        ((signs[j], int(row[j])) for j in row.nonzero()[0].tolist()), counts.row_totals[first], exact
    )
