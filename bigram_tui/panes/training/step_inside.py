"""One step of gradient descent with its actual numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from bigram_tui.texts import say
from bigram_tui.views.grid import Cell
from bigram_tui.views.numbers import number, short
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.rendering import Passage, line_of, table

if TYPE_CHECKING:
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training

Vectors = tuple[str, str, float, float, float, bool]
"""A token's sign; its values in one-hot(x) (bigrams only), logits, exp and softmax; whether it is next."""


class _Vectors(LineList[Vectors]):
    """The vectors of a step, one line per token."""

    can_focus = False

    def line(self, item: Vectors, width: int) -> Text:
        sign, one_hot, logit, exp, softmax, is_next = item
        text = f"{sign:>4} {one_hot:>10} {number(logit):>10} {short(exp):>10} {number(softmax):>9}"
        return Text(text + ("  " + say("← next") if is_next else ""), style="bold" if is_next else "")


class StepInside(VerticalScroll):
    """From a bigram to the update of one weight."""

    DEFAULT_CSS = """
    StepInside {
        Static { height: auto; }
        _Vectors { height: auto; overflow: hidden; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Passage(id="derivation")
        yield _Vectors(id="vectors")

    def show(self, dataset: Dataset, training: Training, update: Update, cell: Cell) -> None:
        from bigram_tui.why import brief
        from bigram_tui.why.inside import Inside

        inside = Inside(dataset, training, update.frequencies, cell)
        head, lines_above = brief.step(dataset, training, update, cell, inside)
        signs, of_bigrams = dataset.counts.vocabulary.signs, dataset.counts.context == 1
        rows = zip(signs, inside.logits.tolist(), inside.exp.tolist(), inside.softmax.tolist(), strict=True)
        lines = [
            (sign, str(int(j == cell.row)) if of_bigrams else "", logit, exp, softmax, j == cell.column)
            for j, (sign, logit, exp, softmax) in enumerate(rows)
        ]
        one_hot = f"one-hot({signs[cell.row]})" if of_bigrams else ""
        columns = f"{'':>4} {one_hot:>10} {'logit':>10} {'exp':>10} {'softmax':>9}"
        self.query_one("#derivation", Passage).update(
            Content("\n").join(
                [line_of(head), table(lines_above), Content(""), Content.styled(columns, "$muted")]
            )
        )
        vectors = self.query_one(_Vectors)
        vectors.styles.height = len(lines)
        vectors.show(lines, cell.column)
