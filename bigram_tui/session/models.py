"""The registry of models: what each kind is called, looks like, needs and is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bigram_tui.lm.model import LanguageModel, NetworkModel, UniformModel

if TYPE_CHECKING:
    from bigram_tui.session.snapshots import Dataset, Training


@dataclass(frozen=True)
class ModelKind:
    """A kind of model.

    `key` is what the command line, JSON and CSV say, `colour` the CSS class and the theme's variable.
    `is_trained` is one that gradient descent learns, which needs torch.
    """

    key: str
    label: str
    colour: str
    build: Callable[[Dataset, Training], LanguageModel]
    is_trained: bool = False

    def source(self, dataset: Dataset, training: Training) -> object | None:
        """What it is built from, and is the same model as long as that is the same; None if there is none."""
        return training.network if self.is_trained else dataset


def _network(dataset: Dataset, training: Training) -> LanguageModel:
    assert training.network is not None
    return NetworkModel(training.network, training.step, dataset.counts.vocabulary)


def _uniform(dataset: Dataset, _: Training) -> LanguageModel:
    return UniformModel(dataset.counts.vocabulary, dataset.counts.context)


COUNTS = ModelKind("counts", "counts", "counting", lambda dataset, _: dataset.model)
NETWORK = ModelKind("network", "network", "network", _network, is_trained=True)
UNIFORM = ModelKind("uniform", "uniform", "uniform", _uniform)

MODELS = {kind.key: kind for kind in (COUNTS, NETWORK, UNIFORM)}
"""By key, in the order in which they are offered; the first is the default."""

COLOURS = tuple(dict.fromkeys(kind.colour for kind in MODELS.values()))
