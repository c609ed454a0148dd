"""The notebook of the Contexts pane: the split, and the losses of each context under one smoother."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bigram_tui.code.models.interpolated import DISCOUNTS
from bigram_tui.code.notebook import CodeCell, Notebook, filled_cell, literal
from bigram_tui.code.words import boundary, is_weighted, vocabulary_cell, words_cell
from bigram_tui.lm.settings import ADD_K
from bigram_tui.texts import say

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Row
    from bigram_tui.session.snapshots import Comparison, Dataset

ADD_K_MODEL = """\
def windows(words, c):
    N = Counter()
    for w, weight in words:
        chs = [$boundary] * max(c, 1) + list(w) + [$boundary]
        for i in range(max(c, 1), len(chs)):
            N[tuple(chs[i - c:i]), chs[i]] += weight
    return N

def model(c, k):
    N, total = windows(train, c), Counter()
    for (h, ch), n in N.items():
        total[h] += n
    return lambda h, ch: (N[h, ch] + k) / (total[h] + k * V) if total[h] + k else 0
"""

INTERPOLATED = """\
def windows(words, c):
    N = Counter()
    for w, weight in words:
        chs = [$boundary] + list(w) + [$boundary]
        for i in range(1, len(chs)):
            N[tuple(chs[max(0, i - c):i]), chs[i]] += weight
    return N

def order(c, longest):
    N = Counter({(h, ch): n for (h, ch), n in windows(train, c).items() if len(h) == c})
$order

def model(c, k):
    orders = [order(i, longest=i == c) for i in range(c + 1)]

    @lru_cache(maxsize=None)
    def P(h, ch):
        shorter = P(h[1:], ch) if h else 1 / V
        own, passed_on, total = orders[len(h)]
        return (own.get((h, ch), 0) + passed_on[h] * shorter) / total[h] if total[h] else shorter

    return P
"""

WITTEN_BELL = """\
    passed_on, total = Counter(h for h, ch in N), Counter()
    for (h, ch), n in N.items():
        total[h] += n
    return N, passed_on, total + passed_on"""

KNESER_NEY = """\
    if not longest:
        a = Counter((h[1:], ch) for h, ch in windows(train, c + 1) if len(h) == c + 1)
        N = a + Counter({(h, ch): n for (h, ch), n in N.items() if h[:1] == ($boundary,)})
    n1, n2, n3, n4 = (sum(n == i for n in N.values()) for i in (1, 2, 3, 4))
$discounts
    own, passed_on, total = {}, Counter(), Counter()
    for (h, ch), n in N.items():
        d = D[min(n, len(D)) - 1]
        own[h, ch] = n - d
        passed_on[h] += d
        total[h] += n
    return own, passed_on, total"""


def contexts_code(
    dataset: Dataset, comparison: Comparison, rows: Sequence[Row], row: Row | None
) -> Notebook | str:
    """The losses of these rows, which are of one smoother; of the chosen one also what test and leaks are."""
    parts, vocabulary = comparison.parts, dataset.counts.vocabulary
    if parts is None or not rows:
        return say("There is no code yet: the pane is still counting.")
    if not parts.shuffled:
        return say("There is no code for so long a list: it is split while it is read, not shuffled.")
    sign = boundary(vocabulary)
    smoother = rows[0].smoother
    cells = [
        words_cell(dataset.corpus),
        vocabulary_cell(dataset.corpus, dataset.counts),
        _split_cell(comparison, is_weighted(dataset.corpus)),
        _model_cell(smoother, sign),
        filled_cell(
            "The mean of −log P over each token of a part, with the model of train.",
            """\
def nll(P, words, c):
    N = windows(words, c)
    logs = (n * math.log(P(h, ch)) if P(h, ch) else -math.inf for (h, ch), n in N.items())
    return -sum(logs) / sum(N.values())

for c, k in $contexts:
    P = model(c, k)
    losses = [f'{nll(P, part, c):.4f}' for part in (train, dev) if part]
    print(c, *losses)
""",
            contexts=repr([(each.context, each.smoothing) for each in rows]),
        ),
    ]
    if row is not None:
        cells += _chosen_cells(comparison, row, has_rare=bool(vocabulary.rare))
    return Notebook.of("Contexts of every length", *cells)


def _split_cell(comparison: Comparison, weighted: bool) -> CodeCell:
    how = comparison.split
    shares = how.fractions
    total = literal(shares.train + shares.dev + shares.test)
    entries = "list(zip(words, weights))" if weighted else "[(w, 1) for w in words]"
    lines = [f"entries = {entries}"]
    if how.together:
        lines += [
            "equal = {}",
            "for w, weight in entries:",
            "    equal.setdefault(w, []).append((w, weight))",
            "entries = list(equal.values())",
        ]
    lines += [
        f"random.seed({how.seed})",
        "random.shuffle(entries)",
        f"n1 = int({literal(shares.train)} / {total} * len(entries))",
        f"n2 = int({literal(shares.train + shares.dev)} / {total} * len(entries))",
        "train, dev, test = entries[:n1], entries[n1:n2], entries[n2:]",
    ]
    if how.together:
        lines.append(
            "train, dev, test = ([e for group in part for e in group] for part in (train, dev, test))"
        )
    lines.append("print(*(f'{sum(weight for w, weight in part):,}' for part in (train, dev, test)))")
    return CodeCell(
        "Train to learn from, dev to choose by, test to be judged on, as in the lecture.", "\n".join(lines)
    )


def _model_cell(smoother: str, sign: str) -> CodeCell:
    if smoother == ADD_K:
        words = "P(ch|h) from the counts of train, to each of which k is added."
        return filled_cell(words, ADD_K_MODEL, boundary=sign)
    words = "P(ch|h): what a context does not know it asks the next shorter one, and at last 1/V."
    order = WITTEN_BELL
    if smoother in DISCOUNTS:
        order = KNESER_NEY.replace("$discounts", DISCOUNTS[smoother]).replace("$boundary", sign)
    return filled_cell(words, INTERPOLATED, boundary=sign, order=order)


def _chosen_cells(comparison: Comparison, row: Row, has_rare: bool) -> list[CodeCell]:
    """What is said of the row under the cursor besides."""
    parts, cells = comparison.parts, []
    assert parts is not None
    begin = f"P = model({row.context}, {row.smoothing})\n"
    if row.dev_without_train is not None and not has_rare:
        code = (
            "known = set(w for w, weight in train)\n"
            "new = [(w, weight) for w, weight in dev if w not in known]\n"
            f"{begin}print(f'{{nll(P, new, {row.context}):.4f}}')"
        )
        cells.append(CodeCell("Dev without the words that are in train as well.", code))
    if comparison.test_of(row) is not None:
        code = f"{begin}print(f'{{nll(P, test, {row.context}):.4f}}')"
        cells.append(CodeCell("Test, which was opened for this row.", code))
    return cells
