"""The split of the list, how much of it is in train, too, and the sealed test set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Label, Select

from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number
from bigram_tui.widgets.prose import Flowing
from bigram_tui.widgets.rendering import entitle
from bigram_tui.widgets.setting import Setting
from bigram_tui.words.split import PARTS, SPLIT, SPLIT_SEED, Split

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row

SETTINGS = {kind.name: kind for kind in (SPLIT, SPLIT_SEED)}
EQUAL_WORDS = {False: Phrase("go where they fall"), True: Phrase("stay together")}
"""How words are assigned that the list contains more than once."""


class HeldOut(VerticalScroll, can_focus=False):
    """The fields of the split, and the resulting parts."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    HeldOut {
        .choice, #split-fields, #about-parts { height: auto; }
        .choice Label { width: 15; color: $muted; }
        .choice Select { width: 1fr; }
        #about-parts { margin-top: 1; }
    }
    """

    @dataclass
    class Changed(Message):
        """The user wants another split."""

        split: Split

    def __init__(self, split: Split, *, id: str) -> None:
        super().__init__(id=id)
        self._split = split

    def compose(self) -> ComposeResult:
        with Vertical(id="split-fields"):
            for kind in SETTINGS.values():
                yield Setting(kind.label, kind.read, id=kind.name)
            options = [(say(name), together) for together, name in EQUAL_WORDS.items()]
            select = Select(options, value=self._split.together, allow_blank=False, compact=True)
            yield Horizontal(Label(say("equal words")), select, classes="choice")
        yield Flowing(Content(), id="about-parts")

    def name_parts(self) -> None:
        for setting in self.query(Setting):
            setting.say_label()
        self.query_one(".choice Label", Label).update(say("equal words"))
        with self.query_one(Select).prevent(Select.Changed):
            self.query_one(Select).set_options([(say(name), key) for key, name in EQUAL_WORDS.items()])
            self.query_one(Select).value = self._split.together

    def show(self, comparison: Comparison, row: Row | None) -> None:
        """Show the parts, and for this row the losses on dev and test."""
        entitle(self, say("Split"))
        self._split = split = comparison.split
        self.query_one("#split", Setting).show(str(split.fractions))
        self.query_one("#split_seed", Setting).show(str(split.seed))
        select = self.query_one(Select)
        if select.value != split.together:
            with select.prevent(Select.Changed):
                select.value = split.together
        self.query_one("#about-parts", Flowing).update(Content("\n").join(self._said(comparison, row)))

    def _said(self, comparison: Comparison, row: Row | None) -> Iterator[Content]:
        parts = comparison.parts
        if parts is None:
            yield Content.styled(comparison.problem, "$text-error")
            return
        also = (None, *parts.also_in_train)
        for name, words, ngrams, known in zip(PARTS, parts.words, parts.ngrams, also, strict=True):
            counted = say("{words:>8,} words{tokens:>10,} tokens", words=words, tokens=ngrams.total)
            in_train = "" if known is None else say(" · {n:,} in train", n=known)
            yield Content.assemble((set_cell_size(say(name), 6), "$muted"), counted, (in_train, "$muted"))
        for name, unseen in zip(PARTS[1:], parts.unseen_characters, strict=True):
            if unseen:
                yield Content(
                    say("{part} has {n:,} characters that are not in train", part=say(name), n=unseen)
                )
        yield Content("")
        if row is None:
            return
        if parts.also_in_train[0] and row.dev is not None and row.dev_without_train is not None:
            yield Content.assemble(
                (say("dev without those  "), "$muted"),
                number(row.dev_without_train),
                (say("  instead of  "), "$muted"),
                number(row.dev),
            )
        yield self._about_test(comparison, row)

    def _about_test(self, comparison: Comparison, row: Row) -> Content:
        """The loss on test, or that it is still sealed."""
        looks, test = len(comparison.looked), comparison.test_of(row)
        times = say("looked at once") if looks == 1 else say("looked at {n} times", n=looks)
        if comparison.parts is None or not comparison.parts.words[2]:
            return Content.styled(say("There is no test set in this split."), "$muted")
        if test is None:
            sealed = say("test is sealed · J opens it for this row")
            return Content.assemble(sealed, (f" · {times}" if looks else "", "$muted"))
        beside = () if row.dev is None else ((say(" beside dev "), "$muted"), number(row.dev))
        return Content.assemble(
            (say("test") + " ", "$muted"), number(test), *beside, (f" · {times}", "$muted")
        )

    @on(Setting.Changed)
    def change(self, event: Setting.Changed) -> None:
        event.stop()
        value = SETTINGS[event.name].read(event.text)
        field = "fractions" if event.name == SPLIT.name else "seed"
        self.post_message(self.Changed(self._split._replace(**{field: value})))

    @on(Select.Changed)
    def keep_together(self, event: Select.Changed) -> None:
        """A Select also posts Changed when it is mounted."""
        if event.value != self._split.together:
            self.post_message(self.Changed(self._split._replace(together=bool(event.value))))
