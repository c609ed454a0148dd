"""The views of the grid: counts, probabilities, the network's weights and what is computed from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.model import CountModel
from bigram_tui.lm.settings import MAX_TRAINED_CHARACTERS, check_weights
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import say
from bigram_tui.views.grid import NUMBER_WIDTH, GridView
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import number, power
from bigram_tui.views.view import View

if TYPE_CHECKING:
    from torch import Tensor

Views = dict[View, Callable[["Dataset", "Training"], GridView | str]]
"""A function for each view, which returns a message if the view cannot be shown now."""


def untrainable(counts: NgramCounts) -> str:
    """Why there are too many contexts or tokens for a network, and what to do about it; else empty."""
    V, c = len(counts.vocabulary), counts.context
    try:
        check_weights(V, c)
    except SettingError as error:
        if c > 1:
            return say(
                "W would have {weights:,} weights, a row of {V:,} for each of {contexts} contexts, "
                "and at most {most:,} are trained. Press ( for a shorter context.",
                contexts=power(f"{V:,}", c),
                **error.gaps,
            )
        return say(
            "A network is trained for up to {n:,} characters, and this dataset has more. Open it again (o) "
            "with “rare letters” set, so that rare characters share one token, or open a list with fewer.",
            n=MAX_TRAINED_CHARACTERS,
        )
    return ""


def compact_count(count: float) -> str:
    """A count in at most five characters: 99999, 123k, 4.5M."""
    if count < 100_000:
        return f"{count:.0f}"
    for unit in ("k", "M", "G", "T"):
        count /= 1_000
        if count < 9.95 and unit != "k":
            return f"{count:.1f}{unit}"
        if count < 999.5:
            return f"{count:.0f}{unit}"
    return f"{count:.0f}T"


def compact_number(value: float) -> str:
    """A number in four characters, five with its sign: 0, 3e-5, .162, −1.25, 12.3, 1234, 45k."""
    if value == 0 or not math.isfinite(value):
        return number(value)
    sign, size = "−" if value < 0 else "", abs(value)
    if size < 0.0005:
        return f"{sign}{size:.0e}".replace("e-0", "e-") if size >= 0.95e-9 else f"{sign}~0"
    for decimals in (3, 2, 1, 0):
        digits = f"{size:.{decimals}f}"
        digits = digits.removeprefix("0") if decimals else digits
        if len(digits) < NUMBER_WIDTH:
            return sign + digits
    return (sign + compact_count(size))[:NUMBER_WIDTH]


def counts(dataset: Dataset, training: Training) -> GridView | str:
    table = dataset.counts
    title = say("Counts N ({n:,} {ngrams})", n=table.total, ngrams=called(table.context))
    if table.context > 1:
        title = say(
            "Counts N ({total:,} {ngrams}, {n:,} of {possible} rows)",
            n=len(table.states),
            possible=power(f"{len(table.vocabulary):,}", table.context),
            total=table.total,
            ngrams=called(table.context),
        )
    return _view(View.COUNTS, title, dataset, table.cells, max(table.counts), compact_count)


def probabilities(dataset: Dataset, training: Training) -> GridView | str:
    model = dataset.model
    if isinstance(model, CountModel):
        title = say("Probabilities P (smoothing {k:g}, rows sum to 1)", k=model.smoothing)
    else:
        title = say("Probabilities P ({smoother})", smoother=model.smoother.name)
    return _view(View.PROBABILITIES, title, dataset, model.cells, model.largest_probability)


def without_keepdim(dataset: Dataset, training: Training) -> GridView | str:
    """The probabilities that a notebook gets if sum(1) lacks keepdim=True."""
    table, k = dataset.counts, dataset.smoothing
    if table.context == 0:
        return say(
            "Without context the table has one row. Its sum divides every column, with keepdim or without: "
            "here nothing goes wrong."
        )
    if table.context > 1:
        return say(
            "With a context of {n} the table is not square: {rows:,} row sums cannot be laid out over "
            "{columns:,} columns, and PyTorch says so. The mistake goes unnoticed only with bigrams.",
            n=table.context,
            rows=len(table.vocabulary) ** table.context,
            columns=len(table.vocabulary),
        )
    title = say("(N+k) / (N+k).sum(1) without keepdim, no P")
    return _view(
        View.WITHOUT_KEEPDIM,
        title,
        dataset,
        lambda i, columns: table.cells_without_keepdim(i, k, columns),
        table.largest_without_keepdim(k),
    )


def _view(
    kind: View,
    title: str,
    dataset: Dataset,
    cells: Callable[[int, slice], Sequence[float]],
    largest: float,
    number: Callable[[float], str] = compact_number,
    diverging: bool = False,
) -> GridView:
    """A view with a row for each context that occurs."""
    table = dataset.counts
    signs = table.vocabulary.signs
    return GridView(kind, title, signs, cells, largest, number, diverging, table.states, table.context)


def network(dataset: Dataset, training: Training) -> GridView | str:
    """The network's P, in the colours of the counts' P, so that the table of counts visibly emerges."""

    def row(W: Tensor, i: int) -> Tensor:
        return W[i].double().softmax(0)

    return _of_network(View.NETWORK_PROBABILITIES, dataset, training, row, _largest_P)


def network_counts(dataset: Dataset, training: Training) -> GridView | str:
    return _of_network(
        View.NETWORK_COUNTS,
        dataset,
        training,
        lambda W, i: W[i].double().exp(),
        lambda dataset, W: W.max().double().exp().item(),
    )


def weights(dataset: Dataset, training: Training) -> GridView | str:
    return _of_network(
        View.WEIGHTS,
        dataset,
        training,
        lambda W, i: W[i].double(),
        lambda dataset, W: max(abs(bound.item()) for bound in W.aminmax()),
        diverging=True,
    )


def difference(dataset: Dataset, training: Training) -> GridView | str:
    """The difference of the two P, on the scale of P, so that the colours fade as the network learns."""

    def row(W: Tensor, i: int) -> Tensor:
        softmax = W[i].double().softmax(0)
        return softmax - softmax.new_tensor(dataset.model.cells(i))

    return _of_network(View.DIFFERENCE, dataset, training, row, _largest_P, diverging=True)


def gradient(dataset: Dataset, training: Training) -> GridView | str:
    """The gradient on the scale of N/n, so that it glows where W is still wrong."""

    def row(W: Tensor, i: int) -> Tensor:
        assert training.network is not None
        assert training.frequencies is not None
        rows, regularization = slice(i, i + 1), training.settings.regularization
        return training.network.gradient(training.frequencies, regularization, rows)[0].double()

    return _of_network(View.GRADIENT, dataset, training, row, _largest_share, diverging=True)


def _largest_share(dataset: Dataset, W: Tensor) -> float:
    return max(dataset.counts.counts) / dataset.counts.total


def _largest_P(dataset: Dataset, W: Tensor) -> float:
    return dataset.model.largest_probability


def _of_network(
    kind: View,
    dataset: Dataset,
    training: Training,
    row: Callable[[Tensor, int], Tensor],
    largest: Callable[[Dataset, Tensor], float],
    diverging: bool = False,
) -> GridView | str:
    """A view computed from W, row by row in float64, or a message if there is no W yet.

    `largest` is the end of the colour scale, which must be known without computing all rows.
    """
    if training.network is None:
        waiting = say("There is no network yet: torch is still being loaded.")
        return untrainable(dataset.counts) or waiting
    W = training.network.W
    when = say("after {n:,} steps", n=training.step) if training.step else say("not trained yet")
    return _view(
        kind,
        say("{symbol}, {when}", symbol=kind.symbol, when=when),
        dataset,
        lambda i, columns: row(W, i)[columns].tolist(),
        largest(dataset, W) or 1.0,
        diverging=diverging,
    )


VIEWS: Views = {
    View.COUNTS: counts,
    View.PROBABILITIES: probabilities,
    View.NETWORK_PROBABILITIES: network,
    View.NETWORK_COUNTS: network_counts,
    View.WEIGHTS: weights,
    View.DIFFERENCE: difference,
    View.WITHOUT_KEEPDIM: without_keepdim,
}
"""The views of the Counts pane."""

TRAINING_VIEWS: Views = {
    View.NETWORK_PROBABILITIES: network,
    View.DIFFERENCE: difference,
    View.WEIGHTS: weights,
    View.NETWORK_COUNTS: network_counts,
    View.GRADIENT: gradient,
}
"""The views of the Training pane."""
