"""The cells from the dataset to its vocabulary: the words as the program read them, by simpler means."""

from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from bigram_tui.code.notebook import WIDTH, CodeCell, filled_cell
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.settings import MAX_VOCABULARY
from bigram_tui.lm.vocabulary import OTHER, Vocabulary
from bigram_tui.words import built_in
from bigram_tui.words.corpus import Cause, Corpus
from bigram_tui.words.options import ReadingOptions

MAX_LITERAL = 2_000
"""Characters up to which words that cannot be read again are written out."""

LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Where str.splitlines ends a line besides line feeds, which the program does not."""

NORMALIZED_TO_ASCII = set("K;`")
"""What NFC makes of other characters, although it is ASCII: the kelvin sign, the Greek question mark, …"""

MODULES = {"gzip": "gzip", "bz2": "bz2", "xz": "lzma", "zstd": "zstd"}


class _Text(NamedTuple):
    """How the text is opened: what is said about it, the lines before, an expression for the open file."""

    words: str
    setup: list[str]
    file: str


def words_cell(corpus: Corpus) -> CodeCell:
    """`words`, and `weights` where there are any, cleaned as the program cleaned them."""
    if not _can_be_read_again(corpus) and _is_short(corpus):
        words = "The words, written out: they came from where they cannot be read again."
        return CodeCell(words, _literal(corpus))
    text = _text(corpus)
    lines = _table(corpus, text.file) if corpus.format.table else _list(corpus, text.file)
    return CodeCell(text.words, "\n".join([*text.setup, *lines]))


def is_weighted(corpus: Corpus) -> bool:
    """Whether there are `weights`."""
    return corpus.format.table is not None and corpus.format.table.weight is not None


def each_word(corpus: Corpus) -> str:
    """What the head of a loop over the words has after `for`."""
    return "w, weight in zip(words, weights)" if is_weighted(corpus) else "w in words"


def boundary(vocabulary: Vocabulary) -> str:
    """The literal of the boundary's sign, which is no character of the words."""
    return repr(vocabulary.signs[0])


def tokens(vocabulary: Vocabulary, place: tuple[int, int]) -> str:
    """`ix1` and `ix2`, from the characters of a bigram."""
    first, second = ((vocabulary.signs[0], *vocabulary.characters)[token] for token in place)
    return f"ix1, ix2 = stoi[{first!r}], stoi[{second!r}]"


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
    """`chars`; with rare characters, they are replaced in the words first."""
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
    return corpus.source is not None and corpus.source.size is not None and bool(corpus.source.origin)


def _is_short(corpus: Corpus) -> bool:
    kept = corpus.described and corpus.lists_all and not is_weighted(corpus)
    return kept and corpus.characters + 4 * corpus.names <= MAX_LITERAL


def _literal(corpus: Corpus) -> str:
    """The words, as many on a line as fit."""
    lines = ["words = [", "   "]
    for word in corpus.words:
        literal = f" {word!r},"
        if len(lines[-1]) + len(literal) > WIDTH:
            lines.append("   ")
        lines[-1] += literal
    return "\n".join([*lines, "]"])


def _text(corpus: Corpus) -> _Text:
    compression, encoding = corpus.format.compression, corpus.format.encoding
    origin = corpus.source.origin if _can_be_read_again(corpus) and corpus.source else ""
    if origin == built_in.DEFAULT:
        setup = ["path = files('bigram_tui') / 'data/us_names_2018.txt'"]
        words = "The names that ship with bigram-tui, one a line."
        return _Text(words, setup, "path.open()")
    if origin == built_in.MAKEMORE or built_in.is_url(origin):
        return _download(built_in.MAKEMORE_URL if origin == built_in.MAKEMORE else origin, corpus)
    words = "The words, a column of a table." if corpus.format.table else "The words, one a line."
    if not origin:
        words = "The words came from where they cannot be read again: save them in this file first."
    opened = f"{MODULES[compression]}.open(path, 'rt', " if compression else "open(path, "
    return _Text(words, [f"path = {origin or 'words.txt'!r}"], f"{opened}encoding={encoding!r})")


def _download(address: str, corpus: Corpus) -> _Text:
    """A password is left out."""
    compression, encoding = corpus.format.compression, corpus.format.encoding
    parts = urlsplit(address)
    url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    words = "The words, downloaded."
    if "@" in parts.netloc:
        words += " The address needs a name and a password, which are left out: add auth=(name, password)."
    data = f"{MODULES[compression]}.decompress(data)" if compression else "data"
    setup = [f"url = {url!r}", "data = requests.get(url).content"]
    return _Text(words, setup, f"io.StringIO({data}.decode({encoding!r}), newline=None)")


def _list(corpus: Corpus, file: str) -> list[str]:
    """`words`, of one word a line."""
    options, normalizes = corpus.options, _needs_normalizing(corpus)
    untidy = corpus.cleaned.keys() & {Cause.EMPTY, Cause.TRIMMED}
    if untidy or any(_may_hold(corpus, character) for character in LINE_ENDS):
        lines = [f"words = [word for line in {file} if (word := line.strip())]"]
    else:
        lines = [f"words = {file}.read().splitlines()"]
    if normalizes:
        lines.append("words = [normalize('NFC', w) for w in words]")
    if options.lowercase:
        lower = "normalize('NFC', w.lower())" if normalizes else "w.lower()"
        lines.append(f"words = [{lower} for w in words]")
    return [*lines, *_kept(options)]


def _kept(options: ReadingOptions) -> list[str]:
    """Of `words`, those that are asked for."""
    lines = ["words = list(dict.fromkeys(words))"] if options.unique else []
    return [*lines, f"words = words[:{options.limit}]"] if options.limit is not None else lines


def _table(corpus: Corpus, file: str) -> list[str]:
    """`words`, of a column of a table, and `weights`, if another one has them."""
    options, table = corpus.options, corpus.format.table
    assert table is not None
    normalizes = _needs_normalizing(corpus)
    word = f"row[{table.word}]"
    if _may_hold(corpus, " "):
        word += r".replace('\n', ' ')"
    word += ".strip()"
    word = f"normalize('NFC', {word})" if normalizes else word
    if options.lowercase:
        word = f"normalize('NFC', {word}.lower())" if normalizes else f"{word}.lower()"
    lines = [f"rows = list(csv.reader({file}, delimiter={table.delimiter!r}))"]
    if table.begin:
        last = "the last of these" if table.begin > 1 else "the first one"
        why = f"{last} names the columns" if table.header else "no words yet"
        lines.append(f"rows = rows[{table.begin}:]  # {why}")
    if table.weight is None:
        words = [f"words = [{word} for row in rows if len(row) > {table.word}]"]
        return [*lines, *words, "words = [w for w in words if w]", *_kept(options)]
    number = f"row[{table.weight}]"
    if corpus.format.has_decimals:
        number += ".partition('.')[0]"
    if corpus.format.thousands:
        number += f".replace({corpus.format.thousands!r}, '')"
    lines += [
        "pairs = [",
        f"    ({word}, int({number}))",
        f"    for row in rows if len(row) > {table.needed} and {word}",
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
    """Whether words have this character, or may have it among the rare ones."""
    return bool(corpus.counts.vocabulary.rare) or character in corpus.counts.vocabulary.index


def _needs_normalizing(corpus: Corpus) -> bool:
    """Not where the text was ASCII, as far as one can tell from what the words hold."""
    text = "".join(corpus.counts.vocabulary.characters)
    has_name = corpus.source is not None and corpus.source.origin in built_in.BUILT_IN
    return not has_name and bool(not text.isascii() or NORMALIZED_TO_ASCII & set(text))
