"""Where files are stored, even without a home directory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user that the system does not know")
def test_without_a_home_nothing_is_stored() -> None:
    """As in a container with an arbitrary user id: no home directory, and no entry in the user database."""
    script = (
        "import os, bigram_tui.files.saving; from bigram_tui.words.options import ReadingOptions\n"
        "from bigram_tui.files.locations import cache_folder, crash_folder, recent_file, settings_file\n"
        "from bigram_tui.session.opening import Opening, load_recent, remember_recent\n"
        "from bigram_tui.files.preferences import Preferences, load_preferences, remember\n"
        "os.environ.clear(); os.setuid(54321)\n"
        "remember(theme='bigram-light'); remember_recent(Opening('names.txt'))\n"
        "assert load_preferences() == Preferences() and load_recent() == []\n"
        "for place in cache_folder, crash_folder, recent_file, settings_file: assert place().is_absolute()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
