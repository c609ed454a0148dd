"""The registry of models: the name of each kind, its colour, and how it is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.model import LanguageModel, UniformModel
from bigram_tui.lm.settings import MAX_CONTEXT
from bigram_tui.texts import say

if TYPE_CHECKING:
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.training import Training


class ModelKind(NamedTuple):
    """A kind of model.

    `key` is its name in files and, for those in MODELS, on the command line; `colour` is the CSS class and
    the theme variable. `is_trained` marks what is learned by gradient descent and needs torch. `context`
    limits counts to that many tokens of context; None: as many as were counted.
    """

    key: str
    colour: str
    build: Callable[[Dataset, Training], LanguageModel]
    is_trained: bool = False
    context: int | None = None

    @property
    def label(self) -> str:
        """Its name in the app."""
        return self.key if self.context is None else say("context {n}", n=self.context)

    def source(self, dataset: Dataset, training: Training) -> object | None:
        """What it is built from, which identifies the model in a cache; None if it cannot be built now."""
        if self.context is not None and self.context > dataset.counts.context:
            return None
        return training.network if self.is_trained else dataset


def _uniform(dataset: Dataset, _: Training) -> LanguageModel:
    return UniformModel(dataset.counts.vocabulary, dataset.counts.context)


COUNTS = ModelKind("counts", "counting", lambda dataset, _: dataset.model)
NETWORK = ModelKind(
    "network", "network", lambda dataset, training: training.model(dataset.counts.vocabulary), is_trained=True
)
UNIFORM = ModelKind("uniform", "uniform", _uniform)

MODELS = {kind.key: kind for kind in (COUNTS, NETWORK, UNIFORM)}
"""Models by key, in the order in which they are offered; the first is the default."""


def _of_context(context: int) -> ModelKind:
    return ModelKind(
        f"context {context}",
        COUNTS.colour,
        lambda dataset, _: dataset.model_of(context),
        context=context,
    )


CONTEXTS = tuple(map(_of_context, range(MAX_CONTEXT + 1)))
"""Counts with each number of tokens of context, to be compared with each other."""

KINDS = {kind.key: kind for kind in (*MODELS.values(), *CONTEXTS)}
"""Every kind of model that names can be drawn from, by key."""

MOST_COMPARED = 6
"""The most contexts that are shown side by side: the shortest ones, and the one in use."""


def compared_contexts(context: int) -> tuple[str, ...]:
    """The keys of the contexts to compare while one of this length is in use."""
    shortest = range(min(context, MOST_COMPARED - 1))
    return tuple(CONTEXTS[each].key for each in (*shortest, context))


COLOURS = tuple(dict.fromkeys(kind.colour for kind in MODELS.values()))
