"""Textual, mended where keys that come at an unlucky moment would end the app."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from textual.widgets import OptionList


@cache
def mend() -> None:
    """A page key may come before the lines of a list are known: in the palette, a drop-down or a dialog."""
    OptionList.action_page_up = _once_laid_out(OptionList.action_page_up)  # type: ignore[method-assign]
    OptionList.action_page_down = _once_laid_out(OptionList.action_page_down)  # type: ignore[method-assign]


def _once_laid_out(move: Callable[[OptionList], None]) -> Callable[[OptionList], None]:
    def moved(options: OptionList) -> None:
        with suppress(KeyError):
            move(options)

    return moved
