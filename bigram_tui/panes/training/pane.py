"""The Training pane: gradient descent step by step, forth and back, and what happens inside a step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Select, TabbedContent, TabPane

from bigram_tui.lm.settings import INITIALIZATIONS, LEAST_GAIN, PRESETS, TRAINING, TrainingSettings
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.pane import Pane
from bigram_tui.panes.training.drawn_now import DrawnNow
from bigram_tui.panes.training.step_inside import StepInside
from bigram_tui.session.snapshots import PACES, Dataset, Training
from bigram_tui.views import exports
from bigram_tui.views.grid import Cell, GridView
from bigram_tui.views.grid_views import TOO_MANY, TRAINING_VIEWS
from bigram_tui.views.numbers import nats
from bigram_tui.views.view import View
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.grid_looks import ZOOMS
from bigram_tui.widgets.loss_table import EveryTenth, LossTable
from bigram_tui.widgets.ramp_legend import RampLegend
from bigram_tui.widgets.rendering import Passage, entitle
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.lm.network_file import SavedNetwork
    from bigram_tui.widgets.loss_curve import LossCurve

OWN = "own settings"
ACTIONS_ON_A_RUN = ("step", "run", "finish", "start_over", "move", "look", "pace", "scale", "export")


@dataclass(frozen=True)
class TrainingLook:
    """Which part beside the curve is looked at, what the table in it shows, and the curve's scale.

    Without a cell the table's cursor stays where it is.
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
        Binding("full_stop", "move(1)", "Forth", show=False, tooltip="One step forth in time"),
        Binding("less_than_sign", "move(-10)", "Ten back", show=False, tooltip="Ten steps back in time"),
        Binding("greater_than_sign", "move(10)", "Ten forth", show=False, tooltip="Ten steps forth in time"),
        Binding("i", "look('inside')", "Inside", tooltip="The inside of this step, and back"),
        Binding("t", "look('table')", "Table", show=False, tooltip="The network as a table, and back"),
        Binding("l", "scale", "Log scale", show=False, tooltip="Loss, or logarithm of loss minus floor"),
        Binding("s", "pace(1)", "Speed", show=False, tooltip="Run faster"),
        Binding("S", "pace(-1)", "Slower", show=False, tooltip="Run slower"),
        Binding("e", "export", "Export", show=False, tooltip="Save the losses as CSV or JSON"),
        Binding("escape", "leave", "Leave the field", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._could_do: tuple[bool, bool] | None = None
        self._view = TrainingLook.view
        self._is_looking = False
        self._dataset_shown: Dataset | None = None

    def compose_parts(self) -> ComposeResult:
        from bigram_tui.widgets.loss_curve import LossCurve

        yield Passage(TOO_MANY, id="untrainable")
        with Horizontal(id="training-parts"):
            with Vertical(id="course", classes="in-sight"):
                with Vertical(id="curve-panel", classes="panel") as panel:
                    panel.border_title = "Loss by step"
                    panel.border_subtitle = ", . or ← → back and forth"
                    yield LossCurve(id="curve")
                yield Passage(id="now", classes="panel")
            with Vertical(id="side"):
                with TabbedContent(id="views", classes="in-sight"):
                    with TabPane("Table", id="table"):
                        yield BigramGrid(id="grid")
                        yield RampLegend(id="legend")
                    with TabPane("Inside the step", id="inside"):
                        yield StepInside()
                    with TabPane("Losses", id="losses"):
                        yield Passage(f"{'step':>9} {'loss':>9} {'data':>9} {'reg.':>9}", id="losses-head")
                        yield LossTable()
                yield DrawnNow(id="drawn-now").add_class("panel")
                with Vertical(id="settings", classes="panel") as panel:
                    panel.border_title = "Settings"
                    yield Grid(id="fields")
                    yield Passage(id="reason")
                yield Passage(id="remark")

    def _settings(self) -> Iterable[Widget]:
        settings = self._training.settings
        presets = [(name, name) for name in PRESETS]
        yield self._choice("preset", [*presets, (OWN, OWN)], self._preset_of(settings))
        yield self._choice("init", [(name, name) for name in INITIALIZATIONS], settings.init)
        for kind in (*TRAINING.values(), LEAST_GAIN):
            yield Setting(kind.label, kind.read, id=kind.name)
        yield self._choice("pace", [(name, name) for name in PACES], self._training.pace)

    async def _add_settings(self) -> None:
        """In a frame of their own: they are half of what the pane is made of."""
        if self.is_attached:
            await self.query_one("#fields").mount_all(self._settings())
            self._show_settings(self._training)

    def _choice(self, name: str, options: list[tuple[str, str]], value: str) -> Horizontal:
        label = {"init": "initialization", "pace": "speed"}.get(name, name)
        select = Select(options, value=value, allow_blank=False, compact=True, id=name)
        return Horizontal(Label(label), select, classes="choice")

    def begin(self) -> None:
        self.watch(self.query_one(BigramGrid), "cursor", self._show_inside, init=False)
        if self._training.network is not None:
            self._show_remark(self._training)
        self.follow(self.workspace.trainer.training, self.show_training)
        self.follow(self.workspace.dataset, lambda _dataset: self._show_again())
        self.follow(self.workspace.ramp, self._show_ramp)
        self.call_after_refresh(self._show_again)
        self.call_after_refresh(self._add_settings)

    @property
    def look(self) -> TrainingLook:
        cell = self.query_one(BigramGrid).cursor
        return TrainingLook(self._view, cell, self._looked_at, self._is_looking, self._curve.logarithmic)

    @look.setter
    def look(self, look: TrainingLook) -> None:
        self._look_closer(look.looking)
        self.query_one("#views", TabbedContent).active = look.part
        self._set_scale(look.logarithmic)
        self.choose_view(look.view)
        grid = self.query_one(BigramGrid)
        if look.cell is not None:
            grid.cursor = look.cell
        if look.looking and look.part == "table":
            grid.focus()

    @property
    def _curve(self) -> LossCurve:
        from bigram_tui.widgets.loss_curve import LossCurve

        return self.query_one(LossCurve)

    @property
    def _training(self) -> Training:
        return self.workspace.trainer.training.latest

    @property
    def _dataset(self) -> Dataset:
        return self.workspace.dataset.latest

    def show_training(self, training: Training) -> None:
        self.query_one("#training-parts").display = training.network is not None
        self.query_one("#untrainable").display = training.network is None
        if training.network is None:
            return
        self._begin_dataset()
        self._curve.show(training, self._dataset.counts)
        self._show_now(training, self._dataset)
        self.show_later(self._show_more, after=self.query_one("#now"))

    def _show_more(self) -> None:
        """All but the curve and its numbers."""
        training = self._training
        if training.network is None:
            return
        self._show_remark(training)
        self._show_settings(training)
        self.query_one(DrawnNow).show_network(training, self._dataset.counts.vocabulary)
        self._show_looked_at()
        can_do = (training.running, self.workspace.trainer.is_finished)
        if can_do != self._could_do:
            self._could_do = can_do
            self.refresh_bindings()

    def _begin_dataset(self) -> None:
        """Look at the first bigram of another dataset."""
        dataset = self._dataset
        if self._dataset_shown is None or self._dataset_shown.corpus is not dataset.corpus:
            self._dataset_shown = dataset
            self._show_table()
            for word in dataset.corpus.words[:1]:  # there is none until a large list was read twice
                first, second = dataset.counts.vocabulary.encode(word)[:2]
                self.query_one(BigramGrid).cursor = Cell(first, second)

    def fit(self) -> None:
        super().fit()
        self._look_closer(self._is_looking)
        if self._is_ready:
            self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        self.show_training(self._training)

    def _show_now(self, training: Training, dataset: Dataset) -> None:
        counts, loss = dataset.counts, training.loss
        assert loss is not None
        state = f" · running, {training.pace}" if training.running else ""
        if training.step < training.last_step:
            state = f" · back from {training.last_step:,}"
        entitle(self.query_one("#now"), f"Step {training.step:,} of {training.settings.steps:,}{state}")
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
        narrow = self.has_class("-narrow")
        lines = [
            Content.assemble(
                (f"{label:<16}", f"${colour}"), nats(value), ("" if narrow else f"  {about}", "$muted")
            )
            for colour, label, value, about in rows
        ]
        lines.append(Content.styled(f"nats, means over {counts.total:,} bigrams", "$muted"))
        self.query_one("#now", Passage).update(Content("\n").join(lines), layout=False)

    def _show_remark(self, training: Training) -> None:
        """Say what is going on where the numbers alone would puzzle."""
        remark = self.query_one("#remark", Passage)
        text = self._remark(training, self._dataset.counts.uniform_nll)
        remark.display = bool(text)
        if text != remark.content:
            remark.update(text)

    def _remark(self, training: Training, uniform_nll: float) -> str:
        assert training.losses is not None
        assert training.loss is not None
        if training.seeking is not None:
            return f"Computing step {training.seeking:,} again …"
        if training.remark:
            good = " Press , for the last good step." if not math.isfinite(training.loss.total) else ""
            return training.remark + good
        if training.loss.data <= uniform_nll:
            return ""
        first = training.losses[training.losses.first]
        if training.loss.data <= first.data:
            return (
                "Worse than knowing nothing: random weights prefer some characters to others before they "
                "have seen any data. The first steps unlearn that."
            )
        rate = f"{training.settings.learning_rate:,g}"
        text = f"Worse than at the start: a learning rate of {rate} makes each step jump too far."
        if training.beyond_exp is not None:
            text += (
                f" From step {training.beyond_exp:,} on exp(W) leaves float32, where a notebook's exp "
                "and sum print inf or nan."
            )
        return text

    def _show_settings(self, training: Training) -> None:
        if not self.query_one("#fields").children:
            return
        settings = training.settings
        for name in TRAINING:
            value = getattr(settings, name)
            shown = "all" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            self.query_one(f"#{name}", Setting).show(shown)
        self.query_one("#least_gain", Setting).show(f"{training.least_gain:g}")
        chosen = {"preset": self._preset_of(settings), "init": settings.init, "pace": training.pace}
        for name, choice in chosen.items():
            select = self.query_one(f"#{name}", Select)
            if select.value != choice:
                with select.prevent(Select.Changed):
                    select.value = choice

    def _preset_of(self, settings: TrainingSettings) -> str:
        return next((name for name, preset in PRESETS.items() if preset == settings), OWN)

    @on(TabbedContent.TabActivated)
    def _show_looked_at(self) -> None:
        """Bring the part that is in sight up to date."""
        {"table": self._show_table, "inside": self._show_inside, "losses": self._show_losses}[
            self._looked_at
        ]()

    @property
    def _looked_at(self) -> str:
        return self.query_one("#views", TabbedContent).active

    def _show_table(self) -> None:
        grid = self.query_one(BigramGrid)
        view = TRAINING_VIEWS[self._view](self._dataset, self._training)
        grid.show(view)
        self._choose_zoom()
        if isinstance(view, GridView):
            self.query_one(RampLegend).show(grid)

    def _show_inside(self) -> None:
        update = self.workspace.trainer.update_from(self._training)
        if self._looked_at == "inside" and update is not None:
            cell = self.query_one(BigramGrid).cursor
            self.query_one(StepInside).show(self._dataset, self._training, update, cell)

    def _show_losses(self) -> None:
        """Every tenth step of the run, the cursor at the newest that is not after the step shown."""
        training = self._training
        if training.losses is not None:
            rows = EveryTenth(training.losses)
            self.query_one(LossTable).show(rows, rows.place_of(training.step))

    def _show_ramp(self, ramp: str) -> None:
        self.query_one(BigramGrid).ramp = ramp

    def _choose_zoom(self) -> None:
        """The largest cells of which the whole table is in sight, until the user chooses others."""
        grid = self.query_one(BigramGrid)
        if not grid.zoom_was_chosen and grid.view is not None:
            sizes = [grid.size_at(zoom) for zoom in range(len(ZOOMS))]
            room = grid.size
            grid.zoom = max(
                (z for z, s in enumerate(sizes) if s.width <= room.width and s.height <= room.height),
                default=0,
            )

    @on(BigramGrid.LooksChanged)
    def show_legend(self) -> None:
        self.query_one(RampLegend).show(self.query_one(BigramGrid))

    @on(BigramGrid.ViewWanted)
    def change_view(self, event: BigramGrid.ViewWanted) -> None:
        views = list(TRAINING_VIEWS)
        self.choose_view(views[(views.index(self._view) + event.step) % len(views)])

    def choose_view(self, view: View) -> None:
        """Show it in the table."""
        self._view = view
        self._show_table()

    def commands(self) -> Iterable[SystemCommand]:
        yield SystemCommand("Save network", "Save its weights as safetensors", self._save_network)
        yield SystemCommand("Load network", "Go on with weights that were saved", self._load_network)
        for view in TRAINING_VIEWS:
            show = partial(self.choose_view, view)
            yield SystemCommand(f"Table: {view.label}", f"Show the {view.label}", show)
        for name, settings in PRESETS.items():
            start = partial(self.workspace.trainer.start_over, settings)
            yield SystemCommand(f"Preset: {name}", "Start the training over with these settings", start)
        for pace in PACES:
            yield SystemCommand(
                f"Speed: {pace}", "Run at this speed", partial(self.workspace.trainer.set_pace, pace)
            )

    def code(self) -> Notebook | str:
        from bigram_tui.code.panes import training_code

        now, views = self._training, self.query_one("#views", TabbedContent)
        if now.network is None or now.losses is None:
            return TOO_MANY
        looked_at, view = (
            views.active if views.display else "",
            TRAINING_VIEWS[self._view](self._dataset, now),
        )
        return training_code(
            self._dataset,
            now,
            self.query_one(BigramGrid).cursor,
            view=view if looked_at == "table" and isinstance(view, GridView) else None,
            inside=looked_at == "inside",
            stride=EveryTenth(now.losses).stride if looked_at == "losses" else 0,
        )

    @on(Setting.Changed)
    def change_setting(self, event: Setting.Changed) -> None:
        name = str(event.setting.id)
        if name == LEAST_GAIN.name:
            self.workspace.trainer.set_least_gain(LEAST_GAIN.read(event.text))
        else:
            changed = {name: TRAINING[name].read(event.text)}
            self.workspace.trainer.change(replace(self._training.settings, **changed))

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.show_reason("#reason", event.reason)

    @on(Select.Changed, "#preset")
    def start_preset(self, event: Select.Changed) -> None:
        """A list of choices also says so when it is new, which must not start the run over."""
        preset = PRESETS.get(str(event.value))
        if preset is None:
            self._show_settings(self._training)
        elif preset != self._training.settings:
            self.workspace.trainer.start_over(preset)

    @on(Select.Changed, "#init")
    def change_init(self, event: Select.Changed) -> None:
        self.workspace.trainer.change(replace(self._training.settings, init=str(event.value)))

    @on(Select.Changed, "#pace")
    def change_pace(self, event: Select.Changed) -> None:
        if event.value != self._training.pace:
            self.workspace.trainer.set_pace(str(event.value))

    def on_loss_curve_step_wanted(self, event: LossCurve.StepWanted) -> None:
        self.workspace.trainer.go_to(event.step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        training = self._training
        if action in ACTIONS_ON_A_RUN and training.network is None:
            return None
        if action == "step" and training.running:
            return None
        if action == "finish" and self.workspace.trainer.is_finished:
            return None
        return super().check_action(action, parameters)

    def why(self) -> Explanation | str:
        from bigram_tui.why import settings
        from bigram_tui.why import training as why

        trainer, dataset = self.workspace.trainer, self._dataset
        if self._training.running:
            trainer.pause()
        views, focused = self.query_one("#views", TabbedContent), self.focused
        tab = views.active if focused and views in focused.ancestors else ""
        now = self._training
        if now.network is None:
            return TOO_MANY
        if isinstance(focused, DrawnNow):
            return focused.why(now, dataset.counts.vocabulary)
        if isinstance(focused, Select):
            return settings.choice(now, str(focused.id))
        if focused and isinstance(focused.parent, Setting):
            return settings.typed(dataset, now, trainer.update_from(now), str(focused.parent.id))
        cell = self.query_one(BigramGrid).cursor
        view = TRAINING_VIEWS[self._view](dataset, now)
        if tab == "table" and isinstance(view, GridView):
            shown = view.number(float(view.row(cell.row)[cell.column]))
            return why.cell(dataset, now, view, cell, shown, trainer.leading_here)
        update = trainer.update_from(now)
        if tab == "inside" and update is not None:
            return why.update(dataset, now, update, cell)
        line = self.query_one(LossTable).highlighted
        if tab == "losses" and line is not None and line[0] != now.step:
            then = trainer.training_at(line[0])
            return why.loss(dataset, then) if then else why.recorded_loss(now, line[0])
        return why.loss(dataset, now)

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
        self._set_scale(not self._curve.logarithmic)

    def _set_scale(self, logarithmic: bool) -> None:
        self._curve.show_scale(logarithmic)
        title = "Loss minus counting, logarithmic" if logarithmic else "Loss by step"
        entitle(self.query_one("#curve-panel"), title)

    def action_export(self) -> None:
        from bigram_tui.dialogs.export import ExportDialog

        losses = self._training.losses
        if losses is None:
            return
        rows = list(zip(losses.steps.tolist(), *losses.table.T.tolist(), strict=True))
        settings = asdict(self._training.settings)
        writers = {
            ".csv": partial(exports.losses_as_csv, rows),
            ".json": partial(exports.losses_as_json, rows, settings),
        }
        self.app.push_screen(ExportDialog("the losses", "losses", writers), self._tell_saved)

    def _save_network(self) -> None:
        from bigram_tui.dialogs.export import ExportDialog
        from bigram_tui.lm.network_file import SUFFIX, SavedNetwork, network_as_bytes

        training = self._training
        if training.state is None:
            return
        saved = SavedNetwork(training.state, training.settings)
        writers = {SUFFIX: partial(network_as_bytes, self._dataset.counts.vocabulary, saved)}
        dialog = ExportDialog(f"the network after step {training.step:,}", "network", writers)
        self.app.push_screen(dialog, self._tell_saved)

    def _load_network(self) -> None:
        from bigram_tui.dialogs.load import LoadDialog

        def go_on(saved: SavedNetwork | None) -> None:
            if saved is not None:
                self.workspace.trainer.start_over(saved.settings, saved.state)

        if self._training.network is not None:
            self.app.push_screen(LoadDialog(self._dataset.counts.vocabulary), go_on)

    def _tell_saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {visible(str(path))}", markup=False)

    def action_look(self, part: str) -> None:
        """Look at a part, and with the same key back at the curve; a small screen shows one at a time."""
        views = self.query_one("#views", TabbedContent)
        inner = self.query_one({"table": "#grid", "inside": "StepInside"}[part])
        if views.active == part and inner.has_focus:
            self.action_leave()
            return
        self._look_closer(True)
        views.active = part
        inner.focus()

    def _look_closer(self, looking: bool) -> None:
        """Where not all has room, the curve makes room for what is looked at.

        Textual would style all that the pane is made of again, instead of what looks different then.
        """
        self._is_looking = looking
        closer = looking and not self.has_class("-wide")
        if closer != self.has_class("-looking"):
            self.set_class(closer, "-looking", update=False)
            for part in self.query("#course, #settings, #remark, #side, #views"):
                self.app.stylesheet.apply(part)

    def action_leave(self) -> None:
        self._look_closer(False)
        self._curve.focus()
