"""The app as the lesson's chapters see it and set it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import ADD_K, DEFAULT_SMOOTHING, TrainingSettings
from bigram_tui.panes.pane import Pane
from bigram_tui.session.evaluator import LONGEST
from bigram_tui.session.learning import Learning, Tables
from bigram_tui.session.snapshots import Comparison, Generation, Training
from bigram_tui.session.workspace import Workspace
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load
from bigram_tui.words.split import DEFAULT_SPLIT

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Evaluation, Row
    from bigram_tui.panes.counts.pane import CountsPane
    from bigram_tui.panes.dataset import DatasetPane
    from bigram_tui.panes.generator.pane import GeneratorPane
    from bigram_tui.panes.training.pane import TrainingPane
    from bigram_tui.words.split_counts import SplitCounts


class Stage:
    """The workspace, and the pane on the screen. Chapters are about the list that ships.

    A chapter's functions are called while its own pane is there only.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.pane: Pane | None = None
        self.opened: dict[str, Screen[Any]] = {}
        """What else was looked at in this chapter: dialogs, by the name of their kind."""

        self.corpus = load(DEFAULT, Path())
        self._tables = Tables(self.corpus)

    def reset(self) -> None:
        """All as it is when the app starts with the list that ships."""
        self.workspace.start_afresh(self.corpus)
        self.pane = None
        self.opened.clear()

    @property
    def counts(self) -> NgramCounts:
        return self.workspace.dataset.latest.counts

    def counts_of(self, context: int) -> NgramCounts:
        """Of all words, with a context of this length."""
        return self._tables.learned(Learning(context)).counts

    @cached_property
    def parts(self) -> SplitCounts:
        """Train, dev and test as the Contexts pane compares them."""
        return self._tables.parts(DEFAULT_SPLIT, LONGEST)

    @cached_property
    def evaluation(self) -> Evaluation:
        from bigram_tui.lm.evaluation import Evaluation

        return Evaluation(*self.parts.ngrams, self.parts.dev_without_train)

    def row(self, context: int, smoother: str = ADD_K, k: float = DEFAULT_SMOOTHING) -> Row:
        return self.evaluation.row(context, smoother, k)

    @property
    def comparison(self) -> Comparison:
        return self.workspace.evaluator.comparison.latest

    @property
    def smoothing(self) -> float:
        return self.workspace.dataset.latest.smoothing

    def probability(self, bigram: str, smoothing: float) -> float:
        first, second = self.tokens(bigram)
        return self.counts.probability(first, second, smoothing)

    def count(self, bigram: str) -> int:
        return self.counts.count(*self.tokens(bigram))

    def tokens(self, signs: str) -> list[int]:
        return [self.counts.vocabulary.signs.index(sign) for sign in signs]

    @property
    def training(self) -> Training:
        return self.workspace.trainer.training.latest

    @property
    def generation(self) -> Generation:
        return self.workspace.generator.generation.latest

    def train(self, settings: TrainingSettings, steps: int) -> None:
        """So many steps of a new run with these settings, as soon as torch is there."""
        if self.training.network is not None:
            self.workspace.trainer.start_over(settings)
            self.workspace.trainer.step(steps)

    @property
    def dataset_pane(self) -> DatasetPane:
        return cast("DatasetPane", self.pane)

    @property
    def counts_pane(self) -> CountsPane:
        return cast("CountsPane", self.pane)

    @property
    def training_pane(self) -> TrainingPane:
        return cast("TrainingPane", self.pane)

    @property
    def generator_pane(self) -> GeneratorPane:
        return cast("GeneratorPane", self.pane)
