"""How the cells of a grid look on a screen: the colours there are, the texts in them."""

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
    """How many lines a cell has: a half is drawn as ▀, and where there are no colours as a whole one."""

    name: str
    lines: float


ZOOMS = (
    Zoom("overview", 0.5),
    Zoom("cells", 1),
    Zoom("letters", 1),
    Zoom("numbers", 1),
    Zoom("figure", 2),
)


class Palette(NamedTuple):
    """The styles of a ramp's shades; None where shade blocks have to do."""

    styles: tuple[Style, ...] | None
    diverging: bool

    def block(self, shade: int) -> str:
        """A shade as two characters, for terminals without colours; + and − tell the sides of zero."""
        if not self.diverging:
            return BLOCKS[round(shade * (len(BLOCKS) - 1) / (STEPS - 1))] * 2
        middle = (STEPS - 1) // 2
        block = BLOCKS[round(abs(shade - middle) * (len(BLOCKS) - 1) / middle)]
        return block + ("+" if shade > middle else "-" if shade < middle else " ")


def palette(app: App[object], ramp_name: str, diverging: bool) -> Palette:
    """What the app's terminal can show of a ramp."""
    system = None if app.no_color else app.console.color_system
    if system not in ("truecolor", "256"):
        return Palette(None, diverging)
    dark = app.current_theme.dark
    return Palette(ramp(ramp_name, dark, diverging, eight_bit=system == "256"), diverging)


def joined(texts: Sequence[str], styles: Sequence[Style]) -> list[Segment]:
    """Segments of these texts; neighbours of the same style are one, since each costs Textual time."""
    runs = (list(run) for _, run in groupby(zip(texts, styles, strict=True), key=lambda cell: id(cell[1])))
    return [Segment("".join(text for text, _ in run), run[0][1]) for run in runs]


@lru_cache(maxsize=STEPS * (STEPS + 1))
def half_style(upper: Style, lower: Style | None) -> Style:
    """The style of a ▀ whose upper half has the background of one style, the lower half of another."""
    return Style(color=upper.bgcolor, bgcolor=lower.bgcolor if lower else None)


def fit(sign: str, width: int) -> str:
    """A sign on exactly this many columns, cut off or filled up with spaces."""
    return set_cell_size(sign, width)


@lru_cache(maxsize=100_000)
def centred(text: str, width: int) -> str:
    """A text in the middle of so many columns, cut off if it is longer."""
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width)
    return " " * (missing // 2) + text + " " * (missing - missing // 2)
