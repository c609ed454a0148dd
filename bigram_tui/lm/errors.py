"""Errors that a user can do something about; every message is one sentence that can be shown as it is."""


class BigramError(Exception):
    """Base class of all errors that this library raises on purpose.

    So that messages can be translated, `phrase` is the template, and `gaps` are the values for its {names}.
    """

    def __init__(self, phrase: str = "", **gaps: object) -> None:
        super().__init__(phrase.format_map(gaps) if gaps else phrase)
        self.phrase, self.gaps = phrase, gaps


class DatasetError(BigramError):
    """A word list cannot be read."""


class CancelledError(BigramError):
    """The user cancelled it."""


class UnknownCharacterError(BigramError):
    """A word contains a character that is not in the vocabulary."""


class SettingError(BigramError, ValueError):
    """A setting is out of range."""


class DivergedError(BigramError):
    """Training made the weights or the loss infinite or nan."""


class FileError(BigramError):
    """A file cannot be read or written, or does not contain what it should."""


class UndrawableRowError(BigramError):
    """No character has a probability above zero, so nothing can be drawn."""


class NothingWantedError(BigramError):
    """A great many names were drawn, and none met the conditions."""
