"""The Dataset pane: what the word list contains, and each word as its n-grams."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from bigram_tui.code.notebook import Notebook
from bigram_tui.lm.model import LanguageModel, score
from bigram_tui.lm.vocabulary import normalize, visible
from bigram_tui.panes.pane import Pane
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.texts import Phrase, say
from bigram_tui.views.ngrams import called, spelled
from bigram_tui.views.numbers import power
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.bars import Bar, Bars
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.progress_line import ProgressLine
from bigram_tui.widgets.rendering import Passage, table
from bigram_tui.widgets.unrolled_word import MAX_UNROLLED, UnrolledWord
from bigram_tui.words.corpus import cleaned, different, rare_characters, summary
from bigram_tui.words.progress import Progress
from bigram_tui.words.split import PARTS

if TYPE_CHECKING:
    from bigram_tui.dialogs.path import Writer

MAX_BARS = 1_000
NO_MATCH = Phrase("no word contains this")
NOT_READ = Phrase("words come in the second pass")
NOT_SAVED = Phrase("they were not saved with the table")


def _parts(dataset: Dataset) -> list[tuple[str, str]]:
    """How many words are learned from, and how many are held out, if any."""
    if not dataset.parts:
        return []
    train, *held_out = dataset.parts.words
    rows = [(say("learned from"), say("train, {n:,} words", n=train))]
    return rows + [
        (f"  {name}", say("{n:,} held out", n=n)) for name, n in zip(PARTS[1:], held_out, strict=True) if n
    ]


class WordList(LineList[str]):
    """The words, one per line."""

    def line(self, item: str, width: int) -> str:
        return visible(item[:width])


@dataclass(frozen=True)
class DatasetLook:
    """How the boundary is written, the search, and the position of the cursor in the list."""

    two_boundaries: bool = False
    search: str = ""
    word: int = 0


class DatasetPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "dataset"
    AUTO_FOCUS = "#words"
    BINDINGS = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Search the words"),
        Binding("b", "boundary", "<S> <E>", tooltip="Show the boundary as . or as <S> and <E>"),
        Binding("e", "export", "Export", show=False, tooltip="Save the summary as text or JSON"),
        Binding("escape", "leave", "Leave", show=False, tooltip="Leave the search, or stop the second pass"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._two_boundaries = False
        self._unrolled: tuple[str, LanguageModel, bool] | None = None

    def compose_parts(self) -> ComposeResult:
        with Vertical(id="dataset-parts", classes="in-sight"):
            with VerticalScroll(id="summary-panel", classes="panel"):
                yield ProgressLine()
                yield Passage(id="summary")
            yield Bars(id="bigrams", classes="panel counting")
            with Vertical(id="words-panel", classes="panel"):
                yield Field(id="search", enter=Phrase("To the words"), compact=True)
                yield WordList(id="words", empty="")
                yield Passage(id="unrolled")
            yield Bars(id="lengths", classes="panel counting")

    def name_parts(self) -> None:
        self.query_one("#summary-panel").border_title = say("Summary")
        self.query_one("#lengths").border_title = say("Words by length")
        self.query_one("#search", Input).placeholder = say("/ to search")
        self._unrolled = None

    def begin(self) -> None:
        self.follow(self.workspace.dataset, self.show_dataset)
        self.follow(self.workspace.describing, self.show_reading)
        self.follow(self.workspace.counting, self.show_reading)

    @property
    def look(self) -> DatasetLook:
        word = self.query_one("#words", WordList).cursor
        return DatasetLook(self._two_boundaries, self.query_one("#search", Input).value, word)

    @look.setter
    def look(self, look: DatasetLook) -> None:
        self._two_boundaries = look.two_boundaries
        search = self.query_one("#search", Input)
        with search.prevent(Input.Changed):
            search.value = look.search
        self.show_dataset(self._dataset)
        self.query_one("#words", WordList).cursor = look.word

    @property
    def word(self) -> str | None:
        return self.query_one("#words", WordList).highlighted

    def show_reading(self, _progress: Progress | None) -> None:
        """Show the progress of counting, or of the second pass, which finds the lengths and the words."""
        progress = self.workspace.counting.latest or self.workspace.describing.latest
        line = self.query_one(ProgressLine)
        line.display = progress is not None
        if progress is not None:
            line.show(progress._replace(stage=say("{stage}, escape stops it", stage=say(progress.stage))))

    def show_dataset(self, dataset: Dataset) -> None:
        self.query_one("#summary", Passage).update(self._summary(dataset))
        self._show_bigrams(dataset)
        lengths = dataset.corpus.lengths
        self.query_one("#lengths", Bars).show(
            [Bar(str(length), words, f"{words:,}") for length, words in lengths.items()]
        )
        self._show_words(dataset)

    def _summary(self, dataset: Dataset) -> Content:
        corpus, counts = dataset.corpus, dataset.counts
        V, n = len(counts.vocabulary), counts.context + 1
        possible = f"{V:,}×{V:,} = {V * V:,}" if n == 2 else power(f"{V:,}", n)
        signs = counts.vocabulary.signs
        length = say("mean {mean:,.2f}", mean=corpus.mean_length)
        if corpus.described:
            shortest, longest = corpus.min_length, corpus.max_length
            length = say("{shortest}–{longest}, {mean}", shortest=shortest, longest=longest, mean=length)
        return table(
            [
                (say("words"), f"{corpus.names:,}"),
                (say("  different"), different(corpus)),
                (say("length"), length),
                (say("characters"), f"{corpus.characters:,}"),
                *_parts(dataset),
                (called(counts.context), f"{counts.total:,}"),
                (say("  different"), say("{n:,} of {possible}", n=len(counts.keys), possible=possible)),
                (say("lines cleaned"), cleaned(corpus) or say("none")),
                *([(say("words from"), corpus.column)] if corpus.column else []),
                *([(say("saved table"), say("of {list}", list=corpus.saved.shown))] if corpus.saved else []),
                *([(say("rare"), rare_characters(corpus))] if counts.vocabulary.rare else []),
                (say("vocabulary"), say("{n:,} tokens", n=V)),
            ]
        ) + Content("\n" + " ".join(signs[:200]) + (" …" if V > 200 else ""))

    @property
    def _boundaries(self) -> tuple[str, str]:
        """How the boundary is written at the start and at the end of a word."""
        sign = self._dataset.counts.vocabulary.signs[0]
        return ("<S>", "<E>") if self._two_boundaries else (sign, sign)

    def _show_bigrams(self, dataset: Dataset) -> None:
        counts, bars = dataset.counts, self.query_one("#bigrams", Bars)
        ngram = partial(spelled, counts.vocabulary.signs, counts.context)
        bars.border_title = say("Most frequent {ngrams}", ngrams=called(counts.context))
        bars.show([Bar(ngram(i, j, *self._boundaries), n, f"{n:,}") for i, j, n in counts.ranked(MAX_BARS)])

    def _show_words(self, dataset: Dataset) -> None:
        corpus, wanted = dataset.corpus, normalize(self.query_one("#search", Input).value)
        words = corpus.words
        found = [word for word in words if wanted in word] if wanted else words
        if corpus.saved or not corpus.described:
            title = say("Words")
        elif wanted:
            title = say("Words ({n:,} of {all:,})", n=len(found), all=len(words))
        else:
            title = say("Words ({n:,})", n=len(words))
        panel = self.query_one("#words-panel")
        panel.border_title = title
        some = bool(words) and not corpus.lists_all
        panel.border_subtitle = say("spread evenly over {n:,}", n=corpus.listed) if some else ""
        lines = self.query_one("#words", WordList)
        lines.empty = say(NO_MATCH) if corpus.described else say(NOT_READ)
        if corpus.saved:
            lines.empty = say(NOT_SAVED)
        lines.show(found, lines.cursor if found == lines.items else 0)
        self.unroll()

    @on(Input.Changed, "#search")
    def search(self) -> None:
        self._show_words(self._dataset)

    @on(Input.Submitted, "#search")
    def leave_search(self) -> None:
        self.focus_main_part()

    @on(LineList.Highlighted)
    def unroll(self) -> None:
        """Show the word under the cursor as its n-grams, with their probabilities below."""
        if self.is_behind:
            return
        unrolled, word = self.query_one("#unrolled", Passage), self.word
        if word is None:
            self._unrolled = None
            unrolled.update("")
            return
        model = self._dataset.model
        if (word, model, self._two_boundaries) != self._unrolled:
            self._unrolled = word, model, self._two_boundaries
            unrolled.update(UnrolledWord(word, model, self._boundaries))

    def why(self) -> Explanation | str:
        from bigram_tui.why import counts
        from bigram_tui.why import dataset as why

        dataset, focused = self._dataset, self.focused and self.focused.id
        if focused == "summary-panel":
            return why.summary(dataset)
        if focused == "bigrams":
            place = self.query_one("#bigrams", Bars).highlighted or 0
            first, second, _ = dataset.counts.ranked(MAX_BARS)[place]
            return counts.count(dataset, first, second)
        if not dataset.corpus.described:
            return say("This is found in the second pass over the list. Ask again when it is done.")
        if focused == "lengths":
            lengths = list(dataset.corpus.lengths)
            return why.length(dataset, lengths[self.query_one("#lengths", Bars).highlighted or 0])
        word = self.word
        if dataset.corpus.saved:
            return say("This needs the words, and the table was saved without them: open the list itself.")
        if word is None:
            return say("No word contains this text. Press / to search for something else.")
        # The likelihood of a very long word covers only what is shown of it.
        scored = score(dataset.counts.vocabulary.encode(word[:MAX_UNROLLED]), dataset.model)
        return why.word(dataset, word, scored)

    def code(self) -> Notebook:
        from bigram_tui.code.panes import dataset_code

        word = self.word if self.word is None or len(self.word) <= MAX_UNROLLED else None
        wanted = normalize(self.query_one("#search", Input).value)
        return dataset_code(self._dataset, self._training, self._two_boundaries, wanted, word)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave" and self.has_begun and self._is_at_words:
            return self.workspace.is_reading or None
        return super().check_action(action, parameters)

    @property
    def _is_at_words(self) -> bool:
        return self.focused is self.query_one("#words")

    def leave(self) -> None:
        """Go back to the words, or if the focus is there, stop the second pass over a large list."""
        if self._is_at_words:
            self.workspace.stop_describing()
        else:
            self.focus_main_part()

    def action_search(self) -> None:
        self.set_focus(self.query_one("#search"))

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save
        from bigram_tui.views.exports import strict_json

        dataset = self._dataset
        split = {"split": dataset.parts.summary(dataset.split)} if dataset.parts else {}
        writers: dict[str, Writer] = {
            ".txt": lambda: f"{self._summary(dataset).plain}\n",
            ".json": lambda: strict_json({**summary(dataset.corpus, dataset.counts), **split}),
        }
        ask_to_save(self.app, say("Export the summary"), "summary", writers)

    def action_boundary(self) -> None:
        self._two_boundaries = not self._two_boundaries
        self._show_bigrams(self._dataset)
        self.unroll()
