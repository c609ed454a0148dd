"""The command palette: all that can be done now, by name."""

from __future__ import annotations

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from bigram_tui.dialogs.dialog import Overlay
from bigram_tui.texts import say

TOLD = 0.01
"""The score of a command in whose explanation stands what is searched for: less than that of any name."""


class Commands(Provider):
    """The app's, in its own order."""

    async def discover(self) -> Hits:
        for title, about, run, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(title, run, help=about)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, about, run, _ in self.app.get_system_commands(self.screen):
            told = TOLD if query.casefold() in about.casefold() else 0
            if score := matcher.match(title) or told:
                yield Hit(score, matcher.highlight(title), run, text=title, help=about)


class Palette(Overlay, CommandPalette):
    """Textual's, drawn as all screens here are."""

    DEFAULT_CSS = """
    Palette {
        & > Vertical, &:dark > Vertical { background: $surface; &:dark { background: $surface; } }
        & > .command-palette--help-text { color: $muted; text-style: not bold; }
        SearchIcon { color: $foreground; }
    }
    """

    def __init__(self) -> None:
        super().__init__([Commands], placeholder=say("What do you want to do?"), id="--command-palette")
