"""One step of gradient descent written out with its own numbers, as the article computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from bigram_tui.views.grid import Cell
from bigram_tui.views.numbers import short
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.rendering import Passage

if TYPE_CHECKING:
    from bigram_tui.lm.training import Update
    from bigram_tui.session.snapshots import Dataset, Training

SHOWN_ZEROS = 27
"""Tokens up to which a one-hot row is written out."""

Vectors = tuple[str, int, float, float, float, bool]
"""A token's sign, its place in one-hot(x), logits, exp and softmax; whether it is the true next one."""


class _Vectors(LineList[Vectors]):
    """The vectors of a step, a line a token."""

    can_focus = False

    def line(self, item: Vectors, width: int) -> Text:
        sign, one_hot, logit, exp, softmax, is_next = item
        text = f"{sign:>4} {one_hot:>10} {logit:>10.4f} {short(exp):>10} {softmax:>9.4f}"
        return Text(text + ("  ← next" if is_next else ""), style="bold" if is_next else "")


class StepInside(VerticalScroll):
    """From a bigram to the change of one weight."""

    DEFAULT_CSS = """
    StepInside {
        Static { height: auto; }
        _Vectors { height: auto; overflow: hidden; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Passage(id="derivation")
        yield _Vectors(id="vectors")

    def show(self, dataset: Dataset, training: Training, update: Update, cell: Cell) -> None:
        """Explain the step that follows the one shown, for one bigram."""
        assert training.network is not None
        logits = training.network.W[cell.row].double()
        rows = zip(
            dataset.counts.vocabulary.signs,
            logits.tolist(),
            logits.exp().tolist(),
            logits.softmax(0).tolist(),
            strict=True,
        )
        lines = [
            (sign, int(j == cell.row), logit, exp, softmax, j == cell.column)
            for j, (sign, logit, exp, softmax) in enumerate(rows)
        ]
        self.query_one("#derivation", Passage).update(derivation(dataset, training, update, cell))
        vectors = self.query_one(_Vectors)
        vectors.styles.height = len(lines)
        vectors.show(lines, cell.column)


def derivation(dataset: Dataset, training: Training, update: Update, cell: Cell) -> Content:
    """The step in lines: from one-hot over the loss to the gradient of a weight and its update."""
    assert training.network is not None
    assert training.loss is not None
    i, j = cell
    settings, loss, W = training.settings, training.loss, training.network.W.double()
    signs, V = dataset.counts.vocabulary.signs, len(dataset.counts.vocabulary)
    x, y, λ = signs[i], signs[j], settings.regularization
    weight, exp, total = W[i, j].item(), short(W[i, j].exp().item()), short(W[i].exp().sum().item())
    P, surprise = W[i].softmax(0)[j].item(), -W[i].log_softmax(0)[j].item()
    share, joint = update.frequencies.exact[i].sum().item(), update.frequencies.exact[i, j].item()
    actual = f"{joint / share:.6f}" if share else "0"
    gradient, after = update.gradient[i, j].item(), update.network.W[i, j].item()
    one_hot = "".join("1" if k == i else "0" for k in range(V)) if V <= SHOWN_ZEROS else f"1 at {x}, else 0"
    lines = [
        (f"one-hot({x})", one_hot),
        ("logits", f"one-hot({x}) @ W, which is row {x} of W"),
        ("exp", f"of each logit; for {y} it is exp({weight:.4f}) = {exp}"),
        ("sum", f"of the row: {total}"),
        ("softmax", f"P({y}|{x}) = {exp} / {total} = {P:.6f}"),
        (f"−ln P({y}|{x})", f"{surprise:.6f} nats: how surprising {y} is after {x}"),
        ("mean", f"of that over {dataset.counts.total:,} bigrams: {loss.data:.6f}"),
        ("λ·mean(W²)", f"{λ:g} · {W.square().mean().item():.6f} = {loss.regularization:.6f}"),
        ("loss", f"{loss.data:.6f} + {loss.regularization:.6f} = {loss.total:.6f}"),
        ("gradient", f"row's share × (predicted − actual) + 2λ·W[{x},{y}]/V²"),
        ("", f"{share:.6f} × ({P:.6f} − {actual})"),
        ("", f"+ 2·{λ:g}·{weight:.4f}/{V}² = {gradient:.8f}"),
        ("update", f"W[{x},{y}] − learning rate × gradient"),
        ("", f"{weight:.6f} − {settings.learning_rate:g} × {gradient:.8f} = {after:.6f}"),
    ]
    head = Content.assemble(
        ("From step ", "$muted"),
        f"{training.step:,} to {training.step + 1:,}",
        (", for the bigram ", "$muted"),
        f"{x}{y}",
        (f", with a batch of {settings.batch_size:,} bigrams" if settings.batch_size else "", "$muted"),
    )
    width = max(len(label) for label, _ in lines)
    body = [Content.assemble((f"{label:<{width}}  ", "$muted"), text) for label, text in lines]
    table = f"{'':>4} {f'one-hot({x})':>10} {'logit':>10} {'exp':>10} {'softmax':>9}"
    return Content("\n").join([head, *body, Content(""), Content.styled(table, "$muted")])
