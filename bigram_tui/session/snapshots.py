"""The data that panes share, as frozen snapshots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bigram_tui.lm.context import next_state, states_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import MAX_LENGTH, DrawnName, Tally
from bigram_tui.lm.model import CountModel, LanguageModel, negative_log
from bigram_tui.lm.settings import ADD_K, METHODS, TrainingSettings
from bigram_tui.lm.vocabulary import BOUNDARY
from bigram_tui.session.learning import Learning
from bigram_tui.session.models import COUNTS
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.split import DEFAULT_SPLIT, Split

if TYPE_CHECKING:
    from bigram_tui.lm.evaluation import Evaluation, Row, Tuning
    from bigram_tui.lm.network import Frequencies, Loss, Network
    from bigram_tui.lm.sampling import Draw
    from bigram_tui.lm.smoothing import InterpolatedModel, Ladder
    from bigram_tui.lm.training import Changes, Losses, State
    from bigram_tui.words.progress import Progress
    from bigram_tui.words.split_counts import SplitCounts


@dataclass(frozen=True)
class Dataset:
    """The words, the counts to learn from, and how P is computed: the smoother, and the k of add-k.

    `counts` have the context in use; with a split, `parts` has all three parts and `counts` those of train.
    """

    corpus: Corpus
    counts: NgramCounts
    smoothing: float
    smoother: str = ADD_K
    split: Split = DEFAULT_SPLIT
    parts: SplitCounts | None = None

    @property
    def learning(self) -> Learning:
        return Learning(self.counts.context, self.parts is not None, self.split)

    @property
    def dev(self) -> NgramCounts | None:
        """The counts of dev, if there is a split and dev is not empty."""
        return self.parts.ngrams[1] if self.parts and self.parts.ngrams[1].keys else None

    @cached_property
    def model(self) -> CountModel | InterpolatedModel:
        return self.model_of(self.counts.context)

    def model_of(self, context: int) -> CountModel | InterpolatedModel:
        """The model with this context length, at most that of the counts."""
        if self.smoother == ADD_K:
            return CountModel(self.counts.of_context(context), self.smoothing)
        from bigram_tui.lm.smoothing import INTERPOLATED, InterpolatedModel

        return InterpolatedModel(self._ladder, INTERPOLATED[self.smoother], context)

    @cached_property
    def _ladder(self) -> Ladder:
        from bigram_tui.lm.smoothing import Ladder

        return Ladder(self.counts)


FULL_SPEED = "full speed"

PACES: dict[str, float | None] = {
    "1 a second": 1,
    "5 a second": 5,
    "20 a second": 20,
    "100 a second": 100,
    FULL_SPEED: None,
}
"""Steps per second of a run, by name; None: as fast as possible, with each frame showing the newest."""

RISE = 1e-4
"""How far above its lowest, in nats, the loss on dev must be to count as rising: visible on the curve."""

GAIN_STEPS = 10
"""The number of steps over which the gain of a run is measured."""


class PastRun(NamedTuple):
    """The losses of an earlier run, or of steps that were abandoned by training on from an earlier step."""

    settings: TrainingSettings
    losses: Losses
    left_at: int | None = None


@dataclass(frozen=True)
class Training:
    """The run at one of its steps; nothing but the settings until torch is loaded.

    The step shown everywhere is that of `state`, and so are `settings` and `loss`; `losses` are those of the
    whole run.
    """

    settings: TrainingSettings
    state: State | None = None
    loss: Loss | None = None
    dev: float | None = None
    """The data loss on dev, if there is a dev set."""

    losses: Losses | None = None
    frequencies: Frequencies | None = None
    changes: Changes = ()
    loaded_from: str = ""
    """The file that the initial weights were loaded from, if they were."""

    past: tuple[PastRun, ...] = ()
    pace: str = "20 a second"
    least_gain: float = 0
    running: bool = False
    finishing: bool = False
    """Whether it is running to the set number of steps, at full speed whatever the pace."""

    seeking: int | None = None
    """The step that is being recomputed."""
    beyond_exp: int | None = None
    """The first step at which exp(W) left the range of float32, if that is not after the step shown."""

    remark: str = ""
    """Why the run stopped by itself."""

    @property
    def step(self) -> int:
        """How many updates were made before the step shown."""
        return self.state.step if self.state else 0

    @property
    def network(self) -> Network | None:
        return self.state.network if self.state else None

    @property
    def last_step(self) -> int:
        return self.losses.last_step if self.losses else 0

    @property
    def rises_since(self) -> int | None:
        """The step with the lowest loss on dev so far, if dev has risen since while train fell."""
        losses, loss, dev = self.losses, self.loss, self.dev
        if losses is None or loss is None or losses.dev is None or dev is None or not math.isfinite(dev):
            return None
        so_far = losses.dev[losses.steps <= self.step]
        place = int(so_far.argmin())
        lowest = losses.first + place * losses.stride
        return lowest if dev - so_far[place] > RISE and loss.data < losses.table[place, 0] else None


NEWEST = 1_000
"""How many of the newest names are kept; the tallies cover all."""

LOOKED_UP = "looked up"
"""The key of a tally that corrects the others once names have been looked up."""


@dataclass(frozen=True)
class DrawnToken:
    """A token with its probability under the model it was drawn from, or chosen by hand."""

    draw: Draw
    probability: float
    chosen: bool = False


@dataclass(frozen=True)
class NameSoFar:
    """The tokens drawn from a model for the name in progress, or for the one just finished."""

    model: str
    tokens: tuple[DrawnToken, ...] = ()
    finished: bool = False

    def state(self, model: LanguageModel) -> int:
        """The context for the next token, of the length that this model uses."""
        state = BOUNDARY
        for token in () if self.finished else self.tokens[-model.context :]:
            state = next_state(state, token.draw.token, len(model.vocabulary), model.context)
        return state

    @property
    def nll(self) -> float:
        """The mean per bigram in nats."""
        return math.fsum(negative_log(token.probability) for token in self.tokens) / len(self.tokens)

    def under(self, model: LanguageModel) -> NameSoFar:
        """The same tokens with their probabilities under this model."""
        drawn = [token.draw.token for token in self.tokens]
        states = states_of(drawn, len(model.vocabulary), model.context)
        tokens = (
            replace(token, probability=model.probability(state, token.draw.token))
            for token, state in zip(self.tokens, states, strict=True)
        )
        return replace(self, tokens=tuple(tokens))

    def followed_by(self, token: DrawnToken) -> NameSoFar:
        tokens = (token,) if self.finished else (*self.tokens, token)
        return NameSoFar(self.model, tokens, token.draw.token == BOUNDARY or len(tokens) >= MAX_LENGTH)


class DataNlls(NamedTuple):
    """The mean nll per token under a model, in nats: of what was learned from, and of dev."""

    learned: float
    dev: float | None


@dataclass(frozen=True)
class DrawingProgress:
    """How many of how many names have been drawn, and how many in a row since then were not wanted."""

    done: int
    count: int
    passed_over: int = 0


def drawn_from(model: LanguageModel, split: Split | None) -> str:
    """The key for tallies of drawn names: the model, and the split if it was learned from train only."""
    return model.description if split is None else f"{model.description}, {split}"


@dataclass(frozen=True)
class Generation:
    """What was drawn: a name in progress (a lane) for the model in use, or one for each model compared.

    `names` are the newest finished ones, `drawn` counts all of them. `tallies` are by `drawn_from`; they
    leave out names with a token that was not drawn from that model. `problem` says why the last draw failed.
    `used` is how many draws were made before the first name of the list since it was cleared, by model key.
    """

    seed: int
    temperature: float = 1.0
    method: str = METHODS[0]
    model: str = COUNTS.key
    lanes: tuple[NameSoFar, ...] = (NameSoFar(COUNTS.key),)
    names: tuple[DrawnName, ...] = ()
    drawn: int = 0
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    problem: str | None = None
    progress: DrawingProgress | None = None
    used: Mapping[str, int] = field(default_factory=dict)

    @property
    def lane(self) -> NameSoFar:
        """The lane of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.model)

    @property
    def tokens(self) -> tuple[DrawnToken, ...]:
        return self.lane.tokens

    @property
    def comparing(self) -> bool:
        return len(self.lanes) > 1

    def with_names(self, names: Iterable[DrawnName], source: str) -> Generation:
        """With these finished names added; `source` is their `drawn_from`."""
        names = list(names)
        by_model = [name for name in names if not name.by_hand]
        tally = self.tallies.get(source, Tally()).with_names(by_model)
        return replace(
            self,
            names=(*self.names, *names)[-NEWEST:],
            drawn=self.drawn + len(names),
            tallies={**self.tallies, source: tally},
        )

    def with_known(self, known: Mapping[str, bool]) -> Generation:
        """With names marked as in the data or not, once they have been looked up."""
        learned = [name for name in self.names if name.in_dataset is None and name.name in known]
        if not learned:
            return self
        names = (n._replace(in_dataset=known.get(n.name)) if n.in_dataset is None else n for n in self.names)
        drawn = [known[name.name] for name in learned if not name.by_hand]
        tally = self.tallies.get(LOOKED_UP, Tally()) + Tally(in_dataset=sum(drawn), unknown=-len(drawn))
        return replace(self, names=tuple(names), tallies={**self.tallies, LOOKED_UP: tally})

    def with_progress(self, first: int, passed_over: int = 0) -> Generation:
        """With the progress since `first` names were drawn."""
        assert self.progress is not None
        done = self.drawn - first
        return replace(self, progress=DrawingProgress(done, self.progress.count, passed_over))

    def with_lanes(self, models: Iterable[str]) -> Generation:
        """With a lane for each of these models: its own, or a copy of the lane of the model in use."""
        own = {lane.model: lane for lane in self.lanes}
        fallback = own.get(self.model, self.lanes[0])
        return replace(self, lanes=tuple(replace(own.get(name, fallback), model=name) for name in models))

    def cleared(self) -> Generation:
        """Without names, ready to start one."""
        lanes = tuple(NameSoFar(lane.model) for lane in self.lanes)
        return replace(self, lanes=lanes, names=(), drawn=0, tallies={}, problem=None, progress=None, used={})


@dataclass(frozen=True)
class Comparison:
    """How well each context length predicts train and held-out words, as far as computed.

    `parts` and `evaluation` are there once train, dev and test have been counted. `rows` are by smoother and
    context; those of add-k use the k in use, or the best one in `tuned`. `looked` has the losses on test that
    were looked at, by smoother, context and k. `problem` says why computing stopped.
    """

    split: Split = DEFAULT_SPLIT
    parts: SplitCounts | None = None
    evaluation: Evaluation | None = None
    rows: Mapping[tuple[str, int], Row] = field(default_factory=dict)
    tunings: Mapping[int, Tuning] = field(default_factory=dict)
    tuned: Mapping[int, float] = field(default_factory=dict)
    looked: Mapping[tuple[str, int, float | None], float] = field(default_factory=dict)
    progress: Progress | None = None
    computing: bool = False
    problem: str = ""

    @property
    def best(self) -> Row | None:
        """The row with the lowest loss on dev."""
        known = [row for row in self.rows.values() if row.dev is not None and math.isfinite(row.dev)]
        return min(known, key=lambda row: row.dev or 0.0, default=None)

    def test_of(self, row: Row) -> float | None:
        """The loss of a row on test, if it was looked at."""
        return self.looked.get((row.smoother, row.context, row.smoothing))


@dataclass(frozen=True)
class LessonState:
    """A chapter and the learner's progress in it: its text, its task and its question.

    Texts are Markdown. `tasks_done` counts the tasks of all chapters. `question` is there once the task is
    done; `reply` is the response to the last answer, and `answered` whether that was right.
    """

    number: int
    count: int
    tasks_done: int
    title: str
    place: str
    text: str
    task: str
    done: bool
    question: str
    reply: str = ""
    answered: bool = False
