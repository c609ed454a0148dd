"""Which of the drawn names are wanted: the others are passed over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bigram_tui.lm.drawn import MAX_LENGTH
from bigram_tui.lm.errors import BigramError, NothingWantedError, SettingError

MAX_PASSED_OVER = 1_000_000
"""Names in a row of which none is wanted, after which drawing ends."""


@dataclass(frozen=True)
class Wanted:
    """What a drawn name must be: how it begins, how long it is in characters, not in the data, none twice.

    Raises:
        SettingError: when no name can be long and short enough.
    """

    starts_with: str = ""
    min_length: int = 0
    max_length: int = MAX_LENGTH
    new: bool = False
    distinct: bool = False

    def __post_init__(self) -> None:
        shortest = max(self.min_length or 0, len(self.starts_with))
        if self.max_length is not None and self.max_length < shortest:
            raise SettingError(
                "no name is so short: the maximum length is below the minimum, or the beginning's"
            )

    def fits(self, name: str) -> bool:
        """Whether it begins so and is of such a length."""
        return self.min_length <= len(name) <= self.max_length and name.startswith(self.starts_with)


ANY = Wanted()


class Sieve:
    """Picks the names that are wanted from a stream of names, block by block.

    Each is judged by itself and those before it, so that the first n are the same for any n and any blocks.
    """

    def __init__(self, wanted: Wanted, find: Callable[[list[str]], Sequence[bool | None]]) -> None:
        """`find` tells which names are in the data; one of which that is not known is not taken for new."""
        self.wanted = wanted
        self._find = find
        self._seen: set[str] = set()
        self.passed_over = 0
        """Names in a row that were not wanted, up to the last one."""

    def places(self, names: Sequence[str]) -> list[int]:
        """Which of these names, the next ones of the stream, are wanted: their places.

        Raises:
            NothingWantedError: after MAX_PASSED_OVER in a row that are not.
        """
        if self.passed_over >= MAX_PASSED_OVER:
            raise NothingWantedError(f"of {MAX_PASSED_OVER:,} names drawn in a row none is as asked for")
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
        """Those that are wanted, looking at so many at a time."""
        for some in in_blocks(names, block):
            for place in self.places(some):
                yield some[place]


def in_blocks(names: Iterator[str], size: int) -> Iterator[list[str]]:
    """So many names at a time; what came before an error is a block, too."""
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
