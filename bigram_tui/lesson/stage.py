"""The app as the lesson's chapters see it and set it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.pane import Pane
from bigram_tui.session.snapshots import Generation, Training
from bigram_tui.session.workspace import Workspace
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load

if TYPE_CHECKING:
    from bigram_tui.panes.counts.pane import CountsPane
    from bigram_tui.panes.dataset import DatasetPane
    from bigram_tui.panes.generator.pane import GeneratorPane
    from bigram_tui.panes.training.pane import TrainingPane


class Stage:
    """The workspace, and the pane on the screen. Chapters are about the list that ships.

    A chapter's functions are called while its own pane is there only.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.pane: Pane | None = None
        self.opened: set[str] = set()
        """What else was looked at in this chapter, by the name of its dialog."""

        self._corpus = load(DEFAULT, Path())

    def reset(self) -> None:
        """All as it is when the app starts with the list that ships."""
        self.workspace.start_afresh(self._corpus)
        self.pane = None
        self.opened.clear()

    @property
    def counts(self) -> NgramCounts:
        return self.workspace.dataset.latest.counts

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
