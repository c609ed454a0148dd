"""The state that panes share: the dataset, the training run, the drawn names.

A pane asks the workspace for a change; the workspace publishes a frozen snapshot, and every pane that follows
the topic draws it when it is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from bigram_tui.lm.context import longest_context
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.settings import DEFAULT_SMOOTHING, MAX_CONTEXT, TrainingSettings
from bigram_tui.session.learning import Learned, Learning, Tables
from bigram_tui.session.models import COUNTS, KINDS
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.task import Task
from bigram_tui.session.topic import Topic
from bigram_tui.session.undo import Undo
from bigram_tui.texts import say
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.progress import Progress
from bigram_tui.words.reading import DESCRIBING, describe

if TYPE_CHECKING:
    from bigram_tui.lm.counts import NgramCounts
    from bigram_tui.session.evaluator import Evaluator
    from bigram_tui.session.generator import Generator
    from bigram_tui.session.snapshots.lesson import LessonState
    from bigram_tui.session.trainer import Trainer

QUICK = 1_000_000
"""Tokens whose n-grams are counted in a tenth of a second."""


class Workspace:
    """Owns the state that panes share. Its methods must be called on the app's thread."""

    def __init__(
        self,
        app: App[Any],
        corpus: Corpus,
        settings: TrainingSettings,
        smoothing: float,
        temperature: float,
        ramp: str,
        language: str,
        smoother: str,
        learning: Learning | None,
    ) -> None:
        """`learning` is for `learn_as_wanted`, after the first frame: counting it takes too long before."""
        begun = Dataset(corpus, corpus.counts, smoothing, smoother)
        self.dataset = Topic(app, "dataset", begun)
        self.counting: Topic[Progress | None] = Topic(app, "counting", None)
        self._tables, self._counting = Tables(corpus), Task(app)
        self._wanted = None if learning == begun.learning else learning
        self.describing: Topic[Progress | None] = Topic(app, "describing", None)
        self._app, self._settings, self._temperature = app, settings, temperature
        self._second_pass = Task(app)
        self.ready = Topic(app, "ready", False)
        self.ramp = Topic(app, "ramp", ramp)
        self.lesson: Topic[LessonState | None] = Topic(app, "lesson", None)
        self.language = Topic(app, "language", language)
        self._models: dict[str, tuple[object, LanguageModel]] = {}
        self.undo = Undo(self.announce)
        self.want_torch: Callable[[], object] = lambda: None
        """Call this for anything that needs torch; it is loaded only once."""

    def announce(self, message: str) -> None:
        """Show a message instead of earlier ones, which may offer to undo what no longer can be undone, or be
        the same: a key may be pressed again."""
        self._app.clear_notifications()
        self._app.notify(message, markup=False)

    @cached_property
    def trainer(self) -> Trainer:
        """Created on first use, like the generator: the first frame needs neither."""
        from bigram_tui.session.trainer import Trainer

        return Trainer(self._app, self._settings, self.undo)

    @cached_property
    def generator(self) -> Generator:
        from bigram_tui.session.generator import Generator
        from bigram_tui.session.snapshots.generation import Generation

        corpus, begun = self.dataset.latest.corpus, Generation(self._settings.seed, self._temperature)
        generator = Generator(
            self._app, corpus, begun, self.undo, self.model, self.has_model, self.torch_is_there
        )
        generator.learn_from(self.dataset.latest.parts, self.dataset.latest.split)
        return generator

    @cached_property
    def evaluator(self) -> Evaluator:
        from bigram_tui.session.evaluator import Evaluator

        return Evaluator(self._app, lambda: self._tables)

    def open(self, corpus: Corpus) -> None:
        """Open another word list; training and drawing start over with it.

        What needs a second pass over the words follows once that is done.
        """
        self.undo.forget()
        self.stop_describing()
        wanted = self.learning
        self.stop_counting()
        if "evaluator" in vars(self):
            self.evaluator.forget()
        self._tables = Tables(corpus)
        self.dataset.publish(
            replace(self.dataset.latest, corpus=corpus, counts=corpus.counts, split=wanted.split, parts=None)
        )
        self._begin_training()
        self.generator.begin(corpus)
        if not corpus.described:
            self._describe(corpus)
        self._learn(wanted, self._show_learned)

    def start_afresh(self, corpus: Corpus) -> None:
        """Open a word list with the default settings."""
        from bigram_tui.session.snapshots.generation import Generation
        from bigram_tui.session.snapshots.training import Training

        settings = TrainingSettings()
        self.trainer.training.publish(Training(settings))
        self.generator.generation.publish(Generation(settings.seed))
        self.stop_counting()
        self.dataset.publish(Dataset(corpus, corpus.counts, DEFAULT_SMOOTHING))
        self.open(corpus)

    def _describe(self, corpus: Corpus) -> None:
        self._second_pass = Task(self._app)
        self.describing.publish(Progress(DESCRIBING, 0))
        self._second_pass.begin(
            partial(describe, corpus),
            self.describing.publish,
            self._show_description,
            self._cannot_describe,
        )

    def _show_description(self, corpus: Corpus) -> None:
        self.describing.publish(None)
        self.dataset.publish(replace(self.dataset.latest, corpus=corpus))
        self.generator.learn_words(corpus)

    def _cannot_describe(self, reason: str) -> None:
        self.describing.publish(None)
        self._app.notify(reason, severity="error", markup=False)

    def stop_describing(self) -> None:
        """Cancel the second pass and do without its results."""
        self._second_pass.cancel()
        if self.describing.latest is not None:
            self.describing.publish(None)

    @property
    def is_reading(self) -> bool:
        """Whether the list is being read again, which can be cancelled."""
        return self.describing.latest is not None or self._wanted is not None

    @property
    def long_work(self) -> str:
        """What quitting now would interrupt, as a sentence; empty if nothing."""
        made = vars(self)  # so that asking does not create the trainer or the generator
        if "trainer" in made and self.trainer.training.latest.running:
            return say("The network is still training.")
        if "generator" in made and self.generator.generation.latest.progress is not None:
            return say("Names are still being drawn.")
        return ""

    def set_smoothing(self, smoothing: float) -> None:
        self.dataset.publish(replace(self.dataset.latest, smoothing=smoothing))

    def set_smoother(self, smoother: str) -> None:
        """Compute P with one of SMOOTHERS; can be undone."""
        self.choose(self.learning.context, smoother, self.dataset.latest.smoothing)

    def choose(self, context: int, smoother: str, smoothing: float) -> None:
        """Use this context, smoother and k; can be undone in one step."""
        before, wanted = self.dataset.latest, self.learning._replace(context=context)
        if wanted != self.learning:
            show = partial(self._show_learned_instead, smoother=smoother, smoothing=smoothing)
            self._learn(wanted, show)
        elif (smoother, smoothing) != (before.smoother, before.smoothing):
            said = say("Smoother changed") if smoother != before.smoother else say("k changed")
            again = partial(self.choose, smoother=before.smoother, smoothing=before.smoothing)
            self.undo.remember(said, lambda: again(self.learning.context), tell=False)
            self.dataset.publish(replace(before, smoother=smoother, smoothing=smoothing))

    @property
    def learning(self) -> Learning:
        """What is learned from, or will be once it is counted."""
        return self._wanted or self.dataset.latest.learning

    def set_context(self, context: int) -> None:
        """Let each token depend on this many tokens before it, up to the longest possible context."""
        longest = longest_context(len(self.dataset.latest.counts.vocabulary))
        if context > longest:
            if longest == MAX_CONTEXT:
                self.announce(say("{n} is the longest context", n=longest))
            else:
                self.announce(say("{n} is the longest context for so many tokens", n=longest))
        self.learn(self.learning._replace(context=min(max(context, 0), longest)))

    def learn(self, wanted: Learning) -> None:
        """Count with another context, or learn from other words, in a thread; can be undone.

        Training starts over; drawn names stay.
        """
        if wanted != self.learning:
            self._learn(wanted, self._show_learned_instead)

    def learn_as_wanted(self) -> None:
        """Start counting what was requested on the command line."""
        if self._wanted:
            self._learn(self._wanted, self._show_learned)

    def _learn(self, wanted: Learning, show: Callable[[Learning, Learned], None]) -> None:
        self.stop_counting()
        if self._tables.at_hand(wanted):
            show(wanted, self._tables.learned(wanted))
            return
        self._wanted, self._counting = wanted, Task(self._app)
        self._counting.begin(
            partial(self._tables.learned, wanted),
            self.counting.publish,
            partial(show, wanted),
            self._cannot_learn,
        )

    def _show_learned(self, wanted: Learning, learned: Learned, **also: Any) -> None:
        self._wanted = None
        self.counting.publish(None)
        before = self.dataset.latest
        self.dataset.publish(replace(before, split=wanted.split, **learned._asdict(), **also))
        if before.counts is not learned.counts:
            self._begin_training()
            self._tell_generator()

    def _tell_generator(self) -> None:
        """Tell the generator, if it exists, that the counts have changed."""
        if "generator" in vars(self):
            self.generator.learn_from(self.dataset.latest.parts, self.dataset.latest.split)

    def _show_learned_instead(self, wanted: Learning, learned: Learned, **also: Any) -> None:
        """Like `_show_learned`, with further changes to the dataset, and so that it can be undone."""
        before = self.dataset.latest
        was = {name: getattr(before, name) for name in also}
        run = self.trainer.keep() if self.ready.latest else None

        def restore() -> None:
            self.stop_counting()
            now = self.dataset.latest
            back = replace(now, counts=before.counts, split=before.split, parts=before.parts)
            self.dataset.publish(replace(back, **was))
            if run:
                run()
            else:
                self._begin_training()
            self._tell_generator()

        said = wanted.description or say("context {n}", n=wanted.context)
        self.undo.remember(said, restore, tell=False)
        self._show_learned(wanted, learned, **also)

    def _cannot_learn(self, reason: str) -> None:
        self.stop_counting()
        self._app.notify(reason, severity="error", markup=False)

    def stop_counting(self) -> bool:
        """Cancel counting and keep what is learned from now; returns whether anything was being counted."""
        was_counting = self._wanted is not None
        self._counting.cancel()
        self._wanted = None
        if self.counting.latest is not None:
            self.counting.publish(None)
        return was_counting

    @property
    def trigrams(self) -> NgramCounts | None:
        """The trigrams of all words, if they are counted already or can be without a noticeable delay."""
        corpus, wanted = self.dataset.latest.corpus, Learning(2)
        is_quick = corpus.lists_all and corpus.counts.total <= QUICK
        return self._tables.learned(wanted).counts if is_quick or self._tables.at_hand(wanted) else None

    def keep(self) -> Callable[[], None]:
        """A function that restores the dataset, the training run and the drawn names as they are now."""
        self.stop_counting()
        dataset, undo, names = self.dataset.latest, self.undo.keep(), self.generator.keep()
        tables = self._tables
        run = self.trainer.keep() if self.ready.latest else self._keep_settings()

        def restore() -> None:
            self.stop_describing()
            self.stop_counting()
            self._tables = tables
            self.dataset.publish(dataset)
            run()
            names()
            self._tell_generator()
            undo()
            if not dataset.corpus.described:
                self._describe(dataset.corpus)

        return restore

    def _keep_settings(self) -> Callable[[], None]:
        """A function that restores the training settings, if nothing was trained with them yet."""
        training = self.trainer.training.latest

        def restore() -> None:
            self.trainer.training.publish(training)
            self._begin_training()

        return restore

    def torch_is_there(self) -> bool:
        """Whether torch is loaded; starts loading it if not."""
        if not self.ready.latest:
            self.want_torch()
        return self.ready.latest

    def torch_is_ready(self) -> None:
        """Begin training, now that torch is imported."""
        self.trainer.begin(self.dataset.latest.counts, self.dataset.latest.dev)
        self.ready.publish(True)

    def _begin_training(self) -> None:
        if self.ready.latest:
            self.trainer.begin(self.dataset.latest.counts, self.dataset.latest.dev)

    def has_model(self, key: str) -> bool:
        """Whether this model is available: a network needs torch, and not too many weights."""
        return KINDS[key].source(self.dataset.latest, self.trainer.training.latest) is not None

    def model(self, key: str) -> LanguageModel:
        """The model with this key as it is now, or the counts if it is not available.

        Returns the same object as long as nothing has changed.
        """
        dataset, training = self.dataset.latest, self.trainer.training.latest
        kind = KINDS[key] if self.has_model(key) else COUNTS
        source = kind.source(dataset, training)
        if kind.key not in self._models or self._models[kind.key][0] is not source:
            self._models[kind.key] = source, kind.build(dataset, training)
        return self._models[kind.key][1]
