"""The network: W, its loss and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import MAX_CONTEXT


class Loss(NamedTuple):
    """The two parts of the loss, in nats: the mean negative log-likelihood, and λ·mean(W²)."""

    data: float
    regularization: float

    @property
    def total(self) -> float:
        """What gradient descent minimizes, in nats."""
        return self.data + self.regularization


class Frequencies:
    """The targets of the network: N/n and its row sums, shapes (R, V) and (R, 1), for the rows in `states`.

    The loss depends on the text only through these, so a step costs R·V operations instead of n·V. `states`
    are the contexts that occur if contexts are longer than 1; None means all rows. The loss is computed in
    float64 from `exact`, the gradient in float32 from `joint`, which is also N/n, and `rows`.
    """

    def __init__(self, N: Tensor, states: Tensor | None = None) -> None:
        self.states = states
        self.exact = N.double() / N.sum()
        self.joint = self.exact.float()
        self.rows = self.exact.sum(1, keepdim=True).float()

    @classmethod
    def of(cls, counts: NgramCounts) -> Frequencies:
        """Of all counted n-grams."""
        if counts.context < 2:
            return cls(torch.from_numpy(counts.N.astype("int64")))
        V, (states, starts, _) = len(counts.vocabulary), counts.rows
        of_row = np.repeat(np.arange(len(states)), np.diff(starts, append=len(counts.keys)))
        N = np.zeros((len(states), V), dtype=np.int64)
        N[of_row, counts.arrays.keys % V] = counts.arrays.counts
        return cls(torch.from_numpy(N), torch.from_numpy(states))

    @cached_property
    def _ends(self) -> Tensor:
        ends = self.exact.flatten().cumsum(0)
        return ends / ends[-1]

    def batch(self, size: int, generator: torch.Generator) -> Frequencies:
        """Of a mini-batch of n-grams, drawn with replacement in proportion to how often each occurs."""
        u = torch.rand(size, dtype=torch.float64, generator=generator)
        drawn = torch.searchsorted(self._ends, u, right=True)
        N = drawn.bincount(minlength=self.exact.numel()).view_as(self.exact)
        return Frequencies(N, self.states)


@dataclass(frozen=True)
class Network:
    """One linear layer without bias: logits = one_hot(x) @ W, so row x of W holds the logits after context x.

    W has shape (V^c, V), a row for each context, indexed by its number, and is float32, torch's default. It
    is never changed in place.
    """

    W: Tensor

    @classmethod
    def initial(cls, V: int, init: str, generator: torch.Generator, context: int = 1) -> Network:
        """W as initialized by `rand`, `randn` or `zeros`."""
        shape = V**context, V
        if init == "zeros":
            return cls(torch.zeros(shape))
        return cls({"rand": torch.rand, "randn": torch.randn}[init](shape, generator=generator))

    @property
    def context(self) -> int:
        """c, the number of tokens in the context of each row of W."""
        rows, V = self.W.shape
        return next(c for c in range(MAX_CONTEXT + 1) if V**c == rows)

    @property
    def fits_exp(self) -> bool:
        """Whether exp(W) is neither infinite nor 0 in float32, so that it can be divided by its row sums."""
        exp = self.W.exp()
        return bool((exp > 0).all() and exp.isfinite().all())

    def probabilities(self) -> Tensor:
        """P = softmax(W), row by row, float32, shape (V^c, V)."""
        return self.W.softmax(1)

    def nll(self, frequencies: Frequencies) -> float:
        """-Σ N·log softmax(W) / n, computed in float64."""
        W = self.W if frequencies.states is None else self.W[frequencies.states]
        return -(frequencies.exact * W.double().log_softmax(1)).sum().item()

    def loss(self, frequencies: Frequencies, regularization: float) -> Loss:
        """`nll` and λ·mean(W²), both computed in float64."""
        return Loss(self.nll(frequencies), regularization * self.W.double().square().mean().item())

    def gradient(self, frequencies: Frequencies, regularization: float, rows: slice = slice(None)) -> Tensor:
        """∂loss/∂W = (rowsum(N)·softmax(W) - N)/n + 2λW/V^(c+1), float32, shape (V^c, V) or fewer rows."""
        decay, states = 2 * regularization / self.W.numel(), frequencies.states
        if states is None:
            W = self.W[rows]
            return (W.softmax(1) * frequencies.rows[rows]).sub_(frequencies.joint[rows]).add_(W, alpha=decay)
        of_data = (self.W[states].softmax(1) * frequencies.rows).sub_(frequencies.joint)
        return (decay * self.W).index_add_(0, states, of_data)[rows]

    def step(self, gradient: Tensor, learning_rate: float) -> Network:
        """The network after one step of gradient descent."""
        return Network(self.W.sub(gradient, alpha=learning_rate))
