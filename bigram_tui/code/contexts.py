"""The notebook of the Contexts pane: the split, and the losses of each context length under one smoother."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bigram_tui.code.counts import NLL, count_cell
from bigram_tui.code.models.counted import add_k_cell
from bigram_tui.code.models.interpolated import interpolated_cells
from bigram_tui.code.notebook import CodeCell, Notebook, filled_cell
from bigram_tui.code.words import is_weighted, split_cell, vocabulary_cell, words_cell
from bigram_tui.lm.settings import ADD_K
from bigram_tui.lm.smoothing import INTERPOLATED
from bigram_tui.texts import say

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row
    from bigram_tui.session.snapshots.comparison import Comparison
    from bigram_tui.session.snapshots.dataset import Dataset


def contexts_code(
    dataset: Dataset, comparison: Comparison, rows: Sequence[Row], row: Row | None
) -> Notebook | str:
    """The losses of these rows, all of one smoother; for the chosen row also test and leaks."""
    parts = comparison.parts
    if parts is None or not rows:
        return say("There is no code yet: the pane is still counting.")
    if not parts.shuffled:
        return say("There is no code for such a long list: it is split while it is read, not shuffled.")
    is_add_k = rows[0].smoother == ADD_K
    measured_on = "train and on dev" if parts.words[1] else "train"
    cells = [
        words_cell(dataset.corpus),
        vocabulary_cell(dataset.corpus, dataset.counts),
        _split_cell(comparison, is_weighted(dataset.corpus)),
        count_cell(dataset),
        *(
            [add_k_cell("double")]
            if is_add_k
            else interpolated_cells(INTERPOLATED[rows[0].smoother], "double")
        ),
        NLL,
        filled_cell(
            f"The losses on {measured_on} of the model that learned from train.",
            """\
for $each in $contexts:
    P = model(count(train, c), $last)
    losses = [f'{nll(P, count(part, c)):.4f}' for part in (train, dev) if part]
    print(c, *losses)
""",
            each="c, k" if is_add_k else "c",
            last="k" if is_add_k else "c",
            contexts=[(each.context, each.smoothing) if is_add_k else each.context for each in rows],
        ),
    ]
    if row is not None:
        cells += _chosen_cells(dataset, comparison, row)
    return Notebook.of("Contexts of every length", *cells)


def _split_cell(comparison: Comparison, weighted: bool) -> CodeCell:
    """The cell that splits the list, with the number of words in each part."""
    cell = split_cell(comparison.split, weighted, shuffled=True)
    size = "sum(weight for w, weight in part)" if weighted else "len(part)"
    return replace(cell, code=f"{cell.code}\nprint(*(f'{{{size}:,}}' for part in (train, dev, test)))")


def _chosen_cells(dataset: Dataset, comparison: Comparison, row: Row) -> list[CodeCell]:
    """What else the pane says about the row under the cursor."""
    c, cells = row.context, []
    P = f"P = model(count(train, {c}), {c if row.smoothing is None else row.smoothing})\n"
    if row.dev_without_train is not None and not dataset.counts.vocabulary.rare:
        each, word = ("entry", "entry[0]") if is_weighted(dataset.corpus) else ("w", "w")
        code = (
            f"known = set({word} for {each} in train)\n"
            f"new = [{each} for {each} in dev if {word} not in known]\n"
            f"{P}print(f'{{nll(P, count(new, {c})):.4f}}')"
        )
        cells.append(CodeCell("Dev without the words that are in train as well.", code))
    if comparison.test_of(row) is not None:
        code = f"{P}print(f'{{nll(P, count(test, {c})):.4f}}')"
        cells.append(CodeCell("Test, which was opened for this row.", code))
    return cells
