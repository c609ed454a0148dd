"""Filtering drawn names: which are wanted, and which are skipped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bigram_tui.lm.drawn import MAX_LENGTH
from bigram_tui.lm.errors import BigramError, NothingWantedError, SettingError

MAX_PASSED_OVER = 1_000_000
"""Drawing stops after this many unwanted names in a row."""


@dataclass(frozen=True)
class Wanted:
    """Conditions on drawn names: how they start, their length in characters, not in the data, no duplicates.

    Raises:
        SettingError: if no name can be both long and short enough.
    """

    starts_with: str = ""
    min_length: int = 0
    max_length: int = MAX_LENGTH
    new: bool = False
    distinct: bool = False

    def __post_init__(self) -> None:
        shortest = max(self.min_length, len(self.starts_with))
        if self.max_length < shortest:
            raise SettingError(
                "the maximum length is below the minimum, or below the length of the beginning"
            )

    def fits(self, name: str) -> bool:
        """Whether a name has this beginning and length."""
        return self.min_length <= len(name) <= self.max_length and name.startswith(self.starts_with)


ANY = Wanted()


class Sieve:
    """Filters a stream of names, block by block.

    Whether a name is wanted depends only on itself and the names before it, so the first n results are the
    same for any n and any block size.
    """

    def __init__(self, wanted: Wanted, find: Callable[[list[str]], Sequence[bool | None]]) -> None:
        """`find` says which names are in the data; a name for which it returns None does not count as new."""
        self.wanted = wanted
        self._find = find
        self._seen: set[str] = set()
        self.passed_over = 0
        """How many of the most recent names in a row were not wanted."""

    def places(self, names: Sequence[str]) -> list[int]:
        """The indices of the wanted names among these, which come next in the stream.

        Raises:
            NothingWantedError: after MAX_PASSED_OVER unwanted names in a row.
        """
        if self.passed_over >= MAX_PASSED_OVER:
            raise NothingWantedError(
                "none of {n:,} names drawn in a row met the conditions; loosen them", n=MAX_PASSED_OVER
            )
        fitting = [place for place, name in enumerate(names) if self.wanted.fits(name)]
        if self.wanted.new and fitting:
            known = self._find([names[place] for place in fitting])
            fitting = [place for place, holds in zip(fitting, known, strict=True) if holds is False]
        places, last = [], -1 - self.passed_over
        for place in fitting:
            if place - last > MAX_PASSED_OVER:
                break
            if names[place] not in self._seen:
                places.append(place)
                last = place
                if self.wanted.distinct:
                    self._seen.add(names[place])
        self.passed_over = len(names) - 1 - last
        return places

    def of(self, names: Iterator[str], block: int) -> Iterator[str]:
        """The wanted names, filtered in blocks of this size."""
        for some in in_blocks(names, block):
            for place in self.places(some):
                yield some[place]


def in_blocks(names: Iterator[str], size: int) -> Iterator[list[str]]:
    """Lists of `size` names each; the names before an error are still yielded as a block."""
    block: list[str] = []
    error = None
    try:
        for name in names:
            block.append(name)
            if len(block) == size:
                yield block
                block = []
    except BigramError as raised:
        error = raised
    if block:
        yield block
    if error:
        raise error
