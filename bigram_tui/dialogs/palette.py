"""The command palette, which a key cannot break."""

from __future__ import annotations

from contextlib import suppress

from textual.command import CommandPalette

from bigram_tui.terminal import Paced


class Palette(Paced, CommandPalette):
    """Textual's palette fails with KeyError on a page key while its list is not laid out yet."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):
            super()._action_command_list(action)
