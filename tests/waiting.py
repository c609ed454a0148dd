"""Waiting for a condition, but not for ever."""

import time
from collections.abc import Callable

PATIENCE = 120.0
"""Timeout in seconds, far longer than anything ever takes."""


def wait_until(condition: Callable[[], object]) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
