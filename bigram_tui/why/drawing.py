"""Why a character was drawn, and how likely a name is."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bigram_tui.lm.drawn import MAX_LENGTH, DrawnName, Tally
from bigram_tui.lm.model import LanguageModel, ScoredBigram, negative_log, perplexity
from bigram_tui.lm.sampling import cumulative
from bigram_tui.lm.vocabulary import normalize, sign, visible
from bigram_tui.views.numbers import number, precise
from bigram_tui.why.counts import LONGEST_EXAMPLE, contributions, terms_of
from bigram_tui.why.explanation import (
    Explanation,
    P_of,
    Step,
    current,
    following,
    read_aloud,
    rounded,
    summed,
)
from bigram_tui.why.models import probability_steps
from bigram_tui.why.probability import LISTED, likelihood_steps, perplexity_step

if TYPE_CHECKING:
    from bigram_tui.lm.counts import NgramCounts
    from bigram_tui.lm.sampling import Draw
    from bigram_tui.session.snapshots import DrawnToken, NameSoFar


def running_sum(
    model: LanguageModel, signs: Sequence[str], first: int, order: Sequence[int], place: int
) -> Explanation:
    """The sum of P up to a bar, in the order of the bars."""
    row, second = model.row(first), order[place]
    value = float(np.cumsum(row[list(order)])[place])
    terms, _ = summed(((signs[j], float(row[j])) for j in order[: place + 1]), value)
    y = following(signs, second)
    words = f"The bar shows the running sum of P: of all tokens up to {y}, in the order of the bars."
    return Explanation(
        f"the running sum of P up to {y}",
        (
            *probability_steps(model, signs, first, second, precise(float(row[second]))),
            Step(words, (terms, f"= {rounded(value, f'{value:.4f}')}")),
        ),
    )


def drawn(model: LanguageModel, signs: Sequence[str], token: DrawnToken) -> Explanation:
    """How a character came to be drawn."""
    first, second, u = token.draw
    x, y, title = current(signs, first), following(signs, second), "how {} came after {}"
    ends = cumulative(model.row_for_drawing(first))
    unchanged = model.probability(first, second) == token.probability
    if not unchanged or (u is not None and bisect_left(ends, u) != second):
        steps = _drawn_otherwise(model, signs, token)
    elif token.chosen:
        words = f"{y} was chosen by hand, not drawn. A draw would have given it with this probability."
        steps = [Step(words), *probability_steps(model, signs, first, second, f"{token.probability:.4f}")]
    elif u is None:
        words = "torch.multinomial drew it. It shows no u, but draws each token as often as its P says."
        steps = [Step(words), *probability_steps(model, signs, first, second, f"{token.probability:.4f}")]
    else:
        steps = [
            *probability_steps(model, signs, first, second, precise(token.probability)),
            *_fallen(model, signs, token.draw, ends, f"{token.probability:.4f}"),
        ]
    return Explanation(title.format(y, x), tuple(steps))


def _fallen(
    model: LanguageModel, signs: Sequence[str], draw: Draw, ends: Sequence[float], shown: str
) -> list[Step]:
    """Where u fell on the line of a row, on a stretch whose width ends as `shown`."""
    first, second, u = draw
    row, y = model.row_for_drawing(first), following(signs, second)
    begin, end = _stretch(ends, second)
    before = summed(((signs[j], float(row[j])) for j in range(second)), begin) if second else ("0",)
    return [
        Step(
            f"The probabilities of all that can come after {current(signs, first)} are laid end to end from "
            "0 to 1, in the order of the vocabulary. Each token owns a stretch as wide as its P."
        ),
        Step(f"The stretch of {y} begins where those before it end, at the sum of their P.", before),
        Step(
            "Its own P leads to its end.",
            (f"{precise(begin)} + {precise(float(row[second]))} = {precise(end)}",),
        ),
        Step(
            f"The random number u, which the seed determines, fell on this stretch. So {y} was drawn.",
            (f"{precise(begin)} < u = {u:.6f} ≤ {precise(end)}",),
        ),
        Step(
            "Numbers u fall everywhere equally often. So the chance to fall here is the width of the "
            "stretch: P.",
            (f"{precise(end)} − {precise(begin)} ≈ {shown}",),
        ),
    ]


def _stretch(ends: Sequence[float], token: int) -> tuple[float, float]:
    """Where the stretch of a token begins and ends."""
    return max(ends[token - 1], 0.0) if token else 0.0, ends[token]


def sample(
    model: LanguageModel, signs: Sequence[str], place: int, draws: Sequence[Draw], shown: str
) -> Explanation:
    """How the characters of the name at this place of the list, which is shown so, came to be drawn; of
    the first one in detail."""
    begin, lines = draws[0], []
    for first, second, u in draws[1:LISTED]:
        start, end = _stretch(cumulative(model.row_for_drawing(first)), second)
        lines.append(
            f"after {signs[first]}: {precise(start)} < u = {u:.6f} ≤ {precise(end)}: {signs[second]}"
        )
    if len(draws) > LISTED:
        lines.append(f"… and {len(draws) - LISTED:,} more")
    P = precise(model.probability(begin.previous, begin.token))
    ends = cumulative(model.row_for_drawing(begin.previous))
    then = "Then each character is drawn from the row of the one before, with the next u, until the end."
    return Explanation(
        f"how {shown[:LONGEST_EXAMPLE]} was drawn",
        (
            Step(
                f"The names are drawn from the {model.description}, at each step from the same numbers u. So "
                f"they change only as the network does. This is name {place + 1}; it begins with number "
                f"{place * MAX_LENGTH + 1:,} from the seed, since a name takes up to {MAX_LENGTH:,}."
            ),
            *probability_steps(model, signs, begin.previous, begin.token, P),
            *_fallen(model, signs, begin, ends, P),
            *([Step(then, tuple(lines))] if lines else []),
            Step("One after the other they are the name.", (shown,)),
        ),
    )


def _drawn_otherwise(model: LanguageModel, signs: Sequence[str], token: DrawnToken) -> list[Step]:
    """Of a character that was drawn from other probabilities than there are now."""
    first, second, _ = token.draw
    now, then = model.probability(first, second), token.probability
    P, words = P_of(signs, first, second), "The bars show the probabilities as they are now."
    was = (
        "It was drawn with other ones: from another model, or with another smoothing, temperature or step "
        "of the training. Its probability then stands below the letter."
    )
    return [
        Step(f"{read_aloud(signs, first, second)} {words}", (f"now {P} = {rounded(now, f'{now:.4f}')}",)),
        Step(was, (f"then {P} = {rounded(then, f'{then:.3f}')}",)),
    ]


def likelihood(
    model: LanguageModel, signs: Sequence[str], lane: NameSoFar, what: str, standing: Sequence[Step]
) -> Explanation:
    """The likelihood of the name so far, or of a typed one, of which it is said where it stands."""
    bigrams = [ScoredBigram(t.draw.previous, t.draw.token, t.probability) for t in lane.tokens]
    unchanged = all(model.probability(b.first, b.second) == b.probability for b in bigrams)
    steps = likelihood_steps(model if unchanged else None, signs, bigrams, lane.nll, number(lane.nll))
    last = perplexity_step(lane.nll, perplexity(lane.nll))
    return Explanation(f"the likelihood of {what}", (*steps, *standing, last))


def standing(less_likely: float, words: int) -> Step:
    """Where a name stands among so many words of the data, of which this share is less likely."""
    return Step(
        f"So many of {words:,} words of the data have a larger nll: the model finds them less likely.",
        (f"{round(less_likely * words):,} / {words:,} = {less_likely:.1%}",),
    )


def near(word: str, nearest: tuple[str, int] | None) -> list[Step]:
    """How a word becomes the nearest one of the data, a letter at a time, once that was looked up."""
    if nearest is None or nearest[1] == 0:
        return []
    from rapidfuzz.distance import Levenshtein

    near, lines = nearest[0], []
    word = normalize(word)
    edits = Levenshtein.editops(word, near)
    for place, edit in enumerate(itertools.islice(edits, LISTED), 1):
        here, there = edit.src_pos, edit.dest_pos
        if edit.tag == "insert":
            what, after = f"add “{sign(near[there])}”", near[: there + 1] + word[here:]
        elif edit.tag == "delete":
            what, after = f"leave out “{sign(word[here])}”", near[:there] + word[here + 1 :]
        else:
            what = f"“{sign(word[here])}” becomes “{sign(near[there])}”"
            after = near[: there + 1] + word[here + 1 :]
        lines.append(f"{place}. {what}: {visible(after[:LONGEST_EXAMPLE])}")
    if len(edits) > LISTED:
        lines.append(f"… and {len(edits) - LISTED:,} more")
    words = (
        f"No word of the data takes fewer letters to be added, left out or exchanged than "
        f"“{visible(near[:LONGEST_EXAMPLE])}”: {len(edits):,}. Of several such words it is the first."
    )
    return [Step(words, tuple(lines))]


def name(
    model: LanguageModel,
    signs: Sequence[str],
    tokens: Sequence[int],
    drawn: DrawnName,
    beside: Sequence[Step] = (),
) -> Explanation:
    """The likelihood of a finished name, given with its tokens, under the model of its name as it is now.

    Of a name cut off the last boundary was not drawn. What is said beside it comes first.
    """
    bigrams = [
        ScoredBigram(first, second, model.probability(first, second))
        for first, second in itertools.pairwise(tokens[: drawn.bigrams + 1])
    ]
    title = f"the likelihood of {visible(drawn.name[:LONGEST_EXAMPLE]) or 'the empty name'}"
    shown, now = number(drawn.nll), math.fsum(negative_log(b.probability) for b in bigrams) / len(bigrams)
    if math.isclose(now, drawn.nll, rel_tol=1e-12):
        return Explanation(title, (*beside, *likelihood_steps(model, signs, bigrams, drawn.nll, shown)))
    nll_sum = drawn.nll * drawn.bigrams
    return Explanation(
        title,
        (
            *beside,
            Step(
                f"It was drawn from {drawn.model}, with other settings than there are now or after other "
                "steps. The probabilities of that time were not kept. The sum of their −ln P, in nats, was:",
                (precise(nll_sum),),
            ),
            Step(
                "Divided by the number of bigrams it is the nll, the mean negative log-likelihood.",
                (f"{precise(nll_sum)} / {drawn.bigrams:,} = {rounded(drawn.nll, shown)}",),
            ),
        ),
    )


def session(
    counts: NgramCounts, model: LanguageModel, all_names: Tally, of_model: Tally, data_nll: float | None
) -> Explanation:
    """What the drawn names come to, and the data under the same model as soon as it was looked up."""
    lengths = sum(length * n for length, n in all_names.lengths.items())
    known = all_names.names - all_names.unknown
    steps = [
        Step(
            "The mean length is the characters of all drawn names by name.",
            (
                f"{lengths:,} / {all_names.names:,}",
                f"= {rounded(all_names.mean_length, f'{all_names.mean_length:.2f}')}",
            ),
        ),
        Step(
            "So many of the names stand in the data as well, of those of which it is known.",
            (
                f"{all_names.in_dataset:,} / {known:,} = {all_names.in_dataset / known:.1%}"
                if known
                else "0 / 0",
            ),
        ),
    ]
    if data_nll is not None:
        nll_sum = data_nll * counts.total
        steps += [
            Step(
                f"For the data itself, add up −ln P of all its bigrams in nats: {model.description}.",
                contributions(counts, *terms_of(counts, model), nll_sum),
            ),
            Step(
                "Divide by the number of bigrams: this is the mean nll of the data.",
                (f"data {number(nll_sum)} / {counts.total:,} = {rounded(data_nll, number(data_nll))}",),
            ),
        ]
    if of_model.names:
        nll = number(of_model.nll)
        steps.append(
            Step(
                f"The mean nll is over the bigrams of the names drawn from {model.description}: their −ln "
                "P, in nats, added up and divided by how many they are.",
                (f"{precise(of_model.nll_sum)} / {of_model.bigrams:,}", f"= {rounded(of_model.nll, nll)}"),
            )
        )
    return Explanation("the figures of the drawn names", tuple(steps))
