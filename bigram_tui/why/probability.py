"""The probability of a bigram under each model, and the likelihood of a name, from counts or weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.model import (
    BigramModel,
    CountModel,
    ScoredBigram,
    TemperedModel,
    UniformModel,
    negative_log,
)
from bigram_tui.views.numbers import exact, number, precise, short
from bigram_tui.why.explanation import (
    Explanation,
    P_of,
    Step,
    bits,
    current,
    following,
    read_aloud,
    rounded,
    summed,
)

if TYPE_CHECKING:
    from bigram_tui.lm.network import NetworkModel

LISTED = 20
"""Bigrams of a name that are written out; of a longer one the first."""


def probability(model: BigramModel, signs: Sequence[str], first: int, second: int, shown: str) -> Explanation:
    """P(second | first), which ends as `shown`."""
    title = f"the probability of {following(signs, second)} after {current(signs, first)}"
    return Explanation(title, tuple(probability_steps(model, signs, first, second, shown)))


def probability_steps(
    model: BigramModel, signs: Sequence[str], first: int, second: int, shown: str
) -> list[Step]:
    """From counts or weights to P(second | first), which ends as `shown`."""
    P, aloud = model.probability(first, second), read_aloud(signs, first, second)
    if isinstance(model, CountModel):
        if not model.counts.row_totals[first] + model.smoothing:
            return _undefined(model.counts, signs, first, second, shown)
        steps = _counted(model, signs, first, second)
        why = f"{aloud} It is the part that this count has in its row."
    elif isinstance(model, UniformModel):
        steps, why = [], f"{aloud} This model knows nothing: all {len(signs):,} tokens are equally likely."
    elif isinstance(model, TemperedModel):
        before = model.model.probability(first, second)
        steps = probability_steps(model.model, signs, first, second, precise(before))
        steps += _tempered(model, signs, first, second)
        why = "The probability at this temperature is the part that the power has in the sum."
    else:
        steps = _exponentiated(cast("NetworkModel", model), signs, first, second)
        why = f"{aloud} It is the part that this exp has in the sum. That is called softmax."
    divided = f"{P_of(signs, first, second)} = {fraction(model, first, second)}"
    return [*steps, Step(why, (divided, f"= {rounded(P, shown)}"))]


def fraction(model: BigramModel, first: int, second: int) -> str:
    """What is divided by what to get P(second | first), with the numbers of the model."""
    if isinstance(model, CountModel):
        n, total, k = model.counts.count(first, second), model.counts.row_totals[first], model.smoothing
        V = len(model.counts.vocabulary)
        return f"({n:,} + {k:g}) / ({total:,} + {V}·{k:g})" if k else f"{n:,} / {total:,}"
    if isinstance(model, UniformModel):
        return f"1 / {len(model.vocabulary):,}"
    if isinstance(model, TemperedModel):
        powers = model.powers(first)
        return f"{precise(float(powers[second]))} / {precise(float(powers.sum()))}"
    exps, _ = _exps(cast("NetworkModel", model), first)
    return f"{short(exps[second])} / {short(sum(exps))}"


def _undefined(counts: BigramCounts, signs: Sequence[str], first: int, second: int, shown: str) -> list[Step]:
    """Of a token that nothing follows, without smoothing."""
    x = current(signs, first)
    return [
        Step(f"Count how often anything came after {x}.", (f"{counts.row_totals[first]:,}",)),
        Step(
            f"{read_aloud(signs, first, second)} It would be the part of all that came after {x}. Nothing "
            "did, and 0 / 0 is no number. The program takes 0. Smoothing above 0 gives every token a "
            "chance.",
            (f"{P_of(signs, first, second)} = 0 / 0, taken as {shown}",),
        ),
    ]


def _counted(model: CountModel, signs: Sequence[str], first: int, second: int) -> list[Step]:
    counts, k, V = model.counts, model.smoothing, len(signs)
    n, total = counts.count(first, second), counts.row_totals[first]
    x, y = current(signs, first), following(signs, second)
    steps = [
        Step(f"Count how often {y} came right after {x} in the data.", (f"N = {n:,}",)),
        Step(f"Count how often anything came after {x}. It is the sum of the row.", row_sum(counts, first)),
    ]
    if k:
        steps.append(
            Step(
                f"Smoothing adds k = {k:g} to the count of each of the {V:,} tokens that can follow. So "
                "none of them is impossible.",
                (f"{n:,} + {k:g} = {exact(n + k)}", f"{total:,} + {V}·{k:g} = {exact(total + V * k)}"),
            )
        )
    return steps


def row_sum(counts: BigramCounts, first: int) -> tuple[str, str]:
    """The counts of a row, added up."""
    row, signs = counts.row_counts(first), counts.vocabulary.signs
    return summed(
        ((signs[j], int(row[j])) for j in row.nonzero()[0].tolist()), counts.row_totals[first], exact
    )


def _exps(model: NetworkModel, first: int) -> tuple[list[float], float]:
    """exp of a row of W, and what was subtracted from W before: nothing, unless exp is beyond float64.

    Subtracting the same from a whole row changes no part that one exp has in the sum.
    """
    W = model.network.W[first].double()
    exps: list[float] = W.exp().tolist()
    if 1e-300 < sum(exps) < 1e300:
        return exps, 0.0
    return (W - W.max()).exp().tolist(), W.max().item()


def weight_step(model: NetworkModel, signs: Sequence[str], first: int, second: int) -> Step:
    """Where the weight of a bigram stands."""
    x, y = signs[first], signs[second]
    return Step(
        f"The network has a weight for each bigram. This one is in row “{x}”, column “{y}” of W.",
        (f"W[{x},{y}] = {precise(model.network.W[first, second].item())}",),
    )


def _exponentiated(model: NetworkModel, signs: Sequence[str], first: int, second: int) -> list[Step]:
    exps, subtracted = _exps(model, first)
    power = precise(model.network.W[first, second].item())
    words = "exp makes a positive number of each weight. One can read it as a count."
    if subtracted:
        power = f"{power} − {precise(subtracted)}"
        words = (
            "exp makes a positive number of each weight. These weights are beyond what exp can take. So the "
            "largest of the row is subtracted from each of them first, which changes no probability."
        )
    added = summed(zip(signs, exps, strict=True), sum(exps), short)
    return [
        weight_step(model, signs, first, second),
        Step(words, (f"exp({power}) = {short(exps[second])}",)),
        Step(f"Add up exp of all the weights of row “{signs[first]}”.", added),
    ]


def _tempered(model: TemperedModel, signs: Sequence[str], first: int, second: int) -> list[Step]:
    row, powers, T = model.model.row(first), model.powers(first), model.temperature
    P, largest, power = float(row[second]), float(row.max()), float(powers[second])
    if not largest > 0:
        return []
    if T:
        words = (
            f"The temperature T = {T:g} raises each probability of the row to the power 1/T. Each is "
            "divided by the largest first, which changes no result and keeps the numbers at hand."
        )
        own = f"({precise(P)} / {precise(largest)})^(1/{T:g}) = {precise(power)}"
    else:
        words = "The temperature T = 0 leaves only the most likely token. It counts 1, every other one 0."
        own = f"P is {precise(P)}, the largest is {precise(largest)}, so it counts {power:g}"
    added = summed(zip(signs, powers.tolist(), strict=True), float(powers.sum()))
    return [Step(words, (own,)), Step("Add this up over the row.", added)]


def likelihood_steps(
    model: BigramModel | None, signs: Sequence[str], bigrams: Sequence[ScoredBigram], nll: float, shown: str
) -> list[Step]:
    """From the bigrams of a name to its mean negative log-likelihood in nats, which ends as `shown`.

    Without a model it is not known where the probabilities came from.
    """
    first = bigrams[0]
    steps: list[Step] = []
    if isinstance(model, CountModel):
        read = read_aloud(signs, first.first, first.second)
        added = " Smoothing adds k to the count and V·k to the sum." if model.smoothing else ""
        words = f"Each bigram has a probability: its count divided by the sum of its row.{added} {read}"
    elif model is None:
        words = (
            f"These are the probabilities it was drawn with. {read_aloud(signs, first.first, first.second)}"
        )
    else:
        steps = probability_steps(model, signs, first.first, first.second, precise(first.probability))
        words = "The probabilities of the other bigrams come about in the same way."
    steps.append(Step(words, _listed(model, signs, bigrams)))
    surprises = [negative_log(b.probability) for b in bigrams]
    nll_sum, example = nll * len(bigrams), f"−ln {precise(first.probability)} = {precise(surprises[0])}"
    words = (
        "The likelihood of the name is the product of these. Its negative logarithm is easier to handle: "
        "it is a sum. −ln P says how surprising each bigram is, in nats."
    )
    if any(b.probability == 0 for b in bigrams):
        words += " One of them is impossible. So the whole name is, and −ln 0 is infinite."
    labelled = zip((signs[b.first] + signs[b.second] for b in bigrams), surprises, strict=True)
    mean = f"{precise(nll_sum)} / {len(bigrams):,} = {rounded(nll, shown)}"
    return [
        *steps,
        Step(words, (example, *summed(labelled, nll_sum))),
        Step(
            "Divide by the number of bigrams. This mean is the nll, the negative log-likelihood. "
            f"{bits(nll)}",
            (mean,),
        ),
    ]


def _listed(
    model: BigramModel | None, signs: Sequence[str], bigrams: Sequence[ScoredBigram]
) -> tuple[str, ...]:
    lines = []
    for b in bigrams[:LISTED]:
        source = f"{fraction(model, b.first, b.second)} = " if model else ""
        lines.append(f"{P_of(signs, b.first, b.second)} = {source}{precise(b.probability)}")
    if len(bigrams) > LISTED:
        lines.append(f"… and {len(bigrams) - LISTED:,} more")
    return tuple(lines)


def perplexity_step(nll: float, value: float, decimals: int = 2) -> Step:
    """From the mean negative log-likelihood to the perplexity."""
    words = "The perplexity is e to the nll. It is how many equally likely characters would be as surprising."
    return Step(words, (f"e^{precise(nll)} = {number(value, decimals)}",))
