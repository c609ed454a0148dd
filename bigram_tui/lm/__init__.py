"""The language model: words, their bigram counts, the network that learns them, and drawing from either.

Nothing here knows of terminals. Modules are imported one by one, because `network`, `network_file`,
`training` and `multinomial` need torch, which takes seconds to import, and the others do not.
"""
