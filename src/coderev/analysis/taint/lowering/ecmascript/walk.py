"""The walk over one file: where it stands, and which function lowers which type of node."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from msgspec.structs import force_setattr
from tree_sitter import Node, Tree

from coderev.analysis.taint.form import Assign, Block, Class, Evaluate, Expression, Function, Name, Statement, Unknown
from coderev.analysis.taint.lowering.ecmascript.damage import NAMES, WORDS, names_in
from coderev.analysis.taint.lowering.ecmascript.literals import string_value
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, children, field
from coderev.analysis.taint.lowering.ecmascript.scopes import Scope

MAX_DEPTH = 100  # nested expressions and statements of the form; what is deeper is one Unknown
DEFINITION = 2  # levels that a function or class adds: itself, and what defines it
MAX_TEXT = 64  # characters of a text that is mentioned
MAX_NAME = 200  # characters of a qualified name, as `syntax` has it

Unit = tuple[Node, str]  # what a definition stands for, and what `syntax` calls it
LowerExpression = Callable[["Walk", Node], Expression]
LowerStatement = Callable[["Walk", Node, list[Statement]], None]

_PLACE = itemgetter(0, 1)


class Exit:
    """What `break` can leave: a loop, a switch, or a labelled block that the form has as a switch."""

    __slots__ = ("is_block", "is_loop", "label", "names")

    def __init__(self, names: tuple[str, ...], *, is_loop: bool = False, is_block: bool = False) -> None:
        self.names, self.is_loop, self.is_block = names, is_loop, is_block
        self.label = names[0] if names else None


class Frame:
    """What belongs to the function that is being read, kept while one inside of it is."""

    __slots__ = ("exits", "front", "path", "scope", "words")

    def __init__(self, walk: "Walk") -> None:
        self.scope, self.words, self.front = walk.scope, walk.words, walk.front
        self.exits, self.path = walk.exits, walk.path


class Walk:
    """Lowers the nodes of one file. The tables say how; every step down is counted, so that none is too deep."""

    def __init__(
        self,
        source: bytes,
        tree: Tree,
        expressions: Mapping[str, LowerExpression],
        statements: Mapping[str, LowerStatement],
    ) -> None:
        self.source = source
        self.root = tree.root_node
        self._plain = source.decode("ascii") if source.isascii() else None
        self._expressions = expressions
        self._statements = statements
        self.depth = 0
        self.scope = Scope(None, (0, len(source)), is_function=True)
        self.words: set[str] = set()  # what the function mentions
        self.front: list[Statement] = []  # function declarations of the block
        self.exits: list[Exit] = []
        self.labels: tuple[str, ...] = ()  # that stand before the next loop or switch
        self.path = ""  # the unit that is being read, as `syntax` names it
        self.tail: list[Statement] = []  # what the module does last: `export { a }` tells of variables, not of values
        self.exporter: tuple[str, ...] = ()  # the object that `export` assigns to; empty: `exports`
        self.deep: list[tuple[int, int]] = []  # lines that were too deep
        self._numbers: Counter[str] = Counter()
        self._defined: list[tuple[int, int, str, Function | Class | None]] = []

    # --- text

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """The source between two bytes."""
        if self._plain is not None:
            return self._plain[start:end]
        return self.source[start:end].decode(errors="replace")

    def identifier(self, node: Node) -> str:
        """A name as it is spelt, escapes decoded; it is mentioned."""
        text = self.slice(node.start_byte, node.end_byte)
        if "\\" in text:
            text = string_value(text)
        self.words.add(text)
        return text

    def mention(self, text: str) -> None:
        """Keep a text for stage one."""
        if len(text) <= MAX_TEXT:
            self.words.add(text)

    # --- names

    def name(self, node: Node) -> Expression:
        """A variable where it is used; nothing is known of one that the parser made up."""
        start, end = node.start_byte, node.end_byte
        if start == end:
            return Unknown(start, end, ())
        text = self.identifier(node)
        found = Name(start, end, text)
        self.scope.use(text, found)
        return found

    def named(self, node: Node, text: str) -> Name:
        """A variable that stands in no place of its own, or whose name was already read."""
        found = Name(node.start_byte, node.end_byte, text)
        self.scope.use(text, found)
        return found

    def made(self, stem: str) -> str:
        """A local of the function, of a name that no source can spell."""
        self._numbers[stem] += 1
        name = f"{stem}@{self._numbers[stem]}"
        self.scope.function.declared[name] = False
        return name

    def number(self, stem: str) -> str:
        """A label, or the name of a function without one, that no source can spell."""
        self._numbers[stem + "@"] += 1
        return f"{stem}@{self._numbers[stem + '@']}"

    def unit(self, holder: Node, name: str, owner: str = "") -> Unit | None:
        """A unit of this name, in the one that is being read; None where the parser made the name up."""
        return (holder, self.qualified(name, owner)) if name else None

    def qualified(self, name: str, owner: str = "") -> str:
        """The qualified name of what stands in the unit that is being read."""
        return ".".join(filter(None, (self.path, owner, name)))[:MAX_NAME]

    def unit_name(self, node: Node) -> str:
        """What `syntax` calls a unit that has this name."""
        text = self.slice(node.start_byte, min(node.end_byte, node.start_byte + MAX_NAME))
        return " ".join(text.replace("::", ".").split())

    def define(self, holder: Node, qualified: str, definition: Function | Class | None) -> None:
        """Keep a unit: the second of a name gets a number when all are known."""
        self._defined.append((holder.start_byte, -holder.end_byte, qualified, definition))

    def number_units(self) -> None:
        """Tell units of one name apart, as `syntax` does: `f`, `f#2`."""
        seen: Counter[str] = Counter()
        for _, _, qualified, definition in sorted(self._defined, key=_PLACE):
            seen[qualified] += 1
            if definition is not None and seen[qualified] > 1:
                force_setattr(definition, "qualified", f"{qualified}#{seen[qualified]}")

    # --- down the tree

    def expression(self, node: Node) -> Expression:
        """Lower an expression, or whatever stands in the place of one."""
        lower = self._expressions.get(node.type)
        if lower is None:
            return self.odd(node)
        if self.depth >= MAX_DEPTH:
            return self.flat(node)
        self.depth += 1
        found = lower(self, node)
        self.depth -= 1
        return found

    def part(self, node: Node, name: str) -> Expression:
        """Lower a field of a node that the grammar demands."""
        return self.expression(field(node, name))

    def statement(self, node: Node, out: list[Statement]) -> None:
        """Lower a statement, or whatever stands in the place of one, to the end of `out`."""
        lower = self._statements.get(node.type)
        if lower is None:
            self._no_statement(node, out)
        elif self.depth >= MAX_DEPTH:
            out.append(Evaluate(node.start_byte, node.end_byte, self.flat(node)))
        else:
            self.depth += 1
            lower(self, node, out)
            self.depth -= 1

    def sequence(self, nodes: Iterable[Node]) -> tuple[Statement, ...]:
        """Statements in a row; the functions that they declare come first."""
        outer, self.front = self.front, []
        out: list[Statement] = []
        for node in nodes:
            self.statement(node, out)
        front, self.front = self.front, outer
        return (*front, *out)

    def block(self, node: Node) -> tuple[Statement, ...]:
        """The statements of a block, in a scope of their own."""
        self.open(node)
        found = self.sequence(node.named_children)
        self.close()
        return found

    def body(self, node: Node | None) -> tuple[Statement, ...]:
        """The statements of a body: a block, or one statement."""
        if node is None:
            return ()
        if node.type == "statement_block":
            return self.block(node)
        return self.sequence((node,))

    def open(self, node: Node) -> None:
        """Begin a block."""
        self.scope = Scope(self.scope, (node.start_byte, node.end_byte))

    def close(self) -> None:
        """End a block."""
        self.scope.close_block()
        self.scope = self.scope.outer or self.scope

    def enter(self, node: Node, path: str) -> Frame:
        """Begin a function; what `leave` needs to go back."""
        frame = Frame(self)
        self.scope = Scope(self.scope, (node.start_byte, node.end_byte), is_function=True)
        self.words, self.front, self.exits, self.path = set(), [], [], path
        self.depth += DEFINITION
        return frame

    def leave(self, frame: Frame) -> tuple[frozenset[str], frozenset[str]]:
        """End a function: its locals, and what it mentions."""
        bound = self.scope.close_function(self._numbers)
        mentions = frozenset(self.words)
        frame.words |= mentions
        self.scope, self.words, self.front = frame.scope, frame.words, frame.front
        self.exits, self.path = frame.exits, frame.path
        self.depth -= DEFINITION
        return bound, mentions

    def finish(self) -> frozenset[str]:
        """End the file: the variables of the module."""
        return self.scope.close_function(self._numbers)

    # --- what has no word

    def odd(self, node: Node) -> Expression:
        """What did not parse, or is no expression: Unknown, of all that stands in it."""
        kind = node.type
        if kind in NAMES:
            return self.name(node)
        if kind in WORDS:
            self.mention(self.text(node))
        if self.depth >= MAX_DEPTH:
            return self.flat(node)
        self.depth += 1
        found = Unknown(node.start_byte, node.end_byte, tuple(map(self._inside, children(node))))
        self.depth -= 1
        return found

    def flat(self, node: Node) -> Expression:
        """What nests too deep: Unknown, of the names in it."""
        if node.child_count == 0:
            return self._expressions[node.type](self, node) if node.type in self._expressions else self.odd(node)
        self.deep.append((node.start_point.row + 1, node.end_point.row + 1))
        names: dict[str, Name] = {}
        for found, is_variable in names_in(node):
            text = self.text(found)
            self.mention(text)
            if is_variable and text not in names:
                names[text] = self.named(found, text)
        return Unknown(node.start_byte, node.end_byte, tuple(names.values()))

    def keep(self, node: Node, value: Expression, stem: str, out: list[Statement]) -> Name:
        """Assign a value to a name that no source can spell; the name."""
        name = self.made(stem)
        out.append(Assign(node.start_byte, node.end_byte, self.named(node, name), value))
        return self.named(node, name)

    def _inside(self, node: Node) -> Expression:
        if node.type not in self._statements or node.type in self._expressions:
            return self.expression(node)
        return Block(node.start_byte, node.end_byte, self.sequence((node,)), Unknown(node.end_byte, node.end_byte, ()))

    def _no_statement(self, node: Node, out: list[Statement]) -> None:
        kind = node.type
        if kind in COMMENTS:
            return
        if kind != "ERROR":
            out.append(Evaluate(node.start_byte, node.end_byte, self.expression(node)))
        elif self.depth >= MAX_DEPTH:
            out.append(Evaluate(node.start_byte, node.end_byte, self.flat(node)))
        else:
            self.depth += 1
            for child in node.named_children:
                self.statement(child, out)
            self.depth -= 1
