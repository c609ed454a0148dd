"""The chapters, in the order of the lecture."""

import itertools
import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace

from bigram_tui.lesson.chapter import Chapter, Values, number_near, one_of, text_is
from bigram_tui.lesson.exercises import EXERCISES, SCORED
from bigram_tui.lesson.figures import Figures
from bigram_tui.lesson.stage import Stage
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.model import perplexity, score
from bigram_tui.lm.settings import DEFAULT_SMOOTHING, SMOOTHING, TRAINING, TrainingSettings
from bigram_tui.texts import say
from bigram_tui.views.grid import SCALES, Cell
from bigram_tui.views.view import View

Prepare = Callable[[Stage], None]

SETTINGS = TrainingSettings()
LOW_LOSS = 2.6
STRONG = 1.0
"""Regularization from here on counts as turned up."""


# The data


def _data(stage: Figures) -> Values:
    corpus = stage.corpus
    return {
        "names": f"{corpus.names:,}",
        "shortest": str(corpus.min_length),
        "longest": str(corpus.max_length),
        "mean": f"{corpus.mean_length:.2f}",
    }


def _found_emma(stage: Stage) -> bool:
    pane = stage.dataset_pane
    in_list = pane.focused is not None and pane.focused.id == "words"
    return in_list and pane.look.search == pane.word == SCORED


def _longest(stage: Figures) -> float:
    return stage.corpus.max_length or 0


def _bars_have_the_focus(stage: Stage) -> bool:
    focused = stage.dataset_pane.focused
    return focused is not None and focused.id == "bigrams"


def _totals(stage: Figures) -> Values:
    return {"bigrams": f"{stage.counts.total:,}", "ends": f"{stage.count('n.'):,}"}


# The table


def _table(view: View, bigram: str, smoothing: float = DEFAULT_SMOOTHING, steps: int = 0) -> Prepare:
    """The Counts pane with this view, the cursor on a bigram, and a network after this many steps."""

    def prepare(stage: Stage) -> None:
        stage.workspace.set_smoothing(smoothing)
        stage.train(SETTINGS, steps)
        stage.look(view=view, cursor=Cell(*stage.tokens(bigram)))

    return prepare


def _cell_of_na(stage: Stage) -> bool:
    return list(stage.counts_pane.look.cursor) == stage.tokens("na")


# Drawing from a row


def _stretches(stage: Figures) -> list[float]:
    """Where the stretch of each token ends, for the first character of a name."""
    from bigram_tui.lm.sampling import cumulative

    return cumulative(stage.model("counts").row_for_drawing(0))


def _stretch_of_a(stage: Figures) -> Values:
    begin, end = _stretches(stage)[:2]
    return {"begin": f"{begin:.4f}", "end": f"{end:.4f}"}


def _first_name(stage: Figures, model: str) -> str:
    from bigram_tui.lm.sampling import InverseTransformSampler

    sampler = InverseTransformSampler(stage.model(model), SETTINGS.seed)
    return next(sampler.names())


def _about_first_name(model: str) -> Callable[[Figures], Values]:
    def values(stage: Figures) -> Values:
        name = _first_name(stage, model)
        return {"first": name[0], "letters": str(len(name))}

    return values


# Probabilities and how good they are


def _na(stage: Figures) -> Values:
    n, total = stage.count("na"), stage.counts.row_totals[stage.tokens("n")[0]]
    return {"count": f"{n:,}", "total": f"{total:,}", "P": f"{n / total:.4f}"}


def _row_sums(stage: Figures) -> list[float]:
    return [
        sum(stage.counts.cells_without_keepdim(i, DEFAULT_SMOOTHING))
        for i in range(len(stage.counts.vocabulary))
    ]


def _extreme_row_sums(stage: Figures) -> Values:
    sums = _row_sums(stage)
    loss = stage.counts.nll(DEFAULT_SMOOTHING)
    return {"smallest": f"{min(sums):.2f}", "largest": f"{max(sums):.2f}", "loss": f"{loss:.4f}"}


def _looked_at_row_sums(stage: Stage) -> bool:
    look = stage.counts_pane.look
    return look.view is View.WITHOUT_KEEPDIM and look.cursor.row != 0


def _nll_of_emma(stage: Figures) -> float:
    return _score_of_emma(stage) / (len(SCORED) + 1)


def _score_of_emma(stage: Figures) -> float:
    return score(stage.counts.vocabulary.encode(SCORED), stage.model("counts")).nll_sum


def _emma(stage: Figures) -> Values:
    return {"sum": f"{_score_of_emma(stage):.2f}", "nll": f"{_nll_of_emma(stage):.4f}"}


def _scored_emma(stage: Stage) -> bool:
    pane = stage.generator_pane
    return pane.typed == SCORED and (pane.focused is None or pane.focused.id != "typed")


def _loss(stage: Figures) -> Values:
    counts, nll = stage.counts, stage.counts.nll(stage.smoothing)
    return {
        "bigrams": f"{counts.total:,}",
        "nll": f"{nll:.4f}",
        "bits": f"{nll / math.log(2):.4f}",
        "uniform": f"{counts.uniform_nll:.4f}",
        "perplexity": f"{perplexity(nll):.2f}",
    }


def _as_smoothing(typed: str) -> float:
    """The k that was typed, or the default if it is not a number."""
    try:
        return float(SMOOTHING.read(typed))
    except (ValueError, SettingError):
        return DEFAULT_SMOOTHING


def _jq_with_the_answer(stage: Figures, typed: str) -> Values:
    k = _as_smoothing(typed)
    return {"k": f"{k:g}", "P": f"{stage.probability('jq', k):.4f}"}


# The network


def _sees_inside(stage: Stage) -> bool:
    return stage.training_pane.look.part == "inside"


def _sees_m_inside(stage: Stage) -> bool:
    cell = stage.training_pane.look.cell
    return _sees_inside(stage) and cell is not None and cell.row == stage.tokens("m")[0]


def _network(view: View = View.NETWORK_PROBABILITIES, looking: bool = False, steps: int = 0) -> Prepare:
    """The Training pane after this many steps, with this view in its table."""

    def prepare(stage: Stage) -> None:
        stage.train(SETTINGS, steps)
        stage.look(view=view, cell=Cell(*stage.tokens(".e")), looking=looking)

    return prepare


def _training(stage: Figures) -> Values:
    training = stage.training
    assert training.network is not None
    assert training.frequencies is not None
    assert training.losses is not None
    gradient = training.network.gradient(training.frequencies, training.settings.regularization)
    return {
        "bigrams": f"{stage.counts.total:,}",
        "loss": f"{training.losses[0].data:.4f}",
        "uniform": f"{stage.counts.uniform_nll:.4f}",
        "counting": f"{stage.counts.nll(0):.4f}",
        "gradient": f"{gradient.abs().max().item():.4f}",
    }


def _trained_to_the_end(stage: Stage) -> bool:
    return stage.training.step >= SETTINGS.steps


def _still_to_learn(stage: Figures) -> float:
    assert stage.training.loss is not None
    return stage.training.loss.data - stage.counts.nll(0)


def _changed_another_setting(stage: Stage) -> str:
    from bigram_tui.panes.training.settings import as_typed

    for name, kind in TRAINING.items():
        now, before = getattr(stage.training.settings, name), getattr(SETTINGS, name)
        if name != "regularization" and now != before:
            return say(
                "That was **{label}**: {now} instead of {before}. `l` begins this chapter again.",
                label=kind.label,
                now=as_typed(now),
                before=as_typed(before),
            )
    return ""


def _data_loss(stage: Figures) -> float:
    assert stage.training.loss is not None
    return stage.training.loss.data


def _smoothed_losses(stage: Figures) -> Values:
    return {f"k{k}": f"{stage.counts.nll(k):.4f}" for k in (1, 100, 1000)} | {
        "data": f"{_data_loss(stage):.4f}"
    }


def _train(stage: Stage) -> None:
    stage.train(SETTINGS, SETTINGS.steps)


CHAPTERS = (
    Chapter("data", "0:03:03", "dataset", _found_emma, number_near(_longest), _data),
    Chapter(
        "bigrams",
        "0:06:24",
        "dataset",
        lambda stage: any(a == b for a, b in itertools.pairwise(stage.dataset_pane.word or "")),
        number_near(lambda stage: len("isabella") + 1),
        prepare=lambda stage: stage.look(word=1),
    ),
    Chapter("dictionary", "0:09:24", "dataset", _bars_have_the_focus, one_of("n.", "n<e>"), _totals),
    Chapter("table", "0:12:45", "counts", _cell_of_na, number_near(lambda stage: stage.count("zz"))),
    Chapter(
        "picture",
        "0:18:19",
        "counts",
        lambda stage: stage.counts_pane.look.scale == SCALES[1],
        one_of("a"),
        lambda stage: {"count": f"{stage.count('.a'):,}", "names": f"{stage.counts.row_totals[0]:,}"},
    ),
    Chapter(
        "boundary",
        "0:20:54",
        "dataset",
        lambda stage: stage.dataset_pane.look.two_boundaries,
        number_near(lambda stage: 28**2 - 27**2),
    ),
    Chapter(
        "drawing",
        "0:24:02",
        "generator",
        lambda stage: stage.generation.drawn > 0,
        text_is(lambda stage: stage.counts.vocabulary.signs[bisect_left(_stretches(stage), 0.1)]),
        _stretch_of_a,
    ),
    Chapter(
        "seed",
        "0:24:02",
        "generator",
        lambda stage: stage.generation.drawn > 0 and stage.generation.method == "multinomial",
        text_is(lambda stage: _first_name(stage, "counts")),
        _about_first_name("counts"),
    ),
    Chapter(
        "normalizing",
        "0:36:17",
        "counts",
        lambda stage: stage.counts_pane.look.view is View.PROBABILITIES,
        number_near(lambda stage: stage.probability("na", 0), digits=3),
        _na,
        prepare=_table(View.COUNTS, "na", smoothing=0),
    ),
    Chapter(
        "broadcasting",
        "0:36:17",
        "counts",
        _looked_at_row_sums,
        number_near(lambda stage: _row_sums(stage)[stage.tokens("q")[0]], digits=2),
        _extreme_row_sums,
        prepare=_table(View.PROBABILITIES, ".a"),
    ),
    Chapter("likelihood", "0:50:14", "generator", _scored_emma, number_near(_nll_of_emma, digits=2), _emma),
    Chapter(
        "loss",
        "0:50:14",
        "counts",
        lambda stage: stage.counts_pane.look.tab == "smoothing-tab",
        number_near(lambda stage: len(stage.counts.vocabulary)),
        _loss,
        prepare=_table(View.PROBABILITIES, ".a"),
    ),
    Chapter(
        "smoothing",
        "1:00:50",
        "counts",
        lambda stage: stage.smoothing > 0,
        lambda stage, typed: stage.probability("jq", _as_smoothing(typed)) >= 0.03,
        lambda stage: {"total": f"{stage.counts.row_totals[stage.tokens('j')[0]]:,}"},
        prepare=_table(View.PROBABILITIES, "jq", smoothing=0),
        hint_values=_jq_with_the_answer,
        meant="smoothing",
    ),
    Chapter(
        "examples",
        "1:05:26",
        "training",
        _sees_inside,
        number_near(lambda stage: stage.tokens("e")[0]),
        _totals,
    ),
    Chapter(
        "one-hot", "1:10:01", "training", _sees_m_inside, number_near(lambda stage: stage.tokens("m")[0])
    ),
    Chapter(
        "layer",
        "1:13:53",
        "training",
        lambda stage: stage.training_pane.look.view is View.WEIGHTS,
        number_near(lambda stage: len(stage.counts.vocabulary) ** 2),
    ),
    Chapter(
        "softmax",
        "1:18:46",
        "training",
        lambda stage: stage.training_pane.look.view is View.NETWORK_COUNTS,
        number_near(lambda stage: math.exp(0)),
        prepare=_network(View.WEIGHTS, looking=True),
    ),
    Chapter(
        "loss-of-weights",
        "1:35:49",
        "training",
        lambda stage: stage.training.step > 0,
        number_near(lambda stage: stage.counts.uniform_nll, digits=2),
        _training,
    ),
    Chapter(
        "gradient",
        "1:38:36",
        "training",
        lambda stage: stage.training_pane.look.view is View.GRADIENT,
        one_of("negative", "minus", "-", "−", "负", "负的", "是负的", "为负", "负数", "负值"),
        prepare=_network(View.NETWORK_COUNTS, looking=True),
    ),
    Chapter(
        "descent",
        "1:38:36",
        "training",
        lambda stage: stage.training.loss is not None and stage.training.loss.total < LOW_LOSS,
        number_near(lambda stage: SETTINGS.learning_rate * 0.004, digits=3),
        _training,
        prepare=_network(steps=50),
        settings=replace(SETTINGS, steps=50),
    ),
    Chapter(
        "together",
        "1:42:55",
        "training",
        _trained_to_the_end,
        number_near(_still_to_learn, digits=4),
        _training,
    ),
    Chapter(
        "row-of-weights",
        "1:47:49",
        "counts",
        lambda stage: stage.counts_pane.look.view is View.NETWORK_PROBABILITIES,
        number_near(lambda stage: stage.tokens("a")[0]),
        prepare=_table(View.PROBABILITIES, "na", steps=200),
        needs_torch=True,
    ),
    Chapter(
        "regularization",
        "1:50:18",
        "training",
        lambda stage: _trained_to_the_end(stage) and stage.training.settings.regularization >= STRONG,
        number_near(_data_loss, digits=3),
        _smoothed_losses,
        meant="regularization",
        slip=_changed_another_setting,
        settings=replace(SETTINGS, regularization=STRONG),
    ),
    Chapter(
        "network-names",
        "1:54:31",
        "generator",
        lambda stage: stage.generation.comparing and stage.generation.drawn > 0,
        text_is(lambda stage: _first_name(stage, "network")),
        _about_first_name("network"),
        prepare=_train,
        needs_torch=True,
    ),
    Chapter(
        "next",
        "1:56:16",
        "generator",
        lambda stage: "CodeDialog" in stage.opened,
        prepare=_train,
        needs_torch=True,
    ),
    *EXERCISES,
)
