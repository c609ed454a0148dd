"""The app in a real browser, as used by the visitors of a class.

Needs Playwright's Python package and the system's own Chromium.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import safetensors.numpy
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Dialog, Page, WebSocket, async_playwright

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.views.ramp import RAMPS
from bigram_tui.web.server import HEARTBEAT
from tests.waiting import PATIENCE
from tests.web.visiting import Drawn, Server, serving, until_nobody_is_left

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.asyncio(loop_scope="module"),
]

ELSEWHERE = "class.example"
"""A host name of this machine that is neither localhost nor reached over https."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
]


@pytest.fixture(scope="module")
def server(command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        command, "--host", "0.0.0.0", "--max-sessions", "2", cwd=tmp_path_factory.mktemp("served")
    ) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nobody_is_left(server: Server) -> AsyncIterator[None]:
    """No process is left of visitors who closed the page."""
    yield
    await until_nobody_is_left(server)


class Tab(Drawn):
    """A page; its screen is read from its WebSocket, since the page shows it as a picture."""

    def __init__(self, page: Page) -> None:
        super().__init__(80, 24)
        self.page = page
        self.asked: list[str] = []
        """The confirmations that the browser asked for."""
        self.from_elsewhere: list[str] = []
        page.on("websocket", self._follow)
        page.on("dialog", self._answer)
        page.on("request", lambda request: self._note(request.url))

    def _note(self, address: str) -> None:
        if not address.startswith(("http://127.0.0.1:", f"http://{ELSEWHERE}:", "data:")):
            self.from_elsewhere.append(address)

    async def _answer(self, dialog: Dialog) -> None:
        self.asked.append(dialog.type)
        await dialog.accept()

    def _follow(self, socket: WebSocket) -> None:
        self.screen.reset()
        socket.on("framesent", self._sent)
        socket.on("framereceived", lambda data: self.draw(data) if isinstance(data, bytes) else None)

    def _sent(self, message: str | bytes) -> None:
        match json.loads(message):
            case ["resize", {"width": int(columns), "height": int(lines)}]:
                self.screen.resize(lines, columns)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.text
            await asyncio.sleep(0.05)

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def hides(self, text: str) -> None:
        await self.until(lambda: text not in self.text)

    async def note(self, reason: str) -> None:
        """Wait until the page shows this message above the terminal."""
        await self.page.get_by_text(reason).wait_for(timeout=PATIENCE * 1000)

    async def colours(self) -> list[list[tuple[int, ...]]]:
        """The colours of each cell's corner, where there is no letter."""
        place = await self.page.locator(".xterm-screen").bounding_box()
        assert place is not None
        picture = Image.open(io.BytesIO(await self.page.screenshot())).convert("RGB")
        width, height = place["width"] / self.screen.columns, place["height"] / self.screen.lines
        corners: list[list[Any]] = [
            [
                picture.getpixel((round(place["x"] + column * width), round(place["y"] + line * height)))
                for column in range(self.screen.columns)
            ]
            for line in range(self.screen.lines)
        ]
        return corners

    def background(self, line: int, column: int) -> str:
        return str(self.screen.buffer[line][column].bg)


@asynccontextmanager
async def visiting(
    browser: Browser, server: Server, host: str = "127.0.0.1", clock: bool = False, **options: Any
) -> AsyncIterator[Tab]:
    """A visitor who opened the page and closed the welcome dialog."""
    options.setdefault("viewport", {"width": 1280, "height": 800})
    context: BrowserContext = await browser.new_context(**options)
    try:
        tab = Tab(await context.new_page())
        if clock:
            await tab.page.clock.install()
        await tab.page.goto(address(server, host))
        await tab.shows("Look around")
        await tab.page.locator("body.-first-byte").wait_for(state="attached")  # visible and responsive
        await tab.press("Escape")
        await tab.hides("Look around")
        yield tab
    finally:
        await context.close()
    assert not tab.from_elsewhere


def address(server: Server, host: str = "127.0.0.1") -> str:
    return f"{server.root.replace('127.0.0.1', host)}/?{server.address.partition('?')[2]}"


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


async def test_a_visitor_views_and_downloads_the_table_trains_and_draws(
    browser: Browser, server: Server, us_counts: NgramCounts
) -> None:
    async with visiting(browser, server) as tab:
        await tab.press("2")
        await tab.shows("smoothing k")
        # The picture has the colours that a terminal would show.
        deadline = time.monotonic() + PATIENCE
        while wrong := [
            (line, column)
            for line, row in enumerate(await tab.colours())
            for column, colour in enumerate(row)
            if (told := tab.background(line, column)) != "default"
            and tab.screen.buffer[line][column].data < "\u2500"
            and max(abs(seen - meant) for seen, meant in zip(colour, rgb(told), strict=True)) > 2
        ]:
            assert time.monotonic() < deadline, wrong
        drawn = {tab.background(*place) for place in cells(tab)}
        least, *_, most = RAMPS["yellow-green-blue"][True].split()
        assert {least, most} < drawn

        await tab.press("e")
        file = await downloaded(tab, "counts.csv")
        (_, *rows) = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
        assert [[int(n) for n in row] for _, *row in rows] == [
            us_counts.cells(i) for i in range(len(us_counts.vocabulary))
        ]
        assert len(tab.page.context.pages) == 1, "no empty page is left open"

        await tab.press("3")
        await tab.shows("Names it draws now")  # so the network is trained
        await tab.press("f")
        await tab.shows("Step 200 of 200")
        await tab.press("Control+p")
        await tab.shows("🔎")
        await tab.press(*"save netw")
        await tab.shows("Save network")
        await tab.press("Enter")
        file = await downloaded(tab, "network.safetensors")
        assert safetensors.numpy.load_file(file)["W"].shape == (27, 27)
        await tab.press("4")
        await tab.shows("press n to draw a name")
        await tab.press("n")
        await tab.hides("press n to draw a name")
        await tab.shows("mor ")

        await tab.press("q")
        await tab.note("You have left the program.")
        await until_nobody_is_left(server)
        await tab.page.get_by_role("button", name="Begin again").press("Enter")
        await tab.shows("Look around")
        assert not tab.asked, "nothing was left to lose"


async def downloaded(tab: Tab, name: str) -> Path:
    """Download what the dialog offers."""
    await tab.shows("enter Download")
    async with tab.page.expect_download() as download:
        await tab.press("Enter")
    assert (await download.value).suggested_filename == name
    await tab.hides("enter Download")
    return await (await download.value).path()


def cells(tab: Tab) -> Iterator[tuple[int, int]]:
    return ((line, column) for line in range(tab.screen.lines) for column in range(tab.screen.columns))


async def test_one_takes_the_lesson_while_the_other_pastes_a_list(browser: Browser, server: Server) -> None:
    async with visiting(browser, server) as learner, visiting(browser, server) as other:
        await learner.press("l")
        await learner.shows("1/35")
        await learner.press("/")
        await learner.shows("enter To the words")
        await learner.press(*"emma")
        await learner.shows("Words (48 of")
        await learner.press("Enter")
        await learner.shows("= answer")
        await learner.press("=")
        await learner.shows("enter Check it")
        await learner.press(*"15")
        await learner.shows("=  15")
        await learner.press("Enter")
        await learner.shows("Names are short")

        await other.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await other.page.evaluate("navigator.clipboard.writeText('anna\\nbert\\nclara')")
        await other.press("o")
        await other.shows("words, with spaces between them")
        await other.press("Control+v")
        await other.shows("first lines")
        await other.press("Enter")
        await other.shows("pasted list · 3 words")
        assert "lesson" not in other.text.casefold().replace("l lesson", "")
        assert "pasted list" not in learner.text

        await other.press("p")
        await other.shows("c Copy")
        await other.press("c")
        await other.shows("Sent to the terminal's clipboard")
        copied = await other.page.evaluate("navigator.clipboard.readText()")
        assert "anna" in copied

        await until_nobody_is_left(server, but=2)
        await other.page.close(run_before_unload=False)
        await until_nobody_is_left(server, but=1)
        await learner.page.reload()
        assert learner.asked == ["beforeunload"], "the lesson would be lost"
        await learner.shows("Look around")


async def test_on_a_phone_a_tablet_and_in_large_letters_everything_fits(
    browser: Browser, server: Server
) -> None:
    async with visiting(browser, server, viewport={"width": 390, "height": 844}, has_touch=True) as phone:
        assert 60 < phone.screen.columns < 80
        place = await phone.page.locator(".xterm-screen").bounding_box()
        assert place is not None
        assert place["width"] <= 390
        assert place["height"] <= 844
        column = phone.screen.display[0].index("2 Counts")
        await phone.page.touchscreen.tap((column + 1) * place["width"] / phone.screen.columns, 5)
        await phone.shows("smoothing k")
        await phone.page.set_viewport_size({"width": 820, "height": 1180})
        await phone.until(lambda: phone.screen.columns > 140)
        await phone.shows("most frequent after")
        await phone.page.goto(f"{address(server)}&fontsize=24")
        await phone.until(lambda: phone.screen.columns == 58)
        for unusable in ("0", "9999", "large", "-3", "1e1"):
            await phone.page.goto(f"{address(server)}&fontsize={unusable}")
            await phone.shows("Look around")


async def test_copying_works_beyond_localhost_or_the_page_says_no(browser: Browser, server: Server) -> None:
    """Elsewhere, browsers do not give scripts access to the clipboard."""
    async with visiting(browser, server, host=ELSEWHERE) as tab:
        assert not await tab.page.evaluate("isSecureContext")
        await tab.press("p")
        await tab.shows("c Copy")
        await tab.press("c")
        await tab.shows("Sent to the terminal's clipboard")
        assert not await tab.page.get_by_text("does not allow copying").is_visible()
        await tab.press("Escape")
        await tab.hides("c Copy")
        await tab.press("o")
        await tab.shows("words, with spaces between them")
        await tab.press("Control+v")
        await tab.shows("first lines")
        await tab.shows("import")
        await tab.press("Escape")
        await tab.hides("first lines")
        await tab.press("Escape")
        await tab.hides("words, with spaces between them")
        await tab.press("p")
        await tab.shows("c Copy")
        await tab.page.evaluate("document.execCommand = () => false")
        await tab.press("c")
        await tab.note("The browser does not allow copying here")


async def test_an_ended_session_says_why_and_can_be_restarted(browser: Browser, server: Server) -> None:
    async with visiting(browser, server) as tab:
        process, *_ = server.children()
        os.kill(process, signal.SIGKILL)
        await tab.note("The program ended because of an error.")
        await tab.press("Enter")
        await tab.shows("Look around")
        assert not tab.asked, "nothing was left to lose"


async def test_a_silent_connection_is_reported_as_lost(browser: Browser, server: Server) -> None:
    async with visiting(browser, server, clock=True) as tab:
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            for _ in range(3):
                await tab.page.clock.run_for(HEARTBEAT * 1000)
            await tab.note("The connection was lost.")
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        await until_nobody_is_left(server)
        await tab.page.get_by_role("button", name="Begin again").click()
        await tab.shows("Look around")
