"""Short explanations beside a number; the key `w` gives the full derivation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.model import CountModel, LanguageModel, perplexity
from bigram_tui.lm.settings import ADD_K
from bigram_tui.lm.smoothing import InterpolatedModel, Ladder, Text
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Phrase, say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import number, power, precise, short
from bigram_tui.views.view import View
from bigram_tui.why.models import P_of, fraction, given, row_of
from bigram_tui.why.models.interpolated import context_asked

if TYPE_CHECKING:
    from bigram_tui.lm.counts import NgramCounts
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training
    from bigram_tui.views.grid import Cell
    from bigram_tui.why.inside import Inside

WORDS_SHOWN = 10
SHOWN_ZEROS = 27
"""A one-hot row with more tokens than this is abbreviated."""

RANKS = {
    2: Phrase("second most frequent after {x} (first: {first})"),
    3: Phrase("third most frequent after {x} (first: {first})"),
    4: Phrase("fourth most frequent after {x} (first: {first})"),
    5: Phrase("fifth most frequent after {x} (first: {first})"),
}
IMPOSSIBLE = Phrase(
    "−ln 0 is infinite: it never occurred and smoothing is 0, so a word with it has likelihood 0. "
    "Smoothing above 0 gives it a chance."
)


class Fragment(NamedTuple):
    """A piece of a line; words about the data are muted, so that the data stands out."""

    text: str
    muted: bool = False


Line = tuple[Fragment, ...]


def _beside(phrase: Phrase, **gaps: str) -> Line:
    """A phrase with its own words muted, but not the values of its gaps."""
    return tuple(
        part
        for words, gap, _, _ in Formatter().parse(say(phrase))
        for part in (Fragment(words, True), *([Fragment(gaps[gap])] if gap else []))
    )


def cell(dataset: Dataset, training: Training, view: View, cell: Cell) -> list[Line]:
    """Explains a value of one of the grid's views; empty if the view itself says why there is none."""
    if view in (View.COUNTS, View.PROBABILITIES):
        return _counted(dataset, cell)
    if view is View.WITHOUT_KEEPDIM:
        return _without_keepdim(dataset, cell) if dataset.counts.context == 1 else []
    if training.network is None:
        return []
    from bigram_tui.why.training import why_not

    reason = why_not(training)
    return [(Fragment(reason),)] if reason else _of_network(dataset, training, view, cell)


def _counted(dataset: Dataset, cell: Cell) -> list[Line]:
    """The count, and the probability computed from it."""
    counts, model, (i, j) = dataset.counts, dataset.model, cell
    signs, n, total = counts.vocabulary.signs, counts.count(i, j), counts.row_totals[i]
    x, y = _before(model, i), signs[j] if j else say("the end")
    found = {"n": n, "total": total, "x": x, "y": y}
    if not total:
        return [(Fragment(instead_of(dataset, i)),), _probability(model, cell), *_shares(dataset, cell)]
    if total == 1:
        followed = say("The one time that anything followed {x}, ", **found)
        followed += say("it was {y}.", **found) if n else say("it was not {y}.", **found)
    else:
        followed = say("{n:,} of the {total:,} times that anything followed {x}, it was {y}.", **found)
    lines: list[Line] = [
        (Fragment(followed),),
        _probability(model, cell),
        _surprise(model, cell),
    ]
    lines += _shares(dataset, cell)
    if isinstance(model, CountModel) and model.smoothing:
        lines.append((Fragment(say("without smoothing {P}", P=_unsmoothed(dataset, cell)), True),))
    return [*lines, (Fragment(_rank(dataset, cell, x)),)]


def _before(model: LanguageModel, state: int) -> str:
    """What comes before a token, in words."""
    if not model.context:
        return say("any context")
    return given(model, state) if state else say("the beginning")


def _shares(dataset: Dataset, cell: Cell) -> list[Line]:
    """A small table for interpolated smoothers: how often each context was seen, what it contributes to P,
    and P up to that context."""
    model = dataset.model
    if not isinstance(model, InterpolatedModel):
        return []
    V, weight = len(model.vocabulary), 1.0
    rows = []
    for share in reversed(list(model.shares(*cell))):
        seen = dataset.counts.of_context(share.length).row_totals[cell.row % V**share.length]
        x = context_asked(model, cell.row, share.length) or say("anything")
        rows.append((x, f"{seen:,}", number(weight * share.own / share.total), number(share.P)))
        weight *= share.passed_on / share.total
    rows.append((say("knowing nothing"), "", number(weight / V), number(1 / V)))
    rows.append((say("context"), say("seen"), say("part"), "P"))
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        (
            Fragment(first + " " * (widths[0] - cell_len(first)), muted=True),
            *(
                Fragment(" " * (width + 2 - cell_len(text)) + text)
                for width, text in zip(widths[1:], rest, strict=True)
            ),
        )
        for first, *rest in reversed(rows)
    ]


def _without_keepdim(dataset: Dataset, cell: Cell) -> list[Line]:
    counts, k, (i, j) = dataset.counts, dataset.smoothing, cell
    signs, V, total = counts.vocabulary.signs, len(counts.vocabulary), counts.row_totals[j]
    row = counts.cells_without_keepdim(i, k)
    divided = f"({counts.count(i, j):,} + {k:g}) / ({total:,} + {V:,}·{k:g}) = {number(row[j])}"
    return [
        (Fragment(divided if total + k else "0 / 0"),),
        _beside(
            Phrase("divided by the sum of row {y}, the wrong one, instead of row {x}"), y=signs[j], x=signs[i]
        ),
        _beside(Phrase("so row {x} sums to {sum} instead of 1"), x=signs[i], sum=number(sum(row))),
        _beside(Phrase("with keepdim=True: {formula}"), formula=_equation(dataset.model, cell)),
    ]


def _of_network(dataset: Dataset, training: Training, view: View, cell: Cell) -> list[Line]:
    assert training.network is not None
    signs, (i, j) = dataset.counts.vocabulary.signs, cell
    model = training.model(dataset.counts.vocabulary)
    x = row_of(model, i)
    counted = dataset.model.probability(i, j)
    weight, P = training.network.W[i, j].item(), model.probability(i, j)
    W = f"W[{x},{signs[j]}]"
    power = f"exp({W}) = exp({precise(weight)}) = {short(training.network.W[i, j].double().exp().item())}"
    without = (Fragment(say("counting without smoothing {P}", P=_unsmoothed(dataset, cell)), True),)
    if view is View.NETWORK_PROBABILITIES:
        return [_probability(model, cell), (Fragment(power),), _surprise(model, cell), without]
    if view is View.NETWORK_COUNTS:
        n = f"{dataset.counts.count(i, j):,}"
        return [
            (Fragment(power),),
            _beside(Phrase("a count that the network made up; really there are {n}"), n=n),
            _probability(model, cell),
            without,
        ]
    if view is View.DIFFERENCE:
        return [
            (Fragment(f"softmax(W) − P = {number(P, 6)} − {number(counted, 6)} = {number(P - counted, 6)}"),),
            _beside(Phrase("network: {formula}"), formula=_equation(model, cell)),
            _beside(Phrase("counting: {formula}"), formula=_equation(dataset.model, cell)),
        ]
    value = f"{W} = {precise(weight)}"
    said = _beside(Phrase("{W}  the logit of {y} after {x}"), W=value, y=signs[j], x=_before(model, i))
    lines = [said, (Fragment(power),), _probability(model, cell)]
    if training.frequencies is not None and training.settings.batch_size is None:
        row, rate = slice(i, i + 1), training.settings.learning_rate
        slope = training.network.gradient(training.frequencies, training.settings.regularization, row)
        change = f"−{rate:g} × {precise(slope[0, j].item())}"
        lines.append(_beside(Phrase("the next step adds {change}"), change=change))
    return lines


def _equation(model: LanguageModel, cell: Cell) -> str:
    return f"{P_of(model, *cell)} = {fraction(model, *cell)} = {number(model.probability(*cell))}"


def _probability(model: LanguageModel, cell: Cell) -> Line:
    x = _before(model, cell.row)
    y = model.vocabulary.signs[cell.column] if cell.column else say("the end")
    formula = _equation(model, cell)
    return _beside(Phrase("{formula}  probability of {y} after {x}"), formula=formula, x=x, y=y)


def _surprise(model: LanguageModel, cell: Cell) -> Line:
    P = model.probability(*cell)
    if not P:
        return (Fragment(say(IMPOSSIBLE)),)
    nats, bits, name = -math.log(P), -math.log2(P), P_of(model, *cell)
    return (
        Fragment(say("−ln {P} = {nats} nats = {bits} bits", P=name, nats=number(nats), bits=number(bits))),
    )


def _unsmoothed(dataset: Dataset, cell: Cell) -> str:
    n, total = dataset.counts.count(*cell), dataset.counts.row_totals[cell.row]
    return f"{n:,} / {total:,} = {number(n / total)}" if total else "0 / 0"


def _rank(dataset: Dataset, cell: Cell, x: str) -> str:
    """“second most frequent after n (first: the end)”."""
    counts, (i, j) = dataset.counts, cell
    row, rank = counts.cells(i), counts.rank_in_row(i, j)
    largest = row.index(max(row))
    first = counts.vocabulary.signs[largest] if largest else say("the end")
    if not row[j]:
        return say("never seen after {x} (most frequent: {first})", x=x, first=first)
    if rank == 1:
        return say("the most frequent after {x}", x=x)
    if rank in RANKS:
        return say(RANKS[rank], x=x, first=first)
    return say("number {rank} of what follows {x} (first: {first})", rank=rank, x=x, first=first)


def words(dataset: Dataset, cell: Cell) -> tuple[str, list[str]]:
    """How many words of the data contain the n-gram, and an evenly spread sample of them."""
    counts, corpus = dataset.counts, dataset.corpus
    characters = ("", *counts.vocabulary.characters)
    before = tokens_of(cell.row, len(counts.vocabulary), counts.context)
    found = corpus.words_with(*(characters[token] for token in (*before, cell.column)))
    looked_at = len(corpus.words)
    if corpus.saved:
        return say("the table was saved without the words"), []
    if not corpus.described:
        return say("the second pass will tell which words contain it"), []
    if not found and corpus.lists_all:
        return say("no word of the data contains it"), []
    if not found:
        return say("none of {all:,} words searched contains it", all=looked_at), []
    step = max(len(found) / WORDS_SHOWN, 1)
    chosen = [visible(found[int(step * place)]) for place in range(min(WORDS_SHOWN, len(found)))]
    if corpus.lists_all and len(found) == 1:
        return say("in one word: "), chosen
    if corpus.lists_all:
        return say("in {n:,} different words: ", n=len(found)), chosen
    return say("in {n:,} of {all:,} words searched: ", n=len(found), all=looked_at), chosen


def instead_of(dataset: Dataset, state: int) -> str:
    """What P is after a context that never occurred."""
    model, x = dataset.model, given(dataset.model, state)
    if not isinstance(model, CountModel):
        *_, last = model.shares(state, 0)
        asked = context_asked(model, state, last.length)
        return say("“{x}” never occurs: its P is that of the shorter context “{shorter}”", x=x, shorter=asked)
    if model.smoothing:
        V = len(model.vocabulary)
        return say("“{x}” never occurs: with add-k each token has P = 1/{V:,} after it", x=x, V=V)
    return say("“{x}” never occurs: without smoothing nothing has a probability after it", x=x)


def likelihood(dataset: Dataset) -> tuple[list[tuple[str, str]], str]:
    """How likely the data is under the counts: labelled figures, and the effect of smoothing.

    With a split, the figures are for train and dev.
    """
    counts, k, is_add_k = dataset.counts, dataset.smoothing, dataset.smoother == ADD_K
    dev, n = None, len(counts.vocabulary) ** (counts.context + 1)
    if is_add_k and not dataset.dev:
        nll = counts.nll(k)
    else:
        nll, dev = _losses(dataset)
    ngrams = called(counts.context)
    over = say("{nll} nats over {n:,} {ngrams}", nll=number(nll), n=counts.total, ngrams=ngrams)
    rows = [
        (say("mean nll"), over),
        *([] if dev is None else [(say("dev"), say("{nll} nats", nll=number(dev)))]),
        (say("sum"), say("{nll} nats", nll=number(nll * counts.total))),
        (say("perplexity"), number(perplexity(nll), 2)),
        (say("knowing nothing"), say("{nll} nats", nll=number(counts.uniform_nll))),
    ]
    if k or not is_add_k:
        return rows, say("with smoothing 0 it is {nll}, the lowest possible", nll=number(counts.nll(0)))
    return rows, say(
        "{n:,} of the {all:,} {ngrams} never occur: with smoothing 0 their P is 0, and a word that contains "
        "one has likelihood 0, which is an infinite nll",
        ngrams=ngrams,
        n=n - len(counts.keys),
        all=n,
    )


def _losses(dataset: Dataset) -> tuple[float, float | None]:
    """The mean loss on train, and on dev if there is one, in nats per token."""
    ladder = Ladder(dataset.counts)

    def loss(part: NgramCounts) -> float:
        return Text(ladder, part).loss(dataset.smoother, dataset.counts.context, dataset.smoothing)

    return loss(dataset.counts), loss(dataset.dev) if dataset.dev else None


def step(
    dataset: Dataset, training: Training, update: Update, cell: Cell, of: Inside
) -> tuple[Line, Sequence[tuple[str, str]]]:
    """The step after the one shown, for one bigram: a heading, then from one-hot to the updated weight."""
    assert training.network is not None
    assert training.loss is not None
    i, j = cell
    settings, loss, W = training.settings, training.loss, training.network.W.double()
    signs, V = dataset.counts.vocabulary.signs, len(dataset.counts.vocabulary)
    model = training.model(dataset.counts.vocabulary)
    x, y, λ, P = row_of(model, i), signs[j], settings.regularization, P_of(model, i, j)
    weight, c = f"W[{x},{y}]", dataset.counts.context
    ngrams, size = called(c), power("V", c + 1)
    before = _before(model, i)
    exp, total = short(of.exp[j].item()), short(of.exp.sum().item())
    surprise = -of.logits.log_softmax(0)[j].item()
    actual = number(of.actual, 6) if of.rows else "0"
    gradient, after = update.gradient[i, j].item(), update.network.W[i, j].item()
    old = number(of.weight, 6)
    if len(W) <= SHOWN_ZEROS:
        one_hot = "".join("1" if k == i else "0" for k in range(len(W)))
    else:
        one_hot = say("1 at {x}, else 0", x=x)
    n, now, next_ = dataset.counts.total, f"{training.step:,}", f"{training.step + 1:,}"
    if training.step < settings.steps:
        which = Phrase("From step {now} to {next}, for {y} after {x}")
    else:
        which = Phrase("One more step would lead from {now} to {next}, for {y} after {x}")
    head = _beside(which, now=now, next=next_, x=before, y=y)
    if settings.batch_size:
        batch = say(", with a batch of {n:,} {ngrams}", n=settings.batch_size, ngrams=ngrams)
        head += (Fragment(batch, True),)
    return head, [
        (f"one-hot({x})", one_hot),
        ("logits", say("one-hot({x}) @ W, which is row {x} of W", x=x)),
        (
            "exp",
            say("of each logit; for {y} it is exp({weight}) = {exp}", y=y, weight=number(of.weight), exp=exp),
        ),
        (say("sum"), say("of the row: {sum}", sum=total)),
        ("softmax", f"{P} = {exp} / {total} = {number(of.P, 6)}"),
        (
            f"−ln {P}",
            say("{nll} nats: how surprising {y} is after {x}", nll=number(surprise, 6), x=before, y=y),
        ),
        (
            say("mean"),
            say("of that over {n:,} {ngrams}: {mean}", n=n, ngrams=ngrams, mean=number(loss.data, 6)),
        ),
        ("λ·mean(W²)", f"{λ:g} · {number(W.square().mean().item(), 6)} = {number(loss.regularization, 6)}"),
        (say("loss"), f"{number(loss.data, 6)} + {number(loss.regularization, 6)} = {number(loss.total, 6)}"),
        (say("gradient"), say("row's share × (predicted − actual)")),
        ("", f"+ 2λ·{weight}/{size}"),
        ("", f"{number(of.share, 6)} × ({number(of.P, 6)} − {actual})"),
        ("", f"+ 2·{λ:g}·{number(of.weight)}/{power(f'{V:,}', c + 1)} = {number(gradient, 8)}"),
        (say("update"), say("{W} − learning rate × gradient", W=weight)),
        ("", f"{old} − {settings.learning_rate:g} × {number(gradient, 8)} = {number(after, 6)}"),
    ]
