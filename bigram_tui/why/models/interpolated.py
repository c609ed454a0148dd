"""Probabilities under interpolated smoothing, which mixes in those of the next shorter context."""

from __future__ import annotations

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.smoothing import InterpolatedModel, Share
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.texts import say
from bigram_tui.views.numbers import exact, precise
from bigram_tui.why.explanation import Step, rounded
from bigram_tui.why.models import (
    P_of,
    called,
    current,
    divided,
    fraction,
    of_context,
    probability_steps,
    read_aloud,
)


@probability_steps.register(InterpolatedModel)
def _interpolated(model: InterpolatedModel, first: int, second: int, shown: str) -> list[Step]:
    V, read = len(model.vocabulary), read_aloud(model, first, second)
    words = say(
        "{read} It is built up from contexts of increasing length. Before any of them, all {V:,} tokens are "
        "equally likely.",
        read=read,
        V=V,
    )
    steps, before = [Step(words, f"1 / {V:,} = {precise(1 / V)}")], 1 / V
    *shorter, last = model.shares(first, second)
    for share in shorter:
        steps.append(Step(_about(model, first, share), f"{division(share, before)} = {precise(share.P)}"))
        before = share.P
    if _tokens(model, first, model.context) == _tokens(model, first, last.length):
        return [*steps, divided(model, first, second, shown, _about(model, first, last))]
    steps.append(Step(_about(model, first, last), f"{division(last, before)} = {precise(last.P)}"))
    never = say(
        "{x} was never seen, so its P is simply that of the shorter context.", x=current(model, first)
    )
    return [*steps, Step(never, f"{P_of(model, first, second)} = {rounded(last.P, shown)}")]


def _tokens(model: InterpolatedModel, state: int, length: int) -> list[int]:
    """The last tokens of a context, with at most one boundary."""
    tokens = tokens_of(state, len(model.vocabulary), model.context)[model.context - length :]
    return tokens[max(tokens.count(BOUNDARY) - 1, 0) :]


def _about(model: InterpolatedModel, state: int, share: Share) -> str:
    """What a context of some length contributes, and what it passes on to the shorter one."""
    tokens = _tokens(model, state, share.length)
    x = f"“{model.vocabulary.show(tokens)}”" if tokens else say("anything")
    own, passed = _figure(share.own), _figure(share.passed_on)
    if not model.smoother.counts_continuations:
        return say(
            "After {x} this token was counted {own} times, and {passed} different tokens were seen. As many "
            "counts are added, and shared out by the P before.",
            x=x,
            own=own,
            passed=passed,
        )
    if share.length == model.context or tokens[:1] == [BOUNDARY]:
        return say(
            "After {x} the count of this token, less its discount, is {own}. The discounts of the row, "
            "{passed} together, are shared out by the P before.",
            x=x,
            own=own,
            passed=passed,
        )
    return say(
        "This token after {x}, counted by the different tokens that came before them and less its discount, "
        "is {own}. The discounts of the row, {passed} together, are shared out by the P before.",
        x=x,
        own=own,
        passed=passed,
    )


def context_asked(model: InterpolatedModel, state: int, length: int) -> str:
    """The signs of the last tokens of a context: “mm” of “emm”."""
    return model.vocabulary.show(_tokens(model, state, length))


def division(share: Share, before: float) -> str:
    """The division for one context length."""
    own, passed_on, total = map(_figure, (share.own, share.passed_on, share.total))
    return f"({own} + {passed_on}·{precise(before)}) / {total}"


def _figure(value: float) -> str:
    return exact(value) if value.is_integer() else precise(value)


@called.register(InterpolatedModel)
def _called(model: InterpolatedModel) -> str:
    return model.smoother.name + of_context(model)


@fraction.register(InterpolatedModel)
def _fraction(model: InterpolatedModel, first: int, second: int) -> str:
    *shorter, last = model.shares(first, second)
    return division(last, shorter[-1].P if shorter else 1 / len(model.vocabulary))
