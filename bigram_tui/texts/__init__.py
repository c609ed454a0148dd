"""What the app tells at length: Markdown files in each language, read when they are shown."""

from __future__ import annotations

import os

LANGUAGES = {"en": "English", "zh": "简体中文"}
"""The folders of texts, and what each language calls itself."""


def language_of_locale() -> str:
    """The language that the environment asks for, English where there are no texts in it."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return next((language for language in LANGUAGES if locale.startswith(language)), "en")


def text(language: str, name: str) -> str:
    """The Markdown of a text like `help/counts`."""
    from importlib.resources import files

    return (files(__name__) / language / f"{name}.md").read_text(encoding="utf-8")
