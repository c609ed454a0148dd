"""What needs the words themselves: their lengths, how many are different, and some of them to show."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from bigram_tui.lm.late import NDArray, np
from bigram_tui.words.blocks import Block

MAX_EXACT = 1_000_000
"""Different words up to which they are counted exactly."""

MAX_KEPT = 200_000
"""Words that are kept to be listed and searched."""

REGISTERS = 1 << 16
"""Of the estimate, whose standard error is 1.04 / √REGISTERS = 0.4 %."""


class Survey:
    """Describes words block by block."""

    def __init__(self) -> None:
        self.lengths: Counter[int] = Counter()
        self.kept: list[str] = []
        self._stride = 1
        self._next = 0
        self.different: set[str] | None = set()
        self._estimate: HyperLogLog | None = None

    def add(self, block: Block, without_numpy: bool = False) -> None:
        if without_numpy or (self.different is not None and block.weights is None):
            self._add_words(block)
        else:
            self._add_codes(block)
        if self.different is not None and len(self.different) > MAX_EXACT:
            self._begin_to_estimate(self.different)

    @property
    def distinct_names(self) -> int:
        if self.different is not None:
            return len(self.different)
        assert self._estimate is not None
        return self._estimate.estimate()

    def _add_words(self, block: Block) -> None:
        words = block.words
        if block.weights is None:
            self.lengths.update(map(len, words))
        else:
            for word, weight in zip(words, block.weights, strict=True):
                self.lengths[len(word)] += weight
        if self.different is not None:
            self.different.update(words)
        self._keep(words[self._next :: self._stride], len(words))

    def _add_codes(self, block: Block) -> None:
        starts, ends = block.places
        lengths, inverse = np.unique(ends - starts, return_inverse=True)
        weighted = np.bincount(inverse, block.weights).astype(np.int64)
        self.lengths.update(dict(zip(lengths.tolist(), weighted.tolist(), strict=True)))
        if self._estimate is not None:
            self._estimate.add_words(block)
        elif self.different is not None:
            self.different.update(block.words)
        chosen = slice(self._next, None, self._stride)
        places = zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True)
        self._keep([block.text[start:end] for start, end in places], len(ends))

    def _keep(self, words: list[str], passed: int) -> None:
        """Keep every so-manieth word; when there are too many, every second of them."""
        self.kept += words
        self._next += len(words) * self._stride - passed
        while len(self.kept) > MAX_KEPT:
            self._next += (len(self.kept) % 2) * self._stride
            self.kept = self.kept[::2]
            self._stride *= 2

    def _begin_to_estimate(self, words: set[str]) -> None:
        self.different, self._estimate = None, HyperLogLog()
        while words:
            part = [words.pop() for _ in range(min(len(words), 50_000))]
            self._estimate.add_words(Block("\n".join((*part, ""))))


class HyperLogLog:
    """How many different hashes were seen, in 64 KB (Flajolet et al. 2007, with 64-bit hashes).

    Meant for more than a million, where the estimate needs no correction for small numbers. Libraries
    take one item at a time, where a list comes in blocks of many thousand words.
    """

    def __init__(self) -> None:
        self._registers = np.zeros(REGISTERS, dtype=np.uint8)

    def add_words(self, block: Block) -> None:
        """Of lines of a million characters and more only the beginning decides whether they are different."""
        if len(block.text) > MAX_HASHED:
            for word in block.words:
                self.add(block_hashes(Block(word[: MAX_HASHED // 4] + "\n")))
        else:
            self.add(block_hashes(block))

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Remember for each of the first 16 bits how many zeros at most began the other 48."""
        places = (hashes >> np.uint64(48)).astype(np.intp)
        rest = (hashes & np.uint64((1 << 48) - 1)).astype(np.float64)
        np.maximum.at(self._registers, places, (49 - np.frexp(rest)[1]).astype(np.uint8))

    def estimate(self) -> int:
        m = REGISTERS
        alpha = 0.7213 / (1 + 1.079 / m)
        return round(float(alpha * m * m / np.exp2(-self._registers.astype(np.float64)).sum()))


FACTOR = 0x9E3779B97F4A7C15

MAX_HASHED = 1 << 22
"""Characters of a block that are hashed at once."""


def block_hashes(block: Block) -> NDArray[np.uint64]:
    """A hash of 64 bits for each word of a block: the polynomial Σ code·FACTORⁱ mod 2⁶⁴, mixed.

    The sums of all words come from one running sum; a word's own is the difference of two places in
    it, moved to begin at FACTOR⁰.
    """
    codes, (starts, ends) = block.codes, block.places
    powers, inverses = _powers(len(codes).bit_length())
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers[: len(codes)], out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * inverses[starts]
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):  # splitmix64
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes


@lru_cache(maxsize=2)
def _powers(bits: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """FACTOR and its inverse modulo 2⁶⁴, each to the powers 0 … 2ᵇⁱᵗˢ - 1."""
    powers = np.empty((2, 1 << bits), dtype=np.uint64)
    powers[0], powers[1] = FACTOR, pow(FACTOR, -1, 1 << 64)
    powers[:, 0] = 1
    np.multiply.accumulate(powers, axis=1, out=powers)
    return powers[0], powers[1]
