"""Keeps columns aligned although terminals disagree about the width of some characters.

Vowel signs of Indian scripts, for example, take a column in some terminals and none in others, which would
shift the rest of the line. After each run of such characters, the cursor is moved to the column that Textual
expects.
"""

import re
import unicodedata

from rich.cells import cell_len
from textual.driver import Driver

SURE = "\x00-\u02ff\u2500-\u25cb\u0370-\u058f\u2000-\u22ff\u2400-\u24ff\u25cd-\u25ff\u27c0-\u2e7f"
"""Characters that every terminal shows in one column: none that combine, join, stack or are wide."""

ALL_SURE, UNSURE = re.compile(f"[{SURE}]*"), f"[^{SURE}]+"
RUN = re.compile(f"(?P<run>{UNSURE})(?P<room> *)")
STYLED_ROOM = re.compile(rf"(?P<run>{UNSURE})(?P<style>(?:\x1b\[[\d;]*m)+)(?P<room> +)")
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
PARTS = re.compile(
    r"\x1b\[\d+;(?P<column>\d+)H"  # a cursor move
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[]"
    r"|(?P<end>\n)"
    r"|(?P<text>[^\x1b\n]+)"
)


def steady(output: str) -> str:
    """Terminal output with a cursor move after each run of characters of doubtful width.

    The column is known after a cursor move, until the end of the line. Runs that turn out to be wider than
    expected do not wrap.
    """
    if ALL_SURE.fullmatch(output):
        return output
    column, parts = None, []
    for part in PARTS.finditer(STYLED_ROOM.sub(_with_room_first, output)):
        if part["text"] and column is not None:
            parts.append(_steady_text(part["text"], column))
            column += cell_len(part["text"])
        else:
            parts.append(part[0])
            if part["column"]:
                column = int(part["column"])
            elif part["end"]:
                column = None
    return "".join((NO_WRAP, *parts, WRAP))


def _room_needed(found: re.Match[str]) -> int:
    """How many of the spaces after a run it takes in terminals that give vowel signs a column."""
    return min(sum(unicodedata.category(c) == "Mc" for c in found["run"]), len(found["room"]))


def _with_room_first(found: re.Match[str]) -> str:
    """Move the spaces that a run may need before a change of style."""
    needed = _room_needed(found)
    return found["run"] + found["room"][:needed] + found["style"] + found["room"][needed:]


def _steady_text(text: str, column: int) -> str:
    """A text that starts in this column, counted from 1."""
    parts, place = [], 0
    for found in RUN.finditer(text):
        before, run, room = text[place : found.start()], found["run"], found["room"]
        begin = column + cell_len(before)
        needed = _room_needed(found)
        end = begin + cell_len(run) + needed
        # Clear the room first: if written afterwards, the spaces could overwrite the run.
        cleared = f"{' ' * (end - begin)}\x1b[{begin}G" if needed else ""
        parts.append(f"{before}{cleared}{run}\x1b[{end}G{room[needed:]}")
        column, place = end + len(room) - needed, found.end()
    return "".join((*parts, text[place:]))


def steady_driver(driver: type[Driver]) -> type[Driver]:
    """A subclass of this driver with steady columns."""

    class SteadyDriver(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> None:
            super().write(steady(data))

    return SteadyDriver
