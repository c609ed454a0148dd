"""What is going on in the run, in words."""

from __future__ import annotations

import math

from bigram_tui.session.snapshots import Training
from bigram_tui.widgets.rendering import Passage


class Remark(Passage):
    """Says something where the numbers alone would puzzle."""

    DEFAULT_CSS = "Remark { height: auto; padding: 0 2; color: $warning; display: none; }"

    def show(self, training: Training, uniform_nll: float) -> None:
        text = _remark(training, uniform_nll)
        self.display = bool(text)
        self.update(text)


def _remark(training: Training, uniform_nll: float) -> str:
    assert training.losses is not None
    assert training.loss is not None
    if training.seeking is not None:
        return f"Computing step {training.seeking:,} again …"
    if training.remark:
        good = " Press , for the last good step." if not math.isfinite(training.loss.total) else ""
        return training.remark + good
    if training.loss.data <= uniform_nll:
        return ""
    first = training.losses[training.losses.first]
    if training.loss.data <= first.data:
        return (
            "Worse than knowing nothing: random weights prefer some characters to others before they "
            "have seen any data. The first steps unlearn that."
        )
    rate = f"{training.settings.learning_rate:,g}"
    text = f"Worse than at the start: a learning rate of {rate} makes each step jump too far."
    if training.beyond_exp is not None:
        text += (
            f" From step {training.beyond_exp:,} on exp(W) leaves float32, where a notebook's exp "
            "and sum print inf or nan."
        )
    return text
