"""The cells from the dataset to its vocabulary: reads the same words as the program, by simpler means."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from bigram_tui.code.notebook import WIDTH, CodeCell, filled_cell, literal
from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import MAX_VOCABULARY
from bigram_tui.lm.vocabulary import OTHER, Vocabulary
from bigram_tui.words import built_in
from bigram_tui.words.corpus import INVISIBLE, Cause, Corpus, Shape
from bigram_tui.words.options import ReadingOptions

if TYPE_CHECKING:
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.words.split import Split
    from bigram_tui.words.tables import Table

MAX_LITERAL = 2_000
"""Words that cannot be read again are written out as a literal if they have at most this many characters."""

LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Characters that str.splitlines treats as line ends, unlike the program."""

NORMALIZED_TO_ASCII = set("K;`")
"""ASCII characters that NFC produces from others: from the kelvin sign, the Greek question mark, …"""

MODULES = {"gzip": "gzip", "bz2": "bz2", "xz": "lzma", "zstd": "zstd"}


class _Text(NamedTuple):
    """How to open the text: a sentence about it, the lines before, an expression for the open file.

    `each` is the head of a loop over several files, if there are several.
    """

    words: str
    setup: list[str]
    file: str
    each: str = ""


def words_cell(corpus: Corpus) -> CodeCell:
    """`words`, and `weights` if there are any, cleaned up as the program does."""
    if not _can_be_read_again(corpus) and _is_short(corpus):
        words = "The words, written out: they came from where they cannot be read again."
        return CodeCell(words, "\n".join(_written_out("words", corpus.words)))
    text = _text(corpus)
    if corpus.options.skip:
        text = text._replace(file=f"islice({text.file}, {corpus.options.skip}, None)")
    if corpus.format.table:
        lines = _table(corpus, text)
    else:
        lines = (_separated if corpus.options.separator else _list)(corpus, text)
    return CodeCell(text.words, "\n".join([*text.setup, *lines]))


def is_weighted(corpus: Corpus) -> bool:
    """Whether there are `weights`."""
    return corpus.format.table is not None and corpus.format.table.weight is not None


def each_word(dataset: Dataset) -> str:
    """The part after `for` in a loop over the words that are learned from."""
    weighted = is_weighted(dataset.corpus)
    if dataset.parts:
        return "w, weight in train" if weighted else "w in train"
    return "w, weight in zip(words, weights)" if weighted else "w in words"


def split_cells(dataset: Dataset) -> list[CodeCell]:
    """`train`, `dev` and `test`, if there is a split: words, or pairs of word and weight."""
    if not dataset.parts:
        return []
    split, weighted = dataset.split, is_weighted(dataset.corpus)
    return [split_cell(split, weighted, dataset.parts.shuffled)]


def split_cell(split: Split, weighted: bool, shuffled: bool) -> CodeCell:
    """`train`, `dev` and `test`, split as in the lecture's second part."""
    words = "Train to learn from, dev to choose by, test to be judged on, as in the lecture."
    if not shuffled:
        words += " So long a list the program splits while it reads it, so that its numbers differ a little."
    first, second = split.fractions.ends
    parts, entries = "train, dev, test", "list(zip(words, weights))" if weighted else "words"
    lines = [f"entries = {entries}"] if weighted or split.together else []
    name = "entries" if lines else "words"
    if split.together:
        word = "entry[0]" if weighted else "entry"
        lines += ["equal = {}", "for entry in entries:", f"    equal.setdefault({word}, []).append(entry)"]
        lines.append("entries = list(equal.values())")
    lines += [
        f"random.seed({split.seed})",
        f"random.shuffle({name})",
        f"n1 = int({literal(first)} * len({name}))",
        f"n2 = int({literal(second)} * len({name}))",
        f"{parts} = {name}[:n1], {name}[n1:n2], {name}[n2:]",
    ]
    if split.together:
        lines.append(f"{parts} = ([entry for same in part for entry in same] for part in ({parts}))")
    return CodeCell(words, "\n".join(lines))


def boundary(vocabulary: Vocabulary) -> str:
    """The boundary's sign as a literal; it is not a character of the words."""
    return repr(vocabulary.signs[0])


def place_of(counts: NgramCounts, place: tuple[int, int]) -> str:
    """`ix1` and `ix2`, computed from an n-gram's characters: its context's number, and its last token."""
    V, characters = len(counts.vocabulary), (counts.vocabulary.signs[0], *counts.vocabulary.characters)
    before, last = [characters[ix] for ix in tokens_of(place[0], V, counts.context)], characters[place[1]]
    if counts.context == 1:
        return f"ix1, ix2 = stoi[{before[0]!r}], stoi[{last!r}]"
    number = f"for ch in {before!r}:\n    ix1 = ix1 * V + stoi[ch]\n" if before else ""
    return f"ix1 = 0\n{number}ix2 = stoi[{last!r}]"


def vocabulary_cell(corpus: Corpus, counts: NgramCounts) -> CodeCell:
    """`stoi`, `itos` and V."""
    vocabulary = counts.vocabulary
    rare = " Rare characters share the last token." if vocabulary.rare else ""
    return filled_cell(
        f"Each character is a token; token 0 is the boundary before and after each word.{rare}",
        """\
$characters
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi[$boundary] = 0
itos = {i: s for s, i in stoi.items()}
V = len(stoi)
""",
        characters=_characters(corpus, vocabulary),
        boundary=boundary(vocabulary),
    )


def _characters(corpus: Corpus, vocabulary: Vocabulary) -> str:
    """`chars`; rare characters are replaced in the words first."""
    if not vocabulary.rare:
        return "chars = sorted(set(''.join(words)))"
    count = ["often = Counter(''.join(words))"]
    if is_weighted(corpus):
        count = ["often = Counter()", "for w, weight in zip(words, weights):"]
        count += ["    for ch in w:", "        often[ch] += weight"]
    lines = [*count, f"kept = {{ch for ch, n in often.items() if n >= {corpus.options.min_char_count}}}"]
    if len(vocabulary.characters) >= MAX_VOCABULARY - 2:
        most = f"sorted(kept, key=lambda ch: (-often[ch], ch))[:{MAX_VOCABULARY - 2}]"
        lines.append(f"kept = set({most})")
    lines += [
        f"words = [''.join(ch if ch in kept else {OTHER!r} for ch in w) for w in words]",
        f"chars = sorted(set(''.join(words)) - {{{OTHER!r}}}) + [{OTHER!r}]",
    ]
    return "\n".join(lines)


def _can_be_read_again(corpus: Corpus) -> bool:
    source = None if corpus.saved else corpus.source
    return source is not None and source.size is not None and bool(source.origin)


def _is_short(corpus: Corpus) -> bool:
    kept = corpus.described and corpus.lists_all and not is_weighted(corpus)
    return kept and corpus.characters + 4 * corpus.names <= MAX_LITERAL


def _written_out(name: str, words: Iterable[str]) -> list[str]:
    """A list literal, with as many words on a line as fit."""
    lines = [f"{name} = [", "   "]
    for word in words:
        literal = f" {word!r},"
        if len(lines[-1]) + len(literal) > WIDTH:
            lines.append("   ")
        lines[-1] += literal
    return [*lines, "]"]


def _text(corpus: Corpus) -> _Text:
    compression, encoding = corpus.format.compression, corpus.format.encoding
    source = corpus.source if _can_be_read_again(corpus) else None
    origin = source.origin if source and not source.files else ""
    if origin == built_in.DEFAULT:
        setup = ["path = files('bigram_tui') / 'data/us_names_2018.txt'"]
        words = "The names that ship with bigram-tui, one a line."
        return _Text(words, setup, "path.open()")
    if origin == built_in.MAKEMORE or built_in.is_url(origin):
        return _download(built_in.MAKEMORE_URL if origin == built_in.MAKEMORE else origin, corpus)
    words = "The words, a column of a table." if corpus.format.table else "The words, one a line."
    if corpus.options.separator:
        words = "The words, with a character between them."
    if not origin:
        words = "The words came from where they cannot be read again: save them in this file first."
    if corpus.saved:
        words = "The table was saved without the words: save them in this file first."
    if source and source.files and all(os.path.isabs(f.origin) and not f.compression() for f in source.files):
        setup = _written_out("paths", [file.origin for file in source.files])
        return _Text(
            "The words, of several files.", setup, f"open(path, encoding={encoding!r})", "for path in paths "
        )
    setup = [f"path = {origin or 'words.txt'!r}"]
    if compression == "zip":
        return _unzipped(corpus, _Text(words, setup, "path"))
    opened = f"{MODULES[compression]}.open(path, 'rt', " if compression else "open(path, "
    return _Text(words, setup, f"{opened}encoding={encoding!r})")


def _unzipped(corpus: Corpus, archive: _Text) -> _Text:
    """One file of an archive, or several in sequence."""
    members = corpus.format.members
    setup = [*archive.setup, f"archive = zipfile.ZipFile({archive.file})"]
    member, each = repr(members[0]), ""
    if len(members) > 1:
        member, each = "member", "for member in members "
        setup += _written_out("members", members)
    file = f"io.TextIOWrapper(archive.open({member}), encoding={corpus.format.encoding!r})"
    return _Text(archive.words, setup, file, each)


def _download(address: str, corpus: Corpus) -> _Text:
    """Code that downloads the list, without any password in the URL."""
    compression, encoding = corpus.format.compression, corpus.format.encoding
    parts = urlsplit(address)
    url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    words = "The words, downloaded."
    if "@" in parts.netloc:
        words += " The address needs a name and a password, which are left out: add auth=(name, password)."
    setup = [f"url = {url!r}", "data = requests.get(url).content"]
    if compression == "zip":
        return _unzipped(corpus, _Text(words, setup, "io.BytesIO(data)"))
    data = f"{MODULES[compression]}.decompress(data)" if compression else "data"
    return _Text(words, setup, f"io.StringIO({data}.decode({encoding!r}), newline=None)")


def _list(corpus: Corpus, text: _Text) -> list[str]:
    """`words`, from one word per line."""
    untidy = corpus.cleaned.keys() & {Cause.EMPTY, Cause.TRIMMED, Cause.INVISIBLE, Cause.MARKED}
    if untidy or text.each or corpus.options.skip or any(_may_hold(corpus, end) for end in LINE_ENDS):
        strip = _strip(corpus, "line")
        lines = [f"words = [word {text.each}for line in {text.file} if (word := {strip})]"]
    else:
        lines = [f"words = {text.file}.read().splitlines()"]
    return [*lines, *_changed(corpus)]


def _separated(corpus: Corpus, text: _Text) -> list[str]:
    """`words`, from a text with a separator between them."""
    rows = f"csv.reader({text.file}, delimiter={corpus.options.separator!r}, skipinitialspace=True)"
    strip = _strip(corpus, r"cell.replace('\n', ' ')" if _may_hold(corpus, " ") else "cell")
    return [
        f"rows = [row {text.each}for row in {rows}]",
        f"words = [word for row in rows for cell in row if (word := {strip})]",
        *_changed(corpus),
    ]


def _strip(corpus: Corpus, word: str) -> str:
    """An expression that strips what surrounds a word."""
    if not corpus.cleaned.keys() & {Cause.INVISIBLE, Cause.MARKED}:
        return f"{word}.strip()"
    invisible = "".join(sorted(INVISIBLE)).encode("unicode_escape").decode()
    return f"re.sub(r'^[\\s{invisible}]+|[\\s{invisible}]+$', '', {word})"


def _changed(corpus: Corpus) -> list[str]:
    """Lines that apply the options to words without weights."""
    normalizes = _needs_normalizing(corpus)
    lines = ["words = [normalize('NFC', w) for w in words]"] if normalizes else []
    if corpus.options.lowercase:
        lower = "normalize('NFC', w.lower())" if normalizes else "w.lower()"
        lines.append(f"words = [{lower} for w in words]")
    return [*lines, *_kept(corpus.options)]


def _kept(options: ReadingOptions) -> list[str]:
    """Lines that keep only the words that the options ask for."""
    lines = ["words = list(dict.fromkeys(words))"] if options.unique else []
    return [*lines, f"words = words[:{options.limit}]"] if options.limit is not None else lines


def _rows(corpus: Corpus, text: _Text, table: Table) -> list[str]:
    """`rows`, each a list."""
    layout, each = corpus.format.layout, text.each
    if layout is None:
        file = text.file
        if Cause.MARKED in corpus.cleaned:
            file = f"(line.removeprefix('\\ufeff') for line in {file})"
        reader = f"csv.reader({file}, delimiter={table.delimiter!r})"
        begin = f"[{table.begin}:]" if table.begin else ""
        rows = f"[row {each}for row in list({reader}){begin}]" if each else f"list({reader}){begin}"
        lines = [f"rows = {rows}"]
        if table.begin:
            last = "the last of these" if table.begin > 1 else "the first one"
            lines[0] += "  # " + (f"{last} names the columns" if table.header else "no words yet")
        if corpus.cleaned.get(Cause.HEADER, 0) > max(1, len(corpus.format.members)):
            lines.append(f"rows = [row for row in rows if row != {list(table.header)!r}]")
        return lines
    value = "".join(f"[{key!r}]" for key in layout.path)
    data = f"json.load({text.file}){value}"
    if layout.shape is Shape.OBJECT:
        data = f"[{data}]"
    if layout.is_lines:
        data = f"[json.loads(line) {each}for line in {text.file} if line.strip()]"
    elif each:
        data = f"[value {each}for value in {data}]"
    keys = [table.columns[place].name for place in _read(table)]
    if layout.shape is Shape.WORDS:
        rows = "[[word] for word in data]"
    elif layout.shape in (Shape.OBJECTS, Shape.OBJECT):
        rows = f"[[{', '.join(f'row.get({key!r})' for key in keys)}] for row in data]"
    elif layout.shape is Shape.COLUMNS:
        rows = f"list(zip({', '.join(f'data[{key!r}]' for key in keys)}))"
    else:
        rows = "list(data.items())" if layout.shape is Shape.KEYS else f"data[{table.begin}:]"
    return [f"data = {data}", f"rows = {rows}"]


def _read(table: Table) -> list[int]:
    """The columns to read: that of the words, and that of the weights if there is one."""
    return [table.word, *([] if table.weight is None else [table.weight])]


def _table(corpus: Corpus, text: _Text) -> list[str]:
    """`words` from a column of a table, and `weights` if another column has them."""
    options, table, layout = corpus.options, corpus.format.table, corpus.format.layout
    assert table is not None
    normalizes = _needs_normalizing(corpus)
    lines = _rows(corpus, text, table)
    places, guard = _read(table), f"len(row) > {table.needed} and "
    if layout and layout.shape in (Shape.WORDS, Shape.OBJECTS, Shape.OBJECT, Shape.COLUMNS):
        places, guard = list(range(len(places))), ""
    word, number = f"row[{places[0]}]", f"row[{places[-1]}]"
    if layout:
        guard, word = f"{guard}{word} is not None and ", f"str({word})"
    if _may_hold(corpus, " "):
        word += r".replace('\n', ' ')"
    word = _strip(corpus, word)
    word = f"normalize('NFC', {word})" if normalizes else word
    if options.lowercase:
        word = f"normalize('NFC', {word}.lower())" if normalizes else f"{word}.lower()"
    if len(corpus.format.members) > 1:
        lines.append("# every file is read as the first one")
    if table.weight is None:
        words = f"words = [{word} for row in rows if {guard}".removesuffix(" and ").removesuffix(" if ")
        return [*lines, f"{words}]", "words = [w for w in words if w]", *_kept(options)]
    if corpus.format.has_decimals:
        number += ".partition('.')[0]"
    if corpus.format.thousands:
        number += f".replace({corpus.format.thousands!r}, '')"
    lines += [
        "pairs = [",
        f"    ({word}, int({number}))",
        f"    for row in rows if {guard}{word}",
        "]",
        "pairs = [(w, weight) for w, weight in pairs if weight]",
    ]
    if options.unique:
        lines += ["first = {}", "for w, weight in pairs:", "    first.setdefault(w, weight)"]
        lines += ["pairs = list(first.items())"]
    if options.limit is not None:
        lines.append(f"pairs = pairs[:{options.limit}]")
    return [*lines, "words, weights = zip(*pairs)"]


def _may_hold(corpus: Corpus, character: str) -> bool:
    """Whether words contain this character, or may contain it among the rare ones."""
    return bool(corpus.counts.vocabulary.rare) or character in corpus.counts.vocabulary.index


def _needs_normalizing(corpus: Corpus) -> bool:
    """Whether NFC could change anything: not in ASCII, as far as can be told from the words."""
    text = "".join(corpus.counts.vocabulary.characters)
    has_name = corpus.source is not None and corpus.source.origin in built_in.BUILT_IN
    return not has_name and bool(not text.isascii() or NORMALIZED_TO_ASCII & set(text))
