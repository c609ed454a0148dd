"""All ways in which the program saves files, killed repeatedly while writing.

python -m tests.files.saving WAY FOLDER [ROUNDS [SEED]] prints how often the old and the new file were found,
how often the writer was killed while writing, and how often the result was neither. It continues until the
writer was killed while writing at least once, however slow the machine is.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

TEXTS = ["emma\n" * 20_000, "olivia\n" * 30_000]
"""The two versions of the content."""

Save = Callable[[int], object]
"""Saves one of the two versions."""


def export(folder: Path) -> Save:
    from bigram_tui.files.saving import write_atomically

    return lambda version: write_atomically(folder / "table.csv", TEXTS[version].encode())


def names(folder: Path) -> Save:
    from bigram_tui.lm.drawn import DrawnName
    from bigram_tui.session.names_file import names_file

    def save(version: int) -> None:
        with names_file(folder / "names.csv") as write:
            for _ in range(3):
                write([DrawnName(name, "counts", 2.0, None) for name in TEXTS[version].split()[:200]])

    return save


def network(folder: Path) -> Save:
    from bigram_tui.files.saving import write_atomically
    from bigram_tui.lm.counts import NgramCounts
    from bigram_tui.lm.network_file import SavedNetwork, network_as_bytes
    from bigram_tui.lm.settings import TrainingSettings
    from bigram_tui.lm.training import TrainingRun

    counts = NgramCounts.of(["".join(map(chr, range(0x4E00, 0x4F00)))])
    runs = [TrainingRun(counts, TrainingSettings(seed=seed)) for seed in (1, 2)]
    contents = [network_as_bytes(counts.vocabulary, SavedNetwork(r.state, r.settings)) for r in runs]
    return lambda version: write_atomically(folder / "net.safetensors", contents[version])


def settings(folder: Path) -> Save:
    from bigram_tui.files.preferences import remember

    return lambda version: remember(theme=TEXTS[version])


def recent(folder: Path) -> Save:
    from bigram_tui.session.opening import Opening, remember_recent

    return lambda version: remember_recent(Opening(TEXTS[version][:2_000]))  # what is opened is a name


def cache(folder: Path) -> Save:
    """The server alternates between the two versions."""
    from bigram_tui.words.downloads import cached_file, download
    from bigram_tui.words.progress import ignore_progress

    versions = itertools.cycle(TEXTS)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = next(versions).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client is killed now and then
    in_the_background(server.serve_forever)
    url = f"http://127.0.0.1:{server.server_port}/names.txt"
    file = cached_file(folder, url)

    def save(_version: int) -> None:
        if file.exists():
            os.utime(file, (0, 0))  # stale, so that it is requested again
        download(url, "names.txt", folder, ignore_progress, 1 << 30)

    return save


def crash_report(folder: Path) -> Save:
    from bigram_tui.files.crash import explain_crash

    return lambda version: explain_crash([ValueError(), KeyError()][version])


WAYS = {way.__name__: way for way in (export, names, network, settings, recent, cache, crash_report)}


def in_the_background(work: Callable[[], object]) -> int:
    """Run this in a child process, which ends with this one; returns its process id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    atexit.register(kill, child)
    return child


def kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def kept(folder: Path) -> set[bytes]:
    """The contents of the files that are not hidden."""
    return {f.read_bytes() for f in folder.rglob("*") if f.is_file() and not f.name.startswith(".")}


def main(way: str, folder: Path, rounds: int = 100, seed: int = 0) -> None:
    os.environ |= dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"), str(folder))
    rng, save = random.Random(seed), WAYS[way](folder)
    save(0)
    began = time.monotonic()
    save(1)
    both = kept(folder)
    save(0)
    duration = (time.monotonic() - began) / 2
    both |= kept(folder)

    def save_for_ever() -> None:
        for version in itertools.cycle((1, 0)):
            save(version)

    found: Counter[str] = Counter()
    killed = 0
    while found.total() < rounds or not killed:
        writer = in_the_background(save_for_ever)
        time.sleep(rng.uniform(0, 2 * duration))
        kill(writer)
        now = kept(folder)
        found["whole" if now and now <= both else "broken"] += 1
        parts = list(folder.rglob(".bigram-tui-*.part"))
        killed += bool(parts)
        for part in parts:
            part.unlink()
    print(json.dumps(found | {"killed while it wrote": killed}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
