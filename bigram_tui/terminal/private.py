"""The private names of Textual and textual-plot that are used here, and the methods of theirs that are
replaced: where, why, and the measured gain.

If a newer version lacks a name that starts with an underscore, the default behaviour is used, and the gain is
lost. Times are for a processor on which a bare Textual program takes 0.3 s to start, and a screen of 140×40.
"""

from typing import NamedTuple


class PrivateName(NamedTuple):
    """A module, an attribute, an overridden or replaced method, and the modules here that use it."""

    name: str
    modules: tuple[str, ...]
    reason: str
    gain: str


APP, DRIVER, PACING, COMPOSITOR, CURSOR, KEYBOARD, WORKAROUNDS = (
    f"terminal.{name}"
    for name in ("app", "driver", "pacing", "compositor", "cursor", "keyboard", "workarounds")
)
REPORT = "one paragraph and a report, not pages of traceback with the user's data"
ANSWERS = "over 20 kB/s a key is answered after 0.2 s, not after thirty frames"
FEWER_LINES = "5 of 30 ms per key in Training, 6 of 22 in Counts"
NO_CRASH = "no key ends the app"
NOTHING_STALE = "no stale lines remain on the screen"

PRIVATE_NAMES = (
    PrivateName("_handle_exception", (APP,), "keeps the exception, unless the app is closing", REPORT),
    PrivateName("_fatal_error", (APP,), "ends the app without a traceback", REPORT),
    PrivateName("_parse_cache", (APP,), "room for all widget classes", "60 ms when a pane is first shown"),
    PrivateName("_file", (DRIVER, PACING), "writes never fail, and report completion", ANSWERS),
    PrivateName("_writer_thread", (DRIVER,), "nothing is written while stopped", "ctrl+z works"),
    PrivateName("_get_terminal_size", (DRIVER,), "of the terminal, not standard output", "fits in a pipe"),
    PrivateName("_xterm_parser", (KEYBOARD,), "parses each key separately", "no input ends the app"),
    PrivateName("_compositor", (COMPOSITOR, PACING), "sends the cells that change", "a tenth of the bytes"),
    PrivateName("_dirty_regions", (COMPOSITOR,), "what changed", FEWER_LINES),
    PrivateName("_full_map", (COMPOSITOR,), "widgets are told their size in any case", NOTHING_STALE),
    PrivateName("_cuts", (COMPOSITOR,), "where widgets begin and end now", NOTHING_STALE),
    PrivateName("_regions_to_spans", (COMPOSITOR,), "which columns of which lines", FEWER_LINES),
    PrivateName("_render_chops", (COMPOSITOR,), "paints nothing that is hidden", FEWER_LINES),
    PrivateName("_compositor_refresh", (PACING,), "waits until the previous frame is written", ANSWERS),
    PrivateName("_dirty_widgets", (PACING,), "what changed while a frame waited", ANSWERS),
    PrivateName("_batch_count", (PACING,), "paints nothing that would be discarded", ANSWERS),
    PrivateName("_css_update_count", (PACING,), "a pane is styled once", "75 ms when a pane is first shown"),
    PrivateName(
        "_styles_cache", (WORKAROUNDS,), "keeps nothing of closed dialogs", "up to 300 ms after each"
    ),
    PrivateName("StylesCache.get_inner_outer", (WORKAROUNDS,), "the same", "the same"),
    PrivateName("OptionList.action_page_up", (WORKAROUNDS,), "a list may not be laid out yet", NO_CRASH),
    PrivateName("OptionList.action_page_down", (WORKAROUNDS,), "a list may not be laid out yet", NO_CRASH),
    PrivateName("Input.replace", (WORKAROUNDS,), "cuts a long paste short", "half a minute for megabytes"),
    PrivateName("_index_to_line", (CURSOR,), "which line an option is on", "the cursor is there"),
)
