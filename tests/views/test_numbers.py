"""Number formats: only 0 is shown as 0, small numbers are recognizable, one minus sign, equal decimals."""

import math
import re

import pytest
from textual.pilot import Pilot

from bigram_tui.views.grid_views import compact_number
from bigram_tui.views.numbers import nats, number, percent, precise, short
from bigram_tui.widgets.bars import Bars
from bigram_tui.words.corpus import Corpus
from tests.driving import app_of, on_screen, opened, rests

HYPHEN = re.compile(r"(?<![\w.,:/–-])-[\d.∞]")
"""A hyphen before a number that is not part of an exponent, a size or a name."""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1 / 32_284, "3.1e-5"),
        (-1 / 32_284, "−3.1e-5"),
        (0.00005, "0.0001"),
        (1e-12, "1.0e-12"),
        (2.454395, "2.4544"),
        (-31.5, "−31.5000"),
        (12_345.6, "12,345.6000"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "nan"),
    ],
)
def test_a_number_has_four_decimals_or_says_why_not(value: float, shown: str) -> None:
    assert number(value) == shown


def test_all_formats_distinguish_0_from_tiny_and_have_one_minus_sign() -> None:
    for write in (number, nats, percent, precise, compact_number, short):
        assert write(0).strip() in ("0", "0%")
        assert write(3.1e-5).strip() not in ("0", "0%")
        assert re.fullmatch(r"[^1-9]*", write(3.1e-5)) is None, "it has digits"
    for write in (number, nats, precise, compact_number):
        assert write(-3.1e-5).strip() == f"−{write(3.1e-5).strip()}"
        assert write(-1.25).strip().startswith("−1.25")
    assert [percent(part) for part in (1, 0.99999, 0.5, 0.00001)] == ["100%", "> 99.9%", "50.0%", "1.0e-3%"]
    assert all(len(compact_number(sign * 10.0**power)) <= 5 for power in range(-300, 15) for sign in (1, -1))


async def bars(pilot: Pilot[None], smoothing: float) -> list[str]:
    app_of(pilot).workspace.set_smoothing(smoothing)
    await pilot.pause()
    await rests(pilot)
    return [bar.text for bar in pilot.app.screen.query_one(Bars)._bars]


async def test_every_pane_distinguishes_a_probability_of_0_from_1_in_32284(us_names: Corpus) -> None:
    async with opened(us_names, "4") as pilot:
        assert (await bars(pilot, 1))[0] == "3.1e-5"
        assert (await bars(pilot, 0))[0] == "0"
        await pilot.press("t", *"qz")
        assert re.search(r" 0! ", on_screen(pilot)), "no z comes after q in the data"
        await pilot.press("escape", "2", "v")
        await rests(pilot)
        assert not re.search(r"(?<!\d)\.000", on_screen(pilot))
        await pilot.press("g", "q", "z")
        assert re.search(r"probability +0 ", on_screen(pilot))


async def test_no_number_has_a_hyphen_for_a_minus(us_names: Corpus) -> None:
    """In all views of the table, inside a step, and in their explanations."""
    async with opened(us_names, "3", "space", "i") as pilot:
        seen = on_screen(pilot)
        for keys in (["w"], ["escape", "2", "plus", "plus"], *[["v"]] * 7, ["w"], ["escape", "4", "n", "w"]):
            await pilot.press(*keys)
            await pilot.pause()
            seen += on_screen(pilot)
        assert seen.count("−") > 50
        assert HYPHEN.findall(seen) == []
