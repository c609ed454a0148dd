"""The ladder of losses by context length, and where it leads in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bigram_tui.lm.settings import ADD_K, SMOOTHERS
from bigram_tui.panes.pane import GETTING_READY
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.texts import say
from bigram_tui.views.numbers import number
from bigram_tui.views.published import Published, published
from bigram_tui.widgets.progress_line import ProgressLine
from bigram_tui.widgets.prose import Flowing
from bigram_tui.widgets.rendering import Passage, entitle

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row


class LadderPanel(Vertical):
    """The plot, or a message until it can be drawn."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    LadderPanel {
        #instead { height: 1fr; color: $muted; content-align: center middle; text-align: center; }
        LadderPlot { height: 1fr; display: none; }
        Flowing { height: auto; max-height: 3; color: $muted; display: none; }
        &.-roomy Flowing { display: block; }
        ProgressLine { display: none; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Passage(say(GETTING_READY), id="instead")
        yield Flowing(Content(""))
        yield ProgressLine()

    async def add_plot(self) -> None:
        from bigram_tui.widgets.ladder_plot import LadderPlot

        await self.mount(LadderPlot(id="ladder"), before=0)

    def show(self, comparison: Comparison, smoother: str, context: int, in_use: int | None) -> None:
        """Highlight the line of this smoother, and mark the context under the cursor and the one in use."""
        progress = self.query_one(ProgressLine)
        progress.display = comparison.progress is not None
        if comparison.progress is not None:
            progress.show(comparison.progress)
        of_others = published_for(comparison)
        key = ""
        if comparison.rows:
            key = say("solid dev, broken train") if comparison.has_dev else say("on train: there is no dev")
        key += say(" · ◇ the lecture's parts 2–5, same split") if of_others else ""
        entitle(self, say("Loss by length of the context, in nats per token"), key)
        plots = self.query("LadderPlot")
        has_rows = bool(comparison.rows)
        for plot in plots:
            plot.display = has_rows
            if has_rows:
                plot.show(comparison, smoother, context, in_use, of_others)  # type: ignore[attr-defined]
        instead = self.query_one("#instead", Passage)
        instead.display = not (plots and has_rows)
        if plots:
            instead.update(Content(comparison.problem or say("Counting train, dev and test …")))
        self.query_one(Flowing).update(Content(_said(comparison, smoother)))


def published_for(comparison: Comparison) -> tuple[Published, ...]:
    """Published results for the same split."""
    parts = comparison.parts
    if parts is None:
        return ()
    return published(parts.words, [part.total for part in parts.ngrams], parts.also_in_train)


def _said(comparison: Comparison, smoother: str) -> str:
    """Where the line of a smoother leads, and why."""
    if comparison.problem and comparison.rows:
        return comparison.problem
    rows = {row.context: row for row in comparison.rows.values() if row.smoother == smoother}
    if any(row.dev == math.inf for row in rows.values()):
        return say(
            "Without smoothing, what train never had is impossible, and the loss on dev infinite: T tunes k."
        )
    if comparison.rows and not comparison.has_dev:
        return say("Nothing is held out as dev in this split, and train alone cannot tell the best context.")
    known = [row for row in rows.values() if row.dev is not None]
    if comparison.evaluation is None or len(known) <= comparison.evaluation.ladder.context:
        return ""  # the best one may still be to come
    best = min(known, key=lambda row: row.dev or 0.0)
    said = say(
        "{smoother}: on dev the best context is {n}, with {nats} nats.",
        smoother=SMOOTHERS[smoother],
        n=best.context,
        nats=number(best.dev or 0.0),
    )
    return say("{sentence} {next_one}", sentence=said, next_one=_beyond(best, rows))


def _beyond(best: Row, rows: dict[int, Row]) -> str:
    """What happens with longer contexts than the best one."""
    last = rows[max(rows)]
    if best is last:
        if best.smoother == ADD_K:
            return say("Longer ones are not compared.")
        return say("Shorter contexts help out wherever a longer one was rarely seen, so it does no harm.")
    if last.train < best.train:
        return say(
            "Beyond it train keeps falling while dev rises: the model memorizes what it has seen, which new "
            "words do not repeat."
        )
    return say(
        "Beyond it even train gets worse: most longer contexts were seen so rarely that k outweighs what "
        "was counted."
    )
