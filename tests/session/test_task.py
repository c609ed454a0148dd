"""Background tasks: results arrive on the app's thread, and nothing does once the task is cancelled."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen

from bigram_tui.lm.errors import BigramError, CancelledError
from bigram_tui.session import task as module
from bigram_tui.session.task import Task
from bigram_tui.words.progress import OnProgress, Progress
from tests.driving import until
from tests.waiting import PATIENCE

Work = Callable[[OnProgress], str]


class Told:
    """The results of a task, and the threads they arrive in."""

    def __init__(self, owner: DOMNode) -> None:
        self.progress: list[int] = []
        self.results: list[str] = []
        self.failures: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.task = Task(owner)

    def begin(self, work: Work) -> None:
        self.task.begin(work, self._progressed, self._noted_in(self.results), self._noted_in(self.failures))

    def _progressed(self, progress: Progress) -> None:
        self._noted_in(self.progress)(progress.done)

    def _noted_in(self, kind: list[str] | list[int]) -> Callable[..., None]:
        def note(value: object) -> None:
            self.threads.add(threading.current_thread())
            kind.append(value)  # type: ignore[arg-type]

        return note


@asynccontextmanager
async def told_of(work: Work) -> AsyncIterator[tuple[Pilot[None], Told]]:
    app = App[None]()
    async with app.run_test() as pilot:
        told = Told(app)
        told.begin(work)
        yield pilot, told


async def test_the_result_arrives_on_the_apps_thread() -> None:
    worked_in: list[threading.Thread] = []

    def work(_on_progress: OnProgress) -> str:
        worked_in.append(threading.current_thread())
        return "read"

    async with told_of(work) as (pilot, told):
        await until(pilot, lambda: told.results)
    assert (told.results, told.failures) == (["read"], [])
    assert told.threads == {threading.current_thread()}
    assert worked_in != [threading.current_thread()]


@pytest.mark.parametrize(
    ("error", "said"), [(BigramError("no such file"), "no such file"), (MemoryError(), "enough memory")]
)
async def test_errors_are_reported(error: Exception, said: str) -> None:
    def work(_on_progress: OnProgress) -> str:
        raise error

    async with told_of(work) as (pilot, told):
        await until(pilot, lambda: told.failures)
    assert said in told.failures[0]
    assert told.results == []


@pytest.mark.parametrize(("interval", "shown"), [(0.0, [0, 1, 2]), (float("inf"), [])])
async def test_progress_is_reported_at_most_once_per_interval(
    monkeypatch: pytest.MonkeyPatch, interval: float, shown: list[int]
) -> None:
    monkeypatch.setattr(module, "PROGRESS_INTERVAL", interval)

    def work(on_progress: OnProgress) -> str:
        for done in range(3):
            on_progress(Progress("read", done))
        return "read"

    async with told_of(work) as (pilot, told):
        await until(pilot, lambda: told.results)
    assert told.progress == shown


async def test_after_cancelling_the_work_ends_and_nothing_is_reported() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work(on_progress: OnProgress) -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        try:
            on_progress(Progress("read", 1))
        except CancelledError:
            ended.set()
            raise
        return "read"

    async with told_of(work) as (pilot, told):
        await until(pilot, begun.is_set)
        told.task.cancel()
        go_on.set()
        await until(pilot, ended.is_set)
        await pilot.pause()
    assert told.threads == set()


async def test_the_work_ends_with_the_app() -> None:
    ended = threading.Event()

    def work(on_progress: OnProgress) -> str:
        try:
            while True:
                on_progress(Progress("read", 1))
        except CancelledError:
            ended.set()
            raise

    async with told_of(work):
        pass
    assert ended.wait(PATIENCE)


async def test_nothing_is_reported_to_a_dialog_that_was_closed() -> None:
    begun, go_on, worked_in = threading.Event(), threading.Event(), list[threading.Thread]()

    def work(_on_progress: OnProgress) -> str:
        worked_in.append(threading.current_thread())
        begun.set()
        assert go_on.wait(PATIENCE)
        return "read"

    app = App[None]()
    async with app.run_test() as pilot:
        await app.push_screen(Screen[None]())
        told = Told(app.screen)
        told.begin(work)
        await until(pilot, begun.is_set)
        await app.pop_screen()
        go_on.set()
        worked_in[0].join()
        await pilot.pause()
    assert told.results == []


async def test_a_result_in_transit_is_dropped_after_cancelling() -> None:
    """The work is done, but the app has not handled its result yet."""
    begun, worked_in = threading.Event(), []

    def work(_on_progress: OnProgress) -> str:
        worked_in.append(threading.current_thread())
        begun.set()
        return "read"

    came_round = threading.Event()
    async with told_of(work) as (pilot, told):
        assert begun.wait(PATIENCE)
        worked_in[0].join()
        told.task.cancel()
        pilot.app.call_later(came_round.set)
        await until(pilot, came_round.is_set)
    assert told.results == []
