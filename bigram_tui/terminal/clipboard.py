"""Copying with OSC 52, which terminals do not acknowledge, and tmux and screen only pass on in part."""

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
"""Stores its input in tmux, which sends it to the terminal's clipboard, too (since tmux 3.2)."""

TMUX_PATIENCE = 10
"""Timeout in seconds for tmux."""

COPYING = "\x1b]52;"
"""The start of an OSC 52 sequence."""

PIECE = re.compile(".{1,250}", re.DOTALL)
"""The length of a sequence that every version of screen passes on."""


class Copied(Enum):
    """What is known about the fate of a copied text."""

    SENT = auto()
    KEPT_BY_TMUX = auto()
    NOT_KEPT_BY_TMUX = auto()
    """tmux passes OSC 52 on only if configured to."""


class WithClipboard(App[None]):
    """Reports what became of a copied text."""

    @dataclass
    class HandedOver(Message):
        """A text was copied."""

        copied: Copied

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text to the terminal's clipboard, and to tmux if the app runs in it."""
        super().copy_to_clipboard(text)
        if self.is_web:
            self.post_message(self.HandedOver(Copied.SENT))
        elif os.environ.get("TMUX"):
            threading.Thread(target=self._hand_to_tmux, args=(text,), daemon=True).start()
        else:
            # If TERM says tmux without TMUX being set, it runs on another machine, as with SSH.
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
    """Whether the program runs in screen, with no tmux inside of it."""
    return bool(os.environ.get("STY")) and not os.environ.get("TMUX")


def through_screen(output: str) -> str:
    """Wrap OSC 52 sequences so that screen passes them on."""
    if not (output.startswith(COPYING) and in_screen()):
        return output
    return PIECE.sub(lambda piece: f"\x1bP{piece[0]}\x1b\\", output)
