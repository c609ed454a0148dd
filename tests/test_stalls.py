"""The app stays responsive: a key draws and sends little, idling nothing, and long work runs in threads."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker
from textual.worker_manager import WorkerManager

from bigram_tui import starting
from bigram_tui.app import BigramApp
from bigram_tui.lm.training import TrainingRun
from bigram_tui.session.generator import Generator
from bigram_tui.session.opening import Opening
from bigram_tui.terminal.cells import ShownCells
from bigram_tui.terminal.compositor import ChangedCells
from bigram_tui.widgets.key_line import KeyLine
from bigram_tui.widgets.loss_curve import REDRAWS_PER_SECOND
from bigram_tui.words.corpus import Corpus
from tests.conftest import thoroughly
from tests.driving import app_of, drawn_by_textual, lines_of, on_screen, opened, rests, until
from tests.pseudo_terminal import Terminal

SIZE = Size(20, 4)
TEXTS = st.text(alphabet="ab ─█⠿äΩ", min_size=1, max_size=6)
STYLES = st.sampled_from([None, Style(bold=True), Style(color="#ff0000"), Style(bgcolor="#0000ff")])


@st.composite
def pieces(draw: st.DrawFn) -> list[tuple[int, int, Strip]]:
    """Strips within the screen, each with its column and line."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        segments = draw(
            st.lists(st.builds(lambda *parts: Segment(*parts), TEXTS, STYLES), min_size=1, max_size=4)
        )
        x, y = draw(st.integers(0, SIZE.width - 1)), draw(st.integers(0, SIZE.height - 1))
        made.append((x, y, Strip(segments).crop(0, SIZE.width - x)))
    return made


@given(st.lists(pieces(), min_size=1, max_size=6))
def test_what_is_sent_results_in_what_was_drawn(frames: list[list[tuple[int, int, Strip]]]) -> None:
    """The screen is the same as when everything is sent, and nothing is sent for what is already shown."""
    console, shown = Console(color_system="truecolor", force_terminal=True), ShownCells()
    little, much = pyte.Screen(*SIZE), pyte.Screen(*SIZE)
    sent, full = pyte.Stream(little), pyte.Stream(much)
    for frame in frames:
        sent.feed(shown.change(frame, SIZE, console))
        for x, y, strip in frame:
            full.feed(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}")
        (last,) = frame[-1:]
        assert shown.change([last], SIZE, console) == ""
    assert little.display == much.display
    for y in range(SIZE.height):
        for x in range(SIZE.width):
            assert little.buffer[y][x] == much.buffer[y][x]


def test_wide_characters_and_links_are_sent_as_a_whole() -> None:
    console, shown = Console(color_system="truecolor", force_terminal=True), ShownCells()
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    for text in ("a字b🙂c", "a字d🙂c", "a你d🙂c"):
        sent = shown.change([(2, 1, Strip([Segment(text)]))], SIZE, console)
        stream.feed(sent)
        assert screen.display[1].strip() == text
    link = Strip([Segment("docs", Style(link="https://example.org"))])
    assert "https://example.org" in shown.change([(2, 2, link)], SIZE, console)
    assert shown.change([(2, 2, link)], SIZE, console) == ""


def test_only_the_changed_part_of_a_frame_is_sent() -> None:
    """Cells outside of it may lack the widgets in front."""
    console, shown = Console(color_system="truecolor", force_terminal=True), ShownCells()
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    stream.feed(shown.change([(0, 0, Strip([Segment("old  old  old")]))], SIZE, console))
    strips = [Strip([Segment(text)]) for text in ("new  ", "wrong", "new and wrong")]
    update = ChopsUpdate(
        [{0: strips[0], 5: strips[1], 10: strips[2]}], [(0, 0, 5), (0, 10, 13)], [[5, 10, 23]]
    )
    stream.feed(ChangedCells(update, shown, SIZE).render_segments(console))
    assert screen.display[0].strip() == "new  old  new"


async def test_scrolling_is_visible_even_if_a_position_is_requested_in_between(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the lesson, which scrolls a pane back to its start."""
    size = (40, 12)
    screen = pyte.Screen(*size)
    stream, display = pyte.Stream(screen), BigramApp._display
    console = Console(color_system="truecolor", force_terminal=True)

    def noted(app: BigramApp, of: Screen[object], update: Any) -> None:
        if isinstance(update, CompositorUpdate):
            stream.feed(update.render_segments(console).replace("\n", ""))
        display(app, of, update)

    monkeypatch.setattr(BigramApp, "_display", noted)
    async with opened(us_names, "4", size=size) as pilot:
        parts = pilot.app.screen.query_one("#parts")
        parts.scroll_end(animate=False, force=True)
        await rests(pilot)
        parts.scroll_home(animate=False, force=True, immediate=True)
        assert parts in pilot.app.screen._compositor.full_map
        pilot.app.screen.query_one(KeyLine).refresh(layout=True)
        await rests(pilot)
        assert [line.rstrip() for line in screen.display] == [
            line.rstrip() for line in on_screen(pilot).split("\n")
        ]


ANSWERS = [("1", "\x1b[B", 2_000), ("2", "\x1b[B", 5_000), ("2", "\x1b[C", 5_000), ("4", "n", 12_000)]
"""A pane, a key, and fewer bytes than which must answer it when it is pressed again."""


def test_little_is_sent_to_a_terminal(command: str) -> None:
    """The start sends the screen once, a key what it changes; a stalled connection queues no old frames."""
    terminal = Terminal(command, size=(140, 40), env={"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    try:
        terminal.shows("Words by length")
        terminal.rests()
        assert terminal.received < 45_000
        for pane in "2341":
            before = terminal.received
            terminal.press(pane)
            terminal.rests()
            assert terminal.received > before, f"pane {pane} is shown"
        for pane, key, most in ANSWERS:
            for keys in (pane, key):
                terminal.press(keys)
                terminal.rests()
            before = terminal.received
            terminal.press(key)
            terminal.rests()
            assert 0 < terminal.received - before < most, (pane, key)
        terminal.press("3")
        terminal.shows("Step 0 of 200")
        terminal.press("ssr")
        terminal.shows("running")
        terminal.computes(1)  # nobody reads while the network trains at full speed
        before = terminal.received
        terminal.press("1")
        terminal.shows("Words by length")
        assert terminal.received - before < 80_000
    finally:
        terminal.kill()


WALK = """1 down down slash b escape tab b 2 right down plus plus v tab tab question_mark escape
    3 space space comma t down escape i tab f p escape l S 4 n n tab tab M m t a escape o escape
    1 end 2 minus w down escape 3 ctrl+p escape e x escape"""


def characters(strips: Iterable[Strip]) -> list[list[tuple[str, Style | None]]]:
    return [[(character, style) for text, style, _ in strip for character in text] for strip in strips]


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((40, 12), (140, 40))], ids=str)
async def test_frames_are_the_same_as_textuals_own(
    us_names: Corpus, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole screen, and what the terminal was sent of it, after each change."""
    console, shown = Console(color_system="truecolor", force_terminal=True), ShownCells()
    terminal, complete = pyte.Screen(*size), pyte.Screen(*size)
    sent, drawn = pyte.Stream(terminal), pyte.Stream(complete)
    display = BigramApp._display

    def noted(app: BigramApp, of: Screen[object], update: Any) -> None:
        if isinstance(update, LayoutUpdate | ChopsUpdate) and not app._batch_count:
            sent.feed(ChangedCells(update, shown, Size(*size)).render_segments(console))
        display(app, of, update)

    def is_shown(screen: Screen[object]) -> bool:
        whole = drawn_by_textual(screen)
        assert characters(lines_of(screen)) == characters(whole)
        for y, strip in enumerate(whole):
            drawn.feed(f"\x1b[{y + 1};1H{strip.render(console)}")
        return terminal.display == complete.display and terminal.buffer == complete.buffer

    monkeypatch.setattr(BigramApp, "_display", noted)
    async with opened(us_names, size=size) as pilot:
        for key in WALK.split():
            await pilot.press(key)
            await until(pilot, lambda: is_shown(pilot.app.screen))


async def test_after_a_step_the_curve_is_drawn_first_and_the_rest_in_the_next_frame(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[set[str | None]] = []
    refresh = Screen._compositor_refresh

    def noted(screen: Screen[object]) -> None:
        frames.append({widget.id for widget in screen._dirty_widgets})
        refresh(screen)

    async with opened(us_names, "3", "space") as pilot:
        await rests(pilot)
        await asyncio.sleep(1 / REDRAWS_PER_SECOND)  # before that, the curve would not be redrawn
        monkeypatch.setattr(Screen, "_compositor_refresh", noted)
        await pilot.press("space")
        await until(pilot, lambda: any("grid" in frame for frame in frames))
        monkeypatch.undo()
    assert {"plot", "now"} <= frames[0]
    assert not frames[0] & {"grid", "drawn-now"}


async def test_the_garbage_of_dialogs_does_not_pile_up(us_names: Corpus) -> None:
    """The garbage collector would handle a hundred dialogs at once, and stop the app for most of a second.

    What was drawn of them is not kept either, as Textual does (its issue 6665): each collection of garbage
    would take longer than the one before. A pane opened meanwhile exempts what exists from collection, but
    not the garbage.
    """
    async with opened(us_names, "2") as pilot:
        left: list[weakref.ref[object]] = []
        for key in ("o", "w", "question_mark", "p", "ctrl+p", "e"):
            await pilot.press(key)
            screen = pilot.app.screen
            parts = (screen, *screen.query("*"))
            left.extend(map(weakref.ref, (*parts, *(part._styles_cache for part in parts))))
            del screen, parts
            await pilot.press("escape")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await pilot.press("3")
        assert len(left) > 40
        await until(pilot, lambda: sum(part() is not None for part in left) < 10)


async def test_garbage_is_collected_though_keys_are_pressed_all_the_time(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        await rests(pilot)  # what exists until then is never collected
        await pilot.press("question_mark")
        first = weakref.ref(pilot.app.screen)

        async def press_keys() -> None:
            while True:
                await pilot.press("escape", "right", "left", "right", "left", "question_mark")

        pressing = asyncio.create_task(press_keys())
        await until(pilot, lambda: first() is None)
        pressing.cancel()


async def test_a_frame_renders_only_widgets_that_it_shows(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str | None] = set()
    render_lines = Widget.render_lines

    def noted(widget: Widget, crop: Region) -> list[Strip]:
        asked.add(widget.id)
        return render_lines(widget, crop)

    async with opened(us_names, "2", "right") as pilot:
        await rests(pilot)
        monkeypatch.setattr(Widget, "render_lines", noted)
        await pilot.press("right")
        await rests(pilot)
        monkeypatch.undo()
    assert {"grid", "cell"} <= asked
    assert not asked & {"legend", "parts", "table", "counts-parts"}


async def test_a_change_behind_a_dialog_is_drawn_once(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(us_names, "2", "question_mark", size=(80, 24)) as pilot:
        pane, dialog = pilot.app.screen_stack[-2:]
        drawn: list[Screen[Any]] = []
        monkeypatch.setattr(pilot.app, "post_display_hook", lambda: drawn.append(pilot.app.screen))
        pane.refresh()
        await rests(pilot)
        assert drawn == [dialog]
        for _ in range(3):
            pane.call_later(lambda: None)
            await rests(pilot)
        assert drawn == [dialog], "nothing has changed"


@pytest.mark.parametrize(
    ("pane", "key", "parts"),
    [
        ("1", "down", {"words", "unrolled"}),
        ("2", "right", {"grid", "cell", "cell-panel", "words", "explanation", "row", "row-below"}),
        ("2", "down", {"grid", "cell", "cell-panel", "words", "explanation", "row", "row-below"}),
    ],
)
async def test_a_key_draws_only_the_widgets_that_it_changes(
    us_names: Corpus, pane: str, key: str, parts: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: set[str | None] = set()
    refresh = Screen._compositor_refresh

    def noted(screen: Screen[object]) -> None:
        drawn.update(widget.id for widget in screen._dirty_widgets)
        refresh(screen)

    monkeypatch.setattr(Screen, "_compositor_refresh", noted)
    async with opened(us_names, pane) as pilot:
        await pilot.press(key)
        await rests(pilot)
        drawn.clear()
        await pilot.press(key)
        await rests(pilot)
        monkeypatch.undo()
    assert drawn
    assert drawn - {None} <= parts


@pytest.mark.parametrize("pane", "1234")
async def test_moving_the_focus_does_not_restyle_and_redraw_everything(
    us_names: Corpus, pane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: list[DOMNode] = []
    drawn: set[Widget] = set()
    apply, refresh = Stylesheet.apply, Screen._compositor_refresh

    def noted_apply(stylesheet: Stylesheet, node: DOMNode, **options: Any) -> None:
        styled.append(node)
        apply(stylesheet, node, **options)

    def noted_refresh(screen: Screen[object]) -> None:
        drawn.update(screen._dirty_widgets)
        refresh(screen)

    async with opened(us_names, pane) as pilot:
        parts = [part for part in pilot.app.screen.focus_chain if not isinstance(part, ScrollBar)]
        for _ in parts:
            monkeypatch.setattr(Stylesheet, "apply", noted_apply)
            monkeypatch.setattr(Screen, "_compositor_refresh", noted_refresh)
            await pilot.press("tab")
            await pilot.pause()
            monkeypatch.undo()
            assert len(styled) < 30, pilot.app.focused
            styled.clear()
        panels = {panel for panel in pilot.app.screen.query(".panel") if panel.has_class("-focused")}
        assert panels == {panel for panel in pilot.app.screen.query(".panel") if panel.has_focus_within}
        assert drawn
        assert pilot.app.screen not in drawn


@pytest.mark.parametrize("pane", "1234")
async def test_the_first_frame_of_a_pane_has_few_widgets(
    us_names: Corpus, pane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is mounted in a later frame: building, styling and drawing a widget takes a millisecond."""
    parts: dict[Screen[object], int] = {}
    display = BigramApp._display

    def noted(app: BigramApp, screen: Screen[object], update: Any) -> None:
        if update is not None:
            parts.setdefault(screen, len(screen.query("*")))
        display(app, screen, update)

    monkeypatch.setattr(BigramApp, "_display", noted)
    async with opened(us_names, pane) as pilot:
        screen = pilot.app.screen
        assert parts[screen] < 50
        await until(pilot, lambda: pane != "3" or screen.query("#pace"))


async def test_workers_are_not_described_by_their_arguments(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual would call repr() on the dataset, which stops the app."""
    described: dict[str, str] = {}
    add = WorkerManager.add_worker

    def noted(workers: WorkerManager, worker: Worker[Any], *args: Any, **options: Any) -> None:
        described[worker.group] = worker.description
        add(workers, worker, *args, **options)

    monkeypatch.setattr(WorkerManager, "add_worker", noted)
    async with opened(us_names, "3", "plus", "plus", "r", "4", "n", "N") as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: {"figures", "training", "drawing"} <= described.keys())
    assert max(map(len, described.values())) < 150


@pytest.fixture
def threads_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], set[int]]:
    """The threads in which a function is called from now on."""

    def watch(of: object, name: str) -> set[int]:
        threads: set[int] = set()
        original = getattr(of, name)

        def noted(*args: object, **options: object) -> object:
            threads.add(threading.get_ident())
            return original(*args, **options)

        monkeypatch.setattr(of, name, noted)
        return threads

    return watch


async def test_torch_is_loaded_in_a_thread(us_names: Corpus, threads_of) -> None:
    threads = threads_of(starting, "load_torch")
    async with opened(us_names):
        assert threads
        assert threading.get_ident() not in threads


async def test_a_run_steps_in_a_worker(us_names: Corpus, threads_of) -> None:
    async with opened(us_names, "3") as pilot:
        threads = threads_of(TrainingRun, "step")
        await pilot.press("r")
        await until(pilot, lambda: app_of(pilot).workspace.trainer.training.latest.step > 2)
        await pilot.press("r")
    assert threads
    assert threading.get_ident() not in threads


async def test_a_list_is_read_in_a_thread(us_names: Corpus, tmp_path: Path, threads_of) -> None:
    file = tmp_path / "planets.txt"
    file.write_text("mars\nvenus\n")
    threads = threads_of(Opening, "read")
    async with opened(us_names, "o", *str(file), "enter") as pilot:
        await until(pilot, lambda: threads)
    assert threading.get_ident() not in threads


async def test_many_names_are_drawn_in_a_worker(us_names: Corpus, threads_of) -> None:
    async with opened(us_names, "4") as pilot:
        threads = threads_of(Generator, "_draw_many")
        generator = app_of(pilot).workspace.generator
        generator.draw_many(1_000, None)
        await until(pilot, lambda: generator.generation.latest.drawn >= 1_000)
    assert threads
    assert threading.get_ident() not in threads
