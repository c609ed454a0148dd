"""The private names of Textual and textual-plot that are used here: where, why, and what each gains.

A newer version may lack any name of theirs that begins with an underscore: then all is done their own way,
and what the name gains is lost. Times are of a processor on which a bare Textual program takes 0.3 s to
start, on a screen of 140×40.
"""

from typing import NamedTuple


class PrivateName(NamedTuple):
    """A module, an attribute or an overridden method, and the modules here that use it."""

    name: str
    modules: tuple[str, ...]
    reason: str
    gain: str


APP, DRIVER, PACING, COMPOSITOR, CURSOR, KEYBOARD = (
    f"terminal.{name}" for name in ("app", "driver", "pacing", "compositor", "cursor", "keyboard")
)
REPORT = "one paragraph and a report, not pages of traceback with the user's data"
ANSWERS = "over 20 kB/s a key is answered after 0.2 s, not after thirty frames"
FEWER_LINES = "of a key 5 ms of 30 in Training, 6 of 22 in Counts"
NOTHING_STALE = "no line stays where it is no more"

PRIVATE_NAMES = (
    PrivateName("_handle_exception", (APP,), "keeps what ended the app, unless it closes anyway", REPORT),
    PrivateName("_fatal_error", (APP,), "ends the app without a traceback", REPORT),
    PrivateName("_parse_cache", (APP,), "room for all kinds of widget", "60 ms of a pane's first time"),
    PrivateName("_file", (DRIVER, PACING), "writing never fails, and tells when it is done", ANSWERS),
    PrivateName("_writer_thread", (DRIVER,), "nothing is written while stopped", "ctrl+z ends nothing"),
    PrivateName("_get_terminal_size", (DRIVER,), "of the terminal, not standard output", "fits in a pipe"),
    PrivateName("_xterm_parser", (KEYBOARD,), "each key is read for itself", "no byte sent ends the app"),
    PrivateName("_compositor", (COMPOSITOR, PACING), "sends the cells that change", "a tenth of the bytes"),
    PrivateName("_dirty_regions", (COMPOSITOR,), "what changed", FEWER_LINES),
    PrivateName("_full_map", (COMPOSITOR,), "tells parts their size also if asked in between", NOTHING_STALE),
    PrivateName("_cuts", (COMPOSITOR,), "where parts begin and end now", NOTHING_STALE),
    PrivateName("_regions_to_spans", (COMPOSITOR,), "which columns of which lines", FEWER_LINES),
    PrivateName("_render_chops", (COMPOSITOR,), "draws nothing that is hidden", FEWER_LINES),
    PrivateName("_compositor_refresh", (PACING,), "waits until the frame before is written", ANSWERS),
    PrivateName("_dirty_widgets", (PACING,), "what changed while a frame waited", ANSWERS),
    PrivateName("_batch_count", (PACING,), "draws nothing that would be thrown away", ANSWERS),
    PrivateName("_css_update_count", (PACING,), "a pane is styled once", "75 ms of a pane's first time"),
    PrivateName("_index_to_line", (CURSOR,), "which line an option is on", "the cursor stands there"),
)
