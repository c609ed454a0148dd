"""Reading a word list: the first and the second pass, and looking up words in the file afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import OTHER, normalize
from bigram_tui.texts import Phrase, Sentence
from bigram_tui.words.blocks import FIRST_BYTES, Block, WordReader, beginning
from bigram_tui.words.corpus import Cause, Corpus
from bigram_tui.words.distinct import block_hashes
from bigram_tui.words.kinds import SAVED_TABLE
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import OnProgress, ignore_progress
from bigram_tui.words.streams import Source
from bigram_tui.words.survey import Excerpt, Survey
from bigram_tui.words.tally import PairTally

if TYPE_CHECKING:
    from bigram_tui.lm.wanted import Wanted
    from bigram_tui.words.pieces import Engine

COUNTING = "counting"
DESCRIBING = "describing"
SEARCHING = "searching"

NO_WORDS = Phrase("{name} holds no words: it is empty or only white space")
ALL_SKIPPED = Phrase("{name} holds no words after the lines that were to be skipped")
NOT_IN_COLUMN = Phrase("{name} holds no words in that column")
WHOLE = Phrase("it is read by one process, since a list {why} cannot be cut")
CHANGED = Phrase("{name} changed while it was read; open it again")

LOOKED_UP = 10_000
"""Words that are looked up in one batch: each batch reads a large dataset once more."""


def read(
    source: Source,
    options: ReadingOptions | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Corpus:
    """Everything about the words of a source, in a single pass.

    White space around words is stripped, empty lines are dropped, any kind of line end is accepted, and text
    is normalized to NFC. Case is kept unless the options say otherwise.

    Raises:
        DatasetError: when they cannot be read, or there are none.
    """
    survey, excerpt = Survey(), Excerpt()
    corpus = read_table(source, options or ReadingOptions(), on_progress, None, survey, excerpt)
    return corpus if corpus.saved else _described(corpus, survey, excerpt)


def read_figures(
    source: Source, options: ReadingOptions, on_progress: OnProgress, engine: Engine | None = None
) -> Corpus:
    """The same without a sample of words to show, which takes longer than counting.

    Raises:
        DatasetError: when they cannot be read, or there are none.
    """
    survey = Survey()
    corpus = read_table(source, options, on_progress, engine, survey)
    return corpus if corpus.saved else _described(corpus, survey)


def describe(corpus: Corpus, on_progress: OnProgress) -> Corpus:
    """The second pass: lengths, distinct words, a sample of words to show.

    Raises:
        DatasetError: if the words can no longer be read, or have changed since the first pass.
    """
    if corpus.pieces:
        from bigram_tui.words.pieces import describe_pieces

        survey, excerpt = describe_pieces(corpus.pieces, corpus.options, DESCRIBING, on_progress)
    else:
        survey, excerpt = Survey(), Excerpt(corpus.listed)
        for block in read_again(corpus, DESCRIBING, on_progress):
            survey.add(block)
            excerpt.add(block)
    characters = sum(length * n for length, n in survey.lengths.items())
    if (sum(survey.lengths.values()), characters) != (corpus.names, corpus.characters):
        raise DatasetError(CHANGED, name=corpus.name)
    return _described(corpus, survey, excerpt)


def can_find(corpus: Corpus) -> bool:
    """Whether words for which `holds` returns None can be looked up by reading the source again."""
    again = corpus.source is not None and corpus.source.size is not None and corpus.saved is None
    return again and corpus.described and corpus.distinct_words is None


def find(corpus: Corpus, words: list[str], on_progress: OnProgress = ignore_progress) -> list[bool | None]:
    """`Corpus.holds` for each of these words; reads the source again if necessary and possible."""
    if not (words and can_find(corpus)):
        return [corpus.holds(word) for word in words]
    from bigram_tui.words.pieces import find_in_blocks, find_in_piece

    wanted = {normalize(word) for word in words} - {""}  # a block has no empty words
    hashes = block_hashes(Block.of(wanted))
    if corpus.pieces:
        function = partial(find_in_piece, corpus.options, hashes)
        found = set().union(*(some for _, some in corpus.pieces.run(function, SEARCHING, on_progress)))
    else:
        found = find_in_blocks(read_again(corpus, SEARCHING, on_progress), hashes)
    rare = corpus.counts.vocabulary.rare
    return [None if rare and OTHER in word else normalize(word) in found for word in words]


def asked_of(corpus: Corpus, wanted: Wanted) -> Wanted:
    """Conditions on names drawn for a dataset, with the prefix spelled like its words.

    Raises:
        UnknownCharacterError: if no name can have this prefix.
        DatasetError: if there is no way to find out which names are new.
    """
    beginning = normalize(wanted.starts_with)
    beginning = beginning.lower() if corpus.options.lowercase else beginning
    corpus.counts.vocabulary.encode(beginning)
    if wanted.new and corpus.saved:
        raise DatasetError(
            "{name} is a saved table: its words are not there to tell which names are new", name=corpus.name
        )
    if wanted.new and corpus.distinct_words is None and not can_find(corpus):
        once = Phrase("{name} can be read only once: save it as a file to draw names that are new")
        still = Phrase("{name} is still being read: wait to draw names that are new")
        raise DatasetError(once if corpus.described else still, name=corpus.name)
    return replace(wanted, starts_with=corpus.counts.vocabulary.fold(beginning))


def read_table(
    source: Source,
    options: ReadingOptions,
    on_progress: OnProgress,
    engine: Engine | None = None,
    *describing: Survey | Excerpt,
) -> Corpus:
    """The first pass over a source, which counts its bigrams and passes its words on to `describing`.

    Raises:
        DatasetError: if the words cannot be read, or there are none.
    """
    if engine is not None:
        from bigram_tui.words.pieces import WorkersError, why_whole

        if why := why_whole(source, options):
            source = replace(source, notes=(*source.notes, Sentence(WHOLE, why=why)))
        else:
            try:
                return _in_pieces(source, options, on_progress, engine, *describing)
            except DatasetError as error:
                if isinstance(error, WorkersError) or not engine.is_here:
                    raise
                # Read sequentially, the error message can say which line is at fault.
    reader, tally, listed = WordReader(options), PairTally(), 0
    try:
        parts = source.parts(COUNTING, on_progress, options.member)
        for first in parts:
            start = beginning(first.chunks, FIRST_BYTES, b"")
            if SAVED_TABLE.match(start) and not first.member:
                from bigram_tui.words.saved import table_from_bytes

                return table_from_bytes(b"".join((start, *first.chunks)), source, options)
            parts = chain([first._replace(chunks=chain([start], first.chunks))], parts)
            break
        for block in reader.blocks(parts):
            listed += 0 if block.weights is None else len(block.weights)
            tally.add(block)
            for each in describing:
                each.add(block, reader.without_numpy(""))
        counts = tally.counts(options.min_char_count)
        if not counts.keys:
            of_lines = ALL_SKIPPED if reader.cleaned[Cause.SKIPPED] else NO_WORDS
            raise DatasetError(NOT_IN_COLUMN if reader.has_columns else of_lines, name=source.name)
    except DatasetError:
        if not reader.has_columns and source.compression() != "zip":  # another column or file may have words
            source.discard()
        raise
    return Corpus(
        source.name,
        counts,
        listed=listed or counts.row_totals[0],
        cleaned={cause: n for cause in Cause if (n := reader.cleaned[cause])},
        format=replace(reader.format, compression=source.compression()),
        first_lines=reader.first_lines,
        source=source,
        options=options,
    )


def _in_pieces(
    source: Source,
    options: ReadingOptions,
    on_progress: OnProgress,
    engine: Engine,
    *describing: Survey | Excerpt,
) -> Corpus:
    """The first pass over a list that can be cut into pieces."""
    from bigram_tui.words.pieces import count_pieces

    survey = next((each for each in describing if isinstance(each, Survey)), None)
    tally, found, pieces = count_pieces(source, options, survey, engine, COUNTING, on_progress)
    counts = tally.counts(options.min_char_count)
    if not counts.keys:
        raise DatasetError(NO_WORDS, name=source.name)
    return Corpus(
        source.name,
        counts,
        listed=found.words,
        cleaned={cause: n for cause in Cause if (n := found.cleaned[cause])},
        format=found.format,
        first_lines=found.first_lines,
        source=source,
        options=options,
        pieces=pieces,
    )


def read_again(corpus: Corpus, stage: str, on_progress: OnProgress) -> Iterator[Block]:
    """The words once again, in blocks.

    Raises:
        DatasetError: if the source can only be read once, and not all words were kept.
    """
    if corpus.saved:
        raise DatasetError(
            "{name} is a saved table: its words are not there to be counted in another way", name=corpus.name
        )
    assert corpus.source is not None
    if corpus.source.size is None:
        if not corpus.lists_all or corpus.options.weight_column:
            raise DatasetError("{name} can be read only once; save it as a file first", name=corpus.name)
        return iter([Block.of(corpus.words)])
    parts = corpus.source.parts(stage, on_progress, corpus.options.member)
    return WordReader(corpus.options).blocks(parts)


def _described(corpus: Corpus, survey: Survey, excerpt: Excerpt | None = None) -> Corpus:
    return replace(
        corpus,
        words=tuple(excerpt.words) if excerpt else (),
        lengths=dict(sorted(survey.lengths.items())),
        distinct_names=survey.distinct_names,
        distinct_words=survey.distinct_words,
    )
