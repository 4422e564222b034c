"""Imports."""

from collections.abc import Iterator

from tree_sitter import Node

from coderev.analysis.taint.form import Import, Statement
from coderev.analysis.taint.lowering.python.walk import LowerStatement, Walk, pieces

BY_TEXT = frozenset({"import_module", "__import__", "importlib"})


def modules(walk: Walk, node: Node) -> Iterator[Statement]:
    """`import a.b, c as d`."""
    for start, end, name, alias in _names(walk, node):
        bound = alias or name.partition(".")[0]
        walk.imports.add(name)
        walk.bind(bound)
        yield Import(start, end, name, None, bound, binds_root=not alias and "." in name)


def members(walk: Walk, node: Node) -> Iterator[Statement]:
    """`from a import b as c`, `from ..a import *`."""
    level, module = _origin(walk, node)
    start, end = node.start_byte, node.end_byte
    if any(child.type == "wildcard_import" for child in node.children):
        walk.imports.add(module)
        yield Import(start, end, module, "*", "", level)
        return
    for first, last, name, alias in _names(walk, node):
        walk.bind(alias or name)
        walk.imports.add(f"{module}.{name}" if module else name)
        yield Import(first, last, module, name, alias or name, level)


def of_file(walk: Walk) -> frozenset[str]:
    """The modules that a file imports, with those that they lie below; by a text it may be any that it mentions."""
    found = {module for name in walk.imports for module in _below(name)}
    return frozenset(found | walk.mentions if walk.mentions & BY_TEXT else found)


def _below(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: count + 1]) for count in range(len(parts)))


def _names(walk: Walk, node: Node) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, dotted name and alias of each name; the alias is empty where there is none."""
    for named in node.children_by_field_name("name"):
        aliased = named.type == "aliased_import"
        name = dotted(walk, named.child_by_field_name("name") if aliased else named)
        alias = walk.word(named.child_by_field_name("alias")) if aliased else ""
        if name:
            yield named.start_byte, named.end_byte, name, alias


def _origin(walk: Walk, node: Node) -> tuple[int, str]:
    """Leading dots and module."""
    if node.type == "future_import_statement":
        return 0, "__future__"
    module = node.child_by_field_name("module_name")
    if module is None or module.type != "relative_import":
        return 0, dotted(walk, module)
    level, name = 0, ""
    for part in pieces(module):
        if part.type == "import_prefix":
            level = walk.text(part.start_byte, part.end_byte).count(".")
        else:
            name = dotted(walk, part)
    return level, name


def dotted(walk: Walk, node: Node | None) -> str:
    """The identifiers of a dotted name, joined."""
    return ".".join(walk.word(part) for part in pieces(node)) if node is not None else ""


STATEMENTS: dict[str, LowerStatement] = {
    "import_statement": modules,
    "import_from_statement": members,
    "future_import_statement": members,
}
