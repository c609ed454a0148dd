"""Statistics of the names drawn in this session, compared with the data."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from bigram_tui.lm.drawn import Tally
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.generation import DataNlls
from bigram_tui.texts import say
from bigram_tui.views.numbers import number, percent
from bigram_tui.widgets.rendering import Passage, fitting

LABEL_WIDTH, SHORT_LABEL_WIDTH = 13, 10
WIDE = 40
"""With at least this many columns there is room for the longer labels."""

EIGHTHS = " ▁▂▃▄▅▆▇█"


class SessionFigures(Passage, can_focus=True):
    """Two lines; with `-roomy` also the distribution of lengths, drawn names above words of the data.

    Where there is no room for all that a figure can be compared with, it stands beside the first of it.
    """

    DEFAULT_CSS = """
    SessionFigures { height: 2; &.-roomy { height: 7; } &:focus { background: $field-focused; } }
    """

    def show(self, all_names: Tally, of_model: Tally, nlls: DataNlls | None, dataset: Dataset) -> None:
        """Show the tallies of all names and of those of the model in use, and the nlls of the data, if known.

        If only train is learned from, show how many names the model copied from it, compared with how many
        words of dev are in train, too.
        """
        if not all_names.names:
            self.update("", layout=False)
            return
        known = all_names.names - all_names.unknown
        corpus, in_data = dataset.corpus, (say("in data"), say("not known"), [""])
        if known:
            share = say("{part} of {n:,}", part=percent(all_names.in_dataset / known), n=known)
            in_data = (say("in data"), share, [""])
        if parts := dataset.parts:
            in_data = (say("in train"), say("none"), [""])
            if of_model.names:
                copied = percent(of_model.in_train / of_model.names)
                in_data = (say("in train"), say("{part} of {n:,}", part=copied, n=of_model.names), [""])
            if parts.words[1]:
                of_dev = percent(parts.also_in_train[0] / parts.words[1])
                in_data = (*in_data[:2], [say("dev {value}", value=of_dev), ""])
        beside = [""]
        if nlls and parts:
            beside = [say("train {value}", value=number(nlls.learned))]
            if nlls.dev is not None:
                beside.insert(0, f"{beside[0]}  {say('dev {value}', value=number(nlls.dev))}")
        elif nlls:
            beside = [say("data {value}", value=number(nlls.learned))]
        nll = number(of_model.nll) if of_model.names else say("none")
        data_length = [say("data {value}", value=f"{corpus.mean_length:.2f}")]
        room, roomy = self.content_size.width, self.has_class("-roomy")
        is_wide = room >= WIDE
        length = say("mean length") if is_wide else say("length")
        rows = [
            in_data,
            (say("mean nll"), nll, beside),
            (length, f"{all_names.mean_length:.2f}", data_length),
        ]
        width = LABEL_WIDTH if roomy and is_wide else SHORT_LABEL_WIDTH
        lines = []
        for label, value, compared in rows[: 3 if roomy else 2]:
            shown = set_cell_size(value, max(cell_len(value), 6))
            with_what = fitting(room - width - cell_len(shown) - 2, *compared)
            head = (set_cell_size(label, width), "$muted")
            lines.append(Content.assemble(head, shown, (f"  {with_what}", "$muted")))
        if roomy:
            labels = (say("length drawn"), say("     data")) if is_wide else (say("  drawn"), say("   data"))
            padded = [set_cell_size(label, width) for label in labels]
            lines += self._lengths(padded, all_names.lengths, corpus.lengths or {0: 0})
        self.update(Content("\n").join(lines), layout=False)

    def _lengths(
        self, labels: Sequence[str], drawn: Mapping[int, int], data: Mapping[int, int]
    ) -> list[Content]:
        """A line of bars for each, scaled to its own most frequent length."""
        width = cell_len(labels[0])
        room = max(self.content_size.width - width, 1)
        highest = min(max(*drawn, *data), room - 1)
        bars = [
            "".join(EIGHTHS[_eighths(row.get(n, 0) / max(1, *row.values()))] for n in range(highest + 1))
            for row in (drawn, data)
        ]
        marks = "".join(f"{n:<5}" for n in range(0, highest + 1, 5) if n + len(str(n)) <= room)[:room]
        return [
            Content.assemble((labels[0], "$muted"), (bars[0], "$text-accent")),
            Content.assemble((labels[1], "$muted"), (bars[1], "$foreground")),
            Content.styled(" " * width + marks, "$muted"),
        ]


def _eighths(part: float) -> int:
    """The height of a bar in eighths of a line; anything above 0 is visible."""
    return max(round(part * 8), 1) if part > 0 else 0
