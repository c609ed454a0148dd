"""Copying: in a real tmux, in screen, and with tmux on another machine."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bigram_tui.terminal.clipboard import through_screen
from tests.pseudo_terminal import Terminal
from tests.terminal.test_terminal import go, open_terminal

__all__ = ["open_terminal"]

SCRIPT = "import torch"


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The command line for a tmux server of the test's own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    words = ["tmux", "-L", "bigram-tui-test", "-f", "/dev/null"]
    yield words
    subprocess.run([*words, "kill-server"], check=False, capture_output=True)


def copy_code(terminal: Terminal) -> None:
    go(terminal, "counts")
    terminal.press("p")
    terminal.shows("c Copy")
    terminal.press("c")


def test_tmux_stores_the_text_and_sends_it_to_the_terminal(open_terminal, tmux: list[str]) -> None:
    terminal = open_terminal(line=f"exec {' '.join(tmux)} new-session COMMAND")
    copy_code(terminal)
    terminal.writes("\x1b]52;")
    terminal.shows("Copied to tmux")
    kept = subprocess.check_output([*tmux, "show-buffer"], text=True)
    assert SCRIPT in kept
    assert "P[ix1, ix2]" in kept


@pytest.mark.parametrize(
    ("variables", "asked", "told"),
    [
        ({"TMUX": "/nowhere,1,0"}, "\x1b]52;c;", "set-clipboard on"),
        ({"TERM": "tmux-256color"}, "\x1b]52;c;", "set-clipboard on"),
        ({"TERM": "screen", "STY": "1.pts-0.host"}, "\x1bP\x1b]52;c;", "Sent to the terminal's clipboard"),
    ],
    ids=["a tmux that is gone", "beyond tmux", "screen"],
)
def test_a_text_that_is_only_sent_is_not_reported_as_copied(
    open_terminal, variables: dict[str, str], asked: str, told: str
) -> None:
    terminal = open_terminal(**variables)
    copy_code(terminal)
    terminal.writes(asked)
    assert "Copied" not in terminal.shows(told)


def test_screen_gets_the_sequence_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = f"\x1b]52;c;{base64.b64encode(bytes(range(256)) * 9).decode()}\a"
    assert through_screen(asked) == asked
    monkeypatch.setenv("STY", "1.pts-0.host")
    pieces = through_screen(asked).split("\x1b\\")
    assert pieces.pop() == ""
    assert max(map(len, pieces)) <= 256
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == asked
    assert through_screen("\x1b[2J") == "\x1b[2J"
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    assert through_screen(asked) == asked, "tmux within screen is asked itself"
