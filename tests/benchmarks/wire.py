"""A command on a pseudo-terminal, seen from the wire: bytes received, keys sent, and their times."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from pathlib import Path

SIZE = (140, 40)
PATIENCE = 60.0

BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Label
class Bare(App):
    BINDINGS = [("down", "down", "Down"), ("up", "up", "Up")]
    def compose(self):
        yield Header(); yield Label("ready"); yield Footer()
    def action_down(self): self.query_one(Label).update("down!")
    def action_up(self): self.query_one(Label).update("up!")
Bare().run()
"""
"""A bare Textual program, to compare with."""


class Wire:
    """The terminal's side of a command that was just started."""

    def __init__(self, command: list[str], **env: str) -> None:
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", **env)
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))

    def press(self, keys: bytes) -> float:
        """Send these keys; returns the time."""
        now = time.perf_counter()
        os.write(self.fd, keys)
        return now

    def read(self, timeout: float, most: int = 65_536) -> bytes:
        """The next output; empty if it takes longer."""
        return os.read(self.fd, most) if select.select([self.fd], [], [], timeout)[0] else b""

    def until(self, *texts: str, seen: bytes = b"") -> float:
        """Wait until each of these texts arrives, unbroken; returns the time."""
        deadline = time.perf_counter() + PATIENCE
        while not all(text.encode() in seen for text in texts):
            assert time.perf_counter() < deadline, seen[-2_000:]
            seen += self.read(1.0)
        return time.perf_counter()

    def until_quiet(self, seconds: float) -> bytes:
        """All output until nothing arrives for this long."""
        seen = b""
        while some := self.read(seconds):
            seen += some
        return seen

    def processor_seconds(self) -> float:
        """The CPU seconds that the command has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
