"""JSON as a table: lists of words, of objects or of rows, one value per line, or lists inside an object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice, zip_longest
from typing import Any, NoReturn

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Phrase, Sentence
from bigram_tui.words.corpus import Layout, Shape
from bigram_tui.words.tables import ROWS_JUDGED, Row, Table, judged_columns, judged_rows

LINES_ENDINGS = (".jsonl", ".ndjson")
MAX_VALUE = 1 << 26
"""The most characters of a single value; lists are streamed element by element."""

MAX_DEPTH = 4
"""How deeply objects are searched for lists."""

BEGINNING = re.compile(r'\s*(\{\s*"[^"]*"\s*:|\[\s*("|\{\s*"|\[\s*["\d]))')
"""The start of JSON that contains words, and of hardly anything else."""

_SPACE = re.compile(r"[ \t\n\r]*")


class NumberText(str):
    """A number as text; whole numbers without decimals."""


def _decimal(text: str) -> NumberText:
    number = float(text)
    return NumberText(int(number) if number.is_integer() else text)


class JsonValues:
    """Streams the values of a JSON text: the elements of a list, or consecutive values.

    ijson, which does the same, needs memory quadratic in the depth and alters lone surrogates.
    """

    def __init__(self, name: str, texts: Iterable[str], is_lines: bool) -> None:
        """With `is_lines`, a list is a value like any other."""
        self._name = name
        self._texts = iter(texts)
        self._text = ""
        self._place = 0
        self._lines = 1
        self._decode = json.JSONDecoder(parse_int=NumberText, parse_float=_decimal).raw_decode
        self.is_list = not is_lines and self._next() == "["

    def read(self) -> Iterator[Any]:
        """All values.

        Raises:
            DatasetError: if it is not JSON.
        """
        if not self.is_list:
            while self._next():
                yield self._value()
            return
        self._place += 1
        while self._next() != "]":
            yield self._value()
            while self._next() == ",":
                self._place += 1
                yield self._value()
            if self._next() != "]":
                self._refuse(Phrase("a comma or the end of the list is missing"))
        self._place += 1
        if self._next():
            self._refuse(Phrase("there is more after the end of the list"))

    def _next(self) -> str:
        """Peek at the next character other than white space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._place)
            self._place = space.end() if space else self._place
            if self._place < len(self._text) or not self._more():
                return self._text[self._place : self._place + 1]

    def _value(self) -> Any:
        while True:
            self._next()
            begin, size = self._place, len(self._text) - self._place
            try:
                value, end = self._decode(self._text, begin)
            except RecursionError:
                self._refuse(Phrase("lists or objects are nested too deeply"))
            except ValueError as error:
                trouble = error.pos - begin if isinstance(error, json.JSONDecodeError) else 0
                if size > MAX_VALUE or not self._more():
                    self._refuse(Phrase("this cannot be read"), trouble)
                continue
            left = len(self._text) - end
            if left or not self._more():  # a number may continue
                self._place = len(self._text) - left
                return value

    def _more(self) -> bool:
        """Read at least as much again as is left over; returns whether there was anything."""
        self._lines += self._text.count("\n", 0, self._place)
        parts, size, self._place = [self._text[self._place :]], 0, 0
        while size <= len(parts[0]) and (text := next(self._texts, "")):
            parts.append(text)
            size += len(text)
        self._text = "".join(parts)
        return size > 0

    def _refuse(self, why: Phrase, further: int = 0) -> NoReturn:
        line = self._lines + self._text.count("\n", 0, self._place + further)
        raise DatasetError(
            "{name} is not JSON: {why}, on line {line:,}", name=self._name, why=Sentence(why), line=line
        ) from None


def read_records(
    name: str, texts: Iterable[str], ending: str, column: str, weight: str
) -> tuple[Layout, Table, Iterator[tuple[int, Row]]]:
    """JSON as a table, and its rows, numbered from 1.

    Raises:
        DatasetError: if it is not JSON or is empty; possibly only while the rows are read.
    """
    values = JsonValues(name, texts, ending in LINES_ENDINGS)
    listed: Iterator[Any] = values.read()
    first = list(islice(listed, ROWS_JUDGED))
    keys: tuple[str, ...] = ()
    layout = Layout(is_lines=not values.is_list)
    if len(first) == 1 and isinstance(first[0], dict) and ending not in LINES_ENDINGS and not values.is_list:
        layout, keys, found = _inside(first[0], column)
        listed = iter(found)
        first = list(islice(listed, ROWS_JUDGED))
    if not first:
        raise DatasetError("{name} holds no words: there is no list of them in it", name=name)
    if layout.shape is None:
        shape = next(shape for kind, shape in _SHAPES.items() if isinstance(first[0], kind))
        layout = layout._replace(shape=shape)
    keys = keys or tuple(dict.fromkeys(key for value in first if isinstance(value, dict) for key in value))
    rows = [_row(value, keys) for value in first]
    shown = [[_shown(cell) for cell in row] for row in rows]
    if layout.shape is Shape.ROWS:
        table = judged_rows(name, shown, "", column, weight)
    else:
        table = judged_columns(name, keys, shown, 0, column, weight)
    read: Iterator[list[Any]] = chain(rows, (_row(value, keys) for value in listed))
    if layout.shape is Shape.COLUMNS:  # columns may differ in length
        read = (row for row in read if row[table.word] is not None)
    return layout, table, _chosen(name, table, read)


def likely_key(start: str) -> str:
    """The key to pass as --column for a text that starts like this."""
    found = []
    with suppress(DatasetError):  # the last value may be incomplete
        for value in JsonValues("", [start], False).read():
            found.append(value)
    return read_records("", [json.dumps(found)], "", "", "")[1].column if found else "1"


_SHAPES = {dict: Shape.OBJECTS, list: Shape.ROWS, object: Shape.WORDS}


def _row(value: Any, keys: tuple[str, ...]) -> list[Any]:
    if isinstance(value, dict):
        return [value.get(key) for key in keys]
    return value if isinstance(value, list) else [value]


def _chosen(name: str, table: Table, rows: Iterable[list[Any]]) -> Iterator[tuple[int, Row]]:
    """The rows as text; the values in the columns that are read must be text or numbers."""
    for number, row in enumerate(rows, 1):
        for place in (table.word, table.weight):
            if place is not None and place < len(row) and isinstance(row[place], (dict, list)):
                is_called = place < len(table.header)
                raise DatasetError(
                    "{name}, value {n:,}: “{key}” is a list or an object, not text",
                    name=name,
                    n=number,
                    key=visible(table.header[place]) if is_called else Sentence("the word"),
                )
        yield number, [_shown(cell) for cell in row]


def _shown(cell: Any) -> str:
    """Text with lone surrogates replaced, which are valid in JSON but not in UTF-8."""
    if isinstance(cell, str):
        return cell if cell.isascii() else cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "" if cell is None or isinstance(cell, (dict, list)) else json.dumps(cell)


def _inside(value: dict[str, Any], column: str) -> tuple[Layout, tuple[str, ...], list[Any]]:
    """The lists inside an object: one list of objects or rows, or lists of words, which are columns.

    An object whose values are numbers has the words as keys; any other object is the only row of a table.
    Also returns the names of the columns, if the rows do not have them.
    """
    lists = dict(_lists(value, ()))
    plain = {path: found for path, found in lists.items() if not isinstance(found[0], (dict, list))}
    nested = next((path for path in lists if path not in plain), None)
    if nested is not None and not any(path[-1] == column for path in plain):
        return Layout(None, nested), (), lists[nested]
    if plain:
        parent = next((path[:-1] for path in plain if path[-1] == column), next(iter(plain))[:-1])
        columns = {path[-1]: found for path, found in plain.items() if path[:-1] == parent}
        return Layout(Shape.COLUMNS, parent), tuple(columns), list(map(list, zip_longest(*columns.values())))
    if all(isinstance(each, NumberText) for each in value.values()):
        return Layout(Shape.KEYS), (), [list(item) for item in value.items()]
    return Layout(Shape.OBJECT), (), [value]


def _lists(value: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    for key, found in value.items():
        if isinstance(found, list) and found:
            yield (*path, key), found
        elif isinstance(found, dict) and len(path) < MAX_DEPTH:
            yield from _lists(found, (*path, key))
