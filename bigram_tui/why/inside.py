"""One step of gradient descent, taken apart for one weight, as both the pane and `w` show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigram_tui.lm.network import Frequencies
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training
    from bigram_tui.views.grid import Cell


class Inside:
    """What the network predicts after a context, what followed it among a step's n-grams, and the gradient.

    For n-gram (i, j), the number of a context and a token: `logits`, `exp` and `softmax` are for row i of W,
    in float64, shape (V,); of the step's `total` n-grams, `rows` start with i, and `both` are (i, j).
    """

    def __init__(self, dataset: Dataset, training: Training, frequencies: Frequencies, cell: Cell) -> None:
        assert training.network is not None
        i, j = cell
        self.is_batch = frequencies is not training.frequencies
        self.total = (training.settings.batch_size or 0) if self.is_batch else dataset.counts.total
        self.logits = training.network.W[i].double()
        self.exp, self.softmax = self.logits.exp(), self.logits.softmax(0)
        self.weight, self.P = self.logits[j].item(), self.softmax[j].item()
        row = i if frequencies.states is None else frequencies.states.tolist().index(i)
        self.rows = round(frequencies.exact[row].sum().item() * self.total)
        self.both = round(frequencies.exact[row, j].item() * self.total)
        self.share, self.actual = self.rows / self.total, self.both / self.rows if self.rows else 0.0
        self.of_data = self.share * (self.P - self.actual)
        self.decay = 2 * training.settings.regularization * self.weight / training.network.W.numel()
