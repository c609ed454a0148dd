"""Longer contexts: published figures, independent implementations, and properties of every smoother."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.context import longest_context
from bigram_tui.lm.counts import NgramCounts, look_up
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.ngrams import NgramTally
from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel, Ladder, Text
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.split import split
from tests.lists import parse_words

LOSS, PROBABILITY = 1e-7, 1e-9
"""The tolerance of a loss and of a probability."""

LISTS = ("names.txt", "us_names_2018.txt")
CONTEXTS = range(9)


class Learned(NamedTuple):
    """A list's split, the contexts learned from train, and the reference figures."""

    parts: tuple[list[str], list[str], list[str]]
    ladder: Ladder
    texts: list[Text]
    figures: dict[str, Any]


@pytest.fixture(scope="module")
def learned(reference: dict[str, Any], us_names: Corpus) -> Callable[[str, pytest.FixtureRequest], Learned]:
    kept: dict[str, Learned] = {}

    def learn(name: str, request: pytest.FixtureRequest) -> Learned:
        if name not in kept:
            words = us_names.words
            if name == "names.txt":
                words = parse_words(request.getfixturevalue("names_txt").read_bytes(), name).words
            parts, vocabulary = split(words), Vocabulary.of("".join(words))
            counts = [NgramCounts.of(part, 8, vocabulary) for part in parts]
            ladder = Ladder(counts[0])
            texts = [Text(ladder, text) for text in counts]
            kept[name] = Learned(parts, ladder, texts, reference[name]["contexts"])
        return kept[name]

    return learn


def state_of(history: str, vocabulary: Vocabulary, context: int) -> int:
    """The number of a context, given its characters; the boundary is a dot."""
    V, state = len(vocabulary), 0
    for character in history:
        state = (state * V + (vocabulary.index | {".": 0})[character]) % V**context
    return state


@pytest.mark.parametrize("name", LISTS)
def test_the_split_is_the_lectures(name: str, learned: Any, request: pytest.FixtureRequest) -> None:
    parts, _, _, figures = learned(name, request)
    assert [len(part) for part in parts] == figures["split"]["words"]
    assert [list(part[:3]) for part in parts] == figures["split"]["first_words"]
    assert [sum(len(word) + 1 for word in part) for part in parts] == figures["split"]["tokens"]
    in_train = set(parts[0])
    assert [sum(word in in_train for word in part) for part in parts[1:]] == figures["split"]["also_in_train"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_every_loss_of_the_reference(
    name: str, context: int, learned: Any, request: pytest.FixtureRequest
) -> None:
    _, ladder, texts, all_figures = learned(name, request)
    figures = all_figures["contexts"][str(context)]
    table = ladder.tables[context]
    assert len(table.rows.states) == figures["contexts_seen"]
    assert len(table.keys) == figures["different_ngrams"]
    for k, losses in figures["add-k"].items():
        assert [text.add_k_nll(float(k), context) for text in texts] == pytest.approx(losses, abs=LOSS)
    for key, smoother in INTERPOLATED.items():
        assert [text.nll(smoother, context) for text in texts] == pytest.approx(figures[key]["nll"], abs=LOSS)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("key", INTERPOLATED)
def test_every_probability_and_discount_of_the_reference(
    name: str, context: int, key: str, learned: Any, request: pytest.FixtureRequest
) -> None:
    _, ladder, _, all_figures = learned(name, request)
    figures = all_figures["contexts"][str(context)][key]
    model = InterpolatedModel(ladder, INTERPOLATED[key], context)
    index = ladder.tables[0].vocabulary.index | {".": 0}
    for question, P in figures["probabilities"].items():
        history, _, following = question.rpartition("|")
        if len(history) < context and not history.startswith("."):
            # Mid-word, backing off from a longer, unseen context.
            history = "q" * (context - len(history)) + history
        shares = list(model.shares(state_of(history, model.vocabulary, context), index[following]))
        assert shares[-1].length <= context
        assert pytest.approx(P, abs=PROBABILITY) == shares[-1].P
    for order, discounts in zip(model.orders, figures.get("discounts", []), strict=False):
        assert order.discounts == pytest.approx(discounts, abs=1e-8)


@pytest.mark.parametrize("name", LISTS)
def test_without_the_words_of_train_names_are_harder(
    name: str, learned: Any, request: pytest.FixtureRequest
) -> None:
    parts, ladder, _, figures = learned(name, request)
    in_train = set(parts[0])
    vocabulary = ladder.tables[0].vocabulary
    for part, expected in zip(
        parts[1:], figures["modified_kneser_ney_5_without_words_of_train"], strict=True
    ):
        new = NgramCounts.of([word for word in part if word not in in_train], 8, vocabulary)
        assert Text(ladder, new).nll(INTERPOLATED["modified-kneser-ney"], 5) == pytest.approx(
            expected, abs=LOSS
        )


# The definitions again, token by token


class Naive:
    """P(w|h) for every smoother by its definition, in plain Python."""

    def __init__(self, words: Sequence[str], characters: Sequence[str], context: int) -> None:
        self.context, self.tokens = context, [".", *characters]
        self.raw: Counter[tuple[str, str]] = Counter()
        before: dict[tuple[str, str], set[str]] = defaultdict(set)
        for word in words:
            text = f".{word}."
            for i in range(1, len(text)):
                for length in range(min(i, context) + 1):
                    self.raw[text[i - length : i], text[i]] += 1
                    if length < i:
                        before[text[i - length : i], text[i]].add(text[i - length - 1])
        self.continuations = {ngram: len(tokens) for ngram, tokens in before.items()}

    def a(self, h: str, w: str) -> int:
        if len(h) == self.context or h.startswith("."):
            return self.raw[h, w]
        return self.continuations.get((h, w), 0)

    def discounts(self, length: int, modified: bool) -> tuple[float, float, float]:
        ngrams = [ngram for ngram in self.raw if len(ngram[0]) == length]
        n1, n2, n3, n4 = (sum(self.a(*ngram) == i for ngram in ngrams) for i in (1, 2, 3, 4))
        if not modified:
            D = n1 / (n1 + 2 * n2) if n1 else 0.5
            return D, D, D
        if not (n1 and n2 and n3 and n4):
            return 0.5, 1.0, 1.5
        Y = n1 / (n1 + 2 * n2)
        D1, D2, D3 = 1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3
        return (D1, D2, D3) if min(D1, D2, D3) >= 0 else (0.5, 1.0, 1.5)

    def P(self, w: str, h: str, key: str) -> float:
        shorter = self.P(w, h[1:], key) if h else 1 / len(self.tokens)
        if key == "witten-bell":
            counts = [self.raw[h, token] for token in self.tokens]
            T = sum(map(bool, counts))
            return (self.raw[h, w] + T * shorter) / (sum(counts) + T) if T else shorter
        a = {token: self.a(h, token) for token in self.tokens}
        if not any(a.values()):
            return shorter
        discounts = self.discounts(len(h), key.startswith("modified"))
        D = {token: discounts[min(n, 3) - 1] if n else 0 for token, n in a.items()}
        return (a[w] - D[w] + sum(D.values()) * shorter) / sum(a.values())


SMALL_LISTS = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=12)


@given(SMALL_LISTS, st.integers(0, 4), st.sampled_from(sorted(INTERPOLATED)), st.text("abcd", max_size=5))
def test_naive_implementations_of_the_definitions_agree(
    words: list[str], context: int, key: str, history: str
) -> None:
    vocabulary = Vocabulary.of("abcd")
    model = InterpolatedModel(Ladder(NgramCounts.of(words, context, vocabulary)), INTERPOLATED[key], context)
    naive = Naive(words, vocabulary.characters, context)
    history = f".{history}"
    row = model.row(state_of(history, vocabulary, context))
    assert row.sum() == pytest.approx(1, abs=1e-12)
    assert row.min() >= 0
    h = history[len(history) - min(context, len(history)) :]
    assert row.tolist() == pytest.approx([naive.P(w, h, key) for w in naive.tokens], abs=1e-12)


@given(SMALL_LISTS, SMALL_LISTS, st.integers(0, 4), st.sampled_from(sorted(INTERPOLATED)))
def test_the_loss_of_a_text_is_the_mean_over_its_tokens(
    words: list[str], others: list[str], context: int, key: str
) -> None:
    vocabulary = Vocabulary.of("abc")
    ladder = Ladder(NgramCounts.of(words, context, vocabulary))
    model = InterpolatedModel(ladder, INTERPOLATED[key], context)
    surprises = []
    for word in others:
        state = 0
        for token in vocabulary.encode(word)[1:]:
            surprises.append(-math.log(model.probability(state, token)))
            state = (state * 4 + token) % 4**context
    text = Text(ladder, NgramCounts.of(others, context, vocabulary))
    assert text.nll(INTERPOLATED[key], context) == pytest.approx(math.fsum(surprises) / len(surprises))


@given(SMALL_LISTS, st.integers(0, 5), st.integers(1, 4))
def test_blocks_are_counted_as_by_the_plain_loop(words: list[str], context: int, size: int) -> None:
    vocabulary = Vocabulary.of("abc")
    tally = NgramTally(vocabulary, context)
    for start in range(0, len(words), size):
        tally.add("\n".join((*words[start : start + size], "")))
    assert tally.counted() == NgramCounts.of(words, context, vocabulary)


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=5), st.integers(1, 9)), min_size=1))
def test_a_weighted_word_counts_as_often_as_its_weight(weighted: list[tuple[str, int]]) -> None:
    vocabulary = Vocabulary.of("abc")
    tally = NgramTally(vocabulary, 2)
    tally.add("\n".join((*(word for word, _ in weighted), "")), [weight for _, weight in weighted])
    repeated = NgramCounts.of([word for word, weight in weighted for _ in range(weight)], 2, vocabulary)
    assert tally.counted() == repeated


@pytest.mark.parametrize("context", [1, 2, 3, 5])
def test_the_best_k_is_lower_than_its_neighbours(
    context: int, learned: Any, request: pytest.FixtureRequest
) -> None:
    _, _, (_, dev, _), _ = learned("us_names_2018.txt", request)
    k = dev.best_k(context)
    best = dev.add_k_nll(k, context)
    for factor in (0.1, 0.5, 0.9, 0.999, 1.001, 1.1, 2, 10):
        assert best <= dev.add_k_nll(k * factor, context) + 1e-12


def test_without_smoothing_unseen_ngrams_are_infinitely_surprising() -> None:
    vocabulary = Vocabulary.of("ab")
    ladder = Ladder(NgramCounts.of(["ab"], 2, vocabulary))
    assert Text(ladder, NgramCounts.of(["ba"], 2, vocabulary)).add_k_nll(0, 2) == math.inf
    assert Text(ladder, NgramCounts.of(["ab"], 2, vocabulary)).add_k_nll(0, 2) == 0


def test_contexts_that_are_too_long_are_refused_with_the_longest_that_works() -> None:
    with pytest.raises(SettingError, match="from 0 to 8"):
        NgramCounts.of(["ab"], 9)
    many = Vocabulary(tuple(map(chr, range(0x4E00, 0x4E00 + 4_999))))
    assert longest_context(5_000) == 4
    with pytest.raises(SettingError, match="the longest context is 4"):
        NgramCounts.of(["一丁"], 5, many)
    assert NgramCounts.of(["一丁"], 4, many).total == 3


def test_rare_characters_share_their_token_in_longer_contexts_too() -> None:
    vocabulary = Vocabulary.of("a�", rare=2)
    counts = NgramCounts.of(["xay", "zaw"], 2, vocabulary)
    other, a = 2, 1
    assert dict(zip(counts.keys, counts.counts, strict=True)) == {
        other: 2,
        other * 3 + a: 2,
        (other * 3 + a) * 3 + other: 2,
        (a * 3 + other) * 3: 2,
    }
    assert np.array_equal(counts.row_counts(other), [0, 2, 0])


def test_the_loss_published_by_eureka_labs_for_4_grams(names_txt: Path) -> None:
    """EurekaLabsAI/ngram, n = 4, k = 0.1: val 2.1118, test 2.106370.

    Their windows run across names over one tape, in which each is followed by a line feed, here a point; the
    last name of the file has none, so that it runs together with the one shuffled behind it.
    """
    lines = names_txt.read_text(encoding="utf-8").splitlines(keepends=True)
    Random(42).shuffle(lines)
    test, val, train = (
        "".join(part).replace("\n", ".") for part in (lines[:1_000], lines[1_000:2_000], lines[2_000:])
    )
    vocabulary, k = Vocabulary.of(".abcdefghijklmnopqrstuvwxyz"), 0.1
    V = len(vocabulary.characters)  # a tape has no boundary token

    def windows(tape: str) -> NgramCounts:
        """The complete 4-grams of a tape; those with a boundary are none of their windows."""
        counts, size = NgramCounts.of([tape], 3, vocabulary), len(vocabulary)
        keys = counts.arrays.keys
        whole = (keys % size != 0) & (keys >= size**3)
        return NgramCounts.from_arrays(vocabulary, keys[whole], counts.arrays.counts[whole], 3)

    learned = windows(train)
    for tape, published, digits in ((val, 2.1118, 4), (test, 2.106370, 6)):
        asked = windows(tape)
        total = look_up(learned.rows.states, learned.rows.totals, asked.arrays.keys // len(vocabulary))
        P = (look_up(*learned.arrays, asked.arrays.keys) + k) / (total + k * V)
        assert round(float(asked.arrays.counts @ -np.log(P)) / asked.total, digits) == published


def test_nltk_agrees_where_definitions_are_the_same(us_names: Corpus) -> None:
    """Lidstone is add-k; nltk's Witten-Bell differs: its lowest order is the raw letter frequencies."""
    from nltk.lm import Lidstone, WittenBellInterpolated
    from nltk.lm import Vocabulary as Tokens
    from nltk.util import everygrams, ngrams

    words, vocabulary = us_names.words[:3_000], us_names.counts.vocabulary
    tokens = Tokens(vocabulary.characters, unk_cutoff=1, unk_label=".")
    for n, k in ((2, 1.0), (3, 0.1), (4, 0.5)):
        theirs = Lidstone(k, n, tokens)
        theirs.fit([ngrams("." * (n - 1) + word + ".", n) for word in words])
        counts = NgramCounts.of(words, n - 1, vocabulary)
        for history, following in (("m", "a"), ("q", "z"), ("em", "m"), ("emm", "a"), (".", "j")):
            history = history.rjust(n - 1, ".")[-(n - 1) :]
            row = counts.row_counts(state_of(history, vocabulary, n - 1))
            P = (row[vocabulary.index[following]] + k) / (row.sum() + k * len(vocabulary))
            assert pytest.approx(theirs.score(following, tuple(history)), rel=1e-12) == P
    witten_bell = WittenBellInterpolated(2, vocabulary=tokens)
    witten_bell.fit([everygrams(f".{word}.", max_len=2) for word in words])
    model = InterpolatedModel(Ladder(NgramCounts.of(words, 1, vocabulary)), INTERPOLATED["witten-bell"], 1)
    for history, following in (("m", "a"), ("q", "z"), ("e", "m"), ("j", "o")):
        token = vocabulary.index[following]
        _, share = model.shares(state_of(history, vocabulary, 1), token)
        P = (share.own + share.passed_on * witten_bell.counts.unigrams.freq(following)) / share.total
        assert pytest.approx(witten_bell.score(following, (history,)), rel=1e-12) == P
