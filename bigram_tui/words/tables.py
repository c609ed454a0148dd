"""Detects the structure of a table from its first rows: the delimiter, the header, the column of words."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Sentence, say

SAMPLE = 1 << 16
"""How many characters are examined."""

ROWS_JUDGED = 500
TITLE_ROWS = 10
"""How many rows are searched for a header."""

DELIMITERS = "\t;|,"
"""If several fit equally well, the first wins: tables with semicolons may have decimal commas."""

Row = list[str]

GIVEN_NAMES = """
first name, given name, forename, christian name, vorname, rufname, prenom, prenoms,
voornaam, roepnaam, fornavn, fornamn, tilltalsnamn, etunimi, eiginnafn, eesnimi,
nombre, nombres, nombre de pila, nome, nome proprio, imie, imiona, jmeno, krestni
jmeno, krstne meno, meno, ime, име, имя, имена, імя, імена, prenume, keresztnev,
utonev, vardas, vards, ad, adi, isim, ονομα, όνομα, الاسم الأول, שם פרטי, 名字, 名, 이름
"""
NAMES = """
name, names, word, words, full name, fullname, title, nom, noms, nombre completo,
nome completo, nome e cognome, naam, namen, navn, navne, namn, nimi, nafn, nev,
nazwa, izena, ainm, enw, ten, ho ten, nama, ad soyad, cognome e nome, фио, название,
слово, наименование, 姓名, 氏名, 名前, 名称, 성명, 성함, اسم, الاسم, نام, שם, नाम, ชื่อ, სახელი,
անուն, wort, worter, mot, mots, palabra, palabras, parola, parole, palavra, woord,
ord, slowo, 单词, 單詞, 単語, 단어
"""
SURNAMES = """
surname, last name, family name, nachname, familienname, zuname, nom de famille,
achternaam, familienaam, efternavn, etternavn, efternamn, sukunimi, perekonnanimi,
apellido, apellidos, cognome, cognom, sobrenome, apelido, nazwisko, prijmeni,
priezvisko, prezime, priimek, презиме, фамилия, прізвище, nume, nume de familie,
vezeteknev, csaladnev, pavarde, uzvards, soyad, soyadi, soyisim, επωνυμο, επώνυμο,
نام خانوادگی, اسم العائلة, שם משפחה, 姓, 姓氏, 苗字, 성씨
"""
NOT_WORDS = """
sex, gender, geschlecht, sexe, sexo, sesso, genre, genero, genere, plec,
pohlavi, pohlavie, spol, пол, стать, geslacht, kjonn, kon, sukupuoli, sugu,
cinsiyet, nem, φυλο, 性別, 性别, 성별, الجنس, מין, race, ethnicity, ethnic, ethnie, etnia,
rasse, raca, nationality, race ethnicity, color, religion, 民族, date, datum, fecha,
data, дата, dato, tarih, paivamaara, geburtsdatum, geburtstag, birthday, birthdate,
dob, date of birth, born, timestamp, time, 日期, 日付, 날짜, year, years, jahr,
geburtsjahr, birthyear, annee, ano, anio, anno, rok, год, рік, jaar, yil, vuosi, ar,
年, 年份, 연도, month, monat, mois, mes, mese, mesiac, 月, day, tag, jour, decade, age,
alter, rank, ranking, rang, rango, ranggo, platz, position, posicion, posizione,
pozycja, miejsce, ранг, место, sira, sija, 順位, 排名, 순위, id, ids, ident, identifier,
identifiant, uuid, guid, key, code, nr, no, num, number, nummer, numero, numer,
номер, index, lfd nr, 番号, 编号, 번호, count, counts, anzahl, antal, aantal, frequency,
freq, haufigkeit, frequence, frecuencia, frequenza, frequencia, total, sum, births,
occurrences, n, liczba, pocet, количество, число, частота, кількість, cuenta,
conteo, cantidad, quantita, quantidade, effectif, adet, sayi, lukumaara, maara, 人数,
數量, 数量, 次数, 件数, 수, percent, percentage, prozent, share, ratio, proportion, weight,
gewicht, poids, peso, email, e mail, mail, phone, telefon, url, link
"""


class Kind(Enum):
    """What a column contains, likeliest to be the words first, with a phrase about it."""

    GIVEN_NAMES = "given names, by its header"
    WORDS = "words, by its header"
    SURNAMES = "surnames, by its header"
    CALLED_NAMES = "names of some kind, by its header"
    TEXT = "text"
    FEW = "few different values"
    NOT_WORDS = "no words, by its header"
    NUMBERS = "numbers, dates or identifiers"
    EMPTY = "nothing"


@dataclass(frozen=True)
class Column:
    """A column of a table: its index from 0, its name, if it has one, and its kind."""

    place: int
    name: str
    kind: Kind

    @property
    def description(self) -> str:
        if not self.name:
            return say("column {n}", n=self.place + 1)
        return say("column {n} “{name}”", n=self.place + 1, name=visible(self.name))


@dataclass(frozen=True)
class Table:
    """The structure of a table.

    `begin` is the number of rows before the words; the last of them is the `header`, if there is one. `word`
    and `weight` are the indices of the columns to read; `chosen` says whether the user asked for that of the
    words.
    """

    delimiter: str
    begin: int
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    word: int
    weight: int | None
    chosen: bool

    @property
    def needed(self) -> int:
        """The index of the last column that is read."""
        return max(self.word, -1 if self.weight is None else self.weight)

    @property
    def column(self) -> str:
        """The value of --column for the column of words: its name, if unique, or its number."""
        name = self.columns[self.word].name if self.word < len(self.columns) else ""
        is_alone = [column.name for column in self.columns].count(name) == 1
        return name if name and is_alone else str(self.word + 1)

    @property
    def description(self) -> str:
        """Which columns are read, as a phrase."""
        word = self.columns[self.word].description
        if self.weight is None:
            return word
        return say(
            "{words}, weights from {weights}", words=word, weights=self.columns[self.weight].description
        )

    @property
    def reason(self) -> str:
        """Why this column was chosen, and how to choose another; empty if the user asked for it."""
        if self.chosen or len(self.columns) < 2:
            return ""
        word = self.columns[self.word]
        others = [column for column in self.columns if column is not word and column.kind is not Kind.EMPTY]
        other = min(others, key=lambda column: list(Kind).index(column.kind), default=None)
        example = "1" if other is None else str(other.place + 1)
        return say(
            "the words are taken from {column} ({kind}); to take another: --column {example}, or “column” "
            "where word lists are opened (o)",
            column=word.description,
            kind=say(word.kind.value),
            example=example,
        )


def sample(text: str) -> tuple[str, bool]:
    """The beginning of a text, in whole lines if possible, and whether that is all of it."""
    cut = text.rfind("\n", 0, SAMPLE) + 1 if len(text) > SAMPLE else len(text)
    return text[: cut or SAMPLE], cut == len(text)


def judged(name: str, text: str, whole: bool, column: str, weight: str, delimiter: str = "") -> Table:
    """The structure of a table, judged by the start of its text; `whole` says whether that is all of it.

    `column` and `weight` are the names or numbers that the user asked for, or empty; `delimiter` is the
    expected one, if any.

    Raises:
        DatasetError: if there is no such column.
    """
    told = told_delimiter(text)
    delimiter = told or (delimiter if delimiter in text else "") or likely_delimiter(text)
    rows = rows_of(text, delimiter, whole)
    return judged_rows(name, rows, delimiter, column, weight, int(bool(told)))


def judged_rows(
    name: str, rows: list[Row], delimiter: str, column: str, weight: str, begin: int = 0
) -> Table:
    """The same for rows, the first `begin` of which are not part of the table."""
    begin += first_row(rows[begin:])
    head = rows[begin] if begin < len(rows) else []
    below = [row for row in rows[begin + 1 :] if any(row)]
    names = [cell.strip() for cell in head]
    named = any(_is_named(wanted, names, below) for wanted in (column, weight))
    header = tuple(names) if named or has_header(head, below) else ()
    rest = below if header else [head, *below]
    table = judged_columns(name, header, rest, begin + bool(header), column, weight, names)
    return replace(table, delimiter=delimiter)


def judged_columns(
    name: str,
    header: tuple[str, ...],
    rows: list[Row],
    begin: int,
    column: str,
    weight: str,
    first: Sequence[str] = (),
) -> Table:
    """The same if the names of the columns, if any, are already known; `first` is the first row."""
    width = max(map(len, [header, *rows]), default=0)
    columns = tuple(
        Column(p, header[p] if p < len(header) else "", kind_of(header[p : p + 1], _cells(rows, p)))
        for p in range(width)
    )
    names = list(header or first)
    weight_place = _asked(name, weight, names, bool(header), width) if weight else None
    word = (
        _asked(name, column, names, bool(header), width) if column else likely_column(columns, weight_place)
    )
    return Table("", begin, header, columns, word, weight_place, bool(column))


def told_delimiter(text: str) -> str:
    """The delimiter in a first line such as `sep=;`, which is meant for spreadsheets."""
    told = re.match(r'"?sep=([^"\n])"?\s*(\n|$)', text, re.IGNORECASE)
    return told[1] if told else ""


def likely_delimiter(text: str) -> str:
    """The delimiter that splits the most rows into the same number of cells, outside quotes."""
    return max(DELIMITERS, key=lambda delimiter: _regularity(text, delimiter))


def _regularity(text: str, delimiter: str) -> tuple[float, int]:
    """The share of rows with the most common number of cells, from 2 on, and that number."""
    widths = Counter(len(row) for row in rows_of(text, delimiter, True) if any(row))
    cut = {width: n for width, n in widths.items() if width > 1}
    if not cut:
        return 0.0, int(delimiter == ",")
    width = max(cut, key=lambda width: (cut[width], width))
    return cut[width] / widths.total(), width


def rows_of(text: str, delimiter: str, whole: bool) -> list[Row]:
    """The rows of a text, without the last one if the text is cut off; NUL, which csv refuses before Python
    3.11, as the character for it."""
    reader, rows = csv.reader(io.StringIO(text.replace("\0", "␀")), delimiter=delimiter), []
    for row in reader:
        rows.append(row)
        if len(rows) > ROWS_JUDGED:
            return rows[:-1]
    return rows if whole or len(rows) < 2 else rows[:-1]


def first_row(rows: list[Row]) -> int:
    """The index of the first row of the table: the first one as wide as those after it.

    A title may seem equally wide because of empty cells, as written by spreadsheets, or of commas; then a
    header follows it.
    """
    filled = [_filled(row) for row in rows if any(row)]
    if not filled:
        return 0
    widths = Counter(filled[len(filled) // 2 :])
    width = max(widths, key=lambda width: (widths[width], width))
    wide = [place for place, row in enumerate(rows) if any(row) and len(row) >= width]
    named = next((place for place in wide[:TITLE_ROWS] if _names_columns(rows[place])), None)
    if named is not None:
        return named
    for place, following in pairwise(wide):
        title = width > 1 and _filled(rows[place]) == 1
        if not (title and has_header(rows[following], [row for row in rows[following + 1 :] if any(row)])):
            return place
    return wide[-1]


def _names_columns(row: Row) -> bool:
    """Whether all cells of a row are typical column names, including that of a column of names."""
    kinds = [called(cell) for cell in row if cell.strip()]
    return len(kinds) > 1 and None not in kinds and not {Kind.NOT_WORDS}.issuperset(kinds)


def _filled(row: Row) -> int:
    """The number of cells up to the last one that is not empty."""
    return max((place for place, cell in enumerate(row, 1) if cell.strip()), default=0)


def has_header(first: Row, below: list[Row]) -> bool:
    """Whether a row is a header: it differs from the rows below, or has typical column names."""
    if not below:
        return _names_columns(first)
    columns = [(cell.strip(), _cells(below, place)) for place, cell in enumerate(first)]
    coded = [cell for cell, cells in columns if cell and cells and all(map(_has_digit, cells))]
    if any(not _has_digit(cell) and any(map(str.isalpha, cell)) for cell in coded):
        return True
    named = [(called(cell), cell) for cell, _ in columns if cell]
    kinds = [kind for kind, _ in named]
    if Kind.WORDS in kinds or any(
        kind in (Kind.GIVEN_NAMES, Kind.SURNAMES) and _is_whole(cell) for kind, cell in named
    ):
        return True
    if coded:  # a number above numbers
        return False
    if any(_never_recurs(cell, cells) for cell, cells in columns):
        return True
    return 2 * sum(kind is not None for kind in kinds) >= len(kinds) > 0


def _never_recurs(cell: str, below: list[str]) -> bool:
    """Whether the values below repeat and this one does not, or they are short codes."""
    times = Counter(below)
    if not cell or cell in times or len(below) < 3 or len(times) == len(below) > 3:
        return False
    lengths = {len(value) for value in times}
    return (len(below) > 3 and min(times.values()) > 1) or (max(lengths) <= 2 < len(cell))


def likely_column(columns: Sequence[Column], weight: int | None) -> int:
    """The column of words: given names before surnames, text before codes, numbers only as a last resort."""
    order = list(Kind)
    candidates = [column for column in columns if column.place != weight] or columns
    return min(candidates, key=lambda column: order.index(column.kind)).place if candidates else 0


def kind_of(names: Sequence[str], cells: list[str]) -> Kind:
    """What a column contains, judged by its name, if any, and its cells that are not empty."""
    if not cells:
        return Kind.EMPTY
    if sum(map(_has_digit, cells)) > 0.9 * len(cells) or all("@" in cell or "://" in cell for cell in cells):
        return Kind.NUMBERS
    kind = called(names[0]) if names else None
    if kind is not None:
        return kind
    different = len(set(cells))
    few = (len(cells) + 1) // 2 if len(cells) <= 10 else max(5, len(cells) // 10)
    is_code = all(len(cell) == 1 for cell in cells)
    return Kind.FEW if is_code or (different <= few and len(cells) > 1) else Kind.TEXT


@lru_cache(maxsize=256)
def called(name: str) -> Kind | None:
    """What a column with this name contains, if the name or a part of it is known."""
    words = folded(name)
    spaced, squeezed = f" {' '.join(words)} ", "".join(words)
    if not squeezed:
        return None

    def says(known: str) -> bool:
        """Matches words; long ones also within compounds (Vorname in Kindervorname), Chinese anywhere."""
        compact = known.replace(" ", "")
        if f" {known} " in spaced or compact == squeezed:
            return True
        if not compact[0].isalpha() or _is_ideographic(compact):
            return compact in squeezed
        return len(compact) >= 4 and any(w.startswith(compact) or w.endswith(compact) for w in words)

    phrases = _phrases()
    if squeezed in {known.replace(" ", "") for known in phrases[Kind.WORDS]}:
        return Kind.WORDS
    if any(
        f" {known} " in spaced or (_is_ideographic(known) and known in squeezed)
        for known in phrases[Kind.NOT_WORDS]
    ):
        return Kind.NOT_WORDS
    if any(map(says, phrases[Kind.SURNAMES])):
        return Kind.SURNAMES
    if any(map(says, phrases[Kind.GIVEN_NAMES])):
        return Kind.GIVEN_NAMES
    return Kind.CALLED_NAMES if any(map(says, phrases[Kind.WORDS])) else None


@lru_cache(maxsize=1)
def _phrases() -> dict[Kind, tuple[str, ...]]:
    texts = {
        Kind.GIVEN_NAMES: GIVEN_NAMES,
        Kind.WORDS: NAMES,
        Kind.SURNAMES: SURNAMES,
        Kind.NOT_WORDS: NOT_WORDS,
    }
    return {
        kind: tuple(" ".join(folded(phrase)) for phrase in text.split(",")) for kind, text in texts.items()
    }


def folded(name: str) -> list[str]:
    """The words of a header, ignoring case, accents and punctuation."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    name = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"['’‘ʼ`´]", "", name).translate(_SEPARATORS).split()


class _Separators(dict[int, str]):
    """A translation table that maps everything but letters and digits to spaces."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        return self[code]


_SEPARATORS = _Separators({ord(a): b for a, b in zip("ıłøđ", "ilod", strict=True)})


def _is_ideographic(text: str) -> bool:
    return unicodedata.name(text[0], "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA"))


def _is_whole(name: str) -> bool:
    """Whether a header is exactly one of those known for names."""
    whole, phrases = "".join(folded(name)), _phrases()
    known = (phrase for kind in (Kind.GIVEN_NAMES, Kind.SURNAMES) for phrase in phrases[kind])
    return any(phrase.replace(" ", "") == whole for phrase in known)


def _has_digit(cell: str) -> bool:
    return any(map(str.isdecimal, cell))


def _cells(rows: list[Row], place: int) -> list[str]:
    """The cells of a column that are not empty."""
    return [cell for row in rows if place < len(row) and (cell := row[place].strip())]


def _called(wanted: str, names: list[str]) -> int | None:
    """The index of this name in a row: an exact match, or one that differs only in spelling."""
    if not wanted:
        return None
    if wanted in names:
        return names.index(wanted)
    ways = [folded(name) for name in names]
    same = folded(wanted)
    return ways.index(same) if same and same in ways else None


def _is_named(wanted: str, names: list[str], below: list[Row]) -> bool:
    """Whether a row contains the wanted column name; a number above numbers is not a name."""
    place = _called(wanted, names)
    return place is not None and not (wanted.isdecimal() and all(map(_has_digit, _cells(below, place))))


def _asked(dataset: str, wanted: str, names: list[str], header: bool, width: int) -> int:
    place = _called(wanted, names) if header else None
    if place is None and wanted.isascii() and wanted.isdecimal():
        place = int(wanted) - 1
        if place >= width:
            if width == 1:
                raise DatasetError("{name} has no column {n}: its rows have 1 column", name=dataset, n=wanted)
            raise DatasetError(
                "{name} has no column {n}: its rows have {width} columns", name=dataset, n=wanted, width=width
            )
    if place is None and width and not names:
        raise DatasetError(
            "{name} has no column “{column}”: its columns have numbers, but no names",
            name=dataset,
            column=visible(wanted),
        )
    if place is None:
        raise DatasetError(
            "{name} has no column “{column}”; its first row is {row}",
            name=dataset,
            column=visible(wanted),
            row=", ".join(f"“{visible(name)}”" for name in names[:20]) or Sentence("empty"),
        )
    return place


class Weights:
    """Parses the weights of a column as whole numbers.

    `separator` is the thousands separator, if there is one; `has_decimals` says whether some weights end in
    .0, as some programs write whole numbers.
    """

    def __init__(self, dataset: str, unit: str = "line") -> None:
        """`unit` is what messages count: a line, or a value of JSON, in which a point is always decimal."""
        self._dataset = dataset
        self._unit = unit
        self.separator = ""
        self.has_decimals = False
        self._grouped = self._plain = 0

    def read(self, cell: str, line: int) -> int:
        """Parse the weight in a cell; the line is for the error message.

        Raises:
            DatasetError: if it is not a whole number of 0 or more, or is ambiguous.
        """
        if cell.isdecimal() and cell.isascii():
            if len(cell) > 3:
                self._plain = self._plain or line
                self._check_grouping()
            return int(cell[:4000])
        text = cell.strip()
        if not text:
            raise DatasetError("{place}: the weight is empty", place=self._place(line))
        found = re.fullmatch(
            r"(\d+|\d{1,3}(?:([,' ’\u00a0\u2009\u202f])\d{3}(?:\2\d{3})*))(\.0+)?", text, re.ASCII
        )
        weight = Sentence("{place}: the weight “{text}”", place=self._place(line), text=visible(cell[:40]))
        if self._unit == "line" and re.fullmatch(r"\d{1,3}\.\d{3}", text, re.ASCII):
            raise DatasetError(
                "{weight} is ambiguous: “.” may stand before decimals or between thousands, as in {example}; "
                "write it without",
                weight=weight,
                example=text.replace(".", ","),
            )
        if not found:
            raise DatasetError("{weight} is not a whole number of 0 or more", weight=weight)
        if found[2]:
            if self.separator not in ("", found[2]):
                other = self._numbered(self._grouped)
                raise DatasetError("{weight} is not grouped as on {place}", weight=weight, place=other)
            self.separator, self._grouped = found[2], self._grouped or line
        elif len(found[1]) > 3:
            self._plain = self._plain or line
        self._check_grouping()
        self.has_decimals |= bool(found[3])
        return int(found[1].replace(found[2] or ",", "")[:4000])

    def _check_grouping(self) -> None:
        if self._grouped and self._plain:
            raise DatasetError(
                "{name}: on {grouped} the weight has “{sign}” between the thousands, on {plain} it has not: "
                "one may mean another number",
                name=self._dataset,
                grouped=self._numbered(self._grouped),
                sign=visible(self.separator),
                plain=self._numbered(self._plain),
            )

    def _place(self, line: int) -> Sentence:
        return Sentence("{name}, {place}", name=self._dataset, place=self._numbered(line))

    def _numbered(self, line: int) -> Sentence:
        return Sentence("line {n:,}", n=line) if self._unit == "line" else Sentence("value {n:,}", n=line)
