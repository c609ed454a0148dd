"""Colour ramps: monotonic, and readable with text."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem, ColorType

from bigram_tui.views.ramp import RAMPS, STEPS, ramp

LOOKS = [(name, dark, eight_bit) for name in RAMPS for dark in (False, True) for eight_bit in (False, True)]


def luminance(red: int, green: int, blue: int) -> float:
    """Relative luminance as defined by WCAG 2.1, implemented independently."""
    parts = []
    for value in (red / 255, green / 255, blue / 255):
        parts.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize(("name", "dark", "eight_bit"), LOOKS)
def test_a_ramp_always_grows_in_the_same_direction(name: str, dark: bool, eight_bit: bool) -> None:
    lights = [luminance(*style.bgcolor.triplet) for style in ramp(name, dark, eight_bit=eight_bit)]
    assert len(lights) == STEPS
    assert lights == sorted(lights, reverse=not dark)
    assert len(set(lights)) == (13 if eight_bit else STEPS)


@pytest.mark.parametrize("eight_bit", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_a_diverging_ramp_is_nearest_to_the_background_in_the_middle(dark: bool, eight_bit: bool) -> None:
    lights = [
        luminance(*style.bgcolor.triplet) for style in ramp("", dark, diverging=True, eight_bit=eight_bit)
    ]
    below, above = lights[: STEPS // 2 + 1], lights[STEPS // 2 :]
    assert below == sorted(below, reverse=dark)
    assert above == sorted(above, reverse=not dark)


@pytest.mark.parametrize(("name", "dark", "eight_bit"), LOOKS)
def test_text_is_readable_on_every_colour(name: str, dark: bool, eight_bit: bool) -> None:
    for style in (*ramp(name, dark, eight_bit=eight_bit), *ramp(name, dark, True, eight_bit)):
        text, background = luminance(*style.color.triplet), luminance(*style.bgcolor.triplet)
        contrast = (max(text, background) + 0.05) / (min(text, background) + 0.05)
        assert contrast >= 4.5, style


def test_with_256_colours_only_palette_colours_are_used() -> None:
    for name in RAMPS:
        for style in ramp(name, True, eight_bit=True):
            number = style.bgcolor.downgrade(ColorSystem.EIGHT_BIT)
            assert number.type is ColorType.EIGHT_BIT
            assert number.get_truecolor() == style.bgcolor.triplet
