"""Characters, their indices, and signs that any terminal can show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary, normalize, sign, visible

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_boundary_is_index_0_and_characters_follow_sorted() -> None:
    vocabulary = Vocabulary.of("emma")
    assert vocabulary.characters == ("a", "e", "m")
    assert vocabulary.index == {"a": 1, "e": 2, "m": 3}
    assert vocabulary.signs == (".", "a", "e", "m")
    assert len(vocabulary) == 4


def test_a_word_is_enclosed_in_boundaries() -> None:
    vocabulary = Vocabulary.of("emma")
    assert vocabulary.encode("emma") == [BOUNDARY, 2, 3, 3, 1, BOUNDARY]
    assert vocabulary.show(vocabulary.encode("emma")) == ".emma."
    assert vocabulary.encode("") == [BOUNDARY, BOUNDARY]


@given(ANY_TEXT)
def test_decoding_gives_the_word_back(word: str) -> None:
    vocabulary = Vocabulary.of(normalize(word))
    assert vocabulary.decode(vocabulary.encode(word)) == normalize(word)


@pytest.mark.parametrize(
    ("text", "boundary"),
    [("abc", "."), ("J.R.", "∎"), (".∎", "¤"), (".∎¤", "‡"), (".∎¤‡", "§"), ("∎¤‡§", ".")],
)
def test_the_boundary_is_shown_as_the_first_unused_sign(text: str, boundary: str) -> None:
    vocabulary = Vocabulary.of(text)
    assert vocabulary.signs[BOUNDARY] == boundary
    assert set(vocabulary.signs[1:]) == set(text)


def test_a_full_stop_in_a_word_is_an_ordinary_character() -> None:
    vocabulary = Vocabulary.of("j.r")
    assert vocabulary.encode("j.r.") == [0, 2, 1, 3, 1, 0]
    assert vocabulary.show([0, 2, 1, 3, 1, 0]) == "∎j.r.∎"


def test_the_boundary_is_distinguishable_even_if_all_its_signs_are_used() -> None:
    boundary, *others = Vocabulary.of(".∎¤‡§").signs
    assert boundary
    assert boundary not in others


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        (" ", "␣"),
        ("\t", "␉"),
        ("\x1b", "␛"),
        ("\x1f", "␟"),
        ("\x7f", "␡"),
        ("\x85", "‹U+0085›"),
        ("\x9b", "‹U+009B›"),
        ("\u00a0", "‹U+00A0›"),
        ("\u200b", "‹U+200B›"),
        ("\u202e", "‹U+202E›"),
        ("\u2028", "‹U+2028›"),
        ("\ufeff", "‹U+FEFF›"),
        ("\U000e0001", "‹U+E0001›"),
        ("\u0301", "◌\u0301"),
        ("\u0940", "◌\u0940 "),
        ("\u1161", "◌\u1161"),
        ("\u3164", "‹U+3164›"),
        ("\ufe0f", "‹U+FE0F›"),
        ("\U0001f3fd", "‹U+1F3FD›"),
        ("\U0001f1e9", "‹U+1F1E9›"),
        ("␣", "␣‹U+2423›"),
        ("␛", "␛‹U+241B›"),
        ("␡", "␡‹U+2421›"),
        ("[", "["),
        ("é", "é"),
        ("名", "名"),
        ("א", "א"),
        ("🙂", "🙂"),
    ],
)
def test_every_character_has_a_visible_sign(character: str, shown: str) -> None:
    assert sign(character) == shown


def disturbs_a_terminal(text: str) -> bool:
    """Whether a control, format, bidirectional or line-breaking character, or a lone surrogate is in it."""
    return any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in text)


@given(ANY_TEXT)
def test_signs_are_harmless_and_all_different(text: str) -> None:
    signs = Vocabulary.of(text).signs
    assert len(set(signs)) == len(signs)
    assert not any(disturbs_a_terminal(shown) or shown.isspace() or not shown for shown in signs)


@given(st.text())
def test_signs_never_affect_a_terminal(text: str) -> None:
    assert not disturbs_a_terminal(visible(text))


@pytest.mark.parametrize(
    "text",
    [
        "emma",
        "Mary Ann",
        "[bold]x[/bold]",
        "zoë",
        "x\u0301",
        "กำหนึ่ง",
        "कीर्ति",
        "\u1112\u119e\u11ab",
        "שָׁלוֹם",
        "名前",
    ],
)
def test_readable_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_joined_emoji_are_shown_as_their_parts() -> None:
    assert visible("👩\u200d🚀") == "👩‹U+200D›🚀"
    assert visible("❤\ufe0f") == "❤‹U+FE0F›"
    assert visible("👍🏽 🇩🇪") == "👍‹U+1F3FD› ‹U+1F1E9›‹U+1F1EA›"


@given(ANY_TEXT)
def test_the_width_of_a_text_is_that_of_its_parts(text: str) -> None:
    """Otherwise, the width of a line would differ from the sum of its parts."""
    for part in ("x" + text, "".join(map(sign, text))):
        shown = visible(part)
        assert cell_len(shown) == sum(map(cell_len, shown))


def test_an_escape_sequence_is_shown_by_its_characters() -> None:
    assert visible("\x1b[31mred\x07") == "␛[31mred␇"


def test_unknown_characters_are_named_once_each_by_their_signs() -> None:
    vocabulary = Vocabulary.of("emma")
    with pytest.raises(UnknownCharacterError) as caught:
        vocabulary.encode("ze m\x1bz")
    message = str(caught.value)
    for named in ("“z”", "“␣”", "“␛”"):
        assert message.count(named) == 1
    assert "“e”" not in message
    assert not disturbs_a_terminal(message)


def test_a_single_unknown_character_uses_the_singular() -> None:
    with pytest.raises(UnknownCharacterError, match=r"^“ë” is not a character of this dataset$"):
        Vocabulary.of("zo").encode("zoë")
