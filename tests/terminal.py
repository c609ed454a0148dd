"""The command on a real pseudo-terminal, with pyte as the screen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pexpect
import pyte

PATIENCE = 60.0


class Terminal:
    """A terminal with the app in it: what it shows, and keys to press."""

    def __init__(self, command: str, *arguments: str, size: tuple[int, int], env: dict[str, str]) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._child = pexpect.spawn(
            command, list(arguments), dimensions=(lines, columns), env=os.environ | env, timeout=PATIENCE
        )
        self._child.delaybeforesend = None

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def shows(self, text: str) -> str:
        """Wait until this text is on the screen; returns the whole screen."""
        return self._until(lambda: text in "\n".join(self.screen.display))

    def ends(self) -> int:
        """Wait until the command has ended; returns its exit status."""
        self._until(lambda: not self._child.isalive())
        self._child.close()
        assert self._child.exitstatus is not None
        return self._child.exitstatus

    def writes(self, text: str) -> float:
        """Wait until this text comes; returns when it did, which is before it is interpreted."""
        written, deadline = b"", time.monotonic() + PATIENCE
        while text.encode() not in written:
            assert time.monotonic() < deadline, written
            written += self._child.read_nonblocking(65_536, timeout=PATIENCE)
        came = time.perf_counter()
        self._stream.feed(written)
        return came

    def read_for(self, seconds: float) -> None:
        """Let the app write for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read()

    def _until(self, condition: Callable[[], bool]) -> str:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.screen.display)
            if not self._read():
                break
        assert condition(), "\n".join(self.screen.display)
        return "\n".join(self.screen.display)

    def _read(self) -> bool:
        """Show what the app wrote, if it does soon; returns whether there may be more."""
        try:
            self._stream.feed(self._child.read_nonblocking(65_536, timeout=0.1))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def kill(self) -> None:
        self._child.close(force=True)
