"""What n-grams are called, and how one is spelled."""

from collections.abc import Sequence

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.texts import Phrase, say

NAMES = (
    *(Phrase("single tokens"), Phrase("bigrams"), Phrase("trigrams")),
    *(Phrase("4-grams"), Phrase("5-grams"), Phrase("6-grams")),
    *(Phrase("7-grams"), Phrase("8-grams"), Phrase("9-grams")),
)
"""Indexed by context length."""


def called(context: int) -> str:
    """“trigrams”, in the current language."""
    return say(NAMES[context])


def spelled(signs: Sequence[str], context: int, state: int, token: int, begin: str, end: str) -> str:
    """An n-gram, with these signs for the boundary before and after a word."""
    before = (signs[each] if each != BOUNDARY else begin for each in tokens_of(state, len(signs), context))
    return "".join(before) + (signs[token] if token != BOUNDARY else end)
