"""The ways to choose a word list: by path or URL, from the known lists, from a directory tree."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PosixPath

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, OptionList
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from bigram_tui.lm.vocabulary import visible
from bigram_tui.session.opening import load_recent, pasted_list, pasted_path
from bigram_tui.session.task import in_daemon_thread
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.prose import flowed
from bigram_tui.words.built_in import BUILT_IN, is_url
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.streams import Source

OPEN = Phrase("Open")
PASTED = "\n"
"""The name of the pasted list as a dataset, which nobody can type."""

TYPED_HERE = Phrase("words, with spaces between them; or paste a list")
"""Used in a browser, where no files can be chosen."""

NARROW = 34
"""The width of the known lists when they are beside the files, in columns."""

LISTED = 3.0
"""Seconds that a folder in the tree is waited for; until then the tree takes no keys."""

MAX_COMPLETED = 10_000
"""The most entries of a folder that are searched for a completion."""


class DatasetInput(Field):
    """A path or URL; removes the quoting that terminals add to the path of a dropped file.

    Pastes of several lines are handled by the dialog.
    """

    def __init__(self, typed: str) -> None:
        served = self.app.is_web
        super().__init__(
            typed,
            placeholder=say(TYPED_HERE) if served else say("a path (→ completes) or a URL"),
            suggester=None if served else Paths(),
            enter=OPEN,
            compact=True,
            id="dataset",
            select_on_focus=False,
        )

    def on_paste(self, event: events.Paste) -> None:
        path = pasted_path(event.text)
        if path is not None:
            self.put(path)
            event.stop()
        if path is not None or pasted_list(event.text):
            event.prevent_default()

    def put(self, path: str) -> None:
        """Put a path in place of what was typed, with the cursor behind it."""
        self.value = path
        self.cursor_position = len(path)


class Paths(Suggester):
    """Suggests the alphabetically first matching entry of the folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return None if is_url(value) else await in_daemon_thread(partial(_completed, value))


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


class Known(OptionList):
    """The pasted list, the built-in lists, and recently opened lists with their options."""

    BINDINGS = [Binding("enter", "select", "Open")]

    def __init__(self, pasted: Source | None) -> None:
        self.recent = {f"recent {place}": opening for place, opening in enumerate(load_recent())}
        self._pasted, self._width = pasted, NARROW
        super().__init__(*self._offered(), id="known")

    def on_resize(self, event: events.Resize) -> None:
        width = max(event.size.width, NARROW)
        if width != self._width:
            self._width = width
            self._offer_again()

    def offer(self, pasted: Source) -> None:
        self._pasted = pasted
        self._offer_again()

    def _offer_again(self) -> None:
        chosen = self.highlighted
        self.clear_options().add_options(self._offered())
        self.highlighted = chosen

    def _offered(self) -> Iterable[Option]:
        if self._pasted:
            yield Option(self._described(self._pasted.name, say("read with the options below")), id=PASTED)
        for name, what in BUILT_IN.items():
            yield Option(self._described(name, say(what)), id=name)
        for name, opening in self.recent.items():
            shown = os.path.basename(opening.dataset) if self.app.is_web else opening.dataset
            yield Option(self._described(shown, _in_words(opening.options)), id=name)

    def _described(self, name: str, what: str) -> Content:
        most = self._width - 1
        name = name if len(name) <= most else "…" + name[1 - most :]
        about = flowed(Content(f"  {what}"), self._width - 2)
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


class Listed(PosixPath):
    """A path of the tree, known to be a folder or not since its own folder was listed.

    Only a thread that nothing waits for asks the disk, which may not answer.
    """

    _is_folder = True  # the root of the tree

    def iterdir(self) -> Generator[Listed, None, None]:
        found: Future[list[Listed]] = Future()

        def look() -> None:
            try:
                with os.scandir(self) as entries:
                    found.set_result([self._listed(entry) for entry in entries])
            except OSError as error:
                found.set_exception(error)

        threading.Thread(target=look, daemon=True).start()
        wait([found], LISTED)
        if found.done():
            yield from found.result()
        else:
            get_current_worker().node.post_message(Files.Stalled(self))

    def _listed(self, entry: os.DirEntry[str]) -> Listed:
        path = self / entry.name
        path._is_folder = False
        with suppress(OSError):  # a link to itself
            path._is_folder = entry.is_dir()
        return path

    def is_dir(self, **_options: bool) -> bool:
        return self._is_folder

    def resolve(self, strict: bool = False) -> Listed:
        return self.absolute()


class Files(DirectoryTree):
    """The files below a folder, without hidden ones; names are shown as text, not as markup."""

    @dataclass
    class Stalled(Message):
        """The disk with this folder does not answer."""

        folder: Path

    PATH = Listed

    BINDINGS = [Binding("enter", "select_cursor", "Open")]
    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def on_mount(self) -> None:
        self.show_root = False

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return (path for path in paths if not path.name.startswith("."))

    def process_label(self, label: str | Text) -> Text:
        return label if isinstance(label, Text) else Text(visible(label))
