"""A word as its n-grams, with their probabilities below and its likelihood."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.cells import set_cell_size as fit
from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

from bigram_tui.lm.model import CountModel, score
from bigram_tui.texts import say
from bigram_tui.views.ngrams import spelled
from bigram_tui.views.numbers import number

if TYPE_CHECKING:
    from bigram_tui.lm.smoothing import InterpolatedModel

MAX_UNROLLED = 1_000
"""The most characters of a word that are shown as n-grams."""

ROOMY = 46
"""With at least this many columns there is room to explain a figure."""

COLUMN = 7
"""The width of an n-gram with its probability."""


class UnrolledWord(Visual):
    """For a Static; the number of n-grams per line depends on its width.

    If it is too low for all of them, the last are left out rather than the likelihood, but not the first line
    of them.
    """

    def __init__(self, word: str, model: CountModel | InterpolatedModel, boundaries: tuple[str, str]) -> None:
        """`boundaries` are the signs at the start and at the end."""
        self._word, self._model, self._boundaries = word, model, boundaries
        self._score = score(model.vocabulary.encode(word[:MAX_UNROLLED]), model)
        self.arranged = lru_cache(maxsize=4)(self._arranged)

    def _arranged(self, width: int, height: int | None = None) -> Content:
        model, ngrams = self._model, self._score.tokens
        ngram = partial(spelled, model.vocabulary.signs, model.context)
        labels = [ngram(each.state, each.token, *self._boundaries) for each in ngrams]
        numbers = [number(each.probability) for each in ngrams]
        column = max(COLUMN, *(1 + cell_len(label) for label in labels))
        columns = max(width // column, 1)
        cut = say("the first {n:,} of {all:,} characters", n=MAX_UNROLLED, all=len(self._word))
        lines = [Content.styled(cut, "$muted")] if len(self._word) > MAX_UNROLLED else []
        figures = self._figures(width)
        if height is not None:
            room = max((height - len(lines) - figures.get_height({}, width)) // 2, 1) * columns
            if room < len(labels):
                shown = max(room - 1, 0)
                labels[shown:], numbers[shown:] = ["…"][:room], [""][:room]
        for start in range(0, len(labels), columns):
            part = slice(start, start + columns)
            lines.append(Content("".join(fit(label, column) for label in labels[part])))
            lines.append(Content.styled("".join(each.ljust(column) for each in numbers[part]), "$muted"))
        return Content("\n").join((*lines, figures))

    def _figures(self, width: int) -> Content:
        """The likelihood of the word."""
        model = self._model
        if isinstance(model, CountModel):
            what = say("smoothing {k:g}", k=model.smoothing)
        else:
            what = model.smoother.name
        return Content(
            say(
                "nll {nll} nats per {unit}, perplexity {perplexity} ({model}){lower}",
                unit=say("bigram") if model.context == 1 else say("token"),
                nll=number(self._score.nll),
                lower=say(": lower is likelier") if width >= ROOMY else "",
                perplexity=number(self._score.perplexity, 2),
                model=what,
            )
        )

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self.arranged(width).get_height(rules, width)

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        return self.arranged(width, height).render_strips(width, height, style, options)
