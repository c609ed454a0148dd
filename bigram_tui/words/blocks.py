"""From bytes to clean words, block by block: decoding, line ends, tables, what the options ask for."""

from __future__ import annotations

import codecs
import io
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.vocabulary import normalize
from bigram_tui.words.corpus import Cause, Format
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.tally import SMALL_TEXT

if TYPE_CHECKING:
    from bigram_tui.words.tables import Table, Weights

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
    `table` is what was found out about a table, when it is one.
    """

    def __init__(self, name: str, options: ReadingOptions) -> None:
        self.name = name
        self.cleaned: Counter[Cause] = Counter()
        self.first_lines: tuple[str, ...] = ()
        self.table: Table | None = None
        self.weights: Weights
        self._encoding = "utf-8"
        self._options = options
        self._lines = 0
        self._characters = 0
        self._total = 0
        self._left = options.limit
        self._seen: set[str] = set()

    @property
    def format(self) -> Format:
        """What was found out about the text, as far as it was read."""
        if self.table is None:
            return Format(encoding=self._encoding)
        return Format(
            encoding=self._encoding,
            table=self.table,
            thousands=self.weights.separator,
            has_decimals=self.weights.has_decimals,
        )

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
        self._encoding = "utf-8-sig" if marked else encoding or "utf-8"
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

        from bigram_tui.words.tables import SAMPLE, Weights, judged

        text, options = _beginning(texts, SAMPLE), self._options
        csv.field_size_limit(1 << 20)
        cut = text.rfind("\n", 0, SAMPLE) + 1 if len(text) > SAMPLE else len(text)
        reader = csv.reader(())
        try:
            table = judged(
                self.name, text[: cut or SAMPLE], cut == len(text), options.column, options.weight_column
            )
            self.table, self.weights = table, Weights(self.name)
            reader = csv.reader(self._numbered(itertools.chain([text], texts)), delimiter=table.delimiter)
            before = list(itertools.islice(reader, table.begin))
            self.cleaned[Cause.HEADER] = int(bool(table.header))
            self.cleaned[Cause.BEFORE] = len(before) - self.cleaned[Cause.HEADER]
            while rows := [(reader.line_num, row) for row in itertools.islice(reader, ROWS)]:
                yield self._rows(rows, table)
        except csv.Error as error:
            raise DatasetError(
                f"{self.name} is not a table that can be read: {error}, before line {reader.line_num:,} "
                "(is a quotation mark never closed?)"
            ) from None

    def _numbered(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            yield from io.StringIO(text)
            self._lines += text.count("\n")

    def _rows(self, rows: list[tuple[int, list[str]]], table: Table) -> Block:
        words: list[str] = []
        weights: list[int] = []
        place, weight_place, needed = table.word, table.weight, table.needed
        weigh, weight = self.weights.read, 1
        for line, row in rows:
            if len(row) <= needed:
                self.cleaned[Cause.SHORT if any(row) else Cause.EMPTY] += 1
                continue
            cell = row[place]
            word = normalize(" ".join(cell.split("\n")).strip())
            if not word:
                self.cleaned[Cause.EMPTY] += 1
                continue
            if weight_place is not None:
                weight = weigh(row[weight_place], line)
            if not weight:
                self.cleaned[Cause.WEIGHTLESS] += 1
            else:
                self.cleaned[Cause.TRIMMED] += len(cell) != len(cell.strip())
                words.append(word)
                weights.append(weight)
        text = "\n".join((*words, "")) if words else ""
        return Block(text, weights if weight_place is not None else None)

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


def _beginning(texts: Iterator[str], size: int) -> str:
    """So many characters as the text begins with, or somewhat more; fewer only where there are no more."""
    start = ""
    while len(start) < size and (text := next(texts, "")):
        start += text
    return start


@lru_cache
def _is_space() -> NDArray[np.bool_]:
    """Which of the code points below U+3002 str.strip takes away."""
    return np.array([chr(code).isspace() for code in range(0x3002)])
