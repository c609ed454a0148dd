"""Where the draws come from: the model, the draw method, the temperature, the seed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from bigram_tui.lm.settings import METHODS, SEED, TEMPERATURE
from bigram_tui.panes.generator.shown import Shown
from bigram_tui.session.models import MODELS
from bigram_tui.widgets.choice import Choice
from bigram_tui.widgets.setting import Reason, Setting

if TYPE_CHECKING:
    from bigram_tui.why.explanation import Explanation


class SourcePanel(Vertical):
    """Its choices and settings are messages to the pane."""

    DEFAULT_CSS = """
    SourcePanel {
        height: auto;
        #models { height: 1; }
        #method { width: 1fr; padding: 0; }
    }
    """
    BORDER_TITLE = "Draw from"

    def compose(self) -> ComposeResult:
        with Horizontal(id="models"):
            for kind in MODELS.values():
                yield Choice(kind.label, name=kind.key, classes=kind.colour)
        yield Choice(METHODS[0], id="method")
        yield Setting(TEMPERATURE.label, TEMPERATURE.read, id="temperature")
        yield Setting(SEED.label, SEED.read, id="generator-seed")
        yield Reason()

    def show(self, shown: Shown, models: Collection[str]) -> None:
        """`models` are those there are, by key."""
        generation = shown.generation
        for choice in self.query("#models Choice").results(Choice):
            choice.display = choice.name in models
            choice.set_class(choice.name == generation.model, "-chosen")
        how = "inverse transform sampling" if generation.method == METHODS[0] else "torch.multinomial"
        self.query_one("#method", Choice).update(how, layout=False)
        self.query_one("#generator-seed", Setting).show(str(generation.seed))
        self.query_one("#temperature", Setting).show(f"{generation.temperature:g}")
        for setting in self.query(Setting):
            setting.disabled = generation.progress is not None

    def edit_temperature(self) -> None:
        self.query_one("#temperature Input").focus()

    @on(Setting.Refused)
    def tell_reason(self, event: Setting.Refused) -> None:
        self.query_one(Reason).tell(event.reason)

    def why(self, shown: Shown, setting: str, bar: tuple[int, int] | str) -> Explanation | str:
        """What the setting with the focus does, the temperature to the bigram of this bar."""
        from bigram_tui.why import settings

        generation = shown.generation
        if setting == "generator-seed":
            return settings.seed(generation.seed, shown.dataset.counts.vocabulary, generation.method)
        if isinstance(bar, str):
            return bar
        return settings.temperature(shown.model, shown.signs, *bar, generation.temperature)
