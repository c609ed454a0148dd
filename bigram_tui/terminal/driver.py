"""The driver for a terminal, which may be stopped, closed, or send anything."""

import asyncio
import io
import os
import selectors
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from bigram_tui.terminal.clipboard import through_screen
from bigram_tui.terminal.keyboard import CAN_READ, Keyboard, with_alternate_keys

GRACE = 3
"""Seconds to exit after a signal; then the terminal is restored, whatever the app is doing."""

WAIT = 0.1
"""How often to check whether to stop reading keys, in seconds."""

POINTER_BACK = "\x1b]22;default\x07"
MOUSE_PIXELS_OFF = "\x1b[?1016l"
ALL_OFF = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    f"{MOUSE_PIXELS_OFF}\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Switches off every terminal mode that Textual switches on."""


class Display:
    """The app's output file, which never raises: if the terminal is gone, output goes to /dev/null."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.is_lost = False

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        self._try(self._file.write, text)

    def flush(self) -> None:
        self._try(self._file.flush)

    def _try(self, act: Callable[..., object], *arguments: str) -> None:
        try:
            act(*arguments)
        except OSError:
            self.is_lost = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


class TerminalDriver(LinuxDriver):
    """Textual's driver, with job control: it also restores the terminal when a signal ends the app, stops
    with the rest of its pipeline, exits when the terminal is gone, and ignores invalid input."""

    def __init__(self, app: App[Any], *, debug: bool = False, **options: Any) -> None:
        super().__init__(app, debug=debug, **options)
        self.app, self.debug, self.loop = app, debug, asyncio.get_running_loop()
        if isinstance(sys.stderr, io.TextIOWrapper):
            sys.stderr.reconfigure(errors="replace")  # one column for each character that the encoding lacks
        self._display = Display(sys.stderr)
        if hasattr(self, "_file"):
            self._file = cast(Any, self._display)
        self._ended_by = 0
        self._pointer_is_set = False
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_end)
        signal.signal(signal.SIGALRM, self._give_up)
        signal.signal(signal.SIGTSTP, self._on_stop)
        signal.signal(signal.SIGCONT, self._on_continue)

    @property
    def _is_writing(self) -> bool:
        """False before the app starts to paint, and while it is stopped."""
        if not hasattr(self, "_writer_thread"):
            return True
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def write(self, data: str) -> None:
        if self._is_writing:
            self._pointer_is_set |= data.startswith(POINTER_BACK[:5])
            super().write(through_screen(with_alternate_keys(data) if CAN_READ else data))

    def terminal_size(self) -> tuple[int, int]:
        """Columns and lines of the terminal that is painted on, even if standard output is redirected."""
        try:
            columns, lines = os.get_terminal_size(self._display.fileno())
        except OSError:
            columns = lines = 0
        return columns or 80, lines or 24

    _get_terminal_size = terminal_size

    def disable_input(self) -> None:
        super().disable_input()
        self.write(MOUSE_PIXELS_OFF)
        if self._pointer_is_set:
            self.write(POINTER_BACK)

    # Signal handlers only schedule work on the event loop, since a signal can interrupt anything.

    def _on_end(self, number: int, _frame: FrameType | None) -> None:
        """Exit with the status that shells use for a program ended by this signal."""
        self._ended_by = number
        signal.alarm(GRACE)
        self._soon(lambda: self.app.exit(return_code=128 + number))

    def _soon(self, act: Callable[[], object]) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(act)

    def _give_up(self, _number: int, _frame: FrameType | None) -> None:
        """Restore the terminal and exit at once: the app is stuck, or the terminal takes no output."""
        try:
            termios.tcflush(self._display.fileno(), termios.TCOFLUSH)
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            os.set_blocking(self._display.fileno(), False)
            os.write(self._display.fileno(), ALL_OFF.encode())
            os.set_blocking(self._display.fileno(), True)
        finally:
            os._exit(128 + self._ended_by)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._soon(self._stop)

    def _stop(self) -> None:
        """Stop the whole job, as ctrl+z does if the terminal handles it.

        The system ignores this if there is no shell to resume the job.
        """
        if self._is_writing:
            self.suspend_application_mode()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._on_stop)
        if not self._is_writing:
            self.resume_application_mode()

    def _on_continue(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_writing:
            self._soon(self._begin_again)
        else:
            self.resume_application_mode()

    def _begin_again(self) -> None:
        """Set up the terminal again after SIGSTOP, since other programs may have used it."""
        if self._is_writing:
            self.suspend_application_mode()
            self.resume_application_mode()

    # Keys.

    def run_input_thread(self) -> None:
        """Read input until asked to stop, or until the terminal is gone."""
        if not CAN_READ:
            super().run_input_thread()
            return
        keyboard, decoder = Keyboard(self.debug), getincrementaldecoder("utf-8")("replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = self._read() if selector.select(WAIT) else None
                if data == b"" or self._display.is_lost:
                    os.kill(os.getpid(), signal.SIGHUP)
                    return
                self._process(keyboard.read(decoder.decode(data or b"")))
                self._process(keyboard.tick())

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _process(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
