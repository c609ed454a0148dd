"""Counting on a cluster, for which the extra `cluster` is needed."""
