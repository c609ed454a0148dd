"""Models of any context length can be counted, drawn from and scored like the bigram model."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bigram_tui.lm.context import next_state, states_of, tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import Surprise, data_nll
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.evaluation import side_by_side_nll
from bigram_tui.lm.model import CountModel, LanguageModel, NetworkModel, UniformModel, score, tempered
from bigram_tui.lm.network import Network
from bigram_tui.lm.sampling import InverseTransformSampler, sampler_class
from bigram_tui.lm.settings import DEFAULT_SEED, METHODS
from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel, Ladder, Text
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.words.corpus import Corpus

WORDS = ["abba", "bab", "a", "abc", "cab", "baab"]
SMALL_LISTS = st.lists(st.text("abc", max_size=6), min_size=1, max_size=12)
CONTEXTS = st.integers(0, 3)


def windows_of(words: list[str], context: int) -> Counter[tuple[str, str]]:
    """How often each character follows the `context` characters before it; the boundary is a dot."""
    windows: Counter[tuple[str, str]] = Counter()
    for word in words:
        text = "." * context + word + "."
        for place in range(context, len(text)):
            windows[text[place - context : place], text[place]] += 1
    return windows


@given(SMALL_LISTS, CONTEXTS, st.floats(0, 10))
def test_a_table_of_any_context_is_the_count_of_its_windows(words: list[str], context: int, k: float) -> None:
    vocabulary = Vocabulary.of("abc")
    counts, windows = NgramCounts.of(words, context, vocabulary), windows_of(words, context)
    V, show = 4, vocabulary.show
    totals: Counter[str] = Counter()
    for (history, _), n in windows.items():
        totals[history] += n
    found = {(show(tokens_of(state, V, context)), show([token])): n for state, token, n in counts.ranked()}
    assert found == windows
    assert counts.total == sum(windows.values())
    surprises = []
    for history in map("".join, itertools.product(".abc", repeat=context)):
        state = sum(".abc".index(c) * V**i for i, c in enumerate(reversed(history)))
        row = [windows[history, c] for c in ".abc"]
        assert counts.cells(state) == counts.row_counts(state).tolist() == row
        assert counts.cells(state, slice(1, 3)) == row[1:3]
        assert [counts.count(state, token) for token in range(V)] == row
        assert counts.row_totals[state] == totals[history]
        P = [(n + k) / (totals[history] + k * V) if totals[history] + k else 0.0 for n in row]
        assert counts.row(state, k).tolist() == pytest.approx(P)
        assert CountModel(counts, k).cells(state) == pytest.approx(P)
        surprises += [-n * math.log(p) for n, p in zip(row, P, strict=True) if n]
    assert counts.nll_sum(k) == pytest.approx(math.fsum(surprises), abs=1e-12)
    largest = max((n + k) / (totals[history] + k * V) for (history, _), n in windows.items())
    assert counts.largest_probability(k) == pytest.approx(largest)
    assert counts.N.shape == (V**context, V)
    assert counts.N.sum() == counts.total


@given(st.integers(2, 30), st.integers(0, 8), st.data())
def test_a_contexts_number_and_tokens_determine_each_other(V: int, context: int, data: st.DataObject) -> None:
    word = data.draw(st.lists(st.integers(1, V - 1), max_size=12))
    states = list(states_of([*word, BOUNDARY], V, context))
    for place, state in enumerate(states):
        before = ([BOUNDARY] * context + word)[place : place + context]
        assert tokens_of(state, V, context) == before
    assert next_state(states[-1], BOUNDARY, V, context) == 0


class InLongerContext:
    """A bigram model with a context of two tokens, of which it only uses the last."""

    context = 2

    def __init__(self, model: CountModel) -> None:
        self.model, self.vocabulary, self.description = model, model.vocabulary, model.description

    def probability(self, state: int, token: int) -> float:
        return self.model.probability(state % len(self.vocabulary), token)

    def row(self, state: int) -> NDArray[np.float64]:
        return self.model.row(state % len(self.vocabulary))

    def row_for_drawing(self, state: int) -> NDArray[np.float32]:
        return self.model.row_for_drawing(state % len(self.vocabulary))


def test_longer_contexts_are_sampled_like_single_tokens(us_names: Corpus, reference: dict[str, Any]) -> None:
    """The hundred thousand published names, by the code for contexts other than 1."""
    bigrams = CountModel(us_names.counts, 1)
    model = InLongerContext(bigrams)
    names = list(islice(InverseTransformSampler(model, DEFAULT_SEED).names(), 100_000))
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    assert digest == reference["us_names_2018.txt"]["sampled_names_sha256"]["sha256"]
    longer, shorter = Surprise(model), Surprise(bigrams)
    assert [longer.nll(name) for name in names[:1_000]] == [shorter.nll(name) for name in names[:1_000]]


def test_bigram_counts_are_the_table_of_context_1(us_names: Corpus) -> None:
    """Counted in two ways, the table is the same, and so is every figure derived from it."""
    counted = NgramCounts.of(us_names.words, 1)
    assert counted == us_names.counts
    assert NgramCounts.of(us_names.words, 2).shorter == us_names.counts
    for k in (0, 0.1, 1):
        assert counted.nll(k) == us_names.counts.nll(k)
        text = Text(Ladder(counted), counted)
        assert text.add_k_nll(k, 1) == pytest.approx(us_names.counts.nll(k), abs=1e-12)


def models_of(context: int) -> dict[str, LanguageModel]:
    counts = NgramCounts.of(WORDS, context)
    ladder, V = Ladder(counts), len(counts.vocabulary)
    network = Network.initial(V, "randn", torch.Generator().manual_seed(1), context)
    interpolated = {
        key: InterpolatedModel(ladder, smoother, context) for key, smoother in INTERPOLATED.items()
    }
    return {
        "add-k": CountModel(counts, 0.5),
        "uniform": UniformModel(counts.vocabulary, context),
        "network": NetworkModel(network, 3, counts.vocabulary),
        **interpolated,
        "tempered": tempered(interpolated["kneser-ney"], 0.7),
    }


@pytest.mark.parametrize("kind", models_of(1))
@pytest.mark.parametrize("context", [0, 1, 2, 4])
def test_every_model_of_every_context_is_drawn_from_and_scored(kind: str, context: int) -> None:
    model = models_of(context)[kind]
    vocabulary, V = model.vocabulary, len(model.vocabulary)
    assert model.context == context
    for method in METHODS:
        at_once, one_by_one = (sampler_class(method)(model, 5) for _ in range(2))
        for name in islice(at_once.names(), 40):
            state, tokens = 0, []
            while not tokens or tokens[-1]:
                draw = one_by_one.draw(state)
                assert draw.state == state
                tokens.append(draw.token)
                state = next_state(state, draw.token, V, context)
            assert vocabulary.decode(tokens) == name
    surprise = Surprise(model)
    for name in ("", "a", "abba", "cccabc"):
        scored = score(vocabulary.encode(name), model)
        assert surprise.nll(name) == scored.nll
        text = "." * context + name
        for place, each in enumerate(scored.tokens):
            assert vocabulary.show(tokens_of(each.state, V, context)) == text[place : place + context]
            row = model.row(each.state)
            assert row.sum() == pytest.approx(1, abs=1e-12)
            assert model.row_for_drawing(each.state) == pytest.approx(row, rel=1e-5)
            assert each.probability == pytest.approx(row[each.token], rel=1e-12)


def test_models_describe_their_context_unless_it_is_1() -> None:
    said = {kind: model.description for kind, model in models_of(2).items()}
    assert said["add-k"] == "counts with smoothing 0.5, context 2"
    assert said["network"] == "network after 3 steps, context 2"
    assert said["uniform"] == "uniform: each of 4 equally likely"
    assert said["kneser-ney"] == "Kneser-Ney, context 2"
    assert said["tempered"] == "Kneser-Ney, context 2, T = 0.7"
    assert models_of(1)["add-k"].description == "counts with smoothing 0.5"


@pytest.mark.parametrize("context", [0, 2, 3])
def test_the_nll_of_the_data_under_a_model_is_the_loss_of_its_text(context: int) -> None:
    counts = NgramCounts.of(WORDS, context)
    ladder = Ladder(counts)
    text = Text(ladder, counts)
    for smoother in INTERPOLATED.values():
        model = InterpolatedModel(ladder, smoother, context)
        assert data_nll(counts, model) == pytest.approx(text.nll(smoother, context), rel=1e-12)
    assert data_nll(counts, CountModel(counts, 2)) == pytest.approx(counts.nll(2), rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_an_unseen_context_has_no_row_without_smoothing(method: str) -> None:
    counts = NgramCounts.of(["abc"], 2)
    assert CountModel(counts, 0).row(9).tolist() == [0, 0, 0, 0]
    assert CountModel(counts, 1).row(9).tolist() == [0.25] * 4
    with pytest.raises(UndrawableRowError, match=r"drawn after ba: .*set smoothing above 0"):
        sampler_class(method)(CountModel(counts, 0), 1).draw(9)


def test_names_are_cut_off_and_the_next_one_starts_at_the_boundary() -> None:
    V = 2
    counts = NgramCounts.from_pairs(Vocabulary.of("a"), {0 * V + 1: 1, 1 * V + 1: 1, 3 * V + 1: 1}, 2)
    names = list(islice(InverseTransformSampler(CountModel(counts, 0), 1).names(), 3))
    assert names == ["a" * 1_000] * 3
    assert Surprise(CountModel(counts, 0)).nll(names[0]) == 0


def test_scoring_remembers_a_bounded_number_of_n_grams(monkeypatch: pytest.MonkeyPatch) -> None:
    model = models_of(2)["witten-bell"]
    unbounded, bounded = Surprise(model), Surprise(model)
    expected = [unbounded.nll(name) for name in WORDS]
    monkeypatch.setattr("bigram_tui.lm.drawn.MAX_SURPRISES", 3)
    assert [bounded.nll(name) for name in WORDS] == expected
    assert len(bounded) <= 3 < len(unbounded)


def test_shares_lead_to_the_probability_and_the_largest_is_found() -> None:
    for context in (0, 1, 3):
        ladder = Ladder(NgramCounts.of(WORDS, context))
        for smoother in INTERPOLATED.values():
            model = InterpolatedModel(ladder, smoother, context)
            states = ladder.tables[-1].rows.states.tolist()
            largest = max(max(model.cells(state)) for state in states)
            assert model.largest_probability == largest
            for state in states:
                for token in range(4):
                    *_, last = model.shares(state, token)
                    assert pytest.approx(model.probability(state, token), rel=1e-12) == last.P


def test_the_optimum_of_two_one_hot_vectors_is_what_gradient_descent_reaches(us_names: Corpus) -> None:
    trigrams = NgramCounts.of(us_names.words[:2_000], 2)
    V = len(trigrams.vocabulary)
    N = torch.tensor(trigrams.N).double().view(V, V, V)
    A, B = (torch.zeros(V, V, dtype=torch.float64, requires_grad=True) for _ in "AB")
    descent = torch.optim.LBFGS([A, B], max_iter=400, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        descent.zero_grad()
        nll = -(N * (A[:, None] + B[None]).log_softmax(2)).sum() / N.sum()
        nll.backward()
        return nll

    descent.step(loss)
    assert side_by_side_nll(trigrams) == pytest.approx(loss().item(), abs=1e-3)
    assert trigrams.nll(0) < side_by_side_nll(trigrams) < trigrams.shorter.nll(0)
