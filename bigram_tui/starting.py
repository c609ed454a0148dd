"""Starting at once: what is put off until the first frame is there, and how it is loaded then."""

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

TURN = 0.0005
"""Seconds after which importing lets the app have the interpreter again; Python's own are ten times that."""


def load_torch_beside(done: Callable[[], object]) -> None:
    """Load torch in a thread, which calls `done`, then what keys will need soon.

    Leaving meanwhile waits until it has stopped.

    Python ends a thread wherever it is, which in the middle of a library takes the whole process along.
    """

    def load() -> None:
        try:
            load_torch()
            done()
            load_dialogs()
        finally:
            sys.meta_path.remove(finder)
            atexit.unregister(stop)

    def stop() -> None:
        leaving.set()
        thread.join()

    leaving = threading.Event()
    thread = threading.Thread(target=load, daemon=True)
    finder = _NothingMore(leaving, thread)
    sys.meta_path.insert(0, finder)
    atexit.register(stop)
    thread.start()


class _NothingMore:
    """Stands first where Python looks for modules, and ends the thread that loads when the app is left."""

    def __init__(self, leaving: threading.Event, thread: threading.Thread) -> None:
        self._leaving, self._thread = leaving, thread

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if self._leaving.is_set() and threading.current_thread() is self._thread:
            raise SystemExit


def load_torch() -> None:
    """Import torch and what needs it; for a thread of its own.

    Most of the time goes into its libraries. An import loads them with the interpreter's lock held, so that
    for 0.3 s nothing else moves; loaded before by a foreign call, which releases it, they are there already.
    """
    with _without_looking_for_garbage(), _short_turns():
        for library in _libraries():
            _load_library(library)
        import torch

        from bigram_tui.lm import sampling, training  # noqa: F401
        from bigram_tui.widgets import ladder_plot, loss_curve, smoothing_curve, tuning_plot  # noqa: F401

        # More threads than one make a step in a worker's thread five times slower, small as W is.
        torch.set_num_threads(1)


def load_dialogs() -> None:
    """Import what opens at a key, so that the first time takes no longer than the others."""
    import pkgutil
    from importlib import import_module

    from textual.highlight import highlight

    from bigram_tui import code, dialogs, panes, why

    with _short_turns():
        for package in (panes, dialogs, why, code):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                import_module(module.name)
        highlight("", language="python")  # which compiles what it is coloured by


@contextlib.contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """What was imported stays: looking through it for garbage, now or later, would only stop the app."""
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.freeze()
        # A look through all objects stops the app for 20 ms: it comes a hundred times less often.
        gc.set_threshold(700, 10, 1_000)
        gc.enable()


@contextlib.contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _libraries() -> list[Path]:
    """The shared libraries of a torch for Linux without a GPU, in the order they need each other.

    Of other systems and builds none are known: there the import has to do it all.
    """
    from importlib.util import find_spec

    spec = find_spec("torch")
    if sys.platform != "linux" or spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    if not (folder / "libtorch_cpu.so").exists() or (folder / "libtorch_cuda.so").exists():
        return []
    return [folder / "libc10.so", *folder.glob("libgomp*.so*"), folder / "libtorch_cpu.so"]


def _load_library(path: Path) -> None:
    """By the system's dlopen; what fails is left to the import, which says why."""
    import ctypes

    with contextlib.suppress(AttributeError):
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
        dlopen(os.fsencode(path), os.RTLD_NOW)
