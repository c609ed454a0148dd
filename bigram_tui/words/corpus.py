"""Corpus: what is known about the words of a dataset, and reading them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from typing import Any

from bigram_tui.lm.counts import BigramCounts, PairTally
from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.settings import MAX_VOCABULARY, ReadingOptions
from bigram_tui.lm.vocabulary import OTHER, normalize
from bigram_tui.words.blocks import Block, Format, WordReader
from bigram_tui.words.streams import OnProgress, Source, ignore_progress
from bigram_tui.words.survey import Survey, block_hashes

COUNTING = "counting"
DESCRIBING = "describing"
SEARCHING = "searching"


@dataclass(frozen=True)
class Corpus:
    """The words of a dataset, their bigram counts, and what was cleaned away on reading.

    The first pass gives the counts; `lengths`, `distinct_names` and `words` come with the second and
    are empty until then. `words` are all of them in their order, or at most 200,000 spread evenly; with
    weights, each as often as it is listed. `distinct_words` is None where they are too many to be kept.
    """

    name: str
    counts: BigramCounts
    words: tuple[str, ...] = ()
    lengths: dict[int, int] = field(default_factory=dict)
    distinct_names: int | None = None
    distinct_words: AbstractSet[str] | None = None
    listed: int = 0
    empty_lines: int = 0
    trimmed_lines: int = 0
    repeated_words: int = 0
    weightless_words: int = 0
    short_rows: int = 0
    header_lines: int = 0
    column: str = ""
    format: Format = field(default_factory=Format, compare=False)
    first_lines: tuple[str, ...] = field(default=(), compare=False)
    source: Source | None = field(default=None, compare=False)
    options: ReadingOptions = field(default_factory=ReadingOptions, compare=False)

    @property
    def names(self) -> int:
        """How many words there are, each as often as its weight says."""
        return self.counts.row_totals[0]

    @property
    def characters(self) -> int:
        """How many characters the words have together."""
        return self.counts.total - self.names

    @property
    def described(self) -> bool:
        """Whether the second pass was made."""
        return bool(self.lengths)

    @property
    def lists_all(self) -> bool:
        """Whether `words` are all of them."""
        return len(self.words) == self.listed

    @property
    def distinct_names_exact(self) -> bool:
        """Whether `distinct_names` was counted, not estimated."""
        return self.distinct_words is not None

    @property
    def min_length(self) -> int | None:
        return min(self.lengths, default=None)

    @property
    def max_length(self) -> int | None:
        return max(self.lengths, default=None)

    @property
    def mean_length(self) -> float:
        return self.characters / self.names

    @property
    def cleaned(self) -> tuple[str, ...]:
        """What was left out or changed on reading, and how often."""
        counts = {
            "empty": self.empty_lines,
            "trimmed": self.trimmed_lines,
            "repeated": self.repeated_words,
            "of weight 0": self.weightless_words,
            "without the column": self.short_rows,
            "header": self.header_lines,
        }
        return tuple(f"{n:,} {what}" for what, n in counts.items() if n)

    def holds(self, word: str) -> bool | None:
        """Whether a word is in the data; None for not known.

        Not known are words with the token OTHER in them, and all when there are too many different ones.
        """
        if self.distinct_words is None or (self.counts.vocabulary.rare and OTHER in word):
            return None
        return normalize(word) in self.distinct_words

    @cached_property
    def _unrepeated(self) -> list[str]:
        return list(dict.fromkeys(self.words))

    def words_with(self, first: str, second: str) -> list[str]:
        """The different words that contain a bigram, in their order; the empty string is the boundary."""
        pair = (first or "\n") + (second or "\n")
        fold = self.counts.vocabulary.fold if OTHER in pair else str
        return [word for word in self._unrepeated if pair in f"\n{fold(word)}\n"]

    def nearest(self, word: str) -> tuple[str, int]:
        """The word of the data that takes the fewest letters added, left out or exchanged, and how many.

        Of several it is the first in the data, as far as `words` has them.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        # Without a processor rapidfuzz compares the words as they are, and some word is always found.
        found, distance, _ = process.extractOne(
            normalize(word), self._unrepeated, scorer=Levenshtein.distance
        )
        return found, distance


def read(
    source: Source,
    options: ReadingOptions | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Corpus:
    """Everything about the words of a source, in one reading.

    Raises:
        DatasetError: when they cannot be read, or there are none.
    """
    survey = Survey()
    return _described(_first_pass(source, options or ReadingOptions(), on_progress, survey), survey)


def read_table(source: Source, options: ReadingOptions, on_progress: OnProgress) -> Corpus:
    """What the first pass gives of a source that can be read twice; `describe` does the rest.

    Raises:
        DatasetError: when the words cannot be read, or there are none.
    """
    return _first_pass(source, options, on_progress, None)


def describe(corpus: Corpus, on_progress: OnProgress) -> Corpus:
    """The second pass: lengths, different words, words to show.

    Raises:
        DatasetError: when the words cannot be read any more, or are others than at first.
    """
    survey = Survey()
    for block in _blocks(corpus, DESCRIBING, on_progress):
        survey.add(block)
    if sum(survey.lengths.values()) != corpus.names or _characters(survey) != corpus.characters:
        raise DatasetError(f"{corpus.name} changed while it was read; open it again")
    return _described(corpus, survey)


def can_find(corpus: Corpus) -> bool:
    """Whether there is something to search for what `holds` does not know: a source to be read again."""
    again = corpus.source is not None and corpus.source.size is not None
    return again and corpus.described and corpus.distinct_words is None


def find(corpus: Corpus, words: list[str], on_progress: OnProgress = ignore_progress) -> list[bool | None]:
    """`Corpus.holds` for each of these words, answered from the source where that can be read again."""
    if not can_find(corpus):
        return [corpus.holds(word) for word in words]
    import numpy as np

    wanted = {normalize(word) for word in words}
    hashes = block_hashes(Block("\n".join((*wanted, "")))) if wanted else np.zeros(0, dtype=np.uint64)
    found: set[str] = set()
    for block in _blocks(corpus, SEARCHING, on_progress):
        starts, ends = block.places
        for place in np.flatnonzero(np.isin(block_hashes(block), hashes)).tolist():
            found.add(block.text[starts[place] : ends[place]])
    rare = corpus.counts.vocabulary.rare
    return [None if rare and OTHER in word else normalize(word) in found for word in words]


def parse_words(data: bytes, name: str, options: ReadingOptions | None = None) -> Corpus:
    """The words of a list that is at hand.

    White space around a word is stripped, empty lines are dropped, line ends may be of any kind, and
    text is normalized to NFC. Upper and lower case stay different unless asked for.

    Raises:
        DatasetError: when the bytes are not text or hold no word.
    """
    return read(Source(name, lambda: BytesIO(data), len(data)), options)


def _first_pass(
    source: Source, options: ReadingOptions, on_progress: OnProgress, survey: Survey | None
) -> Corpus:
    reader, tally, listed = WordReader(source.name, options), PairTally(), 0
    try:
        for block in reader.blocks(source.chunks(COUNTING, on_progress)):
            listed += 0 if block.weights is None else len(block.weights)
            tally.add(block.text, block.weights)
            if survey is not None:
                survey.add(block, reader.without_numpy(""))
        counts = tally.counts(options.min_char_count)
        if not counts.pairs:
            raise DatasetError(f"{source.name} holds no words: it is empty or only white space")
    except DatasetError:
        if not reader.is_table:  # of a table, another column may be of use
            source.discard()
        raise
    cleaned: dict[str, Any] = dict(reader.cleaned)
    return Corpus(
        source.name,
        counts,
        listed=listed or counts.row_totals[0],
        column=reader.column,
        format=replace(reader.format, compression=source.compression()),
        first_lines=reader.first_lines,
        source=source,
        options=options,
        **cleaned,
    )


def _blocks(corpus: Corpus, stage: str, on_progress: OnProgress) -> Iterator[Block]:
    """The words once more."""
    assert corpus.source is not None
    reader = WordReader(corpus.source.name, corpus.options)
    return reader.blocks(corpus.source.chunks(stage, on_progress))


def _described(corpus: Corpus, survey: Survey) -> Corpus:
    return replace(
        corpus,
        words=tuple(survey.kept),
        lengths=dict(sorted(survey.lengths.items())),
        distinct_names=survey.distinct_names,
        distinct_words=survey.different,
    )


def _characters(survey: Survey) -> int:
    return sum(length * n for length, n in survey.lengths.items())


def different(corpus: Corpus) -> str:
    """How many different words there are, marked where that is an estimate."""
    if corpus.distinct_names is None:
        return "?"
    return f"{corpus.distinct_names:,}" if corpus.distinct_names_exact else f"about {corpus.distinct_names:,}"


def rare_characters(corpus: Corpus) -> str:
    """What the token OTHER stands for, and what leaves less to it."""
    n = corpus.counts.vocabulary.rare
    shared = "1 rare character is" if n == 1 else f"{n:,} rare characters share"
    if corpus.options.min_char_count > 1:
        helps = "a lower minimum count leaves fewer"
    else:
        helps = f"there are {MAX_VOCABULARY:,} tokens at most; lower-casing, or fewer words, leave fewer"
    return f"{shared} the token {OTHER} ({helps})"
