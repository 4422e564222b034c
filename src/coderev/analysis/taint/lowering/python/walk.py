"""One file while it is lowered: scopes, names, depth, and the dispatch of nodes by their type."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from tree_sitter import Node

from coderev.analysis.taint import form
from coderev.analysis.taint.form import Expression, Name, Statement, Unknown
from coderev.analysis.taint.lowering.python.damage import errors_in, identifiers

CAP = 100  # levels of the form that nest; what is deeper is flattened, since who reads the form recurses
MAX_TEXT = 64  # characters of a text that is among the mentions
MAX_QUALIFIED = 200  # characters, as `syntax` cuts the names of units

LowerExpression = Callable[["Walk", Node], Expression]
LowerStatement = Callable[["Walk", Node], Iterable[Statement]]


class LoopMark:
    """A loop around what is being lowered; it gets a label when a `break` must pass a switch to leave it."""

    __slots__ = ("label", "switches")

    def __init__(self) -> None:
        self.label: str | None = None
        self.switches = 0  # that stand around, inside of the loop


class Scope:
    """A module, class or function while it is lowered."""

    __slots__ = ("bound", "generates", "kind", "loops", "made", "outer", "path")

    def __init__(self, kind: Literal["module", "class", "function"], path: str, made: int = 0) -> None:
        self.kind = kind
        self.path = path  # as `syntax` qualifies names, without ordinals
        self.bound: set[str] = set()
        self.outer: set[str] = set()  # declared global or nonlocal
        self.loops: list[LoopMark] = []
        self.generates = False
        self.made = made  # names that were made up, here and in the functions around that this one can see

    def fresh(self, stem: str) -> str:
        """A name that no source can spell, bound here: `stem@1`, then `stem@2`."""
        self.made += 1
        name = f"{stem}@{self.made}"
        self.bound.add(name)
        return name

    def label(self) -> str:
        """A label for a loop."""
        self.made += 1
        return f"loop@{self.made}"


class Walk:
    """Lowers the nodes of one file. Never raises, on any tree: `depth` bounds how far it recurses."""

    def __init__(
        self,
        source: bytes,
        expressions: Mapping[str, LowerExpression],
        statements: Mapping[str, LowerStatement],
        *,
        broken: bool,
    ) -> None:
        self.source = source
        self.broken = broken  # something did not parse
        self.depth = 0
        self.module = self.scope = Scope("module", "")
        self.mentions: set[str] = set()
        self.imports: set[str] = set()  # dotted names of modules
        self.renames: dict[str, str] = {}  # variables of the comprehensions around
        self.opened: set[int] = set()  # nodes that did not parse and were lowered
        self.flattened: list[tuple[int, int]] = []  # first and last lines of what nested too deep
        self._expressions = expressions
        self._statements = statements
        self._words: dict[bytes, str] = {}
        self._seen: Counter[str] = Counter()

    def text(self, start: int, end: int) -> str:
        """Some bytes of the source as text."""
        return self.source[start:end].decode(errors="replace")

    def word(self, node: Node | None) -> str:
        """An identifier, normalised as the language does, which is mentioned by this; empty where it is missing."""
        if node is None:
            return ""
        raw = self.source[node.start_byte : node.end_byte]
        if not raw:
            return ""
        word = self._words.get(raw)
        if word is None:
            word = raw.decode(errors="replace")
            word = self._words[raw] = word if word.isascii() else unicodedata.normalize("NFKC", word)
        self.mentions.add(word)
        return word

    def bind(self, name: str) -> None:
        """Make a name local to the scope."""
        if name:
            self.scope.bound.add(name)

    def defined(self, node: Node | None) -> tuple[str, str, str]:
        """The name of a definition, which is bound by this, with its path and qualified name."""
        name = self.word(node)
        if name:
            self.scope.bound.add(name)
        return name, *self.qualify(self.text(node.start_byte, node.end_byte) if node is not None else "")

    def qualify(self, name: str) -> tuple[str, str]:
        """The path of a definition in this scope, and its qualified name: the second of one path is `path#2`."""
        path = (f"{self.scope.path}.{name}" if self.scope.path and name else name or self.scope.path)[:MAX_QUALIFIED]
        self._seen[path] += 1
        return path, path if self._seen[path] == 1 else f"{path}#{self._seen[path]}"

    # --- expressions

    def expression(self, node: Node | None) -> Expression:
        """What a node says as an expression; nothing is Unknown of nothing."""
        if node is None:
            return Unknown(0, 0, ())
        kind = node.type
        if kind == "identifier":
            return self.name(node)
        while kind == "parenthesized_expression" and not (self.broken and node.has_error):
            if (inner := sole(node)) is None:
                break
            node, kind = inner, inner.type
        if self.depth >= CAP and node.named_child_count and kind != "string":
            return self.flat(node)
        self.depth += 1
        lower = self._expressions.get(kind, _unknown)
        lowered = self._damaged(node, lower) if self.broken and node.has_error else lower(self, node)
        self.depth -= 1
        return lowered

    def expressions(self, nodes: Iterable[Node]) -> tuple[Expression, ...]:
        """Each of some nodes, without comments."""
        return tuple([self.expression(node) for node in nodes if not node.is_extra or node.is_error])

    def name(self, node: Node) -> Expression:
        """An identifier that is read or stored, renamed where it is the variable of a comprehension."""
        word = self.word(node)
        if not word:
            return Unknown(node.start_byte, node.end_byte, ())
        if self.renames:
            word = self.renames.get(word, word)
        return Name(node.start_byte, node.end_byte, word)

    def target(self, node: Node | None) -> Expression:
        """What a node says as a target. Its names become local to the scope."""
        if node is None:
            return Unknown(0, 0, ())
        kind = node.type
        if kind == "identifier":
            lowered = self.name(node)
            if isinstance(lowered, Name):
                self.scope.bound.add(lowered.name)
            return lowered
        while kind in _WRAPPERS and (inner := sole(node)) is not None:
            node, kind = inner, inner.type
        if kind in _UNPACKED:
            return self.flat(node, store=True) if self.depth >= CAP else self._unpacked(node, kind)
        return self.target(node) if kind == "identifier" else self.expression(node)

    def _unpacked(self, node: Node, kind: str) -> Expression:
        self.depth += 1
        items = tuple([self.target(item) for item in pieces(node)])
        self.depth -= 1
        if kind in _STARRED and items:
            return form.Spread(node.start_byte, node.end_byte, items[0])
        display: Literal["list", "tuple"] = "list" if kind.startswith("list") else "tuple"
        return form.Sequence(node.start_byte, node.end_byte, display, items)

    # --- statements

    def block(self, node: Node | None, levels: int = 1) -> tuple[Statement, ...]:
        """The statements of a block that nests so many levels of the form deeper; none where there is none."""
        if node is None:
            return ()
        if self.depth + levels > CAP:
            return self.flat_block(node)
        self.depth += levels
        lowered = self.statements(node.children)
        self.depth -= levels
        return tuple(lowered)

    def statements(self, nodes: Iterable[Node]) -> list[Statement]:
        """Statements in order; comments and semicolons say nothing, expressions are evaluated, errors are opened."""
        found: list[Statement] = []
        for node in nodes:
            if not node.is_named and not (self.broken and node.has_error):
                continue
            lower = self._statements.get(node.type)
            if lower is not None:
                found.extend(lower(self, node))
            elif not node.is_extra or node.is_error:
                found.extend(self._other(node))
            if self.broken and node.has_error and not node.is_error:
                found.extend(self.statements(errors_in(node, self.opened)))
        return found

    def _other(self, node: Node) -> Iterable[Statement]:
        """An expression where a statement should be, or an error, which is opened."""
        if not node.is_error or self.depth >= CAP:
            return (form.Evaluate(node.start_byte, node.end_byte, self.expression(node)),)
        self.depth += 1
        self.opened.add(node.id)
        found = self.statements(node.children)
        self.depth -= 1
        return found

    def is_statement(self, kind: str) -> bool:
        """Whether nodes of this type are statements."""
        return kind in self._statements

    # --- what did not parse, or nests too deep

    def flat(self, node: Node, *, store: bool = False) -> Expression:
        """All names in a node, as operands of one Unknown."""
        read, _stored = self._names_in(node, store=store)
        return Unknown(node.start_byte, node.end_byte, read)

    def flat_block(self, node: Node) -> tuple[Statement, ...]:
        """A block that nests too deep: each name that it may store gets all names that it reads, or stays."""
        start, end = node.start_byte, node.end_byte
        read, stored = self._names_in(node, store=False)
        everything = Unknown(start, end, read)
        if not stored:
            return (form.Evaluate(start, end, everything),)
        stores = tuple([form.Assign(start, end, name, everything) for name in stored])
        return (form.Branch(start, end, Unknown(start, end, ()), stores, ()),)

    def skip(self, node: Node) -> None:
        """Note that a node was not read as it stands."""
        self.flattened.append((node.start_point.row + 1, node.end_point.row + 1))

    def _names_in(self, node: Node, *, store: bool) -> tuple[tuple[Expression, ...], list[Expression]]:
        self.skip(node)
        read: dict[str, Expression] = {}
        stored: dict[str, Expression] = {}
        for found, is_stored in identifiers(node):
            name = self.name(found)
            if isinstance(name, Name):
                read.setdefault(name.name, name)
                if is_stored or store:
                    self.bind(name.name)
                    stored.setdefault(name.name, name)
        return tuple(read.values()), list(stored.values())

    def _damaged(self, node: Node, lower: LowerExpression) -> Expression:
        """A node with errors in it: those directly in it reach its value."""
        if node.is_error:
            self.opened.add(node.id)
            return lower(self, node)
        errors = [child for child in node.children if child.is_error]
        if not errors:
            return lower(self, node)
        self.depth += 1
        lowered = lower(self, node)
        lost = self.expressions([error for error in errors if error.id not in self.opened])
        self.depth -= 1
        return Unknown(node.start_byte, node.end_byte, (lowered, *lost)) if lost else lowered


_WRAPPERS = frozenset({"as_pattern_target", "parenthesized_expression"})
_STARRED = frozenset({"list_splat_pattern", "list_splat", "dictionary_splat_pattern"})
_UNPACKED = _STARRED | {"pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"}


def pieces(node: Node) -> list[Node]:
    """The named children of a node without comments and line continuations; errors stay."""
    return [child for child in node.named_children if not child.is_extra or child.is_error]


def sole(node: Node) -> Node | None:
    """The first named child that is no comment; an error only where there is nothing else."""
    error = None
    for child in node.named_children:
        if child.is_error:
            error = error or child
        elif not child.is_extra:
            return child
    return error


def variables(node: Node) -> Iterator[Node]:
    """The identifiers that a target stores to, in order. Takes no stack of its own."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.type == "identifier":
            yield here
        elif here.type in _UNPACKED or here.type in _WRAPPERS:
            waiting.extend(reversed(here.named_children))


def _unknown(walk: Walk, node: Node) -> Expression:
    """Syntax without a word in the form: a statement where an expression should be, or pieces of either."""
    start, end = node.start_byte, node.end_byte
    if walk.is_statement(node.type):
        walk.depth += 1
        body = tuple(walk.statements([node]))
        walk.depth -= 1
        return form.Block(start, end, body, Unknown(start, end, ()))
    return Unknown(start, end, walk.expressions(node.named_children))
