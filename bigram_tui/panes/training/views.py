"""The parts beside the curve: the table, the inside of the step, the losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import TabPane

from bigram_tui.panes.pane import Pane
from bigram_tui.panes.training.step_inside import StepInside
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import Phrase, say
from bigram_tui.views.grid import Cell, GridView
from bigram_tui.views.grid_views import TRAINING_VIEWS
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_panel import GridPanel
from bigram_tui.widgets.loss_table import EVERY, LossTable
from bigram_tui.widgets.rendering import Passage
from bigram_tui.widgets.tabbed import Tabbed

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.lm.training import Update
    from bigram_tui.session.trainer import Trainer
    from bigram_tui.why.explanation import Explanation


class Views(Tabbed):
    """The parts as tabs; only the visible one is kept up to date."""

    DEFAULT_CSS = "Views #losses-head { color: $muted; }"

    TITLES = {
        "table": Phrase("Table"),
        "inside": Phrase("Inside the step"),
        "losses": Phrase("Losses"),
    }

    widest: int | None = None
    """The width that is available to the table, if it differs from its current width."""

    _shown: tuple[Dataset, Training] | None = None
    _update_from: Callable[[Training], Update | None]

    def compose(self) -> ComposeResult:
        head = Passage(id="losses-head")
        for part in (
            TabPane("", GridPanel(TRAINING_VIEWS), id="table"),
            TabPane("", StepInside(), id="inside"),
            TabPane("", head, LossTable(), id="losses"),
        ):
            self.compose_add_child(part)
        return super().compose()

    def on_mount(self) -> None:
        self.watch(self.table.grid, "cursor", self._show_inside, init=False)

    @property
    def table(self) -> GridPanel:
        return self.query_one(GridPanel)

    @property
    def cell(self) -> Cell:
        return self.table.grid.cursor

    @property
    def ngram(self) -> Cell:
        """The context number and the token of the selected cell."""
        return self.table.ngram_at(self.cell)

    def take(
        self, dataset: Dataset, training: Training, update_from: Callable[[Training], Update | None]
    ) -> None:
        """Set what to show, and for a new list, select its first n-gram. The other parts are about the
        selected cell of the table, whose rows are those of the counts."""
        before, self._shown, self._update_from = self._shown, (dataset, training), update_from
        if before is None or before[0].counts is not dataset.counts:
            self._show_table()
        if before is None or before[0].corpus is not dataset.corpus:
            for word in dataset.corpus.words[:1]:  # empty until the second pass over a large list
                self.table.grid.cursor = Cell(0, dataset.counts.vocabulary.encode(word)[1])

    def on_tabbed_content_tab_activated(self) -> None:
        self.show_part()

    def show_part(self) -> None:
        """Update the visible part."""
        {"table": self._show_table, "inside": self._show_inside, "losses": self._show_losses}[self.active]()

    def _show_table(self) -> None:
        if self._shown:
            self.table.show(*self._shown)
            room = self.table.grid.size
            self.table.choose_zoom(Size(self.widest or room.width, room.height))

    def _show_inside(self) -> None:
        if self._shown and self.active == "inside" and not cast(Pane, self.screen).is_behind:
            dataset, training = self._shown
            update = self._update_from(training)
            if update is not None:
                self.query_one(StepInside).show(dataset, training, update, self.ngram)

    def _show_losses(self) -> None:
        """Show every tenth step of the run, with the cursor at the last one up to the step shown."""
        if self._shown and (losses := self._shown[1].losses):
            columns = (say("step"), say("loss"), say("data"), say("reg."))
            self.query_one("#losses-head", Passage).update("".join(map(_on_the_right, columns))[1:])
            self.query_one(LossTable).show_losses(losses, self._shown[1].step)

    def on_bigram_grid_view_wanted(self, event: BigramGrid.ViewWanted) -> None:
        self.choose_view(self.table.neighbour(event.step))

    def choose_view(self, view: View) -> None:
        self.table.view = view
        self._show_table()

    def is_looked_at(self, part: str) -> bool:
        return self.active == part and self._main(part).has_focus

    def look_at(self, part: str) -> None:
        self.active = part
        self.screen.set_focus(self._main(part))

    def _main(self, part: str) -> Widget:
        """The widget of a part that takes the focus."""
        return {"table": self.table.grid, "inside": self.query_one(StepInside)}[part]

    def why(self, dataset: Dataset, trainer: Trainer) -> Explanation | str:
        from bigram_tui.why import training as why

        now = trainer.training.latest
        view = self.table.view_of(dataset, now)
        if self.active == "table" and isinstance(view, GridView):
            shown = view.number(float(view.row(self.cell.row)[self.cell.column]))
            return why.cell(dataset, now, view, self.ngram, shown, trainer.leading_here)
        update = trainer.update_from(now)
        if self.active == "inside" and update is not None:
            return why.update(dataset, now, update, self.ngram)
        step = self.query_one(LossTable).highlighted
        if self.active == "losses" and step is not None and step != now.step:
            then = trainer.training_at(step)
            return why.loss(dataset, then) if then else why.recorded_loss(now, step)
        return why.loss(dataset, now)

    def code(self, dataset: Dataset, training: Training) -> Notebook:
        """The code of the run and of the visible part."""
        from bigram_tui.code.panes import training_code

        part, view = self.active if self.display else "", self.table.view_of(dataset, training)
        return training_code(
            dataset,
            training,
            self.ngram,
            view=view if part == "table" and isinstance(view, GridView) else None,
            inside=part == "inside",
            stride=EVERY * training.losses.stride if part == "losses" and training.losses else 0,
        )


def _on_the_right(title: str) -> str:
    """Right-aligned, as wide as a number of the table below."""
    return " " * (10 - cell_len(title)) + title
