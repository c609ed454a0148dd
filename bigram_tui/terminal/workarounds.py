"""Workarounds for bugs of Textual: keys at an unlucky moment end the app, very long pastes stop it, and what
was painted of closed dialogs is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache, partial

from textual.widgets import Input, OptionList

LONGEST_PASTED = 10_000
"""The most characters that a field takes in one paste: millions would keep it busy for half a minute."""


@cache
def mend() -> None:
    """Ignore page keys in a list that is not laid out yet, limit the length of pastes, and forget what was
    painted of removed widgets."""
    OptionList.action_page_up = _once_laid_out(OptionList.action_page_up)  # type: ignore[method-assign]
    OptionList.action_page_down = _once_laid_out(OptionList.action_page_down)  # type: ignore[method-assign]
    Input.replace = _cut_short(Input.replace)  # type: ignore[method-assign, assignment]
    with suppress(ImportError, AttributeError):
        from textual._styles_cache import StylesCache

        # Textual's cache of pairs of colours has a widget's painted lines in its key, and keeps them alive
        # (its issue 6665); the garbage collector would look through ever more of them after each dialog.
        of_colors = partial(StylesCache.get_inner_outer.__wrapped__, None)
        setattr(StylesCache, "get_inner_outer", staticmethod(lru_cache(1024)(of_colors)))  # noqa: B010


def _once_laid_out(move: Callable[[OptionList], None]) -> Callable[[OptionList], None]:
    def moved(options: OptionList) -> None:
        with suppress(KeyError):
            move(options)

    return moved


def _cut_short(replace: Callable[[Input, str, int, int], None]) -> Callable[[Input, str, int, int], None]:
    def replaced(field: Input, text: str, start: int, end: int) -> None:
        replace(field, text[:LONGEST_PASTED], start, end)

    return replaced
