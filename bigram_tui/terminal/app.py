"""The app as far as it deals with Textual and the terminal, whatever it is about."""

from typing import Any

from textual.binding import Binding
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Input
from textual.worker import WorkerFailed

from bigram_tui.terminal.cells import ShownCells
from bigram_tui.terminal.clipboard import WithClipboard
from bigram_tui.terminal.cursor import WithCursor
from bigram_tui.terminal.pacing import PacedDriver
from bigram_tui.terminal.steady import steady_driver
from bigram_tui.terminal.typed_ahead import TypedAhead
from bigram_tui.terminal.workarounds import mend

NAMED = {"enter", "escape", "backspace"}
"""Keys for which Textual shows a symbol of its own."""


class TerminalApp(WithClipboard, WithCursor, TypedAhead):
    """Draws no more than what changes, copies what is selected, and ends in order after a mistake."""

    BINDINGS = [
        Binding(
            "ctrl+c",
            "copy_or_quit",
            "Copy or quit",
            show=False,
            priority=True,
            tooltip="Copy what is selected; leave the program where nothing is",
        ),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, tooltip="Suspend; fg goes on"),
    ]

    crash: BaseException | None = None
    """The unexpected exception that ended the app."""

    paced: PacedDriver | None = None
    """The driver, where it is that for a terminal."""

    shown: ShownCells | None = None
    """What the terminal or the browser's page shows, where that is known."""

    is_unseen = False
    """It was started for somebody who comes later: nothing is drawn until their size is told."""

    told_size: Size | None = None
    """That of the browser's page; Textual may tell the one it began with after it."""

    _ends = _has_begun = False

    def __init__(self) -> None:
        mend()
        super().__init__()
        cache = getattr(self.stylesheet, "_parse_cache", None)
        if cache is not None:  # an empty one is false
            # With more kinds of widget than it has room for, all styles are parsed again for each new kind.
            cache.maxsize = 1_000

    def on_load(self) -> None:
        """The first pane inherits colours from here; Textual would style this last and then all again."""
        self.stylesheet.apply(self)

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
            self.draw_again()

    def draw_again(self) -> None:
        """All of it: what a smaller window had no room for is lost, also where the size is soon the old one,
        for which Textual draws nothing."""
        if self.shown is not None:
            self.shown.forget()
        self.refresh()

    def delay_update(self, delay: float = 0.05) -> None:
        """A pane is shown as soon as it is there: Textual would draw nothing so long, and then all again."""

    def get_key_display(self, binding: Binding) -> str:
        """As the help calls it, not by a symbol."""
        is_named = binding.key in NAMED or binding.key.startswith("ctrl+")
        return binding.key_display or (binding.key if is_named else super().get_key_display(binding))

    async def action_copy_or_quit(self) -> None:
        """ctrl+c copies what is selected, on the screen or in a field, and quits where nothing is."""
        field = self.focused
        in_field = field.selected_text if isinstance(field, Input) else ""
        if selected := in_field or self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
        else:
            await self.action_quit()

    def end_because_of(self, error: Exception) -> None:
        """To be called by `call_later`: end as after an exception in a message handler."""
        raise error

    def exit(self, *arguments: Any, **options: Any) -> None:
        self._ends = True
        super().exit(*arguments, **options)

    def on_ready(self) -> None:
        self._has_begun = True

    def _handle_exception(self, error: Exception) -> None:
        """While the app closes its parts go one after the other, and what misses one does no harm."""
        if self._ends or (self._has_begun and not self.is_running):
            return
        self.crash = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Leave without Textual's pages of traceback: the command line reports `crash` in a paragraph."""
        self.exit(return_code=1)

    def panic(self, *_renderables: object) -> None:
        self._fatal_error()
