"""The Counts pane: the table as a coloured grid, and an inspector that explains a cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Grid, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import TabbedContent, TabPane

from bigram_tui.lm.model import perplexity
from bigram_tui.lm.settings import SMOOTHING
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.pane import GETTING_READY, WIDE, Pane
from bigram_tui.session.snapshots import Dataset
from bigram_tui.views.grid import FIRST_CELL, SCALES, Cell, GridView
from bigram_tui.views.grid_views import VIEWS
from bigram_tui.views.ramp import ramp
from bigram_tui.views.view import View
from bigram_tui.widgets.bars import Bar, Bars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_looks import ZOOMS
from bigram_tui.widgets.ramp_legend import RampLegend
from bigram_tui.widgets.rendering import Passage, entitle, table
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.dialogs.path import Writer
    from bigram_tui.session.snapshots import Training
    from bigram_tui.why.explanation import Explanation

INSPECTOR_WIDTH = 36
MESSAGE_WIDTH = 60
NARROW_TABLE, TALL_TABLE = 57, 29
"""Columns of the table in a narrow pane, as in the app's style; lines it takes where there are many."""

MAX_SVG = 200
"""Tokens up to which the table can be a picture."""

WORDS_SHOWN = 10
PAUSE = 0.1
"""Seconds the cursor rests before its cell is explained at length: holding a key stays smooth."""

ORDINALS = {1: "most", 2: "second most", 3: "third most", 4: "fourth most", 5: "fifth most"}


class Inspector(TabbedContent):
    """What there is to say about a cell, its row, and the smoothing."""

    def compose(self) -> ComposeResult:
        for pane in (
            TabPane("Cell", VerticalScroll(Passage(id="explanation")), id="cell-tab"),
            TabPane("Row", Bars(id="row", classes="counting"), id="row-tab"),
            TabPane("Smoothing", VerticalScroll(Passage(id="likelihood")), id="smoothing-tab"),
        ):
            self.compose_add_child(pane)
        return super().compose()


@dataclass(frozen=True)
class CountsLook:
    """What of the table is shown and how; the largest cells there is room for, unless a zoom was chosen."""

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
        Binding("e", "export", "Export", tooltip="Save the whole table as CSV, JSON or SVG"),
        Binding("escape", "leave_field", "Leave the field", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view = CountsLook.view
        self._by_probability = False
        self._row_shown = 0
        self._order: Sequence[int] = []
        self._explanation_timer: Timer | None = None
        self._sizes: dict[str, str | None] = {}

    def compose_parts(self) -> ComposeResult:
        with Grid(id="counts-parts"):
            with Vertical(id="table"):
                yield BigramGrid(id="grid")
                yield RampLegend(id="legend")
            with Vertical(id="cell-panel", classes="panel"):
                yield Passage(id="cell")
                yield Setting(SMOOTHING.label, SMOOTHING.read, id="smoothing")
                yield Passage(id="reason")

    def begin(self) -> None:
        self.watch(self._grid, "highlighted", self._inspect_soon, init=False)
        self.follow(self.workspace.dataset, self.show_dataset)
        self.follow(self.workspace.trainer.training, self.show_training)
        self.follow(self.workspace.ramp, self.show_ramp)
        self.follow(self.workspace.ready, self.show_ready)
        self.call_after_refresh(self._add_inspector)

    async def _add_inspector(self) -> None:
        """After the grid was shown, which is quicker there without the tabs and what is in them."""
        if self.is_attached:
            await self.query_one("#counts-parts").mount(Inspector(id="inspector"))
            self._explain(self._grid.highlighted)
            await self.show_likelihood()

    @property
    def has_begun(self) -> bool:
        return super().has_begun and bool(self.query(Inspector))

    @property
    def look(self) -> CountsLook:
        grid = self._grid
        zoom = grid.zoom if grid.zoom_was_chosen else None
        tab = self.query_one(Inspector).active
        return CountsLook(self._view, grid.cursor, grid.scale, zoom, tab, self._by_probability)

    @look.setter
    def look(self, look: CountsLook) -> None:
        grid = self._grid
        grid.scale, grid.zoom_was_chosen = look.scale, look.zoom is not None
        if look.zoom is not None:
            grid.zoom = look.zoom
        self._by_probability = look.by_probability
        self.query_one(Inspector).active = look.tab
        self.choose_view(look.view)
        grid.cursor = look.cursor

    def show_dataset(self, dataset: Dataset) -> None:
        self.query_one("#smoothing", Setting).show(f"{dataset.smoothing:g}")
        self._show_view()
        self.call_next(self.show_likelihood)

    def show_training(self, training: Training) -> None:
        if self._view.needs_network:
            self._show_view()

    def show_ramp(self, ramp: str) -> None:
        self._grid.ramp = ramp

    def show_ready(self, _ready: bool) -> None:
        self.call_next(self.show_likelihood)

    @property
    def _grid(self) -> BigramGrid:
        return self.query_one(BigramGrid)

    @property
    def _dataset(self) -> Dataset:
        return self.workspace.dataset.latest

    def choose_view(self, view: View) -> None:
        self._view = view
        self._show_view()

    def commands(self) -> Iterable[SystemCommand]:
        for view in VIEWS:
            show = partial(self.choose_view, view)
            yield SystemCommand(f"View: {view.label}", f"Show the {view.label} in the grid", show)

    def code(self) -> Notebook:
        from bigram_tui.code.panes import counts_code

        tab = self.query_one("#inspector", TabbedContent).active
        return counts_code(
            self._dataset,
            self.workspace.trainer.training.latest,
            self._view,
            self._grid.highlighted,
            row=(self._row_shown, self._order) if tab == "row-tab" and self._order else None,
            smoothing=tab == "smoothing-tab",
        )

    def _show_view(self) -> None:
        grid = self._grid
        view = VIEWS[self._view](self._dataset, self.workspace.trainer.training.latest)
        grid.show(view)
        entitle(grid, view.title if isinstance(view, GridView) else self._view.label)
        self._choose_zoom()
        self._show_legend()
        self.inspect(grid.highlighted)

    @on(BigramGrid.LooksChanged)
    def _show_legend(self) -> None:
        self.query_one(RampLegend).show(self._grid)
        table = self._grid.size_at(self._grid.zoom).width + 5 if self._grid.view else MESSAGE_WIDTH
        width = min(table, self.room.width - INSPECTOR_WIDTH)
        self._lay_out(columns=f"{width} 1fr" if self.room.width >= WIDE else None)

    def _lay_out(self, **sizes: str | None) -> None:
        """Set columns or rows of the parts if they are others now: Textual draws all again in any case."""
        styles = self.query_one("#counts-parts").styles
        for name, value in sizes.items():
            if self._sizes.get(name) != value:
                self._sizes[name] = value
                setattr(styles, f"grid_{name}", value)

    @on(BigramGrid.ViewWanted)
    def change_view(self, event: BigramGrid.ViewWanted) -> None:
        views = list(VIEWS)
        self.choose_view(views[(views.index(self._view) + event.step) % len(views)])

    def fit(self) -> None:
        super().fit()
        rows = None
        if self.has_class("-low"):
            rows = f"{self.lines_in_sight} 12"
        elif self._is_narrow_and_tall:
            rows = f"{TALL_TABLE} 1fr"
        self._lay_out(rows=rows)
        self._choose_zoom()
        self._show_legend()

    def _choose_zoom(self) -> None:
        """The largest cells that leave the inspector its room, until the user chooses others."""
        grid = self._grid
        if grid.zoom_was_chosen or grid.view is None:
            return
        width, height = self.room.width - INSPECTOR_WIDTH - 5, self.room.height - 5
        if self._is_narrow_and_tall:
            width, height = NARROW_TABLE, TALL_TABLE - 1
        sizes = [grid.size_at(zoom) for zoom in range(len(ZOOMS))]
        grid.zoom = max(
            (z for z, s in enumerate(sizes) if s.width <= width and s.height <= height), default=0
        )

    @property
    def _is_narrow_and_tall(self) -> bool:
        """Whether the inspector is below the table, and there is room for a line for each letter."""
        return self.has_class("-narrow") and self.lines_in_sight >= TALL_TABLE + 8

    def _inspect_soon(self, cell: Cell) -> None:
        """In the frame after the grid's own: the cursor moves at once."""
        self.call_after_refresh(self.inspect, cell)

    def inspect(self, cell: Cell) -> None:
        """Explain a cell with its own numbers, as on a blackboard."""
        dataset = self._dataset
        counts, (i, j) = dataset.counts, cell
        signs, V = counts.vocabulary.signs, len(counts.vocabulary)
        rows = [
            ("count", f"{counts.count(i, j):,}"),
            ("of row", f"{counts.row_totals[i]:,}"),
            ("P", f"{dataset.model.probability(i, j):.4f}"),
            ("in row", f"#{counts.rank_in_row(i, j):,} of {V:,}"),
            ("in table", f"#{counts.rank_in_table(i, j):,} of {V * V:,}"),
        ]
        view = self._grid.view
        if view is not None and view.kind not in (View.COUNTS, View.PROBABILITIES):
            rows.append((min(view.kind.symbol, view.kind.label, key=len), _four_decimals(view, cell)))
        if view is not None and view.kind.should_sum_to_one:
            rows.append(("row sum", f"{sum(view.row(i)):.4f}"))
        entitle(self.query_one("#cell-panel"), f"{signs[i]} → {signs[j]}")
        shown = self.query_one("#cell", Passage)
        content = table(rows)
        width, height = shown.size
        shown.update(content, layout=width > 0 and content.get_height({}, width) > height)
        if self._explanation_timer is not None:
            self._explanation_timer.stop()
        self._explanation_timer = self.set_timer(PAUSE, partial(self._explain, cell))

    def _explain(self, cell: Cell) -> None:
        """What takes longer than a key should: the words with the bigram, and laying out the text."""
        if not self.query(Inspector):
            return
        dataset = self._dataset
        counts, k, (i, j) = dataset.counts, dataset.smoothing, cell
        signs, V = counts.vocabulary.signs, len(counts.vocabulary)
        n, total, P = counts.count(i, j), counts.row_totals[i], dataset.model.probability(i, j)
        current, following = _named(signs, i, "the beginning"), _named(signs, j, "the end")
        P_of = f"P({signs[j]}|{signs[i]})"
        lines = [
            Content(f"{n:,} of the {total:,} times that anything followed {current}, it was {following}."),
            Content.assemble(
                f"{P_of} = ({n:,} + {k:g}) / ({total:,} + {V:,}·{k:g}) = {P:.4f}",
                ("  probability of ", "$muted"),
                following,
                (" after ", "$muted"),
                current,
            ),
            Content(_rank(dataset, cell, current)),
            Content(f"−ln {P_of} = {-math.log(P):.4f} nats = {-math.log2(P):.4f} bits" if P else IMPOSSIBLE),
            self._words(dataset, cell),
        ]
        if k:
            unsmoothed = f"{n:,} / {total:,} = {n / total:.4f}" if total else "0 / 0"
            lines.insert(2, Content.styled(f"without smoothing {unsmoothed}", "$muted"))
        self.query_one("#explanation", Passage).update(Content("\n").join(lines))
        self._show_row(dataset, cell)

    def _words(self, dataset: Dataset, cell: Cell) -> Content:
        """Words of the data that contain the bigram, spread evenly."""
        characters = ("", *dataset.counts.vocabulary.characters)
        corpus = dataset.corpus
        words = corpus.words_with(characters[cell.row], characters[cell.column])
        none, some = "no word of the data contains it", "different words"
        if not corpus.lists_all:
            some = f"of {len(corpus.words):,} words looked at"
            none = f"none {some} contains it"
        if not words:
            return Content.styled(none, "$muted")
        step = max(len(words) / WORDS_SHOWN, 1)
        chosen = [words[int(step * place)] for place in range(min(WORDS_SHOWN, len(words)))]
        shown = Content.styled(f"in {len(words):,} {some}: ", "$muted")
        return shown + Content(" ".join(map(visible, chosen)))

    def _show_row(self, dataset: Dataset, cell: Cell) -> None:
        signs, row = dataset.counts.vocabulary.signs, dataset.model.cells(cell.row)
        order = sorted(range(len(row)), key=lambda j: -row[j]) if self._by_probability else range(len(row))
        self._row_shown, self._order = cell.row, order
        self.query_one("#row", Bars).show(
            [Bar(signs[j], row[j], f"{row[j]:.4f}", marked=j == cell.column) for j in order]
        )

    @on(TabbedContent.TabActivated, pane="#smoothing-tab")
    async def show_likelihood(self) -> None:
        """What is behind the Smoothing tab, once it is opened and what computes and draws it is loaded."""
        if all(inspector.active != "smoothing-tab" for inspector in self.query(Inspector)):
            return
        if not self.workspace.ready.latest:
            self.query_one("#likelihood", Passage).update(Content.styled(GETTING_READY, "$muted"))
            return
        from bigram_tui.widgets.smoothing_curve import SmoothingCurve

        place = self.query_one("#smoothing-tab VerticalScroll")
        if not place.query(SmoothingCurve):
            await place.mount(SmoothingCurve(id="curve"))
        place.query_one(SmoothingCurve).show(self._dataset.counts, self._dataset.smoothing)
        self._show_figures(self._dataset)

    def _show_figures(self, dataset: Dataset) -> None:
        counts, k = dataset.counts, dataset.smoothing
        nll, V = counts.nll(k), len(counts.vocabulary)
        unseen = V * V - len(counts.pairs)
        rows = [
            ("mean nll", f"{nll:.6f} nats over {counts.total:,} bigrams"),
            ("sum", f"{counts.nll_sum(k):,.4f} nats"),
            ("perplexity", f"{perplexity(nll):.4f}"),
            ("knowing nothing", f"{counts.uniform_nll:.6f} nats"),
        ]
        if k:
            about = f"with smoothing 0 it is {counts.nll(0):.6f}, the lowest there is"
        else:
            about = (
                f"{unseen:,} of the {V * V:,} bigrams never occur: with smoothing 0 their P is 0, and a word "
                "that contains one has likelihood 0, which is an infinite nll"
            )
        self.query_one("#likelihood", Passage).update(table(rows) + Content.styled(f"\n{about}", "$muted"))

    @on(Setting.Changed, "#smoothing")
    def change_smoothing(self, event: Setting.Changed) -> None:
        self.workspace.set_smoothing(SMOOTHING.read(event.text))

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.show_reason("#reason", event.reason)

    def action_smoothing(self) -> None:
        self.query_one("#smoothing Input").focus()

    def action_leave_field(self) -> None:
        self._grid.focus()

    def action_sort(self) -> None:
        self._by_probability = not self._by_probability
        if self.query(Inspector):
            self._show_row(self._dataset, self._grid.cursor)

    def why(self) -> Explanation | str:
        from bigram_tui.why import counts
        from bigram_tui.why.probability import probability

        inspector, dataset = self.query_one("#inspector", TabbedContent), self._dataset
        signs, (i, j) = dataset.counts.vocabulary.signs, self._grid.highlighted
        tab = inspector.active if self.focused and inspector in self.focused.ancestors else ""
        if tab == "smoothing-tab":
            return counts.data_likelihood(dataset)
        if tab == "row-tab":
            i, j = self._row_shown, self._order[self.query_one("#row", Bars).highlighted or 0]
            return probability(dataset.model, signs, i, j, f"{dataset.model.probability(i, j):.4f}")
        if self._view is View.COUNTS:
            return counts.count(dataset, i, j)
        if self._view is View.PROBABILITIES:
            return probability(dataset.model, signs, i, j, f"{dataset.model.probability(i, j):.4f}")
        if self._view is View.WITHOUT_KEEPDIM and self._grid.view is not None:
            return counts.without_keepdim(
                dataset, i, j, _four_decimals(self._grid.view, self._grid.highlighted)
            )
        trainer = self.workspace.trainer
        if trainer.training.latest.running:
            trainer.pause()
        view = VIEWS[self._view](dataset, trainer.training.latest)
        if isinstance(view, str):
            return view
        from bigram_tui.why import training

        shown = _four_decimals(view, self._grid.highlighted)
        return training.cell(
            dataset, trainer.training.latest, view, self._grid.highlighted, shown, trainer.leading_here
        )

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import saving
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
        self.app.push_screen(saving(f"the table: {label}", name, writers), self._tell_saved)

    def _tell_saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {visible(str(path))}", markup=False)


IMPOSSIBLE = (
    "−ln 0 is infinite: it never occurred and smoothing is 0, so a word with it has likelihood 0. "
    "Smoothing above 0 gives it a chance."
)


def _four_decimals(view: GridView, cell: Cell) -> str:
    """A value of a view, as the inspector shows it."""
    return f"{float(view.row(cell.row)[cell.column]):.4f}"


def _named(signs: tuple[str, ...], token: int, boundary: str) -> str:
    return signs[token] if token else boundary


def _rank(dataset: Dataset, cell: Cell, current: str) -> str:
    """“second most frequent after n (first: the end)”."""
    counts, (i, j) = dataset.counts, cell
    row, rank = counts.cells(i), counts.rank_in_row(i, j)
    first = _named(counts.vocabulary.signs, row.index(max(row)), "the end")
    if rank == 1:
        return f"the most frequent after {current}"
    if rank in ORDINALS:
        return f"{ORDINALS[rank]} frequent after {current} (first: {first})"
    return f"number {rank} of what follows {current} (first: {first})"
