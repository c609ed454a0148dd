"""The name so far, or a typed name to score; while many are drawn, their progress."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from bigram_tui.lm.model import perplexity
from bigram_tui.lm.vocabulary import normalize, visible
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.session.models import KINDS, UNIFORM
from bigram_tui.session.snapshots.generation import DrawingProgress, NameSoFar
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number, percent
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.name_so_far import Letter, NameSoFarDisplay, SpelledName
from bigram_tui.widgets.progress_line import progress_bar
from bigram_tui.widgets.rendering import BORDER, Passage, entitle, fitting

HINT = Phrase("space draws the first character, n a whole name, t scores one that you type")


class NamePanel(Vertical):
    """The name in large letters, each with its probability; several names while models are compared."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    NamePanel {
        height: auto;
        #typed { display: none; background: $field; padding: 0; }
        #many { display: none; height: 5; padding: 1 0; }
    }
    """

    @dataclass
    class Typed(Message):
        """The text in the field changed."""

        name: str

    def compose(self) -> ComposeResult:
        yield Field(id="typed", enter=Phrase("Done"), compact=True)
        yield NameSoFarDisplay(id="name")
        with Vertical(id="many"):
            yield Passage(id="many-text")
            yield Passage(id="many-bar")

    def show(self, shown: Shown) -> None:
        generation, typing = shown.generation, shown.typed is not None
        self.query_one("#typed").display = typing
        self._show_progress(generation.progress)
        hint = say(HINT) if not typing else shown.scored if isinstance(shown.scored, str) else ""
        names = [_spelled(lane, shown) for lane in shown.lanes]
        self.query_one(NameSoFarDisplay).show(names, hint)
        if typing and not self.text and shown.typed:
            title = say("A name to score, for example {name}", name=visible(shown.typed))
        elif typing:
            title = say("A name to score")
        else:
            title = say("Names so far") if generation.comparing else say("Name so far")
        titles = [title]
        if shown.pace is not None:
            titles.append(
                title + say(" · {pace:g} a second, r pauses, + and - change the speed", pace=shown.pace)
            )
        elif len(names) == 1 and any(letter.surprising for letter in names[0].letters):
            titles.append(title + say(" · ! is less likely than 1 in {V:,}", V=len(shown.signs)))
        if any(name.context for name in names):
            titles.append(titles[-1] + say(" · the context is underlined"))
        room = self.size.width - BORDER
        figures = _figures(shown) if typing or not generation.comparing else ("",)
        entitle(self, fitting(room, *reversed(titles)), fitting(room, *figures))

    def _show_progress(self, progress: DrawingProgress | None) -> None:
        self.query_one("#many").display = progress is not None
        self.query_one("#name").display = progress is None
        if progress is not None:
            text = say("{n:,} of {all:,} names drawn. escape stops it.", n=progress.done, all=progress.count)
            if progress.passed_over:
                text = say(
                    "{n:,} of {all:,} names drawn, {over:,} in a row skipped. escape stops it.",
                    n=progress.done,
                    all=progress.count,
                    over=progress.passed_over,
                )
            self.query_one("#many-text", Passage).update(text, layout=False)
            bar, share = self.query_one("#many-bar", Passage), progress.done / progress.count
            width = max(self.size.width - len("100%") - 1, 1)
            bar.update(progress_bar(share, width) + Content(f" {share:.0%}"), layout=False)

    @property
    def text(self) -> str:
        return normalize(self.query_one(Input).value)

    def begin_typing(self) -> None:
        self.screen.set_focus(self.query_one(Input))

    @on(Input.Changed)
    def tell_typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(normalize(event.value)))

    @on(Input.Submitted)
    def tell_left(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(Field.Left())

    def why(self, shown: Shown) -> Explanation | str:
        from bigram_tui.why import drawing

        if not shown.lane.tokens:
            wrong = shown.scored if shown.typed is not None else ""
            if wrong:
                return say("{wrong}.", wrong=wrong)
            return say("There is no name yet. Press space to draw its first character.")
        if shown.typed is None:
            what = say("the name so far")
        else:
            what = visible(shown.typed) or say("the empty name")
        figures, beside = shown.figures, []
        if figures is not None and shown.typed:
            beside = drawing.near(shown.typed, figures.nearest)
        if figures is not None and figures.less_likely is not None:
            beside.append(drawing.standing(figures.less_likely, len(shown.dataset.corpus.words)))
        return drawing.likelihood(shown.model, shown.lane, what, beside)


def _spelled(lane: NameSoFar, shown: Shown) -> SpelledName:
    signs = shown.signs
    equally_likely = (1 - 1e-9) / len(signs)
    letters = [
        Letter(signs[t.draw.token], t.probability, t.probability < equally_likely, t.chosen)
        for t in lane.tokens
    ]
    kind = KINDS[lane.model]
    is_marked = shown.dataset.counts.context > 1 and kind.key != UNIFORM.key
    context = shown.context_of(lane) if is_marked else range(0)
    return SpelledName(kind.label, kind.colour, signs[0], letters, context)


def _figures(shown: Shown) -> tuple[str, ...]:
    """The likelihood of the name, as text, at length and more and more briefly."""
    lane, figures = shown.lane, shown.figures
    if not lane.tokens:
        return ("",)
    found = {"nll": number(lane.nll), "perplexity": number(perplexity(lane.nll), 2)}
    brief = say("nll {nll} nats", **found)
    if figures is None or figures.less_likely is None:
        if shown.model.context == 1:
            said = say("nll {nll} nats per bigram · perplexity {perplexity}", **found)
        else:
            said = say("nll {nll} nats per token · perplexity {perplexity}", **found)
        return said + say(" · lower is likelier"), said, brief
    corpus = shown.dataset.corpus
    words = say("the words") if corpus.lists_all else say("{n:,} of the words", n=len(corpus.words))
    found |= {"part": percent(figures.less_likely), "words": words}
    return (
        say("nll {nll} nats · perplexity {perplexity} · likelier than {part} of {words}", **found),
        say("nll {nll} nats · likelier than {part} of {words}", **found),
        brief,
    )
