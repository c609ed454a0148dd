"""The language model: words, their bigram counts, the network that learns them, and drawing from either.

Nothing here knows about terminals. Import the modules one by one: `network`, `network_file`, `training` and
`multinomial` need torch, which takes seconds to import; the others do not.
"""
