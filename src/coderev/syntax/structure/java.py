"""Java: what is layout and what is meaning.

Meaning: every word, modifier and annotation, braces and empty statements, literals by value and suffix, labels, the
brackets around a lambda's body, comments that tools or the compiler obey (`// NOSONAR`, `@deprecated` in Javadoc).
Layout: other comments, blanks, redundant brackets, the last comma of an array, how numbers are written, the indentation
that a text block strips. Kept names: fields, pattern variables, what a class within a method uses from around it, and
the parameters of annotated methods. No key: what javac reads otherwise than the grammar, such as a Unicode escape of a
quote, a backslash, a line end or a part of a comment's end; a lone carriage return; a joiner in a name; JavaScript in a
GWT comment.
"""

import re

import tree_sitter

from coderev.syntax.structure.dialect import (
    Dialect,
    Nodes,
    brackets,
    lone_carriage_return,
    trailing_comma,
)
from coderev.syntax.structure.grouping import BINARY, BRACKETS, Grouping

_TAGS = (
    rb"param|returns?|throws|exception|see|since|author|version|apiNote|implNote|implSpec|serial|serialData|serialField"
    rb"|inheritDoc|link|linkplain|code|literal|value|jls|category|todo|TODO|example|note"
)
_SIGNIFICANT = re.compile(
    rb"(?im)NOSONAR|noinspection|checkstyle|NOPMD|CPD-O|jscpd|@format|\$NON-NLS|falls?[ -]?thr|NOI18N|spotless:"
    rb"|lang\w*=|nosem|nosec|lgtm|codeql|deepcode|snyk|error-?prone|coverage|LCOV|noformat|do not edit|\bgenerated\b"
    rb"|suppress\W?(?:checkstyle|warning)|(?-i:SUPPRESS)"
    rb"|\A//\s*[#$]|\A/\*\s*(?:[$-]|(?:if|else|end)(?:_not)?\[|(?:package|default)\b|\w+\s*=\s*\*/|\.\.\.)"
    rb"|\A/[/*][ \t]*@|(?-i:^[ \t]*\*?|\A/[/*]+)[ \t]*@(?!(?-i:" + _TAGS + rb")\b)\w"
)
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u+00(?:0[aAdD]|2[27aAfF]|5[cC])")
_NATIVE = b"/*-{"
_JOINER = re.compile(rb"\xe2\x80[\x8c\x8d]")  # javac ignores it in a name
_FIRST_LINE = re.compile(rb'"""[ \t\f]*\n')
_INDENT = re.compile(rb"[ \t\f]*")
_GROUPING = Grouping(
    slots=frozenset(
        {"if_statement", "while_statement", "do_statement", "switch_expression", "synchronized_statement"}
        | {"return_statement", "throw_statement", "argument_list", "array_initializer", "dimensions_expr"}
    ),
    fields=frozenset(
        {("variable_declarator", "value"), ("assignment_expression", "right"), ("array_access", "index")}
        | {("for_statement", "condition"), ("enhanced_for_statement", "value")}
    ),
    kept_in=frozenset({"lambda_expression", "expression_statement", "switch_label", "resource"}),
    kept_around=frozenset({"null_literal"}),  # `a == (null)` is compiled to other code, to the same effect
    assignable=frozenset(
        {"if_statement", "while_statement", "do_statement", "return_statement", "variable_declarator", "argument_list"}
        | {"assignment_expression", "array_access"}
    ),
    atoms=frozenset(
        {"identifier", "this", "true", "false", "string_literal", "character_literal", "class_literal"}
        | {"decimal_integer_literal", "hex_integer_literal", "octal_integer_literal", "binary_integer_literal"}
        | {"decimal_floating_point_literal", "hex_floating_point_literal", "object_creation_expression"}
        | {"super", "null_literal"}
    ),
    chains=frozenset({"method_invocation", "field_access", "array_access"}),
    receivers=frozenset({"method_invocation", "field_access"}),
    called_on=frozenset({"method_invocation", "array_access", "object_creation_expression", "string_literal"}),
    holders=frozenset({BINARY, "ternary_expression", "unary_expression", "cast_expression", "instanceof_expression"}),
    mixed=frozenset({BINARY, "ternary_expression"}),
    prefix="unary_expression",
    tests=frozenset({"instanceof_expression"}),
)
_RESERVED = frozenset(
    b"_ abstract assert boolean break byte case catch char class const continue default do double else enum "
    b"extends false final finally float for goto if implements import instanceof int interface long native new "
    b"null package private protected public return short static strictfp super switch synchronized this throw "
    b"throws transient true try void volatile when while yield".split()
)


def _misread(tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    """Whether javac finds other tokens than the grammar: it reads Unicode escapes before anything else."""
    if source.find(b"\\u", *span) >= 0 and _ESCAPED.search(source, *span):
        return True
    if source.find(_NATIVE, *span) >= 0 or _JOINER.search(source, *span):
        return True
    return lone_carriage_return(tree, source, span)


def _number(text: bytes) -> bytes:
    """A number; `010` is octal, and `1L` is no `1`."""
    return text.replace(b"_", b"").lower()


def _string(text: bytes) -> bytes:
    """A string as it stands, after `s`; a text block after `t`, without the indentation that javac strips."""
    text = text.replace(b"\r\n", b"\n")
    first = _FIRST_LINE.match(text)
    if first is None:
        return b"s" + text
    if b"\\u" in text:
        return b"u" + text
    *lines, last = text[first.end() : -3].split(b"\n")
    lines = [line.rstrip(b" \t\f") for line in lines]
    last_indent = _INDENT.match(last)
    indents = [found.end() for line in lines if line and (found := _INDENT.match(line))]
    strip = min([*indents, last_indent.end() if last_indent else 0])
    return b"t" + b"\n".join([*(line[strip:] for line in lines), last[strip:].rstrip(b" \t\f")])


def _is_plain(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a string is no template."""
    return all(child.type != "string_interpolation" for child in children)


def _one_parameter(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The brackets around the one parameter of a lambda that has no type."""
    return brackets(node, children, source) if node.named_child_count == 1 else ()


DIALECT = Dialect(
    comments=frozenset({"line_comment", "block_comment"}),
    significant=_SIGNIFICANT,
    transparent=frozenset({BRACKETS, "inferred_parameters"}),
    dropped={
        BRACKETS: _GROUPING.dropped,
        "inferred_parameters": _one_parameter,
        "array_initializer": trailing_comma,
        "element_value_array_initializer": trailing_comma,
    },
    whole={"string_literal": _is_plain},
    literals={
        "string_literal": _string,
        "decimal_integer_literal": _number,
        "hex_integer_literal": _number,
        "octal_integer_literal": _number,
        "binary_integer_literal": _number,
        "decimal_floating_point_literal": _number,
        "hex_floating_point_literal": _number,
    },
    textual=frozenset({"string_literal"}),
    reserved=_RESERVED,
    misread=_misread,
)
