"""Tabs in one line, above contents that take the room there is."""

from textual.widgets import TabbedContent


class Tabbed(TabbedContent):
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
