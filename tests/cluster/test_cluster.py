"""A list that the workers of a cluster read: a scheduler, two workers and an S3 server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest
from distributed import Client
from moto.server import ThreadedMotoServer

from bigram_tui.cluster.dask import Dask
from bigram_tui.cluster.remote import remote_source
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DatasetError
from bigram_tui.words import pieces
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.pieces import WorkersError
from bigram_tui.words.progress import Progress, ignore_progress
from bigram_tui.words.reading import read_figures
from bigram_tui.words.sources import SHIPPED, find_source
from bigram_tui.words.split_counts import count_all
from tests.conftest import Run

HERE = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler and two workers, which know where the storage is."""

    def __init__(self, folder: Path, keys: dict[str, str], running: ExitStack) -> None:
        self._file, self._running, self._env = folder / "scheduler.json", running, os.environ | keys
        self._begin("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        self.workers = [self.add_worker() for _ in range(2)]
        with Client(scheduler_file=str(self._file), timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            self.address: str = client.scheduler.address

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self._begin("worker", "--scheduler-file", str(self._file), "--nthreads", "1", "--no-nanny")

    def _begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, *HERE]
        process = subprocess.Popen(
            command,
            env=self._env,
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
        keys = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for key, value in keys.items():
            patch.setenv(key, value)
        lines = SHIPPED.read_bytes().splitlines(keepends=True)
        with_more = b"".join(lines[20_000:]) + "Łódź\r\n  Émile\n".encode()
        system = fsspec.filesystem("s3")
        system.mkdir("lists")
        system.pipe({"lists/a.txt": b"".join(lines[:20_000]), "lists/b.txt": with_more})
        yield Cluster(tmp_path_factory.mktemp("cluster"), keys, running)


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[Dask]:
    yield Dask(cluster.address)
    for client in list(Client._instances):
        client.close()


@pytest.fixture
def piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 30_000)


def figures(corpus: Corpus) -> tuple[Any, ...]:
    return replace(corpus, words=(), source=None, name=""), corpus.distinct_words


def alone(address: str) -> Corpus:
    return read_figures(remote_source(address), ReadingOptions(), ignore_progress)


def test_files_of_a_storage_are_counted_by_the_workers(engine: Dask, piece: None) -> None:
    source, told = remote_source("s3://lists/*.txt"), list[Progress]()
    assert source.names == ("a.txt", "b.txt")
    corpus = read_figures(source, ReadingOptions(), told.append, engine)
    assert corpus.names == 32_257 + 2
    assert figures(corpus) == figures(alone("s3://lists/"))
    assert count_all(corpus, 3) == count_all(alone("s3://lists/"), 3)
    assert told[-1].total == source.size


def test_reports_are_what_one_process_prints(cluster: Cluster, run_cli: Run, tmp_path: Path) -> None:
    there = ("--scheduler", cluster.address)
    shown = run_cli("stats", "s3://lists/a.txt", *there, "--json")
    (tmp_path / "a.txt").write_bytes(fsspec.open("s3://lists/a.txt").open().read())
    assert (shown.stderr, shown.stdout) == ("", run_cli("stats", "a.txt", "--json").stdout)
    counted = run_cli("counts", "a.txt", *there, "--context", "2", "--json", "--save", "table.json")
    assert (counted.returncode, counted.stderr) == (0, "")
    assert json.loads(counted.stdout)["vocabulary"][:2] == [".", "a"]
    assert run_cli("counts", "table.json", "--context", "2", "--json").stdout == counted.stdout


def test_what_is_missing_is_said_in_one_line(
    cluster: Cluster, engine: Dask, run_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("anna\n")
    nobody = run_cli("stats", "a.txt", "--scheduler", "tcp://127.0.0.1:9")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert nobody.stderr == "bigram-tui: no Dask scheduler answers at tcp://127.0.0.1:9\n"
    with pytest.raises(DatasetError, match=r"s3://lists/none\.txt cannot be read"):
        remote_source("s3://lists/none.txt")
    with pytest.raises(DatasetError, match="stands for no files"):
        remote_source("s3://lists/*.csv")
    source = find_source(str(tmp_path / "a.txt"), tmp_path, ReadingOptions())
    engine.check(source)
    with pytest.raises(DatasetError, match=r"does not see the same .*a\.txt"):
        engine.check(replace(source, size=99))
    limited = run_cli("stats", "a.txt", "--limit", "1", "--scheduler", cluster.address)
    assert "a list with --limit cannot be" in limited.stderr
    monkeypatch.setattr("bigram_tui.cluster.dask.version", _other_version)
    with pytest.raises(WorkersError, match=r"has bigram-tui .*, and this is 0\.0: install the same"):
        Dask(cluster.address)
    monkeypatch.setattr("bigram_tui.cluster.dask.PROGRAM", "nobody-has-this")
    with pytest.raises(WorkersError, match="has no nobody-has-this: install it there"):
        Dask(cluster.address)


class _OtherVersion:
    """This machine has version 0.0, and workers what they have."""

    def __call__(self, name: str) -> str:
        return "0.0"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (sys.modules["importlib.metadata"], "version")


_other_version = _OtherVersion()


def test_what_a_worker_that_died_was_reading_is_read_by_the_other(
    cluster: Cluster, engine: Dask, piece: None
) -> None:
    source, killed = remote_source("s3://lists/"), False

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
