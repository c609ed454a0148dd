"""The terminal below Textual: what leaves it as it was, what is sent to it, and where its columns are."""

SIZE_FOLLOWS = "BIGRAM_TUI_SIZE_FOLLOWS"
"""An environment variable by which a server says that it tells the size when somebody comes."""
