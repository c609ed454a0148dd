"""`bigram-tui evaluate`: the ladder of contexts, through the installed command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run


def printed(run_cli: Run, *arguments: str | Path) -> Any:
    done = run_cli("evaluate", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["us-names", "names.txt"])
def test_the_ladder_is_that_of_the_reference(
    name: str, run_cli: Run, reference: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    dataset = name if name == "us-names" else request.getfixturevalue("names_txt")
    figures = reference["us_names_2018.txt" if name == "us-names" else name]["contexts"]
    found = printed(run_cli, dataset, "--smoother", "modified-kneser-ney", "--test")
    for key in ("words", "tokens", "also_in_train"):
        assert found["split"][key] == figures["split"][key]
    assert [row["context"] for row in found["rows"]] == [0, 1, 2, 3, 4, 5]
    for row in found["rows"]:
        expected = figures["contexts"][str(row["context"])]
        assert [row["contexts_seen"], row["ngrams"]] == [
            expected["contexts_seen"],
            expected["different_ngrams"],
        ]
        losses = expected["modified-kneser-ney"]["nll"]
        assert [row["train"], row["dev"], row["test"]] == pytest.approx(losses, abs=1e-7)
        assert row["smoothing"] is None
        for discounts, theirs in zip(
            row["discounts"], expected["modified-kneser-ney"]["discounts"], strict=False
        ):
            assert discounts == pytest.approx(theirs, abs=1e-8)
    without = figures["modified_kneser_ney_5_without_words_of_train"][0]
    assert found["rows"][5]["dev_without_train"] == pytest.approx(without, abs=1e-7)
    assert found["unseen_characters"] == [0, 0]


def test_the_output_marks_the_lowest_loss_on_dev_and_hides_test(run_cli: Run) -> None:
    lines = run_cli("evaluate", "--tune").stdout.splitlines()
    assert lines[0].startswith("words: 25,805 of train, 3,226 of dev, 3,226 of test")
    assert lines[1] == "also in train: 408 words of dev, 406 of test"
    assert lines[2].split() == ["context", "contexts", "n-grams", "train", "dev", "k"]
    (best,) = (line for line in lines if line.endswith("lowest on dev"))
    assert best.split()[0] == "3"
    assert lines[-1].startswith("context 3: 2.1133 nats per token on dev, 2.1418 on its words")
    assert lines[2].replace(" ", "") not in run_cli("evaluate", "--test").stdout.replace(" ", "")


def test_tuning_finds_a_lower_loss_than_any_k_of_the_reference(
    run_cli: Run, reference: dict[str, Any]
) -> None:
    contexts = reference["us_names_2018.txt"]["contexts"]["contexts"]
    for row in printed(run_cli, "--tune", "--context", "8")["rows"]:
        losses = contexts[str(row["context"])]["add-k"]
        assert row["dev"] <= min(dev for _, dev, _ in losses.values()) + 1e-7


def test_without_smoothing_an_unseen_ngram_makes_the_loss_infinite(run_cli: Run) -> None:
    assert [row["dev"] for row in printed(run_cli, "--smoothing", "0", "--context", "2")["rows"]][1:] == [
        None,
        None,
    ]
    text = run_cli("evaluate", "--smoothing", "0", "--context", "2").stdout
    assert "inf" in text
    assert "has probability 0 without smoothing" in text


def test_all_words_can_be_learned_from(run_cli: Run) -> None:
    """The loss of exercise 1: 2.19 on all words without smoothing."""
    found = printed(run_cli, "--split", "100/0/0", "--smoothing", "0", "--context", "2")
    assert [row["dev"] for row in found["rows"]] == [None, None, None]
    assert found["split"]["words"] == [32_257, 0, 0]
    assert found["rows"][1]["train"] == pytest.approx(2.454395, abs=1e-6)
    assert found["rows"][2]["train"] == pytest.approx(2.19, abs=0.005)


def test_a_pipe_is_split_too(run_cli: Run) -> None:
    words = "".join(f"{a}{b}\n" for a in "abcdefgh" for b in "abcdefgh")
    done = run_cli("evaluate", "-", "--json", "--context", "1", input=words)
    assert json.loads(done.stdout)["split"]["words"] == [51, 6, 7]


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["--context", "9"], 2, "from 0 to 8"),
        (["--split", "80/20"], 2, "argument --split"),
        (["--split", "0/50/50"], 2, "the first above 0"),
        (["--smoother", "kneser-ney", "--smoothing", "1"], 2, "has no k"),
        (["--smoother", "witten-bell", "--tune"], 2, "has no k"),
        (["--tune", "--split", "100/0/0"], 1, "k is tuned on dev"),
        (["--split", "99/0.00001/1"], 1, "dev is empty"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(
    arguments: list[str], status: int, reason: str, run_cli: Run
) -> None:
    done = run_cli("evaluate", *arguments)
    assert done.returncode == status
    assert reason in done.stderr
    assert not done.stdout


def test_a_context_too_long_for_the_vocabulary_names_the_longest(run_cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("".join(f"{chr(code)}\n" for code in range(0x4E00, 0x4E00 + 4_900)), encoding="utf-8")
    done = run_cli("evaluate", path)
    assert done.returncode == 1
    assert "the longest context is 4" in done.stderr
