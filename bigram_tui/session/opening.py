"""Opening a word list beside the running app: what was asked for, how far it is, what was opened before."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from bigram_tui.files.locations import cache_folder, recent_file
from bigram_tui.lm.errors import BigramError, CancelledError
from bigram_tui.lm.settings import ReadingOptions
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words.corpus import Corpus, read, read_table
from bigram_tui.words.sources import LARGE, find_source, is_url
from bigram_tui.words.streams import OnProgress, Progress, Source

if TYPE_CHECKING:
    from textual.app import App

MAX_RECENT = 10
PROGRESS_INTERVAL = 0.1
"""Seconds between two reports of how far it is."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Opening:
    """What is to be opened, and how it is read; a `source` is where its bytes come from, if that is open."""

    dataset: str
    options: ReadingOptions = field(default_factory=ReadingOptions)
    source: Source | None = None

    @property
    def shown(self) -> str:
        """What it is called on the screen; an address without its password."""
        if self.source is not None:
            return self.source.name
        if not is_url(self.dataset):
            return visible(self.dataset)
        from bigram_tui.words.downloads import without_password

        try:
            return without_password(self.dataset)
        except BigramError as error:
            return str(error)

    def read(self, on_progress: OnProgress) -> Corpus:
        """The words; of a large file what the first pass gives.

        Raises:
            DatasetError: when they cannot be had.
        """
        source = self.source or find_source(self.dataset, cache_folder(), self.options, on_progress)
        quick = source.size is None or source.size < LARGE
        return (read if quick else read_table)(source, self.options, on_progress)


class Task:
    """Work in a thread of its own, which nothing waits for: what does not answer must not hold up the app.

    What it tells is called on the app's own thread, and nothing is told any more once it is cancelled.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._cancelled = threading.Event()
        self._last_report = 0.0
        self._tell_progress: Callable[[Progress], None]

    def begin(
        self,
        work: Callable[[OnProgress], Result],
        progress: Callable[[Progress], None],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        self._tell_progress = progress
        threading.Thread(target=self._run, args=(work, done, failed), daemon=True).start()

    def cancel(self) -> None:
        self._cancelled.set()

    def _run(
        self,
        work: Callable[[OnProgress], Result],
        done: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        try:
            result = work(self._on_progress)
        except CancelledError:
            return
        except BigramError as error:
            self._tell(failed, str(error))
        except MemoryError:
            self._tell(failed, "there is not enough memory for this word list; limit how many words are read")
        else:
            self._tell(done, result)

    def _on_progress(self, progress: Progress) -> None:
        if self._cancelled.is_set():
            raise CancelledError
        if time.monotonic() - self._last_report >= PROGRESS_INTERVAL:
            self._last_report = time.monotonic()
            self._tell(self._tell_progress, progress)

    def _tell(self, call: Callable[[Any], None], value: object) -> None:
        def unless_cancelled() -> None:
            if not self._cancelled.is_set():
                call(value)

        self._app.call_later(unless_cancelled)


def load_recent() -> list[Opening]:
    """What was opened before, the last first; nothing where that cannot be read."""
    try:
        saved = json.loads(recent_file().read_bytes())
        return [Opening(str(o["dataset"]), ReadingOptions(**o["options"])) for o in saved][:MAX_RECENT]
    except (OSError, ValueError, TypeError, KeyError, BigramError):
        return []


def remember_recent(opening: Opening) -> None:
    """Put it first; not what cannot be opened again, nor an address with a password in it."""
    if opening.source is not None or (is_url(opening.dataset) and "@" in urlsplit(opening.dataset).netloc):
        return
    from bigram_tui.files.saving import write_atomically

    recent = [opening, *(old for old in load_recent() if old != opening)][:MAX_RECENT]
    saved = [{"dataset": o.dataset, "options": asdict(o.options)} for o in recent]
    with contextlib.suppress(OSError, ValueError):  # a comfort: without a folder for it all else works
        write_atomically(recent_file(), json.dumps(saved).encode())


def pasted_path(text: str) -> str | None:
    """The path that a terminal pastes when a file is dropped on it, if there is such a file.

    Terminals quote it, put backslashes before spaces, or write a file:// address, and may end the line.
    """
    text = text.strip("\r\n ")
    candidates = [text]
    with contextlib.suppress(ValueError):
        if text.startswith("file://"):
            candidates.append(unquote(urlsplit(text).path))
        unquoted = shlex.split(text)
        candidates += unquoted if len(unquoted) == 1 else []
    for candidate in candidates:
        with contextlib.suppress(ValueError, OSError):
            if candidate and os.path.exists(os.path.expanduser(candidate)):
                return candidate
    return None
