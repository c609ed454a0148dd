"""The terminal below Textual: what leaves it as it was, what is sent to it, and where its columns are."""
