"""Record an animation of a walk through the panes of the real app: python screenshots/take_film.py [--digest]

Needs Chromium and the test dependencies. With --digest, it only prints the digest of the frames.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image
from playwright.async_api import async_playwright

from screenshots.take import at_a_home_of_its_own, picture, playing, press
from tests.web.test_browser import ARGUMENTS, CHROMIUM

SIZE = (100, 30)

WIDTH = 1000
"""In pixels."""

SCENES: list[tuple[str, float]] = [
    ("1", 2.5),
    ("2", 2),
    ("g", 0.7),
    ("n", 0.5),
    ("a", 2.5),
    ("w", 4),
    ("escape", 0.5),
    ("3", 1.5),
    *[("space", 0.15)] * 12,
    ("f", 2.5),
    ("4", 1),
    *[("space", 0.8)] * 4,
    *[("n", 0.5)] * 4,
    ("right_parenthesis", 1),
    *[("n", 0.5)] * 3,
    ("5", 4),
]
"""The keys of each frame, and for how many seconds it is shown."""


def digest(svgs: list[str]) -> bytes:
    """The digest by which a test checks whether the animation is up to date."""
    return hashlib.sha256("\n".join(svgs).encode()).hexdigest().encode()


async def frames() -> list[str]:
    """The screen after each key, as SVG."""
    svgs = []
    async with playing("walk", SIZE) as pilot:
        for key, _ in SCENES:
            await press(pilot, key)
            svgs.append(await picture(pilot, "walk"))
    return svgs


async def film(file: Path) -> None:
    svgs = await frames()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": WIDTH, "height": WIDTH})
        pictures = []
        for svg in svgs:
            await page.set_content(f"<style>body {{ margin: 0 }} svg {{ width: {WIDTH}px }}</style>{svg}")
            shot = await page.locator("svg").screenshot()
            pictures.append(Image.open(io.BytesIO(shot)).convert("RGB"))
        await browser.close()
    first, *others = [p.quantize(96, dither=Image.Dither.NONE) for p in pictures]
    first.save(
        file,
        save_all=True,
        append_images=others,
        duration=[int(1000 * seconds) for _, seconds in SCENES],
        loop=0,
        optimize=True,
        comment=digest(svgs),
    )


if __name__ == "__main__":
    with at_a_home_of_its_own():
        if sys.argv[1:] == ["--digest"]:
            print(digest(asyncio.run(frames())).decode())
        else:
            asyncio.run(film(Path(__file__).with_name("walk.gif")))
