"""What works in every pane: navigation, help, opening another list, undo, themes, quitting."""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandList, Hit, Hits, Provider
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from bigram_tui.app import BigramApp
from bigram_tui.dialogs.help import HelpDialog
from bigram_tui.dialogs.palette import Palette
from bigram_tui.dialogs.welcome import WelcomeDialog
from bigram_tui.files.locations import recent_file, settings_file
from bigram_tui.texts import LANGUAGES
from bigram_tui.widgets.actions import explained, keys_of
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, rests, until
from tests.lists import parse_words

TITLES = {"1": "Summary", "2": "Counts N", "3": "Loss by step", "4": "Draw from", "5": "Loss by length"}


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((40, 12), (100, 30), (140, 40), (250, 70))])
async def test_every_pane_becomes_idle(us_names: Corpus, size: tuple[int, int]) -> None:
    """Nothing is redrawn or laid out repeatedly, and no timer ticks."""
    async with opened(us_names, size=size) as pilot:
        for key in ("1", "2", "plus", "plus", "plus", "3", "4"):
            await pilot.press(key)
            await rests(pilot)


async def test_number_keys_reach_every_pane_from_every_pane(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        for start in TITLES:
            for key, title in TITLES.items():
                await pilot.press(start, key)
                assert title in on_screen(pilot)


async def test_a_click_on_its_name_in_the_header_reaches_a_pane(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        column = on_screen(pilot).splitlines()[0].index("4 Generator")
        await pilot.click(offset=(column, 0))
        assert TITLES["4"] in on_screen(pilot)


async def test_the_training_pane_says_that_torch_is_loading(us_names: Corpus) -> None:
    app = BigramApp(us_names, *_defaults())
    app._load_torch = lambda: None
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "space", "f", "r", "x")
        assert "Getting ready" in on_screen(pilot)
        app.workspace.torch_is_ready()
        await until(pilot, lambda: "Step 0 of 200" in on_screen(pilot))


async def test_names_are_drawn_before_torch_is_loaded_and_from_the_network_after(us_names: Corpus) -> None:
    """Even if torch is in sys.modules: while it is being imported, using it would block."""
    import_module("torch")
    app = BigramApp(us_names, *_defaults())
    app._load_torch = lambda: None
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "Name so far" in on_screen(pilot))
        await pilot.press("n", "d")
        drawn = app.workspace.generator.generation
        await until(pilot, lambda: "still being loaded" in " ".join(on_screen(pilot).split()))
        assert (drawn.latest.method, drawn.latest.drawn) == ("inverse-cdf", 1)
        assert not app.workspace.has_model("network")
        app.workspace.torch_is_ready()
        await pilot.press("m", "n")
        assert (drawn.latest.model, drawn.latest.drawn) == ("network", 2)
        await pilot.press("d", "n")
        assert (drawn.latest.method, drawn.latest.drawn) == ("multinomial", 1)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("1", ["Summary", "Most frequent", "Words (32,257)", "Words by length"]),
        ("2", [". a b c", ". → a", "smoothing k", "Smoothing", "followed the beginning"]),
        ("3", ["Loss by step", "Step 1 of 200", "Settings", "Names it draws now", "least gain"]),
        ("4", ["Name so far", "After", "Draw from", "Names (1)"]),
    ],
)
async def test_in_a_tiny_terminal_every_part_can_be_scrolled_to(
    us_names: Corpus, key: str, parts: list[str]
) -> None:
    async with opened(us_names, key, "space", "n", size=(40, 12)) as pilot:
        seen = ""
        for y in range(0, 48, 4):
            pilot.app.screen.query_one("#parts").scroll_to(y=y, animate=False)
            await pilot.pause()
            seen += on_screen(pilot)
    assert [part for part in parts if part not in seen] == []


def _defaults():
    from bigram_tui.lm.settings import TrainingSettings

    return TrainingSettings(), 1.0


def first_start(corpus: Corpus, **options: Any) -> BigramApp:
    """The app when it was never started before."""
    settings_file().unlink()
    return BigramApp(corpus, *_defaults(), **options)


CARD = "How a language model works"


AFTER_CARD = {
    "enter": "1/35",
    "l": "1/35",
    "escape": "Summary",
    "2": "Cell  Row  Smoothing",
    "question_mark": "Help: Dataset",
    "slash": "enter To the words",
    "ctrl+p": "What do you want to do?",
}


@pytest.mark.parametrize(
    "key", ["enter", "2", *thoroughly("l", "escape", "question_mark", "slash", "ctrl+p")]
)
async def test_the_first_start_shows_a_welcome_card_and_passes_the_next_key_on(
    us_names: Corpus, key: str
) -> None:
    app = first_start(us_names)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: CARD in on_screen(pilot))
        await pilot.press(key)
        await until(pilot, lambda: AFTER_CARD[key] in on_screen(pilot) and CARD not in on_screen(pilot))
    app = BigramApp(us_names, *_defaults())
    async with app.run_test(size=(80, 24)) as pilot:
        await rests(pilot)
        assert CARD not in on_screen(pilot)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_card_fits_the_smallest_terminal(us_names: Corpus, language: str) -> None:
    app = first_start(us_names, language=language)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeDialog))
        await pilot.pause()
        about, choices = app.screen.query("VerticalGroup > *")
        text = "".join(on_screen(pilot).replace("│", "").split())
        assert app.screen.region.contains_region(choices.region)
        assert choices.max_scroll_y == 0
        assert str(about.visual).split()[-1][-4:] in text
        await pilot.click("OptionList", offset=(3, 0))
        await until(pilot, lambda: app.workspace.lesson.latest is not None)


async def test_starting_with_the_lesson_skips_the_welcome_card_for_good(us_names: Corpus) -> None:
    for start in (partial(first_start, lesson=True), lambda corpus: BigramApp(corpus, *_defaults())):
        app = start(us_names)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda app=app: app.workspace.ready.latest)
            await rests(pilot)
            assert CARD not in on_screen(pilot)


DIFFERENT_THINGS = {
    "c": {"Colours", "Clear the list"},
    "plus": {"Zoom", "Faster"},
    "space": {"Step", "Draw"},
    "t": {"Table", "Score", "Tune"},
    "T": {"Temperature", "Tune all"},
    "S": {"Sort rows", "Reverse"},
}
"""The only keys whose meaning differs between panes or their parts."""


async def test_the_same_thing_has_the_same_key_and_a_key_does_the_same_everywhere(us_names: Corpus) -> None:
    keys, names = defaultdict(set), defaultdict(set)
    everywhere = {key for binding in BigramApp.BINDINGS for key in binding.key.split(",")}
    async with opened(us_names, size=(80, 24)) as pilot:
        for number in TITLES:
            await pilot.press(number)
            own = [key for binding in type(pilot.app.screen).BINDINGS for key in binding.key.split(",")]
            assert len(own) == len(set(own))
            assert not everywhere & set(own)
            for owner in (*pilot.app.screen.with_keys(), pilot.app):
                for binding in explained(owner):
                    key, *_ = binding.key.split(",")
                    keys[binding.description].add(key)
                    names[key].add(binding.description)
    assert {name: found for name, found in keys.items() if len(found) > 1} == {}
    assert {key: found for key, found in names.items() if len(found) > 1} == DIFFERENT_THINGS
    assert (keys["Run"], keys["Sort"], keys["View"], keys["Start over"]) == ({"r"}, {"s"}, {"v"}, {"x"})


async def footer(pilot: Pilot[None]) -> list[str]:
    """The text of the last line, once it matches the focused widget."""
    await pilot.pause()
    return on_screen(pilot).splitlines()[-1].strip().split("  ")


@pytest.mark.parametrize("columns", [80, *thoroughly(60)])
async def test_the_footer_shows_common_keys_and_as_many_others_as_fit(us_names: Corpus, columns: int) -> None:
    async with opened(us_names, size=(columns, 24)) as pilot:
        for number in TITLES:
            await pilot.press(number)
            shown = await footer(pilot)
            assert shown[:4] == ["l Lesson", "w Why?", "p Code", "ctrl+p More"]
            assert shown[-2:] == ["? Help", "q Quit"]
            assert columns == 60 or len(shown) > 6


FIELDS = [
    ("1", "slash"),
    ("2", "k"),
    ("2", "g"),
    ("3", "shift+tab", "shift+tab", "shift+tab"),
    ("4", "T"),
    ("4", "t"),
]


async def test_the_footer_hides_keys_that_would_be_typed_into_the_focused_field(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        for keys in FIELDS:
            await pilot.press(*keys)
            shown = [key.split(" ")[0] for key in await footer(pilot)]
            assert shown == ["enter", "escape", "f2", "ctrl+p", "f1", "ctrl+q"], keys
            await pilot.press("f1")
            assert isinstance(pilot.app.screen, HelpDialog)
            await pilot.press("escape", "escape")
            assert "? Help" in await footer(pilot)


async def test_the_palette_lists_the_actions_of_all_keys_and_starts_with_the_lesson(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        for number in TITLES:
            await pilot.press(number)
            pane = pilot.app.screen
            found = defaultdict(list)
            for title, about, *_ in pilot.app.get_system_commands(pane):
                found[title].append(about)
            assert next(iter(found)) == "Lesson"
            assert not {"Keys", "Maximize", "Screenshot"} & found.keys()
            for owner in (pane, pilot.app):
                for binding in explained(owner):
                    if owner.check_action(binding.action.split("(")[0], ()):
                        about = f"{keys_of(pilot.app, binding)} · {binding.tooltip}"
                        assert about in found[binding.description]
        await pilot.press("4", "space", "n", "ctrl+p", *"start over")
        await until(pilot, lambda: "x · Start over from the seed" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: not app_of(pilot).workspace.generator.generation.latest.names)


async def test_a_search_that_begins_while_the_palette_closes_does_not_end_the_app(us_names: Corpus) -> None:
    """Such as for a key that was typed at once after enter: it has results when the list for them is gone."""

    class Late(Provider):
        async def search(self, query: str) -> Hits:
            while query == "late" and palette.query(CommandList):
                await asyncio.sleep(0)
            yield Hit(1, "found", lambda: None)

    async with opened(us_names) as pilot:
        palette = Palette(Late)
        await pilot.app.push_screen(palette)
        await pilot.press("x")
        await until(pilot, lambda: "found" in on_screen(pilot))
        pilot.app.simulate_key("enter")
        while palette in pilot.app.screen_stack:
            await asyncio.sleep(0)
        palette.post_message(Input.Changed(palette.query_one(Input), "late"))
        await until(pilot, lambda: not palette.is_running)
        await pilot.press("2")
        assert app_of(pilot).screen.MODE == "counts"


async def test_the_palette_finds_a_pane_by_name(us_names: Corpus) -> None:
    async with opened(us_names, "ctrl+p", *"counts") as pilot:
        await until(pilot, lambda: "Go to the Counts pane" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Counts N" in on_screen(pilot))


async def test_another_word_list_is_opened_from_a_file(us_names: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "planets [bold].txt"
    file.write_text("mars\nvenus\nearth\n")
    async with opened(us_names, "3", "space", "4", "n", "1", "o", *str(file), "enter") as pilot:
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "planets [bold].txt · 3 words" in on_screen(pilot))
        await pilot.press("3")
        assert "Step 0 of 200" in on_screen(pilot)
        assert "means over 17 bigrams" in on_screen(pilot)
        await pilot.press("4", "n")
        assert len(app_of(pilot).workspace.generator.generation.latest.names) == 1


async def test_another_word_list_is_opened_from_the_web(us_names: Corpus, http_server) -> None:
    async with opened(us_names, "o", *http_server.url("/names.txt"), "enter") as pilot:
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "names.txt · 3 words" in on_screen(pilot))


async def test_a_failed_download_keeps_the_current_list(
    us_names: Corpus, http_server, isolated_home: Path
) -> None:
    reasons = {
        "/missing.txt": "answered 404",
        "/page.html": "is a web page",
        "/cut.txt": "was cut off",
        "/empty.txt": "holds no words",
    }
    async with opened(us_names, size=(80, 24)) as pilot:
        for path, reason in reasons.items():
            await pilot.press("o", *http_server.url(path), "enter")
            await until(pilot, lambda reason=reason: reason in on_screen(pilot))
            await pilot.press("escape")
            assert "us-names · 32,257 words" in on_screen(pilot)
            assert not [file for file in (isolated_home / ".cache").rglob("*") if file.is_file()]


async def test_a_pipe_without_a_writer_does_not_block_the_app(us_names: Corpus, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    async with opened(us_names, "o", *str(pipe), "enter") as pilot:
        await until(pilot, lambda: "pipes and devices can only be opened" in on_screen(pilot))
        await pilot.press("escape", "2")
        assert "Counts N" in on_screen(pilot)


async def test_an_unreachable_makemore_keeps_the_current_list(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigram_tui.words.built_in.MAKEMORE_URL", "http://127.0.0.1:9/names.txt")
    async with opened(us_names, "o", "tab", "down", "enter") as pilot:
        await until(pilot, lambda: "cannot be reached" in on_screen(pilot))
        await pilot.press("escape")
        assert "us-names · 32,257 words" in on_screen(pilot)


async def test_undo_says_when_there_is_nothing_to_undo(us_names: Corpus) -> None:
    async with opened(us_names, "u") as pilot:
        await until(pilot, lambda: "There is nothing to undo" in on_screen(pilot))


async def test_clearing_or_starting_over_shows_a_message_that_u_undoes_it(us_names: Corpus) -> None:
    messages = {
        "List of names cleared": ["4", "n", "c"],
        "Drawing started over": ["x"],
        "Draw method changed": ["d"],
        "Training started over": ["3", "space", "space", "x"],
        "Steps after 1 dropped": ["comma", "space"],
    }
    async with opened(us_names, size=(80, 24)) as pilot:
        for done, keys in messages.items():
            await pilot.press(*keys)
            await until(pilot, lambda done=done: f"{done}: u brings it" in on_screen(pilot))
            await pilot.press("u")
            await until(pilot, lambda done=done: f"Undone: {done}" in on_screen(pilot))


async def test_the_chosen_theme_is_kept(us_names: Corpus, isolated_home: Path) -> None:
    async with opened(us_names) as pilot:
        assert pilot.app.theme == "bigram-dark"
        pilot.app.theme = "bigram-light"
        await pilot.pause()
    (saved,) = (isolated_home / ".config").rglob("settings.json")
    assert json.loads(saved.read_text())["theme"] == "bigram-light"
    async with opened(us_names) as pilot:
        assert pilot.app.theme == "bigram-light"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"theme": 3}', '{"theme": "gone"}', "[" * 100_000])
async def test_damaged_preferences_are_ignored(us_names: Corpus, isolated_home: Path, content: str) -> None:
    file = isolated_home / ".config" / "bigram-tui" / "settings.json"
    file.write_text(content)
    async with opened(us_names) as pilot:
        assert pilot.app.theme == "bigram-dark"


@pytest.mark.parametrize("file", [settings_file, recent_file])
async def test_a_pipe_in_place_of_what_is_remembered_does_not_block_the_app(
    us_names: Corpus, file: Callable[[], Path]
) -> None:
    file().unlink(missing_ok=True)
    os.mkfifo(file())
    async with opened(us_names, "o") as pilot:
        await until(pilot, lambda: "built in, and opened before" in on_screen(pilot))


@pytest.mark.parametrize("mode", ["training", *thoroughly("counts", "generator")])
async def test_quitting_while_a_pane_is_built_does_no_harm(us_names: Corpus, mode: str) -> None:
    for turns in range(0, 60, 6):
        app = BigramApp(us_names, *_defaults())
        app._load_torch = lambda: None
        async with app.run_test():
            app.workspace.torch_is_ready()
            app.action_go_to_pane(mode)
            for _ in range(turns):
                await asyncio.sleep(0)
        assert (app.crash, app.is_running) == (None, False)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting(us_names: Corpus, key: str) -> None:
    async with opened(us_names, key) as pilot:
        await until(pilot, lambda: not pilot.app._running or pilot.app._exit)


async def test_quitting_asks_while_the_network_is_training(us_names: Corpus) -> None:
    async with opened(us_names, "3", *["minus"] * 3, "r", "q", size=(80, 24)) as pilot:
        await until(pilot, lambda: "still training" in on_screen(pilot))
        await pilot.press("n")
        assert "Loss by step" in on_screen(pilot)
        await pilot.press("q", "ctrl+q", "n")
        assert "Loss by step" in on_screen(pilot), "it asks only once at a time"
        await pilot.press("q", "y")
        await until(pilot, lambda: pilot.app._exit)


async def test_quitting_while_a_pane_is_being_made() -> None:
    async with opened(parse_words(b"emma\nolivia\n", "two"), "2") as pilot:
        pilot.app.switch_mode("training")
        pilot.app.exit()
    assert app_of(pilot).crash is None


async def test_ctrl_c_copies_the_selection_of_a_field(us_names: Corpus) -> None:
    async with opened(us_names, "slash", *"emma", "shift+home", "ctrl+c") as pilot:
        assert pilot.app.clipboard == "emma"
        assert "emma" in on_screen(pilot)
        await pilot.press("end", "ctrl+c")
        await until(pilot, lambda: pilot.app._exit)


@pytest.mark.parametrize(
    ("place", "keys"),
    [
        ("", "2w"),
        ("", "2k"),
        ("", "3p"),
        ("", ["3", "escape"]),
        ("4N", ["enter", "enter"]),
        ("2", ["e", "enter", "enter"]),
        ("3", ["r", "r", "r", "x"]),
        ("1", ["ctrl+p", "pagedown"]),
        ("1", ["o", "tab", "pageup"]),
    ],
)
async def test_keys_faster_than_the_app_do_no_harm(
    us_names: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, keys: Sequence[str]
) -> None:
    """All of them arrive before the first one is handled."""
    monkeypatch.chdir(tmp_path)
    async with opened(us_names, *place) as pilot:
        for key in keys:
            pilot.app.simulate_key(key)
        await pilot.pause()
        await pilot.press("escape", "escape", "1")
        await until(pilot, lambda: TITLES["1"] in on_screen(pilot))


async def test_a_click_on_a_removed_widget_does_no_harm(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no longer mounted, but still on the screen until the next layout."""
    async with opened(us_names, "u") as pilot:
        (notification,) = pilot.app.screen.query("Toast")
        place = notification.content_region.offset
        with monkeypatch.context() as removed:
            removed.setattr(notification, "_parent", None)
            click = events.MouseDown(None, *place, 0, 0, 1, False, False, False, *place)
            pilot.app.screen._forward_event(click)
        await pilot.press("2")
        assert TITLES["2"] in on_screen(pilot)


async def test_rapid_resizes_settle(us_names: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a window is enlarged by dragging while a pane is busy, with other events in between."""
    laid_out = 0
    lay_out = Screen._screen_resized

    def count(screen: Screen[object], size: Size) -> None:
        nonlocal laid_out
        laid_out += 1
        assert laid_out < 100, "it does not come to rest"
        lay_out(screen, size)

    async with opened(us_names, size=(140, 40)) as pilot:
        monkeypatch.setattr(Screen, "_screen_resized", count)
        for pane in TITLES:
            await pilot.press(pane)
            laid_out = 0
            for size in (Size(80, 24), Size(140, 40), Size(80, 24), Size(140, 40)):
                pilot.app.screen.post_message(events.Resize(size, size))
                pilot.app.screen.call_later(lambda: None)
            await pilot.pause()
            assert laid_out > 0
            assert pilot.app.screen.size == Size(140, 40)
