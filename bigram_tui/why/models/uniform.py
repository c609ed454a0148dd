"""Probabilities that are all equal."""

from __future__ import annotations

from bigram_tui.lm.model import UniformModel
from bigram_tui.texts import say
from bigram_tui.why.explanation import Step
from bigram_tui.why.models import called, divided, fraction, probability_steps, read_aloud


@probability_steps.register(UniformModel)
def _equal(model: UniformModel, first: int, second: int, shown: str) -> list[Step]:
    words = say(
        "{read} This model knows nothing: all {V:,} tokens are equally likely.",
        read=read_aloud(model, first, second),
        V=len(model.vocabulary),
    )
    return [divided(model, first, second, shown, words)]


@called.register(UniformModel)
def _called(model: UniformModel) -> str:
    return say("uniform: each of {V:,} equally likely", V=len(model.vocabulary))


@fraction.register(UniformModel)
def _fraction(model: UniformModel, first: int, second: int) -> str:
    return f"1 / {len(model.vocabulary):,}"
