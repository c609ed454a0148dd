"""Recognizes files that are not word lists by their first bytes, and guesses text encodings."""

from __future__ import annotations

import re
from functools import reduce
from itertools import islice

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Sentence

SLACK = 0.05
LOOKED_AT = 1 << 12
"""How many of the first bytes are examined."""

SAMPLE = 1 << 16
AS_CSV = "save the table as CSV"
AS_CSV_OR_TEXT = "save the table as CSV, or as plain text"
AS_TEXT = "save the words as plain text"
UNPACK = "unpack it first"
NOT_WORDS = "there are no words in it"

TABLE = "bigram-tui table"
SAVED_TABLE = re.compile(rb'\s*\{\s*"format"\s*:\s*"%b"' % TABLE.encode())
"""The start of a table saved by this program, which no word list in JSON has."""

DOCUMENTS = {
    rb"%PDF-": ("a PDF document", AS_TEXT),
    rb"\{\\rtf\d": ("a Rich Text document", AS_TEXT),
    rb"(?i)\s*<(!doctype html|html)\b": ("a web page", AS_TEXT),
}
"""Formats that may be plain ASCII and still are not word lists, by their start, with advice."""

BINARIES = {
    rb"PAR1[\0-\x08\x0e-\x1f]": ("a Parquet file", AS_CSV),
    rb"ARROW1\0|FEA1\0|\xff\xff\xff\xff.{2}\0\0": ("an Arrow or Feather file", AS_CSV),
    rb"ORC[\0-\x08]": ("an ORC file", AS_CSV),
    rb"Obj\x01": ("an Avro file", AS_CSV),
    rb"\x89HDF\r\n": ("an HDF5 file", AS_CSV),
    rb"SQLite format 3\0": ("an SQLite database", AS_CSV),
    rb"\0\x01\0\0Standard ": ("an Access database", AS_CSV),
    rb"RD[AXB]\d\n|[XB]\n\0\0\0": ("a data file of R", AS_CSV),
    rb"\$FL[23]@\(#\)": ("a data file of SPSS", AS_CSV),
    rb"<stata_dta>|[\x71-\x73][\x01\x02]\x01\0": ("a data file of Stata", AS_CSV),
    rb"\0{12}\xc2\xea\x81\x60": ("a data file of SAS", AS_CSV),
    rb"\x93NUMPY": ("a NumPy array", AS_TEXT),
    rb"\x80[\x02-\x05][\x95\]})(c]": ("a Python pickle", AS_TEXT),
    rb"bplist00": ("a property list", AS_TEXT),
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an old Microsoft Office document", AS_TEXT),
    rb"PK\x03\x04|PK\x05\x06": ("a zip archive in something else", UNPACK),
    rb"\x1f\x8b|BZh\d|\xfd7zXZ\0|\x28\xb5\x2f\xfd": ("compressed more than once", UNPACK),
    rb"\x1f[\x9d\xa0]|\x04\x22\x4d\x18|\x5d\0\0|LZIP\x01|x[\x01\x9c\xda]": (
        "compressed with an unsupported method",
        UNPACK,
    ),
    rb".{257}ustar|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|MSCF\0|!<arch>\n": ("an archive, but not a zip", UNPACK),
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a[^\r\n]|II\*\0|MM\0\*|8BPS|\0\0[\x01\x02]\0|BM.{4}\0{4}|RIFF.{4}WEBP": (
        "a picture",
        NOT_WORDS,
    ),
    rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ": ("a film", NOT_WORDS),
    rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]|fLaC|OggS|RIFF.{4}WAVE|MThd": ("a sound", NOT_WORDS),
    rb"\x7fELF|MZ.\0|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|\0asm|.\r\r\n\0": (
        "a program",
        NOT_WORDS,
    ),
    rb"wOF[F2]|\0\x01\0\0\0|OTTO\0|true\0": ("a font", NOT_WORDS),
}
"""The same for binary formats. Libraries for this (puremagic, filetype) do not know the formats that tables
are stored in, other than spreadsheets."""

OFFICE = {
    "xl/workbook.": ("an Excel workbook", AS_CSV),
    "word/document": ("a Word document", AS_TEXT),
    "ppt/presentation": ("a PowerPoint presentation", AS_TEXT),
    "application/vnd.oasis.opendocument.spreadsheet": ("an OpenDocument spreadsheet", AS_CSV),
    "application/vnd.oasis.opendocument": ("an OpenDocument file", AS_TEXT),
    "application/epub+zip": ("an e-book", AS_TEXT),
    "Index/Document.iwa": ("a document of Apple’s office programs", AS_CSV_OR_TEXT),
}
"""Formats that are zip archives, by a folder or the `mimetype` in them."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_PARTS = {
    "Workbook": OFFICE["xl/workbook."],
    "Book": OFFICE["xl/workbook."],
    "WordDocument": OFFICE["word/document"],
}


def described(found: tuple[str, str]) -> Sentence:
    """An entry of the tables above as a phrase."""
    what, helps = found
    return Sentence("{what}: {helps}", what=Sentence(what), helps=Sentence(helps))


def recognized(start: bytes) -> Sentence | None:
    """What a file that starts with these bytes is, and advice, if it is a known format other than text."""
    found = next((about for mark, about in DOCUMENTS.items() if re.match(mark, start)), None)
    if found is None and not _is_utf8(start[:LOOKED_AT]):
        found = next((about for mark, about in BINARIES.items() if re.match(mark, start, re.DOTALL)), None)
    if start.startswith(_OLE):
        found = next(
            (about for name, about in _OLE_PARTS.items() if name.encode("utf-16-le") in start), found
        )
    return described(found) if found else None


def why_not_text(name: str, start: bytes) -> DatasetError | None:
    """The error for a file with a NUL byte, which is not UTF-8 but may be text in another encoding."""
    if encoding := wide_encoding(start[:LOOKED_AT]):
        return DatasetError(
            "{name} looks like {encoding} without a byte order mark: {how}",
            name=name,
            encoding=encoding[:6].upper(),
            how=how_to_give(encoding),
        )
    return None


def how_to_give(encoding: str) -> Sentence:
    return Sentence("--encoding {encoding}, or “encoding” where word lists are opened (o)", encoding=encoding)


def _is_utf8(start: bytes) -> bool:
    """Whether bytes are UTF-8 text; the last character may be cut off."""
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return b"\0" not in start


def wide_encoding(start: bytes) -> str:
    """UTF-16 or UTF-32 without a byte order mark, detected by NUL bytes at regular positions."""
    for width, codec in ((4, "utf-32"), (2, "utf-16")):
        whole = start[: len(start) // width * width]
        for order, high in (("le", width - 1), ("be", 0)):
            nuls = {place % width for place, byte in enumerate(whole) if not byte}
            if not whole or not nuls or (high not in nuls) or (width == 2 and len(nuls) > 1):
                continue
            text = whole.decode(f"{codec}-{order}", "replace")
            if 2 * text.count("\n") < whole.count(b"\n"):  # a single NUL in other text
                continue
            if sum(c.isprintable() or c.isspace() for c in text) >= 0.9 * len(text) and "�" not in text[:-1]:
                return f"{codec}-{order}"
    return ""


LATIN = ["cp1252", "cp1250", "cp1254", "cp1257", "cp850", "mac_roman", "iso8859_2"]
OTHER_SCRIPTS = [
    *("cp1251", "koi8_r", "cp866", "cp1253", "cp1256", "cp1255", "iso8859_5"),
    *("cp932", "gb18030", "big5", "euc_jp", "euc_kr", "cp874"),
]
"""Encodings to consider, more common ones first."""


def likely_encodings(data: bytes) -> list[str]:
    """The encodings that text other than UTF-8 may have, likeliest first.

    Only lines that are not ASCII are examined. charset-normalizer rates how plausible the letters are, but on
    its own it mistakes a few French names for Farsi. So letters between ASCII letters must be Latin, and
    among encodings that fit about equally well the most common comes first: cp1252, which has printable signs
    where latin-1 has control characters.
    """
    from charset_normalizer import from_bytes

    lines = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
    letters = sum(bytes([byte]).isalpha() for byte in lines)
    candidates = LATIN if sum(byte > 127 for byte in lines) < letters else OTHER_SCRIPTS
    found = [match for match in from_bytes(lines, cp_isolation=candidates) if match.encoding in candidates]
    fitting = {
        encoding
        for match in found
        if match.chaos <= found[0].chaos + SLACK and match.coherence >= found[0].coherence - SLACK
        for encoding in match.could_be_from_charset
    }
    return [encoding for encoding in candidates if encoding in fitting]


def why_not_utf8(name: str, data: bytes, place: int, line: int) -> DatasetError:
    """The error for text whose byte at this position, on this line, is not UTF-8, with advice."""
    trouble = Sentence(
        "{name} is not UTF-8 text: byte 0x{byte:02x} on line {line:,}", name=name, byte=data[place], line=line
    )
    begin = data.rfind(b"\n", 0, max(0, place - SAMPLE)) + 1
    data, place = data[begin : place + SAMPLE], place - begin
    letters = [c for c in data.decode("utf-8", "replace") if not c.isascii()]
    if letters.count("\ufffd") < 0.1 * len(letters):
        return DatasetError("{trouble}, though other letters are: correct that line", trouble=trouble)
    start = data.rfind(b"\n", 0, place) + 1
    shown = data[max(start, place - 20) : place + 20].split(b"\n")[0]
    readings: dict[str, str] = {}
    for encoding in likely_encodings(data):
        readings.setdefault(shown.decode(encoding, "replace").strip(), encoding)
    if not readings:
        how = how_to_give("cp1252")
        return DatasetError("{trouble} (give its encoding: {how})", trouble=trouble, how=how)
    perhaps = [
        Sentence("{encoding} (“{text}”)", encoding=encoding, text=visible(text))
        for text, encoding in islice(readings.items(), 3)
    ]
    return DatasetError(
        "{trouble}; perhaps it is {encodings}: {how}",
        trouble=trouble,
        encodings=reduce(lambda one, other: Sentence("{one} or {other}", one=one, other=other), perhaps),
        how=how_to_give(next(iter(readings.values()))),
    )
