"""Learn how a language model works, in a terminal."""

__version__ = "0.1.0"
