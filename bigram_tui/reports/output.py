"""What reports print: --json and --plain."""

from __future__ import annotations

from argparse import ArgumentParser, _ActionsContainer
from collections.abc import Iterator
from typing import Any

from bigram_tui.views.exports import strict_json


def add_json(group: _ActionsContainer) -> None:
    group.add_argument("--json", action="store_true", help="print JSON")


def add_json_or_plain(parser: ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    add_json(how)
    how.add_argument("--plain", action="store_true", help="print sentences, as for a screen reader")


def print_json_list(values: Iterator[dict[str, Any]]) -> None:
    """Print a JSON list incrementally, one element per line; it is closed properly even after an error."""
    separator = "["
    try:
        for value in values:
            print(separator, strict_json(value), sep="", end="")
            separator = ",\n "
    finally:
        print("[]" if separator == "[" else "]")
