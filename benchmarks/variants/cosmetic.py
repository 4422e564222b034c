"""Edits after which the code means the same: comments, blank lines, indentation, line ends, brackets, spelling."""

import random
import re
from collections.abc import Callable, Iterator

from tree_sitter import Node

from benchmarks.variants.dialects import COMMENTS, DIALECTS, DIRECTIVES, PARENTHESES, STRINGS
from benchmarks.variants.renames import rename_local
from benchmarks.variants.rules import Change
from benchmarks.variants.semantic import ARGUMENTS, IFS
from benchmarks.variants.trees import Edit, Unit, words

Rewriter = Callable[[Unit, random.Random], Iterator[str]]  # texts to choose from, best first

REMARKS = (
    "handle the common case first",
    "see the notes in the design document",
    "keep in step with the parser",
    "checked twice on purpose",
    "callers rely on the order here",
    "nothing to do for empty input",
)


def _edited(unit: Unit, changes: Iterator[Change], chance: random.Random) -> Iterator[str]:
    found = list(changes)
    chance.shuffle(found)
    for change in found:
        yield unit.edited(change).text


def _remark(unit: Unit, chance: random.Random) -> str:
    dialect = DIALECTS[unit.language]
    text = chance.choice(REMARKS)
    if dialect.block_comment and chance.random() < 0.3:
        return f"{dialect.block_comment[0]} {text} {dialect.block_comment[1]}"
    return f"{dialect.line_comment} {text}"


def _own_rows(unit: Unit) -> Iterator[Node]:
    """Statements that begin a line of the unit, where a line may be put before."""
    for node in unit.statements:
        row = node.start_point[0]
        before = unit.rows[row - 1] if row else ""
        if row not in unit.guarded and unit.rows[row][: node.start_point[1]].strip() == "" and before[-1:] != "\\":
            yield node


def comment_line(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A comment on a line of its own."""
    for node in _shuffled(_own_rows(unit), chance):
        at = node.start_byte - node.start_point[1]
        indent = unit.rows[node.start_point[0]][: node.start_point[1]]
        yield unit.edited((Edit(at, at, f"{indent}{_remark(unit, chance)}\n"),)).text


def comment_trailing(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A comment at the end of a statement's line."""
    for node in _shuffled(_own_rows(unit), chance):
        end, row = unit.source.find(b"\n", node.end_byte), node.end_point[0]
        if row + 1 in unit.guarded or unit.source[node.end_byte : end].strip() not in {b"", b";", b","}:
            continue
        yield unit.edited((Edit(end, end, f"  {DIALECTS[unit.language].line_comment} {chance.choice(REMARKS)}"),)).text


def comment_inline(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A block comment between two arguments."""
    if DIALECTS[unit.language].block_comment is None:
        return
    for node in _shuffled((leaf for leaf in unit.leaves if leaf.type == ","), chance):
        if not _guarded(unit, node):
            yield unit.edited((Edit(node.end_byte, node.end_byte, " /* as given */"),)).text


def strip_comments(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """All comments go, but those that a tool obeys."""
    edits = tuple(edit for node in _comments(unit) for edit in (_without(unit, node),))
    if edits:
        yield unit.edited(edits).text


def comment_edited(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A comment says something else."""
    for node in _shuffled(_comments(unit), chance):
        text = words(node).rstrip("\n")
        closed = text.endswith("*/")
        body = text[:-2].rstrip() if closed else text
        new = f"{body} {chance.choice(REMARKS)}{' */' if closed else ''}"
        yield unit.edited((Edit(node.start_byte, node.start_byte + len(text.encode()), new),)).text


def _comments(unit: Unit) -> Iterator[Node]:
    significant = DIALECTS[unit.language].significant
    for node in unit.nodes:
        outer = node.parent
        if node.type not in COMMENTS or significant.search(words(node)) or outer is None:
            continue
        if outer.type not in COMMENTS and not _guarded(unit, node):
            yield node


def _guarded(unit: Unit, node: Node) -> bool:
    """The node stands in a string or on the line of a directive."""
    rows = range(node.start_point[0], node.end_point[0] + 1)
    around = node.parent
    while around is not None:
        if around.type in STRINGS and around.type not in DIRECTIVES:
            return True
        around = around.parent
    return any(
        unit.rows[row].lstrip().startswith("#") and unit.language in {"c", "cpp", "csharp"} for row in rows
    ) or any(row in unit.guarded for row in rows)


def _without(unit: Unit, node: Node) -> Edit:
    start, end = node.start_byte, node.start_byte + len(words(node).rstrip("\n").encode())
    before = unit.source.rfind(b"\n", 0, start) + 1
    after = unit.source.find(b"\n", end)
    if not unit.source[before:start].strip() and not unit.source[end:after].strip():
        return Edit(before, after + 1, "")
    if not unit.source[end:after].strip():
        kept = unit.source[before:start].rstrip()
        return Edit(before + len(kept), end, "")
    return Edit(start, end, " ")


def doc_added(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A documentation comment above the function."""
    before, after = DIALECTS[unit.language].doc_comment
    if unit.language != "python" and not unit.text.lstrip().startswith(("/", "#", "@")):
        yield f"{before}Does its part; {chance.choice(REMARKS)}.{after}\n{unit.text}"


def _lead(unit: Unit) -> Node | None:
    first = next((node for node in unit.leaves if node.start_byte >= unit.first), None)
    while first is not None and first.parent is not None and first.parent.type in COMMENTS:
        first = first.parent
    return first if first is not None and first.type in COMMENTS and first.start_byte == unit.first else None


def doc_edited(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """The comment above the function says more."""
    lead = _lead(unit)
    if lead is not None and not DIALECTS[unit.language].significant.search(words(lead)):
        text = words(lead).rstrip("\n")
        more = f"{text[:-2].rstrip()} Thread safe. */" if text.endswith("*/") else f"{text} Thread safe."
        yield unit.edited((Edit(lead.start_byte, lead.start_byte + len(text.encode()), more),)).text


def doc_removed(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """The comment above the function goes."""
    lead = _lead(unit)
    if lead is not None and not DIALECTS[unit.language].significant.search(words(lead)):
        yield unit.edited((_without(unit, lead),)).text


def blank_lines(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Two blank lines more."""
    places = list(_own_rows(unit))
    chosen = {node.start_byte - node.start_point[1] for node in chance.sample(places, min(2, len(places)))}
    if chosen:
        yield unit.edited(tuple(Edit(at, at, "\n") for at in chosen)).text


def blank_lines_removed(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """No blank lines."""
    rows = enumerate(unit.text.split("\n")[:-1], unit.source[: unit.first].count(b"\n"))
    kept = [row for at, row in rows if row.strip() or at in unit.guarded]
    yield "\n".join(kept) + "\n"


def trailing_blanks(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Blanks at the ends of three lines."""
    yield _each_row(
        unit, lambda row: f"{row}  " if row and row[-1] != "\\" and chance.random() < 0.2 else row, ends=True
    )


def _each_row(unit: Unit, change: Callable[[str], str], *, ends: bool = False) -> str:
    """The text with each line changed, but for those that begin (or end) inside a string or a directive."""
    first = unit.source[: unit.first].count(b"\n")
    rows = unit.text.split("\n")
    return "\n".join(
        row if at + first in unit.guarded or (ends and at + first + 1 in unit.guarded) else change(row)
        for at, row in enumerate(rows)
    )


def indented(unit: Unit, step: str) -> Iterator[str]:
    """The text with another width of indentation; what stands between two widths keeps its rest."""
    rows = [row.expandtabs(8) for row in unit.text.split("\n") if row.strip()]
    widths = [len(row) - len(row.lstrip()) for row in rows]
    width = min((each for each in widths if each > 1), default=0)
    if not width:
        return

    def change(row: str) -> str:
        bare = row.lstrip()
        columns = len(row.expandtabs(8)) - len(row.expandtabs(8).lstrip())
        deep, rest = divmod(columns, width)
        return step * deep + " " * rest + bare if bare else row

    if unit.language != "python" or "\t" not in unit.text:
        yield _each_row(unit, change)


def indent2(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """Two blanks a level."""
    yield from indented(unit, "  ")


def indent4(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """Four blanks a level."""
    yield from indented(unit, "    ")


def indent8(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """Eight blanks a level."""
    yield from indented(unit, "        ")


def indent_tab(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """A tab a level."""
    yield from indented(unit, "\t")


def unindented(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """No indentation, where it means nothing."""
    if unit.language != "python":
        yield _each_row(unit, str.lstrip)


def shifted(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """The whole function stands deeper, as in a class or a namespace."""
    if unit.language != "python":
        yield _each_row(unit, lambda row: f"    {row}" if row.strip() else row)


def crlf(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """Windows line ends, where no string holds a line end and no line goes on after a backslash."""
    if not unit.guarded and "\\\n" not in unit.text:
        yield unit.text.replace("\n", "\r\n")


def wider_spacing(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Two blanks for one, in three places between tokens."""
    gaps = [
        (left.end_byte, right.start_byte)
        for left, right in zip(unit.leaves, unit.leaves[1:], strict=False)
        if unit.source[left.end_byte : right.start_byte] == b" "
        and not _guarded(unit, left)
        and not _guarded(unit, right)
    ]
    if gaps:
        chosen = chance.sample(gaps, min(3, len(gaps)))
        yield unit.edited(tuple(Edit(start, end, "  ") for start, end in chosen)).text


def tighter_spacing(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """No blanks around operators that stand between names or brackets."""
    if unit.language == "ruby":  # where blanks tell an argument from an operand
        return
    edits = []
    for leaf in unit.leaves:
        around = unit.source[leaf.start_byte - 2 : leaf.end_byte + 2].decode(errors="replace")
        if leaf.type in _OPERATORS and re.fullmatch(r"[\w)\]] \S+ [\w(]", around) and not _guarded(unit, leaf):
            edits.append(Edit(leaf.start_byte - 1, leaf.end_byte + 1, leaf.type))
    if edits:
        yield unit.edited(edits).text


_OPERATORS = {"+", "-", "*", "=", "==", "!=", "<", "<=", ">=", "&&", "||", "+=", ":=", "%", "|"}


def wrap_args(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Each argument of a call on a line of its own."""
    for node in _shuffled(unit.of(*ARGUMENTS, "formal_parameters", "parameters"), chance):
        commas = [child for child in node.children if child.type == ","]
        indent = _indent(unit, node) + "    "
        if commas and not _guarded(unit, node) and not any(child.type in COMMENTS for child in node.children):
            yield unit.edited(
                tuple(Edit(comma.end_byte, _skip(unit, comma.end_byte), f"\n{indent}") for comma in commas)
            ).text


def join_args(unit: Unit, chance: random.Random) -> Iterator[str]:
    """The arguments of a call on one line."""
    for node in _shuffled(unit.of(*ARGUMENTS, "formal_parameters", "parameters"), chance):
        if node.start_point[0] == node.end_point[0] or _guarded(unit, node):
            continue
        if len({child.start_point[0] for child in node.children}) == 1 or b"//" in (node.text or b""):
            continue
        edits = []
        for left, right in zip(node.children, node.children[1:], strict=False):
            if unit.source[left.end_byte : right.start_byte].count(b"\n") and not (
                left.type == "," and right.type == ")"
            ):
                blank = " " if left.type == "," else ""
                edits.append(Edit(left.end_byte, right.start_byte, blank))
            elif left.type == "," and right.type == ")":
                edits.append(Edit(left.start_byte, right.start_byte, ""))
        if edits and not any(child.type in COMMENTS for child in node.children):
            yield unit.edited(edits).text


def _skip(unit: Unit, at: int) -> int:
    while unit.source[at : at + 1] in {b" ", b"\n", b"\t"}:
        at += 1
    return at


def _indent(unit: Unit, node: Node) -> str:
    row = unit.rows[node.start_point[0]]
    return row[: len(row) - len(row.lstrip())]


def brace_newline(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """Opening braces of `if`, loops and the function on lines of their own."""
    if unit.language in {"go", "ruby", "python"}:
        return
    edits = []
    for node in unit.of("statement_block", "block", "compound_statement", "constructor_body"):
        outer = node.parent
        if outer is None or not (outer.type in IFS or "for" in outer.type or outer.type in _FUNCTIONS):
            continue
        if unit.source[node.start_byte - 1 : node.start_byte] == b" " and not _guarded(unit, node):
            edits.append(Edit(node.start_byte - 1, node.start_byte, f"\n{_indent(unit, outer)}"))
    if edits:
        yield unit.edited(edits).text


_FUNCTIONS = {"function_declaration", "method_definition", "method_declaration", "function_definition", "function_item"}


def semicolon_added(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A semicolon where the line's end would do."""
    if unit.language not in {"go", "ruby", "python"}:
        return
    simple = re.compile(r"assignment|_statement$|call|short_var|expression")
    for node in _shuffled(_own_rows(unit), chance):
        one_line = node.start_point[0] == node.end_point[0]
        rest = unit.source[node.end_byte : unit.source.find(b"\n", node.end_byte)].strip()
        if one_line and not rest and simple.search(node.type) and not words(node).endswith((":", "{", "end")):
            yield unit.edited((Edit(node.end_byte, node.end_byte, ";"),)).text


_VALUES = {"assignment_expression", "variable_declarator", "init_declarator", "assignment", "assignment_statement",
           "short_var_declaration", "let_declaration", "return_statement", "return_expression"}  # fmt: skip
_SIMPLE = {"binary_expression", "binary", "binary_operator", "call_expression", "method_invocation", "identifier",
           "boolean_operator", "comparison_operator", "number", "integer", "invocation_expression",
           "ternary_expression", "conditional_expression", "subscript", "attribute",
           "number_literal", "call", "unary_expression"}  # fmt: skip


def parens_value(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Parentheses around a whole right-hand side or a returned value."""
    yield from _edited(unit, _bracketed(unit), chance)


def _bracketed(unit: Unit) -> Iterator[Change]:
    for node in unit.nodes:
        outer = node.parent
        if outer is not None and outer.type == "expression_list" and outer.named_child_count == 1:
            outer = outer.parent
        if outer is None or outer.type not in _VALUES or node.type not in _SIMPLE or _guarded(unit, node):
            continue
        first = [child.id for child in outer.named_children if child.type not in COMMENTS][:1]
        left = outer.type not in {"return_statement", "return_expression"} and (
            first == [node.id] or _left(node, outer)
        )
        command = unit.language == "ruby" and node.type == "call" and not words(node).endswith((")", "]"))
        several = "," in (words(outer.named_children[0]) if outer.type == "short_var_declaration" else "")
        if not left and not command and not several and not (unit.language == "cpp" and node.type == "identifier"):
            yield (Edit(node.start_byte, node.start_byte, "("), Edit(node.end_byte, node.end_byte, ")"))


def _left(node: Node, outer: Node) -> bool:
    equals = next((child for child in outer.children if child.type in {"=", ":="}), None)
    return equals is None or node.end_byte <= equals.start_byte


def parens_condition(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Parentheses around an operand of `&&` or `||`, or a second pair around a condition."""
    yield from _edited(unit, _operands(unit), chance)


def _operands(unit: Unit) -> Iterator[Change]:
    for node in unit.nodes:
        outer = node.parent
        if outer is None or _guarded(unit, node):
            continue
        operand = outer.type in {"binary_expression", "boolean_operator", "binary"} and node.type == outer.type
        compared = node.type == "comparison_operator" and outer.type == "boolean_operator"
        doubled = outer.type in PARENTHESES and outer.parent is not None and outer.parent.type in IFS
        if (operand or compared or doubled) and node.is_named and node.type not in COMMENTS:
            yield (Edit(node.start_byte, node.start_byte, "("), Edit(node.end_byte, node.end_byte, ")"))


def literal_case(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """`0XFF` for `0xff`, `1E5` for `1e5`: the spelling of a number."""
    for node in unit.nodes:
        text = words(node)
        if "literal" not in node.type and node.type not in {"number", "integer", "float"}:
            continue
        if re.fullmatch(r"0[xX][\da-fA-F_]+[uUlL]*", text) and re.search(r"[a-fA-F]", text[2:]):
            digits = text[2:].upper() if text[2:].upper() != text[2:] else text[2:].lower()
            yield unit.edited((Edit(node.start_byte, node.end_byte, text[:2] + digits),)).text
        elif re.fullmatch(r"[\d.]+[eE][-+]?\d+", text):
            yield unit.edited((Edit(node.start_byte, node.end_byte, text.swapcase()),)).text


def quote_style(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """The other quotes around every string that holds neither quotes nor escapes."""
    if unit.language not in {"javascript", "typescript", "python", "ruby"}:
        return
    edits = []
    for node in unit.of("string"):
        text = words(node)
        if re.fullmatch(r"(['\"])[^'\"\\#\n]*\1", text) and node.parent is not None and "jsx" not in node.parent.type:
            other = "'" if text[0] == '"' else '"'
            edits.append(Edit(node.start_byte, node.end_byte, f"{other}{text[1:-1]}{other}"))
    if edits:
        yield unit.edited(edits).text


_LISTS = {
    "javascript": {"array", "object", "arguments"},
    "typescript": {"array", "object", "arguments"},
    "python": {"list", "dictionary", "argument_list"},
    "ruby": {"array", "hash"},
    "rust": {"arguments", "field_initializer_list"},
    "go": {"literal_value"},
    "java": {"array_initializer"},
    "c": {"initializer_list"},
    "cpp": {"initializer_list"},
}


def trailing_comma(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A comma after the last of a list."""
    for node in _shuffled(unit.of(*_LISTS.get(unit.language, ())), chance):
        given = [child for child in node.named_children if child.type not in COMMENTS]
        closed = len(node.children) > 2 and node.children[-2].type != ","
        odd = {"generator_expression", "list_splat", "dictionary_splat", "for_in_clause", "base_field_initializer"}
        if given and closed and given[-1].type not in odd and not _guarded(unit, node) and words(node)[0] in "([{":
            yield unit.edited((Edit(given[-1].end_byte, given[-1].end_byte, ","),)).text


def renamed(unit: Unit, chance: random.Random) -> Iterator[str]:
    """One local gets another name, everywhere."""
    yield from _edited(unit, rename_local(unit), chance)


def _shuffled(nodes: Iterator[Node], chance: random.Random) -> list[Node]:
    found = list(nodes)
    chance.shuffle(found)
    return found


def _docstring(unit: Unit) -> tuple[Node, Node | None] | None:
    """The first statement of a Python function, and the string that it is, if it is documentation."""
    body = next((node.child_by_field_name("body") for node in unit.of("function_definition")), None)
    first = next((child for child in body.named_children if child.type not in COMMENTS), None) if body else None
    if unit.language != "python" or first is None or first.start_point[0] == unit.root.start_point[0]:
        return None
    inner = first.named_children[0] if first.type == "expression_statement" and first.named_children else None
    return first, inner if inner is not None and inner.type == "string" else None


def docstring_added(unit: Unit, chance: random.Random) -> Iterator[str]:
    """Documentation as the first statement of a Python function."""
    found = _docstring(unit)
    if found is not None and found[1] is None:
        indent = " " * found[0].start_point[1]
        doc = f'"""Do its part; {chance.choice(REMARKS)}."""\n{indent}'
        yield unit.edited((Edit(found[0].start_byte, found[0].start_byte, doc),)).text


def docstring_edited(unit: Unit, chance: random.Random) -> Iterator[str]:
    """A Python function's documentation says more."""
    found = _docstring(unit)
    if found is not None and found[1] is not None and words(found[1]).endswith('"""'):
        yield unit.edited((Edit(found[1].end_byte - 3, found[1].end_byte - 3, f" {chance.choice(REMARKS)}. "),)).text


def docstring_removed(unit: Unit, _chance: random.Random) -> Iterator[str]:
    """A Python function's documentation goes."""
    found = _docstring(unit)
    if found is not None and found[1] is not None and found[0].next_named_sibling is not None:
        start = found[0].start_byte - found[0].start_point[1]
        yield unit.edited((Edit(start, unit.source.find(b"\n", found[0].end_byte) + 1, ""),)).text


COSMETIC: dict[str, Rewriter] = {
    "docstring_added": docstring_added,
    "docstring_edited": docstring_edited,
    "docstring_removed": docstring_removed,
    "comment_line": comment_line,
    "comment_trailing": comment_trailing,
    "comment_inline": comment_inline,
    "comment_edited": comment_edited,
    "strip_comments": strip_comments,
    "doc_added": doc_added,
    "doc_edited": doc_edited,
    "doc_removed": doc_removed,
    "blank_lines": blank_lines,
    "blank_lines_removed": blank_lines_removed,
    "trailing_blanks": trailing_blanks,
    "indent2": indent2,
    "indent4": indent4,
    "indent8": indent8,
    "indent_tab": indent_tab,
    "unindented": unindented,
    "shifted": shifted,
    "crlf": crlf,
    "wider_spacing": wider_spacing,
    "tighter_spacing": tighter_spacing,
    "wrap_args": wrap_args,
    "join_args": join_args,
    "brace_newline": brace_newline,
    "semicolon_added": semicolon_added,
    "parens_value": parens_value,
    "parens_condition": parens_condition,
    "literal_case": literal_case,
    "quote_style": quote_style,
    "trailing_comma": trailing_comma,
    "rename_local": renamed,
}
