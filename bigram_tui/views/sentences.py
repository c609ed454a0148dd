"""Rows of tables as sentences, one per line, for screen readers."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bigram_tui.lm.vocabulary import OTHER, SPACE_SIGN
from bigram_tui.views.grid import GridView
from bigram_tui.views.numbers import number
from bigram_tui.views.view import View

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row

SPOKEN = {SPACE_SIGN: "space", OTHER: "any rare character"}
"""Signs that stand for something else."""


def _said(sign: str) -> str:
    """A token in words if a screen reader would skip its sign, as punctuation: its name in Unicode."""
    character = sign.strip("◌ ") or sign
    if sign in SPOKEN or len(character) > 1 or character.isalnum():
        return SPOKEN.get(sign, sign)
    return unicodedata.name(character, sign).lower()


def spoken(signs: Iterable[str], boundary: str) -> str:
    """Tokens in sequence; repeated boundaries at the start become one."""
    tokens = list(signs)
    before = ["the boundary"] if boundary in tokens else []
    return " ".join([*before, *(_said(token) for token in tokens if token != boundary)])


def follows(token: str, context: Iterable[str], boundary: str) -> str:
    """“a follows n”."""
    return f"{spoken([token], boundary)} follows {spoken(context, boundary) or 'any character'}"


def listed(signs: Iterable[str], boundary: str) -> str:
    """“the boundary, a, b”."""
    return ", ".join(spoken([sign], boundary) for sign in signs)


def measured(value: float, decimals: int = 4) -> str:
    """A probability or loss without the exponent of a tiny one, which is easily misheard."""
    if math.isinf(value):
        return "infinitely many"
    text = number(value, decimals)
    return f"less than {10**-decimals:.{decimals}f}" if "e" in text else text


def counted(number_of: int, what: str = "time") -> str:
    """“679 times”, “1 context”."""
    return f"{number_of:,} {what}{'' if number_of == 1 else 's'}"


def table_as_sentences(view: GridView) -> Iterator[str]:
    """For each context what follows it, largest value first, generated lazily."""
    signs, boundary = view.signs, view.signs[0]
    for i in range(len(view)):
        row, context = view.row(i), view.context_of(i)
        ranked = sorted(range(len(signs)), key=lambda token: -row[token])
        total = sum(row)
        of = spoken(context, boundary) or "any character"
        if view.kind is not View.COUNTS:
            yield f"The row of {of} sums to {number(total)}."
            what = "with probability" if view.kind is View.PROBABILITIES else "with"
            for j in ranked:
                yield f"{follows(signs[j], context, boundary)} {what} {measured(row[j])}."
            continue
        yield f"{of} is followed {counted(int(total))}."
        for j in ranked:
            if row[j]:
                share = f"{row[j] / total:.1%}" if row[j] / total >= 0.0005 else "less than 0.1%"
                yield f"{follows(signs[j], context, boundary)} {counted(int(row[j]))}, {share}."
        if never := listed((signs[j] for j in ranked if not row[j]), boundary):
            yield f"Never: {never}."


def score_as_sentence(token: dict[str, Any], boundary: str) -> str:
    """One token of a score, given as in the JSON of `reports.score`."""
    first, second = token["bigram"]
    said = follows(second, token.get("context", [first]), boundary)
    if token["probability"] is None:
        return f"{said}: no row, because without smoothing a context that was never seen has none"
    return f"{said} with probability {measured(token['probability'], 6)}, counted {counted(token['count'])}"


def evaluation_as_sentence(row: Row) -> str:
    """The losses of a context, and the gap between train and dev."""
    k = "" if row.smoothing is None else f" with k {row.smoothing:.3g}"
    said = f"context {row.context}{k}: {measured(row.train)} nats per token on train"
    if row.dev is not None:
        gap = row.dev - row.train
        said += f", {measured(row.dev)} on dev, {measured(abs(gap))} {'above' if gap >= 0 else 'below'} train"
    if row.test is not None:
        said += f", {measured(row.test)} on test"
    return f"{said}; {counted(row.contexts_seen, 'context')} and {counted(row.ngrams, 'n-gram')}"
