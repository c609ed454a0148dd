"""A setting: a label and a field, with an error message if its value is invalid."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.validation import ValidationResult, Validator
from textual.widget import Widget
from textual.widgets import Input, Label

from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import decimal_number
from bigram_tui.texts import say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.rendering import Passage


class _Check(Validator):
    """Valid if the text can be read without a SettingError or ValueError."""

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def validate(self, value: str) -> ValidationResult:
        try:
            self._read(value)
        except SettingError as error:
            return self.failure(say(error.phrase, **error.gaps))
        except ValueError:
            return self.failure(_why_not(value))
        return self.success()


def _why_not(text: str) -> str:
    """Why a text is not read, although it may be a number: it must be a whole one."""
    try:
        decimal_number(text)
    except ValueError:
        return say("this is not a number")
    return say("this is not a whole number")


class Setting(Widget):
    """A labelled number, applied on enter or on leaving the field if valid; if not, the error is below it."""

    DEFAULT_CSS = """
    Setting {
        layout: grid;
        grid-size: 2;
        grid-columns: 15 1fr;
        grid-rows: auto;
        height: auto;
        Label { color: $muted; }
        Input { background: $field; padding: 0 1; }
        Passage { column-span: 2; height: auto; color: $text-error; display: none; }
        Input:focus { background: $field-focused; }
        Input.-invalid { color: $text-error; }
    }
    """

    @dataclass
    class Changed(Message):
        """The user entered a new valid value for the setting with this name."""

        name: str
        text: str

    def __init__(self, label: str, read: Callable[[str], object], *, id: str) -> None:
        super().__init__(id=id)
        self._label = label
        self._check = _Check(read)
        self._text = ""
        self._just_focused = False

    def compose(self) -> ComposeResult:
        yield Label(say(self._label))
        yield Field(validators=[self._check], validate_on=["changed"], compact=True, select_on_focus=True)
        yield Passage()

    def say_label(self) -> None:
        """Update the label to the current language."""
        self.query_one(Label).update(say(self._label))

    def show(self, text: str) -> None:
        """Show this value, unless the user is editing the field."""
        self._text = text
        field = self.query_one(Input)
        if not field.has_focus:
            with field.prevent(Input.Changed):
                field.value = text

    def on_descendant_focus(self) -> None:
        self._just_focused = True

    def on_click(self) -> None:
        """Select the value on the first click, as tab does, so that typing replaces it."""
        if self._just_focused:
            self.query_one(Input).select_all()
        self._just_focused = False

    @on(Input.Changed)
    def tell_reason(self, event: Input.Changed) -> None:
        event.stop()
        failures = event.validation_result.failure_descriptions if event.validation_result else []
        self._tell(failures[0] if failures else "")

    @on(Input.Submitted)
    @on(Input.Blurred)
    def take_over(self, event: Input.Submitted | Input.Blurred) -> None:
        event.stop()
        field = event.input
        if not self._check.validate(field.value).is_valid:
            if isinstance(event, Input.Blurred):
                field.value = self._text
                self._tell("")
            return
        if field.value != self._text:
            self._text = field.value
            self.post_message(self.Changed(str(self.id), field.value))
        if isinstance(event, Input.Submitted):
            self.post_message(Field.Left())

    def _tell(self, reason: str) -> None:
        refusal = self.query_one(Passage)
        refusal.display = bool(reason)
        refusal.update(Content(reason))
