"""P that is the same everywhere."""

from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell
from bigram_tui.lm.model import UniformModel
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training


@probabilities_cells.register(UniformModel)
def _equal(model: UniformModel, dataset: Dataset, training: Training, dtype: str) -> list[CodeCell]:
    c = model.context
    rows = "torch.ones((V, V)) / V" if c == 1 else f"(torch.ones(V) / V).expand(V**{c}, V)"
    return [CodeCell("P of somebody who knows nothing.", f"P = {rows}")]
