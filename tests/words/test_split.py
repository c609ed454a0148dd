"""Train, dev and test: the lecture's split, large lists, weights, and duplicates across parts."""

from __future__ import annotations

import itertools
from io import BytesIO
from random import Random

import pytest

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DatasetError, SettingError
from bigram_tui.words import split_counts as module
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.reading import read
from bigram_tui.words.split import Fractions, Split, read_fractions, split
from bigram_tui.words.split_counts import count_split
from bigram_tui.words.streams import Source
from tests.lists import parse_words


def test_the_split_is_that_of_pythons_shuffle(us_names: Corpus) -> None:
    words = list(us_names.words)
    Random(42).shuffle(words)
    n = len(words)
    cuts = 0, int(0.8 * n), int(0.9 * n), n
    expected = [words[a:b] for a, b in itertools.pairwise(cuts)]
    assert list(split(us_names.words)) == expected
    counted = count_split(us_names, 2)
    assert counted.shuffled
    assert list(counted.words) == [len(part) for part in expected]
    in_train = set(expected[0])
    assert counted.in_train(["", "#a", "", "##", expected[0][0], ""]) == [False] * 4 + [True, False]
    assert counted.in_train([""]) == [False]
    assert list(counted.also_in_train) == [sum(w in in_train for w in part) for part in expected[1:]]
    new = [w for w in expected[1] if w not in in_train]
    for ours, words in zip((*counted.ngrams, counted.dev_without_train), (*expected, new), strict=True):
        assert ours == NgramCounts.of(words, 2, us_names.counts.vocabulary)


def test_a_large_list_is_split_in_the_order_of_the_file(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SHUFFLED", 1_000)
    counted = count_split(us_names, 3)
    assert not counted.shuffled
    n = len(us_names.words)
    assert sum(counted.words) == n
    for words, share in zip(counted.words, (0.8, 0.1, 0.1), strict=True):
        assert abs(words - share * n) < 5 * (n * share * (1 - share)) ** 0.5  # five standard deviations
    again = count_split(us_names, 3)
    assert again.ngrams == counted.ngrams
    assert count_split(us_names, 3, Split(seed=43)).ngrams[1] != counted.ngrams[1]
    whole = NgramCounts.of(us_names.words, 3)
    assert sum(part.total for part in counted.ngrams) == whole.total
    assert 0 < counted.also_in_train[0] < counted.words[1]


@pytest.mark.parametrize("most", [1_000_000, 1_000])
def test_equal_words_stay_together(us_names: Corpus, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(module, "MAX_SHUFFLED", most)
    counted = count_split(us_names, 2, Split(together=True))
    assert counted.also_in_train == (0, 0)
    assert counted.dev_without_train == counted.ngrams[1]
    assert sum(counted.words) == us_names.names
    for words, share in zip(counted.words, (0.8, 0.1, 0.1), strict=True):
        assert abs(words / us_names.names - share) < 0.02
    assert count_split(us_names, 2, Split(together=True)).ngrams == counted.ngrams
    assert count_split(us_names, 2, Split(seed=43, together=True)).ngrams[1] != counted.ngrams[1]


def test_a_weighted_entry_goes_to_a_single_part() -> None:
    lines = "name,count\n" + "".join(f"{chr(97 + i)}x,{i + 1}\n" for i in range(20))
    corpus = parse_words(lines.encode(), "t.csv", ReadingOptions(column="name", weight_column="count"))
    counted = count_split(corpus, 1)
    weights = [n for part in counted.ngrams for _, token, n in part.ranked() if not token]
    assert sum(counted.words) == sum(range(1, 21)) == sum(weights)
    entries = [(f"{chr(97 + i)}x", i + 1) for i in range(20)]
    assert list(counted.words) == [sum(n for _, n in part) for part in split(entries)]


def test_characters_missing_from_train_are_counted() -> None:
    words = [f"{chr(97 + i % 3)}" for i in range(30)]
    _, dev, _ = split(list(range(30)))
    words[dev[0]] = "z"
    counted = count_split(parse_words("\n".join(words).encode(), "list"), 1)
    assert counted.unseen_characters == (1, 0)


def test_an_empty_part_is_reported() -> None:
    with pytest.raises(SettingError, match=r"train is empty.*use a longer list"):
        count_split(parse_words(b"emma", "one"), 1)
    with pytest.raises(SettingError, match="dev is empty"):
        count_split(parse_words(b"emma\nolivia\n", "two"), 1)
    whole = count_split(parse_words(b"emma\nolivia\n", "two"), 1, Split(Fractions(100, 0, 0)))
    assert whole.words == (2, 0, 0)


@pytest.mark.parametrize("text", ["80/10/10", "8/1/1", "0.8/0.1/0.1"])
def test_shares_are_proportions(text: str) -> None:
    assert [int(end * 32_033) for end in read_fractions(text).ends] == [25_626, 28_829]


@pytest.mark.parametrize("text", ["80/10", "80", "a/b/c", "0/50/50", "80/-10/30", "nan/1/1", "inf/1/1"])
def test_an_invalid_split_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_fractions(text)


def test_a_pipe_is_refused_unless_its_words_were_kept() -> None:
    def pipe(data: bytes) -> Source:
        return Source("standard input", lambda: BytesIO(data), size=None)

    kept = read(pipe(b"\n".join(b"%d" % i for i in range(50))))
    assert sum(count_split(kept, 1).words) == 50
    weighted = read(pipe(b"a,1\nb,2\n"), ReadingOptions(column="1", weight_column="2"))
    with pytest.raises(DatasetError, match="only once"):
        count_split(weighted, 1)
