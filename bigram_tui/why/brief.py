"""In a few lines, beside what is looked at: what `w` derives at length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.model import perplexity
from bigram_tui.lm.vocabulary import visible
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

ORDINALS = {1: "most", 2: "second most", 3: "third most", 4: "fourth most", 5: "fifth most"}
IMPOSSIBLE = (
    "−ln 0 is infinite: it never occurred and smoothing is 0, so a word with it has likelihood 0. "
    "Smoothing above 0 gives it a chance."
)


class Part(NamedTuple):
    """A piece of a line; words about the data are muted, beside which the data stands out."""

    text: str
    muted: bool = False


Line = tuple[Part, ...]


def counted(dataset: Dataset, cell: Cell) -> list[Line]:
    """A cell of the table of counts: how often, and the probability that comes of it."""
    counts, model, (i, j) = dataset.counts, dataset.model, cell
    signs, n, total = counts.vocabulary.signs, counts.count(i, j), counts.row_totals[i]
    x, y, P = signs[i] if i else "the beginning", signs[j] if j else "the end", model.probability(i, j)
    about = f"{P_of(signs, i, j)} = {fraction(model, i, j)} = {P:.4f}"
    lines: list[Line] = [
        (Part(f"{n:,} of the {total:,} times that anything followed {x}, it was {y}."),),
        (Part(about), Part("  probability of ", True), Part(y), Part(" after ", True), Part(x)),
        (Part(_rank(dataset, cell, x)),),
        (
            Part(
                f"−ln {P_of(signs, i, j)} = {-math.log(P):.4f} nats = {-math.log2(P):.4f} bits"
                if P
                else IMPOSSIBLE
            ),
        ),
        _words(dataset, cell),
    ]
    if model.smoothing:
        unsmoothed = f"{n:,} / {total:,} = {n / total:.4f}" if total else "0 / 0"
        lines.insert(2, (Part(f"without smoothing {unsmoothed}", True),))
    return lines


def _rank(dataset: Dataset, cell: Cell, x: str) -> str:
    """“second most frequent after n (first: the end)”."""
    counts, (i, j) = dataset.counts, cell
    row, rank = counts.cells(i), counts.rank_in_row(i, j)
    largest = row.index(max(row))
    first = counts.vocabulary.signs[largest] if largest else "the end"
    if rank == 1:
        return f"the most frequent after {x}"
    if rank in ORDINALS:
        return f"{ORDINALS[rank]} frequent after {x} (first: {first})"
    return f"number {rank} of what follows {x} (first: {first})"


def _words(dataset: Dataset, cell: Cell) -> Line:
    """Words of the data that contain the bigram, spread evenly."""
    characters, corpus = ("", *dataset.counts.vocabulary.characters), dataset.corpus
    words = corpus.words_with(characters[cell.row], characters[cell.column])
    none, some = "no word of the data contains it", "different words"
    if not corpus.lists_all:
        some = f"of {len(corpus.words):,} words looked at"
        none = f"none {some} contains it"
    if not words:
        return (Part(none, True),)
    step = max(len(words) / WORDS_SHOWN, 1)
    chosen = [words[int(step * place)] for place in range(min(WORDS_SHOWN, len(words)))]
    return Part(f"in {len(words):,} {some}: ", True), Part(" ".join(map(visible, chosen)))


def likelihood(dataset: Dataset) -> tuple[list[tuple[str, str]], str]:
    """How likely the data is under the counts: labelled figures, and what smoothing has to do with them."""
    counts, k = dataset.counts, dataset.smoothing
    nll, V = counts.nll(k), len(counts.vocabulary)
    rows = [
        ("mean nll", f"{nll:.6f} nats over {counts.total:,} bigrams"),
        ("sum", f"{counts.nll_sum(k):,.4f} nats"),
        ("perplexity", f"{perplexity(nll):.4f}"),
        ("knowing nothing", f"{counts.uniform_nll:.6f} nats"),
    ]
    if k:
        return rows, f"with smoothing 0 it is {counts.nll(0):.6f}, the lowest there is"
    return rows, (
        f"{V * V - len(counts.keys):,} of the {V * V:,} bigrams never occur: with smoothing 0 their P is 0, "
        "and a word that contains one has likelihood 0, which is an infinite nll"
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
    exp, total = short(of.exp[j].item()), short(of.exp.sum().item())
    surprise = -of.logits.log_softmax(0)[j].item()
    actual = f"{of.actual:.6f}" if of.rows else "0"
    gradient, after = update.gradient[i, j].item(), update.network.W[i, j].item()
    one_hot = "".join("1" if k == i else "0" for k in range(V)) if V <= SHOWN_ZEROS else f"1 at {x}, else 0"
    head = (
        Part("From step ", True),
        Part(f"{training.step:,} to {training.step + 1:,}"),
        Part(", for the bigram ", True),
        Part(f"{x}{y}"),
        Part(f", with a batch of {settings.batch_size:,} bigrams" if settings.batch_size else "", True),
    )
    return head, [
        (f"one-hot({x})", one_hot),
        ("logits", f"one-hot({x}) @ W, which is row {x} of W"),
        ("exp", f"of each logit; for {y} it is exp({of.weight:.4f}) = {exp}"),
        ("sum", f"of the row: {total}"),
        ("softmax", f"{P_of(signs, i, j)} = {exp} / {total} = {of.P:.6f}"),
        (f"−ln {P_of(signs, i, j)}", f"{surprise:.6f} nats: how surprising {y} is after {x}"),
        ("mean", f"of that over {dataset.counts.total:,} bigrams: {loss.data:.6f}"),
        ("λ·mean(W²)", f"{λ:g} · {W.square().mean().item():.6f} = {loss.regularization:.6f}"),
        ("loss", f"{loss.data:.6f} + {loss.regularization:.6f} = {loss.total:.6f}"),
        ("gradient", f"row's share × (predicted − actual) + 2λ·W[{x},{y}]/V²"),
        ("", f"{of.share:.6f} × ({of.P:.6f} − {actual})"),
        ("", f"+ 2·{λ:g}·{of.weight:.4f}/{V}² = {gradient:.8f}"),
        ("update", f"W[{x},{y}] − learning rate × gradient"),
        ("", f"{of.weight:.6f} − {settings.learning_rate:g} × {gradient:.8f} = {after:.6f}"),
    ]
