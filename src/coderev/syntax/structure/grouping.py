"""Which round brackets only group: they go where no reader could see another program without them, and stay elsewhere.

A grammar may group an expression otherwise than the compiler does (`o is T && q` in C#, `(a.b) - c` in Java), and then
brackets that change nothing in its tree change the program. So they are dropped where both agree for certain: around
what nothing pulls apart, where the expression ends at a bracket, a comma or a semicolon on either side, and between
plain binary operators, whose order has been checked against compilers (`benchmarks/oracles/`).
"""

from dataclasses import dataclass, field

import tree_sitter

from coderev.syntax.structure.dialect import Nodes, brackets, unbracketed

BRACKETS = "parenthesized_expression"
BINARY = "binary_expression"
_OPERATORS = frozenset(
    {"||", "&&", "|", "^", "&", "==", "!=", "<", ">", "<=", ">=", "<<", ">>", ">>>", "+", "-", "*", "/", "%", "!", "~"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The expressions of a language, by the node kinds of its grammar."""

    slots: frozenset[str]  # they hold an expression that ends at their own brackets, commas or semicolons
    fields: frozenset[tuple[str, str]] = frozenset()  # the same, of one field of a kind
    kept_in: frozenset[str]  # brackets within these mean something
    kept_around: frozenset[str]  # and those around these
    assignable: frozenset[str]  # slots that may hold an assignment without brackets
    atoms: frozenset[str]  # nothing pulls them apart
    chains: frozenset[str]  # nor these, if what they begin with is such
    receivers: frozenset[str]  # what holds a member of something: brackets may tell a variable from a type
    called_on: frozenset[str]  # which these cannot be
    holders: frozenset[str]  # what may hold an atom without brackets
    mixed: frozenset[str]  # which of them may also hold binary operations
    prefix: str  # an operator before its operand
    operators: frozenset[str] = _OPERATORS
    tests: frozenset[str] = field(default_factory=frozenset)  # as binary as the rest: what they hold first matters

    def dropped(self, node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
        """The brackets of an expression where they say nothing; of several pairs, the outermost tells."""
        parent, inner = node.parent, unbracketed(node)
        if parent is None or inner is None:
            return ()
        redundant = parent.type == BRACKETS or self._only_group(node, parent, inner)
        return brackets(node, children, source) if redundant else ()

    def _only_group(self, node: tree_sitter.Node, parent: tree_sitter.Node, inner: tree_sitter.Node) -> bool:
        if parent.type in self.kept_in or inner.type in self.kept_around:
            return False
        if self._is_slot(node, parent):
            return inner.type != "assignment_expression" or parent.type in self.assignable
        if parent.type in self.receivers:
            return parent.children[0] == node and inner.type in self.called_on and self.is_atom(inner)
        if parent.type in self.holders and self.is_atom(inner):
            return parent.type != self.prefix or not inner.type.endswith("literal")
        return parent.type in self.mixed and self._is_plain(inner)

    def _is_slot(self, node: tree_sitter.Node, parent: tree_sitter.Node) -> bool:
        if parent.type in self.slots:
            return True
        return any(kind == parent.type and parent.child_by_field_name(name) == node for kind, name in self.fields)

    def is_atom(self, node: tree_sitter.Node) -> bool:
        """Whether nothing can pull an expression apart; a call of something in brackets may be a cast."""
        first: tree_sitter.Node | None = node
        while first is not None and first.type in self.chains:
            node, first = first, first.children[0]
        if first is None or first.type == BRACKETS:
            return first is not None and node.type in self.receivers
        return first.type in self.atoms

    def _is_plain(self, node: tree_sitter.Node) -> bool:
        """Whether an expression holds nothing but atoms and plain binary operators."""
        waiting = [node]
        while waiting:
            match waiting.pop():
                case part if part.type == BRACKETS or self.is_atom(part):
                    pass
                case part if part.type in {BINARY, self.prefix}:
                    parts = [child for child in part.children if not child.is_extra]
                    waiting += [child for child in parts if child.is_named]
                    if not all(child.is_named or child.type in self.operators for child in parts):
                        return False
                case part if part.type in self.tests:
                    waiting.append(part.children[0])
                case _:
                    return False
        return True
