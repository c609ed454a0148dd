"""Where files live on the user's machine."""

import os
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_log_path

APP = "bigram-tui"

NOWHERE = Path(os.devnull)
"""Stands for folders of a user who has no home: nothing can be read from it or saved in it."""


def is_served() -> bool:
    """Whether the app is drawn in a browser, by somebody to whom this machine's folders do not belong."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def cache_folder() -> Path:
    """Downloaded word lists."""
    return _folder(user_cache_path)


def crash_folder() -> Path:
    """What was saved about unexpected exceptions."""
    return _folder(user_log_path)


def settings_file() -> Path:
    """What the app remembers from one start to the next."""
    return _folder(user_config_path) / "settings.json"


def recent_file() -> Path:
    """Which word lists were opened."""
    return _folder(user_config_path) / "recent.json"


def _folder(find: Callable[[str], Path]) -> Path:
    try:
        folder = find(APP)
    except RuntimeError:
        return NOWHERE
    return folder if folder.is_absolute() and not is_served() else NOWHERE
