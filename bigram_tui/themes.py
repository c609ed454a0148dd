"""The two themes of the program, and the colours that mean a model in every theme."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome
from textual.theme import Theme

DARK = Theme(
    name="bigram-dark",
    primary="#5aa9e6",
    secondary="#8fa3b8",
    accent="#e58ac7",
    foreground="#dfe3e8",
    background="#11151b",
    surface="#161b22",
    panel="#1d242d",
    success="#5fb3a1",
    warning="#e6b450",
    error="#e5705f",
    dark=True,
)

LIGHT = Theme(
    name="bigram-light",
    primary="#1f6fb2",
    secondary="#54657a",
    accent="#a8327e",
    foreground="#1c2530",
    background="#fbfcfd",
    surface="#f3f5f8",
    panel="#e6ebf0",
    success="#14785f",
    warning="#8a6100",
    error="#b23220",
    dark=False,
)

OWN_THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def meaningful_colours(theme: Theme) -> dict[str, str]:
    """Counting is blue, the network orange, uniform grey: apart for every kind of colour blindness.

    A soft colour is the same on a larger area; `muted` is for words about the
    data, beside which the data itself stands out; `on-accent` is readable on the theme's accent.
    """
    accent = Color.parse(theme.accent or theme.primary)
    on_accent = {"on-accent": accent.get_contrast_text(1).hex6}
    if theme.dark:
        return on_accent | {
            "counting": "#56a5e8",
            "counting-soft": "#27527a",
            "network": "#f0973a",
            "network-soft": "#7d5226",
            "uniform": "#8d96a1",
            "uniform-soft": "#4d555f",
            "muted": "#8d98a5",
        }
    return on_accent | {
        "counting": "#1f6fb2",
        "counting-soft": "#a9cbe9",
        "network": "#b85c00",
        "network-soft": "#f0c79b",
        "uniform": "#6b7580",
        "uniform-soft": "#c8ced5",
        "muted": "#5d6976",
    }


class _WithoutColours(Monochrome):
    """Textual's filter for NO_COLOR, also for what has no style: a canvas that does not know its size yet."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        styled = [Segment(text, style or Style.null()) for text, style, _ in segments]
        return super().apply(styled, background)


WITHOUT_COLOURS = _WithoutColours()
