"""`--context`, `--smoother` and `--split` of the reports, through the installed command."""

from __future__ import annotations

import csv
import io
import json
import math
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bigram_tui.files.loading import load_network
from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import NetworkModel, score
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import DEFAULT_SEED
from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel, Ladder
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.split import split
from tests.conftest import Run


def printed(run_cli: Run, *arguments: str | Path) -> Any:
    done = run_cli(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def interpolated(words: list[str] | tuple[str, ...], key: str, context: int, corpus: Corpus) -> Any:
    counts = NgramCounts.of(words, context, corpus.counts.vocabulary)
    return InterpolatedModel(Ladder(counts), INTERPOLATED[key], context)


def test_counts_prints_the_contexts_that_occur(run_cli: Run, us_names: Corpus) -> None:
    vocabulary = us_names.counts.vocabulary
    table = NgramCounts.of(us_names.words, 2)
    states = table.rows.states.tolist()
    found = printed(run_cli, "counts", "--context", "2")
    assert list(found) == ["vocabulary", "contexts", "counts"]
    assert found["contexts"][:3] == [[".", "."], [".", "a"], [".", "b"]]
    assert [vocabulary.show(tokens_of(state, 27, 2)) for state in states] == list(
        map("".join, found["contexts"])
    )
    assert found["counts"] == [table.cells(state) for state in states]
    rows = list(csv.reader(io.StringIO(run_cli("counts", "--context", "2", "--format", "csv").stdout)))
    assert rows[0] == ["", *vocabulary.signs]
    assert rows[1:] == [
        ["".join(context), *map(str, cells)]
        for context, cells in zip(found["contexts"], found["counts"], strict=True)
    ]
    lines = run_cli("counts", "--context", "2").stdout.splitlines()
    assert len(lines) == 1 + len(states)
    assert lines[1].split()[:4] == ["..", "0", "4,438", "1,311"]
    assert printed(run_cli, "counts", "--context", "0")["contexts"] == [[]]


@pytest.mark.parametrize("key", INTERPOLATED)
def test_probabilities_are_those_of_the_smoother(key: str, run_cli: Run, us_names: Corpus) -> None:
    model = interpolated(us_names.words, key, 2, us_names)
    found = printed(run_cli, "counts", "--context", "2", "--view", "probabilities", "--smoother", key)
    rows = found["probabilities"]
    states = NgramCounts.of(us_names.words, 2).rows.states.tolist()
    assert rows == [model.cells(state) for state in states]
    assert [sum(row) for row in rows] == pytest.approx([1] * len(rows))


def test_names_are_drawn_from_a_longer_context(run_cli: Run, us_names: Corpus) -> None:
    model = interpolated(us_names.words, "modified-kneser-ney", 5, us_names)
    names = list(islice(InverseTransformSampler(model, DEFAULT_SEED).names(), 20))
    options = ["-n", "20", "--context", "5", "--smoother", "modified-kneser-ney"]
    assert run_cli("sample", *options).stdout.splitlines() == names
    for result, name in zip(printed(run_cli, "sample", *options), names, strict=True):
        assert result["name"] == name
        assert result["nll"] == score(us_names.counts.vocabulary.encode(name), model).nll
        assert result["in_dataset"] == (name in us_names.words)


def test_context_1_is_the_default(run_cli: Run) -> None:
    for report in (["counts"], ["sample", "-n", "3"], ["score", "us-names", "emma"]):
        assert run_cli(*report, "--context", "1").stdout == run_cli(*report).stdout


def test_score_shows_the_context_of_each_token(run_cli: Run, us_names: Corpus) -> None:
    (emma,) = printed(run_cli, "score", "us-names", "emma", "--context", "3", "--smoothing", "0.1")
    ngrams = emma["bigrams"]
    assert [(*each["context"], each["bigram"][1]) for each in ngrams] == [
        tuple("...e"),
        tuple("..em"),
        tuple(".emm"),
        tuple("emma"),
        tuple("mma."),
    ]
    assert [each["bigram"] for each in ngrams] == [list(pair) for pair in (".e", "em", "mm", "ma", "a.")]
    padded = [f"...{word}." for word in us_names.words]
    for each in ngrams:
        context, token = "".join(each["context"]), each["bigram"][1]
        # str.count misses overlapping contexts such as mmm.
        assert each["count"] == sum(word.count(context + token) for word in padded)
        assert each["context_count"] == sum(word[:-1].count(context) for word in padded)
        P = (each["count"] + 0.1) / (each["context_count"] + 2.7)
        assert each["probability"] == pytest.approx(P, rel=1e-12)
    assert emma["nll_sum"] == pytest.approx(-math.fsum(math.log(each["probability"]) for each in ngrams))
    lines = run_cli("score", "us-names", "emma", "--context", "3", "--smoothing", "0.1").stdout.splitlines()
    assert lines[0] == "model: counts with smoothing 0.1, context 3"
    assert "nats per token" in lines[1]
    assert lines[4] == f"  .em → m  {ngrams[2]['probability']:.6f}  count {ngrams[2]['count']:,}"


def test_without_smoothing_the_unseen_is_impossible_and_explained(run_cli: Run) -> None:
    options = ["score", "us-names", "xqz", "--context", "3", "--smoothing", "0"]
    (xqz,) = printed(run_cli, *options)
    assert (xqz["nll"], xqz["nll_sum"], xqz["perplexity"]) == (None, None, None)
    assert [(each["probability"], each["context_count"]) for each in xqz["bigrams"][1:]] == [
        (0, 135),
        (None, 0),
        (None, 0),
    ]
    lines = run_cli(*options).stdout.splitlines()
    assert "likelihood 0, because q was never seen after the boundary x: set smoothing above 0" in lines[1]
    assert lines[3].startswith("  ..x → q  0  count 0")
    assert lines[4] == "  .xq → z  no row: without smoothing a context that was never seen has none"


def test_a_network_of_a_longer_context_is_trained_saved_and_used(
    run_cli: Run, us_names: Corpus, reference: dict[str, Any], tmp_path: Path
) -> None:
    figures = reference["us_names_2018.txt"]["network_with_context"]["context 2, randn"]
    run = ["--init", "randn", "--learning-rate", "50", "--regularization", "0", "--steps", "60"]
    found = printed(run_cli, "train", "--context", "2", *run, "--save", "net.safetensors")
    assert found["context"] == 2
    assert found["final_nll"] == pytest.approx(figures["final_data_nll"], abs=1e-5)
    assert found["count_nll"] == pytest.approx(NgramCounts.of(us_names.words, 2).nll(0), abs=1e-9)
    load, vocabulary = ["--load", "net.safetensors"], us_names.counts.vocabulary
    saved = load_network(tmp_path / "net.safetensors", vocabulary, 2)
    model = NetworkModel(saved.state.network, 60, vocabulary)
    names = list(islice(InverseTransformSampler(model, DEFAULT_SEED).names(), 5))
    assert run_cli("sample", *load, "-n", "5").stdout.splitlines() == names
    refused = run_cli("score", "us-names", "emma", *load, "--context", "3")
    assert refused.returncode == 1
    assert "trained with a context of 2, and one of 3 is needed here" in refused.stderr


def test_with_a_split_only_train_is_learned_from(run_cli: Run, us_names: Corpus) -> None:
    train, *_ = split(us_names.words)
    counts = NgramCounts.of(train, 1, us_names.counts.vocabulary)
    done = run_cli("counts", "--split", "80/10/10", "--json")
    assert json.loads(done.stdout)["counts"] == counts.N.tolist()
    assert "learned from train, 25,805 of its 32,257 words (shuffled, seed 42)" in done.stderr
    other, *_ = split(us_names.words, seed=7)
    model = interpolated(other, "witten-bell", 4, us_names)
    options = ["--split", "80/10/10", "--split-seed", "7", "--context", "4", "--smoother", "witten-bell"]
    names = list(islice(InverseTransformSampler(model, DEFAULT_SEED).names(), 5))
    assert run_cli("sample", "-n", "5", *options).stdout.splitlines() == names
    (emma,) = printed(run_cli, "score", "us-names", "emma", *options)
    assert emma["nll"] == pytest.approx(score(us_names.counts.vocabulary.encode("emma"), model).nll)
    assert emma["in_dataset"]
    found = printed(run_cli, "train", "--split", "80/10/10", "--steps", "0")
    assert found["count_nll"] == pytest.approx(counts.nll(0), abs=1e-12)


def test_a_character_that_train_does_not_have_is_still_a_token(run_cli: Run) -> None:
    words = [chr(97 + i % 3) for i in range(30)]
    _, dev, _ = split(list(range(30)))
    words[dev[0]] = "z"
    options = ["-", "--split", "80/10/10", "--context", "2"]
    text = "\n".join(words)
    counted = run_cli("counts", *options, "--json", input=text)
    assert json.loads(counted.stdout)["vocabulary"] == [".", "a", "b", "c", "z"]
    scored = run_cli("score", "-", "z", *options[1:], "--smoother", "kneser-ney", "--json", input=text)
    (z,) = json.loads(scored.stdout)
    assert 0 < z["bigrams"][0]["probability"] < 1
    assert z["in_dataset"]


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["counts", "--context", "9"], 2, "the context must be a whole number from 0 to 8"),
        (["sample", "--context", "-1"], 2, "from 0 to 8"),
        (["train", "--context", "x"], 2, "'x' is not a whole number"),
        (["train", "--context", "4"], 1, "at most 1,002,001 are trained: use a shorter context"),
        (["counts", "--smoother", "kneser-ney", "--smoothing", "1"], 2, "kneser-ney has no k"),
        (["score", "us-names", "a", "--smoother", "witten-bell", "--smoothing", "1"], 2, "has no k"),
        (["sample", "--smoother", "laplace"], 2, "invalid choice: 'laplace'"),
        (["sample", "--smoother", "kneser-ney", "--model", "uniform"], 2, "goes with --model counts"),
        (["train", "--split", "80/20"], 2, "'80/20' is not three shares"),
        (["counts", "--split", "a/b/c"], 2, "'a/b/c' is not three shares"),
        (["sample", "--split", "0/1/1"], 2, "the first above 0"),
        (["sample", "--split-seed", "7"], 2, "--split-seed needs --split"),
        (["score", "us-names", "a", "--split", "8/1/1", "--split-seed", "-1"], 2, "the seed must be"),
        (["sample", "two.txt", "--split", "80/10/10"], 1, "dev is empty: 80/10/10 leaves no word for it"),
        (["counts", "many.txt", "--context", "5"], 1, "with 5,000 tokens the longest context is 4"),
        (["sample", "many.txt", "--context", "8", "--split", "80/10/10"], 1, "the longest context is 4"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(
    arguments: list[str], status: int, reason: str, run_cli: Run, tmp_path: Path
) -> None:
    (tmp_path / "two.txt").write_text("emma\nava\n")
    if "many.txt" in arguments:
        characters = map(chr, range(0x4E00, 0x4E00 + 4_999))
        (tmp_path / "many.txt").write_text("\n".join(characters), encoding="utf-8")
    done = run_cli(*arguments)
    assert done.returncode == status
    assert reason in done.stderr.splitlines()[-1]
    assert not done.stdout
