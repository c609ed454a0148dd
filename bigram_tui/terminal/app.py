"""The base class of the app, with everything that concerns Textual and the terminal."""

import asyncio
from typing import Any

from textual.binding import Binding
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Compose, Resize
from textual.geometry import Size
from textual.widgets import Input
from textual.worker import WorkerFailed

from bigram_tui.terminal.cells import ShownCells
from bigram_tui.terminal.clipboard import WithClipboard
from bigram_tui.terminal.cursor import WithCursor
from bigram_tui.terminal.garbage import GarbageCollection
from bigram_tui.terminal.pacing import PacedDriver
from bigram_tui.terminal.steady import steady_driver
from bigram_tui.terminal.typed_ahead import TypedAhead
from bigram_tui.terminal.workarounds import mend

NAMED = {"enter", "escape", "backspace"}
"""Keys that Textual displays as a symbol."""


class TerminalApp(WithClipboard, WithCursor, GarbageCollection, TypedAhead):
    """Redraws only what changes, copies the selection, and exits cleanly after an unexpected exception."""

    BINDINGS = [
        Binding(
            "ctrl+c",
            "copy_or_quit",
            "Copy or quit",
            show=False,
            priority=True,
            tooltip="Copy what is selected; leave the program where nothing is",
        ),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            priority=True,
            tooltip="Suspend; fg resumes",
        ),
    ]

    crash: BaseException | None = None
    """The unexpected exception that ended the app."""

    paced: PacedDriver | None = None
    """The driver, if it paints on a terminal."""

    shown: ShownCells | None = None
    """What the terminal or the browser shows, if known."""

    is_unseen = False
    """The app was prestarted for a visitor: nothing is painted until the size of the window is known."""

    told_size: Size | None = None
    """The size of the browser's window; Textual may report the initial size after it."""

    _ends = _has_begun = False

    def __init__(self) -> None:
        mend()
        super().__init__()
        cache = getattr(self.stylesheet, "_parse_cache", None)
        if cache is not None:  # not its truth value: an empty cache is false
            # With more widget classes than it can hold, Textual parses all styles for each new class.
            cache.maxsize = 1_000

    def on_load(self) -> None:
        """Style the app first, since panes inherit colours; Textual does it last, then restyles all.

        From Python 3.12 on, Textual's tasks are eager: a field of the first pane would look for the screen
        before there is one. Without that, messages are handled in the same order on every Python.
        """
        asyncio.get_running_loop().set_task_factory(None)
        self.stylesheet.apply(self)

    def on_compose(self, event: Compose) -> None:
        """The app has no widgets of its own; Textual would mount the pane's again, and paint all twice."""
        event.prevent_default()

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        if driver.__name__ == "WebDriver":
            from bigram_tui.terminal.web import ServedDriver

            return steady_driver(ServedDriver)
        return steady_driver(PacedDriver if driver is LinuxDriver else driver)

    def on_resize(self, event: Resize) -> None:
        if self.told_size not in (None, event.size):
            event.prevent_default()
        elif self.told_size is not None:
            self.repaint_all()

    def repaint_all(self) -> None:
        """Repaint everything, even if the size is soon the old one again: what did not fit into a smaller
        window is gone from the terminal, and Textual would repaint nothing."""
        if self.shown is not None:
            self.shown.forget()
        self.refresh()

    def delay_update(self, delay: float = 0.05) -> None:
        """Do nothing: Textual would paint nothing during the delay, and then everything again."""

    def get_key_display(self, binding: Binding) -> str:
        """The same name as in the help, not a symbol."""
        is_named = binding.key in NAMED or binding.key.startswith("ctrl+")
        return binding.key_display or (binding.key if is_named else super().get_key_display(binding))

    async def action_copy_or_quit(self) -> None:
        """ctrl+c copies the selection, on the screen or in a field, or quits if there is none."""
        field = self.focused
        in_field = field.selected_text if isinstance(field, Input) else ""
        if selected := in_field or self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
        else:
            await self.action_quit()

    def end_because_of(self, error: Exception) -> None:
        """Fail as if a message handler had raised this exception; for `call_later`."""
        raise error

    def exit(self, *arguments: Any, **options: Any) -> None:
        self._ends = True
        super().exit(*arguments, **options)

    def on_ready(self) -> None:
        self._has_begun = True

    def _handle_exception(self, error: Exception) -> None:
        """Ignore exceptions while the app closes: widgets are removed one by one, so some may be missed."""
        if self._ends or (self._has_begun and not self.is_running):
            return
        self.crash = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Exit without Textual's long traceback: the command line reports `crash` in a paragraph."""
        self.exit(return_code=1)

    def panic(self, *_renderables: object) -> None:
        self._fatal_error()
