"""Multi-paragraph texts in Markdown, with line breaks that suit every script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.geometry import Size
from textual.visual import VisualType

from bigram_tui.widgets.rendering import Passage

if TYPE_CHECKING:
    from markdown_it.token import Token

CODE = "bold on $panel"
STYLES = {"h2": "bold $text-accent", "h3": "bold", "p": "", "strong": "bold", "em": "italic", "code": CODE}
"""The supported Markdown, by HTML tag, with its styles."""

WIDE = "\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
UNIT = rf"[（《“‘]*(?:(?:[\d,.]+ )?[{WIDE}]|(?:[^\s“‘{WIDE}]|[“‘](?![{WIDE}]))+)[，。、；：？！）》”’]*\s*"
"""What is never broken: a word, or a wide character with adjacent punctuation and the number before it.

Compiled on use: it takes 5 ms.
"""

_INDENTATION = re.compile(r"(▌?)\s*(?:\d+\.\s+)?")
"""The indentation of continuation lines: that of the first line, its bar, and the width of its number."""


class Flowing(Passage):
    """Text flowed to the available width. A single widget, since mounting many takes long."""

    DEFAULT_CSS = "Flowing { text-wrap: nowrap; }"

    def __init__(self, content: Content, *, id: str | None = None) -> None:
        super().__init__(content, id=id)
        self._flowed: dict[int, tuple[Content, int]] = {}

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Lay out again only if the number of lines changes."""
        before, self._flowed = self._flowed, {}
        super().update(content, layout=False)
        if layout and (not before or any(self._at(width)[1] != n for width, (_, n) in before.items())):
            self.refresh(layout=True)

    def render(self) -> Content:
        return self._at(self.content_size.width)[0]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._at(width)[1]

    def _at(self, width: int) -> tuple[Content, int]:
        """The text at this width, and its number of lines; cached, since layout asks repeatedly.

        Layout also asks for one more column, as if there were no scrollbar: both widths share the even one.
        """
        width = max(width // 2 * 2, 2)
        if width not in self._flowed:
            text = self._flow(width)
            self._flowed[width] = text, text.plain.count("\n") + 1
        return self._flowed[width]

    def _flow(self, width: int) -> Content:
        assert isinstance(self.content, Content)
        return _all_flowed(self.content, width)


class Prose(Flowing):
    """Headings and paragraphs."""

    def __init__(self, markdown: str = "", *, id: str | None = None) -> None:
        super().__init__(read_markdown(markdown), id=id)
        self._markdown = markdown

    def show(self, markdown: str) -> None:
        if markdown != self._markdown:
            self._markdown = markdown
            self.update(read_markdown(markdown))

    def _flow(self, width: int) -> Content:
        return _prose_flowed(self._markdown, width)


@lru_cache(maxsize=64)
def read_markdown(markdown: str) -> Content:
    """One line per heading and paragraph, separated by empty ones, except below a question (h3).

    All other Markdown is plain text.
    """
    from markdown_it import MarkdownIt

    blocks: list[Content] = []
    tag = ""
    for token in MarkdownIt("zero").enable(["heading", "backticks", "emphasis", "newline"]).parse(markdown):
        if token.type == "inline":
            block = Content.assemble(*_spans(token.children or ())).stylize_before(STYLES.get(tag, "bold"))
            blocks += block, Content("\n" if tag == "h3" else "\n\n")
        elif token.nesting == 1:
            tag = token.tag
    return Content("").join(blocks).rstrip()


def _spans(tokens: Iterable[Token]) -> Iterable[tuple[str, str]]:
    """The text of a paragraph in pieces with their styles."""
    styles: list[str] = []
    for token in tokens:
        if token.nesting == 1:
            styles.append(STYLES[token.tag])
        elif token.nesting == -1:
            styles.pop()
        elif token.type in ("softbreak", "hardbreak"):
            yield " ", ""
        else:
            yield token.content, STYLES[token.tag] if token.tag else " ".join(styles)


@lru_cache(maxsize=64)
def _prose_flowed(markdown: str, width: int) -> Content:
    """Cached by width, since the same texts are shown repeatedly."""
    return _all_flowed(read_markdown(markdown), width)


def _all_flowed(content: Content, width: int) -> Content:
    return Content("\n").join(flowed(line, width) for line in content.split(allow_blank=True))


def flowed(line: Content, width: int) -> Content:
    """A line, broken into lines of at most this width between words and between Chinese characters.

    Textual would treat a Chinese sentence as a single word, move it to a new line, and could start the next
    line with its full stop. Code and formulas are not broken.
    """
    plain = line.plain
    for start, end, style in line.spans:
        if style == CODE:
            plain = plain[:start] + plain[start:end].replace(" ", "_") + plain[end:]
    indented = _INDENTATION.match(plain)
    begin = indented.end() if indented else 0
    breaks, column = [], begin
    for unit in re.compile(UNIT).finditer(plain, begin):
        text, place = unit.group(), unit.start()
        if column > begin and column + cell_len(text.rstrip()) > width:
            breaks.append(place)
            column = begin
        if column + cell_len(text.rstrip()) > width:
            *pieces, text = chop_cells(text, max(width - begin, 1))
            for piece in pieces:
                breaks.append(place := place + len(piece))
        column += cell_len(text)
    before = f"\n{indented[1]:<{begin}}" if indented else "\n"
    return Content(before).join(part.rstrip() for part in line.divide(breaks))
