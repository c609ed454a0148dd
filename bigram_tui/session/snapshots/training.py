"""The training run at one of its steps, and the paces of running."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.model import NetworkModel
from bigram_tui.lm.settings import TrainingSettings

if TYPE_CHECKING:
    from bigram_tui.lm.network import Frequencies, Loss, Network
    from bigram_tui.lm.training import Changes, Losses, State
    from bigram_tui.lm.vocabulary import Vocabulary


FULL_SPEED = "full speed"

PACES: dict[str, float | None] = {
    "1 a second": 1,
    "5 a second": 5,
    "20 a second": 20,
    "100 a second": 100,
    FULL_SPEED: None,
}
"""Steps per second of a run, by name; None: as fast as possible, with each frame showing the newest."""

RISE = 1e-4
"""How far above its lowest, in nats, the loss on dev must be to count as rising: visible on the curve."""

GAIN_STEPS = 10
"""The number of steps over which the gain of a run is measured."""


class PastRun(NamedTuple):
    """The losses of an earlier run, or of steps that were abandoned by training on from an earlier step."""

    settings: TrainingSettings
    losses: Losses
    left_at: int | None = None


@dataclass(frozen=True)
class Training:
    """The run at one of its steps; nothing but the settings until torch is loaded.

    The step shown everywhere is that of `state`, and so are `settings` and `loss`; `losses` are those of the
    whole run.
    """

    settings: TrainingSettings
    state: State | None = None
    loss: Loss | None = None
    dev: float | None = None
    """The data loss on dev, if there is a dev set."""

    losses: Losses | None = None
    frequencies: Frequencies | None = None
    changes: Changes = ()
    loaded_from: str = ""
    """The file that the initial weights were loaded from, if they were."""

    past: tuple[PastRun, ...] = ()
    pace: str = "20 a second"
    least_gain: float = 0
    running: bool = False
    finishing: bool = False
    """Whether it is running to the set number of steps, at full speed whatever the pace."""

    seeking: int | None = None
    """The step that is being recomputed."""
    beyond_exp: int | None = None
    """The first step at which exp(W) left the range of float32, if that is not after the step shown."""

    remark: str = ""
    """Why the run stopped by itself."""

    @property
    def step(self) -> int:
        """How many updates were made before the step shown."""
        return self.state.step if self.state else 0

    @property
    def network(self) -> Network | None:
        return self.state.network if self.state else None

    def model(self, vocabulary: Vocabulary) -> NetworkModel:
        """The probabilities of the network, of which there has to be one."""
        assert self.network is not None
        return NetworkModel(self.network, self.step, vocabulary)

    @property
    def last_step(self) -> int:
        return self.losses.last_step if self.losses else 0

    @property
    def rises_since(self) -> int | None:
        """The step with the lowest loss on dev so far, if dev has risen since while train fell."""
        losses, loss, dev = self.losses, self.loss, self.dev
        if losses is None or loss is None or losses.dev is None or dev is None or not math.isfinite(dev):
            return None
        so_far = losses.dev[losses.steps <= self.step]
        place = int(so_far.argmin())
        lowest = losses.first + place * losses.stride
        return lowest if dev - so_far[place] > RISE and loss.data < losses.table[place, 0] else None
