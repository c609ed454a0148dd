"""Statistics of drawn names, and how they compare with the data."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import DrawnName, Surprise, Tally, data_nll, less_likely
from bigram_tui.lm.model import CountModel, UniformModel, score, tempered
from bigram_tui.words.corpus import Corpus
from tests.lists import parse_words


def test_names_are_scored_to_the_last_digit_of_the_library(us_names: Corpus, us_counts: NgramCounts) -> None:
    model = CountModel(us_counts, 1)
    surprise = Surprise(model)
    for word in (*us_names.words[:2_000], ""):
        assert surprise.nll(word) == score(us_counts.vocabulary.encode(word), model).nll


def test_the_nll_of_the_data_is_that_of_the_counts(us_counts: NgramCounts) -> None:
    assert data_nll(us_counts, CountModel(us_counts, 1)) == pytest.approx(us_counts.nll(1), rel=1e-14)
    assert data_nll(us_counts, UniformModel(us_counts.vocabulary)) == pytest.approx(us_counts.uniform_nll)


def test_a_likelihood_has_a_percentile_among_the_words() -> None:
    corpus = parse_words(b"a\na\na\nb\n", "few")
    counts = NgramCounts.of(corpus.words)
    model = CountModel(counts, 0)
    of_a, of_b = (score(counts.vocabulary.encode(word), model).nll for word in "ab")
    nlls = (of_a - 1, of_a, of_b, of_b + 1)
    assert [less_likely(nll, corpus.words, model) for nll in nlls] == [1, 0.25, 0, 0]


def test_tallies_add() -> None:
    names = [
        DrawnName("ab", "counts", 2.0, True),
        DrawnName("", "counts", 9.0, False),
        DrawnName("x" * 1_000, "counts", 1.0, False),
    ]
    tally = Tally().with_names(names)
    assert tally == Tally().with_names(names[:1]) + Tally().with_names(names[1:])
    assert (tally.names, tally.bigrams, tally.in_dataset) == (3, 3 + 1 + 1_000, 1)
    assert tally.nll == pytest.approx((6 + 9 + 1_000) / 1_004)
    assert tally.mean_length == pytest.approx(1_002 / 3)


def distance(one: str, other: str) -> int:
    """The Levenshtein distance, by its definition."""
    previous = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
        previous = row
    return previous[-1]


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=8), st.text("abcd", max_size=6))
def test_the_nearest_word_is_the_first_with_the_fewest_letters_changed(words: list[str], word: str) -> None:
    found, letters = parse_words("\n".join(words).encode(), "few").nearest(word)
    assert letters == min(distance(word, each) for each in words) == distance(word, found)
    assert found == next(each for each in words if distance(word, each) == letters)


# Temperature


def test_at_temperature_1_the_model_is_itself(us_counts: NgramCounts) -> None:
    model = CountModel(us_counts, 1)
    assert tempered(model, 1) is model


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2, 1_000])
def test_a_temperature_raises_probabilities_to_a_power(us_counts: NgramCounts, temperature: float) -> None:
    model = tempered(CountModel(us_counts, 1), temperature)
    for first in range(27):
        row = us_counts.row(first, 1)
        powers = row ** (1 / temperature)
        assert model.row(first) == pytest.approx(powers / powers.sum(), rel=1e-9)
        assert model.row_for_drawing(first) == pytest.approx(model.row(first), rel=1e-6)
        assert model.probability(first, 3) == model.row(first)[3]


@pytest.mark.parametrize("temperature", [0, 1e-300])
def test_at_temperature_0_the_most_likely_share_everything(temperature: float) -> None:
    counts = NgramCounts.of(["ab", "ba", "c"])
    model = tempered(CountModel(counts, 0.5), temperature)
    assert model.row(0).tolist() == [0, 1 / 3, 1 / 3, 1 / 3]
    assert model.row(3).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("temperature", [0, 0.5, 3])
def test_impossible_tokens_stay_impossible_at_any_temperature(
    us_counts: NgramCounts, temperature: float
) -> None:
    model = tempered(CountModel(us_counts, 0), temperature)
    for first, second in itertools.product(range(27), repeat=2):
        if not us_counts.count(first, second):
            assert model.probability(first, second) == 0


def test_a_row_without_probabilities_has_none_at_any_temperature() -> None:
    counts = NgramCounts.from_pairs(NgramCounts.of(["a"]).vocabulary, {1: 1})
    assert tempered(CountModel(counts, 0), 0.5).row(1).tolist() == [0, 0]
