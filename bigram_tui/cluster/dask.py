"""Reading pieces with the workers of a Dask scheduler, on any machines."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any

from distributed import (
    Client,
    Future,
    Security,
    TimeoutError,  # before Python 3.11 it is not the built-in one
    wait,
)
from distributed.comm import connect

from bigram_tui.lm.errors import BigramError, DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words.pieces import Item, Result, WorkersError
from bigram_tui.words.processes import signals_held_back
from bigram_tui.words.streams import Source

PATIENCE = 5
"""Timeout in seconds for connecting to the scheduler."""

AWAY = 30
"""How many seconds to wait for new workers when all are gone."""

WINDOW = 1_000
"""The most pieces that are submitted at a time, so that results do not pile up (backpressure)."""

TICK = 0.1
PROGRAM = "bigram-tui"


class Dask:
    """An engine that uses the workers of a scheduler.

    Raises:
        WorkersError: if there are none, or one has not the version of this program.
    """

    is_here = False

    def __init__(self, scheduler: str) -> None:
        try:
            asyncio.run(_reach(scheduler))
            self._client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError):
            raise WorkersError(f"no Dask scheduler answers at {visible(scheduler)}") from None
        own = version(PROGRAM)
        found = self._ask(version, PROGRAM)
        if not found:
            raise WorkersError(
                f"the scheduler {visible(scheduler)} has no workers: start some with dask worker"
            )
        for worker, its in found.items():
            if its != own:
                raise WorkersError(
                    f"the worker {worker} has {PROGRAM} {its}, and this is {own}: install the same"
                )

    def _ask(self, function: Callable[..., Result], *arguments: Any) -> dict[str, Result]:
        """What the function returns on each worker."""
        found: dict[str, Any] = self._client.run(function, *arguments, on_error="return")
        for worker, its in found.items():
            if isinstance(its, PackageNotFoundError):
                raise WorkersError(f"the worker {worker} has no {PROGRAM}: install it there")
            if isinstance(its, (OSError, TimeoutError)):
                raise WorkersError(f"the worker {worker} does not answer")
            if isinstance(its, Exception):  # it cannot import what this program sends
                raise WorkersError(f"the worker {worker} has another {PROGRAM} than this: install the same")
        return found

    def check(self, source: Source) -> None:
        """Check that all workers can run this program and read the local files of a source.

        Raises:
            DatasetError: if a worker cannot.
        """
        files = [f for f in source.files or (source,) if os.path.isabs(f.origin)]
        for worker, missing in self._ask(_missing, [(f.origin, f.size) for f in files]).items():
            if missing:
                raise DatasetError(
                    f"the worker {worker} does not see the same {visible(missing[0])}: "
                    "put it where all workers have it, or give an address like s3://…"
                )

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """See `Engine.run`. If a worker dies, another one takes over its pieces."""
        waiting: dict[Future, int] = {}
        left = iter(enumerate(items))
        last = time.monotonic()
        try:
            while True:
                with signals_held_back():
                    for place, item in islice(left, WINDOW - len(waiting)):
                        waiting[self._client.submit(function, item, pure=False)] = place
                if not waiting:
                    return
                try:
                    with self._client.as_current():
                        done = wait(list(waiting), TICK, "FIRST_COMPLETED").done
                except TimeoutError:
                    done = set()
                if done or self._client.nthreads():
                    last = time.monotonic()
                elif time.monotonic() - last > AWAY:
                    raise WorkersError("the cluster gave up: all of its workers are gone")
                tick()
                for future in done:
                    result = future.result()
                    future.release()  # else workers keep the result until it is garbage-collected here
                    yield waiting.pop(future), result
        except BigramError:
            raise
        except Exception as error:  # from the storage, from a worker without the program, or from Dask
            reason = visible(str(error).split("\n")[0]) or type(error).__name__
            if self._client.status != "running":
                reason = "its scheduler is gone"
            raise WorkersError(f"the cluster gave up: {reason}") from None
        finally:
            with contextlib.suppress(Exception):  # there is nothing to cancel if the scheduler is gone
                self._client.cancel(list(waiting))


async def _reach(scheduler: str) -> None:
    """Connect once: a client that cannot prints a traceback, and waits forever for what is no scheduler."""
    arguments = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(scheduler, PATIENCE, **arguments), PATIENCE)
    await comm.close()


def _missing(files: list[tuple[str, int | None]]) -> list[str]:
    """The files that are missing on this machine, or differ in size."""
    return [path for path, size in files if not os.path.isfile(path) or os.path.getsize(path) != size]
