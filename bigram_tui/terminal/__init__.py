"""Everything between Textual and the terminal: what is sent to it, and restoring it at the end."""

SIZE_FOLLOWS = "BIGRAM_TUI_SIZE_FOLLOWS"
"""The environment variable that tells a prestarted app to wait for the size of a visitor's window."""
