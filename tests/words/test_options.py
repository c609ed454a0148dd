"""Typed settings: each is parsed, and refused, in the same way everywhere."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import (
    LEAST_GAIN,
    SEED,
    SMOOTHING,
    TEMPERATURE,
    TRAINING,
    SettingKind,
    TrainingSettings,
)
from bigram_tui.words.options import READING, ReadingOptions


def test_every_setting_is_in_the_table() -> None:
    assert {"init", *TRAINING} == {field.name for field in fields(TrainingSettings)}
    assert set(READING) == {field.name for field in fields(ReadingOptions)}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (SEED, "18446744073709551615", 2**64 - 1),
        (SMOOTHING, "0.5", 0.5),
        (TEMPERATURE, "1e-3", 0.001),
        (LEAST_GAIN, "0", 0),
        (TRAINING["steps"], "1,000", 1_000),
        (TRAINING["learning_rate"], " 1,000.5 ", 1_000.5),
        (TRAINING["batch_size"], "ALL", None),
        (TRAINING["batch_size"], "", None),
        (TRAINING["batch_size"], "32", 32),
        (READING["limit"], "10,000", 10_000),
        (READING["max_download"], "2.5 gb", 2_500_000_000),
        (READING["encoding"], "latin-1", "latin-1"),
    ],
)
def test_typed_settings_are_parsed(kind: SettingKind, text: str, value: object) -> None:
    assert kind.read(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (SEED, "18446744073709551616", "from 0 to 2⁶⁴ − 1"),
        (SMOOTHING, "nan", "from 0 to 1,000,000,000"),
        (TEMPERATURE, "-1", "from 0 to 1,000"),
        (LEAST_GAIN, "-0.1", "0 \\(never stop\\) or more"),
        (TRAINING["steps"], "1000001", "from 0 to 1,000,000"),
        (TRAINING["steps"], "1_0", "'1_0' is not a whole number"),
        (TRAINING["learning_rate"], "0", "above 0"),
        (TRAINING["steps"], "1,5", "'1,5' is not a whole number"),
        (TRAINING["learning_rate"], "ten", "'ten' is not a number"),
        (TRAINING["learning_rate"], "0,5", "decimals stand after a point, as in 0.5"),
        (TEMPERATURE, "0,500", "decimals stand after a point, as in 0.5"),
        (SMOOTHING, "12,34,567", "'12,34,567' is not a number"),
        (TRAINING["batch_size"], "0", "from 1 to 1,000,000"),
        (READING["limit"], "0", "at least 1"),
        (READING["max_download"], "1e400GB", "'1e400GB' is not a size"),
        (READING["encoding"], "klingon", "one that Python knows"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(kind: SettingKind, text: str, reason: str) -> None:
    with pytest.raises((ValueError, SettingError), match=reason):
        kind.read(text)
