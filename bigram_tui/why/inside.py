"""One step of gradient descent, taken apart for one weight: what the pane and `w` both say it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigram_tui.lm.network import Frequencies
    from bigram_tui.session.snapshots import Dataset, Training
    from bigram_tui.views.grid import Cell


class Inside:
    """What is predicted after a context, what came after it among the n-grams of a step, and the gradient.

    Of n-gram (i, j), a context by its number and a token: `logits`, `exp` and `softmax` are row i of W in
    float64, shape (V,); `rows` and `both` say how many of the step's `total` n-grams begin with
    i, and are (i, j).
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
