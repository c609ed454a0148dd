"""Notebook: cells of code with a sentence about each, exported as a Python script or for Jupyter."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from string import Template

IMPORTS = {
    **{
        name: f"import {name}"
        for name in ("bz2", "csv", "gzip", "io", "json", "lzma", "math", "random", "re")
    },
    **{name: f"import {name}" for name in ("requests", "torch", "zipfile")},
    "Counter": "from collections import Counter",
    "F": "import torch.nn.functional as F",
    "files": "from importlib.resources import files",
    "islice": "from itertools import islice",
    "lru_cache": "from functools import lru_cache",
    "load_file": "from safetensors.torch import load_file",
    "normalize": "from unicodedata import normalize",
    "np": "import numpy as np",
    "zstd": f"from {'compression' if sys.version_info >= (3, 14) else 'backports'} import zstd",
}
"""The imports for names that the code uses."""

THIRD_PARTY = {"numpy", "requests", "safetensors", "torch"}
WIDTH = 88


@dataclass(frozen=True)
class CodeCell:
    """Some lines of Python, and a sentence that says what they do.

    Text from outside appears only in the code, as literals, never in the sentence. `ways` are other cells
    that compute the same.
    """

    words: str
    code: str
    ways: tuple[CodeCell, ...] = ()


@dataclass(frozen=True)
class Notebook:
    """Cells that run in order, starting from the dataset."""

    title: str
    cells: tuple[CodeCell, ...]

    @classmethod
    def of(cls, title: str, *cells: CodeCell) -> Notebook:
        """A notebook of these cells, without duplicates, preceded by a cell with their imports."""
        cells = tuple(dict.fromkeys(cells))
        nodes = (node for cell in cells for node in ast.walk(ast.parse(cell.code)))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        return cls(title, (CodeCell("", _sorted(IMPORTS[name] for name in names & IMPORTS.keys())), *cells))

    @property
    def ways(self) -> list[Notebook]:
        """This notebook, and its variants with other ways of writing the cells that have some."""
        _, *cells = self.cells
        others = range(max((len(cell.ways) for cell in cells), default=0))
        written = ((cell.ways[way] if cell.ways else cell for cell in cells) for way in others)
        return [self, *(Notebook.of(self.title, *other) for other in written)]

    def as_script(self) -> str:
        """A Python script with the sentences as comments."""
        parts = [_comment(self.title)]
        parts += ["\n".join(filter(None, (_comment(cell.words), cell.code))) for cell in self.cells]
        return "\n\n".join(parts) + "\n"

    def as_notebook(self) -> str:
        """A Jupyter notebook (nbformat 4) with the sentences as Markdown; the output is deterministic."""
        import nbformat
        from nbformat import v4

        notebook = v4.new_notebook(
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            }
        )
        texts = [v4.new_markdown_cell(f"# {self.title}")]
        for cell in self.cells:
            texts += [v4.new_markdown_cell(cell.words)] if cell.words else []
            texts.append(v4.new_code_cell(cell.code))
        for number, text in enumerate(texts):
            text.id = f"cell-{number}"  # nbformat's own are random
        notebook.cells = texts
        nbformat.validate(notebook)
        written: str = nbformat.writes(notebook)
        return written


def fill(template: str, **values: object) -> str:
    """The template with $names replaced by these values; a $name inside a value is left alone."""
    return Template(template).substitute(values).rstrip("\n")


def filled_cell(words: str, template: str, **values: object) -> CodeCell:
    return CodeCell(words, fill(template, **values))


def literal(value: float | None) -> str:
    """A setting as a person would type it: 10, 0.01."""
    return str(int(value)) if value is not None and value == int(value) else repr(value)


def _comment(words: str) -> str:
    return textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _sorted(imports: Iterable[str]) -> str:
    """Imports in the usual order: the standard library, a blank line, then the rest."""
    lines = sorted(imports, key=lambda line: (line.startswith("from"), line))
    groups = ([line for line in lines if _is_third_party(line) == third] for third in (False, True))
    return "\n\n".join("\n".join(group) for group in groups if group)


def _is_third_party(line: str) -> bool:
    return line.split()[1].split(".")[0] in THIRD_PARTY
