"""What is imported in the background after the first frame, without making the app stutter."""

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

SWITCH_INTERVAL = 0.0005
"""The switch interval while importing, in seconds: a tenth of Python's default."""


def load_torch_in_background(done: Callable[[], object]) -> None:
    """Load torch in a thread, which calls `done`, then import what keys will need soon.

    Exiting before that waits until the thread has stopped: a daemon thread that is killed inside a native
    library can crash the process.
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
    finder = _ImportStopper(leaving, thread)
    sys.meta_path.insert(0, finder)
    atexit.register(stop)
    thread.start()


class _ImportStopper:
    """A meta path finder, first in line, that ends the loading thread when the app exits."""

    def __init__(self, leaving: threading.Event, thread: threading.Thread) -> None:
        self._leaving, self._thread = leaving, thread

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if self._leaving.is_set() and threading.current_thread() is self._thread:
            raise SystemExit


def load_torch() -> None:
    """Import torch and what needs it; to be called in a thread.

    Most of the time goes into loading shared libraries. An import does that while holding the GIL, so that
    the app would stop for 0.3 s; ctypes releases the GIL, so the libraries are loaded with it first.
    """
    with _without_garbage_collection(), _frequent_thread_switches():
        for library in _libraries():
            _load_library(library)
        import torch

        from bigram_tui.lm import sampling, training  # noqa: F401
        from bigram_tui.widgets import ladder_plot, loss_curve, smoothing_curve, tuning_plot  # noqa: F401

        # With more than one thread, a step in a worker thread takes five times as long, since W is small.
        torch.set_num_threads(1)


def load_dialogs() -> None:
    """Import what keys will open, so that the first time is no slower than the others."""
    import pkgutil
    from importlib import import_module

    from textual.highlight import highlight

    from bigram_tui import code, dialogs, lesson, panes, why
    from bigram_tui.widgets import lesson_strip  # noqa: F401
    from bigram_tui.widgets.prose import read_markdown

    with _frequent_thread_switches():
        for package in (panes, dialogs, why, code, lesson):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                import_module(module.name)
        highlight("", language="python")  # compiles the lexer's regular expressions
        read_markdown("")  # imports the parser


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the garbage collector from traversing what is imported, now or later, which would stop the app."""
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.freeze()
        # A full collection stops the app for 20 ms: make it a hundred times rarer.
        gc.set_threshold(700, 10, 1_000)
        gc.enable()


@contextlib.contextmanager
def _frequent_thread_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _libraries() -> list[Path]:
    """The shared libraries of a CPU-only torch for Linux, in the order of their dependencies.

    Empty for other systems and builds: there, importing torch loads them.
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
    """Load with the system's dlopen; errors are ignored, since the import will report them."""
    import ctypes

    with contextlib.suppress(AttributeError):
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
        dlopen(os.fsencode(path), os.RTLD_NOW)
