"""Characters <-> indices, and how each token is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.errors import UnknownCharacterError

BOUNDARY = 0
"""The index of the boundary token, which stands before the first and after the last character."""

BOUNDARY_SIGNS = ".∎¤‡§"
SPACE_SIGN = "␣"
OTHER = "�"
"""The token that all rare characters share, when there are too many; it also is U+FFFD itself, then."""

MARKS = {"Mn", "Me", "Mc"}
"""Unicode categories of what is drawn on or around the character before it."""


def _has_no_visible_sign(character: str) -> bool:
    if 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF:  # variation selectors
        return True
    return unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}


def sign(character: str) -> str:
    """How a character is shown: itself, or a visible stand-in that cannot disturb a terminal.

    A space is ␣, a control character its Unicode picture (U+2400…), what has no visible sign its code
    point as ‹U+200B›, and a combining mark sits on ◌.
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
    if unicodedata.category(character) in MARKS:
        return "◌" + character
    if character in {SPACE_SIGN, OTHER} or 0x2400 <= code <= 0x2421:
        return f"{character}‹U+{code:04X}›"
    return character


def visible(text: str) -> str:
    """Text as it may be shown: everything a terminal could act on replaced by its sign.

    Unlike `sign`, spaces stay, and so do combining marks that follow what they combine with.
    """
    return "".join(
        c if c == " " or (place and unicodedata.category(c) in MARKS) else sign(c)
        for place, c in enumerate(text)
    )


def normalize(text: str) -> str:
    """NFC: one code point for a letter with its accents, wherever there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Vocabulary:
    """The tokens: index 0 is the boundary, then the sorted characters.

    With `rare` above 0, so many different characters share the last token, which is OTHER.
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
        """How each token is shown, the boundary first."""
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
        """The word with OTHER in the place of its rare characters."""
        return "".join(c if c in self.index else OTHER for c in word) if self.rare else word

    def encode(self, word: str) -> list[int]:
        """The tokens of a word, normalized, with the boundary on both sides.

        Raises:
            UnknownCharacterError: naming the characters that are not in the vocabulary.
        """
        index, word = self.index, self.fold(normalize(word))
        unknown = [c for c in dict.fromkeys(word) if c not in index]
        if unknown:
            named = ", ".join(f"“{sign(c)}”" for c in unknown)
            verb = "is not a character" if len(unknown) == 1 else "are not characters"
            raise UnknownCharacterError(f"{named} {verb} of this dataset")
        return [BOUNDARY, *(index[c] for c in word), BOUNDARY]

    def decode(self, tokens: Sequence[int]) -> str:
        """The characters of these tokens; boundaries are left out."""
        return "".join(self.characters[t - 1] for t in tokens if t != BOUNDARY)

    def show(self, tokens: Iterable[int]) -> str:
        """Tokens as they are shown: `.emma.`"""
        return "".join(self.signs[t] for t in tokens)
