"""Where files live on the user's machine."""

from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_log_path

APP = "bigram-tui"


def cache_folder() -> Path:
    """Downloaded word lists."""
    return user_cache_path(APP)


def crash_folder() -> Path:
    """What was saved about unexpected exceptions."""
    return user_log_path(APP)


def settings_file() -> Path:
    """What the app remembers from one start to the next."""
    return user_config_path(APP) / "settings.json"


def recent_file() -> Path:
    """Which word lists were opened."""
    return user_config_path(APP) / "recent.json"
