"""The cells for the network: W from its initial values to the step shown, and its losses."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from textwrap import indent

import numpy as np
from numpy.typing import NDArray

from bigram_tui.code.counts import counts_cells, next_context
from bigram_tui.code.notebook import CodeCell, fill, filled_cell, literal
from bigram_tui.code.words import boundary, each_word, is_weighted, place_of
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.views.grid import Cell

MAX_NUMBERS = 20_000_000
"""Code may create a row of numbers per bigram if there are at most this many numbers: 80 MB."""

MAX_PRODUCTS = 20_000_000_000
"""… and if training with them takes at most this many multiplications: a few minutes."""

CALM = 1e-6
"""By how many nats rounding may raise the loss of a run that is otherwise converging."""

SMALL_LOSS = 10_000
"""The Training pane writes losses up to this many nats without an exponent."""

CHANGING = ("learning_rate", "regularization", "batch_size")
"""The settings that can change during a run."""


def training_cells(run: Run) -> list[CodeCell]:
    """`W` after the step shown."""
    data = [_pairs_cell(run)] if run.has_pairs else counts_cells(run.dataset)
    cells = [*data, _first_weights(run)]
    if run.stride:
        cells.append(_loss_parts(run))
    if run.steps:
        loops = (
            _lectures_loop if run.has_pairs else _batch_loops if run.has_batches_alone else _loop_over_counts
        )
        cells.append(loops(run))
    return cells


def loss_cell(run: Run) -> CodeCell:
    """The loss and its two parts, formatted as in the Training pane."""
    training = run.training
    assert training.loss is not None
    digits = map(_digits, (training.loss.total, *training.loss))
    return filled_cell(
        f"The loss after step {training.step:,}, over all {run.ngram}s and in float64.",
        """\
logprobs = W.detach().double().log_softmax(1)
data = -$of_data
penalty = $regularization * W.detach().double().square().mean()
print(f'loss            {data + penalty:$total}')
print(f'data            {data:$data}')
print(f'regularization  {penalty:$penalty}')
""",
        of_data=run.mean_logprob,
        regularization=literal(training.settings.regularization),
        **dict(zip(("total", "data", "penalty"), digits, strict=True)),
    )


def levels_cell(run: Run) -> CodeCell:
    """`N`, and the baselines for the data loss."""
    loss, floor = run.training.loss, run.dataset.counts.nll(0)
    assert loss is not None
    return filled_cell(
        "What the data's part can be compared with: counting without smoothing, which is the lowest there "
        "is; each character as likely as it is frequent, whatever came before; all equally likely.",
        """\
${N}rows = N.double().sum(1, keepdim=True)
counting = -torch.xlogy(N, (N / rows).nan_to_num()).sum() / N.sum()
parts = N.double().sum(0) / N.sum()
letters_alone = -torch.xlogy(parts, parts).sum()
print(f'counting        {counting:.4f}')
print(f'still to learn  {data - counting:$digits}')
print(f'letters alone   {letters_alone:.4f}')
print(f'knowing nothing {math.log(V):.4f}')
""",
        N="" if run.has_N else f"{run.N}\n",
        digits=_digits(loss.data - floor),
    )


def losses_cell(run: Run) -> CodeCell:
    """The table of losses up to the step shown; comes after `loss_cell`."""
    losses = run.training.losses
    assert losses is not None
    is_large = not all(loss < SMALL_LOSS for loss in losses.table.sum(1).tolist())
    format = "{loss:{'.4f' if abs(loss) < 10_000 else '.2e'}}" if is_large else "{loss:.4f}"
    return filled_cell(
        "The losses until the step shown: the loss, the data's part of it, and the regularization's.",
        """\
losses[$last] = data.item(), penalty.item()
for k, parts in losses.items():
    print(k, *(f"$format" for loss in (sum(parts), *parts)))
""",
        last=run.last,
        format=format,
    )


def _loss_parts(run: Run) -> CodeCell:
    """`loss_parts` and `losses`, which has the losses at regular intervals after the loop."""
    return filled_cell(
        f"The two parts of the loss, over all {run.ngram}s and in float64.",
        """\
def loss_parts(W, regularization):
    logprobs = W.detach().double().log_softmax(1)
    data = -$of_data
    penalty = regularization * W.detach().double().square().mean()
    return data.item(), penalty.item()

losses = {}
""",
        of_data=run.mean_logprob,
    )


def _digits(loss: float) -> str:
    """How the Training pane formats a loss."""
    return ".4f" if abs(loss) < SMALL_LOSS else ".2e"


class Run:
    """How to write the steps up to the one shown as code.

    With a `stride`, the losses of every stride-th step are kept. `to_the_bit` asks for exactly the program's
    operations.
    """

    def __init__(
        self, dataset: Dataset, training: Training, *, stride: int = 0, to_the_bit: bool = False
    ) -> None:
        self.dataset, self.training, self.stride, self.to_the_bit = dataset, training, stride, to_the_bit
        self.first = training.losses.first if training.losses else 0
        self.last = training.step
        self.changes = [(since, settings) for since, settings in training.changes if since < self.last]
        self.has_batches = any(settings.batch_size is not None for _, settings in self.changes)
        self.has_batches_alone = all(settings.batch_size is not None for _, settings in self.changes)
        self.is_calm = not self.steps or _is_calm(training)
        self.is_weighted = is_weighted(dataset.corpus)
        self.context = dataset.counts.context

    @property
    def steps(self) -> int:
        return self.last - self.first

    @property
    def has_pairs(self) -> bool:
        """Whether code can use a row of logits per bigram: autograd is then still reasonably fast."""
        return self._can_have_pairs and not self.to_the_bit

    @property
    def _can_have_pairs(self) -> bool:
        is_small = self._is_small(self.dataset.counts.total * len(self.dataset.counts.vocabulary))
        return is_small and not (self.has_batches or self.is_weighted)

    @property
    def has_N(self) -> bool:
        """Whether N is computed first."""
        return not (self.has_pairs and self.is_calm)

    @property
    def one_hot_numbers(self) -> int:
        """How many numbers the one-hot rows of all bigrams have."""
        counts = self.dataset.counts
        numbers: int = counts.total * len(counts.vocabulary) ** counts.context
        return numbers

    @property
    def has_one_hot(self) -> bool:
        """Whether one-hot rows are small enough to train with."""
        return self._is_small(self.one_hot_numbers)

    def _is_small(self, numbers: int) -> bool:
        return numbers <= MAX_NUMBERS and numbers * self.steps <= MAX_PRODUCTS

    @property
    def ngram(self) -> str:
        """The name of what the loss is a mean over."""
        return "bigram" if self.context == 1 else "n-gram"

    @property
    def rows(self) -> str:
        """How many rows W has."""
        return "V" if self.context == 1 else f"V**{self.context}"

    @property
    def N(self) -> str:
        """An expression for the counts of the pairs `xs` and `ys`."""
        return f"N = torch.bincount(xs * V + ys, minlength={self.size}).view({self.rows}, V)"

    @property
    def size(self) -> str:
        """The number of weights."""
        return f"V**{self.context + 1}"

    def gradient(self, regularization: str) -> str:
        """∂loss/∂W from `share` and `row_share`, with the operations of Network.gradient."""
        of_data, decay = "(W.softmax(1) * row_share).sub(share)", f"2 * {regularization} / {self.size}"
        return f"{of_data}.add(W, alpha={decay})" if self.context < 2 else f"{of_data}.add({decay} * W)"

    @property
    def mean_logprob(self) -> str:
        """The mean over all bigrams, from `logprobs`, which has a row per character."""
        return "(N * logprobs).sum() / N.sum()" if self.has_N else "logprobs[xs, ys].mean()"

    @property
    def why_counts(self) -> str:
        """Why to use the counts and the operations of the program."""
        if self.has_batches or self.is_weighted:
            return ""
        if not self.is_calm:
            return (
                " The steps are so large that another last digit of a weight is another loss some steps "
                "later, so that the operations are those of the program, in their order."
            )
        if self._can_have_pairs:
            return (
                " The operations are those of the program, in their order, for the sake of the last digits."
            )
        return f" With a row of logits for each {self.ngram} it would take long; their counts give the same."

    def value(self, name: str) -> str:
        """A setting as a number, or as a variable if it changes during the run."""
        values = {getattr(settings, name) for _, settings in self.changes}
        return name if len(values) > 1 else literal(values.pop())

    @property
    def head(self) -> list[str]:
        """The initial values of settings that change during the run, and the beginning of the loop, which
        changes them at the right steps and records losses."""
        first = self.changes[0][1]
        changing = [name for name in CHANGING if self.value(name) == name]
        steps = f"{self.first}, {self.last}" if self.first else str(self.last)
        lines = [f"{name} = {literal(getattr(first, name))}" for name in changing]
        lines.append(f"for k in range({steps}):")
        for (_, before), (since, settings) in pairwise(self.changes):
            new = [name for name in CHANGING if getattr(before, name) != getattr(settings, name)]
            if new:
                lines.append(f"    if k == {since}:")
            lines += [f"        {name} = {literal(getattr(settings, name))}" for name in new]
        if self.stride:
            k = f"(k - {self.first})" if self.first % self.stride else "k"
            lines.append(f"    if {k} % {self.stride} == 0:")
            lines.append(f"        losses[k] = loss_parts(W, {self.value('regularization')})")
        return lines


def _is_calm(training: Training) -> bool:
    """Whether the loss never rose: then rounding differences shrink instead of growing."""
    assert training.losses is not None
    shown = training.losses.steps <= training.step
    losses: NDArray[np.float64] = training.losses.table[shown].sum(1)
    steps = training.losses.steps[shown].tolist()
    changed = {since for since, _ in training.changes}  # where the loss itself changes
    rises = (losses[1:] - losses[:-1]).tolist()
    return all(rise < CALM for step, rise in zip(steps[1:], rises, strict=True) if step not in changed)


BIGRAMS = """\
    chs = [$sign] + list(w) + [$sign]
    for ch1, ch2 in zip(chs, chs[1:]):
        xs.append(stoi[ch1])
        ys.append(stoi[ch2])"""

NGRAMS = """\
    s = 0
    for ch in list(w) + [$sign]:
        xs.append(s)
        ys.append(stoi[ch])
        s = $next"""


def _pairs_cell(run: Run) -> CodeCell:
    words, c = "The inputs xs, and for each the character that follows it, ys.", run.context
    if c != 1:
        words = (
            "The inputs xs, and for each the token that follows it, ys. An input is the number of a context: "
            f"of its {c} tokens in base V, the newest last, where 0 stands before the beginning of a word."
        )
    return filled_cell(
        words,
        f"""\
xs, ys = [], []
for $each:
{BIGRAMS if c == 1 else NGRAMS}
xs = torch.tensor(xs)
ys = torch.tensor(ys)
num = xs.nelement()
$N
""",
        N=run.N if run.has_N else "",
        each=each_word(run.dataset),
        sign=boundary(run.dataset.counts.vocabulary),
        next=next_context(c),
    )


def _first_weights(run: Run) -> CodeCell:
    training, settings, grad = run.training, run.training.settings, run.has_pairs
    if training.loaded_from:
        lines = [f"saved = load_file({training.loaded_from!r})", "g = torch.Generator()"]
        lines += ["g.set_state(saved['generator'])", f"W = saved['W']{'.requires_grad_()' if grad else ''}"]
        words = f"This run began with weights that were saved after step {run.first:,}."
        return CodeCell(words, "\n".join(lines))
    arguments = [f"({run.rows}, V)", *(["generator=g"] if settings.init != "zeros" else [])]
    arguments += ["requires_grad=True"] if grad else []
    lines = [f"g = torch.Generator().manual_seed({settings.seed})"]
    lines.append(f"W = torch.{settings.init}({', '.join(arguments)})")
    rows = "character" if run.context == 1 else "context"
    return CodeCell(f"The weights at the start: a row for each {rows}.", "\n".join(lines))


FORWARD = """\
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(num), ys].log().mean()"""

ONE_HOT = f"""\
    # xenc @ W selects row x of W for each x
    logits = xenc @ W
{FORWARD}"""

ROWS = f"""\
    logits = W[xs]
{FORWARD}"""

CROSS_ENTROPY = "    loss = F.cross_entropy(W[xs], ys)"


def _lectures_loop(run: Run) -> CodeCell:
    """The loop as in the lecture, as its exercises 4 and 5 ask for, and as the program computes it, which
    comes first if the others give different numbers."""
    which = "xenc" if run.has_one_hot else "one-hot rows, which are too many to be written out"
    rows = _loop(
        run,
        "Gradient descent. one_hot(x) @ W is row x of W, so that W[xs] gives the same logits without the "
        f"{run.one_hot_numbers:,} numbers of {which}.",
        ROWS,
    )
    cross_entropy = _loop(
        run,
        "Gradient descent. F.cross_entropy is softmax, log and mean at once, and takes the largest logit off "
        "each row first, so that no exp overflows.",
        CROSS_ENTROPY,
    )
    xenc = f"xenc = F.one_hot(xs, num_classes={run.rows}).float()"
    one_hot = [_loop(run, "Gradient descent.", ONE_HOT, xenc)] if run.has_one_hot else []
    counts = _loop_over_counts(run)
    N = "" if run.has_N else f"{run.N}\n"
    counts = replace(counts, code=f"{N}W.requires_grad_(False)\n\n{counts.code}")
    ways = [*one_hot, rows, cross_entropy]
    first, *others = [*ways, counts] if run.is_calm else [counts, *ways]
    return replace(first, ways=tuple(others))


def _loop(run: Run, words: str, forward: str, *before: str) -> CodeCell:
    """The loop with these lines for the data loss."""
    if not run.is_calm:
        words += " The steps are so large that the last digits, which are others here, lead to other losses."
    return CodeCell(words, _with_autograd(run, [*before, *run.head], forward))


def _with_autograd(run: Run, before: list[str], forward: str) -> str:
    """A loop that begins with these lines, then computes the loss, its gradient and the next weights."""
    return fill(
        """\
$before
    # forward
$forward + $regularization * (W**2).mean()
    # backward
    W.grad = None
    loss.backward()
    # update
    W.data += -$learning_rate * W.grad
""",
        before="\n".join(before),
        forward=forward,
        regularization=run.value("regularization"),
        learning_rate=run.value("learning_rate"),
    )


ENDS = """\
ends = (N.double() / N.sum()).flatten().cumsum(0)
ends = ends / ends[-1]"""

BATCH = """\
u = torch.rand($size, dtype=torch.float64, generator=g)
batch = torch.searchsorted(ends, u, right=True).bincount(minlength=N.numel()).view_as(N)"""


def _loop_over_counts(run: Run) -> CodeCell:
    """The gradient as a formula, with the program's operations, which gives the same W to the last bit."""
    size = run.value("batch_size")
    draw = indent(f"{fill(BATCH, size=size)}\nshare, row_share = shares(batch)", "    ")
    if size == "None":
        draw = ""
    elif size == "batch_size" and any(settings.batch_size is None for _, settings in run.changes):
        draw = f"    share, row_share = shares(N)\n    if batch_size:\n{indent(draw, '    ')}"
    before = ["share, row_share = shares(N)"] if size == "None" else ENDS.splitlines()
    batches = (
        f" Each step draws {run.ngram}s, each as often as it occurs in the data." if run.has_batches else ""
    )
    return filled_cell(
        "Gradient descent through the counts. The gradient is what loss.backward() gives: the share of the "
        f"row × (predicted − actual), and of the regularization.{batches}{run.why_counts}",
        """\
def shares(N):
    share = N.double() / N.sum()
    return share.float(), share.sum(1, keepdim=True).float()

$before
    grad = $gradient
    W = W.sub(grad, alpha=$learning_rate)
""",
        before="\n".join(filter(None, [*before, *run.head, draw])),
        gradient=run.gradient(run.value("regularization")),
        learning_rate=run.value("learning_rate"),
    )


DRAWN = """\
    u = torch.rand($size, dtype=torch.float64, generator=g)
    drawn = torch.searchsorted(ends, u, right=True)
    xb, yb = drawn // V, drawn % V"""

BATCH_ROWS = """\
    counts = W[xb].exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(len(xb)), yb].log().mean()"""

BATCH_CROSS_ENTROPY = "    loss = F.cross_entropy(W[xb], yb)"


def _batch_loops(run: Run) -> CodeCell:
    """The loop with mini-batches, as the program computes it and as the lecture's exercises 4 and 5 do."""
    drawn = (
        f"Gradient descent on the {run.ngram}s that each step draws: the number of a cell of N says which. "
    )
    rows = _batch_loop(run, f"{drawn}W[xb] are the logits of their inputs.", BATCH_ROWS)
    cross_entropy = _batch_loop(
        run, f"{drawn}F.cross_entropy is softmax, log and mean at once.", BATCH_CROSS_ENTROPY
    )
    return replace(_loop_over_counts(run), ways=(rows, cross_entropy))


def _batch_loop(run: Run, words: str, forward: str) -> CodeCell:
    before = [ENDS, "W.requires_grad_()", *run.head, fill(DRAWN, size=run.value("batch_size"))]
    return CodeCell(words, f"{_with_autograd(run, before, forward)}\nW.requires_grad_(False)")


def inside_cells(run: Run, place: Cell) -> list[CodeCell]:
    """From one-hot to the loss, and from the gradient to the new weight; comes after `levels_cell`."""
    return [_forward(run, place), _backward(run)]


def _forward(run: Run, place: Cell) -> CodeCell:
    assert run.training.network is not None
    W = run.training.network.W
    large = not W[place.row].double().exp().sum().item() < 1e5
    row = "xenc.double() @ W.double()"
    if not W.isfinite().all():
        row = "W[ix1].double()  # not xenc @ W, where 0 times infinity would be no number"
    return filled_cell(
        f"Inside the step from {run.last:,} to {run.last + 1:,}, for one {run.ngram}. One-hot @ W is a row "
        "of W: the logits; exp makes positive numbers of them, and divided by their sum they are "
        "probabilities.",
        """\
$place
xenc = F.one_hot(torch.tensor(ix1), num_classes=$rows)
logits = $row
exp = logits.exp()
probs = logits.softmax(0)
for j in range(V):
    print(f"$one_hot{logits[j]:.4f} {exp[j]:$short} {probs[j]:.4f}")
print(f"sum of exp {exp.sum():$short_sum}, P {probs[ix2]:.6f}")
print(f"-ln P {-logits.log_softmax(0)[ix2]:.6f}")
print(f"mean of W**2 {W.double().square().mean():.6f}")
print(f"loss {data:.6f} + {penalty:.6f} = {data + penalty:.6f}")
""",
        place=place_of(run.dataset.counts, place),
        rows=run.rows,
        one_hot="{xenc[j]} " if run.context == 1 else "",
        row=row,
        short="{'.4f' if exp[j] < 1e5 else '.4g'}" if large else ".4f",
        short_sum=".4g" if large else ".4f",
    )


def _backward(run: Run) -> CodeCell:
    settings = run.training.settings
    share = "share = N.double() / N.sum()"
    if settings.batch_size:
        share = f"{ENDS}\n{fill(BATCH, size=settings.batch_size)}\nshare = batch.double() / batch.sum()"
    batch = (
        f" The {run.ngram}s of the step are drawn, each as often as it occurs." if settings.batch_size else ""
    )
    return filled_cell(
        "The gradient, which loss.backward() would give: the row's share × (predicted − actual), and that "
        f"of the regularization. The step goes against it, as far as the learning rate says.{batch}",
        """\
$share
row_share = share.sum(1, keepdim=True)
actual = (share / row_share)[ix1, ix2].nan_to_num()
share, row_share = share.float(), row_share.float()
grad = $gradient
new_W = W.sub(grad, alpha=$learning_rate)
print(f'share of the row {row_share[ix1].item():.6f}')
print(f'actual {actual:.6f}')
print(f'gradient {grad[ix1, ix2]:.8f}')
print(f'W {W[ix1, ix2]:.6f} becomes {new_W[ix1, ix2]:.6f}')
""",
        share=share,
        gradient=run.gradient(literal(settings.regularization)),
        learning_rate=literal(settings.learning_rate),
    )
