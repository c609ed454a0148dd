"""The table of losses."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from bigram_tui.views.numbers import nats
from bigram_tui.widgets.lines import LineList

if TYPE_CHECKING:
    from bigram_tui.lm.training import Losses

EVERY = 10
"""Of the recorded steps, every tenth has a line."""


class LossTable(LineList[int]):
    """Every tenth step and the last one, each with its loss and the two parts of the loss."""

    _losses: Losses

    def show_losses(self, losses: Losses, step: int) -> None:
        """Show the losses of a run, with the cursor at the last line up to this step."""
        self._losses, last = losses, losses.last_step
        steps = [*range(losses.first, last, EVERY * losses.stride), last]
        self.show(steps, bisect_right(steps, step) - 1)

    def line(self, item: int, width: int) -> str:
        loss = self._losses[item]
        return f"{item:>9,} {nats(loss.total)} {nats(loss.data)} {nats(loss.regularization)}"
