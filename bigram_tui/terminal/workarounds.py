"""Workarounds for bugs of Textual: keys at an unlucky moment end the app, and very long pastes stop it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from textual.widgets import Input, OptionList

LONGEST_PASTED = 10_000
"""The most characters that a field takes in one paste: millions would keep it busy for half a minute."""


@cache
def mend() -> None:
    """Ignore page keys in a list that is not laid out yet, and limit the length of pastes."""
    OptionList.action_page_up = _once_laid_out(OptionList.action_page_up)  # type: ignore[method-assign]
    OptionList.action_page_down = _once_laid_out(OptionList.action_page_down)  # type: ignore[method-assign]
    Input.replace = _cut_short(Input.replace)  # type: ignore[method-assign, assignment]


def _once_laid_out(move: Callable[[OptionList], None]) -> Callable[[OptionList], None]:
    def moved(options: OptionList) -> None:
        with suppress(KeyError):
            move(options)

    return moved


def _cut_short(replace: Callable[[Input, str, int, int], None]) -> Callable[[Input, str, int, int], None]:
    def replaced(field: Input, text: str, start: int, end: int) -> None:
        replace(field, text[:LONGEST_PASTED], start, end)

    return replaced
