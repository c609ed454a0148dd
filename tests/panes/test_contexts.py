"""The Contexts pane: the ladder and its numbers, tuning, the split, the sealed test set, choosing a row."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from bigram_tui.lm.settings import SMOOTHERS
from bigram_tui.session.snapshots.comparison import Comparison
from bigram_tui.why.explanation import Explanation
from bigram_tui.widgets.key_line import KeyLine
from bigram_tui.widgets.ladder_plot import LadderPlot
from bigram_tui.widgets.plot import Plot
from bigram_tui.widgets.tuning_plot import TuningPlot
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from bigram_tui.words.split import Fractions, Split
from bigram_tui.words.split_counts import count_split
from tests.code.running import code_of, numbers, printed
from tests.conftest import Run
from tests.driving import app_of, contexts_compared, noting, on_screen, opened, rests, until
from tests.lists import parse_words

WIDE = (140, 40)


def comparison(pilot: Pilot[None]) -> Comparison:
    return app_of(pilot).workspace.evaluator.comparison.latest


async def computed(pilot: Pilot[None]) -> None:
    """Wait until the computation is finished and shown in the table."""
    await contexts_compared(pilot)
    await until(pilot, lambda: len(table(pilot)) == len(comparison(pilot).tunings))


@asynccontextmanager
async def in_contexts(
    corpus: Corpus, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[Pilot[None]]:
    async with opened(corpus, "5", size=size, **options) as pilot:
        await computed(pilot)
        yield pilot


def table(pilot: Pilot[None]) -> list[str]:
    """The lines of the table, without what is beside it."""
    lines = [line[: line.rfind("│", 0, 80) + 1] or line for line in on_screen(pilot).splitlines()]
    return [line for line in lines if re.match(r"│ *●? *\d .*(?:\d\.\d{4}|∞) ", line)]


def losses(pilot: Pilot[None]) -> list[list[float]]:
    """Train and dev of each row, as shown in the table; without dev, only train."""
    return [
        [float(shown) for shown in numbers(line)[slice(-1, None) if "–" in line else slice(-3, -1)]]
        for line in table(pilot)
    ]


async def at_smoother(pilot: Pilot[None], name: str) -> None:
    for _ in SMOOTHERS:
        if f"─ {name} ─" in on_screen(pilot):
            return
        await pilot.press("K")
    raise AssertionError(on_screen(pilot))


def invented(folder: Path) -> Corpus:
    """A list of 300 names in a file, so that code can read it."""
    syllables = ["an", "na", "el", "la", "mi", "ro", "se", "ti"]
    choose = random.Random(1).choice
    path = folder / "names.txt"
    path.write_text(
        "".join(f"{choose(syllables)}{choose(syllables)}{choose(syllables)}\n" for _ in range(300))
    )
    return load(str(path), cache=folder)


def enabled(pilot: Pilot[None]) -> dict[str, bool]:
    """The keys in the footer, and whether they can be used now."""
    return {key.description: key.enabled for key in pilot.app.screen.query_one(KeyLine)._keys or ()}


async def test_the_ladder_of_the_bundled_list_has_the_reference_numbers(
    us_names: Corpus, reference: dict[str, Any]
) -> None:
    contexts = reference["us_names_2018.txt"]["contexts"]["contexts"]
    async with in_contexts(us_names) as pilot:
        for key, name in SMOOTHERS.items():
            await at_smoother(pilot, name)
            expected = [contexts[str(c)][key]["1" if key == "add-k" else "nll"] for c in range(6)]
            assert losses(pilot) == [[round(x, 4) for x in loss[:2]] for loss in expected]
        assert "knowing nothing 3.296" in on_screen(pilot)
        assert "letters alone 2.827" in on_screen(pilot)
        best = comparison(pilot).best
        assert best is not None
        assert f"◆ {SMOOTHERS[best.smoother]} {best.dev:.3f}" in on_screen(pilot)
        assert "MLP" not in on_screen(pilot)


async def test_published_results_are_only_shown_for_the_lectures_list(names_txt: Path) -> None:
    content = names_txt.read_bytes()
    async with in_contexts(parse_words(content, "another name")) as pilot:
        assert "◇ WaveNet 1.993" in on_screen(pilot)
        assert "◇ MLP 2.17" in on_screen(pilot)
        await pilot.press("tab", "tab", "tab", *"43", "enter")
        await until(pilot, lambda: comparison(pilot).split.seed == 43)
        await computed(pilot)
        assert "WaveNet" not in on_screen(pilot)


async def test_choosing_a_row_applies_to_every_pane_and_can_be_undone(
    us_names: Corpus, reference: dict[str, Any]
) -> None:
    """With train as the data: P is the reference's, and so is the network's context."""
    async with in_contexts(us_names) as pilot:
        workspace = app_of(pilot).workspace
        workspace.learn(workspace.learning._replace(from_train=True))
        await until(pilot, lambda: "train 80%" in on_screen(pilot))
        await computed(pilot)
        await at_smoother(pilot, "modified Kneser-Ney")
        await pilot.press("home", "down", "down", "down", "enter")
        await until(pilot, lambda: "context 3 · train 80%" in on_screen(pilot))
        assert re.search(r"● 3 ", "\n".join(table(pilot)))
        model, vocabulary = workspace.dataset.latest.model, workspace.dataset.latest.counts.vocabulary
        _, e, m, _, a, _ = vocabulary.encode("emma")
        state = (e * 27 + m) * 27 + m
        expected = reference["us_names_2018.txt"]["contexts"]["contexts"]["3"]["modified-kneser-ney"][
            "probabilities"
        ]["emm|a"]
        assert model.probability(state, a) == pytest.approx(expected, abs=1e-9)
        assert workspace.trainer.training.latest.network.context == 3
        await pilot.press("u")
        await until(pilot, lambda: "context 3" not in on_screen(pilot).splitlines()[0])
        assert workspace.dataset.latest.smoother == "add-k"
        assert re.search(r"● 1 |", "\n".join(table(pilot)))


async def test_k_is_tuned_on_dev_and_moved_along_its_curve(us_names: Corpus, run_cli: Run) -> None:
    done = run_cli("evaluate", "--tune", "--json")
    rows = json.loads(done.stdout)["rows"]
    async with in_contexts(us_names) as pilot:
        workspace = app_of(pilot).workspace
        await pilot.press("t")
        await until(pilot, lambda: workspace.dataset.latest.smoothing == rows[1]["smoothing"])
        await computed(pilot)
        assert losses(pilot)[1] == [round(rows[1][part], 4) for part in ("train", "dev")]
        await pilot.press("T")
        await until(pilot, lambda: comparison(pilot).rows["add-k", 5].smoothing == rows[5]["smoothing"])
        await computed(pilot)
        assert losses(pilot) == [[round(row[part], 4) for part in ("train", "dev")] for row in rows]
        assert not list(pilot.app._notifications), "T tunes other rows, though the k in use is the best"
        await pilot.press("u")
        assert workspace.dataset.latest.smoothing == 1
        await pilot.press("tab", "end")
        await until(pilot, lambda: workspace.dataset.latest.smoothing == 100)
        await pilot.press("left")
        await until(pilot, lambda: workspace.dataset.latest.smoothing == 75)
        await computed(pilot)
        assert comparison(pilot).rows["add-k", 1].smoothing == 75


async def test_the_test_set_is_sealed_until_opened_and_each_look_is_counted(
    us_names: Corpus, reference: dict[str, Any]
) -> None:
    expected = reference["us_names_2018.txt"]["contexts"]["contexts"]["2"]["add-k"]["1"]
    async with in_contexts(us_names) as pilot:
        await pilot.press("down")
        assert "test is sealed" in on_screen(pilot)
        await pilot.press("J", "J")
        assert "looks so far: 0" in on_screen(pilot).replace("\n", " ")
        await pilot.press("n")
        assert "test is sealed" in on_screen(pilot)
        await pilot.press("J", "y")
        shown = f"test {expected[2]:.4f} beside dev {expected[1]:.4f} · looked at once"
        await until(pilot, lambda: shown in on_screen(pilot))
        await pilot.press("up")
        assert "test is sealed" in on_screen(pilot)
        await pilot.press("J", "y")
        await until(pilot, lambda: "looked at 2 times" in on_screen(pilot))
        await pilot.press("down")
        assert shown.replace("once", "2 times") in on_screen(pilot)


async def test_words_that_dev_shares_with_train_can_be_kept_together(us_names: Corpus) -> None:
    parts = count_split(us_names, 1)
    without = parts.evaluation.row(1, "add-k", 1.0).dev_without_train
    async with in_contexts(us_names) as pilot:
        assert f"{parts.also_in_train[0]:,} in train" in on_screen(pilot)
        assert f"dev without those  {without:.4f}" in on_screen(pilot)
        await pilot.press("tab", "tab", "tab", "tab", "enter", "down", "enter")
        await until(pilot, lambda: comparison(pilot).split.together)
        await computed(pilot)
        assert "0 in train" in on_screen(pilot)
        assert "dev without those" not in on_screen(pilot)
        await pilot.press("escape", "u")
        await until(pilot, lambda: not comparison(pilot).split.together)


async def test_without_smoothing_an_infinite_loss_is_explained_and_not_drawn(us_names: Corpus) -> None:
    async with in_contexts(us_names, smoothing=0.0) as pilot:
        assert sum("∞" in line for line in table(pilot)) == 5
        assert "T tunes k" in " ".join(on_screen(pilot).replace("│", " ").split())
        await pilot.press("down", "K")
        assert "∞" not in "".join(table(pilot))


async def test_where_nothing_can_be_compared_there_are_no_keys_and_marks_for_it() -> None:
    async with opened(parse_words(b"emma\n", "one"), "5") as pilot:
        await until(pilot, lambda: "train is empty" in on_screen(pilot))
        for part in ("solid dev", "in use", "change k"):
            assert part not in on_screen(pilot)
        assert not any(enabled(pilot)[name] for name in ("Choose", "Tune", "Test"))


async def test_a_split_without_dev_or_test_offers_nothing_for_it(tmp_path: Path) -> None:
    """No key, mark or sentence; the code and the explanation are about what there is."""
    async with in_contexts(invented(tmp_path)) as pilot:
        for shares, has_dev, has_test in (
            ("100/0/0", False, False),
            ("90/10/0", True, False),
            ("90/0/10", False, True),
        ):
            await pilot.press("tab", "tab", *shares, "enter")
            await until(pilot, lambda shares=shares: str(comparison(pilot).split.fractions) == shares)
            await computed(pilot)
            await pilot.press("escape")
            await rests(pilot)
            assert (enabled(pilot)["Tune"], enabled(pilot)["Test"]) == (has_dev, has_test)
            assert pilot.app.screen.check_action("tune_all", ()) is (True if has_dev else None)
            shown = " ".join(on_screen(pilot).replace("│", " ").split())
            for part in ("solid dev", "lowest on dev", "t uses it", "on dev the best context is"):
                assert (part in shown) is has_dev, part
            assert ("Nothing is held out as dev" in shown) is not has_dev
            assert ("on train: there is no dev" in shown) is not has_dev
            assert ("no test set" in shown) is not has_test
            assert re.search(rf"bigrams {losses(pilot)[1][-1]:.3f}", shown), "its loss on dev, or on train"
            await pilot.press("J")
            assert ("Test is for the end" in on_screen(pilot)) is has_test
            if has_test:
                await pilot.press("y")
                await until(pilot, lambda: re.search(r"test \d\.\d{4} · looked at once", on_screen(pilot)))
            row = comparison(pilot).rows["add-k", 1]
            lines = [numbers(line) for line in printed(await code_of(pilot), tmp_path).splitlines()]
            assert [[float(n) for n in line[1:]] for line in lines[1:7]] == losses(pilot)
            more = [row.dev_without_train] if has_dev else []
            more += [comparison(pilot).test_of(row)] if has_test else []
            assert lines[7:] == [[f"{loss:.4f}"] for loss in more]
            explanation = pilot.app.screen.why()
            assert isinstance(explanation, Explanation)
            assert explanation.result == f"{row.dev if has_dev else row.train:.4f}"


async def test_a_list_too_short_for_a_split_is_explained_and_another_split_works() -> None:
    async with opened(parse_words(b"emma\nolivia\n", "two"), "5") as pilot:
        await until(pilot, lambda: "dev is empty" in on_screen(pilot))
        await pilot.press("tab", *"50/50", "enter")
        assert "is not three shares" in on_screen(pilot)
        await pilot.press(*"/0", "enter")
        await computed(pilot)
        parts = count_split(parse_words(b"emma\nolivia\n", "two"), 5, Split(Fractions(50, 50, 0)))
        rows = list(parts.evaluation.rows("add-k", 1.0, False, False))
        assert losses(pilot) == [[round(row.train, 4), round(row.dev or 0, 4)] for row in rows]
        assert "no test set" in on_screen(pilot)


async def test_a_vocabulary_at_the_limit_for_long_contexts() -> None:
    """Contexts are as long as their numbers allow, and the pane looks right at every size."""
    words = ["".join(chr(0x4E00 + random.Random(i).randrange(3_000)) for _ in range(4)) for i in range(4_000)]
    async with in_contexts(parse_words("\n".join(words).encode(), "3000"), size=(80, 24)) as pilot:
        V = len(app_of(pilot).workspace.dataset.latest.counts.vocabulary)
        assert max(context for _, context in comparison(pilot).rows) == 4
        assert f"/ {V:,}⁴" in on_screen(pilot)


async def test_a_stopped_computation_keeps_its_results_and_can_be_resumed(us_names: Corpus) -> None:
    async with in_contexts(us_names) as pilot:
        evaluator = app_of(pilot).workspace.evaluator
        evaluator.forget()
        evaluator.compare(app_of(pilot).workspace.dataset.latest)
        assert evaluator.stop()
        await until(pilot, lambda: "Stopped: r resumes" in on_screen(pilot))
        await pilot.press("r")
        await computed(pilot)
        assert len(comparison(pilot).rows) == 24


async def test_the_exported_table_equals_the_reports(
    us_names: Corpus, run_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = json.loads(run_cli("evaluate", "--smoother", "witten-bell", "--json").stdout)
    async with in_contexts(us_names) as pilot:
        await pilot.press("e", "enter")
        await until(pilot, lambda: "Saved contexts.csv" in on_screen(pilot))
        await pilot.press("e", *"contexts.json", "enter")
        await until(pilot, lambda: "Saved contexts.json" in on_screen(pilot))
    saved = json.loads((tmp_path / "contexts.json").read_text())
    rows = [row for row in saved.pop("rows") if row["smoother"] == "witten-bell"]
    assert rows == report.pop("rows")
    assert saved == report
    with (tmp_path / "contexts.csv").open() as file:
        lines = [line for line in csv.DictReader(file) if line["smoother"] == "witten-bell"]
    assert [float(line["dev"]) for line in lines] == [row["dev"] for row in rows]


@pytest.mark.parametrize("name", SMOOTHERS.values())
async def test_code_and_explanation_reach_the_numbers_of_the_pane(tmp_path: Path, name: str) -> None:
    async with in_contexts(invented(tmp_path), smoothing=0.5) as pilot:
        await at_smoother(pilot, name)
        await pilot.press("end", "up", "J", "y")
        await until(pilot, lambda: "looked at once" in on_screen(pilot))
        shown = losses(pilot)
        row = comparison(pilot).rows[next(k for k, v in SMOOTHERS.items() if v == name), 4]
        text = printed(await code_of(pilot), tmp_path)
        lines = [numbers(line) for line in text.splitlines()]
        assert [[float(n) for n in line[1:]] for line in lines[1:7]] == shown
        assert lines[7:] == [[f"{row.dev_without_train:.4f}"], [f"{comparison(pilot).test_of(row):.4f}"]]
        explanation = pilot.app.screen.why()
        assert isinstance(explanation, Explanation)
        assert explanation.result == f"{row.dev:.4f}"


async def test_every_part_can_be_seen_at_every_size(us_names: Corpus) -> None:
    async with in_contexts(us_names, size=(80, 24)) as pilot:
        assert "bigrams 2." in on_screen(pilot)
        assert "1 Data  2 Counts  3 Train  4 Draw  5 Contexts" in on_screen(pilot)
        await pilot.press("v")
        assert "k of add-k with context 1" in on_screen(pilot)
        for name in ("dev", "train"):
            await until(pilot, lambda name=name: re.search(rf"[┃┫].* {name} ", on_screen(pilot)))
        await pilot.press("v")
        assert "test is sealed" in on_screen(pilot)
        assert len(table(pilot)) == 6
        await pilot.press("v", ")")
        await until(pilot, lambda: "context 2" in on_screen(pilot).splitlines()[0])
        await app_of(pilot).action_begin_lesson(29)
        await pilot.resize_terminal(60, 18)
        await until(pilot, lambda: len(table(pilot)) == 6)
        for part in ("k of add-k with context 3", "test is sealed"):
            await pilot.press("v")
            assert part in on_screen(pilot)
        app_of(pilot)._use_language("zh")
        await until(pilot, lambda: re.search(r"开发集 .*训练集有 \d+ +│", on_screen(pilot)))
        await pilot.press("v")
        assert len(table(pilot)) == 6
        await app_of(pilot).action_leave_lesson()
        await until(pilot, lambda: "字母" not in on_screen(pilot))
        await pilot.press("shift+tab")
        await until(pilot, lambda: "损失与上下文长度" in on_screen(pilot))


async def test_a_cursor_moves_without_drawing_the_lines_again(
    us_names: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async with in_contexts(us_names) as pilot:
        ladder, tuning = pilot.app.screen.query_one(LadderPlot), pilot.app.screen.query_one(TuningPlot)
        await rests(pilot)
        noting(monkeypatch, done, "ladder", LadderPlot, "paint")
        noting(monkeypatch, done, "tuning", TuningPlot, "paint")
        noting(monkeypatch, done, "layout", Screen, "_refresh_layout")

        def drawn(plot: Plot) -> list[str]:
            canvas = plot.query_one("#plot")
            return [strip.text for strip in canvas.render_lines(canvas.size.region)]

        first = drawn(ladder)
        await pilot.press("down")
        await rests(pilot)
        assert "".join(first).count("○") == 0, "the one in use is over it"
        second = drawn(ladder)
        assert "".join(second).count("○") == 2
        await pilot.press("down", "up", "up")
        await rests(pilot)
        assert drawn(ladder) == first, "what was below the cursor is there again"
        assert done == []
        await pilot.press("tab", "right")
        await rests(pilot)
        assert "k = 1.33" in "".join(drawn(tuning))
        await pilot.press("left")
        await contexts_compared(pilot)
        await rests(pilot)
        assert drawn(ladder) == first
        assert re.search(r"k = 1(?!\.)", "".join(drawn(tuning)))
        assert set(done) == {"ladder"}, "another k has other losses, but the curves over k stay"
        done.clear()
        await pilot.press(")")
        await until(pilot, lambda: "k of add-k with context 2" in on_screen(pilot))
        await contexts_compared(pilot)
        await rests(pilot)
        assert (done.count("tuning"), done.count("layout")) == (1, 0), "everything keeps its size"


async def test_the_best_context_is_named_once_all_are_compared(us_names: Corpus) -> None:
    said = "on dev the best context is"
    async with in_contexts(us_names) as pilot:
        assert said in on_screen(pilot)
        topic, complete = app_of(pilot).workspace.evaluator.comparison, comparison(pilot)
        rows = {key: row for key, row in complete.rows.items() if row.context < 5}
        topic.publish(replace(complete, rows=rows))
        await until(pilot, lambda: len(losses(pilot)) == 5)
        assert said not in on_screen(pilot)
        topic.publish(complete)
        await until(pilot, lambda: said in on_screen(pilot))


async def test_names_stay_in_the_frame_and_a_point_is_not_named_among_the_ends_of_lines(
    us_names: Corpus,
) -> None:
    for size in ((50, 30), (80, 24)):
        async with opened(us_names, "5", size=size) as pilot:
            await contexts_compared(pilot)
            await until(pilot, lambda: "modified Kneser-Ne" in on_screen(pilot))
            lines = on_screen(pilot).splitlines()
            framed = [line for line in lines if set(line) & set("┃┫")]
            assert all(sum(line.count(side) for side in "┃┫┣") == 2 for line in framed)
            ends = next(line.index("train") for line in framed if " train 2" in line)
            assert all(line.find("bigrams") < ends for line in framed)
