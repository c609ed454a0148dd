"""NameFigures about a name in the Generator that take too long to compute between two key presses."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from bigram_tui.lm.drawn import DrawnName, data_nll, less_likely
from bigram_tui.lm.errors import UnknownCharacterError
from bigram_tui.lm.model import LanguageModel, score
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import DataNlls

PAUSE = 0.1
"""Debounce in seconds: nothing is looked up before that, so that holding a key stays smooth."""

Subject = tuple[Dataset, LanguageModel, DrawnName | None, str | None]
"""What figures depend on: the data, the model, the name under the cursor, the typed name."""


@dataclass(frozen=True)
class NameFigures:
    """The figures for one subject.

    `data_nlls` is how likely the model finds the data, `nearest` the word nearest to the name with its edit
    distance, `less_likely` the share of words that are less likely than the typed name.
    """

    subject: Subject
    data_nlls: DataNlls
    nearest: tuple[str, int] | None = None
    less_likely: float | None = None


def find_figures(subject: Subject) -> NameFigures:
    dataset, model, name, typed = subject
    vocabulary, word = dataset.counts.vocabulary, typed if typed is not None else name and name.name
    share = None
    if typed is not None and dataset.corpus.words:
        try:
            nll = score(vocabulary.encode(typed), model).nll
            share = less_likely(nll, dataset.corpus.words, model)
        except UnknownCharacterError:
            pass
    nearest = dataset.corpus.nearest(word) if word and dataset.corpus.words else None
    counts, dev = (part and part.of_context(model.context) for part in (dataset.counts, dataset.dev))
    assert counts is not None
    nlls = DataNlls(data_nll(counts, model), data_nll(dev, model) if dev else None)
    return NameFigures(subject, nlls, nearest, share)


class FiguresFinder:
    """Computes figures in a worker thread, debounced, then calls `found`."""

    def __init__(self, screen: Screen[Any], found: Callable[[], None]) -> None:
        self._screen, self._found = screen, found
        self._timer: Timer | None = None
        self._wanted: Subject | None = None
        self.latest: NameFigures | None = None
        """The figures found last, which may not be about what is shown now."""

    def find_soon(self, subject: Subject) -> None:
        self._wanted = subject
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(PAUSE, partial(self._find, subject))

    def _find(self, subject: Subject) -> None:
        if self.latest and self.latest.subject == subject:
            self._found()
        else:
            work = partial(self._find_in_thread, subject)
            self._screen.run_worker(work, thread=True, exclusive=True, group="figures", description="look up")

    def _find_in_thread(self, subject: Subject) -> None:
        self._screen.app.call_later(self._keep, find_figures(subject))

    def _keep(self, figures: NameFigures) -> None:
        if figures.subject == self._wanted and self._screen.is_attached:
            self.latest = figures
            self._found()
