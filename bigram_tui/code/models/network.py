"""P of a network."""

from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell
from bigram_tui.code.training import Run, training_cells
from bigram_tui.lm.model import NetworkModel
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training


@probabilities_cells.register(NetworkModel)
def _softmax(model: NetworkModel, dataset: Dataset, training: Training, dtype: str) -> list[CodeCell]:
    P = CodeCell("P: softmax of each row of W.", f"P = W.detach().{dtype}().softmax(1)")
    return [*training_cells(Run(dataset, training)), P]
