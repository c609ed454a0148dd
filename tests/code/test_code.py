"""The code of what a pane shows: run as a script, it prints the pane's numbers."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
import random
import re
import zipfile
from ast import literal_eval
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from backports import zstd
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from bigram_tui.app import BigramApp
from bigram_tui.dialogs.code import CodeDialog
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.counts.pane import CountsPane
from bigram_tui.panes.training.views import Views
from bigram_tui.views.grid_views import TRAINING_VIEWS
from bigram_tui.views.view import View
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.widgets.loss_table import LossTable
from bigram_tui.widgets.pane_header import PANES
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.reading import read
from bigram_tui.words.sources import load
from bigram_tui.words.streams import Source
from tests.code.running import (
    agree,
    as_printed,
    check_compared,
    check_inside,
    check_names,
    check_training,
    code_of,
    drawn_now,
    finish,
    numbers,
    printed,
    printed_alone,
    static,
)
from tests.conftest import Answer, Web, thoroughly
from tests.driving import app_of, on_screen, opened, until
from tests.prepared import run

NAMES = b"emma\nolivia\nava\nisabella\nsophia\nmia\nanna\nhannah\nella\navery\nada\nemma\n"
BABIES = 'name,sex,count\nMary,F,"7,065"\n Anna ,F,"2,604"\nMary,M,3\nEmma,F,0\n,F,3\nJo\nZoë,F,12\n'


def zipped(**members: str | bytes) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return archive.getvalue()


def opened_file(path: Path, content: bytes, **options) -> Corpus:
    path.write_bytes(content)
    return load(str(path), path.parent, options=ReadingOptions(**options))


LISTS: dict[str, tuple[str, bytes, dict]] = {
    "plain": ("names.txt", NAMES, {}),
    "untidy": ("names.txt", b"\n  emma \r\n\r\nava\rmia\n \nolivia", {}),
    "lowercase, unique, limit": (
        "names.txt", b"Emma\nEMMA\nAva\nemma\nMia\nIda\n", {"lowercase": True, "unique": True, "limit": 3},
    ),
    "a full stop in the words": ("mail.txt", b"a.b\nc.d.e\n.\n", {}),
    "every sign of the boundary in the words": ("signs.txt", ".∎¤‡§\n§.\n".encode(), {}),
    "other alphabets": (
        "names.txt", "zoe\u0308\nzoë\nİpek\nΣίσυφος\n再见\nสวัสดี\n".encode(), {"lowercase": True},
    ),
    "the kelvin sign": ("units.txt", "\u212a\nK\n".encode(), {}),
    "line ends that are none": ("odd.txt", "a\x0bb\nc\u2028d\ne\x85f\n".encode(), {}),
    "UTF-8 with a mark": ("names.txt", b"\xef\xbb\xbfemma\nzo\xc3\xab\n", {"encoding": "utf-8"}),
    "UTF-16 with a mark": ("names.txt", "emma\nzoë\n".encode("utf-16"), {}),
    "Latin-1": ("names.txt", "emma\nzoë\n".encode("latin-1"), {"encoding": "latin-1"}),
    "gzip": ("names.txt.gz", gzip.compress(NAMES), {}),
    "bz2 by another name": ("names", bz2.compress(NAMES), {}),
    "xz": ("names.txt.xz", lzma.compress(NAMES), {}),
    "zstd": ("names.txt.zst", zstd.compress(NAMES), {}),
    "rare characters": ("names.txt", NAMES + "zoë\n��\na\x85b\n".encode(), {"min_char_count": 3}),
    "weights": ("babies.csv", BABIES.encode(), {"weight_column": "count"}),
    "weights, unique, lowercase, limit": (
        "babies.csv", BABIES.encode() + b"Ada,F,7\n",
        {"weight_column": "3", "unique": True, "lowercase": True, "limit": 3},
    ),
    "weights and rare characters": (
        "babies.csv", BABIES.encode() + b'"An\nna",F,5\n', {"weight_column": "count", "min_char_count": 100},
    ),
    "a table without weights": (
        "titles.tsv", b'id\ttitle\n1\t"new\nyork"\n2\t rome \n3\tbonn\n4\n', {"unique": True, "limit": 2},
    ),
    "semicolons, no header": ("towns.csv", "1;Köln\n2;Bonn\n".encode(), {"lowercase": True}),
    "a table in gzip": ("babies.csv.gz", gzip.compress(BABIES.encode()), {"column": "name"}),
    "a zip archive": ("names.zip", zipped(**{"names.txt": NAMES}), {}),
    "several files of a zip archive": (
        "names.zip", zipped(**{"a.csv": "\ufeffn,k\nIda,5\nUwe,6\n", "b.csv": "n,k\nEva,7\n"}),
        {"member": "*.csv"},
    ),
    "lists in a zip archive": ("names.zip", zipped(a="\ufeffida\n\n", b="uwe\n"), {"member": "*"}),
    "lines to skip": ("names.txt", b"Names\n=====\nemma\nava\n", {"skip": 2}),
    "a table after lines to skip": (
        "t.csv", b"a,b,c\nd,e,f\nname,n\nIda,5\n", {"skip": 2, "weight_column": "n"},
    ),
    "commas between the words": ("names.txt", b'emma, "Smith, J" ,olivia,\nava , mia,\n', {"separator": ","}),
    "tabs between the words": (
        "names.txt", "zoe\u0308\t\tAVA\n".encode(), {"separator": "\t", "lowercase": True},
    ),
    "invisible characters": ("names.txt", "emma\n\ufeff\u200bava \u200f\nza\u200dra\n".encode(), {}),
    "two tables joined": (
        "t.csv", 'name,n\nIda,5\n\ufeff"name",n\nUwe\u200b,6\n'.encode(), {"weight_column": "n"},
    ),
    "JSON, a list": ("names.json", '["zoe\u0308", " Ida ", null, "Uwe", 7]'.encode(), {"unique": True}),
    "JSON, objects": (
        "names.json", b'[{"k": "x", "name": "Ida", "n": 5}, {"name": null}, {"name": "Uwe", "n": 2.0}]',
        {"weight_column": "n"},
    ),
    "JSON, lines": ("names.jsonl", b'{"name": "Ida"}\n\n{"name": "Uwe"}\n', {}),
    "JSON, rows": ("names.json", b'[["name", "n"], ["Ida", 3], ["Uwe", 4]]', {"weight_column": "2"}),
    "JSON, inside": ("names.json", b'{"about": {"of": 2}, "data": {"names": [{"name": "Ida"}]}}', {}),
    "JSON, columns": ("names.json", b'{"name": ["Ida", "Uwe"], "n": [3, 4]}', {"weight_column": "n"}),
    "JSON, keys": ("names.json", b'{"Ida": 3, "Uwe": 4}', {"weight_column": "2"}),
    "JSON, one object": ("names.json", b'{\n"name": "Ida",\n"n": 3}', {}),
    "JSON in a zip archive": ("a.zip", zipped(**{"a.json": '["a"]', "b.json": '["b"]'}), {"member": "*"}),
}  # fmt: skip


async def test_dataset(tmp_path: Path) -> None:
    async with opened(opened_file(tmp_path / "names.txt", NAMES)) as pilot:
        for case, (name, content, options) in LISTS.items():
            folder = tmp_path / case
            folder.mkdir()
            app_of(pilot).workspace.open(opened_file(folder / name, content, **options))
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


COUNTS = [
    ("plain", 0, View.COUNTS),
    ("plain", 1, View.NETWORK_COUNTS),
    ("plain", 0.5, View.DIFFERENCE),
    ("weights", 3, View.NETWORK_PROBABILITIES),
    ("rare characters", 1, View.WEIGHTS),
    ("a full stop in the words", 1, View.PROBABILITIES),
    ("plain", 0.5, View.WITHOUT_KEEPDIM),
]


async def test_counts(tmp_path: Path) -> None:
    async with opened(opened_file(tmp_path / "names.txt", NAMES)) as pilot:
        workspace = app_of(pilot).workspace
        for case, smoothing, view in COUNTS:
            name, content, options = LISTS[case]
            workspace.open(opened_file(tmp_path / name, content, **options))
            workspace.set_smoothing(smoothing)
            await pilot.press("3", "space", "space", "2", "down", "down", "left")
            pane = app_of(pilot).screen
            pane.choose_view(view)
            text = printed(await code_of(pilot), tmp_path)
            pane.query_one("#inspector", TabbedContent).active = "smoothing-tab"
            await until(pilot, lambda: "mean nll" in static(pilot, "#likelihood"))
            cell, likelihood = static(pilot, "#cell"), static(pilot, "#likelihood")
            shown = dict(re.findall(r"^(.*?)  +(.*)$", f"{cell}\n{likelihood}", re.MULTILINE))
            P = as_printed(re.search(r"probability +(\S+)", cell)[1])
            expected = [
                f"{shown['count']} of {shown['of row']}, P = {P}",
                f"{shown['in row']} in row",
                f"{shown['in table']} in table",
                f"mean nll {shown['mean nll']}",
                f"perplexity {shown['perplexity']}",
            ]
            lines = text.splitlines()
            assert [*lines[:3], *lines[4:6]] == expected
            dataset, cursor = app_of(pilot).workspace.dataset.latest, pane.query_one(BigramGrid).cursor
            likelihood_of_it = dataset.model.probability(cursor.row, cursor.column)
            nats = -math.log(likelihood_of_it) if likelihood_of_it else math.inf
            assert lines[3] == f"-ln P = {nats:.4f} nats"
            assert bool(lines[6:]) == (view is not View.COUNTS)
            assert " ".join(lines[6:]) in " ".join(cell.replace("−", "-").split())
            pane.query_one("#inspector", TabbedContent).active = "cell-tab"


@pytest.mark.parametrize("case", ["plain", *thoroughly("a full stop in the words", "weights")])
async def test_the_row_and_the_smoothing_in_counts(tmp_path: Path, case: str) -> None:
    name, content, options = LISTS[case]
    corpus = opened_file(tmp_path / name, content, **options)
    async with opened(corpus, "2", "down", "down") as pilot:
        pane = app_of(pilot).screen
        assert isinstance(pane, CountsPane)
        for smoothing in (0, 0.1):
            app_of(pilot).workspace.set_smoothing(smoothing)
            pane.query_one("#inspector", TabbedContent).active = "cell-tab"
            await pilot.pause()
            before = printed(await code_of(pilot), tmp_path)
            for _ in range(2):
                pane.query_one("#inspector", TabbedContent).active = "row-tab"
                await pilot.pause()
                shown = [as_printed(bar.text) for bar in pane.query_one("#row", Bars)._bars]
                assert [
                    line.split()[-1]
                    for line in printed(await code_of(pilot), tmp_path)[len(before) :].splitlines()
                ] == shown
                await pilot.press("s")
            pane.query_one("#inspector", TabbedContent).active = "smoothing-tab"
            await until(pilot, lambda: "mean nll" in static(pilot, "#likelihood"))
            likelihood = static(pilot, "#likelihood")
            lines = printed(await code_of(pilot), tmp_path)[len(before) :].splitlines()
            nlls = dict(line.split(": ") for line in lines[2:])
            counts = app_of(pilot).workspace.dataset.latest.counts
            figures = dict(re.findall(r"^(.*?)  +(.*)$", likelihood, re.MULTILINE))
            assert lines[:2] == [f"sum {figures['sum']}", f"knowing nothing {figures['knowing nothing']}"]
            assert nlls["k = 0"] in (likelihood if smoothing else figures["mean nll"])
            assert len(nlls) == 9
            assert nlls == {key: f"{counts.nll(float(key.removeprefix('k = '))):.4f}" for key in nlls}


async def test_counts_of_the_bundled_names(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "2", "g", "n", "a") as pilot:
        text = printed(await code_of(pilot), tmp_path)
    assert text.splitlines() == [
        "2,993 of 18,461, P = 0.1619",
        "#2 of 27 in row",
        "#9 of 729 in table",
        "-ln P = 1.8205 nats",
        "mean nll 2.4550 nats over 229,804 bigrams",
        "perplexity 11.65",
    ]


async def set_to(pilot: Pilot[None], name: str, value: object) -> None:
    await pilot.click(f"#{name} Input")
    await pilot.press(*str(value), "enter", "escape")


async def change_everything(pilot: Pilot[None]) -> None:
    await pilot.press("space", "space", "space")
    await set_to(pilot, "learning_rate", 2.5)
    await pilot.press("space", "space")
    await set_to(pilot, "regularization", 0.2)
    await pilot.press("space")
    await set_to(pilot, "learning_rate", 1)


async def change_the_batch(pilot: Pilot[None]) -> None:
    await set_to(pilot, "batch_size", 5)
    await pilot.press(*["space"] * 4)
    await set_to(pilot, "batch_size", "all")
    await pilot.press("space")
    await set_to(pilot, "batch_size", 32)
    await pilot.press("space", "space")


async def go_back_and_on(pilot: Pilot[None]) -> None:
    await pilot.press(*["space"] * 12, "less_than_sign")
    await set_to(pilot, "learning_rate", 3)
    await pilot.press(*["space"] * 12, "comma", "comma")


RUNS: dict[str, tuple[str, TrainingSettings, Callable | None]] = {
    "not trained": ("plain", TrainingSettings(), None),
    "the lecture's": ("plain", TrainingSettings("randn", steps=100, learning_rate=1), finish),
    "from zeros, without regularization": (
        "other alphabets", TrainingSettings("zeros", steps=20, learning_rate=1, regularization=0), finish,
    ),
    "settings that change": ("plain", TrainingSettings("randn"), change_everything),
    "back in time, and on": ("plain", TrainingSettings(learning_rate=1), go_back_and_on),
    "mini-batches": ("plain", TrainingSettings(seed=7, steps=300, batch_size=8), finish),
    "batches that change": ("a full stop in the words", TrainingSettings("zeros"), change_the_batch),
    "weights": ("weights", TrainingSettings("randn", steps=40), finish),
    "steps that are too large": ("plain", TrainingSettings(learning_rate=2000, steps=60), finish),
    "diverged": ("plain", TrainingSettings(regularization=1e6, learning_rate=1000, steps=60), finish),
}  # fmt: skip


@asynccontextmanager
async def trained(case: str, folder: Path) -> AsyncIterator[Pilot[None]]:
    """The Training pane after one of RUNS."""
    words, settings, do = RUNS[case]
    name, content, options = LISTS[words]
    corpus = opened_file(folder / name, content, **options)
    async with opened(corpus, "3", settings=settings, size=(140, 45)) as pilot:
        if do:
            await do(pilot)
        yield pilot


@pytest.mark.parametrize("case", RUNS)
async def test_training(tmp_path: Path, case: str) -> None:
    """Its numbers, the table of its losses and the inside of its last step."""
    async with trained(case, tmp_path) as pilot:
        check_training(printed(await code_of(pilot), tmp_path), pilot)
        await check_losses(pilot, tmp_path)
        await pilot.press("t", "right", "down", "i")
        check_inside(printed(await code_of(pilot), tmp_path), pilot)


async def check_losses(pilot: Pilot[None], folder: Path) -> None:
    pane, step = app_of(pilot).screen, app_of(pilot).workspace.trainer.training.latest.step
    pane.query_one(TabbedContent).active = "losses"
    await pilot.pause()
    table = pane.query_one(LossTable)
    rows = [numbers(table.line(item, 80).replace(",", "")) for item in table.items if item[0] <= step]
    lines = printed(await code_of(pilot), folder).splitlines()
    found = [numbers(line) for line in lines[7 : len(lines) - len(drawn_now(pilot))]]
    if rows[-1][0] != str(step):
        assert found.pop()[0] == str(step)
    assert len(found) == len(rows)
    assert all(map(agree, found, rows))


async def test_the_default_training_on_the_bundled_names(
    us_names: Corpus, tmp_path: Path, reference: dict
) -> None:
    async with opened(us_names, "3", *["space"] * 10) as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_training(text, pilot)
    expected = reference["us_names_2018.txt"]["training"]["article"]["losses"]["10"]
    assert numbers(text)[0] == f"{expected:.4f}"


async def test_rows_of_w_and_cross_entropy_agree_with_one_hot_rows(tmp_path: Path) -> None:
    """v in the dialog cycles through them and the program's own algorithm, which may be the only one.

    If steps are too large, the program's algorithm comes first; cross_entropy still works after exp
    overflows.
    """
    async with trained("the lecture's", tmp_path) as pilot:
        one_hot, written = await code_of(pilot), []
        await pilot.press("p")
        for way in ("xenc @ W", "logits = W[xs]", "F.cross_entropy(W[xs], ys)", "through the counts"):
            dialog = pilot.app.screen
            assert isinstance(dialog, CodeDialog)
            assert way in dialog.notebook.as_script()
            written.append(dialog.notebook)
            await pilot.press("v")
        assert dialog.notebook == one_hot == written[0]
        await pilot.press("escape")
        for notebook in written[1:]:
            check_training(printed(notebook, tmp_path), pilot)
        await pilot.press("4", "m")
        ways = (await code_of(pilot)).ways
        assert len(ways) == 4
        assert len({printed(way, tmp_path) for way in ways}) == 1
    async with trained("steps that are too large", tmp_path) as pilot:
        counts, one_hot, _, cross_entropy = (await code_of(pilot)).ways
        check_training(printed(counts, tmp_path), pilot)
        assert "loss            nan" in printed(one_hot, tmp_path)
        assert "nan" not in printed(cross_entropy, tmp_path)
    async with trained("weights", tmp_path) as pilot:
        await pilot.press("p", "v")
        assert "Another way" not in on_screen(pilot)


@pytest.mark.parametrize("case", ["weights", *thoroughly("plain")])
async def test_the_cell_under_the_cursor_of_the_networks_table(tmp_path: Path, case: str) -> None:
    name, content, options = LISTS[case]
    corpus = opened_file(tmp_path / name, content, **options)
    async with opened(corpus, "3", *["space"] * 4, "t", "g", "n", "a", size=(80, 30), smoothing=2) as pilot:
        for view in TRAINING_VIEWS:
            app_of(pilot).screen.query_one(Views).choose_view(view)
            await pilot.pause()
            notebook = await code_of(pilot)
            check_training(printed(notebook, tmp_path), pilot)
        await pilot.press("t")
        assert len((await code_of(pilot)).cells) < len(notebook.cells)


@pytest.mark.parametrize("batch_size", [6, *thoroughly(None)])
async def test_a_run_that_started_from_a_saved_network(tmp_path: Path, batch_size: int | None) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    settings = TrainingSettings("randn", seed=3, learning_rate=1, batch_size=batch_size)
    async with opened(corpus, "3", *["space"] * 7, settings=settings) as pilot:
        await run_command(pilot, "Save network")
        await pilot.press("home", "ctrl+k", *str(tmp_path / "w 'n'.safetensors"), "enter")
        await until(pilot, (tmp_path / "w 'n'.safetensors").exists)
    async with opened(corpus, "3") as pilot:
        await run_command(pilot, "Load network")
        await pilot.press(*str(tmp_path / "w 'n'.safetensors"), "enter")
        await until(pilot, lambda: "Step 7 of" in on_screen(pilot))
        await pilot.press("space", "space", "space", "comma")
        text = printed(await code_of(pilot), tmp_path)
        assert "Step 9 of" in on_screen(pilot)
        check_training(text, pilot)


async def run_command(pilot: Pilot[None], name: str) -> None:
    (callback,) = (c.callback for c in pilot.app.get_system_commands(pilot.app.screen) if c.title == name)
    callback()
    await pilot.pause()


async def test_too_many_bigrams_for_a_loop(tmp_path: Path) -> None:
    chosen = random.Random(1)
    words = ["".join(chosen.choices("etaoinshrdlu", k=chosen.randint(3, 10))) for _ in range(140_000)]
    corpus = opened_file(tmp_path / "many.txt", "\n".join(words).encode())
    async with opened(corpus, "3", "space", "space", "space") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_training(text, pilot)


@pytest.mark.parametrize(
    ("case", "keys", "smoothing"),
    [
        ("plain", ["4", *"nnnnnnn"], 1),
        ("weights", ["4", *"nn"], 0),
        ("rare characters", ["4", *"dnnn"], 1),
        ("plain", ["3", "space", "4", *"mnnn"], 1),
        ("other alphabets", ["4", *"mmnn"], 1),
    ],
)
async def test_generator(tmp_path: Path, case: str, keys: list[str], smoothing: float) -> None:
    name, content, options = LISTS[case]
    corpus = opened_file(tmp_path / name, content, **options)
    async with opened(corpus, *keys, smoothing=smoothing) as pilot:
        check_names(printed(await code_of(pilot), tmp_path), pilot)


@pytest.mark.parametrize(("temperature", "model"), [("0.5", 0), ("2", 1), ("0", 0)])
async def test_generator_at_a_temperature(tmp_path: Path, temperature: str, model: int) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(
        corpus, "4", *["m"] * model, "T", "home", "ctrl+k", *temperature, "enter", "escape", "n", "n"
    ) as pilot:
        check_names(printed(await code_of(pilot), tmp_path), pilot)


async def test_the_lectures_names(us_names: Corpus, tmp_path: Path) -> None:
    async with opened(us_names, "4", *"nnnnn") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_names(text, pilot)
        generator = app_of(pilot).workspace.generator
        generator.draw_many(1_200)
        await until(pilot, lambda: generator.generation.latest.drawn == 1_205)
        notebook = await code_of(pilot)
        assert notebook.cells[-1].words.endswith("The list of the pane has the newest only.")
        assert printed(notebook, tmp_path) == text
    assert [line.split()[0] for line in text.splitlines()] == [
        "mor",
        "axx",
        "minaymoryles",
        "kondlaisah",
        "anchshizarie",
    ]


async def test_a_typed_name(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", "t", *"emilia", "enter") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        nll, perplexity = numbers(text.splitlines()[-1])
        assert f"nll {nll} nats" in on_screen(pilot)
        assert f"perplexity {perplexity}" in on_screen(pilot)


@pytest.mark.parametrize("temperature", ["0.5", *thoroughly("1", "0")])
@pytest.mark.parametrize("case", ["weights", *thoroughly("plain")])
async def test_models_compared_draw_with_the_same_u(tmp_path: Path, case: str, temperature: str) -> None:
    name, content, options = LISTS[case]
    corpus = opened_file(tmp_path / name, content, **options)
    set_temperature = ["T", "home", "ctrl+k", *temperature, "enter", "escape"]
    async with opened(corpus, "3", *["space"] * 5, "4", *set_temperature, "M", "n", "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "in another way" not in notebook.cells[-1].words
        check_compared(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize("begin", [[], ["d"]])
@pytest.mark.parametrize("keys", [["space", "space", "n", "c", "space"], *thoroughly(["c"], ["space", "c"])])
async def test_names_after_the_list_was_cleared(tmp_path: Path, begin: list[str], keys: list[str]) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", *begin, "n", "n", *keys, "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "before the list was cleared" in notebook.cells[-1].words
        assert "in another way" not in notebook.cells[-1].words
        check_names(printed(notebook, tmp_path), pilot)
        await pilot.press("u")
        notebook = await code_of(pilot)
        assert "before the list was cleared" not in notebook.cells[-1].words
        check_names(printed(notebook, tmp_path), pilot)


@pytest.mark.parametrize("keys", [["n", "space", "space", "c"], *thoroughly(["n", "c"])])
async def test_compared_names_after_the_list_was_cleared(tmp_path: Path, keys: list[str]) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "3", "f", "4", "M", *keys, "n", "n") as pilot:
        notebook = await code_of(pilot)
        assert "before the list was cleared" in notebook.cells[-1].words
        assert "in another way" not in notebook.cells[-1].words
        check_compared(printed(notebook, tmp_path), pilot)


async def test_the_code_after_clearing_with_a_model_that_draws_nothing_more(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    settings = TrainingSettings(regularization=1e6, learning_rate=1000, steps=60)
    async with opened(corpus, "4", "d", "m", "n", "c", "n", "3", settings=settings) as pilot:
        await finish(pilot)
        await pilot.press("4")
        assert "in another way" in (await code_of(pilot)).cells[-1].words


async def test_a_name_begun_by_another_model_before_the_list_was_cleared(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)
    async with opened(corpus, "4", "n", "M", "n", "space", "c", "M", "n") as pilot:
        notebook = await code_of(pilot)
        check_names(printed(notebook, tmp_path), pilot)
        await pilot.press("M", "n", "n", "n")
        assert "in another way" in (await code_of(pilot)).cells[-1].words


async def test_names_drawn_with_other_settings_are_mentioned(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", NAMES)

    async def told() -> bool:
        return "in another way" in (await code_of(pilot)).cells[-1].words

    async with opened(corpus, "4", "n", "n") as pilot:
        assert not await told()
        await pilot.press("m", "m", "n")
        assert await told()
        await pilot.press("x", "down", "enter", "n")
        assert await told()
        await pilot.press("m", "x", "n", "n")
        assert not await told()
        app_of(pilot).workspace.set_smoothing(7)
        assert await told()


async def test_names_that_never_end_are_cut_off(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "names.txt", b"abababab\nababab\n")
    async with opened(corpus, "4", "T", "home", "ctrl+k", "0", "enter", "escape", "n") as pilot:
        text = printed(await code_of(pilot), tmp_path)
        check_names(text, pilot)
    assert len(text.split()[0]) == 1_000


# Where the words come from


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


# The dialog


@pytest.mark.parametrize("key", ["1", "3"])
async def test_the_saved_notebook_is_valid_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(opened_file(tmp_path / "names.txt", NAMES), "3", "space", "space", key) as pilot:
        notebook = await code_of(pilot)
        await pilot.press("p", "e", "end", *["backspace"] * 3, *".ipynb", "enter")
        (saved,) = [Path(f"bigram-{mode}.ipynb") for place, mode in enumerate(PANES, 1) if str(place) == key]
        await until(pilot, lambda: isinstance(pilot.app.screen, CodeDialog))
        assert saved.name in on_screen(pilot)
        await pilot.press("e", "enter")
        await until(pilot, saved.with_suffix(".py").exists)
    read_back = nbformat.read(saved, as_version=4)
    nbformat.validate(read_back)
    assert saved.read_text() == notebook.as_notebook()
    assert saved.with_suffix(".py").read_text() == notebook.as_script()
    cells = [cell.source for cell in read_back.cells if cell.cell_type == "code"]
    run_cells = tmp_path / "run_cells.py"
    run_cells.write_text("import json, sys\nnames = {}\nfor x in json.load(sys.stdin):\n    exec(x, names)")
    done = run(run_cells, folder=tmp_path, input=json.dumps(cells).encode(), prepared=("numpy", "torch"))
    assert done.stdout.decode() == printed(notebook, tmp_path) == printed_alone(saved.with_suffix(".py"))


async def test_c_copies_the_script(us_names: Corpus) -> None:
    async with opened(us_names, "2") as pilot:
        notebook = await code_of(pilot)
        await pilot.press("p", "c")
        assert pilot.app.clipboard == notebook.as_script()
        await until(pilot, lambda: "Sent to the terminal's clipboard" in on_screen(pilot))


async def test_selected_code_is_copied_without_the_bar_beside_it(us_names: Corpus) -> None:
    async with opened(us_names, "2", "p") as pilot:
        await until(pilot, lambda: "import torch" in on_screen(pilot))
        lines = on_screen(pilot).splitlines()
        first, last = (
            next(y for y, line in enumerate(lines) if text in line) for text in ("chars =", "V = len")
        )
        assert "▌ chars" in lines[first]
        await pilot.mouse_down(offset=(lines[first].index("▌"), first))
        await pilot.hover(offset=(lines[last].index("V = len") + 13, last))
        await pilot.mouse_up(offset=(lines[last].index("V = len") + 13, last))
        await pilot.press("ctrl+c")
        assert "▌" not in pilot.app.clipboard
        assert pilot.app.clipboard.startswith("chars = sorted(set(''.join(words)))\nstoi = {")
        assert "\nV = len(stoi)" in pilot.app.clipboard


async def test_these_keys_close_the_code(us_names: Corpus) -> None:
    async with opened(us_names) as pilot:
        for key in ("escape", "p", "q"):
            await pilot.press("p")
            await until(pilot, lambda: "Code: The words and their bigrams" in on_screen(pilot))
            await pilot.press(key)
            await until(pilot, lambda: "Summary" in on_screen(pilot))


@pytest.mark.parametrize("size", [(80, 24), *thoroughly((40, 12), (140, 40))])
async def test_all_of_the_code_can_be_seen(us_names: Corpus, size: tuple[int, int]) -> None:
    async with opened(us_names, "3", "space", size=size) as pilot:
        notebook = await code_of(pilot)
        await pilot.press("p")
        await pilot.pause()
        seen, shown = "", ""
        while on_screen(pilot) != shown:
            shown = on_screen(pilot)
            seen += re.sub(r"[│▐▌▏▎▍▊█▁▂▃▄▅▆▇ \n]", "", shown)
            await pilot.press("pagedown")
            await pilot.pause()
    for cell in notebook.cells:
        for line in (cell.words, *cell.code.splitlines()):
            for word in line.split():
                assert word in seen


async def test_a_pane_without_code_says_why(tmp_path: Path) -> None:
    corpus = opened_file(tmp_path / "many.txt", "".join(map(chr, range(0x4E00, 0x5200))).encode())
    async with opened(corpus, "3", "p") as pilot:
        await until(pilot, lambda: "trained for up to 1,000 characters" in on_screen(pilot))
        await pilot.press("2", "V", "p")
        assert isinstance(pilot.app.screen, CodeDialog)


async def test_only_the_code_of_training_waits_for_torch(us_names: Corpus) -> None:
    app = BigramApp(us_names, TrainingSettings(), 1.0)
    app._load_torch = lambda: None  # type: ignore[method-assign]
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("3", "p")
        await until(pilot, lambda: "There is no code yet" in on_screen(pilot))
        for key in ("2", "4"):
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen.has_begun)
            await pilot.press("p")
            await until(pilot, lambda: isinstance(pilot.app.screen, CodeDialog))
            await pilot.press("escape")


async def test_the_palette_offers_the_code(us_names: Corpus) -> None:
    async with opened(us_names, "ctrl+p", *"code") as pilot:
        await until(pilot, lambda: "The PyTorch code of what this pane shows" in on_screen(pilot))
