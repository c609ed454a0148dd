"""The stream of draws: from one snapshot to the next, back, and in blocks."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice, pairwise

import pytest

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel, UniformModel
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import DEFAULT_SEED, METHODS
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.lm.wanted import Wanted
from bigram_tui.session.drawing import BLOCK, DrawingStream
from bigram_tui.session.snapshots.generation import DrawingProgress, Generation
from bigram_tui.words.corpus import Corpus

BEGINNING = Generation(DEFAULT_SEED)


@pytest.fixture(scope="module")
def models(us_names: Corpus) -> dict[str, CountModel | UniformModel]:
    return {"counts": CountModel(us_names.counts, 1), "uniform": UniformModel(us_names.counts.vocabulary)}


@pytest.fixture
def stream(us_names: Corpus) -> DrawingStream:
    return DrawingStream(us_names, DEFAULT_SEED, METHODS[0])


def drawn_alone(corpus: Corpus, count: int) -> list[str]:
    sampler = InverseTransformSampler(CountModel(corpus.counts, 1), DEFAULT_SEED)
    return list(islice(sampler.names(), count))


def names_of(now: Generation) -> list[str]:
    return [name.name for name in now.names]


def test_names_are_those_of_the_library(us_names: Corpus, stream: DrawingStream, models) -> None:
    now = BEGINNING
    for _ in range(3):
        now = stream.finished(now, models)
    assert names_of(now) == drawn_alone(us_names, 3)
    assert [name.in_dataset for name in now.names] == [name.name in us_names.words for name in now.names]


def test_going_all_the_way_back_and_forward_again_gives_the_same(stream: DrawingStream, models) -> None:
    after = [BEGINNING]
    for _ in range(12):
        after.append(stream.drawn(after[-1], models))
    now = after[-1]
    for before in reversed(after[:-1]):
        now = stream.taken_back(now)
        assert now == before
    assert stream.taken_back(now) == BEGINNING, "there is nothing more to take back"
    for later in after[1:]:
        now = stream.drawn(now, models)
        assert now == later


def test_names_no_longer_kept_cannot_be_taken_back(stream: DrawingStream, models) -> None:
    now = stream.drawn(stream.drawn(BEGINNING, models), models)
    stream.forget()
    assert stream.taken_back(now) == now


def test_taking_back_keeps_the_current_model_and_temperature(stream: DrawingStream, models) -> None:
    now = stream.drawn(BEGINNING, models)
    now = replace(now.with_lanes(["uniform"]), model="uniform", temperature=2.0)
    before = stream.taken_back(now)
    assert (before.model, before.temperature, before.tokens) == ("uniform", 2.0, ())
    assert [lane.model for lane in before.lanes] == ["uniform"]


def test_models_that_are_compared_share_each_u(us_names: Corpus, stream: DrawingStream, models) -> None:
    now = BEGINNING.with_lanes(["counts", "uniform"])
    for _ in range(3):
        now = stream.drawn(now, models)
        counts, uniform = (lane.tokens[-1].draw for lane in now.lanes)
        assert counts.u == uniform.u
    alone, other = DrawingStream(us_names, DEFAULT_SEED, METHODS[0]), BEGINNING
    for _ in range(3):
        other = alone.drawn(other, models)
    assert now.lane == other.lane, "beside another it draws what it draws alone"


def test_a_chosen_token_uses_no_u_and_its_name_is_not_counted(
    us_names: Corpus, stream: DrawingStream, models
) -> None:
    counts = models["counts"]
    now = stream.chosen(BEGINNING, 5, counts)
    (token,) = now.tokens
    assert (token.chosen, token.draw.u, token.probability) == (True, None, counts.probability(BOUNDARY, 5))
    first_u = stream.drawn(BEGINNING, models).tokens[0].draw.u
    stream = DrawingStream(us_names, DEFAULT_SEED, METHODS[0])
    now = stream.finished(stream.chosen(BEGINNING, 5, counts), models)
    assert now.tokens[1].draw.u == first_u
    (name,) = now.names
    assert name.by_hand
    assert [tally.names for tally in now.tallies.values()] == [0]


def test_a_row_that_cannot_be_drawn_from_is_a_problem_and_uses_no_u(us_names: Corpus, models) -> None:
    """Nothing follows the b of this model, whose counts are not smoothed; the other one can go on."""
    V, a, b = len(us_names.counts.vocabulary), 1, 2
    dead_end = CountModel(NgramCounts.from_pairs(us_names.counts.vocabulary, {b: 1, a * V: 1}), 0)
    stream, stuck_models = DrawingStream(us_names, DEFAULT_SEED, METHODS[0]), {**models, "counts": dead_end}
    now = stream.drawn(BEGINNING.with_lanes(["uniform", "counts"]), stuck_models)
    stuck = stream.drawn(now, stuck_models)
    assert "after b" in str(stuck.problem)
    assert stuck.lanes == now.lanes
    after = stream.drawn(stuck, models)
    assert after.problem is None
    sampler = InverseTransformSampler(models["counts"], DEFAULT_SEED)
    sampler.draw(BOUNDARY)
    assert after.tokens[-1].draw == sampler.draw(b)


def test_many_names_stop_at_one_that_cannot_be_drawn(us_names: Corpus, stream: DrawingStream) -> None:
    V, a, b = len(us_names.counts.vocabulary), 1, 2
    model = CountModel(NgramCounts.from_pairs(us_names.counts.vocabulary, {a: 99, b: 1, a * V: 1}), 0)
    now = replace(BEGINNING, progress=DrawingProgress(0, 100_000))
    (last,) = stream.many(now, {"counts": model}, threading.Event())
    assert "after b" in str(last.problem)
    assert set(names_of(last)) == {"a"}
    assert last.drawn == len(last.names) < BLOCK


@pytest.mark.parametrize("count", [1, 2, BLOCK, BLOCK + 2])
def test_many_names_are_drawn_in_blocks_and_the_last_can_be_taken_back(
    us_names: Corpus, stream: DrawingStream, models, count: int
) -> None:
    now = replace(BEGINNING, progress=DrawingProgress(0, count))
    after = list(stream.many(now, models, threading.Event()))
    names = drawn_alone(us_names, count)
    assert [(each.progress.done, each.progress.count) for each in after] == [
        (done, count) for done in dict.fromkeys((min(BLOCK, count - 1), count - 1, count)) if done
    ]
    assert names_of(after[-1]) == names
    (tally,) = after[-1].tallies.values()
    assert (tally.names, tally.bigrams) == (count, sum(len(name) + 1 for name in names))
    back = stream.taken_back(after[-1])
    assert (names_of(back), len(back.tokens)) == (names[:-1], len(names[-1]))


def test_a_name_in_progress_is_the_first_of_many(us_names: Corpus, stream: DrawingStream, models) -> None:
    now = stream.drawn(stream.drawn(BEGINNING, models), models)
    *_, last = stream.many(replace(now, progress=DrawingProgress(0, 4)), models, threading.Event())
    assert names_of(last) == drawn_alone(us_names, 4)


@pytest.mark.parametrize("count", [1, 2, 30])
def test_unwanted_names_are_skipped(us_names: Corpus, stream: DrawingStream, models, count: int) -> None:
    """The names that qualify are in the order of the stream, which continues after the last of them."""
    wanted = Wanted(starts_with="ma", min_length=4, new=True, distinct=True)
    fitting = [n for n in drawn_alone(us_names, 9_000) if n[:2] == "ma" and n[3:] and n not in us_names.words]
    now = replace(BEGINNING, progress=DrawingProgress(0, count))
    *_, last = stream.many(now, models, threading.Event(), wanted)
    names = list(dict.fromkeys(fitting))[:count]
    assert names_of(last) == names
    back = stream.taken_back(last)
    assert (names_of(back), len(back.tokens)) == (names[:-1], len(names[-1]))
    after = stream.finished(stream.finished(back, models), models)
    in_order = drawn_alone(us_names, 9_001)
    assert names_of(after) == [*names, in_order[in_order.index(names[-1]) + 1]]


@pytest.mark.parametrize(("beginning", "names"), [("m", ["mor"]), ("a", ["axx"])])
def test_an_unwanted_name_in_progress_is_skipped_too(
    stream: DrawingStream, models, beginning: str, names: list[str]
) -> None:
    now = replace(stream.drawn(BEGINNING, models), progress=DrawingProgress(0, 1))
    *_, last = stream.many(now, models, threading.Event(), Wanted(beginning))
    assert names_of(last) == names


def test_when_no_name_qualifies_it_stops_and_says_so(stream: DrawingStream, models) -> None:
    now = replace(BEGINNING, progress=DrawingProgress(0, 9))
    *_, last = stream.many(now, models, threading.Event(), Wanted(min_length=999))
    assert "none of 1,000,000 names drawn in a row met the conditions" in str(last.problem)
    assert last.names == ()


def test_new_names_are_looked_up_in_a_file_too_large_to_keep(
    stream: DrawingStream, us_names: Corpus, models
) -> None:
    stream.learn_words(replace(us_names, distinct_words=None))
    now = replace(BEGINNING, progress=DrawingProgress(0, 2_500))
    after = list(stream.many(now, models, threading.Event(), Wanted(new=True)))
    new = [name for name in drawn_alone(us_names, 4_000) if name not in us_names.distinct_words]
    assert [name for each in after for name in names_of(each)[-1:]][-1] == new[2_499]
    assert names_of(after[-1]) == new[1_500:2_500]
    steps = [b.drawn - a.drawn for a, b in pairwise(after)]
    assert max(steps) <= BLOCK, "a file that is written gets them all"


def test_many_names_stop_between_blocks_and_continue_there(
    us_names: Corpus, stream: DrawingStream, models
) -> None:
    stop = threading.Event()
    after: list[Generation] = []
    for now in stream.many(replace(BEGINNING, progress=DrawingProgress(0, 10 * BLOCK)), models, stop):
        after.append(now)
        if len(after) == 2:
            stop.set()
    assert [each.drawn for each in after] == [BLOCK, 2 * BLOCK]
    assert names_of(stream.finished(after[-1], models))[-1] == drawn_alone(us_names, 2 * BLOCK + 1)[-1]
