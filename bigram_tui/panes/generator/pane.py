"""The Generator pane: names drawn one character at a time, with every probability on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from bigram_tui.lm.model import WordScore
from bigram_tui.lm.settings import SEED
from bigram_tui.panes.generator.by_itself import ByItself
from bigram_tui.panes.generator.name import NamePanel
from bigram_tui.panes.generator.names import NamesPanel
from bigram_tui.panes.generator.row import BarsLook, RowPanel
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.panes.generator.source import SourcePanel
from bigram_tui.panes.pane import Pane
from bigram_tui.session.lookup import FiguresFinder
from bigram_tui.session.models import KINDS
from bigram_tui.session.names_file import NAMES_AS
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.texts import say
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.dialogs.draw_many import DrawRequest
    from bigram_tui.why.explanation import Explanation

LONGEST_EXAMPLE = 20
"""The most characters of the example for scoring."""

DRAWING = {"do", "use_model", "next_model", "clear", "run", "draw_many", "temperature", "type_name"}
"""Actions that are disabled while many names are drawn."""


class GeneratorPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "generator"
    AUTO_FOCUS = "#bars"
    BINDINGS = [
        Binding("space", "do('draw')", "Draw", tooltip="Draw the next character"),
        Binding("n", "do('finish_name')", "Name", tooltip="Draw until the name is finished"),
        Binding("N", "draw_many", "Many", tooltip="Draw many names, filtered or into a file if you like"),
        Binding("r", "run", "Run", tooltip="Draw automatically, or pause"),
        Binding("plus", "pace(1)", "Faster", show=False, tooltip="Faster automatic drawing"),
        Binding("minus", "pace(-1)", "Slower", show=False, tooltip="Slower automatic drawing"),
        Binding(
            "backspace",
            "do('take_back')",
            "Take back",
            show=False,
            tooltip="Take back the last draw or choice",
        ),
        Binding("m", "next_model", "Model", tooltip="Next model: counts, network, uniform"),
        Binding(
            "M",
            "do('compare')",
            "Compare",
            tooltip="All models with the same random numbers u, then contexts of each length, then one",
        ),
        Binding("T", "temperature", "Temperature", show=False, tooltip="Edit the temperature"),
        Binding(
            "d",
            "do('next_method')",
            "Method",
            show=False,
            tooltip="Inverse transform sampling or torch.multinomial",
        ),
        Binding("t", "type_name", "Score", show=False, tooltip="Type a name and see how likely it is"),
        Binding("s", "sort", "Sort", show=False, tooltip="Bars by alphabet or by probability"),
        Binding("v,V", "cumulate", "View", show=False, tooltip="Bars with P, or with its running sum"),
        Binding("e", "export", "Export", show=False, tooltip="Save the names as text or CSV"),
        Binding("c", "clear", "Clear the list", show=False, tooltip="Clear the list of names"),
        Binding("x", "do('start_over')", "Start over", show=False, tooltip="Start over from the seed"),
        Binding("escape", "leave", "Leave", show=False, tooltip="Leave a field, or end drawing many names"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.typed: str | None = None
        """The typed name to score, or None if the user is not typing one."""

        self._generator = self.workspace.generator
        self._by_itself = ByItself(self, self._draw_by_itself, self.show)
        self._finder = FiguresFinder(self, self._found)
        self._name_panel, self._row_panel, self._names_panel = NamePanel(), RowPanel(), NamesPanel()
        self._source_panel = SourcePanel(self._row_panel.explained)

    def compose_parts(self) -> ComposeResult:
        with Vertical(id="generator-parts"):
            yield self._name_panel
            with Horizontal(id="generator-lower"):
                yield self._row_panel
                with Vertical(id="drawn"):
                    yield self._source_panel
                    yield self._names_panel

    def name_parts(self) -> None:
        self._source_panel.border_title = say("Draw from")
        self.query_one("#typed", Input).placeholder = say("a name to score")
        for setting in self.query(Setting):
            setting.say_label()
        self._names_panel.table.name_columns()

    def begin(self) -> None:
        self.follow(self._generator.generation, self.show)
        self.follow(self.workspace.dataset, self._show_model)
        self.follow(self.workspace.trainer.training, self._show_training)
        self.follow(self.workspace.ready, self.show)

    @property
    def look(self) -> BarsLook:
        return self._row_panel.look

    @look.setter
    def look(self, look: BarsLook) -> None:
        """Ends typing, choosing and drawing automatically."""
        self._by_itself.pause()
        self._end_choosing()
        self._change_look(look)

    @property
    def _generation(self) -> Generation:
        return self._generator.generation.latest

    @property
    def _is_busy(self) -> bool:
        """Whether many names are being drawn."""
        return self._generation.progress is not None

    @property
    def _shown(self) -> Shown:
        return Shown(
            self._dataset,
            self._generation,
            self._generator.model_named,
            self._generator.models,
            self._example if self.typed == "" else self.typed,
            self._by_itself.pace,
            self._names_panel.table.highlighted,
            self._finder.latest,
            self._row_panel.choosing,
        )

    @property
    def _example(self) -> str:
        """A name to score until one is typed: the first word of the data that is not too long."""
        words = self._dataset.corpus.words
        return next((word for word in words[:100] if len(word) <= LONGEST_EXAMPLE), "")

    def _show_training(self, _training: object) -> None:
        if self._generation.comparing or KINDS[self._generation.model].is_trained:
            self._show_model()

    def _show_model(self, _changed: object = None) -> None:
        self._generator.forget_problem()
        self.show()

    def show(self, _changed: object = None) -> None:
        shown = self._shown
        self._name_panel.show(shown)
        self._row_panel.show(shown)
        self.show_later(self._show_more, after=self._row_panel.bars)

    def _show_more(self) -> None:
        """Update everything but the name so far and the row of P."""
        shown = self._shown
        self._source_panel.show(shown)
        self._names_panel.show(shown)
        self.on_line_list_highlighted()
        self.refresh_keys(self._is_busy, shown.generation.comparing)

    def _change_look(self, look: BarsLook) -> None:
        self._row_panel.look = look
        self.show()

    def _end_choosing(self) -> None:
        """Show the last draw again, instead of what can come next or a typed name."""
        self.typed = None
        self._row_panel.end_choosing()

    def fit(self) -> None:
        super().fit()
        self._names_panel.fit(self.room.height)
        if self.has_begun and self.is_current:
            self.call_after_refresh(self.show)

    def _found(self) -> None:
        shown = self._shown
        self._names_panel.show_figures(shown)
        if self.typed is not None:
            self._name_panel.show(shown)

    def on_line_list_highlighted(self) -> None:
        if not self._is_busy:
            self._finder.find_soon(self._shown.subject)

    def on_name_panel_typed(self, event: NamePanel.Typed) -> None:
        if self.typed is not None:
            self.typed = event.name
            self.show()

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """With the bars, the name comes into sight: it shows what the keys draw."""
        is_bars = widget is not None and widget.id == "bars"
        super().set_focus(widget, scroll_visible and not is_bars, from_app_focus)
        if is_bars and scroll_visible:
            self.call_after_refresh(self._name_panel.scroll_visible, animate=False)

    def on_row_panel_begun(self) -> None:
        if self._is_busy:
            self._row_panel.end_choosing()
        else:
            self.typed = None
            self.show()
            self._row_panel.bars.scroll_visible(animate=False)

    def on_row_panel_chosen(self, event: RowPanel.Chosen) -> None:
        self._end_choosing()
        self.focus_main_part()
        self._generator.choose(event.token)

    def on_source_panel_changed(self, event: SourcePanel.Changed) -> None:
        change = self._generator.set_seed if event.name == SEED.name else self._generator.set_temperature
        change(event.value)

    def on_screen_suspend(self) -> None:
        """Pause, since nobody is watching."""
        self._by_itself.pause()

    def commands(self) -> Iterable[SystemCommand]:
        if self.has_begun and not self._is_busy:
            for key in self._generator.models:
                use, label = partial(self._generator.use_model, key), KINDS[key].label
                about = say("Draw the next characters from {model}", model=label)
                yield SystemCommand(say("Draw from {model}", model=label), about, use)

    def why(self) -> Explanation | str:
        if self._is_busy:
            return say("Names are being drawn. Press escape to stop that, and ask again.")
        shown, within = self._shown, self.focused.ancestors if self.focused else ()
        for part in within:
            if isinstance(part, NamePanel | SourcePanel | NamesPanel) and (explanation := part.why(shown)):
                return explanation
        return self._row_panel.why(shown) if self.typed is None else self._name_panel.why(shown)

    def code(self) -> Notebook | str:
        from bigram_tui.code.panes import generator_code

        shown, first_names = self._shown, self._generator.first_names
        typed = shown.typed
        if typed is not None:
            can_be_scored = isinstance(shown.scored, WordScore)
            typed = shown.dataset.counts.vocabulary.fold(typed) if can_be_scored else None
        return generator_code(shown.dataset, self._training, shown.generation, first_names, typed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in DRAWING and self._is_busy:
            return None
        if action == "leave" and self.has_begun and self._row_panel.is_at_rest and self.typed is None:
            return self._is_busy or None
        if action == "draw_many" and self._generation.comparing:
            return None
        return super().check_action(action, parameters)

    def action_do(self, what: str) -> None:
        """Call this method of the generator."""
        self._end_choosing()
        getattr(self._generator, what)()

    def action_next_model(self) -> None:
        self._generator.next_model()

    def action_use_model(self, key: str) -> None:
        self._generator.use_model(key)

    def action_clear(self) -> None:
        self._generator.clear()

    def action_run(self) -> None:
        self._by_itself.run_or_pause()

    def action_pace(self, step: int) -> None:
        self._by_itself.change_pace(step)

    def _draw_by_itself(self) -> None:
        self.action_do("draw")
        if self._generation.problem:
            self._by_itself.pause()

    def action_draw_many(self) -> None:
        from bigram_tui.dialogs.draw_many import DrawManyDialog

        def draw(request: DrawRequest | None) -> None:
            if request is not None:
                self._end_choosing()
                self._generator.draw_many(request.count, request.path, request.wanted)

        self._by_itself.pause()
        dataset = self._dataset
        self.app.push_screen(DrawManyDialog(dataset.corpus, dataset.parts is not None), draw)

    def action_temperature(self) -> None:
        self._source_panel.edit_temperature()

    def action_type_name(self) -> None:
        self._by_itself.pause()
        self._end_choosing()
        self.typed = self._name_panel.text
        self.show()
        self._name_panel.begin_typing()

    def action_sort(self) -> None:
        self._change_look(replace(self.look, by_probability=not self.look.by_probability))

    def action_cumulate(self) -> None:
        self._change_look(replace(self.look, cumulative=not self.look.cumulative))

    def action_export(self) -> None:
        from bigram_tui.dialogs.path import ask_to_save

        names = self._generation.names
        if names:
            if len(names) == self._generation.drawn:
                title = say("Export the names")
            else:
                title = say("Export the newest {n:,} names", n=len(names))
            writers = {ending: partial(write, names) for ending, write in NAMES_AS.items()}
            ask_to_save(self.app, title, "names", writers)

    def leave(self) -> None:
        """Stop drawing many names, then end choosing or typing."""
        if self.has_begun:
            self._generator.cancel()
            self._end_choosing()
            self.set_focus(self._row_panel.bars)
            self.show()
