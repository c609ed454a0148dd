"""What a setting does, with the current numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigram_tui.lm.model import LanguageModel, UniformModel
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.session.snapshots.training import GAIN_STEPS
from bigram_tui.texts import say
from bigram_tui.views.grid import Cell
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import power, precise
from bigram_tui.why.explanation import Explanation, Step
from bigram_tui.why.models import probability_steps
from bigram_tui.why.training import DRAWN, regularization, updated, weight_of, why_not

if TYPE_CHECKING:
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training

FIRST_NUMBERS = 5
"""How many of a seed's numbers u are shown."""


def choice(dataset: Dataset, training: Training, name: str) -> str:
    """The choices in a drop-down list of settings, and what the current one does."""
    settings = training.settings
    if name == "init":
        drawn = DRAWN.get(settings.init)
        return say(
            "The initialization {init} gives the weights W before the first step: {weights}. Another one "
            "starts the training over.",
            init=settings.init,
            weights=say(drawn) if drawn else say("no random numbers: each is 0"),
        )
    if name == "pace":
        return say(
            "The speed is how many steps a run makes: {pace}. It changes no number.", pace=say(training.pace)
        )
    n, ngrams = settings.batch_size, called(dataset.counts.context)
    return say(
        "A preset starts the training over with settings that go together. Now they are: initialization "
        "{init} with seed {seed}, {steps:,} steps, each of which changes W by −{rate:g} × gradient of the "
        "loss of {batch} + {λ:g} × mean(W²).",
        init=settings.init,
        seed=settings.seed,
        steps=settings.steps,
        rate=settings.learning_rate,
        batch=say("all {ngrams}", ngrams=ngrams)
        if n is None
        else say("{n:,} drawn {ngrams}", n=n, ngrams=ngrams),
        λ=settings.regularization,
    )


def learn_from(dataset: Dataset) -> str:
    """Which words the models learn from, and what the others are for."""
    return say(
        "The counts and the network learn from all words, or from train alone: the list is split {split} "
        "into train, dev and test. The loss on dev shows how well words that were held out are predicted. "
        "Another choice starts the training over.",
        split=str(dataset.split.fractions),
    )


def typed(dataset: Dataset, training: Training, update: Update | None, name: str) -> Explanation | str:
    """How a training setting affects the next step, which is given."""
    settings, n, step = training.settings, dataset.counts.total, training.step
    ngrams = called(dataset.counts.context)
    if name == "steps":
        return say(
            "f goes on to step {last:,} and stops there, r goes on past it. Now it is step {step:,}. The "
            "number of steps changes none of the steps themselves.",
            last=settings.steps,
            step=step,
        )
    if name == "seed":
        drawn = DRAWN.get(settings.init)
        return say(
            "The seed {seed} determines all random numbers of the training: {weights}the {ngrams} of each "
            "mini-batch, and the u of the names drawn now. The same seed and settings give the same losses "
            "again; another seed starts the training over.",
            seed=settings.seed,
            ngrams=ngrams,
            weights=say("the weights before the first step ({drawn}), ", drawn=say(drawn)) if drawn else "",
        )
    if name == "batch_size":
        if settings.batch_size is None:
            return say(
                "Each step looks at all {n:,} {ngrams}, through their counts. With a number here it would "
                "look at only that many, drawn anew for each step: cheaper where nothing is counted, but "
                "noisier.",
                n=n,
                ngrams=ngrams,
            )
        return say(
            "Each step looks at {batch:,} of {n:,} {ngrams} ({part:.2%}), drawn anew, each as often as it "
            "occurs. Its gradient is right only on average, so the loss does not always fall.",
            batch=settings.batch_size,
            ngrams=ngrams,
            n=n,
            part=settings.batch_size / n,
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
    words = say(
        "A run stops by itself when {n} steps lower the loss by less than this, in nats.", n=GAIN_STEPS
    )
    if not training.least_gain:
        words += say(" With 0 it never does.")
    before = training.losses.recorded(step - GAIN_STEPS)
    if before is None:
        return Explanation(say("the least gain"), Step(words))
    gain = Step(
        say("The {n} steps up to {step:,} lowered it by this.", n=GAIN_STEPS, step=step),
        f"{precise(before.total)} − {precise(now)} = {precise(before.total - now)}",
    )
    return Explanation(say("the least gain"), Step(words), gain)


def _of_the_next_step(
    dataset: Dataset, training: Training, update: Update | None, name: str
) -> Explanation | str:
    assert training.network is not None
    if update is None:
        return say("There is no next step. Press , to go back to the last good one.")
    settings, V2, V = training.settings, training.network.W.numel(), len(dataset.counts.vocabulary)
    cell = Cell(*divmod(int(update.gradient.abs().argmax()), V))
    λ, weight, after = (
        settings.regularization,
        *(net.W[cell].item() for net in (training.network, update.network)),
    )
    sign = weight_of(dataset, cell)
    if name == "learning_rate":
        words = say(
            "Each step changes every weight by minus the learning rate times its gradient. A larger one "
            "makes larger steps; too large a one jumps too far. See what it does to {weight}, whose gradient "
            "is the largest now.",
            weight=sign,
        )
        steps = updated(dataset, training, update, cell, precise(after))
        return Explanation(say("the learning rate"), Step(words), *steps)
    words = say(
        "Its part of the gradient of a weight is 2·λ·W / {size}, the number of weights. Each step takes "
        "this, times the learning rate, from the weight: it pulls every weight toward 0, where all tokens "
        "are equally likely, as smoothing pulls the counts. For {weight}:",
        weight=sign,
        size=power("V", dataset.counts.context + 1),
    )
    pull = f"2 · {λ:g} · {precise(weight)} / {V2:,} = {precise(2 * λ * weight / V2)}"
    return Explanation(say("the regularization λ"), regularization(training), Step(words, pull))


def temperature(model: LanguageModel, first: int, second: int, T: float) -> Explanation:
    """How the temperature changes the probability of a bigram."""
    words = say(
        "Names are drawn from P to the power 1/T. T below 1 makes likely tokens likelier, T above 1 makes "
        "all more alike, T = 0 always takes the most likely one."
    )
    if T == 1:
        words += say(" T = 1 leaves P as it is.")
    shown = precise(model.probability(first, second))
    steps = probability_steps(model, first, second, shown)
    return Explanation(say("the temperature {T:g}", T=T), Step(words), *steps)


def seed(value: int, vocabulary: Vocabulary, method: str) -> Explanation | str:
    """The first numbers u of a seed."""
    if method != METHODS[0]:
        return say(
            "The seed {seed} determines all that torch.multinomial draws. The same seed gives the same names "
            "again, another one starts the drawing over.",
            seed=value,
        )
    sampler = InverseTransformSampler(UniformModel(vocabulary), value)
    us = [f"u = {sampler.draw(BOUNDARY).u:.6f}" for _ in range(FIRST_NUMBERS)]
    words = say(
        "The seed determines all numbers u with which characters are drawn. The same seed gives the same "
        "names again, another one starts the drawing over. The first ones are:"
    )
    return Explanation(say("the seed {seed}", seed=value), Step(words, *us, "…"))
