"""Saved tables: saving, opening in every report and pane, refusing damaged files."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bigram_tui.dialogs.why import WhyDialog
from bigram_tui.lm.errors import DatasetError
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.reading import find
from bigram_tui.words.saved import table_as_bytes
from bigram_tui.words.sources import load
from bigram_tui.words.split_counts import count_all
from tests.code.running import static
from tests.conftest import Run
from tests.driving import on_screen, opened, until
from tests.lists import parse_words

NOWHERE = Path("nothing is cached")
WORDS = "Émile\nanna\n\n  otto\nanna\nŁódź\n".encode()


def saved(data: bytes = WORDS, context: int = 1, **options: Any) -> bytes:
    corpus = parse_words(data, "list.txt", ReadingOptions(**options))
    return table_as_bytes(corpus, count_all(corpus, context))


def refused(content: bytes, **options: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        parse_words(content, "table.json", ReadingOptions(**options))
    return str(caught.value)


@pytest.mark.parametrize("options", [{}, {"lowercase": True}, {"min_char_count": 2}, {"unique": True}])
def test_a_saved_table_restores_all_counts(options: dict[str, Any]) -> None:
    corpus = parse_words(WORDS, "list.txt", ReadingOptions(**options))
    for content in (saved(**options), gzip.compress(saved(context=3, **options))):
        table = parse_words(content, "table.json")
        kept = replace(corpus, name="table.json", words=(), distinct_words=None, saved=table.saved)
        assert table == kept
        assert table.options == corpus.options
        assert (table.distinct_names, table.distinct_names_exact) == (corpus.distinct_names, True)
        assert table.described
        assert not table.lists_all
    assert count_all(table, 2) == count_all(corpus, 2)
    assert find(table, ["anna"]) == [None]
    with pytest.raises(DatasetError, match="its words are not there"):
        count_all(table, 4)


def test_an_opened_table_can_be_saved_again() -> None:
    table = parse_words(saved(context=2), "table.json")
    assert table_as_bytes(table, count_all(table, 2)) == saved(context=2)


def test_a_list_in_json_is_still_a_list(tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text('{"format": ["anna", "otto"]}')
    assert load(str(tmp_path / "names.json"), NOWHERE).words == ("anna", "otto")


def test_damaged_older_newer_and_foreign_files_are_refused_with_the_reason() -> None:
    content = saved()
    fields = json.loads(content)
    for place in range(60, len(content) - 1, 7):  # a changed byte, or a truncated file
        other = bytes([content[place] ^ 1])
        assert "is a saved table, but damaged" in refused(content[:place] + other + content[place + 1 :])
        assert "is a saved table, but damaged" in refused(content[:place])
    assert "version 2, which is newer" in refused(json.dumps(fields | {"version": 2}).encode())
    assert "version 0, which is no longer read" in refused(json.dumps(fields | {"version": 0}).encode())
    assert "can no longer be changed by options" in refused(content, limit=3)
    assert "can no longer be changed by options" in refused(content, column="1")


@pytest.mark.parametrize(
    "changes",
    [
        {"vocabulary": ["a", "\n"]},
        {"vocabulary": ["\ud800"]},
        {"vocabulary": None},
        {"ngrams": [5, 4]},
        {"ngrams": [2**70]},
        {"counts": [-1]},
        {"counts": [1.5]},
        {"context": 40},
        {"context": 0},
        {"lengths": [[4, 1]]},
        {"lengths": {"4": 1}},
        {"options": {"limit": -1}},
        {"options": {"no such option": 1}},
        {"cleaned": {"NO_SUCH_CAUSE": 1}},
        {"rare": "many"},
    ],
)
def test_a_forged_table_is_refused(changes: dict[str, Any]) -> None:
    """With a correct checksum."""
    from bigram_tui.words.saved import _checksum

    fields = json.loads(saved()) | changes
    del fields["checksum"]
    content = json.dumps(fields | {"checksum": _checksum(fields)}).encode()
    assert "damaged" in refused(content)


def test_the_command_saves_a_table_and_every_report_opens_it(run_cli: Run, tmp_path: Path) -> None:
    counted = run_cli("counts", "us-names", "--context", "2", "--json", "--save", "table.json")
    assert (counted.returncode, counted.stderr) == (0, "")
    again = run_cli("counts", "us-names", "--context", "2", "--save", "table.json")
    assert (again.returncode, again.stdout) == (1, "")
    assert "table.json exists; use --force" in again.stderr
    opened = run_cli("counts", "table.json", "--context", "2", "--json")
    assert opened.stdout == counted.stdout
    assert opened.stderr == ("bigram-tui: table.json: it is a table of us-names, saved without the words\n")
    assert run_cli("stats", "table.json", "--json").stdout == run_cli("stats", "--json").stdout
    names = run_cli("sample", "us-names").stdout
    assert run_cli("sample", "table.json").stdout == names
    evaluated = run_cli("evaluate", "table.json")
    assert (evaluated.returncode, evaluated.stdout) == (1, "")
    assert "its words are not there" in evaluated.stderr
    assert run_cli("counts", "--split", "80/10/10", "--save", "other.json").returncode == 2
    assert [file.name for file in tmp_path.iterdir()] == ["table.json"]


async def test_every_pane_shows_a_saved_table_and_says_what_needs_the_words(us_names: Corpus) -> None:
    table = parse_words(table_as_bytes(us_names, us_names.counts), "table.json")
    async with opened(table) as pilot:
        shown = on_screen(pilot)
        assert "32,257" in shown
        assert "n. 6,808" in shown
        assert "of us-names" in shown
        assert "they were not saved with the table" in shown
        await pilot.press("w")
        assert "the table was saved without them" in on_screen(pilot)
        await pilot.press("escape", "p")
        await until(pilot, lambda: "The table was saved without the words: save" in on_screen(pilot))
        await pilot.press("escape", "2")
        await until(pilot, lambda: "Counts N" in on_screen(pilot))
        assert "the table was saved without the words" in on_screen(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "2.454" in on_screen(pilot))
        await pilot.press("4", "n")
        await until(pilot, lambda: "mor" in on_screen(pilot))
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: "its words are not there" in on_screen(pilot))
        await pilot.press("5")
        await until(pilot, lambda: "its words are not there to be" in static(pilot, "#instead"))
        for key in "eJtTrKv":  # not possible, but nothing breaks
            await pilot.press(key)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyDialog))
        assert "its words are not there" in str(pilot.app.screen.explanation)
        await pilot.press("escape", "left_parenthesis")
        await until(pilot, lambda: "context 0" in on_screen(pilot))
