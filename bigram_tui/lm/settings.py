"""What a user may choose, its defaults (the article's) and its limits. Needs no torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from bigram_tui.lm.errors import SettingError

DEFAULT_SEED = 2147483647
DEFAULT_SMOOTHING = 1.0
DEFAULT_TEMPERATURE = 1.0
MAX_TRAINED_CHARACTERS = 1_000
"""Characters up to which a network learns bigrams: W has V² weights, and a step touches all of them."""

MAX_WEIGHTS = (1 + MAX_TRAINED_CHARACTERS) ** 2
"""Weights up to which a network is trained, V^(c+1) for a context of c."""

MAX_VOCABULARY = 5_000
"""Tokens up to which each character has its own; beyond, the rarest share one."""

MAX_CONTEXT = 8
ADD_K = "add-k"
SMOOTHERS = (ADD_K, "witten-bell", "kneser-ney", "modified-kneser-ney")
"""What is done about n-grams that were seen seldom or never."""

INITIALIZATIONS = ("rand", "randn", "zeros")
METHODS = ("inverse-cdf", "multinomial")


def check_seed(seed: int) -> None:
    """Raises SettingError unless torch accepts the seed."""
    if not 0 <= seed < 2**64:
        raise SettingError("the seed must be a whole number from 0 to 2⁶⁴ − 1")


def check_context(context: int) -> None:
    """Raises SettingError unless contexts of so many tokens are offered."""
    if not 0 <= context <= MAX_CONTEXT:
        raise SettingError(f"the context must be a whole number from 0 to {MAX_CONTEXT}")


def check_weights(V: int, context: int) -> None:
    """Raises SettingError unless a network with so many weights is trained."""
    if V ** (context + 1) > MAX_WEIGHTS:
        shorter = "use a shorter context, or " if context > 1 else ""
        raise SettingError(
            f"a network with {V:,} tokens and a context of {context} has {V ** (context + 1):,} weights, and "
            f"at most {MAX_WEIGHTS:,} are trained: {shorter}let rare characters share one token"
        )


def check_smoothing(smoothing: float) -> None:
    """Raises SettingError unless the counts plus k are sensible."""
    if not (math.isfinite(smoothing) and 0 <= smoothing <= 1e9):
        raise SettingError("smoothing must be a number from 0 to 1,000,000,000")


def check_temperature(temperature: float) -> None:
    """Raises SettingError unless probabilities can be raised to the power 1/T."""
    if not 0 <= temperature <= 1_000:
        raise SettingError("the temperature must be a number from 0 to 1,000")


def check_least_gain(least_gain: float) -> None:
    """Raises SettingError for what no loss could gain, in nats in ten steps."""
    if not (math.isfinite(least_gain) and least_gain >= 0):
        raise SettingError("the least gain must be 0 (never stop) or more nats")


def whole_number(text: str) -> int:
    """A whole number as a person types it, thousands separated or not; raises ValueError."""
    try:
        return int(_digits(text))
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def decimal_number(text: str) -> float:
    """A number as a person types it; raises ValueError."""
    try:
        return float(_digits(text))
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def _digits(text: str) -> str:
    """Python also reads 1_0 and the digits of other scripts, which nobody means."""
    if "_" in text or not text.isascii():
        raise ValueError
    return text.replace(",", "")


def _batch_size(text: str) -> int | None:
    return None if text.strip().lower() in ("", "all") else whole_number(text)


@dataclass(frozen=True)
class SettingKind:
    """A setting that is typed: what it is called, and what reads and checks it.

    `check` is called with the value under the setting's name, unless `parse` checks it all. `help` and
    `metavar` are those of its option on the command line; `placeholder` stands in an empty field.
    """

    name: str
    label: str
    parse: Callable[[str], Any]
    help: str = ""
    metavar: str | None = None
    placeholder: str = ""
    check: Callable[..., object] = field(kw_only=True, default=dict)

    def read(self, text: str) -> Any:
        """The value that a person typed; raises ValueError, and SettingError outside its range."""
        value = self.parse(text)
        self.check(**{self.name: value})
        return value


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
        return cls(**{each.name: getattr(options, each.name) for each in fields(cls)})

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


SEED = SettingKind("seed", "seed", whole_number, "of every random number", check=check_seed)
CONTEXT = SettingKind(
    "context",
    "context",
    whole_number,
    f"how many characters the next one depends on, from 0 to {MAX_CONTEXT}",
    "C",
    check=check_context,
)
SMOOTHING = SettingKind(
    "smoothing", "smoothing k", decimal_number, "added to every count", "K", check=check_smoothing
)
TEMPERATURE = SettingKind(
    "temperature",
    "temperature T",
    decimal_number,
    "names are drawn from P^(1/T): below 1 likely characters become likelier",
    "T",
    check=check_temperature,
)
LEAST_GAIN = SettingKind("least_gain", "least gain", decimal_number, check=check_least_gain)

_typed = partial(SettingKind, check=TrainingSettings)
_TRAINING = [
    _typed("steps", "steps", whole_number, "of gradient descent"),
    _typed(
        "learning_rate", "learning rate", decimal_number, "how far a step goes against the gradient", "RATE"
    ),
    _typed("regularization", "regularization", decimal_number, "weight of mean(W²) in the loss", "LAMBDA"),
    _typed(
        "batch_size",
        "batch size",
        _batch_size,
        "how many bigrams, drawn with replacement, a step learns from (default: all)",
        "SIZE",
    ),
    SEED,
]
TRAINING = {kind.name: kind for kind in _TRAINING}
"""What is typed of the TrainingSettings, by name."""

PRESETS = {
    "article": TrainingSettings(),
    "lecture": TrainingSettings("randn", steps=100, learning_rate=50),
    "too small": TrainingSettings(learning_rate=0.1),
    "too large": TrainingSettings(learning_rate=1000),
}
"""Runs worth watching: the article's, the lecture's, and two whose learning rate does not fit."""
