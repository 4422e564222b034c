"""Bytes to a syntax tree, natively, with a guard against the few inputs that the parser is slow on."""

import tree_sitter

from coderev.errors import Unavailable
from coderev.files import thread_seconds
from coderev.syntax.grammars import grammar

CHUNK = 4_096  # bytes that the parser, and later a query's predicate, is given at once
MAX_SECONDS = 5.0  # of CPU, for one file; 2 MiB of honest code need some 0.3
MAX_DEPTH = 40_000  # of nesting: the engine that runs queries counts to 65,535 and is lost beyond
MAX_RUN = 2_048  # unnamed nodes in a row, as in "((((((": a query needs the square of that
SLOW = 40  # bytes: the parser reports every 100 operations, in which honest code advances about 150 bytes
FIRST_CHECK = 64  # slow reports before the first look at what they cost
SHALLOW = 64  # levels: minified code nests some 50 deep
STRIDE = 64  # nodes: every one of these is looked at to tell how deep a file nests
MAX_NESTED = 64 * 2**20  # bytes: reading them takes predicates some 3 s of CPU; honest files have none
GROWTH = 16  # the part until the next look may cost this many times what it cost until this one


class TooHard(Unavailable):
    """A file is made so that reading it would keep the parser, or a query, busy for too long."""

    message = "{language} source that is too hard to read: {reason}"
    hint = "exclude the file in coderev.yaml if it is not meant to be read by people"


def tree_of(source: bytes, language: str) -> tree_sitter.Tree:
    """Parse, and give up on input that takes the parser too long or nests too deep.

    A single step of the parser cannot be interrupted, and on hostile input the step at the end of the file can take
    hours. So a parse that advances slowly stops after some slow reports, and goes on only if the part before that
    point, parsed for itself, was cheap; the next stop is after twice as many. Raises TooHard.
    """
    parser = tree_sitter.Parser(grammar(language))
    deadline = thread_seconds() + MAX_SECONDS
    allowed = FIRST_CHECK
    while (tree := _attempt(parser, source, watch := _Watch(allowed, deadline))) is None:
        before = thread_seconds()
        part = _attempt(parser, source[: watch.offset], _Watch(allowed * GROWTH, deadline))
        now = thread_seconds()
        if part is None or now + (now - before) * GROWTH > deadline:
            raise TooHard(language=language, reason=f"it would not parse within {MAX_SECONDS:.0f} s of CPU")
        allowed *= 2
    if (reason := _extreme(tree)) is not None:
        raise TooHard(language=language, reason=reason)
    return tree


class _Watch:
    """Stops a parse (by returning True) at its deadline or when it has reported little progress too often."""

    def __init__(self, allowed: int, deadline: float) -> None:
        self.allowed, self.deadline = allowed, deadline
        self.offset = 0

    def __call__(self, offset: int, _in_error: bool) -> bool:  # noqa: FBT001 - the parser calls it so
        if offset != self.offset and offset - self.offset < SLOW:  # equal: the tree is being balanced, which is linear
            self.allowed -= 1
        self.offset = offset
        return self.allowed < 0 or thread_seconds() > self.deadline


def _attempt(parser: tree_sitter.Parser, source: bytes, watch: _Watch) -> tree_sitter.Tree | None:
    parser.reset()
    try:
        return parser.parse(
            lambda offset, _point: source[offset : offset + CHUNK], encoding="utf8", progress_callback=watch
        )
    except ValueError:  # how the binding says that the watch stopped it
        return None


def _extreme(tree: tree_sitter.Tree) -> str | None:
    """Why a tree is not fit for queries, which cannot be interrupted either.

    Every MAX_RUN-th node in document order is looked at. A node is at most one level deeper than the one before it, so
    this misses at most MAX_RUN levels; and no more than twice MAX_RUN unnamed nodes in a row.
    """
    cursor = tree.walk()
    for index in range(0, tree.root_node.descendant_count, MAX_RUN):
        cursor.goto_descendant(index)
        if cursor.depth > MAX_DEPTH:
            return f"it nests deeper than {MAX_DEPTH} levels"
        if _starts_a_run(cursor):
            return f"it has more than {MAX_RUN} tokens in a row that make no sense"
    return None


def nested(tree: tree_sitter.Tree) -> int:
    """The bytes of a tree, each counted as often as nodes hold it beyond the first SHALLOW levels.

    A predicate reads the whole text of each node that it is asked about, so this is what nesting makes it read again.
    The figure may miss STRIDE levels, as a node is at most one level deeper than the one before it.
    """
    cursor = tree.walk()
    total = depth = start = 0
    for index in range(0, tree.root_node.descendant_count, STRIDE):
        cursor.goto_descendant(index)
        before, start = start, cursor.node.start_byte if cursor.node else start
        total += (start - before) * max(0, depth - SHALLOW)
        depth = cursor.depth
    return total + (tree.root_node.end_byte - start) * max(0, depth - SHALLOW)


def _starts_a_run(cursor: tree_sitter.TreeCursor) -> bool:
    for _ in range(MAX_RUN):
        if (node := cursor.node) is None or node.is_named or not cursor.goto_next_sibling():
            return False
    return True
