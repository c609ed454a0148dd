"""The settings, their defaults and their limits. Needs no torch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from math import inf
from typing import Any, NamedTuple

from bigram_tui.lm.errors import SettingError

DEFAULT_SEED = 2147483647
DEFAULT_SMOOTHING = 1.0
DEFAULT_TEMPERATURE = 1.0
MAX_TRAINED_CHARACTERS = 1_000
"""The most characters for which a network learns bigrams: W has V² weights, and a step touches them all."""

MAX_WEIGHTS = (1 + MAX_TRAINED_CHARACTERS) ** 2
"""The most weights for which a network is trained; there are V^(c+1) for a context of c."""

MAX_VOCABULARY = 5_000
"""The most tokens; if there are more characters, the rarest share one token."""

MAX_CONTEXT = 8
ADD_K = "add-k"
SMOOTHERS = {
    ADD_K: "add-k",
    "witten-bell": "Witten-Bell",
    "kneser-ney": "Kneser-Ney",
    "modified-kneser-ney": "modified Kneser-Ney",
}
"""The names of the smoothing methods, by key."""

INITIALIZATIONS = ("rand", "randn", "zeros")
METHODS = ("inverse-cdf", "multinomial")


def _is_whole(n: object, least: int, most: int) -> bool:
    """Whether it is an int in this range: a file may hold 1e9 or true instead."""
    return type(n) is int and least <= n <= most


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "init": (INITIALIZATIONS.__contains__, f"the initialization must be one of {', '.join(INITIALIZATIONS)}"),
    "seed": (
        lambda seed: _is_whole(seed, 0, 2**64 - 1),
        "the seed must be a whole number from 0 to 2⁶⁴ − 1",
    ),
    "steps": (lambda n: _is_whole(n, 0, 1_000_000), "steps must be a whole number from 0 to 1,000,000"),
    "step": (
        lambda n: _is_whole(n, 0, 10**12),
        "the step must be a whole number from 0 to 1,000,000,000,000",
    ),
    "learning_rate": (lambda η: 0 < η <= 1e6, "the learning rate must be above 0 and at most 1,000,000"),
    "regularization": (lambda λ: 0 <= λ <= 1e6, "regularization must be a number from 0 to 1,000,000"),
    "batch_size": (
        lambda n: n is None or _is_whole(n, 1, 1_000_000),
        "the batch size must be a whole number from 1 to 1,000,000",
    ),
    "context": (
        lambda c: _is_whole(c, 0, MAX_CONTEXT),
        f"the context must be a whole number from 0 to {MAX_CONTEXT}",
    ),
    "smoothing": (lambda k: 0 <= k <= 1e9, "smoothing must be a number from 0 to 1,000,000,000"),
    "temperature": (lambda T: 0 <= T <= 1_000, "the temperature must be a number from 0 to 1,000"),
    "least_gain": (lambda nats: 0 <= nats < inf, "the least gain must be 0 (never stop) or more nats"),
}
"""The range of each setting, and a message that states it. nan is in no range."""


def check(**settings: object) -> None:
    """Raise SettingError for the first of these settings that is out of range."""
    for name, value in settings.items():
        is_allowed, rule = RULES[name]
        if not is_allowed(value):
            raise SettingError(rule)


_WEIGHTS = (
    "a network with {V:,} tokens and a context of {context} has {weights:,} weights, "
    "and at most {most:,} are trained"
)
TOO_MANY_TOKENS = _WEIGHTS + ": let rare characters share one token"
TOO_MANY_WEIGHTS = _WEIGHTS + ": use a shorter context, or let rare characters share one token"


def check_weights(V: int, context: int) -> None:
    """Raise SettingError if the network would have too many weights."""
    if V ** (context + 1) > MAX_WEIGHTS:
        phrase = TOO_MANY_WEIGHTS if context > 1 else TOO_MANY_TOKENS
        raise SettingError(phrase, V=V, context=context, weights=V ** (context + 1), most=MAX_WEIGHTS)


def whole_number(text: str) -> int:
    """Parse a whole number as a person types it, with or without thousands separators; raises ValueError."""
    try:
        return int(_digits(text))
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def decimal_number(text: str) -> float:
    """Parse a number as a person types it, with or without thousands separators; raises ValueError."""
    try:
        return float(_digits(text))
    except ValueError:
        if re.fullmatch(r"\s*[-+]?\d+,\d+\s*", text):
            raise SettingError("decimals stand after a point, as in 0.5") from None
        raise ValueError(f"{text!r} is not a number") from None


def _digits(text: str) -> str:
    """Text without thousands separators; raises ValueError for 0,5 and 1_0 and digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError
    if "," in text and not re.fullmatch(r"\s*[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?\s*", text):
        raise ValueError
    return text.replace(",", "")


def _batch_size(text: str) -> int | None:
    return None if text.strip().lower() in ("", "all") else whole_number(text)


class SettingKind(NamedTuple):
    """A setting that is typed in: its name, and what parses and checks it.

    `check` is called with the value as a keyword argument named after the setting, unless `parse` already
    checks everything. `help` and `metavar` belong to its command-line option; `placeholder` is shown in an
    empty field.
    """

    name: str
    label: str
    parse: Callable[[str], Any]
    help: str = ""
    metavar: str | None = None
    placeholder: str = ""
    check: Callable[..., object] = dict

    def read(self, text: str) -> Any:
        """Parse what a person typed; raises ValueError, and SettingError if it is out of range."""
        value = self.parse(text)
        self.check(**{self.name: value})
        return value


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Raises:
        SettingError: if a value is out of range; the message says what the range is.
    """

    init: str = "rand"
    seed: int = DEFAULT_SEED
    steps: int = 200
    learning_rate: float = 10.0
    regularization: float = 0.01
    batch_size: int | None = None
    """How many bigrams, drawn with replacement, a step uses; None: all."""

    @classmethod
    def of(cls, options: object) -> TrainingSettings:
        """From an object whose attributes have the same names, such as parsed command-line options."""
        return cls(**{each.name: getattr(options, each.name) for each in fields(cls)})

    def __post_init__(self) -> None:
        check(**vars(self))


_kind = partial(SettingKind, check=check)
SEED = _kind("seed", "seed", whole_number, "of every random number")
CONTEXT = _kind(
    "context",
    "context",
    whole_number,
    f"how many characters the next one depends on, from 0 to {MAX_CONTEXT}",
    "C",
)
SMOOTHING = _kind("smoothing", "smoothing k", decimal_number, "added to every count", "K")
TEMPERATURE = _kind(
    "temperature",
    "temperature T",
    decimal_number,
    "names are drawn from P^(1/T): below 1 likely characters become likelier",
    "T",
)
LEAST_GAIN = _kind("least_gain", "least gain", decimal_number)
_TRAINING = [
    _kind("steps", "steps", whole_number, "of gradient descent"),
    _kind(
        "learning_rate", "learning rate", decimal_number, "how far a step goes against the gradient", "RATE"
    ),
    _kind("regularization", "regularization", decimal_number, "weight of mean(W²) in the loss", "LAMBDA"),
    _kind(
        "batch_size",
        "batch size",
        _batch_size,
        "how many bigrams, drawn with replacement, a step learns from (default: all)",
        "SIZE",
    ),
    SEED,
]
TRAINING = {kind.name: kind for kind in _TRAINING}
"""The TrainingSettings that are typed in, by name."""

PRESETS = {
    "default": TrainingSettings(),
    "lecture": TrainingSettings("randn", steps=100, learning_rate=50),
    "too small": TrainingSettings(learning_rate=0.1),
    "too large": TrainingSettings(learning_rate=1000),
}
"""Runs worth watching: the default one, the lecture's, and two with an unsuitable learning rate."""
