"""The cells for counting: bigrams in a Counter, N, P, and the likelihood of the data."""

from collections.abc import Sequence
from dataclasses import replace

from bigram_tui.code.notebook import CodeCell, filled_cell, literal
from bigram_tui.code.words import boundary, each_word, is_weighted
from bigram_tui.lm.settings import ADD_K
from bigram_tui.session.snapshots.dataset import Dataset

MAX_LOOP = 1_000_000
"""N is counted with the lecture's loop for at most this many bigrams, which takes a few seconds."""

SMOOTHINGS = "(0, 0.001, 0.01, 0.1, 1, 10, 100, 1_000, 10_000)"


def ngrams_cell(dataset: Dataset, begin: str, end: str) -> CodeCell:
    """`b`, a Counter of n-grams, each a tuple of characters; `begin` and `end` are literals."""
    c = dataset.counts.context
    zipped = f"zip({', '.join(['chs', *(f'chs[{i}:]' for i in range(1, c + 1))])})"
    weighted = f"    for ngram in {zipped}:\n        b[ngram] += weight"
    words = {
        0: "How often each character occurs.",
        1: "How often each character is followed by each other one.",
    }
    return filled_cell(
        words.get(c, f"How often each {c} characters are followed by each other one."),
        """\
b = Counter()
for $each:
    chs = $padding + list(w) + [$end]
$count
""",
        each=each_word(dataset),
        padding=f"[{begin}]" + (f" * {c}" if c != 1 else ""),
        end=end,
        count=weighted if is_weighted(dataset.corpus) else f"    b.update({zipped})",
    )


def counts_cells(dataset: Dataset) -> list[CodeCell]:
    """`N`, shape (V^c, V)."""
    counts, corpus = dataset.counts, dataset.corpus
    if counts.context != 1:
        code = f"N = torch.zeros((V**{counts.context}, V), dtype=torch.int64)\n"
        code += "for (s, ix), n in ngrams.items():\n    N[s, ix] = n"
        return [contexts_cell(dataset), CodeCell("N holds the counts: a row for each context.", code)]
    dtype = "torch.int32" if counts.total < 2**31 else "torch.int64"
    sign = boundary(counts.vocabulary)
    empty = f"N = torch.zeros((V, V), dtype={dtype})"
    words = "N holds the counts: a row for the current character, a column for the next one."
    if corpus.listed * (1 + corpus.mean_length) > MAX_LOOP:
        code = f"{empty}\nfor (ch1, ch2), n in b.items():\n    N[stoi[ch1], stoi[ch2]] = n"
        return [ngrams_cell(dataset, sign, sign), CodeCell(words, code)]
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
        each=each_word(dataset),
        sign=sign,
        weight="weight" if is_weighted(corpus) else 1,
    )
    return [loop]


def contexts_cell(dataset: Dataset) -> CodeCell:
    """`ngrams`, a Counter of pairs (s, ix), where s is the number of a context, made with `count`."""
    cell = count_cell(dataset)
    return replace(cell, code=f"{cell.code}\n\nngrams = {counted(dataset, dataset.counts.context)}")


def counted(dataset: Dataset, context: int) -> str:
    """The call of `count` for the words that are learned from."""
    _, _, words = each_word(dataset).partition(" in ")
    return f"count({words}, {context})"


def count_cell(dataset: Dataset) -> CodeCell:
    """`count`, which returns a Counter like `ngrams` for some words, or for pairs of word and weight."""
    weighted = is_weighted(dataset.corpus)
    return filled_cell(
        "How often each token follows each context. A context is a number: of its c tokens in base V, the "
        "newest last, where 0 stands before the beginning of a word.",
        """\
def count(words, c):
    ngrams = Counter()
    for $each in words:
        s = 0
        for ch in list(w) + [$sign]:
            ngrams[s, stoi[ch]] += $weight
            s = $next
    return ngrams
""",
        each="w, weight" if weighted else "w",
        sign=boundary(dataset.counts.vocabulary),
        weight="weight" if weighted else 1,
        next=next_context("c"),
    )


def next_context(context: int | str) -> str:
    """An expression for the context after the context `s` and the character `ch`."""
    return f"(s * V + stoi[ch]) % V**{context}"


def smoothed_counts(smoothing: float) -> str:
    """An expression that the rows of P are proportional to."""
    return f"(N + {literal(smoothing)})" if smoothing else "N"


def probabilities_cell(smoothing: float, dtype: str = "double") -> CodeCell:
    """`P`, shape (V, V)."""
    about = ", smoothed," if smoothing else ""
    code = f"P = {smoothed_counts(smoothing)}.{dtype}()\nP /= P.sum(1, keepdim=True)"
    return CodeCell(f"P: each row of N{about} divided by its sum.", code)


def likelihood_cell(dataset: Dataset) -> CodeCell:
    """The mean negative log-likelihood, as the Counts pane shows it."""
    # A bigram that never occurred adds nothing, even if its P is 0 and the logarithm infinite.
    logs = "N * P.log()" if dataset.smoothing else "torch.xlogy(N, P)"
    about = "" if dataset.smoothing else ", where 0 log 0 is 0"
    return filled_cell(
        f"How likely the data is: −log P of each bigram, on average{about}.",
        """\
nll = -($logs).sum() / N.sum()
print(f'mean nll {nll:.4f} nats over {N.sum():,} bigrams')
print(f'perplexity {nll.exp():.2f}')
""",
        logs=logs,
    )


def dev_cell(dataset: Dataset) -> CodeCell:
    """How likely dev is under `P`, whose rows are indexed by contexts."""
    weighted = is_weighted(dataset.corpus)
    return filled_cell(
        "How likely dev is, which was not learned from.",
        """\
dev_nll, total = 0, 0
for $each:
    s = 0
    for ch in list(w) + [$sign]:
        dev_nll -= P[s]$undefined[stoi[ch]].log() * $weight
        total += $weight
        s = $next
print(f'dev nll {dev_nll / total:.4f} nats')
""",
        undefined="" if dataset.smoothing or dataset.smoother != ADD_K else ".nan_to_num()",
        each="w, weight in dev" if weighted else "w in dev",
        sign=boundary(dataset.counts.vocabulary),
        weight="weight" if weighted else 1,
        next=next_context(dataset.counts.context),
    )


def row_cell(order: Sequence[int]) -> CodeCell:
    """The probabilities of all next tokens in the row `ix1`, in this order."""
    by_vocabulary = list(order) == sorted(order)
    sorting = "" if by_vocabulary else ", the most likely first"
    return filled_cell(
        f"What can come next in the row under the cursor{sorting}.",
        """\
p = P[ix1].nan_to_num()
for ix in $order:
    print(f'{itos[ix]!r} {p[ix]:.4f}')
""",
        order="range(V)" if by_vocabulary else "sorted(range(V), key=lambda ix: -p[ix])",
    )


def smoothing_cell() -> CodeCell:
    """Baselines for `nll`, and how it depends on the smoothing."""
    return filled_cell(
        "The sum over all bigrams, what it costs to know nothing, and the mean with more or less smoothing.",
        """\
print(f'sum {nll * N.sum():,.4f} nats')
print(f'knowing nothing {math.log(V):.4f} nats')
for k in $smoothings:
    smoothed = N.double() + k
    smoothed = (smoothed / smoothed.sum(1, keepdim=True)).nan_to_num()
    print(f'k = {k}: {-torch.xlogy(N, smoothed).sum() / N.sum():.4f}')
""",
        smoothings=SMOOTHINGS,
    )


NLL = CodeCell(
    "The mean of −log P over some n-grams.",
    """\
def nll(P, ngrams):
    logs = (n * P[s][ix].log() for (s, ix), n in ngrams.items())
    return -sum(logs) / sum(ngrams.values())""",
)


def contexts_likelihood_cells(dataset: Dataset, smoothing: bool) -> list[CodeCell]:
    """The same as `likelihood_cell` and `smoothing_cell`, computed from `ngrams` with `model`."""
    lines = [
        "loss, total = nll(P, ngrams), sum(ngrams.values())",
        "print(f'mean nll {loss:.4f} nats over {total:,} n-grams')",
        "print(f'perplexity {loss.exp():.2f}')",
    ]
    if smoothing:
        lines += ["print(f'sum {loss * total:,.4f} nats')"]
        lines += ["print(f'knowing nothing {math.log(V):.4f} nats')"]
    if smoothing and dataset.smoother == ADD_K:
        lines += [f"for k in {SMOOTHINGS}:", "    print(f'k = {k}: {nll(model(ngrams, k), ngrams):.4f}')"]
    return [NLL, CodeCell("How likely the data is.", "\n".join(lines))]
