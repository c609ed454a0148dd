"""The names of the grid's views, and their common properties."""

from enum import Enum


class View(Enum):
    """What the grid can show. The label is also used in exports and on the command line.

    `symbol` denotes the value of a cell.
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
        """Its name on the command line."""
        return self.label.replace(" ", "-")

    @property
    def needs_network(self) -> bool:
        return self not in (View.COUNTS, View.PROBABILITIES, View.WITHOUT_KEEPDIM)

    @property
    def should_sum_to_one(self) -> bool:
        """Whether its rows ought to sum to 1; without keepdim they do not."""
        return self in (View.PROBABILITIES, View.NETWORK_PROBABILITIES, View.WITHOUT_KEEPDIM)
