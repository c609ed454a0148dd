"""How many names to draw, with which conditions, and the file for more than the table can hold."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import HorizontalGroup, VerticalGroup
from textual.content import Content
from textual.widgets import Input, Label, Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.lm.errors import BigramError
from bigram_tui.lm.settings import whole_number
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import Wanted
from bigram_tui.session.names_file import NAMES_AS
from bigram_tui.session.snapshots.generation import NEWEST
from bigram_tui.session.task import Task
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.tick import Tick
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.reading import asked_of

DRAW = Phrase("Draw")
MOST = 1_000_000_000
MOST_SERVED = 1_000_000


@dataclass(frozen=True)
class DrawRequest:
    """How many names to draw and which, and the file to write, if any."""

    count: int
    wanted: Wanted
    path: Path | None


class DrawManyDialog(Dialog[DrawRequest]):
    """Dismisses with the request."""

    DEFAULT_CSS = """
    DrawManyDialog {
        & > VerticalGroup { width: 68; overflow-y: auto; }
        #count, #file, #conditions, #ticks { margin-bottom: 1; }
        Label { color: $muted; }
        HorizontalGroup Input { background: $foreground 8%; padding: 0 1; }
        HorizontalGroup Input:focus { background: $accent 25%; }
        #starts_with { width: 1fr; margin: 0 2 0 1; }
        #lengths { width: auto; }
        #min_length, #max_length { width: 7; margin: 0 1; }
        Tick { margin-right: 3; }
        #file-part { display: none; height: auto; }
        #state { height: auto; min-height: 1; color: $muted; }
        #state.-failed { color: $text-error; }
        &.-tiny #conditions, &.-tiny #ticks { layout: vertical; margin-bottom: 0; }
    }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (58, "-one-line")]
    BINDINGS = [Binding("tab", "app.focus_next", "Next field")]

    def __init__(self, corpus: Corpus, from_train: bool) -> None:
        """`from_train` is what the option for new names excludes: words of train, or else all words."""
        super().__init__()
        self._corpus, self._from_train = corpus, from_train
        self._look = Task(self)
        self._overwrite: Path | None = None

    def compose_box(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = say("How many names?")
            yield Field(value=f"{NEWEST:,}", enter=DRAW, id="count", compact=True)
            with VerticalGroup(id="file-part"):
                yield Static(say("The table keeps the newest {n:,}. A file can have all of them:", n=NEWEST))
                nothing = say("names.txt or names.csv, or nothing")
                yield Field(placeholder=nothing, enter=DRAW, id="file", compact=True)
            with HorizontalGroup(id="conditions"):
                with HorizontalGroup():
                    yield Label(say("begin with"))
                    yield Field(placeholder=say("any"), enter=DRAW, id="starts_with", compact=True)
                with HorizontalGroup(id="lengths"):
                    yield Label(say("length"))
                    shortest, longest = str(Wanted.min_length), f"{Wanted.max_length:,}"
                    yield Field(placeholder=shortest, enter=DRAW, id="min_length", compact=True)
                    yield Label(say("to"))
                    yield Field(placeholder=longest, enter=DRAW, id="max_length", compact=True)
            with HorizontalGroup(id="ticks"):
                new = say("only new: not in train") if self._from_train else say("only new: not in the data")
                yield Tick(new, compact=True, id="new")
                yield Tick(say("no duplicates"), compact=True, id="distinct")
            yield Static(id="state")

    def on_mount(self) -> None:
        self.offer_file()

    @on(Input.Changed)
    def offer_file(self) -> None:
        """For many names; and forget what was said about another text than is typed now."""
        self._look.cancel()
        self._overwrite = None
        self.query_one("#file-part").display = (self._count or 0) > NEWEST and not self.app.is_web
        self._tell(say("They are drawn in the background; escape stops it."))

    @property
    def _count(self) -> int | None:
        try:
            count = whole_number(self._typed("count"))
        except ValueError:
            return None
        return count if 1 <= count <= self._most else None

    @property
    def _most(self) -> int:
        """The maximum number of names; lower on a server, whose visitors share its CPU."""
        return MOST_SERVED if self.app.is_web else MOST

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    @property
    def _wanted(self) -> Wanted:
        """Raises ValueError if a length is not a whole number, BigramError if no name can qualify."""
        return asked_of(
            self._corpus,
            Wanted(
                self.query_one("#starts_with", Input).value,
                whole_number(self._typed("min_length") or str(Wanted.min_length)),
                whole_number(self._typed("max_length") or str(Wanted.max_length)),
                self.query_one("#new", Tick).value,
                self.query_one("#distinct", Tick).value,
            ),
        )

    @on(Input.Submitted)
    @on(Tick.Submitted)
    def draw(self) -> None:
        count, file = self._count, self._typed("file")
        if count is None:
            self._tell(say("This must be a whole number from 1 to {most:,}", most=self._most), failed=True)
            return
        try:
            wanted = self._wanted
        except BigramError as error:
            self._tell(say(error.phrase, **error.gaps), failed=True)
        except ValueError:
            self._tell(say("The lengths must be whole numbers"), failed=True)
        else:
            if count <= NEWEST or not file:
                self.dismiss(DrawRequest(count, wanted, None))
            else:
                self._draw_to(DrawRequest(count, wanted, Path(os.path.expanduser(file))))

    def _draw_to(self, request: DrawRequest) -> None:
        path = request.path
        if path is None or path.suffix.lower() not in NAMES_AS:
            wrong = say("The name of the file must end in one of {endings}", endings=", ".join(NAMES_AS))
            self._tell(wrong, failed=True)
        elif path == self._overwrite:
            self.dismiss(request)
        else:
            self._look.cancel()
            self._look = Task(self)
            self._tell(say("{file} … escape stops it", file=visible(str(path))))
            ask_or_draw = partial(self._ask_or_draw, request)
            self._look.begin(lambda _: os.path.exists(path), lambda _: None, ask_or_draw, self._tell)

    def _ask_or_draw(self, request: DrawRequest, exists: bool) -> None:
        if exists:
            self._overwrite = request.path
            shown = visible(str(request.path))
            self._tell(say("{file} exists: press enter again to overwrite it", file=shown), failed=True)
        else:
            self.dismiss(request)

    def on_unmount(self) -> None:
        self._look.cancel()

    def _tell(self, text: str, failed: bool = False) -> None:
        state = self.query_one("#state", Static)
        state.set_class(failed, "-failed")
        state.update(Content(text))
        if failed:
            self.call_after_refresh(state.scroll_visible, animate=False)
