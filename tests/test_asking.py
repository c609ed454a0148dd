"""Scoring and drawing with options: lists to score, and conditions for the drawn names."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.errors import NothingWantedError, UnknownCharacterError
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.lm.wanted import MAX_PASSED_OVER, Sieve, Wanted
from tests.conftest import Run


@pytest.mark.parametrize(
    ("characters", "typed", "meant"),
    [("adin", "ADNAN", "adnan"), ("AEMN", "emma", "EMMA"), ("eoz", "Zoë", "zoe"), ("Éeil", "émile", "")],
)
def test_a_name_written_in_another_way_is_recognized(characters: str, typed: str, meant: str) -> None:
    with pytest.raises(UnknownCharacterError) as caught:
        Vocabulary.of(characters).encode(typed)
    assert str(caught.value).endswith(f"; did you mean {meant}?" if meant else "of this dataset")


def test_lowercase_applies_to_scored_names_too(run_cli: Run) -> None:
    lowered = run_cli("score", "us-names", "OLIVIA", "--lowercase")
    assert lowered.stdout == run_cli("score", "us-names", "olivia").stdout
    refused = run_cli("score", "us-names", "OLIVIA")
    assert refused.returncode == 1
    assert "did you mean olivia?" in refused.stderr


def scored(run_cli: Run, *arguments: str, **given: Any) -> Any:
    return json.loads(run_cli("score", "us-names", "--json", *arguments, **given).stdout)


@pytest.mark.parametrize("place", ["a file", "standard input", "a table"])
def test_a_list_is_scored_and_its_total_is_that_of_its_names(
    place: str, run_cli: Run, tmp_path: Path
) -> None:
    names = ["ava", "liam", "zzyzx", "mia"]
    text = "".join(f"{name}\n" for name in names)
    (tmp_path / "list.txt").write_text(text)
    (tmp_path / "list.csv").write_text("first name,n\n" + "".join(f"{name},7\n" for name in names))
    source = {"a file": "list.txt", "standard input": "-", "a table": "list.csv"}[place]
    listed = scored(run_cli, "--from", source, input=text)
    assert listed["names"] == scored(run_cli, *names)
    total = listed["total"]
    assert (total["names"], total["left_out"]) == (4, 0)
    assert total["tokens"] == sum(len(name) + 1 for name in names)
    assert total["nll"] == pytest.approx(sum(one["nll_sum"] for one in listed["names"]) / total["tokens"])
    assert total["perplexity"] == pytest.approx(math.exp(total["nll"]))
    shown = run_cli("score", "us-names", "--from", source, input=text).stdout.splitlines()
    assert len(shown) == 1 + len(names) + 1
    assert shown[-1].startswith(f"total of 4 names: {total['tokens']} tokens, nll {total['nll']:.6f} nats")
    assert shown[-1].endswith(f", perplexity {total['perplexity']:.2f}")


def test_a_list_to_score_reports_how_it_was_read(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("rank,given name\n1,ava\n2,mia\n")
    done = run_cli("score", "us-names", "--from", "list.csv")
    assert done.returncode == 0
    assert "bigram-tui: list.csv: " in done.stderr
    assert "given name" in done.stderr
    (tmp_path / "nothing.txt").write_text("\n\n")
    done = run_cli("score", "us-names", "--from", "nothing.txt")
    assert (done.returncode, "nothing.txt holds no words" in done.stderr) == (1, True)


def test_names_that_cannot_be_scored_are_not_in_the_total(run_cli: Run) -> None:
    done = run_cli("score", "us-names", "--from", "-", input="ava\nBo\n")
    assert done.returncode == 1
    assert "Bo: “B” is not a character of this dataset; did you mean bo?" in done.stderr
    assert "total of 1 name: 4 tokens" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["us-names"], ["-", "--from", "-"]], ids=["nothing to score", "standard input twice"]
)
def test_score_needs_names(arguments: list[str], run_cli: Run) -> None:
    done = run_cli("score", *arguments)
    assert done.returncode == 2
    assert "--from" in done.stderr.splitlines()[-1]


def drawn(run_cli: Run, *arguments: str, **given: Any) -> list[str]:
    done = run_cli("sample", *arguments, **given)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_names_asked_for_are_those_of_the_stream_that_qualify(run_cli: Run) -> None:
    stream = drawn(run_cli, "-n", "20000")
    data = {
        one["name"]
        for one in json.loads(run_cli("sample", "-n", "20000", "--json").stdout)
        if one["in_dataset"]
    }
    asked = ["--starts-with", "ma", "--min-length", "4", "--max-length", "6", "--new", "--distinct"]
    expected = [name for name in stream if name.startswith("ma") and 4 <= len(name) <= 6 and name not in data]
    expected = list(dict.fromkeys(expected))
    assert len(expected) > 20
    assert drawn(run_cli, "-n", "20", *asked) == expected[:20]
    assert drawn(run_cli, "-n", "7", *asked) == expected[:7]
    assert [
        one["name"] for one in json.loads(run_cli("sample", "-n", "7", *asked, "--json").stdout)
    ] == expected[:7]


@pytest.mark.parametrize(
    "how",
    [["--model", "uniform"], ["--model", "network", "--steps", "3", "--method", "multinomial"]],
    ids=["uniform", "network and multinomial"],
)
def test_every_model_and_method_skips_unwanted_names(how: list[str], run_cli: Run) -> None:
    stream = drawn(run_cli, "-n", "300", *how)
    expected = [name for name in stream if name.startswith("k") and len(name) > 2]
    assert len(expected) > 2
    asked = ["--starts-with", "k", "--min-length", "3", "-n", str(len(expected))]
    assert drawn(run_cli, *asked, *how) == expected


def test_new_names_of_a_dataset_too_large_to_keep_are_looked_up_in_it(run_cli: Run, tmp_path: Path) -> None:
    """More than a million distinct words are not kept: the file is read again."""
    names = (f"{name}{number}" for name in "abcdefghij" for number in range(100_001))
    (tmp_path / "many.txt").write_text("\n".join([*names, "a1", "b"]))
    arguments = ["many.txt", "-n", "30", "--max-length", "8"]
    known = json.loads(run_cli("sample", *arguments, "--json").stdout)
    expected = [one["name"] for one in known if not one["in_dataset"]]
    assert 3 < len(expected) < 30
    assert drawn(run_cli, *arguments[:2], str(len(expected)), *arguments[3:], "--new") == expected
    done = run_cli("sample", "-", "--new", input=(tmp_path / "many.txt").read_text())
    assert (done.returncode, done.stdout) == (1, "")
    assert "save it as a file to draw names that are new" in done.stderr


def test_names_that_qualify_come_before_the_error_that_no_more_do(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("a\n")
    asked = ["two.txt", "--smoothing", "0", "--distinct"]
    done = run_cli("sample", *asked)
    assert (done.returncode, done.stdout) == (1, "a\n")
    assert "none of 1,000,000 names drawn in a row met the conditions" in done.stderr
    done = run_cli("sample", *asked, "--json")
    assert (done.returncode, [one["name"] for one in json.loads(done.stdout)]) == (1, ["a"])


def test_an_impossible_beginning_is_refused_at_once(run_cli: Run) -> None:
    done = run_cli("sample", "--starts-with", "Ann")
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean ann?" in done.stderr
    for asked in ["--min-length", "5", "--max-length", "4"], ["--starts-with", "anna", "--max-length", "3"]:
        done = run_cli("sample", *asked)
        assert done.returncode == 2
        assert "the maximum length is below" in done.stderr


@given(
    st.lists(st.text("ab", max_size=4)),
    st.text("ab", max_size=2),
    st.integers(0, 3),
    st.integers(3, 4),
    st.booleans(),
    st.integers(1, 4),
)
def test_wanted_names_do_not_depend_on_the_block_size(
    names: list[str], beginning: str, shortest: int, longest: int, flag: bool, block: int
) -> None:
    sieve = Sieve(Wanted(beginning, shortest, longest, new=flag, distinct=flag), is_ab)
    expected = [
        name
        for name in names
        if name.startswith(beginning) and shortest <= len(name) <= longest and not (flag and name == "ab")
    ]
    assert list(sieve.of(iter(names), block)) == (list(dict.fromkeys(expected)) if flag else expected)


def is_ab(names: list[str]) -> list[bool]:
    return [name == "ab" for name in names]


@pytest.mark.parametrize("block", [7, 300_001])
def test_a_million_in_a_row_are_skipped_and_not_one_more(block: int) -> None:
    def sieve() -> Sieve:
        return Sieve(Wanted("a"), is_ab)

    passed_over = itertools.repeat("b", MAX_PASSED_OVER - 1)
    names = sieve().of(itertools.chain(["a"], passed_over, ["a"], itertools.repeat("b")), block)
    assert [next(names), next(names)] == ["a", "a"]
    with pytest.raises(NothingWantedError):
        next(names)
    one_more = itertools.chain(itertools.repeat("b", MAX_PASSED_OVER), itertools.repeat("a"))
    with pytest.raises(NothingWantedError):
        next(sieve().of(one_more, block))
