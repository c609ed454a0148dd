"""The Contexts pane: how much a longer context helps, where it stops helping, and what smoothing does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Vertical

from bigram_tui.lm.settings import ADD_K, SMOOTHERS
from bigram_tui.panes.contexts.held_out import HeldOut
from bigram_tui.panes.contexts.ladder import LadderPanel
from bigram_tui.panes.contexts.table import RowList, TablePanel
from bigram_tui.panes.pane import Pane
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.texts import say
from bigram_tui.widgets.rendering import entitle

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.lm.evaluation import Row
    from bigram_tui.session.evaluator import Evaluator
    from bigram_tui.why.explanation import Explanation
    from bigram_tui.widgets.tuning_plot import TuningPlot

PARTS = ("ladder-panel", "tuning-panel", "held-out")
"""If there is no room for all of these, they share one place."""

ROOMY = 30
"""With at least this many lines there is room to say in words where the ladder leads."""


@dataclass(frozen=True)
class ContextsLook:
    """The smoother shown, the context under the cursor, and the part above the table."""

    smoother: str = ADD_K
    context: int = 1
    part: str = PARTS[0]


class ContextsPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "contexts"
    AUTO_FOCUS = "#rows"
    BINDINGS = [
        Binding("K", "smoother", "Smoother", tooltip="Show the next smoother"),
        Binding("v", "look", "View", tooltip="Above the table: the ladder, the curve over k, the split"),
        Binding("t", "tune", "Tune", tooltip="Use the k that is best on dev for the context in use"),
        Binding("T", "tune_all", "Tune all", show=False, tooltip="The best k for each context"),
        Binding("J", "open_test", "Test", tooltip="Open the test set for the row under the cursor"),
        Binding("r", "resume", "Run", show=False, tooltip="Resume the computation after it was stopped"),
        Binding("e", "export", "Export", show=False, tooltip="Save the rows of all smoothers as CSV or JSON"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._smoother = self._dataset.smoother
        self._part = PARTS[0]

    def compose_parts(self) -> ComposeResult:
        with Vertical(id="contexts-parts", classes="in-sight"):
            with Vertical(id="side"):
                yield Vertical(id="tuning-panel", classes="panel")
                yield HeldOut(self._dataset.split, id="held-out")
            with Vertical(id="main"):
                yield LadderPanel(id="ladder-panel")
                yield TablePanel(id="table-panel")

    def name_parts(self) -> None:
        self.query_one(HeldOut).name_parts()

    def begin(self) -> None:
        self._look_at(self._part)
        self.call_after_refresh(self._begin_comparing)

    async def _begin_comparing(self) -> None:
        """Runs after the first frame: the plots and the evaluation take long to import."""
        if not self.is_attached:
            return
        self.follow(self.workspace.dataset, self.show_dataset)
        self.follow(self._evaluator.comparison, self.show_comparison)
        if self.workspace.ready.latest or self.app.is_web:
            await self._add_plots()
        else:
            self.workspace.ready.signal.subscribe(self, self._add_plots)

    async def _add_plots(self, _ready: bool = True) -> None:
        from bigram_tui.widgets.tuning_plot import TuningPlot

        await self.query_one(LadderPanel).add_plot()
        await self.query_one("#tuning-panel").mount(TuningPlot(id="tuning"))
        self.show_comparison(self._comparison)

    @property
    def look(self) -> ContextsLook:
        return ContextsLook(self._smoother, self._rows.cursor, self._part)

    @look.setter
    def look(self, look: ContextsLook) -> None:
        self._smoother = look.smoother
        self._look_at(look.part)
        self.show_comparison(self._comparison)
        self._rows.cursor = look.context

    @property
    def _evaluator(self) -> Evaluator:
        return self.workspace.evaluator

    @property
    def _comparison(self) -> Comparison:
        return self._evaluator.comparison.latest

    @property
    def _rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def _row(self) -> Row | None:
        """The row under the cursor, if it is computed."""
        return self._comparison.rows.get((self._smoother, self._rows.cursor))

    def show_dataset(self, dataset: Dataset) -> None:
        before = self._comparison
        self._evaluator.compare(dataset)
        if self._comparison is before:  # else it was published, and is shown already
            self.show_comparison(before)

    def show_comparison(self, comparison: Comparison) -> None:
        self.query_one(TablePanel).show(comparison, self._dataset, self._smoother)
        self._show_ladder()
        self._show_tuning()
        self.refresh_keys(*(self.check_action(action, ()) for action in ("resume", "tune", "open_test")))

    def _show_tuning(self) -> None:
        comparison, dataset = self._comparison, self._dataset
        context = dataset.counts.context
        tuning = comparison.tunings.get(context)
        keys = say("← → change k") if tuning else ""
        if tuning and tuning.best_k:
            keys = say("◆ best {k:.3g}: t uses it", k=tuning.best_k) + " · " + keys
        entitle(self.query_one("#tuning-panel"), say("k of add-k with context {n}", n=context), keys)
        for plot in self.query("TuningPlot").results():
            plot.display = tuning is not None or not comparison.problem
            plot.show(tuning, dataset.smoothing)  # type: ignore[attr-defined]

    @on(RowList.Highlighted)
    def _show_row(self) -> None:
        """Update the rest one frame after the table, so that the cursor moves at once."""
        self.show_later(self._show_ladder, after=self._rows)

    def _show_ladder(self) -> None:
        """Show the ladder, and what else depends on the row under the cursor."""
        dataset = self._dataset
        in_use = dataset.counts.context if dataset.smoother == self._smoother else None
        self.query_one(LadderPanel).show(self._comparison, self._smoother, self._rows.cursor, in_use)
        self.query_one(HeldOut).show(self._comparison, self._row)

    def _look_at(self, part: str) -> None:
        self._part = part
        for each in PARTS:
            self.query_one("#contexts-parts").set_class(each == part, f"-{each}")

    @on(RowList.Chosen)
    def choose(self) -> None:
        row = self._row
        if row is not None:
            smoothing = self._dataset.smoothing if row.smoothing is None else row.smoothing
            self._use(row.context, row.smoother, smoothing)

    def _use(self, context: int, smoother: str, smoothing: float) -> None:
        dataset = self._dataset
        if (context, smoother, smoothing) == (dataset.counts.context, dataset.smoother, dataset.smoothing):
            self.workspace.announce(say("This is in use already"))
        else:
            self.workspace.choose(context, smoother, smoothing)

    def on_tuning_plot_wanted(self, event: TuningPlot.Wanted) -> None:
        self.workspace.set_smoothing(event.k)

    @on(HeldOut.Changed)
    def split(self, event: HeldOut.Changed) -> None:
        self.workspace.learn(self.workspace.learning._replace(split=event.split))

    def fit(self) -> None:
        super().fit()
        ladder = self.query_one(LadderPanel)
        ladder.set_class(self.lines_in_sight >= ROOMY, "-roomy")
        ladder.can_focus = self.has_class("-tiny")  # there it may be out of sight
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        comparison = self._comparison
        if action == "look" and not (self.has_class("-narrow") or self.has_class("-tiny", "-low")):
            return False
        if action == "resume" and not comparison.problem:
            return None
        if action in ("tune", "tune_all") and not any(t.best_k for t in comparison.tunings.values()):
            return None
        if action in ("open_test", "export") and not comparison.rows:
            return None
        if action == "open_test" and comparison.parts and not comparison.parts.words[2]:
            return None
        return super().check_action(action, parameters)

    def commands(self) -> Iterable[SystemCommand]:
        for smoother, name in SMOOTHERS.items():
            about = say("Show its ladder and its table")
            yield SystemCommand(
                say("Smoother: {name}", name=name), about, partial(self._show_smoother, smoother)
            )

    def why(self) -> Explanation | str:
        from bigram_tui.why import contexts

        comparison, row, within = self._comparison, self._row, self.focused.ancestors if self.focused else ()
        if self.query_one("#tuning-panel") in within:
            row = comparison.rows.get((ADD_K, self._dataset.counts.context))
        if row is None:
            return comparison.problem or say("There is nothing to explain yet: the pane is still counting.")
        if self.query_one(HeldOut) in within:
            return contexts.leaks(comparison, row)
        return contexts.loss(comparison, row)

    def code(self) -> Notebook | str:
        from bigram_tui.code.contexts import contexts_code

        rows = [row for _, row in sorted(self._comparison.rows.items()) if row.smoother == self._smoother]
        if not rows and self._comparison.problem:
            return self._comparison.problem
        return contexts_code(self._dataset, self._comparison, rows, self._row)

    def _show_smoother(self, smoother: str) -> None:
        self._smoother = smoother
        self.show_comparison(self._comparison)

    def action_smoother(self) -> None:
        smoothers = list(SMOOTHERS)
        self._show_smoother(smoothers[(smoothers.index(self._smoother) + 1) % len(smoothers)])

    def action_look(self) -> None:
        """Show the next part above the table, if there is no room for all."""
        self._look_at(PARTS[(PARTS.index(self._part) + 1) % len(PARTS)])

    @property
    def _best_k(self) -> float | None:
        """The k that is best on dev with the context in use."""
        tuning = self._comparison.tunings.get(self._dataset.counts.context)
        return tuning.best_k if tuning else None

    def action_tune(self) -> None:
        if self._best_k:
            self._use(self._dataset.counts.context, self._dataset.smoother, self._best_k)

    def action_tune_all(self) -> None:
        self._evaluator.tune()
        if self._best_k != self._dataset.smoothing:
            self.action_tune()

    def action_open_test(self) -> None:
        from bigram_tui.dialogs.confirm import ConfirmDialog

        row, comparison = self._row, self._comparison
        if row is None:
            return
        if comparison.test_of(row) is not None:
            self.workspace.announce(say("The test set is open for this row already"))
            return
        question = say(
            "Test is for the end: it tells how good your choice is, as long as you did not choose by it. "
            "Each look makes it less of a test; looks so far: {n}. Open it for {smoother}, context "
            "{context}?",
            n=len(comparison.looked),
            smoother=SMOOTHERS[row.smoother],
            context=row.context,
        )

        def look(yes: bool | None) -> None:
            if yes:
                self._look_at("held-out")
                self._evaluator.look_at_test(row)

        self.app.push_screen(ConfirmDialog(question, say("Open it")), look)

    def action_resume(self) -> None:
        self._evaluator.resume()

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save
        from bigram_tui.views import exports

        comparison = self._comparison
        parts = comparison.parts
        if parts is None:
            return
        rows = [replace(row, test=comparison.test_of(row)) for _, row in sorted(comparison.rows.items())]
        writers = {
            ".csv": partial(exports.evaluation_as_csv, rows),
            ".json": partial(
                exports.evaluation_as_json, parts.summary(comparison.split), rows, parts.unseen_characters
            ),
        }
        ask_to_save(self.app, say("Export the table"), "contexts", writers)

    def leave(self) -> None:
        """Stop the computation; if there is none, go back to the table."""
        if not self._evaluator.stop():
            self._look_at(PARTS[0])
            super().leave()
