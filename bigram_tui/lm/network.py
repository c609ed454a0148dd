"""Network: W, its loss and gradient."""

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
        """What gradient descent lowers, in nats."""
        return self.data + self.regularization


class Frequencies:
    """What n-grams ask of the network: N/n and its row sums, shapes (R, V) and (R, 1), of the rows `states`.

    The loss sees the text only through these, so a step costs R·V operations instead of n·V. The rows are
    those of `states`, for contexts above 1 the ones that occur; None: all. The loss is computed in float64,
    from `exact`; the gradient in float32, from `joint`, which is N/n as well, and `rows`.
    """

    def __init__(self, N: Tensor, states: Tensor | None = None) -> None:
        self.states = states
        self.exact = N.double() / N.sum()
        self.joint = self.exact.float()
        self.rows = self.exact.sum(1, keepdim=True).float()

    @classmethod
    def of(cls, counts: NgramCounts) -> Frequencies:
        """Those of all n-grams that were counted."""
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
        """Of so many n-grams drawn with replacement, each as often as it occurs in the data."""
        u = torch.rand(size, dtype=torch.float64, generator=generator)
        drawn = torch.searchsorted(self._ends, u, right=True)
        N = drawn.bincount(minlength=self.exact.numel()).view_as(self.exact)
        return Frequencies(N, self.states)


@dataclass(frozen=True)
class Network:
    """One linear layer without bias: logits = one_hot(x) @ W, so row x of W is what context x answers.

    W has shape (V^c, V), a row for each context by its number, and is float32, as in the article; it is never
    changed in place.
    """

    W: Tensor

    @classmethod
    def initial(cls, V: int, init: str, generator: torch.Generator, context: int = 1) -> Network:
        """W as `rand`, `randn` or `zeros` gives it."""
        shape = V**context, V
        if init == "zeros":
            return cls(torch.zeros(shape))
        return cls({"rand": torch.rand, "randn": torch.randn}[init](shape, generator=generator))

    @property
    def context(self) -> int:
        """c, how many tokens a row of W stands for."""
        rows, V = self.W.shape
        return next(c for c in range(MAX_CONTEXT + 1) if V**c == rows)

    @property
    def fits_exp(self) -> bool:
        """Whether exp(W) is neither infinite nor 0 in float32, as dividing by its sums needs."""
        exp = self.W.exp()
        return bool((exp > 0).all() and exp.isfinite().all())

    def probabilities(self) -> Tensor:
        """P = softmax(W) by rows, float32, shape (V^c, V)."""
        return self.W.softmax(1)

    def nll(self, frequencies: Frequencies) -> float:
        """-Σ N·log softmax(W) / n, computed in float64."""
        W = self.W if frequencies.states is None else self.W[frequencies.states]
        return -(frequencies.exact * W.double().log_softmax(1)).sum().item()

    def loss(self, frequencies: Frequencies, regularization: float) -> Loss:
        """That and λ·mean(W²), both computed in float64."""
        return Loss(self.nll(frequencies), regularization * self.W.double().square().mean().item())

    def gradient(self, frequencies: Frequencies, regularization: float, rows: slice = slice(None)) -> Tensor:
        """∂loss/∂W = (rowsum(N)·softmax(W) - N)/n + 2λW/V^(c+1), float32, shape (V^c, V), or some rows."""
        decay, states = 2 * regularization / self.W.numel(), frequencies.states
        if states is None:
            W = self.W[rows]
            return (W.softmax(1) * frequencies.rows[rows]).sub_(frequencies.joint[rows]).add_(W, alpha=decay)
        of_data = (self.W[states].softmax(1) * frequencies.rows).sub_(frequencies.joint)
        return (decay * self.W).index_add_(0, states, of_data)[rows]

    def step(self, gradient: Tensor, learning_rate: float) -> Network:
        """The network one step of gradient descent further."""
        return Network(self.W.sub(gradient, alpha=learning_rate))
