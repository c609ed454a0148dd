"""A context is a number: of its c tokens, base V, the newest last, s = Σ token·V^(c−i).

Before the beginning of a word stands the boundary, 0, as often as it takes. With c = 1 a context is the token
itself, with c = 0 there is only one, 0. An n-gram is s·V + token, so that without the first token of its
context it is n-gram mod V^c: every shorter context is contained in the longer one's table.
"""

from collections.abc import Iterable, Iterator

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import MAX_CONTEXT, check
from bigram_tui.lm.vocabulary import BOUNDARY


def check_length(context: int, V: int) -> None:
    """Raises SettingError unless n-grams with so long a context, of V tokens, can be numbered below 2⁶³."""
    check(context=context)
    longest = longest_context(V)
    if context > longest:
        raise SettingError(
            f"with {V:,} tokens the longest context is {longest}: V^{context + 1} n-grams do not fit "
            "into 63 bits; a smaller vocabulary allows a longer one"
        )


def longest_context(V: int) -> int:
    """The longest context c of at most MAX_CONTEXT for which V^(c+1) < 2⁶³."""
    return max(c for c in range(MAX_CONTEXT + 1) if V ** (c + 1) < 2**63)


def next_state(state: int, token: int, V: int, context: int) -> int:
    """The context after this token: a boundary begins a word."""
    return (state * V + token) % V**context if token else BOUNDARY


def states_of(tokens: Iterable[int], V: int, context: int) -> Iterator[int]:
    """The context before each of these tokens, the first of which begins a word."""
    state = BOUNDARY
    for token in tokens:
        yield state
        state = next_state(state, token, V, context)


def state_of(tokens: Iterable[int], V: int) -> int:
    """The number of a context, given as all of its tokens, the oldest first."""
    state = 0
    for token in tokens:
        state = state * V + token
    return state


def tokens_of(state: int, V: int, context: int) -> list[int]:
    """The c tokens of a context, the oldest first."""
    return [state // V**place % V for place in reversed(range(context))]
