"""The focus stays where it is when the terminal becomes too small for a pane, and large again."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from bigram_tui.words.corpus import Corpus
from tests.driving import on_screen, opened, until

LARGE, SMALL = (140, 40), (30, 8)

FOCUSED = {
    "Dataset": ("1",),
    "Dataset's search": ("1", "slash", "e"),
    "Counts": ("2",),
    "Counts' smoothing": ("2", "k"),
    "Training": ("3",),
    "Training's settings": ("3", "tab", "tab"),
    "Generator": ("4",),
    "Generator's temperature": ("4", "t"),
}


async def resize(pilot: Pilot[None], size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: ("needs 40×12" in on_screen(pilot)) == (size == SMALL))


async def test_a_pane_that_was_too_small_keeps_its_focus(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        for place, keys in FOCUSED.items():
            await check_that_focus_stays(pilot, *keys)
            if place == "Counts":
                await check_that_focus_stays(pilot, large=(60, 20))
            await pilot.resize_terminal(*LARGE)
            await pilot.press("escape")
        await pilot.app.action_begin_lesson()
        await until(pilot, lambda: "1/35" in on_screen(pilot))
        for place in ("Dataset's search", "Counts"):
            await check_that_focus_stays(pilot, *FOCUSED[place])
            await pilot.press("escape")


async def check_that_focus_stays(pilot: Pilot[None], *keys: str, large: tuple[int, int] = LARGE) -> None:
    await pilot.press(*keys)
    await pilot.pause()
    focused = pilot.app.focused
    assert focused is not None
    await resize(pilot, SMALL)
    await resize(pilot, large)
    await until(pilot, lambda: pilot.app.focused is focused and focused.has_focus)


async def test_rapid_resizes_keep_the_focus(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        focused = pilot.app.focused
        for _ in range(5):
            for size in (SMALL, LARGE):
                pilot.app._driver._size = Size(*size)
                pilot.app.post_message(events.Resize(Size(*size), Size(*size)))
        await until(pilot, lambda: pilot.app.screen.size == Size(*LARGE))
        await until(pilot, lambda: pilot.app.focused is focused)
        assert "needs" not in on_screen(pilot)


async def test_the_focus_behind_a_dialog_is_kept_too(us_names: Corpus) -> None:
    async with opened(us_names, "2", "question_mark") as pilot:
        await pilot.resize_terminal(*SMALL)
        await pilot.resize_terminal(*LARGE)
        await pilot.press("escape")
        before = on_screen(pilot)
        await pilot.press("v")
        await until(pilot, lambda: on_screen(pilot) != before)


async def test_keys_of_the_grid_work_after_it_was_too_small(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        await resize(pilot, SMALL)
        await resize(pilot, LARGE)
        await pilot.press("g", "e", "m")
        await until(pilot, lambda: "e → m" in on_screen(pilot))
        await pilot.press("v")
        await until(pilot, lambda: "Counts N" not in on_screen(pilot))
