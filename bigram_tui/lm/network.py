"""BigramNetwork: W, its loss and gradient; TrainingRun: steps and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from bigram_tui.lm.counts import BigramCounts
from bigram_tui.lm.settings import TrainingSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Loss(NamedTuple):
    """The two parts of the loss, in nats: the mean negative log-likelihood, and λ·mean(W²)."""

    data: float
    regularization: float

    @property
    def total(self) -> float:
        return self.data + self.regularization


class BigramFrequencies:
    """What the data asks of the network: N/n and its row sums, shapes (V, V) and (V, 1).

    The loss sees the text only through these, so a step costs V² operations instead of n·V.
    """

    def __init__(self, counts: BigramCounts) -> None:
        self.exact = torch.from_numpy(counts.N.astype("float64")) / counts.total
        self.joint = self.exact.float()
        self.rows = self.exact.sum(1, keepdim=True).float()


@dataclass(frozen=True)
class BigramNetwork:
    """One linear layer without bias: logits = one_hot(x) @ W, so row x of W is what token x answers.

    W has shape (V, V) and is float32, as in the article; it is never changed in place.
    """

    W: Tensor

    @classmethod
    def initial(cls, V: int, init: str, seed: int) -> BigramNetwork:
        """W as `rand`, `randn` or `zeros` gives it, from a torch.Generator with this seed."""
        g = torch.Generator().manual_seed(seed)
        if init == "zeros":
            return cls(torch.zeros((V, V)))
        return cls({"rand": torch.rand, "randn": torch.randn}[init]((V, V), generator=g))

    def probabilities(self) -> Tensor:
        """softmax(W) by rows, float32, shape (V, V)."""
        return self.W.softmax(1)

    def loss(self, frequencies: BigramFrequencies, regularization: float) -> Loss:
        """-Σ N·log softmax(W) / n and λ·mean(W²), both computed in float64."""
        W = self.W.double()
        data = -(frequencies.exact * W.log_softmax(1)).sum()
        return Loss(data.item(), regularization * W.square().mean().item())

    def gradient(self, frequencies: BigramFrequencies, regularization: float) -> Tensor:
        """∂loss/∂W = (rowsum(N)·softmax(W) - N)/n + 2λW/V², shape (V, V)."""
        decay = 2 * regularization / self.W.numel()
        return (self.probabilities() * frequencies.rows).sub_(frequencies.joint).add_(self.W, alpha=decay)

    def step(self, gradient: Tensor, learning_rate: float) -> BigramNetwork:
        """The network one step of gradient descent further."""
        return BigramNetwork(self.W.sub(gradient, alpha=learning_rate))


class NetworkModel:
    """The probabilities of a network, softmax(W)."""

    def __init__(self, network: BigramNetwork, steps: int) -> None:
        self.description = f"network after {steps:,} {'step' if steps == 1 else 'steps'}"
        self._P: NDArray[np.float64] = network.W.double().softmax(1).numpy()
        self._P_for_drawing: NDArray[np.float32] = network.probabilities().numpy()

    def probability(self, first: int, second: int) -> float:
        return float(self._P[first, second])

    def row(self, first: int) -> NDArray[np.float64]:
        row: NDArray[np.float64] = self._P[first]
        return row

    def row_for_drawing(self, first: int) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self._P_for_drawing[first]
        return row


class TrainingRun:
    """Gradient descent on all bigrams at once, with the loss of every step.

    `losses[t]` is the loss after t updates, so it has one entry more than updates were made.
    """

    def __init__(self, counts: BigramCounts, settings: TrainingSettings) -> None:
        self.counts = counts
        self.settings = settings
        self.frequencies = BigramFrequencies(counts)
        self.network = BigramNetwork.initial(len(counts.vocabulary), settings.init, settings.seed)
        self.losses = [self.network.loss(self.frequencies, settings.regularization)]

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return len(self.losses) - 1

    def step(self) -> Loss:
        """Make one update; returns the loss after it."""
        settings = self.settings
        gradient = self.network.gradient(self.frequencies, settings.regularization)
        self.network = self.network.step(gradient, settings.learning_rate)
        self.losses.append(self.network.loss(self.frequencies, settings.regularization))
        return self.losses[-1]
