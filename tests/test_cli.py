"""The reports of the command line, through the installed command."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import math
import os
import re
import signal
import subprocess
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pexpect
import pytest

from bigram_tui.files.locations import cache_folder
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel, score, tempered
from bigram_tui.words import built_in, sources
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.downloads import cached_file
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.conftest import Run, Web

REPORTS = ["stats", "counts", "train", "sample", "score"]
ESCAPE_CODES = re.compile(r"\x1b\[[0-9;]*m")
DIVERGING = ["--learning-rate", "1000", "--regularization", "10"]


def strict_json(text: str) -> Any:
    """Parsed JSON text; refuses NaN and Infinity, which are not standard."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def printed(done: subprocess.CompletedProcess[str]) -> str:
    """The output of a report that succeeded."""
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one-line error of a report that failed."""
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("bigram-tui: ")
    assert done.stderr.endswith("\n")
    line = done.stderr[:-1]
    assert line.isprintable()
    return line


# stats


def assert_published_stats(summary: dict[str, Any], figures: dict[str, Any]) -> None:
    expected = {
        "names": figures["names"],
        "distinct_names": figures["distinct_names"],
        "distinct_names_exact": True,
        "characters": figures["characters"],
        "bigrams": figures["bigrams"],
        "distinct_bigrams": figures["distinct_bigrams"],
        "vocabulary": [".", *"abcdefghijklmnopqrstuvwxyz"],
        "min_length": figures["min_len"],
        "max_length": figures["max_len"],
        "mean_length": pytest.approx(figures["mean_len"], rel=1e-12),
        "top_bigrams": [[[*bigram], n] for bigram, n in figures["top10"]],
        "nll": pytest.approx(figures["nll"]["0"]["mean"], rel=1e-9),
    }
    assert list(summary) == list(expected)
    assert summary == expected


def test_stats_are_the_published_ones(run_cli: Run, reference: dict[str, Any]) -> None:
    figures = reference["us_names_2018.txt"]
    assert_published_stats(strict_json(printed(run_cli("stats", "--json"))), figures)
    text = printed(run_cli("stats", "us-names"))
    for number in ("32,257", "29,693", "197,547", "2 to 15", "6.12", "229,804", "627", "729", "2.454395"):
        assert number in text
    assert "n. 6,808, a. 6,682, an 5,471" in text


def test_stats_of_names_txt_are_the_published_ones(
    run_cli: Run, names_txt: Path, reference: dict[str, Any]
) -> None:
    assert_published_stats(
        strict_json(printed(run_cli("stats", names_txt, "--json"))), reference["names.txt"]
    )


# counts


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_counts_as_csv_and_json_are_the_table(run_cli: Run, us_counts: NgramCounts) -> None:
    signs = list(us_counts.vocabulary.signs)
    (corner, *header), *rows = rows_of(printed(run_cli("counts", "--format", "csv")))
    assert (corner, header) == ("", signs)
    assert [row[0] for row in rows] == signs
    assert [[int(n) for n in row[1:]] for row in rows] == us_counts.N.tolist()
    table = strict_json(printed(run_cli("counts", "--json")))
    assert table == {"vocabulary": signs, "counts": us_counts.N.tolist()}


def test_probabilities_are_those_of_the_smoothing_asked_for(run_cli: Run, us_counts: NgramCounts) -> None:
    for smoothing in (0.0, 1.0, 10.0):
        options = ["--view", "probabilities", "--smoothing", str(smoothing)]
        expected = us_counts.probabilities(smoothing)
        table = strict_json(printed(run_cli("counts", *options, "--json")))
        assert list(table) == ["vocabulary", "probabilities"]
        for row, expected_row in zip(table["probabilities"], expected, strict=True):
            assert row == pytest.approx(expected_row, rel=1e-12)
        _, *rows = rows_of(printed(run_cli("counts", *options, "--format", "csv")))
        assert [[float(p) for p in row[1:]] for row in rows] == table["probabilities"]
    default = strict_json(printed(run_cli("counts", "--view", "probabilities", "--json")))
    assert default["probabilities"][0][1] == pytest.approx(4439 / (32_257 + 27), rel=1e-12)


def test_counts_in_a_pipe_are_a_plain_table(run_cli: Run, us_counts: NgramCounts) -> None:
    text = printed(run_cli("counts"))
    assert "\x1b" not in text
    header, *rows = text.splitlines()
    assert header.split() == list(us_counts.vocabulary.signs)
    for row, sign, expected in zip(rows, us_counts.vocabulary.signs, us_counts.N.tolist(), strict=True):
        shown_sign, *numbers = row.split()
        assert shown_sign == sign
        assert [int(n.replace(",", "")) for n in numbers] == expected
    assert len({len(line) for line in (header, *rows)}) == 1


def test_counts_can_be_listened_to_row_by_row(run_cli: Run, us_counts: NgramCounts, tmp_path: Path) -> None:
    n, z = us_counts.N, 26
    said = printed(run_cli("counts", "--plain", "--row", "z")).splitlines()
    assert said[0] == f"z is followed {n[z].sum():,} times."
    assert f"a follows z {n[z, 1]:,} times, {n[z, 1] / n[z].sum():.1%}." == said[1]
    assert f"the boundary follows z {n[z, 0]:,} times, {n[z, 0] / n[z].sum():.1%}." in said
    assert said[-1] == "Never: f, q."
    assert not set("".join(said)) - {*map(chr, range(32, 127))}
    whole = printed(run_cli("counts", "--plain"))
    assert sum(" follows " in line for line in whole.splitlines()) == len(us_counts.keys)
    words = tmp_path / "words"
    words.write_text("a b.\na b.\n")
    said = printed(run_cli("counts", words, "--plain", "--context", "2", "--view", "probabilities"))
    assert said.startswith("5 of 25 contexts occur.\nThe row of the boundary sums to 1.0000.\n")
    assert "b follows a space with probability 0.4286." in said
    assert "the boundary follows b full stop with probability 0.4286." in said
    words.write_text("o'neil\na-b\nब\u093e\n")
    said = printed(run_cli("counts", words, "--plain"))
    assert "apostrophe follows o 1 time, 100.0%." in said
    assert "devanagari vowel sign aa follows ब 1 time, 100.0%." in said
    said = printed(run_cli("counts", "--plain", "--view", "probabilities", "--row", "."))
    assert said.endswith("\nthe boundary follows the boundary with probability less than 0.0001.\n")


def test_a_single_row_can_be_printed_in_every_format(run_cli: Run, us_counts: NgramCounts) -> None:
    row = us_counts.N[26].tolist()
    assert strict_json(printed(run_cli("counts", "--row", "z", "--json")))["counts"] == [row]
    assert rows_of(printed(run_cli("counts", "--row", "z", "--format", "csv")))[1] == ["z", *map(str, row)]
    assert "no row “␛”, only those of the contexts" in complaint(run_cli("counts", "--row", "\x1b"))
    assert "such as “zzy”" in complaint(run_cli("counts", "--row", "emma", "--context", "3"))


def test_a_row_is_found_by_a_label_with_a_separate_accent(run_cli: Run) -> None:
    zoë = run_cli("counts", "-", "--row", "e\u0308", input="zoë".encode())
    assert printed(zoë).splitlines()[1] == "ë 1 0 0 0"


def test_without_keepdim_rows_do_not_sum_to_one(run_cli: Run, us_counts: NgramCounts) -> None:
    N = us_counts.N.astype(float) + 1
    q = (N[17] / N.sum(1)).sum()
    said = printed(run_cli("counts", "--plain", "--view", "without-keepdim", "--row", "q"))
    assert said.startswith(f"The row of q sums to {q:.4f}.\nu follows q with ")
    assert "not square" in complaint(run_cli("counts", "--view", "without-keepdim", "--context", "2"))


def test_reports_that_are_tables_can_be_sentences(run_cli: Run, reference: dict[str, Any]) -> None:
    figures = reference["us_names_2018.txt"]
    said = printed(run_cli("stats", "--plain"))
    assert "\nvocabulary: 27: the boundary, a, b, c, " in said
    assert "\nlength: 2 to 15, mean 6.12\n" in said
    assert "\nmost frequent: the boundary follows n 6,808 times, the boundary follows a 6,682 times, " in said
    said = printed(run_cli("train", "--plain"))
    first = figures["training"]["article"]["losses"]["0"]
    assert said.startswith(f"step 0: loss {first:.4f}\nstep 10: loss ")
    assert "\ncounting: 2.454395 nats per bigram" in said
    said = printed(run_cli("score", "us-names", "emma", "--plain"))
    assert "\nm follows e with probability 0.037707, counted 776 times\n" in said
    said = printed(run_cli("evaluate", "--plain", "--test", "--smoothing", "0", "--context", "1"))
    assert re.search(r"context 0 with k 0: 2\.\d{4} nats per token on train, 2\.\d{4} on dev, ", said)
    assert "infinitely many on dev, infinitely many above train, " in said
    assert "; 1 context and 27 n-grams" in said
    assert "infinitely many: an n-gram that train does not have" in said
    for table in ("  ", "→"):
        assert table not in said


def test_probabilities_as_a_table_have_the_same_decimals_everywhere(run_cli: Run) -> None:
    _, *rows = printed(run_cli("counts", "--view", "probabilities")).splitlines()
    numbers = [number for row in rows for number in row.split()[1:]]
    assert len(numbers) == 27 * 27
    assert all(re.fullmatch(r"0\.\d{4}|\d\.\de-\d", number) for number in numbers)
    assert rows[0].split()[2] == f"{4439 / (32_257 + 27):.4f}"


def on_a_terminal(command: str, *arguments: str, cwd: Path) -> tuple[str, int]:
    """The output of the command on a pseudo-terminal, and its exit status."""
    child = pexpect.spawn(
        command,
        list(arguments),
        cwd=str(cwd),
        env=os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=120,
    )
    output = child.read()
    child.wait()
    assert child.exitstatus is not None
    return output.replace("\r\n", "\n"), child.exitstatus


def test_counts_on_a_terminal_are_the_same_table_in_colour(
    command: str, run_cli: Run, tmp_path: Path
) -> None:
    coloured, status = on_a_terminal(command, "counts", cwd=tmp_path)
    assert status == 0
    assert ESCAPE_CODES.sub("", coloured) == printed(run_cli("counts"))
    backgrounds = set(re.findall(r"48;2;\d+;\d+;\d+", coloured))
    assert len(backgrounds) > 10
    most_frequent = re.search(r"\x1b\[([0-9;]*)m *6,808", coloured)
    never_counted = re.search(r"\x1b\[([0-9;]*)m *0\x1b", coloured)
    assert most_frequent
    assert never_counted
    assert most_frequent[1] != never_counted[1]


# train


def test_training_has_the_published_losses(run_cli: Run, reference: dict[str, Any]) -> None:
    figures = reference["us_names_2018.txt"]
    expected = figures["training"]["article"]
    result = strict_json(printed(run_cli("train", "--json")))
    assert list(result) == ["losses", "final_nll", "count_nll", "settings"]
    assert len(result["losses"]) == 200
    losses = {step: result["losses"][int(step)] for step in expected["losses"]}
    assert losses == pytest.approx(expected["losses"], rel=0, abs=1e-5)
    assert result["losses"][-1] == pytest.approx(expected["last_printed_loss"], rel=0, abs=1e-5)
    assert result["final_nll"] == pytest.approx(expected["final_data_nll"], rel=0, abs=1e-5)
    assert result["count_nll"] == pytest.approx(figures["nll"]["0"]["mean"], rel=1e-9)
    assert result["settings"] == {
        "init": "rand",
        "seed": 2147483647,
        "steps": 200,
        "learning_rate": 10,
        "regularization": 0.01,
        "batch_size": None,
    }


def test_training_prints_every_tenth_loss_and_the_final_one(run_cli: Run, reference: dict[str, Any]) -> None:
    expected = reference["us_names_2018.txt"]["training"]["article"]
    text = printed(run_cli("train"))
    losses = dict(re.findall(r"^ *(\d+) +(\d\.\d{4})$", text, flags=re.MULTILINE))
    assert list(losses) == [*expected["losses"], "199"]
    for step, loss in expected["losses"].items():
        assert float(losses[step]) == pytest.approx(loss, abs=6e-5)
    assert f"{expected['final_data_nll']:.4f}" in text
    assert "2.454395" in text


def test_every_setting_of_training_can_be_chosen(run_cli: Run, reference: dict[str, Any]) -> None:
    expected = reference["us_names_2018.txt"]["training"]["zeros_noreg"]
    options = {
        "--init": expected["init"],
        "--seed": expected["seed"],
        "--steps": expected["steps"],
        "--learning-rate": expected["learning_rate"],
        "--regularization": expected["regularization"],
    }
    arguments = [str(part) for option in options.items() for part in option]
    result = strict_json(printed(run_cli("train", "--json", *arguments)))
    assert list(result["settings"].values()) == [*options.values(), None]
    losses = {step: result["losses"][int(step)] for step in expected["losses"]}
    assert losses == pytest.approx(expected["losses"], rel=0, abs=1e-5)
    assert result["final_nll"] == pytest.approx(expected["final_data_nll"], rel=0, abs=1e-5)


def test_losses_that_are_nan_are_null(run_cli: Run) -> None:
    """Far too large steps lead to nan, which JSON does not have."""
    result = strict_json(printed(run_cli("train", "--json", *DIVERGING)))
    assert result["losses"][0] == pytest.approx(3.363 + 10 / 3, abs=0.1)
    assert result["losses"][-1] is None
    assert result["final_nll"] is None


# sample


def test_the_lectures_names_come_one_per_line(run_cli: Run, reference: dict[str, Any]) -> None:
    """A hundred thousand of them, which include the empty name, as an empty line."""
    expected = reference["us_names_2018.txt"]["sampled_names_sha256"]
    text = printed(run_cli("sample", "-n", "100000"))
    assert text.startswith("mor\naxx\nminaymoryles\nkondlaisah\nanchshizarie\n")
    assert text.count("\n") == 100_000
    assert text.split("\n").count("") - 1 == expected["empty_names"] == 1
    assert hashlib.sha256(text.removesuffix("\n").encode()).hexdigest() == expected["sha256"]


def test_names_are_printed_with_their_likelihood(
    run_cli: Run, us_names: Corpus, us_counts: NgramCounts, reference: dict[str, Any]
) -> None:
    expected = reference["us_names_2018.txt"]["sampled_names"][
        "counts, smoothing 1, seed 2147483647, inverse CDF"
    ]
    results = strict_json(printed(run_cli("sample", "us-names", "-n", "500", "--json")))
    assert [result["name"] for result in results[:20]] == expected
    for result in results:
        assert list(result) == ["name", "nll", "in_dataset", "model", "cut_off"]
        scored = score(us_counts.vocabulary.encode(result["name"]), CountModel(us_counts, 1))
        assert result["nll"] == pytest.approx(scored.nll, rel=1e-12)
        assert result["in_dataset"] is (result["name"] in us_names.words)
        assert result["model"] == "counts"
        assert result["cut_off"] is False
    assert {result["in_dataset"] for result in results} == {True, False}


def test_no_names_are_an_empty_list(run_cli: Run) -> None:
    """With the largest possible seed."""
    assert strict_json(printed(run_cli("sample", "-n", "0", "--seed", str(2**64 - 1), "--json"))) == []


def test_names_are_drawn_from_the_trained_network(
    run_cli: Run, us_counts: NgramCounts, reference: dict[str, Any]
) -> None:
    from bigram_tui.lm.model import NetworkModel
    from bigram_tui.lm.sampling import InverseTransformSampler
    from bigram_tui.lm.settings import TrainingSettings
    from bigram_tui.lm.training import TrainingRun

    run = TrainingRun(us_counts, TrainingSettings("randn", steps=100, learning_rate=50))
    for _ in range(100):
        run.step()
    model = NetworkModel(run.network, 100, us_counts.vocabulary)
    sampler = InverseTransformSampler(model, 2147483647)
    expected = list(islice(sampler.names(), 10))
    lecture = ["--init", "randn", "--learning-rate", "50", "--steps", "100"]
    results = strict_json(printed(run_cli("sample", "--model", "network", "--json", *lecture)))
    assert [result["name"] for result in results] == expected
    for result in results:
        scored = score(us_counts.vocabulary.encode(result["name"]), model)
        assert result["nll"] == pytest.approx(scored.nll, rel=1e-9)
        assert result["model"] == "network"


def test_method_and_seed_and_smoothing_can_be_chosen(run_cli: Run, us_counts: NgramCounts) -> None:
    """The names that the lecture's notebook draws."""
    import torch

    P = (torch.from_numpy(us_counts.N) + 5).float()
    P /= P.sum(1, keepdim=True)
    g = torch.Generator().manual_seed(7)
    names = []
    for _ in range(30):
        tokens = [0]
        while len(tokens) == 1 or tokens[-1]:
            drawn = torch.multinomial(P[tokens[-1]], num_samples=1, replacement=True, generator=g)
            tokens.append(int(drawn.item()))
        names.append(us_counts.vocabulary.decode(tokens))
    options = ["--method", "multinomial", "--seed", "7", "--smoothing", "5"]
    assert printed(run_cli("sample", "-n", "30", *options)).splitlines() == names


def test_names_are_drawn_at_a_temperature(run_cli: Run, us_counts: NgramCounts) -> None:
    from bigram_tui.lm.sampling import InverseTransformSampler

    model = tempered(CountModel(us_counts, 1), 0.5)
    names = islice(InverseTransformSampler(model, 2147483647).names(), 30)
    results = strict_json(printed(run_cli("sample", "-n", "30", "--temperature", "0.5", "--json")))
    assert [result["name"] for result in results] == list(names)
    for result in results:
        assert result["nll"] == score(us_counts.vocabulary.encode(result["name"]), model).nll
    assert printed(run_cli("sample", "-n", "3", "--temperature", "0")) == "a\na\na\n"
    as_always = printed(run_cli("sample", "-n", "5", "--temperature", "1"))
    assert as_always == printed(run_cli("sample", "-n", "9"))[: len(as_always)]


def test_a_name_that_never_ends_is_cut_off_and_marked(run_cli: Run) -> None:
    endless = "a" * 60_000
    results = strict_json(
        printed(run_cli("sample", "-", "-n", "3", "--smoothing", "0", "--json", input=endless))
    )
    assert [(len(result["name"]), result["cut_off"]) for result in results] == [(1_000, True)] * 3


def test_a_network_that_learned_nothing_usable_is_explained(run_cli: Run) -> None:
    complaint(run_cli("sample", "--model", "network", *DIVERGING))


# score


def test_names_are_scored(run_cli: Run, us_names: Corpus, us_counts: NgramCounts) -> None:
    text = "." + ".".join(us_names.words) + "."
    pairs = list(itertools.pairwise(text))
    expected = []
    for bigram in itertools.pairwise(".emma."):
        n = pairs.count(bigram)
        leaving = sum(first == bigram[0] for first, _ in pairs)
        expected.append(
            {
                "bigram": [*bigram],
                "count": n,
                "probability": pytest.approx((n + 1) / (leaving + 27), rel=1e-12),
            }
        )
    emma, jq = strict_json(printed(run_cli("score", "us-names", "emma", "jq", "--json")))
    assert list(emma) == ["name", "nll", "nll_sum", "perplexity", "in_dataset", "bigrams"]
    assert emma["name"] == "emma"
    assert emma["bigrams"] == expected
    assert emma["nll_sum"] == pytest.approx(-sum(math.log(b["probability"]) for b in emma["bigrams"]))
    assert emma["nll"] == pytest.approx(emma["nll_sum"] / 5)
    assert emma["perplexity"] == pytest.approx(math.exp(emma["nll"]))
    assert (emma["in_dataset"], jq["in_dataset"]) == (True, False)
    assert jq["nll"] == pytest.approx(score(us_counts.vocabulary.encode("jq"), CountModel(us_counts, 1)).nll)

    said = printed(run_cli("score", "us-names", "emma", "jq"))
    for shown in (
        f"{emma['nll']:.4f}",
        f"{emma['perplexity']:.2f}",
        f"{jq['nll']:.4f}",
        "not in the dataset",
    ):
        assert shown in said
    for b in emma["bigrams"]:
        assert re.search(rf"{b['probability']:.6f} .*{b['count']:,}$", said, flags=re.MULTILINE)


def test_an_unseen_bigram_without_smoothing_is_null(run_cli: Run, us_counts: NgramCounts) -> None:
    assert us_counts.count(*us_counts.vocabulary.encode("jq")[1:3]) == 0
    jq, emma = strict_json(printed(run_cli("score", "us-names", "jq", "emma", "--smoothing", "0", "--json")))
    assert (jq["nll"], jq["nll_sum"], jq["perplexity"]) == (None, None, None)
    assert jq["bigrams"][1] == {"bigram": ["j", "q"], "count": 0, "probability": 0}
    assert emma["nll"] > 0
    text = printed(run_cli("score", "us-names", "jq", "--smoothing", "0"))
    assert "inf" not in text
    assert "probability 0" in text


def test_a_name_with_an_unknown_character_is_an_error_and_the_others_are_scored(run_cli: Run) -> None:
    done = run_cli("score", "us-names", "emma", "zoë", "ava", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    emma, zoe, ava = strict_json(done.stdout)
    assert list(zoe) == ["name", "error"]
    assert zoe["name"] == "zoë"
    assert "ë" in zoe["error"]
    assert emma["nll"] > 0
    assert ava["nll"] > 0

    done = run_cli("score", "us-names", "emma", "zoë", "ava")
    assert done.returncode == 1
    assert "emma" in done.stdout
    assert "ava" in done.stdout
    assert "zoë" not in done.stdout
    assert done.stderr.startswith("bigram-tui: zoë: ")
    assert done.stderr.count("\n") == 1


def test_the_empty_name_is_called_so(run_cli: Run) -> None:
    assert "\n(empty): nll " in run_cli("score", "us-names", "").stdout


def test_a_name_typed_with_a_separate_accent_is_the_same_name(run_cli: Run) -> None:
    composed, separate = "Jos\u00e9", "Jose\u0301"
    (result,) = strict_json(printed(run_cli("score", "-", separate, "--json", input=composed)))
    assert result["in_dataset"] is True
    (result,) = strict_json(printed(run_cli("score", "-", composed, "--json", input=separate)))
    assert result["in_dataset"] is True


def test_the_uniform_model_scores_too(run_cli: Run) -> None:
    (uniform,) = strict_json(printed(run_cli("score", "us-names", "emma", "--model", "uniform", "--json")))
    assert uniform["nll"] == pytest.approx(math.log(27), rel=1e-12)
    assert [b["probability"] for b in uniform["bigrams"]] == [pytest.approx(1 / 27)] * 5


def test_the_network_scores_too_unless_its_training_diverged(run_cli: Run) -> None:
    arguments = ["score", "us-names", "emma", "--model", "network", "--json"]
    complaint(run_cli(*arguments, *DIVERGING))
    (untrained,) = strict_json(printed(run_cli(*arguments, "--init", "zeros", "--steps", "0")))
    assert untrained["nll"] == pytest.approx(math.log(27), rel=1e-12)
    assert [b["probability"] for b in untrained["bigrams"]] == pytest.approx([1 / 27] * 5, rel=1e-12)


# Where the words come from


def test_words_come_from_standard_input(run_cli: Run) -> None:
    summary = strict_json(printed(run_cli("stats", "-", "--json", input="emma\r\nolivia\r\n\r\nava")))
    assert (summary["names"], summary["max_length"]) == (3, 6)


def test_words_come_from_the_network(run_cli: Run, http_server: Web) -> None:
    summary = strict_json(printed(run_cli("stats", http_server.url("/names.txt"), "--json")))
    assert summary["names"] == 3


def test_a_file_named_like_a_report_or_a_built_in_list_is_given_with_its_folder(
    run_cli: Run, tmp_path: Path
) -> None:
    for name in ("stats", "us-names", "makemore"):
        (tmp_path / name).write_text("one\nword\nand another\n")
        assert strict_json(printed(run_cli("stats", f"./{name}", "--json")))["names"] == 3
    assert strict_json(printed(run_cli("stats", "us-names", "--json")))["names"] == 32_257


@pytest.mark.parametrize(
    ("typed", "meant"), [("sampel -n 5", "sample"), ("stat", "stats"), ("serv", "serve")]
)
def test_a_misspelled_report_is_not_taken_for_a_list(
    run_cli: Run, tmp_path: Path, typed: str, meant: str
) -> None:
    done = run_cli(*typed.split())
    assert done.returncode == 2
    assert done.stderr.endswith(f"does not exist; did you mean bigram-tui {meant}?\n")
    (tmp_path / typed.split()[0]).write_text("a\nlist\n")
    assert "did you mean" not in run_cli(*typed.split()).stderr


def test_makemore_comes_from_the_cache_the_second_time(
    run_cli: Run, http_server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = cached_file(cache_folder(), built_in.MAKEMORE_URL)
    monkeypatch.setattr(built_in, "MAKEMORE_URL", http_server.url("/names.txt"))
    assert sources.load("makemore", cache_folder()).words == ("emma", "olivia", "ava")
    cached_file(cache_folder(), http_server.url("/names.txt")).rename(kept)
    assert strict_json(printed(run_cli("stats", "makemore", "--json")))["names"] == 3
    assert http_server.requests == {"/names.txt": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no words"),
        (b" \n\t\n", "no words"),
        (b"anna\nbj\xf6rn\n", "0xf6 on line 2"),
        (b"\x7fELF\0\0", "is a program"),
    ],
    ids=["empty", "only white space", "not UTF-8", "binary"],
)
def test_a_list_that_cannot_be_used_is_explained_in_one_line(
    run_cli: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    assert said in complaint(run_cli("stats", "list.txt"))
    assert "list.txt" in complaint(run_cli("counts", "list.txt", "--json"))
    line = complaint(run_cli("score", "-", "emma", input=content))
    assert said in line
    assert "standard input" in line


def test_skipping_every_line_is_not_called_an_empty_list(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("emma\nava\n")
    said = complaint(run_cli("stats", "--skip", "2", "list.txt"))
    assert "no words after the lines that were to be skipped" in said


@pytest.mark.parametrize("report", REPORTS)
def test_a_missing_list_is_explained_by_every_report(run_cli: Run, report: str) -> None:
    names = ["emma"] if report == "score" else []
    assert "nowhere.txt does not exist" in complaint(run_cli(report, "nowhere.txt", *names))
    assert "is a directory" in complaint(run_cli(report, ".", *names))


@pytest.mark.parametrize(
    ("path", "said"), [("/nowhere", "404"), ("/page.html", "web page"), ("/cut.txt", "cut off")]
)
def test_a_download_that_fails_is_explained_in_one_line(
    run_cli: Run, http_server: Web, path: str, said: str
) -> None:
    assert said in complaint(run_cli("stats", http_server.url(path)))


@pytest.mark.parametrize("dataset", ["ftp://example.org/names.txt", "http://[bad", "~no-such-user/names.txt"])
def test_a_place_that_does_not_exist_is_explained_in_one_line(run_cli: Run, dataset: str) -> None:
    complaint(run_cli("stats", dataset))


def test_a_terminal_is_not_a_word_list(command: str, tmp_path: Path) -> None:
    output, status = on_a_terminal(command, "stats", "-", cwd=tmp_path)
    assert status == 1
    assert output.startswith("bigram-tui: standard input is a terminal")


def test_a_closed_standard_input_is_not_called_a_terminal(command: str) -> None:
    closed = ["sh", "-c", 'exec "$0" stats - <&-', command]
    done = subprocess.run(closed, stderr=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"bigram-tui: standard input is closed")


def test_a_file_is_checked_before_the_app_takes_over_the_screen(command: str, tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0")
    for dataset, said in [("nowhere.txt", "does not exist"), ("program", "is a program")]:
        output, status = on_a_terminal(command, dataset, cwd=tmp_path)
        assert status == 1
        assert output.startswith("bigram-tui: ")
        assert said in output
        assert output.removesuffix("\n").isprintable()


def test_without_a_terminal_the_app_suggests_the_reports(run_cli: Run) -> None:
    done = run_cli()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert all(f"bigram-tui {report}" in done.stderr for report in REPORTS)


# What stands in the words is data


HOSTILE = (
    b"a\x1b[31mb\n[bold]x[/bold]\n[/]\n\x07bell\nzero\xe2\x80\x8bwidth\n\xc2\x9b2J\n"
    b"[@click=app.quit]\n:smile:\n"
)


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    name = "[red]list\x1b[31m.txt"
    (tmp_path / name).write_bytes(HOSTILE)
    return f"./{name}"


def shown_of_hostile(done: subprocess.CompletedProcess[str]) -> str:
    """The output of a report on the list, which also says in a line that it has C1 controls."""
    assert done.stderr.startswith("bigram-tui: [red]list␛[31m.txt: it has control characters")
    assert not control_characters(done.stderr)
    assert done.stderr.count("\n") == 1
    return printed(subprocess.CompletedProcess(done.args, done.returncode, done.stdout, ""))


def control_characters(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf"}} - {"\n"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["stats"],
        ["stats", "--json"],
        ["counts"],
        ["counts", "--format", "csv"],
        ["counts", "--json"],
        ["sample", "-n", "50"],
    ],
    ids=" ".join,
)
def test_control_characters_and_markup_in_a_list_are_only_shown(
    run_cli: Run, hostile: str, arguments: list[str]
) -> None:
    report, *options = arguments
    text = shown_of_hostile(run_cli(report, hostile, *options))
    assert not control_characters(text)
    if "--json" in options:
        text = str(strict_json(text))
    for shown in ("[", "/", ":") if report == "sample" else ("[", "/", ":", "␛", "␇", "‹U+200B›", "‹U+009B›"):
        assert shown in text


def test_markup_in_a_list_is_not_interpreted_on_a_terminal(
    command: str, run_cli: Run, hostile: str, tmp_path: Path
) -> None:
    for report in ("stats", "counts"):
        coloured, status = on_a_terminal(command, report, hostile, cwd=tmp_path)
        assert status == 0
        done = run_cli(report, hostile)
        assert ESCAPE_CODES.sub("", coloured) == done.stderr + shown_of_hostile(done)


def test_control_characters_in_names_to_score_are_only_shown(run_cli: Run, hostile: str) -> None:
    text = shown_of_hostile(run_cli("score", hostile, "a\x1b[31mb", "[bold]x[/bold]"))
    assert not control_characters(text)
    assert "a␛[31mb: nll" in text
    assert "[bold]x[/bold]: nll" in text
    done = run_cli("score", "us-names", "em\x1b[31mma")
    assert not control_characters(done.stdout + done.stderr)
    assert "␛" in done.stderr
    for wrong in ("--\x1b[31m", "stats --\x1b[31m", "stats us-names \x1b[31m", "counts --view \x1b[31m"):
        assert not control_characters(run_cli(*wrong.split(" ")).stderr)
    assert "Traceback" not in run_cli("score", "us-names", os.fsdecode(b"zo\xeb")).stderr


def test_words_in_other_scripts_are_printed_as_they_are(run_cli: Run) -> None:
    words = "ก\u0e33\u0e2bน\u0e36\u0e48ง"
    assert printed(run_cli("score", "-", words, input=words)).splitlines()[1].startswith(f"{words}: nll")


def test_a_letter_that_the_terminal_cannot_show_is_not_an_error(run_cli: Run) -> None:
    done = run_cli("stats", "-", input="zoë\n", env={"PYTHONIOENCODING": "ascii"})
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


# Reading


BABIES = "Id,Name,Count\n1,Mary,3\n2,Anna,2\n3,MARY,1\n4,Zoë,0\n"


@pytest.fixture
def babies(tmp_path: Path) -> Path:
    file = tmp_path / "babies.csv"
    file.write_text(BABIES, encoding="utf-8")
    return file


def stats_of(run_cli: Run, *arguments: str | Path, **given: Any) -> dict[str, Any]:
    return strict_json(printed(run_cli("stats", "--json", *arguments, **given)))


def test_every_reading_option_reaches_every_report(run_cli: Run, babies: Path) -> None:
    options = ["--column", "Name", "--weight-column", "3", "--lowercase", "--limit", "2"]
    stats = stats_of(run_cli, babies, *options)
    assert (stats["names"], stats["distinct_names"], stats["distinct_names_exact"]) == (5, 2, True)
    assert (stats["characters"], stats["mean_length"]) == (20, 4)
    counts = strict_json(printed(run_cli("counts", babies, *options, "--json")))
    assert counts["vocabulary"] == [".", "a", "m", "n", "r", "y"]
    assert counts["counts"][0] == [0, 2, 3, 0, 0, 0]
    (scored,) = strict_json(printed(run_cli("score", babies, "mary", *options, "--json")))
    assert scored["bigrams"][0] == {"bigram": [".", "m"], "count": 3, "probability": 4 / 11}
    trained = strict_json(printed(run_cli("train", babies, *options, "--steps", "1", "--json")))
    assert len(trained["losses"]) == 1
    assert len(printed(run_cli("sample", babies, *options, "-n", "2")).splitlines()) == 2


def test_stats_report_skipped_lines_and_the_source_of_the_words(run_cli: Run, babies: Path) -> None:
    unique = ("--unique", "--lowercase")
    shown = printed(run_cli("stats", babies, "--column", "2", "--weight-column", "Count", *unique))
    assert "column        column 2 “Name”, weights from column 3 “Count”\n" in shown
    assert "cleaned       1 repeated, 1 of weight 0, 1 header\n" in shown
    assert "names         5 (2 different)" in shown


def test_every_number_of_stats_is_separated_by_thousands(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a" * 2_000 + "\n" + "".join(map(chr, range(0x4E00, 0x4E00 + 1_999))))
    shown = run_cli("stats", "list.txt").stdout
    assert "length        1,999 to 2,000, mean 1,999.50\n" in shown
    assert "vocabulary    2,001: . a 一 " in shown


def test_rare_characters_share_one_token(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("anna\nzoë\nanna\n", encoding="utf-8")
    options = ["list.txt", "--min-char-count", "2"]
    assert stats_of(run_cli, *options)["vocabulary"] == [".", "a", "n", "�"]
    assert "3 rare characters share the token �" in printed(run_cli("stats", *options))
    (scored,) = strict_json(printed(run_cli("score", "list.txt", "xa", *options[1:], "--json")))
    assert scored["bigrams"][0]["bigram"] == [".", "�"]
    assert scored["in_dataset"] is False


def test_an_encoding_is_given_or_proposed(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("zoë\n".encode("latin-1"))
    assert stats_of(run_cli, "list.txt", "--encoding", "latin-1")["vocabulary"] == [".", "o", "z", "ë"]
    assert "--encoding" in complaint(run_cli("stats", "list.txt"))


def test_a_pipe_that_never_ends_is_read_as_far_as_wanted(command: str, tmp_path: Path) -> None:
    line = f"yes | '{command}' stats - --limit 1000 --json"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    assert strict_json(done.stdout)["names"] == 1000


def test_whether_a_name_is_in_a_large_list_is_looked_up_in_the_file(run_cli: Run, tmp_path: Path) -> None:
    words = {f"{n:x}" for n in range(1_100_000)}
    (tmp_path / "large.txt").write_text("\n".join(words))
    stats = stats_of(run_cli, "large.txt")
    assert stats["names"] == 1_100_000
    assert stats["distinct_names_exact"] is False
    assert stats["distinct_names"] == pytest.approx(1_100_000, rel=0.02)
    assert "(about 1," in printed(run_cli("stats", "large.txt"))
    scored = strict_json(printed(run_cli("score", "large.txt", "10c8df", "10c8e0", "--json")))
    assert [score["in_dataset"] for score in scored] == [True, False]
    drawn = strict_json(printed(run_cli("sample", "large.txt", "-n", "50", "--json")))
    for name in drawn:
        assert name["in_dataset"] is (name["name"] in words)


def test_whether_a_name_is_in_a_large_pipe_is_not_known(command: str, tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("\n".join(f"{n:x}" for n in range(1_100_000)))
    line = f"cat large.txt | '{command}' score - abc --json"
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )
    assert strict_json(done.stdout)[0]["in_dataset"] is None


def test_without_a_cache_folder_a_download_is_used_and_a_line_says_so(
    run_cli: Run, http_server: Web, isolated_home: Path
) -> None:
    (isolated_home / ".cache").write_text("in the way")
    done = run_cli("stats", http_server.url("/names.txt"), "--json")
    assert strict_json(done.stdout)["names"] == 3
    assert done.stderr.startswith("bigram-tui: names.txt: the download could not be cached")
    assert len(done.stderr.splitlines()) == 1


def test_a_download_may_be_as_large_as_allowed(run_cli: Run, http_server: Web) -> None:
    url = http_server.url("/names.txt")
    assert "larger than 10 bytes" in complaint(run_cli("stats", url, "--max-download", "10"))
    assert stats_of(run_cli, url, "--max-download", "0.1MB")["names"] == 3


# Wrong usage


@pytest.mark.parametrize(
    "line",
    [
        "counts --smoothing -1",
        "counts --smoothing nan",
        "counts --smoothing inf",
        "counts --smoothing much",
        "counts --format html",
        "counts --format csv --plain",
        "counts --json --plain",
        "sample --plain",
        "counts --view differences",
        "counts --nonsense",
        "train --seed -1",
        "train --seed 18446744073709551616",
        "train --seed 1.5",
        "train --init ones",
        "train --steps -1",
        "train --steps 2.5",
        "train --learning-rate 0",
        "train --learning-rate inf",
        "train --learning-rate fast",
        "train --regularization -0.1",
        "sample -n -1",
        "sample -n many",
        "sample --method guess",
        "sample --temperature -1",
        "sample --temperature nan",
        "sample --temperature warm",
        "--temperature inf",
        "sample --model transformer",
        "stats --limit 0",
        "stats --limit some",
        "stats --min-char-count 0",
        "stats --column 0",
        "stats --encoding klingon",
        "stats --max-download huge",
        "--limit 0",
        "score us-names",
        "score",
        "--smoothing -1",
        "--seed x",
        "--nonsense",
    ],
)
def test_wrong_usage_is_status_2(run_cli: Run, line: str) -> None:
    done = run_cli(*line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_report(run_cli: Run) -> None:
    text = printed(run_cli("--help"))
    assert all(report in text for report in REPORTS)
    assert "bigram-tui serve --help" in text
    assert "?fontsize=20" in printed(run_cli("serve", "--help"))
    for report in REPORTS:
        assert "--json" in printed(run_cli(report, "--help"))


@pytest.mark.parametrize("report", ["", *REPORTS])
def test_help_names_a_default_once_and_only_where_there_is_one(run_cli: Run, report: str) -> None:
    text = " ".join(printed(run_cli(*report.split(), "--help")).split())
    assert "(default: us-names)" in text or report == "score"
    assert "(default: )" not in text
    assert not re.search(r"default: (None|False)|\) \(default:", text)


# The end


@contextmanager
def drawing_a_million(command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A report that has begun to print and has much left to do."""
    # A shell that starts the tests in the background makes them ignore SIGINT, which is inherited.
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [command, "sample", "-n", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mor\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_closed_pipe_ends_a_report_quietly(command: str) -> None:
    with drawing_a_million(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(120) == 141
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_a_report_with_its_status(command: str, number: signal.Signals, status: int) -> None:
    with drawing_a_million(command) as process:
        process.send_signal(number)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == status
        assert errors == b""
        assert output.count(b"\n") < 999_999


@pytest.mark.parametrize("arguments", ["stats", "counts", "score us-names emma", "--version", "--help"])
def test_a_pipe_closed_before_the_start_is_not_an_error(command: str, arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [command, *arguments.split()], stdout=pipe, stderr=subprocess.PIPE, timeout=120, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", ["stats", "counts", "sample -n 5000", "--lesson --plain"])
def test_a_full_disk_is_explained_in_one_line(command: str, arguments: str, unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [command, *arguments.split()],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    said = b"bigram-tui: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


WRONG = """
import errno, os, bigram_tui.views.exports as exports
def wrong(*arguments):
    raise OSError(errno.{number}, os.strerror(errno.{number}))
exports.strict_json = wrong
"""


@pytest.mark.parametrize("number", ["EAGAIN", "EPIPE", "ENOSPC"])
def test_only_errors_of_the_output_are_called_that(
    command: str, isolated_home: Path, tmp_path: Path, number: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WRONG.format(number=number))
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{REPOSITORY}"}
    done = subprocess.run(
        [command, "stats", "--json"], stderr=subprocess.PIPE, env=environment, timeout=120, check=False
    )
    assert done.returncode == 70
    assert b"because of a bug" in done.stderr
    (report,) = isolated_home.rglob("crash-*.txt")
    assert f"raise OSError(errno.{number}" in report.read_text()


def test_without_an_output_there_is_no_traceback(command: str) -> None:
    """`bigram-tui stats >&-`"""
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" stats >&-', command], stderr=subprocess.PIPE, timeout=120, check=False
    )
    assert b"Traceback" not in done.stderr


def test_a_saved_network_is_drawn_from_and_scores(run_cli: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "network.safetensors")
    training = ["--init", "randn", "--learning-rate", "50", "--steps", "100"]
    printed(run_cli("train", *training, "--save", path))
    for report in (["sample"], ["score", "us-names", "emma", "xq"]):
        trained = strict_json(printed(run_cli(*report, "--model", "network", *training, "--json")))
        loaded = strict_json(printed(run_cli(*report, "--load", path, "--json")))
        assert loaded == trained


def test_a_saved_network_is_only_overwritten_with_force(run_cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    path.write_text("mine")
    refused = run_cli("train", "--steps", "1", "--save", str(path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"bigram-tui: {path} exists; use --force to overwrite it\n"
    assert path.read_text() == "mine"
    printed(run_cli("train", "--steps", "1", "--save", str(path), "--force"))
    assert b"bigram-tui network" in path.read_bytes()


def test_files_that_cannot_be_loaded_or_saved_are_explained(run_cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    printed(run_cli("train", "--steps", "1", "--save", str(path)))
    other = tmp_path / "other.txt"
    other.write_text("abc\n")
    for arguments, status, reason in (
        (["sample", str(other), "--load", str(path)], 1, "another vocabulary, of 26 characters"),
        (["score", str(other), "--load", str(other), "abc"], 1, "damaged or no network file"),
        (["sample", "--load", str(path), "--model", "counts"], 2, "--load implies --model network"),
        (["train", "--steps", "1", "--save", str(other / "n")], 1, "cannot be written"),
        (["train", "--learning-rate", "1e6", "--save", str(tmp_path / "n"), "--json"], 1, "diverged"),
    ):
        result = run_cli(*arguments)
        assert result.returncode == status
        assert reason in result.stderr
    assert not (tmp_path / "n").exists()


def test_a_file_that_is_not_a_network_is_refused_at_once(run_cli: Run, tmp_path: Path) -> None:
    """Reading a FIFO without a writer would block, and /dev/zero does not end."""
    fifo, large, cut = (tmp_path / name for name in ("fifo", "large", "cut"))
    os.mkfifo(fifo)
    large.touch()
    os.truncate(large, 1 << 40)
    printed(run_cli("train", "--steps", "0", "--save", str(cut)))
    os.truncate(cut, cut.stat().st_size - 1)
    for path, reason in (
        (fifo, "cannot be read: it is not a regular file"),
        ("/dev/zero", "cannot be read: it is not a regular file"),
        (tmp_path, "cannot be read: Is a directory"),
        ("", "cannot be read: Is a directory"),
        (large, "cannot be read: it is larger than 101 MB"),
        (cut, "is damaged or no network file"),
    ):
        assert reason in complaint(run_cli("sample", "--load", str(path)))


def test_mini_batches_are_reported_and_reproducible(run_cli: Run) -> None:
    options = ["train", "--batch-size", "32", "--steps", "20", "--json"]
    first, second = (strict_json(printed(run_cli(*options))) for _ in range(2))
    assert first == second
    assert first["settings"]["batch_size"] == 32
    whole = strict_json(printed(run_cli("train", "--steps", "20", "--json")))
    assert first["losses"][0] == whole["losses"][0]
    assert first["losses"][1:] != whole["losses"][1:]
