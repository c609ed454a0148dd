"""Drawing no more than what changes: a frame takes as long as the lines that are made anew for it."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    _Widget = Widget
else:
    _Widget = object


class ByLine(_Widget):
    """For widgets that draw themselves line by line; to be named before the kind of widget.

    Their own style is composed from all that they are in, so it is found once for all lines.
    """

    _own_style = Style.null()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._own_style = self.rich_style
        return super().render_lines(crop)

    def full_line(self, segments: Iterable[Segment], width: int) -> Strip:
        """The segments as a line of this width; one that is too long for it ends in an ellipsis."""
        line = Strip(segments)
        if width and line.cell_length > width and line.crop(width).text.strip():
            (last, *_) = line.crop(width - 1, width)
            line = Strip([*line.crop(0, width - 1), Segment("…", last.style)])
        return line.adjust_cell_length(width).apply_style(self._own_style)


class Passage(Static):
    """A text that is drawn and laid out again only where it says something else."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        before = self.content
        if isinstance(content, Content) and isinstance(before, Content):
            is_same = content.is_same(before)  # an equal one may look otherwise
        else:
            is_same = content == before
        if not is_same:
            super().update(content, layout=layout)


def entitle(panel: Widget, title: str | Content, subtitle: str | Content | None = None) -> None:
    """Give a panel these titles, as text and not as markup; None leaves the subtitle as it is."""
    for place, text in (("border_title", title), ("border_subtitle", subtitle)):
        if text is not None:
            content = Content(text) if isinstance(text, str) else text
            if content.markup != (getattr(panel, place) or ""):
                setattr(panel, place, content)


def table(rows: Collection[tuple[str, str]], style: str = "$muted", gap: int = 2) -> Content:
    """Labels and what belongs to them, the labels in this style and padded to one width."""
    width = max(cell_len(label) for label, _ in rows) + gap
    lines = [Content.assemble((set_cell_size(label, width), style), text) for label, text in rows]
    return Content("\n").join(lines)


def line_of(parts: Iterable[tuple[str, bool]]) -> Content:
    """Pieces of text, of which some are muted."""
    return Content.assemble(*((text, "$muted") if muted else text for text, muted in parts))
