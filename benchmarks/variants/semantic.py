"""Edits of one place after which any language's code may mean something else."""

import re
from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from benchmarks.variants.dialects import BLOCKS, COMMENTS, PARENTHESES
from benchmarks.variants.rules import Change, Finder, both, drop, rewrite, swap, unwrap
from benchmarks.variants.trees import Edit, Unit, field_of, walk, words

BINARY = "binary_expression binary binary_operator boolean_operator comparison_operator"
UPDATES = "update_expression postfix_unary_expression prefix_unary_expression inc_statement dec_statement"
ASSIGNS = (
    "assignment_expression augmented_assignment_expression compound_assignment_expr assignment_statement"
    " augmented_assignment operator_assignment"
)
NOTS = {"unary_expression", "unary", "prefix_unary_expression", "not_operator"}
IFS = {"if_statement", "if_expression", "if", "while_statement", "while_expression", "elif_clause"}
CALLS = {"call_expression", "method_invocation", "invocation_expression", "call", "macro_invocation"}
THROWS = {"throw_statement", "raise_statement"}
ARGUMENTS = {"arguments", "argument_list"}
NUMBERS = "number int_literal decimal_integer_literal number_literal integer_literal integer"
CONTENT = {
    "string_fragment",
    "interpreted_string_literal_content",
    "raw_string_literal_content",
    "string_content",
    "string_literal_content",
    "raw_string_content",
}
LOOPS = {
    "for_statement",
    "while_statement",
    "enhanced_for_statement",
    "for_in_statement",
    "foreach_statement",
    "for_range_loop",
    "for_expression",
    "while_expression",
    "loop_expression",
}


def removal(unit: Unit, node: Node, instead: str = "") -> Edit:
    """Take a statement out: its whole lines where it has them for itself."""
    start, end = node.start_byte, node.end_byte
    before = unit.source.rfind(b"\n", 0, start) + 1
    after = unit.source.find(b"\n", end)
    alone = not unit.source[before:start].strip() and unit.source[end:after].strip() in {b"", b";"}
    if node.parent is not None and node.parent.type not in BLOCKS:
        return Edit(start, end, ";")
    if alone and not instead and after > 0:
        return Edit(before, after + 1, "")
    return Edit(start, end, instead)


def _gone(unit: Unit, node: Node) -> Change:
    """The edit that takes a statement out; Python's blocks keep a `pass`."""
    if node.parent is not None and node.parent.type == "expression_statement":
        node = node.parent
    lonely = unit.language == "python" and node.parent is not None and node.parent.named_child_count == 1
    return (removal(unit, node, "pass" if lonely else ""),)


def bool_flip(unit: Unit) -> Iterator[Change]:
    """true becomes false, and the reverse."""
    flipped = {"true": "false", "false": "true", "True": "False", "False": "True"}
    for leaf in unit.leaves:
        if words(leaf) in flipped and (leaf.parent is None or "property" not in leaf.type):
            yield (Edit(leaf.start_byte, leaf.end_byte, flipped[words(leaf)]),)


def drop_call(unit: Unit) -> Iterator[Change]:
    """A statement that is a call goes."""
    for node in unit.statements:
        inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
        inner = inner.named_children[0] if "await" in inner.type and inner.named_children else inner
        if inner.type in CALLS and not words(node).startswith(("raise", "super(", "fail", "panic", "throw")):
            yield _gone(unit, node)


def drop_throw(unit: Unit) -> Iterator[Change]:
    """A statement that throws goes."""
    for node in unit.nodes:
        if node.type in THROWS or (node in unit.statements and re.match(r"(raise|panic|throw)\b", words(node))):
            yield _gone(unit, node)


def drop_not(unit: Unit) -> Iterator[Change]:
    """`!x` becomes `x`."""
    for node in unit.nodes:
        if node.type in NOTS and node.children and words(node.children[0]) in {"!", "not"}:
            yield (Edit(node.start_byte, node.children[1].start_byte, ""),)


def negate_if(unit: Unit) -> Iterator[Change]:
    """The condition of an `if` or a loop is negated."""
    for node in unit.nodes:
        condition = node.child_by_field_name("condition") if node.type in IFS else None
        if condition is None or "let" in condition.type:
            continue
        if condition.type == "condition_clause":  # C++
            condition = condition.child_by_field_name("value") or condition
        text = words(condition)
        negated = f"not ({text})" if unit.language == "python" else f"!({text})"
        negated = f"(!{text})" if condition.type in PARENTHESES and unit.language not in {"python", "ruby"} else negated
        yield (Edit(condition.start_byte, condition.end_byte, negated),)


def swap_args(unit: Unit) -> Iterator[Change]:
    """Two arguments of a call change places."""
    odd = {"keyword_argument", "pair", "block_argument", "spread_element", "splat_argument", "dictionary_splat"}
    for node in unit.of(*ARGUMENTS):
        given = [child for child in node.named_children if child.type not in COMMENTS]
        for left, right in pairwise(given):
            named = {left.type, right.type} & odd or "name" in {field_of(inner) for inner in left.children}
            if not named and words(left) != words(right):
                yield (
                    Edit(left.start_byte, left.end_byte, words(right)),
                    Edit(right.start_byte, right.end_byte, words(left)),
                )


def drop_else(unit: Unit) -> Iterator[Change]:
    """An `else` goes with what it holds."""
    for node in unit.nodes:
        if node.type in {"else_clause", "elif_clause"} or (node.type == "else" and node.is_named):
            start, end = node.start_byte, node.end_byte
        elif node.type == "else" and node.next_sibling is not None and node.parent and node.parent.type in IFS:
            start, end = node.start_byte, node.next_sibling.end_byte
        else:
            continue
        while unit.source[start - 1 : start] in {b" ", b"\t", b"\n"}:
            start -= 1
        kept = "\n" if unit.language == "ruby" else ""
        yield (Edit(start, end, kept),)


def drop_return_value(unit: Unit) -> Iterator[Change]:
    """`return x` becomes `return`."""
    for node in unit.of("return_statement", "return_expression", "return"):
        if node.named_child_count and node.is_named:
            yield (Edit(node.start_byte, node.end_byte, "return;" if words(node).endswith(";") else "return"),)


def drop_return(unit: Unit) -> Iterator[Change]:
    """An early `return` goes."""
    for node in unit.of("return_statement", "return_expression", "return"):
        last = unit.root.children[-1].end_byte - 3
        early = node.is_named and node.parent is not None and node.parent.end_byte < last
        if early and (node.named_child_count or not _is_last(node, unit.language)):
            yield _gone(unit, node)


def _is_last(node: Node, language: str) -> bool:
    """Nothing is left between a jump and where it goes, so that without it the same happens."""
    jump, at = node.type[0], node  # break, continue, next, return, or a fallthrough
    while at.parent is not None:
        after = at.next_named_sibling
        while after is not None and after.type in COMMENTS:
            after = after.next_named_sibling
        falls = not _is_case(at) or language not in {"go", "rust", "ruby"}  # into the next case
        if after is not None and (at.parent.type in BLOCKS or _is_case(at)) and falls:
            return False
        if _is_switch(at) and jump == "b":
            return True
        if at.type in LOOPS or at.type == "do_block":
            return jump == "c" or (jump == "n" and at.type == "do_block")
        at = at.parent
    return jump == "r"


_STATEMENT = {"expression_statement"}  # in which Rust's jumps stand


def _is_switch(node: Node) -> bool:
    return node.type in {"switch_statement", "switch_expression", "expression_switch_statement", "select_statement"}


def drop_break(unit: Unit) -> Iterator[Change]:
    """A `break` goes: the next case is run too, or the loop goes on."""
    for node in unit.of("break_statement", "break_expression", "fallthrough_statement"):
        if node.parent is not None and node.parent.type in BLOCKS | _STATEMENT and not _is_last(node, unit.language):
            yield _gone(unit, node)


def _is_case(node: Node) -> bool:
    return "case" in node.type or "switch" in node.type


def drop_continue(unit: Unit) -> Iterator[Change]:
    """A `continue` goes."""
    for node in unit.of("continue_statement", "continue_expression", "next"):
        stands = node.is_named and node.parent is not None and node.parent.type in BLOCKS | _STATEMENT
        if stands and not _is_last(node, unit.language):
            yield _gone(unit, node)


def stmt_moved_out(unit: Unit) -> Iterator[Change]:
    """The last statement of a body comes after the `if` or the loop that it stood in."""
    for node in unit.statements:
        around = _construct(node)
        lines = unit.rows[node.start_point[0]], unit.rows[around.end_point[0]] if around is not None else ""
        if around is None or unit.language == "python" or lines[0].strip() not in {words(node), f"{words(node)};"}:
            continue
        if node.next_named_sibling is not None or not unit.source[around.end_byte :].startswith((b"\n", b";\n")):
            continue
        indent = unit.rows[around.start_point[0]]
        indent = indent[: len(indent) - len(indent.lstrip())]
        yield removal(unit, node), Edit(around.end_byte, around.end_byte, f"\n{indent}{lines[0].strip()}")


def _construct(node: Node) -> Node | None:
    """The `if` or the loop whose body a statement stands in, if that is a statement of a block itself."""
    around = node.parent
    for _ in range(3):
        if around is not None and around.type in (IFS | LOOPS | {"unless"}):
            outer = around.parent
            outer = outer.parent if outer is not None and outer.type == "expression_statement" else outer
            return around if outer is not None and outer.type in BLOCKS else None
        around = around.parent if around is not None and around.type in BLOCKS | {"statement_list"} else None
    return None


def stmts_swapped(unit: Unit) -> Iterator[Change]:
    """Two statements, of which the second uses a name that the first writes, change places."""
    for left, right in pairwise(unit.statements):
        near = left.parent is not None and right.parent is not None and left.parent.id == right.parent.id
        rows = [unit.rows[each.start_point[0]].strip().rstrip(";") for each in (left, right)]
        if not near or rows != [words(left).rstrip(";"), words(right).rstrip(";")]:
            continue
        written = re.match(r"(?:[\w<>\[\]*&. ]+ )?\*?(\w+)(?:, \w+)* *:?[-+*/|]?=[^=]", words(left))
        if written and re.search(rf"\b{written[1]}\b", words(right)):
            yield (
                Edit(left.start_byte, left.end_byte, words(right)),
                Edit(right.start_byte, right.end_byte, words(left)),
            )


def parens_precedence(unit: Unit) -> Iterator[Change]:
    """Parentheses go that hold an expression together; the builder keeps only what then is another tree."""
    for node in unit.of(*PARENTHESES):
        if node.parent is None or node.parent.type.endswith(("statement", "clause", "switch_expression")):
            continue
        inner = node.named_children
        if len(inner) == 1 and inner[0].named_child_count and field_of(node) != "condition":
            yield (Edit(node.start_byte, inner[0].start_byte, ""), Edit(inner[0].end_byte, node.end_byte, ""))


def _contents(unit: Unit) -> Iterator[Node]:
    """The plain contents of strings that are values, no documentation and no directives."""
    for leaf in unit.nodes:
        string = leaf.parent
        if leaf.type not in CONTENT or string is None or string.parent is None:
            continue
        if "\\" not in words(leaf) and string.parent.type != "expression_statement":
            yield leaf


def string_space(unit: Unit) -> Iterator[Change]:
    """A string has one blank more."""
    for leaf in _contents(unit):
        yield (Edit(leaf.end_byte, leaf.end_byte, " "),)


def string_space_doubled(unit: Unit) -> Iterator[Change]:
    """A blank inside a string is doubled."""
    for leaf in _contents(unit):
        text = words(leaf)
        if " " in text.strip():
            yield (Edit(leaf.start_byte, leaf.end_byte, text[:1] + text[1:].replace(" ", "  ", 1)),)


def string_case(unit: Unit) -> Iterator[Change]:
    """A letter of a string changes case."""
    for leaf in _contents(unit):
        text = words(leaf)
        at = next((index for index, letter in enumerate(text) if letter.isascii() and letter.isalpha()), None)
        if at is not None and "%" not in text[max(at - 3, 0) : at] and "{" not in text[:at]:
            yield (Edit(leaf.start_byte, leaf.end_byte, text[:at] + text[at].swapcase() + text[at + 1 :]),)


def postfix_to_prefix(unit: Unit) -> Iterator[Change]:
    """`x++` becomes `++x` where its value is used."""
    for node in unit.of("update_expression", "postfix_unary_expression"):
        text, parent = words(node), node.parent
        if parent is None or parent.type == "expression_statement" or field_of(node) in {"update", "increment"}:
            continue
        if parent.type in {"for_statement", "comma_expression", "sequence_expression", "expression_list"}:
            continue
        if text.endswith(("++", "--")):
            yield (Edit(node.start_byte, node.end_byte, text[-2:] + text[:-2]),)


def empty_body(unit: Unit) -> Iterator[Change]:
    """`if (x) y();` becomes `if (x); y();`."""
    for node in unit.of(*(IFS | LOOPS)):
        body = node.child_by_field_name("consequence") or node.child_by_field_name("body")
        if body is not None and unit.source[: body.start_byte].rstrip().endswith(b")"):
            yield (Edit(body.start_byte, body.start_byte, "; "),)


def ternary_swapped(unit: Unit) -> Iterator[Change]:
    """The two results of a conditional expression change places."""
    for node in unit.of("ternary_expression", "conditional_expression", "conditional"):
        left, right = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if left is not None and right is not None and words(left) != words(right):
            yield (
                Edit(left.start_byte, left.end_byte, words(right)),
                Edit(right.start_byte, right.end_byte, words(left)),
            )


MEMBERS = {
    ("member_expression", "property"),
    ("field_expression", "field"),
    ("selector_expression", "field"),
    ("field_access", "field"),
    ("method_invocation", "name"),
    ("member_access_expression", "name"),
    ("call", "method"),
    ("attribute", "attribute"),
}


def member_changed(unit: Unit) -> Iterator[Change]:
    """A member becomes another that the function names: `p->next` becomes `p->prev`."""
    members = [
        leaf
        for leaf in unit.leaves
        if leaf.parent is not None
        and (leaf.parent.type, field_of(leaf)) in MEMBERS
        and (leaf.parent.type not in {"method_invocation", "call"} or leaf.parent.named_child_count > 1)
    ]
    for left, right in pairwise(members):
        if words(left) != words(right):
            yield (Edit(left.start_byte, left.end_byte, words(right)),)


def _next(found: re.Match[str]) -> str:
    return f"{int(found[1]) + 1}{found[2] or ''}"


def int_to_real(unit: Unit) -> Iterator[Change]:
    """`x / 2` becomes `x / 2.0`."""
    for node in unit.of(*NUMBERS.split()):
        parent = node.parent
        operator = parent.child_by_field_name("operator") if parent is not None else None
        real = parent is not None and re.search(r"\d\.|\.\d", words(parent))
        if operator is not None and words(operator) == "/" and words(node).isdigit() and not real:
            yield (Edit(node.end_byte, node.end_byte, ".0"),)


def label_changed(unit: Unit) -> Iterator[Change]:
    """A jump goes to another label, or to none."""
    labels = [node for node in unit.leaves if _is_label(node)]
    names = sorted({words(label) for label in labels})
    for label in labels:
        if label.parent is None or "label" in label.parent.type:
            continue
        others = [name for name in names if name != words(label)]
        if others:
            yield (Edit(label.start_byte, label.end_byte, others[0]),)
        elif label.parent.type != "goto_statement":
            yield (Edit(label.start_byte - 1, label.end_byte, ""),)


def _is_label(leaf: Node) -> bool:
    if leaf.type in {"statement_identifier", "label_name"}:
        return True
    jumps = {"break_statement", "continue_statement"}  # Java's labels are plain identifiers
    parent = leaf.parent
    if leaf.type != "identifier" or parent is None:
        return False
    return parent.type in jumps or (parent.type == "labeled_statement" and parent.children[0].id == leaf.id)


def brace_scope(unit: Unit) -> Iterator[Change]:
    """Braces go from around two statements, so that an `if` or a loop guards only the first."""
    for node in unit.of("statement_block", "compound_statement", "block"):
        parent = node.parent
        inside = [child for child in node.named_children if child.type not in COMMENTS]
        if parent is None or parent.type not in IFS | LOOPS or len(inside) < 2 or node.next_named_sibling is not None:
            continue
        if not any(each.type.endswith("declaration") for inner in inside for each in walk(inner)):
            yield (Edit(node.start_byte, node.start_byte + 1, ""), Edit(node.end_byte - 1, node.end_byte, ""))


C_LIKE: dict[str, Finder] = {
    "postfix_to_prefix": postfix_to_prefix,
    "empty_body": empty_body,
    "brace_scope": brace_scope,
    "eq_to_assign": swap("===~>= ==~>=", "binary_expression"),
    "shift_flip": swap("<<<>>>", "binary_expression"),
}

EVERYWHERE: dict[str, Finder] = {
    "and_or": swap("&&<>|| and<>or", BINARY),
    "bool_flip": bool_flip,
    "cmp_boundary": swap("<<><= ><>>=", BINARY),
    "const_plus1": rewrite(NUMBERS, r"^(0|[1-9]\d*)([a-zA-Z]\w*)?$", _next),
    "drop_await": unwrap("await_expression await", 0),
    "drop_break": drop_break,
    "drop_call": drop_call,
    "drop_continue": drop_continue,
    "drop_else": drop_else,
    "drop_not": drop_not,
    "drop_return": drop_return,
    "drop_return_value": drop_return_value,
    "drop_throw": drop_throw,
    "eq_flip": swap("==<>!= ===<>!==", BINARY),
    "logical_to_bitwise": swap("&&~>& ||~>|", BINARY),
    "label_changed": label_changed,
    "member_changed": member_changed,
    "negate_if": negate_if,
    "parens_precedence": parens_precedence,
    "plus_minus": both(
        swap("+<>-", f"{BINARY} unary_expression unary unary_operator prefix_unary_expression"),
        swap("+=<>-=", ASSIGNS),
        swap("++<>--", UPDATES),
    ),
    "stmt_moved_out": stmt_moved_out,
    "stmts_swapped": stmts_swapped,
    "string_case": string_case,
    "string_space": string_space,
    "string_space_doubled": string_space_doubled,
    "swap_args": swap_args,
    "ternary_swapped": ternary_swapped,
    "times_divided": swap("*<>/ %~>/", BINARY),
    "yield_dropped": drop("yield", "yield_expression yield"),
}
