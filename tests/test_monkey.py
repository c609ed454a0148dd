"""Random keys, clicks, pastes and resizes: nothing breaks, and the app still answers afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import thoroughly
from tests.monkey import rampage

ACTIONS = 120


@pytest.mark.parametrize("seed", [1, 5, *thoroughly(0, 2, 3, 4, *range(6, 20))])
async def test_a_monkey_breaks_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On failure the seed is in the test's name; `python -m tests.monkey SECONDS SEED` runs it for longer."""
    monkeypatch.chdir(tmp_path)
    await rampage(seed, ACTIONS)
