"""What the draws depend on: the model, the draw method, the temperature, the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from bigram_tui.lm.settings import METHODS, SEED, TEMPERATURE
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.session.models import COLOURS, MODELS
from bigram_tui.texts import say
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.rendering import Passage
from bigram_tui.widgets.setting import Setting


class Choice(Passage):
    """One of several choices, selected by a click; `-chosen` has the colour of the widget's colour class."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Choice {
        width: auto;
        padding: 0 1;
        color: $muted;
        pointer: pointer;
        &:hover { background: $foreground 10%; }
        &.-chosen { text-style: bold; }
    }
    """ + "".join(
        f"Choice.-chosen.{colour} {{ background: ${colour}; color: $on-{colour}; }}" for colour in COLOURS
    )

    @dataclass
    class Clicked(Message):
        """The choice with this name was clicked."""

        name: str | None

    def on_click(self) -> None:
        self.post_message(self.Clicked(self.name))


class SourcePanel(Vertical):
    """The settings for drawing. A click runs an action of the pane; a typed value is posted as a message."""

    DEFAULT_CLASSES = "panel"
    DEFAULT_CSS = """
    SourcePanel {
        height: auto;
        #models { height: 1; }
        #method { width: 1fr; padding: 0; }
    }
    """

    @dataclass
    class Changed(Message):
        """The setting with this name has a new value."""

        name: str
        value: Any

    def __init__(self, bar: Callable[[Shown], tuple[int, int] | str]) -> None:
        """`bar` returns the bigram for explaining the temperature, or a message why there is none."""
        super().__init__()
        self._bar = bar

    def compose(self) -> ComposeResult:
        with Horizontal(id="models"):
            for kind in MODELS.values():
                yield Choice(kind.label, name=kind.key, classes=kind.colour)
        yield Choice(METHODS[0], id="method")
        for setting in (TEMPERATURE, SEED):
            yield Setting(setting.label, setting.read, id=setting.name)

    def show(self, shown: Shown) -> None:
        generation = shown.generation
        for choice in self.query("#models Choice").results(Choice):
            choice.display = choice.name in shown.models
            choice.set_class(choice.name == generation.model, "-chosen")
        how = say("inverse transform sampling") if generation.method == METHODS[0] else "torch.multinomial"
        self.query_one("#method", Choice).update(how, layout=False)
        self.query_one("#seed", Setting).show(str(generation.seed))
        self.query_one("#temperature", Setting).show(f"{generation.temperature:g}")
        for setting in self.query(Setting):
            setting.disabled = generation.progress is not None

    def edit_temperature(self) -> None:
        self.screen.set_focus(self.query_one("#temperature Input"))

    async def on_choice_clicked(self, event: Choice.Clicked) -> None:
        model = event.name
        await self.run_action(f"screen.use_model({model!r})" if model else "screen.do('next_method')")

    def on_setting_changed(self, event: Setting.Changed) -> None:
        kind = SEED if event.name == SEED.name else TEMPERATURE
        self.post_message(self.Changed(kind.name, kind.read(event.text)))

    def why(self, shown: Shown) -> Explanation | str:
        """Explain the focused setting; the temperature by the bigram of a bar."""
        from bigram_tui.why import settings

        generation, field = shown.generation, self.screen.focused
        if field and field.parent is self.query_one("#seed"):
            return settings.seed(generation.seed, shown.dataset.counts.vocabulary, generation.method)
        bar = self._bar(shown)
        if isinstance(bar, str):
            return bar
        return settings.temperature(shown.model, *bar, generation.temperature)
