"""Large lists that several processes read in pieces: the result is the same as with one."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.words import pieces, processes, sources
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.pieces import Item, Result, WorkersError
from bigram_tui.words.processes import Processes
from bigram_tui.words.progress import Progress, ignore_progress
from bigram_tui.words.reading import describe, find, read, read_figures, read_table
from bigram_tui.words.saved import table_as_bytes
from bigram_tui.words.sources import find_source
from bigram_tui.words.split import Fractions, Split
from bigram_tui.words.split_counts import count_all, count_split
from bigram_tui.words.streams import Source
from tests.conftest import Run, thoroughly
from tests.driving import on_screen, opened, until
from tests.lists import parse_words
from tests.waiting import wait_until

NOWHERE = Path("nothing is cached")


def zipped(files: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(archive := BytesIO(), "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return archive.getvalue()


ZIPPED = zipped({"a.txt": b"anna\notto\n"})
ANNA = parse_words(b"anna\n", "anna.txt")


class Here:
    """Takes two pieces at a time, and reads the second one first."""

    is_here = True

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        left = iter(enumerate(items))
        while two := list(islice(left, 2)):
            for place, item in reversed(two):
                yield place, function(item)
                tick()


@pytest.fixture
def piece(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda size: monkeypatch.setattr(pieces, "PIECE", size)


def figures(corpus: Corpus) -> tuple[object, ...]:
    """All results of an engine."""
    return (
        replace(corpus, words=(), source=None),
        corpus.format.has_controls,
        corpus.format.encoding,
        corpus.options,
    )


def outcome(make: Callable[[], Corpus]) -> tuple[object, ...] | str:
    try:
        return figures(make())
    except DatasetError as error:
        return str(error)


def parts_of(corpus: Corpus, how: Split) -> tuple[object, ...] | str:
    """The counts of train, dev and test, or the error message."""
    try:
        counted = count_split(corpus, 2, how)
    except SettingError as error:
        return str(error)
    return *astuple(replace(counted, train=np.zeros(0, np.uint64)))[:-1], counted.train.tolist()


BITS = [
    "a",
    "bc",
    "é",
    "e\u0301",
    "😀",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\ufeff",
    "\u200b",
    "\x85",
    "\x0b",
    "x" * 20,
]


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(BITS)).map("".join), st.integers(1, 12), st.booleans(), st.sampled_from([9, 0])
)
@example("\ufeffa\r\nb", 1, False, 9)
@example("a" * 100 + "\nb", 7, True, 0)
@example("\n\n\n\nab", 2, False, 0)
@example("a\n%PDF-\nBZh9\nPK\x03\x04\n", 2, False, 9)
@example("a\nb\na\nc\nd\na\nb\ne\nf\n", 3, True, 9)
@example("a\nb\na\nc\nd\na\nb\ne\nf\n", 3, False, 9)
@example("a\nb\na\nc\nd\na\nb\ne\nf\n", 3, False, 0)
def test_the_result_does_not_depend_on_where_pieces_are_cut(
    text: str, size: int, lowercase: bool, most_shuffled: int
) -> None:
    data, options = text.encode(), ReadingOptions(lowercase=lowercase)
    source = Source("list.txt", lambda: BytesIO(data), len(data))
    whole = outcome(lambda: read(source, options))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", size)
        patch.setattr("bigram_tui.words.survey.MAX_KEPT", 3)
        assert outcome(lambda: read_figures(source, options, ignore_progress, Here())) == whole
        if isinstance(whole, tuple):
            first = read_table(source, options, ignore_progress, Here())
            described = describe(first, ignore_progress)
            assert described == read(source, options)
            assert count_all(first, 2) == count_all(described, 2) == count_all(read(source, options), 2)
            patch.setattr("bigram_tui.words.split_counts.MAX_SHUFFLED", most_shuffled)
            how = Split(Fractions(50, 25, 25), size, together=lowercase)
            assert parts_of(first, how) == parts_of(read(source, options), how)
            many, asked = replace(described, distinct_words=None), [*described.words, "ab"]
            assert find(many, asked) == [True] * len(described.words) + ["ab" in described.words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    words = [f"{c}{'né'[n % 2]}{n}" for n, c in enumerate("abcdefghij" * 300)]
    (tmp_path / "a.txt").write_bytes(("\r\n".join(words) + "\r\n").encode())
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"emma\n\nolivia", mtime=0))
    (tmp_path / "c.txt").write_bytes("Łódź\n  ava\n".encode())
    return tmp_path


@pytest.mark.parametrize("workers", [2, *thoroughly(1, 3, 7)])
def test_the_result_does_not_depend_on_the_number_of_processes(
    folder: Path, workers: int, piece: Callable[[int], None]
) -> None:
    piece(1_000)
    options = ReadingOptions(min_char_count=3)
    source = find_source(str(folder), NOWHERE, options)
    whole = read(source, options)
    told: list[Progress] = []
    table = read_table(source, options, told.append, Processes(workers))
    assert table.pieces is not None
    assert len(table.pieces.sources) > 7
    assert sum(table.pieces.words) == whole.names == 3_004
    assert (told[-1].stage, told[-1].total) == ("counting", source.size)
    corpus = describe(table, ignore_progress)
    assert figures(corpus) == figures(whole)
    assert corpus.words == whole.words
    assert corpus.format == replace(whole.format)
    assert count_all(corpus, 3) == count_all(whole, 3)
    assert parts_of(corpus, Split()) == parts_of(whole, Split())


def test_a_list_that_has_changed_is_not_split(tmp_path: Path, piece: Callable[[int], None]) -> None:
    piece(20)
    path = tmp_path / "list.txt"
    path.write_text("anna\notto\n" * 10)
    source = find_source(str(path), NOWHERE, ReadingOptions())
    table = read_table(source, ReadingOptions(), ignore_progress, Here())
    for words in ("a\notto" * 10, "an\na\nott" * 10, "annaottoan\n" * 5):
        path.write_text(words)
        with pytest.raises(DatasetError, match="changed while it was read"):
            count_split(table, 2)


@pytest.mark.parametrize(
    ("name", "data", "options", "why"),
    [
        ("list.txt", b"anna\notto\n", {"limit": 1}, "with --limit"),
        ("list.txt", b"anna\nanna\n", {"unique": True}, "with --unique"),
        ("list.txt", b"anna\nanna\n", {"skip": 1}, "with --skip"),
        ("list.txt", b"anna,otto\n", {"separator": ","}, "with --separator"),
        ("list.txt", b"name,n\nanna,2\n", {"weight_column": "n"}, "with --weight-column"),
        ("list.txt", b"name,n\nanna,2\n", {"column": "name"}, "with --column"),
        ("list.txt", "änna\n".encode("latin-1"), {"encoding": "latin-1"}, "with --encoding latin-1"),
        ("list.txt", "anna\n".encode("utf-16"), {}, "in utf-16"),
        ("list.txt", gzip.compress(b"anna\n", mtime=0), {}, "that is compressed as a whole"),
        ("list.csv", b"name,n\nanna,2\n", {}, "from a table or JSON"),
        ("list.tsv.gz", gzip.compress(b"name\tn\nanna\t2\n", mtime=0), {}, "from a table or JSON"),
        ("list.json", b'["anna", "otto"]', {}, "from a table or JSON"),
        ("list.zip", ZIPPED, {}, "in a zip archive"),
        ("list.zip", ZIPPED, {"member": "a*"}, "with --member"),
        ("list.txt", table_as_bytes(ANNA, ANNA.counts), {}, "that was saved as a table"),
    ],
)
def test_a_list_that_cannot_be_cut_is_read_by_one_process_with_a_note(
    name: str, data: bytes, options: dict[str, object], why: str, piece: Callable[[int], None]
) -> None:
    piece(2)
    reading = ReadingOptions(**options)  # type: ignore[arg-type]
    corpus = read_figures(Source(name, lambda: BytesIO(data), len(data)), reading, ignore_progress, Here())
    assert f"it is read by one process, since a list {why} cannot be cut" in corpus.remarks
    whole = parse_words(data, name, reading)
    assert replace(corpus, source=None) == replace(whole, source=None, words=())


def test_an_option_that_does_not_fit_the_list_is_refused_when_it_is_large(
    piece: Callable[[int], None],
) -> None:
    piece(2)
    source = Source("list.txt", lambda: BytesIO(b"anna\notto\n"), 10)
    with pytest.raises(DatasetError, match="is not a zip archive"):
        read_table(source, ReadingOptions(member="a*"), ignore_progress, Here())


def test_errors_have_the_same_line_number_as_with_one_process(piece: Callable[[int], None]) -> None:
    piece(5)
    data = b"anna\n" * 10 + b"\xff\n"
    with pytest.raises(DatasetError, match="0xff on line 11"):
        read_table(
            Source("list.txt", lambda: BytesIO(data), len(data)), ReadingOptions(), ignore_progress, Here()
        )


def children(pid: int) -> list[int]:
    """The worker processes of this process."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline") for child in listed}
    return [child for child, line in commands.items() if line.exists() and b"spawn_main" in line.read_bytes()]


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
class Unsendable:
    """What the pool cannot send, as when a pipe of its own is closed since it breaks."""

    def __reduce__(self) -> str:
        raise OSError("handle is closed")


def test_a_pool_that_breaks_while_it_sends_is_said_to_have_ended() -> None:
    with pytest.raises(WorkersError, match="was ended"):
        list(Processes(1).run(str, [Unsendable()], lambda: None))


def runs(group: int) -> bool:
    """Whether any process of this group does."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_is_killed_ends_the_report_with_one_line(command: str, tmp_path: Path) -> None:
    line = b"emma\nolivia\n" * 1_000
    (tmp_path / "large.txt").write_bytes(line * 100)
    for number in range(sources.FOR_PROCESSES // (100 * len(line)) + 1):
        (tmp_path / f"link{number}").symlink_to("large.txt")
    for how, status, said in (
        (
            signal.SIGKILL,
            1,
            "bigram-tui: a process that read the list was ended, perhaps because memory ran out; "
            "try fewer --workers\n",
        ),
        (signal.SIGINT, 130, ""),
        (signal.SIGTERM, 128 + signal.SIGTERM, ""),
    ):
        with subprocess.Popen(
            [command, "stats", f"{tmp_path}/link*", "--workers", "2", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as report:
            wait_until(lambda: children(report.pid))
            if how == signal.SIGKILL:
                os.kill(children(report.pid)[0], how)
            elif how == signal.SIGINT:
                os.killpg(report.pid, how)  # as a terminal does
            else:
                report.terminate()
            output, errors = report.communicate(timeout=60)
        assert (report.returncode, output, errors.decode()) == (status, b"", said)
        wait_until(lambda: not runs(report.pid))


def test_a_small_list_is_read_without_processes_and_the_report_says_so(tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text("emma\n")
    code = (
        "import sys; from bigram_tui.cli import main; main(['stats', 'small.txt', '--workers', '4']);"
        "assert 'multiprocessing' not in sys.modules and 'bigram_tui.words.pieces' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert done.stderr == (
        b"bigram-tui: small.txt: it is read by one process, which takes less time for less than 1,000 MB\n"
    )


def test_a_pipe_is_read_by_one_process_and_the_report_says_so_if_more_were_asked_for(run_cli: Run) -> None:
    for options, said in (
        ((), ""),
        (("--workers", "1"), ""),
        (
            ("--workers", "2"),
            "bigram-tui: standard input: it is read by one process, "
            "since a list from a pipe or a device cannot be cut\n",
        ),
    ):
        done = run_cli("counts", "-", *options, "--json", input="emma\n")
        assert (done.returncode, done.stderr) == (0, said)


async def test_the_app_answers_keys_while_processes_read_and_shows_the_same(
    us_names: Corpus, folder: Path, piece: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their results are held back until all keys were answered: each is, on the screen, before the list is
    read."""
    go_on = threading.Event()

    class Held(Processes):
        def run(
            self, function: Callable[[Item], Result], items: Iterable[Item], tick: Callable[[], None]
        ) -> Iterator[tuple[int, Result]]:
            for result in super().run(function, items, tick):
                while not go_on.wait(0.01):
                    tick()
                yield result

    monkeypatch.chdir(folder)
    monkeypatch.setattr(sources, "FOR_PROCESSES", 1)
    monkeypatch.setattr("bigram_tui.session.opening.LARGE", 1)
    monkeypatch.setattr(processes, "Processes", Held)
    monkeypatch.setattr(processes, "cores", lambda: 2)
    piece(1_000)
    async with opened(us_names, "o", *"*.txt", "enter") as pilot:
        await until(pilot, lambda: "reading" in on_screen(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "reading" not in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "reading" in on_screen(pilot))
        go_on.set()
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        go_on.clear()
        await pilot.press("enter")
        await until(pilot, lambda: "describing" in on_screen(pilot))
        await pilot.press("2")
        await until(pilot, lambda: "the second pass will" in on_screen(pilot))
        await pilot.press("3")
        await until(pilot, lambda: "Loss by step" in on_screen(pilot))
        await pilot.press("1")
        await until(pilot, lambda: "describing" in on_screen(pilot))
        go_on.set()
        await until(pilot, lambda: "Words (3,002)" in on_screen(pilot))
        await pilot.press("right_parenthesis", "2")
        await until(pilot, lambda: "context 2" in on_screen(pilot))
