"""How cells of a grid look on the screen: the available colours, and the texts."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.app import App

from bigram_tui.views.ramp import BLOCKS, STEPS, ramp


class Zoom(NamedTuple):
    """The height of a cell in lines: half a line is painted as ▀, or without colours as a whole line."""

    name: str
    lines: float


ZOOMS = (
    Zoom("overview", 0.5),
    Zoom("cells", 1),
    Zoom("letters", 1),
    Zoom("numbers", 1),
    Zoom("figure", 2),
)


class RampStyles(NamedTuple):
    """The styles for the shades of a ramp; None where shade blocks take their place."""

    styles: tuple[Style, ...] | None
    diverging: bool

    def block(self, shade: int) -> str:
        """A shade as two characters, for terminals without colours; + and − mark the sides of zero."""
        if not self.diverging:
            return BLOCKS[round(shade * (len(BLOCKS) - 1) / (STEPS - 1))] * 2
        middle = (STEPS - 1) // 2
        block = BLOCKS[round(abs(shade - middle) * (len(BLOCKS) - 1) / middle)]
        return block + ("+" if shade > middle else "-" if shade < middle else " ")


def ramp_styles(app: App[object], ramp_name: str, diverging: bool) -> RampStyles:
    """As much of a ramp as the app's terminal can show."""
    system = None if app.no_color else app.console.color_system
    if system not in ("truecolor", "256"):
        return RampStyles(None, diverging)
    dark = app.current_theme.dark
    return RampStyles(ramp(ramp_name, dark, diverging, eight_bit=system == "256"), diverging)


def joined(texts: Sequence[str], styles: Sequence[Style]) -> list[Segment]:
    """Segments of these texts; neighbours with the same style are merged, since each segment costs time."""
    runs = (list(run) for _, run in groupby(zip(texts, styles, strict=True), key=lambda cell: id(cell[1])))
    return [Segment("".join(text for text, _ in run), run[0][1]) for run in runs]


@lru_cache(maxsize=STEPS * (STEPS + 1))
def half_style(upper: Style, lower: Style | None) -> Style:
    """The style of a ▀ whose halves have the backgrounds of these styles."""
    return Style(color=upper.bgcolor, bgcolor=lower.bgcolor if lower else None)


@lru_cache(maxsize=100_000)
def centred(text: str, width: int) -> str:
    """A text in the middle of this many columns, cut off if it is longer."""
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width)
    return " " * (missing // 2) + text + " " * (missing - missing // 2)
