"""The command on a real pseudo-terminal, with pyte as the terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pyte

from tests.waiting import PATIENCE, wait_until

LOOKS, PAUSE = 10, 0.03
"""How many polls in a row must find the command idle, and the seconds between them."""

KEYBOARD_ON, KEYBOARD_OFF = b"\x1b[>", b"\x1b[<u"
"""The sequences that push and pop the flags of Kitty's keyboard protocol."""

SYNC_ASKED, SYNC_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""The query whether the terminal supports synchronized output, and the reply that it does."""

SYNC_ON, SYNC_OFF = b"\x1b[?2026h", b"\x1b[?2026l"
"""The start and the end of a frame, between which the screen is inconsistent."""


class Frames:
    """Parses output to tell whether the screen is in the middle of a frame."""

    are_whole = True
    _written = b""

    def follow(self, written: bytes) -> None:
        self._written = self._written[-len(SYNC_ON) :] + written
        began, ended = self._written.rfind(SYNC_ON), self._written.rfind(SYNC_OFF)
        if began != ended:
            self.are_whole = began < ended


class Terminal:
    """A terminal in which the app runs: its screen, and keys to press."""

    def __init__(
        self,
        command: str,
        *arguments: str,
        size: tuple[int, int],
        env: dict[str, str],
        begin: Callable[[], object] | None = None,
    ) -> None:
        """`begin` is called in the child process before the command is executed."""
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._usual_modes = set(self.screen.mode)
        self._keyboards = 0
        self._frames = Frames()
        self._child = pexpect.spawn(
            command,
            list(arguments),
            dimensions=(lines, columns),
            env=os.environ | env,
            timeout=PATIENCE,
            preexec_fn=begin,
        )
        self._child.delaybeforesend = None
        self._usual_settings = self.settings
        self._pid = self._child.pid
        self.received = 0
        """Bytes received so far."""

    @property
    def settings(self) -> list[Any]:
        """The terminal's settings: echo, line editing, which keys send signals."""
        return termios.tcgetattr(self._child.child_fd)

    def assert_as_before(self) -> None:
        """Check that the terminal's settings are restored, and that no process is left."""
        self.assert_settings_as_before()
        changed = {number >> 5 for number in self.screen.mode ^ self._usual_modes}
        assert not changed, f"private modes left: {sorted(changed)}"
        assert self._keyboards == 0, "the keyboard protocol is not as it was"
        if not self._child.isalive():
            self.assert_nothing_is_left()

    def assert_settings_as_before(self) -> None:
        assert self.settings == self._usual_settings

    def assert_nothing_is_left(self) -> None:
        """No process of the command's session."""
        wait_until(lambda: not self._session())

    def _session(self) -> set[int]:
        found = set()
        for pid in psutil.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getsid(pid) == self._pid:
                    found.add(pid)
        return found

    def press(self, keys: str | bytes) -> None:
        self._child.send(keys)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command's process group."""
        os.killpg(self._pid, number)

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self._child.setwinsize(lines, columns)

    def hang_up(self) -> int:
        """Close the terminal, as when its window is closed; returns the command's exit status."""
        self._child.ptyproc.fileobj.close()
        return self.ends_unread()

    def ends_unread(self) -> int:
        """Wait until the command has ended, without reading its output; returns its exit status."""
        wait_until(lambda: not self._child.isalive())
        return self._status

    def fills_up(self) -> None:
        """Wait until the command blocks on writing, since nobody reads its output."""
        self._does_nothing(lambda: time.sleep(PAUSE), self._unread)

    def _unread(self) -> int:
        """Bytes of output that were not read yet."""
        return int.from_bytes(fcntl.ioctl(self._child.child_fd, termios.FIONREAD, b"1234"), "little")

    def shows(self, text: str) -> str:
        """Wait until this text is on the screen; returns the whole screen."""
        return self._until(lambda: text in "\n".join(self.screen.display))

    def shows_all(self, lines: list[str]) -> None:
        """Wait until the screen has these lines."""
        self._until(lambda: list(self.screen.display) == lines)

    def ends(self) -> int:
        """Wait until the command has ended; returns its exit status."""
        self._until(lambda: not self._child.isalive())
        wait_until(lambda: not self._read())
        return self._status

    @property
    def _status(self) -> int:
        """The exit status as a shell reports it."""
        if self._child.exitstatus is None:
            return 128 + int(self._child.signalstatus)
        return int(self._child.exitstatus)

    def writes(self, text: str) -> float:
        """Wait for this text in the output; returns the time when it arrived, before it is interpreted."""
        written, deadline = b"", time.monotonic() + PATIENCE
        while text.encode() not in written:
            assert time.monotonic() < deadline, written
            written += self._child.read_nonblocking(65_536, timeout=PATIENCE)
        came = time.perf_counter()
        self._feed(written)
        return came

    def read_for(self, seconds: float) -> None:
        """Read output for this many seconds; for benchmarks only, since tests should wait for a condition."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read()

    def computes(self, seconds: float) -> None:
        """Wait, without reading output, until the command has used this much more CPU time."""
        before = self._processor_time()
        wait_until(lambda: self._processor_time() - before >= seconds)

    def _processor_time(self) -> float:
        user, system = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def hides(self, text: str) -> None:
        """Wait until this text is no longer on the screen."""
        self._until(lambda: text not in "\n".join(self.screen.display))

    def rests(self) -> None:
        """Wait until the command is idle: it neither writes nor computes."""
        self._does_nothing(lambda: self._read(PAUSE), lambda: self.received)

    def _does_nothing(self, wait: Callable[[], object], written: Callable[[], int]) -> None:
        """Wait until several polls in a row find no output and no runnable thread."""
        deadline, quiet = time.monotonic() + PATIENCE, 0
        while quiet < LOOKS:
            assert time.monotonic() < deadline, "it never rests"
            before = written()
            wait()
            quiet = quiet + 1 if written() == before and not self._has_work() else 0

    def _has_work(self) -> bool:
        """Whether a thread of the command or its child processes is runnable (read from Linux's /proc)."""
        for pid in self._session():
            for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
                with contextlib.suppress(OSError):  # it has just ended
                    if thread.read_text().rpartition(")")[2].split()[0] in "RD":
                        return True
        return False

    def _until(self, condition: Callable[[], bool]) -> str:
        deadline = time.monotonic() + PATIENCE
        while not (self._frames.are_whole and condition()):
            assert time.monotonic() < deadline, "\n".join(self.screen.display)
            if not self._read():
                break
        assert condition(), "\n".join(self.screen.display)
        return "\n".join(self.screen.display)

    def _read(self, timeout: float = 0.1) -> bool:
        """Show what the app wrote, if it does soon; returns whether there may be more."""
        try:
            written = self._child.read_nonblocking(65_536, timeout=timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self._feed(written)
        return True

    def _feed(self, written: bytes) -> None:
        self.received += len(written)
        self._keyboards += written.count(KEYBOARD_ON) - written.count(KEYBOARD_OFF)
        if SYNC_ASKED in written:
            self.press(SYNC_KNOWN)
        self._frames.follow(written)
        self._stream.feed(written)

    def kill(self) -> None:
        """Kill what is left of the command's session."""
        for pid in self._session():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._child.isalive():
            self._child.wait()
        self._child.close()
