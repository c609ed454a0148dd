"""The Counts pane: the table as a coloured grid, and an inspector that explains a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Grid
from textual.geometry import Size
from textual.timer import Timer
from textual.widgets import TabbedContent

from bigram_tui.lm.settings import SMOOTHERS, SMOOTHING
from bigram_tui.panes.counts.inspector import CellPanel, Inspector
from bigram_tui.panes.pane import WIDE, Pane
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.texts import say
from bigram_tui.views.grid import FIRST_CELL, SCALES, Cell, GridView
from bigram_tui.views.grid_views import VIEWS
from bigram_tui.views.numbers import number
from bigram_tui.views.ramp import ramp
from bigram_tui.views.view import View
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_panel import GridPanel
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.dialogs.path import Writer
    from bigram_tui.session.snapshots.training import Training
    from bigram_tui.why.explanation import Explanation

INSPECTOR_WIDTH = 36
TITLE_WIDTH = 60
"""For the title of a table, the legend, or a message instead, however few the tokens are."""

NARROW_TABLE, TALL_TABLE = 57, 30
"""The width of the table in a narrow pane, as in the pane's style; its height if it has many lines."""

ROOMY = 34
"""With at least this many lines there is room for the row's bars below the text about the cell."""

MAX_SVG = 200
"""The most tokens for a table that can be exported as a picture."""

PAUSE = 0.1
"""Seconds that the cursor rests before its cell is explained at length (debounce)."""


@dataclass(frozen=True)
class CountsLook:
    """What the table shows, and how; without a zoom, the largest cells for which there is room."""

    view: View = View.COUNTS
    cursor: Cell = FIRST_CELL
    scale: str = SCALES[0]
    zoom: int | None = None
    tab: str = "cell-tab"
    by_probability: bool = False


class CountsPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "counts"
    AUTO_FOCUS = "#grid"
    BINDINGS = [
        Binding("s", "sort", "Sort", show=False, tooltip="Row: bars by alphabet or by probability"),
        Binding("k", "smoothing", "Smoothing", show=False, tooltip="Edit the smoothing k"),
        Binding("K", "next_smoother", "Smoother", show=False, tooltip="Compute P with the next smoother"),
        Binding("e", "export", "Export", tooltip="Save the whole table as CSV, JSON or SVG"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._explanation_timer: Timer | None = None
        self._sizes: dict[str, str | None] = {}
        self._table = GridPanel(VIEWS, id="table")
        self._cell = CellPanel(id="cell-panel", classes="panel")
        self._inspector = Inspector(id="inspector")

    def compose_parts(self) -> ComposeResult:
        with Grid(id="counts-parts"):
            yield self._table
            yield self._cell

    def name_parts(self) -> None:
        self.query_one(Setting).say_label()
        if self._inspector.is_attached:
            self._inspector.name_tabs()

    def begin(self) -> None:
        self.watch(self._grid, "highlighted", self._inspect_soon, init=False)
        self.follow(self.workspace.dataset, self.show_dataset)
        self.follow(self.workspace.trainer.training, self.show_training)
        self.follow(self.workspace.ramp, self.show_ramp)
        self.follow(self.workspace.ready, lambda _ready: self.call_next(self.show_likelihood))
        self.call_after_refresh(self._add_inspector)

    async def _add_inspector(self) -> None:
        """Mount the inspector after the first frame, so that the grid appears sooner."""
        if self.is_attached:
            await self.query_one("#counts-parts").mount(self._inspector)
            self._inspector.name_tabs()
            self._explain()
            await self.show_likelihood()

    @property
    def has_begun(self) -> bool:
        return super().has_begun and self._inspector.is_attached

    @property
    def look(self) -> CountsLook:
        grid, inspector = self._grid, self._inspector
        zoom = grid.zoom if grid.zoom_was_chosen else None
        return CountsLook(
            self._table.view, grid.cursor, grid.scale, zoom, inspector.active, inspector.by_probability
        )

    @look.setter
    def look(self, look: CountsLook) -> None:
        grid = self._grid
        grid.scale, grid.zoom_was_chosen = look.scale, look.zoom is not None
        if look.zoom is not None:
            grid.zoom = look.zoom
        self._inspector.by_probability, self._inspector.active = look.by_probability, look.tab
        self.choose_view(look.view)
        grid.cursor = look.cursor

    def show_dataset(self, dataset: Dataset) -> None:
        self._cell.show_smoothing(dataset)
        self._show_view()
        self.call_next(self.show_likelihood)

    def show_training(self, _training: Training) -> None:
        if self._table.view.needs_network:
            self._show_view()

    def show_ramp(self, ramp: str) -> None:
        self._grid.ramp = ramp

    @on(TabbedContent.TabActivated)
    async def show_likelihood(self) -> None:
        if self._inspector.is_attached:
            await self._inspector.show_likelihood(
                self._dataset, self.workspace.ready.latest or self.app.is_web
            )

    @property
    def _grid(self) -> BigramGrid:
        return self._table.grid

    @property
    def _ngram(self) -> Cell:
        """The context and the token of the explained cell."""
        return self._table.ngram_at(self._grid.highlighted)

    def choose_view(self, view: View) -> None:
        self._table.view = view
        self._show_view()

    def _show_view(self) -> None:
        self._table.show(self._dataset, self._training)
        self._choose_zoom()
        self._fit_table()
        self._inspect()

    @on(BigramGrid.LooksChanged)
    def _fit_table(self) -> None:
        table = self._grid.size_at(self._grid.zoom).width + 5
        width = min(max(table, TITLE_WIDTH), self.room.width - INSPECTOR_WIDTH)
        self._lay_out(columns=f"{width} 1fr" if self.room.width >= WIDE else None)

    def _lay_out(self, **sizes: str | None) -> None:
        """Set columns or rows of the parts only if they differ: Textual then redraws everything."""
        styles = self.query_one("#counts-parts").styles
        for name, value in sizes.items():
            if self._sizes.get(name) != value:
                self._sizes[name] = value
                setattr(styles, f"grid_{name}", value)

    @on(BigramGrid.ViewWanted)
    def change_view(self, event: BigramGrid.ViewWanted) -> None:
        self.choose_view(self._table.neighbour(event.step))

    def fit(self) -> None:
        super().fit()
        rows = None
        if self.has_class("-low"):
            rows = f"{self.lines_in_sight} 12"
        elif self._is_narrow_and_tall:
            rows = f"{TALL_TABLE} 1fr"
        self._lay_out(rows=rows)
        self._inspector.set_class(self.has_class("-wide") and self.lines_in_sight >= ROOMY, "-roomy")
        self._choose_zoom()
        self._table.show_legend()
        self._fit_table()

    def _choose_zoom(self) -> None:
        """Choose the largest cells that leave room for the inspector."""
        room = Size(self.room.width - INSPECTOR_WIDTH - 5, self.room.height - 5)
        self._table.choose_zoom(Size(NARROW_TABLE, TALL_TABLE - 2) if self._is_narrow_and_tall else room)

    @property
    def _is_narrow_and_tall(self) -> bool:
        """Whether the inspector is below the table, and there is room for one line per letter."""
        return self.has_class("-narrow") and self.lines_in_sight >= TALL_TABLE + 8

    def _inspect_soon(self) -> None:
        """Inspect the cell one frame after the grid, so that the cursor moves at once."""
        self.call_after_refresh(self._inspect)

    def _inspect(self) -> None:
        """Explain the cell: briefly now, at length once the cursor rests."""
        if self.is_behind:
            return
        self._cell.show(self._dataset, self._grid.view, self._ngram)
        if self._explanation_timer is not None:
            self._explanation_timer.stop()
        self._explanation_timer = self.set_timer(PAUSE, self._explain)

    def _explain(self) -> None:
        if self._inspector.is_attached and not self.is_behind:
            self._cell.show(self._dataset, self._grid.view, self._ngram)  # for the room that it has by now
            self._cell.show_words(self._dataset, self._ngram)
            self._inspector.explain(self._dataset, self._training, self._table.view, self._ngram)

    def commands(self) -> Iterable[SystemCommand]:
        for view in VIEWS:
            show = partial(self.choose_view, view)
            label = say(view.label)
            about = say("Show the {view} in the grid", view=label)
            yield SystemCommand(say("View: {view}", view=label), about, show)
        for smoother, name in SMOOTHERS.items():
            title, about = say("Smoother: {name}", name=name), say("Use it to compute P in every pane")
            yield SystemCommand(title, about, partial(self.workspace.set_smoother, smoother))

    def code(self) -> Notebook:
        from bigram_tui.code.panes import counts_code

        return counts_code(
            self._dataset,
            self._training,
            self._table.view,
            self._ngram,
            row=self._inspector.order,
            smoothing=self._inspector.active == "smoothing-tab",
        )

    def why(self) -> Explanation | str:
        from bigram_tui.why import counts
        from bigram_tui.why.probability import probability

        dataset, kind, cell = self._dataset, self._table.view, self._ngram
        if self.focused and self._inspector in self.focused.ancestors:
            explanation = self._inspector.why(dataset)
            if explanation is not None:
                return explanation
        if kind is View.COUNTS:
            return counts.count(dataset, *cell)
        if kind is View.PROBABILITIES:
            return probability(dataset.model, *cell)
        trainer = self.workspace.trainer
        if self._training.running:
            trainer.pause()
        view = self._table.view_of(dataset, self._training)
        if not isinstance(view, GridView):
            return view
        shown = number(view.value(*cell))
        if kind is View.WITHOUT_KEEPDIM:
            return counts.without_keepdim(dataset, *cell, shown)
        from bigram_tui.why import training

        return training.cell(dataset, self._training, view, cell, shown, trainer.leading_here)

    @on(BigramGrid.NotThere)
    def tell_what_is_used_instead(self, event: BigramGrid.NotThere) -> None:
        from bigram_tui.why.brief import instead_of

        self.workspace.announce(instead_of(self._dataset, event.state))

    @on(Setting.Changed)
    def change_smoothing(self, event: Setting.Changed) -> None:
        self.workspace.set_smoothing(SMOOTHING.read(event.text))

    def action_smoothing(self) -> None:
        self._cell.edit_smoothing()

    def action_next_smoother(self) -> None:
        smoothers = list(SMOOTHERS)
        place = smoothers.index(self._dataset.smoother) + 1
        self.workspace.set_smoother(smoothers[place % len(smoothers)])

    def action_sort(self) -> None:
        self._inspector.by_probability = not self._inspector.by_probability
        if self._inspector.is_attached:
            self._inspector.show_row(self._dataset, self._table.ngram_at(self._grid.cursor))

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save
        from bigram_tui.views import exports

        view = self._grid.view
        if view is None:
            return
        label = view.kind.label
        writers: dict[str, Writer] = {
            ".csv": partial(exports.table_as_csv, view),
            ".json": partial(exports.table_as_json, view),
        }
        if len(view) <= MAX_SVG:
            styles = ramp(self._grid.ramp, self.app.current_theme.dark, view.diverging)
            writers[".svg"] = partial(exports.table_as_svg, view, styles, self._grid.scale)
        name = label.replace(" ", "-").replace("'", "")
        ask_to_save(self.app, say("Export the table: {view}", view=say(label)), name, writers)
