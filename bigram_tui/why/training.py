"""Explains a weight, what is computed from it, its gradient, and the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from bigram_tui.lm.model import negative_log
from bigram_tui.lm.vocabulary import BOUNDARY, visible
from bigram_tui.texts import Phrase, say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import nats, number, power, precise
from bigram_tui.views.view import View
from bigram_tui.why.counts import contributions
from bigram_tui.why.explanation import Explanation, Step, rounded
from bigram_tui.why.inside import Inside
from bigram_tui.why.models import current, following, given, probability_steps, row_of
from bigram_tui.why.models.network import weight_step

if TYPE_CHECKING:
    from bigram_tui.lm.model import NetworkModel
    from bigram_tui.lm.network import Frequencies
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training
    from bigram_tui.views.grid import Cell, GridView

Leading = Callable[[], "tuple[Training, Update] | None"]
"""Returns the step before the one shown and the update between them; None if they are not available."""

DRAWN = {
    "rand": Phrase("drawn uniformly from 0 to 1"),
    "randn": Phrase("drawn from the standard normal distribution"),
}


def why_not(training: Training) -> str | None:
    """Why the network has no numbers to explain and what to do; None if it has."""
    if training.network is None or training.loss is None:
        return say("There is no network yet: torch is still being loaded. Ask again in a moment.")
    if not math.isfinite(training.loss.total):
        return say(
            "{remark} Nothing can be derived from it. In Training, < goes back ten steps.",
            remark=training.remark,
        )
    return None


def cell(
    dataset: Dataset, training: Training, view: GridView, cell: Cell, shown: str, leading: Leading
) -> Explanation | str:
    """A value of one of the network's views, ending with it as `shown`."""
    if (reason := why_not(training)) is not None:
        return reason
    assert training.network is not None
    assert training.frequencies is not None
    vocabulary, (i, j) = dataset.counts.vocabulary, cell
    model, value = training.model(vocabulary), view.value(i, j)
    if view.kind is View.NETWORK_PROBABILITIES:
        *steps, last = probability_steps(model, i, j, shown)
        steps += [_as_counted(dataset, cell), last]
    elif view.kind is View.NETWORK_COUNTS:
        words = say(
            "exp turns it into a positive number, which can be read as a count that the network made up."
        )
        power = f"exp({precise(training.network.W[i, j].item())}) = {rounded(value, shown)}"
        steps = [weight_step(model, i, j), Step(words, power)]
    elif view.kind is View.DIFFERENCE:
        steps = _difference(dataset, model, cell, value, shown)
    elif view.kind is View.GRADIENT:
        steps = _gradient(dataset, training, training.frequencies, cell, value, shown)
    else:
        steps = _weight(dataset, training, cell, shown, leading)
    title = say("{value} for {bigram}", value=view.kind.symbol, bigram=given(model, i) + vocabulary.signs[j])
    return Explanation(title, *steps)


def update(dataset: Dataset, training: Training, update: Update, cell: Cell) -> Explanation | str:
    """How the next step changes a weight, as shown inside the step."""
    if (reason := why_not(training)) is not None:
        return reason
    i, j = cell
    steps = updated(dataset, training, update, cell, number(update.network.W[i, j].item(), 6))
    title = say("{weight} after the next step", weight=weight_of(dataset, cell))
    return Explanation(title, *steps)


def weight_of(dataset: Dataset, cell: Cell) -> str:
    """“W[n,a]”."""
    return f"W[{row_of(dataset.model, cell.row)},{dataset.counts.vocabulary.signs[cell.column]}]"


def _as_counted(dataset: Dataset, cell: Cell) -> Step:
    n, total = dataset.counts.count(*cell), dataset.counts.row_totals[cell.row]
    part = f"{n:,} / {total:,} = {precise(n / total)}" if total else "0 / 0"
    words = say("Counting without smoothing gives this. Training brings the network close to it.")
    return Step(words, part)


def _difference(dataset: Dataset, model: NetworkModel, cell: Cell, value: float, shown: str) -> list[Step]:
    i, j = cell
    learned, counted = model.probability(i, j), dataset.model.probability(i, j)
    return [
        Step(say("The network's probability comes first, then the one from counting.")),
        *probability_steps(model, i, j, precise(learned)),
        *probability_steps(dataset.model, i, j, precise(counted)),
        Step(
            say("The difference is the network's probability minus the one from counting."),
            f"{precise(learned)} − {precise(counted)}",
            f"= {rounded(value, shown)}",
        ),
    ]


def _gradient(
    dataset: Dataset,
    training: Training,
    frequencies: Frequencies,
    cell: Cell,
    value: float,
    shown: str,
) -> list[Step]:
    """∂loss/∂W of one weight, for all bigrams or for those of a mini-batch."""
    vocabulary, (i, j) = dataset.counts.vocabulary, cell
    V, c, model = len(vocabulary), dataset.counts.context, training.model(vocabulary)
    x, y, λ = current(model, i), following(model, j), training.settings.regularization
    size, ngrams = power(f"{V:,}", c + 1), called(c)
    of = Inside(dataset, training, frequencies, cell)
    rows, share, P, actual = of.rows, precise(of.share), precise(of.P), precise(of.actual)
    if of.is_batch:
        actually = say(
            "This is what the network predicts. Of what came after {x} among the {n:,} {ngrams} of this "
            "batch, this share was {y}:",
            n=of.total,
            ngrams=ngrams,
            x=x,
            y=y,
        )
    else:
        actually = say(
            "This is what the network predicts. Of what came after {x} in the data, this share was {y}:",
            x=x,
            y=y,
        )
    of_data, decay = precise(of.of_data), precise(of.decay)
    return [
        *probability_steps(model, i, j, P),
        Step(
            actually, f"{of.both:,} / {rows:,} = {actual}" if rows else say("nothing came after {x}: 0", x=x)
        ),
        Step(
            say(
                "The gradient says how the loss grows with this weight. Its first part is the row's share of "
                "all {ngrams} times predicted minus actual.",
                ngrams=ngrams,
            ),
            f"{rows:,} / {of.total:,} = {share}",
            f"{share} × ({P} − {actual}) = {of_data}",
        ),
        Step(
            say(
                "Its second part comes from regularization: 2·λ·W / {size}, the number of weights.",
                size=power("V", c + 1),
            ),
            f"2 · {λ:g} · {precise(of.weight)} / {size} = {decay}",
        ),
        Step(
            say("The gradient is the sum of both parts."),
            f"{of_data} + {decay}",
            f"= {rounded(value, shown)}",
        ),
    ]


def updated(dataset: Dataset, before: Training, update: Update, cell: Cell, shown: str) -> list[Step]:
    """A weight after one step of gradient descent."""
    assert before.network is not None
    i, j = cell
    weight, gradient, after = (W[i, j].item() for W in (before.network.W, update.gradient, update.network.W))
    rate = before.settings.learning_rate
    return [
        *_gradient(dataset, before, update.frequencies, cell, gradient, precise(gradient)),
        Step(
            say(
                "Step {step:,} goes against the gradient, as far as the learning rate {rate:g} says: the old "
                "weight minus rate times gradient.",
                step=before.step + 1,
                rate=rate,
            ),
            f"{precise(weight)} − {rate:g} × {precise(gradient)}",
            f"= {rounded(after, shown)}",
        ),
    ]


def _weight(dataset: Dataset, training: Training, cell: Cell, shown: str, leading: Leading) -> list[Step]:
    assert training.network is not None
    assert training.losses is not None
    signs, settings, (i, j) = dataset.counts.vocabulary.signs, training.settings, cell
    V, W = len(signs), training.network.W
    value = f"{weight_of(dataset, cell)} = {rounded(W[i, j].item(), shown)}"
    if training.step > training.losses.first:
        if (led := leading()) is not None:
            before, update = led
            begun = say(
                "After step {before:,} the network was this. Step {step:,} changed it.",
                before=before.step,
                step=training.step,
            )
            return [Step(begun), *updated(dataset, before, update, cell, shown)]
        words = say("It comes from the previous step, which is far from the steps that are kept.")
    elif training.loaded_from:
        words = say(
            "The run began with this weight. It was loaded from {file}.", file=visible(training.loaded_from)
        )
    elif settings.init == "zeros":
        words = say("No step was made yet. With the initialization zeros every weight begins as 0.")
    else:
        words = say(
            "No step was made yet. Every weight begins as a random number, {drawn}. The seed {seed} gives "
            "them all at once, as torch.{init}(({shape})). This one is in row “{x}”, column “{y}”.",
            drawn=say(DRAWN[settings.init]),
            seed=settings.seed,
            init=settings.init,
            shape=f"{len(W)}, {V}",
            x=row_of(dataset.model, i),
            y=signs[j],
        )
    return [Step(words, value)]


def loss(dataset: Dataset, training: Training) -> Explanation | str:
    """The loss at a step, with its parts and its baselines."""
    if (reason := why_not(training)) is not None:
        return reason
    assert training.network is not None
    assert training.loss is not None
    counts, loss, network = dataset.counts, training.loss, training.network
    V, n = len(counts.vocabulary), counts.total
    places = counts.arrays.keys
    surprises = -network.W.double().log_softmax(1).flatten()[torch.from_numpy(places)].numpy()
    terms = counts.arrays.counts * surprises
    i, j = divmod(int(places[terms.argmax()]), V)
    model = training.model(counts.vocabulary)
    P = model.probability(i, j)
    ngrams = called(counts.context)
    mean = say("Divide by the number of {ngrams}. This mean is the data part of the loss.", ngrams=ngrams)
    if training.settings.batch_size:
        mean += say(
            " A mini-batch decides the step only; the loss is measured over all {ngrams}.", ngrams=ngrams
        )
    return Explanation(
        say("the loss after step {step:,}", step=training.step),
        Step(
            say(
                "The loss is measured over all {n:,} {ngrams} of the data. Begin with one of them: {y} "
                "after {x}, which adds most to it.",
                n=n,
                ngrams=ngrams,
                x=current(model, i),
                y=following(model, j),
            )
        ),
        *probability_steps(model, i, j, precise(P)),
        Step(
            say("−ln P says how surprising that is, in nats. It adds this as often as it occurs."),
            f"−ln {precise(P)} = {precise(negative_log(P))}",
            f"{counts.count(i, j):,} × {precise(negative_log(P))} = {number(float(terms.max()))}",
        ),
        Step(
            say("Add up what all the different {ngrams} add.", ngrams=ngrams),
            *contributions(counts, terms, loss.data * n),
        ),
        Step(
            mean,
            say(
                "data = {sum} / {n:,} = {mean}",
                sum=number(loss.data * n),
                n=n,
                mean=nats(loss.data).strip(),
            ),
        ),
        *_levels(dataset, loss.data),
        regularization(training),
        Step(
            say("The loss is both parts together. Gradient descent lowers it."),
            say(
                "loss = {data} + {regularization}",
                data=precise(loss.data),
                regularization=precise(loss.regularization),
            ),
            f"= {rounded(loss.total, nats(loss.total).strip())}",
        ),
    )


def _levels(dataset: Dataset, data: float) -> list[Step]:
    """The baselines for the data loss."""
    counts, floor = dataset.counts, dataset.counts.nll(0)
    letters = counts.of_context(0).cells(BOUNDARY)
    n, total = max(letters), counts.total
    common = letters.index(n)
    sign = counts.vocabulary.signs[common]
    return [
        Step(
            say(
                "Counting without smoothing gives the smallest mean that any table of probabilities can "
                "reach."
            ),
            say(
                "counting = {sum} / {n:,} = {mean}",
                sum=number(counts.nll_sum(0)),
                n=total,
                mean=nats(floor).strip(),
            ),
        ),
        Step(
            say(
                "The difference is still to learn. It is the KL divergence of the counts' P from softmax(W)."
            ),
            say(
                "still to learn = {data} − {counting} = {difference}",
                data=precise(data),
                counting=precise(floor),
                difference=nats(data - floor).strip(),
            ),
        ),
        Step(
            say(
                "Letters alone: each token is as likely as it is frequent, whatever came before. A token "
                "whose share of all tokens is p costs −ln p. For “{sign}” the share is:",
                sign=sign,
            ),
            f"p = {n:,} / {total:,} = {precise(n / total)}",
            f"p × −ln p = {precise(-n / total * math.log(n / total))}",
            say("sum over all tokens = {sum}", sum=nats(counts.letter_nll).strip()),
        ),
        Step(
            say("Knowing nothing: every token is equally likely, so each one costs ln V."),
            f"ln {len(counts.vocabulary):,} = {nats(counts.uniform_nll).strip()}",
        ),
    ]


def regularization(training: Training) -> Step:
    """The regularization loss."""
    assert training.network is not None
    assert training.loss is not None
    λ, part, W = training.settings.regularization, training.loss.regularization, training.network.W.double()
    squares, V2 = W.square().sum().item(), W.numel()
    return Step(
        say("Regularization asks for small weights: λ times the mean of their squares."),
        f"mean(W²) = {precise(squares)} / {V2:,} = {precise(squares / V2)}",
        f"{λ:g} × {precise(squares / V2)} = {rounded(part, nats(part).strip())}",
    )


def recorded_loss(training: Training, step: int) -> Explanation:
    """The loss of a step whose weights are not available."""
    assert training.losses is not None
    loss = training.losses[step]
    words = say(
        "The loss is the data part plus the regularization. Bring the curve's cursor to this step to see "
        "where the parts come from: its weights must be computed again, which takes a moment."
    )
    parts = f"{precise(loss.data)} + {precise(loss.regularization)}"
    return Explanation(
        say("the loss after step {step:,}", step=step),
        Step(words, parts, f"= {rounded(loss.total, nats(loss.total).strip())}"),
    )
