"""What n-grams are called, and how one is spelled."""

from collections.abc import Sequence

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.texts import Phrase, say

NAMES = (Phrase("single tokens"), Phrase("bigrams"), Phrase("trigrams"))
"""Indexed by context length."""


def called(context: int) -> str:
    """“trigrams”, in the current language."""
    return say(NAMES[context]) if context < len(NAMES) else say("{n}-grams", n=context + 1)


def spelled(signs: Sequence[str], context: int, state: int, token: int, begin: str, end: str) -> str:
    """An n-gram, with these signs for the boundary before and after a word."""
    before = (signs[each] if each != BOUNDARY else begin for each in tokens_of(state, len(signs), context))
    return "".join(before) + (signs[token] if token != BOUNDARY else end)
