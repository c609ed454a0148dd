"""Colour ramps from zero to the largest value, with text that stays readable on them."""

from functools import lru_cache

from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style

STEPS = 65
"""Shades of a ramp: more than the eye can distinguish; odd, so that zero is in the middle if it diverges."""

EIGHT_BIT_STEPS = 13
"""Shades in a terminal with 256 colours: its palette has no more that can be told apart."""

READABLE = 4.5
"""Contrast of text with its background (WCAG 2.1, level AA), and no more, so that colours are not lost."""

BLOCKS = " ░▒▓█"
"""Shades for terminals without colours."""

RAMPS = {
    "yellow-green-blue": {
        False: "fffff2 f3fac8 d5eeb3 a3dbb7 63c3bf 2f9fc0 2273b3 27429b 0c1f60",
        True: "161c25 1d2f63 25509c 2380b8 36a5c2 6ac5bd a8ddb5 dcf1b2 ffffd9",
    },
    "blues": {
        False: "f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b",
        True: "161c25 123152 145083 1f6fb2 4292c6 6baed6 9ecae1 c6dbef f7fbff",
    },
}
"""Ramps by name, for light and dark backgrounds, from zero to the largest value with monotonic lightness.
Adapted from ColorBrewer's YlGnBu and Blues (Cynthia Brewer, Apache 2.0), which work for all kinds of colour
vision; the blues are those of the lecture's figure."""

DIVERGING = {
    False: "0d4f8b 3f86c2 8fbbe0 c9dff0 fbfcfd f6dcc0 e9ad70 cb7a26 8a4500",
    True: "9fd0ff 56a5e8 2a6ba8 1c4163 161c25 5a3c1b 9a5f20 e08b36 ffc78a",
}
"""Blue below zero, orange above: the colours of counting and of the network."""


@lru_cache
def ramp(name: str, dark: bool, diverging: bool = False, eight_bit: bool = False) -> tuple[Style, ...]:
    """STEPS styles from zero (or the most negative value) to the largest, the colour as background."""
    hexes = (DIVERGING if diverging else RAMPS[name])[dark].split()
    stops = [ColorTriplet(*bytes.fromhex(stop)) for stop in hexes]
    if not eight_bit:
        return tuple(_style(_between(stops, step / (STEPS - 1))) for step in range(STEPS))
    return tuple(_style(color) for color in _eight_bit_colors(stops))


def _between(stops: list[ColorTriplet], position: float) -> ColorTriplet:
    """The colour at a position from 0 to 1, interpolated between evenly spaced stops."""
    place = position * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    return blend_rgb(stops[first], stops[first + 1], place - first)


def _eight_bit_colors(stops: list[ColorTriplet]) -> list[ColorTriplet]:
    """STEPS colours, EIGHT_BIT_STEPS of them distinct, from the 240 fixed ones of a 256-colour terminal.

    Simply taking the nearest colours would sometimes get darker where the ramp gets lighter, so each is the
    nearest among those that keep the lightness monotonic.
    """
    palette = [Color.from_ansi(number).get_truecolor() for number in range(16, 256)]
    wanted = [_between(stops, step / (EIGHT_BIT_STEPS - 1)) for step in range(EIGHT_BIT_STEPS)]
    chosen: list[ColorTriplet] = []
    for step, color in enumerate(wanted):
        grows = _luminance(wanted[min(step + 1, len(wanted) - 1)]) > _luminance(wanted[max(step - 1, 0)])
        if step and (_luminance(color) > _luminance(wanted[step - 1])) == grows:
            last = _luminance(chosen[-1])
            candidates = [c for c in palette if (_luminance(c) > last) == grows and _luminance(c) != last]
        else:
            candidates = palette
        chosen.append(min(candidates or chosen[-1:], key=lambda c: _distance(c, color)))
    return [chosen[round(step * (EIGHT_BIT_STEPS - 1) / (STEPS - 1))] for step in range(STEPS)]


def _distance(one: ColorTriplet, other: ColorTriplet) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _style(background: ColorTriplet) -> Style:
    """The background with text of white or black, whichever contrasts more, softened as far as possible."""
    luminance = _luminance(background)
    white_is_better = 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05
    strongest = ColorTriplet(255, 255, 255) if white_is_better else ColorTriplet(0, 0, 0)
    texts = (blend_rgb(background, strongest, percent / 100) for percent in range(75, 101, 5))
    text = next((text for text in texts if _contrast(text, background) >= READABLE), strongest)
    return Style(color=Color.from_triplet(text), bgcolor=Color.from_triplet(background))


def _contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=4096)
def _luminance(color: ColorTriplet) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
