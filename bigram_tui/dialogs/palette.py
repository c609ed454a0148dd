"""The command palette."""

from __future__ import annotations

from textual.command import CommandPalette

from bigram_tui.terminal import Paced


class Palette(Paced, CommandPalette):
    """Textual's, drawn as all screens here are."""
