"""The resources that a class needs: python tests/benchmarks/bench_web.py [RUNS]

Prints, for 1, 4 and 30 idle sessions of `bigram-tui serve`, before and after Training was opened, the memory
of a session (its proportional set size, PSS) and of the server, and the CPU usage of all of them over twenty
seconds in which the pages only send keep-alives. They include the app that was started for the next visitor.
Then the seconds until the Dataset pane is there with its summary, bars and lengths: in turn in a terminal of
140×40, over a WebSocket without a browser, and in Chromium in a window with as many columns, from the URL to
the picture; then in a second tab immediately after, for which no app has been started yet.

Run it on an otherwise idle machine.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aiohttp
from playwright.async_api import BrowserContext, async_playwright

from bigram_tui.web.server import HEARTBEAT
from tests.benchmarks.bench_start import DATASET, seconds
from tests.web.test_browser import ARGUMENTS, CHROMIUM
from tests.web.visiting import Server, Visitor, serving, visiting

SESSIONS = (1, 4, 30)
AT_REST = 20.0
"""The duration of the CPU measurement, in seconds."""

SETTLING = 5.0
"""Seconds without a change on the screen after which a session counts as idle."""

WINDOW = {"width": 1264, "height": 840}
"""Large enough for 140×40."""


def memory(pid: int) -> float:
    """The proportional set size (PSS) in MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) * 1024 / 1e6


def processor(pids: list[int]) -> float:
    """The CPU seconds that these processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def stay(visitor: Visitor) -> None:
    """Like a page that nobody touches."""
    while True:
        await visitor.socket.send_json(["ping", "1"])
        end = time.monotonic() + HEARTBEAT
        while (left := end - time.monotonic()) > 0:
            try:
                message = await visitor.socket.receive(left)
            except asyncio.TimeoutError:
                break
            if message.type == aiohttp.WSMsgType.BINARY:
                visitor.draw(message.data)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def report_rest(server: Server, state: str) -> None:
    await asyncio.sleep(SETTLING)
    children = server.children()
    pids = [server.process.pid, *children]
    before = processor(pids)
    await asyncio.sleep(AT_REST)
    share = (processor(pids) - before) / AT_REST
    of_each = statistics.mean(map(memory, children))
    print(
        f"{len(children):3} sessions {state}  {of_each:6.1f} MB each, server {memory(pids[0]):5.1f} MB, "
        f"{share:7.2%} of a core",
        flush=True,
    )


async def sessions(server: Server, count: int) -> None:
    async with AsyncExitStack() as stack:
        visitors, staying = [], []
        for _ in range(count):
            visitor = await stack.enter_async_context(visiting(server))
            await visitor.shows("Look around")
            visitors.append(visitor)
            staying.append(asyncio.create_task(stay(visitor)))
        await report_rest(server, "before Training")
        for place, visitor in enumerate(visitors):
            await end(staying[place])
            await visitor.press("\x1b[27u")
            await visitor.hides("Look around")
            await visitor.press("3")
            await visitor.shows("Step 0 of 200")
            staying[place] = asyncio.create_task(stay(visitor))
        await report_rest(server, "after Training ")
        for task in staying:
            await end(task)


async def over_the_socket(server: Server) -> float:
    began = time.perf_counter()
    async with (
        aiohttp.ClientSession() as browser,
        browser.ws_connect(f"{server.root}/ws?width=140&height=40", max_msg_size=0) as socket,
    ):
        seen = b""
        while not all(text.encode() in seen for text in DATASET):
            message = await socket.receive(60)
            seen += message.data if message.type == aiohttp.WSMsgType.BINARY else b""
        return time.perf_counter() - began


async def in_the_browser(context: BrowserContext, server: Server) -> float:
    """Until what was received is also visible in the picture."""
    page, seen, received = await context.new_page(), bytearray(), asyncio.Event()

    def follow(data: str | bytes) -> None:
        seen.extend(data if isinstance(data, bytes) else b"")
        if all(text.encode() in seen for text in DATASET):
            received.set()

    page.on("websocket", lambda socket: socket.on("framereceived", follow))
    began = time.perf_counter()
    await page.goto(server.address, wait_until="commit")
    await received.wait()
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    took = time.perf_counter() - began
    await page.close()
    return took


async def first_frames(server: Server, command: str, runs: int) -> None:
    times: list[tuple[float, float, float, float]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for _ in range(runs + 1):
            terminal = await asyncio.to_thread(seconds, [command], *DATASET)
            await asyncio.sleep(SETTLING)
            socket = await over_the_socket(server)
            await asyncio.sleep(SETTLING)
            context = await browser.new_context(viewport=WINDOW)
            first, at_once = [await in_the_browser(context, server) for _ in range(2)]
            await context.close()
            times.append((terminal, socket, first, at_once))
        await browser.close()
    terminal, *others = (statistics.median(column) for column in zip(*times[1:], strict=True))
    print(f"first frame in a terminal      {terminal:6.3f} s")
    for name, took in zip(("over a socket   ", "in the browser  ", "the next at once"), others, strict=True):
        print(f"first frame {name}   {took:6.3f} s  {took / terminal:5.2f}× (goal at most 3×)")


async def main(runs: int) -> None:
    command = str(Path(sys.executable).with_name("bigram-tui"))
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home)
        for count in SESSIONS:
            with serving(command, cwd=Path(home)) as server:
                await sessions(server, count)
        with serving(command, cwd=Path(home)) as server:
            await first_frames(server, command, runs)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
