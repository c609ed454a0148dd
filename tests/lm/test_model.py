"""Scores of words under a model: probabilities, likelihood, perplexity."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel, UniformModel, negative_log, perplexity, score
from bigram_tui.words.corpus import Corpus


def test_the_probability_of_a_word_is_the_product_of_its_bigrams(
    us_names: Corpus, us_counts: NgramCounts
) -> None:
    """emma with smoothing 1, with its five bigrams counted in the text itself."""
    text = ".".join(("", *us_names.words, ""))
    expected = []
    for first, second in zip(".emma", "emma.", strict=True):
        count = text.count(first + second)
        if first == second:
            count = sum(text.startswith(first + second, i) for i in range(len(text)))
        leaving = text.count(first) - (first == ".")
        expected.append((count + 1) / (leaving + 27))
    scored = score(us_counts.vocabulary.encode("emma"), CountModel(us_counts, 1))
    assert [(b.state, b.token) for b in scored.tokens] == [(0, 5), (5, 13), (13, 13), (13, 1), (1, 0)]
    assert [b.probability for b in scored.tokens] == pytest.approx(expected, rel=1e-12)
    assert scored.nll_sum == pytest.approx(-math.log(math.prod(expected)), rel=1e-12)
    assert scored.nll == pytest.approx(scored.nll_sum / 5, rel=1e-12)
    assert scored.perplexity == pytest.approx(math.prod(expected) ** (-1 / 5), rel=1e-12)


@pytest.mark.parametrize("smoothing", [0, 1])
def test_the_likelihoods_of_all_words_add_up_to_that_of_the_data(
    us_names: Corpus, us_counts: NgramCounts, smoothing: float
) -> None:
    model = CountModel(us_counts, smoothing)
    encode = us_counts.vocabulary.encode
    likelihoods = {word: score(encode(word), model).nll_sum for word in set(us_names.words)}
    total = math.fsum(likelihoods[word] for word in us_names.words)
    assert total == pytest.approx(us_counts.nll_sum(smoothing), rel=1e-12)


def test_the_empty_name_is_one_bigram(us_counts: NgramCounts) -> None:
    scored = score(us_counts.vocabulary.encode(""), CountModel(us_counts, 1))
    assert scored.tokens == ((0, 0, 1 / (32_257 + 27)),)


def test_a_word_with_an_unseen_bigram_is_impossible_without_smoothing(us_counts: NgramCounts) -> None:
    encode = us_counts.vocabulary.encode
    assert us_counts.count(*encode("jq")[1:3]) == 0
    scored = score(encode("jq"), CountModel(us_counts, 0))
    assert scored.nll_sum == scored.nll == scored.perplexity == math.inf
    assert math.isfinite(score(encode("jq"), CountModel(us_counts, 0.01)).nll)


def test_the_uniform_model_finds_every_character_equally_surprising(us_counts: NgramCounts) -> None:
    model = UniformModel(us_counts.vocabulary)
    for word in ("emma", "xq", ""):
        scored = score(us_counts.vocabulary.encode(word), model)
        assert scored.nll == pytest.approx(math.log(27), rel=1e-12)
        assert scored.perplexity == pytest.approx(27, rel=1e-12)
    assert model.row(3).tolist() == [1 / 27] * 27
    assert model.row_for_drawing(3).tolist() == torch.full((27,), 1 / 27).tolist()


@pytest.mark.parametrize("smoothing", [0, 1, 10])
def test_names_are_drawn_from_the_same_float32_as_in_the_lecture(
    us_counts: NgramCounts, smoothing: int
) -> None:
    P = (torch.tensor(us_counts.N.tolist(), dtype=torch.int32) + smoothing).float()
    P /= P.sum(1, keepdim=True)
    model = CountModel(us_counts, smoothing)
    for first in range(27):
        row = model.row_for_drawing(first)
        assert row.dtype == np.float32
        assert row.tolist() == P[first].tolist()


def test_displayed_probabilities_agree_with_those_drawn_from(us_counts: NgramCounts) -> None:
    for model in (CountModel(us_counts, 1), UniformModel(us_counts.vocabulary)):
        for first in (0, 1, 26):
            row = model.row(first)
            assert row.dtype == np.float64
            assert row == pytest.approx(model.row_for_drawing(first), rel=1e-6)
            assert [model.probability(first, second) for second in range(27)] == row.tolist()


def test_models_describe_themselves(us_counts: NgramCounts) -> None:
    assert CountModel(us_counts, 1).description == "counts with smoothing 1"
    assert CountModel(us_counts, 0.01).description == "counts with smoothing 0.01"
    assert "27" in UniformModel(us_counts.vocabulary).description


def test_perplexity_is_the_equivalent_number_of_equally_likely_characters() -> None:
    assert perplexity(0) == 1
    assert perplexity(math.log(27)) == pytest.approx(27)
    assert perplexity(1e6) == math.inf
    assert negative_log(1) == 0
    assert negative_log(0) == math.inf
