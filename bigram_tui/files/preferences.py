"""Preferences that are kept between starts."""

import contextlib
import json
from dataclasses import asdict, dataclass, fields, replace

from bigram_tui.files.loading import read_json
from bigram_tui.files.locations import is_served, settings_file
from bigram_tui.texts import LANGUAGES, language_of_locale


@dataclass(frozen=True)
class Preferences:
    """What was chosen, by name; empty if nothing was."""

    welcomed: str = ""
    """Not empty if the program was started before."""
    theme: str = ""
    ramp: str = ""
    language: str = ""
    lesson_chapter: str = ""
    """The chapter at which to resume the lesson."""
    lesson_done: str = ""
    """The chapters whose tasks were completed, separated by spaces."""


_of_the_visit = Preferences()
"""When the app is served to browsers, nothing is saved, and each visit starts afresh."""


def load_preferences() -> Preferences:
    """The saved preferences; defaults for what was never saved or cannot be read."""
    if is_served():
        return _of_the_visit
    try:
        saved = read_json(settings_file())
        return Preferences(**{field.name: str(saved.get(field.name, "")) for field in fields(Preferences)})
    except (OSError, ValueError, TypeError, AttributeError):
        return Preferences()


def preferred_language() -> str:
    """The language chosen last, or else that of the locale."""
    chosen = load_preferences().language
    return chosen if chosen in LANGUAGES else language_of_locale()


def remember(**chosen: str) -> None:
    """Save these preferences, keeping the others."""
    from bigram_tui.files.saving import write_atomically

    global _of_the_visit
    preferences = _of_the_visit = replace(load_preferences(), **chosen)
    if is_served():
        return
    with contextlib.suppress(OSError):  # a convenience: without it everything else works
        write_atomically(settings_file(), json.dumps(asdict(preferences)).encode())
