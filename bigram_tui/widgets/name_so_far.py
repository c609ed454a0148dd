"""A name with the probability of each character: in large letters, or several names in small ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from bigram_tui.lm.model import negative_log
from bigram_tui.session.models import COLOURS
from bigram_tui.texts import Phrase, say
from bigram_tui.views.numbers import number
from bigram_tui.widgets.large_letters import HEIGHT, large
from bigram_tui.widgets.rendering import ByLine

LABEL_WIDTH = 8
NUMBER_WIDTH = 8
NAME_WIDTH = 10
GAP = 2
UNDERLINED = Style(underline=True)

SAME_U = Phrase("One random number u for every line; m chooses whose bars are shown.")


@dataclass(frozen=True)
class Letter:
    """A character with its probability; `surprising` if that is lower than with equally likely characters."""

    sign: str
    probability: float
    surprising: bool
    chosen: bool = False


@dataclass(frozen=True)
class SpelledName:
    """The letters of a name, of which the first follows the boundary, in the colour of its model.

    The letters at the positions in `context` are underlined; the boundary is at −1.
    """

    label: str
    colour: str
    boundary: str
    letters: Sequence[Letter]
    context: range = range(0)


class NameSoFarDisplay(ByLine, Widget, can_focus=True):
    """One name in large letters, with P and the running log-likelihood below; or several names in lines."""

    COMPONENT_CLASSES = {f"name--{what}" for what in ("newest", "surprising", "muted", *COLOURS)}
    DEFAULT_CSS = """
    NameSoFarDisplay {
        height: 5;
        & > .name--newest { color: $text-accent; text-style: bold; }
        & > .name--surprising { color: $text-warning; text-style: bold; }
        & > .name--muted { color: $muted; }
    }
    """ + "".join(
        f"NameSoFarDisplay > .name--{colour} {{ color: ${colour}; text-style: bold; }}" for colour in COLOURS
    )

    _names: Sequence[SpelledName] = ()
    _hint = ""

    def show(self, names: Sequence[SpelledName], hint: str) -> None:
        """Show these names; the hint is for a name without letters."""
        self._names, self._hint = names, hint
        self.styles.height = max(HEIGHT + 2, len(names))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if not any(name.letters for name in self._names):
            segments = self._wrapped(self._hint, y - HEIGHT // 2)
        elif len(self._names) == 1:
            segments = self._large(self._names[0], y)
        elif y < len(self._names):
            segments = self._small(self._names[y])
        else:
            segments = self._wrapped(say(SAME_U), y - HEIGHT)
        return self.full_line(segments, self.size.width)

    def _wrapped(self, text: str, line: int) -> list[Segment]:
        """A line of a text that is wrapped to the width there is."""
        lines = Content(text).wrap(max(self.size.width, 1))
        return [Segment(lines[line].plain, self._style("muted"))] if 0 <= line < len(lines) else []

    def _style(self, what: str) -> Style:
        return self.get_component_rich_style(f"name--{what}", partial=True)

    def _letter_style(self, letter: Letter, newest: bool) -> Style:
        if newest:
            return self._style("newest")
        return self._style("surprising") if letter.surprising else Style(bold=True)

    def _places(self, letters: Sequence[Letter]) -> tuple[int, int]:
        """The width of a large letter, and the index of the first visible one."""
        width = max(NUMBER_WIDTH, *(len(large(letter.sign)[0]) + GAP for letter in letters))
        return width, max(len(letters) - max((self.size.width - LABEL_WIDTH) // width, 1), 0)

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the probability of the newest large letter is on the screen."""
        place = self.content_region.offset
        if len(self._names) != 1 or not self._names[0].letters:
            return place
        letters = self._names[0].letters
        width, first = self._places(letters)
        return place + Offset(LABEL_WIDTH + (len(letters) - 1 - first) * width, HEIGHT)

    def _large(self, name: SpelledName, y: int) -> list[Segment]:
        """One line: of the letters, of their probabilities or of the log-likelihoods up to each."""
        letters = name.letters
        width, first = self._places(letters)
        label = ("", name.boundary if first == 0 else "…", "", say("prob."), "Σ ln P")[y]
        muted = self._style("muted")
        begins = muted + UNDERLINED if y == 1 and first == 0 and -1 in name.context else muted
        segments = [Segment(label, begins), Segment(" " * (LABEL_WIDTH - cell_len(label)), muted)]
        for place, letter in enumerate(letters[first:], first):
            style = self._letter_style(letter, newest=place == len(letters) - 1)
            if y < HEIGHT:
                text = large(letter.sign)[y]
            elif y == HEIGHT:
                mark = "✎" if letter.chosen else "!" if letter.surprising else ""
                text = number(letter.probability) + mark
            else:
                so_far = math.fsum(negative_log(each.probability) for each in letters[: place + 1])
                text, style = _log_likelihood(so_far), self._style("muted")
            if y == HEIGHT and not letter.surprising:
                style = muted
            if y == HEIGHT - 1 and place in name.context:
                style += UNDERLINED
            segments += [Segment(text, style), Segment(" " * (width - cell_len(text)))]
        return segments

    def _small(self, name: SpelledName) -> list[Segment]:
        """The model, the probability of the last character and of the whole name, and the name.

        Only the newest letter stands out: below the others there is no probability that says why they would.
        """
        if not name.letters:
            return [Segment(name.label, self._style(name.colour))]
        nll = math.fsum(negative_log(letter.probability) for letter in name.letters)
        numbers = f"P {number(name.letters[-1].probability):<6}  Σ ln P {_log_likelihood(nll):>7}  "
        room = self.size.width - NAME_WIDTH - len(numbers) - 1
        shown = list(name.letters[-max(room, 1) :])
        while sum(cell_len(letter.sign) for letter in shown) > max(room, 1):
            shown.pop(0)
        first = len(name.letters) - len(shown)
        styles = [self._style("newest") if letter is shown[-1] else Style(bold=True) for letter in shown]
        return [
            Segment(f"{name.label:<{NAME_WIDTH}}", self._style(name.colour)),
            Segment(numbers, self._style("muted")),
            Segment("…" if first else name.boundary, self._marked(name, first - 1, self._style("muted"))),
            *(
                Segment(letter.sign, self._marked(name, place, style))
                for place, (letter, style) in enumerate(zip(shown, styles, strict=True), first)
            ),
        ]

    def _marked(self, name: SpelledName, place: int, style: Style) -> Style:
        return style + UNDERLINED if place in name.context else style


def _log_likelihood(nll: float) -> str:
    """A sum of ln P, given its negative, in at most seven columns."""
    return number(-nll, 2 if nll < 1_000 else 0)
