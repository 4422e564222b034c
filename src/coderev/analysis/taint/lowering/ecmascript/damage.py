"""What did not parse and what nests too deep: which lines it has, and which names stand in it."""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

NAMES = frozenset({"shorthand_property_identifier", "shorthand_property_identifier_pattern", "type_identifier"})
WORDS = frozenset({"property_identifier", "private_property_identifier", "statement_identifier", "string_fragment"})
_VARIABLES = NAMES | {"identifier"}


def names_in(node: Node) -> Iterator[tuple[Node, bool]]:
    """All names and texts in a node, in order, and whether each is a variable. Takes no stack of its own."""
    for here in _every(node):
        kind = here.type
        if kind in _VARIABLES:
            yield here, here.start_byte < here.end_byte
        elif kind in WORDS:
            yield here, False


def unread_lines(root: Node, flattened: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The first and last lines of what did not parse or was flattened, in order, merged where they overlap."""
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
    waiting = [root]
    while waiting:
        here = waiting.pop()
        if here.is_error or here.is_missing:
            first = here.start_point.row + 1
            row, column = here.end_point
            yield first, max(first, row + 1 if column else row)
        else:
            waiting += [child for child in here.children if child.has_error]


def _every(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += reversed(here.named_children)
