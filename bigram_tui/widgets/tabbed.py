"""Tabs on one line, with contents that fill the room below."""

from typing import ClassVar

from textual.widgets import TabbedContent

from bigram_tui.texts import Phrase, say


class Tabbed(TabbedContent):
    """Subclasses define the titles of the tabs by id."""

    TITLES: ClassVar[dict[str, Phrase]]
    DEFAULT_CSS = """
    Tabbed {
        height: 1fr;
        ContentTabs { height: 1; }
        Underline { display: none; }
        ContentTab { padding: 0 1; color: $muted; }
        ContentTab.-active { background: $panel !important; color: $foreground; text-style: bold !important; }
        ContentTabs:focus ContentTab.-active { background: $accent !important; color: $on-accent; }
        ContentSwitcher { height: 1fr; }
        TabPane { padding: 0 1; height: 1fr; }
    }
    """

    def name_tabs(self) -> None:
        """Set the titles in the current language."""
        for part, title in self.TITLES.items():
            self.get_tab(part).label = say(title)
