"""The command palette."""

from __future__ import annotations

from textual.command import CommandPalette

from bigram_tui.dialogs.dialog import Overlay


class Palette(Overlay, CommandPalette):
    """Textual's, drawn as all screens here are."""
