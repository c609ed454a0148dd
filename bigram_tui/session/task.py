"""Background work in a thread, with progress and cancellation."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from textual.dom import DOMNode

from bigram_tui.lm.errors import BigramError, CancelledError
from bigram_tui.texts import say
from bigram_tui.words.progress import OnProgress, Progress

PROGRESS_INTERVAL = 0.1
"""Seconds between two progress reports."""

Result = TypeVar("Result")


class Task:
    """Work in a daemon thread that nothing waits for: a server that does not answer must not block the app.

    It belongs to the app, or to the dialog that shows how it goes, and is cancelled when that ends. Callbacks
    run on the app's thread, and are no longer called once the task is cancelled.
    """

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._cancelled = threading.Event()
        self._last_report = 0.0
        self._tell_progress: Callable[[Progress], None]

    def begin(
        self,
        work: Callable[[OnProgress], Result],
        progress: Callable[[Progress], None],
        done: Callable[[Result], object],
        failed: Callable[[str], None],
    ) -> None:
        def run() -> None:
            try:
                result = work(self._on_progress)
            except CancelledError:
                return
            except BigramError as error:
                self._tell(failed, say(error.phrase, **error.gaps))
            except MemoryError:
                self._tell(failed, say("there is not enough memory for that; limit how many words are read"))
            else:
                self._tell(done, result)

        self._tell_progress = progress
        threading.Thread(target=run, daemon=True).start()

    def cancel(self) -> None:
        self._cancelled.set()

    def _on_progress(self, progress: Progress) -> None:
        # Python's exit waits for the processes of a pool, which end with the work.
        if self._cancelled.is_set() or not self._owner.is_running:
            raise CancelledError
        if time.monotonic() - self._last_report >= PROGRESS_INTERVAL:
            self._last_report = time.monotonic()
            self._tell(self._tell_progress, progress)

    def _tell(self, call: Callable[[Any], object], value: object) -> None:
        def unless_cancelled() -> None:
            if not self._cancelled.is_set():
                call(value)

        self._owner.call_later(unless_cancelled)


async def in_daemon_thread(work: Callable[[], Result]) -> Result:
    """The result of work that raises nothing, in a thread that nothing waits for.

    The app would wait for those of `asyncio.to_thread` before it ends, for ever if a disk does not answer.
    """
    loop, result = asyncio.get_running_loop(), asyncio.Future[Result]()

    def set_result(value: Result) -> None:
        if not result.done():  # cancelled
            result.set_result(value)

    def run() -> None:
        value = work()
        with contextlib.suppress(RuntimeError):  # the app has ended
            loop.call_soon_threadsafe(set_result, value)

    threading.Thread(target=run, daemon=True).start()
    return await result
