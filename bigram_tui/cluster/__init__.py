"""Counting on a cluster; needs the extra `cluster`."""
