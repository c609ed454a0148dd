"""Private names of Textual: all that are used are in the table, and the program works without them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import bigram_tui
from bigram_tui.terminal.private import PRIVATE_NAMES
from tests.conftest import thoroughly
from tests.terminal.test_terminal import go_everywhere_and_quit, open_terminal

__all__ = ["open_terminal"]

THEIRS = ("rich", "textual", "textual_hires_canvas", "textual_plot")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def is_theirs(module: str | None) -> bool:
    return (module or "").partition(".")[0] in THEIRS


def of_classes(tree: ast.AST) -> Iterator[str]:
    """The private names that classes in this source have: methods, class variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from in_body(node)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from filter(is_private, [node.attr])


def in_body(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from filter(is_private, [statement.name])
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (t.id for t in targets if isinstance(t, ast.Name) and is_private(t.id))


@cache
def names_of(kind: type) -> frozenset[str]:
    try:
        return frozenset(of_classes(ast.parse(textwrap.dedent(inspect.getsource(kind)))))
    except (OSError, TypeError):
        return frozenset()


@cache
def all_of_theirs() -> frozenset[str]:
    folders = [Path(inspect.getfile(importlib.import_module(package))).parent for package in THEIRS]
    sources = [file.read_text(encoding="utf-8") for folder in folders for file in folder.rglob("*.py")]
    return frozenset(name for source in sources for name in of_classes(ast.parse(source)))


def with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    for subclass in type.__subclasses__(kind):
        yield from with_subclasses(subclass)


def inherited(kind: type) -> frozenset[str]:
    """The private names that a class of ours inherits from theirs, also as a mixin."""
    bases = {base for each in with_subclasses(kind) for base in each.__mro__ if is_theirs(base.__module__)}
    return frozenset().union(*map(names_of, bases))


def used_in(module_name: str) -> set[str]:
    """The private names of theirs that this module uses, and the methods of theirs that it replaces."""
    module = importlib.import_module(module_name)
    tree = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8"))
    ours = frozenset(of_classes(tree))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and is_theirs(node.module)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    found: set[str] = set()

    def note(names: Iterable[str]) -> None:
        found.update(filter(is_private, names))

    def visit(node: ast.AST, theirs: frozenset[str]) -> None:
        if isinstance(node, ast.ClassDef):
            kind = getattr(module, node.name, None)
            theirs = inherited(kind) if isinstance(kind, type) else theirs
            note(name for name in in_body(node) if name in theirs)
        elif isinstance(node, ast.ImportFrom) and is_theirs(node.module):
            note([*(node.module or "").split("."), *(alias.name for alias in node.names)])
        elif isinstance(node, ast.Import):
            note(part for alias in node.names if is_theirs(alias.name) for part in alias.name.split("."))
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            of = ast.unparse(node.value)
            if node.attr in (theirs if of in ("self", "cls", "super()") else all_of_theirs() - ours):
                note([node.attr])
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            changed = [target for target in targets if isinstance(target, ast.Attribute)]
            found.update(ast.unparse(each) for each in changed if ast.unparse(each.value) in imported)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
            of, name = node.args[:2]
            if isinstance(name, ast.Constant) and ast.unparse(of) in imported:
                found.add(f"{ast.unparse(of)}.{name.value}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            note({node.value} & (all_of_theirs() - ours))
        for child in ast.iter_child_nodes(node):
            visit(child, theirs)

    visit(tree, frozenset())
    return found


NOT_THEIRS = {"_replace", "_exit"}
"""Python's own: of named tuples, and os._exit."""


def test_the_table_lists_exactly_the_private_names_in_use() -> None:
    found = defaultdict(set)
    modules = [m.name for m in pkgutil.walk_packages(bigram_tui.__path__, "bigram_tui.")]
    modules = [name for name in modules if not name.endswith(("__main__", "terminal.private"))]
    for name in modules:
        importlib.import_module(name)
    for module in modules:
        for name in used_in(module) - NOT_THEIRS:
            found[name].add(module.removeprefix("bigram_tui."))
    assert found == {each.name: set(each.modules) for each in PRIVATE_NAMES}
    assert len(PRIVATE_NAMES) == len(found) <= 25


def test_private_names_are_only_used_in_the_terminal_package() -> None:
    assert all(module.startswith("terminal.") for each in PRIVATE_NAMES for module in each.modules)


RENAMED = """
import re, sys
from importlib.machinery import PathFinder, SourceFileLoader
NAMES = re.compile(r"(?<![A-Za-z0-9_])({names})(?![A-Za-z0-9_])")
class Loader(SourceFileLoader):
    def get_code(self, module):
        text = self.get_data(self.path).decode()
        return self.source_to_code(NAMES.sub(r"\\1_renamed", text), self.path)
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in {theirs}:
            return None
        if NAMES.search(name):
            raise ModuleNotFoundError(name)
        spec = PathFinder.find_spec(name.removesuffix("_renamed"), path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.name, spec.loader = name, Loader(name, spec.loader.path)
        return spec
sys.meta_path.insert(0, Finder)
"""


NAMES = [each.name for each in PRIVATE_NAMES if is_private(each.name)]


@pytest.mark.parametrize("names", ["all", *thoroughly(*NAMES)])
def test_the_app_works_without_the_private_names(open_terminal, tmp_path: Path, names: str) -> None:
    renamed = "|".join(NAMES) if names == "all" else names
    hook = RENAMED.replace("{names}", renamed).replace("{theirs}", repr(THEIRS))
    (tmp_path / "sitecustomize.py").write_text(hook)
    go_everywhere_and_quit(open_terminal(PYTHONPATH=f"{tmp_path}:{Path(bigram_tui.__file__).parents[1]}"))
