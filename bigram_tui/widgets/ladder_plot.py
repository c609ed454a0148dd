"""The ladder: how the losses on train and dev fall with the context length, until that on dev rises.

Importing textual-plot takes 0.4 s: import this module well after the first frame.
"""

import math
from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len
from textual.content import Content

from bigram_tui.lm.settings import SMOOTHERS
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.texts import Phrase, say
from bigram_tui.views import scale
from bigram_tui.views.numbers import number
from bigram_tui.views.published import Published
from bigram_tui.widgets.plot import Plot

NOTHING = -1
"""The position of “knowing nothing”, before the empty context."""

NAMED = {0: Phrase("letters alone"), 1: Phrase("bigrams")}
"""The usual names of models with these context lengths."""


class LadderPlot(Plot, can_focus=False):
    """Loss by context length: a line on dev for each smoother, and a line on train for the selected one.

    Dev is a solid line, train a broken one; the selected smoother has a stronger colour.
    """

    _shown: tuple[Comparison, str, tuple[Published, ...]] | None = None
    _cursor: tuple[int, int | None] = 0, None

    def show(
        self,
        comparison: Comparison,
        smoother: str,
        context: int,
        in_use: int | None,
        published: tuple[Published, ...],
    ) -> None:
        """Show the results so far, with this smoother selected and the cursor at this context."""
        shown, cursor = self._shown, self._cursor
        self._shown, self._cursor = (comparison, smoother, published), (context, in_use)
        if shown is None or (shown[0].rows, *shown[1:]) != (comparison.rows, smoother, published):
            self.paint()
        elif cursor != self._cursor:
            self.move_cursor()

    def paint(self) -> None:
        if self._shown is None:
            return
        comparison, smoother, published = self._shown
        evaluation, rows = comparison.evaluation, comparison.rows
        if evaluation is None:
            return
        nothing = math.log(evaluation.ladder.V)
        longest = evaluation.ladder.context
        losses = [loss for row in rows.values() for loss in _known(row.train, row.dev)]
        bottom = min(losses, default=nothing)
        with self.app.batch_update():
            self.clear()
            names = [(one.dev, f"◇ {one.name} {one.dev:g}", self.colour("network")) for one in published]
            for each in SMOOTHERS:
                names += self._names_of(comparison, each, is_chosen=each == smoother)
            widest = max((cell_len(name) for _, name, _ in names), default=0)
            up = scale.of_rows(bottom, nothing, self.room.height, scale.even)
            self.set_scales(self._contexts(longest, widest), up)
            for each in sorted(SMOOTHERS, key=lambda each: each == smoother):
                colour = self.colour("counting" if each == smoother else "counting-line")
                for part, paint in (("train", self.dashes), ("dev", self.curve)):
                    points = _points(comparison, each, part)
                    if points:
                        x, y = np.array([(NOTHING, nothing), *points]).T
                        paint(x, y, colour)
            self._list(names, longest)
            self._mark_rows(comparison, smoother, published, nothing)

    def _contexts(self, longest: int, widest: int) -> scale.Scale:
        """The x-axis, with a tick for each context and room for names after the last one."""
        low = NOTHING - 0.3
        columns = self.room.width
        share = max(columns - widest - 3, 0.4 * columns) / columns
        ticks = range(longest + 1)
        return scale.Scale(low, low + (longest - low) / share, ticks, list(map(str, ticks)))

    def _names_of(
        self, comparison: Comparison, smoother: str, is_chosen: bool
    ) -> Iterator[tuple[float, str, str]]:
        """The names to write at the ends of a smoother's lines, each with its height and colour."""
        best, colour = comparison.best, self.colour("counting" if is_chosen else "muted")
        is_best = best is not None and best.smoother == smoother
        names = {"dev" if comparison.has_dev else "train": ("◆ " if is_best else "") + SMOOTHERS[smoother]}
        if is_chosen and comparison.has_dev:
            names["train"] = say("train")
        for part, name in names.items():
            if points := _points(comparison, smoother, part):
                yield points[-1][1], f"{name} {number(points[-1][1], 3)}", colour

    def _list(self, names: list[tuple[float, str, str]], longest: int) -> None:
        """Write a name at the end of each line, one per row, as close to its height as possible."""
        names.sort(reverse=True)
        column, (columns, rows) = self._cell(longest, 0)[0] + 2, self.room
        places: list[int] = []
        for y, _, _ in names:
            places.append(max(self._cell(longest, y)[1], places[-1] + 1 if places else 1))
        for back, (_, name, colour) in enumerate(reversed(names)):
            row = min(places[-1 - back], rows - back)
            if row >= 1:
                fitting = Content(name).truncate(columns + 1 - column, ellipsis=True)
                self._names.append((column, row, fitting.plain, colour))
        if names:  # also between them, the name of a point would look like one of these
            lines = range(row, min(places[-1], rows) + 1)
            self._taken |= {(x, y) for y in lines for x in range(column - 1, columns + 1)}

    def _mark_rows(
        self,
        comparison: Comparison,
        smoother: str,
        published: tuple[Published, ...],
        nothing: float,
    ) -> None:
        """Mark published results, the simplest models and the lowest row."""
        rows, best = comparison.rows, comparison.best
        for one in published:
            if one.context <= max(context for _, context in rows):
                self.mark(one.context, one.dev, "◇", self.colour("network"))
        self._label(NOTHING, nothing, say("knowing nothing"), self.colour("uniform"))
        for place, name in NAMED.items():
            row = rows.get((smoother, place))
            for loss in _known(row.train if row.dev is None else row.dev) if row else ():
                self._label(place, loss, say(name), self.colour("counting"))
        if best and best.dev is not None:
            self.mark(best.context, best.dev, "◆", self.colour("counting"))

    def mark_cursor(self) -> None:
        """Mark the context under the cursor and the one in use."""
        if self._shown is not None:
            comparison, smoother, _ = self._shown
            for context, sign in zip(self._cursor, "○●", strict=True):
                if context is not None and (row := comparison.rows.get((smoother, context))):
                    for loss in _known(row.train, row.dev):
                        self.mark(context, loss, sign, self.colour("text-accent"))

    def _label(self, x: float, y: float, name: str, colour: str) -> None:
        """Mark a point, labelled with its name and loss."""
        self.mark(x, y, "•", colour)
        self.name_point(x, y, f"{name} {number(y, 3)}", colour)


def _points(comparison: Comparison, smoother: str, part: str) -> list[tuple[int, float]]:
    """The finite losses of a smoother on a part, by context length."""
    rows = (row for row in comparison.rows.values() if row.smoother == smoother)
    return sorted((row.context, loss) for row in rows for loss in _known(getattr(row, part)))


def _known(*losses: float | None) -> list[float]:
    """The losses that can be plotted: without smoothing, an unseen n-gram makes the loss infinite."""
    return [loss for loss in losses if loss is not None and math.isfinite(loss)]
