"""The web server: a page with a terminal, and for each visitor a process of the app that draws on it."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import os
import secrets
import shlex
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jinja2
import textual_serve
from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from bigram_tui.terminal import SIZE_FOLLOWS
from bigram_tui.texts import say
from bigram_tui.web import ServingError

IDLE = 3600.0
"""Seconds without a key press, mouse event or resize after which a session ends."""

PATIENCE = 5.0
"""Seconds that an app has to exit before its process is killed."""

BREATH = 1.0
"""Seconds after a visitor's arrival before the app is started in advance for the next one."""

HEARTBEAT = 10.0
"""Seconds between WebSocket pings; the timeout for a pong is half of it."""

MAX_MESSAGE = 12_000_000
"""The most bytes of a message: a pasted list of 5 MB, whose line feeds take two bytes each as JSON."""

SIZES = range(1, 1001)
"""The numbers of columns or lines that a browser window may have."""

LETTERS = range(6, 73)
"""Font sizes in pixels."""

SEE_YOU, TOO_IDLE, NO_PLACE, NOT_OURS = 4000, 4001, 4002, 4003
"""WebSocket close codes; the page shows the reason that comes with each."""

STATIC = Path(textual_serve.__file__).parent / "static"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Service:
    """What to serve: the command that starts the app, the address, and the maximum number of visitors."""

    command: Sequence[str]
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    max_sessions: int = 30
    language: str = "en"
    idle: float = IDLE


class Session(AppService):
    """The app process of one visitor, which ends with the visit. Output before the visit is buffered."""

    process: Process | None = None

    def __init__(self, command: str) -> None:
        self._said: list[bytes] = []
        super().__init__(
            command,
            write_bytes=self._keep,
            write_str=_nobody,
            close=_nobody,
            download_manager=DownloadManager(),
        )

    @property
    def downloads(self) -> DownloadManager:
        return self._download_manager

    async def _keep(self, data: bytes) -> None:
        self._said.append(data)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def draw_on(self, terminal: web.WebSocketResponse, width: int, height: int) -> None:
        """Send output to this terminal from now on, starting with what was buffered."""
        self.remote_write_str = _unless_gone(terminal.send_str)
        self.remote_close = partial(self._close, terminal)
        send = _unless_gone(terminal.send_bytes)
        while self._said:
            await send(self._said.pop(0))
        self.remote_write_bytes = send
        await self.set_terminal_size(width, height)

    async def _close(self, terminal: web.WebSocketResponse) -> None:
        left = await self.status() in (0, None)
        reason = say("You have left the program.") if left else say("The program ended because of an error.")
        await _close(terminal, SEE_YOU, reason)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start the process without a shell, in its own session, so that ctrl+c only ends the server."""
        self.process = self._process = await asyncio.create_subprocess_exec(
            *shlex.split(self.command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,
        )
        self._stdin = self.process.stdin
        return self.process

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        """An environment without traces of the server's terminal, such as its tmux."""
        environment = super()._build_environment(width, height)
        kept = {name: value for name, value in environment.items() if name not in ("TMUX", "STY", "NO_COLOR")}
        return kept | {SIZE_FOLLOWS: "1"}

    async def run(self) -> None:
        await super().run()
        await self.remote_close()

    async def status(self) -> int | None:
        """The exit status of the app, which should exit soon after announcing it; None if it does not."""
        assert self.process is not None
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.process.wait(), PATIENCE)
        return self.process.returncode

    async def end(self) -> None:
        """Ask the app to exit, and kill it if it does not."""
        if self.process is None:
            return
        try:
            await asyncio.wait_for(asyncio.gather(self.stop(), self.process.wait()), PATIENCE)
        except asyncio.TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


class WebServer:
    """Serves the page, the WebSockets of its terminals, and downloads from the app."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._sockets: dict[web.WebSocketResponse, Session] = {}
        self._next: Session | None = None
        self._size = 80, 24
        """The size of the last visitor's terminal, a guess for the next one."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._token = ""
        pages = jinja2.FileSystemLoader(Path(__file__).parent / "pages")
        self._pages = jinja2.Environment(loader=pages, autoescape=True)

    @property
    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._admit])
        application.router.add_get("/", self._page)
        application.router.add_get("/ws", self._socket)
        application.router.add_get("/download/{key}", self._download)
        application.router.add_static("/static", STATIC)
        application.on_shutdown.append(self._say_goodbye)
        return application

    async def run(self, announce: Callable[[str], object]) -> None:
        """Serve until SIGINT or SIGTERM; `announce` is called with the URL to open.

        Raises:
            ServingError: if it cannot listen on that address.
        """
        service = self._service
        runner = web.AppRunner(
            self.application, access_log=None, shutdown_timeout=PATIENCE, handler_cancellation=True
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, service.host, service.port).start()
        except OSError as error:
            raise ServingError(_why_not(error, service)) from None
        try:
            if service.public_url or not all(_is_loopback(host) for host, *_ in runner.addresses):
                self._token = secrets.token_urlsafe()
            announce(self._address(runner.addresses[0][1]))
            self._prepare_in(0)
            await _told_to_end()
        finally:
            await runner.cleanup()
            await asyncio.gather(*self._tasks)

    def _address(self, port: int) -> str:
        base = self._service.public_url or f"http://{_reachable(self._service.host)}:{port}"
        return f"{base}/?token={self._token}" if self._token else f"{base}/"

    # Access control

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.query.get("token", "") or request.cookies.get(self._cookie, "")
        if self._token:
            known = hmac.compare_digest(given.encode(errors="replace"), self._token.encode())
        else:  # another host name may be a page elsewhere that tries to reach this server (DNS rebinding)
            known = _is_loopback(request.url.host or "")
        if not known:
            return self._refuse(
                403, say("The address is incomplete: open the whole link that you were given.")
            )
        if not self._is_own_page(request):
            return self._refuse(403, say("This page belongs to another address."))
        return await handler(request)

    @property
    def _cookie(self) -> str:
        """The cookie's name, which includes the port since browsers share cookies between a host's ports."""
        return f"bigram-tui-{self._service.port}"

    def _is_own_page(self, request: web.Request) -> bool:
        """Whether the request is for this page or comes from it; only browsers send the origin."""
        own = self._service.public_url or f"{request.scheme}://{request.host}"
        return urlsplit(request.headers.get("Origin", own))[:2] == urlsplit(own)[:2]

    def _refuse(self, status: int, reason: str, again: int = 0) -> web.Response:
        return self._html("closed.html", status, reason=reason, again=again)

    def _html(self, page: str, status: int = 200, **values: object) -> web.Response:
        nonce = secrets.token_urlsafe()
        text = self._pages.get_template(page).render(nonce=nonce, language=self._service.language, **values)
        policy = (
            f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    # Routes

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self._is_full:
            return self._refuse(503, self._full, again=10)
        size = _number(request.query.get("fontsize"), LETTERS, 0)
        response = self._html(
            "terminal.html",
            font_size=size,
            no_place=NO_PLACE,
            heartbeat=HEARTBEAT,
            opens=say("bigram-tui is starting …"),
            lost=say("The connection was lost."),
            again=say("Begin again"),
            not_copied=say("The browser does not allow copying here; at localhost and over https it does."),
        )
        if self._token:
            secure = (self._service.public_url or "").startswith("https")
            response.set_cookie(self._cookie, self._token, httponly=True, samesite="Lax", secure=secure)
        return response

    @property
    def _is_full(self) -> bool:
        return len(self._sockets) >= self._service.max_sessions

    @property
    def _full(self) -> str:
        return say(
            "The class is full: {n} of {n} places are taken. This page opens as soon as one is free.",
            n=self._service.max_sessions,
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        terminal = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=MAX_MESSAGE)
        await terminal.prepare(request)
        if self._is_full:
            await _close(terminal, NO_PLACE, self._full)
            return terminal
        width, height = (request.query.get(name) for name in ("width", "height"))
        self._size = _number(width, SIZES, 80), _number(height, SIZES, 24)
        session = self._sockets[terminal] = self._take_next()
        try:
            if not session.is_alive:
                await session.start(*self._size)
            await session.draw_on(terminal, *self._size)
            await self._hand_over(terminal, session)
        finally:
            del self._sockets[terminal]
            await asyncio.shield(self._do(session.end()))
        return terminal

    def _do(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run this to completion, even if nobody waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _take_next(self) -> Session:
        """The app that was started in advance for the next visitor, or a new one that has yet to start."""
        session, self._next = self._next, None
        self._prepare_in(BREATH)
        return session if session and session.is_alive else self._session()

    def _session(self) -> Session:
        return Session(shlex.join(self._service.command))

    def _prepare_in(self, seconds: float) -> None:
        """Start the app for the next visitor, unless one arrives in the meantime (debounced)."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, lambda: self._do(self._prepare()))

    async def _prepare(self) -> None:
        session = self._session()
        await session.start(*self._size)
        if self._next or self._is_ending:
            await session.end()
        else:
            self._next = session

    async def _hand_over(self, terminal: web.WebSocketResponse, session: Session) -> None:
        """Forward input from the browser to the app, until either of them ends."""
        now = asyncio.get_running_loop().time
        ends = now() + self._service.idle
        while True:
            try:
                message = await terminal.receive(max(ends - now(), 0.001))
            except asyncio.TimeoutError:
                minutes = f"{self._service.idle / 60:g}"
                await _close(terminal, TOO_IDLE, say("There was no activity for {n} minutes.", n=minutes))
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            kind = await _understood(message, terminal, session)
            if kind is None:
                await _close(terminal, NOT_OURS, say("The message is not one that a terminal sends."))
                return
            if kind in ("stdin", "resize"):
                ends = now() + self._service.idle

    async def _download(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        for session in self._sockets.values():
            with contextlib.suppress(KeyError):
                download = await session.downloads.get_download_metadata(key)
                break
        else:
            return self._refuse(404, say("This file was downloaded already, or its session has ended."))
        response = web.StreamResponse()
        charset = f"; charset={download.encoding}" if download.encoding else ""
        response.headers["Content-Type"] = (download.mime_type or "application/octet-stream") + charset
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(download.file_name)}"
        response.headers["X-Content-Type-Options"] = "nosniff"
        await response.prepare(request)
        async for chunk in session.downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _say_goodbye(self, _application: web.Application) -> None:
        """On shutdown, end all sessions concurrently."""
        self._is_ending = True
        if self._timer is not None:
            self._timer.cancel()
        if self._next is not None:
            self._do(self._next.end())
        closing = (_close(socket, SEE_YOU, say("The server has ended.")) for socket in list(self._sockets))
        await asyncio.gather(*closing)


async def _understood(message: Any, terminal: web.WebSocketResponse, session: Session) -> str | None:
    """Handle a message from the page's terminal; returns its kind, or None if it is invalid."""
    try:
        envelope = json.loads(message.data) if message.type == WSMsgType.TEXT else None
    except (ValueError, RecursionError):
        return None
    match envelope:
        case ["stdin", str(keys)]:
            await session.send_bytes(keys.encode(errors="ignore"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            if width in SIZES and height in SIZES:
                await session.set_terminal_size(width, height)
        case ["ping", str(sent)]:
            await _unless_gone(terminal.send_json)(["pong", sent])
        case ["focus"]:
            await session.focus()
        case ["blur"]:
            await session.blur()
        case _:
            return None
    return str(envelope[0])


async def _nobody(*_data: object) -> None:
    """A callback that does nothing."""


def _unless_gone(send: Callable[..., Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Ignore connection errors: the app may still draw after its visitor has left."""

    async def sent(data: Any) -> None:
        with contextlib.suppress(ConnectionError):
            await send(data)

    return sent


async def _close(terminal: web.WebSocketResponse, code: int, reason: str) -> None:
    await terminal.close(code=code, message=reason.encode())


def _number(text: str | None, among: range, otherwise: int) -> int:
    usable = text is not None and text.isascii() and text.isdigit() and len(text) < 5 and int(text) in among
    return int(text or 0) if usable else otherwise


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _reachable(host: str) -> str:
    """The host to put in the URL; for a wildcard address, this machine's address in the local network."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # UDP: sends nothing, only selects the route
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _why_not(error: OSError, service: Service) -> str:
    if isinstance(error, socket.gaierror):
        return f"the host {service.host!r} cannot be found"
    reason = os.strerror(error.errno or 0)
    return f"port {service.port} of {service.host} cannot be used: {reason}; try another --port"


async def _told_to_end() -> None:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()
