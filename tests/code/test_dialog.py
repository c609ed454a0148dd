"""The dialog with the code: reading, copying and saving it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from bigram_tui.app import BigramApp
from bigram_tui.dialogs.code import CodeDialog
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.widgets.pane_header import PANES
from bigram_tui.words.corpus import Corpus
from tests.code.cases import NAMES, opened_file
from tests.code.running import code_of, printed, printed_alone
from tests.conftest import thoroughly
from tests.driving import on_screen, opened, until
from tests.prepared import run


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
