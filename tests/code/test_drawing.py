"""The code of the Generator pane draws its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.words.corpus import Corpus
from tests.code.cases import NAMES, of_case, opened_file
from tests.code.running import check_compared, check_names, code_of, finish, numbers, printed
from tests.conftest import thoroughly
from tests.driving import app_of, on_screen, opened, until


@pytest.mark.parametrize(
    ("case", "keys", "smoothing"),
    [
        ("plain", ["4", *"nnnnnnn"], 1),
        ("weights", ["4", *"nn"], 0),
        ("rare characters", ["4", *"dnnn"], 1),
        ("plain", ["3", "space", "4", *"mnnn"], 1),
        ("other alphabets", ["4", *"mmnn"], 1),
    ],
)
async def test_generator(tmp_path: Path, case: str, keys: list[str], smoothing: float) -> None:
    corpus = of_case(case, tmp_path)
    async with opened(corpus, *keys, smoothing=smoothing) as pilot:
        check_names(printed(await code_of(pilot), tmp_path), pilot)


@pytest.mark.parametrize(("temperature", "model"), [("0.5", 0), ("2", 1), ("0", 0)])
async def test_generator_at_a_temperature(tmp_path: Path, temperature: str, model: int) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(
        corpus, "4", *["m"] * model, "T", "home", "ctrl+k", *temperature, "enter", "escape", "n", "n"
    ) as pilot:
        check_names(printed(await code_of(pilot), tmp_path), pilot)


async def test_the_lectures_names(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "4", *"nnnnn") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_names(text, pilot)
        generator = app_of(pilot).workspace.generator
        generator.draw_many(1_200)
        await until(pilot, lambda: generator.generation.latest.drawn == 1_205)
        notebook = await code_of(pilot)
        assert notebook.cells[-1].words.endswith("The list of the pane has the newest only.")
        assert printed(notebook, tmp_path) == text
    assert [line.split()[0] for line in text.splitlines()] == [
        "mor",
        "axx",
        "minaymoryles",
        "kondlaisah",
        "anchshizarie",
    ]


async def test_a_typed_name(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", "t", *"emilia", "enter") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        nll, perplexity = numbers(text.splitlines()[-1])
        assert f"nll {nll} nats" in on_screen(pilot)
        assert f"perplexity {perplexity}" in on_screen(pilot)


@pytest.mark.parametrize("temperature", ["0.5", *thoroughly("1", "0")])
@pytest.mark.parametrize("case", ["weights", *thoroughly("plain")])
async def test_models_compared_draw_with_the_same_u(tmp_path: Path, case: str, temperature: str) -> None:
    corpus = of_case(case, tmp_path)
    set_temperature = ["T", "home", "ctrl+k", *temperature, "enter", "escape"]
    async with opened(corpus, "3", *["space"] * 5, "4", *set_temperature, "M", "n", "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "in another way" not in notebook.cells[-1].words
        check_compared(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize("begin", [[], ["d"]])
@pytest.mark.parametrize("keys", [["space", "space", "n", "c", "space"], *thoroughly(["c"], ["space", "c"])])
async def test_names_after_the_list_was_cleared(tmp_path: Path, begin: list[str], keys: list[str]) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", *begin, "n", "n", *keys, "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "before the list was cleared" in notebook.cells[-1].words
        assert "in another way" not in notebook.cells[-1].words
        check_names(printed(notebook, tmp_path), pilot)
        await pilot.press("u")
        notebook = await code_of(pilot)
        assert "before the list was cleared" not in notebook.cells[-1].words
        check_names(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize("keys", [["n", "space", "space", "c"], *thoroughly(["n", "c"])])
async def test_compared_names_after_the_list_was_cleared(tmp_path: Path, keys: list[str]) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "3", "f", "4", "M", *keys, "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "before the list was cleared" in notebook.cells[-1].words
        assert "in another way" not in notebook.cells[-1].words
        check_compared(printed(notebook, tmp_path), pilot)


async def test_the_code_after_clearing_with_a_model_that_draws_nothing_more(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    settings = TrainingSettings(regularization=1e6, learning_rate=1000, steps=60)
    async with opened(corpus, "4", "d", "m", "n", "c", "n", "3", settings=settings) as pilot:
        await finish(pilot)
        await pilot.press("4")
        assert "in another way" in (await code_of(pilot)).cells[-1].words


async def test_a_name_begun_by_another_model_before_the_list_was_cleared(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", "n", "M", "n", "space", "c", "M", "n") as pilot:
        notebook = await code_of(pilot)
        check_names(printed(notebook, tmp_path), pilot)
        await pilot.press("M", "n", "n", "n")
        assert "in another way" in (await code_of(pilot)).cells[-1].words


async def test_names_drawn_with_other_settings_are_mentioned(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)

    async def told() -> bool:
        return "in another way" in (await code_of(pilot)).cells[-1].words

    async with opened(corpus, "4", "n", "n") as pilot:
        assert not await told()
        await pilot.press("m", "m", "n")
        assert await told()
        await pilot.press("x", "down", "enter", "n")
        assert await told()
        await pilot.press("m", "x", "n", "n")
        assert not await told()
        app_of(pilot).workspace.set_smoothing(7)
        assert await told()


async def test_names_that_never_end_are_cut_off(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", b"abababab\nababab\n")
    async with opened(corpus, "4", "T", "home", "ctrl+k", "0", "enter", "escape", "n") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_names(text, pilot)
    assert len(text.split()[0]) == 1_000


# Where the words come from
