"""Where words come from, and the error messages if they cannot be had."""

from __future__ import annotations

import gzip
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bigram_tui.files.locations import cache_folder
from bigram_tui.lm.errors import DatasetError
from bigram_tui.texts import speak
from bigram_tui.words import built_in
from bigram_tui.words.downloads import cached_file
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import Progress, ignore_progress
from bigram_tui.words.reading import describe, find
from bigram_tui.words.saved import table_as_bytes
from bigram_tui.words.sources import check, load
from tests.ordinary_user import as_ordinary_user

if TYPE_CHECKING:
    from tests.conftest import Run, Web

WORDS = ("emma", "olivia", "ava")


@pytest.fixture
def cache(isolated_home: Path) -> Path:
    """The user's cache folder, still empty."""
    folder = cache_folder()
    assert isolated_home in folder.parents
    assert not folder.exists()
    return folder


def kept(cache: Path) -> list[str]:
    return [path.name for path in cache.rglob("*")] if cache.exists() else []


def explained(get: Callable[[], object]) -> str:
    """The one-line error about a dataset."""
    with pytest.raises(DatasetError) as caught:
        get()
    message = str(caught.value)
    assert message.isprintable()
    return message


# Built in


def test_the_default_is_bundled_with_the_package(cache: Path) -> None:
    corpus = load("us-names", cache)
    assert corpus.name == "us-names"
    assert corpus.words[:3] == ("emma", "olivia", "ava")
    assert corpus.words == tuple(
        files("bigram_tui").joinpath("data/us_names_2018.txt").read_text("utf-8").split()
    )
    assert kept(cache) == []


def test_makemore_is_downloaded_once_and_then_read_from_the_cache(
    http_server: Web, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built_in, "MAKEMORE_URL", http_server.url("/names.txt"))
    first = load("makemore", cache)
    assert first.words == WORDS
    assert first.name == "makemore"
    assert len(kept(cache)) == 1
    del http_server.answers["/names.txt"]
    assert load("makemore", cache) == first
    assert http_server.requests == {"/names.txt": 1}


BAD_ANSWERS = {
    "/nowhere": r"404",
    "/broken": r"500",
    "/page.html": r"web page, not a word list",
    "/page.txt": r"web page, not a word list",
    "/cut.txt": r"cut off",
    "/empty.txt": r"no words",
    "/latin.txt": r"not UTF-8 .* line 2",
}


@pytest.mark.parametrize("path", BAD_ANSWERS)
def test_a_failed_download_of_makemore_is_explained_and_leaves_no_file(
    http_server: Web, cache: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(built_in, "MAKEMORE_URL", http_server.url(path))
    with pytest.raises(DatasetError, match=BAD_ANSWERS[path]):
        load("makemore", cache)
    assert kept(cache) == []
    monkeypatch.setattr(built_in, "MAKEMORE_URL", http_server.url("/names.txt"))
    assert load("makemore", cache).words == WORDS


def test_a_refused_connection_is_explained_and_leaves_no_file(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}/names.txt"
        monkeypatch.setattr(built_in, "MAKEMORE_URL", url)
        assert "cannot be reached" in explained(lambda: load("makemore", cache))
        assert "cannot be reached" in explained(lambda: load(url, cache))
    assert kept(cache) == []


def test_without_a_cache_folder_makemore_still_opens(
    http_server: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built_in, "MAKEMORE_URL", http_server.url("/names.txt"))
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    assert load("makemore", in_the_way / "cache").words == WORDS
    assert in_the_way.read_text() == "not a folder"


# The network


def test_a_url_is_read_and_named_after_its_file(http_server: Web, cache: Path) -> None:
    corpus = load(http_server.url("/names.txt"), cache)
    assert corpus.words == WORDS
    assert corpus.name == "names.txt"


def test_a_redirect_is_followed(http_server: Web, cache: Path) -> None:
    assert load(http_server.url("/moved.txt"), cache).words == WORDS
    assert http_server.requests == {"/moved.txt": 1, "/names.txt": 1}


@pytest.mark.parametrize("path", BAD_ANSWERS)
def test_problems_with_a_url_are_explained_in_one_line(http_server: Web, cache: Path, path: str) -> None:
    message = explained(lambda: load(http_server.url(path), cache))
    assert path.removeprefix("/") in message or "127.0.0.1" in message
    assert kept(cache) == []


def test_progress_is_reported_in_bytes_downloaded_and_read(http_server: Web, cache: Path) -> None:
    seen: list[Progress] = []
    load(http_server.url("/names.txt"), cache, seen.append)
    size = len(http_server.answers["/names.txt"].body)
    assert seen == [Progress("downloading", size, size), Progress("counting", size, size)]


@pytest.mark.parametrize(
    "address", ["ftp://example.org/names.txt", "file:///etc/passwd", "http://", "http://[bad", "https:///x"]
)
def test_an_address_that_cannot_be_downloaded_is_refused(address: str, cache: Path) -> None:
    assert "address" in explained(lambda: load(address, cache))


# Files


def test_a_file_is_read_and_named(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "my names.txt"
    file.write_bytes(b"emma\nolivia\nava\n")
    check(str(file))
    corpus = load(str(file), cache)
    assert corpus.words == WORDS
    assert corpus.name == "my names.txt"


def test_a_path_may_start_with_a_tilde(isolated_home: Path, cache: Path) -> None:
    (isolated_home / "names.txt").write_bytes(b"emma\nolivia\nava\n")
    assert load("~/names.txt", cache).words == WORDS


@pytest.mark.parametrize("look", ["check", "load"])
class TestWhatCannotBeRead:
    """The message is the same for the check before the app starts and for reading the words."""

    @pytest.fixture
    def message(self, look: str, cache: Path) -> Callable[[str], str]:
        def message(dataset: str) -> str:
            return explained(lambda: check(dataset) if look == "check" else load(dataset, cache))

        return message

    def test_a_missing_file(self, message: Callable[[str], str], tmp_path: Path) -> None:
        said = message(str(tmp_path / "nowhere.txt"))
        assert "nowhere.txt does not exist" in said
        assert "us-names" in said
        assert "makemore" in said

    def test_a_pattern_without_a_file(self, message: Callable[[str], str], tmp_path: Path) -> None:
        assert "yob*.txt does not exist" in message(f"{tmp_path}/yob*.txt")

    def test_one_of_several(self, message: Callable[[str], str], tmp_path: Path) -> None:
        (tmp_path / "names.txt").write_text("emma")
        assert "nowhere.txt does not exist" in message(f"{tmp_path}/names.txt nowhere.txt")

    def test_a_directory(self, message: Callable[[str], str], tmp_path: Path) -> None:
        assert f"{tmp_path} is a directory" in message(str(tmp_path))

    def test_an_empty_name(self, message: Callable[[str], str], tmp_path: Path) -> None:
        (tmp_path / "names.txt").write_text("emma")
        for dataset in ("", f"{tmp_path}/names.txt ''"):
            assert "the name of the list is empty" in message(dataset)

    def test_a_link_to_itself(self, message: Callable[[str], str], tmp_path: Path) -> None:
        link = tmp_path / "loop.txt"
        link.symlink_to(link)
        assert "loop.txt cannot be read" in message(str(link))

    def test_a_file_in_a_file(self, message: Callable[[str], str], tmp_path: Path) -> None:
        (tmp_path / "names.txt").write_text("emma")
        assert "names.txt/more cannot be read" in message(str(tmp_path / "names.txt" / "more"))

    def test_a_name_far_too_long(self, message: Callable[[str], str]) -> None:
        assert "cannot be read" in message("x" * 5_000)

    def test_the_home_of_a_nonexistent_user(self, message: Callable[[str], str]) -> None:
        assert "~no-such-user" in message("~no-such-user/names.txt")

    def test_a_binary_file(self, message: Callable[[str], str], tmp_path: Path) -> None:
        file = tmp_path / "program"
        file.write_bytes(b"\x7fELF\0\0\0")
        assert "program is a program: there are no words in it" in message(str(file))

    def test_a_name_with_control_characters(self, message: Callable[[str], str], tmp_path: Path) -> None:
        assert "␛[31mred␇.txt does not exist" in message(str(tmp_path / "\x1b[31mred\x07.txt"))


def test_a_file_name_that_is_not_utf8_is_shown(tmp_path: Path, cache: Path) -> None:
    name = os.fsdecode(b"n\xe4mes.txt")
    try:
        (tmp_path / name).write_bytes(b"emma\n")
    except OSError:
        pytest.skip("this file system has no names that are not UTF-8")
    assert load(str(tmp_path / name), cache).name == "n‹U+DCE4›mes.txt"


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="this system has no /dev/fd")
def test_checking_a_pipe_consumes_nothing(cache: Path) -> None:
    """`bigram-tui <(sort names.txt)`: the check must not consume any of it."""
    reading, writing = os.pipe()
    try:
        os.write(writing, b"emma\nolivia\nava\n")
        os.close(writing)
        check(f"/dev/fd/{reading}")
        assert load(f"/dev/fd/{reading}", cache).words == WORDS
    finally:
        os.close(reading)


@pytest.mark.parametrize("dataset", ["us-names", "makemore", "-", "http://127.0.0.1/names.txt"])
def test_only_files_are_checked_in_advance(
    dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with the same name would be refused."""
    monkeypatch.chdir(tmp_path)
    Path(dataset).parent.mkdir(parents=True, exist_ok=True)
    Path(dataset).write_bytes(b"\0")
    with pytest.raises(DatasetError, match="NUL"):
        check(str(Path(dataset).absolute()))
    check(dataset)


# Permissions


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and write to, unlike pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


LOOKS = {
    "look": "check(sys.argv[1])",
    "read": "load(sys.argv[1], Path('no cache'))",
    "report": "sys.exit(cli.main(['stats', sys.argv[1]]))",
}


@pytest.mark.parametrize("how", LOOKS)
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_missing_read_permission_is_explained(open_folder: Path, how: str, closed: str) -> None:
    file = open_folder / "private" / "secret.txt"
    file.parent.mkdir(mode=0o755)
    file.write_text("emma")
    (file if closed == "file" else file.parent).chmod(0)
    done = as_ordinary_user(LOOKS[how], file)
    assert "secret.txt cannot be read: Permission denied" in done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert how != "report" or len(done.stderr.splitlines()) == 1
    file.parent.chmod(0o755)


@pytest.mark.parametrize("how", LOOKS)
@pytest.mark.parametrize("mode", [0, 0o444], ids=["not to be listed", "not to be entered"])
def test_a_folder_is_not_read_without_its_closed_folders(open_folder: Path, how: str, mode: int) -> None:
    closed = open_folder / "private"
    closed.mkdir()
    (closed / "secret.txt").write_text("emma")
    (open_folder / "open.txt").write_text("olivia")
    closed.chmod(mode)
    done = as_ordinary_user(LOOKS[how], open_folder)
    assert str(closed) in done.stderr.splitlines()[-1]
    assert "cannot be read: Permission denied" in done.stderr.splitlines()[-1]
    assert done.returncode == 1
    closed.chmod(0o755)


@pytest.mark.parametrize("closed", ["the cache", "its parent"])
def test_a_read_only_cache_folder_is_not_used(http_server: Web, open_folder: Path, closed: str) -> None:
    cache = open_folder / "home" / "cache"
    cache.mkdir(parents=True)
    if closed == "its parent":
        cache.rmdir()
    (cache if cache.exists() else cache.parent).chmod(0o555)
    script = "c = load(sys.argv[1], Path(sys.argv[2])); print(*c.words, *c.source.notes, sep=chr(10))"
    done = as_ordinary_user(script, http_server.url("/names.txt"), cache)
    note = "the download could not be cached: Permission denied"
    assert done.stdout.splitlines() == [*WORDS, note]
    assert kept(cache) == []


def test_an_unreadable_cached_download_is_downloaded_again(http_server: Web, open_folder: Path) -> None:
    url, cache = http_server.url("/names.txt"), open_folder / "cache"
    load(url, cache)
    cache.chmod(0o755)
    cached_file(cache, url).chmod(0)
    done = as_ordinary_user("print(*load(sys.argv[1], Path(sys.argv[2])).words)", url, cache)
    assert done.stdout.split() == [*WORDS]
    assert http_server.requests == {"/names.txt": 2}


# Several files


@pytest.fixture
def years(tmp_path: Path) -> Path:
    """Tables of three years, one of them compressed, and a folder with a list and hidden files."""
    (tmp_path / "yob1880.txt").write_text("Mary,F,7065\nAnna,F,2604\n")
    (tmp_path / "yob1881.txt.gz").write_bytes(gzip.compress(b"Mary,F,6919\nJohn,M,8769\n"))
    (tmp_path / "yob1882.txt").write_text("Élise,F,5\n")
    (tmp_path / "more" / "deeper").mkdir(parents=True)
    (tmp_path / "more" / "deeper" / "my names.txt").write_text("emma\nolivia\n")
    (tmp_path / "more" / ".hidden").write_text("hidden\n")
    (tmp_path / "more" / "other.txt").write_text("ava")
    return tmp_path


def test_a_pattern_is_read_as_its_files_in_order(years: Path, cache: Path) -> None:
    columns = ReadingOptions(column="1", weight_column="3")
    told: list[Progress] = []
    corpus = load(f"{years}/yob*.txt*", cache, told.append, columns)
    assert corpus.words == ("Mary", "Anna", "Mary", "John", "Élise")
    assert corpus.names == 7065 + 2604 + 6919 + 8769 + 5
    assert corpus.name == "yob*.txt*"
    assert corpus.remarks[0] == "3 files, from yob1880.txt to yob1882.txt"
    size = sum(file.stat().st_size for file in years.glob("yob*"))
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert (told[-1].done, told[-1].total) == (size, size)
    assert find(corpus, ["Mary", "Maria"]) == [True, False]


def test_a_folder_is_read_as_all_of_its_files_except_hidden_ones(years: Path, cache: Path) -> None:
    corpus = load(f"{years}/more/", cache)
    assert corpus.words == ("emma", "olivia", "ava")
    assert corpus.name == "more"
    described = describe(replace(corpus, words=(), lengths={}), ignore_progress)
    assert replace(described, distinct_words=None) == replace(corpus, distinct_words=None)
    assert described.distinct_names == 3
    assert find(described, ["emma", "olivia", "ava", "eva"]) == [True, True, True, False]


def test_several_are_named_as_in_a_shell_and_each_is_read_once(years: Path, cache: Path) -> None:
    one = f"'{years}/more/deeper/my names.txt'"
    corpus = load(f"{years}/more/other.txt {one} '{years}/more' us-names", cache)
    assert corpus.words[:4] == ("ava", "emma", "olivia", "emma")
    assert corpus.names == 3 + 32_257
    assert corpus.name == "3 files"
    speak("zh")
    try:
        assert load(f"{years}/more/other.txt {one}", cache).name == "2 个文件"
    finally:
        speak("en")


def test_a_saved_table_cannot_be_combined_with_lists(years: Path, cache: Path) -> None:
    corpus = load(str(years / "yob1882.txt"), cache)
    (years / "more" / "a.json").write_bytes(table_as_bytes(corpus, corpus.counts))
    assert "a.json is a saved table, which cannot be combined" in explained(
        lambda: load(f"{years}/more", cache)
    )


def test_the_command_takes_several_datasets(years: Path, run_cli: Run) -> None:
    shown = run_cli("stats", "yob188[02].txt", "more/", "--json")
    assert shown.stderr.startswith("bigram-tui: 4 files: from yob1880.txt to other.txt\n")
    assert json.loads(shown.stdout)["names"] == 2 + 1 + 3
    joined = (b"".join((years / f"yob188{n}.txt").read_bytes() for n in (0, 2))) + b"emma\nolivia\nava\n"
    (years / "joined.txt").write_bytes(joined)
    alone = run_cli("counts", "joined.txt", "--json").stdout
    assert run_cli("counts", "yob1880.txt", "yob1882.txt", "more", "--json").stdout == alone
    assert "nothing* does not exist" in run_cli("stats", "nothing*").stderr
