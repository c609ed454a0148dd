"""The browser that the app is drawn in, behind a server that hands over what is typed there."""

from __future__ import annotations

import threading
from typing import Any

from textual.app import App
from textual.drivers.web_driver import WebDriver
from textual.message import Message

AT_ONCE = 100
"""Keys and mouse movements that are taken from the server before the app has dealt with them."""

PATIENCE = 1.0
"""Seconds after which no answer means that the app is closing."""


class ServedDriver(WebDriver):
    """Textual's driver, which takes no more than the app can deal with, and ends when the server is gone."""

    def __init__(self, app: App[Any], *, debug: bool = False, **options: Any) -> None:
        super().__init__(app, debug=debug, **options)
        self.app = app
        self._taken = 0

    def process_message(self, message: Message) -> None:
        super().process_message(message)
        self._taken += 1
        if self._taken % AT_ONCE == 0:
            dealt_with = threading.Event()
            self.app.call_later(dealt_with.set)
            dealt_with.wait(PATIENCE)

    def run_input_thread(self) -> None:
        super().run_input_thread()
        self.app.call_later(self.app.exit)
