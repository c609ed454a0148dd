"""The notebook of each pane: from the dataset on, and no more than the pane shows."""

from collections.abc import Sequence
from math import isfinite

from bigram_tui.code.counts import (
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
from bigram_tui.code.drawing import FirstNames, model_cells, names_cell, samples_cell
from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, Notebook, fill, filled_cell, literal
from bigram_tui.code.training import Run, inside_cells, levels_cell, loss_cell, losses_cell, training_cells
from bigram_tui.code.words import (
    boundary,
    is_weighted,
    place_of,
    split_cells,
    tokens,
    vocabulary_cell,
    words_cell,
)
from bigram_tui.lm.model import CountModel
from bigram_tui.session.snapshots import Dataset, Generation, Training
from bigram_tui.views.grid import Cell, GridView
from bigram_tui.views.view import View
from bigram_tui.words.corpus import TOP_BIGRAMS

OF_NETWORK = {
    View.NETWORK_PROBABILITIES: "W.detach().double().softmax(1)",
    View.NETWORK_COUNTS: "W.detach().double().exp()",
    View.WEIGHTS: "W.detach()",
    View.DIFFERENCE: "W.detach().double().softmax(1) - P",
}
"""What the views are that follow from W alone, or from W and P."""

GRADIENT = """\
share = N.double() / N.sum()
table = W.detach().double().softmax(1) * share.sum(1, keepdim=True) - share
table += 2 * $regularization * W.detach().double() / W.numel()
"""


def dataset_code(
    dataset: Dataset, training: Training, two_boundaries: bool, wanted: str, word: str | None
) -> Notebook:
    """The summary, the most frequent n-grams and the lengths; how many words hold `wanted`, if it is
    given, and the word under the cursor as its n-grams."""
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
        top=TOP_BIGRAMS,
    )
    cells.append(top)
    if word is not None:
        words = "The word under the cursor: the probability of each token, given its context."
        folded = dataset.counts.vocabulary.fold(word)
        if _is_the_lectures(dataset):
            score = _score(words, (begin, folded, end), _probability(dataset.smoothing))
            cells += [_row_sums(), score]
        else:
            cells += probabilities_cells(dataset.model, dataset, training, "double")
            cells.append(_score_by_context(words, folded, sign, c))
    return Notebook.of("The words and their bigrams", *cells)


def _is_the_lectures(dataset: Dataset) -> bool:
    """Whether P is a table of bigrams, as there, and no rows by contexts."""
    return dataset.counts.context == 1 and isinstance(dataset.model, CountModel)


def _score_by_context(words: str, name: str, end: str, context: int) -> CodeCell:
    """The likelihood of a name by `P`, which has a row for each context by its number."""
    return filled_cell(
        words,
        """\
s, nll = 0, 0
chs = list($name) + [$end]
for ch in chs:
    p = P[s][stoi[ch]].item()
    nll += -math.log(p) if p > 0 else math.inf
    print((s, ch), f'{p:.4f}')
    s = $next
nll /= len(chs)
print(f'nll {nll:.4f} nats per token, perplexity {math.exp(nll):.2f}')
""",
        name=repr(name),
        end=end,
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


def _row_sums() -> CodeCell:
    code = "followed = Counter()\nfor (ch1, ch2), n in b.items():\n    followed[ch1] += n"
    return CodeCell("How often each character is followed by any.", code)


def _probability(smoothing: float) -> str:
    """Of ch2 after ch1, from `b` and `followed`."""
    if not smoothing:
        return "b[ch1, ch2] / followed[ch1]"
    k = literal(smoothing)
    return f"(b[ch1, ch2] + {k}) / (followed[ch1] + {'V' if k == '1' else f'{k} * V'})"


def _score(words: str, name: tuple[str, str, str], p: str) -> CodeCell:
    """The likelihood of a name between two literals, by an expression for the probability of a bigram."""
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
    row: tuple[int, Sequence[int]] | None = None,
    smoothing: bool = False,
) -> Notebook:
    """N, P and the likelihood, with the cell at this place, and what else the view shows of it; with a row,
    what can follow its token in this order, or how the likelihood depends on the smoothing."""
    if not _is_the_lectures(dataset):
        return _contexts_code(dataset, training, view, place, row=row, smoothing=smoothing)
    cell = filled_cell(
        "The cell under the cursor, and its place among the counts in its row and in the table.",
        """\
$tokens
n = N[ix1, ix2]
print(f'{n:,} of {N[ix1].sum():,}, P = {P[ix1, ix2]:.4f}')
print(f'#{(N[ix1] > n).sum() + 1:,} of {V:,} in row')
print(f'#{(N > n).sum() + 1:,} of {V * V:,} in table')
print(f'-ln P = {-P[ix1, ix2].log():.4f} nats')
""",
        tokens=tokens(dataset.counts.vocabulary, place),
    )
    cells = [
        *_data(dataset),
        *counts_cells(dataset),
        probabilities_cell(dataset.smoothing),
        cell,
        likelihood_cell(dataset),
        *([dev_cell(dataset)] if dataset.dev else []),
    ]
    cells += [row_cell(dataset.counts.vocabulary, *row)] if row else []
    cells += [smoothing_cell()] if smoothing else []
    known = {each.code for each in cells}
    cells += [each for each in _view_cells(dataset, training, view) if each.code not in known]
    return Notebook.of("The table of counts", *cells)


def _contexts_code(
    dataset: Dataset,
    training: Training,
    view: View,
    place: Cell,
    *,
    row: tuple[int, Sequence[int]] | None,
    smoothing: bool,
) -> Notebook:
    """The same of contexts by their numbers, which are too many for a table."""
    vocabulary, c = dataset.counts.vocabulary, dataset.counts.context
    cell = filled_cell(
        "The cell under the cursor, and its place among the counts in its row and in the table.",
        """\
$place
n, row = ngrams[s, ix], [ngrams[s, i] for i in range(V)]
print(f'{n:,} of {sum(row):,}, P = {P[s][ix]:.4f}')
print(f'#{sum(other > n for other in row) + 1:,} of {V:,} in row')
print(f'#{sum(other > n for other in ngrams.values()) + 1:,} of {len(ngrams):,} in table')
print(f'-ln P = {-P[s][ix].log():.4f} nats')
""",
        place=place_of(vocabulary, place, c),
    )
    likelihood = CodeCell(
        "How likely the data is: −log P of each n-gram that occurs, on average.",
        """\
total = sum(ngrams.values())
nll = -sum(n * math.log(P[s][ix]) for (s, ix), n in ngrams.items()) / total
print(f'mean nll {nll:.4f} nats over {total:,} n-grams')
print(f'perplexity {math.exp(nll):.2f}')""",
    )
    cells = [
        *_data(dataset),
        *probabilities_cells(dataset.model, dataset, training, "double"),
        cell,
        likelihood,
        *([dev_cell(dataset)] if dataset.dev else []),
    ]
    cells += [row_cell(vocabulary, *row, context=c)] if row else []
    if view is View.PROBABILITIES:
        cells.append(CodeCell("Each row of P sums to 1.", "print(f'row sum {P[s].sum():.4f}')"))
    if view in OF_NETWORK and training.network is not None:
        cells += training_cells(Run(dataset, training))
        table = OF_NETWORK[view].replace(" - P", "[s] - P[s]")
        at = "[ix]" if view is View.DIFFERENCE else "[s, ix]"
        show = f"table = {table}\nprint(f'{{table{at}:.4f}}')"
        cells.append(CodeCell(f"The same cell of {view.symbol}.", show))
    return Notebook.of("The table of counts", *cells)


def _view_cells(dataset: Dataset, training: Training, view: View) -> list[CodeCell]:
    """What a view shows of the cell besides N and P."""
    show, row_sum = "print(f'{table[ix1, ix2]:.4f}')", "print(f'row sum {table[ix1].sum():.4f}')"
    if view is View.PROBABILITIES:
        return [CodeCell("Each row of P sums to 1.", f"table = P\n{row_sum}")]
    if view is View.WITHOUT_KEEPDIM:
        words = (
            "The mistake: without keepdim the sums lie in a row, and divide the columns instead of the rows."
        )
        table = f"table = {smoothed_counts(dataset.smoothing)}.double()\ntable = table / table.sum(1)"
        return [CodeCell(words, f"{table}\n{show}\n{row_sum}")]
    if view not in OF_NETWORK or training.network is None:
        return []
    lines = [f"table = {OF_NETWORK[view]}", show, *([row_sum] if view.should_sum_to_one else [])]
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
    """Gradient descent until the step shown, its loss beside what it can be compared with, and names drawn
    there; between them what is looked at: the cell at a place of a table, the inside of the next step for
    this bigram, or the losses of every so many steps."""
    assert training.loss is not None
    run = Run(dataset, training, stride=stride, to_the_bit=inside)
    cells = [*_data(dataset), *training_cells(run), loss_cell(run), levels_cell(run)]
    if view is not None and (run.context == 1 or view.kind is not View.DIFFERENCE):
        cells += _table_cells(dataset, training, view, place)
    if inside and run.context == 1:
        cells += inside_cells(run, place)
    if stride:
        cells.append(losses_cell(run))
    if isfinite(training.loss.total):
        cells.append(samples_cell(dataset, training))
    if training.dev is not None:
        P = CodeCell("P: softmax of each row of W.", "P = W.detach().double().softmax(1)")
        cells += [P, dev_cell(dataset)]
    return Notebook.of("Gradient descent", *cells)


def _table_cells(dataset: Dataset, training: Training, view: GridView, place: Cell) -> list[CodeCell]:
    """A cell of one of the network's tables, with as many decimals as its number has there."""
    if view.kind is View.GRADIENT:
        table = fill(GRADIENT, regularization=literal(training.settings.regularization))
    else:
        table = f"table = {OF_NETWORK[view.kind]}"
    shown = view.number(view.value(*place))
    show = f"print(f'{{table[ix1, ix2]:.{len(shown.partition('.')[2])}f}}')"
    at = tokens(dataset.counts.vocabulary, place)
    if dataset.counts.context != 1:
        at = f"ix1, ix2 = {place.row}, {place.column}"
    code = "\n".join((at, table, show))
    cell = CodeCell(f"The cell of {view.kind.symbol} under the cursor.", code)
    return [probabilities_cell(dataset.smoothing), cell] if view.kind is View.DIFFERENCE else [cell]


def generator_code(
    dataset: Dataset,
    training: Training,
    generation: Generation,
    first_names: FirstNames,
    typed: str | None,
) -> Notebook:
    """The first names from the seed, drawn from the models shown; or the likelihood of a typed name."""
    if typed is None:
        models = [lane.model for lane in generation.lanes]
        cells = model_cells(dataset, training, generation, models, to_draw=True)
        return Notebook.of("New names", *_data(dataset), *cells, names_cell(dataset, generation, first_names))
    cells = model_cells(dataset, training, generation, [generation.model], to_draw=False)
    sign, words = boundary(dataset.counts.vocabulary), "The probability of each bigram of the name."
    score = _score_by_context(words, typed, sign, dataset.counts.context)
    return Notebook.of("How likely a name is", *_data(dataset), *cells, score)


def _data(dataset: Dataset) -> list[CodeCell]:
    return [
        words_cell(dataset.corpus),
        vocabulary_cell(dataset.corpus, dataset.counts),
        *split_cells(dataset),
    ]
