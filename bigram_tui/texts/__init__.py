"""What the app tells, in each language: phrases that the code says, and Markdown files for what is longer.

A new phrase is written in English where it is said, `say("{n:,} words", n=n)`, and in Chinese, with the same
gaps, in `zh/phrases.json`, which is sorted by the English. Names and explanations of keys are phrases as they
stand in BINDINGS; one that a constant keeps is a `Phrase`. A test tells which Chinese is missing, and which
nobody says.
"""

import os
from functools import lru_cache
from typing import NewType

LANGUAGES = {"en": "English", "zh": "简体中文"}
"""The folders of texts, and what each language calls itself."""

Phrase = NewType("Phrase", str)
"""English that is said later."""

_phrases: dict[str, str] = {}
"""What English phrases are in the language that is spoken; none in English."""


def language_of_locale() -> str:
    """The language that the environment asks for, English where there are no texts in it."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return next((language for language in LANGUAGES if locale.startswith(language)), "en")


def text(language: str, name: str) -> str:
    """The Markdown of a text like `help/counts`."""
    from importlib.resources import files

    return (files(__name__) / language / f"{name}.md").read_text(encoding="utf-8")


def speak(language: str) -> None:
    """From now on, `say` says things in this language."""
    global _phrases
    _phrases = {} if language == "en" else phrases(language)


@lru_cache
def phrases(language: str) -> dict[str, str]:
    """What each English phrase is in another language.

    JSON, since the standard library's gettext reads only what was compiled, which would have to be done for
    every change; Chinese has no use for its plurals.
    """
    import json
    from importlib.resources import files

    file = files(__name__) / language / "phrases.json"
    said: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return said


def say(phrase: str, /, **gaps: object) -> str:
    """A phrase in the language that is spoken, with its gaps filled; what is filled in stays as it is."""
    said = _phrases.get(phrase, phrase)
    return said.format_map(gaps) if gaps else said
