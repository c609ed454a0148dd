"""What was drawn: the names, and the name in progress."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.context import next_state, states_of
from bigram_tui.lm.drawn import MAX_LENGTH, DrawnName, Tally
from bigram_tui.lm.model import LanguageModel, negative_log
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.session.models import COUNTS

if TYPE_CHECKING:
    from bigram_tui.lm.sampling import Draw
    from bigram_tui.words.split import Split

NEWEST = 1_000
"""How many of the newest names are kept; the tallies cover all."""

LOOKED_UP = "looked up"
"""The key of a tally that corrects the others once names have been looked up."""


@dataclass(frozen=True)
class DrawnToken:
    """A token with its probability under the model it was drawn from, or chosen by hand."""

    draw: Draw
    probability: float
    chosen: bool = False


@dataclass(frozen=True)
class NameSoFar:
    """The tokens drawn from a model for the name in progress, or for the one just finished."""

    model: str
    tokens: tuple[DrawnToken, ...] = ()
    finished: bool = False

    def state(self, model: LanguageModel) -> int:
        """The context for the next token, of the length that this model uses."""
        state = BOUNDARY
        for token in () if self.finished else self.tokens[-model.context :]:
            state = next_state(state, token.draw.token, len(model.vocabulary), model.context)
        return state

    @property
    def nll(self) -> float:
        """The mean per bigram in nats."""
        return math.fsum(negative_log(token.probability) for token in self.tokens) / len(self.tokens)

    def under(self, model: LanguageModel) -> NameSoFar:
        """The same tokens with their probabilities under this model."""
        drawn = [token.draw.token for token in self.tokens]
        states = states_of(drawn, len(model.vocabulary), model.context)
        tokens = (
            replace(token, probability=model.probability(state, token.draw.token))
            for token, state in zip(self.tokens, states, strict=True)
        )
        return replace(self, tokens=tuple(tokens))

    def followed_by(self, token: DrawnToken) -> NameSoFar:
        tokens = (token,) if self.finished else (*self.tokens, token)
        return NameSoFar(self.model, tokens, token.draw.token == BOUNDARY or len(tokens) >= MAX_LENGTH)


class DataNlls(NamedTuple):
    """The mean nll per token under a model, in nats: of what was learned from, and of dev."""

    learned: float
    dev: float | None


@dataclass(frozen=True)
class DrawingProgress:
    """How many of how many names have been drawn, and how many in a row since then were not wanted."""

    done: int
    count: int
    passed_over: int = 0


def drawn_from(model: LanguageModel, split: Split | None) -> str:
    """The key for tallies of drawn names: the model, and the split if it was learned from train only."""
    return model.description if split is None else f"{model.description}, {split}"


@dataclass(frozen=True)
class Generation:
    """What was drawn: a name in progress (a lane) for the model in use, or one for each model compared.

    `names` are the newest finished ones, `drawn` counts all of them. `tallies` are by `drawn_from`; they
    leave out names with a token that was not drawn from that model. `problem` says why the last draw failed.
    `used` is how many draws were made before the first name of the list since it was cleared, by model key.
    """

    seed: int
    temperature: float = 1.0
    method: str = METHODS[0]
    model: str = COUNTS.key
    lanes: tuple[NameSoFar, ...] = (NameSoFar(COUNTS.key),)
    names: tuple[DrawnName, ...] = ()
    drawn: int = 0
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    problem: str | None = None
    progress: DrawingProgress | None = None
    used: Mapping[str, int] = field(default_factory=dict)

    @property
    def lane(self) -> NameSoFar:
        """The lane of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.model)

    @property
    def tokens(self) -> tuple[DrawnToken, ...]:
        return self.lane.tokens

    @property
    def comparing(self) -> bool:
        return len(self.lanes) > 1

    def with_names(self, names: Iterable[DrawnName], source: str) -> Generation:
        """With these finished names added; `source` is their `drawn_from`."""
        names = list(names)
        by_model = [name for name in names if not name.by_hand]
        tally = self.tallies.get(source, Tally()).with_names(by_model)
        return replace(
            self,
            names=(*self.names, *names)[-NEWEST:],
            drawn=self.drawn + len(names),
            tallies={**self.tallies, source: tally},
        )

    def with_known(self, known: Mapping[str, bool]) -> Generation:
        """With names marked as in the data or not, once they have been looked up."""
        learned = [name for name in self.names if name.in_dataset is None and name.name in known]
        if not learned:
            return self
        names = (n._replace(in_dataset=known.get(n.name)) if n.in_dataset is None else n for n in self.names)
        drawn = [known[name.name] for name in learned if not name.by_hand]
        tally = self.tallies.get(LOOKED_UP, Tally()) + Tally(in_dataset=sum(drawn), unknown=-len(drawn))
        return replace(self, names=tuple(names), tallies={**self.tallies, LOOKED_UP: tally})

    def with_progress(self, first: int, passed_over: int = 0) -> Generation:
        """With the progress since `first` names were drawn."""
        assert self.progress is not None
        done = self.drawn - first
        return replace(self, progress=DrawingProgress(done, self.progress.count, passed_over))

    def with_lanes(self, models: Iterable[str]) -> Generation:
        """With a lane for each of these models: its own, or a copy of the lane of the model in use."""
        own = {lane.model: lane for lane in self.lanes}
        fallback = own.get(self.model, self.lanes[0])
        return replace(self, lanes=tuple(replace(own.get(name, fallback), model=name) for name in models))

    def cleared(self) -> Generation:
        """Without names, ready to start one."""
        lanes = tuple(NameSoFar(lane.model) for lane in self.lanes)
        return replace(self, lanes=lanes, names=(), drawn=0, tallies={}, problem=None, progress=None, used={})
