"""Painting only what changes: the time for a frame depends on how many lines are repainted."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual, VisualType
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    _Widget = Widget
else:
    _Widget = object


BORDER = 6
"""Columns of a panel's border that its title does not get."""


class ByLine(_Widget):
    """A mixin for widgets that paint line by line, to be listed before the base widget class.

    The widget's style, which is composed of its ancestors' styles, is computed once for all lines.
    """

    _own_style = Style.null()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._own_style = self.rich_style
        return super().render_lines(crop)

    def full_line(self, segments: Iterable[Segment], width: int) -> Strip:
        """The segments as a line of this width, cut off with an ellipsis if too long."""
        line = Strip(segments)
        if width and line.cell_length > width and line.crop(width).text.strip():
            (last, *_) = line.crop(width - 1, width)
            line = Strip([*line.crop(0, width - 1), Segment("…", last.style)])
        return line.adjust_cell_length(width).apply_style(self._own_style)


class Passage(Static):
    """A text that is repainted only if its content changes, and laid out only if its height does."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        before = self.content
        if isinstance(content, Content) and isinstance(before, Content):
            is_same = content.is_same(before)  # equal contents may have different styles
        else:
            is_same = content == before
        if not is_same:
            super().update(content, layout=layout and not self._keeps_height(before, content))

    def _keeps_height(self, before: VisualType, after: VisualType) -> bool:
        width, own = self.size.width, self.styles
        if not (width and isinstance(before, Visual) and isinstance(after, Visual)):
            return False
        follows_content = own.width is not None and own.width.is_auto
        rules = own.get_rules()
        return not follows_content and before.get_height(rules, width) == after.get_height(rules, width)


def entitle(panel: Widget, title: str | Content, subtitle: str | Content | None = None) -> None:
    """Set the titles of a panel, as text rather than markup; None keeps the subtitle."""
    for place, text in (("border_title", title), ("border_subtitle", subtitle)):
        if text is not None:
            content = Content(text) if isinstance(text, str) else text
            if content.markup != (getattr(panel, place) or ""):
                setattr(panel, place, content)


def fitting(room: int, *texts: str) -> str:
    """The first of these texts, longest first, that fits into so many columns, or else the last."""
    return next((text for text in texts if cell_len(text) <= room), texts[-1])


def table(rows: Collection[tuple[str, str]], style: str = "$muted", gap: int = 2) -> Content:
    """Labels and values, with the labels in this style and padded to the same width."""
    width = max(cell_len(label) for label, _ in rows) + gap
    lines = [Content.assemble((set_cell_size(label, width), style), text) for label, text in rows]
    return Content("\n").join(lines)


def line_of(parts: Iterable[tuple[str, bool]]) -> Content:
    """A line of text from pieces, some of which are muted."""
    return Content.assemble(*((text, "$muted") if muted else text for text, muted in parts))
