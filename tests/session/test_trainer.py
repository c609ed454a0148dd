"""The Trainer in a bare app: steps, runs in its thread, going back in time, undo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from types import SimpleNamespace

import pytest
import torch
from textual.app import App
from textual.pilot import Pilot

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.session import trainer as module
from bigram_tui.session.snapshots.training import Training
from bigram_tui.session.trainer import Trainer
from bigram_tui.session.undo import Undo
from tests.driving import until

COUNTS = NgramCounts.of(["emma", "olivia", "ava"])
SETTINGS = TrainingSettings(steps=50)


@asynccontextmanager
async def training(
    settings: TrainingSettings = SETTINGS, counts: NgramCounts = COUNTS
) -> AsyncIterator[tuple[Trainer, Undo, Pilot[None]]]:
    """A trainer with a run in an app without widgets."""
    app = App[None]()
    async with app.run_test() as pilot:
        undo = Undo([].append)
        trainer = Trainer(app, settings, undo)
        trainer.begin(counts)
        yield trainer, undo, pilot


def losses_of(steps: int, settings: TrainingSettings = SETTINGS) -> list[float]:
    """The losses of the library's own run."""
    run = TrainingRun(COUNTS, settings)
    for _ in range(steps):
        run.step()
    return run.losses.table.sum(1).tolist()


def shown(now: Training) -> list[float]:
    assert now.losses is not None
    return now.losses.table.sum(1).tolist()


async def test_steps_are_those_of_the_library() -> None:
    async with training() as (trainer, _, _):
        trainer.step()
        trainer.step(4)
        assert trainer.training.latest.step == 5
        assert shown(trainer.training.latest) == losses_of(5)


async def test_a_run_in_the_thread_ends_at_the_set_number_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 0)
    async with training() as (trainer, _, pilot):
        trainer.finish()
        assert trainer.training.latest.running
        await until(pilot, lambda: not trainer.training.latest.running)
        assert trainer.is_finished
        assert shown(trainer.training.latest) == losses_of(50)


async def test_pausing_shows_the_last_step_and_nothing_follows() -> None:
    async with training() as (trainer, _, pilot):
        trainer.set_pace("full speed")
        trainer.run()
        await until(pilot, lambda: trainer.training.latest.step > 20)
        trainer.pause()
        paused = trainer.training.latest
        assert not paused.running
        assert paused.step == paused.last_step
        published: list[Training] = []
        trainer.training.signal.subscribe(pilot.app, published.append)
        await pilot.pause()
        assert published == []
        assert shown(paused) == losses_of(paused.step)


async def test_a_distant_step_is_recomputed_in_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_REPLAY", -1)
    async with training() as (trainer, _, pilot):
        trainer.step(30)
        last = trainer.training.latest
        trainer.go_to(7)
        assert trainer.training.latest.seeking == 7
        await until(pilot, lambda: trainer.training.latest.step == 7)
        run = TrainingRun(COUNTS, SETTINGS)
        for _ in range(7):
            run.step()
        network = trainer.training.latest.network
        assert network is not None
        assert torch.equal(network.W, run.network.W)
        assert trainer.training.latest.losses is last.losses


async def test_training_from_an_earlier_step_abandons_a_future_that_undo_restores() -> None:
    async with training() as (trainer, undo, _):
        trainer.step(10)
        trainer.go_to(4)
        trainer.step()
        now = trainer.training.latest
        assert (now.step, now.last_step) == (5, 5)
        assert [past.left_at for past in now.past] == [4]
        assert shown(now) == losses_of(5)
        assert undo.take_back() == "Steps after 4 dropped"
        before = trainer.training.latest
        assert (before.step, before.last_step, before.past) == (4, 10, ())


async def test_at_most_three_curves_of_earlier_runs_are_kept() -> None:
    async with training() as (trainer, undo, _):
        for rate in (1.0, 2.0, 3.0, 4.0, 5.0):
            trainer.start_over(TrainingSettings(learning_rate=rate))
            trainer.step(3)
        assert [past.settings.learning_rate for past in trainer.training.latest.past] == [2, 3, 4]
        undo.take_back()
        assert trainer.training.latest.settings.learning_rate == 4
        assert trainer.training.latest.step == 3


async def test_a_run_with_too_little_gain_says_so_and_stops() -> None:
    async with training() as (trainer, _, pilot):
        trainer.set_least_gain(1)
        trainer.set_pace("full speed")
        trainer.run()
        await until(pilot, lambda: not trainer.training.latest.running)
        assert "lowered the loss by less than 1" in trainer.training.latest.remark


async def test_the_gain_counts_from_where_a_run_began_that_goes_on_in_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=count().__next__))  # a step takes a second
    monkeypatch.setattr(module, "AT_ONCE", 8)
    losses = losses_of(50)
    stops = next(step for step in range(10, 50) if losses[step - 10] - losses[step] < 0.5)
    assert 8 < stops < 8 + 10
    async with training() as (trainer, _, pilot):
        trainer.set_least_gain(0.5)
        trainer.finish()
        assert trainer.training.latest.running
        await until(pilot, lambda: not trainer.training.latest.running)
        assert trainer.training.latest.step == stops


async def test_a_diverged_run_cannot_continue_but_can_go_back() -> None:
    settings = TrainingSettings(learning_rate=1e6, regularization=1e6)
    async with training(settings) as (trainer, _, _):
        trainer.step(200)
        last = trainer.training.latest
        assert "diverged" in last.remark
        trainer.step()
        trainer.run()
        assert trainer.training.latest.last_step == last.last_step
        trainer.go_to(1)
        trainer.step()
        assert trainer.training.latest.step == 2


async def test_settings_changed_during_a_run_apply_from_there_on() -> None:
    async with training() as (trainer, _, _):
        trainer.step(3)
        trainer.change(TrainingSettings(steps=50, learning_rate=1))
        trainer.step(2)
        run = TrainingRun(COUNTS, SETTINGS)
        for _ in range(3):
            run.step()
        run.change(TrainingSettings(steps=50, learning_rate=1))
        for _ in range(2):
            run.step()
        assert shown(trainer.training.latest) == run.losses.table.sum(1).tolist()
        trainer.change(TrainingSettings(seed=5))
        assert trainer.training.latest.step == 0
        assert len(trainer.training.latest.past) == 1


async def test_there_is_no_run_for_too_many_characters() -> None:
    many = NgramCounts.of(["".join(map(chr, range(0x4E00, 0x4E00 + 1_001)))])
    async with training(counts=many) as (trainer, _, _):
        for act in (trainer.step, trainer.run, trainer.finish, trainer.start_over, trainer.pause):
            act()
        assert trainer.training.latest.network is None
        assert trainer.training_at(0) is None
