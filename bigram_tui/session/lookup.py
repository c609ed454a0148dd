"""What the Generator tells about a name and takes longer to find than a key should take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from bigram_tui.lm.drawn import DataLikelihood, DrawnName, data_nll
from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.model import BigramModel, score
from bigram_tui.session.snapshots import Dataset

PAUSE = 0.1
"""Seconds of rest before anything is looked up: holding a key stays smooth."""

Subject = tuple[Dataset, BigramModel, DrawnName | None, str | None]
"""What the figures depend on: the data, the model, the name under the cursor, the typed name."""


@dataclass(frozen=True)
class Figures:
    """What was found for one state.

    `data_nll` is the data's under the model in nats, `nearest` the word nearest to the name with its
    distance in letters, `less_likely` the share of the words that the typed name is likelier than.
    """

    state: Subject
    data_nll: float
    nearest: tuple[str, int] | None = None
    less_likely: float | None = None


def find_figures(state: Subject) -> Figures:
    dataset, model, name, typed = state
    vocabulary, word = dataset.counts.vocabulary, typed if typed is not None else name and name.name
    less_likely = None
    if typed is not None and dataset.corpus.words:
        try:
            nll = score(vocabulary.encode(typed), model).nll
            less_likely = DataLikelihood(dataset.corpus.words, vocabulary, model).less_likely(nll)
        except UnknownCharacterError:
            pass
    nearest = dataset.corpus.nearest(word) if word and dataset.corpus.words else None
    return Figures(state, data_nll(dataset.counts, model), nearest, less_likely)


class FiguresFinder:
    """Finds the figures of what a screen shows in a worker's thread, once that has come to rest.

    `state` tells what is shown, or None when the screen is about to be gone.
    """

    def __init__(
        self, screen: Screen[Any], state: Callable[[], Subject | None], found: Callable[[], None]
    ) -> None:
        self._screen, self._state, self._found = screen, state, found
        self._timer: Timer | None = None
        self._latest: Figures | None = None

    @property
    def current(self) -> Figures | None:
        """The figures of what is shown, once they were found."""
        return self._latest if self._latest is not None and self._latest.state == self._state() else None

    @property
    def data_nll(self) -> float | None:
        """The data's under the model in use, which does not depend on names."""
        state, latest = self._state(), self._latest
        return latest.data_nll if latest and state and latest.state[:2] == state[:2] else None

    def find_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(PAUSE, self._find)

    def _find(self) -> None:
        state = self._state()
        if self.current is not None:
            self._found()
        elif state is not None:
            work = partial(self._find_in_thread, state)
            self._screen.run_worker(work, thread=True, exclusive=True, group="figures", description="look up")

    def _find_in_thread(self, state: Subject) -> None:
        self._screen.app.call_later(self._keep, find_figures(state))

    def _keep(self, figures: Figures) -> None:
        if figures.state == self._state():
            self._latest = figures
            self._found()
