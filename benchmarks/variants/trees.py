"""A function's text with its syntax tree, edits by place, and what two trees have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from benchmarks.variants.dialects import (
    BLOCKS,
    CLASS,
    COMMENTS,
    DIRECTIVES,
    LINES,
    PARENTHESES,
    STRINGS,
    VERBATIM,
    parser,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from `start` to `end` of a unit's source."""

    start: int
    end: int
    text: str


class Unit:
    """A function's text, parsed as it stands or, when it is a bare method, inside a class.

    `source` is the text with the class around it, and all places are places in it.
    """

    def __init__(self, language: str, text: str, *, method: bool) -> None:
        """Parse the text; whether it parses is told by `sound`."""
        self.language, self.text, self.method = language, text, method
        before, after = CLASS[language] if method else ("", "")
        self.first = len(before)
        self.source = f"{before}{text}{after}".encode()
        self.last = len(self.source) - len(after)
        self.root = parser(language).parse(self.source).root_node

    @property
    def sound(self) -> bool:
        """The text parses without an error, and no bare method closes the class around it."""
        return not self.root.has_error and (not self.method or len(_named(self.root)) == 1)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in the order of the text, outer before inner."""
        return tuple(node for node in walk(self.root) if node.end_byte > self.first and node.start_byte < self.last)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes without children, comments among them."""
        return tuple(node for node in self.nodes if node.child_count == 0)

    @cached_property
    def statements(self) -> tuple[Node, ...]:
        """The statements that stand in a block, outer before inner."""
        return tuple(node for node in self.nodes if _is_statement(node) and node.start_byte > self.first)

    @cached_property
    def guarded(self) -> frozenset[int]:
        """The rows (0-based, of `source`) that begin inside a string or a directive: no blank of theirs may change."""
        rows: set[int] = set()
        for node in self.nodes:
            if node.type in STRINGS and node.type not in DIRECTIVES:
                rows.update(range(node.start_point[0] + 1, node.end_point[0] + 1))
            elif node.type in DIRECTIVES:
                rows.update(_directive_rows(node, self.rows))
        return frozenset(rows)

    @cached_property
    def rows(self) -> list[str]:
        """The lines of `source`, without their ends."""
        return self.source.decode().split("\n")

    def of(self, *types: str) -> Iterator[Node]:
        """The nodes of some types."""
        return (node for node in self.nodes if node.type in types)

    def edited(self, edits: Sequence[Edit]) -> "Unit":
        """The unit after some edits, which do not overlap. An edit of the class around a method is no edit."""
        source = self.source
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            source = source[: edit.start] + edit.text.encode() + source[edit.end :]
        tail = len(self.source) - self.last
        return Unit(self.language, source[self.first : len(source) - tail].decode(), method=self.method)

    def again(self, text: str) -> "Unit":
        """The same kind of unit with another text."""
        return Unit(self.language, text, method=self.method)


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def words(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode()


def field_of(node: Node) -> str:
    """The field by which its parent holds a node, or nothing."""
    parent = node.parent
    if parent is None:
        return ""
    at = next(index for index, child in enumerate(parent.children) if child.id == node.id)
    return parent.field_name_for_child(at) or ""


def shape(node: Node) -> tuple[object, ...]:
    """What a tree says, without places, comments and parentheses; equal shapes are the same program."""
    while node.type in PARENTHESES:
        inner = [child for child in node.named_children if child.type not in COMMENTS]
        if len(inner) != 1:
            break
        node = inner[0]
    if node.child_count == 0 or node.type == "heredoc_body":
        return (node.type, _leaf(node))
    if "literal" in node.type and words(node)[:1].isdigit():
        return (node.type, words(node).lower())
    inside = tuple(shape(child) for child in node.children if not _is_layout(child))
    return (node.type, *inside, *(_gaps(node) if node.type in VERBATIM - DIRECTIVES else ()))


def _leaf(node: Node) -> str:
    """The text of a leaf, without what its spelling may vary in: the case of a number, blanks in `# if`."""
    text = words(node)
    if text[:1] == "#" and node.type.startswith("#"):
        return text.replace(" ", "").replace("\t", "")
    return text.lower() if text[:1].isdigit() and "content" not in node.type else text


def _is_layout(node: Node) -> bool:
    """A comment, a comma before a closing bracket, or what ends a statement at the end of its line."""
    after = node.next_sibling
    if node.type == ",":
        return after is not None and after.type in {")", "]", "}"}
    ends = node.type in {";", "\n", ""} and not words(node).strip("; \r\n") and node.parent is not None
    return node.type in COMMENTS or (ends and node.parent is not None and node.parent.type in LINES)


def tokens(unit: Unit) -> list[str]:
    """The text of the leaves, without comments and line ends; strings are one token each."""
    found: list[str] = []
    stop = -1
    for node in unit.nodes:
        if node.start_byte < stop or node.type in COMMENTS:
            stop = max(stop, node.end_byte if node.type in COMMENTS else stop)
        elif node.type in STRINGS - DIRECTIVES - {"concatenated_string", "jsx_element"}:
            found.append(words(node))
            stop = node.end_byte
        elif node.child_count == 0 and words(node).strip():
            found.append(words(node))
    return found


def _gaps(node: Node) -> Iterator[str]:
    """What stands between the children of a string, which is part of what it says."""
    source = node.text or b""
    at = node.start_byte
    for child in [*node.children, None]:
        gap = source[at - node.start_byte : child.start_byte - node.start_byte if child else None].decode()
        if node.type != "token_tree" or gap.strip():
            yield gap.strip() if node.type == "token_tree" else gap
        at = child.end_byte if child else at


def _named(root: Node) -> list[Node]:
    return [child for child in root.children if child.type not in COMMENTS and words(child) != ";"]


def _is_statement(node: Node) -> bool:
    parent = node.parent
    if parent is None or not node.is_named or node.type in COMMENTS or parent.type not in BLOCKS:
        return False
    if node.type in BLOCKS or node.type in DIRECTIVES or node.type.startswith(("rescue", "ensure", "heredoc")):
        return False
    return node.type not in {"switch_label", "label", "exceptions", "exception_variable"} and not _is_head(node)


def _is_head(node: Node) -> bool:
    """It is the value or the label of a case, no statement of it."""
    parent = node.parent
    assert parent is not None
    colon = next((child.start_byte for child in parent.children if child.type in {":", "=>"}), -1)
    return ("case" in parent.type and colon >= node.end_byte) or (
        parent.type == "switch_section" and colon > node.start_byte
    )


def _directive_rows(node: Node, rows: list[str]) -> Iterator[int]:
    """The rows of a directive itself, with those that a backslash continues; not those that it encloses."""
    row = node.start_point[0]
    yield row
    while row < len(rows) and rows[row].rstrip().endswith("\\"):
        row += 1
        yield row
    last = node.end_point[0]
    yield from (each for each in range(row, min(last + 1, len(rows))) if rows[each].lstrip().startswith("#"))
