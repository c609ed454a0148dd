"""What can go wrong for a reason the user can act on; every message is one sentence fit to be shown."""


class BigramError(Exception):
    """Base of all errors this library raises on purpose.

    `phrase` is the message, in which `gaps` are named in braces, if there are any: so it can be translated.
    """

    def __init__(self, phrase: str = "", **gaps: object) -> None:
        super().__init__(phrase.format_map(gaps) if gaps else phrase)
        self.phrase, self.gaps = phrase, gaps


class DatasetError(BigramError):
    """A word list cannot be read."""


class CancelledError(BigramError):
    """The user does not want it any more."""


class UnknownCharacterError(BigramError):
    """A word holds a character that the vocabulary does not."""


class SettingError(BigramError, ValueError):
    """A setting is outside what it may be."""


class DivergedError(BigramError):
    """Training made the weights or the loss something else than finite numbers."""


class FileError(BigramError):
    """A file cannot be read or written, or does not hold what it should."""


class UndrawableRowError(BigramError):
    """No character has a probability above zero, so none can be drawn."""


class NothingWantedError(BigramError):
    """Very many names were drawn, and none is as it should be."""
