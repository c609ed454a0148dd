"""The app's vocabulary: what the panes share, as frozen snapshots."""

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
    """The words, the counts that are learned from, and what P is computed by: a smoother, the k of add-k.

    `counts` are of the context in use, and of train alone where there are `parts`.
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
        """What was held out to compare with, where train alone is learned from and there is something."""
        return self.parts.ngrams[1] if self.parts and self.parts.ngrams[1].keys else None

    @cached_property
    def model(self) -> CountModel | InterpolatedModel:
        return self.model_of(self.counts.context)

    def model_of(self, context: int) -> CountModel | InterpolatedModel:
        """The one that looks at so many tokens, of those that were counted."""
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
"""Steps a second of a run, by name; None: as many as there are, of which each frame shows the newest."""

RISE = 1e-4
"""Nats by which the loss on dev is above its lowest when it rises: what can be seen of it."""

GAIN_STEPS = 10
"""Steps over which a run is asked how much it gained."""


class PastRun(NamedTuple):
    """The losses of an earlier run, or of a future that was left by training on from a step before it."""

    settings: TrainingSettings
    losses: Losses
    left_at: int | None = None


@dataclass(frozen=True)
class Training:
    """The run as it was at one of its steps; nothing but the settings until torch is there.

    The step shown everywhere is the one of `state`; `losses` are those of the whole run. `settings` are
    in force at that step, `loss` is measured there.
    """

    settings: TrainingSettings
    state: State | None = None
    loss: Loss | None = None
    dev: float | None = None
    """The data's part of the loss on what was held out, if anything was."""

    losses: Losses | None = None
    frequencies: Frequencies | None = None
    changes: Changes = ()
    loaded_from: str = ""
    """The file that the run began with, if it did not begin with an initialization."""

    past: tuple[PastRun, ...] = ()
    pace: str = "20 a second"
    least_gain: float = 0
    running: bool = False
    finishing: bool = False
    """Whether it runs to the set number of steps, at full speed whatever the pace is."""

    seeking: int | None = None
    """The step that is being computed again."""
    beyond_exp: int | None = None
    """The first step at which exp(W) left the range of float32, if it did until the step shown."""

    remark: str = ""
    """Why the run stopped by itself."""

    @property
    def step(self) -> int:
        """How many updates were made until the step shown."""
        return self.state.step if self.state else 0

    @property
    def network(self) -> Network | None:
        return self.state.network if self.state else None

    @property
    def last_step(self) -> int:
        return self.losses.last_step if self.losses else 0

    @property
    def rises_since(self) -> int | None:
        """The step until the one shown with the lowest loss on dev, if that rose since while train's fell."""
        losses, loss, dev = self.losses, self.loss, self.dev
        if losses is None or loss is None or losses.dev is None or dev is None or not math.isfinite(dev):
            return None
        so_far = losses.dev[losses.steps <= self.step]
        place = int(so_far.argmin())
        lowest = losses.first + place * losses.stride
        return lowest if dev - so_far[place] > RISE and loss.data < losses.table[place, 0] else None


NEWEST = 1_000
"""Names that are kept; the tallies cover all."""

LOOKED_UP = "looked up"
"""The tally that corrects the others by what was found out later about names."""


@dataclass(frozen=True)
class DrawnToken:
    """One token with its probability under the model it was drawn from; or chosen by hand instead."""

    draw: Draw
    probability: float
    chosen: bool = False


@dataclass(frozen=True)
class NameSoFar:
    """The tokens drawn from a model for the name in progress, or for the one that just ended."""

    model: str
    tokens: tuple[DrawnToken, ...] = ()
    finished: bool = False

    def state(self, model: LanguageModel) -> int:
        """The context of this model after which the next token is drawn."""
        state = BOUNDARY
        for token in () if self.finished else self.tokens[-model.context :]:
            state = next_state(state, token.draw.token, len(model.vocabulary), model.context)
        return state

    @property
    def nll(self) -> float:
        """The mean per bigram in nats."""
        return math.fsum(negative_log(token.probability) for token in self.tokens) / len(self.tokens)

    def under(self, model: LanguageModel) -> NameSoFar:
        """The same tokens with the probabilities that this model gives them."""
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
    """The mean per token in nats under a model: of what was learned from, and of what was held out."""

    learned: float
    dev: float | None


@dataclass(frozen=True)
class DrawingProgress:
    """How many of how many names are drawn, and how many in a row since then were not wanted."""

    done: int
    count: int
    passed_over: int = 0


def drawn_from(model: LanguageModel, split: Split | None) -> str:
    """By what drawn names are tallied: the model, and the split of whose train it knows, if not of all."""
    return model.description if split is None else f"{model.description}, {split}"


@dataclass(frozen=True)
class Generation:
    """What was drawn: a name in progress for the model in use, or one for each model that is compared.

    `names` are the newest finished ones, `drawn` counts all. `tallies` are by `drawn_from`; names of
    which not every token was drawn from it are in none. `problem` says why the last draw failed. `used` is
    how many draws were made before the first name of a list that was cleared, by the key of the model.
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
        """The name of the model in use."""
        return next(lane for lane in self.lanes if lane.model == self.model)

    @property
    def tokens(self) -> tuple[DrawnToken, ...]:
        return self.lane.tokens

    @property
    def comparing(self) -> bool:
        return len(self.lanes) > 1

    def with_names(self, names: Iterable[DrawnName], source: str) -> Generation:
        """With these finished names; `source` is what they were `drawn_from`."""
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
        """With what was found out about names of which it was not known whether they are in the data."""
        learned = [name for name in self.names if name.in_dataset is None and name.name in known]
        if not learned:
            return self
        names = (n._replace(in_dataset=known.get(n.name)) if n.in_dataset is None else n for n in self.names)
        drawn = [known[name.name] for name in learned if not name.by_hand]
        tally = self.tallies.get(LOOKED_UP, Tally()) + Tally(in_dataset=sum(drawn), unknown=-len(drawn))
        return replace(self, names=tuple(names), tallies={**self.tallies, LOOKED_UP: tally})

    def with_progress(self, first: int, passed_over: int = 0) -> Generation:
        """With the progress since so many names were drawn."""
        assert self.progress is not None
        done = self.drawn - first
        return replace(self, progress=DrawingProgress(done, self.progress.count, passed_over))

    def with_lanes(self, models: Iterable[str]) -> Generation:
        """A name for each of these models: its own, or the one of the model in use up to now."""
        own = {lane.model: lane for lane in self.lanes}
        fallback = own.get(self.model, self.lanes[0])
        return replace(self, lanes=tuple(replace(own.get(name, fallback), model=name) for name in models))

    def cleared(self) -> Generation:
        """Without names, ready to begin one."""
        lanes = tuple(NameSoFar(lane.model) for lane in self.lanes)
        return replace(self, lanes=lanes, names=(), drawn=0, tallies={}, problem=None, progress=None, used={})


@dataclass(frozen=True)
class Comparison:
    """How well contexts of each length predict what was learned from and what was not, as far as computed.

    There are `parts` and an `evaluation` once train, dev and test are counted. `rows` are by smoother and
    context; those of add-k have the k in use, or the best one of `tuned`. `looked` has the loss on test of
    the rows, by smoother, context and k, for which it was looked at. `problem` says why nothing goes on.
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
        """Its loss on test, if that was looked at."""
        return self.looked.get((row.smoother, row.context, row.smoothing))


@dataclass(frozen=True)
class LessonState:
    """A chapter as far as the learner is: what it tells, what it asks to do and to answer.

    Texts are Markdown. `tasks_done` counts those of all chapters. There is a `question` once the task was
    done; `reply` is what was said to the last answer, and `answered` whether that was right.
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
