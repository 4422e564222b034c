"""What is layout and what is meaning in one language: the table that its structure keys are made by.

A dialect says which nodes of the tree say nothing, which brackets and separators the shape of the tree already tells,
and how a literal is spelled once for all its spellings. Whatever a dialect does not name is meaning.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import tree_sitter

Nodes = Sequence[tree_sitter.Node]
Dropped = Callable[[tree_sitter.Node, Nodes, bytes], Nodes]  # node, its children, the source → what says nothing
Whole = Callable[[tree_sitter.Node, Nodes, bytes], bool]
Docstring = Callable[[tree_sitter.Node, Nodes, bytes], tree_sitter.Node | None]
Spelling = Callable[[bytes], bytes]
Misread = Callable[[tree_sitter.Tree, bytes, tuple[int, int]], bool]  # the tree, the source, a span of it
Heeded = Callable[[tree_sitter.Node, bytes], bool]  # comment, the source → whether it is meaning where it stands

NEVER = re.compile(rb"(?!)")
WORD = re.compile(rb"[^\W\d]\w*")
_ALONE = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One language. Kinds are the node kinds of its grammar; what they hold is told in the order of the source."""

    comments: frozenset[str]
    significant: re.Pattern[bytes] = NEVER  # found in a comment that tools or the compiler obey: it is meaning
    heeded: Heeded | None = None  # asked of each other comment: what surrounds it may make it meaning
    breaks: re.Pattern[bytes] | None = None  # from the last byte of a token to the next token: a line end that is told
    layout: frozenset[str] = frozenset()  # other nodes that say nothing
    joins: re.Pattern[bytes] = NEVER  # between tokens, what joins two lines and says no more than a blank
    terminators: frozenset[str] = frozenset()  # tokens that end a statement, which the tree shows already
    transparent: frozenset[str] = frozenset()  # nodes that are nothing but what they hold once `dropped` took brackets
    aliases: Mapping[str, str] = field(default_factory=dict)  # a kind that means the same as another
    dropped: Mapping[str, Dropped] = field(default_factory=dict)  # children that say nothing, by what holds them
    refused: Mapping[str, Whole] = field(default_factory=dict)  # whether no compiler takes a node: there is no key
    whole: Mapping[str, Whole] = field(default_factory=dict)  # whether a node is one token, blanks and all
    docstring: Mapping[str, Docstring] = field(default_factory=dict)  # the statement that is one, by what holds it
    literals: Mapping[str, Spelling] = field(default_factory=dict)  # nodes that are one token, spelled in one way
    textual: frozenset[str] = frozenset()  # nodes in which blanks between tokens count
    prose: frozenset[str] = frozenset()  # leaves and literals whose words may be names: a local in one is kept
    identifiers: frozenset[str] = frozenset({"identifier"})  # leaves that may name a local
    ordered: bool = True  # a local is known from its declaration on, not in its whole scope
    dynamic: frozenset[bytes] = frozenset()  # a name that sees locals by their spelling: nothing is renamed near it
    seeing: re.Pattern[bytes] | None = None  # matches identifiers that may see locals, as those in `dynamic`
    carriage_returns: bool = False  # whether CR LF in a text differs from LF
    reserved: frozenset[bytes] = frozenset()  # words that a grammar takes for names and a compiler does not
    defined: "Defined | None" = None  # the dialect in a file, which may define names that see or hold others
    lines: frozenset[str] = (
        frozenset()
    )  # nodes that begin a line, beside what a block holds, if line ends say something
    verbatim: re.Pattern[bytes] = NEVER  # matches names that are never replaced
    misread: Misread | None = None  # whether a compiler may read a span otherwise than the grammar: it gets no key


Defined = Callable[[Dialect, bytes], Dialect]


def trailing_comma(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The comma before the closing bracket of a list."""
    inner = children[1:-1]
    if not inner or not (inner[-1].is_extra or inner[-1].type == ","):
        return ()
    backwards = (child for child in reversed(inner) if not child.is_extra)
    last, before = next(backwards, None), next(backwards, None)
    return (last,) if last is not None and last.type == "," and before is not None and before.type != "," else ()


def brackets(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The first and the last token of a node."""
    return (children[0], children[-1])


def brackets_and_trailing_comma(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """Both: for a list whose brackets the tree tells."""
    return (*brackets(node, children, source), *trailing_comma(node, children, source))


def always(_node: tree_sitter.Node, _children: Nodes, _source: bytes) -> bool:
    """Take each node of a kind whole."""
    return True


def lower(text: bytes) -> bytes:
    """A literal whose case says nothing."""
    return text.lower()


def lone_carriage_return(_tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    """Whether a carriage return stands alone: many compilers end a line and so a comment there, grammars do not."""
    return source.find(b"\r", *span) >= 0 and _ALONE.search(source, *span) is not None


def unbracketed(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What stands within brackets, however many pairs of one kind there are."""
    inner: tree_sitter.Node | None = node
    while inner is not None and inner.type == node.type:
        inner = next((child for child in inner.children[1:-1] if not child.is_extra), None)
    return inner
