"""A setting: its label and the field to edit it, and why what stands there is refused."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.validation import ValidationResult, Validator
from textual.widgets import Input, Label

from bigram_tui.lm.errors import SettingError
from bigram_tui.texts import say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.rendering import Passage


class _Check(Validator):
    """Valid is what can be read without a SettingError or ValueError."""

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def validate(self, value: str) -> ValidationResult:
        try:
            self._read(value)
        except SettingError as error:
            return self.failure(say(error.phrase, **error.gaps))
        except ValueError:
            return self.failure(say("this is not a number"))
        return self.success()


class Setting(Horizontal):
    """A labelled number that is taken over with enter or on leaving the field, once it is valid."""

    DEFAULT_CSS = """
    Setting {
        height: 1;
        Label { width: 15; color: $muted; }
        Input { width: 1fr; background: $field; padding: 0 1; }
        Input:focus { background: $field-focused; }
        Input.-invalid { color: $text-error; }
    }
    """

    @dataclass
    class Changed(Message):
        """A new valid value was entered in the setting of this name."""

        name: str
        text: str

    @dataclass
    class Refused(Message):
        """What stands in the field cannot be used; no reason means that it can again."""

        reason: str | None

    def __init__(self, label: str, read: Callable[[str], object], *, id: str) -> None:
        super().__init__(id=id)
        self._label = label
        self._check = _Check(read)
        self._text = ""
        self._just_focused = False

    def compose(self) -> ComposeResult:
        yield Label(say(self._label))
        yield Field(validators=[self._check], validate_on=["changed"], compact=True, select_on_focus=True)

    def say_label(self) -> None:
        """In the language that is spoken."""
        self.query_one(Label).update(say(self._label))

    def show(self, text: str) -> None:
        """Show this value, unless the user is typing another one."""
        self._text = text
        field = self.query_one(Input)
        if not field.has_focus:
            with field.prevent(Input.Changed):
                field.value = text

    def on_descendant_focus(self) -> None:
        self._just_focused = True

    def on_click(self) -> None:
        """The first click selects the value, so that typing replaces it, as coming by tab does."""
        if self._just_focused:
            self.query_one(Input).select_all()
        self._just_focused = False

    @on(Input.Changed)
    def tell_reason(self, event: Input.Changed) -> None:
        event.stop()
        failures = event.validation_result.failure_descriptions if event.validation_result else []
        self.post_message(self.Refused(failures[0] if failures else None))

    @on(Input.Submitted)
    @on(Input.Blurred)
    def take_over(self, event: Input.Submitted | Input.Blurred) -> None:
        event.stop()
        field = event.input
        if not self._check.validate(field.value).is_valid:
            if isinstance(event, Input.Blurred):
                field.value = self._text
                self.post_message(self.Refused(None))
            return
        if field.value != self._text:
            self._text = field.value
            self.post_message(self.Changed(str(self.id), field.value))
        if isinstance(event, Input.Submitted):
            self.post_message(Field.Left())


class Reason(Passage):
    """Says below settings why a value is refused."""

    DEFAULT_CSS = "Reason { height: auto; color: $text-error; display: none; }"

    def tell(self, reason: str | None) -> None:
        """Say it; without a reason nothing is said."""
        self.display = reason is not None
        self.update(Content(reason or ""))
