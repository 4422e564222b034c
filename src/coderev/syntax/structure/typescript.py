"""TypeScript, with JSX or without: what is layout and what is meaning.

All of JavaScript's, and: types, annotations and modifiers are meaning, and so is a quoted name of a class's field.
Layout: what separates the members of a type, most brackets around a type, the `|` before the first type of a union.
Parameters that are properties of the class or bear a decorator keep their names.
"""

import re
from dataclasses import replace

import tree_sitter

from coderev.syntax.structure import ecmascript, javascript
from coderev.syntax.structure.dialect import Dialect, Nodes, trailing_comma

_NAMED_AFTER = frozenset(b":!?=/")  # what follows the name of a field, or a comment before it
_ENDS = re.compile(rb"[!<]")
_BLANKS = b" \t\r\n\v\f"
_ASSERTIONS = frozenset({"as_expression", "satisfies_expression", "type_assertion"})
_CHAINS = frozenset(
    {"call_expression", "instantiation_expression", "member_expression", "non_null_expression", "subscript_expression"}
)
_ALONE = frozenset(  # what holds an expression and nothing that could take a part of it
    {"arguments", "array", "arrow_function", "assignment_expression", "augmented_assignment_expression", "do_statement"}
    | {"else_clause", "expression_statement", "if_statement", "jsx_expression", "pair", "parenthesized_expression"}
    | {"public_field_definition", "return_statement", "switch_case", "switch_statement", "template_substitution"}
    | {"throw_statement", "variable_declarator", "while_statement", "yield_expression"}
)
_PRIMARY = _CHAINS | frozenset(
    {"array", "class", "false", "function_expression", "generator_function", "identifier", "import", "meta_property"}
    | {"new_expression", "null", "number", "object", "parenthesized_expression", "regex", "string", "super"}
    | {"template_string", "this", "true", "undefined"}
)
_SIMPLE_TYPES = frozenset(
    {
        "generic_type",
        "literal_type",
        "nested_type_identifier",
        "object_type",
        "predefined_type",
        "this_type",
        "tuple_type",
    }
    | {"type_identifier"}
)
_WHOLE_TYPES = frozenset(
    {"type_alias_declaration", "type_annotation", "type_arguments"}
)  # hold a type and nothing else


def _is_read_as_string(node: tree_sitter.Node, _children: Nodes, source: bytes) -> bool:
    """Whether a string is no name of a field: a checker asks for the value of one only where it has no quotes."""
    after = node.end_byte
    while after < len(source) and source[after] in _BLANKS:
        after += 1
    if after >= len(source) or not (source[after] in _NAMED_AFTER or source[after] > 0x7F):  # noqa: PLR2004 - not ASCII
        return True
    field = node.parent
    if field is None or field.type != "public_field_definition":
        return True
    name = field.child_by_field_name("name")
    return name is None or name.start_byte != node.start_byte


def _parentheses(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """Brackets that only group.

    The grammar reads `a + b!.c` as `(a + b)!.c`, `await a<T>(b)` as `(await a)<T>(b)`, and `await a as T` as
    `await (a as T)`: brackets stay where one of these might be the other.
    """
    dropped = ecmascript.parentheses(node, children, source)
    parent = node.parent
    if not dropped or parent is None or (parent.type in _ALONE and not _is_left(node, parent)):
        return dropped
    core = ecmascript.within(node)
    if core is None or core.type in _ASSERTIONS or (core.type not in _PRIMARY and _continues(node, parent)):
        return ()
    return () if _is_misread(core, source) else dropped


def _is_left(node: tree_sitter.Node, parent: tree_sitter.Node) -> bool:
    return parent.start_byte == node.start_byte and parent.type != "expression_statement"


def _continues(node: tree_sitter.Node, parent: tree_sitter.Node) -> bool:
    """Whether what stands in brackets is called, asserted to be something, or asked for a property."""
    return parent.type in _ASSERTIONS or (parent.type in _CHAINS and parent.start_byte == node.start_byte)


def _is_misread(core: tree_sitter.Node, source: bytes) -> bool:
    """Whether a chain begins with an operation that its end does not belong to."""
    inner: tree_sitter.Node | None = core
    while inner is not None and inner.type in _CHAINS and _ENDS.search(source, inner.start_byte, inner.end_byte):
        inner = inner.child(0)
    return inner is None or inner.type not in _PRIMARY if core.type in _CHAINS else False


def _separators(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The commas between the members of a type."""
    return [child for child in children if child.type == ","]


def _type_brackets(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """Brackets around a type that is simple, or that stands alone."""
    inner = [child for child in children if not child.is_extra]
    parent = node.parent
    if len(inner) != 3 or parent is None or parent.type == "readonly_type":  # noqa: PLR2004 - brackets and what they hold
        return ()
    if ecmascript.ARROW.match(source, node.end_byte):
        return ()  # these would be parameters
    return (children[0], children[-1]) if inner[1].type in _SIMPLE_TYPES or parent.type in _WHOLE_TYPES else ()


def _first_bar(node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The `|` before the first type of a union."""
    if children[0].type != "|" or node.parent is None:
        return ()
    is_first = node.parent.type != "union_type" or node.parent.start_byte == node.start_byte
    return children[:1] if is_first else ()


_BASE = javascript.DIALECT
DIALECT: Dialect = replace(
    _BASE,
    heeded=ecmascript.is_obeyed,
    transparent=_BASE.transparent | {"required_parameter", "parenthesized_type", "union_type"},
    dropped={
        **_BASE.dropped,
        "parenthesized_expression": _parentheses,
        "object_type": _separators,
        "interface_body": _separators,
        "enum_body": trailing_comma,
        "tuple_type": trailing_comma,
        "type_arguments": trailing_comma,
        "type_parameters": trailing_comma,
        "parenthesized_type": _type_brackets,
        "union_type": _first_bar,
    },
    whole={**_BASE.whole, "string": _is_read_as_string},
    textual=_BASE.textual | {"template_literal_type"},
    misread=ecmascript.misread_in("typescript"),
)
