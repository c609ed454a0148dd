"""Cutting a large list into pieces that are read in parallel, and adding up the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Any, Protocol, TypeVar

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.ngrams import NgramTally
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.texts import Sentence
from bigram_tui.words.blocks import BYTE_ORDER_MARKS, JSON_ENDINGS, TABLE_ENDINGS, Block, WordReader
from bigram_tui.words.corpus import Cause, Format
from bigram_tui.words.distinct import block_hashes
from bigram_tui.words.kinds import SAVED_TABLE
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import OnProgress, Progress, ignore_progress
from bigram_tui.words.streams import Source, ending_of, explained, keep
from bigram_tui.words.survey import Excerpt, Survey
from bigram_tui.words.tally import Pairs, PairTally

PIECE = 1 << 26
"""Bytes of a piece: starting a new count of distinct words costs as much time as 20 MB. The most pieces:"""

MAX_PIECES = 10_000

ORDERLY = ("limit", "unique", "skip", "separator", "column", "weight_column", "member")
"""Options that make reading sequential: what is read depends on what came before, or on the whole file."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkersError(DatasetError):
    """The workers cannot read the pieces."""


class Engine(Protocol):
    """Reads pieces in parallel; `is_here` says whether on this machine."""

    is_here: bool

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item], tick: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """The results as they come, each with the index of its item; calls `tick` periodically.

        An item is taken when it is about to be read, so that it may depend on earlier results.

        Raises:
            WorkersError: if no worker is left.
        """
        ...


@dataclass(frozen=True)
class Pieces:
    """The pieces of a list, how many words each has, and the engine that reads them."""

    engine: Engine
    sources: tuple[Source, ...]
    words: tuple[int, ...]

    def run(
        self, function: Callable[..., Result], stage: str, on_progress: OnProgress, *more: Iterable[Any]
    ) -> Iterator[tuple[int, Result]]:
        """The results of a function of a piece, the number of its first word, and any further values."""
        firsts = accumulate(self.words[:-1], initial=0)
        items = zip(self.sources, firsts, *more, strict=True)
        return _reported(self.engine, function, items, list(map(_size, self.sources)), stage, on_progress)


def _reported(
    engine: Engine,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    sizes: Sequence[int],
    stage: str,
    on_progress: OnProgress,
) -> Iterator[tuple[int, Result]]:
    done, total = 0, sum(sizes)

    def tick() -> None:
        on_progress(Progress(stage, done, total))

    for place, result in engine.run(function, items, tick):
        yield place, result
        done += sizes[place]


def _size(piece: Source) -> int:
    return (piece.size or 0) if piece.end is None else piece.end - piece.begin


def why_whole(source: Source, options: ReadingOptions) -> Sentence | None:
    """Why a list has to be read sequentially; empty if it can be cut.

    Raises:
        DatasetError: when it cannot be read.
    """
    if flag := next((name for name in ORDERLY if getattr(options, name)), ""):
        return Sentence("with --{option}", option=flag.replace("_", "-"))
    if options.encoding.lower() not in ("", "utf-8", "utf8"):
        return Sentence("with --encoding {encoding}", encoding=options.encoding)
    files = source.files or (source,)
    if source.size is None:
        return Sentence("from a pipe or a device")
    for file in files:
        if (file.ending or ending_of(file.name)) in (*TABLE_ENDINGS, *JSON_ENDINGS):
            return Sentence("from a table or JSON")
        with explained(file.name), file.open() as opened:
            start = opened.read(100)
        if SAVED_TABLE.match(start):
            return Sentence("that was saved as a table")
        if file.compression() == "zip":
            return Sentence("in a zip archive")
        mark = next((mark for mark in BYTE_ORDER_MARKS if start.startswith(mark)), None)
        if mark and BYTE_ORDER_MARKS[mark] != "utf-8-sig":
            return Sentence("in {encoding}", encoding=BYTE_ORDER_MARKS[mark])
        if file.compression() and not source.files:
            return Sentence("that is compressed as a whole")
    return None


def cut(source: Source) -> tuple[Source, ...]:
    """The pieces in order, each of about PIECE bytes, or one file if that is smaller or compressed."""
    pieces: list[Source] = []
    step = max(PIECE, (source.size or 0) // MAX_PIECES)
    for file in source.files or (source,):
        bare, size = replace(file, discard=keep, notes=()), file.size or 0
        ends = [*range(step, size, step), size]
        begins = [0, *ends[:-1]]
        stretches = [replace(bare, begin=b, end=e) for b, e in zip(begins, ends, strict=True)]
        pieces += [bare] if file.compression() else stretches
    return tuple(pieces)


@dataclass(frozen=True)
class Counted:
    """The results for a piece."""

    pairs: Pairs
    survey: Survey | None
    words: int
    cleaned: Counter[Cause]
    format: Format
    first_lines: tuple[str, ...]


def count_piece(options: ReadingOptions, describe: bool, item: tuple[Source, int]) -> Counted:
    """Count the bigrams of a piece, and with `describe` also its lengths and distinct words.

    With the piece comes the `Survey.zeros` of those read so far: the whole list needs as many. So most of its
    distinct words are not even stored, where there are more than a million before.

    Raises:
        DatasetError: when it cannot be read.
    """
    piece, zeros = item
    reader, tally, survey = WordReader(options), PairTally(), Survey(zeros) if describe else None
    for block in reader.blocks(piece.parts("", ignore_progress)):
        tally.add(block)
        if survey is not None:
            survey.add(block)
    pairs = tally.pairs()
    words = int(pairs.counts[pairs.codes[:, 0] == ord("\n")].sum())
    return Counted(pairs, survey, words, reader.cleaned, reader.format, reader.first_lines)


def blocks_of(piece: Source, options: ReadingOptions) -> Iterator[Block]:
    return WordReader(options).blocks(piece.parts("", ignore_progress))


def describe_piece(
    options: ReadingOptions, listed: int, item: tuple[Source, int, int]
) -> tuple[Survey, list[str]]:
    """The second pass over a piece of a list, given the number of words of the whole list."""
    piece, first, zeros = item
    survey, excerpt = Survey(zeros), Excerpt(listed, first)
    for block in blocks_of(piece, options):
        survey.add(block)
        excerpt.add(block)
    return survey, excerpt.words


def count_ngrams(
    options: ReadingOptions, vocabulary: Vocabulary, context: int, item: tuple[Source, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the n-grams of a piece."""
    tally = NgramTally(vocabulary, context)
    for block in blocks_of(item[0], options):
        tally.add(block.text)
    return tally.counted().arrays


def find_in_piece(options: ReadingOptions, hashes: NDArray[np.uint64], item: tuple[Source, int]) -> set[str]:
    """The words of a piece that have one of these hashes."""
    return find_in_blocks(blocks_of(item[0], options), hashes)


def find_in_blocks(blocks: Iterable[Block], hashes: NDArray[np.uint64]) -> set[str]:
    """The words that have one of these hashes."""
    found: set[str] = set()
    for block in blocks:
        starts, ends = block.places
        for place in np.flatnonzero(np.isin(block_hashes(block), hashes)).tolist():
            found.add(block.text[starts[place] : ends[place]])
    return found


def count_pieces(
    source: Source,
    options: ReadingOptions,
    survey: Survey | None,
    engine: Engine,
    stage: str,
    on_progress: OnProgress,
) -> tuple[PairTally, Counted, Pieces]:
    """The totals over all pieces of a list; lengths and distinct words are added to the survey.

    Raises:
        DatasetError: if they cannot be read.
    """
    pieces, tally = cut(source), PairTally()
    words, cleaned, has_controls = [0] * len(pieces), Counter[Cause](), False
    function = partial(count_piece, options, survey is not None)
    items = ((piece, survey.zeros if survey else 0) for piece in pieces)
    for place, counted in _reported(engine, function, items, list(map(_size, pieces)), stage, on_progress):
        tally.add_pairs(counted.pairs)
        if survey is not None and counted.survey is not None:
            survey.merge(counted.survey)
        words[place] = counted.words
        cleaned.update(counted.cleaned)
        has_controls |= counted.format.has_controls
        if place == 0:
            first = counted
    found = replace(first.format, has_controls=has_controls, members=source.names if source.files else ())
    first = replace(first, words=sum(words), cleaned=cleaned, format=found)
    return tally, first, Pieces(engine, pieces, tuple(words))


def describe_pieces(
    pieces: Pieces, options: ReadingOptions, stage: str, on_progress: OnProgress
) -> tuple[Survey, Excerpt]:
    """The second pass over a list, in pieces."""
    listed = sum(pieces.words)
    survey, excerpt, words = Survey(), Excerpt(listed), dict[int, list[str]]()
    function = partial(describe_piece, options, listed)
    zeros = (survey.zeros for _ in pieces.sources)
    for place, (found, some) in pieces.run(function, stage, on_progress, zeros):
        survey.merge(found)
        words[place] = some
    excerpt.words = [word for place in sorted(words) for word in words[place]]
    return survey, excerpt
