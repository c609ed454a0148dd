"""P from counts."""

from bigram_tui.code.counts import contexts_cell, counted, counts_cells, probabilities_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, filled_cell, literal
from bigram_tui.lm.model import CountModel
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training


@probabilities_cells.register(CountModel)
def _counted(model: CountModel, dataset: Dataset, training: Training, dtype: str) -> list[CodeCell]:
    if dataset.counts.context == 1:
        return [*counts_cells(dataset), probabilities_cell(model.smoothing, dtype)]
    ngrams = "ngrams" if model.context == dataset.counts.context else counted(dataset, model.context)
    P = f"P = model({ngrams}, {literal(model.smoothing)})"
    return [contexts_cell(dataset), add_k_cell(dtype), CodeCell("", P)]


def add_k_cell(dtype: str) -> CodeCell:
    """`model(ngrams, k)`, which returns P as a dict of rows by context, filled on demand."""
    return filled_cell(
        "P: each row of counts, to each of which k is added, divided by its sum. The contexts are so many "
        "that a row is computed when it is asked for.",
        """\
def model(ngrams, k):
    class Rows(dict):
        def __missing__(self, s):
            row = torch.tensor([ngrams[s, ix] for ix in range(V)], dtype=torch.double)
            row = (row + k).$dtype()
            self[s] = (row / row.sum()).nan_to_num()
            return self[s]

    return Rows()
""",
        dtype=dtype,
    )
