"""The lesson beside or below a pane: a chapter's text, its task or question."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.style import Style
from textual.widgets import Input, Static

from bigram_tui.session.snapshots.lesson import LessonState
from bigram_tui.session.topic import Topic
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.field import Field
from bigram_tui.widgets.prose import Prose


class LessonBody(VerticalScroll, can_focus=False):
    """As high as its text beside the column for a scrollbar, which Textual leaves out of account: with a
    scrollbar the text would need more lines, so that once shown, it would stay."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return super().get_content_height(container, viewport, width - self.styles.scrollbar_size_vertical)


class LessonStrip(Vertical):
    """One chapter; scrolls if its text is too long."""

    DEFAULT_CSS = """
    LessonStrip {
        split: bottom;
        height: auto;
        max-height: 50%;
        background: $surface;
        #lesson-head { height: 1; background: $panel; padding: 0 1; }
        #lesson-title { width: 1fr; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
        #lesson-keys { width: auto; link-style: not underline; link-color: $foreground; }
        #lesson-body { height: auto; max-height: 100%; padding-left: 1; }
        #lesson-task { color: $text-accent; }
        #lesson-task.-done { color: $success; }
        Prose.-empty { display: none; }
        #lesson-answer { height: 1; }
        #lesson-answer Static { width: auto; color: $muted; }
        #lesson-answer Input { width: 24; background: $field; padding: 0 1; }
        #lesson-answer Input:focus { background: $field-focused; }
    }
    """

    @dataclass
    class Answered(Message):
        """The learner typed an answer."""

        text: str

    @dataclass
    class Finished(Message):
        """The learner is done typing."""

    @dataclass
    class Resized(Message):
        """The strip became larger or smaller."""

    def __init__(self, lesson: Topic[LessonState | None]) -> None:
        super().__init__(id="lesson")
        self._lesson = lesson
        self._shown: LessonState | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="lesson-head"):
            yield Static(id="lesson-title")
            yield Static(id="lesson-keys")
        with LessonBody(id="lesson-body"):
            yield Prose(id="lesson-text")
            yield Prose(id="lesson-task")
            yield Prose(id="lesson-question")
            with Horizontal(id="lesson-answer"):
                yield Static("= ")
                yield Field(enter=Phrase("Check it"), compact=True, select_on_focus=True)
            yield Prose(id="lesson-reply")

    def on_mount(self) -> None:
        self._lesson.signal.subscribe(self, self._show)
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self._show_keys())
        self._show(self._lesson.latest)

    def _show(self, state: LessonState | None) -> None:
        before = self._shown
        if state is None:
            return
        self._shown = state
        number = f"{state.number}/{state.count}{' ✓' if state.done else ''}"
        title = f"{number} {state.title} · {state.place}"
        self.query_one("#lesson-title", Static).update(Content(title))
        task = f"{'✓' if state.done else '▸'} {state.task}" if state.task else ""
        parts = {"text": state.text, "task": task, "question": state.question, "reply": state.reply}
        for name, text in parts.items():
            part = self.query_one(f"#lesson-{name}", Prose)
            part.set_class(not text, "-empty")
            part.show(text)
        self.query_one("#lesson-task").set_class(state.done, "-done")
        self.query_one("#lesson-answer").display = bool(state.question) and not state.answered
        if state.answered and self.query_one(Input).has_focus:
            self.post_message(self.Finished())
        if before is None or before.number != state.number:
            self.query_one(Input).value = ""
            self.query_one("#lesson-body").scroll_home(animate=False)
        self._show_keys()
        self.refresh(layout=True)

    def _show_keys(self) -> None:
        keys = (
            Content.assemble((key, "$text-accent bold"), f" {does}").stylize(
                Style.from_meta({"@click": action})
            )
            for key, does, action in self._keys()
        )
        self.query_one("#lesson-keys", Static).update(Content("  ").join(keys))

    def _keys(self) -> list[tuple[str, str, str]]:
        """The keys that do something now, and the action of a click on each.

        While a field has the focus, only keys that are not typed into it.
        """
        state, focused = self._shown, self.screen.focused
        if state is None:
            return []
        leave_field = ("escape", say("leaves the field"), "screen.leave")
        if focused is self.query_one(Input):
            return [("enter", say("checks"), "app.simulate_key('enter')"), leave_field]
        if focused is not None and focused.check_consume_key("a", "a"):
            return [leave_field]
        can_be_answered = state.question and not state.answered
        return [
            *([("[", say("back"), "app.lesson(-1)")] if state.number > 1 else []),
            *([("]", say("next"), "app.lesson(1)")] if state.number < state.count else []),
            *([("=", say("answer"), "app.answer")] if can_be_answered else []),
            ("\\", say("leave"), "app.leave_lesson"),
        ]

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def ask(self) -> None:
        """Focus the field for the answer, if there is a question."""
        if self.query_one("#lesson-answer").display:
            self.screen.set_focus(self.query_one(Input), scroll_visible=False)

    @on(Input.Submitted)
    def answer(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            event.input.select_all()
            self.post_message(self.Answered(event.value))
