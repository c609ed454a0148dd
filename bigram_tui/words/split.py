"""Splitting a list into train, dev and test: for learning, tuning and evaluating."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import SettingKind, check, decimal_number, whole_number

DEFAULT_SPLIT_SEED = 42
PARTS = ("train", "dev", "test")

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Fractions:
    """The shares of train, dev and test; only their proportions matter: (80, 10, 10).

    Raises:
        SettingError: if a share is negative, or that of train is 0.
    """

    train: float = 80
    dev: float = 10
    test: float = 10

    def __post_init__(self) -> None:
        shares = (self.train, self.dev, self.test)
        if not (min(shares) >= 0 and self.train > 0 and sum(shares) < float("inf")):
            raise SettingError("the split needs three shares of 0 or more, the first above 0, as in 80/10/10")

    @property
    def ends(self) -> tuple[float, float]:
        """Where train and dev end, as parts of the whole: 0.8 and 0.9 for 80/10/10."""
        total = self.train + self.dev + self.test
        return self.train / total, (self.train + self.dev) / total

    def __str__(self) -> str:
        return "/".join(f"{share:g}" for share in (self.train, self.dev, self.test))


def read_fractions(text: str) -> Fractions:
    """Parse a split as a person types it, such as 80/10/10; raises SettingError."""
    try:
        train, dev, test = map(decimal_number, text.split("/"))
    except ValueError:
        raise SettingError(
            "{typed!r} is not three shares, for train, dev and test, such as 80/10/10", typed=text
        ) from None
    return Fractions(train, dev, test)


class Split(NamedTuple):
    """How to divide a list into train, dev and test: their shares, and the seed for shuffling first.

    With `together`, equal words go to the same part, and the shares are of distinct words.
    """

    fractions: Fractions = Fractions()
    seed: int = DEFAULT_SPLIT_SEED
    together: bool = False


DEFAULT_SPLIT = Split()

SPLIT = SettingKind(
    "split",
    "split",
    read_fractions,
    "learn from train alone, of these shares of train, dev and test",
    "A/B/C",
)
SPLIT_SEED = SettingKind(
    "split_seed",
    "split seed",
    whole_number,
    "of the shuffle before the split",
    "SEED",
    check=lambda split_seed: check(seed=split_seed),
)


def split(
    entries: Sequence[Entry],
    seed: int = DEFAULT_SPLIT_SEED,
    fractions: Fractions = DEFAULT_SPLIT.fractions,
) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Train, dev and test: shuffled with Python's random.Random(seed) and cut, as in the lecture.

    An entry of a weighted list goes to one part with its full weight: the fractions are of entries.
    """
    shuffled = list(entries)
    random.Random(seed).shuffle(shuffled)
    first, second = (int(end * len(shuffled)) for end in fractions.ends)
    return shuffled[:first], shuffled[first:second], shuffled[second:]
