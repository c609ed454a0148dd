"""Going back in time, changing settings during a run, mini-batches, and long runs in bounded memory."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from bigram_tui.lm import training
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.network import Frequencies
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import State, TrainingRun
from tests.lists import parse_words

SETTINGS = [TrainingSettings(), TrainingSettings("randn", seed=5, learning_rate=3, batch_size=64)]


@pytest.fixture
def few_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit memory to about eight checkpoints."""
    monkeypatch.setattr(training, "MAX_CHECKPOINT_BYTES", 8 * 10_000)


@pytest.mark.usefixtures("few_checkpoints")
@pytest.mark.parametrize("settings", SETTINGS, ids=["all bigrams", "mini-batches"])
def test_any_step_is_restored_bit_for_bit(us_counts: NgramCounts, settings: TrainingSettings) -> None:
    run = TrainingRun(us_counts, settings)
    states = [run.state]
    for step in range(100):
        if step == 37:
            run.change(TrainingSettings(settings.init, settings.seed, 200, 1, 0.5, settings.batch_size))
        run.step()
        states.append(run.state)
    assert len(run._checkpoints) <= 8
    for state in states:
        again = run.state_at(state.step)
        assert again is not None
        assert torch.equal(again.network.W, state.network.W)
        assert torch.equal(again.generator, state.generator)
        assert run.loss_at(again) == run.losses[state.step]


@pytest.mark.usefixtures("few_checkpoints")
@pytest.mark.parametrize("settings", SETTINGS, ids=["all bigrams", "mini-batches"])
def test_a_branch_repeats_the_run(us_counts: NgramCounts, settings: TrainingSettings) -> None:
    run = TrainingRun(us_counts, settings)
    for _ in range(60):
        run.step()
    past = run.state_at(23)
    assert past is not None
    losses, branch = run.losses.table.tolist(), run.branch(past)
    assert (branch.steps, branch.losses.last) == (23, run.losses[23])
    for _ in range(37):
        branch.step()
    assert torch.equal(branch.network.W, run.network.W)
    assert branch.losses.table.tolist() == losses
    branch.change(replace(settings, learning_rate=1.0))
    branch.step()
    assert (run.steps, run.settings, run.losses.table.tolist()) == (60, settings, losses), "as it was"


def test_recorded_losses_do_not_change(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    for _ in range(3):
        run.step()
    losses, table = run.losses, run.losses.table.tolist()
    for _ in range(1_100):
        run.step()
    assert losses.table.tolist() == table
    assert (losses.last_step, run.losses.last_step) == (3, 1_103)
    with pytest.raises(IndexError):
        losses[4]


def test_after_a_change_of_lambda_the_loss_uses_the_new_one(
    us_counts: NgramCounts,
) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    run.step()
    before = run.losses
    run.change(TrainingSettings(regularization=1))
    assert run.losses[1].regularization == pytest.approx(100 * before[1].regularization)
    assert run.losses[1].data == before[1].data
    assert run.losses[0] == before[0]
    assert [since for since, _ in run.changes] == [0, 1]


def test_a_long_record_is_thinned_evenly(us_counts: NgramCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MAX_RECORDED", 101)
    run = TrainingRun(us_counts, TrainingSettings())
    expected = [run.losses.last]
    for _ in range(1_000):
        expected.append(run.step())
    losses = run.losses
    assert losses.stride == 16
    assert losses.steps.tolist() == list(range(0, 1_001, 16))
    assert losses.table.tolist() == [list(expected[step]) for step in losses.steps]
    assert losses.last == expected[1_000]
    thinned_out = run.state_at(999)
    assert losses.recorded(999) is None
    assert thinned_out is not None
    assert run.loss_at(thinned_out) == expected[999]


def test_a_million_steps_need_bounded_memory() -> None:
    """Counts the bytes kept: losses for a million steps, and the checkpoints."""
    run = TrainingRun(NgramCounts.of(parse_words(b"ab\nba\n", "tiny").words), TrainingSettings())
    recorder, loss, state = run._recorder, run.losses.last, run.state
    for step in range(1, 3_000_001):
        recorder.append(loss)
        if step % run._interval == 0:
            run._keep(State(step, state.network, state.generator))
    kept = [run.checkpoint(step) for step in run._checkpoints]
    assert sum(state.network.W.nbytes + state.generator.nbytes for state in kept) <= 64 * 2**20
    assert len(kept) > 5_000
    assert set(np.diff(sorted(run._checkpoints))) == {run._interval}
    assert run.losses.table.base is not None
    assert run.losses.table.base.nbytes <= 2 * 16 * training.MAX_RECORDED
    assert run.losses.stride == 4


def test_batches_are_drawn_by_the_frequency_of_bigrams(us_counts: NgramCounts) -> None:
    """Chi-squared over the bigrams with an expected count of at least five; significance level 10⁻⁶."""
    frequencies, size = Frequencies.of(us_counts), 200_000
    batch = frequencies.batch(size, torch.Generator().manual_seed(7))
    drawn, expected = batch.exact.numpy() * size, frequencies.exact.numpy() * size
    assert drawn.sum() == pytest.approx(size)
    assert not drawn[expected == 0].any()
    often = expected >= 5
    statistic = float((((drawn - expected) ** 2) / np.where(often, expected, 1))[often].sum())
    freedom = int(often.sum()) - 1
    assert abs(statistic - freedom) < 4.9 * math.sqrt(2 * freedom)


def test_a_batch_of_everything_has_the_full_gradient(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    whole = run.network.gradient(run.frequencies, 0.01)
    batch = run.frequencies.batch(1_000_000, torch.Generator().manual_seed(1))
    torch.testing.assert_close(run.network.gradient(batch, 0.01), whole, rtol=0, atol=1e-3)
    rows = [run.network.gradient(run.frequencies, 0.01, slice(i, i + 1))[0] for i in range(27)]
    assert torch.equal(torch.stack(rows), whole)


def test_the_update_of_a_step_is_the_one_that_is_made(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, SETTINGS[1])
    update = run.update_from(run.state)
    assert update.frequencies.exact.sum().item() == pytest.approx(1)
    assert not torch.equal(update.frequencies.exact, run.frequencies.exact)
    run.step()
    assert torch.equal(update.network.W, run.network.W)


def test_replaying_can_be_cancelled(us_counts: NgramCounts) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    start = run.state
    for _ in range(10):
        run.step()
    assert run.state_at(9, start, lambda: True) is None


@pytest.mark.parametrize("size", [0, -1, 1_000_001])
def test_a_batch_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(SettingError, match="batch size"):
        TrainingSettings(batch_size=size)
