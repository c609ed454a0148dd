"""P from counts."""

from bigram_tui.code.counts import counts_cells, probabilities_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell
from bigram_tui.lm.model import CountModel
from bigram_tui.session.snapshots import Dataset, Training


@probabilities_cells.register(CountModel)
def _counted(model: CountModel, dataset: Dataset, training: Training, dtype: str) -> list[CodeCell]:
    return [*counts_cells(dataset), probabilities_cell(model.smoothing, dtype)]
