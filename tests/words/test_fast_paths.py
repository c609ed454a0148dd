"""However a list is read, its words and figures are those of a plain loop over its lines."""

from __future__ import annotations

import io
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from unittest.mock import patch

import numpy  # noqa: F401  without it, lists as short as these are read in another way
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.errors import DatasetError
from bigram_tui.words import blocks, streams, tally
from bigram_tui.words.blocks import AROUND, Block, may_change
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import describe, read, read_figures, read_table
from bigram_tui.words.tally import PairTally

# Both what is cleaned, normalized or folded and what is not: marks, Hangul jamo, a ligature, emoji.
PIECES = (
    *"aéA中е ",
    *("e\u0301", "\u1112\u1161\u11ab", "\uac00\u11a8", "\u0301", "\u212b", "İ", "\uf900", "\U0001f600"),
    *("\t", "\u00a0", "\u3000", "\u2003", "\x1f", "\u200b", "\ufeff", "\u00ad", "\u180e"),
)
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=30)
OPTIONS = st.builds(
    ReadingOptions,
    lowercase=st.booleans(),
    unique=st.booleans(),
    limit=st.none() | st.integers(1, 20),
    min_char_count=st.integers(1, 4),
)


def plain_words(data: bytes, options: ReadingOptions) -> list[str]:
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    words = [unicodedata.normalize("NFC", line).strip(AROUND) for line in text.split("\n")]
    if options.lowercase:
        words = [unicodedata.normalize("NFC", word.lower()) for word in words]
    words = [word for word in words if word]
    return (list(dict.fromkeys(words)) if options.unique else words)[: options.limit]


@given(
    LINES,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    OPTIONS,
    st.integers(1, 99),
    st.sampled_from([1, 2, 5, tally.PART]),
)
def test_a_list_is_read_like_a_plain_loop(
    lines: list[str],
    line_end: str,
    marked: bool,
    ended: bool,
    options: ReadingOptions,
    chunk: int,
    part: int,
) -> None:
    """Chunks and parts of them end anywhere; no character is known from a list read before."""
    blocks._table_of_kinds.cache_clear()
    with patch.object(blocks, "PART", part), patch.object(tally, "PART", part):
        compare_with_a_plain_loop(lines, line_end, marked, ended, options, chunk)


def compare_with_a_plain_loop(
    lines: list[str], line_end: str, marked: bool, ended: bool, options: ReadingOptions, chunk: int
) -> None:
    data = ("\ufeff" * marked + line_end.join(lines) + line_end * ended).encode()
    words = plain_words(data, options)

    class Slow(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            return super().readinto(memoryview(buffer)[:chunk])

    source = streams.Source("list.txt", lambda: Slow(data), len(data))
    if not words:
        with pytest.raises(DatasetError):
            read(source, options)
        return
    corpus = read(source, options)
    counted = PairTally()
    counted.add_with_counter(Block("".join(f"{word}\n" for word in words)))
    assert corpus.words == tuple(words)
    assert corpus.counts == counted.counts(options.min_char_count)
    assert corpus.lengths == dict(sorted(Counter(map(len, words)).items()))
    assert corpus.distinct_names == len(set(words))
    assert all(corpus.distinct_words is not None and word in corpus.distinct_words for word in words)
    assert read_figures(source, options, ignore_progress) == replace(corpus, words=())
    assert describe(read_table(source, options, ignore_progress), ignore_progress) == corpus


def test_settled_characters_never_combine_with_the_one_before() -> None:
    """So a text of only these is already in NFC. Hangul syllables are composed by arithmetic."""
    seconds = set()
    for code in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(chr(int(parts[1], 16)))
    seconds.update(unicodedata.normalize("NFD", "\uac01")[1:], map(chr, range(0x1161, 0x1176)))
    seconds.update(map(chr, range(0x11A8, 0x11C3)))
    below = [chr(code) for code in range(0xFF00)]
    assert all(may_change(c) for c in below if c in seconds or unicodedata.combining(c))
    assert all(may_change(c) for c in below if unicodedata.normalize("NFC", c) != c)
    assert not any(map(may_change, "azéß中が가"))
