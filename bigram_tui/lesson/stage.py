"""The app, as the chapters of the lesson see and control it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from bigram_tui.lesson.figures import Figures
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.session.snapshots.training import Training

if TYPE_CHECKING:
    from textual.screen import Screen

    from bigram_tui.panes.counts.pane import CountsPane
    from bigram_tui.panes.dataset import DatasetPane
    from bigram_tui.panes.generator.pane import GeneratorPane
    from bigram_tui.panes.pane import Pane
    from bigram_tui.panes.training.pane import TrainingPane
    from bigram_tui.session.workspace import Workspace


class Stage(Figures):
    """The workspace, and the pane on the screen.

    A chapter's functions are only called while its pane is on the screen.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.pane: Pane | None = None
        self.opened: dict[str, Screen[Any]] = {}
        """The dialogs that were opened in this chapter, by class name."""

    def reset(self) -> None:
        """Reset everything to the state in which the app starts with the bundled list."""
        self.workspace.start_afresh(self.corpus)
        self.pane = None
        self.opened.clear()

    @property
    def dataset(self) -> Dataset:
        return self.workspace.dataset.latest

    @property
    def is_elsewhere(self) -> bool:
        """Whether another list was opened than the one that chapters with a question are about."""
        return self.dataset.corpus is not self.corpus

    @property
    def looked(self) -> Collection[float]:
        return self.workspace.evaluator.comparison.latest.looked.values()

    @property
    def training(self) -> Training:
        return self.workspace.trainer.training.latest

    @property
    def generation(self) -> Generation:
        return self.workspace.generator.generation.latest

    def train(self, settings: TrainingSettings, steps: int) -> None:
        """Make this many steps of a new run with these settings, once torch is loaded."""
        if self.training.network is not None:
            self.workspace.trainer.start_over(settings)
            self.workspace.trainer.step(steps)

    def look(self, **changes: Any) -> None:
        """Change how the pane looks."""
        assert self.pane is not None
        self.pane.look = replace(self.pane.look, **changes)

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
