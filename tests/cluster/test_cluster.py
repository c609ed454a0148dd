"""Lists that a cluster reads: a scheduler, two workers and an S3 server on this machine."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest
from aiohttp.web import Application, AppRunner, TCPSite
from distributed import Client, Scheduler
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage
from moto.server import ThreadedMotoServer

from bigram_tui.cluster.dask import Dask
from bigram_tui.cluster.remote import shared_source
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DatasetError
from bigram_tui.words import pieces
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.pieces import WorkersError
from bigram_tui.words.progress import Progress, ignore_progress
from bigram_tui.words.reading import read_figures
from bigram_tui.words.sources import SHIPPED
from bigram_tui.words.split_counts import count_all
from bigram_tui.words.streams import Source
from tests.conftest import Run, Web
from tests.waiting import wait_until

HERE = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler and two workers, configured for the storage."""

    def __init__(self, folder: Path, keys: dict[str, str], running: ExitStack) -> None:
        self.folder = folder
        self._file, self._running, self._env = folder / "scheduler.json", running, os.environ | keys
        self.scheduler = self._begin("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        self.workers = [self.add_worker() for _ in range(2)]
        with Client(scheduler_file=str(self._file), timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            self.address: str = client.scheduler.address

    def add_worker(self, *python: str, **env: str) -> subprocess.Popen[bytes]:
        arguments = ("--scheduler-file", str(self._file), "--nthreads", "1", "--no-nanny")
        return self._begin("worker", *arguments, python=python, **env)

    def _begin(self, *arguments: str, python: Sequence[str] = (), **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *python, "-m", "dask", *arguments, *HERE]
        process = subprocess.Popen(
            command,
            env=self._env | env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._file.parent,
        )
        self._running.callback(process.wait)
        self._running.callback(process.kill)
        return process


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        storage = ThreadedMotoServer("127.0.0.1", port=0)
        storage.start()
        running.callback(storage.stop)
        host, port = storage.get_host_and_port()
        emulator = functools.partial(RequestHandler, Storage(use_memory_fs=True))
        google = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), emulator))
        threading.Thread(target=google.serve_forever, daemon=True).start()
        running.callback(google.shutdown)
        keys = {
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{google.server_port}",
            # Use no credentials and no endpoints that only Google has.
            "NO_GCE_CHECK": "true",
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for key, value in keys.items():
            patch.setenv(key, value)
        lines = SHIPPED.read_bytes().splitlines(keepends=True)
        with_more = b"".join(lines[20_000:]) + "Łódź\r\n  Émile\n".encode()
        contents = {"lists/a.txt": b"".join(lines[:20_000]), "lists/b.txt": with_more}
        for kind in ("s3", "gs"):
            system = fsspec.filesystem(kind)
            system.mkdir("lists")
            system.pipe(contents | {"lists/.hidden.txt": b"hidden"})
        folder = tmp_path_factory.mktemp("cluster")
        for name, content in contents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        yield Cluster(folder, keys, running)


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[Dask]:
    yield Dask(cluster.address)
    for client in list(Client._instances):
        client.close()


@pytest.fixture
def piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 30_000)


def shared(dataset: str) -> Source:
    return shared_source(dataset, Path("nothing is cached"), ReadingOptions())


def figures(corpus: Corpus) -> tuple[Any, ...]:
    return replace(corpus, words=(), source=None, name=""), corpus.distinct_words


def alone(address: str) -> Corpus:
    return read_figures(shared(address), ReadingOptions(), ignore_progress)


def wait_until_nothing_is_left(cluster: Cluster) -> None:
    """Until the scheduler has no tasks left."""
    with Client(cluster.address, set_as_default=False) as client:
        wait_until(lambda: not client.run_on_scheduler(_tasks))


def _tasks(dask_scheduler: Scheduler) -> int:
    return len(dask_scheduler.tasks)


def test_files_in_storage_are_counted_by_the_workers(cluster: Cluster, engine: Dask, piece: None) -> None:
    source, told = shared("s3://lists/*.txt"), list[Progress]()
    assert source.names == ("a.txt", "b.txt")
    gc.disable()  # results must be released without it, too
    try:
        corpus = read_figures(source, ReadingOptions(), told.append, engine)
        wait_until_nothing_is_left(cluster)
    finally:
        gc.enable()
    assert corpus.names == 32_257 + 2
    assert figures(corpus) == figures(alone("s3://lists/"))
    assert count_all(corpus, 3) == count_all(alone("s3://lists/"), 3)
    assert told[-1].total == source.size


@pytest.fixture
def web(cluster: Cluster) -> Iterator[str]:
    """A URL of the same files on a web server that supports range requests."""
    app, loop = Application(), asyncio.new_event_loop()
    app.router.add_static("/", cluster.folder / "lists", show_index=True)
    runner = AppRunner(app)

    async def begin() -> str:
        await runner.setup()
        await TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    address = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield address
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_every_kind_of_address_is_read_by_the_workers(
    cluster: Cluster, engine: Dask, piece: None, web: str
) -> None:
    whole = figures(alone("s3://lists/"))
    folder = cluster.folder / "lists"
    for address in (
        "gs://lists/",
        "gs://lists/*.txt",
        f"file://{folder}",
        f"file://{folder}/*.txt",
        f"{folder}/a.txt file://{folder}/b.txt",
        f"{web}/*.txt",
        f"{web}/a.txt?version=2 {web}/b.txt",
        "s3://lists/[a] gs://lists/b.txt".replace("]", "].txt"),
    ):
        source = shared(address)
        engine.check(source)
        assert source.names == ("a.txt", "b.txt"), address
        assert figures(read_figures(source, ReadingOptions(), ignore_progress, engine)) == whole


def test_a_server_that_sends_whole_files_only_is_refused(http_server: Web) -> None:
    address = http_server.url("/names.txt")
    with pytest.raises(DatasetError, match=f"{address} is on a server without range requests"):
        shared(address)


def test_ctrl_c_leaves_no_tasks_on_the_cluster(cluster: Cluster, command: str, tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_bytes(b"emma\nolivia\n" * 100_000)
    for number in range(1_000):
        (tmp_path / f"link{number}").symlink_to("large.txt")
    with subprocess.Popen(
        [command, "stats", str(tmp_path), "--scheduler", cluster.address, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as report:
        with Client(cluster.address, set_as_default=False) as client:
            wait_until(lambda: any(client.processing().values()))
        os.killpg(report.pid, signal.SIGINT)
        assert report.communicate(timeout=60) == (b"", b"")
        assert report.returncode == 130
    wait_until_nothing_is_left(cluster)


def test_reports_are_the_same_as_with_one_process(cluster: Cluster, run_cli: Run, tmp_path: Path) -> None:
    there = ("--scheduler", cluster.address)
    shown = run_cli("stats", "s3://lists/a.txt", *there, "--json")
    (tmp_path / "a.txt").write_bytes(fsspec.open("s3://lists/a.txt").open().read())
    assert (shown.stderr, shown.stdout) == ("", run_cli("stats", "a.txt", "--json").stdout)
    counted = run_cli("counts", "a.txt", *there, "--context", "2", "--json", "--save", "table.json")
    assert (counted.returncode, counted.stderr) == (0, "")
    assert json.loads(counted.stdout)["vocabulary"][:2] == [".", "a"]
    assert run_cli("counts", "table.json", "--context", "2", "--json").stdout == counted.stdout
    evaluated = run_cli("evaluate", "a.txt", *there, "--context", "2", "--json")
    assert (evaluated.returncode, evaluated.stderr) == (0, "")
    assert evaluated.stdout == run_cli("evaluate", "a.txt", "--context", "2", "--json").stdout


def test_missing_files_are_reported_in_one_line(
    cluster: Cluster, engine: Dask, run_cli: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("anna\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for address in (f"tcp://127.0.0.1:{silent.getsockname()[1]}", "nonsense", "http://127.0.0.1:9"):
            nobody = run_cli("stats", "a.txt", "--scheduler", address)
            assert (nobody.returncode, nobody.stdout) == (1, "")
            assert nobody.stderr == f"bigram-tui: no Dask scheduler answers at {address}\n"
    with pytest.raises(DatasetError, match=r"^s3://lists/none\.txt does not exist$"):
        shared("s3://lists/none.txt")
    with pytest.raises(DatasetError, match="matches no files"):
        shared("s3://lists/*.csv")
    engine.check(shared(f"{tmp_path}/a.txt"))
    own = run_cli(
        "stats", "/proc/self/cwd/a.txt", "--scheduler", cluster.address
    )  # a folder that differs by process
    assert (own.returncode, own.stdout) == (1, "")
    assert re.fullmatch(
        r"bigram-tui: the worker tcp:.* does not see the same /proc/self/cwd/a.txt: .*\n", own.stderr
    )
    limited = run_cli("stats", "a.txt", "--limit", "1", "--scheduler", cluster.address)
    assert "a list with --limit cannot be" in limited.stderr


def test_workers_with_another_version_or_none_are_reported(cluster: Cluster, tmp_path: Path) -> None:
    older, without, damaged = tmp_path / "older", tmp_path / "without", tmp_path / "damaged"
    (damaged / "bigram_tui").mkdir(parents=True)
    (damaged / "bigram_tui" / "__init__.py").touch()
    (tmp_path / "a.txt").write_text("anna\n")
    installed = older / "bigram_tui-0.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: bigram-tui\nVersion: 0.0\n")
    without.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "bigram_tui" not in package.name:
            (without / package.name).symlink_to(package)
    for begin, said in (
        (
            lambda: cluster.add_worker(PYTHONPATH=str(older)),
            r"has bigram-tui 0\.0, and this is",
        ),
        (lambda: cluster.add_worker("-S", PYTHONPATH=str(without)), "has no bigram-tui: install it there"),
        (
            lambda: cluster.add_worker(PYTHONPATH=str(damaged)),
            "has another bigram-tui than this: install the same",
        ),
    ):
        with Client(cluster.address, set_as_default=False) as client:
            worker = begin()
            client.wait_for_workers(3, timeout=60)
            with pytest.raises(WorkersError, match=said):
                Dask(cluster.address).check(shared(f"{tmp_path}/a.txt"))
            worker.kill()
            wait_until(lambda: len(client.nthreads()) == 2)


def test_the_task_of_a_dead_worker_is_done_by_the_other(cluster: Cluster, engine: Dask, piece: None) -> None:
    source, killed = shared("s3://lists/"), False

    def kill(progress: Progress) -> None:
        nonlocal killed
        if progress.done and not killed:
            cluster.workers[0].kill()
            killed = True

    corpus = read_figures(source, ReadingOptions(), kill, engine)
    assert killed
    assert cluster.workers[0].wait(60)
    assert figures(corpus) == figures(alone("s3://lists/"))
    assert isinstance(corpus.counts, NgramCounts)


def test_a_lost_cluster_is_reported_in_one_line(
    cluster: Cluster, engine: Dask, piece: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigram_tui.cluster.dask.AWAY", 0.1)
    source = shared("s3://lists/")
    cluster.workers[0].kill()
    for process, said in (
        (cluster.workers[1], "all of its workers are"),
        (cluster.scheduler, "its scheduler is"),
    ):
        process.kill()
        with pytest.raises(WorkersError, match=f"the cluster gave up: {said} gone"):
            read_figures(source, ReadingOptions(), ignore_progress, engine)
