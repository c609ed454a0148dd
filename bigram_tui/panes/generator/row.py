"""The row of P that a character is drawn from: as bars, and as intervals on a line with u."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.sampling import cumulative
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.smoothing import InterpolatedModel
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.session.models import KINDS
from bigram_tui.session.snapshots.generation import NameSoFar
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number
from bigram_tui.why.explanation import Explanation
from bigram_tui.why.models import called, given, of_context
from bigram_tui.widgets.bars import Bar, ChoosableBars, LengthLegend
from bigram_tui.widgets.probability_line import ProbabilityLine, Stretches
from bigram_tui.widgets.rendering import BORDER, Passage, entitle, fitting

NO_U = Phrase(
    "torch.multinomial draws in its own way and shows no u. What it draws depends on the torch build."
)


@dataclass(frozen=True)
class BarsLook:
    """The order of the bars, and whether they show P or its cumulative sum."""

    by_probability: bool = False
    cumulative: bool = False


class RowPanel(Vertical):
    """The row that the last token was drawn from, or the row for the next token: while the user chooses,
    before the first draw, and if the model would no longer draw that token."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    RowPanel {
        height: 1fr;
        #about-row { display: none; height: auto; color: $muted; margin-bottom: 1; }
        #about-row.-problem { color: $text-warning; }
        #bars { height: 1fr; }
    }
    """

    @dataclass
    class Begun(Message):
        """The user began to choose a token."""

    @dataclass
    class Chosen(Message):
        """The user chose the next token."""

        token: int

    def __init__(self) -> None:
        super().__init__()
        self.look = BarsLook()
        self.choosing = False
        """Whether the user is choosing a token."""

        self._order: Sequence[int] = ()

    def compose(self) -> ComposeResult:
        yield Passage(id="about-row")
        yield ProbabilityLine(id="line")
        yield LengthLegend()
        yield ChoosableBars(id="bars")

    @property
    def bars(self) -> ChoosableBars:
        """The part with the most important keys."""
        return self.query_one(ChoosableBars)

    def show(self, shown: Shown) -> None:
        last, previous = shown.row_of(shown.lane)
        hit = last.draw.token if last else None
        row = shown.model.row(previous)
        tokens = np.argsort(-row, kind="stable") if self.look.by_probability else np.arange(len(row))
        self._order = tokens.tolist()
        values = np.cumsum(row[tokens]).tolist() if self.look.cumulative else row[tokens].tolist()
        parts = self._parts(shown.model, previous)
        self.query_one(LengthLegend).show(len(parts[0]))
        self.bars.set_classes(shown.kind.colour)
        self.bars.show(
            [
                Bar(shown.signs[j], float(row[j]), number(value), j == hit, part)
                for j, value, part in zip(self._order, values, parts, strict=True)
            ]
        )
        self._show_line(shown)
        after = say("After {x}", x=given(shown.model, previous)) if previous else say("At the start")
        if not shown.model.context:
            after = say("After anything")
        whats = (say("choose, enter takes it"),) if self.choosing else self._called(shown)
        order = say("by probability") if self.look.by_probability else say("by alphabet")
        numbers_are = say("running sum of P") if self.look.cumulative else say("probability P")
        about = say("{numbers}, {order}", numbers=numbers_are, order=order)
        titles = [say("{after}: {what}", after=after, what=what) for what in whats]
        entitle(self, fitting(self.outer_size.width - BORDER, *titles) if self.size else titles[0], about)

    def _called(self, shown: Shown) -> tuple[str, str]:
        """The description of the model, and its name where there is less room; the context in use is in the
        header."""
        return called(shown.model).replace(of_context(shown.model), ""), shown.kind.label

    def _parts(self, model: LanguageModel, state: int) -> Sequence[Sequence[float]]:
        """What each context length adds to the probability of each bar, if the model interpolates."""
        if not isinstance(model, InterpolatedModel):
            return [()] * len(self._order)
        parts: list[list[float]] = model.parts(state)[:, self._order].T.tolist()
        return parts

    def _show_line(self, shown: Shown) -> None:
        """Show the line for each model with u, or a message why there is none."""
        generation = shown.generation
        alone = self.choosing or shown.typed is not None
        lanes = (shown.lane,) if alone else shown.lanes
        text, rows = generation.problem, []
        if text is None and generation.method != METHODS[0] and not alone:
            text = say(NO_U)
        if text is None:
            try:
                rows = [self._stretches(lane, shown) for lane in lanes]
            except UndrawableRowError as error:
                text = say(error.phrase, **error.gaps)
        about, line = self.query_one("#about-row", Passage), self.query_one(ProbabilityLine)
        about.display, line.display = text is not None, bool(rows)
        about.set_class(generation.problem is not None, "-problem")
        if text is not None:
            about.update(Content(text))
        if rows:
            last, _ = shown.row_of(shown.lane)
            line.show(rows, last.draw.u if last else None)

    def _stretches(self, lane: NameSoFar, shown: Shown) -> Stretches:
        last, previous = shown.row_of(lane)
        ends = cumulative(shown.model_named(lane.model).row_for_drawing(previous))
        hit, kind = last.draw.token if last else None, KINDS[lane.model]
        after = given(shown.model_named(lane.model), previous)
        label = f"{kind.label} {after}→" if after else kind.label
        return Stretches(label, kind.colour, shown.signs, ends, hit)

    def on_choosable_bars_begun(self, event: ChoosableBars.Begun) -> None:
        event.stop()
        self.choosing = True
        self.post_message(self.Begun())

    @property
    def is_at_rest(self) -> bool:
        """Whether the bars have the focus, and no bar is selected."""
        return self.bars.has_focus and self.bars.cursor is None

    def end_choosing(self) -> None:
        self.choosing, self.bars.cursor = False, None

    def on_choosable_bars_chosen(self, event: ChoosableBars.Chosen) -> None:
        event.stop()
        self.post_message(self.Chosen(self._order[event.index]))

    def explained(self, shown: Shown) -> tuple[int, int] | str:
        """The context and token to explain: the bar under the cursor, the drawn one, or the longest."""
        last, previous = shown.row_of(shown.lane)
        row = shown.model.row(previous)
        if not row.any() or np.isnan(row).any():
            return say(
                "No character can follow here. Smoothing above 0, or fewer steps of training, would help."
            )
        if self.bars.cursor is not None:
            return previous, self._order[self.bars.cursor]
        return previous, last.draw.token if last else int(row.argmax())

    def why(self, shown: Shown) -> Explanation | str:
        """Explain the probability of a bar, and if it was drawn, why."""
        from bigram_tui.why import drawing
        from bigram_tui.why.probability import probability

        bar = shown.generation.problem or self.explained(shown)
        if isinstance(bar, str):
            return bar
        (previous, token), model = bar, shown.model
        if self.look.cumulative:
            return drawing.running_sum(model, previous, self._order, self._order.index(token))
        last, _ = shown.row_of(shown.lane)
        if last:
            return drawing.drawn(model, last)
        return probability(model, previous, token)
