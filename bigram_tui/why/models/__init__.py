"""How a probability is computed: one module per kind of model, registered by its class."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from pkgutil import iter_modules

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.model import LanguageModel, ScoredToken
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.texts import say
from bigram_tui.views.numbers import precise
from bigram_tui.why.explanation import Step, rounded


@singledispatch
def probability_steps(model: LanguageModel, first: int, second: int, shown: str) -> list[Step]:
    """The steps from the model's own numbers to P(second | first), ending with it as `shown`."""
    raise NotImplementedError(type(model))


@singledispatch
def called(model: LanguageModel) -> str:
    """The model's description, in the current language."""
    return model.description


def of_context(model: LanguageModel) -> str:
    """How a context length other than 1 is described."""
    return "" if model.context == 1 else say(", context {n}", n=model.context)


def given(model: LanguageModel, state: int) -> str:
    """The signs of a context: “n”, “ann”."""
    return model.vocabulary.show(tokens_of(state, len(model.vocabulary), model.context))


def row_of(model: LanguageModel, state: int) -> str:
    """The name of a context's row, made of its signs; without context there is only one row."""
    return given(model, state) or "∅"


def current(model: LanguageModel, state: int) -> str:
    """What comes before a token, in words."""
    if not model.context:
        return say("any context")
    return say("the beginning") if state == BOUNDARY else f"“{given(model, state)}”"


def following(model: LanguageModel, token: int) -> str:
    """A token after others, in words."""
    return say("the end") if token == BOUNDARY else f"“{model.vocabulary.signs[token]}”"


def P_of(model: LanguageModel, state: int, token: int) -> str:
    """“P(a|n)”; without context, “P(a)”."""
    after = f"|{given(model, state)}" if model.context else ""
    return f"P({model.vocabulary.signs[token]}{after})"


def read_aloud(model: LanguageModel, state: int, token: int) -> str:
    """How P(a|n) is read aloud."""
    P, x, y = P_of(model, state, token), current(model, state), following(model, token)
    return say("{P} is read: the probability of {y} after {x}.", P=P, x=x, y=y)


@singledispatch
def fraction(model: LanguageModel, first: int, second: int) -> str:
    """The division that gives P(second | first), with the model's numbers."""
    raise NotImplementedError(type(model))


@singledispatch
def by_example(model: LanguageModel, first: ScoredToken) -> tuple[list[Step], str]:
    """Where the probabilities of a name come from, using its first bigram as an example: the steps, and the
    sentence above the list of all bigrams."""
    steps = probability_steps(model, first.state, first.token, precise(first.probability))
    return steps, say("The probabilities of the other tokens are computed in the same way.")


def divided(model: LanguageModel, first: int, second: int, shown: str, words: str) -> Step:
    """The final step to a probability, a division."""
    P = model.probability(first, second)
    division = f"{P_of(model, first, second)} = {fraction(model, first, second)}"
    return Step(words, division, f"= {rounded(P, shown)}")


for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
