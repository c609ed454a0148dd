"""The base class of all dialogs."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen

from bigram_tui.terminal.garbage import GarbageCollection
from bigram_tui.terminal.pacing import Paced
from bigram_tui.widgets.key_line import KeyLine

Result = TypeVar("Result")

if TYPE_CHECKING:
    _ModalScreen = ModalScreen[Any]
else:
    _ModalScreen = object


class Overlay(Paced, _ModalScreen):
    """A screen above the pane, which remains visible."""

    def render(self) -> Any:
        rendered = super().render()
        return Dimmed(rendered.screen, rendered.color) if isinstance(rendered, BackgroundScreen) else rendered

    def on_unmount(self) -> None:
        self.app.call_later(cast(GarbageCollection, self.app).collect_garbage_soon)


class Dialog(Overlay, ModalScreen[Result | None]):
    """A box above the pane, with its keys in the bottom line; escape closes it without a result."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > * {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            background: $surface;
            border: round $accent;
            border-title-color: $text-accent;
            border-title-style: bold;
            border-subtitle-color: $text-accent;
            padding: 0 2;
        }
        & > KeyLine {
            width: 100%;
            height: 1;
            background: $footer-background;
            border: none;
            padding: 0;
        }
    }
    """
    BINDINGS = [Binding("escape", "close", "Close")]

    def compose(self) -> ComposeResult:
        yield from self.compose_box()
        yield KeyLine()

    def compose_box(self) -> ComposeResult:
        raise NotImplementedError

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close the dialog, but only once: a second key may arrive before the first is handled."""
        return super().dismiss(result) if self.is_current else AwaitComplete()


class Dimmed(BackgroundScreen):
    """The pane behind a dialog. A table has a thousand segments, but few styles, each dimmed only once."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        return [Segment(text, _dimmed(style or Style.null(), color)) for text, style, _ in segments]


@lru_cache(maxsize=10_000)
def _dimmed(style: Style, color: Color) -> Style:
    (segment,) = BackgroundScreen.process_segments([Segment(" ", style)], color)
    return segment.style or Style.null()
