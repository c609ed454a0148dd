"""The Training pane: gradient descent step by step, forward and back, and the inside of a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from bigram_tui.lm.settings import LEAST_GAIN, PRESETS
from bigram_tui.panes.pane import Pane
from bigram_tui.panes.training.drawn_now import DrawnNow
from bigram_tui.panes.training.remark import Remark
from bigram_tui.panes.training.settings import TRAIN, Settings
from bigram_tui.panes.training.views import Views
from bigram_tui.session.snapshots.training import PACES, Training
from bigram_tui.texts import say
from bigram_tui.views import exports
from bigram_tui.views.grid import Cell
from bigram_tui.views.grid_views import TRAINING_VIEWS, untrainable
from bigram_tui.views.view import View
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.rendering import Passage

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.lm.network_file import SavedNetwork
    from bigram_tui.widgets.loss_curve import LossCurve

CURVE_WIDTH, SIDE_WIDTH = 56, 64
"""The minimum widths of the curve and of what is beside it, if there is room for both."""

ACTIONS_ON_A_RUN = ("step", "run", "finish", "start_over", "move", "look", "pace", "scale", "export")


@dataclass(frozen=True)
class TrainingLook:
    """Which part beside the curve is open, what its table shows, and the scale of the curve.

    Without a cell, the cursor of the table stays where it is.
    """

    view: View = View.NETWORK_PROBABILITIES
    cell: Cell | None = None
    part: str = "table"
    looking: bool = False
    logarithmic: bool = False


class TrainingPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "training"
    NEEDS_TORCH = True
    AUTO_FOCUS = "#curve"
    BINDINGS = [
        Binding("space", "step", "Step", tooltip="One step of gradient descent"),
        Binding("r", "run", "Run", tooltip="Run at the chosen speed, or pause"),
        Binding("f", "finish", "Finish", tooltip="Go on to the set number of steps at full speed"),
        Binding("x", "start_over", "Start over", tooltip="Start over with the first weights"),
        Binding("comma", "move(-1)", "Back", show=False, tooltip="One step back in time"),
        Binding("full_stop", "move(1)", "Forward", show=False, tooltip="One step forward in time"),
        Binding("less_than_sign", "move(-10)", "Ten back", show=False, tooltip="Ten steps back in time"),
        Binding(
            "greater_than_sign", "move(10)", "Ten forward", show=False, tooltip="Ten steps forward in time"
        ),
        Binding("i", "look('inside')", "Inside", tooltip="The inside of this step, and back"),
        Binding("t", "look('table')", "Table", show=False, tooltip="The network as a table, and back"),
        Binding("v,V", "scale", "View", show=False, tooltip="Curve: loss, or logarithm of loss minus floor"),
        Binding("plus", "pace(1)", "Faster", show=False, tooltip="Run faster"),
        Binding("minus", "pace(-1)", "Slower", show=False, tooltip="Run slower"),
        Binding("e", "export", "Export", show=False, tooltip="Save the losses as CSV or JSON"),
    ]

    _is_looking = False
    _side_width: int | None = None

    def compose_parts(self) -> ComposeResult:
        from bigram_tui.panes.training.course import Course

        yield Passage(id="untrainable")
        with Horizontal(id="training-parts"):
            self._course = Course(classes="in-sight")
            yield self._course
            with Vertical(id="side"):
                yield Views(classes="in-sight")
                yield DrawnNow(id="drawn-now").add_class("panel")
                yield Settings(self._training, self.workspace.learning)
                yield Remark()

    def name_parts(self) -> None:
        self._course.name_parts()
        self.query_one(Views).name_tabs()
        self.query_one(DrawnNow).border_title = say("Names it draws now")
        settings = self.query_one(Settings)
        settings.border_title = say("Settings")
        self.call_after_refresh(settings.add_fields)

    def begin(self) -> None:
        if self._training.network is not None:
            self.query_one(Remark).show(self._training, self._dataset.counts.uniform_nll)
        self.follow(self.workspace.trainer.training, self.show_training)
        self.follow(self.workspace.dataset, lambda _dataset: self._show_again())
        self.follow(self.workspace.counting, lambda _progress: self._show_more())
        self.follow(self.workspace.ramp, self._show_ramp)
        self.call_after_refresh(self._show_again)

    @property
    def look(self) -> TrainingLook:
        views = self.query_one(Views)
        return TrainingLook(
            views.table.view, views.cell, views.active, self._is_looking, self._course.logarithmic
        )

    @look.setter
    def look(self, look: TrainingLook) -> None:
        views = self.query_one(Views)
        self._look_closer(look.looking)
        views.active = look.part
        self._course.show_scale(look.logarithmic)
        views.choose_view(look.view)
        if look.cell is not None:
            views.table.grid.cursor = look.cell
        if look.looking and look.part == "table":
            views.look_at("table")

    def show_training(self, training: Training) -> None:
        self.query_one("#training-parts").display = training.network is not None
        self.query_one("#untrainable").display = training.network is None
        if training.network is None:
            self.query_one("#untrainable", Passage).update(untrainable(self._dataset.counts))
            return
        self._take(training)
        self._course.show(training, self._dataset, narrow=self.has_class("-narrow"))
        self.show_later(self._show_more, after=self._course.numbers)

    def _show_more(self) -> None:
        """Update everything but the curve and its numbers."""
        training = self._training
        if training.network is None:
            return
        remark = self.query_one(Remark)
        remark.show(training, self._dataset.counts.uniform_nll)
        # In a narrow pane, the remark takes the line of the last name.
        self.query_one(DrawnNow).set_class(remark.display, "-with-remark")
        self.query_one(Settings).show(training, self.workspace.learning)
        self.query_one(DrawnNow).show_network(training, self._dataset.counts.vocabulary)
        self._take(training)  # the newest, since another run may have started
        self.query_one(Views).show_part()
        self._fit_side()
        self.refresh_keys(training.running, self.workspace.trainer.is_finished)

    def _take(self, training: Training) -> None:
        self.query_one(Views).take(self._dataset, training, self.workspace.trainer.update_from)

    def _show_again(self) -> None:
        self.show_training(self._training)

    def _show_ramp(self, ramp: str) -> None:
        self.query_one(Views).table.grid.ramp = ramp

    def fit(self) -> None:
        super().fit()
        self._look_closer(self._is_looking)
        self._fit_side()
        if self._is_ready:
            self.call_after_refresh(self._show_again)

    @on(BigramGrid.LooksChanged)
    def _fit_side(self) -> None:
        """Make the side as wide as the table, if that leaves enough room for the curve."""
        for views in self.query(Views):
            most, grid = self.room.width - CURVE_WIDTH, views.table.grid
            is_wide = self.has_class("-wide")
            views.widest = most - 2 if is_wide else None
            width = max(SIDE_WIDTH, min(grid.size_at(grid.zoom).width + 2, most)) if is_wide else None
            if width != self._side_width:
                self._side_width = width
                self.query_one("#side").styles.width = width

    def _look_closer(self, looking: bool) -> None:
        """Give the open part the room of the curve, if there is not enough for both.

        Applies styles only to the parts that change; Textual would restyle the whole pane.
        """
        self._is_looking = looking
        closer = looking and not self.has_class("-wide")
        if closer != self.has_class("-looking"):
            self.set_class(closer, "-looking", update=False)
            for part in self.query("Course, #side, Views, Settings, Remark"):
                self.app.stylesheet.apply(part)

    def on_loss_curve_step_wanted(self, event: LossCurve.StepWanted) -> None:
        self.workspace.trainer.go_to(event.step)

    def on_settings_preset_chosen(self, event: Settings.PresetChosen) -> None:
        """A Select also posts Changed when it is mounted, which must not restart the run."""
        if event.settings != self._training.settings:
            self.workspace.trainer.start_over(event.settings)

    def on_settings_changed(self, event: Settings.Changed) -> None:
        trainer = self.workspace.trainer
        if event.name == LEAST_GAIN.name:
            trainer.set_least_gain(event.value)
        elif event.name == "learn_from":
            learning = self.workspace.learning
            self.workspace.learn(learning._replace(from_train=event.value == TRAIN))
        elif event.name != "pace":
            trainer.change(replace(self._training.settings, **{event.name: event.value}))
        elif event.value != self._training.pace:
            trainer.set_pace(event.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        training = self._training
        if action in ACTIONS_ON_A_RUN and training.network is None:
            return None
        if action == "step" and training.running:
            return None
        if action == "finish" and self.workspace.trainer.is_finished:
            return None
        return super().check_action(action, parameters)

    def commands(self) -> Iterable[SystemCommand]:
        trainer = self.workspace.trainer
        about = say("Save its weights as safetensors")
        yield SystemCommand(say("Save network"), about, self._save_network)
        if not self.app.is_web:
            about = say("Continue with saved weights")
            yield SystemCommand(say("Load network"), about, self._load_network)
        for view in TRAINING_VIEWS:
            show = partial(self.query_one(Views).choose_view, view)
            label = say(view.label)
            title, about = say("Table: {view}", view=label), say("Show the {view}", view=label)
            yield SystemCommand(title, about, show)
        for name, settings in PRESETS.items():
            start = partial(trainer.start_over, settings)
            about = say("Start the training over with these settings")
            yield SystemCommand(say("Preset: {name}", name=say(name)), about, start)
        for pace in PACES:
            title, about = say("Speed: {pace}", pace=say(pace)), say("Run at this speed")
            yield SystemCommand(title, about, partial(trainer.set_pace, pace))

    def why(self) -> Explanation | str:
        trainer = self.workspace.trainer
        if self._training.running:
            trainer.pause()
        if self._training.network is None:
            return untrainable(self._dataset.counts)
        within = self.focused.ancestors_with_self if self.focused else ()
        panels = (part for part in within if isinstance(part, Views | DrawnNow | Settings))
        return next(panels, self._course).why(self._dataset, trainer)

    def code(self) -> Notebook | str:
        if self._training.network is None:
            return untrainable(self._dataset.counts)
        return self.query_one(Views).code(self._dataset, self._training)

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

    def action_move(self, steps: int) -> None:
        self.workspace.trainer.go_to(self._training.step + steps)

    def action_pace(self, faster: int) -> None:
        paces = list(PACES)
        place = min(max(paces.index(self._training.pace) + faster, 0), len(paces) - 1)
        self.workspace.trainer.set_pace(paces[place])

    def action_scale(self) -> None:
        self._course.show_scale(not self._course.logarithmic)

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save

        losses = self._training.losses
        if losses is None:
            return
        dev = [] if losses.dev is None else [losses.dev.tolist()]
        rows = list(zip(losses.steps.tolist(), *losses.table.T.tolist(), *dev, strict=True))
        settings = asdict(self._training.settings)
        writers = {
            ".csv": partial(exports.losses_as_csv, rows),
            ".json": partial(exports.losses_as_json, rows, settings),
        }
        ask_to_save(self.app, say("Export the losses"), "losses", writers)

    def _save_network(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save
        from bigram_tui.lm.network_file import SUFFIX, SavedNetwork, network_as_bytes

        training = self._training
        if training.state is None:
            return
        saved = SavedNetwork(training.state, training.settings)
        writers = {SUFFIX: partial(network_as_bytes, self._dataset.counts.vocabulary, saved)}
        title = say("Export the network after step {step:,}", step=training.step)
        ask_to_save(self.app, title, "network", writers)

    def _load_network(self) -> None:
        from bigram_tui.dialogs.path import loading_network

        def go_on(saved: SavedNetwork | None) -> None:
            if saved is not None:
                self.workspace.trainer.start_over(saved.settings, saved.state)

        if self._training.network is not None:
            self.app.push_screen(
                loading_network(self._dataset.counts.vocabulary, self._dataset.counts.context), go_on
            )

    def action_look(self, part: str) -> None:
        """Open a part, or go back to the curve if it is already open; a small screen shows one at a time."""
        views = self.query_one(Views)
        if views.is_looked_at(part):
            self.action_leave()
        else:
            self._look_closer(True)
            views.look_at(part)

    def leave(self) -> None:
        self._look_closer(False)
        super().leave()
