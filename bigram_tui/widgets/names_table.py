"""The table of drawn names, which can be sorted by any column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from bigram_tui.lm.drawn import DrawnName
from bigram_tui.lm.vocabulary import visible
from bigram_tui.session.models import KINDS
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.rendering import Passage

ROOMY = 46
"""With at least this many columns there is room for perplexity and the full names of models."""


class _Column(NamedTuple):
    """The title of a column, its text, its width, and its sort key."""

    title: str
    width: int
    shown: Callable[[DrawnName], str]
    key: Callable[[DrawnName], Any]


NAME = Phrase("name")
KNOWN = {True: "●", False: "", None: "?"}
"""Whether a name is in the data; None if unknown."""


def _known(name: DrawnName) -> str:
    """Whether the name is in the data; if only train was learned from, in train or elsewhere."""
    if name.in_train is None or name.in_train:
        return KNOWN[name.in_train or name.in_dataset]
    return "○" if name.in_dataset else KNOWN[name.in_dataset]


def _name(name: DrawnName, width: int) -> str:
    """The name with its marks, which are not cut off with it."""
    shown = visible(name.name) or say("(empty)")
    marks = say(" (cut)") * name.cut_off + " ✎" * name.by_hand
    room = max(width - cell_len(marks), 1)
    return (shown if cell_len(shown) <= room else set_cell_size(shown, room - 1) + "…") + marks


def _columns(width: int, mixed: bool) -> list[_Column]:
    """The columns that fit; the name gets the rest. `mixed` if the names are from several models."""
    roomy = width >= ROOMY
    columns = [
        _Column("●", 4 if roomy else 2, _known, lambda name: (not name.in_train, not name.in_dataset)),
        _Column("nll", 9 if roomy else 8, lambda name: number(name.nll), lambda name: name.nll),
        _Column(Phrase("perplexity"), 11, lambda name: number(name.perplexity, 2), lambda name: name.nll),
        _Column(
            Phrase("model"),
            9 if roomy else 8,
            lambda name: KINDS[name.model].label,
            lambda name: name.model,
        ),
    ]
    if not roomy:
        del columns[2 if mixed else slice(2, None)]
    rest = width - sum(column.width for column in columns)
    return [_Column(NAME, rest, partial(_name, width=rest - 1), lambda name: name.name), *columns]


def _line(columns: Sequence[_Column], texts: Sequence[str]) -> Text:
    """The name aligned left, all others aligned right."""
    line = Text(no_wrap=True)
    for column, text in zip(columns, texts, strict=True):
        room = " " * (column.width - cell_len(text))
        line.append(text + room if column.title == NAME else room + text)
    return line


class NameList(LineList[DrawnName]):
    mixed = False
    """Whether the names are from several models."""

    def line(self, item: DrawnName, width: int) -> Text:
        columns = _columns(width, self.mixed)
        return _line(columns, [column.shown(item) for column in columns])


class NamesHeader(Passage):
    """The titles; a click on one sorts by its column."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "NamesHeader { height: 1; color: $muted; pointer: pointer; }"

    @dataclass
    class Clicked(Message):
        """A title at this column of the screen was clicked."""

        x: int

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(event.x))


class NamesTable(Vertical):
    """Names in the order in which they were drawn, newest last, or sorted by a column."""

    DEFAULT_CSS = "NamesTable { height: 1fr; & > NameList { height: 1fr; scrollbar-gutter: stable; } }"
    BINDINGS = [
        Binding("s", "sort", "Sort", tooltip="Names: sort by the next column"),
        Binding("S", "turn", "Reverse", show=False, tooltip="Names: reverse the order"),
    ]

    _names: Sequence[DrawnName] = ()
    _sorted_by: str | None = None
    _descending = False

    def compose(self) -> ComposeResult:
        yield NamesHeader()
        yield NameList(id="names", empty="")

    def name_columns(self) -> None:
        """Set the column titles in the current language."""
        self.query_one(NameList).empty = say("press n to draw a name")
        self._arrange()

    @property
    def highlighted(self) -> DrawnName | None:
        return self.query_one(NameList).highlighted

    def show(self, names: Sequence[DrawnName]) -> None:
        """Show these names, newest last, with the cursor on the newest."""
        if names is not self._names:
            self._names = names
            self.query_one(NameList).mixed = len({name.model for name in names}) > 1
            self._arrange()

    def action_sort(self) -> None:
        """Sort by the next column; after the last one, in the order in which they were drawn."""
        titles = [column.title for column in self._columns]
        after = titles.index(self._sorted_by) + 1 if self._sorted_by in titles else 0
        self._sorted_by = titles[after] if after < len(titles) else None
        self._arrange()

    def action_turn(self) -> None:
        """Reverse the order."""
        self._descending = not self._descending
        self._arrange()

    def on_names_header_clicked(self, event: NamesHeader.Clicked) -> None:
        event.stop()
        end = 0
        for column in self._columns:
            end += column.width
            if event.x < end:
                break
        if column.title == self._sorted_by:
            self._descending = not self._descending
        self._sorted_by = column.title
        self._arrange()

    @property
    def _columns(self) -> list[_Column]:
        names = self.query_one(NameList)
        return _columns(names.scrollable_size.width, names.mixed)

    def _arrange(self) -> None:
        names, newest = list(self._names), self._names[-1] if self._names else None
        key = next((column.key for column in self._columns if column.title == self._sorted_by), None)
        if key is not None:
            names.sort(key=key)
        if self._descending:
            names.reverse()
        place = next((i for i, name in enumerate(names) if name is newest), 0)
        self.query_one(NameList).show(names, cursor=place)
        self._show_header()

    def on_resize(self) -> None:
        self._show_header()

    def _show_header(self) -> None:
        columns = self._columns
        arrow = "▼" if self._descending else "▲"
        titles = [say(c.title) + (arrow if c.title == self._sorted_by else "") for c in columns]
        self.query_one(NamesHeader).update(Content(_line(columns, titles).plain), layout=False)
