"""What the app remembers from one start to the next."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass

from bigram_tui.lm.sources import write_atomically
from bigram_tui.locations import settings_file


@dataclass(frozen=True)
class Preferences:
    theme: str = ""


def load_preferences() -> Preferences:
    """What was saved; the defaults where that is nothing or cannot be read."""
    try:
        saved = json.loads(settings_file().read_bytes())
        return Preferences(theme=str(saved["theme"]))
    except (OSError, ValueError, TypeError, LookupError):
        return Preferences()


def save_preferences(theme: str) -> None:
    with contextlib.suppress(OSError):  # remembering is a comfort: without a folder for it all else works
        write_atomically(settings_file(), json.dumps(asdict(Preferences(theme))).encode())
