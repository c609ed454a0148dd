"""How numbers are written, in the panes and where they are explained."""

import math


def nats(value: float) -> str:
    """A loss in nine columns; one that grew beyond them by its power of ten."""
    return f"{value:>9.4f}" if abs(value) < 10_000 else f"{value:>9.2e}"


def number(value: float, decimals: int = 4) -> str:
    """A likelihood."""
    return "∞" if math.isinf(value) else f"{value:,.{decimals}f}"


def short(value: float) -> str:
    """exp of a weight, and sums of them."""
    return f"{value:.4f}" if value < 1e5 else f"{value:.4g}"


def precise(value: float) -> str:
    """A number to reckon with: six decimals, and of small numbers as many as show six digits."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-9 <= size < 1e9:
        return f"{value:.5e}"
    return f"{value:,.{6 if size >= 0.01 else 5 - math.floor(math.log10(size))}f}"


def exact(value: float) -> str:
    """A count, or one with smoothing added to it, to all its digits."""
    return f"{value:,.12g}"
