"""What a user may choose, its defaults (the article's) and its limits. Needs no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from bigram_tui.lm.errors import SettingError

DEFAULT_SEED = 2147483647
DEFAULT_SMOOTHING = 1.0
DEFAULT_TEMPERATURE = 1.0
MAX_TRAINED_CHARACTERS = 1_000
"""Characters up to which a network is trained: W has V² weights, and a step touches all of them."""

MAX_VOCABULARY = 5_000
"""Tokens up to which each character has its own; beyond, the rarest share one."""

INITIALIZATIONS = ("rand", "randn", "zeros")
METHODS = ("inverse-cdf", "multinomial")


def check_seed(seed: int) -> None:
    """Raises SettingError unless torch accepts the seed."""
    if not 0 <= seed < 2**64:
        raise SettingError("the seed must be a whole number from 0 to 2⁶⁴ − 1")


def check_smoothing(smoothing: float) -> None:
    """Raises SettingError unless the counts plus k are sensible."""
    if not (math.isfinite(smoothing) and 0 <= smoothing <= 1e9):
        raise SettingError("smoothing must be a number from 0 to 1,000,000,000")


def check_temperature(temperature: float) -> None:
    """Raises SettingError unless probabilities can be raised to the power 1/T."""
    if not 0 <= temperature <= 1_000:
        raise SettingError("the temperature must be a number from 0 to 1,000")


def whole_number(text: str) -> int:
    """A whole number as a person types it, thousands separated or not; raises ValueError."""
    return int(_digits(text))


def decimal_number(text: str) -> float:
    """A number as a person types it; raises ValueError."""
    return float(_digits(text))


def _digits(text: str) -> str:
    """Python also reads 1_0 and the digits of other scripts, which nobody means."""
    if "_" in text or not text.isascii():
        raise ValueError(f"{text!r} is not a number")
    return text.replace(",", "")


def read_seed(text: str) -> int:
    """A seed as a person types it; raises ValueError, and SettingError for what torch does not accept."""
    seed = whole_number(text)
    check_seed(seed)
    return seed


def read_smoothing(text: str) -> float:
    """Smoothing as a person types it; raises ValueError, and SettingError outside its range."""
    smoothing = decimal_number(text)
    check_smoothing(smoothing)
    return smoothing


def read_temperature(text: str) -> float:
    """A temperature as a person types it; raises ValueError, and SettingError outside its range."""
    temperature = decimal_number(text)
    check_temperature(temperature)
    return temperature


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Raises:
        SettingError: when a value is out of range, naming the range.
    """

    init: str = "rand"
    seed: int = DEFAULT_SEED
    steps: int = 200
    learning_rate: float = 10.0
    regularization: float = 0.01
    batch_size: int | None = None
    """How many bigrams, drawn with replacement, a step learns from; None: all."""

    @classmethod
    def of(cls, options: object) -> TrainingSettings:
        """The settings that an object has under the same names, as the options of a command line."""
        return cls(**{field.name: getattr(options, field.name) for field in fields(cls)})

    def __post_init__(self) -> None:
        if self.init not in INITIALIZATIONS:
            raise SettingError(f"the initialization must be one of {', '.join(INITIALIZATIONS)}")
        check_seed(self.seed)
        if not 0 <= self.steps <= 1_000_000:
            raise SettingError("steps must be a whole number from 0 to 1,000,000")
        if not (math.isfinite(self.learning_rate) and 0 < self.learning_rate <= 1e6):
            raise SettingError("the learning rate must be above 0 and at most 1,000,000")
        if not (math.isfinite(self.regularization) and 0 <= self.regularization <= 1e6):
            raise SettingError("regularization must be a number from 0 to 1,000,000")
        if self.batch_size is not None and not 1 <= self.batch_size <= 1_000_000:
            raise SettingError("the batch size must be a whole number from 1 to 1,000,000")


PRESETS = {
    "article": TrainingSettings(),
    "lecture": TrainingSettings("randn", steps=100, learning_rate=50),
    "too small": TrainingSettings(learning_rate=0.1),
    "too large": TrainingSettings(learning_rate=1000),
}
"""Runs worth watching: the article's, the lecture's, and two whose learning rate does not fit."""
