"""The table of a smoother, with one line per context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from bigram_tui.lm.settings import SMOOTHERS
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number, power
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.rendering import Passage, entitle

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row

NOT_YET = "…"
BEST = " ◆"


@dataclass(frozen=True)
class ContextLine:
    """A context and its results so far; whether it is in use, and whether its loss on dev is the lowest."""

    context: int
    row: Row | None
    V: int
    once: int
    in_use: bool
    is_best: bool


class _Column(NamedTuple):
    """A title, the text of a cell, and a rank: the highest is dropped first if there is little room."""

    title: str
    shown: Callable[[ContextLine], str]
    rank: int = 0


def _of_row(shown: Callable[[Row], str]) -> Callable[[ContextLine], str]:
    return lambda line: NOT_YET if line.row is None else shown(line.row)


def _loss(loss: float | None) -> str:
    return "–" if loss is None else number(loss)


def _possible(line: ContextLine) -> str:
    """How many contexts are possible, written as a power of V, since it can have too many digits."""
    return power(f"{line.V:,}", line.context) if line.context else "1"


COLUMNS = (
    _Column(Phrase("context"), lambda line: f"{'●' if line.in_use else ' '} {line.context}"),
    _Column(
        Phrase("seen of possible"),
        lambda line: NOT_YET if line.row is None else f"{line.row.contexts_seen:,} / {_possible(line)}",
        rank=3,
    ),
    _Column(Phrase("n-grams"), _of_row(lambda row: f"{row.ngrams:,}"), rank=2),
    _Column(Phrase("once"), lambda line: f"{line.once:,}", rank=4),
    _Column("k", _of_row(lambda row: "" if row.smoothing is None else f"{row.smoothing:.3g}"), rank=1),
    _Column(Phrase("train"), _of_row(lambda row: _loss(row.train))),
    _Column(Phrase("dev"), _of_row(lambda row: _loss(row.dev))),
    _Column(Phrase("gap"), _of_row(lambda row: _loss(None if row.dev is None else row.dev - row.train))),
)


def _table(lines: Sequence[ContextLine], width: int) -> list[str]:
    """The header and the lines, in columns as wide as necessary, without the least important if need be."""
    columns = [
        (column.rank, [say(column.title), *map(column.shown, lines)])
        for column in COLUMNS
        if column.title != "k" or any(line.row and line.row.smoothing is not None for line in lines)
    ]

    def room(texts: Sequence[str]) -> int:
        return max(map(cell_len, texts)) + 2

    while sum(room(texts) for _, texts in columns) + len(BEST) > width and any(rank for rank, _ in columns):
        columns.remove(max(columns, key=lambda column: column[0]))
    padded = [[" " * (room(texts) - cell_len(text)) + text for text in texts] for _, texts in columns]
    return ["".join(cells) for cells in zip(*padded, strict=True)]


class RowList(LineList[ContextLine]):
    """A list of contexts; enter uses the one under the cursor."""

    BINDINGS = [
        Binding("enter", "choose", "Choose", tooltip="Table: use this context and smoother in every pane"),
    ]

    class Chosen(Message):
        """The user wants to use the context under the cursor everywhere."""

    _table: tuple[Sequence[ContextLine], int, list[str]] = (), 0, []

    def table(self, width: int) -> list[str]:
        """The header and the lines for this width, computed once for all lines."""
        if self._table[:2] != (self.items, width):
            self._table = self.items, width, _table(self.items, width)
        return self._table[2]

    def line(self, item: ContextLine, width: int) -> str:
        text = self.table(width)[1 + item.context]
        return text + (BEST if item.is_best else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "choose" and not self.items else super().check_action(action, parameters)

    def action_choose(self) -> None:
        self.post_message(self.Chosen())


class TablePanel(Vertical):
    """The table of the smoother shown."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    TablePanel {
        #rows-head { height: 1; color: $muted; text-wrap: nowrap; }
        RowList { height: 1fr; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Passage(id="rows-head")
        yield RowList(id="rows")

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def show(self, comparison: Comparison, dataset: Dataset, smoother: str) -> None:
        key = say("● in use") if comparison.rows else ""
        key += say(" · ◆ lowest on dev of all") if comparison.best else ""
        entitle(self, SMOOTHERS[smoother], key)
        rows, evaluation, best = self.rows, comparison.evaluation, comparison.best
        if evaluation is None:
            rows.empty = "" if comparison.problem else NOT_YET
            rows.show([])
            self.show_head()
            return
        lines = [
            ContextLine(
                context,
                comparison.rows.get((smoother, context)),
                evaluation.ladder.V,
                evaluation.seen_once[context],
                smoother == dataset.smoother and context == dataset.counts.context,
                best is not None and (best.smoother, best.context) == (smoother, context),
            )
            for context in range(evaluation.ladder.context + 1)
        ]
        if lines != rows.items:
            is_first = not rows.items
            rows.show(lines, dataset.counts.context if is_first else rows.cursor)
        self.show_head()

    def show_head(self) -> None:
        head = self.rows.table(self.rows.scrollable_size.width)[0] if self.rows.items else ""
        self.query_one("#rows-head", Passage).update(Content(head), layout=False)

    def on_resize(self) -> None:
        self.show_head()
