"""How the loss falls: the curve, and the numbers of the step shown."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bigram_tui.session.snapshots import Dataset, Training
from bigram_tui.session.trainer import Trainer
from bigram_tui.views.numbers import nats
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.rendering import Passage, entitle


class Course(Vertical):
    """The loss by step, whose cursor is the step shown, and what this loss can be compared with."""

    DEFAULT_CSS = """
    Course {
        #curve-panel { height: 1fr; }
        #curve {
            height: 1fr;
            & > .plot--axis { color: $muted; }
            & > .plot--tick { color: $muted; text-style: none; }
            #legend { border: none; background: $background; }
        }
        #now { height: 10; }
    }
    """

    def compose(self) -> ComposeResult:
        from bigram_tui.widgets.loss_curve import LossCurve

        self._curve = LossCurve(id="curve")
        with Vertical(id="curve-panel", classes="panel") as self._curve_panel:
            self._curve_panel.border_title = "Loss by step"
            self._curve_panel.border_subtitle = ", . or ← → back and forth"
            yield self._curve
        self.numbers = Passage(id="now", classes="panel")
        yield self.numbers

    def show(self, training: Training, dataset: Dataset, narrow: bool) -> None:
        """Show the run and its step; the numbers without what they are where it is narrow."""
        counts, loss = dataset.counts, training.loss
        assert loss is not None
        self._curve.show(training, counts)
        state = f" · running, {training.pace}" if training.running else ""
        if training.step < training.last_step:
            state = f" · back from {training.last_step:,}"
        entitle(self.numbers, f"Step {training.step:,} of {training.settings.steps:,}{state}")
        floor = counts.nll(0)
        rows = [
            ("network", "loss", loss.total, "what gradient descent lowers"),
            ("network", "  data", loss.data, "mean negative log-likelihood"),
            ("network", "  regularization", loss.regularization, "λ·mean(W²)"),
            ("counting", "counting", floor, "the lowest data loss there is"),
            ("network", "still to learn", loss.data - floor, "KL(P‖softmax W) = data − counting"),
            ("uniform", "letters alone", counts.letter_nll, "how frequent each one is"),
            ("uniform", "knowing nothing", counts.uniform_nll, f"ln {len(counts.vocabulary)}"),
        ]
        lines = [
            Content.assemble(
                (f"{label:<16}", f"${colour}"), nats(value), ("" if narrow else f"  {about}", "$muted")
            )
            for colour, label, value, about in rows
        ]
        lines.append(Content.styled(f"nats, means over {counts.total:,} bigrams", "$muted"))
        self.numbers.update(Content("\n").join(lines), layout=False)

    @property
    def logarithmic(self) -> bool:
        return self._curve.logarithmic

    def show_scale(self, logarithmic: bool) -> None:
        self._curve.show_scale(logarithmic)
        title = "Loss minus counting, logarithmic" if logarithmic else "Loss by step"
        entitle(self._curve_panel, title)

    def why(self, dataset: Dataset, trainer: Trainer) -> Explanation | str:
        from bigram_tui.why.training import loss

        return loss(dataset, trainer.training.latest)
