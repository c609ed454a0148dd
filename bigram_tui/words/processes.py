"""Reading pieces in parallel processes, by default one per core."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import parent_process, resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from bigram_tui.texts import Phrase
from bigram_tui.words.pieces import Item, Result, WorkersError

ENDED = Phrase("a process that read the list was ended, perhaps because memory ran out; try fewer --workers")
TICK = 0.1
"""Seconds between checks whether the work was cancelled."""


class Processes:
    """An engine that uses this many processes, with this niceness."""

    is_here = True

    def __init__(self, workers: int, nice: int = 0) -> None:
        self._workers, self._nice = workers, nice

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        # spawn, not fork: a forked process may deadlock on a lock that another thread held at that moment.
        with contextlib.redirect_stderr(None):  # it calls fileno(), which Textual's stderr lacks
            resource_tracker.ensure_running()
        context = _Spawning()
        pool = ProcessPoolExecutor(self._workers, context, _begin, (self._nice,))
        waiting: dict[Future[Result], int] = {}
        left = iter(enumerate(items))
        try:
            while True:
                with signals_held_back():
                    for place, item in islice(left, 2 * self._workers - len(waiting)):
                        waiting[pool.submit(function, item)] = place
                if not waiting:
                    return
                done, _ = wait(waiting, TICK, FIRST_COMPLETED)
                tick()
                for future in done:
                    yield waiting.pop(future), future.result()
        except (BrokenProcessPool, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise WorkersError(ENDED) from None  # also when a pipe of the pool was closed as it broke
        finally:
            for process in context.begun:
                if process.is_alive():  # its result is no longer needed, and the pool may miss a late one
                    process.kill()
            pool.shutdown(cancel_futures=True)  # waits: Python's exit would wake the pool's thread as it ends


class _Spawning(SpawnContext):
    """Remembers the processes that were started with it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[SpawnProcess] = []

    def Process(self, *arguments: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        self.begun.append(SpawnProcess(*arguments, **named))
        return self.begun[-1]


def cores() -> int:
    """How many CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(nice: int) -> None:
    """Runs first in each process: ctrl+c is left to the parent, and the process ends when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.nice(nice)
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextlib.contextmanager
def signals_held_back() -> Iterator[None]:
    """Defer signals that end the program until work is handed over: interrupted in between, a process or a
    future of Dask prints a traceback.

    Processes inherit the mask that blocks ctrl+c, until `_begin` is called.
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
