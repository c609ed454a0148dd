"""The committed pictures show the app as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

SCREENSHOTS = Path(__file__).resolve().parents[1] / "screenshots"
TAKEN_WITH = {"textual": "8.2.8", "rich": "15.0.0"}
"""The versions whose bytes are committed; others may write the same picture in another way."""


@pytest.fixture(scope="module")
def taken_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screenshots")
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run([sys.executable, SCREENSHOTS / "take.py", folder], env=environment, check=True)
    return folder


@pytest.mark.parametrize("name", sorted(file.stem for file in SCREENSHOTS.glob("*.svg")))
def test_the_pictures_are_up_to_date(taken_again: Path, name: str) -> None:
    committed = (SCREENSHOTS / f"{name}.svg").read_text(encoding="utf-8")
    now = (taken_again / f"{name}.svg").read_text(encoding="utf-8")
    assert texts_and_styles(now) == texts_and_styles(committed)
    if all(version(package) == taken for package, taken in TAKEN_WITH.items()):
        assert now == committed


def texts_and_styles(svg: str) -> list[tuple[str, str]]:
    """Each piece of text with what its class looks like."""
    styles = dict(re.findall(r"\.([\w-]+-r\d+) \{ ([^}]*) \}", svg))
    texts = re.findall(r'<text class="([\w-]+-r\d+)"[^>]*>([^<]*)</text>', svg)
    assert texts
    return [(text, styles[name]) for name, text in texts]
