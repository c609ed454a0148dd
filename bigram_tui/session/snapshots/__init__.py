"""The data that panes share, as frozen snapshots."""
