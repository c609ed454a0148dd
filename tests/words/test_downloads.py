"""Downloads: cached by URL, revalidated, interrupted, too large, in two instances at once."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bigram_tui.files.locations import cache_folder
from bigram_tui.lm.errors import CancelledError, DatasetError
from bigram_tui.words.downloads import FRESH, cached_file
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import Progress
from bigram_tui.words.sources import load
from tests.conftest import Answer
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.conftest import Web

WORDS = ("emma", "olivia", "ava")


@pytest.fixture
def cache(isolated_home: Path) -> Path:
    assert isolated_home in cache_folder().parents
    return cache_folder()


def make_old(cache: Path, url: str) -> None:
    """Make it look as if it was downloaded some days ago."""
    then = time.time() - 3 * FRESH
    os.utime(cached_file(cache, url), (then, then))


def test_a_second_start_needs_no_network(http_server: Web, cache: Path) -> None:
    url = http_server.url("/names.txt")
    first = load(url, cache)
    http_server.answers.clear()
    assert load(url, cache) == first
    assert http_server.requests == {"/names.txt": 1}


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_after_a_day_the_server_is_asked_for_a_newer_version(
    http_server: Web, cache: Path, header: str
) -> None:
    url = http_server.url("/names.txt")
    http_server.answers["/names.txt"] = Answer(b"emma\n", headers={header: "version 1"})
    load(url, cache)
    make_old(cache, url)
    assert load(url, cache).words == ("emma",)
    assert http_server.statuses == [200, 304]
    load(url, cache)
    assert http_server.statuses == [200, 304]
    make_old(cache, url)
    http_server.answers["/names.txt"] = Answer(b"ava\n", headers={header: "version 2"})
    assert load(url, cache).words == ("ava",)
    assert http_server.statuses == [200, 304, 200]


def test_an_old_download_is_used_when_the_server_has_trouble(http_server: Web, cache: Path) -> None:
    url = http_server.url("/names.txt")
    load(url, cache)
    make_old(cache, url)
    http_server.answers["/names.txt"] = Answer(b"", status=503)
    corpus = load(url, cache)
    assert corpus.words == WORDS
    assert corpus.source is not None
    (note,) = corpus.source.notes
    assert "the earlier download is used" in str(note)
    assert "503" in str(note)


def test_a_damaged_cache_is_downloaded_again(http_server: Web, cache: Path) -> None:
    url = http_server.url("/names.txt")
    load(url, cache)
    cached_file(cache, url).write_bytes(b"\0garbage")
    assert load(url, cache).words == WORDS
    assert http_server.requests == {"/names.txt": 2}


def test_a_compressed_transfer_is_decompressed_with_progress_in_bytes_sent(
    http_server: Web, cache: Path
) -> None:
    body = gzip.compress(b"emma\n" * 100_000)
    http_server.answers["/names.txt"] = Answer(body, headers={"Content-Encoding": "gzip"})
    seen: list[Progress] = []
    assert load(http_server.url("/names.txt"), cache, seen.append).names == 100_000
    downloading = [p for p in seen if p.stage == "downloading"]
    assert downloading[-1] == Progress("downloading", len(body), len(body))


def test_a_large_download_is_refused_until_the_limit_is_raised(http_server: Web, cache: Path) -> None:
    url = http_server.url("/names.txt")
    with pytest.raises(DatasetError, match=r"larger than 10 bytes; to allow more: --max-download 5GB"):
        load(url, cache, options=ReadingOptions(max_download=10))
    assert not cached_file(cache, url).exists()
    assert load(url, cache, options=ReadingOptions(max_download=100)).words == WORDS


def test_a_decompression_bomb_of_unknown_size_is_refused(http_server: Web, cache: Path) -> None:
    body = gzip.compress(b"emma\n" * 1_000_000)
    http_server.answers["/bomb"] = Answer(body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(DatasetError, match="larger than 1,000,000 bytes"):
        load(http_server.url("/bomb"), cache, options=ReadingOptions(max_download=1_000_000))


@pytest.mark.parametrize("length", ["many", "-5", "²", ""])
def test_an_invalid_content_length_is_ignored(http_server: Web, cache: Path, length: str) -> None:
    http_server.answers["/odd"] = Answer(b"emma\nava\n", headers={"Content-Length": length})
    seen: list[Progress] = []
    assert load(http_server.url("/odd"), cache, seen.append).words == ("emma", "ava")
    assert seen[0] == Progress("downloading", 9, None)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("file:///etc/passwd", "redirects to something other"),
        ("ftp://127.0.0.1/names.txt", "redirects to something other"),
        ("data:text/plain,emma", "redirects to something other"),
        ("javascript:alert(1)", "redirects to something other"),
        ("/circle", "redirects in a circle"),
    ],
)
def test_redirects_are_only_followed_to_http_addresses(
    http_server: Web, cache: Path, location: str, said: str
) -> None:
    http_server.answers["/circle"] = Answer(b"", status=302, location=location)
    with pytest.raises(DatasetError, match=said):
        load(http_server.url("/circle"), cache)


def test_cancelling_leaves_nothing_behind(http_server: Web, cache: Path) -> None:
    http_server.answers["/large"] = Answer(b"emma\n" * 1_000_000)

    def cancel(progress: Progress) -> None:
        if progress.done > 1_000_000:
            raise CancelledError

    with pytest.raises(CancelledError):
        load(http_server.url("/large"), cache, cancel)
    assert not cache.exists()


def test_two_instances_download_at_once(http_server: Web, cache: Path, command: str) -> None:
    both_wait = threading.Event()
    http_server.answers["/large"] = Answer(b"emma\nava\n" * 500_000, wait=both_wait)
    url = http_server.url("/large")
    line = [command, "stats", url, "--json"]
    instances = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    wait_until(lambda: http_server.requests["/large"] == 2)
    both_wait.set()
    for instance in instances:
        assert json.loads(instance.communicate()[0])["names"] == 1_000_000
    assert os.listdir(cache) == [cached_file(cache, url).name]
    http_server.answers.clear()
    assert load(url, cache).names == 1_000_000


def test_without_a_cache_folder_a_download_works_with_a_note(http_server: Web, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    corpus = load(http_server.url("/names.txt"), in_the_way / "cache")
    assert corpus.words == WORDS
    assert corpus.source is not None
    assert "could not be cached" in str(corpus.source.notes[0])


def test_a_full_disk_while_caching_leaves_no_partial_file(http_server: Web, cache: Path) -> None:
    """A file size limit simulates a disk that becomes full while writing."""
    http_server.answers["/large"] = Answer(b"emma\n" * 100_000)
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from bigram_tui.words.sources import load\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "corpus = load(sys.argv[1], Path(sys.argv[2]))\n"
        "print(corpus.names, *corpus.source.notes)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, http_server.url("/large"), str(cache)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("100000 the download could not be cached")
    assert os.listdir(cache) == []


def test_a_password_in_a_url_is_neither_shown_nor_cached(http_server: Web, cache: Path) -> None:
    url = http_server.url("/names.txt").replace("//", "//me:secret@")
    assert load(url, cache).words == WORDS
    assert all("secret" not in name for name in os.listdir(cache))
    assert b"secret" not in b"".join(file.read_bytes() for file in cache.iterdir())
    with pytest.raises(DatasetError) as caught:
        load(url.replace("names.txt", "nowhere"), cache)
    assert "secret" not in str(caught.value)


TABLE = b"Year,Name\n1999,Ida\n1998,Uwe\n"
ADDRESSES = {
    "/export?format=csv": Answer(TABLE),
    "/q?tqx=out:csv&sheet=names": Answer(TABLE),
    "/get?file=Names.TSV": Answer(TABLE.replace(b",", b"\t")),
    "/names": Answer(TABLE, content_type="text/csv; charset=utf-8"),
    "/download/17": Answer(TABLE, headers={"Content-Disposition": 'attachment; filename="n.csv"'}),
    "/other": Answer(TABLE, headers={"Content-Disposition": "attachment; filename*=UTF-8''n%C3%A4.csv"}),
    "/api": Answer(b'[{"Year": 1, "Name": "Ida"}, {"Name": "Uwe"}]', content_type="application/vnd.x+json"),
    "/api/lines": Answer(b'{"Name": "Ida"}\n{"Name": "Uwe"}', content_type="application/x-ndjson"),
}


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_content_type_or_query_counts_like_a_file_extension(
    http_server: Web, cache: Path, path: str
) -> None:
    http_server.answers[path] = ADDRESSES[path]
    for _ in ("from the server", "from the cache"):
        assert load(http_server.url(path), cache).words == ("Ida", "Uwe")
    assert http_server.requests[path] == 1


def test_the_file_extension_after_a_redirect_counts(http_server: Web, cache: Path) -> None:
    http_server.answers["/latest"] = Answer(b"", status=302, location="/names-2019.csv")
    http_server.answers["/names-2019.csv"] = Answer(TABLE)
    assert load(http_server.url("/latest"), cache).words == ("Ida", "Uwe")


def test_plain_text_is_a_list_whatever_the_url_contains(http_server: Web, cache: Path) -> None:
    http_server.answers["/csv/names?kind=table"] = Answer(b"Ida\nUwe\n")
    assert load(http_server.url("/csv/names?kind=table"), cache).column == ""
