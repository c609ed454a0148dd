"""The Dataset pane, as a user sees it."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest
from textual.pilot import Pilot

from bigram_tui.session.learning import Learning
from bigram_tui.widgets.progress_line import ProgressLine
from bigram_tui.words.corpus import Corpus, summary
from bigram_tui.words.progress import Progress
from bigram_tui.words.reading import COUNTING, DESCRIBING
from bigram_tui.words.split import split
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until
from tests.lists import parse_words


async def test_the_summary_is_the_reference(us_names: Corpus, reference: dict) -> None:
    figures = reference["us_names_2018.txt"]
    async with opened(us_names) as pilot:
        shown = on_screen(pilot)
    for name in ("names", "distinct_names", "characters", "bigrams", "distinct_bigrams"):
        assert f" {figures[name]:,} " in shown
    for bigram, count in figures["top10"]:
        assert f"{bigram} {count:,}" in shown


async def test_b_shows_two_boundaries_instead_of_one(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        assert "n. 6,808" in on_screen(pilot)
        await pilot.press("b")
        shown = on_screen(pilot)
        assert "n<E> 6,808" in shown
        assert "<S>a 4,438" in shown
        assert re.search(r"<S>e +em +mm +ma +a<E>", shown)
        await pilot.press("b")
        assert "n. 6,808" in on_screen(pilot)
        assert re.search(r"\.e +em +mm +ma +a\.", on_screen(pilot))


async def test_searching_finds_words_and_escape_returns_to_the_list(us_names: Corpus) -> None:
    async with opened(us_names, "slash", *"zoey") as pilot:
        found = sum("zoey" in word for word in us_names.words)
        assert f"Words ({found} of 32,257)" in on_screen(pilot)
        await pilot.press("escape", "2")
        assert "Counts N" in on_screen(pilot)


async def test_digits_typed_into_the_search_are_text(us_names: Corpus) -> None:
    async with opened(us_names, "slash", "2") as pilot:
        shown = on_screen(pilot)
        assert "no word contains this" in shown
        assert "Words (0 of 32,257)" in shown


async def test_the_list_keeps_its_place_while_the_cursor_moves_over_short_and_long_words() -> None:
    words = b"emma\nolivia\nava\ncharlotte\nmia\n"
    for size in ((80, 24), (140, 40)):
        async with opened(parse_words(words, "five"), size=size) as pilot:
            place = pilot.app.screen.query_one("#words").region
            for _ in range(4):
                await pilot.press("down")
                assert pilot.app.screen.query_one("#words").region == place


async def test_the_likelihood_of_a_word_is_shown_however_long_it_is() -> None:
    for size in ((80, 24), (140, 40)):
        async with opened(
            parse_words(b"emma\nolivia\nalexandria\n" + b"ab" * 100, "four"), size=size
        ) as pilot:
            for word in ("emma", "olivia", "alexandria", "abab"):
                shown = " ".join(re.sub("[│▀-▟]", " ", on_screen(pilot)).split())
                assert re.search(r"nll \d\.\d{4} nats per bigram, .*perplexity \d", shown), word
                assert ("…" in shown) == (word == "abab" or (size[0] == 80 and word == "alexandria")), word
                await pilot.press("down")


async def test_the_word_under_the_cursor_is_unrolled_into_its_bigrams() -> None:
    words = ["emma", "olivia", "ava"]
    async with opened(parse_words("\n".join(words).encode(), "three"), "down", "down") as pilot:
        shown = on_screen(pilot)
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: "context 2" in on_screen(pilot))
        assert re.search(r"\.\.a +\.av +ava +va\.", on_screen(pilot)), "the same word, as trigrams"
    text = "".join(f".{word}" for word in words) + "."
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    V = len(set(text))
    probabilities = []
    for bigram in (".a", "av", "va", "a."):
        row = sum(pair[0] == bigram[0] for pair in pairs)
        probabilities.append((pairs.count(bigram) + 1) / (row + V))
        assert bigram in shown
        assert f"{probabilities[-1]:.4f}" in shown
    nll = -sum(map(math.log, probabilities)) / len(probabilities)
    assert f"nll {nll:.4f} nats per bigram, perplexity {math.exp(nll):.2f}" in shown


async def test_the_summary_says_what_was_cleaned() -> None:
    async with opened(parse_words(b"emma\r\n\r\n  ava  \n\n", "messy")) as pilot:
        assert "2 empty, 1 trimmed" in on_screen(pilot)


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((140, 40), (250, 70))])
async def test_all_four_panels_are_present_at_every_size(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, size=size) as pilot:
        shown = on_screen(pilot)
    for title in ("Summary", "Most frequent", "Words (32,257)", "Words by length"):
        assert title in shown


async def test_below_40_by_12_a_message_says_which_size_is_needed(us_names: Corpus) -> None:
    async with opened(us_names, size=(39, 12)) as pilot:
        assert "bigram-tui needs 40×12 characters" in on_screen(pilot)
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert "Summary" in on_screen(pilot)


async def test_markup_and_control_characters_in_words_have_no_effect() -> None:
    words = "[bold]x[/]\n[@click=app.quit]y\n\x1b[31mred\n"
    async with opened(parse_words(words.encode(), "[red]hostile[/]")) as pilot:
        shown = on_screen(pilot)
        assert "[red]hostile[/] · 3 words" in shown
        assert "[bold]x[/]" in shown
        assert "[@click=app.quit]y" in shown
        assert "␛[31mred" in shown
        assert "\x1b" not in shown


async def test_e_exports_the_summary_as_text_and_as_what_stats_prints(
    us_names: Corpus, tmp_path: Path
) -> None:
    async with opened(us_names) as pilot:
        for name in ("summary.txt", "summary.json"):
            await pilot.press("e", "ctrl+u", *str(tmp_path / name), "enter")
            await until(pilot, lambda name=name: f"Saved {tmp_path / name}" in notified(pilot))
    assert re.search(r"^bigrams +229,804$", (tmp_path / "summary.txt").read_text(), re.MULTILINE)
    saved = json.loads((tmp_path / "summary.json").read_text())
    assert saved == json.loads(json.dumps(summary(us_names, us_names.counts)))
    assert saved["top_bigrams"][0] == [["n", "."], 6808]


async def test_the_summary_as_json_is_of_the_ngrams_shown(us_names: Corpus, tmp_path: Path) -> None:
    learning = Learning(context=2, from_train=True)
    async with opened(us_names) as pilot:
        dataset = app_of(pilot).workspace.dataset
        app_of(pilot).workspace.learn(learning)
        await until(pilot, lambda: dataset.latest.learning == learning)
        shown = on_screen(pilot)
        await pilot.press("e", "ctrl+u", *str(tmp_path / "summary.json"), "enter")
        await until(pilot, lambda: "Saved" in notified(pilot))
    saved = json.loads((tmp_path / "summary.json").read_text())
    train = Counter(
        ngram
        for word in split(us_names.words)[0]
        for ngram in zip(f"..{word}", f".{word}.", f"{word}.", strict=False)
    )
    assert (saved["context"], saved["ngrams"], saved["distinct_ngrams"]) == (2, train.total(), len(train))
    assert "bigrams" not in str(saved)
    assert len(saved["top_ngrams"]) == 10
    for ngram, n in saved["top_ngrams"]:
        assert train[tuple(ngram)] == n
        assert re.search(rf"{re.escape(''.join(ngram))} +{n:,}", shown)
    words = saved["split"]["words"]
    assert f"train, {words[0]:,} words" in shown
    assert f"{words[1]:,} held out" in shown
    assert f"{saved['ngrams']:,}" in shown


def notified(pilot: Pilot[None]) -> str:
    """The texts of all notifications."""
    return " ".join(notification.message for notification in app_of(pilot)._notifications)


async def test_the_lesson_leaves_its_pane_visible_in_every_large_enough_terminal(
    us_names: Corpus,
) -> None:
    async with opened(us_names, size=(60, 18)) as pilot:
        await app_of(pilot).action_begin_lesson(2)
        for size in ((60, 18), (40, 12)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: app_of(pilot).screen.size == size)
            await until(pilot, lambda: "emma" in on_screen(pilot))
            assert re.search(r"^ 3/\d+ ", on_screen(pilot), re.MULTILINE), size


async def test_progress_of_reading_is_shown_after_more_progress_of_counting(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        workspace, line = app_of(pilot).workspace, pilot.app.screen.query_one(ProgressLine)
        for done in (1, 2, 3):
            workspace.counting.publish(Progress(COUNTING, done, 10))
            await pilot.pause()
        workspace.counting.publish(None)
        await pilot.pause()
        assert not line.display
        workspace.describing.publish(Progress(DESCRIBING, 1, 10))
        await pilot.pause()
        assert line.display
