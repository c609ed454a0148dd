"""A compositor that only renders widgets that are visible within the changed regions.

Importing this module fails if Textual's compositor lacks the attributes that it uses.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import cast

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate, ReflowResult
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.terminal.cells import ShownCells

for name in ("_regions_to_spans", "_dirty_regions", "_full_map", "_cuts"):
    if not hasattr(Compositor(), name):
        raise ImportError("Textual's compositor is another one")

Span = tuple[int, int, int]
"""A line, its first column, and the column after its last."""


class FrugalCompositor(Compositor):
    """Textual renders and sends all widgets in the bounding box of the changes, including hidden ones."""

    def __init__(self, shown: ShownCells | None) -> None:
        """`shown` is what the terminal shows, if known."""
        super().__init__()
        self._shown = shown
        self._laid_out = self._full_map
        self._painted = self.visible_widgets

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[object]] | None = None, simplify: bool = False
    ) -> RenderableType | None:
        update = super().render_update(full, screen_stack, simplify)
        if self._shown is None or full or not isinstance(update, LayoutUpdate | ChopsUpdate):
            return update
        return cast(RenderableType, ChangedCells(update, self._shown, self.size))

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """If a widget's position is requested before a pending layout, Textual updates the map early, then
        finds no changes, and widgets are not told their new size: compare with the map of the last layout."""
        self._full_map = self._laid_out
        result = super().reflow(parent, size)
        self._laid_out = self._full_map
        return result

    def repaint_what_moved(self) -> None:
        """Mark the old and new regions of all widgets that moved since the last frame as dirty."""
        if moved := self.visible_widgets.items() ^ self._painted.items():
            self._dirty_regions.update(region.intersection(clip) for _, (region, clip) in moved)
            self._painted, self._cuts = self.visible_widgets, None

    def take_changes(self) -> set[Region]:
        """The dirty regions, which are clean from now on."""
        changes = self._dirty_regions.copy()
        self._dirty_regions.clear()
        return changes

    def render_partial_update(self) -> ChopsUpdate | None:
        regions = [region.intersection(self.size.region) for region in self._dirty_regions]
        self._dirty_regions.clear()
        spans = list(self._regions_to_spans(regions))
        if not spans:
            return None
        return ChopsUpdate(self._render_spans(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> list[dict[int, Strip]]:
        left, right = crop.column_span
        return self._render_spans((y, left, right) for y in crop.line_range if is_rendered_line(y))

    def _render_spans(self, spans: Iterable[Span]) -> list[dict[int, Strip]]:
        """The strips of each line, by their first column.

        A strip extends to the next column in which any widget on the line begins or ends. Widgets are ordered
        from front to back, so the first one to fill a strip is the visible one.
        """
        nothing = cast(Strip, None)
        chops = [dict.fromkeys(cuts[:-1], nothing) for cuts in self.cuts]
        missing: dict[int, dict[int, int]] = {}
        for y, left, right in spans:
            if y < len(chops):
                pieces = missing.setdefault(y, {})
                pieces.update((a, b) for a, b in pairwise(self.cuts[y]) if a < right and b > left)
        for widget, (region, clip) in self.visible_widgets.items():
            left, top, width, height = region.intersection(clip)
            found = []
            for y in range(top, top + height):
                seen = [(a, b) for a, b in missing.get(y, {}).items() if left <= a < left + width]
                if seen:
                    found.append((y, seen))
            if found:
                first, last = found[0][0], found[-1][0]
                lines = Region(left - region.x, first - region.y, width, last + 1 - first)
                strips = widget.render_lines(lines)
                for y, seen in found:
                    for a, b in seen:
                        chops[y][a] = strips[y - first].crop(a - left, b - left)
                        del missing[y][a]
        return chops


class ChangedCells(CompositorUpdate):
    """An update that sends only changed cells."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, shown: ShownCells, size: Size) -> None:
        self._update, self._shown, self._size = update, shown, size

    def render_segments(self, console: Console) -> str:
        update = self._update
        pieces = _of_layout(update) if isinstance(update, LayoutUpdate) else _of_chops(update)
        return self._shown.change(pieces, self._size, console)


def _of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield x, y, strip
            x += strip.cell_length


def _of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The strips within the spans; those outside may be incomplete."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                yield x, y, strip if end <= x2 else strip.crop(0, x2 - x)
