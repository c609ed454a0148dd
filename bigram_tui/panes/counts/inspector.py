"""The explanation of a cell: briefly beside the grid, and at length in tabs."""

from collections.abc import Sequence
from itertools import chain

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import TabPane

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.settings import ADD_K, SMOOTHERS, SMOOTHING
from bigram_tui.panes.pane import GETTING_READY
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import Phrase, say
from bigram_tui.views.grid import Cell, GridView
from bigram_tui.views.numbers import number
from bigram_tui.views.view import View
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.bars import Bar, Bars
from bigram_tui.widgets.prose import Flowing
from bigram_tui.widgets.rendering import Passage, entitle, line_of, table
from bigram_tui.widgets.setting import Setting
from bigram_tui.widgets.tabbed import Tabbed


class CellPanel(Vertical):
    """A cell with its numbers, and the smoothing that they are computed with."""

    DEFAULT_CSS = """
    CellPanel {
        height: 1fr;
        #cell { height: auto; min-height: 7; text-wrap: nowrap; text-overflow: ellipsis; }
        #smoother { display: none; height: auto; }
        #words { height: 1fr; margin-top: 1; }
        Setting Label { width: 12; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Passage(id="cell")
        yield Passage(id="smoother")
        yield Setting(SMOOTHING.label, SMOOTHING.read, id="smoothing")
        yield Passage(id="words")

    def show(self, dataset: Dataset, view: GridView | None, cell: Cell) -> None:
        counts, (i, j) = dataset.counts, cell
        signs, V = counts.vocabulary.signs, len(counts.vocabulary)
        of_table = len(counts.states) * V
        ranks = counts.rank_in_row(i, j), counts.rank_in_table(i, j)
        rows = [
            (say("count"), f"{counts.count(i, j):,}"),
            (say("of row"), f"{counts.row_totals[i]:,}"),
            (say("probability"), number(dataset.model.probability(i, j))),
            (say("in row"), say("#{rank:,} of {n:,}", rank=ranks[0], n=V)),
            (say("in table"), say("#{rank:,} of {n:,}", rank=ranks[1], n=of_table)),
        ]
        if view is not None and view.kind not in (View.COUNTS, View.PROBABILITIES):
            label = min(view.kind.symbol, say(view.kind.label), key=cell_len)
            rows.append((label, number(view.value(*cell))))
        if view is not None and view.kind.should_sum_to_one:
            rows.append((say("row sum"), number(sum(view.cells(i, slice(None))))))
        before = counts.vocabulary.show(tokens_of(i, V, counts.context))
        entitle(self, f"{before} → {signs[j]}".lstrip())
        shown = self.query_one("#cell", Passage)
        (width, height), content = shown.size, table(rows, gap=1)
        for place, rank in enumerate(ranks, 3):  # how many there are can be left out
            if 0 < width < cell_len(content.plain.split("\n")[place]):
                rows[place] = (rows[place][0], f"#{rank:,}")
                content = table(rows, gap=1)
        if 0 < width < max(map(cell_len, content.plain.split("\n"))):
            rows[2] = ("P", rows[2][1])  # the longest label
            content = table(rows, gap=1)
        shown.update(content, layout=width > 0 and content.get_height({}, width) > height)

    def show_words(self, dataset: Dataset, cell: Cell) -> None:
        """Show as many words that contain the bigram as fit, or else the beginning of the first."""
        from bigram_tui.why import brief

        shown, (head, words) = self.query_one("#words", Passage), brief.words(dataset, cell)
        width, height = shown.size

        def content(some: str) -> Content:
            return Content.assemble((head, "$muted"), some)

        def fits(some: str) -> bool:  # to lay out a word of a million letters would take a second
            return len(some) <= width * height and content(some).get_height({}, max(width, 1)) <= height

        whole = (" ".join(words[:n]) for n in range(len(words), 0, -1))
        cut = (f"{word[:n]}…" for word in words[:1] for n in range(width * height - 1, 0, -1))
        shown.update(content(next(filter(fits, chain(whole, cut)), "")), layout=False)

    def show_smoothing(self, dataset: Dataset) -> None:
        """Show the k of add-k, and the smoother unless it is the default for bigrams."""
        self.query_one(Setting).show(f"{dataset.smoothing:g}")
        is_add_k, smoother = dataset.smoother == ADD_K, self.query_one("#smoother", Passage)
        self.query_one(Setting).display = is_add_k
        smoother.display = not is_add_k or dataset.counts.context != 1
        name = SMOOTHERS[dataset.smoother]
        smoother.update(Content.assemble((say("K smoother "), "$muted"), name))

    def edit_smoothing(self) -> None:
        self.screen.set_focus(self.query_one("#smoothing Input"))


class Inspector(Tabbed):
    """Tabs with the cell, its row, and the smoothing."""

    DEFAULT_CSS = """
    Inspector {
        Bars { height: 1fr; }
        #explanation, #likelihood { height: auto; }
        #row-below { display: none; margin-top: 1; }
        &.-roomy {
            #cell-tab VerticalScroll { height: auto; max-height: 50%; }
            #row-below { display: block; }
        }
        SmoothingCurve { height: 14; }
    }
    """

    TITLES = {"cell-tab": Phrase("Cell"), "row-tab": Phrase("Row"), "smoothing-tab": Phrase("Smoothing")}
    by_probability = False
    """Whether the bars of the row are sorted by probability."""

    _row_shown = 0
    _order: Sequence[int] = ()

    def compose(self) -> ComposeResult:
        for pane in (
            TabPane(
                "",
                VerticalScroll(Flowing(Content(), id="explanation")),
                Bars(id="row-below", classes="counting"),
                id="cell-tab",
            ),
            TabPane("", Bars(id="row", classes="counting"), id="row-tab"),
            TabPane("", VerticalScroll(Flowing(Content(), id="likelihood")), id="smoothing-tab"),
        ):
            self.compose_add_child(pane)
        return super().compose()

    @property
    def order(self) -> Sequence[int] | None:
        """The order of the row's bars, or None unless the row's tab is open."""
        return self._order if self.active == "row-tab" and self._order else None

    def explain(self, dataset: Dataset, training: Training, view: View, cell: Cell) -> None:
        """Update the text about the cell, whose layout is too slow for every key press."""
        from bigram_tui.why import brief

        lines = map(line_of, brief.cell(dataset, training, view, cell))
        self.query_one("#explanation", Flowing).update(Content("\n").join(lines))
        self.show_row(dataset, cell)

    def show_row(self, dataset: Dataset, cell: Cell) -> None:
        signs, row = dataset.counts.vocabulary.signs, dataset.model.cells(cell.row)
        order = sorted(range(len(row)), key=lambda j: -row[j]) if self.by_probability else range(len(row))
        self._row_shown, self._order = cell.row, order
        shown = [Bar(signs[j], row[j], number(row[j]), marked=j == cell.column) for j in order]
        for bars in self.query(Bars):
            bars.show(shown)

    async def show_likelihood(self, dataset: Dataset, ready: bool) -> None:
        """Update the Smoothing tab, if it is open; what computes and draws it is loaded on first use."""
        if self.active != "smoothing-tab":
            return
        likelihood = self.query_one("#likelihood", Flowing)
        if not ready:
            likelihood.update(Content.styled(say(GETTING_READY), "$muted"))
            return
        from bigram_tui.why import brief
        from bigram_tui.widgets.smoothing_curve import SmoothingCurve

        place = self.query_one("#smoothing-tab VerticalScroll")
        if not place.query(SmoothingCurve):
            await place.mount(SmoothingCurve(id="curve"))
        curve = place.query_one(SmoothingCurve)
        curve.display = dataset.smoother == ADD_K
        if curve.display:
            curve.show(dataset.counts, dataset.dev, dataset.smoothing)
        rows, about = brief.likelihood(dataset)
        likelihood.update(table(rows) + Content.styled(f"\n{about}", "$muted"))

    def why(self, dataset: Dataset) -> Explanation | None:
        """Explain the bar under the cursor, or the likelihood of the data; None if the grid is to explain."""
        from bigram_tui.why import counts
        from bigram_tui.why.probability import probability

        if self.active == "smoothing-tab":
            return counts.data_likelihood(dataset)
        focused = self.screen.focused
        bars = self.query_one("#row", Bars) if self.active == "row-tab" else focused
        if not isinstance(bars, Bars):
            return None
        return probability(dataset.model, self._row_shown, self._order[bars.highlighted or 0])
