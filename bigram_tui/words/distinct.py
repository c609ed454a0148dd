"""Which words are different, by their hashes: all of them up to a million, beyond that a sample of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bigram_tui.lm.late import NDArray, np

if TYPE_CHECKING:
    from bigram_tui.words.blocks import Block

MAX_EXACT = 1_000_000
"""Different words up to which they are counted exactly."""

PLACES = 1 << 21
"""Places in the table of hashes, of which at most MAX_EXACT and an eighth are taken."""

LONG = 256
"""Bytes of a word from which blake2b hashes it, which would take longer for a short one."""

FACTORS = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def word_hash(word: str) -> int:
    """A hash of 64 bits: its length and its bytes in UTF-8, eight at a time, are added by xor and mixed.

    Mixing is multiplying by an odd number and folding the upper half into the lower one, as splitmix64 does
    (Steele, Lea, Flood 2014): one to one, so that words of up to eight bytes differ if their length is the
    same. Among a million words the chance that any two have the same hash is 3e-8.
    """
    data = word.encode(errors="surrogatepass")
    if len(data) > LONG:
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
    mixed = len(data) * FACTORS[0] % 2**64
    for start in range(0, len(data), 16):
        for factor, eight in zip(
            FACTORS, (data[start : start + 8], data[start + 8 : start + 16], b""), strict=True
        ):
            mixed = (mixed ^ int.from_bytes(eight, "little")) * factor % 2**64
            mixed ^= mixed >> 32
    return mixed


def block_hashes(block: Block) -> NDArray[np.uint64]:
    """`word_hash` of each word of a block, sixteen bytes of all words at a time."""
    (starts, ends), data = block.byte_places, block.data
    lengths = ends - starts
    hashes = lengths.astype(np.uint64) * np.uint64(FACTORS[0])
    sixteens = np.ndarray(len(data), "V16", data + bytes(15), strides=(1,))
    _mix(hashes, sixteens[starts], lengths)
    left = np.flatnonzero(lengths > 16)
    for done in range(16, LONG, 16):
        if not len(left):
            break
        mixed = hashes[left]
        _mix(mixed, sixteens[starts[left] + done], lengths[left] - done)
        hashes[left] = mixed
        left = left[lengths[left] > done + 16]
    for place in left.tolist():
        hashes[place] = word_hash(data[starts[place] : ends[place]].decode(errors="surrogatepass"))
    return hashes


def _mix(hashes: NDArray[np.uint64], sixteens: NDArray[np.void], lengths: NDArray[np.int64]) -> None:
    """Add up to sixteen bytes of each word to its hash; those beyond its length belong to others."""
    masks = np.array([256 ** min(size, 8) - 1 for size in range(17)], dtype=np.uint64)
    eights = sixteens.view("<u8").reshape(-1, 2)
    first = eights[:, 0] & masks.take(lengths, mode="clip")
    second = eights[:, 1] & masks.take(lengths - 8, mode="clip")
    for factor, added in zip(FACTORS, (first, second, None), strict=True):
        if added is not None:
            hashes ^= added
        hashes *= np.uint64(factor)
        hashes ^= hashes >> np.uint64(32)


class HashedWords:
    """A set of words of which the hashes are known, sorted."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._hashes = hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, word: str) -> bool:
        wanted = np.uint64(word_hash(word))
        place = int(self._hashes.searchsorted(wanted))
        return place < len(self) and bool(self._hashes[place] == wanted)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HashedWords) and np.array_equal(self._hashes, other._hashes)

    def __hash__(self) -> int:
        return hash(self._hashes.tobytes())


class Distinct:
    """How many different hashes there are: adaptive sampling (Wegman's, in Flajolet 1990).

    Those that begin with `_zeros` zero bits are kept; when they are more than MAX_EXACT, one more bit has to
    be zero. So the count is exact while no bit has to be; from then on at least half of MAX_EXACT are
    kept, and the standard error of the estimate is below 0.2 %. It depends on the words alone, not on
    their order or on the blocks they come in.

    They are kept in a table, each in the first free place, where a 0 stands, from that on which its last bits
    name. numpy's sorting would take twice the time.
    """

    def __init__(self) -> None:
        self._zeros = 0
        self._table = np.zeros(PLACES, dtype=np.uint64)
        self._most = 0
        """How many places are taken, or more, since equal hashes that come together are counted each."""

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Take notice of hashes."""
        for start in range(0, len(hashes), PLACES // 8):
            self._put(hashes[start : start + PLACES // 8])
            if self._most > MAX_EXACT:
                self._most = self._taken
            while self._most > MAX_EXACT:
                self._thin_out(self._zeros + 1)

    def _put(self, hashes: NDArray[np.uint64]) -> None:
        if self._zeros:
            hashes = hashes[hashes < 1 << (64 - self._zeros)]
        places = (hashes & np.uint64(PLACES - 1)).view(np.int64)
        while len(hashes):
            found = self._table.take(places)
            free = np.flatnonzero(found == 0)
            self._table[places[free]] = hashes[free]
            self._most += len(free)
            found[free] = self._table.take(places[free])  # of different hashes one is there now
            left = np.flatnonzero(found != hashes)
            hashes, places = hashes[left], (places[left] + 1) % PLACES

    def _thin_out(self, zeros: int) -> None:
        """Keep only hashes that begin with so many zero bits."""
        hashes, self._zeros = self._kept, zeros
        self._table.fill(0)
        self._put(hashes)
        self._most = self._taken

    @property
    def _taken(self) -> int:
        return int(np.count_nonzero(self._table))

    @property
    def _kept(self) -> NDArray[np.uint64]:
        kept: NDArray[np.uint64] = self._table[self._table != 0]
        return kept

    def merge(self, other: Distinct) -> None:
        """Take notice of what another took notice of."""
        if other._zeros > self._zeros:
            self._thin_out(other._zeros)
        self.add(other._kept)

    def __getstate__(self) -> tuple[NDArray[np.uint64], int]:
        """For another process: not the table, which is larger than most lists."""
        return self._kept, self._zeros

    def __setstate__(self, state: tuple[NDArray[np.uint64], int]) -> None:
        Distinct.__init__(self)
        hashes, self._zeros = state
        self.add(hashes)

    def estimate(self) -> int:
        """How many different ones there are, or about how many, where `words` has none."""
        return self._taken << self._zeros

    def words(self) -> HashedWords | None:
        """The different words, unless they are too many."""
        return None if self._zeros else HashedWords(np.sort(self._kept))
