"""Running Python without root's privileges, even if root runs the tests, who can read and write anything."""

from __future__ import annotations

import subprocess
import sys

NOBODY = 65534
PRELUDE = f"""
import os, sys
import numpy, requests
from pathlib import Path
from bigram_tui import cli
from bigram_tui.reports import stats
from bigram_tui.words import downloads
from bigram_tui.words.sources import check, load
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""
"""Modules are imported first, since the interpreter may be readable by root only."""


def as_ordinary_user(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script to its end; its arguments are in sys.argv[1:]."""
    command = [sys.executable, "-c", PRELUDE + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
