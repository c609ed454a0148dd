"""Files that are not plain text: archives, JSON, formats with magic numbers, other encodings."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import pickle
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bigram_tui.lm.errors import DatasetError
from bigram_tui.words.corpus import Cause, Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import Progress
from bigram_tui.words.reading import describe, read_table
from bigram_tui.words.sources import check
from bigram_tui.words.streams import Source, file_source
from tests.conftest import Run
from tests.lists import parse_words


def parsed(data: bytes | str, name: str = "list.txt", **options: Any) -> Corpus:
    data = data if isinstance(data, bytes) else data.encode()
    return parse_words(data, name, ReadingOptions(**options))


def refused(data: bytes | str, name: str = "list.txt", **options: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        parsed(data, name, **options)
    assert str(caught.value).isprintable()
    return str(caught.value)


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return archive.getvalue()


# zip archives


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_the_only_file_of_an_archive_is_read_by_its_extension(method: int) -> None:
    beside = {"names/": "", "__MACOSX/._n.csv": b"\0\5", "names/.DS_Store": b"\0"}
    archive = zipped({**beside, "names/n.csv": "k;name\n1;Ida\n2;Uwe\n"}, method)
    corpus = parsed(archive, "names.zip")
    assert corpus.words == ("Ida", "Uwe")
    assert parsed(zipped({"names.txt": "Ida,1\n"}), "a.csv.zip").words == ("Ida,1",)


YEARS = {
    "yob1880.txt": "Mary,F,7065\nAnna,F,2604\n",
    "yob1881.txt": "Mary,F,6919\nJohn,M,8769",
    "yob1882.txt": "Anna,F,1\n",
    "ReadMe.pdf": b"%PDF-1.4",
}


def test_files_of_an_archive_are_selected_by_a_pattern_and_concatenated(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "names.zip").write_bytes(zipped(YEARS))
    done = run_cli("stats", "names.zip")
    assert done.returncode == 1
    assert "holds 4 files, yob1880.txt, yob1881.txt, yob1882.txt, …; choose: --member '*.txt'" in done.stderr
    weighted = ["--column", "1", "--weight-column", "3"]
    done = run_cli("stats", "names.zip", "--member", "YOB188[01]*", *weighted)
    assert "names         25,357 (3 different)" in done.stdout
    done = run_cli("stats", "names.zip", "--member", "*.pdf")
    assert "names.zip: ReadMe.pdf is a PDF document" in done.stderr
    corpus = read_table(
        file_source(tmp_path / "names.zip"), ReadingOptions(member="*.txt", column="1"), print
    )
    assert describe(corpus, print).words == ("Mary", "Anna", "Mary", "John", "Anna")
    assert [path.name for path in tmp_path.iterdir()] == ["names.zip"]


def test_tables_in_an_archive_have_their_own_headers_and_the_first_ones_column() -> None:
    members = {"a.csv": "town,name\nRom,Ida\nBonn,Uwe\n", "b.csv": "name;town\nEva;Oslo\nJan;Bonn\n"}
    corpus = parsed(zipped(members), "a.zip", member="*.csv")
    assert corpus.words == ("Ida", "Uwe", "Eva", "Jan")
    assert corpus.cleaned == {Cause.HEADER: 2}
    members["b.csv"] = "who;town\nEva;Oslo\n"
    assert "a.zip: b.csv has no column “name”" in refused(zipped(members), "a.zip", member="*.csv")


def locked(archive: bytes) -> bytes:
    """The archive with the flag for a password set."""
    data = bytearray(archive)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


GARBLED = bytearray(zipped({"a.txt": Random(1).randbytes(3_000).hex()}))
GARBLED[600:900] = bytes(300)


@pytest.mark.parametrize(
    ("archive", "options", "said"),
    [
        (zipped({}), {}, "is a zip archive with no files in it"),
        (zipped({"a.txt": "ida\n"})[:-9], {}, "is damaged: the list of its files cannot be read"),
        (bytes(GARBLED), {}, "a.zip: a.txt is damaged: it cannot be unpacked"),
        (locked(zipped({"a.txt": "ida\n"})), {}, "a.zip: a.txt is protected by a password"),
        (zipped({"a.txt": "ida\n"}), {"member": "b*"}, "holds a.txt, nothing called “b*”"),
        (zipped({"a.zip": zipped({"a.txt": "ida"})}), {}, "a.zip: a.zip is a zip archive in something else"),
        (zipped({"\x1b[31m.txt": "\0"}), {}, "a.zip: ␛[31m.txt is not a text file: byte 0 is NUL"),
        (b"ida\n", {"member": "*"}, "is not a zip archive"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_problems_with_an_archive_are_explained(archive: bytes, options: dict[str, str], said: str) -> None:
    assert said in refused(archive, "a.zip", **options)


def test_an_archive_has_to_be_a_file() -> None:
    pipe = Source("standard input", lambda: io.BytesIO(zipped({"a": "ida"})), None)
    with pytest.raises(DatasetError, match="has to be saved as a file"):
        read_table(pipe, ReadingOptions(), print)


def test_an_archive_with_an_endless_directory_is_refused() -> None:
    data = bytearray(zipped({"a.txt": "ida\n"}))
    place = data.rindex(b"PK\5\6")
    data[place + 12 : place + 16] = (1 << 31).to_bytes(4, "little")
    assert "holds too many files" in refused(bytes(data), "a.zip")


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_archive_is_read_or_refused(mutations: list[tuple[int, int]]) -> None:
    data = bytearray(zipped({"a.csv": "name,n\nIda,3\n", "b.txt": "Uwe\n"}))
    for place, value in mutations:
        data[place % len(data)] = value
    said = ""
    try:
        parsed(bytes(data), "a.zip", member="*")
    except DatasetError as error:
        said = str(error)
    assert said.isprintable()


# JSON

JSONS = {
    "a list": ('["Ida", "Zo\\u00eb", null, " Uwe "]', ("Ida", "Zoë", "Uwe"), ""),
    "objects": ('[{"sex": "F", "first_name": "Ida"}, {"first_name": "Uwe"}]', ("Ida", "Uwe"), "column 2"),
    "rows": ('[["Rank", "Name"], [1, "Ida"], [2, "Uwe"]]', ("Ida", "Uwe"), "column 2"),
    "lines": ('{"id": 1, "vorname": "Ida"}\n\n{"id": 2, "vorname": "Uwe"}\n', ("Ida", "Uwe"), "column 2"),
    "lines with a list in each": ('{"name": "Ida", "x": [1]}{"name": "Uwe", "x": []}', ("Ida", "Uwe"), ""),
    "words on lines": ('"Ida"\n"Uwe"', ("Ida", "Uwe"), ""),
    "a list in an object": ('{"description": "x", "names": ["Ida", "Uwe"]}', ("Ida", "Uwe"), ""),
    "objects in objects": ('{"n": 2, "data": {"rows": [{"name": "Ida"}]}}', ("Ida",), ""),
    "columns": ('{"year": [1999, 2000], "name": ["Ida", "Uwe"], "x": [1]}', ("Ida", "Uwe"), "column 2"),
    "keys": ('{"Ida": 12, "Uwe": 7.0}', ("Ida", "Uwe"), "column 1"),
    "one object": ('{"year": 1999, "name": "Ida"}', ("Ida",), "column 2"),
    "numbers": ("[1, 2.50, 1e3]", ("1", "2.50", "1000"), ""),
}


@pytest.mark.parametrize("kind", JSONS)
def test_json_is_read_in_every_form(kind: str) -> None:
    text, words, column = JSONS[kind]
    corpus = parsed(text, "names.json")
    assert corpus.words == words
    assert all(column in remark for remark in corpus.remarks)
    assert parsed(gzip.compress(text.encode("utf-16")), "names.JSON.gz").words == words


def test_columns_of_json_are_selected_by_key_with_weights() -> None:
    text = json.dumps(
        [{"name": "Ida", "town": "Rom", "n": 3}, {"name": "Uwe", "n": "1,200"}, {"name": "Eva", "n": 2.0}]
    )
    corpus = parsed(text, "names.json", column="name", weight_column="n")
    assert (corpus.words, corpus.names) == (("Ida", "Uwe", "Eva"), 1205)
    assert parsed(text, "names.txt", column="town").words == ("Rom",)
    names = '{"girls": ["Ida", "Eva"], "boys": ["Uwe"]}'
    assert parsed(names, "names.json", column="boys").words == ("Uwe",)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ('["Ida"\n"Uwe"]', {}, "is not JSON: a comma or the end of the list is missing, on line 2"),
        ('["Ida",\n\n]', {}, "is not JSON: this cannot be read, on line 3"),
        ('["Ida"] ["Uwe"]', {}, "there is more after the end of the list"),
        ('["Ida', {}, "is not JSON: this cannot be read, on line 1"),
        ("Ida\nUwe\n", {}, "is not JSON: this cannot be read, on line 1"),
        ("[" * 200_000, {}, "lists or objects are nested too deeply"),
        ("[]", {}, "holds no words"),
        ('[{"name": ["Ida"]}]', {"column": "name"}, "value 1: “name” is a list or an object, not text"),
        ('[{"name": "Ida"}]', {"column": "town"}, "has no column “town”; its first row is “name”"),
        (
            '[{"name": "Ida", "n": 1.234}]',
            {"weight_column": "n"},
            "value 1: the weight “1.234” is not a whole",
        ),
        ('[{"name": "Ida"}]', {"weight_column": "n"}, "has no column “n”"),
        (
            '["Ida", "Uwe"]',
            {"weight_column": "n"},
            "has no column “n”: its columns have numbers, but no names",
        ),
        ('[{"name": "a", "n": 1}, {"name": "b"}]', {"weight_column": "n"}, "value 2: the weight is empty"),
    ],
)
def test_problems_with_json_are_explained(text: str, options: dict[str, str], said: str) -> None:
    assert said in refused(text, "names.json", **options)


def test_a_lone_surrogate_in_json_is_replaced() -> None:
    assert parsed(r'["a\ud83d", "\ud83d\ude42"]', "names.json").words == ("a�", "🙂")


VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("Ida")
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(DOCUMENTS, st.booleans(), st.integers(1, 9), st.sampled_from(["", "1", "name"]))
@example(document=[{"": None}, [None, []], [None, "Ida"]], is_lines=False, size=1, column="")
def test_any_json_in_any_chunks_is_read_or_refused(
    document: Any, is_lines: bool, size: int, column: str
) -> None:
    values = document if is_lines and isinstance(document, list) else [document]
    data = "\n".join(map(json.dumps, values)).encode()
    outcomes: list[tuple[str, ...] | str] = []

    class Slow(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:size])

    for known in (len(data), None):
        source = Source("n.json", lambda: Slow(data), known)
        try:
            outcomes.append(describe(read_table(source, ReadingOptions(column=column), ignore), ignore).words)
        except DatasetError as error:
            outcomes.append(str(error).replace("can be read only once", ""))
    assert isinstance(outcomes[0], tuple) or outcomes[0].isprintable()


def ignore(_: Progress) -> None:
    pass


# Binary formats


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("names.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"ida\n"))
    return file.getvalue()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "names.db") as connection:
        connection.execute("create table names(name)")
    return (folder / "names.db").read_bytes()


def numpy_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.arange(3))
    return file.getvalue()


CONTENT_TYPES = {"[Content_Types].xml": "<Types/>"}
KINDS: dict[str, tuple[bytes, str]] = {
    "xlsx": (
        zipped({**CONTENT_TYPES, "xl/workbook.xml": "<w/>"}),
        "an Excel workbook: save the table as CSV",
    ),
    "docx": (zipped({**CONTENT_TYPES, "word/document.xml": "<w/>"}), "a Word document: save the words as"),
    "pptx": (zipped({**CONTENT_TYPES, "ppt/presentation.xml": "<w/>"}), "a PowerPoint presentation"),
    "ods": (
        zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<c/>"}),
        "an OpenDocument spreadsheet: save the table as CSV",
    ),
    "epub": (zipped({"mimetype": "application/epub+zip", "a.html": "<a/>"}), "an e-book"),
    "xls": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_000) + "Workbook".encode("utf-16-le") + bytes(500),
        "an Excel workbook",
    ),
    "doc": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_000), "an old Microsoft Office document"),
    "parquet": (b"PAR1\x15\4\x15\x10" + bytes(60) + b"PAR1", "a Parquet file: save the table as CSV"),
    "feather": (b"ARROW1\0\0" + bytes(60), "an Arrow or Feather file"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(60), "an HDF5 file"),
    "pdf": (b"%PDF-1.7\n1 0 obj <<>>\n", "a PDF document: save the words as plain text"),
    "rtf": (rb"{\rtf1\ansi Ida\par}", "a Rich Text document"),
    "html": (b"\n<!DOCTYPE html><html>Ida</html>", "a web page"),
    "pickle": (pickle.dumps(["Ida", "Uwe"]), "a Python pickle"),
    "npy": (numpy_array(), "a NumPy array"),
    "tar": (tar(), "an archive, but not a zip: unpack it first"),
    "tar.gz": (gzip.compress(tar()), "an archive, but not a zip: unpack it first"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"ida\n")), "compressed more than once: unpack it first"),
    "zip in gzip": (gzip.compress(zipped({"a": "ida"})), "a zip archive in something else"),
    "7z": (b"7z\xbc\xaf'\x1c\0\4" + bytes(30), "an archive, but not a zip"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture: there are no words in it"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a picture"),
    "mp3": (b"ID3\3\0\0\0" + bytes(20), "a sound"),
    "mp4": (b"\0\0\0\x20ftypisom\0\0\2\0", "a film"),
    "program": (b"\x7fELF\2\1\1\0" + bytes(20), "a program"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_binary_formats_are_recognized_with_advice(kind: str, tmp_path: Path) -> None:
    data, said = KINDS[kind]
    for options in ({}, {"encoding": "latin-1"}):
        for name in ("names.txt", "names.csv", "names.json"):
            assert f"{name} is {said}" in refused(data, name, **options)
    if data[:2] not in (b"PK", b"\x1f\x8b"):
        assert f"it.zip: a is {said}" in refused(zipped({"a": data}), "it.zip")
        (tmp_path / "names.txt").write_bytes(data)
        with pytest.raises(DatasetError, match=f"names.txt is {said}"):
            check(str(tmp_path / "names.txt"))


def test_a_database_is_recognized(tmp_path: Path) -> None:
    assert "is an SQLite database: save the table as CSV" in refused(database(tmp_path))


@pytest.mark.parametrize(
    "word", ["PAR1", "ORC", "BM", "MZ", "ID3", "OTTO", "GIF89a", "LZIP", "<b>", "{\\r", "x"]
)
def test_words_that_start_like_a_binary_format_are_words(word: str) -> None:
    assert parsed(f"{word}\n{word}é\n").words == (word, f"{word}é")
    assert parsed(f"{word}\n{word}é\n".encode("cp1252"), encoding="cp1252").words == (word, f"{word}é")


# Encodings

LISTS = {
    "cp1252": ["José", "Zoë", "O’Neil", "Begoña", "Ángel", "emma"],
    "cp1250": ["Łukasz", "Świętosława", "Bożena", "Grażyna", "Małgorzata"],
    "cp1251": ["Александр", "Мария", "Ольга", "Дмитрий"],
    "koi8_r": ["Екатерина", "Наталья", "Сергей", "Ирина"],
    "cp1253": ["Γεώργιος", "Μαρία", "Ελένη"],
    "cp932": ["山田太郎", "鈴木花子", "田中さくら", "高橋みゆき"],
    "big5": ["陳怡君", "林志明", "黃雅婷"],
}


@pytest.mark.parametrize("encoding", LISTS)
def test_the_error_suggests_an_encoding_that_works(encoding: str) -> None:
    names = [*LISTS[encoding], "emma"]
    data = "\n".join(("olivia", *names)).encode(encoding)
    said = refused(data)
    assert "list.txt is not UTF-8 text: byte 0x" in said
    assert " on line 2; perhaps it is " in said
    assert f"{encoding} (“{names[0]}”)" in said
    assert said.endswith("or “encoding” where word lists are opened (o)")
    assert f"--encoding {encoding}, or" in said
    assert parsed(data, encoding=encoding).words == ("olivia", *names)


def test_one_letter_is_enough_to_guess_western_european() -> None:
    data = "\n".join(("emma",) * 5_000 + ("zo\u00eb",)).encode("latin-1")
    assert "on line 5,001; perhaps it is cp1252 (“zoë”)" in refused(data)
    assert "perhaps it is cp1252 (“Renée,F,3”)" in refused("Renée,F,3\n".encode("latin-1"), "t.csv")


def test_all_plausible_encodings_are_listed_with_their_result() -> None:
    said = refused("Jiří\nOndřej\nTomáš\n".encode("cp1250"))
    assert "perhaps it is cp1252 (“Jiøí”) or cp1250 (“Jiří”)" in said


def test_a_damaged_byte_in_utf8_does_not_suggest_another_encoding() -> None:
    data = "zoë\nrené\n".encode() * 20 + b"ma\xffry\n"
    said = refused(data)
    assert "byte 0xff on line 41, though other letters are: correct that line" in said
    assert "--encoding" not in said


@pytest.mark.parametrize("data", [b"olivia\nav\0a\nemma\n", b"olivia\nava\0\nemma\nmia\n"])
def test_a_single_nul_byte_does_not_suggest_another_encoding(data: bytes) -> None:
    assert f"is not a text file: byte {data.index(0)} is NUL" in refused(data)
    assert f"is not a text file: byte {data.index(0) - 1} is NUL" in refused(data[1:])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf16_without_a_byte_order_mark_is_explained_before_the_app_starts(
    encoding: str, tmp_path: Path
) -> None:
    for names in (["emma", "zoë", "ava"], ["Мария", "Ольга", "Екатерина"]):
        data = "\n".join(names).encode(encoding)
        said = refused(data)
        assert (
            f"looks like {encoding[:6].upper()} without a byte order mark: --encoding {encoding}, or" in said
        )
        (tmp_path / "list.txt").write_bytes(data)
        with pytest.raises(DatasetError, match=f"--encoding {encoding}, or"):
            check(str(tmp_path / "list.txt"))
        assert parsed(data, encoding=encoding).words == tuple(names)


def test_control_characters_from_a_wrong_encoding_cause_a_warning(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(b"emma\nO\x92Neil\nand so on\x85\n")
    done = run_cli("stats", "names.txt", "--encoding", "latin-1")
    assert done.returncode == 0
    assert "perhaps it is written in cp1252, not in latin-1: --encoding cp1252" in done.stderr
    assert run_cli("stats", "names.txt", "--encoding", "cp1252").stderr == ""
    (remark,) = parsed("O\x92Neil\n").remarks
    assert "converted as if it were latin-1" in remark
    assert parsed("a\u00a0b\nç\n").remarks == ()


def test_joined_files_and_invisible_characters_around_words_are_cleaned_and_counted() -> None:
    one, two = (
        "\ufeffida\nuwe\u200b\n".encode(),
        "\ufeff eva\n\u2060\u200ejan\u200f \n\u200b\nza\u200dra\n".encode(),
    )
    corpus = parsed(one + two)
    assert corpus.words == ("ida", "uwe", "eva", "jan", "za\u200dra")
    assert corpus.cleaned == {Cause.EMPTY: 1, Cause.TRIMMED: 2, Cause.INVISIBLE: 2, Cause.MARKED: 1}
    large = parsed((one + two) * 30_000)
    assert large.cleaned == {
        Cause.EMPTY: 30_000,
        Cause.TRIMMED: 60_000,
        Cause.INVISIBLE: 60_000,
        Cause.MARKED: 59_999,
    }
    assert large.words[:5] == corpus.words


def test_joined_tables_have_one_header_each(run_cli: Run, tmp_path: Path) -> None:
    table = '\ufeff"name",n\n"Ida\u200b",3\nUwe,4\n'.encode()
    (tmp_path / "t.csv").write_bytes(table + table)
    done = run_cli("stats", "t.csv", "--weight-column", "n", "--column", "name")
    assert (done.returncode, done.stderr) == (0, "")
    assert "names         14 (2 different)" in done.stdout
    assert "cleaned       2 with invisible characters, 1 with a byte order mark, 2 header" in done.stdout


def test_invisible_characters_within_words_are_kept_and_reported(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("می\u200cخواهم\nza\u200dra\n", encoding="utf-8")
    done = run_cli("stats", "names.txt")
    assert "cleaned       ‹U+200C› ‹U+200D› inside words stays" in done.stdout


SPACES = ["", " ", "\u3000", "\u200b", "\u200e ", "\ufeff", " \u2060"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SPACES),
            st.sampled_from(["ida", "zoë", "a\u200cb", "北京"]),
            st.sampled_from(SPACES),
        ),
        min_size=1,
    ),
    st.integers(1, 30_000),
)
def test_small_and_large_lists_are_cleaned_alike(lines: list[tuple[str, str, str]], times: int) -> None:
    text = "".join("".join(line) + "\n" for line in lines)
    times = times if len(lines) * times < 100_000 else 1
    corpus = parsed(("x\n" + text * times).encode())
    assert (
        corpus.words
        == ("x", *itertools.chain(*[[word for _, word, _ in lines]] * times))[: len(corpus.words)]
    )
    edges = [before + after for before, _, after in lines]
    marked = sum("\ufeff" in before for before, *_ in lines)
    assert corpus.cleaned.get(Cause.MARKED, 0) == times * marked
    spaces = sum(any(map(str.isspace, edge)) for edge in edges)
    assert corpus.cleaned.get(Cause.TRIMMED, 0) == times * spaces
