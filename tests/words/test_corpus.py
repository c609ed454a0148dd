"""Words as read from lists of every kind."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.errors import DatasetError
from bigram_tui.words.corpus import Cause, Corpus
from tests.lists import parse_words


def words_of(data: bytes) -> tuple[str, ...]:
    return parse_words(data, "list").words


def assert_summary(corpus: Corpus, figures: dict[str, Any]) -> None:
    assert len(corpus.words) == figures["names"]
    assert len(corpus.distinct_words) == figures["distinct_names"]
    assert corpus.characters == figures["characters"]
    assert corpus.min_length == figures["min_len"]
    assert corpus.max_length == figures["max_len"]
    assert corpus.mean_length == pytest.approx(figures["mean_len"], rel=1e-12)


def test_the_bundled_list_has_the_published_summary(us_names: Corpus, reference: dict[str, Any]) -> None:
    assert_summary(us_names, reference["us_names_2018.txt"])
    assert us_names.cleaned == {}


def test_names_txt_has_the_published_summary(names_txt: Path, reference: dict[str, Any]) -> None:
    corpus = parse_words(names_txt.read_bytes(), "names.txt")
    assert_summary(corpus, reference["names.txt"])
    assert corpus.words[:5] == ("emma", "olivia", "ava", "isabella", "sophia")


def test_lengths_say_how_many_words_have_each_length_shortest_first(us_names: Corpus) -> None:
    naive = Counter(len(word) for word in us_names.words)
    assert list(us_names.lengths.items()) == sorted(naive.items())


def test_words_keep_their_order_case_and_repetitions() -> None:
    assert words_of(b"Emma\nolivia\nAVA\nolivia\n") == ("Emma", "olivia", "AVA", "olivia")


@pytest.mark.parametrize(
    "data", [b"emma\nava", b"emma\nava\n", b"emma\r\nava\r\n", b"emma\rava\r", b"emma\r\nava\r"]
)
def test_line_ends_of_every_system_are_recognized(data: bytes) -> None:
    corpus = parse_words(data, "list")
    assert corpus.words == ("emma", "ava")
    assert corpus.cleaned == {}


def test_cleaned_lines_are_counted() -> None:
    corpus = parse_words(b"\nemma  \n\tolivia\n   \nava\n\n", "list")
    assert corpus.words == ("emma", "olivia", "ava")
    assert corpus.cleaned == {Cause.EMPTY: 3, Cause.TRIMMED: 2}


def test_spaces_within_a_name_are_kept() -> None:
    assert words_of(b" Mary Ann \n") == ("Mary Ann",)


def test_a_byte_order_mark_is_not_a_character() -> None:
    assert words_of(b"\xef\xbb\xbfemma\nava\n") == ("emma", "ava")


def test_a_letter_and_its_accent_become_one_character() -> None:
    (word,) = words_of("Jose\u0301\n".encode())
    assert word == "Jos\u00e9"
    assert parse_words("Jose\u0301\n".encode(), "list").characters == 4


@pytest.mark.parametrize(
    "data",
    [
        b"anna\nbj\xf6rn\n",
        b"anna\r\nbj\xf6rn\r\n",
        b"anna\rbj\xf6rn\r",
        b"\xef\xbb\xbfanna\nbj\xf6rn",
        b"\n\xf6",
    ],
    ids=["unix", "windows", "old mac", "byte order mark", "after an empty line"],
)
def test_invalid_utf8_is_reported_with_its_byte_and_line(data: bytes) -> None:
    with pytest.raises(DatasetError, match=r"people\.txt is not UTF-8 .*\b0xf6 on line 2\b"):
        parse_words(data, "people.txt")


def test_a_character_truncated_by_the_end_of_the_file_is_reported() -> None:
    with pytest.raises(DatasetError, match=r"0xc3 on line 2\b"):
        parse_words(b"anna\nbj\xc3", "people.txt")


def test_a_file_with_nul_bytes_is_not_text() -> None:
    with pytest.raises(DatasetError, match="list is not a text file: byte 4 is NUL"):
        parse_words(b"emma\0", "list")


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\r\n  ", b"\xef\xbb\xbf", "\u3000\n".encode()])
def test_a_list_without_words_is_an_error(data: bytes) -> None:
    with pytest.raises(DatasetError, match="list holds no words"):
        parse_words(data, "list")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1).filter(
    lambda word: word == word.strip() and "Cf" not in map(unicodedata.category, (word[0], word[-1]))
)


@given(st.lists(WORDS, min_size=1), st.sampled_from(["\n", "\r\n", "\r", "\n\n", " \n\t"]))
def test_words_are_read_as_they_were_written(words: list[str], line_end: str) -> None:
    data = "".join(word + line_end for word in words).encode()
    assert words_of(data) == tuple(unicodedata.normalize("NFC", word) for word in words)


@given(st.binary())
def test_any_bytes_are_words_or_a_clear_error(data: bytes) -> None:
    words, said = (), ""
    try:
        words = words_of(data)
    except DatasetError as error:
        said = str(error)
    assert bool(words) is not said.startswith("list ")
    assert len(said.splitlines()) <= 1
    for word in words:
        assert word == word.strip() != ""
        assert not set("\n\r") & set(word)
        assert unicodedata.is_normalized("NFC", word)
