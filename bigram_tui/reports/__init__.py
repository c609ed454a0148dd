"""The reports of the command line, as text and as JSON: each is a module here, imported when it is asked for.

It has `add_options` for a parser, `parse` if it checks combinations of options, and `run`, which prints the
report and returns the exit status. torch is imported only if needed.
"""

REPORTS = {
    "stats": "the dataset's summary",
    "counts": "the table of bigram counts, or of probabilities",
    "train": "the network's loss, step by step, and the final loss",
    "sample": "new names, one per line",
    "score": "how likely the model finds each name",
    "evaluate": "the loss on train, dev and test for each context length, from 0 characters on",
}
