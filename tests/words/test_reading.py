"""Reading any word list: tables, options, encodings, compression, any size, any damage."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import lzma
import math
import os
import threading
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.errors import BigramError, CancelledError, DatasetError, SettingError
from bigram_tui.words import corpus as corpus_module
from bigram_tui.words import streams
from bigram_tui.words.corpus import INVISIBLE, Cause, Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import Progress, ignore_progress
from bigram_tui.words.reading import describe, find, read, read_table
from bigram_tui.words.sources import load
from bigram_tui.words.streams import Source, file_source
from bigram_tui.words.survey import MAX_KEPT
from tests.conftest import thoroughly
from tests.lists import parse_words

NOWHERE = Path("nothing is cached")


def parsed(data: bytes, name: str = "list.txt", **options: Any) -> Corpus:
    return parse_words(data, name, ReadingOptions(**options))


def refused(data: bytes, name: str = "list.txt", **options: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        parsed(data, name, **options)
    message = str(caught.value)
    assert message.isprintable()
    return message


def naive_counts(words: list[str], weights: list[int] | None = None) -> dict[tuple[str, str], int]:
    """Counts bigrams one by one; "" is the boundary."""
    counts: Counter[tuple[str, str]] = Counter()
    for word, weight in zip(words, weights or [1] * len(words), strict=True):
        padded = ["", *word, ""]
        for pair in itertools.pairwise(padded):
            counts[pair] += weight
    return counts


def table_of(corpus: Corpus) -> dict[tuple[str, str], int]:
    characters = ("", *corpus.counts.vocabulary.characters)
    return {(characters[i], characters[j]): n for i, j, n in corpus.counts.ranked()}


def in_pieces(data: bytes, size: int, known_size: bool = True) -> Source:
    """Bytes that arrive in small chunks, as from a slow pipe."""

    class Slow(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:size])

    return Source("list.txt", lambda: Slow(data), len(data) if known_size else None)


# Options


def test_lowercase_and_unique_and_limit() -> None:
    data = b"Emma\nemma\nAVA\nava\nZoe\nMia\n"
    assert parsed(data, lowercase=True).words == ("emma", "emma", "ava", "ava", "zoe", "mia")
    once = parsed(data, lowercase=True, unique=True, limit=3)
    assert once.words == ("emma", "ava", "zoe")
    assert once.cleaned == {Cause.REPEATED: 2}
    assert parsed(data, limit=2).words == ("Emma", "emma")


def test_names_txt_has_2539_repeated_names(names_txt: Path) -> None:
    corpus = load(str(names_txt), NOWHERE, options=ReadingOptions(unique=True))
    assert (corpus.names, corpus.cleaned[Cause.REPEATED]) == (29_494, 2_539)


def test_reading_the_bundled_list_uniquely_gives_its_distinct_words(us_names: Corpus) -> None:
    once = load("us-names", NOWHERE, options=ReadingOptions(unique=True))
    assert once.names == us_names.distinct_names == len(set(us_names.words))
    assert once.words == tuple(dict.fromkeys(us_names.words))


BABIES = 'Id,Name,Sex,Count\n1,Mary,F,3\n2,"Anna, B",F,2\n3,Emma,F,0\n4,Mary,M,1\n'


def test_the_column_of_a_table_is_found_named_or_numbered() -> None:
    for column in ("", "Name", "name", "2"):
        corpus = parsed(BABIES.encode(), "babies.csv", column=column)
        assert corpus.words == ("Mary", "Anna, B", "Emma", "Mary")
        assert corpus.cleaned[Cause.HEADER] == 1
        assert corpus.column == "column 2 “Name”"


def test_a_columns_name_takes_precedence_over_its_number() -> None:
    assert parsed(b"2,1\nx,y\n", "t.csv", column="2").words == ("x",)


def test_weights_say_how_often_a_word_counts() -> None:
    corpus = parsed(BABIES.encode(), "babies.csv", weight_column="Count")
    words, weights = ["Mary", "Anna, B", "Mary"], [3, 2, 1]
    assert table_of(corpus) == naive_counts(words, weights)
    assert corpus.names == 6
    assert corpus.distinct_names == 2
    assert corpus.lengths == {4: 4, 7: 2}
    assert corpus.characters == 30
    assert corpus.mean_length == 5
    assert corpus.cleaned[Cause.WEIGHTLESS] == 1
    assert corpus.words == ("Mary", "Anna, B", "Mary")


def test_a_table_without_a_header_with_tabs_or_semicolons() -> None:
    assert parsed(b"Mary\tF\t7065\nAnna\tF\t2604\n", "yob.tsv", weight_column="3").names == 9669
    assert parsed(b"Mary;7\nAnna;2\n", "yob.csv", weight_column="2").names == 9
    assert parsed(b"Mary,F,7065\nAnna,F,2604\n", "yob.txt", column="1").words == ("Mary", "Anna")
    assert parsed(b"7,Mary\n2,Anna\n", "yob.csv").words == ("Mary", "Anna")


def test_a_text_file_with_commas_is_a_list_unless_a_column_is_given() -> None:
    assert parsed(b"Smith, John\n").words == ("Smith, John",)


def test_rows_that_are_too_short_and_quoted_line_ends() -> None:
    corpus = parsed(b'name,n\nMary,1\n,2\n\nAnna\n"Jo\nAnn",3\n', "t.csv", weight_column="n")
    assert corpus.words == ("Mary", "Jo Ann")
    assert (corpus.cleaned[Cause.SHORT], corpus.cleaned[Cause.EMPTY]) == (1, 2)


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (BABIES, {"column": "surname"}, "no column “surname”; its first row is “Id”, “Name”, “Sex”, “Count”"),
        (BABIES, {"column": "9"}, "no column 9: its rows have 4 columns"),
        (BABIES, {"weight_column": "Sex"}, "line 2: the weight “F” is not a whole number of 0 or more"),
        ("name,n\nMary,-1\n", {"weight_column": "n"}, "line 2: the weight “-1”"),
        ("name,n\nMary,1.5\n", {"weight_column": "n"}, "line 2: the weight “1.5”"),
        ("name,n\nMary,\x1b[31m\n", {"weight_column": "n"}, "the weight “␛[31m”"),
        ("name,n\nMary,9007199254740992\n", {"weight_column": "n"}, "weights add up to more than"),
        ('name\n"' + "x" * 1_100_000, {}, "is a quotation mark never closed?"),
        ("name,n\nMary,0\n", {"weight_column": "n"}, "holds no words"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:20],
)
def test_problems_with_a_table_are_explained(data: str, options: dict[str, str], said: str) -> None:
    assert said in refused(data.encode(), "t.csv", **options)


@pytest.mark.parametrize(
    "options",
    [{"limit": 0}, {"min_char_count": 0}, {"column": "0"}, {"encoding": "klingon"}, {"encoding": "base64"}],
    ids=str,
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        ReadingOptions(**options)


def test_rare_characters_share_a_token_and_words_with_them_are_found() -> None:
    corpus = parsed("anna\nanna\nänna\nzoë\n".encode(), min_char_count=2)
    assert corpus.counts.vocabulary.characters == ("a", "n", "�")
    assert corpus.counts.vocabulary.rare == 4
    assert corpus.words_with("", "�") == ["änna", "zoë"]
    assert corpus.words_with("�", "") == ["zoë"]
    assert corpus.holds("anna") is True
    assert corpus.holds("�nna") is None


# Encodings and compression


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_recognized(encoding: str) -> None:
    assert parsed("zoë\n北京\n".encode(encoding)).words == ("zoë", "北京")


def test_utf16_of_the_other_byte_order_with_its_mark() -> None:
    assert parsed(b"\xfe\xff" + "zoë\n".encode("utf-16-be")).words == ("zoë",)


def test_an_encoding_can_be_given() -> None:
    assert parsed("zoë\n".encode("latin-1"), encoding="latin-1").words == ("zoë",)
    assert parsed("zoë\n".encode("utf-16-le"), encoding="utf-16-le").words == ("zoë",)
    assert "is not ascii text" in refused("zoë\n".encode(), encoding="ascii")


def compressed(kind: str, data: bytes) -> bytes:
    if kind == "zstd":
        return pytest.importorskip("backports.zstd").compress(data)
    return {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[kind](data)


KINDS = ["gzip", "bz2", "xz", "zstd"]


@pytest.mark.parametrize("kind", KINDS)
def test_compressed_text_is_read_whatever_its_name(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "names"
    file.write_bytes(compressed(kind, b"emma\nolivia\n" * 200_000))
    corpus = load(str(file), NOWHERE)
    assert corpus.names == 400_000
    assert table_of(corpus) == naive_counts(["emma", "olivia"], [200_000, 200_000])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", ["cut off", "garbled"])
def test_damaged_compressed_text_is_explained(kind: str, damage: str) -> None:
    whole = compressed(kind, Random(1).randbytes(20_000).hex().encode())
    broken = whole[: len(whole) // 2] if damage == "cut off" else whole[:100] + b"\xff" * 2_000
    assert "is damaged: " in refused(broken)


def test_a_compressed_table_is_a_table() -> None:
    assert parsed(gzip.compress(BABIES.encode()), "babies.csv.gz").words[0] == "Mary"


# Damage


@pytest.mark.parametrize("lines", [1_500_000, *thoroughly(10_000_000)])
def test_millions_of_empty_lines(lines: int) -> None:
    corpus = parsed(b"\n" * lines + b"emma\n" + b"\n" * lines)
    assert (corpus.words, corpus.cleaned[Cause.EMPTY]) == (("emma",), 2 * lines)
    assert "holds no words" in refused(b"\n" * lines)


def test_a_line_of_a_hundred_million_characters() -> None:
    corpus = parsed(b"ab\n" + b"ab" * 50_000_000 + b"\nab\n")
    assert corpus.lengths == {2: 2, 100_000_000: 1}
    assert corpus.counts.total == 100_000_007
    assert corpus.counts.count(1, 2) == 50_000_002


def test_a_line_that_never_ends_is_refused() -> None:
    def endless() -> Any:
        class Endless(io.RawIOBase):
            def readinto(self, buffer: Any) -> int:
                memoryview(buffer)[:] = b"a" * len(buffer)
                return len(buffer)

        return Endless()

    with pytest.raises(DatasetError, match=r"a line is longer than 268,435,456 bytes"):
        read(Source("endless", endless, None))


def test_mixed_line_ends_and_white_space_of_all_kinds_in_a_large_list() -> None:
    line_ends = ["\n", "\r\n", "\r", " \n", "\t\r\n", "\u3000\n", "\n\n", "\x1c\n", "\xa0\r"]
    random = Random(2)
    words = [random.choice(["emma", "zoë", "Mary Ann", "北京"]) for _ in range(300_000)]
    data = "".join(word + random.choice(line_ends) for word in words).encode()
    corpus = parsed(data)
    assert corpus.counts.row_totals[0] == len(words)
    assert table_of(corpus) == naive_counts(words)
    assert corpus.cleaned[Cause.TRIMMED] > 0
    assert corpus.lengths == dict(sorted(Counter(map(len, words)).items()))


@pytest.mark.parametrize("place", [0, 1_100_000, 2_500_000])
def test_the_line_of_invalid_utf8_is_right_in_a_large_list(place: int) -> None:
    data = bytearray(b"emma\n" * 600_000)
    data[place] = 0xFF
    assert f"byte 0xff on line {place // 5 + 1:,}; perhaps it is cp1252" in refused(bytes(data))
    data[place] = 0
    assert f"byte {place:,} is NUL" in refused(bytes(data))


def test_one_word_and_one_character() -> None:
    assert parsed(b"a").counts.nll(0) == pytest.approx(math.log(2) / 1, abs=1)
    assert table_of(parsed(b"a")) == {("", "a"): 1, ("a", ""): 1}


def test_words_with_the_boundary_sign_and_the_other_sign() -> None:
    corpus = parsed("a.b\n�\n".encode())
    assert corpus.counts.vocabulary.signs == ("∎", ".", "a", "b", "�‹U+FFFD›")


# Any size


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0\ufeff"), min_size=1).filter(
    lambda word: (
        word == unicodedata.normalize("NFC", word) == word.strip()
        and "Cf" not in map(unicodedata.category, (word[0], word[-1]))
    )
)


@given(st.lists(WORDS, min_size=1), st.integers(1, 40), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_reading_in_chunks_is_the_same_as_reading_at_once(
    words: list[str], size: int, line_end: str, known_size: bool
) -> None:
    data = "".join(word + line_end for word in words).encode()
    if data.startswith(tuple(streams.COMPRESSED)):
        return
    corpus = read(in_pieces(data, size, known_size))
    assert corpus == parse_words(data, "list.txt")
    assert table_of(corpus) == naive_counts(words)
    assert corpus.distinct_names == len(set(words))
    assert corpus.words == tuple(words)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_random_bytes_are_words_or_a_clear_error(data: bytes, size: int) -> None:
    outcomes: list[Corpus | str] = []
    for source in (in_pieces(data, size), Source("list.txt", lambda: io.BytesIO(data), len(data))):
        try:
            outcomes.append(read(source))
        except DatasetError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    assert isinstance(outcomes[0], Corpus) or outcomes[0].isprintable()


CELLS = st.text(st.characters(codec="utf-8", exclude_characters={"\0", *INVISIBLE}), max_size=8)


@given(
    st.lists(st.tuples(CELLS, st.integers(0, 1000)), min_size=1, max_size=20),
    st.sampled_from([",", "\t", ";", "|"]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=3),
)
def test_mutated_tables_are_read_or_refused(
    rows: list[tuple[str, int]], delimiter: str, header: bool, mutations: list[tuple[int, int]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([("name", "n"), *rows] if header else rows)
    data = bytearray(text.getvalue().encode())
    for place, value in mutations:
        data[place % len(data)] = value
    said = ""
    try:
        corpus = parsed(bytes(data), "t.csv", column="1", weight_column="2")
    except BigramError as error:
        said = str(error)
    assert said.isprintable()
    if said:
        return
    assert corpus.counts.total == sum(n * (length + 1) for length, n in corpus.lengths.items())
    assert all(word == word.strip() != "" and "\n" not in word for word in corpus.words)
    if not mutations and header and delimiter != "|":
        expected = [
            (
                unicodedata.normalize(
                    "NFC", " ".join(w.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
                ),
                n,
            )
            for w, n in rows
        ]
        kept = [(w, n) for w, n in expected if w and n]
        assert table_of(corpus) == naive_counts([w for w, _ in kept], [n for _, n in kept])


@pytest.fixture(scope="module")
def large_list(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A few more than 1.2 million distinct words, 10 MB."""
    random = Random(3)
    words = [f"{n:x}" for n in range(1_200_000)] + [f"{random.randrange(1_000):x}" for _ in range(50_000)]
    random.shuffle(words)
    file = tmp_path_factory.mktemp("lists") / "large.txt"
    file.write_text("".join(word + "\n" for word in words))
    return file, words


def test_an_empty_name_does_not_hide_others_in_a_large_list(large_list: tuple[Path, list[str]]) -> None:
    """The generator may draw it among others."""
    file, words = large_list
    corpus = describe(read_table(file_source(file), ReadingOptions(), lambda _: None), lambda _: None)
    assert find(corpus, [""]) == [False]
    for first in range(30):  # in a set, whose order depends on the words
        one, *others = words[first : first + 5]
        assert find(corpus, [one, "", *others]) == [True, False, True, True, True, True]


def test_a_large_list_is_counted_described_and_searched(large_list: tuple[Path, list[str]]) -> None:
    file, words = large_list
    seen: list[Progress] = []
    table = read_table(file_source(file), ReadingOptions(), seen.append)
    assert table_of(table) == naive_counts(words)
    assert table.names == len(words)
    assert not table.described
    assert table.holds("fff") is None
    corpus = describe(table, seen.append)
    assert corpus.lengths == dict(sorted(Counter(map(len, words)).items()))
    assert not corpus.distinct_names_exact
    assert corpus.distinct_names == pytest.approx(1_200_000, rel=0.02)
    assert MAX_KEPT // 2 <= len(corpus.words) <= MAX_KEPT
    stride = -(-len(words) // len(corpus.words))
    assert corpus.words == tuple(words[::stride])
    assert find(corpus, ["0", "fff", "124f7f", "124f80", "Fff", ""]) == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert [p.done for p in seen if p.stage == "counting"][-1] == file.stat().st_size
    assert {p.stage for p in seen} == {"counting", "describing"}


def test_the_estimate_does_not_depend_on_the_blocks(large_list: tuple[Path, list[str]]) -> None:
    file, _ = large_list
    at_once = parse_words(file.read_bytes(), "list.txt")
    accented = read(Source("x", lambda: io.BytesIO(file.read_bytes().replace(b"a", "ä".encode())), 1 << 30))
    assert read(in_pieces(file.read_bytes(), 50_000)) == at_once
    assert accented.distinct_names == pytest.approx(1_200_000, rel=0.02)


@pytest.mark.parametrize("pass_", ["counting", "describing"])
def test_long_work_ends_when_it_is_cancelled(large_list: tuple[Path, list[str]], pass_: str) -> None:
    def cancel(progress: Progress) -> None:
        if progress.stage == pass_ and progress.done > 3_000_000:
            raise CancelledError

    with pytest.raises(CancelledError):
        describe(read_table(file_source(large_list[0]), ReadingOptions(), cancel), cancel)


def test_a_file_that_changes_between_the_passes_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"emma\n" * 1_000)
    table = read_table(file_source(file), ReadingOptions(), ignore_progress)
    file.write_bytes(b"emma\n" * 2_000)
    assert describe(table, ignore_progress).words == ("emma",) * 1_000
    file.write_bytes(b"emma\n" * 500)
    with pytest.raises(DatasetError, match="changed while it was read"):
        describe(table, ignore_progress)


def test_a_file_that_grows_while_read_is_read_to_its_original_length(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"emma\n" * 600_000)
    with file.open("ab") as growing:

        def grow(_progress: Progress) -> None:
            growing.write(b"ava\n" * 100_000)
            growing.flush()

        assert read(file_source(file), None, grow).names == 600_000


def test_a_file_that_shrinks_while_read_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"emma\n" * 600_000)
    source = file_source(file)
    table = read_table(source, ReadingOptions(), lambda progress: os.truncate(file, 2_000_000))
    assert table.names == 400_000
    os.truncate(file, 1_000)
    with pytest.raises(DatasetError, match="changed while it was read"):
        describe(table, ignore_progress)
    os.truncate(file, 0)
    with pytest.raises(DatasetError, match="holds no words"):
        read(source)


def test_a_pipe_that_never_ends_can_be_limited(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        try:
            with pipe.open("wb", buffering=0) as file:
                while True:
                    file.write(b"yes\nno\n" * 1_000)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    corpus = load(str(pipe), NOWHERE, options=ReadingOptions(limit=1_001))
    writer.join()
    assert corpus.names == 1_001


def test_a_device_is_read_as_far_as_wanted_or_refused() -> None:
    options = ReadingOptions(limit=10, encoding="latin-1")
    assert load("/dev/urandom", NOWHERE, options=options).names == 10
    assert "holds no words" in _refused_file("/dev/null")
    assert "byte 0 is NUL" in _refused_file("/dev/zero")


def _refused_file(path: str) -> str:
    with pytest.raises(DatasetError) as caught:
        load(path, NOWHERE)
    return str(caught.value)


def test_too_many_unique_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bigram_tui.words.blocks.MAX_UNIQUE", 2)
    assert "more than 2 different words" in refused(b"a\nb\nc\n", unique=True)


def test_weights_of_a_large_table_are_summed_by_numpy_as_by_hand() -> None:
    random = Random(4)
    rows = [
        (random.choice(["emma", "zoë", "ava"]) + str(i % 50), random.randrange(100)) for i in range(150_000)
    ]
    data = "name,n\n" + "".join(f"{word},{n}\n" for word, n in rows)
    corpus = parsed(data.encode(), "t.csv", weight_column="n")
    kept = [(word, n) for word, n in rows if n]
    assert table_of(corpus) == naive_counts([w for w, _ in kept], [n for _, n in kept])
    lengths: Counter[int] = Counter()
    for word, n in kept:
        lengths[len(word)] += n
    assert corpus.lengths == dict(sorted(lengths.items()))
    assert corpus.listed == len(kept)
    assert corpus_module.different(corpus) == f"{len({w for w, _ in kept}):,}"


def test_a_broken_link_is_reported_as_missing(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "gone.txt")
    with pytest.raises(DatasetError, match=r"link\.txt does not exist"):
        load(str(link), tmp_path)


@pytest.mark.parametrize("data", [b"emma\nolivia\nava", b"emma\nolivia\nava\n", b"emma\r\nolivia\r\nava"])
def test_the_first_lines_are_all_lines_of_a_short_list(data: bytes) -> None:
    assert [*filter(None, parsed(data).first_lines)] == ["emma", "olivia", "ava"]
