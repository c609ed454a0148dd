"""A remark about the run in words."""

import math

from textual.content import Content

from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import say
from bigram_tui.widgets.prose import Flowing


class Remark(Flowing):
    """Appears where the numbers alone would be puzzling."""

    DEFAULT_CSS = "Remark { height: auto; padding: 0 1; color: $text-warning; display: none; }"

    def __init__(self) -> None:
        super().__init__(Content(""))

    def show(self, training: Training, uniform_nll: float) -> None:
        text = _remark(training, uniform_nll)
        self.display = bool(text)
        self.update(Content(text))


def _remark(training: Training, uniform_nll: float) -> str:
    assert training.losses is not None
    assert training.loss is not None
    if training.seeking is not None:
        return say("Recomputing step {step:,} …", step=training.seeking)
    if training.remark:
        good = say(" Press , for the last good step.") if not math.isfinite(training.loss.total) else ""
        return training.remark + good
    if training.rises_since is not None:
        return say(
            "Since step {step:,} the loss on dev has been rising while that on train falls: the model has "
            "begun to memorize.",
            step=training.rises_since,
        )
    if training.loss.data <= uniform_nll:
        return ""
    first = training.losses[training.losses.first]
    if training.loss.data <= first.data:
        return say(
            "Worse than knowing nothing: random weights prefer some characters to others before they "
            "have seen any data. The first steps unlearn that."
        )
    text = say(
        "Worse than at the start: a learning rate of {rate:,g} makes each step jump too far.",
        rate=training.settings.learning_rate,
    )
    if training.beyond_exp is not None:
        text += say(
            " From step {step:,} on exp(W) leaves float32, where a notebook's exp and sum print inf or nan.",
            step=training.beyond_exp,
        )
    return text
