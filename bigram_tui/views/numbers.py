"""How numbers are written, in the panes and where they are explained."""

import math

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, decimals: int = 4) -> str:
    """A quantity with as many decimals as it has everywhere, and one kind of minus.

    Nothing else is 0 than 0 itself: what would be rounded to it has two digits and its power of ten.
    """
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if float(f"{value:.{decimals}f}") == 0:
        return signed(f"{value:.1e}".replace("e-0", "e-"))
    return signed(f"{value:,.{decimals}f}")


def signed(text: str) -> str:
    """A formatted number with a minus sign instead of a hyphen; that of an exponent stays."""
    return text.replace("-", "−", 1) if text.startswith("-") else text


def power(base: str, exponent: int) -> str:
    """“27³”, and to the power of one “27”."""
    return base if exponent == 1 else base + str(exponent).translate(SUPERSCRIPTS)


def nats(value: float) -> str:
    """A loss in nine columns; one that grew beyond them by its power of ten."""
    return f"{number(value) if not abs(value) >= 10_000 else signed(f'{value:.2e}'):>9}"


def percent(part: float) -> str:
    """A share: 0% and 100% are nothing and all, and nothing else."""
    if part in (0, 1):
        return f"{part:.0%}"
    if part < 0.0005:
        return f"{number(100 * part, 1)}%"
    return "> 99.9%" if part >= 0.9995 else f"{part:.1%}"


def short(value: float) -> str:
    """exp of a weight, and sums of them."""
    return number(value) if value < 1e5 else f"{value:.4g}"


def precise(value: float) -> str:
    """A number to reckon with: six decimals, and of small numbers as many as show six digits."""
    size = abs(value)
    if value == 0 or not math.isfinite(value):
        return number(value)
    if not 1e-9 <= size < 1e9:
        return signed(f"{value:.5e}")
    return signed(f"{value:,.{6 if size >= 0.01 else 5 - math.floor(math.log10(size))}f}")


def exact(value: float) -> str:
    """A count, or one with smoothing added to it, to all its digits."""
    return f"{value:,.12g}"
