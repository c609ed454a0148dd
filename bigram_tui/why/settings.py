"""What a setting does, with the numbers of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bigram_tui.lm.model import LanguageModel, UniformModel
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.session.snapshots import GAIN_STEPS
from bigram_tui.views.grid import Cell
from bigram_tui.views.numbers import precise
from bigram_tui.why.explanation import Explanation, Step
from bigram_tui.why.models import probability_steps
from bigram_tui.why.training import DRAWN, regularization, updated, why_not

if TYPE_CHECKING:
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots import Dataset, Training

FIRST_NUMBERS = 5
"""Numbers u that are shown of a seed."""


def choice(training: Training, name: str) -> str:
    """What there is to choose from in a list of settings, and what the chosen one does."""
    settings = training.settings
    if name == "init":
        first = {**DRAWN, "zeros": "no random numbers: each is 0"}[settings.init]
        return (
            f"The initialization {settings.init} gives the weights W before the first step: {first}. Another "
            "one starts the training over."
        )
    if name == "pace":
        return f"The speed is how many steps a run makes: {training.pace}. It changes no number."
    batch = "all bigrams" if settings.batch_size is None else f"{settings.batch_size:,} drawn bigrams"
    return (
        f"A preset starts the training over with settings that go together. Now they are: initialization "
        f"{settings.init} with seed {settings.seed}, {settings.steps:,} steps, each of which changes W by "
        f"−{settings.learning_rate:g} × gradient of the loss of {batch} + {settings.regularization:g} × "
        "mean(W²)."
    )


def typed(dataset: Dataset, training: Training, update: Update | None, name: str) -> Explanation | str:
    """What a typed setting of the training does to the next step, which is given."""
    settings, n, step = training.settings, dataset.counts.total, training.step
    if name == "steps":
        return (
            f"f goes on until step {settings.steps:,} and stops there, r goes on past it. Now it is step "
            f"{step:,}. How many steps are made changes none of them."
        )
    if name == "seed":
        first = (
            f"the weights before the first step ({DRAWN[settings.init]}), " if settings.init in DRAWN else ""
        )
        return (
            f"The seed {settings.seed} determines all random numbers of the training: {first}the bigrams of "
            "each mini-batch, and the u of the names drawn now. The same seed and settings give the same "
            "losses again; another seed starts the training over."
        )
    if name == "batch_size":
        if settings.batch_size is None:
            return (
                f"Each step looks at all {n:,} bigrams, through their counts. With a number here it would "
                "look at so many only, drawn anew for each step: cheaper where nothing is counted, but less "
                "sure."
            )
        part = settings.batch_size / n
        return (
            f"Each step looks at {settings.batch_size:,} of {n:,} bigrams ({part:.2%}), drawn anew, each as "
            "often as it occurs. Its gradient is right on average only, so the loss does not always fall."
        )
    if (reason := why_not(training)) is not None:
        return reason
    if name == "least_gain":
        return _least_gain(training)
    return _of_the_next_step(dataset, training, update, name)


def _least_gain(training: Training) -> Explanation:
    assert training.losses is not None
    assert training.loss is not None
    step, now = training.step, training.loss.total
    never = "" if training.least_gain else " With 0 it never does."
    words = f"A run stops by itself when {GAIN_STEPS} steps lower the loss by less than this, in nats.{never}"
    before = training.losses.recorded(step - GAIN_STEPS)
    if before is None:
        return Explanation("the least gain", (Step(words),))
    gain = Step(
        f"The {GAIN_STEPS} steps until {step:,} lowered it by this.",
        (f"{precise(before.total)} − {precise(now)} = {precise(before.total - now)}",),
    )
    return Explanation("the least gain", (Step(words), gain))


def _of_the_next_step(
    dataset: Dataset, training: Training, update: Update | None, name: str
) -> Explanation | str:
    assert training.network is not None
    if update is None:
        return "There is no next step. Press , to go back to the last good one."
    settings, V2, signs = training.settings, training.network.W.numel(), dataset.counts.vocabulary.signs
    cell = Cell(*divmod(int(update.gradient.abs().argmax()), len(signs)))
    λ, weight, after = (
        settings.regularization,
        *(net.W[cell].item() for net in (training.network, update.network)),
    )
    sign = f"W[{signs[cell.row]},{signs[cell.column]}]"
    if name == "learning_rate":
        words = (
            "Each step changes every weight by minus the learning rate times its gradient. A larger one "
            f"makes larger steps; too large a one jumps too far. See what it does to {sign}, whose gradient "
            "is the largest now."
        )
        steps = updated(dataset, training, update, cell, precise(after))
        return Explanation("the learning rate", (Step(words), *steps))
    words = (
        f"Its part of the gradient of a weight is 2·λ·W / V². Each step takes this, times the learning rate, "
        f"from the weight: it pulls every weight toward 0, where all tokens are equally likely, as smoothing "
        f"pulls the counts. For {sign}:"
    )
    pull = f"2 · {λ:g} · {precise(weight)} / {V2:,} = {precise(2 * λ * weight / V2)}"
    return Explanation("the regularization λ", (regularization(training), Step(words, (pull,))))


def temperature(model: LanguageModel, signs: Sequence[str], first: int, second: int, T: float) -> Explanation:
    """What it makes of the probability of a bigram."""
    as_it_is = " T = 1 leaves P as it is." if T == 1 else ""
    words = (
        "Names are drawn from P to the power 1/T. T below 1 makes likely tokens likelier, T above 1 makes "
        f"all more alike, T = 0 always takes the most likely one.{as_it_is}"
    )
    shown = precise(model.probability(first, second))
    steps = probability_steps(model, signs, first, second, shown)
    return Explanation(f"the temperature {T:g}", (Step(words), *steps))


def seed(value: int, vocabulary: Vocabulary, method: str) -> Explanation | str:
    """The first of the numbers u that it gives."""
    words = "The same seed gives the same names again, another one starts the drawing over."
    if method != METHODS[0]:
        return f"The seed {value} determines all that torch.multinomial draws. {words}"
    sampler = InverseTransformSampler(UniformModel(vocabulary), vocabulary, value)
    us = [f"u = {sampler.draw(BOUNDARY).u:.6f}" for _ in range(FIRST_NUMBERS)]
    words = f"The seed determines all numbers u with which characters are drawn. {words} The first ones are:"
    return Explanation(f"the seed {value}", (Step(words, (*us, "…")),))
