"""Colour by value: ramps from zero to the largest value, and text that stays readable on them."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style

TEXT_STRENGTH = 0.75
"""How far text is from its background towards white or black: enough to read, less than the colours."""

STEPS = 64
"""Shades of a ramp: more than the eye tells apart on a grid, few enough to keep their styles."""

BLUES = ("f7fbff", "deebf7", "c6dbef", "9ecae1", "6baed6", "4292c6", "2171b5", "08519c", "08306b")
"""The lecture's figure: matplotlib's Blues, which is ColorBrewer's (Cynthia Brewer, Apache 2.0)."""

BLUES_ON_DARK = ("161c25", "123152", "145083", "1f6fb2", "4292c6", "6baed6", "9ecae1", "c6dbef", "f7fbff")
"""The same hues for a dark background, on which zero has to be dark."""


def ramp(dark: bool) -> tuple[Style, ...]:
    """STEPS styles from zero to the largest value, each with the colour as background."""
    return _styles(BLUES_ON_DARK if dark else BLUES)


@lru_cache
def _styles(stops: tuple[str, ...]) -> tuple[Style, ...]:
    return tuple(_style(_between(stops, step / (STEPS - 1))) for step in range(STEPS))


def _between(stops: tuple[str, ...], position: float) -> ColorTriplet:
    """The colour at a position from 0 to 1 on evenly spaced stops."""
    place = position * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    low, high = (ColorTriplet(*bytes.fromhex(stop)) for stop in stops[first : first + 2])
    return blend_rgb(low, high, place - first)


def _style(background: ColorTriplet) -> Style:
    """The background with white or black text, whichever contrasts more, toned down towards it."""
    luminance = _luminance(background)
    white_is_better = 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05
    strongest = ColorTriplet(255, 255, 255) if white_is_better else ColorTriplet(0, 0, 0)
    text = blend_rgb(background, strongest, TEXT_STRENGTH)
    return Style(color=Color.from_triplet(text), bgcolor=Color.from_triplet(background))


def _luminance(color: ColorTriplet) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def shade(value: float, largest: float) -> int:
    """Which style of a ramp a value from 0 to the largest one has."""
    return round((STEPS - 1) * min(max(value / largest, 0), 1)) if largest > 0 else 0
