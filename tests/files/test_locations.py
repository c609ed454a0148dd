"""Where files live, also for those who have no place for them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user that the system does not know")
def test_who_has_no_home_is_remembered_nowhere() -> None:
    """As in a container that runs with any user's number: there is no home, and nobody to ask for it."""
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
