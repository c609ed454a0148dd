"""w explains the focused number: every line adds up, and the last number is the one on the screen."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
import torch
from textual.containers import VerticalScroll
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static, TabbedContent

from bigram_tui.dialogs.why import WhyDialog
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.panes.generator.source import Choice
from bigram_tui.panes.pane import Pane
from bigram_tui.panes.training.drawn_now import DrawnNow
from bigram_tui.panes.training.pane import TrainingPane
from bigram_tui.texts import speak
from bigram_tui.views.grid_views import TRAINING_VIEWS, VIEWS
from bigram_tui.views.ngrams import called
from bigram_tui.why.explanation import Explanation, Step
from bigram_tui.widgets.bars import Bars
from bigram_tui.widgets.bigram_grid import BigramGrid
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from tests.conftest import thoroughly
from tests.driving import app_of, contexts_compared, lines_of, on_screen, opened, until
from tests.lists import parse_words

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "anna", "hannah", "nan", "ava"]
FEW = parse_words("\n".join(WORDS).encode(), "few")
PAIRS = Counter(itertools.chain.from_iterable(itertools.pairwise(f".{word}.") for word in WORDS))
ROWS = Counter(first for first, _ in PAIRS.elements())
V, n = len(ROWS), PAIRS.total()
SIZES = pytest.mark.parametrize("size", [(80, 24), *thoroughly((140, 40))])

NUMBER = r"−?(?:\d[\d,]*)?\.?\d+(?:e[-+]?\d+)?"


OPERATORS = str.maketrans(
    {"−": "-", "×": "*", "·": "*", "^": "**", **{sign: f"**{n}" for n, sign in enumerate("²³⁴", 2)}}
)


# Reading an explanation like somebody with a pocket calculator


def is_formula(token: str) -> bool:
    bare = re.sub(r"^\S+?:(?=−?[\d.])|exp\(|ln|^e\^", "", token)  # “a:12” is a labelled term
    return bool(re.fullmatch(r"[+/×·−]|[(−]*", bare) or re.fullmatch(rf"\(?{NUMBER}[\d.,()^/·×²³⁴]*", bare))


def value(formula: str) -> float:
    """The value of a written formula."""
    text = " ".join(re.sub(r"^\S+?:(?=−?[\d.])", "", token) for token in formula.replace(",", "").split())
    text = re.sub(r"\be\^", "exp 1 ^", text).replace("exp 1", str(math.e))
    text = re.sub(rf"−ln ({NUMBER})", r"(-log(\1))", text)
    text = re.sub(rf"\bln ({NUMBER})", r"log(\1)", text)
    text = text.translate(OPERATORS)
    return float(eval(text, {"__builtins__": {}}, {"log": math.log, "exp": math.exp}))


def equations(numbers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Both sides of each “=” and “≈”. A line with “=” first continues the last one, “sum =” all."""
    before, ends = "", []
    for line in numbers:
        sides = re.split(r" (?:=|≈) ", re.sub(r"[\d,]+ others ", "", line.removeprefix("= ")))
        if line.startswith("= "):
            sides.insert(0, before)
        elif line.startswith("sum = "):
            sides[0] = " + ".join(ends)
        for left, right in itertools.pairwise(side.split() for side in sides):
            formula = list(itertools.takewhile(is_formula, reversed(left)))[::-1]
            result = list(itertools.takewhile(is_formula, right))
            if formula and result:
                yield " ".join(formula), " ".join(result)
        before = sides[-1]
        ends.append(line.rsplit(" ", 1)[-1])


def check_arithmetic(explanation: Explanation) -> None:
    """Recompute every line from the numbers in it."""
    for left, right in itertools.chain.from_iterable(equations(step.numbers) for step in explanation.steps):
        expected, written = value(left), value(right)
        decimals = len(right.partition(".")[2]) if re.fullmatch(NUMBER, right) else 4
        rounding = 10.0**-decimals + 6e-5 * len(left.split()) + 2e-4 * abs(expected)
        assert abs(expected - written) <= rounding, f"{left} is {expected}, not {right}"


async def why(pilot: Pilot[None]) -> Explanation:
    """Press w: the explanation adds up, ends in a number on the screen, and closes again."""
    pane = pilot.app.screen
    await pilot.press("w")
    await until(pilot, lambda: isinstance(pilot.app.screen, WhyDialog))
    dialog = pilot.app.screen
    assert isinstance(dialog, WhyDialog)
    explanation = dialog.explanation
    assert isinstance(explanation, Explanation), explanation
    check_arithmetic(explanation)
    begins = "" if explanation.result.startswith("−") else r"(?<![\d.,])"
    number = re.compile(rf"{begins}{re.escape(explanation.result)}(?![\d]|[.,]\d)")
    await until(pilot, lambda: any(number.search(strip.text) for strip in lines_of(pane)))
    await pilot.press("end")
    lines = dialog.query_one(VerticalScroll)
    await until(pilot, lambda: lines.scroll_offset.y == lines.max_scroll_y)
    assert explanation.result in on_screen(pilot)
    await pilot.press("w")
    await until(pilot, lambda: not isinstance(pilot.app.screen, WhyDialog))
    return explanation


def text_of(explanation: Explanation) -> str:
    return "\n".join("\n".join((step.words, *step.numbers)) for step in explanation.steps)


def P(first: str, second: str, k: float = 1) -> float:
    return (PAIRS[first, second] + k) / (ROWS[first] + k * V)


def nll_of(word: str, k: float = 1) -> float:
    pairs = list(itertools.pairwise(f".{word}."))
    return -sum(math.log(P(*pair, k)) for pair in pairs) / len(pairs)


async def focus(pilot: Pilot[None], selector: str) -> None:
    pilot.app.screen.query_one(selector).focus()
    await pilot.pause()


@pytest.mark.parametrize(
    "lines",
    [
        ["P(a|b) = (3 + 1) / (8 + 2·1)", "= 0.5000"],
        ["a:1.5000 + b:2.5000 + 12 others 1.5000", "= 5.5100"],
        ["−ln 0.5 = 0.7931"],
        ["exp(1.0) = 2.8183"],
        ["e^1.0 = 2.73"],
        ["ab 2 × 1.500000 = 3.0000", "3 others 1.0000", "sum = 4.0100"],
        ["2 · 0.01 · 0.5 / 27² = 0.0147"],
    ],
)
def test_a_wrong_line_would_be_noticed(lines: list[str]) -> None:
    with pytest.raises(AssertionError):
        check_arithmetic(Explanation("", Step("", *lines)))


# Dataset


@SIZES
async def test_the_parts_of_the_dataset(size: tuple[int, int]) -> None:
    async with opened(FEW, size=size) as pilot:
        word = await why(pilot)
        assert word.result == f"{math.exp(nll_of('emma')):.2f}"
        assert f"P(e|.) = ({PAIRS['.', 'e']} + 1) / ({ROWS['.']} + {V}·1)" in text_of(word)
        await pilot.press("down", "down")
        assert (await why(pilot)).result == f"{math.exp(nll_of('ava')):.2f}"
        await focus(pilot, "#summary-panel")
        characters = sum(map(len, WORDS))
        summary = await why(pilot)
        assert summary.result == f"{characters / len(WORDS):.2f}"
        assert f"{characters} + {len(WORDS)} = {n} bigrams" in text_of(summary)
        assert f"{len(PAIRS)} of {V}×{V} = {V * V}" in text_of(summary)
        assert f"different: {len(set(WORDS))}" in text_of(summary)
        await focus(pilot, "#bigrams")
        ranked = PAIRS.most_common()
        assert (await why(pilot)).result == str(ranked[0][1])
        await pilot.press("end")
        assert (await why(pilot)).result == str(ranked[-1][1])
        await focus(pilot, "#lengths")
        await pilot.press("home", "down")
        assert (await why(pilot)).result == str(sum(len(word) == 4 for word in WORDS))


async def test_a_count_is_derived_from_the_words_that_contain_it() -> None:
    async with opened(FEW, "2", "g", "a", "n") as pilot:
        explanation = await why(pilot)
        times = Counter(word.count("an") for word in WORDS)
        assert explanation.result == str(PAIRS["a", "n"])
        assert f"{times[1]} × 1 = {PAIRS['a', 'n']}" in text_of(explanation)
        larger = sum(m > PAIRS["a", "n"] for m in PAIRS.values())
        assert f"table: {larger} + 1 = {larger + 1} of {V * V}" in text_of(explanation)
        assert f"#{larger + 1} of {V * V}" in on_screen(pilot)
        await pilot.press("g", "n", "n")
        assert "anna hannah" in text_of(await why(pilot))


async def test_results_of_the_second_pass_are_not_explained_before_it() -> None:
    not_described = Corpus("new", FEW.counts, listed=len(WORDS))
    async with opened(not_described, "w") as pilot:
        assert "second pass" in on_screen(pilot)
        await pilot.press("q")
        await focus(pilot, "#lengths")
        await pilot.press("w")
        assert "second pass" in on_screen(pilot)


async def test_lines_cleaned_on_reading() -> None:
    text = b"  emma\n\nava\r\n \nava\nmia \n"
    async with opened(parse_words(text, "untidy", ReadingOptions(unique=True))) as pilot:
        await focus(pilot, "#summary-panel")
        explained = text_of(await why(pilot))
        summary = str(pilot.app.screen.query_one("#summary", Static).content)
        (shown,) = re.findall("lines cleaned +(.*)", summary)
        assert all(f"{part}: " in explained for part in shown.split(", "))
        assert "3 + 2 + 1 = 6\n" in explained
    table = b"name,n\n Anna ,3\nJo\nIda,0\nAda,2\n"
    options = ReadingOptions(weight_column="n")
    async with opened(parse_words(table, "t.csv", options)) as pilot:
        await focus(pilot, "#summary-panel")
        explained = text_of(await why(pilot))
        assert "1 header: " in explained
        assert "2 + 1 + 1 + 1 = 5\n" in explained
    async with opened(parse_words(table, "t.csv", replace(options, limit=1))) as pilot:
        await focus(pilot, "#summary-panel")
        explained = text_of(await why(pilot))
        assert "1 header: " in explained
        assert "all the lines" not in explained


async def test_while_a_field_has_the_focus_w_is_text() -> None:
    async with opened(FEW, "slash", "w") as pilot:
        assert "no word contains this" in on_screen(pilot)
        await pilot.press("escape", "w")
        assert "No word contains this text" in on_screen(pilot)


# Counts


@SIZES
async def test_each_view_of_a_cell(size: tuple[int, int]) -> None:
    async with opened(FEW, "3", *["space"] * 5, "2", "g", "n", "a", size=size) as pilot:
        assert (await why(pilot)).result == str(PAIRS["n", "a"])
        W = trained(5)
        softmax = W.softmax(1)
        i, j = index("n"), index("a")
        expected = [P("n", "a"), softmax[i, j], W[i, j].exp(), W[i, j], softmax[i, j] - P("n", "a")]
        expected.append((PAIRS["n", "a"] + 1) / (ROWS["a"] + V))  # the row sums, laid out as a row
        for number in expected:
            await pilot.press("v")
            explanation = await why(pilot)
            assert value(explanation.result) == pytest.approx(float(number), abs=6e-5)


async def test_the_bars_of_a_row_and_the_likelihood() -> None:
    async with opened(FEW, "2", "g", "v", "a", size=(80, 24)) as pilot:
        inspector = pilot.app.screen.query_one("#inspector", TabbedContent)
        inspector.active = "row-tab"
        await until(pilot, lambda: pilot.app.screen.query_one("#row", Bars).highlighted == index("a"))
        for k in (0.0, 0.5, 1.0):
            app_of(pilot).workspace.set_smoothing(k)
            inspector.active = "row-tab"
            await pilot.pause()
            await focus(pilot, "#row")
            await pilot.press("home")
            assert (await why(pilot)).result == (f"{P('v', '.', k):.4f}" if P("v", ".", k) else "0")
            await pilot.press(*["down"] * index("a"))
            assert (await why(pilot)).result == f"{P('v', 'a', k):.4f}"
            inspector.active = "smoothing-tab"
            await pilot.pause()
            await focus(pilot, "#smoothing-tab VerticalScroll")
            nll = -sum(math.log(P(*pair, k)) for pair in PAIRS.elements()) / n
            explanation = await why(pilot)
            assert explanation.result == f"{math.exp(nll):.2f}"
            assert f"/ {n} = {nll:.6f}" in text_of(explanation)


# Training


def index(sign: str) -> int:
    return sorted(ROWS).index(sign)


def trained(steps: int, rate: float = 10.0, regularization: float = 0.01) -> torch.Tensor:
    """W after this many steps of the notebook's loop, with autograd, and one row per bigram."""
    g = torch.Generator().manual_seed(2147483647)
    W = torch.rand((V, V), generator=g, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(loss_of(W, regularization), W)
        W = (W - rate * gradient).detach().requires_grad_()
    return W.detach().double()


def loss_of(W: torch.Tensor, regularization: float = 0.01) -> torch.Tensor:
    xs, ys = (torch.tensor([index(pair[side]) for pair in PAIRS.elements()]) for side in (0, 1))
    P = torch.nn.functional.one_hot(xs, V).to(W.dtype) @ W
    return -P.log_softmax(1)[torch.arange(n), ys].mean() + regularization * W.square().mean()


@SIZES
async def test_the_loss_with_its_parts(size: tuple[int, int]) -> None:
    async with opened(FEW, "3", *["space"] * 3, size=size) as pilot:
        explanation = await why(pilot)
        assert value(explanation.result) == pytest.approx(loss_of(trained(3)).item(), abs=6e-5)
        behind = on_screen(pilot)
        for label in ("data = ", "counting = ", "still to learn = "):
            line = next(x for step in explanation.steps for x in step.numbers if x.startswith(label))
            assert line.split()[-1] in behind
        await pilot.press("less_than_sign")
        assert value((await why(pilot)).result) == pytest.approx(loss_of(trained(0)).item(), abs=6e-5)


def zoom_to_numbers(pilot: Pilot[None]) -> None:
    grid = pilot.app.screen.query_one(BigramGrid)
    grid.zoom, grid.zoom_was_chosen = 3, True


async def test_each_view_of_a_weight_in_training() -> None:
    async with opened(FEW, "3", *["space"] * 4, "t", "g", "n", "n", size=(140, 40)) as pilot:
        zoom_to_numbers(pilot)
        W, i = trained(4), index("n")
        W.requires_grad_()
        (gradient,) = torch.autograd.grad(loss_of(W), W)
        softmax = W.softmax(1)
        expected = [softmax[i, i], softmax[i, i] - P("n", "n"), W[i, i], W[i, i].exp(), gradient[i, i]]
        for number in expected:
            explanation = await why(pilot)
            assert value(explanation.result) == pytest.approx(number.item(), abs=6e-4, rel=4e-3)
            await pilot.press("v")


async def test_the_initial_value_of_a_weight() -> None:
    begins = {"rand": f"torch.rand(({V}, {V}))", "randn": "torch.randn", "zeros": "weight begins as 0"}
    async with opened(FEW, "3", "t", "V", "V", "V") as pilot:
        trainer = app_of(pilot).workspace.trainer
        zoom_to_numbers(pilot)
        for init, words in begins.items():
            trainer.start_over(TrainingSettings(init=init))
            await pilot.pause()
            assert words in text_of(await why(pilot))
            state = trainer.training.latest.state
            assert state is not None
            trainer.start_over(start=replace(state, file="/tmp/net.safetensors"))
            await pilot.pause()
            assert "loaded from /tmp/net.safetensors" in text_of(await why(pilot))


@pytest.mark.parametrize("batch_size", [None, 8])
async def test_the_inside_of_a_step_and_the_losses(batch_size: int | None) -> None:
    settings = TrainingSettings(batch_size=batch_size, steps=40)
    async with opened(FEW, "3", "f", "i", settings=settings) as pilot:
        explanation = await why(pilot)
        assert ("of this batch" in text_of(explanation)) == (batch_size is not None)
        pilot.app.screen.query_one(TabbedContent).active = "losses"
        await pilot.pause()
        await focus(pilot, "LossTable")
        assert "after step 40" in (await why(pilot)).title
        await pilot.press("up", "up")
        explanation = await why(pilot)
        assert "after step 20" in explanation.title
        if batch_size is None:
            assert value(explanation.result) == pytest.approx(loss_of(trained(20)).item(), abs=6e-5)


@SIZES
async def test_a_name_drawn_while_training(size: tuple[int, int]) -> None:
    async with opened(FEW, "3", *["space"] * 9, size=size) as pilot:
        await focus(pilot, "#drawn-now")
        signs, softmax, g = sorted(ROWS), trained(9).softmax(1), torch.Generator().manual_seed(2147483647)
        for row in torch.rand((3, 1000), dtype=torch.float64, generator=g).tolist():
            explanation = await why(pilot)
            previous, name = 0, ""
            for u in row:
                ends = softmax[previous].cumsum(0)
                previous = int((ends < u).sum())
                assert f"< u = {u:.6f} ≤ {ends[previous]:.6f}"[:-2] in text_of(explanation)
                if previous == 0:
                    break
                name += signs[previous]
            assert explanation.result == (name or "(empty)")
            await pilot.press("down")


async def test_the_choices_in_the_settings() -> None:
    async with opened(FEW, "3", settings=TrainingSettings("randn", learning_rate=7)) as pilot:
        said = {
            "init": "drawn from the standard normal distribution",
            "preset": "7 × gradient",
            "pace": "20 a second",
        }
        for name, words in said.items():
            await focus(pilot, f"#{name}")
            await pilot.press("w")
            assert words in on_screen(pilot)
            await pilot.press("escape")


async def why_setting(pilot: Pilot[None], name: str) -> str:
    """Press the key for explanations while typing a setting, and again to close it."""
    await focus(pilot, f"#{name} Input")
    await pilot.press("w")
    assert not isinstance(pilot.app.screen, WhyDialog)
    await pilot.press("ctrl+u", "f2")
    dialog = pilot.app.screen
    assert isinstance(dialog, WhyDialog)
    await pilot.press("f2")
    assert app_of(pilot).screen.query_one(f"#{name} Input").has_focus
    explanation = dialog.explanation
    if isinstance(explanation, str):
        return explanation
    check_arithmetic(explanation)
    return text_of(explanation)


async def test_a_setting_of_the_training_is_explained_while_it_is_typed() -> None:
    async with opened(FEW, "3", *["space"] * 12) as pilot:
        W = trained(12).requires_grad_()
        loss_of(W).backward()
        assert W.grad is not None
        largest = int(W.grad.abs().argmax())
        weight, gradient = (float(table.detach().flatten()[largest]) for table in (W, W.grad))
        step = re.search(
            rf"({NUMBER}) − 10 × ({NUMBER})\n= ({NUMBER})", await why_setting(pilot, "learning_rate")
        )
        assert step
        assert [float(each.replace("−", "-")) for each in step.groups()] == pytest.approx(
            [weight, gradient, weight - 10 * gradient], rel=1e-4
        )
        said = await why_setting(pilot, "regularization")
        assert f"0.01 × {W.square().mean():.6f} = " in said
        assert f"2 · 0.01 · {weight:.6f} / {V * V} = " in said
        gained = loss_of(trained(2)).item() - loss_of(W).item()
        assert f" = {gained:.5f}" in await why_setting(pilot, "least_gain")
        assert f"all {n} bigrams" in await why_setting(pilot, "batch_size")
        assert "f goes on to step 200" in await why_setting(pilot, "steps")
        assert "drawn uniformly from 0 to 1" in await why_setting(pilot, "seed")
    async with opened(FEW, "3", settings=TrainingSettings("zeros", batch_size=4)) as pilot:
        assert f"4 of {n} bigrams ({4 / n:.2%})" in await why_setting(pilot, "batch_size")
        assert "weights" not in await why_setting(pilot, "seed")
        assert "With 0 it never does." in await why_setting(pilot, "least_gain")


async def test_a_setting_of_the_generator_is_explained_while_it_is_typed() -> None:
    async with opened(FEW, "4") as pilot:
        g = torch.Generator().manual_seed(2147483647)
        us = torch.rand(5, dtype=torch.float64, generator=g).tolist()
        said = await why_setting(pilot, "seed")
        assert re.findall(r"u = (\S+)", said) == [f"{u:.6f}" for u in us]
        assert "T = 1 leaves P as it is" in await why_setting(pilot, "temperature")
        await pilot.press("escape", "T", "2", "enter", "escape")
        roots = {second: P(".", second) ** 0.5 for second in ROWS}
        said = await why_setting(pilot, "temperature")
        assert f"= {max(roots.values()) / sum(roots.values()):.6f}" in said
        await pilot.press("escape", "d")
        assert "torch.multinomial" in await why_setting(pilot, "seed")


async def test_a_running_training_pauses_to_be_explained() -> None:
    async with opened(FEW, "3", "r") as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: app.workspace.trainer.training.latest.step > 3)
        await pilot.press("w")
        training = app.workspace.trainer.training.latest
        assert not training.running
        assert isinstance(app.screen, WhyDialog)
        assert isinstance(app.screen.explanation, Explanation)
        assert app.screen.explanation.title == f"the loss after step {training.step:,}"


async def test_a_diverged_training_says_what_to_do() -> None:
    settings = TrainingSettings(learning_rate=1e6, regularization=1e3)
    async with opened(FEW, "3", "f", settings=settings) as pilot:
        await until(pilot, lambda: "diverged" in on_screen(pilot).lower())
        for keys in (
            ["w"],
            ["q", "t", "w"],
            ["q", "i", "w"],
            ["q", "2", "v", "v", "w"],
            ["q", "4", "m", "w"],
        ):
            await pilot.press(*keys)
            assert isinstance(pilot.app.screen, WhyDialog)
            assert isinstance(pilot.app.screen.explanation, str), keys


async def test_names_of_a_network_that_diverged_before_the_next_frame() -> None:
    settings = TrainingSettings(learning_rate=1e6, regularization=1e3)
    async with opened(FEW, "3", settings=settings) as pilot:
        await focus(pilot, "#drawn-now")
        pane, trainer = app_of(pilot).screen, app_of(pilot).workspace.trainer
        assert isinstance(pane, TrainingPane)
        trainer.step(200)  # at once, however long they take
        assert isinstance(pane.focused, DrawnNow)
        assert "diverged" in str(pane.why())


# Generator


@SIZES
async def test_a_drawn_character(size: tuple[int, int]) -> None:
    async with opened(FEW, "4", "space", "space", size=size) as pilot:
        explanation = await why(pilot)
        first, second = (token.draw for token in app_of(pilot).workspace.generator.generation.latest.tokens)
        signs = sorted(ROWS)
        x, y = signs[second.state], signs[second.token]
        u = torch.rand(2, dtype=torch.float64, generator=torch.Generator().manual_seed(2147483647))[1].item()
        below = sum(P(x, sign) for sign in signs[: second.token])
        assert first.token == second.state
        assert below < u <= below + P(x, y)
        assert explanation.result == f"{P(x, y):.4f}"
        assert f"{below:.4f}"[:-1] in text_of(explanation)
        assert f"< u = {u:.6f} ≤" in text_of(explanation)
        assert f"N = {PAIRS[x, y]}\n" in text_of(explanation)


async def test_a_bar_before_the_first_draw_and_one_under_the_cursor() -> None:
    async with opened(FEW, "4") as pilot:
        assert (await why(pilot)).result == f"{max(P('.', sign) for sign in ROWS):.4f}"
        await pilot.press("down", "down")
        signs = sorted(ROWS)
        assert (await why(pilot)).result == f"{P('.', signs[1]):.4f}"
        await pilot.press("v")
        assert (await why(pilot)).result == f"{P('.', signs[0]) + P('.', signs[1]):.4f}"


@pytest.mark.parametrize("temperature", [0.5, *thoroughly(0.0, 2.0)])
async def test_a_draw_at_a_temperature(temperature: float) -> None:
    W = trained(1)[0]
    rows = {
        "counts": [P(".", s) for s in sorted(ROWS)],
        "uniform": [1 / V] * V,
        "network": W.softmax(0).tolist(),
    }
    async with opened(FEW, "3", "space", "4", size=(80, 24)) as pilot:
        generator = app_of(pilot).workspace.generator
        generator.set_temperature(temperature)
        for model, row in rows.items():
            generator.use_model(model)
            await pilot.press("x", "space")
            explanation = await why(pilot)
            powers = [p ** (1 / temperature) if temperature else float(p == max(row)) for p in row]
            token = generator.generation.latest.tokens[0].draw.token
            assert value(explanation.result) == pytest.approx(powers[token] / sum(powers), abs=6e-5)


async def test_torch_multinomial_and_a_choice_by_hand() -> None:
    async with opened(FEW, "4", "d", "space") as pilot:
        assert "torch.multinomial drew it" in text_of(await why(pilot))
        await pilot.press("d", "down", "down", "enter")
        explanation = await why(pilot)
        assert "was chosen by hand" in text_of(explanation)
        assert explanation.result == f"{P('.', 'a'):.4f}"


async def test_names_in_the_table_the_name_so_far_and_the_session() -> None:
    async with opened(FEW, "4", "n", "n", "n") as pilot:
        await focus(pilot, "#names")
        await pilot.press("home")
        name = app_of(pilot).workspace.generator.generation.latest.names[0]
        assert (await why(pilot)).result == f"{nll_of(name.name):.4f}"
        await focus(pilot, "#name")
        newest = app_of(pilot).workspace.generator.generation.latest.names[-1]
        assert (await why(pilot)).result == f"{math.exp(nll_of(newest.name)):.2f}"
        await focus(pilot, "SessionFigures")
        names = [name.name for name in app_of(pilot).workspace.generator.generation.latest.names]
        bigrams = [len(name) + 1 for name in names]
        mean = sum(nll_of(name) * m for name, m in zip(names, bigrams, strict=True)) / sum(bigrams)
        await until(pilot, lambda: re.search(r"data \d\.\d{4}", on_screen(pilot)))
        session = await why(pilot)
        data = -sum(math.log(P(*pair)) for pair in PAIRS.elements()) / n
        assert f"≈ {data:.4f}" in text_of(session)
        assert f"data {data:.4f}" in on_screen(pilot)
        assert session.result == f"{mean:.4f}"
        assert f"{sum(map(len, names))} / 3" in text_of(session)


async def test_a_mark_drawn_after_a_letter_is_a_token_of_its_own() -> None:
    """Although NFC makes one code point of the two, and the data have none for them."""
    accent = "\N{COMBINING ACUTE ACCENT}"
    async with opened(parse_words(f"ae\n{accent}b\nea".encode(), "marks"), "4", *["n"] * 4) as pilot:
        name = app_of(pilot).workspace.generator.generation.latest.names[-1]
        assert f"e{accent}" in name.name
        await focus(pilot, "#names")
        assert (await why(pilot)).result == f"{name.nll:.4f}"


def after_edits(word: str, lines: Iterable[str]) -> str:
    """The result of an explanation's edits to a word; each edit names one letter and its result."""
    for line in lines:
        what, _, result = line.partition(". ")[2].rpartition(": ")
        letters = re.findall("“(.)”", what)
        places = range(len(word) + 1)
        possible = {word[:i] + letters[-1] + word[i:] for i in places}
        if what.startswith("leave out"):
            possible = {word[:i] + word[i + 1 :] for i in places if word[i : i + 1] == letters[0]}
        elif "becomes" in what:
            possible = {
                word[:i] + letters[1] + word[i + 1 :] for i in places if word[i : i + 1] == letters[0]
            }
        assert result in possible
        word = result
    return word


@pytest.mark.parametrize("name", ["hanoi", "iasabelll", *thoroughly("sophie", "nnaa")])
async def test_how_far_a_name_is_from_the_data(name: str) -> None:
    async with opened(FEW, "4", "t", *name, "enter") as pilot:
        await until(pilot, lambda: " in the data" in on_screen(pilot))
        (distance, near), *_ = re.findall(r"(\d+) letters? from (\w+) in the data", on_screen(pilot))
        (step,) = (step for step in (await why(pilot)).steps if "of the data is nearer" in step.words)
        assert len(step.numbers) == int(distance)
        assert after_edits(name, step.numbers) == near
        await pilot.press("escape", *["n"] * 5)
        names = app_of(pilot).workspace.generator.generation.latest.names
        place = next(place for place, drawn in enumerate(names) if not drawn.in_dataset)
        await focus(pilot, "#names")
        await pilot.press("home", *["down"] * place)
        pane = pilot.app.screen
        await until(pilot, lambda: pane._shown.figures)
        await until(pilot, lambda: re.search(r"\d letters? from \w+ in the data", on_screen(pilot)))
        (distance, near), *_ = re.findall(r"(\d+) letters? from (\w+) in the data", on_screen(pilot))
        explanation = await why(pilot)
        assert after_edits(names[place].name, explanation.steps[0].numbers) == near
        assert explanation.result == f"{names[place].nll:.4f}"


async def test_a_typed_name_is_explained_after_leaving_the_field() -> None:
    async with opened(FEW, "4", "t", *"nahw", "backspace", "enter") as pilot:
        await until(pilot, lambda: "likelier than" in on_screen(pilot))
        explanation = await why(pilot)
        less_likely = sum(nll_of(word) > nll_of("nah") for word in WORDS)
        assert less_likely == 0
        assert f"0 / {len(WORDS)} = 0%" in text_of(explanation)
        assert "likelier than 0% of the words" in on_screen(pilot)
        assert explanation.title == "the likelihood of nah"
        assert explanation.result == f"{math.exp(nll_of('nah')):.2f}"
        await pilot.press("t", *"0", "enter", "w")
        assert "“0” is not a character of this dataset" in on_screen(pilot)


async def test_names_drawn_with_other_settings_are_not_derived_from_the_current_ones() -> None:
    async with opened(FEW, "4", "n", "space") as pilot:
        app = app_of(pilot)
        then = app.workspace.generator.generation.latest
        app.workspace.set_smoothing(7)
        await pilot.pause()
        next_one = await why(pilot)
        x = sorted(ROWS)[then.tokens[0].draw.token]
        assert f"after “{x}”" in next_one.title
        assert next_one.result == f"{max(P(x, y, 7) for y in ROWS):.4f}"
        await focus(pilot, "#names")
        name = await why(pilot)
        assert name.result == f"{then.names[0].nll:.4f}"
        assert "were not kept" in text_of(name)
        await focus(pilot, "#name")
        y = sorted(ROWS)[then.tokens[0].draw.token]
        assert (await why(pilot)).result == f"{1 / P('.', y, 7):.2f}", "as the smoothing of now finds it"


async def test_an_impossible_name_and_a_row_that_nothing_follows() -> None:
    async with opened(parse_words(b"ab\nab\n", "two"), "4", "t", *"ba", "enter", smoothing=0.0) as pilot:
        explanation = await why(pilot)
        assert explanation.result == "∞"
        assert "impossible" in text_of(explanation)


async def test_a_name_that_was_cut_off() -> None:
    async with opened(parse_words(b"aaaaaaaaaaaaaaaaaaaaaaaaa", "a"), "4", smoothing=0.0) as pilot:
        generator = app_of(pilot).workspace.generator
        generator.set_temperature(0)
        await pilot.press("n")
        name = generator.generation.latest.names[0]
        assert name.cut_off
        await focus(pilot, "#names")
        assert (await why(pilot)).result == "0"


# Any data, any size


ODD: dict[str, Corpus] = {
    "one letter": parse_words(b"a", "a"),
    "signs": parse_words(b"[b]\n[/b]\n.x.\n a b \n:+=\n12\n\x1b[31mred\n\x07bell\n", "[red]signs[/]"),
    "wide": parse_words("一二\n二一三\n🙂\ne\u0301t\u0323\n".encode(), "wide"),
    "long": parse_words(("ab" * 3_000).encode(), "long"),
    "weighted": parse_words(
        b"name,count\nemma,20\nava,3\n", "t.csv", ReadingOptions(column="name", weight_column="count")
    ),
    "rare": parse_words(b"aab\naba\nxyz\n", "rare", ReadingOptions(min_char_count=2)),
    "many": parse_words("\n".join(map(chr, range(0x4E00, 0x4E00 + 300))).encode(), "many"),
}


@pytest.mark.parametrize("name", ["signs", *thoroughly(*(name for name in ODD if name != "signs"))])
async def test_every_part_of_every_pane_with_odd_data_in_the_smallest_terminal(name: str) -> None:
    async with opened(ODD[name], "3", "space", size=(40, 12), smoothing=float(name != "signs")) as pilot:
        for keys in ("1", "2", "3", "4"):
            await pilot.press(keys)
            for widget in list(pilot.app.screen.focus_chain):
                if not isinstance(widget, Input | Select | Choice):
                    widget.focus()
                    await check_fits(pilot)
        await pilot.press("n", "space")
        await check_fits(pilot)
        await pilot.press("2")
        for _ in VIEWS:
            await pilot.press("v")
            await check_fits(pilot)


async def check_fits(pilot: Pilot[None]) -> None:
    """Open the explanation: nothing is cut off, and no text of the data is interpreted as markup."""
    await pilot.press("w")
    dialog = pilot.app.screen
    assert isinstance(dialog, WhyDialog)
    width = dialog.query_one(VerticalScroll).region.right
    assert width <= pilot.app.size.width
    for part in dialog.query(Static).results(Static):
        assert part.region.right <= width
        text = "".join(strip.text for strip in part.render_lines(part.region.reset_offset))
        content = part.content
        assert isinstance(content, str | Content)
        assert "".join(text.split()) == "".join(str(content).split())
    if isinstance(dialog.explanation, Explanation):
        check_arithmetic(dialog.explanation)
    assert "\x1b" not in on_screen(pilot)
    await pilot.press("escape")


# With another context


async def all_parts(pilot: Pilot[None]) -> list[str]:
    """Go to each part of the pane and open its explanation."""
    pane, told = pilot.app.screen, []
    assert isinstance(pane, Pane)
    for part in list(pane.focus_chain):
        part.focus()
        await pilot.pause()
        explanation = pane.why()
        if isinstance(explanation, Explanation):
            check_arithmetic(explanation)
        told += steps_of(explanation)
    return told


@pytest.mark.parametrize("context", [2, *thoroughly(0, 3)])
async def test_explanations_are_about_the_context_in_use(context: int) -> None:
    """Every part of every pane, every view of the tables; none of them mentions bigrams."""
    keys = ["right_parenthesis"] * (context - 1) if context else ["left_parenthesis"]
    async with opened(FEW, *keys) as pilot:
        await until(pilot, lambda: app_of(pilot).workspace.dataset.latest.counts.context == context)
        told = await all_parts(pilot)
        await pilot.press("2", "down", "pagedown", "right")
        for _ in VIEWS:
            told += await all_parts(pilot)
            await focus(pilot, "BigramGrid")
            await pilot.press("v")
        await pilot.press("3", "space", "space", "t", "down", "down", "right")
        for _ in TRAINING_VIEWS:
            told += await all_parts(pilot)
            await focus(pilot, "BigramGrid")
            await pilot.press("v")
        await pilot.press("escape", "i")
        assert f"one-hot({'.e' if context == 2 else '∅' if context == 0 else '..e'})" in on_screen(pilot)
        told += await all_parts(pilot)
        await pilot.press("4", "n", "n", "space")
        told += await all_parts(pilot)
        await pilot.press("5")
        await contexts_compared(pilot)
        told += await all_parts(pilot)
    named = called(context)
    assert sum(named in step for step in told) > 10
    said = [step for step in told if "bigram" in step and "table of bigrams" not in step]
    assert all("only with bigrams" in step for step in said)


# In Chinese


async def test_chinese_explanations_have_the_same_numbers() -> None:
    """For every part of every pane, every view of the table, and a name."""
    async with opened(FEW, "3", *["space"] * 3, size=(80, 24)) as pilot:
        for pane in "12345":
            await pilot.press(pane)
            if pane == "5":
                await contexts_compared(pilot)
            for part in list(pilot.app.screen.focus_chain):
                part.focus()
                await in_both_languages(pilot, "f2")
        await pilot.press("escape", "4", "n", "space")
        for part in ("#name", "#names", "Bars"):
            await focus(pilot, part)
            await in_both_languages(pilot, "w")
        await pilot.press("2")
        for _ in VIEWS:
            await pilot.press("v")
            await in_both_languages(pilot, "w")


async def in_both_languages(pilot: Pilot[None], key: str) -> None:
    """The explanation is the same in both languages, step by step, without English except in code."""
    await pilot.pause()
    assert isinstance(pilot.app.screen, Pane)
    told = [steps_of(pilot.app.screen.why())]
    speak("zh")
    await pilot.press(key)
    dialog = pilot.app.screen
    assert isinstance(dialog, WhyDialog)
    told.append(steps_of(dialog.explanation))
    inner = [line.split("│")[1] for line in on_screen(pilot).splitlines() if line.count("│") > 1]
    assert not any(line.lstrip().startswith(tuple("，。、；：？！）”")) for line in inner)
    await pilot.press("escape")
    speak("en")
    english, chinese = told
    assert [Counter(re.findall(NUMBER, step)) for step in chinese] == [
        Counter(re.findall(NUMBER, step)) for step in english
    ]
    assert [step for step in chinese if re.search(r"\b(the|of|is|are|and|so|it)\b", step, re.I)] == []


def steps_of(explanation: Explanation | str) -> list[str]:
    if isinstance(explanation, str):
        return [explanation]
    return [explanation.title, *("\n".join((step.words, *step.numbers)) for step in explanation.steps)]
