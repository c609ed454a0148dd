"""The cells of what happens inside a step, for one bigram."""

from __future__ import annotations

from bigram_tui.code.counts import TORCH
from bigram_tui.code.notebook import CodeCell, fill, literal
from bigram_tui.code.training import BATCH, ENDS, Run
from bigram_tui.code.words import tokens
from bigram_tui.views.grid import Cell


def inside_cells(run: Run, place: Cell) -> list[CodeCell]:
    """From one-hot to the loss, and from the gradient to the new weight; after `levels_cell`."""
    return [_forward(run, place), _backward(run)]


def _forward(run: Run, place: Cell) -> CodeCell:
    assert run.training.network is not None
    W = run.training.network.W
    large = not W[place.row].double().exp().sum().item() < 1e5
    row = "xenc.double() @ W.double()"
    if not W.isfinite().all():
        row = "W[ix1].double()  # not xenc @ W, where 0 times infinity would be no number"
    code = fill(
        """\
$tokens
xenc = F.one_hot(torch.tensor(ix1), num_classes=V)
logits = $row
exp = logits.exp()
probs = logits.softmax(0)
for j in range(V):
    print(f"{xenc[j]} {logits[j]:.4f} {exp[j]:$short} {probs[j]:.4f}")
print(f"sum of exp {exp.sum():$short_sum}, P {probs[ix2]:.6f}")
print(f"-ln P {-logits.log_softmax(0)[ix2]:.6f}")
print(f"mean of W**2 {W.double().square().mean():.6f}")
print(f"loss {data:.6f} + {penalty:.6f} = {data + penalty:.6f}")
""",
        tokens=tokens(run.dataset.counts.vocabulary, place),
        row=row,
        short="{'.4f' if exp[j] < 1e5 else '.4g'}" if large else ".4f",
        short_sum=".4g" if large else ".4f",
    )
    words = (
        f"Inside the step from {run.last:,} to {run.last + 1:,}, for one bigram. One-hot @ W is a row of W: "
        "the logits; exp makes positive numbers of them, and divided by their sum they are probabilities."
    )
    return CodeCell(words, code, (TORCH, "import torch.nn.functional as F"))


def _backward(run: Run) -> CodeCell:
    settings = run.training.settings
    share = "share = N.double() / N.sum()"
    if settings.batch_size:
        share = f"{ENDS}\n{fill(BATCH, size=settings.batch_size)}\nshare = batch.double() / batch.sum()"
    code = fill(
        """\
$share
row_share = share.sum(1, keepdim=True)
grad = (W.softmax(1) * row_share.float()).sub(share.float()).add(W, alpha=2 * $regularization / V**2)
new_W = W.sub(grad, alpha=$learning_rate)
print(f'share of the row {row_share[ix1].item():.6f}')
print(f'actual {(share / row_share)[ix1, ix2].nan_to_num():.6f}')
print(f'gradient {grad[ix1, ix2]:.8f}')
print(f'W {W[ix1, ix2]:.6f} becomes {new_W[ix1, ix2]:.6f}')
""",
        share=share,
        regularization=literal(settings.regularization),
        learning_rate=literal(settings.learning_rate),
    )
    batch = " The bigrams of the step are drawn, each as often as it occurs." if settings.batch_size else ""
    words = (
        "The gradient, which loss.backward() would give: the row's share × (predicted − actual), and that "
        f"of the regularization. The step goes against it, as far as the learning rate says.{batch}"
    )
    return CodeCell(words, code, (TORCH,))
