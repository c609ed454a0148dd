"""Opening word lists in the app: choosing, options, progress, the preview, pasting, slow sources."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import threading
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets._collapsible import CollapsibleTitle

from bigram_tui.app import BigramApp
from bigram_tui.files.locations import recent_file
from bigram_tui.lm.errors import BigramError
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.opening import Opening, load_recent, pasted_path, remember_recent
from bigram_tui.terminal.workarounds import LONGEST_PASTED
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import READING, ReadingOptions
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import read_table
from bigram_tui.words.streams import file_source
from tests.conftest import Answer
from tests.driving import app_of, on_screen, opened, rests, screen_text, until
from tests.lists import parse_words

BABIES = "Id,Name,Count\n1,Mary,3\n2,Anna,2\n3,Mary,1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with some lists in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "babies.csv").write_text(BABIES)
    (tmp_path / "planets.txt").write_text("Mars\nVenus\n  earth \n\nMars\n")
    (tmp_path / "more [bold]").mkdir()
    return tmp_path


async def test_a_table_is_previewed_before_it_is_opened_and_escape_keeps_the_old_list(
    us_names: Corpus,
) -> None:
    async with opened(us_names, "o", *"babies.csv", "enter", size=(80, 24)) as pilot:
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        shown = on_screen(pilot)
        assert "us-names · 32,257 words" in shown
        for part in ("column 2 “Name”", "3, 2 different", "1 header", "Id,Name,Count", "1,Mary,3"):
            assert part in shown
        assert "Next part" not in shown
        await pilot.press("escape")
        assert "built in, and opened before" in on_screen(pilot)
        await pilot.press("escape")
        assert "us-names · 32,257 words" in on_screen(pilot)
        assert load_recent() == []


async def test_a_disguised_format_is_reported_and_one_key_reads_it_as_such(
    us_names: Corpus, folder: Path
) -> None:
    disguised = {
        "Nora|F|5120\nOtto|M|310\n": ("table of 3 columns, with bars", ("Nora", "Otto")),
        "1\tköln\n2\tbonn\n": ("table of 2 columns, with tabs", ("köln", "bonn")),
        "ida; uwe; eva; jan": ("words with semicolons", ("ida", "uwe", "eva", "jan")),
        '[{"year": 1999, "name": "Ida"}, {"name": "Uwe"}]': ("JSON", ("Ida", "Uwe")),
    }
    async with opened(us_names, size=(80, 24)) as pilot:
        for place, (text, (looks_like, words)) in enumerate(disguised.items()):
            file = folder / f"some{place}.txt"
            file.write_text(text, encoding="utf-8")
            await pilot.press("o", *file.name, "enter")
            await until(pilot, lambda: "first lines" in on_screen(pilot))
            assert f"it looks like {'a ' * ('table' in looks_like)}{looks_like}" in on_screen(pilot)
            assert "t Read it that way" in on_screen(pilot)
            await pilot.press("t")
            await until(pilot, lambda: "t Read it that way" not in on_screen(pilot))
            await until(pilot, lambda: "first lines" in on_screen(pilot))
            assert "it looks like" not in on_screen(pilot)
            await pilot.press("t", "enter")
            opened_list = f"{file.name} · {len(words)} words"
            await until(pilot, lambda opened_list=opened_list: opened_list in on_screen(pilot))
            assert app_of(pilot).workspace.dataset.latest.corpus.words == words


async def test_the_dialog_has_all_reading_options(us_names: Corpus) -> None:
    async with opened(us_names, "o", *"babies.csv", size=(80, 24)) as pilot:
        await pilot.press(
            "tab", "tab", "tab", "enter", "tab", "space", "tab", "space", "tab", *"name", "tab", *"3", "enter"
        )
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        assert "5, 2 different" in on_screen(pilot)
        assert "weights from column 3 “Count”" in on_screen(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "babies.csv · " in on_screen(pilot))
    corpus = app_of(pilot).workspace.dataset.latest.corpus
    assert corpus.options.lowercase
    assert corpus.options.unique
    assert corpus.words == ("mary", "anna")
    assert corpus.names == 5


async def test_invalid_options_are_explained(us_names: Corpus) -> None:
    invalid = [
        ("limit", "0", "at least 1"),
        ("limit", "many", "are whole numbers"),
        ("max_download", "0GB", "at least 1"),
        ("max_download", "1e999GB", "a size as 2 GB"),
        ("encoding", "klingon", "one that Python knows"),
        ("max_download", "huge", "a size as 2 GB"),
        ("column", "0", "numbered from 1"),
        ("skip", "some", "are whole numbers"),
        ("separator", "and", "one character"),
    ]
    async with opened(us_names, "o", *"babies.csv", size=(80, 24)) as pilot:
        await pilot.press("tab", "tab", "tab", "enter")
        for option, typed, said in invalid:
            field = pilot.app.screen.query_one(f"#{option}", Input)
            field.focus()
            assert said not in on_screen(pilot)
            await pilot.press(*typed, "enter")
            assert said in on_screen(pilot), option
            field.value = ""


async def test_every_option_can_be_reached_in_a_small_terminal(us_names: Corpus) -> None:
    async with opened(us_names, "o", size=(40, 12)) as pilot:
        for _ in range(15):
            focused = pilot.app.screen.focused
            if isinstance(focused, CollapsibleTitle):
                await pilot.press("enter")
            assert focused is not None
            assert focused.region in pilot.app.screen.query_one("#choice").region
            if focused.id in READING:
                assert READING[focused.id].label in on_screen(pilot)
            await pilot.press("tab")
        assert focused.id == "member"
        await pilot.press("enter")
        assert "Type a path or an address" in on_screen(pilot)


async def test_a_download_that_was_too_large_is_allowed_in_the_dialog(us_names: Corpus, http_server) -> None:
    http_server.answers["/large"] = Answer(b"emma\n" * 300, promised=2_000_000_000)
    async with opened(us_names, "o", *http_server.url("/large"), "enter", size=(80, 24)) as pilot:
        await until(pilot, lambda: "1,000,000,000" in on_screen(pilot))
        assert "download max" in on_screen(pilot)
        http_server.answers["/large"] = Answer(b"emma\n" * 300)
        pilot.app.screen.query_one("#max_download").focus()
        await pilot.press(*"1 KB", "enter")
        await until(pilot, lambda: "than 1,000 bytes" in on_screen(pilot))
        pilot.app.screen.query_one("#max_download").focus()
        await pilot.press(*"1 MB", "enter")
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "large · 300 words" in on_screen(pilot))


async def test_a_path_is_completed_as_it_is_typed(us_names: Corpus) -> None:
    async with opened(us_names, "o", *"pla") as pilot:
        await until(pilot, lambda: "planets.txt" in on_screen(pilot).split("built in")[0])
        await pilot.press("right", "enter")
        await until(
            pilot, lambda: "2 trimmed" in on_screen(pilot) or "1 empty, 1 trimmed" in on_screen(pilot)
        )


async def test_a_file_is_chosen_in_the_picker(us_names: Corpus) -> None:
    async with opened(us_names, "o", "tab", "tab") as pilot:
        await until(pilot, lambda: "more [bold]" in on_screen(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "column 2" in on_screen(pilot))


async def test_what_was_chosen_in_the_picker_can_be_changed(us_names: Corpus, folder: Path) -> None:
    async with opened(us_names, "o", *"pla", "tab", "tab") as pilot:
        await until(pilot, lambda: "more [bold]" in on_screen(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "column 2" in on_screen(pilot))
        await pilot.press("escape", *"x")
        assert pilot.app.screen.query_one("#dataset", Input).value == f"{folder / 'babies.csv'}x"


async def test_an_empty_name_among_several_is_explained(us_names: Corpus) -> None:
    async with opened(us_names, "o", *"planets.txt ''", "enter") as pilot:
        await until(pilot, lambda: "the name of the list is empty" in on_screen(pilot))


async def test_a_folder_is_shown_in_the_picker(us_names: Corpus, folder: Path) -> None:
    (folder / "more [bold]" / "inside.txt").write_text("emma\n")
    async with opened(us_names, "o", *"more [bold]", "enter") as pilot:
        await until(pilot, lambda: "inside.txt" in on_screen(pilot))


async def test_the_picker_follows_links_and_shows_nothing_hidden(us_names: Corpus, folder: Path) -> None:
    (folder / "more [bold]" / "inside.txt").write_text("emma\n")
    (folder / "to the folder").symlink_to("more [bold]")
    (folder / "to itself").symlink_to("to itself")
    (folder / ".hidden").mkdir()
    async with opened(us_names, "o", "tab", "tab") as pilot:
        await until(pilot, lambda: "▸ to the folder" in on_screen(pilot))
        assert "▸ to itself" not in on_screen(pilot)
        assert "to itself" in on_screen(pilot)
        assert "hidden" not in on_screen(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "inside.txt" in on_screen(pilot))


async def test_a_pattern_and_a_folder_are_opened_as_one_list(us_names: Corpus, folder: Path) -> None:
    (folder / "more [bold]" / "a.txt").write_text("emma\n")
    (folder / "more [bold]" / "b.txt").write_text("olivia\n")
    async with opened(us_names, "o", *"pl*.txt more*/?.txt", "enter") as pilot:
        await until(pilot, lambda: "3 files" in on_screen(pilot) and "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "3 files · 6 words" in on_screen(pilot))
        await pilot.press("o", *"more [bold]", "enter")
        await until(pilot, lambda: "enter once more" in on_screen(pilot))
        pilot.app.screen.query_one("#dataset").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "from a.txt to b.txt" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "more [bold] · 2 words" in on_screen(pilot))


async def test_recent_lists_are_offered_with_their_options(us_names: Corpus, folder: Path) -> None:
    opening = Opening(str(folder / "planets.txt"), ReadingOptions(lowercase=True, limit=2))
    remember_recent(opening)
    async with opened(us_names, "o", "tab", "down", "down") as pilot:
        assert "lower-case, first 2" in on_screen(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "planets.txt · 2 words" in on_screen(pilot))
    assert load_recent() == [opening]


async def test_descriptions_of_lists_use_the_whole_width(us_names: Corpus) -> None:
    async with opened(us_names, "o", size=(60, 18)) as pilot:
        await until(pilot, lambda: "names of babies born in the United States in" in on_screen(pilot))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "United States in 2018 (ships" in on_screen(pilot))


def test_recent_lists_contain_no_passwords_and_survive_damage() -> None:
    remember_recent(Opening("https://me:secret@example.org/list.txt"))
    assert load_recent() == []
    remember_recent(Opening("makemore"))
    for damage in (
        "",
        "[]]",
        "7",
        "[" * 100_000,
        '[{"dataset": 1}]',
        '[{"dataset": "x", "options": {"limit": -1}}]',
    ):
        recent_file().write_text(damage)
        assert load_recent() == []
    for n in range(20):
        remember_recent(Opening(f"list {n}"))
    assert [o.dataset for o in load_recent()] == [f"list {n}" for n in range(19, 9, -1)]
    assert json.loads(recent_file().read_text())


@pytest.mark.parametrize(
    "pasted",
    ["{}", "{}\n", "'{}'", '"{}"\r\n', "file://{}", " {} "],
)
def test_a_dropped_file_is_recognized_however_it_is_quoted(folder: Path, pasted: str) -> None:
    file = folder / "planets.txt"
    assert pasted_path(pasted.format(file)) == str(file)


def test_a_dropped_file_with_spaces_and_letters_of_all_kinds(folder: Path) -> None:
    file = folder / "my näme's list.txt"
    file.write_text("emma\n")
    text = str(file)
    for pasted in (text, text.replace(" ", "\\ ").replace("'", "\\'"), file.as_uri() + "\n", f'"{text}"'):
        assert pasted_path(pasted) == text
    for nothing in ("", "\n", "emma", "/nowhere/at all", "a\0b", "'", "file://["):
        assert pasted_path(nothing) is None


def test_several_dropped_files_are_recognized(folder: Path) -> None:
    assert pasted_path(f"'{folder}/planets.txt' {folder}/babies.csv\n") == (
        f"{folder}/planets.txt {folder}/babies.csv"
    )
    assert pasted_path(f"{folder}/planets.txt nowhere.txt") is None


async def test_pasting_a_path_opens_the_dialog_with_it(us_names: Corpus, folder: Path) -> None:
    async with opened(us_names) as pilot:
        pilot.app.post_message(events.Paste(f"'{folder}/planets.txt'\n"))
        await until(pilot, lambda: "Open a word list" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "1 empty, 1 trimmed" in on_screen(pilot))


def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))


async def test_lines_pasted_on_a_pane_are_a_list(us_names: Corpus) -> None:
    of_a_terminal, of_a_file = "Mars\rVenus\r  earth \r\rMars", "Mars\r\nVenus\n  earth \n\nMars\n"
    async with opened(us_names, size=(80, 24)) as pilot:
        for pane, lines in zip("12345", cycle([of_a_terminal, of_a_file]), strict=False):
            await pilot.press(pane)
            paste(pilot, lines)
            await until(pilot, lambda: "1 empty, 1 trimmed" in on_screen(pilot))
            assert "pasted list" in on_screen(pilot)
            assert on_screen(pilot).count("Mars") == 2, "the last line is among the first lines, too"
            await pilot.press("escape", "escape")
            assert "us-names · 32,257 words" in on_screen(pilot)
        paste(pilot, of_a_file)
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "pasted list · 4 words" in on_screen(pilot))
        assert load_recent() == []


async def test_lines_pasted_in_the_dialog_are_a_list_and_can_be_reread_with_options(us_names: Corpus) -> None:
    async with opened(us_names, "o", *"planets", size=(80, 24)) as pilot:
        paste(pilot, "Mars\nmars\n")
        await until(pilot, lambda: "2, 2 different" in on_screen(pilot))
        await pilot.press("escape")
        paste(pilot, "MARS\nmars\nmärs\n")
        await until(pilot, lambda: "3, 3 different" in on_screen(pilot))
        await pilot.press("escape", "tab", "tab", "tab", "enter", "tab", "space", *["tab"] * 6)
        await pilot.press(*"ascii", *["shift+tab"] * 9)
        assert "pasted list" in on_screen(pilot)
        await pilot.press("home", "enter")
        await until(pilot, lambda: "3, 2 different" in on_screen(pilot))
        await pilot.press("escape", "escape", "o")
        assert "pasted list" not in on_screen(pilot)


async def test_pasted_text_is_data(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        paste(pilot, "[bold red]x[/]\n\x1b[31mred\x07\n\u202egnirts\n\ud800\n[")
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        shown = on_screen(pilot)
        assert "[bold red]x[/]" in shown
        assert "␛[31mred␇" in shown
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800]", shown)
        await pilot.press("enter")
        await until(pilot, lambda: "pasted list · 5 words" in on_screen(pilot))
        await pilot.press("o")
        paste(pilot, "one\x1b[31m line\n")
        await pilot.pause()
        assert "one␛[31m line" in on_screen(pilot)


async def test_a_pasted_line_of_megabytes_is_cut_off(us_names: Corpus) -> None:
    """As a whole it would stop the app for half a minute; pasting a list of that size is no problem."""
    async with opened(us_names, size=(80, 24)) as pilot:
        for keys in ["slash"], ["escape", "ctrl+p"], ["escape", "2", "k"], ["escape", "o"]:
            await pilot.press(*keys)
            paste(pilot, "a" * 5_000_000)
            await until(pilot, lambda: len(getattr(pilot.app.focused, "value", "")) == LONGEST_PASTED)
            assert "aaaa" in on_screen(pilot)
        paste(pilot, "\n".join(map(str, range(700_000))))
        await until(pilot, lambda: "700,000 different" in on_screen(pilot))


async def test_pasting_other_text_does_nothing(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        pilot.app.post_message(events.Paste("hello"))
        await rests(pilot)
        assert "Open a word list" not in on_screen(pilot)


async def test_waiting_can_be_cancelled_without_losing_the_choice(us_names: Corpus, http_server) -> None:
    slow = threading.Event()
    http_server.answers["/slow"] = Answer(b"emma\n", wait=slow)
    async with opened(us_names, "o", *http_server.url("/slow"), "enter") as pilot:
        await until(pilot, lambda: "escape Cancel" in on_screen(pilot))
        await pilot.press("escape")
        assert "cancelled" in on_screen(pilot)
        assert "/slow" in on_screen(pilot)
        slow.set()
        await pilot.press("escape")
        assert "us-names · 32,257 words" in on_screen(pilot)


async def started_with(us_names: Corpus, opening: Opening) -> Any:
    return BigramApp(us_names, TrainingSettings(), 1.0, opening=opening)


async def test_an_address_on_the_command_line_opens_with_its_progress(us_names: Corpus, http_server) -> None:
    wait = threading.Event()
    http_server.answers["/names.txt"] = Answer(b"emma\nava\n", wait=wait)
    app = await started_with(us_names, Opening(http_server.url("/names.txt")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "escape Cancel" in screen_text(app))
        wait.set()
        await until(pilot, lambda: "names.txt · 2 words" in screen_text(app))


async def test_a_list_that_fails_at_the_start_is_replaced_by_the_built_in_one(
    us_names: Corpus, http_server
) -> None:
    app = await started_with(us_names, Opening(http_server.url("/missing.txt")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "answered 404" in screen_text(app))
        assert "us-names · 32,257 words" in screen_text(app)
        assert "Summary" in screen_text(app)


async def test_escape_at_the_start_leads_to_the_built_in_list(us_names: Corpus, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    app = await started_with(us_names, Opening("pipe"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "escape Cancel" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "reading pipe was cancelled" in screen_text(app))
        assert "us-names · 32,257 words" in screen_text(app)


async def test_a_large_list_opens_after_the_first_pass_and_is_described_in_the_background(
    us_names: Corpus, folder: Path
) -> None:
    words = [f"{n:x}" for n in range(1_200_000)]
    (folder / "large.txt").write_text("\n".join(words))
    async with opened(us_names, "o", *"large.txt", "enter") as pilot:
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        assert "1,200,000" in on_screen(pilot)
        assert "different" not in on_screen(pilot).split("first lines")[0].split("word list")[1]
        await pilot.press("enter")
        await until(pilot, lambda: "large.txt · 1,200,000 words" in on_screen(pilot))
        workspace = app_of(pilot).workspace
        await until(pilot, lambda: workspace.dataset.latest.corpus.described)
        await until(pilot, lambda: "spread evenly over 1,200,000" in on_screen(pilot))
        assert "about 1,2" in on_screen(pilot) or "about 1,1" in on_screen(pilot)
        assert "describing" not in on_screen(pilot)
        await pilot.press("4", "n")
        await until(pilot, lambda: "Names (1)" in on_screen(pilot))
        generation = workspace.generator.generation
        await until(pilot, lambda: generation.latest.names[0].in_dataset is not None)
        (drawn,) = generation.latest.names
        assert drawn.in_dataset is (drawn.name in words)


async def test_the_second_pass_can_be_stopped(us_names: Corpus, folder: Path) -> None:
    (folder / "large.txt").write_text("\n".join(f"{n:x}" for n in range(1_400_000)))
    async with opened(us_names, "o", *"large.txt", "enter") as pilot:
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        workspace = app_of(pilot).workspace
        stopped: list[bool] = []

        def stop(progress: object) -> None:
            if progress is not None and not stopped:
                stopped.append(True)
                pilot.app.call_later(workspace.stop_describing)

        workspace.describing.signal.subscribe(pilot.app.screen, stop)
        await pilot.press("enter")
        await until(pilot, lambda: stopped and workspace.describing.latest is None)
        assert not workspace.dataset.latest.corpus.described
        assert "large.txt · 1,400,000 words" in on_screen(pilot)


HOSTILE = [
    "[bold]",
    "[/]",
    "[@click=app.quit]x",
    "\x1b[31mred",
    "a\u202eb",
    "e\u0301\u0302",
    "שלום",
    "北京",
    ".",
]


async def look_everywhere(pilot: Pilot[None]) -> str:
    """The texts on the screen in all panes and dialogs."""
    shown = []
    for keys in (
        *(["1", "down", "b"], ["slash", "x", "escape"], ["question_mark"], ["escape"]),
        *(["2", "right", "down"], ["v", "plus"], ["i"], ["g", "x"], ["escape", "e"], ["escape"]),
        *(["3", "space"], ["i"], ["i", "4"], ["space", "n", "n"], ["M"], ["t", "[", "escape"]),
        *(["e"], ["escape", "ctrl+p"], ["escape", "o", "tab"], ["escape", "1"]),
    ):
        await pilot.press(*keys)
        await pilot.pause(0.02)
        shown.append(on_screen(pilot))
        assert app_of(pilot).crash is None
    return "\n".join(shown)


async def test_markup_and_control_characters_have_no_effect_anywhere(us_names: Corpus, folder: Path) -> None:
    name = "[red]x[@click=app.quit] \x1b[31m.txt"
    (folder / name).write_bytes("\n".join(HOSTILE).encode())
    remember_recent(Opening(f"{folder}/{name}", ReadingOptions(column="[/]\x1b", encoding="latin-1")))
    async with opened(us_names, "o", size=(140, 40)) as pilot:
        await until(pilot, lambda: "[red]x[@click=app.quit] ␛[31" in on_screen(pilot))
        assert "column [/]␛" in on_screen(pilot)
        pilot.app.screen.query_one("#dataset", Input).value = name
        await pilot.press("enter")
        await until(pilot, lambda: "first lines" in on_screen(pilot))
        assert "␛[31mred" in on_screen(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "[red]x[@click=app.quit] ␛[31m.txt · 9 words" in on_screen(pilot))
        everywhere = await look_everywhere(pilot)
        assert not {"\x1b", "\u202e"} & set(everywhere)
        assert "[@click=app.quit]x" in everywhere
        for reason in ("[red]gone[bold] \x1b[31m.txt", "http://127.0.0.1:1/[/]\x1b"):
            await pilot.press("o")
            pilot.app.screen.query_one("#dataset", Input).value = reason
            await pilot.press("enter")
            await until(pilot, lambda: "exist" in on_screen(pilot) or "cannot be reached" in on_screen(pilot))
            assert "\x1b" not in on_screen(pilot)
            await pilot.press("escape")
    app = await started_with(us_names, Opening("[red]gone[bold] \x1b[31m.txt"))
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await until(pilot, lambda: "[red]gone[bold] ␛[31m.txt" in screen_text(app))


WORD = st.sampled_from(HOSTILE) | st.text(max_size=6)
CELLS = st.lists(st.tuples(WORD, WORD | st.integers(0, 99).map(str)), min_size=1, max_size=6)
MUTATION = st.tuples(st.integers(0, 10**6), st.integers(0, 255))


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A CSV file with a header, some bytes of which are changed."""
    text = io.StringIO()
    csv.writer(text).writerows([("name", "n"), *draw(CELLS)])
    data = bytearray(text.getvalue().encode("utf-8", "replace"))
    for place, value in draw(st.lists(MUTATION, max_size=3)):
        data[place % len(data)] = value
    return bytes(data)


LISTS = st.lists(WORD, min_size=1, max_size=6).map(lambda words: "\n".join(words).encode("utf-8", "replace"))


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    st.tuples(st.binary(max_size=60) | LISTS, st.just("any.txt")) | st.tuples(tables(), st.just("any.csv"))
)
async def test_any_list_can_be_viewed_in_the_dataset_and_counts_panes(given: tuple[bytes, str]) -> None:
    try:
        corpus = parse_words(*given)
    except BigramError:
        return
    app = BigramApp(corpus, TrainingSettings(), 1.0)
    app._load_torch = lambda: None  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "b", "2", "right", "down", "v")
        shown = screen_text(app)
    assert "\x1b" not in shown
    assert app.crash is None


async def test_every_pane_works_before_the_second_pass_over_a_large_list(
    us_names: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(us_names.words))
    corpus = read_table(file_source(path), ReadingOptions(), ignore_progress)
    assert corpus.words == ()
    async with opened(corpus, "2", "down", "3", "i", "space", "4", "n", "n") as pilot:
        await until(pilot, lambda: "Names (2)" in on_screen(pilot))
        await pilot.press("t", *"emma", "escape", "1", "3")
        assert "Step 1 of 200" in on_screen(pilot)
