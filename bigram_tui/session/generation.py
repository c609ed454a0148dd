"""What was drawn, as frozen snapshots, and the stream of draws that leads from one to the next."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from bigram_tui.lm.drawn import MAX_LENGTH, DrawnName, Surprise, Tally
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.model import BigramModel, UniformModel, negative_log
from bigram_tui.lm.settings import METHODS, MODELS
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.words.corpus import Corpus

if TYPE_CHECKING:
    from bigram_tui.lm.sampling import Draw

NEWEST = 1_000
"""Names that are kept; the tallies cover all."""

BLOCK = 500
"""Names drawn between two looks at whether to stop; at most NEWEST, so that a file gets them all."""

TAKEN_BACK = 2_000
"""Draws that can be taken back: more than the longest name has."""

LOOKED_UP = "looked up"
"""The tally that corrects the others by what was found out later about names."""

Models = Mapping[str, BigramModel]
"""The models that are drawn from, by name."""


@dataclass(frozen=True)
class DrawnToken:
    """One token with its probability under the model it was drawn from; or chosen by hand instead."""

    draw: Draw
    probability: float
    model: str
    chosen: bool = False


@dataclass(frozen=True)
class NameSoFar:
    """The tokens drawn from a model for the name in progress, or for the one that just ended."""

    model: str
    tokens: tuple[DrawnToken, ...] = ()
    finished: bool = False

    @property
    def previous(self) -> int:
        """The token after which the next one is drawn."""
        return BOUNDARY if self.finished or not self.tokens else self.tokens[-1].draw.token

    @property
    def nll(self) -> float:
        """The mean per bigram in nats, under the probabilities the tokens were drawn with."""
        return math.fsum(negative_log(token.probability) for token in self.tokens) / len(self.tokens)

    def followed_by(self, token: DrawnToken) -> NameSoFar:
        tokens = (token,) if self.finished else (*self.tokens, token)
        return NameSoFar(self.model, tokens, token.draw.token == BOUNDARY or len(tokens) >= MAX_LENGTH)


@dataclass(frozen=True)
class Progress:
    """How many of how many names are drawn."""

    done: int
    count: int


@dataclass(frozen=True)
class Generation:
    """What was drawn: a name in progress for the model in use, or one for each model that is compared.

    `names` are the newest finished ones, `drawn` counts all. `tallies` are by the description of the model
    that was drawn from; names with a token chosen by hand are in none. `problem` says why the last draw
    could not be made. `used` is how many draws were made before the first name of a list that was cleared,
    by the name of the model.
    """

    seed: int
    temperature: float = 1.0
    method: str = METHODS[0]
    model: str = MODELS[0]
    lanes: tuple[NameSoFar, ...] = (NameSoFar(MODELS[0]),)
    names: tuple[DrawnName, ...] = ()
    drawn: int = 0
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    problem: str | None = None
    progress: Progress | None = None
    used: Mapping[str, int] = field(default_factory=dict)

    @property
    def lane(self) -> NameSoFar:
        """The name of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.model)

    @property
    def tokens(self) -> tuple[DrawnToken, ...]:
        return self.lane.tokens

    @property
    def comparing(self) -> bool:
        return len(self.lanes) > 1

    def with_names(self, names: Iterable[DrawnName], description: str) -> Generation:
        """With these finished names, drawn from the model with this description."""
        names = list(names)
        by_model = [name for name in names if not name.by_hand]
        tally = self.tallies.get(description, Tally()).with_names(by_model)
        return replace(
            self,
            names=(*self.names, *names)[-NEWEST:],
            drawn=self.drawn + len(names),
            tallies={**self.tallies, description: tally},
        )

    def with_known(self, known: Mapping[str, bool]) -> Generation:
        """With what was found out about names of which it was not known whether they are in the data."""
        learned = [name for name in self.names if name.in_dataset is None and name.name in known]
        if not learned:
            return self
        names = (n._replace(in_dataset=known.get(n.name)) if n.in_dataset is None else n for n in self.names)
        drawn = [known[name.name] for name in learned if not name.by_hand]
        tally = self.tallies.get(LOOKED_UP, Tally()) + Tally(in_dataset=sum(drawn), unknown=-len(drawn))
        return replace(self, names=tuple(names), tallies={**self.tallies, LOOKED_UP: tally})

    def with_progress(self, first: int) -> Generation:
        """With the progress since so many names were drawn."""
        assert self.progress is not None
        return replace(self, progress=Progress(self.drawn - first, self.progress.count))

    def with_lanes(self, models: Iterable[str]) -> Generation:
        """A name for each of these models: its own, or the one of the model in use up to now."""
        own = {lane.model: lane for lane in self.lanes}
        fallback = own.get(self.model, self.lanes[0])
        return replace(self, lanes=tuple(replace(own.get(name, fallback), model=name) for name in models))

    def cleared(self) -> Generation:
        """Without names, ready to begin one."""
        lanes = tuple(NameSoFar(lane.model) for lane in self.lanes)
        return replace(self, lanes=lanes, names=(), drawn=0, tallies={}, problem=None, progress=None, used={})


class DrawingStream:
    """The draws of one seed and method: each leads from a snapshot to the next one, or back."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, seed: int, method: str) -> None:
        from bigram_tui.lm.sampling import SAMPLERS

        self.sampler = SAMPLERS[method](UniformModel(vocabulary), vocabulary, seed)
        self._corpus = corpus
        self._history: deque[tuple[Generation, Any]] = deque(maxlen=TAKEN_BACK)

    def learn_words(self, corpus: Corpus) -> None:
        """More is known about the same words than when drawing began."""
        self._corpus = corpus

    def drawn(self, now: Generation, models: Models) -> Generation:
        """After the next token of every lane, all with the same u."""
        before, lanes = self.sampler.state, []
        try:
            for lane in now.lanes:
                self.sampler.restore(before)
                lanes.append(self._lane_drawn(lane, models[lane.model]))
        except UndrawableRowError as error:
            self.sampler.restore(before)
            return replace(now, problem=str(error))
        self._history.append((now, before))
        return self._with_finished(replace(now, lanes=tuple(lanes), problem=None), lanes, models)

    def _lane_drawn(self, lane: NameSoFar, model: BigramModel) -> NameSoFar:
        if self.sampler.model is not model:
            self.sampler.use(model)
        draw = self.sampler.draw(lane.previous)
        return lane.followed_by(DrawnToken(draw, model.probability(draw.previous, draw.token), lane.model))

    def finished(self, now: Generation, models: Models) -> Generation:
        """After the name of the model in use was drawn to its end."""
        now = self.drawn(now, models)
        while not (now.lane.finished or now.problem):
            now = self.drawn(now, models)
        return now

    def chosen(self, now: Generation, token: int, model: BigramModel) -> Generation:
        """After this token was chosen by hand; the random numbers stay where they are."""
        from bigram_tui.lm.sampling import Draw

        self._history.append((now, self.sampler.state))
        lane = now.lane
        probability = model.probability(lane.previous, token)
        by_hand = DrawnToken(Draw(lane.previous, token, None), probability, lane.model, chosen=True)
        followed = lane.followed_by(by_hand)
        lanes = tuple(followed if other is lane else other for other in now.lanes)
        now = replace(now, lanes=lanes, problem=None)
        return self._with_finished(now, (followed,), {lane.model: model})

    def taken_back(self, now: Generation) -> Generation:
        """Before the last draw or choice; drawing again gives the same token."""
        if not self._history:
            return now
        before, state = self._history.pop()
        self.sampler.restore(state)
        before = before.with_lanes(lane.model for lane in now.lanes)
        return replace(before, model=now.model, temperature=now.temperature, problem=None, progress=None)

    def forget(self) -> None:
        """What was drawn up to now cannot be taken back any more."""
        self._history.clear()

    def many(self, now: Generation, models: Models, stop: threading.Event) -> Iterator[Generation]:
        """After each block of as many names as the progress says, until told to stop.

        A name in progress is finished first, as one of them. The last one is drawn token by token, so
        that it can be taken back.
        """
        assert now.progress is not None
        first, count, model = now.drawn, now.progress.count, models[now.model]
        if now.lane.previous != BOUNDARY:
            yield (now := self.finished(now, models).with_progress(first))
        self.sampler.use(model)
        names, surprise = self.sampler.names(), Surprise(model, self.sampler.vocabulary)
        while not (stop.is_set() or now.problem) and (missing := first + count - 1 - now.drawn) > 0:
            now = self._with_block(now, islice(names, min(missing, BLOCK)), model, surprise)
            yield (now := now.with_progress(first))
        if not (stop.is_set() or now.problem) and now.drawn < first + count:
            yield self.finished(now, models).with_progress(first)

    def _with_block(
        self, now: Generation, names: Iterator[str], model: BigramModel, surprise: Surprise
    ) -> Generation:
        drawn: list[str] = []
        problem = None
        try:
            for name in names:
                drawn.append(name)
        except UndrawableRowError as error:
            problem = str(error)
        self.forget()
        now = replace(now, lanes=(NameSoFar(now.model),), problem=problem)
        return now.with_names(surprise.drawn(drawn, now.model, self._corpus), model.description)

    def _with_finished(self, now: Generation, lanes: Iterable[NameSoFar], models: Models) -> Generation:
        """With the names of those of these lanes that are finished."""
        for lane in lanes:
            if lane.finished:
                now = now.with_names([self._name(lane)], models[lane.model].description)
        return now

    def _name(self, lane: NameSoFar) -> DrawnName:
        name = self.sampler.vocabulary.decode([token.draw.token for token in lane.tokens])
        by_hand = any(token.chosen for token in lane.tokens)
        return DrawnName(name, lane.model, lane.nll, self._corpus.holds(name), by_hand)
