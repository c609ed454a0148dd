"""The Training pane: gradient descent step by step, with the loss beside what it can be compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Label, Select, Static

from bigram_tui.grid_views import TOO_MANY
from bigram_tui.lm.settings import INITIALIZATIONS, TrainingSettings, decimal_number, whole_number
from bigram_tui.panes.pane import Pane
from bigram_tui.trainer import Training
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.setting import Setting
from bigram_tui.workspace import Dataset

if TYPE_CHECKING:
    from bigram_tui.lm.network import Loss

FIELDS: dict[str, Callable[[str], Any]] = {
    "steps": whole_number,
    "learning_rate": decimal_number,
    "regularization": decimal_number,
    "seed": whole_number,
}
LABELS = {
    "steps": "steps",
    "learning_rate": "learning rate",
    "regularization": "regularization",
    "seed": "seed",
}


class LossTable(LineList[tuple[int, "Loss"]]):
    """The article's table: every tenth step with its loss."""

    def line(self, item: tuple[int, Loss], width: int) -> Text:
        step, loss = item
        return Text(f"{step:>7,} {loss.total:>9.4f}")


class TrainingPane(Pane):
    MODE = "training"
    NEEDS_TORCH = True
    AUTO_FOCUS = "#curve"
    ABOUT: ClassVar[str] = """\
A network of one layer learns the same table by gradient descent. Its weights W are V×V numbers for V tokens \
(27×27 for names in small letters); softmax turns each row into probabilities. The loss is the mean negative \
log-likelihood over all bigrams of the data, in nats, plus regularization times the mean of W².

The loss falls towards what counting reaches without smoothing: no table of probabilities can do better. \
Each step uses all bigrams at once, through their count table, which gives the same numbers as a one-hot \
row for each bigram, about a thousand times faster."""
    BINDINGS = [
        Binding("space", "step", "Step", tooltip="One step of gradient descent"),
        Binding("r", "run", "Run/pause", tooltip="Run, or pause"),
        Binding("f", "finish", "Finish", tooltip="Go on to the set number of steps"),
        Binding("x", "start_over", "Start over", tooltip="Start over with the first weights"),
        Binding("escape", "leave_field", "Leave the field", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._could_do: tuple[bool, bool] | None = None

    def compose_parts(self) -> ComposeResult:
        from bigram_tui.widgets.loss_curve import LossCurve

        yield Static(TOO_MANY, id="untrainable")
        with Horizontal(id="training-parts"):
            with Vertical(id="course"):
                with Vertical(id="curve-panel", classes="panel") as panel:
                    panel.border_title = "Loss by step"
                    yield LossCurve(id="curve")
                now = Static(id="now", classes="panel")
                now.border_title = "Now"
                yield now
            with Vertical(id="side"):
                with Vertical(id="settings", classes="panel") as settings:
                    settings.border_title = "Settings"
                    for name in FIELDS:
                        yield Setting(LABELS[name], partial(self._read, name), id=name)
                    with Horizontal(id="init-row"):
                        yield Label("initialization")
                        yield Select(
                            [(name, name) for name in INITIALIZATIONS],
                            value=self._training.settings.init,
                            allow_blank=False,
                            compact=True,
                            id="init",
                        )
                    yield Static(id="reason")
                losses = LossTable(id="losses")
                losses.border_title = "Every tenth step"
                losses.add_class("panel")
                yield losses

    def begin(self) -> None:
        self.follow(self.workspace.trainer.training, self.show_training)
        self.follow(self.workspace.dataset, lambda _dataset: self._show_again())
        self.call_after_refresh(self._show_again)

    @property
    def _training(self) -> Training:
        return self.workspace.trainer.training.latest

    def show_training(self, training: Training) -> None:
        from bigram_tui.widgets.loss_curve import LossCurve

        self.query_one("#training-parts").display = training.network is not None
        self.query_one("#untrainable").display = training.network is None
        if training.network is None:
            return
        counts = self.workspace.dataset.latest.counts
        levels = {"knowing nothing": counts.uniform_nll, "letters alone": counts.letter_nll}
        self.query_one(LossCurve).show(training, counts.nll(0), levels)
        self._show_now(training, self.workspace.dataset.latest)
        self._show_settings(training.settings)
        last = len(training.losses) - 1
        rows = [(step, training.losses[step]) for step in range(0, last + 1, 10)]
        if last % 10:
            rows.append((last, training.losses[last]))
        self.query_one(LossTable).show(rows, cursor=len(rows) - 1)
        can_do = (training.running, self.workspace.trainer.is_finished)
        if can_do != self._could_do:
            self._could_do = can_do
            self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self._is_ready:
            self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        self.show_training(self._training)

    def _show_now(self, training: Training, dataset: Dataset) -> None:
        counts, loss = dataset.counts, training.losses[-1]
        state = " · running" if training.running else ""
        self.query_one("#now").border_title = f"Step {training.steps:,} of {training.settings.steps:,}{state}"
        floor = counts.nll(0)
        rows = [
            ("network", "loss", loss.total, "what gradient descent lowers"),
            ("network", "  data", loss.data, f"{loss.data - floor:.4f} above counting"),
            ("network", "  regularization", loss.regularization, "λ·mean(W²)"),
            ("counting", "counting", floor, "the lowest data loss there is"),
            ("uniform", "letters alone", counts.letter_nll, "how frequent each one is"),
            ("uniform", "knowing nothing", counts.uniform_nll, f"ln {len(counts.vocabulary)}"),
        ]
        narrow = self.has_class("-narrow")
        lines = [
            Content.assemble(
                (f"{label:<17}", f"${colour}"), f"{value:>8.4f}", ("" if narrow else f"  {about}", "$muted")
            )
            for colour, label, value, about in rows
        ]
        lines.append(Content.styled(f"nats, means over {counts.total:,} bigrams", "$muted"))
        self.query_one("#now", Static).update(Content("\n").join(lines), layout=False)

    def _show_settings(self, settings: TrainingSettings) -> None:
        for name in FIELDS:
            value = getattr(settings, name)
            self.query_one(f"#{name}", Setting).show(f"{value:g}" if isinstance(value, float) else str(value))
        select = self.query_one("#init", Select)
        with select.prevent(Select.Changed):
            select.value = settings.init

    def _read(self, name: str, text: str) -> TrainingSettings:
        """The settings with this text as the value of a field; raises what makes the text invalid."""
        return replace(self._training.settings, **{name: FIELDS[name](text)})

    @on(Setting.Changed)
    def change_setting(self, event: Setting.Changed) -> None:
        self.workspace.trainer.change(self._read(str(event.setting.id), event.text))

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.show_reason("#reason", event.reason)

    @on(Select.Changed, "#init")
    def change_init(self, event: Select.Changed) -> None:
        self.workspace.trainer.change(replace(self._training.settings, init=str(event.value)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("step", "run", "finish", "start_over") and not self._is_ready:
            return None
        if action == "step" and self._training.running:
            return None
        if action == "finish" and self.workspace.trainer.is_finished:
            return None
        return True

    def action_step(self) -> None:
        self.workspace.trainer.step()

    def action_run(self) -> None:
        if self._training.running:
            self.workspace.trainer.pause()
        else:
            self.workspace.trainer.run()

    def action_finish(self) -> None:
        self.workspace.trainer.finish()

    def action_start_over(self) -> None:
        self.workspace.trainer.start_over()

    def action_leave_field(self) -> None:
        self.query_one("#curve").focus()
