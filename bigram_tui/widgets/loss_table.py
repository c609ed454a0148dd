"""The table of losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from bigram_tui.views.numbers import nats
from bigram_tui.widgets.lines import LineList

if TYPE_CHECKING:
    from bigram_tui.lm.network import Loss
    from bigram_tui.lm.training import Losses


class EveryTenth(Sequence[tuple[int, "Loss"]]):
    """Every tenth recorded step and the last one, each with its loss, created on access."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self.stride = 10 * losses.stride
        self._whole = (losses.last_step - losses.first) // self.stride + 1

    def __len__(self) -> int:
        return self._whole + (self._step(self._whole - 1) != self._losses.last_step)

    @overload
    def __getitem__(self, place: int) -> tuple[int, Loss]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[int, Loss]]: ...
    def __getitem__(self, place: int | slice) -> tuple[int, Loss] | list[tuple[int, Loss]]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        step = min(self._step(place), self._losses.last_step)
        return step, self._losses[step]

    def _step(self, place: int) -> int:
        return self._losses.first + place * self.stride

    def place_of(self, step: int) -> int:
        """The index of the last step up to this one."""
        last = step == self._losses.last_step
        return len(self) - 1 if last else (step - self._losses.first) // self.stride


class LossTable(LineList[tuple[int, "Loss"]]):
    """Every tenth step with its loss and the two parts of the loss."""

    def line(self, item: tuple[int, Loss], width: int) -> str:
        step, loss = item
        return f"{step:>9,} {nats(loss.total)} {nats(loss.data)} {nats(loss.regularization)}"
