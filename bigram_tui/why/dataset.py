"""Explains the figures of a word list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigram_tui.lm.model import WordScore
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import exact, power
from bigram_tui.why.counts import EXAMPLES, LONGEST_EXAMPLE, how_bigrams_are_counted
from bigram_tui.why.explanation import Explanation, Step, rounded, summed
from bigram_tui.why.probability import likelihood_steps, perplexity_step
from bigram_tui.words.corpus import different

if TYPE_CHECKING:
    from bigram_tui.session.snapshots.dataset import Dataset


def summary(dataset: Dataset) -> Explanation:
    """Words, characters, bigrams, how many are distinct, the mean length."""
    corpus, counts = dataset.corpus, dataset.counts
    signs, V, n = counts.vocabulary.signs, len(counts.vocabulary), counts.context + 1
    tokens, ngrams = corpus.counts, called(counts.context)
    size = f"{V:,}"
    possible = f"{size}×{size} = {V * V:,}" if n == 2 else f"{power(size, n)} = {V**n:,}" if n > 1 else size
    followed = ((signs[token], tokens.row_totals[token]) for token in range(1, V))
    return Explanation(
        say("the figures of the word list"),
        *_cleaned(dataset),
        *how_bigrams_are_counted(dataset),
        Step(
            say(
                "Every word begins once. So the row of the boundary in the table of bigrams adds up to "
                "the number of words."
            ),
            say("words = {n:,}", n=corpus.names),
        ),
        *_described(dataset),
        Step(
            say(
                "Every character is followed by one thing, another character or the end. So the other "
                "rows add up to the number of characters."
            ),
            *summed(followed, corpus.characters, exact),
        ),
        Step(
            say("A word has as many {ngrams} as characters, plus one for its end.", ngrams=ngrams),
            say(
                "{characters:,} + {words:,} = {n:,} {ngrams}",
                ngrams=ngrams,
                characters=corpus.characters,
                words=corpus.names,
                n=tokens.total,
            ),
            *([say("of these {n:,} in train", n=counts.total)] if dataset.parts else []),
        ),
        Step(
            say(
                "There are V = {V:,} tokens: {characters:,} characters and the boundary. Of all "
                "{ngrams} they could make up, this many occur:",
                ngrams=ngrams,
                V=V,
                characters=V - 1,
            ),
            say("{n:,} of {possible}", n=len(counts.keys), possible=possible),
        ),
        Step(
            say("The mean length is characters per word."),
            f"{corpus.characters:,} / {corpus.names:,}",
            f"= {rounded(corpus.mean_length, f'{corpus.mean_length:,.2f}')}",
        ),
    )


def _cleaned(dataset: Dataset) -> list[Step]:
    """What happened to lines that were changed or left out on reading."""
    corpus = dataset.corpus
    if not corpus.cleaned:
        return []
    lines = [
        say("{n:,} {what}: {why}", n=n, what=say(cause.label), why=say(cause.explanation))
        for cause, n in corpus.cleaned.items()
    ]
    words = say("Not every line is a word as it is. These were cleaned on reading.")
    if corpus.options.limit is not None:
        return [Step(words, *lines)]
    left_out = [n for cause, n in corpus.cleaned.items() if cause.is_left_out]
    parts = [corpus.listed, *left_out]
    if len(parts) > 1:
        words += say(" The words and the lines that were left out are all the lines of the list.")
        lines.append(f"{' + '.join(f'{part:,}' for part in parts)} = {sum(parts):,}")
    return [Step(words, *lines)]


def _described(dataset: Dataset) -> list[Step]:
    """The figures that needed a second pass over the words."""
    corpus = dataset.corpus
    if not corpus.described:
        return []
    return [
        Step(
            say("Words spelled alike are one word. This many are different."),
            say("different: {n}", n=different(corpus)),
        ),
        Step(
            say("The shortest and the longest have this many characters."),
            f"{corpus.min_length:,}–{corpus.max_length:,}",
        ),
    ]


def length(dataset: Dataset, length: int) -> Explanation:
    """How many words have this length."""
    corpus = dataset.corpus
    steps = [Step(say("The length of a word is how many characters it has, without the boundary."))]
    examples = [word for word in dict.fromkeys(corpus.words) if len(word) == length][:EXAMPLES]
    if examples and length <= LONGEST_EXAMPLE:
        words = say("Words of length {n:,} are, for example:", n=length)
        steps.append(Step(words, " ".join(map(visible, examples))))
    if corpus.options.weight_column:
        steps.append(Step(say("A word counts as often as its weight says.")))
    by_length = summed(((f"{n:,}", words) for n, words in corpus.lengths.items()), corpus.names, exact)
    steps += [
        Step(
            say(
                "Every word has one length. Added up over all lengths, the words of each length give all "
                "words."
            ),
            *by_length,
        ),
        Step(
            say("This many of them have this length."),
            say("length {length:,}: {n:,}", length=length, n=corpus.lengths[length]),
        ),
    ]
    return Explanation(say("how many words have {n:,} characters", n=length), *steps)


def word(dataset: Dataset, word: str, scored: WordScore) -> Explanation:
    """The likelihood of a word of the data."""
    steps = likelihood_steps(dataset.model, scored.tokens, scored.nll)
    title = say("the likelihood of {what}", what=visible(word[:LONGEST_EXAMPLE]))
    return Explanation(title, *steps, perplexity_step(scored.nll))
