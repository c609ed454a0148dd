"""The Generator pane: names drawn one character at a time, with every probability in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from bigram_tui.generator import DrawnName, DrawnToken, Generation
from bigram_tui.lm.errors import UndrawableRowError
from bigram_tui.lm.model import BigramModel
from bigram_tui.lm.settings import MODELS, read_seed
from bigram_tui.lm.vocabulary import visible
from bigram_tui.panes.pane import Pane
from bigram_tui.widgets.bars import Bar, Bars
from bigram_tui.widgets.lines import LineList
from bigram_tui.widgets.probability_line import ProbabilityLine
from bigram_tui.widgets.setting import Setting
from bigram_tui.workspace import Dataset

COLOUR_OF_MODEL = {"counts": "counting", "network": "network", "uniform": "uniform"}
TOKEN_WIDTH = 6
KNOWN = {True: "●", False: " ", None: "?"}


class NameList(LineList[DrawnName]):
    """The finished names, newest last."""

    def line(self, item: DrawnName, width: int) -> Text:
        name = (visible(item.name) or "(empty)") + ("… (cut off)" if item.cut_off else "")
        known = KNOWN[item.in_dataset]
        model = item.model.ljust(8) if width >= 40 else item.model[0]
        room = max(width - len(model) - 11, 4)
        text = Text(name)
        text.truncate(room, overflow="ellipsis", pad=True)
        return text.append(f" {known} {item.nll:7.4f} {model}")


class GeneratorPane(Pane):
    MODE = "generator"
    NEEDS_TORCH = True
    AUTO_FOCUS = "#bars"
    ABOUT: ClassVar[str] = """\
New names, drawn one character at a time. The row of P that belongs to the last character is laid end to \
end from 0 to 1; each character owns a stretch as wide as its probability. A draw is one random number u: \
the character whose stretch it falls in comes next. A name begins and ends at the boundary.

The seed determines every u, so the same seed gives the same names again. The mean negative log-likelihood \
beside a name is over its bigrams, in nats: the lower, the more likely the model finds the name."""
    BINDINGS = [
        Binding("space", "draw", "Draw", tooltip="Draw the next character"),
        Binding("n", "finish_name", "Name", tooltip="Draw until the name is finished"),
        Binding("backspace", "take_back", "Take back", show=False, tooltip="Take back the last draw"),
        Binding("m", "next_model", "Model", tooltip="Next model: counts, network, uniform"),
        Binding("s", "sort", "Sort", tooltip="Bars by alphabet or by probability"),
        Binding("d", "next_method", "Method", show=False, tooltip="Inverse CDF or torch.multinomial"),
        Binding("c", "clear", "Clear the list", show=False, tooltip="Clear the list of names"),
        Binding("x", "start_over", "Start over", tooltip="Start over from the seed"),
        Binding("escape", "leave_field", "Leave the field", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._by_probability = False

    def compose_parts(self) -> ComposeResult:
        with Horizontal(id="generator-parts"):
            with Vertical(id="drawing"):
                name = Static(id="name", classes="panel")
                name.border_title = "Name so far"
                yield name
                with Vertical(id="row-panel", classes="panel"):
                    yield ProbabilityLine(id="line")
                    yield Bars(id="bars")
            with Vertical(id="drawn"):
                with Vertical(id="source", classes="panel") as source:
                    source.border_title = "Draw from"
                    yield Static(id="model")
                    yield Setting("seed", read_seed, id="generator-seed")
                    yield Static(id="seed-reason")
                names = NameList(id="names", empty="press n to draw a name")
                names.add_class("panel")
                yield names

    def begin(self) -> None:
        self.follow(self.workspace.generator.generation, self.show_generation)
        self.follow(self.workspace.dataset, self._show_again)
        self.follow(self.workspace.trainer.training, self._show_again)

    def _show_again(self, _changed: object) -> None:
        self.show_generation(self.workspace.generator.generation.latest)

    def show_generation(self, generation: Generation) -> None:
        dataset, model = self.workspace.dataset.latest, self.workspace.generator.model
        last = generation.tokens[-1] if generation.tokens else None
        self._show_name(generation, dataset)
        self._show_row(generation, dataset, model, last)
        self._show_source(generation, model)
        known = sum(name.in_dataset is True for name in generation.names)
        unknown = sum(name.in_dataset is None for name in generation.names)
        names = self.query_one(NameList)
        names.border_title = f"Names ({len(generation.names):,})" if generation.names else "Names"
        names.border_subtitle = (
            f"● in data: {known:,}{f' · ? not known: {unknown:,}' if unknown else ''} · nll in nats"
            if generation.names
            else ""
        )
        names.show(generation.names, cursor=len(generation.names) - 1)

    def _show_name(self, generation: Generation, dataset: Dataset) -> None:
        """The tokens drawn so far, each with the probability it was drawn with below it."""
        shown, signs = self.query_one("#name", Static), dataset.counts.vocabulary.signs
        if not generation.tokens:
            hint = "press space to draw the first character, n to draw a whole name"
            shown.update(Content.styled(hint, "$muted"), layout=False)
            return
        width = max(TOKEN_WIDTH, *(2 + cell_len(signs[token.draw.token]) for token in generation.tokens))
        room = max((shown.content_size.width - 4) // width, 1)
        tokens = generation.tokens[-room:]
        start = signs[0] if len(tokens) == len(generation.tokens) else "…"
        letters = [(start.ljust(4), "$muted")]
        numbers = " " * 4
        for token in tokens:
            newest = token is tokens[-1]
            style = "bold $accent" if newest else "bold"
            letters.append((set_cell_size(signs[token.draw.token], width), style))
            numbers += f"{token.probability:.3f}".removeprefix("0").ljust(width)
        shown.update(
            Content.assemble(*letters) + Content("\n") + Content.styled(numbers, "$muted"), layout=False
        )

    def _show_row(
        self, generation: Generation, dataset: Dataset, model: BigramModel, last: DrawnToken | None
    ) -> None:
        """The row the last token was drawn from, or before the first draw the one it will be drawn from."""
        signs = dataset.counts.vocabulary.signs
        previous = last.draw.previous if last else generation.previous
        hit = last.draw.token if last else None
        row = model.row(previous)
        order = np.argsort(-row, kind="stable") if self._by_probability else range(len(signs))
        bars = self.query_one("#bars", Bars)
        bars.show([Bar(signs[j], float(row[j]), f"{row[j]:.4f}", marked=j == hit) for j in order])
        line = self.query_one(ProbabilityLine)
        line.display = generation.method == "inverse-cdf"
        line.show(signs, np.cumsum(row).tolist(), last.draw.u if last else None, hit)
        for widget in (bars, line):
            widget.set_classes(COLOUR_OF_MODEL[generation.model])
        after = "At the beginning" if previous == 0 else f"After {signs[previous]}"
        self.query_one("#row-panel").border_title = Content(f"{after}: {model.description}")

    def _show_source(self, generation: Generation, model: BigramModel) -> None:
        models = [
            (f" {name} ", f"reverse ${COLOUR_OF_MODEL[name]}" if name == generation.model else "$muted")
            for name in MODELS
        ]
        how = {
            "inverse-cdf": "inverse transform sampling",
            "multinomial": "torch.multinomial: depends on the torch build, shows no u",
        }[generation.method]
        self.query_one("#model", Static).update(
            Content.assemble(*models) + Content.styled(f"\n{how}", "$muted")
        )
        self.query_one("#generator-seed", Setting).show(str(generation.seed))

    @on(Setting.Changed)
    def change_seed(self, event: Setting.Changed) -> None:
        self.workspace.generator.set_seed(read_seed(event.text))

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.show_reason("#seed-reason", event.reason)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self._is_ready and self.is_current:
            self.call_after_refresh(self._show_again, None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return True if self._is_ready or action == "leave_field" else None

    def action_draw(self) -> None:
        self._try(self.workspace.generator.draw)

    def action_finish_name(self) -> None:
        self._try(self.workspace.generator.finish_name)

    def _try(self, draw: Callable[[], None]) -> None:
        try:
            draw()
        except UndrawableRowError as error:
            self.notify(str(error), severity="warning", markup=False)

    def action_take_back(self) -> None:
        self.workspace.generator.take_back()

    def action_next_model(self) -> None:
        self.workspace.generator.next_model()

    def action_next_method(self) -> None:
        self.workspace.generator.next_method()

    def action_sort(self) -> None:
        self._by_probability = not self._by_probability
        self._show_again(None)

    def action_clear(self) -> None:
        self.workspace.generator.clear()

    def action_start_over(self) -> None:
        self.workspace.generator.start_over()

    def action_leave_field(self) -> None:
        self.query_one("#bars").focus()
