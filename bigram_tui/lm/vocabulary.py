"""Characters <-> indices, and how each token is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.errors import UnknownCharacterError

BOUNDARY = 0
"""The index of the boundary token, which comes before the first and after the last character."""

BOUNDARY_SIGNS = ".∎¤‡§"
SPACE_SIGN = "␣"
OTHER = "�"
"""The token shared by all rare characters, if there are too many; it then also stands for U+FFFD itself."""

MARKS = {"Mn", "Me", "Mc"}
"""Unicode categories of marks that stand on or around the preceding character."""

HANGUL_ENDINGS = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and final consonants, which stand in the square of the preceding consonant."""

CHANGING = (
    *(range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)),  # variation selectors
    *(range(0x1F1E6, 0x1F200), range(0x1F3FB, 0x1F400)),  # letters of flags, skin tones
    (0x3164, 0xFFA0),  # Hangul fillers
)
"""Code points that are invisible on their own or change how their neighbour looks."""


def _other_ways(word: str) -> Iterator[str]:
    """Other ways to write a word: in lower, upper or title case, with or without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if unicodedata.category(c) not in MARKS)
    for way in (word, plain):
        yield from map(normalize, (way.lower(), way.upper(), way.title(), way))


def _is_in(code: int, ranges: Iterable[Container[int]]) -> bool:
    return any(code in codes for codes in ranges)


def _has_no_visible_sign(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"} or _is_in(ord(character), CHANGING)


def _is_combining(character: str) -> bool:
    return unicodedata.category(character) in MARKS or _is_in(ord(character), HANGUL_ENDINGS)


def sign(character: str) -> str:
    """How a character is shown: itself, or a visible stand-in that cannot disturb a terminal.

    A space is ␣, a control character its Unicode picture (U+2400…), and any other invisible character its
    code point, as in ‹U+200B›. A combining mark is put on ◌, followed by a space if some terminals give the
    mark a column of its own.
    """
    code = ord(character)
    if character == " ":
        return SPACE_SIGN
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if _has_no_visible_sign(character):
        return f"‹U+{code:04X}›"
    if _is_combining(character):
        return f"◌{character} " if unicodedata.category(character) == "Mc" else f"◌{character}"
    if character in {SPACE_SIGN, OTHER} or 0x2400 <= code <= 0x2421:
        return f"{character}‹U+{code:04X}›"
    return character


def visible(text: str) -> str:
    """Text that is safe to show: everything that a terminal could act on is replaced by its sign.

    Unlike with `sign`, spaces stay, and so do combining marks after the character they combine with.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c == " " or (place and _is_combining(c) and not _has_no_visible_sign(c)) else sign(c)
        for place, c in enumerate(text)
    )


def normalize(text: str) -> str:
    """Text in NFC, which has one code point for a letter with its accents wherever there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Vocabulary:
    """The tokens: index 0 is the boundary, then the sorted characters.

    With `rare` above 0, that many distinct characters share the last token, OTHER.
    """

    characters: tuple[str, ...]
    rare: int = 0

    @classmethod
    def of(cls, characters: Iterable[str], rare: int = 0) -> Vocabulary:
        """The vocabulary of these characters, in any order and with repetitions."""
        ordered = sorted({*characters} - {OTHER} if rare else {*characters})
        return cls((*ordered, OTHER) if rare else tuple(ordered), rare)

    def __len__(self) -> int:
        """V, the number of tokens, the boundary included."""
        return 1 + len(self.characters)

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """How each token is shown, boundary first."""
        free = (s for s in BOUNDARY_SIGNS if s not in self.index)
        signs = [next(free, "‹boundary›"), *map(sign, self.characters)]
        if self.rare:
            signs[-1] = OTHER
        return tuple(signs)

    @cached_property
    def index(self) -> dict[str, int]:
        """Character to token."""
        return {c: i for i, c in enumerate(self.characters, 1)}

    def fold(self, word: str) -> str:
        """The word with its rare characters replaced by OTHER."""
        return "".join(c if c in self.index else OTHER for c in word) if self.rare else word

    def encode(self, word: str) -> list[int]:
        """The tokens of a word, normalized first, with the boundary at both ends.

        Raises:
            UnknownCharacterError: if a character is not in the vocabulary; the message lists them all.
        """
        index, word = self.index, self.fold(normalize(word))
        unknown = [c for c in dict.fromkeys(word) if c not in index]
        if unknown:
            phrase = "{characters} is not a character of this dataset"
            if len(unknown) > 1:
                phrase = "{characters} are not characters of this dataset"
            known = next((way for way in _other_ways(word) if set(way) <= index.keys()), "")
            if known:
                phrase += "; did you mean {known}?"
            named = ", ".join(f"“{sign(c)}”" for c in unknown)
            raise UnknownCharacterError(phrase, characters=named, known=visible(known))
        return self.encode_drawn(word)

    def encode_drawn(self, drawn: str) -> list[int]:
        """The tokens of a drawn name, with the boundary at both ends.

        Unlike in a word that was read, a mark drawn after a letter is a token of its own.
        """
        return [BOUNDARY, *(self.index[c] for c in drawn), BOUNDARY]

    def decode(self, tokens: Sequence[int]) -> str:
        """The characters of these tokens; boundaries are left out."""
        return "".join(self.characters[t - 1] for t in tokens if t != BOUNDARY)

    def show(self, tokens: Iterable[int]) -> str:
        """Tokens as they are shown: `.emma.`"""
        return "".join(self.signs[t] for t in tokens)
