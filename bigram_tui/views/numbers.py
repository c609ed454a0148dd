"""How numbers are formatted, in panes and in explanations."""

import math

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, decimals: int = 4) -> str:
    """A quantity with a fixed number of decimals and a proper minus sign.

    Only 0 itself is shown as 0: what would round to 0 is shown with two digits and an exponent.
    """
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if float(f"{value:.{decimals}f}") == 0:
        return signed(f"{value:.1e}".replace("e-0", "e-"))
    return signed(f"{value:,.{decimals}f}")


def signed(text: str) -> str:
    """A formatted number with a minus sign instead of a leading hyphen; exponents keep their hyphen."""
    return text.replace("-", "−", 1) if text.startswith("-") else text


def power(base: str, exponent: int) -> str:
    """“27³”; for an exponent of 1, “27”."""
    return base if exponent == 1 else base + str(exponent).translate(SUPERSCRIPTS)


def nats(value: float) -> str:
    """A loss in nine columns, with an exponent if it would need more."""
    return f"{number(value) if not abs(value) >= 10_000 else signed(f'{value:.2e}'):>9}"


def percent(part: float) -> str:
    """A share as a percentage; only exactly none and all are shown as 0% and 100%."""
    if part in (0, 1):
        return f"{part:.0%}"
    if part < 0.0005:
        return f"{number(100 * part, 1)}%"
    return "> 99.9%" if part >= 0.9995 else f"{part:.1%}"


def short(value: float) -> str:
    """Formats exp of a weight, and sums of them."""
    return number(value) if value < 1e5 else f"{value:.4g}"


def precise(value: float) -> str:
    """A number to calculate with: six decimals; for small numbers, six significant digits."""
    size = abs(value)
    if value == 0 or not math.isfinite(value):
        return number(value)
    if not 1e-9 <= size < 1e9:
        return signed(f"{value:.5e}")
    return signed(f"{value:,.{6 if size >= 0.01 else 5 - math.floor(math.log10(size))}f}")


def exact(value: float) -> str:
    """A count, or a count plus smoothing, with all its digits."""
    return f"{value:,.12g}"
