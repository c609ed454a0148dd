"""The drawn names, the word nearest to the one under the cursor, and statistics of the session."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bigram_tui.lm.drawn import Tally
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.panes.generator.totals import SessionFigures
from bigram_tui.session.snapshots.generation import drawn_from
from bigram_tui.texts import say
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.names_table import ROOMY, NamesTable
from bigram_tui.widgets.rendering import Passage, entitle, fitting

TALL = 34
"""With at least this many lines there is room for all statistics of the session."""


class NamesPanel(Vertical):
    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    NamesPanel {
        height: 1fr;
        #nearest { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    def compose(self) -> ComposeResult:
        yield NamesTable(id="names-table")
        yield Passage(id="nearest")
        yield SessionFigures(id="session")

    @property
    def table(self) -> NamesTable:
        return self.query_one(NamesTable)

    def fit(self, lines: int) -> None:
        """Adapt to a pane with this many lines."""
        self.query(SessionFigures).set_class(lines >= TALL, "-roomy")

    def show(self, shown: Shown) -> None:
        names, drawn = shown.generation.names, shown.generation.drawn
        title = say("Names ({n:,})", n=len(names)) if names else say("Names")
        if drawn > len(names):
            title = say("Newest {n:,} of {all:,}", n=len(names), all=drawn)
        about = say("● in train, ○ held out") if shown.dataset.parts else say("● in the data")
        if self.size.width >= ROOMY:
            about += say(" · nll in nats, lower is likelier")
        elif not shown.dataset.parts:
            about = say("● in data · low nll: likely")
        if any(name.by_hand for name in names):
            about = say("● in data · ✎ by hand, mixed")
        entitle(self, title, about if names else "")
        self.table.show(names)
        self.show_figures(replace(shown, name=self.table.highlighted))

    def show_figures(self, shown: Shown) -> None:
        """Show the results of the lookup, if they belong to what is shown."""
        corpus, word = shown.dataset.corpus, shown.typed or (shown.name.name if shown.name else "")
        about = f"{visible(word)}: " if shown.typed else ""
        if corpus.holds(word):
            about += say("it is in the data")
        elif word and shown.figures and shown.figures.nearest:
            near, distance = shown.figures.nearest
            found = {"n": distance, "word": visible(near)}
            if distance == 1:
                texts = say("1 letter from {word} in the data", **found), say("1 letter from {word}", **found)
            else:
                texts = (
                    say("{n} letters from {word} in the data", **found),
                    say("{n} letters from {word}", **found),
                )
            about = fitting(self.content_size.width, *(about + text for text in texts))
        self.query_one("#nearest", Passage).update(Content.styled(about, "$muted"), layout=False)
        self.query_one(SessionFigures).show(*_tallies(shown), shown.data_nlls, shown.dataset)

    def why(self, shown: Shown) -> Explanation | str | None:
        """Explain the name under the cursor, or the statistics; None if there are none yet."""
        from bigram_tui.why import drawing

        if not isinstance(self.screen.focused, SessionFigures):
            return _why_name(shown)
        if not shown.generation.tallies:
            return None
        return drawing.session(shown.dataset, shown.model, *_tallies(shown), shown.data_nlls)


def _why_name(shown: Shown) -> Explanation | str:
    from bigram_tui.why import drawing

    name = shown.name
    if name is None:
        return say("No name was drawn yet. Press n to draw one.")
    beside = []
    if shown.typed is None and shown.figures:
        beside = drawing.near(name.name, shown.figures.nearest)
    tokens = shown.dataset.counts.vocabulary.encode_drawn(name.name)
    return drawing.name(shown.model_named(name.model), tokens, name, beside)


def _tallies(shown: Shown) -> tuple[Tally, Tally]:
    """Those of all names, and those of the names drawn from the model in use."""
    tallies = shown.generation.tallies
    split = shown.dataset.split if shown.dataset.parts else None
    return sum(tallies.values(), Tally()), tallies.get(drawn_from(shown.model, split), Tally())
