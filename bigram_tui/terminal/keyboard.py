"""Parses terminal input: keys of any layout and input method, and pastes as a whole.

With Kitty's keyboard protocol, a terminal reports for each key the one at the same place of a Latin keyboard.
A key then acts as that one, while text fields get the character that was typed.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from textual import events
from textual.message import Message

try:
    from textual._xterm_parser import XTermParser
except ImportError:
    XTermParser = None  # type: ignore[assignment, misc]

CAN_READ = XTermParser is not None
"""Whether this version of Textual has what `Keyboard` needs."""

PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"

SEQUENCES = re.compile(r"\x1b\[[\d:;]+u|\x1b[^\x1b]*|[^\x1b]+")
"""Splits input into sequences, so that an invalid one does not affect others."""

INCOMPLETE = re.compile(r"\x1b\[[\d:;]*\Z")
"""The start of a sequence that is not complete yet."""

PROTOCOL = re.compile("\x1b\\[>(\\d+)u")
"""The request for Kitty's keyboard protocol, with the sum of the requested flags."""

ALTERNATE_KEYS = 4
KITTY_KEY = re.compile(
    r"\x1b\[(?P<code>\d+):\d*(?::(?P<base>\d*))?(?P<rest>(?:;(?P<modifiers>\d*)[\d:]*(?:;(?P<text>\d+)[\d:]*)?)?)u"
)
"""A key with its alternates: the shifted key, and the key at the same place of a Latin keyboard."""

SHIFT, LOCKS = 1, 64 + 128
SHIFTED = str.maketrans("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?')
WIDE = range(0xFF01, 0xFF5F)
WIDER_BY = 0xFEE0
ON_THE_KEYS_OF = str.maketrans(
    "\u3000。、【】「」『』《》〈〉‘’“”￥…—〜・｡､｢｣؟،؛٪",
    " .\\[][]{}<><>''\"\"$^_~/.,[]?,;%",
)
"""Characters that Chinese, Japanese and Arabic keyboards have on these keys."""


def with_alternate_keys(output: str) -> str:
    """Output in which a request for the protocol also requests alternate keys."""
    return PROTOCOL.sub(lambda asked: f"\x1b[>{int(asked[1]) | ALTERNATE_KEYS}u", output)


def is_of_another_layout(key: str) -> bool:
    """Whether a key is a letter of a non-Latin keyboard."""
    letter = key.rpartition("+")[2]
    is_letter = len(letter) == 1 and letter >= "\u0370" and letter.isalpha()
    return is_letter and "LATIN" not in unicodedata.name(letter, "LATIN")


def latin(character: str) -> str:
    """The ASCII equivalent of a full-width character, Chinese punctuation or a digit; others unchanged."""
    if ord(character) in WIDE:
        return chr(ord(character) - WIDER_BY)
    return str(unicodedata.decimal(character, character.translate(ON_THE_KEYS_OF)))


class Keyboard:
    """Turns input into messages, however it is split into chunks."""

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._parser, self._latin_parser = XTermParser(debug), XTermParser()
        self._pasted: list[str] | None = None
        self._begun = ""

    def read(self, text: str) -> Iterator[Message]:
        """The messages of the next chunk; an empty chunk is a timeout for an incomplete sequence. A paste is
        one message, once it is complete.

        Textual's parser processes pastes character by character, which takes seconds for a megabyte.
        """
        is_late, text, self._begun = not text, self._begun + text, ""
        while text:
            if self._pasted is None:
                typed, begins, text = text.partition(PASTE_BEGINS)
                self._pasted = [] if begins else None
                if not (begins or is_late) and (begun := INCOMPLETE.search(typed)):
                    typed, self._begun = typed[: begun.start()], begun[0]
                for sequence in SEQUENCES.findall(typed):
                    yield from self._keys(sequence)
            else:
                part, ends, text = text.partition(PASTE_ENDS)
                whole = len(part) if ends else max(len(part) - len(PASTE_ENDS) + 1, 0)
                self._pasted.append(part[:whole])
                self._begun = part[whole:]
                if ends:
                    yield events.Paste("".join(self._pasted).replace("\0", ""))
                    self._pasted = None

    def tick(self) -> Iterable[Message]:
        """Messages that depend on time, such as for escape as a key of its own."""
        return self._parser.tick()

    def _keys(self, sequence: str) -> Iterator[Message]:
        base = ""
        try:
            if key := KITTY_KEY.fullmatch(sequence):
                base = _in_its_place(key)
                is_command = (int(key["modifiers"] or 1) - 1) & ~(SHIFT | LOCKS)
                sequence = f"\x1b[{ord(base) if base and is_command else key['code']}{key['rest']}u"
            for message in self._parser.feed(sequence):
                yield self._acting(message, base) if isinstance(message, events.Key) else message
        except (ValueError, OverflowError, ZeroDivisionError):
            self._parser = XTermParser(self._debug)  # no valid key or mouse event has such numbers

    def _acting(self, key: events.Key, base: str) -> events.Key:
        """The key with the name that it acts as."""
        character = key.character or ""
        if len(character) != 1 or character.isascii():
            return key
        acts_as = base or latin(character)
        named = [*self._latin_parser.feed(acts_as)] if acts_as.isascii() else []
        return events.Key(named[0].key, character) if named and isinstance(named[0], events.Key) else key


def _in_its_place(key: re.Match[str]) -> str:
    """The Latin key that a letter of another layout acts as, if reported; empty for other keys."""
    letter = chr(int(key["text"] or key["code"]))
    base = chr(int(key["base"] or 0))
    if not (is_of_another_layout(letter) and base.isascii() and base.isprintable()):
        return ""
    has_case, with_shift = letter.lower() != letter.upper(), (int(key["modifiers"] or 1) - 1) & SHIFT
    is_upper = letter.isupper() if has_case else with_shift
    return base.upper().translate(SHIFTED) if is_upper else base
