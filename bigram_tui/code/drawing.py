"""The cells that draw names: from one model, from several with the same u, and during training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from textwrap import indent

from bigram_tui.code.models import probabilities_cells
from bigram_tui.code.notebook import CodeCell, fill, filled_cell, literal
from bigram_tui.lm.drawn import LONGEST_SAMPLE, MAX_LENGTH, SAMPLES, DrawnName
from bigram_tui.lm.settings import METHODS
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.session.models import KINDS
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import Generation
from bigram_tui.session.snapshots.training import Training

NAMES = 5
"""How many names are drawn from each model."""

INVERSE_CDF = """\
def draw(p, u):
    # the stretch of each character, all laid end to end from 0 to 1
    ends = np.cumsum(p.numpy(), dtype=np.float32)
    ends /= ends[-1]
    ends[p.nonzero().max():] = 1
    # the character in whose stretch the random number falls
    return int(np.argmax((p.numpy() > 0) & (ends >= u)))

"""

MULTINOMIAL = "torch.multinomial(p, num_samples=1, replacement=True, generator=g).item()"

FirstNames = Callable[[str, int], "Sequence[DrawnName]"]
"""Returns this many names from the seed on, drawn from the model with this name as it is now."""


def model_cells(
    dataset: Dataset, training: Training, generation: Generation, names: Sequence[str], *, to_draw: bool
) -> list[CodeCell]:
    """`P`, or `models` with the P of each: float32 for drawing, as in the program, else float64."""
    several = len(names) > 1
    models = {name: KINDS[name].build(dataset, training) for name in names}
    dtype = "float" if to_draw and generation.temperature == 1 else "double"
    cells: list[CodeCell] = []
    for place, (name, model) in enumerate(models.items()):
        *before, P = probabilities_cells(model, dataset, training, dtype)
        kept = f"models['{name}'] = P" if place else f"models = {{'{name}': P}}"
        cells += [*before, replace(P, code=f"{P.code}\n{kept}") if several else P]
    return cells if generation.temperature == 1 else [*cells, _tempering_cell(generation.temperature)]


def _tempering_cell(T: float) -> CodeCell:
    """`tempered`, which computes a row of P at temperature T."""
    about = "each P of a row to the power 1/T, divided by their sum" if T else "the most likely one is left"
    power = f"(p / p.max()) ** (1 / {literal(T)})" if T else "(p == p.max()).double()"
    code = f"def tempered(p):\n    p = {power}\n    return p / p.sum()"
    return CodeCell(f"Temperature {literal(T)}: {about}.", code)


def row_of_P(generation: Generation, state: str) -> str:
    """An expression for the row of `P` at the current temperature."""
    return f"P[{state}]" if generation.temperature == 1 else f"tempered(P[{state}])"


def names_cell(dataset: Dataset, generation: Generation, first_names: FirstNames) -> CodeCell:
    """The first names of the list, from `P` or from each of `models`."""
    inverse, several = generation.method == METHODS[0], generation.comparing
    own = {
        lane.model: [name for name in generation.names if name.model == lane.model][:NAMES]
        for lane in generation.lanes
    }
    wanted = {model: len(names) or NAMES for model, names in own.items()}
    used = {model: generation.used.get(model, 0) for model in own}
    skips, c = any(used.values()), dataset.counts.context
    contexts = {model: c if (its := KINDS[model].context) is None else its for model in own}
    differ, state = len({*contexts.values()}) > 1, "ix" if {*contexts.values()} == {1} else "s"
    loop = fill(
        """\
g = torch.Generator().manual_seed($seed)
${skip}for i in range($names):
    out = []
    $state, nll, n = 0, 0.0, 0
    while len(out) < $longest:
        p = $row
        ix = $drawn
        nll -= p[ix].log().item()
        n += 1
        if ix == 0:
            break
        out.append(itos[ix])
$next    print($name, f'{nll / n:.4f}')
""",
        state=state,
        row=row_of_P(generation, state) + ("" if generation.temperature == 1 else ".float()"),
        next="" if state == "ix" else f"        s = (s * V + ix) % V**{'c' if differ else c}\n",
        seed=generation.seed,
        skip=_skip("used" if several else used[generation.model], inverse) if skips else "",
        names="names" if several else wanted[generation.model],
        longest=MAX_LENGTH,
        drawn=f"draw(p, {_u(1)}.numpy())" if inverse else MULTINOMIAL,
        name=("model, " if several else "") + _name(dataset.counts.vocabulary),
    )
    if several:
        columns = {"names": wanted}
        columns |= {"used": used} if skips else {}
        columns |= {"c": contexts} if differ else {}
        table = [(model, *(column[model] for column in columns.values())) for model in own]
        head = f"for {', '.join(['model', *columns])} in {table}:\n    P = models[model]\n"
        loop = head + indent(loop, "    ")
    words = _about_names(generation)
    if generation.drawn > len(generation.names):
        words += " The list of the pane has the newest only."
    elif _begins_otherwise(generation, own, first_names):
        words += " The list of the pane has names that were drawn in another way."
    return CodeCell(words, INVERSE_CDF + loop if inverse else loop)


def _skip(draws: int | str, inverse: bool) -> str:
    """Skips this many draws."""
    if inverse:
        return f"{_u(draws)}\n"
    return f"for i in range({draws}):\n    {MULTINOMIAL.replace('(p', '(P[0]')}\n"


def _u(count: int | str) -> str:
    """The next numbers u."""
    return f"torch.rand({count}, dtype=torch.float64, generator=g)"


def _about_names(generation: Generation) -> str:
    words = "The first names from this seed, each with its mean −log P."
    if generation.comparing:
        words = "The first names of each model, all from the same numbers u, each with its mean −log P."
    if any(generation.used.values()):
        words += " The first draws are left out: they were made before the list was cleared."
    if generation.method != METHODS[0]:
        words += " What torch.multinomial draws depends on the torch build."
    return words


def _begins_otherwise(
    generation: Generation, own: Mapping[str, Sequence[DrawnName]], first_names: FirstNames
) -> bool:
    """Whether the list starts with names other than those the models give now from the seed on."""
    if any(name.by_hand or name.model not in own for name in generation.names):
        return True
    return any(
        [(name.name, name.nll) for name in names]
        != [(name.name, name.nll) for name in first_names(model, len(names))]
        for model, names in own.items()
    )


def samples_cell(dataset: Dataset, training: Training) -> CodeCell:
    """The names that the Training pane draws from the network as it is at the step shown."""
    context = dataset.counts.context
    return filled_cell(
        f"Names drawn from the network after step {training.step:,}, each from its own row of numbers u.",
        """\
${draw}P = W.detach().softmax(1)
g = torch.Generator().manual_seed($seed)
for us in torch.rand(($samples, $apart), dtype=torch.float64, generator=g).numpy():
    out, $state = [], 0
    for u in us[:$longest]:
        ix = draw(P[$state], u)
        if ix == 0:
            break
        out.append(itos[ix])
$next    print($name or '(empty)')
""",
        state="ix" if context == 1 else "s",
        next="" if context == 1 else f"        s = (s * V + ix) % V**{context}\n",
        draw=INVERSE_CDF,
        seed=training.settings.seed,
        samples=SAMPLES,
        apart=MAX_LENGTH,
        longest=LONGEST_SAMPLE,
        name=_name(dataset.counts.vocabulary),
    )


def _name(vocabulary: Vocabulary) -> str:
    """A drawn name, quoted if it may contain characters that a terminal could act on."""
    printable = all(character.isprintable() for character in vocabulary.characters)
    return "''.join(out)" if printable else "repr(''.join(out))"
