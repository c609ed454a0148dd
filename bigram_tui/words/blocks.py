"""From bytes to clean words, block by block: decoding, line ends, tables, what the options ask for."""

from __future__ import annotations

import codecs
import io
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.late import np
from bigram_tui.lm.settings import whole_number
from bigram_tui.lm.vocabulary import normalize, visible
from bigram_tui.words.corpus import Cause, Format
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.tally import SMALL_TEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MAX_LINE = 1 << 28
MAX_TOTAL = 2**53
"""Up to this float64 holds every whole number, so that sums of weights are exact."""

MAX_UNIQUE = 10_000_000
SHOWN_LINES = 5
ROWS = 20_000
TABLE_ENDINGS = (".csv", ".tsv")
COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
WORD_COLUMNS = {"name", "names", "word", "words", "title", "first_name", "firstname", "given_name", "surname"}
"""What people call the column with the words."""


@dataclass(frozen=True)
class Block:
    """Words, each followed by a line feed: stripped, normalized, none of them empty."""

    text: str
    weights: Sequence[int] | None = None

    @cached_property
    def words(self) -> list[str]:
        return self.text[:-1].split("\n")

    @cached_property
    def codes(self) -> NDArray[np.unsignedinteger]:
        """The code points, shape (len(text),), in as few bytes as ASCII allows."""
        return code_points(self.text)

    @cached_property
    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where in `codes` each word begins, and the line feed after it."""
        ends = np.flatnonzero(self.codes == 10)
        return np.concatenate([[0], ends[:-1] + 1]), ends


def code_points(text: str) -> NDArray[np.unsignedinteger]:
    if text.isascii():
        return np.frombuffer(text.encode(), dtype=np.uint8)
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


class WordReader:
    """Makes blocks of words of bytes, and counts what is cleaned away.

    `cleaned` has how many lines there were for each cause; `first_lines` are the first lines as they were;
    `column` says which one the words come from; `format` is what was found out about the text.
    """

    def __init__(self, name: str, options: ReadingOptions) -> None:
        self.name = name
        self.cleaned: Counter[Cause] = Counter()
        self.first_lines: tuple[str, ...] = ()
        self.column = ""
        self.format = Format()
        self._options = options
        self._lines = 0
        self._characters = 0
        self._total = 0
        self._left = options.limit
        self._seen: set[str] = set()

    @property
    def is_table(self) -> bool:
        """Whether it has columns: when one is named, or going by the ending of its name."""
        if self._options.column or self._options.weight_column:
            return True
        ending = self.name.lower()
        for compressed in COMPRESSED_ENDINGS:
            ending = ending.removesuffix(compressed)
        return ending.endswith(TABLE_ENDINGS)

    def blocks(self, chunks: Iterable[bytes]) -> Iterator[Block]:
        """The words in their order.

        Raises:
            DatasetError: when the bytes are no text in the encoding, or no table with such columns.
        """
        texts = self._texts(chunks)
        for block in self._table(texts) if self.is_table else self._list(texts):
            self._characters += len(block.text)
            chosen = self._chosen(block)
            if chosen.text:
                yield chosen
            if self._left == 0:
                return

    # Text

    def _texts(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """Whole lines of text that end with line feeds."""
        for block in _whole_lines(self._utf8(chunks), self.name):
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            try:
                text = block.decode()
            except UnicodeDecodeError as error:
                line = self._lines + block.count(b"\n", 0, error.start) + 1
                raise DatasetError(
                    f"{self.name} is not UTF-8 text: byte 0x{block[error.start]:02x} on line {line:,} "
                    "(give its encoding, for example --encoding latin-1)"
                ) from None
            if not self.first_lines:
                self.first_lines = tuple(text[:10_000].split("\n", SHOWN_LINES)[:SHOWN_LINES])
            yield text

    def _utf8(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes in UTF-8, without a byte order mark."""
        chunks = iter(chunks)
        first = next(chunks, b"")
        while len(first) < 4 and (more := next(chunks, b"")):
            first += more
        encoding = self._options.encoding
        mark = next((mark for mark in BYTE_ORDER_MARKS if first.startswith(mark)), None)
        if mark is not None and not encoding:
            encoding = BYTE_ORDER_MARKS[mark]
        is_utf8 = not encoding or codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
        marked = is_utf8 and mark == codecs.BOM_UTF8
        self.format = replace(self.format, encoding="utf-8-sig" if marked else encoding or "utf-8")
        if is_utf8:
            before = 0
            for chunk in itertools.chain([first.removeprefix(codecs.BOM_UTF8)], chunks):
                if b"\0" in chunk:
                    raise DatasetError(
                        f"{self.name} is not a text file: byte {before + chunk.index(0):,} is NUL "
                        "(UTF-16 without a byte order mark opens with --encoding utf-16-le)"
                    )
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
                f"{self.name} is not {encoding} text: the trouble is on line {lines:,} or soon after it"
            ) from None

    # Lists

    def _list(self, texts: Iterable[str]) -> Iterator[Block]:
        for text in texts:
            normal = normalize(text)
            if not self._is_tidy(normal):
                normal = self._tidied(normal)
            yield Block(normal)

    def _tidied(self, text: str) -> str:
        words = text.split()
        if "\n".join((*words, "")) == text:
            self._lines += len(words)
            return text
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        words = [word for line in lines if (word := line.strip())]
        self._lines += len(lines)
        self.cleaned[Cause.EMPTY] += len(lines) - len(words)
        self.cleaned[Cause.TRIMMED] += sum(1 for line in lines if line != line.strip() and not line.isspace())
        return "\n".join((*words, "")) if words else ""

    def _is_tidy(self, text: str) -> bool:
        """Whether there is nothing to strip or to leave out; where looking costs more than doing, no."""
        if text[-1] != "\n" or self.without_numpy(text):
            return False
        codes = code_points(text)
        spaces = codes <= 32 if codes.itemsize == 1 else _is_space()[np.minimum(codes, 0x3001)]
        feeds = codes == 10
        beside = spaces[1:] & spaces[:-1]
        if spaces[0] or (beside.any() and (beside & (feeds[1:] | feeds[:-1])).any()):
            return False
        self._lines += int(np.count_nonzero(feeds))
        return True

    def without_numpy(self, text: str) -> bool:
        """Whether so little was read that numpy, which takes a while to import, would not pay."""
        return self._characters + len(text) < SMALL_TEXT and "numpy" not in sys.modules

    # Tables

    def _table(self, texts: Iterator[str]) -> Iterator[Block]:
        """The words of a column, with their weights if there is a column for them."""
        import csv

        first = next(texts, "")
        delimiter = _delimiter(first, self.name)
        lines = self._numbered(itertools.chain([first], texts))
        csv.field_size_limit(1 << 20)
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            head = list(itertools.islice(reader, 50))
            columns = _Columns(self.name, head, self._options)
            self.column = columns.description
            self.format = replace(
                self.format,
                delimiter=delimiter,
                header=columns.header,
                word=columns.word,
                weight=columns.weight,
            )
            begin = int(columns.header)
            if begin:
                self.cleaned[Cause.HEADER] = 1
            rows = itertools.chain(enumerate(head[begin:], begin + 1), ((reader.line_num, r) for r in reader))
            while block := list(itertools.islice(rows, ROWS)):
                yield self._rows(block, columns)
        except csv.Error as error:
            raise DatasetError(
                f"{self.name} is not a table that can be read: {error}, before line {reader.line_num:,} "
                "(is a quotation mark never closed?)"
            ) from None

    def _numbered(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            yield from io.StringIO(text)
            self._lines += text.count("\n")

    def _rows(self, rows: list[tuple[int, list[str]]], columns: _Columns) -> Block:
        words: list[str] = []
        weights: list[int] = []
        for line, row in rows:
            if len(row) <= columns.needed:
                self.cleaned[Cause.SHORT if any(row) else Cause.EMPTY] += 1
                continue
            cell = row[columns.word]
            word = normalize(" ".join(cell.split("\n")).strip())
            weight = self._weight(row, columns.weight, line)
            if not word:
                self.cleaned[Cause.EMPTY] += 1
            elif not weight:
                self.cleaned[Cause.WEIGHTLESS] += 1
            else:
                self.cleaned[Cause.TRIMMED] += len(cell) != len(cell.strip())
                words.append(word)
                weights.append(weight)
        text = "\n".join((*words, "")) if words else ""
        return Block(text, weights if columns.weight is not None else None)

    def _weight(self, row: Sequence[str], column: int | None, line: int) -> int:
        if column is None:
            return 1
        try:
            weight = whole_number(row[column].strip())
        except ValueError:
            weight = -1
        if weight < 0:
            raise DatasetError(
                f"{self.name}, line {line:,}: the weight “{visible(row[column][:40])}” "
                "is not a whole number of 0 or more"
            )
        return weight

    # Options

    def _chosen(self, block: Block) -> Block:
        """What the options leave of a block."""
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
            block = Block("\n".join((*words, "")) if words else "", weights)
        if block.weights:
            self._total += sum((1 + len(w)) * n for w, n in zip(block.words, block.weights, strict=True))
            if self._total > MAX_TOTAL:
                raise DatasetError(f"{self.name}: the weights add up to more than {MAX_TOTAL:,} bigrams")
        return block

    def _first_times(self, words: list[str]) -> list[int]:
        """The places of words that were not seen before."""
        seen, places = self._seen, []
        for place, word in enumerate(words):
            if word not in seen:
                seen.add(word)
                places.append(place)
        self.cleaned[Cause.REPEATED] += len(words) - len(places)
        if len(seen) > MAX_UNIQUE:
            raise DatasetError(
                f"{self.name} has more than {MAX_UNIQUE:,} different words, too many to keep each once; "
                "limit how many words are read"
            )
        return places


def _whole_lines(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The same bytes, cut after line ends only; the last line may have none."""
    kept: list[bytes] = []
    for chunk in chunks:
        # A carriage return at the end may be the first half of a line end.
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1
        if cut:
            yield b"".join((*kept, memoryview(chunk)[:cut]))
            kept = [chunk[cut:]]
        else:
            kept.append(chunk)
            if sum(map(len, kept)) > MAX_LINE:
                raise DatasetError(
                    f"{name} is no list with one word a line: a line is longer than {MAX_LINE:,} bytes"
                )
    if last := b"".join(kept):
        yield last


@lru_cache
def _is_space() -> NDArray[np.bool_]:
    """Which of the code points below U+3002 str.strip takes away."""
    return np.array([chr(code).isspace() for code in range(0x3002)])


def _delimiter(text: str, name: str) -> str:
    """What separates the columns, as the first line has it."""
    line = text.split("\n", 1)[0]
    if "\t" in line and ".tsv" in name.lower():
        return "\t"
    return max(",;\t|", key=line.count)


class _Columns:
    """Where the words and the weights stand in a table, judged by its first rows."""

    def __init__(self, name: str, head: list[list[str]], options: ReadingOptions) -> None:
        self._name = name
        self._names = [cell.strip() for cell in head[0]] if head else []
        self._width = max(map(len, head), default=0)
        named = [c for c in (options.column, options.weight_column) if c and self._place(c) is not None]
        self.header = bool(named) or _has_header(head)
        weight = self._asked(options.weight_column) if options.weight_column else None
        self.weight: int | None = weight
        self.word = self._asked(options.column) if options.column else self._likely(head, weight)
        self.needed = max(self.word, -1 if weight is None else weight)

    @property
    def description(self) -> str:
        """Which columns they are, for people."""
        weight = "" if self.weight is None else f", weights from {self._described(self.weight)}"
        return self._described(self.word) + weight

    def _described(self, place: int) -> str:
        name = self._names[place] if self.header and place < len(self._names) else ""
        return f"column {place + 1}" + (f" “{visible(name)}”" if name else "")

    def _place(self, column: str) -> int | None:
        """Where the first row has this name."""
        if column in self._names:
            return self._names.index(column)
        folded = [name.casefold() for name in self._names]
        return folded.index(column.casefold()) if column.casefold() in folded else None

    def _asked(self, column: str) -> int:
        place = self._place(column)
        if place is None and column.isascii() and column.isdecimal():
            place = int(column) - 1
            if place >= self._width:
                raise DatasetError(
                    f"{self._name} has no column {column}: its rows have {self._width} "
                    f"{'column' if self._width == 1 else 'columns'}"
                )
        if place is None:
            names = ", ".join(f"“{visible(name)}”" for name in self._names[:20])
            raise DatasetError(
                f"{self._name} has no column “{visible(column)}”; its first row is {names or 'empty'}"
            )
        return place

    def _likely(self, head: list[list[str]], weight: int | None) -> int:
        """The column that is called as one with words, else the first that does not hold numbers only."""
        candidates = [place for place in range(self._width) if place != weight]
        if self.header:
            for place in candidates:
                if place < len(self._names) and self._names[place].casefold() in WORD_COLUMNS:
                    return place
        rows = head[int(self.header) :]
        texts = (p for p in candidates if not all(_is_number(row[p]) for row in rows if p < len(row)))
        return next(texts, next(iter(candidates), 0))


def _has_header(head: list[list[str]]) -> bool:
    """Whether the first row names the columns: as people do, or because only there a number is missing."""
    if len(head) < 2:
        return False
    first, *rows = head
    if any(cell.strip().casefold() in WORD_COLUMNS for cell in first):
        return True
    return any(
        cell.strip() and not _is_number(cell) and all(p < len(r) and _is_number(r[p]) for r in rows if r)
        for p, cell in enumerate(first)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True
