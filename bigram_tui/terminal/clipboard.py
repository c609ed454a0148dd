"""Copying: the terminal is asked to keep a text and does not answer; tmux and screen stand between it and the
program, and pass on what is asked in their own way only."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from dataclasses import dataclass
from enum import Enum, auto

from textual.app import App
from textual.message import Message

KEPT_BY_TMUX = ("tmux", "load-buffer", "-w", "-")
"""Keeps what it reads, and asks the terminal to (from tmux 3.2 on)."""

TMUX_PATIENCE = 10
"""Seconds after which tmux is taken to be stuck."""

COPYING = "\x1b]52;"
"""How what asks the terminal to keep a text begins."""

PIECE = re.compile(".{1,250}", re.DOTALL)
"""What every version of screen passes on at once."""


class Copied(Enum):
    """What is known about a text that was copied."""

    SENT = auto()
    KEPT_BY_TMUX = auto()
    NOT_KEPT_BY_TMUX = auto()
    """It passes on what the terminal is asked only if it is set to."""


class WithClipboard(App[None]):
    """Says what became of what is copied."""

    @dataclass
    class HandedOver(Message):
        """A text was copied."""

        copied: Copied

    def copy_to_clipboard(self, text: str) -> None:
        """Ask the terminal to keep a text, and tmux, where it runs in one."""
        super().copy_to_clipboard(text)
        if self.is_web:
            self.post_message(self.HandedOver(Copied.SENT))
        elif os.environ.get("TMUX"):
            threading.Thread(target=self._hand_to_tmux, args=(text,), daemon=True).start()
        else:
            # Elsewhere it may run beyond tmux, as over SSH.
            is_beyond_tmux = os.environ.get("TERM", "").startswith(("tmux", "screen")) and not in_screen()
            self.post_message(self.HandedOver(Copied.NOT_KEPT_BY_TMUX if is_beyond_tmux else Copied.SENT))

    def _hand_to_tmux(self, text: str) -> None:
        copied = Copied.KEPT_BY_TMUX
        try:
            subprocess.run(
                KEPT_BY_TMUX, input=text.encode(), capture_output=True, check=True, timeout=TMUX_PATIENCE
            )
        except (OSError, subprocess.SubprocessError):
            copied = Copied.NOT_KEPT_BY_TMUX
        self.post_message(self.HandedOver(copied))


def in_screen() -> bool:
    """Whether screen stands between the program and the terminal, and no tmux within it."""
    return bool(os.environ.get("STY")) and not os.environ.get("TMUX")


def through_screen(output: str) -> str:
    """What is sent to the terminal, so that screen passes on what asks for copying."""
    if not (output.startswith(COPYING) and in_screen()):
        return output
    return PIECE.sub(lambda piece: f"\x1bP{piece[0]}\x1b\\", output)
