"""The installed command on a real pseudo-terminal, as a user runs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, obey_permissions, thoroughly
from tests.pseudo_terminal import Terminal
from tests.waiting import PATIENCE

ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}

CTRL_C, CTRL_Q, CTRL_Z, ESCAPE = "\x03", "\x11", "\x1a", "\x1b"

OPENED = "Most frequent bigrams"
PLACES = {
    "loading torch": ("1 Data",),
    "dataset": (OPENED,),
    "counts": (OPENED, "2", "smoothing k"),
    "training": (OPENED, "3", "Step 0 of 200"),
    "running": (OPENED, "3", "Step 0 of 200", "r", "Step 1"),
    "generator": (OPENED, "4", "space draws the first character"),
    "dialog": (OPENED, "o", "Open a word list"),
}
"""What to wait for and which keys to press, in turn, to get there."""

SOME_PLACES = [
    *("loading torch", "running"),
    *thoroughly("dataset", "counts", "training", "generator", "dialog"),
]

KEYS = [
    *(("counts", CTRL_C), ("dialog", CTRL_C)),
    *thoroughly(("dataset", "q"), ("generator", CTRL_Q), ("dialog", CTRL_Q)),
]


@pytest.fixture
def open_terminal(command: str, isolated_home: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the command, or the shell line in `line`, in which COMMAND stands for it."""
    terminals = []

    def start(
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        line: str = "",
        begin: Callable[[], object] | None = None,
        **env: str,
    ) -> Terminal:
        words = ["/bin/sh", "-c", line.replace("COMMAND", f"'{command}'")] if line else [command, *arguments]
        environment = ENVIRONMENT | {"XDG_STATE_HOME": str(isolated_home)} | env
        terminals.append(Terminal(*words, size=size, env=environment, begin=begin))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.kill()


def go(terminal: Terminal, place: str) -> None:
    for number, text in enumerate(PLACES[place]):
        if number % 2:
            terminal.press(text)
        else:
            terminal.shows(text)


def go_everywhere_and_quit(terminal: Terminal) -> None:
    """Every pane, a trained network, drawn names, a dialog, another size; then the terminal is restored."""
    terminal.shows("Most frequent bigrams")
    terminal.press("2")
    terminal.shows("smoothing k")
    terminal.press("3")
    terminal.shows("Step 0 of 200")
    terminal.press("f")
    terminal.shows("2.5002")
    terminal.press("4")
    terminal.shows("space draws the first character")
    terminal.press("nnnnn")
    terminal.shows("anchshizarie")
    terminal.press("o")
    terminal.shows("Open a word list")
    terminal.resize(100, 30)
    terminal.press(CTRL_Q)
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_a_newcomer_visits_every_pane_trains_draws_and_quits(open_terminal) -> None:
    terminal = open_terminal()
    terminal.shows("Most frequent bigrams")
    terminal.rests()
    before = list(terminal.screen.display)
    terminal.resize(20, 5)
    terminal.resize(80, 24)
    assert list(terminal.screen.display) != before
    terminal.shows_all(before)
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
    terminal.resize(140, 40)
    terminal.press("1")
    assert len(terminal.shows(OPENED).splitlines()[1].rstrip()) == 140
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


# Where it runs


@pytest.mark.parametrize("term", thoroughly("linux", "xterm", "screen", "tmux"))
def test_it_works_on_any_terminal(open_terminal, term: str) -> None:
    go_everywhere_and_quit(open_terminal(TERM=term, COLORTERM=""))


@pytest.mark.parametrize(
    "variables", thoroughly({"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}), ids=str
)
def test_it_works_with_common_environment_variables(open_terminal, variables: dict[str, str]) -> None:
    go_everywhere_and_quit(open_terminal(**variables))


@pytest.mark.parametrize(
    "line", thoroughly("COMMAND | cat", "COMMAND <&-", "COMMAND < /dev/null", "COMMAND >&-")
)
def test_it_works_with_only_one_stream_to_the_terminal(open_terminal, line: str) -> None:
    """Its size is that of the terminal, whatever standard output is."""
    terminal = open_terminal(line=line, size=(140, 40))
    assert len(terminal.shows(OPENED).splitlines()[1].rstrip()) == 140
    go_everywhere_and_quit(terminal)


HOMES = "HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME"


@pytest.mark.parametrize(
    ("line", "variables"),
    [
        (f"unset {HOMES}; COMMAND <&- | cat", {"NO_COLOR": "1"}),
        ("COMMAND", {"TERM": "linux", "COLORTERM": ""}),
    ],
    ids=["no home, one stream, no colours", "a read-only home, 16 colours"],
)
def test_it_works_without_a_home_to_write_to(
    open_terminal, isolated_home: Path, line: str, variables: dict[str, str]
) -> None:
    shutil.rmtree(isolated_home / ".config")
    isolated_home.chmod(0o555)
    terminal = open_terminal(line=line, begin=obey_permissions, size=(140, 40), **variables)
    assert len(terminal.shows(OPENED).splitlines()[1].rstrip()) == 140
    go_everywhere_and_quit(terminal)
    assert list(isolated_home.iterdir()) == []


@pytest.mark.parametrize(
    "line", ["TERM=dumb COMMAND", "COMMAND 2>&1 | cat", "setsid -w COMMAND < /dev/null"], ids=str
)
def test_without_a_terminal_one_line_suggests_the_reports(open_terminal, line: str) -> None:
    terminal = open_terminal(line=f"{line}; echo $?", size=(300, 24))
    terminal.ends()
    lines = [line.rstrip() for line in terminal.screen.display if line.strip()]
    assert len(lines) == 2, lines
    assert "there is no terminal to" in lines[0]
    assert "bigram-tui stats" in lines[0]
    assert lines[1] == ("0" if "|" in line else "2")


def test_the_lesson_starts_at_once_and_notices_completed_tasks(open_terminal) -> None:
    terminal = open_terminal("--lesson", "--language", "en")
    terminal.shows("Press /, type emma")
    terminal.press("/")
    terminal.shows("enter To the words  escape Leave")
    terminal.press("emma\r")
    terminal.shows("How many letters does the longest name have?")
    terminal.shows("b <S> <E>")
    terminal.press("=")
    terminal.shows("enter Check it  escape Leave")
    terminal.press("15\r")
    terminal.shows("Right.")
    terminal.press("]")
    terminal.shows("2/35 Bigrams")
    terminal.press("q")
    assert terminal.ends() == 0


TYPED_AHEAD = [
    ("/zoeyx\x7f", "Words (4 of", "f2 Why?"),
    ("o/no/such-list\r", "/no/such-list does not exist", "Open a word list"),
    ("2gem", "╭─ e → m", ""),
    ("k0.25\r", "smoothing k    0.25", ""),
    ("e\x15table.svg", "table.svg", "Export the table"),
    ("4T0.5\r", "temperature T  0.5", ""),
    ("temx\x7fma\r", "emma: it is in the data", ""),
    ("N\x1523\r", "Names (23)", ""),
    ("\x10lesson\r", "] next", ""),
    ("/emma\r", "How many letters does", ""),
    ("=7\x7f15\r", "Right.", ""),
]
"""Keys that arrive in one chunk, the text for the field they open, what is shown, and what escape closes."""


def test_text_typed_ahead_of_a_field_is_in_it(open_terminal) -> None:
    """As over a slow connection, where several keys arrive at once."""
    terminal = open_terminal(size=(120, 36))
    terminal.shows(OPENED)
    for keys, shown, left in TYPED_AHEAD:
        terminal.press(keys)
        terminal.shows(shown)
        if left:
            terminal.press(ESCAPE)
            terminal.hides(left)


def test_options_reach_the_app(open_terminal) -> None:
    options = ["--smoothing", "0.5", "--init", "randn", "--steps", "3", "--seed", "7", "--temperature", "0.2"]
    terminal = open_terminal(*options)
    terminal.shows("smoothing 0.5")
    terminal.press("3")
    terminal.shows("Step 0 of 3")
    terminal.shows("randn")
    terminal.press("4")
    assert "seed           7" in terminal.shows("temperature T  0.2")


def test_words_from_standard_input_and_keys_from_the_terminal(open_terminal) -> None:
    terminal = open_terminal(line="printf 'mars\nvenus\n' | COMMAND -")
    terminal.shows("standard input · 2 words")
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_a_pipe_that_never_ends_opens_the_app_with_its_progress(open_terminal) -> None:
    terminal = open_terminal(line="yes | COMMAND -")
    terminal.shows(" MB/s")
    terminal.press(ESCAPE)
    terminal.shows("us-names · 32,257 words")
    terminal.shows("cancelled")
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_reading_options_reach_the_app(open_terminal, tmp_path: Path) -> None:
    file = tmp_path / "babies.csv"
    file.write_text("id,who,n\n1,Mary,3\n2,Anna,2\n")
    terminal = open_terminal(str(file), "--column", "who", "--weight-column", "n", "--lowercase")
    shown = terminal.shows("babies.csv · 5 words")
    assert "mary" in shown
    terminal.press("q")
    assert terminal.ends() == 0


@pytest.mark.parametrize("content", [None, b"", b" \n\t\n", b"\x00a", b"emma\nzo\xeb\n"])
def test_an_unreadable_list_is_reported_before_the_screen_is_taken_over(
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


# How it ends


@pytest.mark.parametrize("where", KEYS, ids=str)
def test_a_key_that_quits_leaves_the_terminal_as_it_was(open_terminal, where: tuple[str, str]) -> None:
    place, key = where
    terminal = open_terminal()
    go(terminal, place)
    terminal.press(key)
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_quitting_while_training_runs_asks_first(open_terminal) -> None:
    terminal = open_terminal()
    go(terminal, "running")
    terminal.press("q")
    terminal.shows("Quit anyway?")
    terminal.press("y")
    assert terminal.ends() == 0
    terminal.assert_as_before()


SIGNALS = [
    *(("loading torch", "SIGTERM", 143), ("counts", "SIGINT", 130), ("running", "SIGHUP", 129)),
    *thoroughly(*((place, "SIGTERM", 143) for place in PLACES if place != "loading torch")),
]


@pytest.mark.parametrize("sent", SIGNALS, ids=str)
def test_a_signal_leaves_the_terminal_as_it_was_and_has_its_status(
    open_terminal, sent: tuple[str, str, int]
) -> None:
    place, name, status = sent
    terminal = open_terminal()
    go(terminal, place)
    terminal.signal(signal.Signals[name])
    assert terminal.ends() == status
    terminal.assert_as_before()


@pytest.mark.parametrize("place", SOME_PLACES)
def test_closing_the_terminal_ends_the_app(open_terminal, place: str) -> None:
    terminal = open_terminal()
    go(terminal, place)
    assert terminal.hang_up() == 129


def test_a_lost_terminal_ends_the_app_without_a_signal(command: str) -> None:
    """Its terminal is not its session's controlling terminal, so that there is no SIGHUP when it closes."""
    ours, its = os.openpty()
    process = subprocess.Popen(
        [command],
        stdin=its,
        stdout=subprocess.DEVNULL,
        stderr=its,
        env=os.environ | ENVIRONMENT,
        start_new_session=True,
    )
    os.close(its)
    shown = b""
    while OPENED.encode() not in shown:
        shown += os.read(ours, 65_536)
    os.close(ours)
    assert process.wait(PATIENCE) == 129


def test_a_terminal_that_takes_no_output_does_not_block_the_exit(open_terminal) -> None:
    """Nobody reads its output, so it blocks on writing when it is asked to exit."""
    terminal = open_terminal(size=(300, 100))
    terminal.shows(OPENED)
    terminal.press("2341")
    terminal.fills_up()
    terminal.signal(signal.SIGTERM)
    assert terminal.ends_unread() == 143
    terminal.assert_settings_as_before()


def test_invalid_input_does_no_harm(open_terminal) -> None:
    """Letters in another encoding, keys with impossible numbers, a mouse on a screen of zero pixels."""
    terminal = open_terminal()
    terminal.shows(OPENED)
    for sent in (
        *(b"\xff\xfe\xe9", b"\xe5\xad", b"\x1b[1114112u", b"\x1b[;u", b"\x1b[99999999999u", b"\x1b[97;;97u"),
        *(b"\x1b[?2048;2$y", b"\x1b[48;24;80;0;0t", b"\x1b[<35;10;10M", b"\x1b[<0;99999;99999M"),
        *(b"\x1b[<0;99999;99999m", b"\x1b[48;24;80;480;800t", b"\x1b[200~never ended\x1b[201~"),
    ):
        terminal.press(sent)
    terminal.press("2")
    terminal.shows("smoothing k")
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


# ctrl+z


@pytest.fixture
def shell(open_terminal) -> Terminal:
    terminal = open_terminal(line="exec bash --norc --noprofile --noediting -i", PS1="READY> ")
    terminal.shows("READY>")
    return terminal


@pytest.mark.parametrize("line", ["COMMAND | cat", "sh -c 'COMMAND; true'", *thoroughly("COMMAND")])
def test_the_app_stops_with_its_job_and_resumes(shell: Terminal, command: str, line: str) -> None:
    shell.press(line.replace("COMMAND", command) + "\r")
    go(shell, "counts")
    shell.press(CTRL_Z)
    shell.shows("Stopped")
    shell.assert_as_before()
    shell.resize(100, 30)
    shell.screen.reset()
    shell.press("fg\r")
    assert len(shell.shows("smoothing k").splitlines()[1].rstrip()) == 100
    shell.press("1")
    shell.shows(OPENED)
    shell.press("q")
    shell.shows("READY>")
    shell.assert_as_before()
    shell.press("exit\r")
    assert shell.ends() == 0
    shell.assert_as_before()


def test_everything_is_redrawn_on_resuming(shell: Terminal, command: str) -> None:
    shell.press(f"{command}\r")
    for place in ("dataset", "counts", "training", "generator", "dialog"):
        *key, shown = PLACES[place][-2:]
        shell.press("".join(key))
        shell.shows(shown)
        shell.rests()
        before = list(shell.screen.display)
        shell.press(CTRL_Z)
        shell.shows("Stopped")
        shell.press("fg\r")
        shell.shows_all(before)


def test_after_sigstop_and_sigcont_the_terminal_is_still_restored(open_terminal) -> None:
    terminal = open_terminal()
    go(terminal, "counts")
    for number in (signal.SIGSTOP, signal.SIGCONT):
        terminal.signal(number)
    terminal.writes("\x1b[?1049h")  # keys typed before the app has the terminal again are discarded
    terminal.press("1")
    terminal.shows(OPENED)
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_without_a_shell_to_resume_it_ctrl_z_does_nothing(open_terminal) -> None:
    """As on a terminal that was opened for this program alone."""
    terminal = open_terminal()
    go(terminal, "counts")
    terminal.press(CTRL_Z)
    terminal.press("1")
    terminal.shows(OPENED)
    terminal.press("q")
    assert terminal.ends() == 0
    terminal.assert_as_before()


def test_closing_the_terminal_ends_the_app_even_while_stopped(shell: Terminal, command: str) -> None:
    shell.press(f"{command}\r")
    go(shell, "counts")
    shell.press(CTRL_Z)
    shell.shows("Stopped")
    shell.hang_up()
    shell.assert_nothing_is_left()


SLOW_THREAD = """
import time
import bigram_tui.terminal.pacing as module
when_written = module.PacedDriver.call_when_written
module.PacedDriver.call_when_written = lambda self, call: when_written(self, lambda: (time.sleep(1), call()))
"""


def test_a_dialog_may_be_gone_before_its_frame_can_be_drawn(open_terminal, tmp_path: Path) -> None:
    """The writer thread may report completion late."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_THREAD)
    terminal = open_terminal(PYTHONPATH=f"{tmp_path}:{REPOSITORY}", size=(140, 40))
    go(terminal, "counts")
    for _ in range(3):
        terminal.press("p")
        terminal.shows("Code: ")
        terminal.press("\x1b")
        terminal.hides("Code: ")
    terminal.press("1")
    terminal.shows(OPENED)
    terminal.press("q")
    assert terminal.ends() == 0


# Bugs, injected by a module that Python imports before the program starts

MISTAKES = {
    "a pane": ("panes.counts.pane", "CountsPane.begin", "dataset", "2"),
    "a message": ("panes.counts.pane", "CountsPane.action_sort", "counts", "s"),
    "a dialog": ("dialogs.open.dialog", "OpenDialog.on_mount", "dataset", "o"),
    "a worker": ("session.trainer", "Trainer._why_it_stops", "training", "r"),
    "a thread": ("starting", "load_torch", "loading torch", ""),
    "the start": ("app", "BigramApp.__init__", None, ""),
}
MISTAKE = """
import bigram_tui.{module} as module
def wrong(*arguments):
    secret = 'swordfish'
    try:
        {{}}[secret]
    except KeyError as error:
        raise RuntimeError(secret) from error
module.{method} = wrong
"""


@pytest.mark.parametrize(("module", "method", "place", "key"), MISTAKES.values(), ids=MISTAKES)
def test_a_bug_ends_with_a_paragraph_and_a_report(
    open_terminal, isolated_home: Path, tmp_path: Path, module: str, method: str, place: str | None, key: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(MISTAKE.format(module=module, method=method))
    terminal = open_terminal(PYTHONPATH=f"{tmp_path}:{REPOSITORY}", size=(200, 24))
    if place:
        go(terminal, place)
        terminal.press(key)
    assert terminal.ends() == 70
    shown = "\n".join(terminal.screen.display)
    assert "because of a bug (RuntimeError)" in shown
    assert "Traceback" not in shown
    terminal.assert_as_before()
    (report,) = isolated_home.rglob("crash-*.txt")
    assert str(report) in shown
    text = report.read_text()
    assert text.index("KeyError") < text.index("which led to") < text.index("RuntimeError\n")
    assert "raise RuntimeError(secret)" in text
    assert "swordfish" not in text
    assert "swordfish" not in shown
