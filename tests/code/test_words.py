"""The code of the Dataset pane, and of every kind of list: it prints the pane's numbers."""

from __future__ import annotations

import gzip
import re
from ast import literal_eval
from io import BytesIO
from pathlib import Path

import pytest
from textual.pilot import Pilot

from bigram_tui.widgets.bars import Bars
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.reading import read
from bigram_tui.words.sources import load
from bigram_tui.words.streams import Source
from tests.code.cases import BABIES, LISTS, NAMES, of_case, opened_file
from tests.code.running import code_of, numbers, printed, static
from tests.conftest import Answer, Web
from tests.driving import app_of, on_screen, opened


async def test_dataset(tmp_path: Path) -> None:
    async with opened(opened_file(tmp_path / "names.txt", NAMES)) as pilot:
        for case in LISTS:
            folder = tmp_path / case
            folder.mkdir()
            app_of(pilot).workspace.open(of_case(case, folder))
            await pilot.pause()
            try:
                await check_dataset(pilot, folder)
            except BaseException as wrong:
                wrong.add_note(f"of the list: {case}")
                raise


async def check_dataset(pilot: Pilot[None], folder: Path) -> None:
    """The printed summary, bigrams, lengths, and selected word are the same as in the pane."""
    text = printed(await code_of(pilot), folder)
    summary = static(pilot, "#summary")
    shown = dict(re.findall(r"^ *(.*?)  +(.*)$", summary, re.MULTILINE))
    words, different = re.findall(r"words +(\S+)\n +different +(\S+)", summary)[0]
    lines = iter(text.splitlines())
    assert next(lines) == f"{words} words, {different} different, {shown['characters']} characters"
    assert next(lines) == f"length {shown['length'].replace('–', ' to ')}"
    lengths = app_of(pilot).screen.query_one("#lengths", Bars)._bars
    assert [next(lines) for _ in lengths] == [f"{bar.label} {bar.text}" for bar in lengths]
    assert numbers(next(lines)) == numbers(summary.partition("bigrams")[2])[:5]
    bigrams = app_of(pilot).screen.query_one("#bigrams", Bars)._bars[:10]
    vocabulary = app_of(pilot).workspace.dataset.latest.counts.vocabulary
    signs = dict(zip(vocabulary.characters, vocabulary.signs[1:], strict=True))
    for bar in bigrams:
        pair, _, n = next(lines).rpartition(" ")
        assert ("".join(signs.get(ch, ch) for ch in literal_eval(pair)), n) == (bar.label, bar.text)
    unrolled = static(pilot, "#unrolled").splitlines()
    *probabilities, nll = lines
    assert [line.rpartition(") ")[2] for line in probabilities] == [
        p for line in unrolled[1:-1:2] for p in numbers(line)
    ]
    assert nll == unrolled[-1].partition(" (")[0]


async def test_dataset_with_all_its_settings(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "b", "slash", *"ann", "escape", "down", smoothing=3) as pilot:
        notebook = await code_of(pilot)
        text = printed(notebook, tmp_path)
        (found,) = re.findall(r"Words \(([\d,]+) of", on_screen(pilot))
        assert f"\n{found} found\n" in text
        assert "('n', '<E>') 6,808\n('a', '<E>') 6,682\n" in text
        assert text.splitlines()[-1] in static(pilot, "#unrolled")


@pytest.mark.parametrize("path", ["/names.txt", "/names.csv.gz"])
async def test_words_from_the_web(tmp_path: Path, http_server: Web, path: str) -> None:
    http_server.answers["/names.csv.gz"] = Answer(gzip.compress(BABIES.encode()))
    corpus = load(http_server.url(path), tmp_path / "cache")
    async with opened(corpus) as pilot:
        await check_dataset(pilot, tmp_path)
    assert http_server.requests[path] == 2


async def test_the_lectures_list_is_downloaded(
    tmp_path: Path, http_server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bigram_tui.words.built_in.MAKEMORE_URL", http_server.url("/names.txt"))
    async with opened(load("makemore", tmp_path / "cache")) as pilot:
        await check_dataset(pilot, tmp_path)


async def test_a_password_is_not_in_the_code(tmp_path: Path, http_server: Web) -> None:
    address = http_server.url("/names.txt?of=2018").replace("//", "//anna:geheim@")
    http_server.answers["/names.txt?of=2018"] = http_server.answers["/names.txt"]
    async with opened(load(address, tmp_path / "cache")) as pilot:
        notebook = await code_of(pilot)
        await check_dataset(pilot, tmp_path)
    for text in (notebook.as_script(), notebook.as_notebook()):
        assert "geheim" not in text
        assert "anna" not in text
        assert "auth=(name, password)" in text


def piped(text: str, **options) -> Corpus:
    """The words of standard input, which can be read only once."""
    return read(Source("standard input", lambda: BytesIO(text.encode()), None), ReadingOptions(**options))


async def test_a_few_words_from_a_pipe_are_written_out(tmp_path: Path) -> None:
    text = 'O\'Neil\n"new\tyork"\n {x} $V\\N\n' + "a rather long name " * 9 + "\nzoe\u0308\n"
    async with opened(piped(text, lowercase=True)) as pilot:
        assert "open" not in (await code_of(pilot)).as_script()
        await check_dataset(pilot, tmp_path)


@pytest.mark.parametrize("options", [{}, {"column": "1", "weight_column": "2"}])
async def test_many_words_from_a_pipe_must_be_saved_first(tmp_path: Path, options: dict) -> None:
    text = "".join(f"{a}{b},2\n" for a in "abcdefghij" for b in ["ert", "anna", "illi"] * 12)
    async with opened(piped(text, **options)) as pilot:
        assert "save them in this file first" in (await code_of(pilot)).as_script()
        (tmp_path / "snippet").mkdir()
        (tmp_path / "snippet" / "words.txt").write_text(text)
        await check_dataset(pilot, tmp_path)


HOSTILE = [
    """');open('owned','w');('"{x}""",
    "$V ${V} \\N{DEL} %s [b]bold[/b]\n",
    "caf\udce9\x1b[31m\u202e'''",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
async def test_nothing_from_outside_becomes_code_or_reaches_the_terminal(tmp_path: Path, name: str) -> None:
    word = name.replace("\n", "").replace("\udce9", "é")
    (tmp_path / "[b]").mkdir()
    corpus = opened_file(tmp_path / "[b]" / name.replace("/", "⁄"), f"{word}\n#'\n".encode())
    async with opened(corpus, "slash", *"#'", "escape") as pilot:
        await pilot.press("p")
        await pilot.pause()
        assert not any(sign in on_screen(pilot) for sign in "\x1b\u202e\udce9")
        await pilot.press("escape", "slash", *["backspace"] * 2, "escape")
        await check_dataset(pilot, tmp_path)
        await pilot.press("2")
        notebook = await code_of(pilot)
        printed(notebook, tmp_path)
        assert [file.name for file in (tmp_path / "snippet").iterdir()] == ["code.py"]
        assert not any(word in cell.words for cell in notebook.cells)
        assert all(line.isprintable() for line in notebook.as_script().splitlines())
