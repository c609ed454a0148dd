"""The drawn names that panes share: drawing a token, a name, or many names in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import get_current_worker

from bigram_tui.lm.drawn import DrawnName, Tally
from bigram_tui.lm.model import LanguageModel, TemperedModel
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import ANY, Wanted
from bigram_tui.session.drawing import DrawingStream, Models
from bigram_tui.session.models import COUNTS, KINDS, MODELS, compared_contexts
from bigram_tui.session.snapshots.generation import NEWEST, DrawingProgress, Generation, NameSoFar
from bigram_tui.session.task import Task
from bigram_tui.session.topic import Topic
from bigram_tui.session.undo import Undo
from bigram_tui.texts import Phrase, say
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.reading import can_find, find
from bigram_tui.words.split import DEFAULT_SPLIT, Split

if TYPE_CHECKING:
    from bigram_tui.words.split_counts import SplitCounts

BREATH = 0.0005
"""Seconds for which the thread releases the GIL between two blocks of names, so that keys stay responsive."""

MAX_SKIPPED = 20_000
"""The most draws of torch.multinomial that are repeated in generated code to reach what came after them."""

FRAMES_PER_SECOND = 10
"""How often the app shows progress while many names are drawn."""

NO_TORCH = Phrase("torch.multinomial needs torch, which is still being loaded: try again in a moment")


class Generator:
    """Owns the sampler and the drawn names. Many names are drawn in a worker thread."""

    def __init__(
        self,
        app: App[Any],
        corpus: Corpus,
        generation: Generation,
        undo: Undo,
        model_named: Callable[[str], LanguageModel],
        has_model: Callable[[str], bool],
        has_torch: Callable[[], bool],
    ) -> None:
        """Draw for this dataset, with the settings of a snapshot that has no names."""
        self.generation = Topic(app, "generation", generation)
        self._app = app
        self._corpus = corpus
        self._undo = undo
        self._model_named = model_named
        self._has_model = has_model
        self._has_torch = has_torch
        self._learned: tuple[SplitCounts | None, Split] = (None, DEFAULT_SPLIT)
        self._stream = self._new_stream(generation)
        self._tempered: dict[str, TemperedModel] = {}
        self._stop = threading.Event()
        self._frame_is_due = threading.Event()
        self._lookup: Task | None = None
        self._asked: set[str] = set()
        self._known: dict[str, bool] = {}

    def begin(self, corpus: Corpus) -> None:
        """Draw for this dataset, starting from the seed."""
        self._corpus, self._learned = corpus, (None, DEFAULT_SPLIT)
        if self._lookup:
            self._lookup.cancel()
        self._lookup, self._asked, self._known = None, set(), {}
        self._restart(self._with_models_there_are(self.generation.latest))

    def _new_stream(self, generation: Generation) -> DrawingStream:
        stream = DrawingStream(self._corpus, generation.seed, generation.method)
        stream.learn_from(*self._learned)
        return stream

    def learn_from(self, parts: SplitCounts | None, split: Split) -> None:
        """Draw from other counts, of another context or other words; drawn names stay."""
        self._learned = parts, split
        self._stream.learn_from(parts, split)
        now = self.generation.latest
        now = replace(now, names=tuple(self._stream.marked(now.names)), problem=None)
        self.generation.publish(self._with_models_there_are(now))

    def _with_models_there_are(self, now: Generation) -> Generation:
        if _compares_contexts(now):
            return self._drawing_from(now, self._contexts)
        if now.comparing:
            return self._drawing_from(now, self.models)
        return self._drawing_from(now, (now.model if now.model in self.models else COUNTS.key,))

    def learn_words(self, corpus: Corpus) -> None:
        """Use the result of the second pass over the same words."""
        self._corpus = corpus
        self._stream.learn_words(corpus)
        self._learn({name.name: corpus.holds(name.name) for name in self.generation.latest.names})

    def _learn(self, known: Mapping[str, bool | None]) -> None:
        """Record which names are in the data, as far as it was found out."""
        self._known |= {name: found for name, found in known.items() if found is not None}
        self._publish(self.generation.latest)

    def _publish(self, now: Generation) -> None:
        """Publish what was drawn, and look up in the file which names it has where that is not known."""
        now = now.with_known(self._known)
        self.generation.publish(now)
        unknown = [n.name for n in now.names if n.in_dataset is None and n.name not in self._asked]
        if not unknown or self._lookup or not can_find(self._corpus):
            return
        self._asked.update(unknown)
        corpus = self._corpus
        self._lookup = Task(self._app)
        self._lookup.begin(
            lambda progress: dict(zip(unknown, find(corpus, unknown, progress), strict=True)),
            progress=lambda _: None,
            done=self._looked_up,
            failed=lambda _: self._looked_up({}),
        )

    def _looked_up(self, known: dict[str, bool | None]) -> None:
        self._lookup = None
        self._learn(known)

    def start_over(self) -> None:
        """Restart from the seed with an empty list; can be undone."""
        self._remember(say("Drawing started over"))
        self._restart(self.generation.latest)

    def set_seed(self, seed: int) -> None:
        """Start over from another seed; can be undone."""
        self._remember(say("Seed changed"))
        self._restart(replace(self.generation.latest, seed=seed))

    def next_method(self) -> None:
        """Start over with the other draw method; can be undone. torch.multinomial needs torch."""
        now = self.generation.latest
        if not self._has_torch():
            self.generation.publish(replace(now, problem=say(NO_TORCH)))
            return
        self._remember(say("Draw method changed"))
        self._restart(replace(self._drawing_from(now, (now.model,)), method=_after(now.method, METHODS)))

    def next_model(self) -> None:
        """Draw from the next available model, or the next of those being compared."""
        self._has_torch()
        now = self.generation.latest
        models = tuple(lane.model for lane in now.lanes) if now.comparing else self.models
        self.use_model(_after(now.model, models))

    def use_model(self, name: str) -> None:
        """Draw from the model of this name; in a comparison, explain this one."""
        now = self.generation.latest
        is_there = any(lane.model == name for lane in now.lanes)
        now = now if is_there else now.with_lanes((name,))
        self.generation.publish(replace(now, model=name, problem=None))

    @property
    def _contexts(self) -> tuple[str, ...]:
        """The context lengths that can be compared: none unless the one in use is longer than a token."""
        in_use = max(kind.context or 0 for kind in KINDS.values() if self._has_model(kind.key))
        return compared_contexts(in_use if in_use > 1 else 0)

    def _drawing_from(self, now: Generation, models: tuple[str, ...]) -> Generation:
        """The snapshot with a lane for each of these models; a single context becomes the counts."""
        if len(models) == 1 and KINDS[models[0]].context is not None:
            models = (COUNTS.key,)
        default = models[0 if KINDS[models[0]].context is None else -1]
        model = now.model if now.model in models else default
        return replace(now.with_lanes(models), model=model, problem=None)

    def compare(self) -> None:
        """Cycle through: all models with the same u, contexts of each length, a single model."""
        now = self.generation.latest
        if now.method != METHODS[0]:
            why = say(
                "torch.multinomial shows no u that the models could share: press d for the other draw method"
            )
            self.generation.publish(replace(now, problem=why))
        else:
            self._has_torch()
            if not now.comparing:
                models = self.models
            elif not _compares_contexts(now) and len(self._contexts) > 1:
                models = self._contexts
            else:
                models = (now.model,)
            self.generation.publish(self._drawing_from(now, models))

    def set_temperature(self, temperature: float) -> None:
        """Draw from P^(1/T) from now on."""
        self.generation.publish(replace(self.generation.latest, temperature=temperature, problem=None))

    def forget_problem(self) -> None:
        """Clear the message about a failed draw, since a model has changed."""
        if self.generation.latest.problem:
            self.generation.publish(replace(self.generation.latest, problem=None))

    def clear(self) -> None:
        """Empty the list of names; can be undone, which keeps names drawn since."""
        old = self.generation.latest
        if not old.names:
            return

        def restore() -> None:
            now = self.generation.latest
            tallies = {
                description: old.tallies.get(description, Tally()) + now.tallies.get(description, Tally())
                for description in {**old.tallies, **now.tallies}
            }
            names, drawn = (*old.names, *now.names)[-NEWEST:], old.drawn + now.drawn
            self.generation.publish(replace(now, names=names, drawn=drawn, tallies=tallies, used=old.used))

        self._undo.remember(say("List of names cleared"), restore)
        self._stream.forget()
        lanes = tuple(NameSoFar(lane.model) if lane.finished else lane for lane in old.lanes)
        used = {
            lane.model: self._stream.sampler.used - sum(not token.chosen for token in lane.tokens)
            for lane in lanes
            if self._stream.sampler.used <= MAX_SKIPPED or old.method == METHODS[0]
        }
        self.generation.publish(replace(old.cleared(), lanes=lanes, used=used))

    def first_names(self, model: str, count: int) -> tuple[DrawnName, ...]:
        """The first `count` names of the list, if all of it was drawn from this model as it is now."""
        now = self.generation.latest
        stream = self._new_stream(now)
        stream.sampler.use(self.model_named(model))
        stream.sampler.skip(now.used.get(model, 0))
        again = replace(now.with_lanes((model,)), model=model).cleared()
        while again.drawn < count and not again.problem:
            again = stream.finished(again, {model: self.model_named(model)})
        return again.names

    @property
    def model(self) -> LanguageModel:
        """The model to draw from, as it is now."""
        return self.model_named(self.generation.latest.model)

    def model_named(self, name: str) -> LanguageModel:
        """The model of this name as it is now, at the current temperature."""
        model, temperature = self._model_named(name), self.generation.latest.temperature
        if temperature == 1:
            return model
        kept = self._tempered.get(name)
        if kept is None or kept.model is not model or kept.temperature != temperature:
            self._tempered[name] = TemperedModel(model, temperature)
        return self._tempered[name]

    def _models_of(self, now: Generation) -> Models:
        return {lane.model: self.model_named(lane.model) for lane in now.lanes}

    @property
    def models(self) -> tuple[str, ...]:
        """The available models: there is no network if there are too many characters."""
        return tuple(filter(self._has_model, MODELS))

    def draw(self) -> None:
        """Draw the next token; in a comparison, that of every model."""
        now = self.generation.latest
        self._publish(self._stream.drawn(now, self._models_of(now)))

    def finish_name(self) -> None:
        """Draw until the current model's name is finished."""
        now = self.generation.latest
        self._publish(self._stream.finished(now, self._models_of(now)))

    def choose(self, token: int) -> None:
        """Choose this token as the next one instead of drawing."""
        self._publish(self._stream.chosen(self.generation.latest, token, self.model))

    def take_back(self) -> None:
        """Undo the last draw or choice; drawing again gives the same token."""
        self._publish(self._stream.taken_back(self.generation.latest))

    def draw_many(self, count: int, path: Path | None = None, wanted: Wanted = ANY) -> None:
        """Draw this many wanted names in a worker thread, writing each to the file, if one is given."""
        now = replace(self.generation.latest, problem=None, progress=DrawingProgress(0, count))
        self.generation.publish(now)
        self._stop = stop = threading.Event()
        many = self._stream.many(now, self._models_of(now), stop, wanted)
        self._app.run_worker(lambda: self._draw_many(now, many, path, stop), thread=True, group="drawing")

    def cancel(self) -> None:
        """Stop drawing many names; those already drawn stay."""
        self._stop.set()

    def _draw_many(
        self, now: Generation, many: Iterator[Generation], path: Path | None, stop: threading.Event
    ) -> None:
        """In the worker thread: draw, write, and show progress only as often as the app keeps up."""
        from bigram_tui.session.names_file import names_file

        worker, shown = get_current_worker(), time.monotonic()
        try:
            with names_file(path) as write:
                before = now.drawn
                for now in many:
                    write(now.names[len(now.names) - (now.drawn - before) :])
                    before = now.drawn
                    if worker.is_cancelled:
                        stop.set()
                    stop.wait(BREATH)
                    if time.monotonic() - shown >= 1 / FRAMES_PER_SECOND and not self._frame_is_due.is_set():
                        self._frame_is_due.set()
                        self._app.call_later(self._show, now, stop)
                        shown = time.monotonic()
        except OSError as error:
            name = visible(str(path))
            reason = say("{file} cannot be written: {reason}", file=name, reason=say(str(error.strerror)))
            now = replace(now, problem=reason)
        self._app.call_later(self._show, replace(now, progress=None), stop)

    def _show(self, now: Generation, stop: threading.Event) -> None:
        self._frame_is_due.clear()
        if stop is self._stop and now.progress is not None:
            self.generation.publish(now)
        elif stop is self._stop:
            self._publish(now)

    def _restart(self, generation: Generation) -> None:
        self._leave_many()
        self._stream = self._new_stream(generation)
        self.generation.publish(generation.cleared())

    def keep(self) -> Callable[[], None]:
        """A function that restores the drawn names and the position in the stream of draws."""
        generation, corpus, known = self.generation.latest, self._corpus, self._known
        stream, state, learned = self._stream, self._stream.sampler.state, self._learned

        def restore() -> None:
            self._leave_many()
            stream.sampler.restore(state)
            self._stream, self._corpus, self._known, self._learned = stream, corpus, known, learned
            self.generation.publish(replace(generation, progress=None))

        return restore

    def _leave_many(self) -> None:
        """Abandon the drawing of many names."""
        self._stop.set()
        self._stop = threading.Event()

    def _remember(self, description: str) -> None:
        generation = self.generation.latest
        if generation.names or generation.tokens:
            self._undo.remember(description, self.keep())


def _compares_contexts(now: Generation) -> bool:
    return KINDS[now.lanes[0].model].context is not None


def _after(current: str, choices: tuple[str, ...]) -> str:
    return choices[(choices.index(current) + 1) % len(choices)]
