"""The reports of the command line, as text and as JSON: each is a module here, imported when it is asked for.

Its `run` takes the parsed options and returns the exit status. torch is imported only if needed.
"""

REPORTS = {
    "stats": "the dataset's summary",
    "counts": "the table of bigram counts, or of probabilities",
    "train": "the network's loss, step by step, and the final loss",
    "sample": "new names, one per line",
    "score": "how likely the model finds each name",
    "evaluate": "the loss on train, dev and test for each context length, from 0 characters on",
}
