"""P under interpolated smoothing, which mixes in that of the next shorter context."""

from bigram_tui.code.counts import contexts_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, filled_cell
from bigram_tui.lm.smoothing import InterpolatedModel, Smoother
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training

SEEN = """\
def seen(ngrams, i):
    found = Counter()
    for (s, ix), n in ngrams.items():
        h = s % V**i
        # of several boundaries before a word only one counts
        if i < 2 or h >= V ** (i - 2):
            found[h, ix] += n
    return found

def order(ngrams, i, c):
    N = seen(ngrams, i)
    total, passed_on = Counter(), Counter()
"""

WITTEN_BELL = """\
    for (h, ix), n in N.items():
        total[h] += n + 1
        passed_on[h] += 1
    return N, passed_on, total
"""

KNESER_NEY = """\
    if i < c:
        before = Counter((h % V**i, ix) for h, ix in seen(ngrams, i + 1))
        begins = {(h, ix): n for (h, ix), n in N.items() if i and h < V ** (i - 1)}
        N = {**before, **begins}
    often = Counter(N.values())
    n1, n2, n3, n4 = (often[n] for n in (1, 2, 3, 4))
$discounts
    own = {}
    for (h, ix), n in N.items():
        d = D[min(n, len(D)) - 1]
        own[h, ix] = n - d
        total[h] += n
        passed_on[h] += d
    return own, passed_on, total
"""

DISCOUNTS = {
    "kneser-ney": "    D = [n1 / (n1 + 2 * n2) if n1 else 0.5]",
    "modified-kneser-ney": """\
    D = [0.5, 1, 1.5]
    if n1 and n2 and n3 and n4:
        Y = n1 / (n1 + 2 * n2)
        computed = [1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3]
        D = computed if min(computed) >= 0 else D""",
}

ROWS = """\
def model(ngrams, c):
    orders = [order(ngrams, i, c) for i in range(c + 1)]

    class Rows(dict):
        def __missing__(self, s):
            row = torch.full((V,), 1 / V, dtype=torch.double)
            for i, (own, passed_on, total) in enumerate(orders):
                h = s % V**i
                if total[h]:
                    known = torch.tensor([own.get((h, ix), 0) for ix in range(V)], dtype=torch.double)
                    row = (known + passed_on[h] * row) / total[h]
            self[s] = row.$dtype()
            return self[s]

    return Rows()
"""


@probabilities_cells.register(InterpolatedModel)
def _interpolated(
    model: InterpolatedModel, dataset: Dataset, training: Training, dtype: str
) -> list[CodeCell]:
    P = CodeCell("", f"P = model(ngrams, {model.context})")
    return [contexts_cell(dataset), *interpolated_cells(model.smoother, dtype), P]


def interpolated_cells(smoother: Smoother, dtype: str) -> list[CodeCell]:
    """`model(ngrams, c)`, which returns P as a dict of rows by context, filled on demand."""
    known, about = WITTEN_BELL, "As many counts as different tokens followed a context are passed on."
    if smoother.key in DISCOUNTS:
        known = KNESER_NEY.replace("$discounts", DISCOUNTS[smoother.key])
        about = (
            "A discount D is taken from each count and passed on. Shorter contexts are counted by the "
            "different tokens that came before."
        )
    return [
        filled_cell(
            f"{smoother.name}: what contexts of i tokens know, and leave to the next shorter. {about}",
            SEEN + known,
        ),
        filled_cell(
            "P: from the empty context, below which it is 1/V, to the longest. A row is computed when it is "
            "asked for.",
            ROWS,
            dtype=dtype,
        ),
    ]
