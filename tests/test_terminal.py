"""What one does with the installed command on a real pseudo-terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal import Terminal


@pytest.fixture
def open_terminal(command: str) -> Iterator[Callable[..., Terminal]]:
    terminals = []

    def start(*arguments: str, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        terminals.append(Terminal(command, *arguments, size=size, env=environment | env))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.kill()


def test_a_newcomer_starts_it_reaches_every_pane_trains_draws_and_quits(open_terminal) -> None:
    terminal = open_terminal()
    terminal.shows("Most frequent bigrams")
    terminal.press("2")
    terminal.shows("smoothing k")
    terminal.press("3")
    terminal.shows("Step 0 of 200")
    terminal.press("f")
    terminal.shows("Step 200 of 200")
    assert "2.5118" in terminal.shows("2.5002")
    terminal.press("4")
    terminal.shows("space draws the first character")
    terminal.press("nnnnn")
    shown = terminal.shows("anchshizarie")
    assert "minaymoryles" in shown
    assert "kondlaisah" in shown
    terminal.press("q")
    assert terminal.ends() == 0


def test_the_lesson_begins_at_once_and_notices_what_is_done(open_terminal) -> None:
    terminal = open_terminal("--lesson", "--language", "en")
    terminal.shows("Press /, type emma")
    terminal.press("/")
    terminal.shows("/ Search  ? Help")
    terminal.press("emma\r")
    terminal.shows("How many letters does the longest name have?")
    terminal.press("=")
    terminal.shows("/ Search  ? Help")
    terminal.press("15\r")
    terminal.shows("Right.")
    terminal.press("]")
    terminal.shows("2/25 Bigrams")
    terminal.press("q")
    assert terminal.ends() == 0


def test_options_reach_the_app(open_terminal) -> None:
    options = ["--smoothing", "0.5", "--init", "randn", "--steps", "3", "--seed", "7", "--temperature", "0.2"]
    terminal = open_terminal(*options)
    terminal.shows("smoothing 0.5")
    terminal.press("3")
    shown = terminal.shows("Step 0 of 3")
    assert "randn" in shown
    terminal.press("4")
    assert "seed           7" in terminal.shows("temperature T  0.2")


def test_words_from_standard_input_and_keys_from_the_terminal(command: str, open_terminal, tmp_path: Path):
    words = tmp_path / "words.txt"
    words.write_text("mars\nvenus\n")
    terminal = Terminal(
        "/bin/sh",
        "-c",
        f"'{command}' - < '{words}'",
        size=(80, 24),
        env={"TERM": "xterm-256color"},
    )
    try:
        terminal.shows("standard input · 2 words")
        terminal.press("q")
        assert terminal.ends() == 0
    finally:
        terminal.kill()


def test_a_pipe_that_never_ends_opens_the_app_with_its_progress(command: str, open_terminal) -> None:
    line = f"yes | '{command}' -"
    terminal = Terminal("/bin/sh", "-c", line, size=(80, 24), env={"TERM": "xterm-256color"})
    try:
        assert " MB/s" in terminal.shows(" MB/s")
        terminal.press("\x1b")
        terminal.shows("us-names · 32,257 words")
        terminal.shows("cancelled")
        terminal.press("q")
        assert terminal.ends() == 0
    finally:
        terminal.kill()


def test_reading_options_reach_the_app(open_terminal, tmp_path: Path) -> None:
    file = tmp_path / "babies.csv"
    file.write_text("id,who,n\n1,Mary,3\n2,Anna,2\n")
    terminal = open_terminal(str(file), "--column", "who", "--weight-column", "n", "--lowercase")
    shown = terminal.shows("babies.csv · 5 words")
    assert "mary" in shown
    terminal.press("q")
    assert terminal.ends() == 0


@pytest.mark.parametrize("content", [None, b"", b" \n\t\n", b"\x00a", b"emma\nzo\xeb\n"])
def test_a_list_that_cannot_be_read_is_one_line_before_the_screen_is_taken(
    open_terminal, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "list.txt"
    if content is not None:
        file.write_bytes(content)
    terminal = open_terminal(str(file), size=(300, 24))
    assert terminal.ends() == 1
    lines = [line for line in terminal.screen.display if line.strip()]
    assert len(lines) == 1
    assert lines[0].startswith("bigram-tui: ")
    assert "list.txt" in lines[0]


def test_without_a_terminal_it_points_at_the_reports(run_cli) -> None:
    done = run_cli()
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "bigram-tui stats" in done.stderr


def test_a_mistake_in_the_program_ends_with_a_paragraph_and_a_report(
    open_terminal, isolated_home: Path, tmp_path: Path
) -> None:
    """A pane is broken on purpose, by a module that Python imports before the program starts."""
    (tmp_path / "sitecustomize.py").write_text(
        "import bigram_tui.panes.counts as counts\n"
        "def begin(self):\n    secret = 'emma'\n    raise RuntimeError(secret)\n"
        "counts.CountsPane.begin = begin\n"
    )
    terminal = open_terminal(PYTHONPATH=str(tmp_path), XDG_STATE_HOME=str(isolated_home), size=(200, 24))
    terminal.shows("Most frequent bigrams")
    terminal.press("2")
    assert terminal.ends() == 70
    shown = "\n".join(terminal.screen.display)
    assert "mistake in the program (RuntimeError)" in shown
    assert "Traceback" not in shown
    (report,) = isolated_home.rglob("crash-*.txt")
    assert "raise RuntimeError(secret)" in report.read_text()
    assert "emma" not in report.read_text()
