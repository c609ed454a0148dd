"""What a class costs: python tests/benchmarks/bench_web.py [RUNS]

Prints, for 1, 4 and 30 sessions of `bigram-tui serve` at rest, before Training was opened and after, the
memory of a session (its proportional set size, which shares what is shared) and of the server, and how much
of a core all of them take, over twenty seconds in which the pages only say that they are still there. Among
them is the one that was started for the next visitor. Then the seconds until the Dataset pane is there with
its summary, bars and lengths: in turn in a terminal of 140×40, over a socket without a browser, and in
Chromium on a window for as many columns, from the address to the picture; then in the next tab at once, for
which no app has been started yet.

A time belongs to a machine that does nothing else.
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
"""Seconds over which the processor's time is added up."""

SETTLING = 5.0
"""Seconds after the last change on a screen until a session counts as at rest."""

WINDOW = {"width": 1264, "height": 840}
"""Has room for 140×40."""


def memory(pid: int) -> float:
    """MB of its own, and its share of what it shares."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("Pss:")[2].split()[0]) * 1024 / 1e6


def processor(pids: list[int]) -> float:
    """Seconds that these processes have taken so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def stay(visitor: Visitor) -> None:
    """As a page that nobody touches."""
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
    """Until what was received is on the picture as well."""
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
