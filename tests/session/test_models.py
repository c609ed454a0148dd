"""The registry of models: all that asks which models there are finds the same ones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bigram_tui.lm.model import tempered
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.session.models import COLOURS, COUNTS, MODELS, NETWORK
from bigram_tui.session.snapshots import Dataset, Generation, Training
from bigram_tui.themes import OWN_THEMES, own_colours
from bigram_tui.words.corpus import Corpus


@pytest.fixture(scope="module")
def built_from(us_names: Corpus) -> tuple[Dataset, Training]:
    """The word list that ships, and a network that was trained on it for three steps."""
    from bigram_tui.lm.training import TrainingRun

    run = TrainingRun(us_names.counts, settings := TrainingSettings(init="randn"))
    for _ in range(3):
        run.step()
    training = Training(settings, run.state, losses=run.losses, changes=run.changes)
    return Dataset(us_names, us_names.counts, smoothing=2), training


@pytest.mark.parametrize("key", MODELS)
def test_each_kind_builds_a_model_whose_rows_are_probabilities(
    key: str, built_from: tuple[Dataset, Training]
) -> None:
    model, V = MODELS[key].build(*built_from), len(built_from[0].counts.vocabulary)
    for token in range(V):
        row = model.row(token)
        assert row.shape == model.row_for_drawing(token).shape == (V,)
        assert row.sum() == pytest.approx(1)
        assert model.row_for_drawing(token) == pytest.approx(row)
        assert [model.probability(token, j) for j in range(V)] == row.tolist()


def test_a_model_is_built_from_the_snapshots(built_from: tuple[Dataset, Training]) -> None:
    dataset, training = built_from
    assert training.network is not None
    e, m = (dataset.counts.vocabulary.index[character] for character in "em")
    n, total, V = dataset.counts.N[e, m], dataset.counts.N[e].sum(), len(dataset.counts.vocabulary)
    assert COUNTS.build(dataset, training).probability(e, m) == (n + 2) / (total + 2 * V)
    exp = np.exp(training.network.W.double().numpy()[e])
    assert NETWORK.build(dataset, training).probability(e, m) == pytest.approx(exp[m] / exp.sum())
    assert NETWORK.build(dataset, training).description == "network after 3 steps"


def test_what_is_trained_is_not_there_before_the_training_is(built_from: tuple[Dataset, Training]) -> None:
    dataset, training = built_from
    before = Training(TrainingSettings())
    assert [kind.key for kind in MODELS.values() if kind.source(dataset, before)] == ["counts", "uniform"]
    assert all(kind.source(dataset, training) for kind in MODELS.values())


def test_names_are_drawn_from_the_first_kind_unless_another_is_chosen() -> None:
    assert Generation(seed=1).model == next(iter(MODELS))


def test_every_colour_of_a_model_is_in_every_theme_also_for_areas() -> None:
    for theme in OWN_THEMES.values():
        colours = own_colours(theme)
        assert all(colour in colours and f"{colour}-soft" in colours for colour in COLOURS)


def test_the_registry_loads_nothing_that_takes_long() -> None:
    code = "import sys, bigram_tui.session.models; print({'torch', 'numpy', 'textual'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("temperature", [1, 0.5])
def test_each_kind_can_be_explained_and_written_as_code(
    key: str, temperature: float, built_from: tuple[Dataset, Training]
) -> None:
    from bigram_tui.code.models import probabilities_cells
    from bigram_tui.why.probability import probability

    kind, signs = MODELS[key], built_from[0].counts.vocabulary.signs
    model = tempered(kind.build(*built_from), temperature)
    shown = f"{model.probability(1, 2):.4f}"
    assert probability(model, signs, 1, 2, shown).result == shown
    *_, P = probabilities_cells(kind.build(*built_from), *built_from, "double")
    assert P.code.startswith("P = ")
