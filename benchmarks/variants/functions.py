"""Choosing functions: 8 to 60 lines, sound, no two alike, spread over many files, by a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from benchmarks.variants.dialects import CLASS, COMMENTS, DIALECTS, STRINGS, parser
from benchmarks.variants.sources import Source, sources
from benchmarks.variants.trees import Unit, walk, words

SEED = 20260
WANTED = 100  # functions of each language
SPARE = 1_200  # looked through for what the first hundred lack
PER_FILE = 3
SHORTEST, LONGEST = 8, 60  # lines
BODIES = {  # what makes a declaration a function
    "lexical_declaration": {"arrow_function", "function_expression"},
    "variable_declaration": {"function_expression"},
    "expression_statement": {"function_expression"},
    "decorated_definition": {"function_definition"},
    "template_declaration": {"function_definition"},
}
HOLDERS = {"class_body", "declaration_list", "field_declaration_list", "object", "block", "enum_body_declarations"}


@dataclass(frozen=True)
class Function:
    """A chosen function: its name, with the file it stands in, and the unit."""

    name: str
    unit: Unit


def choose(language: str) -> tuple[list[Function], list[Function]]:
    """The functions of a language, and spare ones; the same for the same packages. Raises Missing."""
    files = list(sources(language))
    random.Random(SEED).shuffle(files)
    chosen: dict[str, Function] = {}
    spare: dict[str, Function] = {}
    for file in files:
        if len(spare) >= SPARE:
            break
        found = list(_functions(language, file))
        random.Random(f"{SEED} {file.path}").shuffle(found)
        for at, function in enumerate(found):
            fits = at < PER_FILE and len(chosen) < WANTED
            (chosen if fits else spare).setdefault(function.unit.text, function)
    return list(chosen.values()), [function for text, function in spare.items() if text not in chosen]


def _functions(language: str, file: Source) -> Iterator[Function]:
    try:
        text = file.text.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return
    root = parser(language).parse(text.encode()).root_node
    for node in walk(root):
        if node.type in DIALECTS[language].functions and not node.has_error and _is_function(node):
            unit = _unit(language, node, text.encode())
            if unit is not None:
                yield Function(f"{file.path}:{_name(node)}", unit)


def _is_function(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in {"decorated_definition", "template_declaration"}:
        return False
    lines = node.end_point[0] - node.start_point[0] + 1
    if not SHORTEST <= lines <= LONGEST:
        return False
    wanted = BODIES.get(node.type)
    return wanted is None or any(inner.type in wanted for inner in _close(node))


def _close(node: Node) -> list[Node]:
    """A node's children, and theirs twice over: where the function of a declaration stands."""
    near = list(node.named_children)
    for _ in range(2):
        near += [inner for child in near for inner in child.named_children if child.type in _BETWEEN]
    return near


_BETWEEN = {"variable_declarator", "assignment_expression"}


def _unit(language: str, node: Node, source: bytes) -> Unit | None:
    """The unit of a function with the comments right above it, at the margin; None where it is no unit alone."""
    first = _with_lead(node)
    start = source.rfind(b"\n", 0, first.start_byte) + 1
    end = source.find(b"\n", node.end_byte)
    end = len(source) if end < 0 else end
    tail = source[node.end_byte : end].strip()
    if source[start : first.start_byte].strip() or tail not in {b"", b";"}:
        return None
    text = _dedented(source[start : node.end_byte].decode() + tail.decode(), node) + "\n"
    unit = Unit(language, text, method=_is_method(language, node))
    return unit if unit.sound else None


def _is_method(language: str, node: Node) -> bool:
    """The function stands in a class, so that it parses alone only inside one."""
    parent = node.parent
    if language not in CLASS or parent is None or parent.type not in HOLDERS or parent.parent is None:
        return False
    return parent.parent.type not in {"namespace_definition", "mod_item", "linkage_specification"}


def _with_lead(node: Node) -> Node:
    """The first of the comments and attributes that stand right above a function, or the function."""
    first = node
    above = node.prev_named_sibling
    while above is not None and above.end_point[0] + 1 >= first.start_point[0] and _leads(above):
        first, above = above, above.prev_named_sibling
    return first


def _leads(node: Node) -> bool:
    alone = node.prev_sibling is None or node.prev_sibling.end_point[0] < node.start_point[0]
    return alone and node.type in COMMENTS | {"attribute_item", "decorator"}


def _dedented(text: str, node: Node) -> str:
    """The text at the margin; lines inside strings stay as they are."""
    rows = text.split("\n")
    margin = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    top = node.end_point[0] - len(rows) + 1
    kept: set[int] = set()
    for inner in walk(node):
        if inner.type in STRINGS and not inner.type.startswith("preproc"):
            kept.update(range(inner.start_point[0] + 1 - top, inner.end_point[0] + 1 - top))
    return "\n".join(row if at in kept else row.removeprefix(margin) for at, row in enumerate(rows))


def _name(node: Node) -> str:
    """The name of a function, found as the first name in its head."""
    for field in ("name", "declarator", "definition", "left"):
        inner = node.child_by_field_name(field)
        if inner is not None:
            return _name(inner) if inner.child_count else words(inner)
    inners = [child for child in node.named_children if child.type in _BETWEEN | {"function_definition"}]
    return _name(inners[0]) if inners else words(node).split("(")[0].split("\n")[0][-60:].strip()
