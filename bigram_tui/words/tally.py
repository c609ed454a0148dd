"""Counting bigrams in blocks of words, as fast as possible."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.late import NDArray, np
from bigram_tui.lm.settings import MAX_VOCABULARY
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary

if TYPE_CHECKING:
    from bigram_tui.words.blocks import Block

SMALL_TEXT = 1_000_000
"""Up to this many characters, counting without numpy is faster than importing it."""

TRIPLES = 1_000_000
"""From this many characters in a block on, counting three at a time is worth 4 ms to sum its table."""

TRIPLES_PART = 1 << 19

PART = 1 << 15
"""Characters looked up at a time, so that numpy's temporary arrays stay in the CPU cache."""

WAITING = 1 << 20
"""How many new keys are collected, at least, before they are sorted in one batch."""

DENSE_VOCABULARY = 1_200
"""Up to this many characters, a table of all pairs is faster than sorting those that occur."""

NARROW = "int32"
"""The type of that table while there are so few characters that no count can overflow."""


class Pairs(NamedTuple):
    """Pairs of adjacent code points, shape (n, 2), with a line feed as the boundary, and their counts."""

    codes: NDArray[np.uint32]
    counts: NDArray[np.int64]


class PairTally:
    """Counts the bigrams of a text block by block: the table of two texts is the sum of their tables.

    There are four ways, with the same results: a Counter if that is faster than importing numpy, a table of
    pairs of bytes for ASCII, a table of three adjacent bytes for large ASCII blocks, and a table of pairs of
    tokens, numbered as they appear.
    """

    def __init__(self) -> None:
        self._few: Counter[tuple[str, str]] = Counter()
        self._ascii: NDArray[np.int64] | None = None
        self._triples: NDArray[np.int64] | None = None
        self._tokens: _TokenTally | None = None

    def add(self, block: Block) -> None:
        """Count the words of a block, each with its weight.

        The sum over all blocks of weight times length must stay below 2⁵³.
        """
        if len(block.text) < SMALL_TEXT and "numpy" not in sys.modules:
            self.add_with_counter(block)
        elif block.weights is not None or not block.text.isascii():
            self.add_tokens(block)
        elif self._triples is None and len(block.text) < TRIPLES:
            self.add_ascii(block)
        else:
            self.add_triples(block)

    def add_tokens(self, block: Block) -> None:
        """Count with numpy, for any characters."""
        self._few["\n", block.text[0]] += 1 if block.weights is None else block.weights[0]
        self._tokens = self._tokens or _TokenTally()
        self._tokens.add(block)

    def add_with_counter(self, block: Block) -> None:
        """Count without numpy, for any characters."""
        text, weights = block.text, block.weights
        if weights is None and text.isascii():
            self._add_bytes(b"\n" + text.encode())
            return
        if weights is None:
            self._few.update(itertools.pairwise("\n" + text))
            return
        for word, weight in zip(text[:-1].split("\n"), weights, strict=True):
            for pair in itertools.pairwise(f"\n{word}\n"):
                self._few[pair] += weight

    def _add_bytes(self, text: bytes) -> None:
        """Two adjacent bytes are a 16-bit index; a list of counts takes half the time of a Counter."""
        counts = [0] * (1 << 16)
        for start in (0, 1):
            for pair in memoryview(text)[start : len(text) - (len(text) - start) % 2].cast("H"):
                counts[pair] += 1
        for pair in filter(counts.__getitem__, range(1 << 16)):
            a, b = pair.to_bytes(2, sys.byteorder)
            self._few[chr(a), chr(b)] += counts[pair]

    def add_ascii(self, block: Block) -> None:
        """Count with numpy, for ASCII: two adjacent characters of seven bits are one of 16,384 indices."""
        self._few["\n", block.text[0]] += 1
        codes = block.codes
        pairs = np.bincount((codes[:-1].astype(np.uint16) << 7) | codes[1:], minlength=1 << 14)
        self._ascii = pairs if self._ascii is None else self._ascii + pairs

    def add_triples(self, block: Block) -> None:
        """Count with numpy, for ASCII: three adjacent characters, at every second position, are a 23-bit
        index.

        Each index covers two bigrams, so that the slow part, incrementing a table entry, is needed only for
        every second character. Masking 64-bit words read at offsets 0, 2, 4, 6 gives four such indices.
        """
        if self._triples is None:
            self._triples = np.zeros(1 << 23, dtype=np.int64)
            self._keys = np.empty(TRIPLES_PART // 2, dtype=np.int64)
        data = block.codes
        self._few["\n", block.text[0]] += 1
        whole = max(len(data) - 6, 0) // 8 * 8
        for start in range(0, whole, TRIPLES_PART):
            size = min(TRIPLES_PART, whole - start) // 8
            words = np.ndarray((4, size), "<i8", data, start, strides=(2, 8))
            keys = self._keys[: 4 * size]
            np.bitwise_and(words, 0x7F7F7F, out=keys.reshape(4, size))
            np.add.at(self._triples, keys, 1)
        self._few.update(itertools.pairwise(block.text[whole:]))

    def _pairs(self) -> Iterator[tuple[str, str, int]]:
        """The counts by all ways but the last, for which characters are few; pairs may be repeated."""
        for (a, b), n in self._few.items():
            yield a, b, n
        tables = [] if self._ascii is None else [self._ascii.reshape(128, 128)]
        if self._triples is not None:
            third_second_first = self._triples.reshape(128, 256, 256)[:, :128, :128]
            tables += [third_second_first.sum(0).T, third_second_first.sum(2).T]
        for table in tables:
            for a, b in zip(*(places.tolist() for places in table.nonzero()), strict=True):
                yield chr(a), chr(b), int(table[a, b])

    def pairs(self) -> Pairs:
        """The counts, once everything has been added, for adding to another tally."""
        self._tokens = self._tokens or _TokenTally()
        self._tokens.add_pairs(_as_pairs(self._pairs()))
        return self._tokens.pairs()

    def add_pairs(self, pairs: Pairs) -> None:
        """Add the counts of another tally."""
        self._tokens = self._tokens or _TokenTally()
        self._tokens.add_pairs(pairs)

    def counts(self, min_char_count: int = 1) -> NgramCounts:
        """The table, once everything has been added.

        Characters that occur less often than `min_char_count` share the token OTHER, and so do the rarest
        ones (the last ones among ties) if there would be more than MAX_VOCABULARY tokens.
        """
        if self._tokens is not None:
            self._tokens.add_pairs(_as_pairs(self._pairs()))
            return self._tokens.counts(min_char_count)
        frequency: Counter[str] = Counter()
        for a, _, n in self._pairs():
            frequency[a] += n
        vocabulary = _frequent(frequency, min_char_count)
        V, index, pairs = len(vocabulary), vocabulary.index | {"\n": BOUNDARY}, Counter[int]()
        for a, b, n in self._pairs():
            pairs[index.get(a, V - 1) * V + index.get(b, V - 1)] += n
        return NgramCounts.from_pairs(vocabulary, pairs)


def _as_pairs(counted: Iterable[tuple[str, str, int]]) -> Pairs:
    rows = np.array([(ord(a), ord(b), n) for a, b, n in counted], dtype=np.int64).reshape(-1, 3)
    return Pairs(rows[:, :2].astype(np.uint32), rows[:, 2])


def _frequent(frequency: dict[str, int], min_char_count: int) -> Vocabulary:
    """The vocabulary of characters that are frequent enough; line feeds are the boundary."""
    characters = {c: n for c, n in frequency.items() if c != "\n"}
    kept = [c for c, n in characters.items() if n >= min_char_count]
    if len(kept) >= MAX_VOCABULARY:
        kept = sorted(kept, key=lambda c: (-characters[c], c))[: MAX_VOCABULARY - 2]
    return Vocabulary.of(kept, rare=len(characters) - len(kept))


class _TokenTally:
    """Counts pairs of arbitrary characters with numpy.

    Characters are numbered as they appear. The counts are a dense table at first, and sorted keys instead if
    there are more than DENSE_VOCABULARY characters.
    """

    def __init__(self) -> None:
        self._characters: list[str] = []
        self._token_of = np.full(sys.maxunicode + 1, -1, dtype=np.int64)
        self._table: NDArray[np.signedinteger] = np.zeros((64, 64), dtype=NARROW)
        self._added = 0
        self._keys = np.zeros(0, dtype=np.int64)
        self._counts = np.zeros(0, dtype=np.int64)
        self._unsorted: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, block: Block) -> None:
        """Count the bigrams of a block, except the first."""
        codes, repeated = block.codes, None
        self._added += len(codes)
        if block.weights is not None:
            starts, ends = block.places
            repeated = np.repeat(np.array(block.weights, dtype=np.int64), ends + 1 - starts)[1:]
        if repeated is not None or self._added > np.iinfo(NARROW).max:
            self._table = self._table.astype(np.int64, copy=False)
        for start in range(0, len(codes) - 1, PART):
            tokens = self._tokens(codes[start : start + PART + 1])
            weight = None if repeated is None else repeated[start : start + PART]
            once = self._table.dtype.type(1)  # the same dtype as the table: ten times as fast in numpy
            if V := len(self._table):
                keys = tokens[:-1] * V
                keys += tokens[1:]
                np.add.at(self._table.reshape(-1), keys, once if weight is None else weight)
            elif weight is None:
                self._keep(*np.unique((tokens[:-1] << 32) + tokens[1:], return_counts=True))
            else:
                self._keep((tokens[:-1] << 32) + tokens[1:], weight)

    def _tokens(self, codes: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
        tokens: NDArray[np.int64] = self._token_of.take(codes)
        if len(tokens) and tokens.min() < 0:
            new = np.unique(codes[tokens < 0])
            before = len(self._characters)
            self._characters += map(chr, new.tolist())
            self._token_of[new] = np.arange(before, len(self._characters))
            tokens = self._token_of.take(codes)
            self._grow()
        return tokens

    def _grow(self) -> None:
        """Enlarge the table, or switch to keys."""
        V, size = len(self._characters), len(self._table)
        if V > DENSE_VOCABULARY:
            self._use_keys()
        elif size < V:
            grown = np.zeros((V + V // 4, V + V // 4), dtype=self._table.dtype)
            grown[:size, :size] = self._table
            self._table = grown

    def _keep(self, keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Collect counts by key; sorting is deferred until there are as many new keys as sorted ones."""
        self._unsorted.append((keys, counts))
        if sum(len(keys) for keys, _ in self._unsorted) > max(WAITING, len(self._keys)):
            self._sort()

    def _sort(self) -> None:
        from bigram_tui.lm.ngrams import summed

        self._keys, self._counts = summed(
            np.concatenate([self._keys, *(keys for keys, _ in self._unsorted)]),
            np.concatenate([self._counts, *(counts for _, counts in self._unsorted)]),
        )
        self._unsorted.clear()

    def add_pairs(self, pairs: Pairs) -> None:
        first, second = self._tokens(pairs.codes.reshape(-1)).reshape(-1, 2).T
        if V := len(self._table):
            self._table = self._table.astype(np.int64, copy=False)
            np.add.at(self._table.reshape(-1), first * V + second, pairs.counts)
        else:
            self._keep((first << 32) + second, pairs.counts)

    def pairs(self) -> Pairs:
        self._use_keys()
        self._sort()
        codes = np.array([*map(ord, self._characters)], dtype=np.uint32)
        return Pairs(codes[np.stack((self._keys >> 32, self._keys & 0xFFFFFFFF), axis=1)], self._counts)

    def _use_keys(self) -> None:
        first, second = self._table.nonzero()
        self._keep((first << 32) + second, self._table[first, second].astype(np.int64))
        self._table = np.zeros((0, 0), dtype=np.int64)

    def counts(self, min_char_count: int) -> NgramCounts:
        """The counts as a table, by tokens of the vocabulary."""
        n = len(self._characters)
        self._sort()
        table, first, second = self._table[:n, :n], self._keys >> 32, self._keys & 0xFFFFFFFF
        is_dense = len(self._table) > 0
        totals = table.sum(axis=1) if is_dense else np.bincount(first, self._counts, minlength=n)
        frequency = totals.astype(np.int64)
        vocabulary = _frequent(dict(zip(self._characters, frequency.tolist(), strict=True)), min_char_count)
        V, index = len(vocabulary), vocabulary.index | {"\n": BOUNDARY}
        final = np.array([index.get(c, V - 1) for c in self._characters], dtype=np.int64)
        if is_dense:
            order = np.argsort(final, kind="stable")
            starts = np.flatnonzero(np.diff(final[order], prepend=-1))
            rows = np.add.reduceat(table[order], starts, dtype=np.int64)
            N = np.add.reduceat(rows[:, order], starts, axis=1).reshape(-1)
            keys = np.flatnonzero(N)
            return NgramCounts.from_arrays(vocabulary, keys, N[keys])
        self._keys = final[first] * V + final[second]
        del first, second
        self._sort()
        return NgramCounts.from_arrays(vocabulary, self._keys, self._counts)
