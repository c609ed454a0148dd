"""Opening a word list: what to open and how to read it, recent lists, and what was pasted or dropped."""

import contextlib
import json
import os
import re
import shlex
import threading
from dataclasses import asdict, dataclass, field
from io import BytesIO
from urllib.parse import unquote, urlsplit

from bigram_tui.files.loading import read_json
from bigram_tui.files.locations import cache_folder, is_served, recent_file
from bigram_tui.lm.errors import BigramError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import say
from bigram_tui.words.built_in import is_url
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import OnProgress
from bigram_tui.words.reading import read, read_table
from bigram_tui.words.sources import LARGE, engine_for, find_source, named
from bigram_tui.words.streams import Source

NICE = 5
"""The niceness of the processes that read a list, so that key presses come first."""

MAX_RECENT = 10
LONGEST_PATH = 20_000
"""The most characters of a path, however it is quoted: systems allow 4,096."""

ANSWER = 1.0
"""Seconds to wait for an answer of the disk."""


@dataclass(frozen=True)
class Opening:
    """A dataset to open, and how to read it; `source` is where its bytes come from, if already open."""

    dataset: str
    options: ReadingOptions = field(default_factory=ReadingOptions)
    source: Source | None = None

    @property
    def shown(self) -> str:
        """Its name on the screen, without the passwords of URLs, and without a look at the disk."""
        if self.source is not None:
            return self.source.name
        names = [self.dataset]
        with contextlib.suppress(ValueError):
            names = shlex.split(self.dataset) if "://" in self.dataset else names
        return " ".join(map(_shown, names))

    def read(self, on_progress: OnProgress) -> Corpus:
        """Read the words; for a large file, the first pass only.

        Raises:
            DatasetError: if they cannot be read.
        """
        source = self.source or find_source(self.dataset, cache_folder(), self.options, on_progress)
        if source.size is None or source.size < LARGE:
            return read(source, self.options, on_progress)
        return read_table(source, self.options, on_progress, engine_for(source, None, NICE))


def _shown(name: str) -> str:
    if not is_url(name):
        return visible(name)
    from bigram_tui.words.downloads import without_password

    try:
        return without_password(name)
    except BigramError as error:
        return say(error.phrase, **error.gaps)


_of_the_visit: list[Opening] = []
"""When the app is served to browsers: what the server was told to show; nothing is saved then."""


def load_recent() -> list[Opening]:
    """What was opened before, most recent first; empty if the file cannot be read."""
    if is_served():
        return _of_the_visit
    try:
        saved = read_json(recent_file())
        return [Opening(str(o["dataset"]), ReadingOptions(**o["options"])) for o in saved][:MAX_RECENT]
    except (OSError, ValueError, TypeError, KeyError, BigramError):
        return []


def remember_recent(opening: Opening) -> None:
    """Put it first, unless it cannot be opened again or is a URL with a password."""
    secret = any(is_url(name) and "@" in urlsplit(name).netloc for name in named(opening.dataset))
    if opening.source is not None or secret:
        return
    if is_served():
        _of_the_visit[:] = _of_the_visit or [opening]
        return
    from bigram_tui.files.saving import write_atomically

    recent = [opening, *(old for old in load_recent() if old != opening)][:MAX_RECENT]
    saved = [{"dataset": o.dataset, "options": asdict(o.options)} for o in recent]
    with contextlib.suppress(OSError, ValueError):  # a convenience: without it everything else works
        write_atomically(recent_file(), json.dumps(saved).encode())


def pasted_list(text: str) -> Source | None:
    """Several pasted lines as a list that can be read again; None if it is a single line."""
    lines = text.splitlines()
    if sum(not line.isspace() for line in lines if line) < 2:
        return None
    return _in_memory("pasted list", lines)


def typed_list(text: str) -> Source:
    """Words that were typed on one line."""
    return _in_memory("typed list", re.split(r"[\s,;、，；]+", text.strip()))


def _in_memory(name: str, lines: list[str]) -> Source:
    data = "\n".join((*lines, "")).encode(errors="replace")
    return Source(name, lambda: BytesIO(data), len(data))


def pasted_path(text: str) -> str | None:
    """The path that a terminal pastes when a file is dropped on it, if that file exists.

    If the disk does not answer, as a network drive may not, it is no path: what is typed next comes after it.
    """
    text = text.strip("\r\n ")
    if len(text) > LONGEST_PATH or is_served():
        return None
    found: list[str | None] = [None]
    thread = threading.Thread(target=lambda: found.append(_existing_path(text)), daemon=True)
    thread.start()
    thread.join(ANSWER)
    return found[-1]


def _existing_path(text: str) -> str | None:
    """Terminals may quote a path, escape spaces with backslashes, or write a file:// URL."""
    candidates = [text]
    with contextlib.suppress(ValueError):
        if text.startswith("file://"):
            candidates.append(unquote(urlsplit(text).path))
        unquoted = shlex.split(text)
        if len(unquoted) > 1 and all(os.path.exists(os.path.expanduser(path)) for path in unquoted):
            return shlex.join(unquoted)
        candidates += unquoted if len(unquoted) == 1 else []
    for candidate in candidates:
        with contextlib.suppress(ValueError, OSError):
            if candidate and os.path.exists(os.path.expanduser(candidate)):
                return candidate
    return None
