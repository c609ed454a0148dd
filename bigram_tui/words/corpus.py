"""Corpus: what is known about the words of a dataset, and reading them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import MAX_VOCABULARY
from bigram_tui.lm.vocabulary import OTHER, normalize, sign, visible
from bigram_tui.texts import Sentence, say
from bigram_tui.words.distinct import HashedWords
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.streams import Source

if TYPE_CHECKING:
    from bigram_tui.words.pieces import Pieces
    from bigram_tui.words.tables import Table

TOP_NGRAMS = 10
"""How many of the most frequent n-grams a summary has."""

INVISIBLE = frozenset(
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
"""Zero-width characters, which only matter between other characters, if at all."""


class Shape(Enum):
    """How words are stored in JSON."""

    WORDS = "a list of words"
    OBJECTS = "objects that have the same keys"
    OBJECT = "an object, which is the only row"
    ROWS = "rows, each a list"
    COLUMNS = "an object whose values are lists, one a column"
    KEYS = "an object whose keys are the words, and whose values numbers"


class Layout(NamedTuple):
    """Where words are in JSON: in the value under these keys, or one value per line."""

    shape: Shape | None = None
    path: tuple[str, ...] = ()
    is_lines: bool = False


class Disguise(NamedTuple):
    """What a plain list looks like instead, and how to read it as that."""

    what: Sentence | str
    how: ReadingOptions

    @property
    def reason(self) -> str:
        option = f"--column {visible(self.how.column)}"
        if separator := self.how.separator:
            option = f"--separator {'tab' if separator == chr(9) else repr(separator)}"
        return say(
            "it looks like {what}, but each line is read as one word; to read it that way: {option}, or t "
            "in the preview where word lists are opened (o)",
            what=self.what,
            option=option,
        )


@dataclass(frozen=True)
class Format:
    """The detected format of a list.

    `encoding` is Python's name of the text encoding; `members` are the files that were read if there are
    several, as in a zip archive. For a table, `thousands` is the thousands separator of the weights,
    `has_decimals` says whether some weights end in .0, and `layout` says where the table is in JSON.
    `disguise` is what a plain list looks like instead. `has_controls` says whether there are C1 control
    characters, which do not belong in any list.
    """

    compression: str = ""
    members: tuple[str, ...] = ()
    encoding: str = "utf-8"
    table: Table | None = None
    thousands: str = ""
    has_decimals: bool = False
    layout: Layout | None = None
    disguise: Disguise | None = None
    has_controls: bool = False

    @property
    def controls(self) -> str:
        """A sentence about C1 control characters, if there are any."""
        if not self.has_controls:
            return ""
        perhaps = say("it is written in cp1252, not in {encoding}: --encoding cp1252", encoding=self.encoding)
        if self.encoding.startswith("utf"):
            perhaps = say("it was written in cp1252 and converted as if it were latin-1")
        return say(
            "it has control characters from U+0080 to U+009F, which are in no words; perhaps {perhaps}",
            perhaps=perhaps,
        )


class Cause(Enum):
    """Why a line was left out or changed on reading, with the message about such lines."""

    EMPTY = "empty", "contained no word"
    TRIMMED = "trimmed", "had white space around the word, which was removed"
    INVISIBLE = (
        "with invisible characters",
        "had zero-width characters around the word, which were removed",
    )
    MARKED = "with a byte order mark", "began with one, as in joined files, which was removed"
    REPEATED = "repeated", "repeated a word, and only distinct words were wanted"
    WEIGHTLESS = "of weight 0", "had a word that counts as 0"
    SHORT = "without the column", "ended before the column with the words"
    BEFORE = "before the table", "came before the table, like a title"
    HEADER = "header", "named the columns"
    SKIPPED = "skipped", "were at the beginning, and were to be skipped"

    def __init__(self, label: str, explanation: str) -> None:
        self.label = label
        self.explanation = explanation

    @property
    def is_left_out(self) -> bool:
        """Whether such a line is left out."""
        return self not in (Cause.TRIMMED, Cause.INVISIBLE, Cause.MARKED)


class SavedTable(NamedTuple):
    """Identifies a list of which only the counts were saved, not the words.

    `counts` are for the longest context; `sources` are the names of what was counted.
    """

    counts: NgramCounts
    distinct_names_exact: bool
    sources: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The names of the first sources."""
        return ", ".join(map(visible, self.sources[:3])) + ", …" * (len(self.sources) > 3)


@dataclass(frozen=True)
class Corpus:
    """The words of a dataset, their bigram counts, and how many lines were cleaned up on reading, by cause.

    The first pass provides the counts; `lengths`, `distinct_names` and `words` come with the second pass and
    are empty until then. `words` are all words in order, or an evenly spread sample of at most 200,000; in a
    list with weights, each word appears as often as it is listed. `distinct_words` is None if there are too
    many to keep. A `saved` table has no words. A list that was read in `pieces` can be read in them again.
    """

    name: str
    counts: NgramCounts
    words: tuple[str, ...] = ()
    lengths: dict[int, int] = field(default_factory=dict)
    distinct_names: int | None = None
    distinct_words: set[str] | HashedWords | None = None
    listed: int = 0
    cleaned: Mapping[Cause, int] = field(default_factory=dict)
    format: Format = field(default_factory=Format, compare=False)
    first_lines: tuple[str, ...] = field(default=(), compare=False)
    source: Source | None = field(default=None, compare=False)
    options: ReadingOptions = field(default_factory=ReadingOptions, compare=False)
    saved: SavedTable | None = None
    pieces: Pieces | None = field(default=None, compare=False)

    @property
    def names(self) -> int:
        """The number of words, each counted with its weight."""
        return self.counts.row_totals[0]

    @property
    def characters(self) -> int:
        """The total number of characters of all words."""
        return self.counts.total - self.names

    @property
    def described(self) -> bool:
        """Whether the second pass is done."""
        return bool(self.lengths)

    @property
    def column(self) -> str:
        """Which column of a table the words come from, as a phrase."""
        return self.format.table.description if self.format.table else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about where the list comes from, and about what was decided on reading it."""
        found = remarks(self.source, self.format)
        if not self.saved:
            return found
        return (*found, say("it is a table of {list}, saved without the words", list=self.saved.shown))

    @property
    def lists_all(self) -> bool:
        """Whether `words` has all words, not a sample."""
        return len(self.words) == self.listed

    @property
    def distinct_names_exact(self) -> bool:
        """Whether `distinct_names` is exact, not an estimate."""
        return self.saved.distinct_names_exact if self.saved else self.distinct_words is not None

    @property
    def min_length(self) -> int | None:
        return min(self.lengths, default=None)

    @property
    def max_length(self) -> int | None:
        return max(self.lengths, default=None)

    @property
    def mean_length(self) -> float:
        return self.characters / self.names

    def holds(self, word: str) -> bool | None:
        """Whether a word is in the data; None if unknown.

        It is unknown for words that contain the token OTHER, and for all words if there are too many distinct
        ones to keep.
        """
        if self.distinct_words is None or (self.counts.vocabulary.rare and OTHER in word):
            return None
        return normalize(word) in self.distinct_words

    @cached_property
    def _unrepeated(self) -> list[str]:
        return list(dict.fromkeys(self.words))

    def words_with(self, *ngram: str) -> list[str]:
        """The distinct words that contain these consecutive characters, in order.

        The empty string is the boundary, and nothing comes before it.
        """
        *before, last = (character or "\n" for character in ngram)
        context = re.sub("^\n+", "\n", "".join(before))
        fold = self.counts.vocabulary.fold if OTHER in ngram else str
        return [word for word in self._unrepeated if context + last in f"\n{fold(word)}\n"]

    def nearest(self, word: str) -> tuple[str, int]:
        """The word of the data with the smallest edit distance (Levenshtein), and the distance.

        If there are several, it is the first in the data, as far as `words` has them.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        # By default rapidfuzz compares words without preprocessing; without a cutoff it always finds one.
        found, distance, _ = process.extractOne(
            normalize(word), self._unrepeated, scorer=Levenshtein.distance
        )
        return found, distance


def remarks(source: Source | None, found: Format) -> tuple[str, ...]:
    """Sentences about where a list comes from, and about what was decided on reading it."""
    reason = found.table.reason if found.table else ""
    looks = found.disguise.reason if found.disguise else ""
    notes = map(str, source.notes if source else ())
    return (*notes, *filter(None, (reason, looks, found.controls)))


def summary(corpus: Corpus, counts: NgramCounts) -> dict[str, object]:
    """The figures of a list and of its n-grams; `nll` is in nats per n-gram, without smoothing.

    Of bigrams they are called so; of others they are `ngrams`, and `context` is how many tokens precede each.
    """
    signs, V, c = counts.vocabulary.signs, len(counts.vocabulary), counts.context
    ngrams = "bigrams" if c == 1 else "ngrams"
    return {
        "names": corpus.names,
        "distinct_names": corpus.distinct_names,
        "distinct_names_exact": corpus.distinct_names_exact,
        "characters": corpus.characters,
        **({} if c == 1 else {"context": c}),
        ngrams: counts.total,
        f"distinct_{ngrams}": len(counts.keys),
        "vocabulary": list(signs),
        "min_length": corpus.min_length,
        "max_length": corpus.max_length,
        "mean_length": corpus.mean_length,
        f"top_{ngrams}": [
            ([signs[token] for token in (*tokens_of(state, V, c), token)], n)
            for state, token, n in counts.ranked(TOP_NGRAMS)
        ],
        "nll": counts.nll(0),
    }


def different(corpus: Corpus) -> str:
    """The number of distinct words, marked if it is an estimate."""
    if corpus.distinct_names is None:
        return "?"
    n = corpus.distinct_names
    return f"{n:,}" if corpus.distinct_names_exact else say("about {n:,}", n=n)


def cleaned(corpus: Corpus) -> str:
    """What was left out or changed on reading, and how often; empty if nothing was.

    Zero-width characters inside words stay.
    """
    parts = [f"{n:,} {say(cause.label)}" for cause, n in corpus.cleaned.items()]
    if inside := INVISIBLE.intersection(corpus.counts.vocabulary.characters):
        parts.append(say("{signs} inside words stays", signs=" ".join(map(sign, sorted(inside)))))
    return ", ".join(parts)


def rare_characters(corpus: Corpus) -> str:
    """What the token OTHER stands for, and how to have fewer characters share it."""
    n = corpus.counts.vocabulary.rare
    if corpus.options.min_char_count > 1:
        helps = say("a lower minimum count leaves fewer")
    else:
        helps = say(
            "there are {most:,} tokens at most; lower-case the words, or read fewer of them",
            most=MAX_VOCABULARY,
        )
    if n == 1:
        return say("1 rare character is the token {sign} ({helps})", sign=OTHER, helps=helps)
    return say("{n:,} rare characters share the token {sign} ({helps})", n=n, sign=OTHER, helps=helps)
