"""Survey and Excerpt: the results are those of a plain loop, whatever the blocks."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.words import distinct, survey
from bigram_tui.words.blocks import Block
from bigram_tui.words.distinct import LONG, block_hashes, word_hash
from bigram_tui.words.survey import Excerpt, Survey

LETTERS = st.characters(codec="utf-8", exclude_characters="\n")
WORDS = st.one_of(
    st.text(LETTERS, min_size=1),
    st.text("ab", min_size=1, max_size=3),
    st.integers(1, 3 * LONG).map("ab\0".__mul__),
)
LISTS = st.lists(st.tuples(WORDS, st.integers(1, 1_000)), min_size=1)


def blocks_of(entries: list[tuple[str, int]], size: int, weighted: bool) -> list[Block]:
    blocks = []
    rest = iter(entries)
    while some := list(islice(rest, size)):
        words, weights = zip(*some, strict=True)
        blocks.append(Block.of(words, weights if weighted else None))
    return blocks


def surveyed(blocks: list[Block], without_numpy: int = 0) -> Survey:
    """Process the first `without_numpy` blocks before numpy is imported."""
    result = Survey()
    for place, block in enumerate(blocks):
        result.add(block, place < without_numpy)
    return result


@given(st.lists(WORDS, min_size=1))
def test_hashing_a_block_is_the_same_as_hashing_each_word(words: list[str]) -> None:
    hashes = block_hashes(Block.of(words)).tolist()
    assert hashes == [word_hash(word) for word in words]
    assert len(set(hashes)) == len(set(words))


@given(LISTS, st.integers(1, 5), st.booleans(), st.integers(0, 3), st.sampled_from([4, survey.LONG_WORD]))
def test_lengths_and_distinct_words_are_those_of_a_plain_loop(
    entries: list[tuple[str, int]], size: int, weighted: bool, without_numpy: int, long_word: int
) -> None:
    with patch.object(survey, "LONG_WORD", long_word):
        found = surveyed(blocks_of(entries, size, weighted), without_numpy)
    lengths: Counter[int] = Counter()
    for word, weight in entries:
        lengths[len(word)] += weight if weighted else 1
    different = {word for word, _ in entries}
    assert found.lengths == lengths
    assert found.distinct_names == len(different)
    known = found.distinct_words
    assert known is not None
    assert all(word in known for word in different)
    assert not any(word in known for word in {"zz", "abc", "\0"} - different)


@given(st.lists(st.integers(0, 300)), st.integers(1, 50), st.integers(1, 100))
def test_beyond_the_limit_the_estimate_depends_on_the_words_alone(
    numbers: list[int], size: int, most: int
) -> None:
    """It is the number of hashes with at least z leading zero bits, times 2^z, for the smallest such z."""
    entries = [(str(n), 1) for n in (0, *numbers)]
    hashes, zeros = {word_hash(word) for word, _ in entries}, 0
    while sum(each >> (64 - zeros) == 0 for each in hashes) > most:
        zeros += 1
    with patch.multiple(distinct, MAX_EXACT=most, PLACES=256):
        blocks = blocks_of(entries, size, False)
        in_parts = Survey()
        for block in blocks:
            part = Survey(in_parts.zeros)
            part.add(block)
            in_parts.merge(part)
        for found in (surveyed(blocks), in_parts):
            assert found.distinct_names == sum(each >> (64 - zeros) == 0 for each in hashes) << zeros
            assert (found.distinct_words is None) == (len(hashes) > most)


def test_an_estimate_is_within_a_few_standard_errors() -> None:
    found = Survey()
    for start in range(0, 200_000, 20_000):
        found.add(Block("".join(f"name {n}\n" for n in range(start, start + 20_000))))
    assert found.distinct_names == 200_000
    with patch.object(distinct, "MAX_EXACT", 10_000):
        assert abs(found.distinct_names / 200_000 - 1) < 5 / 5_000**0.5


@given(st.integers(1, 200), st.integers(1, 30), st.integers(1, 20), st.booleans(), st.integers(0, 3))
def test_an_excerpt_has_every_nth_word_from_the_first_on(
    listed: int, size: int, most: int, is_known: bool, without_numpy: int
) -> None:
    words = [str(n) for n in range(listed)]
    stride = 1
    while len(words[::stride]) > most:
        stride *= 2
    with patch.object(survey, "MAX_KEPT", most):
        excerpt = Excerpt(listed if is_known else 0)
        for place, block in enumerate(blocks_of([(word, 1) for word in words], size, False)):
            excerpt.add(block, place < without_numpy)
    assert excerpt.words == words[::stride]
