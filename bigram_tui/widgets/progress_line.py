"""The progress of a long task: a bar, the amount done, the rate, the time left."""

import time

from textual.content import Content

from bigram_tui.texts import say
from bigram_tui.widgets.rendering import Passage
from bigram_tui.words.progress import Progress

BAR = 16
ROOMY = 60
"""With at least this many columns there is room for the bar and the bytes."""


class ProgressLine(Passage):
    """One line; the rate is measured from the first report of a stage."""

    DEFAULT_CSS = "ProgressLine { height: 1; }"

    _first = Progress("", 0)
    _began = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != self._first.stage:
            self._first, self._began = progress, now
        done = progress.done - self._first.done
        rate = done / (now - self._began) if done > 0 and now - self._began > 0.2 else None
        self.update(described(progress, rate, self.size.width >= ROOMY), layout=False)


def described(progress: Progress, rate: float | None, roomy: bool) -> Content:
    """Progress in words, with a bar if the total is known; `rate` is in bytes per second."""
    bar, parts = Content(""), []
    if progress.total is None:
        parts.append(f"{_megabytes(progress.done)} MB")
    else:
        share = min(progress.done / max(progress.total, 1), 1)
        parts.append(f"{share:4.0%}")
        if roomy:
            bar = progress_bar(share, BAR) + Content("  ")
            done, total = _megabytes(progress.done), _megabytes(progress.total)
            parts.append(say("{done} of {total} MB", done=done, total=total))
    if rate:
        parts.append(f"{_megabytes(rate)} MB/s")
        if progress.total is not None:
            parts.append(say("{time} left", time=_duration((progress.total - progress.done) / rate)))
    return Content(say(progress.stage) + "  ") + bar + Content("  ".join(parts))


def progress_bar(share: float, width: int) -> Content:
    """A progress bar as text; Textual's has two timers that run even when it is hidden."""
    full = round(share * width)
    return Content.assemble(("━" * full, "$accent"), ("━" * (width - full), "$foreground 25%"))


def _megabytes(n: float) -> str:
    return f"{n / 1e6:,.0f}" if n >= 1e7 else f"{n / 1e6:.1f}"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    if minutes:
        return say("{minutes} min {seconds:02} s", minutes=minutes, seconds=seconds)
    return say("{seconds} s", seconds=seconds)
