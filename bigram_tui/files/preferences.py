"""What the app remembers from one start to the next."""

import contextlib
import json
from dataclasses import asdict, dataclass, fields, replace

from bigram_tui.files.locations import is_served, settings_file
from bigram_tui.texts import LANGUAGES, language_of_locale


@dataclass(frozen=True)
class Preferences:
    """Names that were chosen; empty where nothing was."""

    welcomed: str = ""
    """Not empty once the program was started."""
    theme: str = ""
    ramp: str = ""
    language: str = ""
    lesson_chapter: str = ""
    """The chapter at which the lesson goes on."""
    lesson_done: str = ""
    """The chapters whose tasks were done, separated by spaces."""


_of_the_visit = Preferences()
"""Where the app is served to browsers nothing is saved, and each visit begins anew."""


def load_preferences() -> Preferences:
    """What was saved; the defaults where that is nothing or cannot be read."""
    if is_served():
        return _of_the_visit
    try:
        saved = json.loads(settings_file().read_bytes())
        return Preferences(**{field.name: str(saved.get(field.name, "")) for field in fields(Preferences)})
    except (OSError, ValueError, TypeError, AttributeError):
        return Preferences()


def preferred_language() -> str:
    """The one chosen last, or else the locale's."""
    chosen = load_preferences().language
    return chosen if chosen in LANGUAGES else language_of_locale()


def remember(**chosen: str) -> None:
    """Save these preferences beside those that were saved before."""
    from bigram_tui.files.saving import write_atomically

    global _of_the_visit
    preferences = _of_the_visit = replace(load_preferences(), **chosen)
    if is_served():
        return
    with contextlib.suppress(OSError):  # a comfort: without a folder for it all else works
        write_atomically(settings_file(), json.dumps(asdict(preferences)).encode())
