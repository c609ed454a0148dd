"""The structure of an explanation, and wording that all of them share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from bigram_tui.texts import say
from bigram_tui.views.numbers import number, precise

MOST_TERMS = 40
"""A sum of more terms than this shows only the largest ones."""

LARGEST_TERMS = 10


class Step:
    """A sentence, and below it lines with the numbers it is about. All of it is plain text, not markup."""

    def __init__(self, words: str, *numbers: str) -> None:
        self.words, self.numbers = words, numbers


class Explanation:
    """How a number is computed, step by step. The last step ends with the number as shown on the screen."""

    def __init__(self, title: str, *steps: Step) -> None:
        self.title, self.steps = title, steps

    @property
    def result(self) -> str:
        """The number that is explained."""
        return self.steps[-1].numbers[-1].rsplit(" ", 1)[-1]


def rounded(value: float, shown: str) -> str:
    """A value to calculate with, and how it is shown where there is less room."""
    says_all = shown in (precise(value), "∞") or float(shown.replace(",", "").replace("−", "-")) == value
    return shown if says_all else f"{precise(value)} ≈ {shown}"


def summed(
    terms: Iterable[tuple[str, float]], total: float, write: Callable[[float], str] = number
) -> tuple[str, str]:
    """A sum of labelled terms, one per line: all of them, or the largest and the sum of the rest."""
    kept, others = list(terms), ""
    if len(kept) > MOST_TERMS:
        kept.sort(key=lambda term: -term[1])
        rest = kept[LARGEST_TERMS:]
        kept, sum_of_rest = kept[:LARGEST_TERMS], write(sum(value for _, value in rest))
        others = " + " + say("{n:,} others {sum}", n=len(rest), sum=sum_of_rest)
    return " + ".join(f"{label}:{write(value)}" for label, value in kept) + others, f"= {write(total)}"


def bits(nats: float) -> str:
    """The same quantity in bits."""
    in_bits = precise(nats / math.log(2))
    return say("In bits it is {nats} / ln 2 = {bits}.", nats=precise(nats), bits=in_bits)
