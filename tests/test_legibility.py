"""All text is legible: at every size, in every theme, without colours."""

import re
from collections.abc import Iterable

import pytest
from rich.cells import cell_len
from textual.color import Color
from textual.content import Content
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets._tabbed_content import ContentTabs

from bigram_tui.dialogs.open.dialog import OpenDialog
from bigram_tui.themes import MODELS, OWN_THEMES, READABLE, VISIBLE, contrast, own_colours, readable
from bigram_tui.views.grid_views import TRAINING_VIEWS, VIEWS
from bigram_tui.widgets.bars import Bars, ChoosableBars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.key_line import KeyLine
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.loss_curve import LossCurve
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, contexts_compared, lines_of, on_screen, opened, until
from tests.lists import parse_words

DRAWN = {chr(code) for code in (*range(0x2500, 0x2600), *range(0x2800, 0x2900))} | {"▔", " "}
"""Characters that are not text: borders, bars, curves, marks."""

PLACES = {
    "dataset": "1",
    "counts": "2",
    "training": "3 space i",
    "messages": "",
    "choices": "escape t tab tab enter",
    "three names": "escape escape 4 n M space",
    "a name to score": "M t e m escape",
    "contexts": "5",
    "the test set": "J",
    "help": "escape question_mark",
    "why": "escape w",
    "code": "escape p",
    "saving": "escape e",
    "a list to open": "escape o",
    "a list in a list": "tab",
    "the palette": "escape escape ctrl+p",
    "many names": "escape 4 N",
    "a question of the lesson": "escape",
}
"""The views to check, and the keys that lead there from the previous one."""


def texts(pilot: Pilot[None]) -> Iterable[tuple[Widget, str, Color, Color]]:
    """Each piece of text on the screen: its widget, its colour and its background."""
    screen = pilot.app.screen
    for y, strip in enumerate(lines_of(screen)):
        x = 0
        for text, style, _ in strip:
            widget = screen.get_widget_at(x, y)[0]
            x += cell_len(text)
            is_behind_a_dialog = screen.is_modal and widget is screen
            if not is_behind_a_dialog and set(text) - DRAWN and style and style.color and style.bgcolor:
                yield widget, text, Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)


THEMES = [name for name in (*OWN_THEMES, *BUILTIN_THEMES) if not name.startswith("ansi")]
"""Themes with known colours, unlike those that use the terminal's own."""


@pytest.mark.parametrize("each", [len(PLACES), *thoroughly(1)])
async def test_every_text_has_a_readable_contrast_in_every_theme(us_names: Corpus, each: int) -> None:
    """WCAG 2.1, level AA, which exempts disabled controls, so that those may be dimmed.

    Each view is checked in some of the themes, and each theme with some views; `-m thorough` checks all of
    them.
    """
    async with opened(us_names, size=(120, 36)) as pilot:
        for number, (place, keys) in enumerate(PLACES.items()):
            await go_to(pilot, place, keys)
            for theme in THEMES[number % each :: each]:
                pilot.app.theme = theme
                await pilot.pause()
                dimmed = cannot_be_done(pilot)
                for widget, text, color, background in texts(pilot):
                    is_dimmed = isinstance(widget, KeyLine) and text.strip() in dimmed
                    assert is_dimmed or contrast(color, background) >= READABLE, (
                        f"{text!r} of {widget} in {place}, {theme}: {color.hex} on {background.hex}"
                    )


async def test_plots_take_the_colours_of_a_new_theme_wherever_it_is_chosen(us_names: Corpus) -> None:
    async with opened(us_names, "3", "space", size=(80, 24)) as pilot:
        for keys, theme in (("", "bigram-light"), ("1", "nord")):
            await pilot.press(*keys)
            pilot.app.theme = theme
            await pilot.press("3")
            await pilot.pause()
            strips, plot = lines_of(pilot.app.screen), pilot.app.screen.query_one(LossCurve)
            drawn = [strips[y].crop(plot.region.x, plot.region.right) for y in plot.region.line_range]
            grounds = {
                style.bgcolor.triplet for line in drawn for _, style, _ in line if style and style.bgcolor
            }
            assert grounds == {plot.background_colors[1].rich_color.triplet}


AREAS = ("background", "surface")
FIELDS = (*AREAS, "field", "field-focused")
MEANINGS = ("primary", "secondary", "warning", "error", "success")
TEXTS = {
    "foreground": (*FIELDS, "panel"),
    "text-accent": (*FIELDS, "panel"),
    **{f"text-{meaning}": FIELDS for meaning in MEANINGS},
    **dict.fromkeys((*MODELS, "muted", "text-muted", "text-disabled", "foreground-muted"), FIELDS),
    **{f"on-{ground}": (ground,) for ground in ("accent", *MODELS, *(f"{model}-soft" for model in MODELS))},
    "footer-description-foreground": ("footer-background",),
    "footer-key-foreground": ("footer-background",),
    "input-selection-foreground": ("input-selection-background",),
    "block-cursor-foreground": ("block-cursor-background",),
    "block-cursor-blurred-foreground": ("block-cursor-blurred-background",),
}
"""The colours of text, with its possible backgrounds."""


@pytest.mark.parametrize("name", THEMES)
def test_every_text_colour_is_readable_on_every_background(name: str) -> None:
    theme = readable(name)
    assert theme
    written = own_colours(theme) | theme.to_color_system().generate() | theme.variables
    pairs = [(text, ground, READABLE) for text, grounds in TEXTS.items() for ground in grounds]
    marks = ("accent", *MODELS, *(f"{model}-line" for model in MODELS))
    pairs += [(mark, area, VISIBLE) for mark in marks for area in AREAS]
    for text, ground, least in pairs:
        for area in AREAS:
            behind = Color.parse(written[area]) + Color.parse(written[ground])
            assert contrast(behind + Color.parse(written[text]), behind) >= least, (text, ground, area)


def cannot_be_done(pilot: Pilot[None]) -> set[str]:
    """The disabled keys in the bottom line."""
    keys = [key for line in pilot.app.screen.query(KeyLine) for key in line._keys or () if not key.enabled]
    return {text for key in keys for text in (key.shown, key.description)}


async def go_to(pilot: Pilot[None], place: str, keys: str) -> None:
    pilot.app.clear_notifications()
    await pilot.press(*keys.split())
    if place == "the palette":
        await until(pilot, lambda: "Go to the Dataset pane" in on_screen(pilot))
    elif place == "contexts":
        await contexts_compared(pilot)
    elif place == "messages":
        for severity in ("information", "warning", "error"):
            pilot.app.notify("Something was said", severity=severity, timeout=600)
        await pilot.pause()
    elif "lesson" in place:
        await app_of(pilot).action_begin_lesson(9)
        await pilot.press("equals_sign")


async def test_without_colours_the_cursor_is_reversed(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(us_names, "4", "n", "1") as pilot:
        for pane in "12345":
            await pilot.press(pane)
            if pane == "5":
                await contexts_compared(pilot)
            seen: list[Widget | None] = []
            while pilot.app.screen.focused not in seen:
                focused = pilot.app.screen.focused
                seen.append(focused)
                if isinstance(focused, ChoosableBars):
                    await pilot.press("down")
                if isinstance(focused, LineList | Bars | BigramGrid | ContentTabs):
                    assert any(reversed_in(pilot, focused)), focused
                await pilot.press("tab")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpenDialog) and pilot.app.screen.focused)
        await pilot.press("tab")
        assert any(reversed_in(pilot, pilot.app.screen.focused))
        await pilot.press("escape", "ctrl+p")
        await until(pilot, lambda: "Go to the Dataset pane" in on_screen(pilot))
        await pilot.press("down")
        await until(
            pilot,
            lambda: underlined(pilot).split() == ["Smoother", "K", "·", "Show", "the", "next", "smoother"],
        )


def underlined(pilot: Pilot[None]) -> str:
    strips = lines_of(pilot.app.screen)
    return "".join(text for strip in strips for text, style, _ in strip if style and style.underline)


def reversed_in(pilot: Pilot[None], widget: Widget) -> list[bool]:
    """Whether each piece of a widget's lines is reversed, and the mark can also be seen in shades of grey."""
    strips = lines_of(pilot.app.screen)
    region = widget.region
    lines = (strips[y].crop(region.x, region.right) for y in region.line_range)
    ground = widget.background_colors[1]
    return [
        bool(style and style.reverse)
        and (not style.color or contrast(Color.from_rich_color(style.color), ground) >= VISIBLE)
        for line in lines
        for _, style, _ in line
    ]


SIZES = pytest.mark.parametrize("size", [(60, 18), (120, 36), *thoroughly((80, 24), (200, 60))], ids=str)
PARTS = {
    "1": "the words",
    "2": "the table",
    "2 v v": "the network's table",
    "3": "the run",
    "3 i": "the inside of a step",
    "escape 4 n M space": "three names",
    "M o": "opening a list",
    "tab tab tab enter": "the options of that",
    "escape e": "saving",
    "escape N": "many names",
    "escape w": "an explanation",
}
"""Keys that lead through the app, and the view to check after each."""


@SIZES
async def test_no_text_is_cut_off_without_an_ellipsis_or_scrollbar(
    us_names: Corpus, size: tuple[int, int]
) -> None:
    """All text is on the screen, unless an ellipsis or a scrollbar indicates that there is more."""
    compared = 0
    async with opened(us_names, size=size) as pilot:
        for keys, part in PARTS.items():
            await pilot.press(*keys.split())
            await pilot.pause()
            for text in pilot.app.screen.query(Static):
                if text.is_on_screen and isinstance(content := text.render(), Content):
                    said, shown = "".join(content.plain.split()), shown_of(pilot, text)
                    assert said == shown or "…" in shown or scrolls(text), (
                        f"{text}, {part}: {said!r} is {shown!r}"
                    )
                    compared += said == shown != ""
    assert compared > 10, compared


def shown_of(pilot: Pilot[None], widget: Widget) -> str:
    """The text on the screen in a widget's region, without blanks."""
    region = widget.content_region.intersection(pilot.app.screen.region)
    strips = lines_of(pilot.app.screen)
    return "".join("".join(strips[y].crop(region.x, region.right).text.split()) for y in region.line_range)


def scrolls(widget: Widget) -> bool:
    """Whether an ancestor has a visible scrollbar."""
    return any(above.show_vertical_scrollbar for above in widget.ancestors if isinstance(above, Widget))


@SIZES
async def test_every_view_has_its_title_and_place(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, size=size) as pilot:
        for pane, views in (("2", len(VIEWS)), ("3 t", len(TRAINING_VIEWS))):
            await pilot.press(*pane.split())
            for place in range(1, views + 1):
                await pilot.pause()
                assert re.search(rf"{place} of {views} · \S", on_screen(pilot)), (pane, place)
                await pilot.press("v")


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_in_the_terminals_own_colours_text_on_a_known_colour_has_a_known_one(
    us_names: Corpus, theme: str
) -> None:
    """The terminal's default colour may be any, such as white in a high-contrast theme."""
    async with opened(us_names, "4", "n", "M", "space") as pilot:
        pilot.app.theme = theme
        await pilot.pause()
        strips = lines_of(pilot.app.screen)
        styles = [style for strip in strips for text, style, _ in strip if style and set(text) - DRAWN]
        known = [style for style in styles if style.bgcolor and style.bgcolor.triplet]
        assert known
        for style in known:
            assert style.color
            assert style.color.triplet
            text, ground = map(Color.from_rich_color, (style.color, style.bgcolor))
            assert contrast(text, ground) >= READABLE


async def test_curves_are_drawn_in_the_terminals_own_colours(us_names: Corpus) -> None:
    async with opened(us_names, "3") as pilot:
        pilot.app.theme = "ansi-dark"
        await pilot.press("space")
        assert "counting" in on_screen(pilot)


async def test_what_there_is_little_room_for_gives_way_to_what_matters(us_names: Corpus) -> None:
    """The number of words to the names of the panes, what else is known to a title and its numbers."""
    longer = ["right_parenthesis"] * 2
    async with opened(us_names, *longer, "2", size=(80, 24)) as pilot:
        for keys in ("", "4", "space"):
            await pilot.press(*keys.split())
            await pilot.pause()
            screen = on_screen(pilot)
            assert "context 3" in screen.splitlines()[0]
            assert "5 Contexts" in screen.splitlines()[0]
            assert "…" not in screen
        await pilot.press("x")
        await pilot.resize_terminal(60, 18)
        await until(pilot, lambda: "scores one" in on_screen(pilot))
        assert "…" not in on_screen(pilot)
        await pilot.press("ctrl+p", *"theme", "enter")
        await until(pilot, lambda: "ansi-dark" in on_screen(pilot))
        assert "enter Do it" in on_screen(pilot).splitlines()[-1], "the list of themes shows its own keys"


async def test_few_tokens_leave_the_table_its_title_and_one_is_no_plural() -> None:
    async with opened(parse_words(b"a\n", "one"), "2", size=(120, 36)) as pilot:
        await until(pilot, lambda: "The one time that anything followed" in on_screen(pilot))
        assert "Counts N (2 bigrams)" in on_screen(pilot)
        assert "in one word: a" in on_screen(pilot)
        assert "linear · N" in on_screen(pilot)


async def test_a_name_of_wide_characters_leaves_the_frame_of_a_plot_closed(us_names: Corpus) -> None:
    async with opened(us_names, "3", size=(80, 24), language="zh") as pilot:
        await until(pilot, lambda: "一无所知" in on_screen(pilot))
        lines = [line for line in on_screen(pilot).splitlines() if set(line) & set("┃┫")]
        assert len(lines) > 5
        for line in lines:
            assert sum(line.count(side) for side in "┃┫┣") == 2, line
