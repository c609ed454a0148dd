"""Generates the code that computes what a pane shows, as one would write it in a notebook."""
