"""Probabilities at a temperature: another model's, raised to the power 1/T."""

from __future__ import annotations

from bigram_tui.lm.model import TemperedModel
from bigram_tui.texts import say
from bigram_tui.views.numbers import precise
from bigram_tui.why.explanation import Step, summed
from bigram_tui.why.models import called, divided, fraction, probability_steps


@probability_steps.register(TemperedModel)
def _tempered(model: TemperedModel, first: int, second: int, shown: str) -> list[Step]:
    row, powers, T = model.model.row(first), model.powers(first), model.temperature
    P, largest, power = float(row[second]), float(row.max()), float(powers[second])
    steps = probability_steps(model.model, first, second, precise(P))
    why = say("The probability at this temperature is the share of the power in the sum.")
    last = divided(model, first, second, shown, why)
    if not largest > 0:
        return [*steps, last]
    if T:
        words = say(
            "The temperature T = {T:g} raises each probability of the row to the power 1/T. Each is "
            "divided by the largest first, which changes no result and keeps the numbers at hand.",
            T=T,
        )
        own = f"({precise(P)} / {precise(largest)})^(1/{T:g}) = {precise(power)}"
    else:
        words = say(
            "The temperature T = 0 leaves only the most likely token. It counts 1, every other one 0."
        )
        own = say(
            "P is {P}, the largest is {largest}, so it counts {power:g}",
            P=precise(P),
            largest=precise(largest),
            power=power,
        )
    added = summed(zip(model.vocabulary.signs, powers.tolist(), strict=True), float(powers.sum()))
    return [*steps, Step(words, own), Step(say("Add this up over the row."), *added), last]


@called.register(TemperedModel)
def _called(model: TemperedModel) -> str:
    return say("{model}, T = {T:g}", model=called(model.model), T=model.temperature)


@fraction.register(TemperedModel)
def _fraction(model: TemperedModel, first: int, second: int) -> str:
    powers = model.powers(first)
    return f"{precise(float(powers[second]))} / {precise(float(powers.sum()))}"
