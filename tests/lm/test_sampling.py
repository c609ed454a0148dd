"""Drawing: exactly the published names, one by one or many at once, and from any position."""

from __future__ import annotations

import hashlib
import platform
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import MAX_LENGTH, Surprise, is_cut_off
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.model import CountModel, LanguageModel, NetworkModel, UniformModel, score
from bigram_tui.lm.multinomial import MultinomialSampler
from bigram_tui.lm.sampling import (
    InverseTransformSampler,
    Sampler,
    cumulative,
    sampler_class,
    uniform_numbers,
)
from bigram_tui.lm.settings import METHODS, TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

if TYPE_CHECKING:
    from tests.conftest import WordList

SEED = 2147483647
BY_COUNTS = f"counts, smoothing 1, seed {SEED}"
BY_NETWORK = f"network after the 'lecture' run, generator seeded afresh with {SEED}"
ON_TORCH_2 = "torch.multinomial on torch 2"

reference_build = pytest.mark.skipif(
    not (torch.__version__.startswith("2.13") and platform.machine() == "x86_64"),
    reason="what torch.multinomial draws depends on the torch build: the reference is of torch 2.13 on x86",
)


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def after_the_lecture(counts: NgramCounts, figures: dict[str, Any]) -> NetworkModel:
    lecture = figures["training"]["lecture"]
    run = TrainingRun(
        counts,
        TrainingSettings(
            lecture["init"], SEED, lecture["steps"], lecture["learning_rate"], lecture["regularization"]
        ),
    )
    for _ in range(run.settings.steps):
        run.step()
    return NetworkModel(run.network, run.steps, counts.vocabulary)


def drawn(method: str, model: LanguageModel, how_many: int) -> list[str]:
    return list(islice(sampler_class(method)(model, SEED).names(), how_many))


# The published names


def test_the_lectures_names_are_drawn(word_list: WordList) -> None:
    counts, figures = word_list
    expected = figures["sampled_names"][f"{BY_COUNTS}, inverse CDF"]
    assert expected[:5] == ["mor", "axx", "minaymoryles", "kondlaisah", "anchshizarie"]
    assert drawn("inverse-cdf", CountModel(counts, 1), len(expected)) == expected


def test_a_hundred_thousand_names_are_the_published_ones(word_list: WordList) -> None:
    counts, figures = word_list
    expected = figures["sampled_names_sha256"]
    names = drawn("inverse-cdf", CountModel(counts, 1), 100_000)
    assert names[-3:] == expected["last_three"]
    assert names.count("") == expected["empty_names"] == 1
    assert hashlib.sha256("\n".join(names).encode()).hexdigest() == expected["sha256"]


def test_the_network_draws_its_published_names(names_counts: NgramCounts, reference: dict[str, Any]) -> None:
    figures = reference["names.txt"]
    expected = figures["sampled_names"][f"{BY_NETWORK}, inverse CDF"]
    model = after_the_lecture(names_counts, figures)
    assert drawn("inverse-cdf", model, len(expected)) == expected


@reference_build
def test_multinomial_draws_the_published_names(word_list: WordList) -> None:
    counts, figures = word_list
    expected = figures["sampled_names"][f"{BY_COUNTS}, {ON_TORCH_2}"]
    assert drawn("multinomial", CountModel(counts, 1), len(expected)) == expected


@reference_build
def test_multinomial_draws_the_published_names_from_the_network(
    names_counts: NgramCounts, reference: dict[str, Any]
) -> None:
    figures = reference["names.txt"]
    expected = figures["sampled_names"][f"{BY_NETWORK}, {ON_TORCH_2}"]
    model = after_the_lecture(names_counts, figures)
    assert drawn("multinomial", model, len(expected)) == expected


def test_all_published_names_are_tested(reference: dict[str, Any]) -> None:
    by_counts = [f"{BY_COUNTS}, inverse CDF", f"{BY_COUNTS}, {ON_TORCH_2}"]
    by_network = [f"{BY_NETWORK}, inverse CDF", f"{BY_NETWORK}, {ON_TORCH_2}"]
    assert list(reference["us_names_2018.txt"]["sampled_names"]) == by_counts
    assert list(reference["names.txt"]["sampled_names"]) == by_counts + by_network


def test_the_seed_determines_the_names(us_counts: NgramCounts, method: str) -> None:
    def first_names(seed: int) -> list[str]:
        return list(islice(sampler_class(method)(CountModel(us_counts, 1), seed).names(), 20))

    assert first_names(SEED) == first_names(SEED)
    assert first_names(SEED) != first_names(SEED + 1)


# A draw is a number on a line


@pytest.mark.parametrize("row", range(27))
def test_a_million_draws_from_each_row_equal_multinomials(names_counts: NgramCounts, row: int) -> None:
    """For many samples, multinomial still uses the method that it used for a single one up to torch 1.13."""
    million = 1_000_000
    P = (torch.from_numpy(names_counts.N) + 1).float()
    P /= P.sum(1, keepdim=True)
    expected = torch.multinomial(
        P[row], million, replacement=True, generator=torch.Generator().manual_seed(SEED)
    )
    u = torch.rand(million, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED))
    ours = np.searchsorted(cumulative(P[row].numpy()), u.numpy())
    assert np.array_equal(ours, expected.numpy())
    sampler = InverseTransformSampler(CountModel(names_counts, 1), SEED)
    assert [sampler.draw(row).token for _ in range(1_000)] == expected[:1_000].tolist()


@pytest.mark.parametrize("row", [0, 17, 24])
def test_unseen_tokens_are_never_drawn_without_smoothing(us_counts: NgramCounts, row: int) -> None:
    N = us_counts.N[row]
    assert 0 in N
    P = (torch.from_numpy(N) / N.sum()).float()
    u = torch.rand(100_000, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED))
    ours = np.searchsorted(cumulative(P.numpy()), u.numpy())
    expected = torch.multinomial(P, 100_000, replacement=True, generator=torch.Generator().manual_seed(SEED))
    assert np.array_equal(ours, expected.numpy())
    assert set(ours.tolist()) <= set(np.flatnonzero(N).tolist())


def by_the_rule(row: Sequence[float], u: float) -> int:
    """The rule, word for word: cumulative sums in float32, divided by the last, 1 from the last P > 0 on."""
    sums, running = [], np.float32(0)
    for p in row:
        running = np.float32(running + np.float32(p))
        sums.append(running)
    ends = [np.float32(s / sums[-1]) for s in sums]
    last = max(i for i, p in enumerate(row) if p > 0)
    ends[last:] = [np.float32(1)] * (len(row) - last)
    return next(i for i, p in enumerate(row) if p > 0 and ends[i] >= u)


@given(
    st.lists(st.just(0.0) | st.floats(2**-20, 2**10, width=32), min_size=1, max_size=40).filter(any),
    st.floats(0, 1, exclude_max=True),
)
def test_a_draw_is_the_first_possible_token_whose_stretch_reaches_u(row: list[float], u: float) -> None:
    stretches = cumulative(np.array(row, dtype=np.float32))
    for number in (u, 0.0, float(np.nextafter(1, 0)), *(end for end in stretches if 0 <= end < 1)):
        token = bisect_left(stretches, number)
        assert token == by_the_rule(row, number)
        assert row[token] > 0


@pytest.mark.parametrize("seed", [0, 1, SEED, 2**32 - 1, 2**32, 2**32 + 7, 2**63, 2**64 - 1])
def test_the_numbers_u_equal_torchs_bit_for_bit(seed: int) -> None:
    us = [u for block in islice(uniform_numbers(seed), 4) for u in block]
    generator = torch.Generator().manual_seed(seed)
    assert len(us) > 50_000
    assert us == torch.rand(len(us), dtype=torch.float64, generator=generator).tolist()


def test_u_is_the_next_number_of_the_generator(us_counts: NgramCounts) -> None:
    """Even beyond the block of numbers that is generated in advance."""
    sampler = InverseTransformSampler(CountModel(us_counts, 1), SEED)
    expected = torch.rand(40_000, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED)).tolist()
    draws = [sampler.draw(5) for _ in range(40_000)]
    assert [draw.u for draw in draws] == expected
    assert {draw.state for draw in draws} == {5}
    assert sampler.state == 40_000
    stretches = cumulative(sampler.model.row_for_drawing(5))
    assert all(stretches[draw.token] >= expected[i] for i, draw in enumerate(draws))


def test_multinomial_shows_no_u(us_counts: NgramCounts) -> None:
    draw = MultinomialSampler(CountModel(us_counts, 1), SEED).draw(5)
    assert draw.u is None
    assert draw.state == 5


def test_first_letters_are_as_frequent_as_the_first_row_says(us_counts: NgramCounts) -> None:
    """Pearson's chi-squared test: with 26 degrees of freedom, one seed in a thousand is above 54.05."""
    names = drawn("inverse-cdf", CountModel(us_counts, 1), 200_000)
    first = np.array([us_counts.vocabulary.index.get(name[:1], BOUNDARY) for name in names])
    expected = us_counts.row(BOUNDARY, 1) * len(names)
    assert expected.min() > 5
    observed = np.bincount(first, minlength=27)
    assert ((observed - expected) ** 2 / expected).sum() < 54.05


# Names, and where the generator stands after them


def name_by_draws(sampler: Sampler) -> str:
    """One name, draw by draw."""
    tokens = [BOUNDARY]
    while len(tokens) <= MAX_LENGTH:
        tokens.append(sampler.draw(tokens[-1]).token)
        if tokens[-1] == BOUNDARY:
            break
    return sampler.model.vocabulary.decode(tokens)


def names_by_draws(sampler: Sampler) -> Iterator[str]:
    while True:
        yield name_by_draws(sampler)


def models(counts: NgramCounts) -> dict[str, LanguageModel]:
    run = TrainingRun(counts, TrainingSettings(init="randn"))
    run.step()
    return {
        "counts": CountModel(counts, 1),
        "uniform": UniformModel(counts.vocabulary),
        "network": NetworkModel(run.network, run.steps, counts.vocabulary),
    }


@pytest.mark.parametrize("kind", ["counts", "uniform", "network"])
def test_names_drawn_one_character_at_a_time_are_the_same(
    us_counts: NgramCounts, method: str, kind: str
) -> None:
    model = models(us_counts)[kind]
    how_many = 6_000 if method == "inverse-cdf" else 200
    sampler = sampler_class(method)(model, SEED)
    one_by_one = list(islice(names_by_draws(sampler), how_many))
    assert drawn(method, model, how_many) == one_by_one


@pytest.mark.parametrize("taken", [0, 1, 7, 300, 2_500])
def test_single_draws_continue_after_some_names(us_counts: NgramCounts, method: str, taken: int) -> None:
    if method == "multinomial":
        taken = min(taken, 300)
    model = UniformModel(us_counts.vocabulary)
    at_once, one_by_one = (sampler_class(method)(model, SEED) for _ in range(2))
    names = list(islice(at_once.names(), taken))
    assert names == list(islice(names_by_draws(one_by_one), taken))
    if isinstance(at_once, InverseTransformSampler):
        assert at_once.state == one_by_one.state == sum(len(name) + 1 for name in names)
    assert [at_once.draw(BOUNDARY) for _ in range(100)] == [one_by_one.draw(BOUNDARY) for _ in range(100)]
    assert list(islice(at_once.names(), 30)) == list(islice(names_by_draws(one_by_one), 30))


def test_going_back_to_a_state_draws_the_same_again(us_counts: NgramCounts, method: str) -> None:
    sampler = sampler_class(method)(CountModel(us_counts, 1), SEED)
    start = sampler.state
    names = list(islice(sampler.names(), 10))
    middle = sampler.state
    first = [sampler.draw(1) for _ in range(3_000)]
    later = sampler.state
    after = list(islice(sampler.names(), 10))

    sampler.restore(middle)
    assert [sampler.draw(1) for _ in range(3_000)] == first
    sampler.restore(start)
    assert list(islice(sampler.names(), 10)) == names
    sampler.restore(later)
    assert list(islice(sampler.names(), 10)) == after


def test_a_sampler_can_jump_to_a_distant_state(us_counts: NgramCounts) -> None:
    model = CountModel(us_counts, 1)
    walked = InverseTransformSampler(model, SEED)
    for name in islice(walked.names(), 8_000):
        assert not is_cut_off(name)
    jumped = InverseTransformSampler(model, SEED)
    jumped.restore(walked.state)
    assert walked.state > 50_000
    assert list(islice(jumped.names(), 50)) == list(islice(walked.names(), 50))


def test_changing_the_model_keeps_the_place_in_the_stream(us_counts: NgramCounts, method: str) -> None:
    vocabulary = us_counts.vocabulary
    sampler = sampler_class(method)(CountModel(us_counts, 1), SEED)
    list(islice(sampler.names(), 5))
    state = sampler.state
    sampler.use(UniformModel(vocabulary))
    names = list(islice(sampler.names(), 5))
    fresh = sampler_class(method)(UniformModel(vocabulary), SEED)
    fresh.restore(state)
    assert names == list(islice(fresh.names(), 5))


def test_the_empty_name_can_be_drawn(method: str) -> None:
    vocabulary = Vocabulary.of("a")
    always_empty = CountModel(NgramCounts.from_pairs(vocabulary, {0: 3}), 0)
    sampler = sampler_class(method)(always_empty, SEED)
    assert list(islice(sampler.names(), 3)) == ["", "", ""]
    assert Surprise(always_empty).nll("") == 0


# Names that would not end


@pytest.fixture
def endless() -> CountModel:
    """A name is aaa… or bbb…, and ends once in a billion characters."""
    often = 10**9
    pairs = {(0, 1): 1, (0, 2): 1, (1, 1): often, (1, 0): 1, (2, 2): often, (2, 0): 1}
    counted = {3 * i + j: n for (i, j), n in pairs.items()}
    return CountModel(NgramCounts.from_pairs(Vocabulary.of("ab"), counted), 0)


def test_a_name_is_cut_off_at_a_thousand_characters_and_the_next_starts_afresh(
    endless: CountModel, method: str
) -> None:
    sampler = sampler_class(method)(endless, SEED)
    names = list(islice(sampler.names(), 12))
    assert MAX_LENGTH == 1_000
    assert set(names) == {"a" * 1_000, "b" * 1_000}
    assert all(map(is_cut_off, names))

    again = sampler_class(method)(endless, SEED)
    assert names == list(islice(names_by_draws(again), 12))
    assert sampler.draw(BOUNDARY) == again.draw(BOUNDARY)
    if isinstance(sampler, InverseTransformSampler):
        assert sampler.state == 12 * 1_000 + 1


def test_a_name_cut_off_is_scored_without_the_boundary_that_was_not_drawn(endless: CountModel) -> None:
    vocabulary = endless.counts.vocabulary
    surprise = Surprise(endless)
    assert surprise.nll("a" * 1_000) * 1_000 < 1
    assert score(vocabulary.encode("a" * 1_000), endless).nll_sum > 20
    assert surprise.nll("a" * 999) == score(vocabulary.encode("a" * 999), endless).nll


# Rows that cannot be drawn from


@pytest.fixture
def dead_end() -> CountModel:
    """Nothing was counted after b, which one name in ten reaches."""
    pairs = {0 * 3 + 1: 9, 0 * 3 + 2: 1, 1 * 3 + 0: 10}
    return CountModel(NgramCounts.from_pairs(Vocabulary.of("ab"), pairs), 0)


def test_a_row_without_probabilities_says_after_which_character(dead_end: CountModel, method: str) -> None:
    sampler = sampler_class(method)(dead_end, SEED)
    with pytest.raises(UndrawableRowError, match=r"after b\b.*smoothing"):
        sampler.draw(2)
    with pytest.raises(UndrawableRowError, match=r"after b\b.*smoothing"):
        list(islice(sampler.names(), 1_000))
    with_smoothing = sampler_class(method)(CountModel(dead_end.counts, 1), SEED)
    assert with_smoothing.draw(2).token in (0, 1, 2)


def test_the_boundarys_own_row_can_be_the_one_without_probabilities(method: str) -> None:
    vocabulary = Vocabulary.of("a.")
    nothing_starts = CountModel(NgramCounts.from_pairs(vocabulary, {1 * 3 + 0: 1}), 0)
    with pytest.raises(UndrawableRowError, match="after ∎"):
        next(sampler_class(method)(nothing_starts, SEED).names())


def test_names_are_drawn_until_one_that_cannot_be_drawn(dead_end: CountModel, method: str) -> None:
    def until_it_fails(names: Iterator[str]) -> list[str]:
        taken: list[str] = []
        try:
            for name in names:
                taken.append(name)
        except UndrawableRowError:
            return taken
        raise AssertionError("a model that comes to b cannot draw names without end")

    for seed in range(5):
        at_once, one_by_one = (sampler_class(method)(dead_end, seed) for _ in range(2))
        assert until_it_fails(at_once.names()) == until_it_fails(names_by_draws(one_by_one))


def test_nan_weights_cannot_be_drawn_from(method: str, us_counts: NgramCounts) -> None:
    """Training with far too large steps ends in nan, which must be explained rather than drawn from."""
    run = TrainingRun(us_counts, TrainingSettings(learning_rate=1000, regularization=10))
    for _ in range(200):
        run.step()
    assert run.network.W.isnan().any()
    sampler = sampler_class(method)(NetworkModel(run.network, run.steps, us_counts.vocabulary), SEED)
    with pytest.raises(UndrawableRowError):
        sampler.draw(BOUNDARY)
    with pytest.raises(UndrawableRowError):
        next(sampler.names())


@pytest.mark.parametrize("row", [[0.0, 0.0, 0.0], [float("nan")] * 3], ids=["zeros", "not numbers"])
def test_only_positive_probabilities_have_an_interval(row: list[float]) -> None:
    with pytest.raises(UndrawableRowError):
        cumulative(np.array(row, dtype=np.float32))
