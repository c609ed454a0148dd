"""The registry of models: whatever lists the models gets them from here."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import score, tempered
from bigram_tui.lm.settings import SMOOTHERS, TrainingSettings
from bigram_tui.session.models import COLOURS, COUNTS, MODELS, NETWORK
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.session.snapshots.training import Training
from bigram_tui.themes import OWN_THEMES, own_colours
from bigram_tui.views.numbers import number
from bigram_tui.words.corpus import Corpus


@pytest.fixture(scope="module")
def built_from(us_names: Corpus) -> tuple[Dataset, Training]:
    """The bundled word list, and a network that was trained on it for three steps."""
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


def test_the_network_is_not_available_before_there_is_a_run(built_from: tuple[Dataset, Training]) -> None:
    dataset, training = built_from
    before = Training(TrainingSettings())
    assert [kind.key for kind in MODELS.values() if kind.source(dataset, before)] == [
        kind.key for kind in MODELS.values() if not kind.is_trained
    ]
    assert all(kind.source(dataset, training) for kind in MODELS.values())


def test_names_are_drawn_from_the_first_kind_unless_another_is_chosen() -> None:
    assert Generation(seed=1).model == next(iter(MODELS))


def test_every_theme_has_the_colours_of_the_models_also_for_areas() -> None:
    for theme in OWN_THEMES.values():
        colours = own_colours(theme)
        assert all(colour in colours and f"{colour}-soft" in colours for colour in COLOURS)


def test_the_registry_imports_nothing_slow() -> None:
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

    kind = MODELS[key]
    model = tempered(kind.build(*built_from), temperature)
    assert probability(model, 1, 2).result == f"{model.probability(1, 2):.4f}"
    *_, P = probabilities_cells(kind.build(*built_from), *built_from, "double")
    assert P.code.startswith("P = ")


@pytest.mark.parametrize("context", [0, 2, 3])
@pytest.mark.parametrize("smoother", SMOOTHERS)
def test_a_probability_of_any_context_is_explained(smoother: str, context: int, us_names: Corpus) -> None:
    """Ends with the number shown, and has one line for each shorter context that is used."""
    from bigram_tui.why.probability import likelihood_steps, probability

    counts = NgramCounts.of(us_names.words[:2_000], context, us_names.counts.vocabulary)
    vocabulary, V = counts.vocabulary, len(counts.vocabulary)
    for temperature in (1, 0.5):
        model = tempered(Dataset(us_names, counts, 1, smoother).model, temperature)
        for name in ("emma", "xqz"):
            scored = score(vocabulary.encode(name), model)
            for each in scored.tokens:
                explained = probability(model, each.state, each.token)
                assert explained.result == number(each.probability)
                asked = vocabulary.show(tokens_of(each.state, V, context))
                assert any(f"|{asked}) = " in line or not context for line in explained.steps[-1].numbers)
            (*_, last) = likelihood_steps(model, scored.tokens, scored.nll)
            assert "nll" in last.words


def test_an_explanation_names_the_contexts_that_are_used(us_names: Corpus) -> None:
    from bigram_tui.why.probability import probability

    counts = NgramCounts.of(us_names.words, 3)
    model = Dataset(us_names, counts, 1, "kneser-ney").model
    (state,) = {s for s in range(27**3) if counts.vocabulary.show(tokens_of(s, 27, 3)) == "xqe"}
    explained = probability(model, state, 5)
    told = "\n".join(step.words for step in explained.steps)
    assert explained.title == "the probability of “e” after “xqe”"
    assert "“xqe” was never seen" in told
    assert "after “e”" in told.lower()
    lines = [line for step in explained.steps for line in step.numbers]
    assert lines[0] == "1 / 27 = 0.037037"
    assert lines[-1].startswith("P(e|xqe) = ")
