"""Options for reading a word list, and their limits."""

import codecs
from dataclasses import dataclass
from functools import partial

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import SettingKind, decimal_number, whole_number


def read_size(text: str) -> int:
    """Parse a size in bytes as a person types it: 1000000, 500MB, 2 GB; raises ValueError."""
    units = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
    number, unit = text[:-2], text[-2:].upper()
    try:
        return int(decimal_number(number) * units[unit]) if unit in units else whole_number(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a size") from None


def read_separator(text: str) -> str:
    """Parse a character as a person types it; a tab can be spelled out."""
    return "\t" if text.lower() in ("tab", "\\t") else text


@dataclass(frozen=True)
class ReadingOptions:
    """How a word list is read.

    `column` and `weight_column` are the name or the number, from 1, of a column of a table; with weights,
    each word counts as often as its weight says. `limit` is the maximum number of words, `min_char_count` how
    often a character must occur to get its own token, `encoding` the encoding if it is not UTF-8,
    `max_download` the maximum size of a download in bytes. `skip` is the number of lines to skip at the start
    of a text, `separator` the character between words if they are not one per line, `member` a pattern for
    the names of files in a zip archive.

    Raises:
        SettingError: if a value is out of range; the message says what the range is.
    """

    lowercase: bool = False
    unique: bool = False
    column: str = ""
    weight_column: str = ""
    limit: int | None = None
    min_char_count: int = 1
    encoding: str = ""
    max_download: int = 10**9
    skip: int = 0
    separator: str = ""
    member: str = ""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise SettingError("the limit must be a whole number of at least 1")
        if self.min_char_count < 1:
            raise SettingError("the minimum count of a character must be a whole number of at least 1")
        if self.max_download < 1:
            raise SettingError("the largest download must be a whole number of at least 1")
        if self.skip < 0:
            raise SettingError("the lines to skip must be a whole number of at least 0")
        if len(self.separator) > 1 or self.separator in ('"', "\n", "\r", "\0"):
            raise SettingError("the separator must be one character, such as , or tab")
        for column in (self.column, self.weight_column):
            if column.isdecimal() and int(column) == 0:
                raise SettingError("columns are numbered from 1")
        if self.encoding and not _is_text_encoding(self.encoding):
            raise SettingError("the encoding must be one that Python knows, such as utf-8, latin-1 or utf-16")


def _is_text_encoding(name: str) -> bool:
    try:
        "".encode(name)
        return codecs.lookup(name).name not in {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
    except (LookupError, ValueError):
        return False


_option = partial(SettingKind, check=ReadingOptions)
_OPTIONS = [
    _option("lowercase", "lower-case", bool, "convert all words to lower case"),
    _option("unique", "each word once", bool, "read each distinct word only once"),
    _option(
        "column",
        "column",
        str,
        "the name or number of the column with the words, in a table or in JSON",
        None,
        "name or 1…",
    ),
    _option(
        "weight_column",
        "weighted by",
        str,
        "the column that says how often each word counts",
        "COLUMN",
        "column",
    ),
    _option("limit", "first words", whole_number, "read only the first N words", "N", "all"),
    _option(
        "min_char_count",
        "rare letters",
        whole_number,
        "characters that occur less often share one token",
        "N",
        "below 1",
    ),
    _option("encoding", "encoding", str, "the encoding of the text, if not UTF-8", None, "UTF-8"),
    _option(
        "max_download",
        "download max",
        read_size,
        "the largest download, in bytes or like 500MB or 2GB",
        "SIZE",
        "1 GB",
    ),
    _option("skip", "skip lines", whole_number, "skip the first N lines", "N", "none"),
    _option(
        "separator",
        "separator",
        read_separator,
        "the character (or tab) between words, if they are not one per line",
        "CHARACTER",
        "line end",
    ),
    _option(
        "member",
        "zip member",
        str,
        "which files of a zip archive to read, such as '*.txt'",
        "PATTERN",
        "*.txt",
    ),
]
READING = {kind.name: kind for kind in _OPTIONS}
"""The ReadingOptions by name; on/off options are check boxes, all others are typed."""
