"""The axes of a plot: positions and labels of ticks, aligned to whole rows and columns."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bigram_tui.views.numbers import signed

NICE = (1, 2, 5)
"""Distances between ticks, times a power of ten."""

PLAIN = 1e5
"""From here on, the labels of an axis share a power of ten."""


@dataclass(frozen=True)
class Scale:
    """An axis: its range, and its ticks with their labels."""

    low: float
    high: float
    ticks: Sequence[float]
    labels: Sequence[str]


def of_rows(
    bottom: float,
    top: float,
    rows: int,
    label: Callable[[Sequence[float], float], list[str]],
    below: int = 0,
) -> Scale:
    """A vertical axis that contains both values, for this many rows, some of them `below` the bottom.

    Every tick is in the middle of a row, and ticks are equally many rows apart. Their distance is 1, 2 or 5
    times a power of ten. None is negative unless the bottom is. `label` formats the ticks, given their values
    and distance.
    """
    least = max((top - bottom) / (rows - below), abs(top) * 1e-14, 1e-14)
    power, fewest = math.floor(math.log10(least)), max(1, round(rows / 5))
    for candidate in sorted(
        (nice * 10.0**exponent / between, between, nice * 10.0**exponent)
        for between in range(fewest, fewest + 4)
        for nice in NICE
        for exponent in range(power, power + 4)
    ):
        row, between, step = candidate
        first = round(bottom / row) - below
        least_tick = first if bottom < 0 else max(first, 0)
        places = [j // between for j in range(least_tick, first + rows) if j % between == 0]
        if row >= least and (first + rows - 0.5) * row >= top and len(places) >= min(2, rows):
            break
    ticks = [place * step for place in places]
    return Scale((first - 0.5) * row, (first + rows - 0.5) * row, ticks, label(ticks, step))


def of_columns(first: float, last: float, columns: int, label: Callable[[int], str]) -> Scale:
    """A horizontal axis from first to last, for this many columns and one more; ticks are whole numbers.

    Labels are centred below their ticks; one that would not fit is padded on the right to move it left.
    """
    margin = 0.01 * (last - first)
    low, high = first - margin, last + margin
    widest = max(cell_len(label(math.ceil(first))), cell_len(label(math.floor(last))))
    steps = (nice * 10**exponent for exponent in range(12) for nice in NICE)
    step = next(step for step in steps if step * columns / (high - low) >= widest + 4)
    ticks = list(range(math.ceil(first / step) * step, math.floor(last) + 1, step))
    labels = []
    for tick in ticks:
        text = label(tick)
        column = math.floor((tick - low) / (high - low) * columns)
        beyond = column + (cell_len(text) + 1) // 2 - columns
        labels.append(text + " " * 2 * max(beyond, 0))
    return Scale(low, high, ticks, labels)


def even(ticks: Sequence[float], step: float) -> list[str]:
    """Labels with as many decimals as the step has; large numbers share a power of ten."""
    power, largest = _power(step), max(map(abs, ticks), default=0.0)
    if largest < PLAIN:
        return [signed(f"{tick:.{max(-power, 0)}f}") if tick else "0" for tick in ticks]
    common = _power(largest)
    return [
        signed(f"{tick / 10.0**common:.{max(common - power, 0)}f}e{common}") if tick else "0"
        for tick in ticks
    ]


def powers(ticks: Sequence[float], step: float) -> list[str]:
    """Labels for powers of ten, given the exponents, with enough digits to tell them apart."""
    parts, digits = [divmod(round(tick, 12), 1) for tick in ticks], 1
    while any(abs(math.log10(float(f"{10**part:.{digits}g}")) - part) > step / 10 for _, part in parts):
        digits += 1
    return [
        f"{10.0 ** (whole + part):.{digits}g}"
        if -4 <= whole < 5
        else f"{10**part:.{digits - 1}f}e{whole:.0f}"
        for whole, part in parts
    ]


def _power(value: float) -> int:
    return math.floor(math.log10(value) + 1e-9)
