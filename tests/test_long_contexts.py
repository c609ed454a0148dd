"""One context length for the whole program: what Dataset and Counts show of it, and their code."""

from __future__ import annotations

import csv
import random
import re
from itertools import product
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from bigram_tui.app import BigramApp
from bigram_tui.code.panes import counts_code, dataset_code
from bigram_tui.dialogs.path import PathDialog
from bigram_tui.dialogs.why import WhyDialog
from bigram_tui.lm.model import score
from bigram_tui.lm.settings import SMOOTHERS, TrainingSettings
from bigram_tui.panes.training.views import Views
from bigram_tui.session.learning import Learning, Tables
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.views.grid import Cell
from bigram_tui.views.view import View
from bigram_tui.why.brief import instead_of
from bigram_tui.widgets.bars import ChoosableBars
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from tests.code.running import static
from tests.driving import app_of, contexts_compared, on_screen, opened, rests, until
from tests.lists import parse_words
from tests.prepared import run

EMMA = 0.5036962436
"""P(a|emm) of names.txt, split 80/10/10, modified Kneser-Ney."""


async def counted(pilot: Pilot[None], context: int) -> None:
    """Wait until this context is in use and shown."""
    await until(pilot, lambda: app_of(pilot).workspace.dataset.latest.counts.context == context)
    await until(pilot, lambda: f"context {context}" in on_screen(pilot) or context == 1)


async def test_the_reference_is_shown_wherever_p_of_a_after_emm_is(names_txt: Path) -> None:
    corpus = parse_words(names_txt.read_bytes(), "names.txt")
    app = BigramApp(
        corpus, TrainingSettings(), 1.0, smoother="modified-kneser-ney", learning=Learning(1, from_train=True)
    )
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.dataset.latest.parts and app.workspace.ready.latest)
        await pilot.press("right_parenthesis")
        await counted(pilot, 2)
        await pilot.press("right_parenthesis")
        await counted(pilot, 3)
        shown = on_screen(pilot)
        assert "context 3 · train 80%" in shown
        assert "train, 25,626 words" in shown
        assert "Most frequent 4-grams" in shown
        assert re.search(r"\.\.\.e +\.\.em +\.emm +emma +mma\.", shown)
        assert f"{EMMA:.4f}" in static(pilot, "#unrolled")
        await pilot.press("2", "g", *"emma")
        await until(pilot, lambda: "emm → a" in on_screen(pilot))
        model = app.workspace.dataset.latest.model
        state = app.workspace.dataset.latest.counts.vocabulary.index
        e, m, a = (state[character] for character in "ema")
        assert model.probability((e * 27 + m) * 27 + m, a) == pytest.approx(EMMA, abs=5e-11)
        assert f"{EMMA:.4f}" in static(pilot, "#cell")
        await until(pilot, lambda: "P(a|emm)" in static(pilot, "#explanation"))
        explained = static(pilot, "#explanation")
        table = re.findall(r"^(anything|m|mm|emm) +([\d,]+) +(\S+) +(\S+)$", explained, re.M)
        assert [row[0] for row in table] == ["anything", "m", "mm", "emm"]
        assert table[-1][3] == f"{EMMA:.4f}"
        nothing = re.search(r"knowing nothing +(\S+)", explained)
        assert nothing
        parts = [float(row[2]) for row in table] + [float(nothing[1])]
        assert sum(parts) == pytest.approx(EMMA, abs=3e-4)
        await pilot.press("v", "w")
        await until(pilot, lambda: isinstance(app.screen, WhyDialog))
        derived = app.screen.explanation.steps
        assert derived[-1].numbers[-1].endswith(f"{EMMA:.4f}")
        assert "1 / 27" in derived[0].numbers[0]
        for x, _, _, P in table[:-1]:
            assert any(
                f"{float(number.rpartition(' = ')[2]):.4f}" == P
                for step in derived
                for number in step.numbers
                if " = 0." in number
            ), x
        await pilot.press("escape", "V")
        app.screen.query_one("#inspector", TabbedContent).active = "smoothing-tab"
        await until(pilot, lambda: "dev" in static(pilot, "#likelihood"))
        likelihood = static(pilot, "#likelihood")
        assert "over 182,625 4-grams" in likelihood
        dev = re.search(r"dev +(\S+) nats", likelihood)
        assert dev
        await pilot.press("4", "t", *"emma", "f2")
        await until(pilot, lambda: isinstance(app.screen, WhyDialog))
        reckoned = [number for step in app.screen.explanation.steps for number in step.numbers]
        assert any(n.startswith("P(a|emm) = ") and n.endswith(f" = {EMMA:.6f}") for n in reckoned)
        await pilot.press("f2", "escape")
        bars = app.screen.query_one(ChoosableBars)
        for place, token in enumerate((e, m, m), 1):
            bars._go_to(token)
            await pilot.press("enter")
            await until(
                pilot, lambda place=place: len(app.workspace.generator.generation.latest.tokens) == place
            )
        await pilot.press("down")
        await until(pilot, lambda: "After emm: choose" in on_screen(pilot))
        assert bars._bars[a].text.startswith(f"{EMMA:.4f}")
        assert sum(bars._bars[a].parts) == pytest.approx(EMMA, abs=5e-11)
        await pilot.press("3")
        views, emm = app.screen.query_one(Views), (e * 27 + m) * 27 + m
        values = []
        for view in (View.NETWORK_PROBABILITIES, View.DIFFERENCE):
            views.choose_view(view)
            await pilot.pause()
            values.append(views.table.grid.view.value(emm, a))
        assert values[0] - values[1] == pytest.approx(EMMA, abs=1e-7)
        await pilot.press("2", "u")
        await counted(pilot, 2)
        assert "emm → a" not in on_screen(pilot)


async def test_nothing_is_cut_at_80_columns(us_names: Corpus) -> None:
    async with opened(us_names, size=(80, 24)) as pilot:
        workspace = app_of(pilot).workspace
        for context, smoother, from_train in ((3, "modified-kneser-ney", False), (5, "kneser-ney", True)):
            workspace.learn(workspace.learning._replace(from_train=from_train))
            await until(
                pilot, lambda from_train=from_train: bool(workspace.dataset.latest.parts) is from_train
            )
            workspace.choose(context, smoother, 1)
            await counted(pilot, context)
            for key in "1245":
                await pilot.press(key)
                if key == "4":
                    await pilot.press("n")
                    await until(pilot, lambda: "● in" in on_screen(pilot))
                if key == "5":
                    await contexts_compared(pilot)
                await rests(pilot)
                shown = on_screen(pilot)
                assert "…" not in shown, f"{key} with context {context}:\n{shown}"
                assert key != "1" or "Kneser-Ney)" in shown


def test_a_context_that_does_not_occur_is_explained() -> None:
    corpus = parse_words(b"emma\nava\n", "two")
    counts = Tables(corpus).learned(Learning(2)).counts
    v, e = (counts.vocabulary.index[character] for character in "ve")
    state = v * len(counts.vocabulary) + e
    said = instead_of(Dataset(corpus, counts, 1), state)
    assert said == "“ve” never occurs: with add-k each token has P = 1/5 after it"
    said = instead_of(Dataset(corpus, counts, 1, "modified-kneser-ney"), state)
    assert said == "“ve” never occurs: its P is that of the shorter context “e”"


async def test_every_view_and_the_inside_of_a_step_for_a_context_with_a_large_number(
    us_names: Corpus,
) -> None:
    """Its number is larger than any token's."""
    async with opened(us_names, "right_parenthesis") as pilot:
        await counted(pilot, 2)
        await pilot.press("2", "g", *"emm")
        await until(pilot, lambda: "em → m" in on_screen(pilot))
        await pilot.press("V")
        await until(pilot, lambda: "The mistake goes unnoticed only with bigrams" in on_screen(pilot))
        await until(pilot, lambda: not static(pilot, "#explanation"))
        await pilot.press("3", "t", "g", *"emm", "i")
        await until(pilot, lambda: "logits       one-hot(em) @ W" in on_screen(pilot))
        (columns,) = re.findall(r"│([^│]*) exp +softmax", on_screen(pilot))
        assert columns.split() == ["logit"]


async def test_no_context_and_the_longest_one(us_names: Corpus) -> None:
    async with opened(us_names, "left_parenthesis") as pilot:
        await counted(pilot, 0)
        assert "Most frequent single tokens" in on_screen(pilot)
        assert re.search(r"│ +e +m +m +a +\. +│", on_screen(pilot))
        await pilot.press("2", "w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyDialog))
        await pilot.press("escape")
        app_of(pilot).workspace.set_context(8)
        await counted(pilot, 8)
        assert "9-grams" in on_screen(pilot)
        await pilot.press("S", "pagedown", "pagedown", "end", "1")
        assert "Most frequent 9-grams" in on_screen(pilot)
        await pilot.press(*["right_parenthesis"] * 3)
        assert notes(pilot) == ["8 is the longest context"]
        await pilot.press("3")
        await until(pilot, lambda: "a row of 27 for each of 27⁸ contexts" in on_screen(pilot))
        await pilot.press("4", "n", "w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyDialog))
        count, row, *_ = pilot.app.screen.explanation.steps
        assert (count.numbers, row.numbers) == (("N = 0",), ("0",)), "nothing follows eight such characters"


def test_the_code_of_each_context_and_smoother_prints_the_numbers(us_names: Corpus, tmp_path: Path) -> None:
    """All snippets in one process, one after another."""
    (tmp_path / "names.txt").write_text("\n".join(us_names.words[:2000]), encoding="utf-8")
    corpus = load(str(tmp_path / "names.txt"), tmp_path)
    tables, training = Tables(corpus), Training(TrainingSettings())
    scripts, expected = [], []
    for context, smoother in product((0, 2, 3), SMOOTHERS):
        learned = tables.learned(Learning(context, from_train=True))
        dataset = Dataset(corpus, learned.counts, 0.5, smoother, parts=learned.parts)
        scored = score(corpus.counts.vocabulary.encode("emma"), dataset.model)
        state, token, P = scored.tokens[-2]
        scripts += [
            dataset_code(dataset, training, False, "", "emma").as_script(),
            counts_code(dataset, training, View.PROBABILITIES, Cell(state, token)).as_script(),
        ]
        counts, V = dataset.counts, len(dataset.counts.vocabulary)
        expected += [
            *(f"{each.probability:.4f}" for each in scored.tokens),
            f"nll {scored.nll:.4f} nats per token, perplexity {scored.perplexity:.2f}",
            f"{counts.count(state, token):,} of {counts.row_totals[state]:,}, P = {P:.4f}",
            f"#{counts.rank_in_row(state, token):,} of {V} in row",
            f"#{counts.rank_in_table(state, token):,} of {len(counts.states) * V:,} in table",
        ]
    script = tmp_path / "all.py"
    script.write_text("\n".join(f"exec({each!r}, {{}})" for each in scripts), encoding="utf-8")
    done = run(script, folder=tmp_path, prepared=("numpy", "torch"))
    assert done.returncode == 0, done.stderr.decode()
    lines = iter(done.stdout.decode().splitlines())
    for wanted in expected:
        assert any(line == wanted or line.endswith(f") {wanted}") for line in lines), wanted


async def compared(pilot: Pilot[None]) -> None:
    await pilot.press("5")
    await contexts_compared(pilot)


async def test_a_list_of_two_words_is_shown_by_every_pane_at_every_context() -> None:
    """Its split leaves no words for dev, which the app explains."""
    async with opened(parse_words(b"emma\nava\n", "two"), "left_parenthesis") as pilot:
        for context in (0, 1, 2, 8):
            for _ in range(context - app_of(pilot).workspace.learning.context):
                await pilot.press("right_parenthesis")
            await counted(pilot, context)
            await pilot.press("2", "g", *".emma.va"[: context + 1], "e", "escape", *"KKKK")
            assert "Kneser-Ney" not in on_screen(pilot)
            await pilot.press("3", "i")
            if context < 8:
                assert "one-hot" in on_screen(pilot)
                await pilot.press("space", "escape")
                await until(pilot, lambda: "Step 1 of 200" in on_screen(pilot))
            else:
                assert "Press ( for a shorter context" in " ".join(on_screen(pilot).split())
            await pilot.press("4", "n", "M", "space", "M", "space", "M")
            assert "Names (" in on_screen(pilot)
            await compared(pilot)
            assert "dev is empty: 80/10/10 leaves no word for it" in on_screen(pilot)
        app_of(pilot).workspace.set_context(1)
        await counted(pilot, 1)
        await pilot.press("3")
        pilot.app.screen.query_one("#learn_from").focus()
        await pilot.pause()
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: "dev is empty" in on_screen(pilot))
        assert "learn from     all words" in on_screen(pilot)


async def test_three_thousand_characters_are_shown_by_every_pane() -> None:
    rng = random.Random(1)
    words = ["".join(chr(0x4E00 + rng.randrange(3_000)) for _ in range(4)) for _ in range(6_000)]
    async with opened(parse_words("\n".join(words).encode(), "3000"), "right_parenthesis") as pilot:
        await counted(pilot, 2)
        dataset = app_of(pilot).workspace.dataset.latest
        V = len(dataset.counts.vocabulary)
        assert f"{V:,} tokens" in on_screen(pilot)
        a, b, c, _ = words[0]
        await pilot.press("2", "pagedown", "end", "g", a, b, c)
        await until(pilot, lambda: f"{a}{b} → {c}" in on_screen(pilot))
        assert f"of {V:,}² rows" in on_screen(pilot)
        await pilot.press(*"SvKKK")
        await until(pilot, lambda: "modified Kneser-Ney" in on_screen(pilot))
        await pilot.press("3")
        assert "Press ( for a shorter context" in " ".join(on_screen(pilot).split())
        await pilot.press("4", "n", "n")
        assert "Names (2)" in on_screen(pilot)
        await compared(pilot)
        assert f"/ {V:,}²" in on_screen(pilot)


async def test_smoother_export_and_network_of_a_longer_context_by_keys(
    us_names: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(us_names, "2", "right_parenthesis") as pilot:
        app = app_of(pilot)
        await counted(pilot, 2)
        await pilot.press("K", "u")
        await until(pilot, lambda: "Undone: Smoother changed" in on_screen(pilot))
        assert "K smoother add-k" in on_screen(pilot)
        await pilot.press("g", *"qq")
        await until(pilot, lambda: "never occurs: with add-k each token" in " ".join(notes(pilot)))
        await pilot.press(*"KKK")
        await until(
            pilot,
            lambda: "K smoother modified" in on_screen(pilot),
        )
        await pilot.press("g", *"qq")
        await until(pilot, lambda: "its P is that of the shorter context “q”" in " ".join(notes(pilot)))
        await pilot.press("e", "enter")
        await until(pilot, lambda: "Saved counts.csv" in " ".join(notes(pilot)))
        counts = app.workspace.dataset.latest.counts
        with Path("counts.csv").open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        assert ["..", *map(str, counts.cells(0))] == rows[0]
        assert len(rows) == len(counts.states)
        await pilot.press("1", "e", "enter")
        await until(pilot, lambda: "Saved summary.txt" in " ".join(notes(pilot)))
        assert re.search(r"^trigrams +229,804$", Path("summary.txt").read_text(encoding="utf-8"), re.M)
        await pilot.press("3", "space")
        pilot.app.screen.query_one("#learn_from").focus()
        await pilot.pause()
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: "context 2 · train 80%" in on_screen(pilot))
        assert "Step 0 of 200" in on_screen(pilot)
        assert "on dev" in on_screen(pilot)
        await pilot.press("escape", "space", "e", "enter")
        await until(pilot, lambda: "Saved losses.csv" in " ".join(notes(pilot)))
        assert "dev" in Path("losses.csv").read_text(encoding="utf-8").splitlines()[0]
        await pilot.press("u")
        await until(
            pilot, lambda: "Step 1 of 200" in on_screen(pilot) and "train 80%" not in on_screen(pilot)
        )
        await chosen(pilot, "Save network", "two.safetensors")
        await until(pilot, lambda: "Saved two.safetensors" in " ".join(notes(pilot)))
        await pilot.press("right_parenthesis")
        await counted(pilot, 3)
        await chosen(pilot, "Load network", "two.safetensors")
        await until(pilot, lambda: "context of 2" in " ".join(on_screen(pilot).replace("│", " ").split()))
        await pilot.press("escape", "left_parenthesis")
        await counted(pilot, 2)
        await pilot.press("4", "n")
        await until(pilot, lambda: "Names (1)" in on_screen(pilot))
        await pilot.press("e", "enter")
        await until(pilot, lambda: "Saved names.txt" in " ".join(notes(pilot)))


def notes(pilot: Pilot[None]) -> list[str]:
    """The notifications that are still visible."""
    return [note.message for note in pilot.app._notifications]


async def chosen(pilot: Pilot[None], title: str, path: str) -> None:
    """Run the command with this title from the palette, and enter the path that it asks for."""
    next(each for each in app_of(pilot).screen.commands() if each.title == title).callback()
    await until(pilot, lambda: isinstance(pilot.app.screen, PathDialog))
    pilot.app.screen.query_one("Input").value = path
    await pilot.press("enter")
