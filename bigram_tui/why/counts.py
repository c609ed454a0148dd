"""Explains a count, a probability, and the likelihood of the data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.model import CountModel, negative_log
from bigram_tui.lm.smoothing import Ladder, Text
from bigram_tui.lm.vocabulary import BOUNDARY, OTHER, visible
from bigram_tui.texts import say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import number, precise
from bigram_tui.why.explanation import Explanation, Step, bits, rounded
from bigram_tui.why.models import P_of, current, following, fraction, read_aloud, row_of
from bigram_tui.why.models.counted import row_sum
from bigram_tui.why.probability import perplexity_step
from bigram_tui.words.corpus import rare_characters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bigram_tui.lm.counts import NgramCounts
    from bigram_tui.session.snapshots.dataset import Dataset

EXAMPLES = 5
LONGEST_EXAMPLE = 30
LARGEST = 6
"""Bigrams whose contributions to a likelihood are written out."""


def count(dataset: Dataset, first: int, second: int) -> Explanation:
    """How often an n-gram occurs: the token `second` after the context with the number `first`."""
    signs, n, model = dataset.counts.vocabulary.signs, dataset.counts.count(first, second), dataset.model
    x, y, row = current(model, first), following(model, second), row_of(model, first)
    found = Step(
        say(
            "This is how often {y} came right after {x}. The count is in row “{row}”, column “{column}” of "
            "the table N.",
            x=x,
            y=y,
            row=row,
            column=signs[second],
        ),
        f"N[{row},{signs[second]}] = {n:,}",
    )
    steps = (
        *how_bigrams_are_counted(dataset),
        *_by_words(dataset, first, second),
        _ranks(dataset, first, second),
        found,
    )
    return Explanation(say("how often {y} follows {x}", x=x, y=y), *steps)


def _ranks(dataset: Dataset, first: int, second: int) -> Step:
    """The rank of a count in its row and in the table."""
    counts, V = dataset.counts, len(dataset.counts.vocabulary)
    in_row, in_table = counts.rank_in_row(first, second), counts.rank_in_table(first, second)
    return Step(
        say("Its rank is one more than the number of larger counts, in its row and in the whole table."),
        say("row: {larger:,} + 1 = {place:,} of {V:,}", larger=in_row - 1, place=in_row, V=V),
        say(
            "table: {larger:,} + 1 = {place:,} of {V2:,}",
            larger=in_table - 1,
            place=in_table,
            V2=len(counts.states) * V,
        ),
    )


def how_bigrams_are_counted(dataset: Dataset) -> list[Step]:
    """What a bigram or a longer n-gram is, using a word of the data as an example."""
    corpus, vocabulary, c = dataset.corpus, dataset.counts.vocabulary, dataset.counts.context
    example: tuple[str, ...] = ()
    if word := next((word for word in corpus.words if len(word) <= LONGEST_EXAMPLE), None):
        tokens = vocabulary.encode(word)
        padded = [BOUNDARY] * (c - 1) + tokens[c == 0 :]
        ngrams = (vocabulary.show(padded[i : i + c + 1]) for i in range(len(padded) - c))
        example = (say("{word} is {bigrams}", word=vocabulary.show(tokens), bigrams=" ".join(ngrams)),)
    words = say(
        "The boundary “{sign}” stands before and after every word. Two neighbours are a bigram.",
        sign=vocabulary.signs[0],
    )
    if c == 0:
        words = say(
            "The boundary “{sign}” ends every word. Without context each token is counted by itself.",
            sign=vocabulary.signs[0],
        )
    elif c != 1:
        words = say(
            "The boundary “{sign}” ends every word, and stands before it as many times as needed. A token "
            "with its context of {n} makes up {ngrams}.",
            sign=vocabulary.signs[0],
            n=c,
            ngrams=called(c),
        )
    steps = [Step(words, *example)]
    if dataset.parts:
        train = f"{dataset.parts.words[0]:,} / {corpus.names:,}"
        steps.append(Step(say("Only the words of train are counted, the others are held out."), train))
    if corpus.options.weight_column:
        steps.append(Step(say("A word counts as often as its weight says.")))
    if vocabulary.rare:
        rare = rare_characters(corpus)
        steps.append(Step(say("{sign} is more than one character: {rare}.", sign=OTHER, rare=rare)))
    return steps


def _by_words(dataset: Dataset, first: int, second: int) -> list[Step]:
    """The words that contain the n-gram, as far as the words were kept in memory."""
    corpus, vocabulary, c = dataset.corpus, dataset.counts.vocabulary, dataset.counts.context
    before = tokens_of(first, len(vocabulary), c)
    ngram = [*before[max(before.count(BOUNDARY) - 1, 0) :], second]  # words have one boundary in front
    bigram = "".join(("\n", *vocabulary.characters)[token] for token in ngram)
    words: Iterable[str] = corpus.words
    if OTHER in bigram:
        words = map(vocabulary.fold, words)
    texts = zip(corpus.words, (f"{word}\n" if c == 0 else f"\n{word}\n" for word in words), strict=True)
    anywhere = re.compile(f"(?={re.escape(bigram)})")  # matches overlap: “aaa” contains “aa” twice
    having = [(word, len(anywhere.findall(text))) for word, text in texts if bigram in text]
    if not having:
        return []
    different = dict(having)
    shown = " ".join(visible(word[:LONGEST_EXAMPLE]) for word in list(different)[:EXAMPLES])
    examples = Step(say("{n:,} different words contain it. The first ones:", n=len(different)), shown)
    if len(different) == 1:
        examples = Step(say("One word contains it:"), shown)
    if not corpus.lists_all:
        looked_at, having_it = len(corpus.words), len(different)
        words_with_it = say("Of {all:,} words searched, {n:,} contain it:", all=looked_at, n=having_it)
        return [Step(words_with_it, shown)]
    if corpus.options.weight_column or dataset.parts:
        return [examples]
    times = Counter(n for _, n in having)
    parts = " + ".join(f"{many:,} × {n}" for n, many in sorted(times.items()))
    added = f"{parts} = {sum(n for _, n in having):,}"
    by_itself = say("Words times how often each contains it, every line of the list by itself:")
    return [examples, Step(by_itself, added)]


def without_keepdim(dataset: Dataset, first: int, second: int, shown: str) -> Explanation:
    """How the broadcasting mistake computes a bigram's value, ending with the value as `shown`."""
    counts, k = dataset.counts, dataset.smoothing
    signs, V, n = counts.vocabulary.signs, len(counts.vocabulary), counts.count(first, second)
    row, total = counts.cells_without_keepdim(first, k), counts.row_totals[second]
    divided = [say("0 / 0, taken as {shown}", shown=shown)]
    if total + k:
        divided = [f"({n:,} + {k:g}) / ({total:,} + {V:,}·{k:g})", f"= {rounded(row[second], shown)}"]
    steps = (
        Step(
            say(
                "Count how often {y} came right after {x}.",
                x=current(dataset.model, first),
                y=following(dataset.model, second),
            ),
            f"N = {n:,}",
        ),
        Step(
            say(
                "The sums of the rows should stand in a column, each beside its row. Without keepdim=True "
                "they lie in a row, each below its column. So the count is divided by the sum of the wrong "
                "row: of row “{y}” instead of row “{x}”.",
                x=signs[first],
                y=signs[second],
            ),
            *row_sum(counts, second),
        ),
        Step(say("Then the rows do not sum to 1. This one sums to:"), number(sum(row))),
        Step(
            say(
                "With k = {k:g} added to every count, this is no probability, though it looks like one.", k=k
            ),
            *divided,
        ),
    )
    return Explanation(say("{bigram} without keepdim", bigram=signs[first] + signs[second]), *steps)


def data_likelihood(dataset: Dataset) -> Explanation:
    """The likelihood of the training data under its own counts: sum, mean, perplexity."""
    counts, k, model = dataset.counts, dataset.smoothing, dataset.model
    ngrams = called(counts.context)
    V, n = len(counts.vocabulary), counts.total
    if isinstance(model, CountModel):
        terms = counts.nll_terms(k)
    else:
        terms = Text(Ladder(counts), counts).nll_terms(model.smoother, counts.context)
    i, j = divmod(int(counts.arrays.keys[terms.argmax()]), V)
    P, nll_sum, read = model.probability(i, j), float(terms.sum()), read_aloud(model, i, j)
    nll = nll_sum / n
    if isinstance(model, CountModel):
        about = say(
            "Each of the {ngrams} of the data has a probability. {read} For this one it is the count, with "
            "k = {k:g} added, as a share of its row.",
            ngrams=ngrams,
            read=read,
            k=k,
        )
    else:
        about = say("Each token of the data has a probability, given its context. {read}", read=read)
    steps = [
        Step(about, f"{P_of(model, i, j)} = {fraction(model, i, j)}", f"= {precise(P)}"),
        Step(
            say(
                "The likelihood of the data is the product of the probabilities of all its {ngrams}. −ln of "
                "it, in nats, is a sum instead. What occurs N times adds N times its −ln P.",
                ngrams=ngrams,
            ),
            f"−ln {precise(P)} = {precise(negative_log(P))}",
            f"{counts.count(i, j):,} × {precise(negative_log(P))} = {number(float(terms.max()))}",
        ),
        Step(
            say("Add up what all the different {ngrams} add.", ngrams=ngrams),
            *contributions(counts, terms, nll_sum),
        ),
        Step(
            say(
                "Divide by the number of {ngrams}. This is the mean negative log-likelihood, nll. {bits}",
                ngrams=ngrams,
                bits=bits(nll),
            ),
            f"{number(nll_sum)} / {n:,} = {precise(nll)}",
        ),
        Step(
            say("Knowing nothing gives each token the same probability 1/V. Then each one costs ln V."),
            f"ln {V:,} = {precise(counts.uniform_nll)}",
        ),
    ]
    if k or not isinstance(model, CountModel):
        words = say(
            "With smoothing 0 the same sum is the smallest that any table of probabilities can reach."
        )
        steps.append(Step(words, f"{number(counts.nll_sum(0))} / {n:,} = {precise(counts.nll(0))}"))
    return Explanation(say("the likelihood of the data"), *steps, perplexity_step(nll))


def contributions(counts: NgramCounts, terms: NDArray[np.float64], total: float) -> tuple[str, ...]:
    """What n-grams add to the negative log-likelihood of the data: the largest terms, then all others."""
    V, vocabulary = len(counts.vocabulary), counts.vocabulary
    lines = []
    largest = (-terms).argsort(kind="stable")[:LARGEST]
    for place in largest.tolist():
        i, j = divmod(counts.keys[place], V)
        n, term = counts.count(i, j), float(terms[place])
        ngram = vocabulary.show([*tokens_of(i, V, counts.context), j])
        lines.append(f"{ngram} {n:,} × {precise(term / n)} = {number(term)}")
    if others := len(terms) - len(largest):
        rest = float(np.delete(terms, largest).sum())
        lines.append(say("{n:,} others {sum}", n=others, sum=number(rest)))
    return (*lines, say("sum = {sum}", sum=number(total)))
