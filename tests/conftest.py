"""Fixtures: word lists and reference figures, an isolated home, a web server, the command."""

from __future__ import annotations

import contextlib
import csv
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from _pytest.mark import ParameterSet
from hypothesis import settings

from bigram_tui.files.preferences import remember
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.reports import REPORTS
from bigram_tui.texts import speak
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from tests.prepared import run as run_prepared

REPOSITORY = Path(__file__).resolve().parents[1]
FIXTURES = Path(__file__).resolve().parent / "fixtures"
NAMES_TXT = REPOSITORY.parent / "shared" / "data" / "names.txt"

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs in the background
os.environ["OMP_NUM_THREADS"] = "1"  # tests run in parallel, and idle torch threads would spin
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every command would compile all modules anew

# The same examples in every run, so that what fails was changed; a slow machine is not a failure.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=3_000)
settings.load_profile("repeatable")

PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
HABITS = [
    *("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"),
    *("PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONDEVMODE", "PYTHONWARNINGS"),
    *("TMUX", "STY"),
]
"""Variables that people set for their terminal or Python, which would change what tests see."""


def thoroughly(*values: object) -> list[ParameterSet]:
    """More parameters for `pytest -m thorough`; a normal run tests a sample."""
    return [pytest.param(value, marks=pytest.mark.thorough) for value in values]


LONGEST = {
    *("web", "cluster", "terminal", "lesson", "why"),
    *("test_monkey.py", "test_legibility.py", "test_screenshots.py", "test_stalls.py"),
}
"""The folders and files with the tests that take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that in the end no worker is left alone with one."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in LONGEST)


def obey_permissions() -> None:
    """Drop root's capability to ignore file permissions; to be called in a child process."""
    if os.getuid() == 0:
        drop_from_bounding_set, write_anywhere = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, write_anywhere, 0, 0, 0)


@pytest.fixture(autouse=True)
def isolated_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separate home for every test, so that the real user's folders are neither read nor changed.

    The program was started before, and its language is English, whatever another test chose.
    """
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for variable, folder in [("XDG_CACHE_HOME", ".cache"), ("XDG_CONFIG_HOME", ".config")]:
        monkeypatch.setenv(variable, str(home / folder))
    for variable in ("XDG_DATA_HOME", "XDG_STATE_HOME", *PROXIES, *HABITS):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    remember(welcomed="yes")
    speak("en")
    return home


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Published and independently computed figures for names.txt and us_names_2018.txt."""
    figures: dict[str, Any] = json.loads((FIXTURES / "reference.json").read_text(encoding="utf-8"))
    return figures


@pytest.fixture(scope="session")
def us_names() -> Corpus:
    """The bundled word list."""
    return load(DEFAULT, cache=Path("nothing is cached for a list that ships"))


@pytest.fixture(scope="session")
def us_counts(us_names: Corpus) -> NgramCounts:
    return NgramCounts.of(us_names.words)


@pytest.fixture(scope="session")
def names_counts() -> NgramCounts:
    """The counts of the lecture's names.txt, from the committed 27×27 table."""
    with (FIXTURES / "names_counts.csv").open(encoding="utf-8", newline="") as file:
        (_, boundary, *characters), *rows = csv.reader(file)
    assert boundary == "."
    V = 1 + len(characters)
    pairs = {i * V + j: int(n) for i, (_, *row) in enumerate(rows) for j, n in enumerate(row) if int(n)}
    return NgramCounts.from_pairs(Vocabulary(tuple(characters)), pairs)


@pytest.fixture(scope="session")
def names_txt() -> Path:
    """The lecture's names.txt, which the project does not include."""
    if not NAMES_TXT.is_file():
        pytest.skip("needs names.txt itself, which does not ship: put it at ../shared/data/names.txt")
    return NAMES_TXT


class WordList(NamedTuple):
    """A word list's counts, and its reference figures."""

    counts: NgramCounts
    figures: dict[str, Any]


@pytest.fixture(params=["names.txt", "us_names_2018.txt"])
def word_list(
    request: pytest.FixtureRequest,
    names_counts: NgramCounts,
    us_counts: NgramCounts,
    reference: dict[str, Any],
) -> WordList:
    """Each of the two lists with reference figures."""
    counts = {"names.txt": names_counts, "us_names_2018.txt": us_counts}[request.param]
    return WordList(counts, reference[request.param])


@dataclass(frozen=True)
class Answer:
    """The web server's response for a path; `promised` is a wrong Content-Length."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    promised: int | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None


SERVED_WORDS = ("emma", "olivia", "ava")

ANSWERS = {
    "/names.txt": Answer("\n".join(SERVED_WORDS).encode() + b"\n"),
    "/moved.txt": Answer(b"", status=302, location="/names.txt"),
    "/page.html": Answer(b"<p>Log in to the hotel's network</p>", content_type="text/html"),
    "/page.txt": Answer(b"\n<!DOCTYPE html><html><body>Not a list</body></html>"),
    "/cut.txt": Answer(b"emma\nolivia\nav", promised=1_000_000),
    "/empty.txt": Answer(b""),
    "/latin.txt": Answer("emma\nzoë\n".encode("latin-1")),
    "/broken": Answer(b"broken", status=500),
}


class Web:
    """A real web server on this machine, which counts the requests for each path."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers = dict(ANSWERS)
        self.requests: Counter[str] = Counter()
        self.statuses: list[int] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def http_server() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.requests[self.path] += 1
            answer = web.answers.get(self.path, Answer(b"no such page", status=404))
            if answer.wait:
                answer.wait.wait(300)
            asked = {self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")} - {None}
            unchanged = bool(asked & {answer.headers.get("ETag"), answer.headers.get("Last-Modified")})
            web.statuses.append(304 if unchanged else answer.status)
            self.send_response(web.statuses[-1])
            if unchanged:
                self.end_headers()
                return
            for header in answer.headers.items():
                self.send_header(*header)
            self.send_header("Content-Type", answer.content_type)
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(answer.promised or len(answer.body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        web = Web(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield web
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def command() -> str:
    """The installed command."""
    installed = Path(sys.executable).parent / "bigram-tui"
    assert installed.exists(), "install the project first: pip install -e '.[test]'"
    return str(installed)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_cli(command: str, tmp_path: Path) -> Run:
    """Run `bigram-tui` with these arguments in an empty folder, and wait for it to end.

    `input` is its standard input; output is decoded as UTF-8, with its line ends unchanged. With `env`, a new
    Python is started, which may be affected by it; otherwise, a prepared one is forked.
    """

    def run(
        *arguments: str | Path, input: str | bytes | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        given = (input or "").encode() if not isinstance(input, bytes) else input
        if env is None:
            words = [str(argument) for argument in arguments]
            modules = (*(f"bigram_tui.reports.{report}" for report in REPORTS), "requests", "torch")
            done = run_prepared(command, *words, folder=tmp_path, input=given, prepared=modules)
        else:
            done = subprocess.run(
                [command, *arguments],
                input=given,
                capture_output=True,
                cwd=tmp_path,
                env=os.environ | env,
                timeout=120,
                check=False,
            )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run
