"""Take the screenshots of the web page that a class uses: python screenshots/take_page.py [FOLDER]

Needs Chromium and the test dependencies.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image
from playwright.async_api import async_playwright

from tests.web.test_browser import ARGUMENTS, CHROMIUM, Tab, visiting
from tests.web.visiting import serving

PHONE = {"viewport": {"width": 390, "height": 700}, "device_scale_factor": 2, "has_touch": True}


async def take_all(folder: Path) -> None:
    command = str(Path(sys.executable).with_name("bigram-tui"))
    with tempfile.TemporaryDirectory() as empty, serving(command, cwd=Path(empty)) as server:
        async with async_playwright() as playwright:
            chromium = playwright.chromium
            browser = await chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            async with visiting(browser, server) as laptop:
                await laptop.press("2")
                await laptop.shows("smoothing k")
                await laptop.press("g")
                await laptop.shows("enter Boundary")
                await laptop.press("n", "a")
                await laptop.shows("n → a")
                await picture(laptop, folder / "page.png")
            await browser.close()
            dense = [*ARGUMENTS, "--force-device-scale-factor=2"]
            browser = await chromium.launch(executable_path=CHROMIUM, args=dense)
            async with visiting(browser, server, **PHONE) as phone:
                await phone.press("l")
                await phone.shows("1/35")
                await picture(phone, folder / "page-phone.png")
            await browser.close()


async def picture(tab: Tab, file: Path) -> None:
    await asyncio.sleep(1)  # until nothing is looked up or drawn
    taken = Image.open(io.BytesIO(await tab.page.screenshot())).convert("RGB")
    taken.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    asyncio.run(take_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
