"""How a probability comes about: one module a kind of model, which registers what it says for its class."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from importlib import import_module
from pkgutil import iter_modules

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.model import LanguageModel, ScoredToken
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.texts import say
from bigram_tui.views.numbers import precise
from bigram_tui.why.explanation import Step, following, rounded


@singledispatch
def probability_steps(
    model: LanguageModel, signs: Sequence[str], first: int, second: int, shown: str
) -> list[Step]:
    """From what the model is made of to P(second | first), which ends as `shown`."""
    raise NotImplementedError(type(model))


@singledispatch
def called(model: LanguageModel) -> str:
    """What the model calls itself in English, in the language that is spoken."""
    return model.description


def of_context(model: LanguageModel) -> str:
    """What is said about a context other than the bigram's."""
    return "" if model.context == 1 else say(", context {n}", n=model.context)


def given(model: LanguageModel, state: int) -> str:
    """The signs of a context: “n”, “ann”."""
    return model.vocabulary.show(tokens_of(state, len(model.vocabulary), model.context))


def row_of(model: LanguageModel, state: int) -> str:
    """What the row of a context is called: by its signs, and the only one without context by none."""
    return given(model, state) or "∅"


def current(model: LanguageModel, state: int) -> str:
    """What comes before a token, in words."""
    if not model.context:
        return say("any context")
    return say("the beginning") if state == BOUNDARY else f"“{given(model, state)}”"


def P_of(model: LanguageModel, state: int, token: int) -> str:
    """“P(a|n)”, and without a context “P(a)”."""
    after = f"|{given(model, state)}" if model.context else ""
    return f"P({model.vocabulary.signs[token]}{after})"


def read_aloud(model: LanguageModel, state: int, token: int) -> str:
    """How P(a|n) is read."""
    P, x, y = P_of(model, state, token), current(model, state), following(model.vocabulary.signs, token)
    return say("{P} is read: the probability of {y} after {x}.", P=P, x=x, y=y)


@singledispatch
def fraction(model: LanguageModel, first: int, second: int) -> str:
    """What is divided by what to get P(second | first), with the numbers of the model."""
    raise NotImplementedError(type(model))


@singledispatch
def by_example(model: LanguageModel, signs: Sequence[str], first: ScoredToken) -> tuple[list[Step], str]:
    """Where the probabilities of a name come from, by the example of its first bigram: the steps to it, and
    what is said above the list of all."""
    steps = probability_steps(model, signs, first.state, first.token, precise(first.probability))
    return steps, say("The probabilities of the other tokens are computed in the same way.")


def divided(
    model: LanguageModel, signs: Sequence[str], first: int, second: int, shown: str, words: str
) -> Step:
    """The last step to a probability."""
    P = model.probability(first, second)
    division = f"{P_of(model, first, second)} = {fraction(model, first, second)}"
    return Step(words, (division, f"= {rounded(P, shown)}"))


for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
