"""The Generator pane: names drawn one character at a time, with every probability in sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from bigram_tui.lm.model import WordScore
from bigram_tui.lm.settings import SEED, TEMPERATURE
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.generator.name import NamePanel
from bigram_tui.panes.generator.names import NamesPanel
from bigram_tui.panes.generator.row import RowPanel
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.panes.generator.source import SourcePanel
from bigram_tui.panes.pane import Pane
from bigram_tui.session.lookup import FiguresFinder, Subject
from bigram_tui.session.models import MODELS
from bigram_tui.session.names_file import NAMES_AS
from bigram_tui.session.snapshots import Generation
from bigram_tui.widgets.bars import ChoosableBars
from bigram_tui.widgets.choice import Choice
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.dialogs.draw_many import Wanted
    from bigram_tui.session.generator import Generator
    from bigram_tui.why.explanation import Explanation

PACES = (0.5, 1, 2, 4, 8, 16, 32)
"""Characters a second when drawing by itself."""

DRAWING = {"draw", "finish_name", "take_back", "next_model", "compare", "next_method", "clear", "start_over"}
DRAWING |= {"run", "draw_many", "temperature", "type_name"}
"""Actions that wait while many names are drawn."""


@dataclass(frozen=True)
class GeneratorLook:
    """How the bars are shown."""

    by_probability: bool = False
    cumulative: bool = False


class GeneratorPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "generator"
    AUTO_FOCUS = "#bars"
    BINDINGS = [
        Binding("space", "draw", "Draw", tooltip="Draw the next character"),
        Binding("n", "finish_name", "Name", tooltip="Draw until the name is finished"),
        Binding("N", "draw_many", "Many", tooltip="Draw many names, to a file if you like"),
        Binding("a", "run", "Run", tooltip="Draw by itself, or pause"),
        Binding("plus", "pace(1)", "Faster", key_display="+", show=False, tooltip="Draw by itself faster"),
        Binding("minus", "pace(-1)", "Slower", key_display="-", show=False, tooltip="Draw by itself slower"),
        Binding(
            "backspace", "take_back", "Take back", show=False, tooltip="Take back the last draw or choice"
        ),
        Binding("m", "next_model", "Model", tooltip="Next model: counts, network, uniform"),
        Binding("M", "compare", "Compare", tooltip="The three models side by side with the same u"),
        Binding("T", "temperature", "Temperature", show=False, tooltip="Edit the temperature"),
        Binding("d", "next_method", "Method", show=False, tooltip="Inverse CDF or torch.multinomial"),
        Binding("t", "type_name", "Score", show=False, tooltip="Type a name and see how likely it is"),
        Binding("s", "sort", "Sort", show=False, tooltip="Bars by alphabet or by probability"),
        Binding("v", "cumulate", "Cumulative", show=False, tooltip="Bars with P, or with its running sum"),
        Binding("l", "sort_names", "Sort names", show=False, tooltip="Sort the names by the next column"),
        Binding("L", "turn_names", "Turn names", show=False, tooltip="Sort the names the other way round"),
        Binding("e", "export", "Export", show=False, tooltip="Save the names as text or CSV"),
        Binding("c", "clear", "Clear the list", show=False, tooltip="Clear the list of names"),
        Binding("x", "start_over", "Start over", show=False, tooltip="Start over from the seed"),
        Binding("escape", "leave", "Leave", show=False, tooltip="Leave a field, or end drawing many names"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._choosing = False
        self.typed: str | None = None
        """The name that is typed to be scored."""

        self._pace = PACES.index(4)
        self._run: Timer | None = None
        self._finder = FiguresFinder(self, self._subject, self._found)
        self._could_do: tuple[bool, bool] | None = None
        self._name_panel, self._row_panel = (
            NamePanel(id="name-panel", classes="panel"),
            RowPanel(id="row-panel"),
        )
        self._source_panel = SourcePanel(id="source", classes="panel")
        self._names_panel = NamesPanel(id="names-panel", classes="panel")

    def compose_parts(self) -> ComposeResult:
        with Vertical(id="generator-parts"):
            yield self._name_panel
            with Horizontal(id="generator-lower"):
                yield self._row_panel
                with Vertical(id="drawn"):
                    yield self._source_panel
                    yield self._names_panel

    def begin(self) -> None:
        self.follow(self._generator.generation, self.show_generation)
        self.follow(self.workspace.dataset, self._show_again)
        self.follow(self.workspace.trainer.training, self._show_training)
        self.follow(self.workspace.ready, self._show_again)

    @property
    def look(self) -> GeneratorLook:
        return GeneratorLook(self._row_panel.by_probability, self._row_panel.cumulative)

    @look.setter
    def look(self, look: GeneratorLook) -> None:
        """Whatever is being typed, chosen or drawn by itself ends."""
        self._pause()
        self._end_choosing()
        self._row_panel.by_probability, self._row_panel.cumulative = look.by_probability, look.cumulative
        self._show_again()

    @property
    def _generator(self) -> Generator:
        return self.workspace.generator

    @property
    def _generation(self) -> Generation:
        return self._generator.generation.latest

    @property
    def _shown(self) -> Shown:
        return Shown(
            self.workspace.dataset.latest,
            self._generation,
            self._generator.model_named,
            self.typed,
            self._choosing,
            self._finder.current,
            self._finder.data_nll,
        )

    def _show_training(self, _training: object) -> None:
        if self._generation.comparing or MODELS[self._generation.model].is_trained:
            self._show_again()

    def _show_again(self, _changed: object = None) -> None:
        self.show_generation(self._generation)

    def show_generation(self, _generation: Generation) -> None:
        shown = self._shown
        self._show_name(shown)
        self._row_panel.show(shown)
        self.show_later(self._show_more, after=self._row_panel.bars)

    def _show_name(self, shown: Shown) -> None:
        self._name_panel.show(shown, PACES[self._pace] if self._run else None)

    def _show_more(self) -> None:
        """All but the name so far and the row of P."""
        shown = self._shown
        self._source_panel.show(shown, self._generator.models)
        self._names_panel.show(shown)
        self.look_up_soon()
        can_do = (self._is_busy, shown.generation.comparing)
        if can_do != self._could_do:
            self._could_do = can_do
            self.refresh_bindings()

    @on(LineList.Highlighted, "#names")
    def look_up_soon(self) -> None:
        if not self._is_busy:
            self._finder.find_soon()

    def _subject(self) -> Subject | None:
        if not self._names_panel.is_attached:
            return None
        name = self._names_panel.table.highlighted
        return self.workspace.dataset.latest, self._generator.model, name, self.typed

    def _found(self) -> None:
        shown = self._shown
        self._names_panel.show_figures(shown)
        if self.typed is not None:
            self._show_name(shown)

    def fit(self) -> None:
        super().fit()
        self._names_panel.fit(self.room.height)
        if self.has_begun and self.is_current:
            self.call_after_refresh(self._show_again)

    def commands(self) -> Iterable[SystemCommand]:
        if self.has_begun and not self._is_busy:
            for key in self._generator.models:
                use, label = partial(self._generator.use_model, key), MODELS[key].label
                yield SystemCommand(f"Draw from {label}", f"Draw the next characters from {label}", use)

    def code(self) -> Notebook | str:
        from bigram_tui.code.panes import generator_code

        training, shown, typed = self.workspace.trainer.training.latest, self._shown, self.typed
        if typed is not None:
            can_be_scored = isinstance(shown.scored, WordScore)
            typed = shown.dataset.counts.vocabulary.fold(typed) if can_be_scored else None
        return generator_code(shown.dataset, training, shown.generation, self._generator.first_names, typed)

    def why(self) -> Explanation | str:
        if self._is_busy:
            return "Names are being drawn. Press escape to end that, and ask again."
        focused, shown = self.focused, self._shown
        if focused and self._names_panel in focused.ancestors:
            explanation = self._names_panel.why(shown, focused)
            if explanation is not None:
                return explanation
        if focused and isinstance(focused.parent, Setting):
            return self._source_panel.why(shown, str(focused.parent.id), self._row_panel.explained(shown))
        if self.typed is not None or (focused and self._name_panel in focused.ancestors):
            return self._name_panel.why(shown)
        return self._row_panel.why(shown)

    @on(Setting.Changed, "#generator-seed")
    def change_seed(self, event: Setting.Changed) -> None:
        self._generator.set_seed(SEED.read(event.text))

    @on(Setting.Changed, "#temperature")
    def change_temperature(self, event: Setting.Changed) -> None:
        self._generator.set_temperature(TEMPERATURE.read(event.text))

    @on(ChoosableBars.Begun)
    def begin_choosing(self) -> None:
        if self._is_busy:
            self._row_panel.bars.cursor = None
            return
        self.typed = None
        self._choosing = True
        self._show_again()

    def on_row_panel_chosen(self, event: RowPanel.Chosen) -> None:
        self._end_choosing()
        self._generator.choose(event.token)

    def on_name_panel_typed(self, event: NamePanel.Typed) -> None:
        if self.typed is not None:
            self.typed = event.name
            self._show_again()

    def on_name_panel_entered(self) -> None:
        self._row_panel.bars.focus()

    @on(Choice.Clicked, "#models Choice")
    def use_model(self, event: Choice.Clicked) -> None:
        if not self._is_busy:
            self._generator.use_model(str(event.choice.name))

    @on(Choice.Clicked, "#method")
    async def use_method(self) -> None:
        await self.run_action("next_method")

    def on_screen_suspend(self) -> None:
        """Nobody is watching."""
        self._pause()

    @property
    def _is_busy(self) -> bool:
        """Whether many names are being drawn."""
        return self._generation.progress is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in DRAWING and self._is_busy:
            return None
        if action == "draw_many" and self._generation.comparing:
            return None
        return super().check_action(action, parameters)

    def _end_choosing(self) -> None:
        """Show what was drawn again, instead of what may come next or a typed name."""
        self._choosing, self.typed, self._row_panel.bars.cursor = False, None, None

    def action_draw(self) -> None:
        self._end_choosing()
        self._generator.draw()

    def action_finish_name(self) -> None:
        self._end_choosing()
        self._generator.finish_name()

    def action_take_back(self) -> None:
        self._end_choosing()
        self._generator.take_back()

    def action_run(self) -> None:
        if self._run is None:
            self._run = self.set_interval(1 / PACES[self._pace], self._draw_by_itself)
            self._draw_by_itself()
        else:
            self._pause()

    def _pause(self) -> None:
        if self._run is not None:
            self._run.stop()
            self._run = None
            self._show_again()

    def _draw_by_itself(self) -> None:
        self.action_draw()
        if self._generation.problem:
            self._pause()

    def action_pace(self, step: int) -> None:
        self._pace = min(max(self._pace + step, 0), len(PACES) - 1)
        if self._run is not None:
            self._run.stop()
            self._run = self.set_interval(1 / PACES[self._pace], self._draw_by_itself)
            self._show_again()

    def action_draw_many(self) -> None:
        from bigram_tui.dialogs.draw_many import DrawManyDialog

        self._pause()
        self.app.push_screen(DrawManyDialog(), self._draw_many)

    def _draw_many(self, wanted: Wanted | None) -> None:
        if wanted is not None:
            self._end_choosing()
            self._generator.draw_many(wanted.count, wanted.path)

    def action_next_model(self) -> None:
        self._generator.next_model()

    def action_compare(self) -> None:
        self._end_choosing()
        self._generator.compare()

    def action_next_method(self) -> None:
        self._end_choosing()
        self._generator.next_method()

    def action_temperature(self) -> None:
        self._source_panel.edit_temperature()

    def action_type_name(self) -> None:
        self._pause()
        self._end_choosing()
        self.typed = self._name_panel.text
        self._show_again()
        self._name_panel.begin_typing()

    def action_sort(self) -> None:
        self._row_panel.by_probability = not self._row_panel.by_probability
        self._show_again()

    def action_cumulate(self) -> None:
        self._row_panel.cumulative = not self._row_panel.cumulative
        self._show_again()

    def action_sort_names(self) -> None:
        self._names_panel.table.sort_by_next()

    def action_turn_names(self) -> None:
        self._names_panel.table.turn_round()

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import saving

        names = self._generation.names
        if names:
            what = "the names" if len(names) == self._generation.drawn else f"the newest {len(names):,} names"
            writers = {ending: partial(write, names) for ending, write in NAMES_AS.items()}
            self.app.push_screen(saving(what, "names", writers), self._tell_saved)

    def _tell_saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {visible(str(path))}", markup=False)

    def action_clear(self) -> None:
        self._generator.clear()

    def action_start_over(self) -> None:
        self._end_choosing()
        self._generator.start_over()

    def action_leave(self) -> None:
        """One thing at a time: the names being drawn, the choosing, the field."""
        if self.has_begun:
            self._generator.cancel()
            self._end_choosing()
            self._row_panel.bars.focus()
            self._show_again()
