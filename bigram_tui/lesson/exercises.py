"""The chapters about the lecture's exercises E01 to E06, and about smoothing for long contexts."""

from bigram_tui.lesson.chapter import Chapter, Values, near, number_near, one_of
from bigram_tui.lesson.figures import Figures
from bigram_tui.lesson.stage import Stage
from bigram_tui.lm.settings import DEFAULT_SMOOTHING, PRESETS, SMOOTHERS, TrainingSettings
from bigram_tui.session.learning import LONGEST
from bigram_tui.views.published import LECTURE
from bigram_tui.words.built_in import DEFAULT

SCORED = "emma"
TUNED = 3
"""The context length that k is tuned for."""

BEST = "modified-kneser-ney"


def _looks_two_back(stage: Stage) -> bool:
    return stage.dataset.counts.context == 2


# Two characters of context


def _pairs(stage: Figures) -> Values:
    two, V = stage.counts_of(2), len(stage.counts.vocabulary)
    return {
        "V": f"{V}",
        "possible": f"{V**2:,}",
        "empty": f"{V**2 - len(two.rows.states):,}",
        "one": f"{stage.counts_of(1).nll(0):.2f}",
        "two": f"{two.nll(0):.2f}",
        "smoothed": f"{two.nll(DEFAULT_SMOOTHING):.2f}",
    }


def _without_beginnings(stage: Figures) -> Values:
    """How many n-grams zip(w, w[1:], w[2:]) gives, and their loss."""
    from bigram_tui.lm.evaluation import without_beginnings

    two = stage.counts_of(2)
    fewer, wrong = without_beginnings(two, 0)
    return {
        "all": f"{two.total:,}",
        "fewer": f"{fewer:,}",
        "loss": f"{two.nll(0):.4f}",
        "wrong": f"{wrong:.4f}",
    }


def _side_by_side(stage: Figures) -> Values:
    from bigram_tui.lm.evaluation import side_by_side_nll

    two, V = stage.counts_of(2), len(stage.counts.vocabulary)
    return {
        "V": f"{V}",
        "pairs": f"{V**2:,}",
        "twice": f"{2 * V}",
        "table": f"{two.nll(0):.2f}",
        "votes": f"{side_by_side_nll(two):.2f}",
        "data": f"{stage.training.loss.data:.4f}" if stage.training.loss else "",
    }


# Names that were not learned from


def _gap(stage: Figures, context: int) -> float:
    row = stage.row(context)
    assert row.dev is not None
    return row.dev - row.train


def _held_out(stage: Figures) -> Values:
    return {
        "train": f"{stage.parts.words[0]:,}",
        "dev": f"{stage.parts.words[1]:,}",
        "test": f"{stage.parts.words[2]:,}",
        "small_gap": f"{_gap(stage, 1):.2f}",
        "gap": f"{_gap(stage, LONGEST):.2f}",
    }


def _tuning(stage: Figures) -> Values:
    k = stage.parts.evaluation.best_k(TUNED)
    return {
        "before": f"{stage.row(TUNED).dev:.3f}",
        "after": f"{stage.row(TUNED, k=k).dev:.3f}",
        "k": f"{k:.2g}",
    }


def _test_set(stage: Figures) -> Values:
    return {"dev": f"{stage.row(TUNED).dev:.3f}", "words": f"{stage.parts.words[2]:,}"}


def _rows(stage: Figures) -> Values:
    n, V = stage.counts.total, len(stage.counts.vocabulary)
    return {"V": f"{V}", "bigrams": f"{n:,}", "numbers": f"{n * V:,}", "products": f"{n * V * V:,}"}


def _smoothers(stage: Figures) -> Values:
    losses = {smoother.replace("-", "_"): f"{stage.row(LONGEST, smoother).dev:.3f}" for smoother in SMOOTHERS}
    mlp, wavenet = LECTURE[-2:]
    return losses | {
        "add_k_of_3": f"{stage.row(3).dev:.3f}",
        "dev": f"{stage.parts.words[1]:,}",
        "also": f"{stage.parts.also_in_train[0]:,}",
        "mlp": f"{mlp.dev:g}",
        "wavenet": f"{wavenet.dev:g}",
    }


EXERCISES = (
    Chapter(
        "two-characters",
        "E01",
        "counts",
        _looks_two_back,
        number_near(lambda stage: len(stage.counts_of(2).rows.states)),
        _pairs,
    ),
    Chapter(
        "beginnings",
        "E01",
        "dataset",
        _looks_two_back,
        number_near(lambda stage: len(SCORED)),
        _without_beginnings,
        prepare=lambda stage: stage.look(search=SCORED),
    ),
    Chapter(
        "side-by-side",
        "E01",
        "training",
        lambda stage: _looks_two_back(stage) and stage.training.step > 0,
        one_of("data", "the data", "数据", "数据部分"),
        _side_by_side,
        context=2,
    ),
    Chapter(
        "held-out",
        "E02",
        "contexts",
        lambda stage: stage.dataset.counts.context == LONGEST,
        number_near(lambda stage: _gap(stage, LONGEST), digits=2),
        _held_out,
    ),
    Chapter(
        "tuning",
        "E03",
        "contexts",
        lambda stage: stage.smoothing == stage.parts.evaluation.best_k(TUNED),
        number_near(lambda stage: stage.parts.evaluation.best_k(TUNED), digits=2),
        _tuning,
        prepare=lambda stage: stage.workspace.set_context(TUNED),
    ),
    Chapter(
        "test-set",
        "E03",
        "contexts",
        lambda stage: bool(stage.looked),
        lambda stage, typed: any(near(typed, loss, digits=2) for loss in stage.looked),
        _test_set,
        prepare=lambda stage: stage.workspace.set_context(TUNED),
    ),
    Chapter(
        "rows",
        "E04",
        "training",
        lambda stage: getattr(stage.opened.get("CodeDialog"), "way", 0) > 0,
        number_near(lambda stage: len(stage.counts.vocabulary) ** 2),
        _rows,
        prepare=lambda stage: stage.train(TrainingSettings(), 5),
    ),
    Chapter(
        "cross-entropy",
        "E05",
        "training",
        lambda stage: stage.training.beyond_exp is not None,
        one_of("inf", "infinity", "∞", "infinite", "无穷", "无穷大", "无限", "无限大"),
        prepare=lambda stage: stage.train(PRESETS["too large"], 0),
    ),
    Chapter(
        "your-question",
        "E06",
        "dataset",
        lambda stage: stage.dataset.corpus.source is not stage.corpus.source,
        is_reported=lambda dataset: dataset != DEFAULT,
    ),
    Chapter(
        "shorter-contexts",
        "E06",
        "contexts",
        lambda stage: (stage.dataset.smoother, stage.dataset.counts.context) == (BEST, LONGEST),
        number_near(lambda stage: stage.row(LONGEST, BEST).dev_without_train or 0, digits=2),
        _smoothers,
    ),
)
