"""Textual, mended where keys and clicks that come at an unlucky moment would end the app."""

from __future__ import annotations

from contextlib import suppress

from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import OptionList

_move_page = OptionList._move_page
_get_widget_and_offset_at = Screen.get_widget_and_offset_at


def _move_page_once_laid_out(self: OptionList, direction: int) -> None:
    """A page key before the lines of a list are known: in the palette, a drop-down or a dialog."""
    with suppress(KeyError):
        _move_page(self, direction)  # type: ignore[arg-type]


def _get_attached_widget_and_offset_at(
    self: Screen[object], x: int, y: int
) -> tuple[Widget | None, Offset | None]:
    """A click on what was just removed and is still to be seen, such as a notification."""
    widget, offset = _get_widget_and_offset_at(self, x, y)
    return (widget, offset) if widget is not None and widget.is_attached else (None, None)


def mend() -> None:
    OptionList._move_page = _move_page_once_laid_out  # type: ignore[method-assign]
    Screen.get_widget_and_offset_at = _get_attached_widget_and_offset_at  # type: ignore[method-assign, assignment]
