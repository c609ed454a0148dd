"""The split of a word list into train, dev and test, as the lecture's second part does it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bigram_tui.lm.errors import SettingError

DEFAULT_SPLIT_SEED = 42
PARTS = ("train", "dev", "test")

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Fractions:
    """The shares of train, dev and test, of which only the proportions count: (80, 10, 10).

    Raises:
        SettingError: when a share is negative, or there is none of train.
    """

    train: float = 80
    dev: float = 10
    test: float = 10

    def __post_init__(self) -> None:
        shares = (self.train, self.dev, self.test)
        if not (min(shares) >= 0 and self.train > 0 and sum(shares) < float("inf")):
            raise SettingError("the split needs three shares of 0 or more, the first above 0, as in 80/10/10")

    def cuts(self, n: int) -> tuple[int, int]:
        """Where n shuffled entries are cut: int(0.8·n) and int(0.9·n) for 80/10/10."""
        total = self.train + self.dev + self.test
        return int(self.train / total * n), int((self.train + self.dev) / total * n)

    def __str__(self) -> str:
        return "/".join(f"{share:g}" for share in (self.train, self.dev, self.test))


def read_fractions(text: str) -> Fractions:
    """A split as a person types it, 80/10/10; raises ValueError, and SettingError for what none can be."""
    train, dev, test = (float(share) for share in text.split("/"))
    return Fractions(train, dev, test)


@dataclass(frozen=True)
class Split(Generic[Entry]):
    """The entries of each part, in the order of the shuffle."""

    train: Sequence[Entry]
    dev: Sequence[Entry]
    test: Sequence[Entry]


def split(
    entries: Sequence[Entry], seed: int = DEFAULT_SPLIT_SEED, fractions: Fractions | None = None
) -> Split[Entry]:
    """Shuffle by Python's random.Random(seed) and cut: the lecture's, and the same on every machine.

    An entry of a weighted list goes to one part with all of its weight: the fractions are of entries.

    Raises:
        SettingError: when a part that has a share would be empty.
    """
    fractions = fractions or Fractions()
    shuffled = list(entries)
    random.Random(seed).shuffle(shuffled)
    first, second = fractions.cuts(len(shuffled))
    parts = Split(shuffled[:first], shuffled[first:second], shuffled[second:])
    for name, share in zip(PARTS, (fractions.train, fractions.dev, fractions.test), strict=True):
        if share and not getattr(parts, name):
            raise SettingError(
                f"{name} would be empty: {fractions} of {len(shuffled):,} words leaves none for it; "
                "use a longer list, or a split with a larger share of it"
            )
    return parts
