"""`match`: a chain of branches, whose tests say what the patterns say."""

from collections.abc import Iterable

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Assign,
    Attribute,
    Bind,
    Call,
    Constant,
    Element,
    Expression,
    Name,
    Operation,
    Sequence,
    Slice,
    Statement,
    Unknown,
)
from coderev.analysis.taint.lowering.python.compound import Arm, cascade
from coderev.analysis.taint.lowering.python.damage import errors_in
from coderev.analysis.taint.lowering.python.walk import CAP, LowerStatement, Walk, pieces, sole

# classes that a positional pattern matches whole
_WHOLE = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"},
)
_CONSTANTS = frozenset({"none", "true", "false"})


def match_statement(walk: Walk, node: Node) -> Iterable[Statement]:
    """The subject is read once; each case is a branch."""
    start, end = node.start_byte, node.end_byte
    subjects = [walk.expression(subject) for subject in node.children_by_field_name("subject")]
    whole: Expression = subjects[0] if len(subjects) == 1 else Sequence(start, end, "tuple", tuple(subjects))
    before: tuple[Statement, ...] = ()
    if not isinstance(whole, Name):
        name = Name(whole.start, whole.end, walk.scope.fresh("match"))
        before = (Assign(whole.start, whole.end, name, whole),)
        whole = name
    body = node.child_by_field_name("body")
    inside = body.children if body is not None else []
    cases = [case for case in inside if case.type == "case_clause"]
    subject = whole
    chain = cascade(walk, cases, lambda walk, case: _case(walk, case, subject), None) if cases else ()
    if walk.broken and node.has_error:
        errors = [error for child in inside for error in errors_in(child, walk.opened)]
        chain = (*chain, *walk.statements(errors))
    return (*before, *chain)


def _case(walk: Walk, node: Node, subject: Expression) -> Arm:
    start, end = node.start_byte, node.end_byte
    pattern = Pattern(walk)
    patterns = [child for child in node.children if child.type == "case_pattern"]
    if len(patterns) == 1 and not any(child.type == "," for child in node.children):
        pattern.add(patterns[0], subject)
    else:
        pattern.sequence(patterns, subject, (start, end))
    guard = node.child_by_field_name("guard")
    body: list[Statement] = []
    if guard is None:
        body = [Assign(bind.start, bind.end, bind.target, bind.value) for bind in pattern.captures]
    else:
        condition = walk.expression(sole(guard))
        captured = (*pattern.captures, condition)
        pattern.tests.append(condition if len(captured) == 1 else Operation(start, end, ",", captured))
    return pattern.test(start, end), (*body, *walk.block(node.child_by_field_name("consequence")))


class Pattern:
    """The tests that a pattern makes of its subject, and the names that it captures, in order."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.tests: list[Expression] = []
        self.captures: list[Bind] = []

    def test(self, start: int, end: int) -> Expression:
        """All tests as one; True where there is none."""
        if not self.tests:
            return Constant(start, start, value=True)
        return self.tests[0] if len(self.tests) == 1 else Operation(start, end, "and", tuple(self.tests))

    def add(self, node: Node, subject: Expression) -> None:
        """Add what one pattern tests and captures."""
        while node.type in {"case_pattern", "tuple_pattern"} and (inner := _only(node)) is not None:
            node = inner
        start, end = node.start_byte, node.end_byte
        if self.walk.depth >= CAP:
            self._deep(node)
            return
        self.walk.depth += 2  # an element, and the operation on it
        if (special := _PATTERNS.get(node.type)) is not None:
            special(self, node, subject)
        elif node.type in _CONSTANTS:
            self._compare("is", (start, end), subject, self.walk.expression(node))
        elif node.type != "_":
            self._compare("==", (start, end), subject, self._value(node))
        self.walk.depth -= 2

    def _value(self, node: Node) -> Expression:
        """What a value pattern compares with: a literal, perhaps negative, or a dotted name."""
        if node.type == "case_pattern" and node.child_count > 1 and node.children[0].type == "-":
            number = self.walk.expression(sole(node))
            return Operation(node.start_byte, node.end_byte, "-", (number,))
        return self.walk.expression(node)

    def _compare(self, operator: str, span: tuple[int, int], subject: Expression, value: Expression) -> None:
        self.tests.append(Operation(*span, operator, (subject, value)))

    def _deep(self, node: Node) -> None:
        flat = self.walk.flat(node, store=True)
        self.tests.append(flat)

    def _capture(self, node: Node, subject: Expression) -> None:
        target = self.walk.target(node)
        if isinstance(target, Name) and target.name != "_":
            self.captures.append(Bind(node.start_byte, node.end_byte, target, subject))

    def dotted(self, node: Node, subject: Expression) -> None:
        """A name captures; a dotted one is compared."""
        parts = pieces(node)
        if len(parts) == 1:
            self._capture(parts[0], subject)
        else:
            self._compare("==", (node.start_byte, node.end_byte), subject, self.reference(node))

    def reference(self, node: Node) -> Expression:
        """A dotted name as attributes of a name."""
        parts = pieces(node)
        found: Expression = self.walk.expression(parts[0] if parts else None)
        if len(parts) + self.walk.depth > CAP:
            return self.walk.flat(node)
        for part in parts[1:]:
            found = Attribute(node.start_byte, part.end_byte, found, self.walk.word(part))
        return found

    def renamed(self, node: Node, subject: Expression) -> None:
        """`pattern as name`."""
        parts = pieces(node)
        for part in parts[:-1]:
            self.add(part, subject)
        if parts:
            self._capture(parts[-1], subject)

    def union(self, node: Node, subject: Expression) -> None:
        """`a | b`: an `or` of the tests, in which each alternative captures for itself."""
        start, end = node.start_byte, node.end_byte
        tests: list[Expression] = []
        negative = None
        for child in node.children:
            if child.type == "-":
                negative = child
            elif (child.is_named and not child.is_extra) or child.type == "_":
                alternative = Pattern(self.walk)
                alternative.signed(negative, child, subject)
                tests.append(alternative._with_captures())
                negative = None
        if tests:
            self.tests.append(tests[0] if len(tests) == 1 else Operation(start, end, "or", tuple(tests)))

    def _with_captures(self) -> Expression:
        """All tests as one, which also captures."""
        for bind in self.captures:
            true = Constant(bind.start, bind.start, value=True)
            self.tests.append(Operation(bind.start, bind.end, ",", (bind, true)))
        first, last = (self.tests[0].start, self.tests[-1].end) if self.tests else (0, 0)
        return self.test(first, last)

    def signed(self, negative: Node | None, node: Node, subject: Expression) -> None:
        """A pattern after a minus, if there is one."""
        if negative is None:
            self.add(node, subject)
            return
        span = negative.start_byte, node.end_byte
        self._compare("==", span, subject, Operation(*span, "-", (self.walk.expression(node),)))

    def items(self, node: Node, subject: Expression) -> None:
        """`[a, *b]` and `(a, b)`."""
        self.sequence(pieces(node), subject, (node.start_byte, node.end_byte))

    def sequence(self, patterns: list[Node], subject: Expression, span: tuple[int, int]) -> None:
        """Patterns for the items of a list or tuple, of which one may take all that the others leave."""
        kinds = Sequence(*span, "tuple", (Name(*span, "list"), Name(*span, "tuple")))
        self.tests.append(_call(span, "isinstance", subject, kinds))
        star = next((place for place, one in enumerate(patterns) if _splat(one) is not None), None)
        least = Constant(*span, len(patterns) - (star is not None))
        self._compare("==" if star is None else ">=", span, _call(span, "len", subject), least)
        for place, one in enumerate(patterns):
            first, last = one.start_byte, one.end_byte
            after = place - len(patterns)
            if star is None or place < star:
                self.add(one, Element(first, last, subject, Constant(first, last, place)))
            elif place > star:
                self.add(one, Element(first, last, subject, Constant(first, last, after)))
            else:
                upper = Constant(first, last, after + 1) if after + 1 else None
                self._rest(one, Element(first, last, subject, Slice(first, last, _number(one, place), upper, None)))

    def _rest(self, node: Node, subject: Expression) -> None:
        splat = _splat(node)
        name = sole(splat) if splat is not None else None
        if name is not None:
            self._capture(name, subject)

    def mapping(self, node: Node, subject: Expression) -> None:
        """`{"key": pattern, **rest}`."""
        span = node.start_byte, node.end_byte
        self.tests.append(_call(span, "isinstance", subject, Name(*span, "dict")))
        key: Expression | None = None
        negative = None
        for child in node.children:
            if child.type == "-":
                negative = child
            elif child.type == "splat_pattern":
                self._rest(child, subject)
            elif child.type == "case_pattern" and key is not None:
                self.add(child, Element(child.start_byte, child.end_byte, subject, key))
                key = None
            elif child.is_named and not child.is_extra:
                key, negative = self._key(negative, child), None
                self._compare("in", span, key, subject)

    def _key(self, negative: Node | None, node: Node) -> Expression:
        if node.type == "dotted_name":
            return self.reference(node)
        key = self.walk.expression(node)
        return key if negative is None else Operation(negative.start_byte, node.end_byte, "-", (key,))

    def instance(self, node: Node, subject: Expression) -> None:
        """`Class(a, key=b)`: an instance, then its attributes."""
        span = node.start_byte, node.end_byte
        parts = pieces(node)
        named = self.reference(parts[0]) if parts else Unknown(*span, ())
        self.tests.append(_call(span, "isinstance", subject, named))
        for place, part in enumerate(parts[1:]):
            inner = sole(part)
            if inner is not None and inner.type == "keyword_pattern":
                self._keyword(inner, subject)
            elif isinstance(named, Name) and named.name in _WHOLE:
                self.add(part, subject)
            else:
                names = Attribute(*span, named, "__match_args__")
                which = Element(*span, names, _number(part, place))
                self.add(part, _call(span, "getattr", subject, which))

    def _keyword(self, node: Node, subject: Expression) -> None:
        name: str | None = None
        negative = None
        for child in node.children:
            if name is None:
                name = self.walk.word(child)
            elif child.type == "-":
                negative = child
            elif (child.is_named and not child.is_extra) or child.type == "_":
                self.signed(negative, child, Attribute(node.start_byte, node.end_byte, subject, name))

    def broken(self, node: Node, _subject: Expression) -> None:
        """What did not parse."""
        self.tests.append(self.walk.expression(node))


_PATTERNS = {
    "dotted_name": Pattern.dotted,
    "as_pattern": Pattern.renamed,
    "union_pattern": Pattern.union,
    "list_pattern": Pattern.items,
    "tuple_pattern": Pattern.items,
    "dict_pattern": Pattern.mapping,
    "class_pattern": Pattern.instance,
    "ERROR": Pattern.broken,
}


def _only(node: Node) -> Node | None:
    """What a pattern in parentheses, or without any, holds; None where it is more than that."""
    if node.type == "tuple_pattern" and any(child.type == "," for child in node.children):
        return None
    parts = [child for child in node.children if (child.is_named and not child.is_extra) or child.type in {"_", "-"}]
    return parts[0] if len(parts) == 1 else None


def _splat(node: Node) -> Node | None:
    inner = sole(node) if node.type == "case_pattern" else node
    return inner if inner is not None and inner.type == "splat_pattern" else None


def _number(node: Node, number: int) -> Constant:
    return Constant(node.start_byte, node.end_byte, number)


def _call(span: tuple[int, int], name: str, *values: Expression) -> Expression:
    return Call(*span, Name(*span, name), tuple([Argument(value.start, value.end, value) for value in values]))


STATEMENTS: dict[str, LowerStatement] = {"match_statement": match_statement}
