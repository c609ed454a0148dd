"""The table of bigram counts, and every figure derived from it."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import perplexity
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.words.corpus import Corpus
from tests.lists import parse_words

if TYPE_CHECKING:
    from tests.conftest import WordList

EXACT = 1e-9
"""Relative tolerance: both sides are computed in float64."""

SMOOTHINGS = ["0", "0.01", "1", "2", "10", "100", "1000"]


def naive_pairs(words: list[str] | tuple[str, ...]) -> Counter[tuple[str, str]]:
    """Counts bigrams one by one; "" is the boundary."""
    pairs: Counter[tuple[str, str]] = Counter()
    for word in words:
        padded = ["", *word, ""]
        for i in range(len(padded) - 1):
            pairs[padded[i], padded[i + 1]] += 1
    return pairs


def by_character(counts: NgramCounts) -> dict[tuple[str, str], int]:
    characters = ("", *counts.vocabulary.characters)
    return {(characters[i], characters[j]): n for i, j, n in counts.ranked()}


def test_the_summary_is_the_published_one(word_list: WordList) -> None:
    counts, figures = word_list
    assert len(counts.vocabulary) == 27
    assert counts.total == figures["bigrams"]
    assert len(counts.keys) == figures["distinct_bigrams"]
    assert counts.row_totals[0] == figures["names"]
    characters = sum(counts.row_totals[token] for token in range(1, 27))
    assert characters == figures["characters"]
    assert characters / counts.row_totals[0] == pytest.approx(figures["mean_len"], rel=EXACT)


def test_the_most_frequent_bigrams_are_the_published_ones(word_list: WordList) -> None:
    counts, figures = word_list
    signs = counts.vocabulary.signs
    assert [[signs[i] + signs[j], n] for i, j, n in counts.ranked(10)] == figures["top10"]


def test_every_smoothing_of_the_reference_is_tested(word_list: WordList) -> None:
    assert list(word_list.figures["nll"]) == SMOOTHINGS


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_the_likelihood_is_the_published_one(word_list: WordList, smoothing: str) -> None:
    counts, figures = word_list
    expected, k = figures["nll"][smoothing], float(smoothing)
    assert counts.nll_sum(k) == pytest.approx(expected["sum"], rel=EXACT)
    assert counts.nll(k) == pytest.approx(expected["mean"], rel=EXACT)
    assert perplexity(counts.nll(k)) == pytest.approx(expected["perplexity"], rel=EXACT)


def test_the_reference_values_of_the_loss(word_list: WordList) -> None:
    counts, figures = word_list
    assert counts.uniform_nll == pytest.approx(figures["baselines"]["uniform"], rel=EXACT)
    assert counts.letter_nll == pytest.approx(figures["baselines"]["letter_frequencies"], rel=EXACT)


def test_the_broadcasting_mistake_does_not_show_in_the_loss(word_list: WordList) -> None:
    """(N + 1) / (N + 1).sum(1) without keepdim: rows no longer sum to 1, but the loss stays the same."""
    counts, figures = word_list
    expected = figures["without_keepdim"]
    P = (counts.N + 1) / (counts.N + 1).sum(1)
    seen = counts.N > 0
    mean_nll = -(counts.N[seen] * np.log(P[seen])).sum() / counts.total
    assert mean_nll == pytest.approx(expected["mean_nll"], rel=EXACT)
    assert mean_nll == pytest.approx(counts.nll(1), rel=EXACT)
    assert P.sum(1).min() == pytest.approx(expected["smallest_row_sum"], rel=EXACT)
    assert P.sum(1).max() == pytest.approx(expected["largest_row_sum"], rel=EXACT)
    assert P.sum(0) == pytest.approx(np.ones(27), rel=EXACT)


def test_row_sums_equal_column_sums(word_list: WordList) -> None:
    N, row_totals = word_list.counts.N, word_list.counts.row_totals
    assert N.sum(0).tolist() == N.sum(1).tolist() == [row_totals[token] for token in range(27)]


def test_the_committed_table_is_that_of_names_txt(names_txt: Path, names_counts: NgramCounts) -> None:
    words = names_txt.read_text(encoding="utf-8").split()
    assert by_character(names_counts) == naive_pairs(words)
    counted = NgramCounts.of(parse_words(names_txt.read_bytes(), "names.txt").words)
    assert counted.N.tolist() == names_counts.N.tolist()


def test_the_table_of_the_bundled_list_is_a_naive_count(us_names: Corpus, us_counts: NgramCounts) -> None:
    naive = naive_pairs(us_names.words)
    characters = ("", *sorted(set("".join(us_names.words))))
    assert us_counts.N.tolist() == [[naive[a, b] for b in characters] for a in characters]
    assert us_counts.count(0, 1) == naive["", "a"]
    assert us_counts.count(1, 0) == naive["a", ""]


def test_counts_add(us_names: Corpus, us_counts: NgramCounts) -> None:
    """The table of two texts is the sum of their tables."""
    first, second = NgramCounts.of(us_names.words[:20_000]), NgramCounts.of(us_names.words[20_000:])
    assert first.vocabulary == second.vocabulary == us_counts.vocabulary
    assert (first.N + second.N).tolist() == us_counts.N.tolist()


@pytest.mark.parametrize("k", [0, 0.5, 1, 1000])
def test_probabilities_are_the_smoothed_counts_of_each_row(us_counts: NgramCounts, k: float) -> None:
    N = us_counts.N
    expected = (N + k) / (N + k).sum(1, keepdims=True)
    P = us_counts.probabilities(k)
    np.testing.assert_allclose(P, expected, rtol=1e-12)
    assert P.sum(1) == pytest.approx(np.ones(27), rel=1e-12)
    for i, j in [(0, 1), (5, 13), (17, 26)]:
        assert us_counts.probability(i, j, k) == pytest.approx(expected[i, j], rel=1e-12)
        assert us_counts.row(i, k)[j] == us_counts.probability(i, j, k)


def test_unseen_bigrams_have_probability_0_without_smoothing() -> None:
    counts = NgramCounts.of(["ab"])
    assert counts.probability(1, 2, 0) == 1
    assert counts.probability(2, 1, 0) == 0
    assert counts.nll(0) == 0


def test_words_are_counted_in_nfc() -> None:
    counts = NgramCounts.of(["zoe\N{COMBINING DIAERESIS}", "\N{CJK COMPATIBILITY IDEOGRAPH-F900}"])
    assert counts.vocabulary.characters == ("o", "z", "ë", "豈")
    assert counts == NgramCounts.of(["zoë", "豈"])


def test_an_empty_row_has_no_probabilities_until_smoothed() -> None:
    counts = NgramCounts.from_pairs(Vocabulary.of("ab"), {0 * 3 + 1: 5, 1 * 3 + 0: 5})
    assert counts.row(2, 0).tolist() == [0, 0, 0]
    assert counts.probability(2, 1, 0) == 0
    assert counts.row(2, 1).tolist() == [1 / 3, 1 / 3, 1 / 3]
    assert math.isfinite(counts.nll(0))


def test_equally_frequent_bigrams_are_ranked_in_the_order_of_the_vocabulary() -> None:
    counts = NgramCounts.of(["ba", "ab", "b"])
    signs = counts.vocabulary.signs
    ranked = [(signs[i] + signs[j], n) for i, j, n in counts.ranked()]
    assert ranked == [(".b", 2), ("b.", 2), (".a", 1), ("a.", 1), ("ab", 1), ("ba", 1)]


def test_the_rank_of_a_bigram_in_the_table_and_in_its_row(us_counts: NgramCounts) -> None:
    ranked = us_counts.ranked()
    for place in (0, 1, 9, 100):
        first, second, _ = ranked[place]
        assert us_counts.rank_in_table(first, second) == 1 + place
    for first in range(27):
        most_frequent = int(us_counts.N[first].argmax())
        assert us_counts.rank_in_row(first, most_frequent) == 1


def test_equally_frequent_bigrams_share_a_rank() -> None:
    counts = NgramCounts.of(["ba", "ab", "b"])
    ranks = {
        counts.vocabulary.show((i, j)): (counts.rank_in_table(i, j), counts.rank_in_row(i, j))
        for i in range(3)
        for j in range(3)
    }
    assert ranks[".b"] == (1, 1)
    assert ranks["b."] == (1, 1)
    assert ranks[".a"] == (3, 2)
    assert ranks["a."] == ranks["ab"] == (3, 1)
    assert ranks["aa"] == (7, 3)


def test_the_most_frequent_of_very_many_are_the_first_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(3)
    words = ["".join(random.choices("abcdefgh", k=3)) for _ in range(400)]
    counts = NgramCounts.of(words)
    monkeypatch.setattr("bigram_tui.lm.counts.MANY", 20)
    assert len({n for _, _, n in counts.ranked()[:40]}) < 40, "there are ties"
    assert all(counts.ranked(first) == counts.ranked()[:first] for first in (*range(1, 50), 1_000))
    assert [counts.cells(state) for state in counts.states] == counts.N.tolist()
