"""The command palette: everything that can be done now, by name."""

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.theme import ThemeProvider
from textual.widgets import Input

from bigram_tui.dialogs.dialog import Overlay
from bigram_tui.texts import say
from bigram_tui.widgets.key_line import KeyLine

IN_NAME, IN_EXPLANATION = 200.0, 100.0
"""Added to a command's score if the query is a substring, rather than only a subsequence."""

ABOVE_AND_BELOW = 9
"""Lines of the screen that are not for the list of commands."""


class Commands(Provider):
    """The app's commands, in their own order."""

    async def discover(self) -> Hits:
        for title, about, run, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(title, run, help=about)

    async def search(self, query: str) -> Hits:
        matcher, wanted, hits = self.matcher(query), query.casefold(), []
        for title, about, run, _ in self.app.get_system_commands(self.screen):
            score = matcher.match(title)
            score += IN_NAME * (wanted in title.casefold()) + IN_EXPLANATION * (wanted in about.casefold())
            if score:
                hits.append(Hit(score, matcher.highlight(title), run, text=title, help=about))
        for hit in hits or [_nothing()]:
            yield hit


class Themes(ThemeProvider):
    async def search(self, query: str) -> Hits:
        for hit in [hit async for hit in super().search(query)] or [_nothing()]:
            yield hit


def _nothing() -> Hit:
    """Says that nothing was found; Textual would say it in English."""
    return Hit(1, say("Nothing has this name"), lambda: None)


class Palette(Overlay, CommandPalette):
    """Textual's palette as an Overlay."""

    DEFAULT_CSS = """
    Palette {
        & > Vertical, &:dark > Vertical { background: $surface; &:dark { background: $surface; } }
        & > .command-palette--help-text { color: $muted; text-style: not bold; }
        CommandList:nocolor > .option-list--option-highlighted { text-style: bold underline; }
        SearchIcon { color: $foreground; }
    }
    """

    BINDINGS = [Binding("escape", "escape", "Close")]

    def __init__(self, provider: type[Provider] = Commands) -> None:
        asked = say("What do you want to do?") if provider is Commands else say("Which theme?")
        super().__init__([provider], placeholder=asked, id="--command-palette")

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield KeyLine()

    @on(Input.Changed)
    def search_while_open(self, event: Input.Changed) -> None:
        """Begin no search once the palette closes: the list for its results is soon gone."""
        if self not in self.app.screen_stack:
            event.prevent_default()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the line of keys in sight, also on a screen of few lines."""
        lines = min(event.size.height - ABOVE_AND_BELOW, event.size.height * 7 // 10)
        self.query_one(CommandList).styles.max_height = max(lines, 2)
