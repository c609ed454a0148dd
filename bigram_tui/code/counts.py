"""The cells of counting: bigrams in a Counter, N, P, and how likely the data is."""

from collections.abc import Sequence

from bigram_tui.code.notebook import CodeCell, filled_cell, literal
from bigram_tui.code.words import boundary, each_word, is_weighted
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.session.snapshots import Dataset

MAX_LOOP = 1_000_000
"""Bigrams up to which N is counted with the lecture's loop, which takes some seconds then."""


def bigrams_cell(dataset: Dataset, begin: str, end: str) -> CodeCell:
    """`b`, a Counter of pairs of characters; `begin` and `end` are literals."""
    weighted = "    for bigram in zip(chs, chs[1:]):\n        b[bigram] += weight"
    return filled_cell(
        "How often each character is followed by each other one.",
        """\
b = Counter()
for $each:
    chs = [$begin] + list(w) + [$end]
$count
""",
        each=each_word(dataset.corpus),
        begin=begin,
        end=end,
        count=weighted if is_weighted(dataset.corpus) else "    b.update(zip(chs, chs[1:]))",
    )


def counts_cells(dataset: Dataset) -> list[CodeCell]:
    """`N`, shape (V, V)."""
    counts, corpus = dataset.counts, dataset.corpus
    dtype = "torch.int32" if counts.total < 2**31 else "torch.int64"
    sign = boundary(counts.vocabulary)
    empty = f"N = torch.zeros((V, V), dtype={dtype})"
    words = "N holds the counts: a row for the current character, a column for the next one."
    if corpus.listed * (1 + corpus.mean_length) > MAX_LOOP:
        code = f"{empty}\nfor (ch1, ch2), n in b.items():\n    N[stoi[ch1], stoi[ch2]] = n"
        return [bigrams_cell(dataset, sign, sign), CodeCell(words, code)]
    loop = filled_cell(
        words,
        """\
$empty
for $each:
    chs = [$sign] + list(w) + [$sign]
    for ch1, ch2 in zip(chs, chs[1:]):
        ix1 = stoi[ch1]
        ix2 = stoi[ch2]
        N[ix1, ix2] += $weight
""",
        empty=empty,
        each=each_word(corpus),
        sign=sign,
        weight="weight" if is_weighted(corpus) else 1,
    )
    return [loop]


def smoothed_counts(smoothing: float) -> str:
    """What the rows of P are in proportion to."""
    return f"(N + {literal(smoothing)})" if smoothing else "N"


def probabilities_cell(smoothing: float, dtype: str = "double") -> CodeCell:
    """`P`, shape (V, V)."""
    about = ", smoothed," if smoothing else ""
    code = f"P = {smoothed_counts(smoothing)}.{dtype}()\nP /= P.sum(1, keepdim=True)"
    return CodeCell(f"P: each row of N{about} divided by its sum.", code)


def likelihood_cell(dataset: Dataset) -> CodeCell:
    """The mean negative log-likelihood, as the Counts pane shows it."""
    # A bigram that never occurred adds nothing, also where its P is 0 and the logarithm infinite.
    logs = "N * P.log()" if dataset.smoothing else "torch.xlogy(N, P)"
    about = "" if dataset.smoothing else ", where 0 log 0 is 0"
    return filled_cell(
        f"How likely the data is: −log P of each bigram, on average{about}.",
        """\
nll = -($logs).sum() / N.sum()
print(f'mean nll {nll:.6f} nats over {N.sum():,} bigrams')
print(f'perplexity {nll.exp():.4f}')
""",
        logs=logs,
    )


def row_cell(vocabulary: Vocabulary, row: int, order: Sequence[int]) -> CodeCell:
    """The probabilities of all that can follow a token, in this order."""
    by_vocabulary = list(order) == sorted(order)
    sorting = "" if by_vocabulary else ", the most likely first"
    return filled_cell(
        f"What can come after one character{sorting}.",
        """\
ix1 = stoi[$token]
p = P[ix1].nan_to_num()
for ix in $order:
    print(f'{itos[ix]!r} {p[ix]:.4f}')
""",
        token=repr((vocabulary.signs[0], *vocabulary.characters)[row]),
        order="range(V)" if by_vocabulary else "sorted(range(V), key=lambda ix: -p[ix])",
    )


def smoothing_cell() -> CodeCell:
    """What `nll` is to be compared with, and how it depends on the smoothing."""
    return CodeCell(
        "The sum over all bigrams, what it costs to know nothing, and the mean with more or less smoothing.",
        """\
print(f'sum {nll * N.sum():,.4f} nats')
print(f'knowing nothing {math.log(V):.6f} nats')
for k in (0, 0.001, 0.01, 0.1, 1, 10, 100, 1_000, 10_000):
    smoothed = N.double() + k
    smoothed = (smoothed / smoothed.sum(1, keepdim=True)).nan_to_num()
    print(f'k = {k}: {-torch.xlogy(N, smoothed).sum() / N.sum():.6f}')""",
    )
