"""Python's own traps: prefixes, indentation, scopes and brackets that change what the code means."""

import keyword
import re
from collections.abc import Iterator

from tree_sitter import Node

from benchmarks.variants.dialects import COMMENTS
from benchmarks.variants.rules import Change, Finder, both, drop, rewrite, swap
from benchmarks.variants.trees import Edit, Unit, field_of, words


def ws_dedent_stmt(unit: Unit) -> Iterator[Change]:
    """The last statement of a block, on one line, comes out of it."""
    for node in unit.statements:
        block = node.parent
        if block is None or block.type != "block" or block.named_child_count < 2 or node.next_named_sibling is not None:
            continue
        outer = block.parent
        if outer is None or outer.type == "function_definition" or _mid(outer):
            continue
        if node.start_point[0] == node.end_point[0] and "_statement" in node.type:
            row = unit.source.rfind(b"\n", 0, node.start_byte) + 1
            margin = outer.start_point[1]
            yield (Edit(row, node.start_byte, " " * margin),)


def _mid(node: Node) -> bool:
    """Another clause follows, so that nothing can stand between."""
    return (node.next_sibling is not None and node.next_sibling.type.endswith("_clause")) or any(
        child.type.endswith("_clause") and child.type != "with_clause" for child in node.children
    )


def ws_indent_stmt(unit: Unit) -> Iterator[Change]:
    """The statement after a block goes into it."""
    for node in unit.statements:
        before = node.prev_named_sibling
        if before is None or before.type not in {"if_statement", "for_statement", "while_statement", "with_statement"}:
            continue
        body = before.child_by_field_name("body") or before.child_by_field_name("consequence")
        last = before.named_children[-1]
        if body is None or last.id != body.id or body.start_point[0] == before.start_point[0]:
            continue
        if node.start_point[0] == node.end_point[0]:
            row = unit.source.rfind(b"\n", 0, node.start_byte) + 1
            yield (Edit(row, node.start_byte, " " * body.start_point[1]),)


def one_tuple(unit: Unit) -> Iterator[Change]:
    """`(a,)` becomes `(a)`."""
    for node in unit.of("tuple"):
        if re.match(r"^\([^,]+,\s*\)$", words(node)) and node.named_child_count == 1:
            yield (Edit(node.start_byte, node.end_byte, f"({words(node.named_children[0])})"),)


def made_tuple(unit: Unit) -> Iterator[Change]:
    """`x = a` becomes `x = a,`: no magic comma but a tuple."""
    for node in unit.of("assignment", "return_statement"):
        last = node.named_children[-1] if node.named_child_count else None
        if last is None or last.type not in {"identifier", "call", "attribute", "subscript"}:
            continue
        if node.type == "return_statement" or field_of(last) == "right":
            yield (Edit(last.end_byte, last.end_byte, ","),)


def not_in(unit: Unit) -> Iterator[Change]:
    """`not (a or b)` becomes `not a or b`; `a not in b` becomes `a in b`, and `is not` `is`."""
    for node in unit.of("not_operator"):
        inner = node.child_by_field_name("argument")
        if inner is not None and inner.type == "parenthesized_expression":
            yield (Edit(inner.start_byte, inner.end_byte, words(inner)[1:-1]),)
    for node in unit.of("not in", "is not"):
        yield (Edit(node.start_byte, node.end_byte, "in" if node.type == "not in" else "is"),)


def is_to_eq(unit: Unit) -> Iterator[Change]:
    """`is` becomes `==`, and the reverse."""
    for leaf in unit.leaves:
        if leaf.type in {"is", "=="} and leaf.parent is not None and leaf.parent.type == "comparison_operator":
            yield (Edit(leaf.start_byte, leaf.end_byte, "==" if leaf.type == "is" else "is"),)


def _prefixed(unit: Unit) -> Iterator[tuple[Node, str, str]]:
    """Strings that are values, with their prefix and the rest."""
    for node in unit.of("string"):
        found = re.match(r"^([a-zA-Z]*)(.*)$", words(node), re.DOTALL)
        if (
            found
            and node.parent is not None
            and node.parent.type not in {"expression_statement", "concatenated_string"}
        ):
            yield node, found[1].lower(), found[2]


def string_prefix(unit: Unit) -> Iterator[Change]:
    """A string gains or loses a prefix that changes its value: `b`, `f` before braces, `r` before a backslash."""
    for node, prefix, rest in _prefixed(unit):
        if prefix:
            yield (Edit(node.start_byte, node.end_byte, rest),)
        elif "{" in rest and "}" in rest and "{}" not in rest and re.search(r"\{\w+\}", rest):
            yield (Edit(node.start_byte, node.start_byte, "f"),)
        elif re.search(r"\\[ntr0x\\]", rest):
            yield (Edit(node.start_byte, node.start_byte, "r"),)
        elif rest.isascii():
            yield (Edit(node.start_byte, node.start_byte, "b"),)


def fstring_equals(unit: Unit) -> Iterator[Change]:
    """`{x}` in an f-string becomes `{x=}`, or `{x!r}`."""
    for node in unit.of("interpolation"):
        if node.named_child_count == 1 and words(node).endswith("}"):
            yield (Edit(node.end_byte - 1, node.end_byte - 1, "="),)
            yield (Edit(node.end_byte - 1, node.end_byte - 1, "!r"),)


def fstring_blank(unit: Unit) -> Iterator[Change]:
    """A blank inside `{x=}` is printed."""
    for node in unit.of("interpolation"):
        if "=" in words(node)[-2:]:
            yield (Edit(node.start_byte + 1, node.start_byte + 1, " "),)


def default_changed(unit: Unit) -> Iterator[Change]:
    """A parameter's default becomes another."""
    becomes = {
        "None": "()",
        "True": "False",
        "False": "True",
        "''": "' '",
        '""': '" "',
        "()": "None",
        "0": "1",
        "[]": "()",
    }
    for node in unit.of("default_parameter", "typed_default_parameter"):
        value = node.child_by_field_name("value")
        if value is not None and words(value) in becomes:
            yield (Edit(value.start_byte, value.end_byte, becomes[words(value)]),)


def keyword_renamed(unit: Unit) -> Iterator[Change]:
    """The name of a keyword argument becomes another."""
    for node in unit.of("keyword_argument"):
        name = node.child_by_field_name("name")
        if name is not None:
            yield (Edit(name.start_byte, name.end_byte, f"{words(name)}_"),)


def parameter_renamed(unit: Unit) -> Iterator[Change]:
    """A parameter is renamed with all its uses: callers that name it break."""
    for node in unit.of("default_parameter", "typed_default_parameter"):
        name = node.child_by_field_name("name")
        if name is None or node.parent is None or field_of(node.parent) != "parameters":
            continue
        spelled = words(name)
        uses = [leaf for leaf in unit.leaves if leaf.type == "identifier" and words(leaf) == spelled]
        if not keyword.iskeyword(f"{spelled}_2"):
            yield tuple(Edit(leaf.start_byte, leaf.end_byte, f"{spelled}_2") for leaf in uses)


def line_dropped(kind: str) -> Finder:
    """A statement of some type goes with its line."""

    def places(unit: Unit) -> Iterator[Change]:
        for node in unit.of(kind):
            row = unit.source.rfind(b"\n", 0, node.start_byte) + 1
            end = unit.source.find(b"\n", node.end_byte) + 1
            alone = (
                node.parent is not None and len([c for c in node.parent.named_children if c.type not in COMMENTS]) > 1
            )
            if alone and end > 0 and not unit.source[row : node.start_byte].strip():
                yield (Edit(row, end, ""),)

    return places


PYTHON: dict[str, Finder] = {
    "ws_dedent_stmt": ws_dedent_stmt,
    "ws_indent_stmt": ws_indent_stmt,
    "one_tuple": one_tuple,
    "made_tuple": made_tuple,
    "not_in": not_in,
    "is_to_eq": is_to_eq,
    "string_prefix": string_prefix,
    "fstring_equals": fstring_equals,
    "fstring_blank": fstring_blank,
    "default_changed": default_changed,
    "keyword_renamed": keyword_renamed,
    "parameter_renamed": parameter_renamed,
    "decorator_dropped": line_dropped("decorator"),
    "global_dropped": both(line_dropped("global_statement"), line_dropped("nonlocal_statement")),
    "del_dropped": line_dropped("delete_statement"),
    "assert_dropped": line_dropped("assert_statement"),
    "walrus_to_eq": rewrite("named_expression", r"^\w+\s*:=\s*", ""),
    "comprehension_if": rewrite("if_clause", r"^if\s+(.*)$", r"if not (\1)"),
    "comprehension_kind": rewrite("list_comprehension", r"^\[(.*)\]$", r"(\1)"),
    "set_to_tuple": rewrite("set", r"^\{(.*)\}$", r"(\1)"),
    "star_dropped": both(drop("*", "list_splat list_splat_pattern"), drop("**", "dictionary_splat")),
    "async_dropped": drop("async"),
    "yield_from": rewrite("yield", r"^yield from ", "yield "),
    "except_bare": rewrite("except_clause", r"^except [^:]+:", "except BaseException:"),
    "escape_changed": rewrite("escape_sequence", r"^\\[nrt0]$", lambda found: "\\t" if found[0] != "\\t" else "\\n"),
    "number_hex": rewrite("integer", r"^0[xX](\d+)$", r"\1"),
    "number_octal": rewrite("integer", r"^0[oO]([1-7]\d*)$", r"\1"),
    "int_to_float": rewrite("integer", r"^([1-9]\d*)$", r"\1.0"),
    "floor_division": swap("/<>//", "binary_operator augmented_assignment"),
    "in_flip": rewrite("comparison_operator", r"(?<!not )\bin\b", "not in"),
    "ternary_swapped": rewrite("conditional_expression", r"^(.+?)( if .+ else )(.+)$", r"\3\2\1"),
    "return_none": rewrite("return_statement", r"^return$", "return False"),
    "slice_step": rewrite("slice", r"^([^:]*):([^:]*)$", r"\1:\2:2"),
    "annotation_changed": rewrite("type", r"^(str|int|bytes)$", "object"),
    "lambda_default": rewrite("lambda", r"^lambda (\w+):", r"lambda \1=None:"),
}
