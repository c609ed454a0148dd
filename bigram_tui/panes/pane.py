"""The base class of all panes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.topic import Topic
from bigram_tui.session.workspace import Workspace
from bigram_tui.terminal.garbage import GarbageCollection
from bigram_tui.terminal.pacing import Paced
from bigram_tui.texts import Phrase, say
from bigram_tui.widgets.key_line import KeyLine
from bigram_tui.widgets.pane_header import PaneHeader

if TYPE_CHECKING:
    from bigram_tui.code.notebook import Notebook
    from bigram_tui.session.snapshots.lesson import LessonState
    from bigram_tui.session.snapshots.training import Training
    from bigram_tui.why.explanation import Explanation

SMALLEST = Size(40, 12)
WIDE = 120
"""Panes with at least this many columns have a third column of parts."""

LOW = 34
"""With the lesson below it, a pane with fewer lines than this shows less."""

LESSON_WIDTH = 44
"""The width of the lesson beside a pane, as in app.tcss."""

LAYOUTS = {"-wide": WIDE, "-narrow": 76, "-tiny": 0}
"""The layouts, each with its minimum width."""

GETTING_READY = Phrase("Getting ready: loading torch, which takes a moment …")


class HasWorkspace(Protocol):
    """The app, as far as panes need it."""

    workspace: Workspace


@dataclass
class Followed:
    """A topic, what shows it, and how often it had been published when it was last shown."""

    topic: Topic[Any]
    show: Callable[[Any], None]
    seen: int = 0

    def catch_up(self) -> None:
        """Show what was published since, once also if that was several times."""
        if self.seen < self.topic.published:
            self.show_latest()

    def show_latest(self) -> None:
        self.seen = self.topic.published
        self.show(self.topic.latest)


class Pane(Paced, Screen[None]):
    """A screen with the header, the pane's own parts and the footer.

    A subclass composes its parts in `compose_parts` and subscribes to snapshots in `begin`. In a pane of few
    lines, parts of the class `in-sight` fill the screen; the others are below them, and reached by scrolling.
    """

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    MODE: ClassVar[str]
    NEEDS_TORCH: ClassVar[bool] = False
    BINDINGS = [Binding("escape", "leave", "Leave", show=False)]
    look: Any
    """The display state of the pane as a single value, which can be saved and restored."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Without `repaint`: Textual would redraw the whole screen when the focus moves."""

    _could_do: tuple[object, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self._followed: list[Followed] = []
        self._due: set[Callable[[], None]] = set()
        self._has_begun = False
        self._strip: Widget | None = None  # the lesson; a removed one stays among the children for a while
        self._choose_layout(update=False)

    def compose(self) -> ComposeResult:
        yield PaneHeader(self.MODE)
        if self._is_ready:
            with Vertical(id="parts"):
                yield from self.compose_parts()
        else:
            yield Static(say(GETTING_READY), id="getting-ready")
        if self.workspace.lesson.latest:
            yield self._lesson_strip()
        yield Static(id="too-small")
        yield KeyLine()

    def compose_parts(self) -> ComposeResult:
        raise NotImplementedError

    def name_parts(self) -> None:
        """Set the titles and labels that do not change, in the current language."""

    def begin(self) -> None:
        """Subscribe to what the parts show, once they are mounted."""

    def with_keys(self) -> Iterable[DOMNode]:
        """The nodes with key bindings: the pane, and one part of each class with its own, visible or not."""
        parts = (part for part in self.query("*") if "BINDINGS" in vars(type(part)))
        return {type(part): part for part in (self, *parts)}.values()

    def commands(self) -> Iterable[SystemCommand]:
        """The pane's commands for the palette, besides those for keys."""
        return ()

    def why(self) -> Explanation | str:
        """An explanation of the focused number, or a sentence why there is none yet."""
        raise NotImplementedError

    def code(self) -> Notebook | str:
        """The code that computes what the pane shows, or a sentence why there is none."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys until the parts are mounted."""
        return True if self._has_begun else None

    @property
    def workspace(self) -> Workspace:
        return cast(HasWorkspace, self.app).workspace

    @property
    def _dataset(self) -> Dataset:
        return self.workspace.dataset.latest

    @property
    def _training(self) -> Training:
        return self.workspace.trainer.training.latest

    @property
    def has_begun(self) -> bool:
        """Whether the parts are mounted and show something."""
        return self._has_begun

    @property
    def _is_ready(self) -> bool:
        return not self.NEEDS_TORCH or self.workspace.ready.latest

    @property
    def is_behind(self) -> bool:
        """Whether the parts, out of sight, still show another dataset than the newest."""
        topic = self.workspace.dataset
        return any(each.seen < topic.published for each in self._followed if each.topic is topic)

    async def on_mount(self) -> None:
        self.follow(self.workspace.lesson, self._show_lesson)
        self.follow(self.workspace.language, self._speak)
        if self._is_ready:
            self._begin()
        else:
            self.workspace.ready.signal.subscribe(self, self._on_ready)
            self.workspace.want_torch()

    async def _on_ready(self, _ready: bool) -> None:
        await self.recompose()
        self._begin()
        self.focus_main_part()

    def _begin(self) -> None:
        self.name_parts()
        self.follow(self.workspace.dataset, self._show_dataset_name)
        self.begin()
        self._has_begun = True
        self.refresh_bindings()
        self.call_after_refresh(cast(GarbageCollection, self.app).spare_what_exists)

    def _speak(self, _language: str) -> None:
        """Update all texts to the current language."""
        width, height = SMALLEST
        needed = say("bigram-tui needs {width}×{height} characters", width=width, height=height)
        self.query_one("#too-small", Static).update(needed)
        self.refresh_bindings()
        if self._has_begun:
            self.name_parts()
            for followed in self._followed:
                if followed.show != self._speak:
                    followed.show_latest()

    def _show_lesson(self, state: LessonState | None) -> None:
        """Show or remove the lesson."""
        if state is None and self._strip:
            self._strip.remove()
            self._strip = None
        elif state is not None and not self._strip:
            self.mount(self._lesson_strip(), before="#too-small")
        else:
            return
        self.fit()

    def _lesson_strip(self) -> Widget:
        from bigram_tui.widgets.lesson_strip import LessonStrip

        self._strip = LessonStrip(self.workspace.lesson)
        return self._strip

    def follow(self, topic: Topic[Any], show: Callable[[Any], None]) -> None:
        """Call `show` with the newest snapshot now, and after each change as soon as the pane is visible."""
        followed = Followed(topic, show)

        def changed(_snapshot: object) -> None:
            if self.is_current:
                followed.catch_up()

        self._followed.append(followed)
        topic.signal.subscribe(self, changed)
        followed.show_latest()

    def show_later(self, show: Callable[[], None], after: Widget) -> None:
        """Call `show` after the frame that draws this part, which has just changed, so that it appears
        sooner.

        `call_after_refresh` of the screen would call it before the screen has heard of the part's change.
        """
        if show not in self._due:
            self._due.add(show)
            after.call_after_refresh(self._show_due, show)

    def _show_due(self, show: Callable[[], None]) -> None:
        self._due.remove(show)
        if self.is_attached:
            show()

    @property
    def room(self) -> Size:
        """The size of the pane without the lesson beside or below it."""
        width, height = size = self.size or self.app.size
        strip, beside = self._strip, width >= WIDE
        if strip is None:
            return size
        return Size(width - LESSON_WIDTH, height) if beside else Size(width, height - strip.size.height)

    def on_resize(self, _event: events.Resize) -> None:
        self.fit()

    def watch_focused(self, before: Widget | None, focused: Widget | None) -> None:
        """Mark the focused panel; with :focus-within, Textual would restyle all of its descendants."""
        for widget in (before, focused):
            for panel in widget.ancestors_with_self if widget else ():
                if panel.has_class("panel"):
                    panel.set_class(widget is focused, "-focused", update=False)
                    self.app.stylesheet.apply(panel)

    def refresh_keys(self, *can_do: object) -> None:
        """Show which keys can be pressed, if what can be done has changed."""
        if can_do != self._could_do:
            self._could_do = can_do
            self.refresh_bindings()

    def on_field_left(self) -> None:
        self.focus_main_part()

    def focus_main_part(self) -> None:
        """Focus the pane's most important part."""
        if self.AUTO_FOCUS:
            self.set_focus(self.query_one(self.AUTO_FOCUS))

    def action_leave(self) -> None:
        """Stop counting, or if nothing is being counted, leave a field or whatever else was begun."""
        if not self.workspace.stop_counting():
            self.leave()

    def leave(self) -> None:
        self.focus_main_part()

    def mark(self, part: str = "") -> None:
        """Scroll to the part with this id and mark it alone; without an id, mark none."""
        self.query(".-meant").remove_class("-meant")
        for meant in self.query(f"#{part}") if part else ():
            meant.add_class("-meant")
            self.call_after_refresh(meant.scroll_visible, animate=False)

    def on_lesson_strip_finished(self) -> None:
        self.focus_main_part()

    def on_lesson_strip_resized(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Choose the layout for the available room."""
        was_too_small, focused = self.has_class("-too-small"), self.focused
        self._choose_layout(update=True)
        if focused and self.has_class("-too-small") != was_too_small:
            self.call_after_refresh(self._keep_focus, focused)
        height = self.lines_in_sight if self.has_class("-low") else None
        for part in self.query(".in-sight"):
            if height is not None or part.styles.inline.has_rule("height"):  # without a change, no layout
                part.styles.height = height
        if self._strip:
            self.call_after_refresh(self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        """Beside the lesson there may be room for little more than what is meant, or else has the focus."""
        part = next(iter(self.query(".-meant")), self.focused)
        if part and any(above.id == "parts" for above in part.ancestors):
            part.scroll_visible(animate=False)

    def _keep_focus(self, part: Widget) -> None:
        """Focus a part again that loses the focus in Textual's message handler for hidden widgets."""
        part.call_later(self.set_focus, part, scroll_visible=False)

    def _choose_layout(self, update: bool) -> None:
        """Also called before the parts are mounted, so that they are laid out only once; then without
        `update`."""
        room, (width, height) = self.room, self.size or self.app.size
        layout = next(name for name, columns in LAYOUTS.items() if room.width >= columns)
        classes = {name: name == layout for name in LAYOUTS}
        classes["-too-small"] = width < SMALLEST.width or height < SMALLEST.height
        taught, wide = self._strip is not None, self.size.width >= WIDE
        classes["-beside"] = taught and wide
        classes["-low"] = taught and not wide and self.size.height < LOW
        self.update_classes(classes, update=update, animate=False)

    @property
    def lines_in_sight(self) -> int:
        """The number of lines between the header and the footer."""
        return max(self.room.height - 2, 8)

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        for followed in self._followed:
            followed.catch_up()

    def _show_dataset_name(self, dataset: Dataset) -> None:
        n = dataset.corpus.names
        words = say("1 word") if n == 1 else say("{n:,} words", n=n)
        said = (dataset.corpus.name, dataset.learning.description, words)
        self.query_one(PaneHeader).show(*filter(None, said))
