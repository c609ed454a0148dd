"""Frames made of what they need: only parts that are seen in what changed are asked for their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import cast

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Span = tuple[int, int, int]
"""A line, and from and to which column of it."""


class FrugalCompositor(Compositor):
    """Textual asks every part within the rectangle around all changes, also those that others hide."""

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
        """For each line of the screen the pieces of it, by the column in which they begin.

        A piece reaches to the next column in which any part of the line begins or ends. The parts come from
        the front to the back, so that the first to have a piece is the one that is seen there.
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
