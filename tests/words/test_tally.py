"""PairTally: the counts are the same, whichever way a text is counted."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.vocabulary import Vocabulary, normalize
from bigram_tui.words.blocks import Block
from bigram_tui.words.tally import PairTally
from tests.lm.test_counts import by_character, naive_pairs

LETTERS = st.characters(codec="utf-8", exclude_characters="\n")
ANY_WORDS = st.lists(st.text(LETTERS).map(normalize))


def blocks_of(words: list[str], size: int) -> list[Block]:
    """The words in blocks of at most this size."""
    return [Block.of(words[i : i + size]) for i in range(0, len(words), size)]


@given(ANY_WORDS, st.integers(1, 5))
def test_all_counting_methods_agree_block_by_block(words: list[str], size: int) -> None:
    vocabulary = Vocabulary.of("".join(words))
    counter, tokens, ascii_, triples, mixed = (PairTally() for _ in range(5))
    for place, block in enumerate(blocks_of(words, size)):
        counter.add_with_counter(block)
        tokens.add_tokens(block)
        (ascii_.add_ascii if block.text.isascii() else ascii_.add_tokens)(block)
        (triples.add_triples if block.text.isascii() else triples.add_tokens)(block)
        (mixed.add_with_counter if place % 2 else mixed.add)(block)
    counted = counter.counts()
    assert tokens.counts() == ascii_.counts() == triples.counts() == mixed.counts() == counted
    assert by_character(counted) == naive_pairs(words)
    counts = NgramCounts.of(words)
    assert counts.vocabulary == vocabulary
    assert counts == counted
    assert counts.total == sum(map(len, words)) + len(words) == counts.N.sum()


def test_counting_three_at_a_time_neither_loses_nor_repeats_bigrams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of every length, split anywhere, with all ASCII characters."""
    monkeypatch.setattr("bigram_tui.words.tally.TRIPLES_PART", 64)
    characters = "".join(c for c in map(chr, range(128)) if c != "\n")
    random, words, tally = Random(5), [], PairTally()
    for length in range(1, 300):
        words.append("".join(random.choices(characters, k=length)))
        tally.add_triples(Block(words[-1] + "\n"))
    counted = tally.counts()
    assert by_character(counted) == naive_pairs(words)


@given(st.lists(st.tuples(st.text(LETTERS, min_size=1).map(normalize), st.integers(1, 10**9))))
def test_a_weighted_word_counts_as_often_as_its_weight(weighted: list[tuple[str, int]]) -> None:
    naive: Counter[tuple[str, str]] = Counter()
    for word, weight in weighted:
        for pair in naive_pairs([word]).elements():
            naive[pair] += weight
    counter, tokens = PairTally(), PairTally()
    for word, weight in weighted:
        counter.add_with_counter(Block(word + "\n", [weight]))
    if weighted:
        tokens.add_tokens(Block("".join(word + "\n" for word, _ in weighted), [n for _, n in weighted]))
    counted = counter.counts()
    assert tokens.counts() == counted
    assert by_character(counted) == naive


@pytest.mark.parametrize("characters", [30, 1_100, 1_300])
def test_many_characters_are_counted_like_few(characters: int) -> None:
    """A table of all pairs, a growing table, and sorted keys: all give the same counts as a Counter."""
    random = Random(1)
    alphabet = [chr(0x4E00 + i) for i in range(characters)]
    words = ["".join(random.choices(alphabet[: 10 + place], k=3)) for place in range(3_000)]
    counter, tokens = PairTally(), PairTally()
    for block in blocks_of(words, 500):
        counter.add_with_counter(block)
        tokens.add_tokens(block)
    assert tokens.counts() == counter.counts()


@pytest.mark.parametrize("narrow", ["int8", "int16"])
@pytest.mark.parametrize("min_char_count", [1, 20_000])
def test_a_count_that_a_narrow_table_could_not_hold_is_right(
    narrow: str, min_char_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After many blocks, after adding another tally, and where characters share a token."""
    monkeypatch.setattr("bigram_tui.words.tally.NARROW", narrow)
    counter, tokens, some, others = (PairTally() for _ in range(4))
    for place, block in enumerate(blocks_of(["é", "öé", "é"] * 15_000, 500)):
        counter.add_with_counter(block)
        tokens.add_tokens(block)
        (others if place % 2 else some).add_tokens(block)
    some.add_pairs(others.pairs())
    counted = counter.counts(min_char_count)
    assert tokens.counts(min_char_count) == some.counts(min_char_count) == counted


def test_numpy_continues_what_a_counter_began() -> None:
    """A large list with very many characters: its first million is counted before numpy is needed."""
    random = Random(5)
    alphabet = [chr(0x4E00 + i) for i in range(4_000)]
    blocks = blocks_of(["".join(random.choices(alphabet, k=3)) for _ in range(100_000)], 50_000)
    begun, counter = PairTally(), PairTally()
    begun.add_with_counter(blocks[0])
    begun.add_tokens(blocks[1])
    for block in blocks:
        counter.add_with_counter(block)
    assert begun.counts() == counter.counts()


def test_rare_characters_share_the_last_token() -> None:
    tally = PairTally()
    tally.add(Block("abab\nabz\nzq\n"))
    counts = tally.counts(min_char_count=3)
    assert counts.vocabulary.characters == ("a", "b", "�")
    assert counts.vocabulary.signs == (".", "a", "b", "�")
    assert counts.vocabulary.rare == 2
    assert by_character(counts) == naive_pairs(["abab", "ab�", "��"])


def test_beyond_5000_tokens_the_rarest_characters_share_one() -> None:
    tally = PairTally()
    characters = [chr(0x4E00 + i) for i in range(6_000)]
    tally.add(Block("".join(f"{c}\n" for c in characters + characters[5_500:])))
    counts = tally.counts()
    assert len(counts.vocabulary) == 5_000
    assert counts.vocabulary.rare == 6_000 - 4_998
    assert counts.vocabulary.characters[:4_498] == tuple(characters[:4_498])
    assert counts.vocabulary.characters[4_498:-1] == tuple(characters[5_500:])
    assert counts.total == 13_000
