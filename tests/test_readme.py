"""Every command in the README, but those that install, and every line of Python works as described."""

from __future__ import annotations

import gzip
import io
import re
import shlex
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY, Run
from tests.terminal.test_terminal import OPENED, open_terminal  # noqa: F401
from tests.web.visiting import serving, visiting

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
LINES = [line for _, block in BLOCKS for line in block.splitlines()]
CODE = [
    " ".join(code.split())
    for code in re.findall(r"`([^`]+)`", re.sub("^```.*?^```$", "", README, flags=re.S | re.M))
]
COMMANDS = [
    *dict.fromkeys(
        re.sub(r"\s+#.*", "", line) for line in (*LINES, *CODE) if re.match("bigram-tui (?!DATASET)", line)
    )
]
REPORTS = [
    line
    for line in COMMANDS
    if re.match(r"bigram-tui (stats|counts|train|sample|score|eval|--(?!lesson$))|.* --help$", line)
]
ELSEWHERE = [line for line in COMMANDS if "--scheduler" in line or "--public-url" in line]
"""These need a cluster or a proxy: tests/cluster and tests/web run similar ones."""

SAYS = {
    "bigram-tui stats 'yob*.txt' more/ us-names": "32,261 (29,695 different)",
    "bigram-tui sample -n 5": "mor\naxx\nminaymoryles\nkondlaisah\nanchshizarie\n",
    "bigram-tui counts --plain --row n": "a follows n 2,993 times, 16.2%",
    "bigram-tui evaluate --tune": "dev",
    "bigram-tui sample --context 5 --smoother modified-kneser-ney": "merittisymar\nknoxton\n",
}
"""The output that the README shows."""


@pytest.fixture
def with_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the README mentions."""
    (tmp_path / "names.csv").write_text("name,count\nemma,18688\nolivia,17921\n")
    (tmp_path / "titles.txt.gz").write_bytes(gzip.compress(b"Emma\nMiddlemarch\n"))
    (tmp_path / "babies.txt").write_text("Ava\nMia\n")
    (tmp_path / "more").mkdir()
    for name in ("yob1880.txt", "more/yob1881.txt"):
        (tmp_path / name).write_text("Mary,F,7065\nAnna,F,2604\n")
    with zipfile.ZipFile(tmp_path / "names.zip", "w") as archive:
        archive.write(tmp_path / "yob1880.txt", "yob1880.txt")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_reports(run_cli: Run, with_lists: Path) -> None:
    assert len(REPORTS) > len(ELSEWHERE) + len(SAYS)
    for line in REPORTS:
        if line not in ELSEWHERE:
            _, *arguments = shlex.split(line)
            done = run_cli(*arguments)
            assert done.returncode == 0, (line, done.stderr)
            assert SAYS.get(line, "") in done.stdout, line
            if "--save" in arguments:
                assert (with_lists / arguments[arguments.index("--save") + 1]).stat().st_size


def test_lists_that_are_opened(
    open_terminal: Any,  # noqa: F811
    with_lists: Path,
) -> None:
    opened = [line for line in COMMANDS if line not in REPORTS and not line.startswith("bigram-tui serve")]
    for name in ("names.json", "lists.json"):
        (with_lists / name).write_text('["emma", "olivia"]')
    assert len(opened) >= 4
    for line in opened:
        terminal = open_terminal(*shlex.split(line)[1:])
        terminal.shows(OPENED)
        terminal.press("q")
        assert terminal.ends() == 0


async def test_servers(command: str, with_lists: Path) -> None:
    served = [line for line in COMMANDS if re.match("bigram-tui serve(?!.*--(help|public-url))", line)]
    assert len(served) == 2
    for line in served:
        with serving(command, *shlex.split(line)[2:], cwd=with_lists) as server:
            async with visiting(server) as visitor:
                await visitor.shows("1/35" if "--lesson" in line else "Look around")


def test_the_library() -> None:
    (block,) = (block for language, block in BLOCKS if language == "python")
    said = io.StringIO()
    with redirect_stdout(said):
        exec(f"{block}\nprint(model.row(0).sum())\nprint(counts.vocabulary.characters)", {})
    total, _ = said.getvalue().splitlines()
    assert abs(float(total) - 1) < 1e-12


def test_extras_that_are_mentioned_exist_and_dask_understands_its_commands() -> None:
    extras = {*re.findall(r"\.\[(\w+)\]", README), *re.findall(r"extra\s+`(\w+)`", README)}
    assert {"web", "cluster", "zstd", "test"} == extras
    assert extras <= {*metadata("bigram-tui").get_all("Provides-Extra", [])}
    started = [shlex.split(line, comments=True) for line in LINES if line.startswith("dask ")]
    assert len(started) == 2
    for _, what, *arguments in started:
        assert import_module(f"distributed.cli.dask_{what}").main.make_context(what, arguments)


def test_a_contributor_can_run_one_test_the_long_ones_and_the_benchmarks(pytestconfig: pytest.Config) -> None:
    """All tests are what runs this one, and `.ci/run` is what a build does."""
    one, long, search = (
        shlex.split(line, comments=True)[1:] for line in LINES if re.match(r"\.venv/bin/pytest +-", line)
    )
    for command in (one, [*search, "tests/lm/test_vocabulary.py"]):
        collect = [sys.executable, "-m", "pytest", *command, "--collect-only", "-q"]
        found = subprocess.run(collect, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
        assert "::" in found
    assert [each.split(":")[0] for each in pytestconfig.getini("markers")].count(long[-1]) == 1
    scripts = [code.split()[1:] for code in CODE if code.startswith("python ")]
    assert len(scripts) >= 5
    for script, *options in scripts:
        text = (REPOSITORY / script).read_text(encoding="utf-8")
        assert all(told in text for told in (f"python {script}", *options))
    benchmarks = [str(file) for file in (REPOSITORY / "tests" / "benchmarks").glob("bench_*.py")]
    imports = "import runpy, sys\nfor file in sys.argv[1:]: runpy.run_path(file)"
    subprocess.run([sys.executable, "-c", imports, *benchmarks], cwd=REPOSITORY, check=True)


def test_every_file_that_is_mentioned_exists() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)|src=\"([\w./-]+)\"", README)
    files = re.findall(r"\b((?:tests|screenshots|bigram_tui)/[\w/.-]*\w|\.ci/run)", README)
    paths = {*files, *(path for found in links for path in found if path)}
    assert len(paths) > 20
    assert not [path for path in paths if not (REPOSITORY / path).exists()]
    pictures = [
        file for file in (REPOSITORY / "screenshots").iterdir() if file.suffix in (".svg", ".png", ".gif")
    ]
    assert {f"screenshots/{picture.name}" for picture in pictures} <= paths
