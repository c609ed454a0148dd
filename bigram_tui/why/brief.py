"""In a few lines, beside what is looked at: what `w` derives at length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.model import CountModel, perplexity
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import short
from bigram_tui.why.explanation import P_of
from bigram_tui.why.models import fraction

if TYPE_CHECKING:
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots import Dataset, Training
    from bigram_tui.views.grid import Cell
    from bigram_tui.why.inside import Inside

WORDS_SHOWN = 10
SHOWN_ZEROS = 27
"""Tokens up to which a one-hot row is written out."""

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


class Part(NamedTuple):
    """A piece of a line; words about the data are muted, beside which the data stands out."""

    text: str
    muted: bool = False


Line = tuple[Part, ...]


def _beside(phrase: Phrase, **gaps: str) -> Line:
    """A phrase with its own words muted, and what its gaps are filled with not."""
    return tuple(
        part
        for words, gap, _, _ in Formatter().parse(say(phrase))
        for part in (Part(words, True), *([Part(gaps[gap])] if gap else []))
    )


def counted(dataset: Dataset, cell: Cell) -> list[Line]:
    """A cell of the table of counts: how often, and the probability that comes of it."""
    counts, model, (i, j) = dataset.counts, dataset.model, cell
    signs, n, total = counts.vocabulary.signs, counts.count(i, j), counts.row_totals[i]
    x, y = signs[i] if i else say("the beginning"), signs[j] if j else say("the end")
    P = model.probability(i, j)
    about = f"{P_of(signs, i, j)} = {fraction(model, i, j)} = {P:.4f}"
    found = {"n": n, "total": total, "x": x, "y": y}
    lines: list[Line] = [
        (Part(say("{n:,} of the {total:,} times that anything followed {x}, it was {y}.", **found)),),
        _beside(Phrase("{formula}  probability of {y} after {x}"), formula=about, x=x, y=y),
        (Part(_rank(dataset, cell, x)),),
        (
            Part(
                say(
                    "−ln {P} = {nats:.4f} nats = {bits:.4f} bits",
                    P=P_of(signs, i, j),
                    nats=-math.log(P),
                    bits=-math.log2(P),
                )
                if P
                else say(IMPOSSIBLE)
            ),
        ),
        _words(dataset, cell),
    ]
    if isinstance(model, CountModel) and model.smoothing:
        unsmoothed = f"{n:,} / {total:,} = {n / total:.4f}" if total else "0 / 0"
        lines.insert(2, (Part(say("without smoothing {P}", P=unsmoothed), True),))
    return lines


def _rank(dataset: Dataset, cell: Cell, x: str) -> str:
    """“second most frequent after n (first: the end)”."""
    counts, (i, j) = dataset.counts, cell
    row, rank = counts.cells(i), counts.rank_in_row(i, j)
    largest = row.index(max(row))
    first = counts.vocabulary.signs[largest] if largest else say("the end")
    if rank == 1:
        return say("the most frequent after {x}", x=x)
    if rank in RANKS:
        return say(RANKS[rank], x=x, first=first)
    return say("number {rank} of what follows {x} (first: {first})", rank=rank, x=x, first=first)


def _words(dataset: Dataset, cell: Cell) -> Line:
    """Words of the data that contain the bigram, spread evenly."""
    characters, corpus = ("", *dataset.counts.vocabulary.characters), dataset.corpus
    words = corpus.words_with(characters[cell.row], characters[cell.column])
    looked_at = len(corpus.words)
    if not words and corpus.lists_all:
        return (Part(say("no word of the data contains it"), True),)
    if not words:
        return (Part(say("none of {all:,} words looked at contains it", all=looked_at), True),)
    step = max(len(words) / WORDS_SHOWN, 1)
    chosen = [words[int(step * place)] for place in range(min(WORDS_SHOWN, len(words)))]
    if corpus.lists_all:
        where = say("in {n:,} different words: ", n=len(words))
    else:
        where = say("in {n:,} of {all:,} words looked at: ", n=len(words), all=looked_at)
    return Part(where, True), Part(" ".join(map(visible, chosen)))


def likelihood(dataset: Dataset) -> tuple[list[tuple[str, str]], str]:
    """How likely the data is under the counts: labelled figures, and what smoothing has to do with them."""
    counts, k = dataset.counts, dataset.smoothing
    nll, V = counts.nll(k), len(counts.vocabulary)
    rows = [
        (say("mean nll"), say("{nll:.6f} nats over {n:,} bigrams", nll=nll, n=counts.total)),
        (say("sum"), say("{nll:,.4f} nats", nll=counts.nll_sum(k))),
        (say("perplexity"), f"{perplexity(nll):.4f}"),
        (say("knowing nothing"), say("{nll:.6f} nats", nll=counts.uniform_nll)),
    ]
    if k:
        return rows, say("with smoothing 0 it is {nll:.6f}, the lowest there is", nll=counts.nll(0))
    return rows, say(
        "{n:,} of the {all:,} bigrams never occur: with smoothing 0 their P is 0, and a word that contains "
        "one has likelihood 0, which is an infinite nll",
        n=V * V - len(counts.keys),
        all=V * V,
    )


def step(
    dataset: Dataset, training: Training, update: Update, cell: Cell, of: Inside
) -> tuple[Line, Sequence[tuple[str, str]]]:
    """The step after the one shown, for one bigram: a head, and from one-hot to the updated weight."""
    assert training.network is not None
    assert training.loss is not None
    i, j = cell
    settings, loss, W = training.settings, training.loss, training.network.W.double()
    signs, V = dataset.counts.vocabulary.signs, len(dataset.counts.vocabulary)
    x, y, λ = signs[i], signs[j], settings.regularization
    weight = f"W[{x},{y}]"
    exp, total = short(of.exp[j].item()), short(of.exp.sum().item())
    surprise = -of.logits.log_softmax(0)[j].item()
    actual = f"{of.actual:.6f}" if of.rows else "0"
    gradient, after = update.gradient[i, j].item(), update.network.W[i, j].item()
    if V <= SHOWN_ZEROS:
        one_hot = "".join("1" if k == i else "0" for k in range(V))
    else:
        one_hot = say("1 at {x}, else 0", x=x)
    now, next_, bigram = f"{training.step:,}", f"{training.step + 1:,}", x + y
    head = _beside(
        Phrase("From step {now} to {next}, for the bigram {bigram}"), now=now, next=next_, bigram=bigram
    )
    if settings.batch_size:
        head += (Part(say(", with a batch of {n:,} bigrams", n=settings.batch_size), True),)
    return head, [
        (f"one-hot({x})", one_hot),
        ("logits", say("one-hot({x}) @ W, which is row {x} of W", x=x)),
        (
            "exp",
            say("of each logit; for {y} it is exp({weight:.4f}) = {exp}", y=y, weight=of.weight, exp=exp),
        ),
        (say("sum"), say("of the row: {sum}", sum=total)),
        ("softmax", f"{P_of(signs, i, j)} = {exp} / {total} = {of.P:.6f}"),
        (
            f"−ln {P_of(signs, i, j)}",
            say("{nll:.6f} nats: how surprising {y} is after {x}", nll=surprise, x=x, y=y),
        ),
        (say("mean"), say("of that over {n:,} bigrams: {mean:.6f}", n=dataset.counts.total, mean=loss.data)),
        ("λ·mean(W²)", f"{λ:g} · {W.square().mean().item():.6f} = {loss.regularization:.6f}"),
        (say("loss"), f"{loss.data:.6f} + {loss.regularization:.6f} = {loss.total:.6f}"),
        (say("gradient"), say("row's share × (predicted − actual) + 2λ·{W}/V²", W=weight)),
        ("", f"{of.share:.6f} × ({of.P:.6f} − {actual})"),
        ("", f"+ 2·{λ:g}·{of.weight:.4f}/{V}² = {gradient:.8f}"),
        (say("update"), say("{W} − learning rate × gradient", W=weight)),
        ("", f"{of.weight:.6f} − {settings.learning_rate:g} × {gradient:.8f} = {after:.6f}"),
    ]
