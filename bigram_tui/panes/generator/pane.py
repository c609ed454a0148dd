"""The Generator pane: names drawn one character at a time, with every probability in sight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from bigram_tui.lm.drawn import DrawnName, Tally
from bigram_tui.lm.errors import UndrawableRowError, UnknownCharacterError
from bigram_tui.lm.model import BigramModel, WordScore, perplexity, score
from bigram_tui.lm.settings import METHODS, SEED, TEMPERATURE
from bigram_tui.lm.vocabulary import normalize, visible
from bigram_tui.panes.generator.totals import SessionFigures
from bigram_tui.panes.pane import Pane
from bigram_tui.session.lookup import FiguresFinder, Subject
from bigram_tui.session.models import MODELS
from bigram_tui.session.names_file import NAMES_AS
from bigram_tui.session.snapshots import Dataset, DrawnToken, Generation, NameSoFar
from bigram_tui.views.numbers import number
from bigram_tui.why.explanation import Explanation, Step
from bigram_tui.widgets.bars import Bar, ChoosableBars
from bigram_tui.widgets.choice import Choice
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.name_so_far import Letter, NameSoFarDisplay, SpelledName
from bigram_tui.widgets.names_table import NamesTable
from bigram_tui.widgets.probability_line import ProbabilityLine, Stretches
from bigram_tui.widgets.progress_line import progress_bar
from bigram_tui.widgets.rendering import Passage, entitle
from bigram_tui.widgets.setting import Setting

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.dialogs.draw_many import Wanted

TALL = 34
"""Lines from which there is room for all figures of the session."""

PACES = (0.5, 1, 2, 4, 8, 16, 32)
"""Characters a second when drawing by itself."""

DRAWING = {"draw", "finish_name", "take_back", "next_model", "compare", "next_method", "clear", "start_over"}
DRAWING |= {"run", "draw_many", "temperature", "type_name"}


NO_U = "torch.multinomial draws in its own way and shows no u. What it draws depends on the torch build."


@dataclass(frozen=True)
class GeneratorLook:
    """How the bars are shown."""

    by_probability: bool = False
    cumulative: bool = False


class GeneratorPane(Pane):
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE = "generator"
    NEEDS_TORCH = True
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
        self._by_probability = self._cumulative = self._choosing = False
        self._typed: str | None = None
        self._order: Sequence[int] = ()
        self._pace = PACES.index(4)
        self._run: Timer | None = None
        self._finder = FiguresFinder(self, self._state, self._found)
        self._could_do: tuple[bool, bool] | None = None

    def compose_parts(self) -> ComposeResult:
        with Vertical(id="generator-parts"):
            with Vertical(id="name-panel", classes="panel"):
                yield Field(placeholder="a name to score", id="typed", compact=True)
                yield NameSoFarDisplay(id="name")
                with Vertical(id="many"):
                    yield Passage(id="many-text")
                    yield Passage(id="many-bar")
            with Horizontal(id="generator-lower"):
                with Vertical(id="row-panel", classes="panel"):
                    yield Passage(id="about-row")
                    yield ProbabilityLine(id="line")
                    yield ChoosableBars(id="bars")
                with Vertical(id="drawn"):
                    with Vertical(id="source", classes="panel") as source:
                        source.border_title = "Draw from"
                        with Horizontal(id="models"):
                            for kind in MODELS.values():
                                yield Choice(kind.label, name=kind.key, classes=kind.colour)
                        yield Choice(METHODS[0], id="method")
                        yield Setting(TEMPERATURE.label, TEMPERATURE.read, id="temperature")
                        yield Setting(SEED.label, SEED.read, id="generator-seed")
                        yield Passage(id="setting-reason")
                    with Vertical(id="names-panel", classes="panel"):
                        yield NamesTable(id="names-table")
                        yield Passage(id="nearest")
                        yield SessionFigures(id="session")

    def commands(self) -> Iterable[SystemCommand]:
        if self._is_ready and not self._is_busy:
            for key in self.workspace.generator.models:
                use, label = partial(self.workspace.generator.use_model, key), MODELS[key].label
                yield SystemCommand(f"Draw from {label}", f"Draw the next characters from {label}", use)

    def begin(self) -> None:
        self.follow(self.workspace.generator.generation, self.show_generation)
        self.follow(self.workspace.dataset, self._show_again)
        self.follow(self.workspace.trainer.training, self._show_training)

    @property
    def look(self) -> GeneratorLook:
        return GeneratorLook(self._by_probability, self._cumulative)

    @look.setter
    def look(self, look: GeneratorLook) -> None:
        """Whatever is being typed, chosen or drawn by itself ends."""
        self._pause()
        self._end_choosing()
        self._by_probability, self._cumulative = look.by_probability, look.cumulative
        self._show_again()

    @property
    def typed(self) -> str | None:
        """The name that is typed to be scored."""
        return self._typed

    @property
    def _generation(self) -> Generation:
        return self.workspace.generator.generation.latest

    @property
    def _dataset(self) -> Dataset:
        return self.workspace.dataset.latest

    def _show_training(self, _training: object) -> None:
        if self._generation.comparing or MODELS[self._generation.model].is_trained:
            self._show_again()

    def _show_again(self, _changed: object = None) -> None:
        self.show_generation(self._generation)

    def show_generation(self, generation: Generation) -> None:
        model = self.workspace.generator.model
        lane = self._shown_lane(generation, model)
        self._show_name(generation, lane)
        self._show_row(generation, model, lane)
        self.show_later(self._show_more, after=self._bars)

    def _show_more(self) -> None:
        """All but the name so far and the row of P."""
        generation = self._generation
        self._show_source(generation)
        self._show_names(generation)
        self.look_up_soon()
        can_do = (generation.progress is not None, generation.comparing)
        if can_do != self._could_do:
            self._could_do = can_do
            self.refresh_bindings()

    def _shown_lane(self, generation: Generation, model: BigramModel) -> NameSoFar:
        """The name of the model in use, or the typed one as if it had been drawn."""
        from bigram_tui.lm.sampling import Draw

        if self._typed is None:
            return generation.lane
        scored = self._scored(model)
        bigrams = scored.bigrams if isinstance(scored, WordScore) else ()
        tokens = [DrawnToken(Draw(b.first, b.second, None), b.probability, generation.model) for b in bigrams]
        return NameSoFar(generation.model, tuple(tokens), finished=True)

    def _scored(self, model: BigramModel) -> WordScore | str:
        """The score of the typed name, or what is wrong with it."""
        try:
            return score(self._dataset.counts.vocabulary.encode(self._typed or ""), model)
        except UnknownCharacterError as error:
            return str(error)

    # The name so far

    def _show_name(self, generation: Generation, lane: NameSoFar) -> None:
        panel, typing = self.query_one("#name-panel"), self._typed is not None
        self.query_one("#typed").display = typing
        self._show_progress(generation)
        lanes = [lane] if typing else generation.lanes
        hint = "space draws the first character, n a whole name, t scores one that you type"
        if typing:
            scored = self._scored(self.workspace.generator.model)
            hint = scored if isinstance(scored, str) else ""
        self.query_one(NameSoFarDisplay).show([self._spelled(each) for each in lanes], hint)
        titles = ["A name to score" if typing else "Names so far" if generation.comparing else "Name so far"]
        if self._run is not None:
            titles.append(f"{PACES[self._pace]:g} a second, a pauses, + and - change the pace")
        figures = self._name_figures(lane) if typing or not generation.comparing else ""
        entitle(panel, " · ".join(titles), figures)

    def _show_progress(self, generation: Generation) -> None:
        progress = generation.progress
        self.query_one("#many").display = progress is not None
        self.query_one("#name").display = progress is None
        if progress is not None:
            text = f"{progress.done:,} of {progress.count:,} names drawn. escape ends it."
            self.query_one("#many-text", Passage).update(text, layout=False)
            bar, share = self.query_one("#many-bar", Passage), progress.done / progress.count
            width = max(self.room.width - len("100%") - 5, 1)
            bar.update(progress_bar(share, width) + Content(f" {share:.0%}"), layout=False)

    def _spelled(self, lane: NameSoFar) -> SpelledName:
        signs = self._dataset.counts.vocabulary.signs
        equally_likely = (1 - 1e-9) / len(signs)
        letters = [
            Letter(signs[t.draw.token], t.probability, t.probability < equally_likely, t.chosen)
            for t in lane.tokens
        ]
        kind = MODELS[lane.model]
        return SpelledName(kind.label, kind.colour, signs[0], letters)

    def _name_figures(self, lane: NameSoFar) -> str:
        """The likelihood of the name so far."""
        if not lane.tokens:
            return ""
        texts = [f"nll {number(lane.nll)} nats per bigram", f"perplexity {number(perplexity(lane.nll), 2)}"]
        figures = self._finder.current
        if figures is not None and figures.less_likely is not None:
            texts[0] = texts[0].removesuffix(" per bigram")
            corpus = self._dataset.corpus
            words = "the words" if corpus.lists_all else f"{len(corpus.words):,} of the words"
            texts.append(f"likelier than {figures.less_likely:.1%} of {words}")
        return " · ".join(texts)

    # The row of P

    def _show_row(self, generation: Generation, model: BigramModel, lane: NameSoFar) -> None:
        """The row the last token came from; when choosing, or before the first draw, the one for the next."""
        signs = self._dataset.counts.vocabulary.signs
        last = self._last_drawn(generation, lane)
        previous = last.draw.previous if last else lane.previous
        hit = last.draw.token if last else None
        row = model.row(previous)
        tokens = np.argsort(-row, kind="stable") if self._by_probability else np.arange(len(row))
        self._order = tokens.tolist()
        numbers = np.cumsum(row[tokens]).tolist() if self._cumulative else row[tokens].tolist()
        self._bars.set_classes(MODELS[generation.model].colour)
        self._bars.show(
            [
                Bar(signs[j], float(row[j]), f"{number:.4f}", marked=j == hit)
                for j, number in zip(self._order, numbers, strict=True)
            ]
        )
        self._show_line(generation, lane, last)
        after = "At the start" if previous == 0 else f"After {signs[previous]}"
        what = ": choose, enter takes it" if self._choosing else f": {model.description}"
        order = "by probability" if self._by_probability else "by alphabet"
        numbers_are = "running sum of P" if self._cumulative else "P"
        entitle(self.query_one("#row-panel"), after + what, f"{numbers_are}, {order}")

    def _last_drawn(self, generation: Generation, lane: NameSoFar) -> DrawnToken | None:
        """The token whose row is shown; when choosing, or before the first draw, it is the next one's."""
        return lane.tokens[-1] if lane.tokens and not (self._choosing or generation.problem) else None

    def _show_line(self, generation: Generation, lane: NameSoFar, last: DrawnToken | None) -> None:
        """The lines with u, or why there are none."""
        about, line = self.query_one("#about-row", Passage), self.query_one(ProbabilityLine)
        alone = self._choosing or self._typed is not None or not generation.comparing
        lanes = (lane,) if alone else generation.lanes
        text, rows = generation.problem, []
        if text is None and generation.method != METHODS[0] and not self._choosing and self._typed is None:
            text = NO_U
        if text is None:
            try:
                rows = [self._stretches(each, generation) for each in lanes]
            except UndrawableRowError as error:
                text = str(error)
        about.display, line.display = text is not None, bool(rows)
        about.set_class(generation.problem is not None, "-problem")
        if text is not None:
            about.update(Content(text))
        if rows:
            line.show(rows, last.draw.u if last else None)

    def _stretches(self, lane: NameSoFar, generation: Generation) -> Stretches:
        from bigram_tui.lm.sampling import cumulative

        signs = self._dataset.counts.vocabulary.signs
        last = lane.tokens[-1] if lane.tokens and not self._choosing else None
        previous = last.draw.previous if last else lane.previous
        ends = cumulative(self.workspace.generator.model_named(lane.model).row_for_drawing(previous))
        hit, kind = last.draw.token if last else None, MODELS[lane.model]
        return Stretches(f"{kind.label} {signs[previous]}→", kind.colour, signs, ends, hit)

    # Where the draws come from

    def _show_source(self, generation: Generation) -> None:
        models = self.workspace.generator.models
        for choice in self.query("#models Choice").results(Choice):
            choice.display = choice.name in models
            choice.set_class(choice.name == generation.model, "-chosen")
        how = "inverse transform sampling" if generation.method == METHODS[0] else "torch.multinomial"
        self.query_one("#method", Choice).update(how, layout=False)
        self.query_one("#generator-seed", Setting).show(str(generation.seed))
        self.query_one("#temperature", Setting).show(f"{generation.temperature:g}")
        for setting in self.query(Setting):
            setting.disabled = generation.progress is not None

    # The names

    def _show_names(self, generation: Generation) -> None:
        names = generation.names
        if generation.drawn > len(names):
            title = f"Newest {len(names):,} of {generation.drawn:,}"
        else:
            title = f"Names ({len(names):,})" if names else "Names"
        entitle(self.query_one("#names-panel"), title, "● in the data · nll in nats" if names else "")
        self.query_one(NamesTable).show(names)
        self._show_figures()

    @on(LineList.Highlighted, "#names")
    def look_up_soon(self) -> None:
        if not self._is_busy:
            self._finder.find_soon()

    def _state(self) -> Subject | None:
        tables = self.query(NamesTable)
        if not tables:
            return None
        return self._dataset, self.workspace.generator.model, tables.first().highlighted, self._typed

    def _found(self) -> None:
        self._show_figures()
        if self._typed is not None:
            generation = self._generation
            self._show_name(generation, self._shown_lane(generation, self.workspace.generator.model))

    def _show_figures(self) -> None:
        """What was looked up, as far as it belongs to what is shown."""
        generation, model, current = self._generation, self.workspace.generator.model, self._finder.current
        name = self.query_one(NamesTable).highlighted
        word = self._typed or (name.name if name else "")
        about = f"{visible(word)}: " if self._typed else ""
        if self._dataset.corpus.holds(word):
            about += "it is in the data"
        elif word and current and current.nearest:
            near, distance = current.nearest
            about += f"{distance} {'letter' if distance == 1 else 'letters'} away: {visible(near)}"
        self.query_one("#nearest", Passage).update(Content.styled(about, "$muted"), layout=False)
        tallies = generation.tallies
        all_names = sum(tallies.values(), Tally())
        of_model = tallies.get(model.description, Tally())
        self.query_one(SessionFigures).show(all_names, of_model, self._finder.data_nll, self._dataset.corpus)

    def code(self) -> Notebook | str:
        from bigram_tui.code.panes import generator_code

        training, model = self.workspace.trainer.training.latest, self.workspace.generator.model
        typed = self._typed
        if typed is not None:
            can_be_scored = isinstance(self._scored(model), WordScore)
            typed = self._dataset.counts.vocabulary.fold(typed) if can_be_scored else None
        first_names = self.workspace.generator.first_names
        return generator_code(self._dataset, training, self._generation, first_names, typed)

    # What one can do

    @property
    def _bars(self) -> ChoosableBars:
        return self.query_one("#bars", ChoosableBars)

    @on(Setting.Changed, "#generator-seed")
    def change_seed(self, event: Setting.Changed) -> None:
        self.workspace.generator.set_seed(SEED.read(event.text))

    @on(Setting.Changed, "#temperature")
    def change_temperature(self, event: Setting.Changed) -> None:
        self.workspace.generator.set_temperature(TEMPERATURE.read(event.text))

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.show_reason("#setting-reason", event.reason)

    @on(ChoosableBars.Begun)
    def begin_choosing(self) -> None:
        if self._is_busy:
            self._bars.cursor = None
            return
        self._typed = None
        self._choosing = True
        self._show_again()

    @on(ChoosableBars.Chosen)
    def choose(self, event: ChoosableBars.Chosen) -> None:
        token = self._order[event.index]
        self._end_choosing()
        self.workspace.generator.choose(token)

    @on(Input.Changed, "#typed")
    def score_typed(self, event: Input.Changed) -> None:
        if self._typed is not None:
            self._typed = normalize(event.value)
            self._show_again()

    @on(Input.Submitted, "#typed")
    def leave_typed(self) -> None:
        self._bars.focus()

    def fit(self) -> None:
        super().fit()
        self.query(SessionFigures).set_class(self.room.height >= TALL, "-roomy")
        if self._is_ready and self.is_current:
            self.call_after_refresh(self._show_again)

    # Why

    def why(self) -> Explanation | str:
        from bigram_tui.why import drawing

        if self._is_busy:
            return "Names are being drawn. Press escape to end that, and ask again."
        if isinstance(self.focused, LineList):
            return self._why_name(self.focused.highlighted)
        tallies, model = self._generation.tallies, self.workspace.generator.model
        if isinstance(self.focused, SessionFigures) and tallies:
            of_model = tallies.get(model.description, Tally())
            all_names, counts = sum(tallies.values(), Tally()), self._dataset.counts
            return drawing.session(counts, model, all_names, of_model, self._finder.data_nll)
        if self.focused and isinstance(self.focused.parent, Setting):
            return self._why_setting(str(self.focused.parent.id), model)
        if self._typed is not None or isinstance(self.focused, NameSoFarDisplay):
            return self._why_likely(model)
        return self._generation.problem or self._why_bar(model)

    def _why_name(self, name: DrawnName | None) -> Explanation | str:
        from bigram_tui.why import drawing

        if name is None:
            return "No name was drawn yet. Press n to draw one."
        vocabulary = self._dataset.counts.vocabulary
        model = self.workspace.generator.model_named(name.model)
        beside = self._why_near(name.name) if self._typed is None else []
        return drawing.name(model, vocabulary.signs, vocabulary.encode(name.name), name, beside)

    def _why_near(self, word: str) -> list[Step]:
        """How far a word is from the data, once it was looked up."""
        from bigram_tui.why import drawing

        figures = self._finder.current
        if figures is None or not figures.nearest:
            return []
        near, distance = figures.nearest
        return [drawing.nearest(word, near)] if distance else []

    def _why_likely(self, model: BigramModel) -> Explanation | str:
        """The name so far, or the typed one."""
        from bigram_tui.why import drawing

        lane = self._shown_lane(self._generation, model)
        if not lane.tokens:
            wrong = self._scored(model) if self._typed is not None else ""
            return f"{wrong}." if wrong else "There is no name yet. Press space to draw its first character."
        what = "the name so far" if self._typed is None else visible(self._typed) or "the empty name"
        figures, standing = self._finder.current, self._why_near(self._typed) if self._typed else []
        if figures is not None and figures.less_likely is not None:
            standing.append(drawing.standing(figures.less_likely, len(self._dataset.corpus.words)))
        return drawing.likelihood(model, self._dataset.counts.vocabulary.signs, lane, what, standing)

    def _why_setting(self, name: str, model: BigramModel) -> Explanation | str:
        from bigram_tui.why import settings

        generation, vocabulary = self._generation, self._dataset.counts.vocabulary
        if name == "generator-seed":
            return settings.seed(generation.seed, vocabulary, generation.method)
        bar = self._explained_bar(model)
        return (
            bar
            if isinstance(bar, str)
            else settings.temperature(model, vocabulary.signs, *bar, generation.temperature)
        )

    def _explained_bar(self, model: BigramModel) -> tuple[int, int] | str:
        """The bar under the cursor, else of the character that was drawn, else the longest."""
        last = self._last_drawn(self._generation, self._generation.lane)
        previous = last.draw.previous if last else self._generation.lane.previous
        row = model.row(previous)
        if not row.any() or np.isnan(row).any():
            return "No character can follow here. Smoothing above 0, or fewer steps of training, would help."
        if self._bars.cursor is not None:
            return previous, self._order[self._bars.cursor]
        return previous, last.draw.token if last else int(row.argmax())

    def _why_bar(self, model: BigramModel) -> Explanation | str:
        from bigram_tui.why import drawing
        from bigram_tui.why.probability import probability

        generation, signs = self._generation, self._dataset.counts.vocabulary.signs
        bar = self._explained_bar(model)
        if isinstance(bar, str):
            return bar
        previous, token = bar
        if self._cumulative:
            return drawing.running_sum(model, signs, previous, self._order, self._order.index(token))
        if last := self._last_drawn(generation, generation.lane):
            return drawing.drawn(model, signs, last)
        return probability(model, signs, previous, token, f"{model.probability(previous, token):.4f}")

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
        self._choosing, self._typed, self._bars.cursor = False, None, None

    def action_draw(self) -> None:
        self._end_choosing()
        self.workspace.generator.draw()

    def action_finish_name(self) -> None:
        self._end_choosing()
        self.workspace.generator.finish_name()

    def action_take_back(self) -> None:
        self._end_choosing()
        self.workspace.generator.take_back()

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

    def on_screen_suspend(self) -> None:
        """Nobody is watching."""
        self._pause()

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
            self.workspace.generator.draw_many(wanted.count, wanted.path)

    def action_next_model(self) -> None:
        self.workspace.generator.next_model()

    @on(Choice.Clicked, "#models Choice")
    def use_model(self, event: Choice.Clicked) -> None:
        if not self._is_busy:
            self.workspace.generator.use_model(str(event.choice.name))

    @on(Choice.Clicked, "#method")
    async def use_method(self) -> None:
        await self.run_action("next_method")

    def action_compare(self) -> None:
        self._end_choosing()
        self.workspace.generator.compare()

    def action_next_method(self) -> None:
        self._end_choosing()
        self.workspace.generator.next_method()

    def action_temperature(self) -> None:
        self.query_one("#temperature Input").focus()

    def action_type_name(self) -> None:
        self._pause()
        self._end_choosing()
        field = self.query_one("#typed", Input)
        self._typed = normalize(field.value)
        self._show_again()
        field.focus()

    def action_sort(self) -> None:
        self._by_probability = not self._by_probability
        self._show_again()

    def action_cumulate(self) -> None:
        self._cumulative = not self._cumulative
        self._show_again()

    def action_sort_names(self) -> None:
        self.query_one(NamesTable).sort_by_next()

    def action_turn_names(self) -> None:
        self.query_one(NamesTable).turn_round()

    def action_export(self) -> None:
        from bigram_tui.dialogs.export import ExportDialog

        names = self._generation.names
        if names:
            what = "the names" if len(names) == self._generation.drawn else f"the newest {len(names):,} names"
            writers = {ending: partial(write, names) for ending, write in NAMES_AS.items()}
            self.app.push_screen(ExportDialog(what, "names", writers), self._tell_saved)

    def _tell_saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {visible(str(path))}", markup=False)

    def action_clear(self) -> None:
        self.workspace.generator.clear()

    def action_start_over(self) -> None:
        self._end_choosing()
        self.workspace.generator.start_over()

    def action_leave(self) -> None:
        """One thing at a time: the names being drawn, the choosing, the field."""
        if self._is_ready:
            self.workspace.generator.cancel()
            self._end_choosing()
            self._bars.focus()
            self._show_again()
