"""Explains why a character was drawn, and how likely a name is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bigram_tui.lm.drawn import MAX_LENGTH, DrawnName, Tally, nll_terms
from bigram_tui.lm.model import LanguageModel, ScoredToken, negative_log, score
from bigram_tui.lm.sampling import cumulative
from bigram_tui.lm.vocabulary import normalize, sign, visible
from bigram_tui.texts import say
from bigram_tui.views import ngrams
from bigram_tui.views.numbers import number, percent, precise
from bigram_tui.why.counts import LONGEST_EXAMPLE, contributions
from bigram_tui.why.explanation import Explanation, Step, rounded, summed
from bigram_tui.why.models import called, current, following, probability_steps, row_of
from bigram_tui.why.probability import LISTED, likelihood_steps, perplexity_step

if TYPE_CHECKING:
    from bigram_tui.lm.sampling import Draw
    from bigram_tui.session.snapshots.dataset import Dataset
    from bigram_tui.session.snapshots.generation import DataNlls, DrawnToken, NameSoFar


def running_sum(model: LanguageModel, first: int, order: Sequence[int], place: int) -> Explanation:
    """The running sum of P up to a bar, in the order of the bars."""
    row, second = model.row(first), order[place]
    value = float(np.cumsum(row[list(order)])[place])
    signs = model.vocabulary.signs
    terms, _ = summed(((signs[j], float(row[j])) for j in order[: place + 1]), value)
    y = following(model, second)
    words = say("The bar shows the running sum of P: of all tokens up to {y}, in the order of the bars.", y=y)
    return Explanation(
        say("the running sum of P up to {y}", y=y),
        *probability_steps(model, first, second, precise(float(row[second]))),
        Step(words, terms, f"= {rounded(value, number(value))}"),
    )


def drawn(model: LanguageModel, token: DrawnToken) -> Explanation:
    """How a character was drawn from the model as it is now."""
    first, second, u = token.draw
    x, y, P = current(model, first), following(model, second), number(token.probability)
    if token.chosen:
        words = say(
            "It was chosen by hand, not drawn. A draw would have given {y} with this probability.", y=y
        )
        steps = [Step(words), *probability_steps(model, first, second, P)]
    elif u is None:
        words = say("torch.multinomial drew it. It shows no u, but draws each token with probability P.")
        steps = [Step(words), *probability_steps(model, first, second, P)]
    else:
        steps = probability_steps(model, first, second, precise(token.probability))
        steps += _fallen(model, token.draw, P)
    return Explanation(say("how {y} came after {x}", x=x, y=y), *steps)


def _fallen(model: LanguageModel, draw: Draw, shown: str) -> list[Step]:
    """Where u fell on the line of a row, on a stretch whose width is `shown`."""
    first, second, u = draw
    row, y = model.row_for_drawing(first), following(model, second)
    begin, end = _stretch(model, first, second)
    signs = model.vocabulary.signs
    before = summed(((signs[j], float(row[j])) for j in range(second)), begin) if second else ("0",)
    return [
        Step(
            say(
                "The probabilities of all that can come after {x} are laid end to end from 0 to 1, in the "
                "order of the vocabulary. Each token owns a stretch as wide as its P.",
                x=current(model, first),
            )
        ),
        Step(
            say("The stretch of {y} begins where those before it end, at the sum of their P.", y=y), *before
        ),
        Step(
            say("Its own P leads to its end."),
            f"{precise(begin)} + {precise(float(row[second]))} = {precise(end)}",
        ),
        Step(
            say(
                "The random number u, which the seed determines, fell on this stretch. So {y} was drawn.", y=y
            ),
            f"{precise(begin)} < u = {u:.6f} ≤ {precise(end)}",
        ),
        Step(
            say(
                "u is equally likely to fall anywhere. So the chance that it falls here is the width of the "
                "stretch: P."
            ),
            f"{precise(end)} − {precise(begin)} ≈ {shown}",
        ),
    ]


def _stretch(model: LanguageModel, state: int, token: int) -> tuple[float, float]:
    """The start and end of a token's stretch in the row of a context."""
    ends = cumulative(model.row_for_drawing(state))
    return max(ends[token - 1], 0.0) if token else 0.0, ends[token]


def sample(model: LanguageModel, place: int, draws: Sequence[Draw], shown: str) -> Explanation:
    """How the characters of the name at this position of the list were drawn, the first one in detail."""
    begin, lines = draws[0], []
    for first, second, u in draws[1:LISTED]:
        start, end = _stretch(model, first, second)
        where = f"{precise(start)} < u = {u:.6f} ≤ {precise(end)}"
        y = model.vocabulary.signs[second]
        lines.append(say("after {x}: {where}: {y}", x=row_of(model, first), where=where, y=y))
    if len(draws) > LISTED:
        lines.append(say("… and {n:,} more", n=len(draws) - LISTED))
    P = precise(model.probability(begin.state, begin.token))
    if model.context == 1:
        then = say(
            "Then each character is drawn from the row of the one before, with the next u, until the end."
        )
    else:
        then = say(
            "Then each character is drawn from the row of the context before, with the next u, until the end."
        )
    return Explanation(
        say("how {name} was drawn", name=shown[:LONGEST_EXAMPLE]),
        Step(
            say(
                "The names are drawn from the {model}, at each step from the same numbers u. So they "
                "change only as the network does. This is name {place}; it begins with number {first:,} "
                "from the seed, since a name takes up to {most:,}.",
                model=called(model),
                place=place + 1,
                first=place * MAX_LENGTH + 1,
                most=MAX_LENGTH,
            )
        ),
        *probability_steps(model, begin.state, begin.token, P),
        *_fallen(model, begin, P),
        *([Step(then, *lines)] if lines else []),
        Step(say("Joined together they are the name."), shown),
    )


def likelihood(model: LanguageModel, lane: NameSoFar, what: str, standing: Sequence[Step]) -> Explanation:
    """The likelihood of the name so far, or of a typed name, which is also ranked among the data."""
    bigrams = [ScoredToken(t.draw.state, t.draw.token, t.probability) for t in lane.tokens]
    steps = likelihood_steps(model, bigrams, lane.nll)
    last = perplexity_step(lane.nll)
    return Explanation(say("the likelihood of {what}", what=what), *steps, *standing, last)


def standing(less_likely: float, words: int) -> Step:
    """How a name ranks among this many words of the data, given the share that is less likely."""
    return Step(
        say(
            "This many of {n:,} words of the data have a larger nll: the model finds them less likely.",
            n=words,
        ),
        f"{round(less_likely * words):,} / {words:,} = {percent(less_likely)}",
    )


def near(word: str, nearest: tuple[str, int] | None) -> list[Step]:
    """The edit distance to the nearest word of the data, letter by letter, once that was looked up."""
    if nearest is None or nearest[1] == 0:
        return []
    from rapidfuzz.distance import Levenshtein

    near, lines = nearest[0], []
    word = normalize(word)
    edits = Levenshtein.editops(word, near)
    for place, edit in enumerate(itertools.islice(edits, LISTED), 1):
        here, there = edit.src_pos, edit.dest_pos
        if edit.tag == "insert":
            what, after = say("add “{y}”", y=sign(near[there])), near[: there + 1] + word[here:]
        elif edit.tag == "delete":
            what, after = say("leave out “{x}”", x=sign(word[here])), near[:there] + word[here + 1 :]
        else:
            what = say("“{x}” becomes “{y}”", x=sign(word[here]), y=sign(near[there]))
            after = near[: there + 1] + word[here + 1 :]
        lines.append(f"{place}. {what}: {visible(after[:LONGEST_EXAMPLE])}")
    if len(edits) > LISTED:
        lines.append(say("… and {n:,} more", n=len(edits) - LISTED))
    words = say(
        "By letters added, left out or replaced (the edit distance), no word of the data is nearer than "
        "“{word}”: {n:,}. Of several such words it is the first.",
        word=visible(near[:LONGEST_EXAMPLE]),
        n=len(edits),
    )
    return [Step(words, *lines)]


def name(
    model: LanguageModel,
    tokens: Sequence[int],
    drawn: DrawnName,
    beside: Sequence[Step] = (),
) -> Explanation:
    """The likelihood of a finished name, given with its tokens, under its model as that is now.

    A name that was cut off has no final boundary. Remarks come first.
    """
    bigrams = score(list(tokens[: drawn.bigrams + 1]), model).tokens
    what = visible(drawn.name[:LONGEST_EXAMPLE]) or say("the empty name")
    title = say("the likelihood of {what}", what=what)
    shown, now = number(drawn.nll), math.fsum(negative_log(b.probability) for b in bigrams) / len(bigrams)
    if math.isclose(now, drawn.nll, rel_tol=1e-12):
        return Explanation(title, *beside, *likelihood_steps(model, bigrams, drawn.nll))
    nll_sum = drawn.nll * drawn.bigrams
    return Explanation(
        title,
        *beside,
        Step(
            say(
                "It was drawn from {model}, with other settings than now or after a different number of "
                "steps. The probabilities of that time were not kept. The sum of their −ln P, in nats, "
                "was:",
                model=drawn.model,
            ),
            precise(nll_sum),
        ),
        Step(
            say("Divided by the number of tokens it is the nll, the mean negative log-likelihood."),
            f"{precise(nll_sum)} / {drawn.bigrams:,} = {rounded(drawn.nll, shown)}",
        ),
    )


def session(
    dataset: Dataset, model: LanguageModel, all_names: Tally, of_model: Tally, nlls: DataNlls | None
) -> Explanation:
    """Statistics of the drawn names, and how likely the data is under the same model, once that is known."""
    counts = dataset.counts.of_context(model.context)
    lengths = sum(length * n for length, n in all_names.lengths.items())
    called_ngrams = ngrams.called(model.context)
    steps = [
        Step(
            say("The mean length is characters per drawn name."),
            f"{lengths:,} / {all_names.names:,}",
            f"= {rounded(all_names.mean_length, f'{all_names.mean_length:.2f}')}",
        ),
        Step(
            say("This many of the names are also in the data, of those for which this is known."),
            _share(all_names.in_dataset, all_names.names - all_names.unknown),
        ),
    ]
    if dataset.parts:
        copies = say("This many of the names drawn from this model are copies of words that it learned from.")
        steps.append(Step(copies, _share(of_model.in_train, of_model.names)))
    if nlls is not None:
        data_nll = nlls.learned
        nll_sum = data_nll * counts.total
        steps += [
            Step(
                say(
                    "For the data itself, add up −ln P, in nats, over all its {ngrams}: {model}.",
                    ngrams=called_ngrams,
                    model=called(model),
                ),
                *contributions(counts, nll_terms(counts, model), nll_sum),
            ),
            Step(
                say(
                    "Divide by the number of {ngrams}: this is the mean nll of the data.",
                    ngrams=called_ngrams,
                ),
                say(
                    "data {sum} / {n:,} = {mean}",
                    sum=number(nll_sum),
                    n=counts.total,
                    mean=rounded(data_nll, number(data_nll)),
                ),
            ),
        ]
    if of_model.names:
        nll = number(of_model.nll)
        steps.append(
            Step(
                say(
                    "The mean nll is over the {ngrams} of the names drawn from {model}: their −ln P, in "
                    "nats, added up and divided by their number.",
                    ngrams=called_ngrams,
                    model=called(model),
                ),
                f"{precise(of_model.nll_sum)} / {of_model.bigrams:,}",
                f"= {rounded(of_model.nll, nll)}",
            )
        )
    return Explanation(say("the figures of the drawn names"), *steps)


def _share(part: int, of_all: int) -> str:
    return f"{part:,} / {of_all:,} = {percent(part / of_all)}" if of_all else "0 / 0"
