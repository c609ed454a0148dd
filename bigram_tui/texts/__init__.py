"""The texts of the app in each language: short phrases in the code, and Markdown files for longer texts.

A new phrase is written in English where it is used, `say("{n:,} words", n=n)`, and in Chinese, with the same
gaps, in `zh/phrases.json`, which is sorted by the English. Descriptions and tooltips of keys are phrases as
they are in BINDINGS; a phrase in a constant is a `Phrase`, one to be said later with its gaps a `Sentence`. A
test finds missing and unused translations.
"""

import os
from functools import lru_cache
from typing import NewType

LANGUAGES = {"en": "English", "zh": "简体中文"}
"""The folders of texts, and the name of each language in itself."""

Phrase = NewType("Phrase", str)
"""English that is translated later, by `say`."""

_phrases: dict[str, str] = {}
"""The translations into the current language; empty for English."""


def language_of_locale() -> str:
    """The language of the locale, or English if there are no texts in it."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return next((language for language in LANGUAGES if locale.startswith(language)), "en")


def text(language: str, name: str) -> str:
    """The Markdown of a text such as `help/counts`."""
    from importlib.resources import files

    return (files(__name__) / language / f"{name}.md").read_text(encoding="utf-8")


def speak(language: str) -> None:
    """Set the language for `say`."""
    global _phrases
    _phrases = {} if language == "en" else phrases(language)


@lru_cache
def phrases(language: str) -> dict[str, str]:
    """The translation of each English phrase.

    In JSON, since gettext files would have to be compiled after each change, and Chinese has no plurals.
    """
    import json
    from importlib.resources import files

    file = files(__name__) / language / "phrases.json"
    said: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return said


class Sentence:
    """A phrase and what fills its gaps; `str` says it in the current language, also within another."""

    def __init__(self, phrase: str, /, **gaps: object) -> None:
        self.phrase, self.gaps = phrase, gaps

    def __str__(self) -> str:
        return say(self.phrase, **self.gaps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.phrase, self.gaps) == (other.phrase, other.gaps)

    def __hash__(self) -> int:
        return hash(self.phrase)


def say(phrase: str, /, **gaps: object) -> str:
    """The phrase in the current language, with its gaps filled; values are inserted as they are."""
    said = _phrases.get(phrase, phrase)
    return said.format_map(gaps) if gaps else said
