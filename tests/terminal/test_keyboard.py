"""Keys of any layout and input method, and pastes, as terminals send them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.widgets._toast import Toast

from bigram_tui.terminal.keyboard import Keyboard, is_of_another_layout
from bigram_tui.words.corpus import Corpus
from tests.driving import on_screen, opened
from tests.pseudo_terminal import Terminal
from tests.terminal.test_terminal import go, open_terminal

__all__ = ["open_terminal"]


def keys(sent: str) -> list[tuple[str, str | None]]:
    return [(m.key, m.character) for m in Keyboard().read(sent) if isinstance(m, events.Key)]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("？", "question_mark"),
        ("！", "exclamation_mark"),
        ("，", "comma"),
        ("。", "full_stop"),
        ("、", "backslash"),
        ("【", "left_square_bracket"),
        ("」", "right_square_bracket"),
        ("《", "less_than_sign"),
        ("・", "slash"),
        ("｢", "left_square_bracket"),
        ("（", "left_parenthesis"),
        ("＋", "plus"),
        ("－", "minus"),
        ("\u3000", "space"),
        ("ｎ", "n"),
        ("Ｎ", "N"),
        ("３", "3"),
        ("٣", "3"),
        ("۳", "3"),
        ("३", "3"),
        ("؟", "question_mark"),
        ("ё", "ё"),
        ("你", "你"),
        ("é", "é"),
        ("²", "²"),
    ],
)
def test_wide_and_chinese_characters_and_digits_act_as_the_keys_they_stand_on(typed: str, key: str) -> None:
    """Texts get the character itself; also if sent with Kitty's protocol."""
    assert keys(typed) == [(key, typed)]
    assert keys(f"\x1b[{ord(typed)};;{ord(typed)}u") == [(key, typed)]
    assert keys(f"\x1b[0;;{ord(typed)}u") == [(key, typed)], "from an input method"


@pytest.mark.parametrize(
    ("sent", "key", "character"),
    [
        ("1089::99;;1089", "c", "с"),
        ("1089:1057:99;2;1057", "C", "С"),
        ("1089:1057:99;65;1057", "C", "С"),  # caps lock
        ("1089:1057:99;66;1089", "c", "с"),  # caps lock and shift
        ("1073::44;;1073", "comma", "б"),
        ("1073:1041:44;2;1041", "less_than_sign", "Б"),
        ("951::104;;951", "h", "η"),
        ("1513::97;;1513", "a", "ש"),
        ("1576::102;;1576", "f", "ب"),
        ("1576:65269:102;2;65269", "F", "ﻵ"),
        ("4354::115;;12596", "s", "ㄴ"),
        ("1089::99;5", "ctrl+c", None),
        ("1089::99;133", "ctrl+c", None),  # num lock
        ("1079::112;5", "ctrl+p", None),
        ("99;5", "ctrl+c", None),
        ("97:65;2;65", "A", "A"),
        ("246::59;;246", "ö", "ö"),
        ("233::50;;233", "é", "é"),
        ("1089;;1089", "с", "с"),
        ("1089::;;1089", "с", "с"),
        ("1089::1090;;1089", "с", "с"),
    ],
)
def test_a_letter_of_another_layout_acts_as_the_latin_key_in_its_place(
    sent: str, key: str, character: str | None
) -> None:
    assert keys(f"\x1b[{sent}u") == [(key, character)]


@pytest.mark.parametrize(
    "sent", ["1::9999999999;;1", "1089::99;;9999999999", "99999999999::99;5", "1089::7;;1089"]
)
def test_invalid_key_numbers_do_no_harm(sent: str) -> None:
    keyboard = Keyboard()
    list(keyboard.read(f"\x1b[{sent}u"))
    assert [m.key for m in keyboard.read("q") if isinstance(m, events.Key)] == ["q"]


PASTE, NOTHING_PASTED = "\x1b[200~ann\rbob\x1b[31m\r\x1b[201~", "\x1b[200~\x1b[201~"
SENT = ("\x1b[1089::99;;1089u", PASTE, "q", "\x1b[A", "？", NOTHING_PASTED, "x")


@given(st.sets(st.integers(0, sum(map(len, SENT)))))
def test_input_can_be_split_anywhere(cuts: set[int]) -> None:
    """But not within the start of a sequence, which could be escape or alt+[."""
    text = "".join(SENT)
    places = [0, *sorted(c for c in cuts if not text[:c].endswith(("\x1b", "\x1b["))), len(text)]
    keyboard = Keyboard()
    messages = [m for a, b in pairwise(places) if a < b for m in keyboard.read(text[a:b])]
    told = [m.text if isinstance(m, events.Paste) else getattr(m, "key", None) for m in messages]
    assert told == ["c", "ann\rbob\x1b[31m\r", "q", "up", "question_mark", "", "x"]


def test_an_incomplete_sequence_is_processed_after_a_timeout() -> None:
    keyboard = Keyboard()
    assert list(keyboard.read("\x1b[1;")) == []
    assert keyboard._begun == "\x1b[1;"
    list(keyboard.read(""))
    assert [m.key for m in keyboard.read("\x1b[A") if isinstance(m, events.Key)][-1] == "up"


def test_letters_of_another_layout_are_recognized() -> None:
    assert all(map(is_of_another_layout, ["ж", "Ж", "η", "ש", "ب", "ctrl+с", "你", "か", "ㄴ"]))
    latin = ["a", "é", "ß", "µ", "ª", "ctrl+c", "ｎ", "1", "comma", "？", "space", "f1"]
    assert not any(map(is_of_another_layout, latin))


async def test_with_another_layout_a_message_says_which_keys_work(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        for place, sent in ("1", "ж"), ("question_mark", "ψ"), ("o", "tab"):
            await pilot.press("escape", place, sent)
        await pilot.press("ش", "ש")
        assert len(pilot.app.screen.query(Toast)) == 1
        for words in "keyboard seems", "layout", "f1", "arrows", "tab", "digits", "ctrl+p":
            assert words in on_screen(pilot)
        await pilot.press("escape", "slash", "ж")
        assert "ж" in on_screen(pilot)


def test_keys_of_another_layout_act_by_position_on_a_real_terminal(open_terminal) -> None:
    """With Kitty's protocol, which is requested with alternate keys, and with legacy input."""
    terminal: Terminal = open_terminal()
    terminal.writes("\x1b[>29u")
    go(terminal, "dataset")
    terminal.press("２")
    terminal.shows("smoothing k")
    terminal.press("？")
    terminal.shows("Help: Counts")
    terminal.press("\x1b[27u")
    terminal.hides("Help: Counts")
    terminal.press("\x1b[1097::111;;1097u")  # щ is on the key of o
    terminal.shows("Open a word list")
    terminal.press("\x1b[1097::111;;1097u\x1b[1078::59;;1078u１")
    terminal.shows("щж１")
    terminal.press("\x1b[1081::113;5u")  # ctrl+й is ctrl+q
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_five_megabytes_are_pasted(open_terminal) -> None:
    terminal: Terminal = open_terminal()
    go(terminal, "dataset")
    names = "\r".join(f"{number:x}" for number in range(800_000))
    assert len(names) > 4_500_000
    terminal.press(f"\x1b[200~{names}\x1b[201~")
    terminal.shows("800,000 different")
    terminal.press("\r")
    terminal.shows("pasted list · 800,000 words")
    terminal.press("q")
    assert terminal.ends() == 0
