"""TrainingRun: gradient descent step by step, with the loss of every step and a way back to any of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DivergedError
from bigram_tui.lm.network import Frequencies, Loss, Network
from bigram_tui.lm.settings import TrainingSettings, check_weights

MAX_RECORDED = 1_000_001
"""Steps whose losses are kept, including that before the first update; beyond it every second, fourth, …"""

MAX_CHECKPOINT_BYTES = 64 * 2**20
_OBJECTS = 256
"""Python's memory overhead per checkpoint, in bytes."""

Checkpoint = tuple[bytes, bytes]
"""W and the generator of a State as plain bytes: with tens of thousands of objects that refer to others, each
garbage collection would take a tenth of a second."""

Changes = tuple[tuple[int, TrainingSettings], ...]
"""The settings that were in force, each with the step from which they applied."""


@dataclass(frozen=True)
class State:
    """Everything that later steps depend on besides the data and the settings.

    `generator` is the state of the torch.Generator that draws mini-batches; `file` is the path it was loaded
    from.
    """

    step: int
    network: Network
    generator: Tensor
    file: str = ""

    @classmethod
    def initial(cls, V: int, settings: TrainingSettings, context: int = 1) -> State:
        """W as initialized by the settings, before any step."""
        g = torch.Generator().manual_seed(settings.seed)
        return cls(0, Network.initial(V, settings.init, g, context), g.get_state())


@dataclass(frozen=True)
class Update:
    """One step of gradient descent: the bigrams it used, the gradient, and the resulting network."""

    frequencies: Frequencies
    gradient: Tensor
    network: Network


@dataclass(frozen=True, eq=False)
class Losses:
    """The losses of the steps `first`, `first` + `stride`, …, and of the last one.

    `table` has a row for each step: the data loss and the regularization loss, in nats, float64. `dev` is the
    data loss on held-out words, if there are any.
    """

    first: int
    stride: int
    table: NDArray[np.float64]
    last_step: int
    last: Loss
    dev: NDArray[np.float64] | None = None
    last_dev: float | None = None

    @classmethod
    def of(cls, step: int, loss: Loss, dev: float | None = None) -> Losses:
        """The loss of a single step."""
        return cls(step, 1, np.array([loss]), step, loss, None if dev is None else np.array([dev]), dev)

    def recorded(self, step: int) -> Loss | None:
        """The loss after this many updates; None if the step was thinned out or never made."""
        if step == self.last_step:
            return self.last
        row, between = divmod(step - self.first, self.stride)
        return Loss(*self.table[row].tolist()) if not between and 0 <= row < len(self.table) else None

    def __getitem__(self, step: int) -> Loss:
        """The loss after this many updates; raises IndexError if it was not recorded."""
        loss = self.recorded(step)
        if loss is None:
            raise IndexError(step)
        return loss

    @property
    def steps(self) -> NDArray[np.int64]:
        """The step of each row of `table`."""
        return self.first + self.stride * np.arange(len(self.table))

    def recorded_dev(self, step: int) -> float | None:
        """The loss on dev after this many updates; None if it was not recorded or there is no dev."""
        if step == self.last_step or self.dev is None:
            return self.last_dev
        row, between = divmod(step - self.first, self.stride)
        return float(self.dev[row]) if not between and 0 <= row < len(self.dev) else None

    def until(self, step: int, loss: Loss, dev: float | None) -> Losses:
        """The losses up to a step, whose own loss is given."""
        rows = (step - self.first) // self.stride + 1
        kept = None if self.dev is None else self.dev[:rows]
        return replace(self, table=self.table[:rows], last_step=step, last=loss, dev=kept, last_dev=dev)


class _Recorder:
    """An append-only record. Rows never change once written, so `losses` is a view and copies nothing."""

    def __init__(self, losses: Losses) -> None:
        self._latest = losses
        self._rows = len(losses.table)
        columns = [losses.table] if losses.dev is None else [losses.table, losses.dev]
        table = np.column_stack(columns)
        self._table = np.concatenate([table, np.empty((max(self._rows, 1024), table.shape[1]))])
        self._stride = losses.stride
        self._step = losses.last_step

    def append(self, loss: Loss, dev: float | None = None) -> None:
        self._step += 1
        self._last, self._last_dev = loss, dev
        if (self._step - self._latest.first) % self._stride:
            return
        if self._rows == MAX_RECORDED:
            self._table = self._table[::2].copy()
            self._rows = -(-self._rows // 2)
            self._stride *= 2
            if (self._step - self._latest.first) % self._stride:
                return
        if self._rows == len(self._table):
            self._table = np.concatenate([self._table, np.empty_like(self._table)])
        self._table[self._rows] = loss if dev is None else (*loss, dev)
        self._rows += 1

    @property
    def losses(self) -> Losses:
        if self._latest.last_step != self._step:
            table, has_dev = self._table[: self._rows], self._last_dev is not None
            self._latest = Losses(
                self._latest.first,
                self._stride,
                table[:, :2],
                self._step,
                self._last,
                table[:, 2] if has_dev else None,
                self._last_dev,
            )
        return self._latest


class TrainingRun:
    """Gradient descent on the n-grams of the data, or on mini-batches of them.

    The loss of a step is always measured over all n-grams, before that step's update.
    """

    def __init__(
        self,
        counts: NgramCounts,
        settings: TrainingSettings,
        start: State | None = None,
        dev: NgramCounts | None = None,
    ) -> None:
        """Start from the initialization in the settings, or from a state that another run reached.

        The loss of each step is measured on `dev` as well.

        Raises:
            SettingError: if W would have more than MAX_WEIGHTS numbers.
        """
        check_weights(len(counts.vocabulary), counts.context)
        self.counts, self.dev = counts, dev
        self.frequencies = Frequencies.of(counts)
        self._dev_frequencies = Frequencies.of(dev) if dev else None
        start = start or State.initial(len(counts.vocabulary), settings, counts.context)
        self.first = start.step
        self.changes: Changes = ((start.step, settings),)
        self.beyond_exp: int | None = None
        """The first step at which exp(W) left the range of float32."""
        self._interval = 1
        self._start = start
        self._checkpoints: dict[int, Checkpoint] = {start.step: _packed(start)}
        self._go_on_from(start)
        self._recorder = _Recorder(Losses.of(start.step, self._loss_now(), self._dev_of(self.network)))

    def _go_on_from(self, state: State) -> None:
        self.steps, self.network = state.step, state.network
        self._generator = _generator(state)

    @property
    def settings(self) -> TrainingSettings:
        """The settings in force at the last step."""
        return self.changes[-1][1]

    @property
    def losses(self) -> Losses:
        """The losses of all steps so far."""
        return self._recorder.losses

    @property
    def loaded_from(self) -> str:
        """The file that the initial state was loaded from, if it was."""
        return self._start.file

    @property
    def state(self) -> State:
        """The state after the last step."""
        return State(self.steps, self.network, self._generator.get_state())

    @property
    def has_diverged(self) -> bool:
        """Whether the loss is no longer finite."""
        return not math.isfinite(self.losses.last.total)

    def divergence(self) -> DivergedError:
        """An error that says which step made the loss infinite or nan, and why."""
        losses, V2 = self.losses, self.network.W.numel()
        finite = np.isfinite(losses.table).all(1)
        step = losses.last_step if finite.all() else int(losses.steps[finite.argmin()])
        settings = self.settings_at(step - 1)
        rate, regularization = settings.learning_rate, settings.regularization
        factor = 1 - 2 * rate * regularization / V2
        if factor < -1:
            return DivergedError(
                "the training diverged: after step {step:,} the loss is no longer a finite number, "
                "because the regularization multiplies W by 1 − 2·{rate:g}·{λ:g}/{V2:,} = {factor:.2f} at "
                "each step, so it grows without end; use a smaller learning rate or less regularization",
                step=step,
                rate=rate,
                λ=regularization,
                V2=V2,
                factor=factor,
            )
        return DivergedError(
            "the training diverged: after step {step:,} the loss is no longer a finite number, because a "
            "learning rate of {rate:g} makes each step go too far; use a smaller learning rate or less "
            "regularization",
            step=step,
            rate=rate,
        )

    def step(self) -> Loss:
        """Make one update; returns the loss after it."""
        self.network = self._update(self.network, self._generator, self.settings).network
        self.steps += 1
        loss = self._loss_now()
        self._recorder.append(loss, self._dev_of(self.network))
        if self.beyond_exp is None and loss.data > self.counts.uniform_nll and not self.network.fits_exp:
            self.beyond_exp = self.steps
        if (self.steps - self.first) % self._interval == 0:
            self._keep(self.state)
        return loss

    def change(self, settings: TrainingSettings) -> None:
        """Use these settings from the next step on; the loss of the last step is measured with them."""
        self.changes = (
            *(change for change in self.changes if change[0] < self.steps),
            (self.steps, settings),
        )
        before = self.losses
        table = before.table.copy()
        loss = self._loss_now()
        if before.steps[-1] == self.steps:
            table[-1] = loss
        self._recorder = _Recorder(replace(before, table=table, last=loss))

    def aim_for(self, steps: int) -> None:
        """Set the target number of steps, which does not affect any step."""
        self.changes = tuple((since, replace(settings, steps=steps)) for since, settings in self.changes)

    def settings_at(self, step: int) -> TrainingSettings:
        """The settings for the update after this step."""
        return next(settings for since, settings in reversed(self.changes) if since <= step)

    def checkpoint(self, step: int) -> State:
        """The newest checkpoint at or before a step."""
        if step == self.steps:
            return self.state
        kept = self.first + (step - self.first) // self._interval * self._interval
        W, generator = self._checkpoints[kept]
        numbers = torch.frombuffer(bytearray(W), dtype=torch.float32).view_as(self.network.W)
        return State(kept, Network(numbers), torch.frombuffer(bytearray(generator), dtype=torch.uint8))

    def state_at(
        self, step: int, start: State | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> State | None:
        """The state after this many updates, recomputed from `start` or a checkpoint, bit for bit as it was.

        Returns None if it was cancelled.
        """
        state = start or self.checkpoint(step)
        network, generator = state.network, _generator(state)
        for made in range(state.step, step):
            if cancelled():
                return None
            network = self._update(network, generator, self.settings_at(made)).network
        return State(step, network, generator.get_state())

    def loss_at(self, state: State) -> Loss:
        """The loss at a state of this run."""
        settings = self.settings_at(state.step)
        return self.losses.recorded(state.step) or state.network.loss(
            self.frequencies, settings.regularization
        )

    def dev_at(self, state: State) -> float | None:
        """The loss on dev at a state of this run, if there is a dev set."""
        recorded = self.losses.recorded_dev(state.step)
        return self._dev_of(state.network) if recorded is None else recorded

    def _dev_of(self, network: Network) -> float | None:
        return network.nll(self._dev_frequencies) if self._dev_frequencies else None

    def update_from(self, state: State) -> Update:
        """The update that follows a state of this run."""
        return self._update(state.network, _generator(state), self.settings_at(state.step))

    def branch(self, state: State) -> TrainingRun:
        """A copy of the run up to this state, which continues independently."""
        other = copy(self)
        other.changes = tuple(change for change in self.changes if change[0] <= state.step)
        if self.beyond_exp is not None and self.beyond_exp > state.step:
            other.beyond_exp = None
        other._checkpoints = {step: kept for step, kept in self._checkpoints.items() if step <= state.step}
        other._go_on_from(state)
        other._recorder = _Recorder(self.losses.until(state.step, self.loss_at(state), self.dev_at(state)))
        return other

    def _loss_now(self) -> Loss:
        return self.network.loss(self.frequencies, self.settings.regularization)

    def _update(self, network: Network, generator: torch.Generator, settings: TrainingSettings) -> Update:
        frequencies = self.frequencies
        if settings.batch_size is not None:
            frequencies = frequencies.batch(settings.batch_size, generator)
        gradient = network.gradient(frequencies, settings.regularization)
        return Update(frequencies, gradient, network.step(gradient, settings.learning_rate))

    def _keep(self, state: State) -> None:
        """Keep a checkpoint; when they take too much memory, drop every second one."""
        W, generator = self._checkpoints[state.step] = _packed(state)
        size = len(W) + len(generator) + _OBJECTS
        while len(self._checkpoints) > max(MAX_CHECKPOINT_BYTES // size, 2):
            self._interval *= 2
            self._checkpoints = {
                step: kept
                for step, kept in self._checkpoints.items()
                if (step - self.first) % self._interval == 0
            }


def _packed(state: State) -> Checkpoint:
    return state.network.W.numpy().tobytes(), state.generator.numpy().tobytes()


def _generator(state: State) -> torch.Generator:
    generator = torch.Generator()
    generator.set_state(state.generator)
    return generator
