"""The children of a node. The parser makes up tokens that are missing, so what a grammar demands is always there."""

from tree_sitter import Node

COMMENTS = frozenset({"comment", "html_comment", "hash_bang_line"})


def field(node: Node, name: str) -> Node:
    """A field that the grammar demands; were it left out all the same, the first child, which is no expression."""
    return node.child_by_field_name(name) or node.children[0]


def children(node: Node) -> list[Node]:
    """The children that say something."""
    return [child for child in node.named_children if child.type not in COMMENTS]


def content(node: Node) -> Node | None:
    """The first child that says something."""
    return next((child for child in node.named_children if child.type not in COMMENTS), None)


def inner(node: Node) -> Node:
    """The first child that says something, where the grammar demands one."""
    return content(node) or node.children[0]
