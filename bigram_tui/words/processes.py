"""Reading pieces in processes beside this one, as many as there are cores."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import parent_process, resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from bigram_tui.words.pieces import Item, Result, WorkersError

TICK = 0.1
"""Seconds after which it is looked whether the work is still wanted."""


class Processes:
    """An engine of so many processes; `nice` is how much the rest of the machine goes before them."""

    is_here = True

    def __init__(self, workers: int, nice: int = 0) -> None:
        self._workers, self._nice = workers, nice

    def run(
        self, function: Callable[[Item], Result], items: Sequence[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        # spawn: a copy of a process that has threads may wait forever for a lock of one of them.
        with contextlib.redirect_stderr(None):  # it asks for its number, and Textual's has none
            resource_tracker.ensure_running()
        context = _Spawning()
        pool = ProcessPoolExecutor(self._workers, context, _begin, (self._nice,))
        is_done = False
        waiting: dict[Future[Result], int] = {}
        left = iter(enumerate(items))
        try:
            while True:
                with _signals_held_back():
                    for place, item in islice(left, 2 * self._workers - len(waiting)):
                        waiting[pool.submit(function, item)] = place
                if not waiting:
                    is_done = True
                    return
                done, _ = wait(waiting, TICK, FIRST_COMPLETED)
                tick()
                for future in done:
                    yield waiting.pop(future), future.result()
        except BrokenProcessPool:
            raise WorkersError(
                "a process that read the list was ended, perhaps for want of memory; try fewer --workers"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in [] if is_done else context.begun:
                if process.is_alive():  # nobody wants its piece; and the pool forgets one begun too late
                    process.kill()


class _Spawning(SpawnContext):
    """Knows the processes that were begun with it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[SpawnProcess] = []

    def Process(self, *arguments: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        self.begun.append(SpawnProcess(*arguments, **named))
        return self.begun[-1]


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(nice: int) -> None:
    """In a new process: ctrl+c is for the one that began it, with which it ends, whatever ended that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.nice(nice)
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """What ends the program waits until processes have begun: one that is half begun prints a traceback.

    They inherit that ctrl+c is held back, until `_begin` is called.
    """
    came: list[int] = []
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before[number] = signal.signal(number, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came[:1]:
            signal.raise_signal(each)
