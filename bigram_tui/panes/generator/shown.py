"""Shown: everything that the Generator's panels show, each a part of it."""

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.drawn import DrawnName
from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.model import LanguageModel, WordScore, score
from bigram_tui.lm.sampling import Draw, cumulative
from bigram_tui.session.lookup import NameFigures, Subject
from bigram_tui.session.models import KINDS, ModelKind
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import DataNlls, DrawnToken, Generation, NameSoFar
from bigram_tui.texts import say


@dataclass(frozen=True)
class Shown:
    """The data, what was drawn, the models as they are now, and the typed name if there is one.

    `model_named` returns a model by its key; `models` are the keys that exist. `pace` is the number of
    characters drawn automatically per second, if any. `name` is the one under the cursor, `looked_up` are the
    results of the last lookup. `choosing` is whether the user is choosing a token.
    """

    dataset: Dataset
    generation: Generation
    model_named: Callable[[str], LanguageModel]
    models: Collection[str]
    typed: str | None = None
    pace: float | None = None
    name: DrawnName | None = None
    looked_up: NameFigures | None = None
    choosing: bool = False

    @property
    def signs(self) -> tuple[str, ...]:
        return self.dataset.counts.vocabulary.signs

    @property
    def kind(self) -> ModelKind:
        return KINDS[self.generation.model]

    @cached_property
    def model(self) -> LanguageModel:
        return self.model_named(self.generation.model)

    @property
    def subject(self) -> Subject:
        """What the lookup is about."""
        return self.dataset, self.model, self.name, self.typed

    @cached_property
    def figures(self) -> NameFigures | None:
        """The results of the lookup, if they are about the current subject."""
        return self.looked_up if self.looked_up and self.looked_up.subject == self.subject else None

    @property
    def data_nlls(self) -> DataNlls | None:
        """The nlls of the data under the model in use, if known; they do not depend on names."""
        known = self.looked_up
        return known.data_nlls if known and known.subject[:2] == self.subject[:2] else None

    @cached_property
    def scored(self) -> WordScore | str:
        """The score of the typed name, or what is wrong with it."""
        if not self.typed:
            return say("Type a name to see how likely it is")
        try:
            return score(self.dataset.counts.vocabulary.encode(self.typed), self.model)
        except UnknownCharacterError as error:
            return say(error.phrase, **error.gaps)

    @cached_property
    def lanes(self) -> tuple[NameSoFar, ...]:
        """The typed name, or that of each model that draws, with its probabilities under it as it is now."""
        if self.typed is None:
            return tuple(lane.under(self.model_named(lane.model)) for lane in self.generation.lanes)
        bigrams = self.scored.tokens if isinstance(self.scored, WordScore) else ()
        tokens = [DrawnToken(Draw(b.state, b.token, None), b.probability) for b in bigrams]
        return (NameSoFar(self.generation.model, tuple(tokens), finished=True),)

    @property
    def lane(self) -> NameSoFar:
        """The name of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.generation.model)

    def row_of(self, lane: NameSoFar) -> tuple[DrawnToken | None, int]:
        """The token drawn from the row that is shown, if any, and the state that the row belongs to."""
        last = lane.tokens[-1] if self.is_drawn and not self.choosing else None
        return last, last.draw.state if last else lane.state(self.model_named(lane.model))

    def context_of(self, lane: NameSoFar) -> range:
        """The positions of the tokens that are the context of the shown row; the boundary is at −1."""
        last, _ = self.row_of(lane)
        end = len(lane.tokens) - 1 if last else 0 if lane.finished else len(lane.tokens)
        return range(max(end - self.model_named(lane.model).context, -1), end)

    @cached_property
    def is_drawn(self) -> bool:
        """Whether the rows exist that the last tokens were drawn from, all with the same u, by models that
        have not changed since. False after a failed draw."""
        lanes = self.generation.lanes if self.typed is None else self.lanes
        if self.generation.problem or not all(lane.tokens for lane in lanes):
            return False
        return len({lane.tokens[-1].draw.u for lane in lanes}) == 1 and all(map(self._would_draw, lanes))

    def _would_draw(self, lane: NameSoFar) -> bool:
        """Whether the model as it is now would draw the lane's last token."""
        model, last = self.model_named(lane.model), lane.tokens[-1]
        previous, token, u = last.draw
        before = NameSoFar(lane.model, lane.tokens[:-1])
        if before.state(model) != previous or model.probability(previous, token) != last.probability:
            return False
        return u is None or bisect_left(cumulative(model.row_for_drawing(previous)), u) == token
