"""Pieces that workers of a Dask scheduler read, on whatever machines they are."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice

from distributed import Client, Future, wait

from bigram_tui.lm.errors import BigramError, DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.words.pieces import Item, Result, WorkersError
from bigram_tui.words.streams import Source

PATIENCE = 5
"""Seconds that a scheduler has to answer."""

AWAY = 30
"""Seconds for which there may be no worker at all, until others are started."""

WINDOW = 1_000
"""Pieces that are given out at a time, of which what the workers counted is waited for."""

TICK = 0.1
PROGRAM = "bigram-tui"


class Dask:
    """An engine of the workers that a scheduler has.

    Raises:
        WorkersError: when there are none, or none that can read what this program gives them.
    """

    is_here = False

    def __init__(self, scheduler: str) -> None:
        try:
            self._client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError):
            raise WorkersError(f"no Dask scheduler answers at {visible(scheduler)}") from None
        own = version(PROGRAM)
        found = self._client.run(version, PROGRAM, on_error="return")
        if not found:
            raise WorkersError(
                f"the scheduler {visible(scheduler)} has no workers: start some with dask worker"
            )
        for worker, its in found.items():
            if isinstance(its, Exception):
                raise WorkersError(f"the worker {worker} has no {PROGRAM}: install it there")
            if its != own:
                raise WorkersError(
                    f"the worker {worker} has {PROGRAM} {its}, and this is {own}: install the same"
                )

    def check(self, source: Source) -> None:
        """Whether all workers see the files of a source that are on this machine.

        Raises:
            DatasetError: when one of them does not.
        """
        files = [f for f in source.files or (source,) if os.path.isabs(f.origin)]
        for worker, missing in self._client.run(_missing, [(f.origin, f.size) for f in files]).items():
            if missing:
                raise DatasetError(
                    f"the worker {worker} does not see the same {visible(missing[0])}: "
                    "put it where all workers have it, or give an address like s3://…"
                )

    def run(
        self, function: Callable[[Item], Result], items: Sequence[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """What a worker that dies was reading is read by another one."""
        waiting: dict[Future, int] = {}
        left = iter(enumerate(items))
        last = time.monotonic()
        try:
            while True:
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
                    future.release()  # or the workers keep it until this process collects its garbage
                    yield waiting.pop(future), result
        except BigramError:
            raise
        except Exception as error:  # of the storage, of a worker without the program, of the engine
            reason = visible(str(error).split("\n")[0]) or type(error).__name__
            if self._client.status != "running":
                reason = "its scheduler is gone"
            raise WorkersError(f"the cluster gave up: {reason}") from None
        finally:
            with contextlib.suppress(Exception):  # of a scheduler that is gone there is nothing to call off
                self._client.cancel(list(waiting))


def _missing(files: list[tuple[str, int | None]]) -> list[str]:
    """Those that are not here, or are others here."""
    return [path for path, size in files if not os.path.isfile(path) or os.path.getsize(path) != size]
