"""Where files are on the user's machine."""

import os
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_log_path

APP = "bigram-tui"

NOWHERE = Path(os.devnull)
"""A folder for users without a home directory: nothing can be read from it or saved in it."""


def is_served() -> bool:
    """Whether the app is served to a browser, whose user must not access this machine's folders."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def cache_folder() -> Path:
    """Downloaded word lists."""
    return _folder(user_cache_path)


def crash_folder() -> Path:
    """Crash reports."""
    return _folder(user_log_path)


def settings_file() -> Path:
    """The app's preferences."""
    return _folder(user_config_path) / "settings.json"


def recent_file() -> Path:
    """The recently opened word lists."""
    return _folder(user_config_path) / "recent.json"


def _folder(find: Callable[[str], Path]) -> Path:
    try:
        folder = find(APP)
    except RuntimeError:
        return NOWHERE
    return folder if folder.is_absolute() and not is_served() else NOWHERE
