"""The probability of a bigram under any model, and the likelihood of a name."""

from __future__ import annotations

from collections.abc import Sequence

from bigram_tui.lm.model import LanguageModel, ScoredToken, negative_log, perplexity
from bigram_tui.texts import say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import number, precise
from bigram_tui.why.explanation import Explanation, Step, bits, rounded, summed
from bigram_tui.why.models import P_of, by_example, current, following, fraction, given, probability_steps

LISTED = 20
"""The most bigrams of a name that are written out: the first ones."""


def probability(model: LanguageModel, first: int, second: int) -> Explanation:
    """P(second | first), ending with it as it is shown."""
    shown = number(model.probability(first, second))
    title = say("the probability of {y} after {x}", x=current(model, first), y=following(model, second))
    return Explanation(title, *probability_steps(model, first, second, shown))


def likelihood_steps(model: LanguageModel, bigrams: Sequence[ScoredToken], nll: float) -> list[Step]:
    """The steps from a name's bigrams to its mean negative log-likelihood in nats, as shown."""
    first = bigrams[0]
    steps, words = by_example(model, first)
    steps.append(Step(words, *_listed(model, bigrams)))
    surprises = [negative_log(b.probability) for b in bigrams]
    nll_sum, example = nll * len(bigrams), f"−ln {precise(first.probability)} = {precise(surprises[0])}"
    words = say(
        "The likelihood of the name is the product of these. Its negative logarithm is easier to handle: "
        "it is a sum. −ln P says how surprising each token is, in nats."
    )
    if any(b.probability == 0 for b in bigrams):
        words += say(" One of them is impossible. So the whole name is, and −ln 0 is infinite.")
    signs = model.vocabulary.signs
    labelled = zip((given(model, b.state) + signs[b.token] for b in bigrams), surprises, strict=True)
    mean = f"{precise(nll_sum)} / {len(bigrams):,} = {rounded(nll, number(nll))}"
    return [
        *steps,
        Step(words, example, *summed(labelled, nll_sum)),
        Step(
            say(
                "Divide by the number of {ngrams}. This mean is the nll, the negative log-likelihood. {bits}",
                ngrams=called(model.context),
                bits=bits(nll),
            ),
            mean,
        ),
    ]


def _listed(model: LanguageModel, bigrams: Sequence[ScoredToken]) -> tuple[str, ...]:
    lines = []
    for b in bigrams[:LISTED]:
        source = fraction(model, b.state, b.token)
        lines.append(f"{P_of(model, b.state, b.token)} = {source} = {precise(b.probability)}")
    if len(bigrams) > LISTED:
        lines.append(say("… and {n:,} more", n=len(bigrams) - LISTED))
    return tuple(lines)


def perplexity_step(nll: float) -> Step:
    """The step from the mean negative log-likelihood to the perplexity."""
    words = say(
        "The perplexity is e to the nll. It is how many equally likely characters would be as surprising."
    )
    return Step(words, f"e^{precise(nll)} = {number(perplexity(nll), 2)}")
