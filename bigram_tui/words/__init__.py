"""From bytes to words: where a list comes from, how it is read, and what is known about it."""
