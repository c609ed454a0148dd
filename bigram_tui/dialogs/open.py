"""Opening another word list: choosing it and how it is read, waiting, a look at it before the switch."""

import asyncio
import itertools
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, Horizontal, Vertical, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Collapsible, ContentSwitcher, DirectoryTree, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from bigram_tui.dialogs.dialog import Dialog
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.session.opening import (
    Opening,
    load_recent,
    pasted_list,
    pasted_path,
    remember_recent,
    typed_list,
)
from bigram_tui.session.task import Task
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.progress_line import ProgressLine
from bigram_tui.widgets.prose import flowed
from bigram_tui.widgets.rendering import table
from bigram_tui.widgets.tick import Tick
from bigram_tui.words.built_in import BUILT_IN, is_url
from bigram_tui.words.corpus import Corpus, Disguise, cleaned, different, rare_characters
from bigram_tui.words.options import READING, ReadingOptions
from bigram_tui.words.progress import Progress
from bigram_tui.words.sources import absolute
from bigram_tui.words.streams import Source

OPEN = Phrase("Open")
PART_OF = {
    "close": "choice",
    "app.focus_next": "choice",
    "cancel": "waiting",
    "accept": "preview",
    "read_so": "preview",
    "go_back": "preview",
}
"""The part of the dialog in which an action can be done."""

WHAT = Phrase("one word a line, a CSV or TSV table, or JSON; also compressed or zipped")
ROOMY = 76
"""Columns from which the parts stand side by side."""

SHOWN_SIGNS = 60
PASTED = "\n"
"""Stands for the list that was pasted, where a dataset is named: it cannot be typed."""

TYPED_HERE = Phrase("words, with spaces between them; or paste a list")
"""In a browser, where there is no disk to choose a file from."""

MOST_PASTED = 5_000_000
"""Bytes of a list that is pasted in a browser."""

MAX_COMPLETED = 10_000
"""Entries of a folder that are looked at for a completion."""


class DatasetInput(Field):
    """A path or an address; the quoting in which a terminal pastes a dropped file is undone.

    Several lines are left to the dialog.
    """

    def on_paste(self, event: events.Paste) -> None:
        path = pasted_path(event.text)
        if path is not None:
            self.value = path
            self.cursor_position = len(path)
            event.stop()
        if path is not None or pasted_list(event.text):
            event.prevent_default()


class Known(OptionList):
    BINDINGS = [Binding("enter", "select", "Open")]


class Paths(Suggester):
    """Completes to the first entry of the folder, in alphabetical order."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return None if is_url(value) else await asyncio.to_thread(_completed, value)


def _completed(value: str) -> str | None:
    folder, start = os.path.split(value)
    matching = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry, _ in zip(entries, range(MAX_COMPLETED), strict=False):
                hidden = entry.name.startswith(".") and not start.startswith(".")
                if start and entry.name.startswith(start) and not hidden and entry.name.isprintable():
                    matching.append(entry.name + ("/" if entry.is_dir() else ""))
    except (OSError, ValueError):
        return None
    return os.path.join(folder, min(matching)) if matching else None


class Files(DirectoryTree):
    """The files below a folder; names are data, not markup, and hidden ones are not shown."""

    BINDINGS = [Binding("enter", "select_cursor", "Open")]
    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return (path for path in paths if not path.name.startswith("."))

    def process_label(self, label: str | Text) -> Text:
        return label if isinstance(label, Text) else Text(visible(label))


class OpenDialog(Dialog[Corpus]):
    """Dismisses with the words. Until then the app keeps what it has.

    With an opening it begins to read at once and closes without a preview; `failure` then says why there
    is no result. What was pasted is read at once, too, and can be read again with other options.
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
        Collapsible { &, &:focus-within { padding: 0; border: none; background: transparent; } }
        CollapsibleTitle { width: 1fr; height: 1; padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
        Contents { padding: 0; }
        #options {
            height: auto;
            grid-size: 4;
            grid-columns: 15 1fr 15 1fr;
            grid-rows: 1;
            grid-gutter: 0 1;
            Tick { column-span: 2; }
            Label { color: $muted; }
        }
        #state { height: auto; min-height: 1; max-height: 4; }
        #progress { margin: 1 0; }
        #waiting { padding-top: 6; }
        &.-tiny {
            #places { layout: vertical; height: 14; }
            #places > .known { width: 1fr; padding: 0; }
            #options { grid-size: 2; grid-columns: 13 1fr; }
            #waiting { padding-top: 2; }
        }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (ROOMY, "-narrow")]
    BINDINGS = [
        Binding("tab", "app.focus_next", "Next part"),
        Binding("enter", "accept", "Open it"),
        Binding("t", "read_so", "Read it so"),
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
        self._recent = load_recent()
        self._reading: Task | None = None
        self._corpus: Corpus | None = None

    def compose_box(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = say("Open a word list")
            with ContentSwitcher(initial="choice"):
                with Vertical(id="choice"):
                    yield DatasetInput(
                        self._typed,
                        placeholder=say(TYPED_HERE)
                        if self.app.is_web
                        else say("a file (→ completes) or a URL"),
                        suggester=None if self.app.is_web else Paths(),
                        enter=OPEN,
                        compact=True,
                        id="dataset",
                        select_on_focus=False,
                    )
                    yield Static(Content.styled(say(WHAT), "$muted"), id="state")
                    with Horizontal(id="places"):
                        with Vertical(classes="known"):
                            yield Static(say("built in, and opened before"), classes="heading")
                            yield Known(*self._known(), id="known")
                        with Vertical():
                            if not self.app.is_web:
                                yield Static(say("files"), classes="heading")
                                yield Files(".", id="files")
                    with Collapsible(title=say("Options: lower-case, column, limits, encoding …")):
                        yield Grid(id="options")
                with Vertical(id="waiting"):
                    yield Static(id="what")
                    yield ProgressLine(id="progress")
                with VerticalScroll(id="preview"):
                    yield Static(id="look")

    def _known(self) -> Iterable[Option]:
        if self._pasted:
            yield Option(_described(self._pasted.name, say("read with the options below")), id=PASTED)
        for name, what in BUILT_IN.items():
            yield Option(_described(name, say(what)), id=name)
        for place, opening in enumerate(self._recent):
            shown = os.path.basename(opening.dataset) if self.app.is_web else opening.dataset
            yield Option(_described(shown, _in_words(opening.options)), id=f"recent {place}")

    def _options_as_fields(self) -> Iterable[Widget]:
        for name in ("lowercase", "unique"):
            yield Tick(say(READING[name].label), compact=True, id=name)
        rows = (
            ("column", "weight_column"),
            ("limit", "min_char_count"),
            ("encoding", "max_download"),
            ("skip", "separator"),
            ("member",),
        )
        for name in itertools.chain(*rows):
            yield Label(say(READING[name].label))
            yield Field(placeholder=say(READING[name].placeholder), enter=OPEN, compact=True, id=name)

    async def _add_options(self) -> None:
        """In a frame of their own: the dialog appears, and takes keys, in half the time without them."""
        if self.is_attached:  # it may be closed already
            await self.query_one("#options").mount_all(self._options_as_fields())

    def on_mount(self) -> None:
        for files in self.query(Files):
            files.show_root = False
        self.call_after_refresh(self._add_options)
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
        elif os.path.isdir(folder := os.path.expanduser(typed)) and self.query_one(Files).path != Path(
            folder
        ):
            self.query_one(Files).path = Path(folder)
            self.set_focus(self.query_one(Files))
            self._tell(say("enter once more in the field reads all files of the folder"))
        else:
            self._open(typed)

    @on(OptionList.OptionSelected)
    def open_known(self, event: OptionList.OptionSelected) -> None:
        name = str(event.option.id)
        if name in (PASTED, *BUILT_IN):
            self._open(name)
        else:
            self._read(self._recent[int(name.removeprefix("recent "))])

    @on(DirectoryTree.FileSelected)
    def open_file(self, event: DirectoryTree.FileSelected) -> None:
        self.query_one("#dataset", Input).value = str(event.path)
        self._open(str(event.path))

    def _open(self, dataset: str) -> None:
        try:
            options = self._options()
        except SettingError as error:
            self._refuse(say(error.phrase, **error.gaps))
        except ValueError:
            self._refuse(
                say("first words, rare letters and skip lines are whole numbers, download max a size as 2 GB")
            )
        else:
            if dataset == PASTED:
                if self.app.is_web and self._pasted and (self._pasted.size or 0) > MOST_PASTED:
                    self._fail(say("In a browser a list may have {n} MB", n=MOST_PASTED // 1_000_000))
                    return
                self._read(Opening(dataset, replace(options, encoding=""), self._pasted))
                return
            self._read(Opening(absolute(dataset), options))

    def on_paste(self, event: events.Paste) -> None:
        """Several lines are a list."""
        event.stop()
        pasted = pasted_list(event.text)
        if pasted and not self._at_once:
            self._open_pasted(pasted)

    def _open_pasted(self, pasted: Source) -> None:
        self._pasted = pasted
        self.query_one(Known).clear_options().add_options(self._known())
        self._open(PASTED)

    def _refuse(self, why: str) -> None:
        """Say why an option cannot be, and show the options."""
        self.query_one(Collapsible).collapsed = False
        self._tell(why, failed=True)

    def _options(self) -> ReadingOptions:
        if not self.query("#options > *"):
            return ReadingOptions()
        options: dict[str, Any] = {str(box.id): box.value for box in self.query(Tick)}
        for field in self.query("#options Input").results(Input):
            if text := field.value.strip():
                options[str(field.id)] = READING[str(field.id)].parse(text)
        return ReadingOptions(**options)

    # Waiting

    def _read(self, opening: Opening) -> None:
        self._opening = opening
        self._stop_reading()
        self._reading = Task(self.app)
        if opening.source is None and _is_pipe_or_device(opening.dataset) and not self._at_once:
            self._fail(say("pipes and devices can only be opened on the command line"))
            return
        self.query_one("#what", Static).update(Content(say("reading {list} …", list=opening.shown)))
        self.query_one(ProgressLine).update("")
        self._show("waiting")
        self._reading.begin(opening.read, self._show_progress, self._look_at, self._fail)

    def _show_progress(self, progress: Progress) -> None:
        self.query_one(ProgressLine).show(progress)

    def _fail(self, reason: str) -> None:
        if self._at_once:
            self.failure = reason
            self.dismiss(None)
        else:
            self._show("choice")
            self._tell(reason, failed=True)

    def on_unmount(self) -> None:
        self._stop_reading()

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading.cancel()

    # The preview

    def _look_at(self, corpus: Corpus) -> None:
        self._corpus = corpus
        if self._at_once:
            self.action_accept()
            return
        self.query_one("#look", Static).update(preview(corpus))
        self._show("preview")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        switchers = self.query(ContentSwitcher)  # none before it is composed
        is_here = action not in PART_OF or any(parts.current == PART_OF[action] for parts in switchers)
        return is_here and (action != "read_so" or self._disguise is not None)

    @property
    def _disguise(self) -> Disguise | None:
        """What the list looks like, though each of its lines was read as a word."""
        return self._corpus.format.disguise if self._corpus else None

    def action_read_so(self) -> None:
        if self._opening and self._disguise:
            self._read(replace(self._opening, options=self._disguise.how))

    def action_accept(self) -> None:
        if self._opening is not None:
            remember_recent(self._opening)
        self.dismiss(self._corpus)

    def action_cancel(self) -> None:
        self._stop_reading()
        if self._at_once and self._opening:
            self.failure = say("reading {list} was cancelled", list=self._opening.shown)
            self.dismiss(None)
        else:
            self._go_back_with(say("cancelled"))

    def action_go_back(self) -> None:
        self._go_back_with("")

    def _go_back_with(self, remark: str) -> None:
        self._tell(remark)
        self._show("choice")

    def _tell(self, text: str, failed: bool = False) -> None:
        self.query_one("#state", Static).update(Content.styled(text, "$text-error" if failed else "$muted"))


def preview(corpus: Corpus) -> Content:
    """What a word list is, before it is opened."""
    vocabulary = corpus.counts.vocabulary
    signs = " ".join(vocabulary.signs[:SHOWN_SIGNS]) + (" …" if len(vocabulary) > SHOWN_SIGNS else "")
    once = say(", {n} different", n=different(corpus)) if corpus.described else ""
    rows = [
        (say("word list"), corpus.name),
        (say("words"), f"{corpus.names:,}{once}"),
        (say("characters"), f"{corpus.characters:,}"),
        (say("tokens"), f"{len(vocabulary):,}: {signs}"),
        (say("cleaned"), cleaned(corpus) or say("nothing")),
    ]
    if corpus.column:
        rows.append((say("words from"), corpus.column))
    if vocabulary.rare:
        rows.append((say("rare"), rare_characters(corpus)))
    rows += [(say("note"), remark) for remark in corpus.remarks]
    lines = [visible(line[:200]) for line in corpus.first_lines]
    heading = Content.styled(f"\n\n{say('first lines')}\n", "$muted") if lines else Content()
    return table(rows) + heading + Content("\n").join(Content("  " + line) for line in lines)


def _described(name: str, what: str) -> Content:
    name = name if len(name) <= 33 else "…" + name[-32:]
    about = flowed(Content(f"  {what}"), 32)
    return Content.assemble((visible(name), "bold"), "\n", about)


def _in_words(options: ReadingOptions) -> str:
    chosen = [
        *([say("lower-case")] if options.lowercase else []),
        *([say("each once")] if options.unique else []),
        *([say("column {name}", name=visible(options.column))] if options.column else []),
        *([say("weights {name}", name=visible(options.weight_column))] if options.weight_column else []),
        *([say("first {n:,}", n=options.limit)] if options.limit else []),
        *([say("skip {n:,}", n=options.skip)] if options.skip else []),
        *([say("separator {sign}", sign=visible(options.separator))] if options.separator else []),
        *([visible(options.member)] if options.member else []),
    ]
    return ", ".join(chosen) or say("opened before")


def _is_pipe_or_device(dataset: str) -> bool:
    path = os.path.expanduser(dataset)
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))
