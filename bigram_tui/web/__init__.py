"""The app in browsers; needs the extra `web`."""

from bigram_tui.lm.errors import BigramError


class ServingError(BigramError):
    """The app cannot be served to browsers."""
