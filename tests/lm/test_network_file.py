"""Saving and loading a network; files that are damaged or do not fit are refused."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.network_file import FORMAT, SavedNetwork, network_as_bytes, network_from_bytes
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.lm.vocabulary import Vocabulary
from tests.lists import parse_words


@pytest.fixture
def counts() -> NgramCounts:
    return NgramCounts.of(parse_words("emma\nzoë\n再见\n".encode(), "few").words)


@pytest.fixture
def run(counts: NgramCounts) -> TrainingRun:
    run = TrainingRun(counts, TrainingSettings("randn", 3, 50, 2.5, 0.1, batch_size=7))
    for _ in range(9):
        run.step()
    return run


@pytest.fixture
def content(run: TrainingRun) -> bytes:
    return network_as_bytes(run.counts.vocabulary, SavedNetwork(run.state, run.settings))


def read(content: bytes, vocabulary: Vocabulary) -> SavedNetwork:
    return network_from_bytes(content, vocabulary, "it")


def metadata_of(run: TrainingRun) -> dict[str, str]:
    """The metadata that a valid file has."""
    vocabulary = json.dumps(run.counts.vocabulary.characters)
    return {"format": FORMAT, "vocabulary": vocabulary, "settings": "{}", "step": "9"}


def test_saving_loading_and_continuing_equals_continuing(content: bytes, run: TrainingRun) -> None:
    saved = read(content, run.counts.vocabulary)
    assert saved.settings == run.settings
    loaded = TrainingRun(run.counts, saved.settings, saved.state)
    assert (loaded.first, loaded.steps, loaded.losses.last) == (9, 9, run.losses.last)
    for _ in range(20):
        assert loaded.step() == run.step()
    assert torch.equal(loaded.network.W, run.network.W)
    back = loaded.state_at(15)
    assert back is not None
    assert loaded.loss_at(back) == run.losses[15]


@pytest.mark.parametrize("context", [0, 2])
def test_a_network_of_another_context_is_loaded_if_requested(counts: NgramCounts, context: int) -> None:
    run = TrainingRun(NgramCounts.of(["emma", "zoë", "再见"], context), TrainingSettings())
    run.step()
    content = network_as_bytes(counts.vocabulary, SavedNetwork(run.state, run.settings))
    for wanted in (context, None):
        saved = network_from_bytes(content, counts.vocabulary, "it", wanted)
        assert torch.equal(saved.state.network.W, run.network.W)
    with pytest.raises(FileError, match=f"trained with a context of {context}, and one of 1 is needed"):
        read(content, counts.vocabulary)


def test_another_vocabulary_is_refused(content: bytes) -> None:
    other = NgramCounts.of(parse_words(b"abc\n", "other").words).vocabulary
    with pytest.raises(FileError, match=r"another vocabulary, of 8 characters, and this dataset has 3"):
        read(content, other)


def test_a_damaged_file_is_refused(content: bytes, run: TrainingRun) -> None:
    whole, deep = content, b"[" * 100_000
    damaged = [b"", whole[:5], whole[:-1], whole[:200], b"\xff" * 400, b"{}" + whole]
    for content in (*damaged, len(deep).to_bytes(8, "little") + deep):
        with pytest.raises(FileError, match="damaged or no network file"):
            read(content, run.counts.vocabulary)


def test_a_file_of_another_kind_is_refused(run: TrainingRun) -> None:
    content = save({"weight": torch.zeros(3)})
    with pytest.raises(FileError, match="not a network saved by bigram-tui"):
        read(content, run.counts.vocabulary)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("settings", "[1]"),
        ("settings", '{"learning_rate": "fast"}'),
        ("settings", '{"learning_rate": -1}'),
        ("settings", '{"speed": 1}'),
        ("settings", '{"seed": 1e9}'),
        ("settings", '{"steps": 2.5}'),
        ("settings", '{"batch_size": true}'),
        ("step", "-3"),
        ("step", f"{10**30}"),
        ("step", "many"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused(run: TrainingRun, name: str, value: str) -> None:
    metadata = metadata_of(run)
    tensors = {"W": run.network.W, "generator": run.state.generator}
    content = save(tensors, metadata)
    assert read(content, run.counts.vocabulary).settings == TrainingSettings()
    content = save(tensors, metadata | {name: value})
    with pytest.raises(FileError, match="damaged"):
        read(content, run.counts.vocabulary)


@pytest.mark.parametrize("part", ["W", "generator", "vocabulary", "settings", "step"])
def test_what_is_missing_is_named(run: TrainingRun, part: str) -> None:
    tensors, metadata = {"W": run.network.W, "generator": run.state.generator}, metadata_of(run)
    for parts in (tensors, metadata):
        parts.pop(part, None)
    with pytest.raises(FileError, match=f"is damaged: it has no {part}$"):
        read(save(tensors, metadata), run.counts.vocabulary)


@pytest.mark.parametrize("W", [torch.zeros(2, 2), torch.zeros(9, 9).double(), torch.full((9, 9), torch.nan)])
def test_weights_that_do_not_fit_are_refused(run: TrainingRun, W: torch.Tensor) -> None:
    metadata = metadata_of(run)
    content = save({"W": W, "generator": run.state.generator}, metadata)
    with pytest.raises(FileError, match="finite numbers"):
        read(content, run.counts.vocabulary)
