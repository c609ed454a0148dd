"""What was drawn, as frozen snapshots, and the stream of draws that leads from one to the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from bigram_tui.lm.drawn import DrawnName, Surprise
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.model import LanguageModel, UniformModel
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.session.snapshots import DrawnToken, Generation, NameSoFar
from bigram_tui.words.corpus import Corpus

BLOCK = 500
"""Names drawn between two looks at whether to stop; at most NEWEST, so that a file gets them all."""

TAKEN_BACK = 2_000
"""Draws that can be taken back: more than the longest name has."""


Models = Mapping[str, LanguageModel]
"""The models that are drawn from, by name."""


class DrawingStream:
    """The draws of one seed and method: each leads from a snapshot to the next one, or back."""

    def __init__(self, corpus: Corpus, seed: int, method: str) -> None:
        from bigram_tui.lm.sampling import sampler_class

        vocabulary = corpus.counts.vocabulary
        self.sampler = sampler_class(method)(UniformModel(vocabulary), vocabulary, seed)
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

    def _lane_drawn(self, lane: NameSoFar, model: LanguageModel) -> NameSoFar:
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

    def chosen(self, now: Generation, token: int, model: LanguageModel) -> Generation:
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
        self, now: Generation, names: Iterator[str], model: LanguageModel, surprise: Surprise
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
        return now.with_names(surprise.drawn(drawn, now.model, self._corpus.holds), model.description)

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
