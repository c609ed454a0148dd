"""Dialogs that ask for the path of a file to save or load."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalGroup
from textual.content import Content
from textual.widgets import Input, Static

from bigram_tui.dialogs.dialog import Dialog, Result
from bigram_tui.files.loading import load_network
from bigram_tui.files.saving import replacing
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.vocabulary import Vocabulary, visible
from bigram_tui.session.task import Task
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import Field
from bigram_tui.words.progress import OnProgress, Progress

if TYPE_CHECKING:
    from textual.app import App

    from bigram_tui.lm.network_file import SavedNetwork

SAVING = Phrase("saving")

Writer = Callable[[], "str | bytes | Iterator[str]"]
"""Returns the content of a file, as a whole or in chunks."""

Saved = tuple[Path, "io.BytesIO | None"]
"""The path of the saved file, or the content to download under this name."""


class PathDialog(Dialog[Result]):
    """Processes a file and dismisses with the result.

    Runs in a thread, since a disk may hang: escape abandons it.
    """

    DEFAULT_CSS = """
    PathDialog {
        & > VerticalGroup { width: 76; }
        Input { margin-bottom: 1; }
        #state { height: auto; min-height: 1; }
    }
    """

    def __init__(
        self,
        title: str,
        about: str,
        work: Callable[[Path, OnProgress], Result],
        field: Input,
        endings: Collection[str] = (),
    ) -> None:
        """With `endings`, a file is written: its name must have one of them, and overwriting is confirmed."""
        super().__init__()
        self._heading, self._about, self._endings = title, about, endings
        self._work = work
        self._field = field
        self._file_work = Task(self)
        self._overwrite: Path | None = None

    def compose_box(self) -> ComposeResult:
        with VerticalGroup() as box:
            box.border_title = Content(self._heading)
            yield self._field
            yield Static(Content.styled(self._about, "$muted"), id="state")

    @on(Input.Changed)
    def forget_question(self) -> None:
        """What was said is about another name than the one that is typed now."""
        self._overwrite = None
        self._tell(self._about, "$muted")

    @on(Input.Submitted)
    def begin(self, event: Input.Submitted) -> None:
        in_browser = Path(Path(event.value).name)  # do not reveal the server's directories
        path = in_browser if self.app.is_web else Path(os.path.expanduser(event.value))
        if self._endings and path.suffix.lower() not in self._endings:
            self._tell(say("The name must end in one of {endings}", endings=", ".join(self._endings)))
        else:
            self._field.disabled = True
            self._tell(say("{file} … escape stops it", file=visible(str(path))), "$muted")
            self._file_work.begin(
                partial(self._work_with, path), self._tell_progress, self.dismiss, self._tell_failure
            )

    def _work_with(self, path: Path, on_progress: OnProgress) -> Result:
        """Called in the thread, where even checking whether a file exists may block."""
        shown = visible(str(path))
        try:
            if self._endings and path != self._overwrite and not self.app.is_web and os.path.exists(path):
                self._overwrite = path
                raise FileError(say("{file} exists: press enter again to overwrite it", file=shown))
            return self._work(path, on_progress)
        except OSError as error:
            raise FileError(
                say("{file} cannot be written: {reason}", file=shown, reason=say(str(error.strerror)))
            ) from None
        except ValueError as error:
            raise FileError(say("{file} is not a usable path: {reason}", file=shown, reason=error)) from None

    def on_unmount(self) -> None:
        self._file_work.cancel()

    def _tell_progress(self, progress: Progress) -> None:
        self._tell(
            say("{stage}: {n:,} pieces. escape stops it", stage=say(progress.stage), n=progress.done),
            "$muted",
        )

    def _tell_failure(self, reason: str) -> None:
        self._field.disabled = False
        self.set_focus(self._field)
        self._tell(reason)

    def _tell(self, text: str, style: str = "$text-error") -> None:
        self.query_one("#state", Static).update(Content.styled(text, style))


def ask_to_save(app: App[Any], title: str, name: str, writers: Mapping[str, Writer]) -> None:
    """Save with the writer for the file extension that the user gives, and show a notification.

    In a browser, the file is downloaded.
    """

    def write(path: Path, file: IO[bytes], on_progress: OnProgress) -> None:
        content = writers[path.suffix.lower()]()
        pieces = [content] if isinstance(content, str | bytes) else content
        for done, piece in enumerate(pieces, 1):
            file.write(piece.encode() if isinstance(piece, str) else piece)
            on_progress(Progress(SAVING, done))

    def save(path: Path, on_progress: OnProgress) -> Saved:
        if app.is_web:
            content = io.BytesIO()
            write(path, content, on_progress)
            return path, content
        with replacing(path) as file:
            write(path, file, on_progress)
        return path, None

    def tell(saved: Saved | None) -> None:
        if saved is None:
            return
        path, content = saved
        if content is not None:
            app.deliver_binary(content, save_filename=path.name)
        else:
            app.notify(say("Saved {file}", file=visible(str(path))), markup=False)

    enter = Phrase("Download") if app.is_web else Phrase("Save")
    field = Field(value=f"{name}{next(iter(writers))}", enter=enter, compact=True)
    about = say("The file extension decides the format: {endings}", endings=", ".join(writers))
    app.push_screen(PathDialog(title, about, save, field, writers), tell)


def loading_network(vocabulary: Vocabulary, context: int) -> PathDialog[SavedNetwork]:
    """Dismisses with a network that was saved for this vocabulary and context length."""

    def load(path: Path, _on_progress: OnProgress) -> SavedNetwork:
        return load_network(path, vocabulary, context)

    field = Field(placeholder=say("path of a .safetensors file"), enter=Phrase("Load"), compact=True)
    about = say("The run goes on from the step at which it was saved.")
    return PathDialog(say("Load a network"), about, load, field)
