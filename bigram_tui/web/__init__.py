"""The app in browsers, for which the extra `web` is needed."""

from bigram_tui.lm.errors import BigramError


class ServingError(BigramError):
    """The app cannot be served to browsers."""
