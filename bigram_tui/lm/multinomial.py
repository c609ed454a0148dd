"""Drawing with torch.multinomial, the only draw method that needs torch."""

from collections.abc import Iterator

import torch

from bigram_tui.lm.context import next_state
from bigram_tui.lm.drawn import MAX_LENGTH
from bigram_tui.lm.model import LanguageModel
from bigram_tui.lm.sampling import Draw, Sampler, why_undrawable
from bigram_tui.lm.vocabulary import BOUNDARY


class MultinomialSampler(Sampler):
    """torch.multinomial, one sample a call, as in notebooks; the result depends on the torch build."""

    def __init__(self, model: LanguageModel, seed: int) -> None:
        super().__init__(model, seed)
        self._generator = torch.Generator().manual_seed(seed)
        self._used = 0

    @property
    def used(self) -> int:
        """How many draws were made since seeding."""
        return self._used

    def skip(self, draws: int) -> None:
        """Each draw consumes the same amount of randomness, whatever the probabilities."""
        row = torch.ones_like(torch.from_numpy(self.model.row_for_drawing(BOUNDARY)))
        for _ in range(draws):
            torch.multinomial(row, 1, replacement=True, generator=self._generator)
        self._used += draws

    @property
    def state(self) -> tuple[torch.Tensor, int]:
        """The state of the generator, and how many draws were made before it."""
        return self._generator.get_state(), self._used

    def restore(self, state: tuple[torch.Tensor, int]) -> None:
        """Continue from this state."""
        generator, self._used = state
        self._generator.set_state(generator)

    def draw(self, state: int) -> Draw:
        """One sample of this context's row; raises UndrawableRowError where no P is above 0."""
        row = self.model.row_for_drawing(state)
        if not (row > 0).any():
            raise self.undrawable(state, why_undrawable(row))
        drawn = torch.multinomial(torch.from_numpy(row), 1, replacement=True, generator=self._generator)
        self._used += 1
        return Draw(state, int(drawn.item()), None)

    def names(self) -> Iterator[str]:
        """An endless stream of names, one sample per token."""
        vocabulary, context = self.model.vocabulary, self.model.context
        while True:
            state = BOUNDARY
            tokens = [self.draw(state).token]
            while tokens[-1] != BOUNDARY and len(tokens) < MAX_LENGTH:
                state = next_state(state, tokens[-1], len(vocabulary), context)
                tokens.append(self.draw(state).token)
            yield vocabulary.decode(tokens)
