"""What all panes have in common."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Protocol, cast

from textual.app import ComposeResult, SystemCommand
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Footer, Static

from bigram_tui.topic import Topic
from bigram_tui.widgets.pane_header import PaneHeader
from bigram_tui.workspace import Dataset, Workspace

SMALLEST = Size(40, 12)
WIDE = 120
"""Columns from which there is room for a third column of parts."""

LAYOUTS = {"-wide": WIDE, "-narrow": 76, "-tiny": 0}
"""How the parts are arranged, and from how many columns on."""


class HasWorkspace(Protocol):
    """The app, as far as panes know it."""

    workspace: Workspace


class Pane(Screen[None]):
    """A screen with the header, the pane's own parts and the footer.

    A subclass composes its parts in `compose_parts` and follows what it shows in `begin`.
    """

    MODE: ClassVar[str]
    NEEDS_TORCH: ClassVar[bool] = False
    def __init__(self) -> None:
        super().__init__()
        self._stale: dict[Callable[[Any], None], Topic[Any]] = {}

    def compose(self) -> ComposeResult:
        yield PaneHeader(self.MODE)
        if self._is_ready:
            yield from self.compose_parts()
        else:
            yield Static("Getting ready: loading torch, which takes a moment …", id="getting-ready")
        yield Static(f"bigram-tui needs {SMALLEST.width}×{SMALLEST.height} characters", id="too-small")
        yield Footer(show_command_palette=False)

    def compose_parts(self) -> ComposeResult:
        raise NotImplementedError

    def begin(self) -> None:
        """The parts are there: follow what they show."""

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers in this pane."""
        return ()

    @property
    def workspace(self) -> Workspace:
        return cast(HasWorkspace, self.app).workspace

    @property
    def _is_ready(self) -> bool:
        return not self.NEEDS_TORCH or self.workspace.ready.latest

    async def on_mount(self) -> None:
        if self._is_ready:
            self._begin()
        else:
            self.workspace.ready.signal.subscribe(self, self._on_ready)

    async def _on_ready(self, _ready: bool) -> None:
        await self.recompose()
        self._begin()
        if self.AUTO_FOCUS:
            self.query_one(self.AUTO_FOCUS).focus()

    def _begin(self) -> None:
        self.follow(self.workspace.dataset, self._show_dataset_name)
        self.begin()
        # What a pane is made of stays: looking through it for garbage again and again would stop the app.
        self.call_after_refresh(gc.freeze)

    def follow(self, topic: Topic[Any], show: Callable[[Any], None]) -> None:
        """Call `show` with the newest snapshot, now and after each change, as soon as one can see it."""

        def changed(_snapshot: object) -> None:
            if self.is_current:
                show(topic.latest)
            else:
                self._stale[show] = topic

        topic.signal.subscribe(self, changed)
        show(topic.latest)

    @property
    def room(self) -> Size:
        """Columns and lines that the pane has for itself."""
        return self.size

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Arrange the parts for the room there is."""
        room = self.room
        self.set_class(room.width < SMALLEST.width or room.height < SMALLEST.height, "-too-small")
        layout = next(name for name, columns in LAYOUTS.items() if room.width >= columns)
        self.update_classes({name: name == layout for name in LAYOUTS}, animate=False)

    def on_screen_resume(self) -> None:
        stale, self._stale = self._stale, {}
        for show, topic in stale.items():
            show(topic.latest)

    def show_reason(self, selector: str, reason: str | None) -> None:
        """Say below the settings why a value is refused; nothing is said without a reason."""
        place = self.query_one(selector, Static)
        place.display = reason is not None
        place.update(Content(reason or ""))

    def _show_dataset_name(self, dataset: Dataset) -> None:
        words = dataset.corpus.names
        self.query_one(PaneHeader).show(
            f"{dataset.corpus.name} · {words:,} {'word' if words == 1 else 'words'}"
        )


def table(rows: list[tuple[str, str]]) -> Content:
    """Labels and what belongs to them, the labels dimmed and padded to one width."""
    width = max(len(label) for label, _ in rows)
    lines = [Content.assemble((f"{label:<{width}}  ", "$muted"), text) for label, text in rows]
    return Content("\n").join(lines)
