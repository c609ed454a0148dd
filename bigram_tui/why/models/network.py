"""Probabilities of a network: softmax of a row of W."""

from __future__ import annotations

from bigram_tui.lm.model import NetworkModel
from bigram_tui.texts import say
from bigram_tui.views.numbers import precise, short
from bigram_tui.why.explanation import Step, summed
from bigram_tui.why.models import called, divided, fraction, of_context, probability_steps, read_aloud, row_of


@probability_steps.register(NetworkModel)
def _exponentiated(model: NetworkModel, first: int, second: int, shown: str) -> list[Step]:
    exps, subtracted = _exps(model, first)
    power = precise(model.network.W[first, second].item())
    words = say("exp turns each weight into a positive number, which can be read as a count.")
    if subtracted:
        power = f"{power} − {precise(subtracted)}"
        words = say(
            "exp turns each weight into a positive number. These weights are too large for exp, so the "
            "largest of the row is first subtracted from each of them, which changes no probability."
        )
    added = summed(zip(model.vocabulary.signs, exps, strict=True), sum(exps), short)
    read = read_aloud(model, first, second)
    part = say("{read} It is this exp's share of the sum. That is called softmax.", read=read)
    return [
        weight_step(model, first, second),
        Step(words, f"exp({power}) = {short(exps[second])}"),
        Step(say("Add up exp of all the weights of row “{x}”.", x=row_of(model, first)), *added),
        divided(model, first, second, shown, part),
    ]


@called.register(NetworkModel)
def _called(model: NetworkModel) -> str:
    after = (
        say("network after {n:,} steps", n=model.steps) if model.steps != 1 else say("network after 1 step")
    )
    return after + of_context(model)


@fraction.register(NetworkModel)
def _fraction(model: NetworkModel, first: int, second: int) -> str:
    exps, _ = _exps(model, first)
    return f"{short(exps[second])} / {short(sum(exps))}"


def weight_step(model: NetworkModel, first: int, second: int) -> Step:
    """Where to find a weight in W."""
    x, y = row_of(model, first), model.vocabulary.signs[second]
    if model.context == 1:
        where = say(
            "The network has a weight for each bigram. This one is in row “{x}”, column “{y}” of W.", x=x, y=y
        )
    else:
        where = say(
            "The network has a weight for each token after each context. This one is in row “{x}”, column "
            "“{y}” of W.",
            x=x,
            y=y,
        )
    return Step(where, f"W[{x},{y}] = {precise(model.network.W[first, second].item())}")


def _exps(model: NetworkModel, first: int) -> tuple[list[float], float]:
    """exp of a row of W, and what was subtracted from W first: 0, unless exp would overflow float64.

    Subtracting the same number from a whole row does not change the ratio of any exp to the sum.
    """
    W = model.network.W[first].double()
    exps: list[float] = W.exp().tolist()
    if 1e-300 < sum(exps) < 1e300:
        return exps, 0.0
    return (W - W.max()).exp().tolist(), W.max().item()
