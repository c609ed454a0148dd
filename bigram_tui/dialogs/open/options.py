"""How a word list is read: a field or a check box for each option."""

from collections.abc import Iterable
from typing import Any

from textual.containers import Grid
from textual.widget import Widget
from textual.widgets import Collapsible, Input, Label

from bigram_tui.dialogs.open.lists import OPEN
from bigram_tui.texts import say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.tick import Tick
from bigram_tui.words.options import READING, ReadingOptions

TICKED = ("lowercase", "unique")
TYPED = (
    *("column", "weight_column"),
    *("limit", "min_char_count"),
    *("encoding", "max_download"),
    *("skip", "separator"),
    "member",
)
"""Pairs of options that are shown side by side."""


class OptionFields(Collapsible):
    """The options, collapsed at first."""

    DEFAULT_CSS = """
    OptionFields {
        &, &:focus-within { padding: 0; border: none; background: transparent; }
        CollapsibleTitle { width: 1fr; height: 1; padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
        Contents { padding: 0; }
        Grid {
            height: auto;
            grid-size: 4;
            grid-columns: 15 1fr 15 1fr;
            grid-rows: 1;
            grid-gutter: 0 1;
            Tick { column-span: 2; }
            Label { color: $muted; }
        }
    }
    """

    def __init__(self) -> None:
        self._grid = Grid()
        super().__init__(self._grid, title=say("Options: lower-case, column, limits, encoding …"))

    async def add_fields(self) -> None:
        """Mount the fields after the first frame: the dialog appears, and takes keys, twice as soon."""
        if self.is_attached:  # may be closed already
            await self._grid.mount_all(self._fields())

    def _fields(self) -> Iterable[Widget]:
        for name in TICKED:
            yield Tick(say(READING[name].label), compact=True, id=name)
        for name in TYPED:
            yield Label(say(READING[name].label))
            yield Field(placeholder=say(READING[name].placeholder), enter=OPEN, compact=True, id=name)

    @property
    def chosen(self) -> ReadingOptions:
        """The options as entered; raises ValueError, or SettingError if a value is out of range."""
        options: dict[str, Any] = {str(box.id): box.value for box in self.query(Tick)}
        for field in self.query(Input):
            if text := field.value.strip():
                options[str(field.id)] = READING[str(field.id)].parse(text)
        return ReadingOptions(**options)
