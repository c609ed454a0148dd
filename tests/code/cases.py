"""The word lists whose code is tested."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from io import BytesIO
from pathlib import Path

from backports import zstd

from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.sources import load

NAMES = b"emma\nolivia\nava\nisabella\nsophia\nmia\nanna\nhannah\nella\navery\nada\nemma\n"
BABIES = 'name,sex,count\nMary,F,"7,065"\n Anna ,F,"2,604"\nMary,M,3\nEmma,F,0\n,F,3\nJo\nZoë,F,12\n'


def zipped(**members: str | bytes) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return archive.getvalue()


def opened_file(path: Path, content: bytes, **options) -> Corpus:
    path.write_bytes(content)
    return load(str(path), path.parent, options=ReadingOptions(**options))


LISTS: dict[str, tuple[str, bytes, dict]] = {
    "plain": ("names.txt", NAMES, {}),
    "untidy": ("names.txt", b"\n  emma \r\n\r\nava\rmia\n \nolivia", {}),
    "lowercase, unique, limit": (
        "names.txt", b"Emma\nEMMA\nAva\nemma\nMia\nIda\n", {"lowercase": True, "unique": True, "limit": 3},
    ),
    "a full stop in the words": ("mail.txt", b"a.b\nc.d.e\n.\n", {}),
    "every sign of the boundary in the words": ("signs.txt", ".∎¤‡§\n§.\n".encode(), {}),
    "other alphabets": (
        "names.txt", "zoe\u0308\nzoë\nİpek\nΣίσυφος\n再见\nสวัสดี\n".encode(), {"lowercase": True},
    ),
    "the kelvin sign": ("units.txt", "\u212a\nK\n".encode(), {}),
    "line ends that are none": ("odd.txt", "a\x0bb\nc\u2028d\ne\x85f\n".encode(), {}),
    "UTF-8 with a mark": ("names.txt", b"\xef\xbb\xbfemma\nzo\xc3\xab\n", {"encoding": "utf-8"}),
    "UTF-16 with a mark": ("names.txt", "emma\nzoë\n".encode("utf-16"), {}),
    "Latin-1": ("names.txt", "emma\nzoë\n".encode("latin-1"), {"encoding": "latin-1"}),
    "gzip": ("names.txt.gz", gzip.compress(NAMES), {}),
    "bz2 by another name": ("names", bz2.compress(NAMES), {}),
    "xz": ("names.txt.xz", lzma.compress(NAMES), {}),
    "zstd": ("names.txt.zst", zstd.compress(NAMES), {}),
    "rare characters": ("names.txt", NAMES + "zoë\n��\na\x85b\n".encode(), {"min_char_count": 3}),
    "weights": ("babies.csv", BABIES.encode(), {"weight_column": "count"}),
    "weights, unique, lowercase, limit": (
        "babies.csv", BABIES.encode() + b"Ada,F,7\n",
        {"weight_column": "3", "unique": True, "lowercase": True, "limit": 3},
    ),
    "weights and rare characters": (
        "babies.csv", BABIES.encode() + b'"An\nna",F,5\n', {"weight_column": "count", "min_char_count": 100},
    ),
    "a table without weights": (
        "titles.tsv", b'id\ttitle\n1\t"new\nyork"\n2\t rome \n3\tbonn\n4\n', {"unique": True, "limit": 2},
    ),
    "semicolons, no header": ("towns.csv", "1;Köln\n2;Bonn\n".encode(), {"lowercase": True}),
    "a table in gzip": ("babies.csv.gz", gzip.compress(BABIES.encode()), {"column": "name"}),
    "a zip archive": ("names.zip", zipped(**{"names.txt": NAMES}), {}),
    "several files of a zip archive": (
        "names.zip", zipped(**{"a.csv": "\ufeffn,k\nIda,5\nUwe,6\n", "b.csv": "n,k\nEva,7\n"}),
        {"member": "*.csv"},
    ),
    "lists in a zip archive": ("names.zip", zipped(a="\ufeffida\n\n", b="uwe\n"), {"member": "*"}),
    "lines to skip": ("names.txt", b"Names\n=====\nemma\nava\n", {"skip": 2}),
    "a table after lines to skip": (
        "t.csv", b"a,b,c\nd,e,f\nname,n\nIda,5\n", {"skip": 2, "weight_column": "n"},
    ),
    "commas between the words": ("names.txt", b'emma, "Smith, J" ,olivia,\nava , mia,\n', {"separator": ","}),
    "tabs between the words": (
        "names.txt", "zoe\u0308\t\tAVA\n".encode(), {"separator": "\t", "lowercase": True},
    ),
    "invisible characters": ("names.txt", "emma\n\ufeff\u200bava \u200f\nza\u200dra\n".encode(), {}),
    "two tables joined": (
        "t.csv", 'name,n\nIda,5\n\ufeff"name",n\nUwe\u200b,6\n'.encode(), {"weight_column": "n"},
    ),
    "JSON, a list": ("names.json", '["zoe\u0308", " Ida ", null, "Uwe", 7]'.encode(), {"unique": True}),
    "JSON, objects": (
        "names.json", b'[{"k": "x", "name": "Ida", "n": 5}, {"name": null}, {"name": "Uwe", "n": 2.0}]',
        {"weight_column": "n"},
    ),
    "JSON, lines": ("names.jsonl", b'{"name": "Ida"}\n\n{"name": "Uwe"}\n', {}),
    "JSON, rows": ("names.json", b'[["name", "n"], ["Ida", 3], ["Uwe", 4]]', {"weight_column": "2"}),
    "JSON, inside": ("names.json", b'{"about": {"of": 2}, "data": {"names": [{"name": "Ida"}]}}', {}),
    "JSON, columns": ("names.json", b'{"name": ["Ida", "Uwe"], "n": [3, 4]}', {"weight_column": "n"}),
    "JSON, keys": ("names.json", b'{"Ida": 3, "Uwe": 4}', {"weight_column": "2"}),
    "JSON, one object": ("names.json", b'{\n"name": "Ida",\n"n": 3}', {}),
    "JSON in a zip archive": ("a.zip", zipped(**{"a.json": '["a"]', "b.json": '["b"]'}), {"member": "*"}),
}  # fmt: skip


def of_case(case: str, folder: Path) -> Corpus:
    """One of LISTS, read from a file in this folder."""
    name, content, options = LISTS[case]
    return opened_file(folder / name, content, **options)
