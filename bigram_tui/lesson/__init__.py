"""The guided way through the panes, chapter by chapter."""
