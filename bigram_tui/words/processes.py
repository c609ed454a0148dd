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
from multiprocessing import get_context, parent_process, resource_tracker
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
        pool = ProcessPoolExecutor(self._workers, get_context("spawn"), _begin, (self._nice,))
        waiting: dict[Future[Result], int] = {}
        left = iter(enumerate(items))
        try:
            while True:
                with _interrupts_held_back():
                    for place, item in islice(left, 2 * self._workers - len(waiting)):
                        waiting[pool.submit(function, item)] = place
                if not waiting:
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
def _interrupts_held_back() -> Iterator[None]:
    """Processes that are begun meanwhile inherit it, and print no traceback before `_begin` was called."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
