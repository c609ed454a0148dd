"""The notebook of each pane: from the dataset to what the pane shows, and nothing more."""

from collections.abc import Sequence
from math import isfinite

from bigram_tui.code.counts import (
    contexts_likelihood_cells,
    counts_cells,
    dev_cell,
    likelihood_cell,
    next_context,
    ngrams_cell,
    probabilities_cell,
    row_cell,
    smoothed_counts,
    smoothing_cell,
)
from bigram_tui.code.drawing import FirstNames, model_cells, names_cell, row_of_P, samples_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, Notebook, fill, filled_cell, literal
from bigram_tui.code.training import Run, inside_cells, levels_cell, loss_cell, losses_cell, training_cells
from bigram_tui.code.words import (
    boundary,
    is_weighted,
    place_of,
    split_cells,
    vocabulary_cell,
    words_cell,
)
from bigram_tui.lm.model import CountModel
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.session.snapshots.training import Training
from bigram_tui.views.grid import Cell, GridView
from bigram_tui.views.view import View
from bigram_tui.words.corpus import TOP_NGRAMS

OF_NETWORK = {
    View.NETWORK_PROBABILITIES: "W.detach().double().softmax(1)[ix1]",
    View.NETWORK_COUNTS: "W.detach().double().exp()[ix1]",
    View.WEIGHTS: "W.detach()[ix1]",
    View.DIFFERENCE: "W.detach().double().softmax(1)[ix1] - P[ix1]",
}
"""Expressions for a row of the views that depend on W alone, or on W and P."""

GRADIENT = """\
share = N[ix1].double() / N.sum()
row = W.detach().double().softmax(1)[ix1] * share.sum() - share
row += 2 * $regularization * W.detach().double()[ix1] / W.numel()
"""


def dataset_code(
    dataset: Dataset, training: Training, two_boundaries: bool, wanted: str, word: str | None
) -> Notebook:
    """The summary, the most frequent n-grams and the lengths; how many words contain `wanted`, if given; and
    the n-grams of the word under the cursor."""
    sign = boundary(dataset.counts.vocabulary)
    begin, end = (repr("<S>"), repr("<E>")) if two_boundaries else (sign, sign)
    cells = [words_cell(dataset.corpus), _summary(dataset)]
    if wanted:
        search = f"found = [w for w in words if {wanted!r} in w]\nprint(f'{{len(found):,}} found')"
        cells.append(CodeCell("The words that contain what is searched for.", search))
    c = dataset.counts.context
    cells += [
        vocabulary_cell(dataset.corpus, dataset.counts),
        *split_cells(dataset),
        ngrams_cell(dataset, begin, end),
    ]
    top = filled_cell(
        "The most frequent ones, equally frequent ones in the order of the vocabulary.",
        """\
print(f'{sum(b.values()):,} $ngrams, {len(b):,} different of $possible')
in_order = sorted(b, key=lambda ngram: (-b[ngram], [stoi.get(ch, 0) for ch in ngram]))
for ngram in in_order[:$top]:
    print(ngram, f'{b[ngram]:,}')
""",
        ngrams="bigrams" if c == 1 else f"{c + 1}-grams",
        possible="{V}×{V} = {V * V:,}" if c == 1 else f"{{V}}^{c + 1} = {{V**{c + 1}:,}}",
        top=TOP_NGRAMS,
    )
    cells.append(top)
    if word is not None:
        words = "The word under the cursor: the probability of each token, given its context."
        folded = dataset.counts.vocabulary.fold(word)
        if _is_the_lectures(dataset):
            sums = "followed = Counter()\nfor (ch1, ch2), n in b.items():\n    followed[ch1] += n"
            score = _score(words, (begin, folded, end), _probability(dataset.smoothing))
            cells += [CodeCell("How often each character is followed by any.", sums), score]
        else:
            cells += probabilities_cells(dataset.model, dataset, training, "double")
            cells.append(_score_by_context(words, folded, sign, c))
    return Notebook.of("The words and their bigrams", *cells)


def _is_the_lectures(dataset: Dataset) -> bool:
    """Whether P is a table of bigrams, as in the lecture, instead of rows by context."""
    return dataset.counts.context == 1 and isinstance(dataset.model, CountModel)


def _score_by_context(words: str, name: str, end: str, context: int, row: str = "P[s]") -> CodeCell:
    """The likelihood of a name under `P`, whose rows are indexed by the number `s` of a context."""
    return filled_cell(
        words,
        """\
s, nll = 0, 0
chs = list($name) + [$end]
for ch in chs:
    p = $row[stoi[ch]].item()
    nll += -math.log(p) if p > 0 else math.inf
    print((s, ch), f'{p:.4f}')
    s = $next
nll /= len(chs)
print(f'nll {nll:.4f} nats per token, perplexity {math.exp(nll):.2f}')
""",
        name=repr(name),
        end=end,
        row=row,
        next=next_context(context),
    )


def _summary(dataset: Dataset) -> CodeCell:
    if is_weighted(dataset.corpus):
        code = """\
lengths = Counter()
for w, weight in zip(words, weights):
    lengths[len(w)] += weight"""
    else:
        code = "lengths = Counter(len(w) for w in words)"
    code += """
total = sum(lengths.values())
characters = sum(length * n for length, n in lengths.items())
print(f'{total:,} words, {len(set(words)):,} different, {characters:,} characters')
print(f'length {min(lengths)} to {max(lengths)}, mean {characters / total:.2f}')
for length, n in sorted(lengths.items()):
    print(length, f'{n:,}')"""
    return CodeCell("How many words there are, and how long they are.", code)


def _probability(smoothing: float) -> str:
    """An expression for P(ch2 | ch1), from `b` and `followed`."""
    if not smoothing:
        return "b[ch1, ch2] / followed[ch1]"
    k = literal(smoothing)
    return f"(b[ch1, ch2] + {k}) / (followed[ch1] + {'V' if k == '1' else f'{k} * V'})"


def _score(words: str, name: tuple[str, str, str], p: str) -> CodeCell:
    """The likelihood of a name, written as two literals, given an expression for a bigram's probability."""
    return filled_cell(
        words,
        """\
chs = [$begin] + list($name) + [$end]
nll = 0
for ch1, ch2 in zip(chs, chs[1:]):
    p = $p
    nll += -math.log(p) if p > 0 else math.inf
    print((ch1, ch2), f'{p:.4f}')
nll /= len(chs) - 1
print(f'nll {nll:.4f} nats per bigram, perplexity {math.exp(nll):.2f}')
""",
        begin=name[0],
        name=repr(name[1]),
        end=name[2],
        p=p,
    )


def counts_code(
    dataset: Dataset,
    training: Training,
    view: View,
    place: Cell,
    *,
    row: Sequence[int] | None = None,
    smoothing: bool = False,
) -> Notebook:
    """N, P and the likelihood, with one cell and what else the view shows about it; for the row tab, what can
    come next, in this order; for the smoothing tab, how the likelihood depends on it."""
    of_table = _table_cells if _is_the_lectures(dataset) else _contexts_cells
    needs_N = view is View.WITHOUT_KEEPDIM and dataset.counts.context == 1
    cells = [
        *_data(dataset),
        *(counts_cells(dataset) if needs_N else []),
        *of_table(dataset, training, place_of(dataset.counts, place), smoothing),
        *([dev_cell(dataset)] if dataset.dev else []),
        *([row_cell(row)] if row else []),
    ]
    return Notebook.of("The table of counts", *cells, *_view_cells(dataset, training, view))


def _table_cells(dataset: Dataset, training: Training, place: str, smoothing: bool) -> list[CodeCell]:
    """Cells for bigrams, which use a table of all of them."""
    cell = filled_cell(
        "The cell under the cursor, and its place among the counts in its row and in the table.",
        """\
$place
n = N[ix1, ix2]
print(f'{n:,} of {N[ix1].sum():,}, P = {P[ix1, ix2]:.4f}')
print(f'#{(N[ix1] > n).sum() + 1:,} of {V:,} in row')
print(f'#{(N > n).sum() + 1:,} of {V * V:,} in table')
print(f'-ln P = {-P[ix1, ix2].log():.4f} nats')
""",
        place=place,
    )
    return [
        *counts_cells(dataset),
        probabilities_cell(dataset.smoothing),
        cell,
        likelihood_cell(dataset),
        *([smoothing_cell()] if smoothing else []),
    ]


def _contexts_cells(dataset: Dataset, training: Training, place: str, smoothing: bool) -> list[CodeCell]:
    """Cells for longer contexts, which are too many for a table and are looked up by their numbers."""
    cell = filled_cell(
        "The cell under the cursor, and its place among the counts in its row and in the table.",
        """\
$place
n, row = ngrams[ix1, ix2], [ngrams[ix1, ix] for ix in range(V)]
print(f'{n:,} of {sum(row):,}, P = {P[ix1][ix2]:.4f}')
print(f'#{sum(other > n for other in row) + 1:,} of {V:,} in row')
print(f'#{sum(other > n for other in ngrams.values()) + 1:,} of {$size:,} in table')
print(f'-ln P = {-P[ix1][ix2].log():.4f} nats')
""",
        place=place,
        size="V * V" if dataset.counts.context == 1 else "len({context for context, _ in ngrams}) * V",
    )
    return [
        *probabilities_cells(dataset.model, dataset, training, "double"),
        cell,
        *contexts_likelihood_cells(dataset, smoothing),
    ]


def _view_cells(dataset: Dataset, training: Training, view: View) -> list[CodeCell]:
    """What a view shows about the cell besides N and P."""
    show, row_sum = "print(f'{row[ix2]:.4f}')", "print(f'row sum {row.sum():.4f}')"
    if view is View.PROBABILITIES:
        return [CodeCell("Each row of P sums to 1.", f"row = P[ix1]\n{row_sum}")]
    if view is View.WITHOUT_KEEPDIM and dataset.counts.context == 1:
        words = (
            "The mistake: without keepdim the sums lie in a row, and divide the columns instead of the rows."
        )
        table = f"table = {smoothed_counts(dataset.smoothing)}.double()\nrow = (table / table.sum(1))[ix1]"
        return [CodeCell(words, f"{table}\n{show}\n{row_sum}")]
    if view not in OF_NETWORK or training.network is None:
        return []
    lines = [f"row = {OF_NETWORK[view]}", show, *([row_sum] if view.should_sum_to_one else [])]
    return [
        *training_cells(Run(dataset, training)),
        CodeCell(f"The same cell of {view.symbol}.", "\n".join(lines)),
    ]


def training_code(
    dataset: Dataset,
    training: Training,
    place: Cell,
    *,
    view: GridView | None = None,
    inside: bool = False,
    stride: int = 0,
) -> Notebook:
    """Gradient descent up to the step shown, its loss with baselines, and names drawn there; in between, what
    the tabs show: a cell of a table, the inside of the next step for this bigram, or the losses at regular
    intervals."""
    assert training.loss is not None
    run = Run(dataset, training, stride=stride, to_the_bit=inside)
    cells = [*_data(dataset), *training_cells(run), loss_cell(run), levels_cell(run)]
    if view is not None:
        cells += _cell_of_table(dataset, training, view, place)
    if inside:
        cells += inside_cells(run, place)
    if stride:
        cells.append(losses_cell(run))
    if isfinite(training.loss.total):
        cells.append(samples_cell(dataset, training))
    if training.dev is not None:
        P = CodeCell("P: softmax of each row of W.", "P = W.detach().double().softmax(1)")
        cells += [P, dev_cell(dataset)]
    return Notebook.of("Gradient descent", *cells)


def _cell_of_table(dataset: Dataset, training: Training, view: GridView, place: Cell) -> list[CodeCell]:
    """A cell of one of the network's tables, with as many decimals as the table shows."""
    if view.kind is View.GRADIENT:
        row = fill(GRADIENT, regularization=literal(training.settings.regularization))
    else:
        row = f"row = {OF_NETWORK[view.kind]}"
    shown = view.number(view.value(*place))
    show = f"print(f'{{row[ix2]:.{len(shown.partition('.')[2])}f}}')"
    code = "\n".join((place_of(dataset.counts, place), row, show))
    cell = CodeCell(f"The cell of {view.kind.symbol} under the cursor.", code)
    if view.kind is not View.DIFFERENCE:
        return [cell]
    if isinstance(dataset.model, CountModel):
        return [probabilities_cell(dataset.smoothing), cell]
    return [*probabilities_cells(dataset.model, dataset, training, "double"), cell]


def generator_code(
    dataset: Dataset,
    training: Training,
    generation: Generation,
    first_names: FirstNames,
    typed: str | None,
) -> Notebook:
    """The first names from the seed, drawn from the models shown, or the likelihood of a typed name."""
    if typed is None:
        models = [lane.model for lane in generation.lanes]
        cells = model_cells(dataset, training, generation, models, to_draw=True)
        return Notebook.of("New names", *_data(dataset), *cells, names_cell(dataset, generation, first_names))
    cells = model_cells(dataset, training, generation, [generation.model], to_draw=False)
    sign, words = boundary(dataset.counts.vocabulary), "The probability of each bigram of the name."
    score = _score_by_context(words, typed, sign, dataset.counts.context, row_of_P(generation, "s"))
    return Notebook.of("How likely a name is", *_data(dataset), *cells, score)


def _data(dataset: Dataset) -> list[CodeCell]:
    return [
        words_cell(dataset.corpus),
        vocabulary_cell(dataset.corpus, dataset.counts),
        *split_cells(dataset),
    ]
