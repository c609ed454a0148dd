"""The program's two themes, and the colours of models in every theme."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import BLACK, TRANSPARENT, WHITE, Color
from textual.filter import Monochrome
from textual.theme import BUILTIN_THEMES, Theme

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

MODELS = ("counting", "network", "uniform")
"""The colours of the kinds of models."""

VISIBLE, READABLE, STRONG = 3.0, 4.5, 7.0
"""The minimum contrast (WCAG 2.1) of marks and borders (level AA), and of text (AA and AAA)."""


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized)
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def opposite(ground: Color) -> Color:
    """White or black, whichever has more contrast."""
    return max(WHITE, BLACK, key=lambda text: contrast(text, ground))


def _towards(color: Color, end: Color, grounds: Iterable[Color], least: float = READABLE) -> Color:
    """The colour, shifted towards another one just far enough for this contrast with all backgrounds."""
    grounds = tuple(grounds)
    nearer = (color.blend(end, percent / 100) for percent in range(0, 100, 2))
    return next((c for c in nearer if all(contrast(c, ground) >= least for ground in grounds)), end)


@lru_cache
def readable(name: str) -> Theme | None:
    """The theme of this name, with all text readable on its background; None if there is no such theme.

    Many themes use their colours for more than text, such as an orange that is hard to read on white.
    """
    theme = OWN_THEMES.get(name) or BUILTIN_THEMES.get(name)
    if theme is None:
        return None
    colours = theme.to_color_system().generate()
    background, surface, panel = (Color.parse(colours[name]) for name in ("background", "surface", "panel"))
    if background.ansi is not None:
        return theme  # the terminal's own colours are unknown
    end = opposite(background)
    accent = _towards(Color.parse(colours["accent"]), end, (background, surface), VISIBLE)
    theme = replace(theme, accent=accent.hex)
    colours = theme.to_color_system().generate()
    footer = Color.parse(colours["footer-background"])
    foreground = _towards(Color.parse(colours["foreground"]), end, (background, surface), STRONG)
    foreground = _towards(foreground, end, (panel,))
    field, field_focused = foreground.with_alpha(0.05), accent.with_alpha(0.12)
    grounds = [
        ground + over for ground in (background, surface) for over in (TRANSPARENT, field, field_focused)
    ]
    own = meanings(theme.dark)
    texts = {name: own[name] for name in (*MODELS, "muted")} | {
        f"text-{role}": colours[role]
        for role in ("primary", "secondary", "accent", "warning", "error", "success")
    }
    variables = {name: _towards(Color.parse(colour), end, grounds) for name, colour in texts.items()}
    variables |= {f"on-{name}": opposite(variables[name]) for name in MODELS}
    variables |= {f"on-{name}-soft": foreground for name in MODELS}
    variables |= {
        f"{name}-line": _towards(Color.parse(own[f"{name}-soft"]), end, (background, surface), VISIBLE)
        for name in MODELS
    }
    variables |= {
        "text-accent": _towards(variables["text-accent"], end, (panel,)),
        "foreground": foreground,
        "footer-foreground": _towards(foreground, opposite(footer), (footer,)),
        "on-accent": opposite(accent),
    }
    variables |= {
        "text-muted": variables["muted"],
        "text-disabled": variables["muted"],
        "foreground-muted": variables["muted"],
        "footer-description-foreground": variables["footer-foreground"],
        "footer-key-foreground": _towards(
            Color.parse(colours["footer-key-foreground"]), opposite(footer), (footer,)
        ),
        "input-selection-foreground": foreground,
        "input-selection-background": _towards(Color.parse(colours["primary"]), background, (foreground,)),
        "block-cursor-background": accent,
        "block-cursor-foreground": variables["on-accent"],
        "block-cursor-blurred-background": surface + field,
        "block-cursor-blurred-foreground": foreground,
    }
    variables |= {
        name: _towards(Color.parse(colour), background, (foreground,))
        for name, colour in own.items()
        if name.endswith("-soft")
    }
    variables |= {"field": field, "field-focused": field_focused}
    return replace(theme, variables=theme.variables | {name: c.hex for name, c in variables.items()})


def own_colours(theme: Theme) -> dict[str, str]:
    """The colours that only this program has, for a theme that was not made readable."""
    own = meanings(theme.dark)
    on = {f"on-{name}": opposite(Color.parse(own[name])).hex for name in own}
    lines = {f"{name}-line": own[f"{name}-soft"] for name in MODELS}
    on_accent = theme.variables.get(
        "block-cursor-foreground", opposite(Color.parse(theme.accent or theme.primary)).hex
    )
    return own | on | lines | {"on-accent": on_accent, "field": "transparent", "field-focused": "transparent"}


def meanings(dark: bool) -> dict[str, str]:
    """Counting is blue, the network orange, uniform grey: distinguishable with every kind of colour
    blindness.

    A soft colour is for large areas; a `-line` is as soft as is still visible; `muted` is for text about the
    data, so that the data itself stands out.
    """
    if dark:
        return {
            "counting": "#56a5e8",
            "counting-soft": "#27527a",
            "network": "#f0973a",
            "network-soft": "#7d5226",
            "uniform": "#8d96a1",
            "uniform-soft": "#4d555f",
            "muted": "#8d98a5",
        }
    return {
        "counting": "#1f6fb2",
        "counting-soft": "#a9cbe9",
        "network": "#b85c00",
        "network-soft": "#f0c79b",
        "uniform": "#6b7580",
        "uniform-soft": "#c8ced5",
        "muted": "#5d6976",
    }


class WithoutColours(Monochrome):
    """Textual's filter for NO_COLOR, but what is marked by a background, such as the cursor, is reversed.

    Its two colours are exchanged: a terminal that shows shades of grey shows the mark as it was, any other
    reversed. Also accepts segments without a style, as from a canvas that does not know its size yet.
    """

    def __init__(self, marks: Collection[Color]) -> None:
        super().__init__()
        self._marks = {mark.rich_color.triplet for mark in marks}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        styled = [Segment(text, self._marked(style or Style.null())) for text, style, _ in segments]
        return super().apply(styled, background)

    def _marked(self, style: Style) -> Style:
        is_marked = style.bgcolor is not None and style.bgcolor.triplet in self._marks
        return style + Style(color=style.bgcolor, bgcolor=style.color, reverse=True) if is_marked else style


@lru_cache
def without_colours(name: str) -> WithoutColours:
    """The filter for this theme, cached since widgets keep lines that were filtered by it."""
    theme = readable(name) or DARK
    colours = own_colours(theme) | theme.to_color_system().generate() | theme.variables
    return WithoutColours([Color.parse(colours[mark]) for mark in ("accent", *MODELS)])
