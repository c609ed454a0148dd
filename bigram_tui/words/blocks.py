"""From bytes to clean words, block by block: decoding, line ends, tables, reading options."""

from __future__ import annotations

import codecs
import io
import itertools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, AnyStr

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.vocabulary import normalize
from bigram_tui.words.corpus import INVISIBLE, Cause, Format
from bigram_tui.words.kinds import SAMPLE, SAVED_TABLE, recognized, why_not_text, why_not_utf8
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.streams import Part
from bigram_tui.words.tally import PART, SMALL_TEXT

if TYPE_CHECKING:
    from bigram_tui.words.tables import Row, Table, Weights

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CODECS = {1: "ascii", 2: "utf-16-le", 4: "utf-32-le"}
"""The encoding in which every code point takes this many bytes."""

MAX_LINE = 1 << 28
MAX_SEPARATED = 1 << 24
"""The most characters of a line that is split at separators."""

MAX_TOTAL = 2**53
"""float64 represents every whole number up to this, so that sums of weights are exact."""

MAX_UNIQUE = 10_000_000
SHOWN_LINES = 5
BEGINNING = 10_000
"""The first lines are looked for in this many characters."""
FIRST_BYTES = 512
"""Bytes to wait for before deciding what a file is."""

ROWS = 20_000
TABLE_ENDINGS = (".csv", ".tsv")
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
BYTE_ORDER_MARK = "\ufeff"
AROUND = "".join((*INVISIBLE, *(chr(code) for code in range(0x3001) if chr(code).isspace())))
STRIPPED, UNSETTLED, UNKNOWN = 1, 2, 4
"""Kinds of characters: stripped around words, possibly changed by NFC, and not classified yet."""

HANGUL_ENDINGS = frozenset(map(chr, range(0x1160, 0x1200)))
"""Vowels and final consonants, which combine with the preceding character to a syllable."""

INVISIBLE_EDGE = re.compile(r"(?m)^\s*[{0}]|[{0}]\s*$".format("".join(INVISIBLE)))
C1_CONTROL = re.compile(b"\xc2[\x80-\x9f]")


@dataclass(frozen=True)
class Block:
    """Words, each followed by a line feed: stripped, normalized, none of them empty."""

    text: str
    weights: Sequence[int] | None = None
    utf8: bytes | None = None
    """The text in UTF-8 as it was read, if known."""

    @classmethod
    def of(cls, words: Iterable[str], weights: Sequence[int] | None = None) -> Block:
        return cls("\n".join((*words, "")), weights)

    @cached_property
    def words(self) -> list[str]:
        return self.text[:-1].split("\n")

    @cached_property
    def data(self) -> bytes:
        """The text in UTF-8."""
        return self.text.encode(errors="surrogatepass") if self.utf8 is None else self.utf8

    @cached_property
    def codes(self) -> NDArray[np.unsignedinteger]:
        """The code points, shape (len(text),), in the narrowest integer type that holds them."""
        if self.text.isascii():
            return np.frombuffer(self.data, dtype=np.uint8)
        codes = np.frombuffer(self.text.encode(CODECS[2]), dtype=np.uint16)
        if len(codes) == len(self.text):
            return codes
        return np.frombuffer(self.text.encode(CODECS[4]), dtype=np.uint32)

    @cached_property
    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The indices in `codes` of the start of each word, and of the line feed after it."""
        return _places(self.codes)

    @cached_property
    def byte_places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same indices in `data`."""
        return self.places if self.text.isascii() else _places(np.frombuffer(self.data, dtype=np.uint8))


def _places(codes: NDArray[np.unsignedinteger]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The start and end of each word. At most one byte of a pair is a line feed, since no word is empty, and
    flatnonzero is faster on the denser array of pairs."""
    feeds = np.zeros(len(codes) + len(codes) % 2, dtype=np.bool_)
    np.equal(codes, 10, out=feeds[: len(codes)])
    twos = feeds.view("<u2")
    ends = np.flatnonzero(twos != 0)
    is_second = twos.take(ends) > 1
    ends *= 2
    ends += is_second
    return np.concatenate([[0], ends[:-1] + 1]), ends


class WordReader:
    """Turns the parts of a source into blocks of words, and counts what was cleaned up.

    `cleaned` has the number of lines for each cause; `has_columns` says whether the text is read as a table.
    """

    def __init__(self, options: ReadingOptions) -> None:
        self.cleaned: Counter[Cause] = Counter()
        self._beginning = ""
        self._format = Format()
        self.has_columns = False
        self._name = ""
        self._continues = False
        self._options = options
        self._column = options.column
        self._weights: list[Weights] = []
        self._lines = 0
        self._skipped = 0
        self._characters = 0
        self._total = 0
        self._left = options.limit
        self._seen: set[str] = set()

    @property
    def first_lines(self) -> tuple[str, ...]:
        """The first lines as they were; a last line without a line feed arrives separately."""
        return tuple(self._beginning[:BEGINNING].split("\n", SHOWN_LINES)[:SHOWN_LINES])

    @property
    def format(self) -> Format:
        """What is known about the text so far."""
        separators = (weights.separator for weights in self._weights)
        return replace(
            self._format,
            thousands=next(filter(None, separators), ""),
            has_decimals=any(weights.has_decimals for weights in self._weights),
        )

    def blocks(self, parts: Iterable[Part]) -> Iterator[Block]:
        """The words in order.

        Raises:
            DatasetError: if the bytes are not text in this encoding, or not a table with these columns.
        """
        for part in parts:
            self._name, self._lines, self._skipped, self._continues = part.name, 0, 0, part.continues
            if part.member:
                self._format = replace(self._format, members=(*self._format.members, part.member))
            for block in self._part(part):
                self._characters += len(block.text)
                chosen = self._chosen(block)
                if chosen.text:
                    yield chosen
                if self._left == 0:
                    return

    def _part(self, part: Part) -> Iterator[Block]:
        chunks = self._utf8(part.chunks)
        if self._options.separator:
            return self._separated(self._texts(chunks))
        asked = bool(self._column or self._options.weight_column)
        is_table, is_json = part.ending in TABLE_ENDINGS, part.ending in JSON_ENDINGS
        if asked and not (is_table or is_json):
            from bigram_tui.words.records import BEGINNING

            first = next(chunks, b"")
            is_json = bool(BEGINNING.match(first.decode(errors="replace")))
            chunks = itertools.chain([first], chunks)
        self.has_columns = is_table or is_json or asked
        if is_json:
            return self._records(self._pieces(chunks), part.ending)
        if self.has_columns:
            return self._table(self._texts(chunks), part.ending)
        return self._list(self._whole_texts(chunks))

    # Text

    def _texts(self, chunks: Iterable[bytes]) -> Iterator[str]:
        return (text for text, _ in self._whole_texts(chunks))

    def _whole_texts(self, chunks: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
        """Text in whole lines that end with line feeds, without skipped lines, along with its UTF-8."""
        skip = self._options.skip
        for block in _whole_lines(chunks, self._name):
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            text = self._decoded(block)
            while skip and text:
                _, _, text = text.partition("\n")
                skip -= 1
                self._lines += 1
                self._skipped += 1
                self.cleaned[Cause.SKIPPED] += 1
                block = text.encode()
            if text:
                yield text, block

    def _pieces(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Text cut between any two characters, for formats without lines."""
        rest = b""
        for chunk in chunks:
            data = rest + chunk
            # A character has at most four bytes, and all but the first are of the form 10xxxxxx.
            cut = next((n for n in range(1, 4) if data[-n:][:1] >= b"\xc0"), 0)
            data, rest = (data[:-cut], data[-cut:]) if cut else (data, b"")
            yield self._decoded(data)
            self._lines += data.count(b"\n")
        if rest:
            yield self._decoded(rest)

    def _decoded(self, block: bytes) -> str:
        """The decoded text, which is also inspected for `format`."""
        try:
            text = block.decode()
        except UnicodeDecodeError as error:
            if what := recognized(self._start):
                raise DatasetError("{name} is {what}", name=self._name, what=what) from None
            line = self._lines + block.count(b"\n", 0, error.start) + 1
            raise why_not_utf8(self._name, block, error.start, line) from None
        if len(self._beginning) < BEGINNING:
            self._beginning += text[:BEGINNING]
        if not self._format.has_controls and b"\xc2" in block and C1_CONTROL.search(block):
            self._format = replace(self._format, has_controls=True)
        return text

    def _utf8(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes in UTF-8, without a byte order mark."""
        chunks = iter(chunks)
        first = beginning(chunks, FIRST_BYTES, b"")
        self._start = b"" if self._continues else first[:SAMPLE]
        if SAVED_TABLE.match(self._start):
            raise DatasetError(
                "{name} is a saved table, which cannot be combined with other files", name=self._name
            )
        encoding = self._options.encoding
        mark = next((mark for mark in BYTE_ORDER_MARKS if self._start.startswith(mark)), None)
        if mark is not None and not encoding:
            encoding = BYTE_ORDER_MARKS[mark]
        is_utf8 = not encoding or codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
        marked = is_utf8 and (mark == codecs.BOM_UTF8 or self._format.encoding == "utf-8-sig")
        self._format = replace(self._format, encoding="utf-8-sig" if marked else encoding or "utf-8")
        if mark is None and (what := recognized(self._start)):
            raise DatasetError("{name} is {what}", name=self._name, what=what)
        if is_utf8:
            before = 0
            first = first.removeprefix(codecs.BOM_UTF8 if mark else b"")
            for chunk in itertools.chain([first], chunks):
                if b"\0" in chunk:
                    nul = DatasetError(
                        "{name} is not a text file: byte {n:,} is NUL",
                        name=self._name,
                        n=before + chunk.index(0),
                    )
                    raise why_not_text(self._name, self._start) or nul
                before += len(chunk)
                yield chunk
            return
        decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
        try:
            for chunk in itertools.chain([first], chunks):
                text = decoder.decode(chunk)
                lines += text.count("\n")
                yield text.encode()
            decoder.decode(b"", final=True)
        except UnicodeError:
            raise DatasetError(
                "{name} is not {encoding} text: the problem is on line {line:,} or soon after it",
                name=self._name,
                encoding=encoding,
                line=lines,
            ) from None

    # Lists

    def _list(self, texts: Iterable[tuple[str, bytes]]) -> Iterator[Block]:
        for number, (text, utf8) in enumerate(texts):
            if not (number or self._continues) and looks_parted(text):
                from bigram_tui.words.disguises import disguise

                self._format = replace(self._format, disguise=disguise(text, self._options))
            if self.without_numpy(text):
                yield Block(self._tidied(normalize(text)))
            else:
                yield self._checked(text, utf8)

    def _checked(self, text: str, utf8: bytes) -> Block:
        """The same as `_tidied(normalize(text))`, with a fast path if no character needs any change."""
        block = Block(text, utf8=utf8)
        if text.isascii():
            spaces = block.codes <= 32
        else:
            kinds = _kinds(block.codes)
            if kinds.max() & UNSETTLED:
                block = Block(normalize(text))
                kinds = _kinds(block.codes) & np.uint8(STRIPPED)
            spaces = kinds.view(np.bool_)
        feeds, beside = block.codes == 10, spaces[1:] & spaces[:-1]
        is_tidy = block.text[-1] == "\n" and not spaces[0]
        if not is_tidy or (beside.any() and (beside & (feeds[1:] | feeds[:-1])).any()):
            return Block(self._tidied(block.text))
        self._lines += int(np.count_nonzero(feeds))
        return block

    def _tidied(self, text: str) -> str:
        words = text.split()
        if "\n".join((*words, "")) == text and (text.isascii() or not INVISIBLE_EDGE.search(text)):
            self._lines += len(words)
            return text
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        words = [word for line in lines if (word := self._bare(line))]
        self._lines += len(lines)
        self.cleaned[Cause.EMPTY] += len(lines) - len(words)
        return "\n".join((*words, ""))

    def _bare(self, line: str) -> str:
        """A word without the white space and the like around it, which is counted if there is a word."""
        word = line.strip()
        is_trimmed = len(word) != len(line)
        if word[:1] in INVISIBLE or word[-1:] in INVISIBLE:
            word = line.strip(AROUND)
            before, _, after = line.partition(word) if word else ("", "", "")
            is_trimmed = any(map(str.isspace, before + after))
            is_marked = BYTE_ORDER_MARK in before
            self.cleaned[Cause.MARKED] += is_marked
            self.cleaned[Cause.INVISIBLE] += any(c in INVISIBLE for c in before + after) and not is_marked
        self.cleaned[Cause.TRIMMED] += is_trimmed and bool(word)
        return word

    def without_numpy(self, text: str) -> bool:
        """Whether so little was read that importing numpy would not pay off."""
        return self._characters + len(text) < SMALL_TEXT and "numpy" not in sys.modules

    def _separated(self, texts: Iterable[str]) -> Iterator[Block]:
        """Everything between separators, on any number of lines."""
        from bigram_tui.words.tables import Table

        rows = self._csv(_short_lines(texts, self._name), self._options.separator, spaced=True)
        cells = ((line, [cell]) for line, row in rows for cell in row)
        return self._blocks_of(cells, Table(self._options.separator, 0, (), (), 0, None, True))

    # Tables

    def _table(self, texts: Iterator[str], ending: str) -> Iterator[Block]:
        """The words of a column, with weights if there is a column of weights."""
        from bigram_tui.words.tables import SAMPLE, judged, sample

        text = beginning(texts, SAMPLE, "")
        start, is_whole = sample(text)
        table = judged(
            self._name, start, is_whole, self._column, self._options.weight_column, "\t" * (ending == ".tsv")
        )
        rows = self._csv(itertools.chain([text], texts), table.delimiter)
        before = list(itertools.islice(rows, table.begin))
        self.cleaned[Cause.HEADER] += bool(table.header)
        self.cleaned[Cause.BEFORE] += len(before) - bool(table.header)
        return self._blocks_of(rows, table)

    def _records(self, texts: Iterable[str], ending: str) -> Iterator[Block]:
        """The same for JSON."""
        from bigram_tui.words.records import read_records

        layout, table, rows = read_records(
            self._name, texts, ending, self._column, self._options.weight_column
        )
        if self._format.layout is None:
            self._format = replace(self._format, layout=layout)
        before = list(itertools.islice(rows, table.begin))
        self.cleaned[Cause.HEADER] += bool(before)
        return self._blocks_of(rows, table)

    def _csv(self, texts: Iterable[str], delimiter: str, spaced: bool = False) -> Iterator[tuple[int, Row]]:
        """The rows of a table, with the line each ends on; `spaced`: a space may follow a delimiter."""
        import csv

        csv.field_size_limit(1 << 20)
        reader = csv.reader(self._numbered(texts), delimiter=delimiter, skipinitialspace=spaced)
        try:
            for row in reader:
                yield self._skipped + reader.line_num, row
        except csv.Error as error:
            raise DatasetError(
                "{name} is not a table that can be read: {reason}, before line {line:,} (is a quotation mark "
                "never closed?)",
                name=self._name,
                reason=str(error),
                line=self._skipped + reader.line_num,
            ) from None

    def _numbered(self, texts: Iterable[str]) -> Iterator[str]:
        """The lines, without byte order marks, which would hide a quotation mark from the CSV reader."""
        for text in texts:
            if BYTE_ORDER_MARK in text:
                for line in io.StringIO(text):
                    self.cleaned[Cause.MARKED] += line[:1] == BYTE_ORDER_MARK
                    yield line.removeprefix(BYTE_ORDER_MARK)
            else:
                yield from io.StringIO(text)
            self._lines += text.count("\n")

    def _blocks_of(self, rows: Iterator[tuple[int, Row]], table: Table) -> Iterator[Block]:
        """The words of the rows of a table. If there are several tables, all are read like the first."""
        from bigram_tui.words.tables import Weights

        self._weights.append(Weights(self._name, "value" if self._format.layout else "line"))
        if self._format.table is None and not self._options.separator:
            self._format = replace(self._format, table=table)
            if not self._column:
                self._column = table.column
        while some := list(itertools.islice(rows, ROWS)):
            yield self._rows(some, table)

    def _rows(self, rows: list[tuple[int, Row]], table: Table) -> Block:
        words: list[str] = []
        weights: list[int] = []
        place, weight_place, needed = table.word, table.weight, table.needed
        weigh, weight = self._weights[-1].read, 1
        header = list(table.header) if len(table.header) > 1 and not self._format.layout else [None]
        for line, row in rows:
            if len(row) <= needed:
                self.cleaned[Cause.SHORT if any(row) else Cause.EMPTY] += 1
                continue
            if row[0] == header[0] and row == header:  # the header of the next file
                self.cleaned[Cause.HEADER] += 1
                continue
            word = normalize(self._bare(" ".join(row[place].split("\n"))))
            if not word:
                self.cleaned[Cause.EMPTY] += 1
                continue
            if weight_place is not None:
                weight = weigh(row[weight_place], line)
            if weight:
                words.append(word)
                weights.append(weight)
            else:
                self.cleaned[Cause.WEIGHTLESS] += 1
        text = "\n".join((*words, ""))
        return Block(text, weights if weight_place is not None else None)

    # Options

    def _chosen(self, block: Block) -> Block:
        """What remains of a block after the options are applied."""
        options = self._options
        if options.lowercase:
            block = Block(normalize(block.text.lower()), block.weights)
        if block.text and (options.unique or self._left is not None):
            words, weights = block.words, block.weights
            if options.unique:
                places = self._first_times(words)
                words = [words[place] for place in places]
                weights = weights and [weights[place] for place in places]
            if self._left is not None:
                words, weights = words[: self._left], weights and weights[: self._left]
                self._left -= len(words)
            block = Block.of(words, weights)
        if block.weights:
            self._total += sum((1 + len(w)) * n for w, n in zip(block.words, block.weights, strict=True))
            if self._total > MAX_TOTAL:
                raise DatasetError(
                    "{name}: the weights add up to more than {n:,} bigrams", name=self._name, n=MAX_TOTAL
                )
        return block

    def _first_times(self, words: list[str]) -> list[int]:
        """The indices of words that were not seen before."""
        seen, places = self._seen, []
        for place, word in enumerate(words):
            if word not in seen:
                seen.add(word)
                places.append(place)
        self.cleaned[Cause.REPEATED] += len(words) - len(places)
        if len(seen) > MAX_UNIQUE:
            raise DatasetError(
                "{name} has more than {n:,} different words, too many to keep each once; limit how many "
                "words are read",
                name=self._name,
                n=MAX_UNIQUE,
            )
        return places


def _whole_lines(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The same bytes, cut only after line ends; the last line may have none."""
    kept: list[bytes] = []
    for chunk in chunks:
        # A carriage return at the end may be the first half of a CRLF.
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1
        if cut:
            yield b"".join((*kept, memoryview(chunk)[:cut]))
            kept = [chunk[cut:]]
        else:
            kept.append(chunk)
            if sum(map(len, kept)) > MAX_LINE:
                raise DatasetError(
                    "{name} is not a list with one word per line: a line is longer than {n:,} bytes",
                    name=name,
                    n=MAX_LINE,
                )
    if last := b"".join(kept):
        yield last


def beginning(chunks: Iterator[AnyStr], size: int, start: AnyStr) -> AnyStr:
    """`start` and the chunks after it, until it is this long, or all of them if that is shorter."""
    while len(start) < size and (more := next(chunks, start[:0])):
        start += more
    return start


def _kinds(codes: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """Whether each character is STRIPPED, UNSETTLED, or both."""
    return np.concatenate([_few_kinds(codes[start : start + PART]) for start in range(0, len(codes), PART)])


def _few_kinds(codes: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    table = _table_of_kinds()
    kinds = table.take(codes)
    if kinds.max() == UNKNOWN:
        new = np.unique(codes[kinds == UNKNOWN])
        table[new] = [STRIPPED * (c in AROUND) | UNSETTLED * may_change(c) for c in map(chr, new.tolist())]
        kinds = table.take(codes)
    return kinds


@lru_cache
def _table_of_kinds() -> NDArray[np.uint8]:
    """A cache of the kinds of all code points, filled as they occur."""
    return np.full(sys.maxunicode + 1, UNKNOWN, dtype=np.uint8)


def may_change(character: str) -> bool:
    """Whether NFC may change a text that contains this character; it leaves texts without such ones alone."""
    return (
        not unicodedata.is_normalized("NFC", character)
        or unicodedata.category(character)[0] == "M"
        or character in HANGUL_ENDINGS
    )


def _short_lines(texts: Iterable[str], name: str) -> Iterator[str]:
    """The same texts; raises DatasetError for a line so long that its cells would take too much memory."""
    for text in texts:
        if len(text) > MAX_SEPARATED and max(map(len, text.split("\n"))) > MAX_SEPARATED:
            raise DatasetError(
                "{name} has a line of more than {n:,} characters; put the words on lines of their own",
                name=name,
                n=MAX_SEPARATED,
            )
        yield text


def looks_parted(text: str) -> bool:
    """A quick test whether a plain list might really be a table or JSON, which avoids importing more."""
    start = text[:4_096]
    marks = max(map(start.count, ",;|\t"))
    return 2 * marks >= max(1, start.count("\n")) or start.lstrip()[:1] in ("[", "{")
