"""The lesson, which guides through the panes chapter by chapter."""
