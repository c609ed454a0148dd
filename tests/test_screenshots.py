"""The committed screenshots show the app as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from PIL import Image

SCREENSHOTS = Path(__file__).resolve().parents[1] / "screenshots"
TAKEN_WITH = {"textual": "8.2.8", "rich": "15.0.0"}
"""The versions that the screenshots were taken with; others may produce different SVG."""


def test_the_pictures_are_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SCREENSHOTS / "take.py", tmp_path], check=True)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in SCREENSHOTS.glob("*.svg")}
    same_versions = all(version(package) == taken for package, taken in TAKEN_WITH.items())
    for file in tmp_path.iterdir():
        now, committed = (path.read_text(encoding="utf-8") for path in (file, SCREENSHOTS / file.name))
        assert texts_and_styles(now) == texts_and_styles(committed), file.name
        assert not same_versions or now == committed, file.name


def texts_and_styles(svg: str) -> list[tuple[str, str]]:
    """Each piece of text with the style of its class."""
    styles = dict(re.findall(r"\.([\w-]+-r\d+) \{ ([^}]*) \}", svg))
    texts = re.findall(r'<text class="([\w-]+-r\d+)"[^>]*>([^<]*)</text>', svg)
    assert texts
    return [(text, styles[name]) for name, text in texts]


@pytest.mark.thorough
def test_the_animation_is_up_to_date() -> None:
    """It contains a digest of its frames."""
    command = [sys.executable, SCREENSHOTS / "take_film.py", "--digest"]
    now = subprocess.check_output(command, text=True).strip()
    with Image.open(SCREENSHOTS / "walk.gif") as film:
        assert film.info["comment"].decode() == now
    assert (SCREENSHOTS / "walk.gif").stat().st_size < 2_000_000
