"""The scales of plots: whole rows and columns, evenly spaced ticks, distinguishable labels."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.views.scale import Scale, even, of_columns, of_rows, powers


def read(label: str) -> float:
    return float(label.replace("−", "-").replace(",", ""))


def rows_of(scale: Scale, rows: int) -> list[float]:
    """The row of each tick, counted from the top; with a half if it is in the middle of a row."""
    return [(scale.high - tick) / (scale.high - scale.low) * rows for tick in scale.ticks]


@given(
    bottom=st.floats(-1e6, 1e6) | st.sampled_from([0, 2.4544, 1e51]),
    size=st.floats(1e-4, 1e6) | st.sampled_from([1e-4, 0.9, 1e50, 1e300]),
    rows=st.integers(2, 60),
    below=st.integers(0, 1),
)
def test_ticks_are_in_the_middle_of_rows_and_evenly_spaced(
    bottom: float, size: float, rows: int, below: int
) -> None:
    top = bottom + max(size, abs(bottom) * 1e-9)
    scale = of_rows(bottom, top, rows, even, below if rows > 2 else 0)
    assert scale.low <= bottom < top <= scale.high
    assert (top - bottom) > 0.15 * (scale.high - scale.low), "what is drawn has most of the room"
    places = rows_of(scale, rows)
    assert len(places) >= 2
    assert [place % 1 for place in places] == pytest.approx([0.5] * len(places), abs=1e-3)
    assert len({round(a - b) for a, b in pairwise(places)}) == 1
    assert len(set(scale.labels)) == len(places)
    step = scale.ticks[1] - scale.ticks[0]
    assert [read(label) for label in scale.labels] == pytest.approx(list(scale.ticks), abs=step / 10)


@given(top=st.floats(1e-3, 1e70), rows=st.integers(3, 60))
def test_below_0_there_is_room_for_a_name_but_no_tick(top: float, rows: int) -> None:
    scale = of_rows(0, top, rows, even, below=1)
    assert scale.low < 0 == scale.ticks[0]


@given(bottom=st.floats(-9, 300), size=st.floats(1e-4, 60), rows=st.integers(2, 60))
def test_on_a_logarithmic_scale_labels_say_what_the_powers_are(bottom: float, size: float, rows: int) -> None:
    scale = of_rows(bottom, bottom + size, rows, powers)
    assert len(set(scale.labels)) == len(scale.ticks) >= 2
    step = scale.ticks[1] - scale.ticks[0]
    exponents = [float(Decimal(label).log10()) for label in scale.labels]
    assert exponents == pytest.approx(list(scale.ticks), abs=step / 5)


@given(first=st.integers(0, 10**5), steps=st.integers(1, 10**6), columns=st.integers(20, 200))
def test_steps_have_room_for_their_labels(first: int, steps: int, columns: int) -> None:
    scale = of_columns(first, first + steps, columns, "{:,}".format)
    assert [int(read(label)) for label in scale.labels] == scale.ticks
    spans = []
    for tick, label in zip(scale.ticks, scale.labels, strict=True):
        column = math.floor((tick - scale.low) / (scale.high - scale.low) * columns)
        start = column - len(label) // 2 + (len(label) % 2 == 0)
        spans.append((start, start + len(label.rstrip())))
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert all(end <= columns + 1 for _, end in spans), "none is cut at the right"
