"""Python that runs without root's rights, also when the tests run as root, who may read and write all."""

from __future__ import annotations

import subprocess
import sys

NOBODY = 65534
PRELUDE = f"""
import os, sys
import numpy, requests
from pathlib import Path
from bigram_tui import cli, reports
from bigram_tui.words.sources import check, load
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""
"""What is imported comes before: the interpreter may lie where only root can read."""


def as_ordinary_user(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script to its end; its arguments are in sys.argv from 1 on."""
    command = [sys.executable, "-c", PRELUDE + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
