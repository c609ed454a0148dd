"""A server started by its command, and visitors without a browser: they see what a page would show."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pyte

from tests.pseudo_terminal import SYNC_ASKED, SYNC_KNOWN, Frames
from tests.waiting import PATIENCE


class Server:
    """The server process, and the URL that it printed."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address

    @property
    def root(self) -> str:
        """The URL without a token, for requests from this machine."""
        return f"http://127.0.0.1:{urlsplit(self.address).port}"

    def children(self) -> list[int]:
        listed = subprocess.run(
            ["ps", "-o", "pid=,stat=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        return [int(pid) for pid, state in rows if not state.startswith("Z")]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """The exit status after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(command: str, *arguments: str, cwd: Path) -> Iterator[Server]:
    process = subprocess.Popen(
        [command, "serve", "--port", "0", *arguments],
        cwd=cwd,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        assert told.startswith("Open http"), told + process.stdout.read()
        yield Server(process, told.split()[1])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Drawn:
    """The screen of a terminal, emulated from its output."""

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._frames = Frames()

    def draw(self, data: bytes) -> None:
        self._frames.follow(data)
        self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)


class Visitor(Drawn):
    """A WebSocket, with what it received."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(100, 30)
        self.socket = socket
        self.told: list[list[str]] = []
        self.drawn = 0
        """Bytes of terminal output received."""

    async def resize(self, *sizes: tuple[int, int]) -> None:
        """Resize repeatedly, as when a window is dragged: what does not fit for a moment is lost."""
        for columns, lines in sizes:
            self.screen.resize(lines, columns)
            await self.socket.send_json(["resize", {"width": columns, "height": lines}])

    async def press(self, keys: str) -> None:
        await self.socket.send_json(["stdin", keys])

    async def shows(self, text: str) -> str:
        """Wait until this text is on the screen; returns the whole screen."""
        await self._until(lambda: text in self.text)
        return self.text

    async def hides(self, text: str) -> None:
        """Wait until this text is no longer on the screen."""
        await self._until(lambda: text not in self.text)

    async def is_told(self) -> list[str]:
        """Wait for the next message to the page that is not terminal output."""
        await self._until(lambda: self.told)
        return self.told.pop(0)

    async def ends(self) -> tuple[int | None, str]:
        """Wait until the server closes the WebSocket; returns the close code and the reason."""
        deadline = time.monotonic() + PATIENCE
        is_open = True
        while is_open:
            assert time.monotonic() < deadline, self.text
            with contextlib.suppress(asyncio.TimeoutError):
                is_open = await self._receives()
        return self.socket.close_code, self._reason

    _reason = ""

    async def _until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not (self._frames.are_whole and condition()):
            assert time.monotonic() < deadline, self.text
            with contextlib.suppress(asyncio.TimeoutError):
                assert await self._receives(), self.text

    async def _receives(self) -> bool:
        message = await self.socket.receive(1)
        if message.type == aiohttp.WSMsgType.BINARY:
            if SYNC_ASKED in message.data:
                await self.press(SYNC_KNOWN.decode())
            self.drawn += len(message.data)
            self.draw(message.data)
        elif message.type == aiohttp.WSMsgType.TEXT:
            self.told.append(json.loads(message.data))
        else:
            self._reason = message.extra or ""
            return False
        return True


@asynccontextmanager
async def visiting(server: Server, **headers: str) -> AsyncIterator[Visitor]:
    """A visitor who opened the page."""
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(
            server.root + urlsplit(server.address)._replace(scheme="", netloc="").geturl()
        ):
            pass
        address = f"{server.root}/ws?width=100&height=30"
        leaving = aiohttp.ClientWSTimeout(ws_close=1)  # browsers do not wait for the close handshake
        async with browser.ws_connect(address, max_msg_size=0, autoclose=False, timeout=leaving) as socket:
            yield Visitor(socket)


async def until_nobody_is_left(server: Server, but: int = 0) -> None:
    """Wait until the processes of former visitors have ended, and one is ready for the next."""
    deadline = time.monotonic() + PATIENCE
    while len(server.children()) != but + 1:
        assert time.monotonic() < deadline, server.children()
        await asyncio.sleep(0.05)
