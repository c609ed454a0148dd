"""Words: reading, cleaning, describing."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import normalize


@dataclass(frozen=True)
class Corpus:
    """The words of a dataset, in the order they were read, and what was cleaned away on reading."""

    name: str
    words: tuple[str, ...]
    empty_lines: int = 0
    trimmed_lines: int = 0

    @cached_property
    def distinct_words(self) -> frozenset[str]:
        return frozenset(self.words)

    def __contains__(self, word: str) -> bool:
        return normalize(word) in self.distinct_words

    @cached_property
    def _unrepeated(self) -> list[str]:
        return list(dict.fromkeys(self.words))

    def words_with(self, first: str, second: str) -> list[str]:
        """The different words that contain a bigram, in their order; the empty string is the boundary."""
        if not first and not second:
            return [word for word in self._unrepeated if not word]
        if not first:
            return [word for word in self._unrepeated if word.startswith(second)]
        if not second:
            return [word for word in self._unrepeated if word.endswith(first)]
        return [word for word in self._unrepeated if first + second in word]

    def nearest(self, word: str) -> tuple[str, int]:
        """The word of the data that takes the fewest letters added, left out or exchanged, and how many.

        Of several it is the first in the data.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        # Without a processor rapidfuzz compares the words as they are, and some word is always found.
        found, distance, _ = process.extractOne(
            normalize(word), self._unrepeated, scorer=Levenshtein.distance
        )
        return found, distance

    @cached_property
    def lengths(self) -> dict[int, int]:
        """How many words have each length, shortest first."""
        return dict(sorted(Counter(map(len, self.words)).items()))

    @property
    def characters(self) -> int:
        """How many characters the words have together."""
        return sum(length * n for length, n in self.lengths.items())

    @property
    def min_length(self) -> int:
        return min(self.lengths)

    @property
    def max_length(self) -> int:
        return max(self.lengths)

    @property
    def mean_length(self) -> float:
        return self.characters / len(self.words)


def parse_words(data: bytes, name: str) -> Corpus:
    """Words from the bytes of a list with one word a line.

    White space around a word is stripped, empty lines are dropped, line ends may be of any kind, and
    text is normalized to NFC. Upper and lower case stay different.

    Raises:
        DatasetError: when the bytes are not UTF-8 text or hold no word.
    """
    text = normalize(_decode(data, name))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    words = tuple(word for line in lines if (word := line.strip()))
    if not words:
        raise DatasetError(f"{name} holds no words: it is empty or only white space")
    trimmed = sum(1 for line in lines if line != line.strip() and not line.isspace())
    return Corpus(name, words, empty_lines=len(lines) - len(words), trimmed_lines=trimmed)


def _decode(data: bytes, name: str) -> str:
    """UTF-8 text of the bytes, without a byte order mark."""
    if b"\0" in data:
        raise DatasetError(f"{name} is not a text file: byte {data.index(0):,} is NUL")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        line = before.count(b"\n") + 1
        raise DatasetError(
            f"{name} is not UTF-8 text: byte 0x{data[error.start]:02x} on line {line:,} "
            "(convert it to UTF-8 first, for example with iconv)"
        ) from None
