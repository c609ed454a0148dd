"""The stream of draws, which leads from one frozen snapshot of the drawn names to the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from bigram_tui.lm.drawn import DrawnName, Surprise
from bigram_tui.lm.errors import CancelledError, DatasetError, NothingWantedError, UndrawableRowError
from bigram_tui.lm.model import LanguageModel, UniformModel
from bigram_tui.lm.vocabulary import OTHER
from bigram_tui.lm.wanted import ANY, Sieve, Wanted
from bigram_tui.session.snapshots.generation import DrawnToken, Generation, NameSoFar, drawn_from
from bigram_tui.texts import say
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.progress import Progress
from bigram_tui.words.reading import LOOKED_UP, can_find, find
from bigram_tui.words.split import Split

if TYPE_CHECKING:
    from bigram_tui.words.split_counts import SplitCounts

BLOCK = 500
"""Names drawn between two checks for cancellation; at most NEWEST, so that none is missing in a file."""

TAKEN_BACK = 2_000
"""Draws that can be taken back: more than there are in the longest name."""


Models = Mapping[str, LanguageModel]
"""The models to draw from, by name."""


class DrawingStream:
    """The draws for one seed and method. Methods return the snapshot after a draw, or before it."""

    def __init__(self, corpus: Corpus, seed: int, method: str) -> None:
        from bigram_tui.lm.sampling import sampler_class

        vocabulary = corpus.counts.vocabulary
        self.sampler = sampler_class(method)(UniformModel(vocabulary), seed)
        self._corpus = corpus
        self._history: deque[tuple[Generation, Any]] = deque(maxlen=TAKEN_BACK)
        self._parts: SplitCounts | None = None
        self._split: Split | None = None

    def learn_words(self, corpus: Corpus) -> None:
        """Use the result of the second pass over the same words."""
        self._corpus = corpus

    def learn_from(self, parts: SplitCounts | None, split: Split) -> None:
        """From now on the models are learned from train, of these parts; without parts, from all words."""
        self._parts, self._split = parts, split if parts else None

    def marked(self, names: Sequence[DrawnName]) -> list[DrawnName]:
        """These names with `in_train` filled in where it is known."""
        rare = self._corpus.counts.vocabulary.rare
        words = [word for word in {name.name for name in names} if not (rare and OTHER in word)]
        found = dict(zip(words, self._parts.in_train(words), strict=True)) if self._parts else {}
        return [name._replace(in_train=found.get(name.name)) for name in names]

    def drawn(self, now: Generation, models: Models) -> Generation:
        """The snapshot after drawing the next token of every lane, all with the same u."""
        before, lanes = self.sampler.state, []
        try:
            for lane in now.lanes:
                self.sampler.restore(before)
                lanes.append(self._lane_drawn(lane, models[lane.model]))
        except UndrawableRowError as error:
            self.sampler.restore(before)
            return replace(now, problem=say(error.phrase, **error.gaps))
        self._history.append((now, before))
        return self._with_finished(replace(now, lanes=tuple(lanes), problem=None), lanes, models)

    def _lane_drawn(self, lane: NameSoFar, model: LanguageModel) -> NameSoFar:
        if self.sampler.model is not model:
            self.sampler.use(model)
        draw = self.sampler.draw(lane.state(model))
        return lane.followed_by(DrawnToken(draw, model.probability(draw.state, draw.token)))

    def finished(self, now: Generation, models: Models) -> Generation:
        """The snapshot after drawing the rest of the current model's name."""
        now = self.drawn(now, models)
        while not (now.lane.finished or now.problem):
            now = self.drawn(now, models)
        return now

    def chosen(self, now: Generation, token: int, model: LanguageModel) -> Generation:
        """The snapshot after choosing this token by hand, which uses no random number."""
        from bigram_tui.lm.sampling import Draw

        self._history.append((now, self.sampler.state))
        lane = now.lane
        state = lane.state(model)
        by_hand = DrawnToken(Draw(state, token, None), model.probability(state, token), chosen=True)
        followed = lane.followed_by(by_hand)
        lanes = tuple(followed if other is lane else other for other in now.lanes)
        now = replace(now, lanes=lanes, problem=None)
        return self._with_finished(now, (followed,), {lane.model: model})

    def taken_back(self, now: Generation) -> Generation:
        """The snapshot before the last draw or choice; drawing again gives the same token."""
        if not self._history:
            return now
        before, state = self._history.pop()
        self.sampler.restore(state)
        before = before.with_lanes(lane.model for lane in now.lanes)
        return replace(before, model=now.model, temperature=now.temperature, problem=None, progress=None)

    def forget(self) -> None:
        """Forget the history: what was drawn until now can no longer be taken back."""
        self._history.clear()

    def many(
        self, now: Generation, models: Models, stop: threading.Event, wanted: Wanted = ANY
    ) -> Iterator[Generation]:
        """Draw as many wanted names as `now.progress` says, yielding a snapshot after each block.

        A name in progress is finished first and counts if it is wanted. The last name is drawn token by
        token, so that it can be taken back.
        """
        latest = now
        with suppress(CancelledError):
            try:
                for latest in self._many(now, models, stop, Sieve(wanted, partial(self._find, stop))):
                    yield latest
            except (DatasetError, NothingWantedError) as error:
                yield replace(latest, problem=say(error.phrase, **error.gaps))

    def _many(
        self, now: Generation, models: Models, stop: threading.Event, sieve: Sieve
    ) -> Iterator[Generation]:
        assert now.progress is not None
        first, count, model = now.drawn, now.progress.count, models[now.model]
        reads = sieve.wanted.new and not self._parts and can_find(self._corpus)
        size = LOOKED_UP if reads else BLOCK
        if now.lane.tokens and not now.lane.finished:
            finished = self.finished(now, models)
            is_wanted = finished.problem or sieve.places([finished.names[-1].name])
            now = finished if is_wanted else replace(now, lanes=finished.lanes)
            yield (now := now.with_progress(first, sieve.passed_over))
        self.sampler.use(model)
        surprise, names = Surprise(model), self.sampler.names()
        while not (stop.is_set() or now.problem) and (missing := first + count - now.drawn) > 0:
            before = self.sampler.state
            block, problem = _taken(names, min(size, max(missing - 1, 1)) if sieve.wanted == ANY else size)
            places = sieve.places(block)[:missing]
            is_last = len(places) == missing
            if len(block) > 1 or not is_last:
                self.forget()
            now = replace(now, lanes=(NameSoFar(now.model),), problem=None if is_last else problem)
            wanted = [block[place] for place in (places[:-1] if is_last else places)]
            for start in range(0, len(wanted) or not is_last, BLOCK):
                drawn = surprise.drawn(wanted[start : start + BLOCK], now.model, self._corpus.holds)
                now = now.with_names(self.marked(drawn), drawn_from(model, self._split))
                yield (now := now.with_progress(first, sieve.passed_over))
            if is_last:
                self.sampler.restore(before)
                _taken(self.sampler.names(), places[-1])
                yield (now := self.finished(now, models).with_progress(first))

    def _find(self, stop: threading.Event, names: list[str]) -> list[bool | None]:
        """Which of these names are in what was learned from; raises CancelledError when told to stop."""
        if self._parts:
            return [n.in_train for n in self.marked([DrawnName(name, "", 0, None) for name in names])]

        def go_on(_: Progress) -> None:
            if stop.is_set():
                raise CancelledError

        return find(self._corpus, names, go_on)

    def _with_finished(self, now: Generation, lanes: Iterable[NameSoFar], models: Models) -> Generation:
        """The snapshot with the names of these lanes added, if they are finished."""
        for lane in lanes:
            if lane.finished:
                model = models[lane.model]
                source = drawn_from(model, self._split)
                now = now.with_names(self.marked([self._name(lane, model)]), source)
        return now

    def _name(self, lane: NameSoFar, model: LanguageModel) -> DrawnName:
        """The name scored under the model that drew its end; `by_hand` unless that model drew all of it."""
        name = model.vocabulary.decode([token.draw.token for token in lane.tokens])
        scored = lane.under(model)
        by_hand = scored != lane or any(token.chosen for token in lane.tokens)
        return DrawnName(name, lane.model, scored.nll, self._corpus.holds(name), by_hand)


def _taken(names: Iterator[str], count: int) -> tuple[list[str], str | None]:
    """The next `count` names, and if there are fewer, the reason."""
    taken: list[str] = []
    try:
        for name in islice(names, count):
            taken.append(name)
    except UndrawableRowError as error:
        return taken, say(error.phrase, **error.gaps)
    return taken, None
