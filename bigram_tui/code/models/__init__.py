"""The cells that compute P: one module per kind of model, registered by its class."""

from functools import singledispatch
from importlib import import_module
from pkgutil import iter_modules

from bigram_tui.code.notebook import CodeCell
from bigram_tui.lm.model import LanguageModel
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training


@singledispatch
def probabilities_cells(
    model: LanguageModel, dataset: Dataset, training: Training, dtype: str
) -> list[CodeCell]:
    """The cells that compute the model, ending with its `P`, shape (V, V)."""
    raise NotImplementedError(type(model))


for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
