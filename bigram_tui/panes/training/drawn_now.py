"""Names drawn from the network at the step shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from bigram_tui.lm.context import next_state
from bigram_tui.lm.drawn import LONGEST_SAMPLE, MAX_LENGTH, SAMPLES
from bigram_tui.lm.vocabulary import BOUNDARY, Vocabulary, visible
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import say
from bigram_tui.widgets.lines import LineList

if TYPE_CHECKING:
    from bigram_tui.lm.sampling import Draw, InverseTransformSampler
    from bigram_tui.session.trainer import Trainer
    from bigram_tui.why.explanation import Explanation


class DrawnNow(LineList[str]):
    """What the loss means in practice: a few names, drawn with the same random numbers u after each step."""

    DEFAULT_CSS = "DrawnNow:blur > .lines--cursor { background: $background; }"
    _sampler: InverseTransformSampler | None = None

    def line(self, item: str, width: int) -> Text:
        text = Text(item)
        text.truncate(width, overflow="ellipsis")
        return text

    def show_network(self, training: Training, vocabulary: Vocabulary) -> None:
        """Show the names that the network draws now; a network that diverged draws none."""
        assert training.loss is not None
        self.display = math.isfinite(training.loss.total)
        if self.display:
            sampler = self._sampler_of(training, vocabulary)
            names = [_spelled(_draws(sampler, number), vocabulary) for number in range(SAMPLES)]
            if names != self.items:
                self.show(names, self.cursor)

    def why(self, dataset: Dataset, trainer: Trainer) -> Explanation | str:
        """Explain how the network draws the name under the cursor."""
        from bigram_tui.why.drawing import sample

        training, vocabulary = trainer.training.latest, dataset.counts.vocabulary
        self.show_network(training, vocabulary)
        if not self.display:
            return say("No names can be drawn from a network that diverged. Press , for the last good step.")
        sampler = self._sampler_of(training, vocabulary)
        draws = _draws(sampler, self.cursor)
        return sample(sampler.model, self.cursor, draws, _spelled(draws, vocabulary))

    def _sampler_of(self, training: Training, vocabulary: Vocabulary) -> InverseTransformSampler:
        from bigram_tui.lm.sampling import InverseTransformSampler

        model = training.model(vocabulary)
        sampler, seed = self._sampler, training.settings.seed
        if sampler is None or sampler.seed != seed or sampler.model.vocabulary is not vocabulary:
            sampler = self._sampler = InverseTransformSampler(model, seed)
        sampler.use(model)
        return sampler


def _draws(sampler: InverseTransformSampler, number: int) -> list[Draw]:
    """The draws for a name as far as it is shown; the first name is the first of the sample report."""
    sampler.restore(number * MAX_LENGTH)
    model, draws = sampler.model, [sampler.draw(BOUNDARY)]
    while draws[-1].token != BOUNDARY and len(draws) < LONGEST_SAMPLE:
        state, token, _ = draws[-1]
        draws.append(sampler.draw(next_state(state, token, len(model.vocabulary), model.context)))
    return draws


def _spelled(draws: Iterable[Draw], vocabulary: Vocabulary) -> str:
    name = vocabulary.decode([draw.token for draw in draws])
    return visible(name) or say("(empty)")
