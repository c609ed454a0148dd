"""A context as a number: its c tokens are the digits in base V, newest last: s = Σ token·V^(c−i).

Before the start of a word the context is padded with the boundary, 0. With c = 1 a context is the token
itself; with c = 0 there is only one context, 0. An n-gram is numbered s·V + token, and dropping the first
token of its context is n-gram mod V^c: the table of a long context contains those of all shorter ones.
"""

from collections.abc import Iterable, Iterator

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import MAX_CONTEXT, check
from bigram_tui.lm.vocabulary import BOUNDARY


def check_length(context: int, V: int) -> None:
    """Raise SettingError unless all n-grams of V tokens with a context this long have numbers below 2⁶³."""
    check(context=context)
    longest = longest_context(V)
    if context > longest:
        raise SettingError(
            "with {V:,} tokens the longest context is {longest}: V^{n} n-grams do not fit into 63 bits; a "
            "smaller vocabulary allows a longer one",
            V=V,
            longest=longest,
            n=context + 1,
        )


def longest_context(V: int) -> int:
    """The longest context c ≤ MAX_CONTEXT for which V^(c+1) < 2⁶³."""
    return max(c for c in range(MAX_CONTEXT + 1) if V ** (c + 1) < 2**63)


def next_state(state: int, token: int, V: int, context: int) -> int:
    """The context after this token; a boundary starts a new word."""
    return (state * V + token) % V**context if token else BOUNDARY


def states_of(tokens: Iterable[int], V: int, context: int) -> Iterator[int]:
    """The context before each of these tokens, the first of which starts a word."""
    state = BOUNDARY
    for token in tokens:
        yield state
        state = next_state(state, token, V, context)


def state_of(tokens: Iterable[int], V: int) -> int:
    """The number of a context, given all its tokens, oldest first."""
    state = 0
    for token in tokens:
        state = state * V + token
    return state


def tokens_of(state: int, V: int, context: int) -> list[int]:
    """The c tokens of a context, oldest first."""
    return [state // V**place % V for place in reversed(range(context))]
