"""The network compared with published runs, and with the plain one-hot loop with autograd."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.model import NetworkModel
from bigram_tui.lm.network import Frequencies, Network
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.words.corpus import Corpus

if TYPE_CHECKING:
    from tests.conftest import WordList


def trained(counts: NgramCounts, settings: TrainingSettings) -> TrainingRun:
    run = TrainingRun(counts, settings)
    for _ in range(settings.steps):
        run.step()
    return run


def initial(V: int, init: str, seed: int) -> Network:
    return Network.initial(V, init, torch.Generator().manual_seed(seed))


def settings_of(figures: dict[str, Any]) -> TrainingSettings:
    return TrainingSettings(
        figures["init"],
        figures["seed"],
        figures["steps"],
        figures["learning_rate"],
        figures["regularization"],
    )


@pytest.mark.parametrize("name", ["article", "lecture", "zeros_noreg"])
def test_training_reaches_the_published_losses(word_list: WordList, name: str) -> None:
    expected = word_list.figures["training"][name]
    run = trained(word_list.counts, settings_of(expected))
    assert run.steps == expected["steps"]
    losses = {step: run.losses[int(step)].total for step in expected["losses"]}
    assert losses == pytest.approx(expected["losses"], rel=0, abs=1e-5)
    assert run.losses[run.steps - 1].total == pytest.approx(expected["last_printed_loss"], rel=0, abs=1e-5)
    assert run.losses.last.data == pytest.approx(expected["final_data_nll"], rel=0, abs=1e-5)


def test_every_published_run_is_tested(word_list: WordList) -> None:
    assert list(word_list.figures["training"]) == ["article", "lecture", "zeros_noreg"]
    assert TrainingSettings() == settings_of(word_list.figures["training"]["article"])


@pytest.mark.parametrize("context", [0, 2])
@pytest.mark.parametrize("name", ["names.txt", "us_names_2018.txt"])
def test_training_with_a_context_reaches_the_published_losses(
    name: str, context: int, us_names: Corpus, reference: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    words = us_names.words
    if name == "names.txt":
        words = tuple(request.getfixturevalue("names_txt").read_text(encoding="utf-8").split())
    counts = NgramCounts.of(words, context)
    runs = reference[name]["network_with_context"].values()
    for expected in (figures for figures in runs if figures["context"] == context):
        run = trained(counts, settings_of(expected))
        assert run.network.context == context
        losses = {step: run.losses[int(step)].total for step in expected["losses"]}
        assert losses == pytest.approx(expected["losses"], rel=0, abs=1e-5)
        assert run.losses[run.steps - 1].total == pytest.approx(expected["last_loss"], rel=0, abs=1e-5)
        assert run.losses.last.data == pytest.approx(expected["final_data_nll"], rel=0, abs=1e-5)


def test_a_million_weights_are_trained_and_not_more(us_names: Corpus) -> None:
    with pytest.raises(SettingError, match=r"has 14,348,907 weights.*use a shorter context"):
        TrainingRun(NgramCounts.of(us_names.words, 4), TrainingSettings())
    many = NgramCounts.of(map(chr, range(0x4E00, 0x4E00 + 1_001)))
    with pytest.raises(SettingError, match="at most 1,002,001 are trained: let rare characters share"):
        TrainingRun(many, TrainingSettings())


class OneHotLoop:
    """The lecture's notebook: every bigram is a one-hot row, and autograd computes the gradient."""

    def __init__(self, words: list[str], settings: TrainingSettings, context: int = 1) -> None:
        index = {c: i for i, c in enumerate(sorted(set("".join(words))), 1)} | {".": 0}
        V, pairs = len(index), []
        for word in words:
            tokens = [index[c] for c in "." * context + word + "."]
            for place in range(context, len(tokens)):
                x = sum(token * V**i for i, token in enumerate(reversed(tokens[place - context : place])))
                pairs.append((x, tokens[place]))
        xs, self.ys = (torch.tensor(column) for column in zip(*pairs, strict=True))
        self.settings, shape = settings, (V**context, V)
        self.rows = F.one_hot(xs, V**context).float()
        g = torch.Generator().manual_seed(settings.seed)
        self.W = {
            "rand": lambda: torch.rand(shape, generator=g),
            "randn": lambda: torch.randn(shape, generator=g),
            "zeros": lambda: torch.zeros(shape),
        }[settings.init]().requires_grad_()

    def loss(self) -> torch.Tensor:
        counts = (self.rows @ self.W).exp()
        P = counts / counts.sum(1, keepdim=True)
        data = -P[torch.arange(len(self.ys)), self.ys].log().mean()
        return data + self.settings.regularization * (self.W**2).mean()

    def gradient(self) -> torch.Tensor:
        (gradient,) = torch.autograd.grad(self.loss(), self.W)
        return gradient

    def step(self) -> None:
        self.W.data -= self.settings.learning_rate * self.gradient()


@pytest.fixture(scope="module")
def three_thousand_words(us_names: Corpus) -> list[str]:
    words = random.Random(2).sample(us_names.words, 3_000)
    assert len(set("".join(words))) == 26
    return words


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings("rand", 2147483647, 50, 10, 0.01),
        TrainingSettings("randn", 2147483647, 12, 50, 0.01),
        TrainingSettings("zeros", 0, 12, 50, 0.0),
        TrainingSettings("randn", 7, 12, 1, 1.0),
    ],
    ids=lambda s: f"{s.init}-{s.learning_rate}-{s.regularization}",
)
def test_training_on_counts_equals_training_on_every_bigram(
    three_thousand_words: list[str], settings: TrainingSettings
) -> None:
    counts = NgramCounts.of(three_thousand_words)
    run = TrainingRun(counts, settings)
    loop = OneHotLoop(three_thousand_words, settings)
    torch.testing.assert_close(run.network.W, loop.W.data, rtol=0, atol=0)
    for step in range(settings.steps):
        assert run.losses[step].total == pytest.approx(loop.loss().item(), rel=0, abs=1e-5)
        gradient = run.network.gradient(run.frequencies, settings.regularization)
        torch.testing.assert_close(gradient, loop.gradient(), rtol=0, atol=1e-6)
        run.step()
        loop.step()
    assert run.losses.last.total == pytest.approx(loop.loss().item(), rel=0, abs=1e-5)
    torch.testing.assert_close(run.network.W, loop.W.data, rtol=0, atol=1e-5)


@pytest.mark.parametrize("context", [0, 2, 3])
def test_training_with_any_context_equals_training_on_every_window(context: int) -> None:
    words = ["abba", "bab", "a", "aab", "baaab"]
    settings = TrainingSettings("randn", 7, 30, 1, 0.1)
    run, loop = TrainingRun(NgramCounts.of(words, context), settings), OneHotLoop(words, settings, context)
    for _ in range(settings.steps):
        gradient = run.network.gradient(run.frequencies, settings.regularization)
        torch.testing.assert_close(gradient, loop.gradient(), rtol=0, atol=1e-6)
        assert run.losses.last.total == pytest.approx(loop.loss().item(), rel=0, abs=1e-5)
        run.step()
        loop.step()
    torch.testing.assert_close(run.network.W, loop.W.data, rtol=0, atol=1e-5)


def test_a_large_mini_batch_has_nearly_the_full_gradient() -> None:
    counts = NgramCounts.of(["abba", "bab", "aab"], 2)
    run = TrainingRun(counts, TrainingSettings("randn", batch_size=200_000))
    whole = run.network.gradient(run.frequencies, 0.01)
    batch = run.update_from(run.state).gradient
    torch.testing.assert_close(batch, whole, rtol=0, atol=5e-3)
    assert not torch.equal(batch, whole)


def test_the_data_loss_is_the_floor_plus_the_distance_from_the_counts(word_list: WordList) -> None:
    """KL(P ‖ softmax W) with P unsmoothed is the data loss minus what counting reaches."""
    counts = word_list.counts
    run = trained(counts, TrainingSettings(steps=20))
    P, Q = counts.probabilities(0), NetworkModel(run.network, 20, counts.vocabulary)
    divergence = 0.0
    for first in range(27):
        leaving = counts.row_totals[first]
        seen = P[first] > 0
        row = P[first][seen] * np.log(P[first][seen] / Q.row(first)[seen])
        divergence += leaving / counts.total * row.sum()
    assert run.losses.last.data - counts.nll(0) == pytest.approx(divergence, abs=1e-12)
    assert divergence > 0


def test_the_two_parts_of_the_loss(us_counts: NgramCounts) -> None:
    network = initial(27, "randn", 3)
    loss = network.loss(Frequencies.of(us_counts), 0.5)
    assert loss.regularization == pytest.approx(0.5 * (network.W.double() ** 2).mean().item(), rel=1e-12)
    assert loss.total == loss.data + loss.regularization
    assert network.loss(Frequencies.of(us_counts), 0).total == loss.data


def test_with_zero_weights_the_network_is_uniform(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, TrainingSettings(init="zeros"))
    assert run.losses[0].total == pytest.approx(math.log(27), rel=1e-12)
    assert run.steps == 0


def test_a_step_returns_the_new_loss_and_does_not_change_old_weights(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    before, copy = run.network, run.network.W.clone()
    loss = run.step()
    assert run.losses.last == loss
    assert loss.total < run.losses[0].total
    assert (run.steps, run.losses.steps.tolist()) == (1, [0, 1])
    assert torch.equal(before.W, copy)
    assert not torch.equal(run.network.W, copy)


@pytest.mark.parametrize("init", ["rand", "randn"])
def test_the_same_seed_gives_the_same_weights(init: str) -> None:
    W = initial(27, init, 42).W
    assert (W.shape, W.dtype) == ((27, 27), torch.float32)
    assert torch.equal(W, initial(27, init, 42).W)
    assert not torch.equal(W, initial(27, init, 43).W)


def test_a_trained_network_is_a_model(us_counts: NgramCounts) -> None:
    run = trained(us_counts, TrainingSettings(steps=3))
    model = NetworkModel(run.network, run.steps, us_counts.vocabulary)
    assert model.description == "network after 3 steps"
    assert NetworkModel(run.network, 1, us_counts.vocabulary).description == "network after 1 step"
    for first in (0, 13, 26):
        row = model.row(first)
        exp = np.exp(run.network.W[first].double().numpy())
        assert row.dtype == np.float64
        assert row == pytest.approx(exp / exp.sum(), rel=1e-12)
        assert [model.probability(first, second) for second in range(27)] == row.tolist()
        assert model.row_for_drawing(first).tolist() == run.network.W.softmax(1)[first].tolist()


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"init": "ones"}, "initialization"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"steps": -1}, "steps"),
        ({"learning_rate": 0.0}, "learning rate"),
        ({"learning_rate": math.nan}, "learning rate"),
        ({"regularization": -0.01}, "regularization"),
        ({"regularization": math.inf}, "regularization"),
    ],
)
def test_a_setting_out_of_range_is_reported(setting: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingError, match=named):
        TrainingSettings(**setting)


def test_every_seed_up_to_the_largest_can_be_used() -> None:
    W = initial(3, "rand", TrainingSettings(seed=2**64 - 1).seed).W
    assert W.shape == (3, 3)
