"""The built-in word lists, and where they are."""

from pathlib import Path

DEFAULT = "us-names"

MAKEMORE = "makemore"

BUILT_IN = {
    DEFAULT: "names of babies born in the United States in 2018 (ships with the program)",
    MAKEMORE: "names.txt of the lecture (downloaded once)",
}

SHIPPED = Path(__file__).parents[1] / "data" / "us_names_2018.txt"

MAKEMORE_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"


def is_url(dataset: str) -> bool:
    """Whether this is a URL, whatever the scheme."""
    return "://" in dataset
