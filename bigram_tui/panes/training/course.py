"""The course of the training: the loss curve, and the numbers of the step shown."""

from rich.cells import set_cell_size
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import FULL_SPEED, Training
from bigram_tui.session.trainer import Trainer
from bigram_tui.texts import say
from bigram_tui.views.ngrams import called
from bigram_tui.views.numbers import nats
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.rendering import Passage, entitle


class Course(Vertical):
    """The loss by step, with the cursor at the step shown, and reference values for this loss."""

    DEFAULT_CSS = """
    Course {
        #curve-panel { height: 1fr; }
        #curve { height: 1fr; }
        #now { height: 10; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    def compose(self) -> ComposeResult:
        from bigram_tui.widgets.loss_curve import LossCurve

        self._curve = LossCurve(id="curve")
        with Vertical(id="curve-panel", classes="panel") as self._curve_panel:
            yield self._curve
        self.numbers = Passage(id="now", classes="panel")
        yield self.numbers

    def show(self, training: Training, dataset: Dataset, narrow: bool) -> None:
        """Show the run and its step; if `narrow`, the numbers come without explanations."""
        counts, loss = dataset.counts, training.loss
        assert loss is not None
        self._curve.show(training, counts)
        title = say("Step {step:,} of {all:,}", step=training.step, all=training.settings.steps)
        if training.step < training.last_step:
            title += say(" · back from {step:,}", step=training.last_step)
        elif training.running:
            pace = FULL_SPEED if training.finishing else training.pace
            title += say(" · running, {pace}", pace=say(pace))
        entitle(self.numbers, title)
        floor, ngrams = counts.nll(0), called(counts.context)
        mean = say("mean nll of the {ngrams}", ngrams=ngrams)
        rows = [
            ("network", say("loss"), loss.total, say("data + regularization")),
            ("network", say("  data"), loss.data, mean),
            ("network", say("  regularization"), loss.regularization, "λ·mean(W²)"),
            ("counting", say("counting"), floor, say("the lowest possible")),
            ("network", say("still to learn"), loss.data - floor, "KL(P‖softmax W)"),
            ("uniform", say("letters alone"), counts.letter_nll, say("how frequent each one is")),
            ("uniform", say("knowing nothing"), counts.uniform_nll, f"ln {len(counts.vocabulary):,}"),
        ]
        if training.dev is not None:
            rows.insert(3, ("foreground", say("on dev"), training.dev, say("held out")))
        lines = [
            Content.assemble(
                (set_cell_size(label, 16), f"${colour}"),
                nats(value),
                ("" if narrow else f"  {about}", "$muted"),
            )
            for colour, label, value, about in rows
        ]
        means = say("nats, means over {n:,} {ngrams}", n=counts.total, ngrams=ngrams)
        lines.append(Content.styled(means, "$muted"))
        self.numbers.styles.height = len(lines) + 2
        self.numbers.update(Content("\n").join(lines), layout=False)

    def name_parts(self) -> None:
        """Set the title of the curve, and paint it with the names of its lines."""
        title = say("Loss minus counting, logarithmic") if self.logarithmic else say("Loss by step")
        entitle(self._curve_panel, title, say(", . or ← → back and forth"))
        self._curve.paint()

    @property
    def logarithmic(self) -> bool:
        return self._curve.logarithmic

    def show_scale(self, logarithmic: bool) -> None:
        self._curve.show_scale(logarithmic)
        self.name_parts()

    def why(self, dataset: Dataset, trainer: Trainer) -> Explanation | str:
        from bigram_tui.why.training import loss

        return loss(dataset, trainer.training.latest)
