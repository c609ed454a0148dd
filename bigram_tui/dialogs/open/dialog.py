"""Opening another word list: choosing it and its options, progress, and a preview before the switch."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, DirectoryTree, Input, OptionList, Static

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.dialogs.open.lists import PASTED, DatasetInput, Files, Known
from bigram_tui.dialogs.open.options import OptionFields
from bigram_tui.dialogs.open.preview import preview
from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.session.opening import Opening, pasted_list, remember_recent, typed_list
from bigram_tui.session.task import Task
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.progress_line import ProgressLine
from bigram_tui.widgets.prose import Flowing
from bigram_tui.widgets.tick import Tick
from bigram_tui.words.corpus import Corpus, Disguise
from bigram_tui.words.progress import OnProgress
from bigram_tui.words.sources import absolute
from bigram_tui.words.streams import Source

PART_OF = {
    "close": "choice",
    "next_part": "choice",
    "cancel": "waiting",
    "accept": "preview",
    "read_so": "preview",
    "go_back": "preview",
}
"""The part of the dialog in which an action is available."""

WHAT = Phrase("one word a line, a CSV or TSV table, or JSON; also compressed or zipped")
ROOMY = 76
"""With at least this many columns, the parts are side by side."""

MOST_PASTED = 5_000_000
"""The maximum size of a list that is pasted in a browser, in bytes."""


class OpenDialog(Dialog[Corpus]):
    """Dismisses with the words; until then the app keeps its current list.

    With an opening, it starts to read immediately and closes without a preview; if there is no result,
    `failure` says why. A pasted list is also read immediately, and can be read again with other options.
    """

    DEFAULT_CSS = """
    OpenDialog {
        & > VerticalGroup { width: 78; height: 21; }
        ContentSwitcher, #choice, #waiting, #preview, #places { height: 1fr; }
        #choice { overflow-y: auto; }
        #choice, #preview { scrollbar-size: 1 1; }
        #places { min-height: 5; }
        .heading { color: $muted; }
        #places > Vertical { width: 1fr; }
        #places > .known { width: 36; padding-right: 2; }
        OptionList, Files { &, &:focus { height: 1fr; background: $surface; border: none; padding: 0; } }
        OptionList > .option-list--option-highlighted { background: $surface; color: $foreground; }
        OptionList:focus > .option-list--option-highlighted { background: $accent; color: $on-accent; }
        Files > .tree--cursor { background: $surface; text-style: none; }
        Files:focus > .tree--cursor { background: $accent; color: $on-accent; }
        Input { background: $field; padding: 0 1; }
        Input:focus { background: $field-focused; }
        #state { height: auto; min-height: 1; max-height: 4; }
        #progress { margin: 1 0; }
        #waiting { padding-top: 6; }
        &.-tiny {
            #places { layout: vertical; height: 14; }
            #places > .known { width: 1fr; padding: 0; }
            OptionFields Grid { grid-size: 2; grid-columns: 13 1fr; }
            #waiting { padding-top: 2; }
        }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (ROOMY, "-narrow")]
    BINDINGS = [
        Binding("tab", "next_part", "Next part"),
        Binding("enter", "accept", "Open it"),
        Binding("t", "read_so", "Read it that way"),
        Binding("escape", "close", "Close"),
        Binding("escape", "cancel", "Cancel"),
        Binding("escape", "go_back", "Back"),
    ]

    def __init__(self, opening: Opening | None = None, typed: str = "", pasted: Source | None = None) -> None:
        super().__init__()
        self.add_class("-tiny" if self.app.size.width < ROOMY else "-narrow", update=False)
        self.failure = ""
        self._opening = opening
        self._at_once = opening is not None
        self._typed, self._pasted = typed, pasted
        self._reading = Task(self)
        self._corpus: Corpus | None = None

    def compose_box(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = say("Open a word list")
            with ContentSwitcher(initial="choice"):
                with Vertical(id="choice"):
                    yield DatasetInput(self._typed)
                    yield Static(Content.styled(say(WHAT), "$muted"), id="state")
                    with Horizontal(id="places"):
                        with Vertical(classes="known"):
                            yield Static(say("built in, and opened before"), classes="heading")
                            yield Known(self._pasted)
                        with Vertical():
                            if not self.app.is_web:
                                yield Static(say("files"), classes="heading")
                                yield Files(".", id="files")
                    yield OptionFields()
                with Vertical(id="waiting"):
                    yield Static(id="what")
                    yield ProgressLine(id="progress")
                with VerticalScroll(id="preview"):
                    yield Flowing(Content(), id="look")

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(OptionFields).add_fields)
        if self._opening:
            self._read(self._opening)
        elif self._pasted:
            self._open(PASTED)
        else:
            self._show("choice")

    def _show(self, part: str) -> None:
        self.query_one(ContentSwitcher).current = part
        self.refresh_bindings()
        focused = {"choice": "#dataset", "preview": "#preview"}.get(part)
        self.set_focus(self.query_one(focused) if focused else None)

    def action_next_part(self) -> None:
        self.focus_next()

    # Choosing

    @on(Input.Submitted)
    @on(Tick.Submitted)
    def open_typed(self) -> None:
        typed = self.query_one("#dataset", Input).value.strip()
        if not typed:
            what = say("words") if self.app.is_web else say("a path or an address")
            self._tell(say("Type {what}, or choose one of the lists below", what=what))
        elif self.app.is_web:
            self._open_pasted(typed_list(typed))
        else:
            self._open(typed, shown_folder=Path(self.query_one(Files).path))

    @on(OptionList.OptionSelected)
    def open_known(self, event: OptionList.OptionSelected) -> None:
        name = str(event.option.id)
        if recent := self.query_one(Known).recent.get(name):
            self._read(recent)
        else:
            self._open(name)

    @on(Files.Stalled)
    def tell_what_stalled(self, event: Files.Stalled) -> None:
        self._tell(say("{folder} does not answer", folder=visible(event.folder.name)), failed=True)

    @on(DirectoryTree.FileSelected)
    def open_file(self, event: DirectoryTree.FileSelected) -> None:
        self.query_one(DatasetInput).put(str(event.path))
        self._open(str(event.path))

    def _open(self, dataset: str, shown_folder: Path | None = None) -> None:
        try:
            options = self.query_one(OptionFields).chosen
        except SettingError as error:
            self._refuse(say(error.phrase, **error.gaps))
        except ValueError:
            self._refuse(
                say("first words, rare letters and skip lines are whole numbers, download max a size as 2 GB")
            )
        else:
            if dataset != PASTED:
                self._read(Opening(dataset, options), shown_folder)
            elif self.app.is_web and self._pasted and (self._pasted.size or 0) > MOST_PASTED:
                self._fail(say("In a browser a list may have {n} MB", n=MOST_PASTED // 1_000_000))
            else:
                self._read(Opening(dataset, replace(options, encoding=""), self._pasted))

    def on_paste(self, event: events.Paste) -> None:
        """Treat several lines as a list."""
        event.stop()
        pasted = pasted_list(event.text)
        if pasted and not self._at_once:
            self._open_pasted(pasted)

    def _open_pasted(self, pasted: Source) -> None:
        self._pasted = pasted
        self.query_one(Known).offer(pasted)
        self._open(PASTED)

    def _refuse(self, why: str) -> None:
        """Say why an option is invalid, and show the options."""
        self.query_one(OptionFields).collapsed = False
        self._tell(why, failed=True)

    # Waiting

    def _read(self, opening: Opening, shown_folder: Path | None = None) -> None:
        """Read the words; of another folder than the one that is shown, if any, show the files first."""
        self._opening = opening
        self._reading.cancel()
        self._reading = Task(self)
        self.query_one("#what", Static).update(Content(say("reading {list} …", list=opening.shown)))
        line = self.query_one(ProgressLine)
        line.update("")
        self._show("waiting")
        read = opening.read if self._at_once else partial(_folder_or_words, opening, shown_folder)
        self._reading.begin(read, line.show, self._show_found, self._fail)

    def _fail(self, reason: str) -> None:
        if self._at_once:
            self.failure = reason
            self.dismiss(None)
        else:
            self._show("choice")
            self._tell(reason, failed=True)

    def on_unmount(self) -> None:
        self._reading.cancel()

    def _show_found(self, found: Path | Corpus) -> None:
        if isinstance(found, Corpus):
            self._look_at(found)
            return
        self._show("choice")
        self.query_one(Files).path = found
        self.set_focus(self.query_one(Files))
        self._tell(say("enter once more in the field reads all files of the folder"))

    # The preview

    def _look_at(self, corpus: Corpus) -> None:
        self._corpus = corpus
        if self._at_once:
            self.action_accept()
            return
        self.query_one("#look", Flowing).update(preview(corpus))
        self._show("preview")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        switchers = self.query(ContentSwitcher)  # empty until composed
        is_here = action not in PART_OF or any(parts.current == PART_OF[action] for parts in switchers)
        return is_here and (action != "read_so" or self._disguise is not None)

    @property
    def _disguise(self) -> Disguise | None:
        """The format that the list seems to have, although each line was read as a word."""
        return self._corpus.format.disguise if self._corpus else None

    def action_read_so(self) -> None:
        if self._opening and self._disguise:
            self._read(replace(self._opening, options=self._disguise.how))

    def action_accept(self) -> None:
        if self._opening is not None:
            remember_recent(replace(self._opening, dataset=absolute(self._opening.dataset)))
        self.dismiss(self._corpus)

    def action_cancel(self) -> None:
        self._reading.cancel()
        if self._at_once and self._opening:
            self.failure = say("reading {list} was cancelled", list=self._opening.shown)
            self.dismiss(None)
        else:
            self.action_go_back(say("cancelled"))

    def action_go_back(self, remark: str = "") -> None:
        self._tell(remark)
        self._show("choice")

    def _tell(self, text: str, failed: bool = False) -> None:
        self.query_one("#state", Static).update(Content.styled(text, "$text-error" if failed else "$muted"))


def _folder_or_words(opening: Opening, shown_folder: Path | None, on_progress: OnProgress) -> Path | Corpus:
    """The folder to show the files of, or the words; for a thread, since a network drive may not answer."""
    path = Path(os.path.expanduser(opening.dataset))
    if opening.source is None and os.path.exists(path):
        if shown_folder not in (None, path) and os.path.isdir(path):
            return path
        if not (os.path.isfile(path) or os.path.isdir(path)):
            raise DatasetError(Phrase("pipes and devices can only be opened on the command line"))
    return opening.read(on_progress)
