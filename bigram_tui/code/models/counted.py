"""P from counts."""

from bigram_tui.code.counts import contexts_cell, counts_cells, probabilities_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, filled_cell, literal
from bigram_tui.lm.model import CountModel
from bigram_tui.session.snapshots import Dataset, Training


@probabilities_cells.register(CountModel)
def _counted(model: CountModel, dataset: Dataset, training: Training, dtype: str) -> list[CodeCell]:
    if model.context == 1:
        return [*counts_cells(dataset), probabilities_cell(model.smoothing, dtype)]
    k = model.smoothing
    P = filled_cell(
        "P: each row of counts"
        + (", smoothed," if k else "")
        + " divided by its sum. The contexts are so many that a row is computed when it is asked for.",
        """\
class Rows(dict):
    def __missing__(self, s):
        row = torch.tensor([ngrams[s, ix] for ix in range(V)], dtype=torch.double)
        row = (row + $k).$dtype()
        self[s] = (row / row.sum())$undefined
        return self[s]

P = Rows()
""",
        k=literal(k),
        dtype=dtype,
        undefined="" if k else ".nan_to_num()",
    )
    return [contexts_cell(dataset), P]
