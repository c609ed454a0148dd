"""A Python process with slow modules imported, which is forked for each script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

FORKING = """
import gc, importlib, json, os, runpy, signal, sys, traceback
for module in sys.argv[1:]:
    importlib.import_module(module)
gc.freeze()
for line in sys.stdin:
    script, arguments, folder, environment, streams = json.loads(line)
    child = os.fork()
    if not child:
        signal.alarm(120)
        for stream, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
            os.dup2(os.open(streams[stream], mode), stream)
        sys.stdin = open(0, closefd=False)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv, sys.path[0] = [script, *arguments], os.path.dirname(script)
        status = 0
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as ended:
            status = ended.code or 0
        except BaseException:
            status = 1
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # what was imported for all needs no clearing up, which takes long
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _python(*modules: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", FORKING, *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(
    script: str | Path, *arguments: str, folder: Path, input: bytes = b"", prepared: tuple[str, ...]
) -> subprocess.CompletedProcess[bytes]:
    """Run a script in a fork of a Python that has imported these modules; `input` is passed as a file."""
    python = _python(*prepared)
    assert python.stdin
    assert python.stdout
    with tempfile.TemporaryDirectory() as place:
        streams = [Path(place, name) for name in ("input", "output", "errors")]
        for stream in streams:
            stream.write_bytes(input if stream.name == "input" else b"")
        request = (str(script), arguments, str(folder), dict(os.environ), [*map(str, streams)])
        python.stdin.write(json.dumps(request) + "\n")
        python.stdin.flush()
        status = int(python.stdout.readline())
        output, errors = (stream.read_bytes() for stream in streams[1:])
    return subprocess.CompletedProcess([script, *arguments], status, output, errors)
