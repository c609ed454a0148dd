"""Detects from its beginning that a plain list is really a table, JSON, or words all on one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bigram_tui.texts import Sentence
from bigram_tui.words.corpus import Disguise
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.records import BEGINNING, likely_key
from bigram_tui.words.tables import Kind, judged, likely_delimiter, rows_of, sample

SIGNS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}
CODES = (Kind.NUMBERS, Kind.NOT_WORDS, Kind.FEW)
MOST_WORDS = 3
"""The most words in a name; more than this between two commas is a sentence."""

MOST_COLUMNS = 4
"""The most columns of a table that contains only words; with more, it is words wrapped over several lines."""


def disguise(text: str, options: ReadingOptions) -> Disguise | None:
    """What the beginning of a list looks like, if it is not a plain list."""
    start, is_whole = sample(text)
    if BEGINNING.match(start):
        return Disguise("JSON", replace(options, column=likely_key(start)))
    delimiter = likely_delimiter(start)
    rows = [row for row in rows_of(start, delimiter, is_whole) if any(row)]
    cut_rows = [row for row in rows if len(row) > 1]
    if not rows or 10 * len(cut_rows) < 9 * len(rows):
        return None
    signs = Sentence(SIGNS[delimiter])
    table = judged("", start, is_whole, "", "")
    cells = [cell for row in rows for cell in row if cell.strip()]
    is_coded = bool(table.header) or any(column.kind in CODES for column in table.columns)
    is_prose = 10 * sum(len(cell.split()) > MOST_WORDS for cell in cells) > len(cells)
    if is_prose and delimiter == "," and not is_coded:
        return None
    width, times = Counter(map(len, rows)).most_common(1)[0]
    is_regular = 10 * times >= 9 * len(rows)
    if is_regular and (is_coded or (2 <= width <= MOST_COLUMNS and len(rows) > 1)):
        what = Sentence("a table of {n} columns, with {signs} between them", n=width, signs=signs)
        return Disguise(what, replace(options, column=str(table.word + 1)))
    if len(cells) > 2 * len(rows) and not is_coded:
        what = Sentence("words with {signs} between them", signs=signs)
        return Disguise(what, replace(options, separator=delimiter))
    return None
