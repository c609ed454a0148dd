"""The drawn names that the panes share, and drawing them one token at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bigram_tui.lm.corpus import Corpus, can_find, find
from bigram_tui.lm.model import BigramModel, UniformModel, negative_log, perplexity
from bigram_tui.lm.settings import METHODS, MODELS
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.opening import Task
from bigram_tui.topic import Topic
from bigram_tui.undo import Undo

if TYPE_CHECKING:
    from textual.app import App

    from bigram_tui.lm.sampling import Draw, Sampler


@dataclass(frozen=True)
class DrawnToken:
    """One drawn token with its probability under the model it was drawn from."""

    draw: Draw
    probability: float
    model: str


@dataclass(frozen=True)
class DrawnName:
    """A finished name; `nll` is the mean per bigram in nats, under the probabilities it was drawn with.

    `in_dataset` is None where that is not known.
    """

    name: str
    model: str
    nll: float
    in_dataset: bool | None
    cut_off: bool

    @property
    def perplexity(self) -> float:
        return perplexity(self.nll)


@dataclass(frozen=True)
class Generation:
    """What was drawn: the tokens of the name in progress (or just finished), and the finished names."""

    seed: int
    method: str = METHODS[0]
    model: str = MODELS[0]
    tokens: tuple[DrawnToken, ...] = ()
    finished: bool = False
    names: tuple[DrawnName, ...] = ()

    @property
    def previous(self) -> int:
        """The token after which the next one is drawn."""
        return BOUNDARY if self.finished or not self.tokens else self.tokens[-1].draw.token


class Generator:
    """Owns the sampler and what was drawn with it."""

    def __init__(
        self,
        app: App[Any],
        seed: int,
        undo: Undo,
        model_named: Callable[[str], BigramModel],
        has_network: Callable[[], bool],
    ) -> None:
        self.generation = Topic(app, "generation", Generation(seed))
        self._undo = undo
        self._model_named = model_named
        self._has_network = has_network
        self._sampler: Sampler | None = None
        self._states_before: list[Any] = []
        self._app = app
        self._lookup: Task | None = None
        self._asked: set[str] = set()

    def begin(self, corpus: Corpus, vocabulary: Vocabulary) -> None:
        """Draw names of this dataset, from the seed on."""
        self._corpus, self._vocabulary = corpus, vocabulary
        if self._lookup:
            self._lookup.cancel()
        self._lookup, self._asked = None, set()
        now = self.generation.latest
        model = now.model if now.model != "network" or self._has_network() else MODELS[0]
        self._restart(replace(now, names=(), model=model))

    def learn_words(self, corpus: Corpus) -> None:
        """More is known about the same words than when drawing began."""
        self._corpus = corpus
        now = self.generation.latest
        names = tuple(replace(name, in_dataset=corpus.holds(name.name)) for name in now.names)
        self.generation.publish(replace(now, names=names))
        self._look_up()

    def _look_up(self) -> None:
        """Search the file for the names of which it is not known whether they are in the data."""
        names = self.generation.latest.names
        unknown = [n.name for n in names if n.in_dataset is None and n.name not in self._asked]
        if not unknown or self._lookup or not can_find(self._corpus):
            return
        self._asked.update(unknown)
        self._lookup = Task(self._app)
        self._lookup.begin(
            lambda progress: dict(zip(unknown, find(self._corpus, unknown, progress), strict=True)),
            progress=lambda _: None,
            done=self._looked_up,
            failed=lambda _: self._looked_up({}),
        )

    def _looked_up(self, known: dict[str, bool | None]) -> None:
        self._lookup = None
        now = self.generation.latest
        names = (
            name if name.in_dataset is not None else replace(name, in_dataset=known.get(name.name))
            for name in now.names
        )
        self.generation.publish(replace(now, names=tuple(names)))
        self._look_up()

    def start_over(self) -> None:
        """Draw from the seed on, with an empty list; it can be undone."""
        self._remember("starting the drawing over")
        self._restart(replace(self.generation.latest, names=()))

    def set_seed(self, seed: int) -> None:
        """Start over from another seed; it can be undone."""
        self._remember("setting the seed")
        self._restart(replace(self.generation.latest, seed=seed, names=()))

    def next_method(self) -> None:
        """Start over with the other draw method; it can be undone."""
        now = self.generation.latest
        self._remember("changing the draw method")
        self._restart(replace(now, method=_after(now.method, METHODS), names=()))

    def next_model(self) -> None:
        """Draw from the next one of counts, network and uniform."""
        now = self.generation.latest
        following = _after(now.model, MODELS)
        if following == "network" and not self._has_network():
            following = _after(following, MODELS)
        self.generation.publish(replace(now, model=following))

    def clear(self) -> None:
        """Empty the list of names; it can be undone, and names drawn since then stay."""
        cleared = self.generation.latest.names
        if not cleared:
            return

        def restore() -> None:
            now = self.generation.latest
            self.generation.publish(replace(now, names=cleared + now.names))

        self._undo.remember("clearing the names", restore)
        self.generation.publish(replace(self.generation.latest, names=()))

    @property
    def model(self) -> BigramModel:
        """The model that is drawn from, as it stands now."""
        return self._model_named(self.generation.latest.model)

    def draw(self) -> None:
        """Draw the next token.

        Raises:
            UndrawableRowError: when no token has a probability above 0.
        """
        self.generation.publish(self._drawn(self.generation.latest, self.model))
        self._look_up()

    def finish_name(self) -> None:
        """Draw until the boundary.

        Raises:
            UndrawableRowError: when no token has a probability above 0; what was drawn before stays.
        """
        model, generation = self.model, self.generation.latest
        try:
            generation = self._drawn(generation, model)
            while not generation.finished:
                generation = self._drawn(generation, model)
        finally:
            self.generation.publish(generation)
            self._look_up()

    def take_back(self) -> None:
        """Undo the last draw; drawing again gives the same token."""
        now = self.generation.latest
        if self._states_before and self._sampler:
            self._sampler.restore(self._states_before.pop())
            names = now.names[:-1] if now.finished else now.names
            self.generation.publish(replace(now, tokens=now.tokens[:-1], finished=False, names=names))

    def _restart(self, generation: Generation) -> None:
        from bigram_tui.lm.sampling import SAMPLERS

        sampler = SAMPLERS[generation.method]
        self._sampler = sampler(UniformModel(self._vocabulary), self._vocabulary, generation.seed)
        self._states_before = []
        self.generation.publish(replace(generation, tokens=(), finished=False))

    def _drawn(self, now: Generation, model: BigramModel) -> Generation:
        """What there is after one more draw from this model."""
        from bigram_tui.lm.sampling import MAX_LENGTH

        assert self._sampler is not None
        if now.finished:
            now = replace(now, tokens=(), finished=False)
            self._states_before = []
        self._sampler.use(model)
        before = self._sampler.state
        draw = self._sampler.draw(now.previous)
        self._states_before.append(before)
        tokens = (*now.tokens, DrawnToken(draw, model.probability(draw.previous, draw.token), now.model))
        if draw.token != BOUNDARY and len(tokens) < MAX_LENGTH:
            return replace(now, tokens=tokens)
        return replace(now, tokens=tokens, finished=True, names=(*now.names, self._name(tokens, now.model)))

    def _name(self, tokens: tuple[DrawnToken, ...], model: str) -> DrawnName:
        name = self._vocabulary.decode([token.draw.token for token in tokens])
        nll = math.fsum(negative_log(token.probability) for token in tokens) / len(tokens)
        cut_off = tokens[-1].draw.token != BOUNDARY
        return DrawnName(name, model, nll, self._corpus.holds(name), cut_off)

    def _remember(self, description: str) -> None:
        sampler, states, generation = self._sampler, self._states_before, self.generation.latest
        if sampler is None or not (generation.names or generation.tokens):
            return
        state = sampler.state

        def restore() -> None:
            sampler.restore(state)
            self._sampler, self._states_before = sampler, states
            self.generation.publish(generation)

        self._undo.remember(description, restore)


def _after(current: str, choices: tuple[str, ...]) -> str:
    return choices[(choices.index(current) + 1) % len(choices)]
