"""Words of every script on terminals that disagree about character widths: all columns stay aligned."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pyte.screens
import pytest

from bigram_tui.terminal.steady import steady
from tests.conftest import thoroughly
from tests.pseudo_terminal import Terminal

WORDS = """\
محمد
عَبْدُ اللّٰه
שָׁלוֹם
नमस्ते
क्षत्रिय
हिन्दी
สวัสดี
น้ำ
தமிழ்
မြန်မာ
北京
田中さん
안녕
ᄒᆞᆫ
👨‍👩‍👧
👍🏽
🇩🇪🇫🇷
❤️
é̂x
Z̸a̷l̴g̶o
emma
"""
VISITS = [
    ("2", "smoothing k"),
    ("v+", "of row"),
    ("++", "of row"),
    ("3f", "Loss by step"),
    ("i", "Inside"),
    ("4nnnnnn", "Name so far"),
    ("1\t\x1b[B", "Words"),
]
"""Keys, and the view that they lead to."""


def width_in_glibc(character: str) -> int:
    """The width according to glibc, which gives vowel signs a column of their own, as some terminals do."""
    return 1 if unicodedata.category(character) == "Mc" else pyte_width(character)


pyte_width = pyte.screens.wcwidth


def crooked(screen: pyte.Screen) -> list[str]:
    """The places where a frame does not go straight down from its upper corner to its lower one."""
    rows = [[screen.buffer[y][x].data for x in range(screen.columns)] for y in range(screen.lines)]
    wrong = []
    for y, row in enumerate(rows):
        for x, corner in enumerate(row):
            below = "│╰" if corner == "╭" else "│╯" if corner == "╮" else ""
            for lower in range(y + 1, screen.lines - 1) if below else ():  # the last line is the footer
                if rows[lower][x] not in below:
                    wrong.append(f"line {lower}, column {x}: {''.join(rows[lower])}")
                if rows[lower][x] in below[1]:
                    break
    return wrong


@pytest.mark.parametrize("width", [width_in_glibc, *thoroughly(pyte_width)])
@pytest.mark.parametrize("size", [(80, 24), *thoroughly((40, 12), (140, 40))], ids=str)
def test_frames_are_straight_in_every_pane_whatever_the_script(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], width
) -> None:
    monkeypatch.setattr(pyte.screens, "wcwidth", width)
    words = tmp_path / "words.txt"
    words.write_text(WORDS)
    environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
    terminal = Terminal(command, str(words), size=size, env=environment)
    try:
        terminal.shows("Summary")
        for keys, place in VISITS:
            terminal.press(keys)
            if size != (40, 12):  # where some parts have to be scrolled to
                terminal.shows(place)
            terminal.rests()
            assert crooked(terminal.screen) == []
            terminal.press("\x1b[6~")
            terminal.rests()
            assert crooked(terminal.screen) == []
    finally:
        terminal.kill()


def test_a_vowel_sign_with_a_column_of_its_own_is_not_overwritten(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyte.screens, "wcwidth", width_in_glibc)
    words = tmp_path / "words.txt"
    words.write_text("हिन्दी\n")
    terminal = Terminal(command, str(words), size=(80, 30), env={"TERM": "xterm-256color"})
    try:
        terminal.shows("हिन्दी")
        terminal.shows("◌ि ◌ी")
        terminal.press("2")
        assert "ह◌ि" in terminal.shows("smoothing k").replace(" ", "")
    finally:
        terminal.kill()


def test_a_file_whose_name_is_not_utf8_is_chosen_and_shown(command: str, tmp_path: Path) -> None:
    name = os.fsdecode(b"n\xe4mes \x1b[31m.txt")
    try:
        (tmp_path / name).write_text("emma\nava\n")
    except OSError:
        pytest.skip("this file system has no names that are not UTF-8")
    line = f"cd '{tmp_path}' && '{command}'"
    terminal = Terminal("/bin/sh", "-c", line, size=(80, 24), env={"TERM": "xterm-256color"})
    try:
        terminal.shows("Summary")
        terminal.press("o")
        terminal.shows("n‹U+DCE4›mes ␛[31m.txt")
        terminal.press("\t\t\r")
        terminal.shows("first lines")
        terminal.press("\x1b")
        terminal.press("\x1b[H\x1b[F")  # to the end of the path, which may be long
        terminal.shows("n�mes ␛[31m.txt")
        terminal.press("\r")
        terminal.shows("first lines")
        terminal.press("\r")
        terminal.shows("n‹U+DCE4›mes ␛[31m.txt  ")
        terminal.press("q")
        assert terminal.ends() == 0
    finally:
        terminal.kill()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("\x1b[3;5Hemma│", "\x1b[3;5Hemma│"),
        ("\x1b[3;5H\x1b[1m北京\x1b[0m│", "\x1b[?7l\x1b[3;5H\x1b[1m北京\x1b[9G\x1b[0m│\x1b[?7h"),
        ("\x1b[3;5Hab שלום x", "\x1b[?7l\x1b[3;5Hab שלום\x1b[12G x\x1b[?7h"),
        ("\x1b[3;5Hदी  │", "\x1b[?7l\x1b[3;5H  \x1b[5Gदी\x1b[7G │\x1b[?7h"),
        ("\x1b[3;5Hदी\x1b[0m  │", "\x1b[?7l\x1b[3;5H  \x1b[5Gदी\x1b[7G\x1b[0m │\x1b[?7h"),
        ("\x1b[3;5Hदी│", "\x1b[?7l\x1b[3;5Hदी\x1b[6G│\x1b[?7h"),
        ("北京 anywhere", "\x1b[?7l北京 anywhere\x1b[?7h"),
    ],
    ids=[
        "sure",
        "wide",
        "right to left",
        "with room",
        "with room of another style",
        "without room",
        "unknown place",
    ],
)
def test_the_cursor_is_moved_after_characters_of_doubtful_width(output: str, said: str) -> None:
    assert steady(output) == said
