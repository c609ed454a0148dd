"""Shown: what the Generator's panels show parts of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.model import BigramModel, WordScore, score
from bigram_tui.lm.sampling import Draw
from bigram_tui.session.lookup import Figures
from bigram_tui.session.models import MODELS, ModelKind
from bigram_tui.session.snapshots import Dataset, DrawnToken, Generation, NameSoFar


@dataclass(frozen=True)
class Shown:
    """The data, what was drawn, the models as they stand; and what is typed or chosen by hand instead.

    `model_named` gives the model of a key, `figures` are those that were looked up for what is shown,
    `data_nll` is the data's under the model in use.
    """

    dataset: Dataset
    generation: Generation
    model_named: Callable[[str], BigramModel]
    typed: str | None = None
    choosing: bool = False
    figures: Figures | None = None
    data_nll: float | None = None

    @property
    def signs(self) -> tuple[str, ...]:
        return self.dataset.counts.vocabulary.signs

    @property
    def kind(self) -> ModelKind:
        """The kind of the model in use."""
        return MODELS[self.generation.model]

    @cached_property
    def model(self) -> BigramModel:
        """The model in use."""
        return self.model_named(self.generation.model)

    @cached_property
    def scored(self) -> WordScore | str:
        """The score of the typed name, or what is wrong with it."""
        try:
            return score(self.dataset.counts.vocabulary.encode(self.typed or ""), self.model)
        except UnknownCharacterError as error:
            return str(error)

    @cached_property
    def lane(self) -> NameSoFar:
        """The name of the model in use, or the typed one as if it had been drawn."""
        if self.typed is None:
            return self.generation.lane
        bigrams = self.scored.bigrams if isinstance(self.scored, WordScore) else ()
        model = self.generation.model
        tokens = [DrawnToken(Draw(b.first, b.second, None), b.probability, model) for b in bigrams]
        return NameSoFar(model, tuple(tokens), finished=True)

    def last_drawn(self, lane: NameSoFar) -> DrawnToken | None:
        """The token whose row is shown; none when choosing, or before the first draw."""
        return lane.tokens[-1] if lane.tokens and not self.choosing else None
