"""Shown: what the Generator's panels show parts of."""

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from bigram_tui.lm.drawn import DrawnName
from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.model import LanguageModel, WordScore, score
from bigram_tui.lm.sampling import Draw, cumulative
from bigram_tui.session.lookup import Figures, Subject
from bigram_tui.session.models import KINDS, ModelKind
from bigram_tui.session.snapshots import DataNlls, Dataset, DrawnToken, Generation, NameSoFar
from bigram_tui.texts import say


@dataclass(frozen=True)
class Shown:
    """The data, what was drawn, the models as they stand; and a name that is typed instead.

    `model_named` gives the model of a key, `models` are the keys of those there are. `pace` is how many
    characters a second are drawn by themselves, if any. `name` is the one under the cursor, `looked_up` are
    the figures that were found last. `choosing` is whether a token is being chosen by hand.
    """

    dataset: Dataset
    generation: Generation
    model_named: Callable[[str], LanguageModel]
    models: Collection[str]
    typed: str | None = None
    pace: float | None = None
    name: DrawnName | None = None
    looked_up: Figures | None = None
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
        """What figures are looked up about."""
        return self.dataset, self.model, self.name, self.typed

    @cached_property
    def figures(self) -> Figures | None:
        """Those of what is shown, once they were found."""
        return self.looked_up if self.looked_up and self.looked_up.subject == self.subject else None

    @property
    def data_nlls(self) -> DataNlls | None:
        """The data's under the model in use, which does not depend on names, once they were found."""
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
        """The name of each model that is drawn from, as that model now finds it; or the typed one."""
        if self.typed is None:
            return tuple(lane.under(self.model_named(lane.model)) for lane in self.generation.lanes)
        bigrams = self.scored.tokens if isinstance(self.scored, WordScore) else ()
        tokens = [DrawnToken(Draw(b.state, b.token, None), b.probability) for b in bigrams]
        return (NameSoFar(self.generation.model, tuple(tokens), finished=True),)

    @property
    def lane(self) -> NameSoFar:
        """The one of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.generation.model)

    def row_of(self, lane: NameSoFar) -> tuple[DrawnToken | None, int]:
        """The token that was drawn from the row that is shown, if any was, and whose row it is."""
        last = lane.tokens[-1] if self.is_drawn and not self.choosing else None
        return last, last.draw.state if last else lane.state(self.model_named(lane.model))

    def context_of(self, lane: NameSoFar) -> range:
        """The places of the tokens whose row is shown; the boundary stands at −1."""
        last, _ = self.row_of(lane)
        end = len(lane.tokens) - 1 if last else 0 if lane.finished else len(lane.tokens)
        return range(max(end - self.model_named(lane.model).context, -1), end)

    @cached_property
    def is_drawn(self) -> bool:
        """Whether the rows are there from which the last tokens were drawn: all with the same u, none from
        another model, or from one before it changed. There are none after a draw that failed."""
        lanes = self.generation.lanes if self.typed is None else self.lanes
        if self.generation.problem or not all(lane.tokens for lane in lanes):
            return False
        return len({lane.tokens[-1].draw.u for lane in lanes}) == 1 and all(map(self._would_draw, lanes))

    def _would_draw(self, lane: NameSoFar) -> bool:
        """Whether the model as it now stands gives the last token of its lane."""
        model, last = self.model_named(lane.model), lane.tokens[-1]
        previous, token, u = last.draw
        if model.probability(previous, token) != last.probability:
            return False
        return u is None or bisect_left(cumulative(model.row_for_drawing(previous)), u) == token
