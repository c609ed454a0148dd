"""Word lists in memory."""

from io import BytesIO

from bigram_tui.words.corpus import Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.reading import read
from bigram_tui.words.streams import Source


def parse_words(data: bytes, name: str, options: ReadingOptions | None = None) -> Corpus:
    """The words of a list, as it is read from a file."""
    return read(Source(name, lambda: BytesIO(data), len(data)), options)
