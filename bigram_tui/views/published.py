"""Published losses for the lecture's list and split, to compare with those computed here."""

from collections.abc import Sequence
from typing import NamedTuple


class Published(NamedTuple):
    """A network, its context length in characters, and its loss on dev in nats per token."""

    name: str
    context: int
    dev: float


LECTURE = (Published("MLP", 3, 2.17), Published("MLP", 3, 2.105), Published("WaveNet", 8, 1.993))
"""Karpathy, “Building makemore”, parts 2 to 5: the MLP, the same with better training, and the WaveNet."""

LECTURE_S_SPLIT = (25_626, 3_203, 3_204), (182_625, 22_655, 22_866), (424, 377)
"""Words and tokens of train, dev and test; how many words of dev and of test are also in train."""


def published(words: Sequence[int], tokens: Sequence[int], also: Sequence[int]) -> tuple[Published, ...]:
    """The published losses that apply to a split with these numbers: the lecture's, or none."""
    return LECTURE if (tuple(words), tuple(tokens), tuple(also)) == LECTURE_S_SPLIT else ()
