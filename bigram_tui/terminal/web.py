"""The driver for the app in a browser, behind the server that forwards its input."""

from __future__ import annotations

import os
import threading
from typing import Any, cast

from textual.app import App
from textual.color import BLACK, WHITE, Color
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size
from textual.message import Message
from textual.theme import Theme

from bigram_tui.terminal import SIZE_FOLLOWS
from bigram_tui.terminal.cells import ShownCells

AT_ONCE = 100
"""Keys and mouse events that are read ahead of the app (backpressure)."""

PATIENCE = 1.0
"""Seconds without an answer after which the app is assumed to be closing."""


class ServedDriver(WebDriver):
    """Textual's driver, which sends only changed cells, reads input no faster than the app handles it, and
    exits when the server is gone.

    A lock keeps downloads from one thread out of the frames of another.
    """

    def __init__(self, app: App[Any], *, debug: bool = False, **options: Any) -> None:
        super().__init__(app, debug=debug, **options)
        self.app = cast(Any, app)
        self.app.shown, self.app.is_unseen = ShownCells(), SIZE_FOLLOWS in os.environ
        self._taken = 0
        self._one_at_a_time = threading.RLock()

    def start_application_mode(self) -> None:
        super().start_application_mode()
        self.app.call_later(self._follow_theme)

    def _follow_theme(self) -> None:
        """Tell the page the theme's background for its margins, which are too narrow for a character."""

        def use(theme: Theme) -> None:
            background = Color.parse(self.app.get_css_variables()["background"])
            if background.ansi is not None:
                background = BLACK if theme.dark else WHITE
            foreground = WHITE if theme.dark else BLACK
            self.write(f"\x1b]10;{foreground.hex6}\x1b\\\x1b]11;{background.hex6}\x1b\\")

        self.app.theme_changed_signal.subscribe(self.app, use)
        use(self.app.current_theme)

    def write(self, data: str) -> None:
        with self._one_at_a_time:
            super().write(data)

    def write_meta(self, data: dict[str, object]) -> None:
        with self._one_at_a_time:
            super().write_meta(data)

    def write_binary_encoded(self, data: tuple[str | bytes, ...]) -> None:
        with self._one_at_a_time:
            super().write_binary_encoded(data)

    def process_message(self, message: Message) -> None:
        super().process_message(message)
        self._taken += 1
        if self._taken % AT_ONCE == 0:
            dealt_with = threading.Event()
            self.app.call_later(dealt_with.set)
            dealt_with.wait(PATIENCE)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        if packet_type == "resize":
            self.app.told_size = Size(*map(cast(Any, payload).get, ("width", "height")))
            self.app.is_unseen = False
        super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        super().run_input_thread()
        self.app.call_later(self.app.exit)
