"""The views of the grid: what each is called, and what is asked about it in more than one place."""

from enum import Enum


class View(Enum):
    """What the grid can show. The label is also what exports and the command line say.

    `symbol` is what stands in the cells.
    """

    COUNTS = "counts", "N"
    PROBABILITIES = "probabilities", "P"
    NETWORK_PROBABILITIES = "network's probabilities", "softmax(W)"
    NETWORK_COUNTS = "network's counts", "exp(W)"
    WEIGHTS = "weights", "W"
    DIFFERENCE = "difference", "softmax(W) − P"
    WITHOUT_KEEPDIM = "without keepdim", "no keepdim"
    GRADIENT = "gradient", "∂loss/∂W"

    def __init__(self, label: str, symbol: str) -> None:
        self.label = label
        self.symbol = symbol

    @property
    def option(self) -> str:
        """What it is called on the command line."""
        return self.label.replace(" ", "-")

    @property
    def needs_network(self) -> bool:
        return self not in (View.COUNTS, View.PROBABILITIES, View.WITHOUT_KEEPDIM)

    @property
    def should_sum_to_one(self) -> bool:
        """Whether its rows should; without keepdim they do not."""
        return self in (View.PROBABILITIES, View.NETWORK_PROBABILITIES, View.WITHOUT_KEEPDIM)
