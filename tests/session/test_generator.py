"""The generator: what was drawn, how drawing continues, and undo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from bigram_tui.lm.model import CountModel, LanguageModel, TemperedModel, UniformModel
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import DEFAULT_SEED, METHODS
from bigram_tui.session.generator import NO_TORCH, Generator
from bigram_tui.session.snapshots.generation import DrawingProgress, Generation
from bigram_tui.session.undo import Undo
from bigram_tui.words.corpus import Corpus
from tests.driving import until
from tests.lists import parse_words


class Drawing:
    """The generator of a dataset, with its models and undo."""

    def __init__(self, corpus: Corpus, app: App[None] | None = None) -> None:
        self.models: Mapping[str, LanguageModel] = models_of(corpus)
        self.has_torch = True
        self.undo = Undo([].append)
        self.generator = Generator(
            app or App(),
            corpus,
            Generation(DEFAULT_SEED),
            self.undo,
            lambda key: self.models[key],
            lambda key: key in self.models,
            lambda: self.has_torch,
        )

    @property
    def now(self) -> Generation:
        return self.generator.generation.latest

    @property
    def names(self) -> list[str]:
        return [name.name for name in self.now.names]

    def finish(self, count: int) -> list[str]:
        for _ in range(count):
            self.generator.finish_name()
        return self.names


def models_of(corpus: Corpus) -> dict[str, LanguageModel]:
    return {"counts": CountModel(corpus.counts, 1), "uniform": UniformModel(corpus.counts.vocabulary)}


def one_by_one(corpus: Corpus, count: int) -> list[str]:
    """The names that a sampler draws from the counts."""
    return list(islice(InverseTransformSampler(CountModel(corpus.counts, 1), DEFAULT_SEED).names(), count))


@asynccontextmanager
async def drawing_in_app(corpus: Corpus) -> AsyncIterator[tuple[Pilot[None], Drawing]]:
    app = App[None]()
    async with app.run_test() as pilot:
        yield pilot, Drawing(corpus, app)


@pytest.fixture
def drawing(us_names: Corpus) -> Drawing:
    return Drawing(us_names)


@pytest.fixture(scope="module")
def lecture(reference: dict[str, Any]) -> list[str]:
    """The lecture's first names."""
    names = reference["us_names_2018.txt"]["sampled_names"]
    return list(names["counts, smoothing 1, seed 2147483647, inverse CDF"])


def test_it_draws_from_its_dataset_as_soon_as_it_is_made(drawing: Drawing, lecture: list[str]) -> None:
    assert drawing.finish(5) == lecture[:5]


def test_a_chosen_token_uses_no_random_number(drawing: Drawing, lecture: list[str]) -> None:
    generator = drawing.generator
    generator.draw()
    generator.choose(1)
    assert [(token.draw.token, token.chosen) for token in drawing.now.tokens] == [(13, False), (1, True)]
    generator.take_back()
    assert drawing.finish(2) == lecture[:2]


def test_starting_over_can_be_undone_and_drawing_continues(drawing: Drawing, lecture: list[str]) -> None:
    drawing.finish(2)
    drawing.generator.set_seed(1)
    assert drawing.finish(1) != lecture[:1]
    assert drawing.undo.take_back() == "Seed changed"
    assert (drawing.names, drawing.now.seed) == (lecture[:2], DEFAULT_SEED)
    assert drawing.finish(1) == lecture[:3]
    drawing.generator.start_over()
    assert drawing.names == []
    assert drawing.finish(1) == lecture[:1]


def test_starting_over_with_nothing_drawn_keeps_the_previous_undo(drawing: Drawing) -> None:
    drawing.undo.remember("something else", lambda: None)
    drawing.generator.start_over()
    drawing.generator.clear()
    assert drawing.undo.take_back() == "something else"


def test_undoing_a_clearing_combines_names_from_before_and_after(
    drawing: Drawing, lecture: list[str]
) -> None:
    drawing.finish(2)
    drawing.generator.clear()
    assert (drawing.now.drawn, drawing.now.tallies) == (0, {})
    assert drawing.finish(1) == lecture[2:3]
    drawing.undo.take_back()
    assert (drawing.names, drawing.now.drawn) == (lecture[:3], 3)
    (tally,) = drawing.now.tallies.values()
    assert (tally.names, tally.bigrams) == (3, sum(len(name) + 1 for name in lecture[:3]))


@pytest.mark.parametrize("cleared_after", [0, 2])
def test_the_first_names_of_the_list_are_drawn_again(drawing: Drawing, cleared_after: int) -> None:
    drawing.finish(cleared_after)
    drawing.generator.clear()
    names = drawing.finish(3)
    assert [name.name for name in drawing.generator.first_names("counts", 3)] == names
    assert drawing.names == names, "and nothing of what is there changes"


def test_a_tempered_model_is_built_once(drawing: Drawing) -> None:
    generator = drawing.generator
    assert generator.model is drawing.models["counts"]
    generator.set_temperature(0.5)
    tempered = generator.model
    assert isinstance(tempered, TemperedModel)
    assert (tempered.model, tempered.temperature) == (drawing.models["counts"], 0.5)
    assert generator.model is tempered
    generator.set_temperature(2)
    assert generator.model is not tempered


def test_a_model_that_the_new_dataset_lacks_is_deselected(drawing: Drawing) -> None:
    generator = drawing.generator
    generator.next_model()
    assert (generator.models, drawing.now.model) == (("counts", "uniform"), "uniform")
    generator.compare()
    assert [lane.model for lane in drawing.now.lanes] == ["counts", "uniform"]
    other = parse_words(b"ab\nba\n", "other")
    drawing.models = {"counts": CountModel(other.counts, 1)}
    generator.begin(other)
    assert (drawing.now.model, [lane.model for lane in drawing.now.lanes]) == ("counts", ["counts"])
    assert set("".join(drawing.finish(3))) <= {"a", "b"}


def test_models_are_not_compared_without_a_number_u_to_share(drawing: Drawing) -> None:
    drawing.generator.next_method()
    assert drawing.now.method == METHODS[1]
    drawing.generator.compare()
    assert not drawing.now.comparing
    assert "shows no u" in str(drawing.now.problem)
    drawing.generator.use_model("uniform")
    assert drawing.now.problem is None


def test_torch_multinomial_is_refused_until_torch_is_loaded() -> None:
    drawing = Drawing(parse_words(b"ab", "one"))
    drawing.has_torch = False
    drawing.generator.next_method()
    assert (drawing.now.method, drawing.now.problem) == (METHODS[0], NO_TORCH)
    drawing.has_torch = True
    drawing.generator.next_method()
    assert (drawing.now.method, drawing.now.problem) == (METHODS[1], None)


async def test_many_names_are_the_same_as_one_by_one(us_names: Corpus, tmp_path: Path) -> None:
    names, file = one_by_one(us_names, 1_201), tmp_path / "names.txt"
    async with drawing_in_app(us_names) as (pilot, drawing):
        drawing.finish(1)
        drawing.generator.draw()
        drawing.generator.draw_many(1_200, file)
        assert drawing.now.progress == DrawingProgress(0, 1_200)
        await until(pilot, lambda: drawing.now.progress is None)
        assert (drawing.names, drawing.now.drawn) == (names[-1_000:], 1_201)
        assert file.read_text().splitlines() == names[1:]


async def test_many_names_are_not_shown_after_they_were_abandoned(
    us_names: Corpus, lecture: list[str]
) -> None:
    async with drawing_in_app(us_names) as (pilot, drawing):
        drawing.generator.draw_many(100_000_000)
        await until(pilot, lambda: drawing.now.drawn)
        drawing.generator.start_over()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert (drawing.now.drawn, drawing.now.progress) == (0, None)
        assert drawing.finish(1) == lecture[:1]


async def test_drawing_continues_where_many_names_were_cancelled(us_names: Corpus) -> None:
    async with drawing_in_app(us_names) as (pilot, drawing):
        drawing.generator.draw_many(100_000_000)
        await until(pilot, lambda: drawing.now.drawn)
        drawing.generator.cancel()
        await until(pilot, lambda: drawing.now.progress is None)
        drawn = drawing.now.drawn
        assert drawing.finish(1)[-1] == one_by_one(us_names, drawn + 1)[-1]


async def test_a_file_that_cannot_be_written_is_a_problem(us_names: Corpus, tmp_path: Path) -> None:
    async with drawing_in_app(us_names) as (pilot, drawing):
        (tmp_path / "file").touch()
        drawing.generator.draw_many(10, tmp_path / "file" / "names.txt")
        await until(pilot, lambda: drawing.now.problem)
        assert "names.txt cannot be written: " in str(drawing.now.problem)
        assert drawing.now.progress is None
