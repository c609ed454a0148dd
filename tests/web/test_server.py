"""The app in browsers, seen from outside by a plain client: access control, and what a visitor can do."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.web.server import Service, WebServer
from tests.waiting import wait_until
from tests.web.visiting import Server, serving, until_nobody_is_left, visiting


@pytest.fixture(scope="module")
def server(command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for two visitors, which only this machine can reach."""
    with serving(command, "--max-sessions", "2", cwd=tmp_path_factory.mktemp("served")) as started:
        yield started


@pytest.fixture(scope="module")
def open_server(command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that other machines can reach."""
    with serving(command, "--host", "0.0.0.0", cwd=tmp_path_factory.mktemp("open")) as started:
        yield started


FULL = "The class is full: 2 of 2 places are taken. This page opens as soon as one is free."


async def status(address: str, **headers: str) -> int:
    async with aiohttp.ClientSession(headers=headers) as browser, browser.get(address) as answer:
        return answer.status


async def refusal(address: str, **headers: str) -> int:
    """The HTTP status with which a WebSocket is refused."""
    async with aiohttp.ClientSession(headers=headers) as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(address)
    return refused.value.status


# What everybody is shown


async def test_the_page_makes_no_requests_to_other_hosts(server: Server) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(server.address) as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    for part in page.split('"'):
        assert not part.startswith(("http:", "https:", "//")), part
    for name in ("js/textual.js", "css/xterm.css", "fonts/RobotoMono-VariableFont_wght.ttf"):
        assert f"static/{name}" in page
        assert await status(f"{server.root}/static/{name}") == 200


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/static/", 403),
        ("/static/js/", 403),
        ("/static/../server.py", 404),
        ("/static/..%2f..%2fserver.py", 404),
        ("/static/%2e%2e/%2e%2e/server.py", 404),
        ("/static//etc/passwd", 404),
        ("/download/..%2f..%2fetc%2fpasswd", 404),
        ("/download/none", 404),
        ("/etc/passwd", 404),
    ],
)
async def test_no_folder_is_listed_and_no_other_file_is_served(
    server: Server, path: str, refused: int
) -> None:
    reader, writer = await asyncio.open_connection(*server.root.removeprefix("http://").split(":"))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert int(answer.split()[1]) in (refused, 404)
    assert b"root:" not in answer
    assert b"import" not in answer


# Who is let in


async def test_without_the_token_nobody_gets_in_from_elsewhere(open_server: Server) -> None:
    root, (_, token) = open_server.root, open_server.address.split("?token=")
    for wrong in ("", "?token=", "?token=wrong", f"?token={token[:-1]}", f"?token={token}x", "?token=%ff"):
        assert await status(f"{root}/{wrong}") == 403
        assert await refusal(f"{root}/ws{wrong}") == 403
    assert await status(f"{root}/static/js/textual.js") == 403
    assert await status(f"{root}/?token={token}") == 200


async def test_the_token_admits_its_page_but_no_other(open_server: Server) -> None:
    async with visiting(open_server) as visitor:
        await visitor.shows("us-names · 32,257 words")
    token = open_server.address.partition("?")[2]
    for origin in ("http://evil.example", "https://127.0.0.1", "null"):
        assert await refusal(f"{open_server.root}/ws?{token}", Origin=origin) == 403
        assert await status(f"{open_server.root}/?{token}", Origin=origin) == 403
    assert await status(f"{open_server.root}/?{token}", Origin=open_server.root) == 200


async def test_another_host_name_for_this_machine_is_refused(server: Server) -> None:
    assert await status(server.root, Host="evil.example") == 403
    assert await refusal(f"{server.root}/ws", Host="evil.example") == 403
    assert await refusal(f"{server.root}/ws", Origin="http://evil.example") == 403
    assert await status(server.root, Host="localhost") == 200


async def test_behind_a_proxy_the_public_url_is_its_own(
    command: str, tmp_path: Path, unused_tcp_port: int
) -> None:
    outside, root = "https://names.example.org", f"http://127.0.0.1:{unused_tcp_port}"
    with serving(command, "--public-url", outside, "--port", str(unused_tcp_port), cwd=tmp_path) as server:
        assert server.address.startswith(f"{outside}/?token=")
        (token,) = server.address.split("?")[1:]
        through = {"Host": "names.example.org", "Origin": outside}
        async with aiohttp.ClientSession(headers=through) as browser:
            async with browser.get(f"{root}/?{token}") as answer:
                assert answer.status == 200
                (cookie,) = answer.cookies.values()
                assert cookie["secure"]
            cookies = {"Cookie": f"{cookie.key}={cookie.value}"}
            async with browser.ws_connect(f"{root}/ws", headers=cookies) as page:
                assert (await page.receive()).type == aiohttp.WSMsgType.BINARY
        assert await refusal(f"{root}/ws?{token}", Origin=root) == 403
        assert await status(root) == 403


# A visit


async def test_two_visitors_do_not_see_each_other_and_the_third_waits(server: Server) -> None:
    async with visiting(server) as one, visiting(server) as two:
        await one.shows("us-names · 32,257 words")
        await two.shows("us-names · 32,257 words")
        await one.press("2")
        await one.shows("smoothing k")
        await two.press("4")
        await two.shows("Name")
        assert "smoothing k" not in two.text
        async with visiting(server) as three:
            code, reason = await three.ends()
        assert (code, reason) == (4002, FULL)
        assert await status(server.address) == 503
        await until_nobody_is_left(server, but=2)
    await until_nobody_is_left(server)
    assert await status(server.address) == 200


async def test_only_changed_cells_are_sent_and_none_is_missing_after_a_resize(server: Server) -> None:
    async with visiting(server) as visitor:
        await visitor.shows("Look around")
        await visitor.press("\x1b[27u")
        await visitor.hides("Look around")
        await visitor.press("2")
        await visitor.shows("#4 of 729")
        before = visitor.drawn
        await visitor.press("\x1b[C")
        await visitor.shows("in 1,153 different words")
        assert visitor.drawn - before < 5_000  # the whole screen would be 20,000
        whole = visitor.text
        await visitor.resize((60, 20), (100, 30))
        await visitor.shows(whole)


async def test_an_export_is_a_download_and_nothing_is_written_where_the_server_runs(
    server: Server, us_counts: NgramCounts, isolated_home: Path
) -> None:
    async with visiting(server) as visitor:
        await visitor.shows("us-names · 32,257 words")
        await visitor.press("2")
        await visitor.shows("smoothing k")
        await visitor.press("e")
        await visitor.shows("enter Download")
        await visitor.press("\x7f")
        await visitor.hides("counts.csv")
        await visitor.press("../../etc/table.csv")
        await visitor.shows("etc/table.csv")
        await visitor.press("\r")
        kind, key = await visitor.is_told()
        assert kind == "deliver_file_start"
        async with aiohttp.ClientSession() as browser:
            async with browser.get(f"{server.root}/download/{key}") as answer:
                assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''table.csv"
                (_, *rows) = csv.reader(io.StringIO(await answer.text()))
            assert await status(f"{server.root}/download/{key}") == 404, "a download is had once"
        V = len(us_counts.vocabulary)
        assert [[int(n) for n in row] for _, *row in rows] == [us_counts.cells(i) for i in range(V)]
        await visitor.press("e")
        await visitor.shows("enter Download")
        await visitor.press("\r")
        _, key = await visitor.is_told()
        await visitor.hides("enter Download")
        await visitor.press("q")
        assert await visitor.ends() == (4000, "You have left the program.")
    await until_nobody_is_left(server)
    assert await status(f"{server.root}/download/{key}") == 404, "what was not fetched goes with its session"


HOSTILE = "[bold]x[/]\x07\rzo\x9b31më\x9d0;title\x9c\u202e\r[@click=app.quit]q[/]"


async def test_a_visitor_sees_no_file_of_the_server_and_brings_a_list_of_their_own(
    command: str, tmp_path: Path
) -> None:
    """The list contains markup and control sequences, which have no effect."""
    (tmp_path / "of the teacher.txt").write_text("anna\nbert\n")
    (tmp_path / "secret.txt").write_text("swordfish\n")
    with serving(command, str(tmp_path / "of the teacher.txt"), cwd=tmp_path) as server:
        async with visiting(server) as visitor:
            await visitor.shows("of the teacher.txt · 2 words")
            await visitor.press("p")
            await visitor.shows("path = 'of the teacher.txt'")
            await visitor.press("\x1b[27u")
            await visitor.hides("path =")
            async with aiohttp.ClientSession() as browser, browser.get(server.address) as answer:
                assert str(tmp_path) not in await answer.text()
            await visitor.press("o")
            shown = await visitor.shows("words, with spaces between them")
            assert "of the teacher.txt" in shown
            assert "secret" not in shown
            assert "files" not in shown
            for typed in (str(tmp_path / "secret.txt"), "http://127.0.0.1:9/", "~/secret.txt"):
                await visitor.press(typed)
                await visitor.shows(typed[-20:])
                await visitor.press("\r")
                await visitor.shows("first lines")
                assert "swordfish" not in visitor.text
                await visitor.press("\x1b[27u")
                await visitor.hides("first lines")
                await visitor.press("\x15")
                await visitor.shows("words, with spaces between them")
            await visitor.press(f"\x1b[200~{HOSTILE}\x1b[201~")
            await visitor.shows("pasted list")
            await visitor.shows("first lines")
            await visitor.press("\r")
            await visitor.shows("pasted list · 3 words")
            assert visitor.screen.title != "title"
            await visitor.press("\x1b[200~" + "emma\r" * 1_000_001 + "\x1b[201~")
            await visitor.shows("In a browser a list may have 5 MB")
            await visitor.press("\x1b[200~" + str(tmp_path / "secret.txt") + "\x1b[201~")
            await visitor.press("4")
            assert "swordfish" not in visitor.text


async def test_an_invalid_message_ends_only_its_session(server: Server) -> None:
    async with visiting(server) as good:
        await good.shows("us-names · 32,257 words")
        for garbage in (
            "",
            "[",
            "[" * 100_000,
            "{}",
            '["quit"]',
            '["stdin", 7]',
            '["resize", {"width": "x"}]',
            "null",
        ):
            async with visiting(server) as bad:
                await bad.socket.send_str(garbage)
                assert (await bad.ends())[0] == 4003, garbage[:50]
        async with visiting(server) as bad:
            await bad.socket.send_bytes(b"\x00\xff")
            assert (await bad.ends())[0] == 4003
        async with visiting(server) as bad:
            with contextlib.suppress(ConnectionError):  # may be closed before all of it was sent
                await bad.socket.send_str("x" * 13_000_000)
                assert (await bad.ends())[0] == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        await good.socket.send_json(["resize", {"width": 10**9, "height": -1}])
        await good.press("\ud800\x00\x1b[<9999999999999999999999;1;1M\x1b[999999999999t")
        await good.press("2")
        await good.shows("smoothing k")
    await until_nobody_is_left(server)


async def test_a_flood_of_keys_and_a_thousand_connections_leave_the_others_alone(server: Server) -> None:
    before = memory(server.process.pid)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4_096), hard))
    idle = [
        socket.create_connection(("127.0.0.1", int(server.root.rpartition(":")[2]))) for _ in range(1_000)
    ]
    try:
        async with visiting(server) as good, visiting(server) as flooding:
            await good.shows("us-names · 32,257 words")
            await flooding.shows("us-names · 32,257 words")
            sending = asyncio.create_task(flood(flooding.socket))
            await good.press("2")
            await good.shows("smoothing k")
            grown = max(memory(pid) for pid in server.children())
            sending.cancel()
            _, flooded, *_ = server.children()
            os.kill(flooded, signal.SIGSTOP)  # as one that is busy with its keys for very long
        assert grown < 300, "MB"
        assert memory(server.process.pid) < 300
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await until_nobody_is_left(server)
    assert memory(server.process.pid) < before + 50, "MB: what it took is given back"


async def flood(terminal: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await terminal.send_json(["stdin", "\x1b[B\x1b[A" * 100_000])


def memory(pid: int) -> float:
    """The memory in use by a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# The end


async def test_ctrl_c_ends_everything_without_a_trace(
    command: str, tmp_path: Path, isolated_home: Path
) -> None:
    before = files_below(tmp_path, isolated_home)
    with serving(command, cwd=tmp_path) as server:
        async with visiting(server) as visitor:
            await visitor.shows("us-names · 32,257 words")
            await visitor.press("l")
            await visitor.shows("1/35")
            child, *_ = server.children()
            ended = asyncio.create_task(asyncio.to_thread(server.end))
            assert await visitor.ends() == (4000, "The server has ended.")
            assert await ended == 0
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    assert files_below(tmp_path, isolated_home) == before


def files_below(*folders: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}


async def test_a_session_ends_when_its_server_is_gone(command: str, tmp_path: Path) -> None:
    with serving(command, cwd=tmp_path) as server:
        async with visiting(server) as visitor:
            await visitor.shows("us-names · 32,257 words")
            child, *_ = server.children()
            await asyncio.to_thread(server.end, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{child}").exists())


async def test_an_idle_visitor_is_disconnected_whatever_else_the_page_sends(
    command: str, unused_tcp_port: int
) -> None:
    service = Service([command], port=unused_tcp_port, idle=1)
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(WebServer(service).run(told.set_result))
    async with aiohttp.ClientSession() as browser, browser.ws_connect(f"{await told}ws") as page:
        while not page.closed:
            await page.send_json(["ping", "1"])
            await page.receive()
        assert page.close_code == 4001
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_an_app_that_crashed_says_so(server: Server) -> None:
    async with visiting(server) as visitor:
        await visitor.shows("us-names · 32,257 words")
        process, *_ = server.children()
        os.kill(process, signal.SIGKILL)
        assert await visitor.ends() == (4000, "The program ended because of an error.")


def test_a_download_is_never_sent_within_a_frame() -> None:
    """Both are larger than a pipe's buffer, and come from separate threads."""
    draw = """
        import asyncio
        from textual.app import App
        from bigram_tui.terminal.web import ServedDriver

        async def draw():
            driver = ServedDriver(App())
            await asyncio.gather(
                asyncio.to_thread(lambda: [driver.write("f" * 100_000) for _ in range(50)]),
                asyncio.to_thread(lambda: [driver.write_binary_encoded((b"c" * 99_999,)) for _ in range(50)]),
            )

        asyncio.run(draw())
    """
    done = subprocess.run([sys.executable, "-c", dedent(draw)], input=b"", capture_output=True, check=True)
    rest, kinds = done.stdout, []
    while rest:
        kind, size = rest[:1], int.from_bytes(rest[1:5], "big")
        kinds.append(kind)
        assert set(rest[5 : 5 + size]) == {ord("f")} if kind == b"D" else b"f" not in rest[5 : 5 + size]
        rest = rest[5 + size :]
    assert (kinds.count(b"D"), kinds.count(b"P")) == (50, 50)


# What is wrong is said in one line


def complaint(command: str, *arguments: str) -> str:
    done = subprocess.run([command, "serve", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    return done.stderr.splitlines()[-1]


def test_errors_are_reported_in_one_line(command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert complaint(command, "--port", port) == (
            f"bigram-tui: port {port} of 127.0.0.1 cannot be used: Address already in use; try another --port"
        )
    assert "the host 'no.such.host.invalid' cannot be found" in complaint(
        command, "--host", "no.such.host.invalid"
    )
    assert "missing.txt does not exist" in complaint(command, "missing.txt")
    assert "save the list to a file" in complaint(command, "-")
    for url in ("example.org", "ftp://example.org", "https://example.org/path"):
        assert "it must be like https://names.example.org" in complaint(command, "--public-url", url)


def test_without_the_extra_it_says_how_to_get_it() -> None:
    lacking = (
        "import sys; sys.modules['textual_serve'] = None; from bigram_tui.cli import main; main(['serve'])"
    )
    done = subprocess.run([sys.executable, "-c", lacking], capture_output=True, text=True, check=False)
    assert done.stderr == "bigram-tui: this needs an extra: pip install 'bigram-tui[web]'\n"
