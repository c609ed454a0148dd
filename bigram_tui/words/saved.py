"""Saving a table to a file: the counts of a list, without its words."""

from __future__ import annotations

import hashlib
import json
from array import array
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

from bigram_tui.lm.context import longest_context
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary
from bigram_tui.texts import Phrase
from bigram_tui.words.corpus import Cause, Corpus, SavedTable
from bigram_tui.words.kinds import TABLE as FORMAT
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.streams import Source

VERSION = 1


def table_as_bytes(corpus: Corpus, counts: NgramCounts) -> bytes:
    """JSON for `table_from_bytes`; its `ngrams` are state·V + token, ascending, as in NgramCounts.

    `checksum` is the SHA-256 of everything before it, without white space.
    """
    names = corpus.source.names if corpus.source else (corpus.name,)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "sources": names if corpus.saved is None else corpus.saved.sources,
        "options": asdict(corpus.options),
        "vocabulary": counts.vocabulary.characters,
        "rare": counts.vocabulary.rare,
        "context": counts.context,
        "ngrams": counts.keys.tolist(),
        "counts": counts.counts.tolist(),
        "lengths": list(corpus.lengths.items()),
        "distinct_names": corpus.distinct_names,
        "distinct_names_exact": corpus.distinct_names_exact,
        "listed": corpus.listed,
        "cleaned": {cause.name: n for cause, n in corpus.cleaned.items()},
    }
    return json.dumps(content | {"checksum": _checksum(content)}, separators=(",", ":")).encode() + b"\n"


def table_from_bytes(content: bytes, source: Source, asked: ReadingOptions) -> Corpus:
    """
    Raises:
        DatasetError: when the bytes are damaged or of another version, or are to be read as words are.
    """
    name = source.name
    if replace(asked, max_download=ReadingOptions.max_download) != ReadingOptions():
        raise DatasetError(
            "{name} is a saved table: how its words are read can no longer be changed by options", name=name
        )
    try:
        saved = json.loads(content)
        version = saved["version"]
        if type(version) is int and version != VERSION:
            newer = Phrase(
                "{name} is a saved table of version {n}, which is newer: update bigram-tui to open it"
            )
            older = Phrase("{name} is a saved table of version {n}, which is no longer read")
            raise DatasetError(newer if version > VERSION else older, name=name, n=version)
        checksum = saved.pop("checksum")
        if version != VERSION or checksum != _checksum(saved):
            raise ValueError
        return _corpus(saved, source)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, SettingError):
        raise DatasetError(
            "{name} is a saved table, but damaged: save it again, or copy it again", name=name
        ) from None


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _corpus(saved: dict[str, Any], source: Source) -> Corpus:
    vocabulary = Vocabulary(tuple(saved["vocabulary"]), int(saved["rare"]))
    keys, numbers = array("q", saved["ngrams"]), array("q", saved["counts"])
    counts = NgramCounts(vocabulary, keys, numbers, int(saved["context"]))
    lengths = dict(sorted((int(length), int(n)) for length, n in saved["lengths"]))
    corpus = Corpus(
        source.name,
        counts.of_context(1),
        lengths=lengths,
        distinct_names=int(saved["distinct_names"]),
        listed=int(saved["listed"]),
        cleaned={Cause[cause]: int(n) for cause, n in saved["cleaned"].items()},
        source=source,
        options=ReadingOptions(**saved["options"]),
        saved=SavedTable(counts, bool(saved["distinct_names_exact"]), tuple(map(str, saved["sources"]))),
    )
    V, characters = len(vocabulary), vocabulary.characters
    fits = (
        1 <= counts.context <= longest_context(V)
        and all(len(c) == 1 and c != "\n" and c.encode() for c in characters)
        and characters == Vocabulary.of(characters, vocabulary.rare).characters
        and len(keys) == len(numbers) > 0
        and all(a < b for a, b in pairwise(keys))
        and keys[0] >= 0
        and keys[-1] < V ** (counts.context + 1)
        and min(numbers) > 0
        and sum(numbers) < 2**63
        and min(lengths, default=0) >= 0 < min(lengths.values(), default=0)
        and sum(lengths.values()) == corpus.names == corpus.counts.row_totals[BOUNDARY]
        and sum(length * n for length, n in lengths.items()) == corpus.characters
    )
    if not fits:
        raise ValueError
    return corpus
