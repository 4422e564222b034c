"""What did not parse and what nests too deep: which lines it has, and which names stand in it."""

from collections.abc import Container, Iterable, Iterator

from tree_sitter import Node

# types of nodes whose field stores names
_STORES = {
    "assignment": "left",
    "augmented_assignment": "left",
    "for_statement": "left",
    "for_in_clause": "left",
    "named_expression": "name",
    "as_pattern": "alias",
    "function_definition": "name",
    "class_definition": "name",
}
_MEMBERS = {"attribute": "attribute", "keyword_argument": "name"}  # fields that are no variables


def identifiers(node: Node) -> Iterator[tuple[Node, bool]]:
    """The variables anywhere in a node, in order, and whether each may be stored to. Takes no stack of its own."""
    stored_until = 0
    skipped = -1  # where an attribute or keyword begins
    for here in _all_nodes(node):
        kind = here.type
        if kind == "identifier":
            if here.start_byte != skipped:
                yield here, here.end_byte <= stored_until
        elif (part := _part(here, _STORES.get(kind))) is not None:
            stored_until = max(stored_until, part.end_byte)
        elif (part := _part(here, _MEMBERS.get(kind))) is not None:
            skipped = part.start_byte


def _part(node: Node, field: str | None) -> Node | None:
    return node.child_by_field_name(field) if field is not None else None


def _all_nodes(node: Node) -> Iterator[Node]:
    cursor = node.walk()
    while (here := cursor.node) is not None:
        yield here
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def errors_in(statement: Node, known: Container[int]) -> list[Node]:
    """What did not parse in a statement, or is it, outside of its blocks, and is not known by its id, in order."""
    found = []
    waiting = [statement]
    while waiting:
        here = waiting.pop()
        if here.is_error:
            found.append(here)
        elif here.type != "block":
            waiting.extend([child for child in reversed(here.children) if child.has_error])
    return [error for error in found if error.id not in known]


def unread_lines(root: Node, flattened: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The first and last lines of what did not parse or was flattened, in order, merged where they meet."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted([*_broken(root), *flattened]):
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], last))
        else:
            ranges.append((first, last))
    return tuple(ranges)


def _broken(root: Node) -> Iterator[tuple[int, int]]:
    if not root.has_error:
        return
    cursor = root.walk()
    while (here := cursor.node) is not None:
        if here.is_error or here.is_missing:
            yield here.start_point.row + 1, here.end_point.row + 1
        elif here.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
