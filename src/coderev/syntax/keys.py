"""Structure keys: a digest of the tokens in some lines that survives comments, layout and moves."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import tree_sitter

Token = tuple[bytes, bytes]  # kind, text

_LAYOUT = frozenset({"line_continuation"})


def digest(tokens: Iterable[Token]) -> str:
    """SHA-256 over kind and text of each token, each after its length: 64 hexadecimal digits."""
    state = sha256()
    for part in (part for token in tokens for part in token):
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.hexdigest()


def line_tokens(text: bytes) -> Iterator[Token]:
    """The lines of a text as tokens, for what no grammar reads."""
    return ((b"line", line.strip()) for line in text.split(b"\n"))


def tokens(tree: tree_sitter.Tree, source: bytes, start: int, end: int, verbatim: frozenset[str]) -> Iterator[Token]:
    """The meaning-bearing tokens that start in a range of bytes.

    Comments and layout are left out; a node of a `verbatim` kind is one token, blanks and all; text between tokens
    that the parser skipped counts. A walk by cursor: nesting costs no stack.
    """
    done = start  # what stands before is in a token or a comment
    for node in _leaves(tree.walk(), start, end, verbatim):
        first, after = node.start_byte, node.end_byte
        if first >= start:
            yield from _token(b"", source[done:first])
            if not _is_layout(node):
                yield from _token(node.type.encode(), source[first:after], verbatim=node.type in verbatim)
        done = max(done, after)
    yield from _token(b"", source[done:end])


def _token(kind: bytes, text: bytes, *, verbatim: bool = False) -> Iterator[Token]:
    text = text.replace(b"\r\n", b"\n")
    if not verbatim:
        text = b" ".join(text.replace(b"\\\n", b" ").split())
    if text:
        yield kind, text


def _is_layout(node: tree_sitter.Node) -> bool:
    return node.type.endswith("comment") or node.type in _LAYOUT


def _leaves(
    cursor: tree_sitter.TreeCursor, start: int, end: int, verbatim: frozenset[str]
) -> Iterator[tree_sitter.Node]:
    """The leaves, comments and verbatim nodes that meet a range of bytes, in order."""
    while (node := cursor.node) is not None and node.start_byte < end:
        if node.end_byte > start:
            whole = node.type in verbatim or _is_layout(node)
            if not whole and _enter(cursor, node, start):
                continue
            yield node
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _enter(cursor: tree_sitter.TreeCursor, node: tree_sitter.Node, start: int) -> bool:
    if node.start_byte < start:
        return cursor.goto_first_child_for_byte(start) is not None
    return cursor.goto_first_child()
