"""The settings of the run: lists of choices, and text fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, Select

from bigram_tui.lm.settings import INITIALIZATIONS, LEAST_GAIN, PRESETS, TRAINING, TrainingSettings
from bigram_tui.session.learning import Learning
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import PACES, Training
from bigram_tui.session.trainer import Trainer
from bigram_tui.texts import Phrase, say
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.setting import Setting

OWN = Phrase("own settings")
ALL, TRAIN = Phrase("all words"), Phrase("train")
"""What the network and the counts learn from."""


class Settings(Vertical):
    """The fields, with an error message below those whose value is invalid."""

    DEFAULT_CSS = """
    Settings {
        #fields { height: auto; min-height: 9; grid-size: 1; grid-rows: auto; }
        .choice { height: 1; }
        .choice Label { width: 15; color: $muted; }
        .choice Select { width: 1fr; }
    }
    """

    @dataclass
    class Changed(Message):
        """The user changed a setting of the training, its pace or its least gain."""

        name: str
        value: Any

    @dataclass
    class PresetChosen(Message):
        """The user wants to restart the training with these settings."""

        settings: TrainingSettings

    def __init__(self, training: Training, learning: Learning) -> None:
        super().__init__(classes="panel")
        self._training, self._learning = training, learning

    def compose(self) -> ComposeResult:
        yield Grid(id="fields")

    async def add_fields(self) -> None:
        """In a frame of its own, since they are half of the pane; and again in another language."""
        if self.is_attached:
            fields = self.query_one("#fields")
            await fields.remove_children()
            await fields.mount_all(self._fields())
            self.show(self._training, self._learning)

    def _fields(self) -> Iterable[Widget]:
        settings = self._training.settings
        yield _choice("preset", say("preset"), (*PRESETS, OWN), _preset_of(settings))
        yield _choice("init", say("initialization"), INITIALIZATIONS, settings.init)
        for kind in (*TRAINING.values(), LEAST_GAIN):
            yield Setting(kind.label, kind.read, id=kind.name)
        yield _choice("pace", say("speed"), PACES, self._training.pace)
        yield _choice("learn_from", say("learn from"), (ALL, TRAIN), _learned_from(self._learning))

    def show(self, training: Training, learning: Learning) -> None:
        self._training, self._learning = training, learning
        if not self.query_one("#fields").children:
            return
        settings = training.settings
        for name in TRAINING:
            self.query_one(f"#{name}", Setting).show(as_typed(getattr(settings, name)))
        self.query_one("#least_gain", Setting).show(f"{training.least_gain:g}")
        chosen = {"preset": _preset_of(settings), "init": settings.init, "pace": training.pace}
        chosen["learn_from"] = _learned_from(learning)
        for name, choice in chosen.items():
            select = self.query_one(f"#{name}", Select)
            if select.value != choice:
                with select.prevent(Select.Changed):
                    select.value = choice

    @on(Setting.Changed)
    def tell_typed(self, event: Setting.Changed) -> None:
        kind = LEAST_GAIN if event.name == LEAST_GAIN.name else TRAINING[event.name]
        self.post_message(self.Changed(event.name, kind.read(event.text)))

    @on(Select.Changed)
    def tell_chosen(self, event: Select.Changed) -> None:
        if event.select.id != "preset":
            self.post_message(self.Changed(str(event.select.id), event.value))
        elif event.value == OWN:
            self.show(self._training, self._learning)
        else:
            self.post_message(self.PresetChosen(PRESETS[str(event.value)]))

    def why(self, dataset: Dataset, trainer: Trainer) -> Explanation | str:
        from bigram_tui.why import settings

        now, focused = trainer.training.latest, self.screen.focused
        if isinstance(focused, Select) and focused.id == "learn_from":
            return settings.learn_from(dataset)
        if isinstance(focused, Select):
            return settings.choice(dataset, now, str(focused.id))
        assert focused is not None
        assert isinstance(focused.parent, Setting)
        return settings.typed(dataset, now, trainer.update_from(now), str(focused.parent.id))


def as_typed(value: float | None) -> str:
    """A setting, formatted as in its field."""
    return "all" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _choice(name: str, label: str, choices: Iterable[str], chosen: str) -> Horizontal:
    options = [(say(choice), choice) for choice in choices]
    select = Select(options, value=chosen, allow_blank=False, compact=True, id=name)
    return Horizontal(Label(label), select, classes="choice")


def _learned_from(learning: Learning) -> str:
    return TRAIN if learning.from_train else ALL


def _preset_of(settings: TrainingSettings) -> str:
    return next((name for name, preset in PRESETS.items() if preset == settings), OWN)
