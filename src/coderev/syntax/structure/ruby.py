"""Ruby: what is layout and what is meaning.

Meaning: blanks where they tell an argument from an operand, brackets of calls, `do` against braces, `and` against `&&`,
here-documents with their indentation, the comma of `|a,|` and `a, = b`, all names of parameters, magic comments
(`# frozen_string_literal`, `# encoding`, `# typed:`) and those of tools (`# rubocop:disable`, `# :nodoc:`). Layout:
other comments, new lines against `;` and `then`, redundant parentheses, quotes and plain escapes of strings, the case
and the underscores of numbers.
"""

import re
from itertools import pairwise

import tree_sitter

from coderev.syntax.structure.dialect import Dialect, Nodes, trailing_comma

_SIGNIFICANT = re.compile(
    rb"(?i)^#!|coding|frozen_string_literal|warn_indent|warn_past_scope|shareable_constant|typed:|-\*-|^#:|@rbs|rubocop"
    rb"|:no(?:doc|cov):|:(?:startdoc|stopdoc|doc|yields|include|call-seq|section|category|attr\w*|method|singleton-method):"
    rb"|standard:|steep:|reek:|brakeman|sorbet|simplecov|nosem|nolint|erb_?lint|haml-lint|lint:|do not edit|^#\s*vim?:"
)

_MARK = re.compile(rb"^[ \t]*=(?:begin|end)[^\n]*", re.MULTILINE)
_BEGIN = re.compile(rb"=begin(?!\S)")
_END = re.compile(rb"^__END__(?=\r?$)", re.MULTILINE)
_BREAKS = re.compile(  # line ends that Ruby does not pass over, though the grammar does
    rb"[\w)\]}\"'`?!>/$](?:[ \t\r]|#[^\n]*)*+\n(?:\s|#[^\n]*)*+"
    rb"(?:[,(\[{*^|<>%/+?]|=(?!begin\b)|-(?!>)|:(?![\w\"])|&(?!\.)|\.\.|(?:and|or|in)\b)"
    rb"|.[ \t\r]*\n[ \t\r]*\n(?:\s|#[^\n]*)*+(?:\.(?!\.)|&\.)"
)
_JOINS = re.compile(rb"(?:[ \t]*\\\r?\n)+[ \t]*")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_NAMED = {
    b"n": b"\n", b"t": b"\t", b"r": b"\r", b"s": b" ", b"\\": b"\\", b'"': b'"', b"'": b"'", b"#": b"#", b"e": b"\x1b",
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v",
}  # fmt: skip
_CLOSED = frozenset(  # what may stand without its parentheses, if nothing open stands at its edges
    {
        "identifier", "constant", "instance_variable", "class_variable", "global_variable", "self", "nil", "true",
        "false", "integer", "float", "string", "simple_symbol", "call", "binary", "element_reference",
        "scope_resolution", "parenthesized_statements", "array",
    }
)  # fmt: skip
_LOOSE = frozenset({"and", "or", "=~", "!~"})  # operators that bind loosely, or read a pattern on their left
_COMPARISONS = frozenset({"==", "!=", "===", "<=>", "=~", "!~"})
_STATEMENTS = (  # what holds statements, and what a line ends within
    "program", "body_statement", "block_body", "else", "begin", "ensure", "class", "module", "singleton_class",
    "method", "singleton_method", "if", "unless", "elsif", "while", "until", "for", "case", "when", "rescue",
    "interpolation", "case_match", "in_clause", "begin_block", "end_block",
)  # fmt: skip
_BRACKETED = frozenset({"string", "array", "parenthesized_statements"})
_LAST = frozenset({b"_", b")", b"]", b"}", b'"', b"'", b"`"})  # and letters and digits: they end a value
_REACH = 64  # bytes before a `;` or an argument that are looked at
_PREFIXES = frozenset({"+", "-", "*", "**", "&", "<<", "%", "/", "[", "::"})
_HOLDERS = frozenset(
    {"assignment", "operator_assignment", "binary", "parenthesized_statements", "conditional", "array", "pair"}
)


def _string(text: bytes) -> bytes:
    """A plain string by its value; one with numbered or control escapes as it stands."""
    text = text.replace(b"\r\n", b"\n")
    quote, inner = text[:1], text[1:-1]
    if quote == b"'":
        return b"s" + re.sub(rb"\\([\\'])", rb"\1", inner)
    if quote != b'"' or any(found[1] not in _NAMED for found in _ESCAPE.finditer(inner)):
        return b"?" + text
    return b"s" + _ESCAPE.sub(lambda found: _NAMED[found[1]], inner)


def _number(text: bytes) -> bytes:
    """A number without underscores, in lower case, and an octal one with its `o`; as it stands if it is none."""
    if text.endswith(b"_") or b"__" in text:
        return text
    plain = text.lower().replace(b"_", b"")
    return b"0o" + plain[1:] if len(plain) > 1 and plain[:1] == b"0" and plain.isdigit() else plain


def _is_cut_otherwise(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether Ruby begins or ends a comment of lines, or the data at the end, where the grammar does not."""
    if (b"=begin" in source or b"=end" in source) and not _are_comments(_MARK.findall(source)):
        return True
    if b"__END__" not in source:
        return False
    found = _END.search(source)
    data = children[-1].start_byte if children and children[-1].type == "uninterpreted" else None
    return data != (found.end() if found is not None else None)


def _are_comments(marks: list[bytes]) -> bool:
    """Whether each `=begin` has its `=end`, both at the margin and alone, with nothing like them in between."""
    inside = False
    for mark in marks:
        if inside and mark.rstrip() != b"=end":
            return False
        if inside or mark.startswith(b"="):
            inside = not inside
            if inside and not _BEGIN.match(mark):
                return False
    return not inside


def _is_no_comment(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether `=begin` does not begin its line, so that it is code for Ruby."""
    start = node.start_byte
    return source[start : start + 1] == b"=" and source[max(0, start - 1) : start] not in {b"", b"\n"}


def _is_plain(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a string has nothing to interpolate."""
    return all(child.type != "interpolation" for child in children)


def _has_locals(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a block declares locals of its own: `|a; b|`."""
    return any(child.type == ";" for child in children)


def _is_spaced(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a blank counts: `- 2.abs` is not `-2.abs`, nor `defined? (a) && b` the same as `defined?(a) && b`."""
    first, operand = children[0], children[-1].start_byte
    if first.end_byte < operand:
        return first.type in {"-", "+"} or source[operand : operand + 1] == b"("
    if first.type in {"defined?", "not"}:
        return source[operand : operand + 1] != b"("
    return first.type == "!" and source[first.start_byte - 1 : first.start_byte].isalnum()


def _is_prefix(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether an operator stands as one before an argument does, with a blank before it and none after: `f -x`."""
    if len(children) < 2:  # noqa: PLR2004 - it did not parse: nobody knows how it is read
        return True
    operator = children[1]
    before, after = (
        source[operator.start_byte - 1 : operator.start_byte],
        source[operator.end_byte : operator.end_byte + 1],
    )
    if children[0].type == "range" or before in {b"?", b"!"}:  # `a.../b/` and `a?==b`: it is read in another way
        return True
    return before.isspace() and not after.isspace() and operator.type in _PREFIXES


def _is_misread(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether Ruby ends a here-document elsewhere: more follows its last word, or a line is joined to it."""
    after = source[node.end_byte : node.end_byte + 2].removeprefix(b"\r")[:1]
    escaped = (
        len(children) > 1 and children[-2].type == "escape_sequence" and _is_joined(source, children[-1].start_byte)
    )
    return after not in {b"\n", b""} or escaped or _is_joined(source, node.start_byte)


def _is_joined(source: bytes, place: int) -> bool:
    """Whether the line above the one that a byte stands in ends with a backslash."""
    above = source.rfind(b"\n", 0, place) + 1
    return source[max(0, above - 3) : above].endswith((b"\\\n", b"\\\r\n"))


def _is_question(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether `=>` stands right behind a `?` or `!`: `a?=>b` is read in another way."""
    operator = children[1]
    return operator.type == "=>" and source[operator.start_byte - 1 : operator.start_byte] in {b"?", b"!"}


def _is_apart(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a blank stands before the second child: `f [x]` and `f ::A` may be calls."""
    return len(children) > 1 and children[0].end_byte < children[1].start_byte


def _has_mark_at_end(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether `?` or `:` of a condition stands right before what follows: `a ?b :c`."""
    return any(
        child.type in {"?", ":"} and not source[child.end_byte : child.end_byte + 1].isspace() for child in children
    )


def _last_comma(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The comma before a closing bracket, but not after a block or of a `yield`, where it is wrong."""
    comma = trailing_comma(node, children, source)
    if not comma or any(child.type == "block_argument" for child in children):
        return ()
    return comma if node.parent is not None and node.parent.type == "call" else ()


def _is_glued(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether parameters without brackets stand right after the name."""
    return children[0].type != "(" and not source[node.start_byte - 1 : node.start_byte].isspace()


def _is_odd(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether arguments stand right after the name or in the next line, or brackets apart: `f&x`, `f ()`."""
    before = source[max(0, node.start_byte - _REACH) : node.start_byte]
    if children[0].type == "(":
        return before[-1:].isspace()
    blanks = before[len(before.rstrip()) :]
    is_joined = before.rstrip()[-1:] == b"\\"
    return not blanks or (b"\n" in blanks and not is_joined) or children[0].type == "parenthesized_statements"


def _goes_on(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a line ends inside a range."""
    return b"\n" in source[children[0].start_byte : children[-1].end_byte]


def _ends(_node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """What ends a statement or begins a branch: `;`, but not after what would go on in the next line."""
    return [child for child in children if child.type == ";" and _ends_there(source, child.start_byte)]


def _ends_there(source: bytes, end: int) -> bool:
    """Whether a line that ends at a byte ends a statement: its last character is none of an operator."""
    before = source[max(0, end - _REACH) : end].rstrip()
    return before[-1:].isalnum() or before[-1:] in _LAST


def _branch(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The words that a new line stands for, beside `;`."""
    words = [child for child in children if child.type in {"then", "do"} and not child.is_named]
    return [*words, *_ends(node, children, source)]


def _parentheses(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The `;` between statements; and the parentheses themselves where they are redundant with certainty."""
    inner = [child for child in children[1:-1] if not child.is_extra]
    if len(inner) != 1 or inner[0].type not in _CLOSED or inner[0].type == "self" or not _stands_alone(node):
        return _ends(node, [one for one, other in pairwise(inner) if other.is_named], source)
    if source[inner[0].end_byte - 1 : inner[0].end_byte] in {b"?", b"!"} or _compares_twice(inner[0], node.parent):
        return ()
    if not _is_closed(inner[0], 0) or not _is_closed(inner[0], -1):
        return ()
    return (children[0], children[-1])


def _compares_twice(inner: tree_sitter.Node, around: tree_sitter.Node | None) -> bool:
    """Whether two comparisons would stand side by side, which Ruby refuses: `a == (b <=> c)`."""
    both = [node for node in (inner, around) if node is not None and node.type == "binary"]
    return len(both) > 1 and all(node.children[1].type in _COMPARISONS for node in both)


def _stands_alone(node: tree_sitter.Node) -> bool:
    """Whether parentheses stand where no blank or bracket before them tells how they are read."""
    around = node.parent
    if around is None or around.type not in _HOLDERS:
        return around is not None and around.type == "argument_list" and around.children[0].type == "("
    while around is not None and around.start_byte == node.start_byte and around.type != "argument_list":
        around = around.parent
    return around is None or around.start_byte < node.start_byte


def _is_closed(node: tree_sitter.Node, side: int) -> bool:
    """Whether the left (0) or right (-1) edge of an expression can take in nothing that stands beside it."""
    edge = node
    while edge.child_count:
        if edge.type == "argument_list":
            return edge.children[0].type == "("
        if edge.type not in _CLOSED or (edge.type == "binary" and edge.children[1].type in _LOOSE):
            return False
        if edge.type in _BRACKETED or (edge.type == "element_reference" and side == -1):
            return True
        edge = edge.children[side]
    return edge.type in _CLOSED


def _is_open(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a line ends before the closing parenthesis of an argument after a blank: `f (x⏎)`, which Ruby refuses."""
    around = node.parent
    closing = children[-1].start_byte
    is_argument = around is not None and around.start_byte == node.start_byte
    return is_argument and len(children) > 1 and b"\n" in source[children[-2].end_byte : closing]


DIALECT = Dialect(
    comments=frozenset({"comment"}),
    significant=_SIGNIFICANT,
    heeded=_is_no_comment,
    breaks=_BREAKS,
    joins=_JOINS,
    transparent=frozenset({"parenthesized_statements"}),
    dropped={
        "parenthesized_statements": _parentheses,
        "argument_list": _last_comma,
        "array": trailing_comma,
        "hash": trailing_comma,
        "then": _branch,
        "do": _branch,
    }
    | dict.fromkeys(_STATEMENTS, _ends),
    whole={
        "string": _is_plain,
        "block_parameters": _has_locals,
        "lambda_parameters": _has_locals,
        "unary": _is_spaced,
        "argument_list": _is_odd,
        "range": _goes_on,
        "parenthesized_statements": _is_open,
        "method_parameters": _is_glued,
        "binary": _is_prefix,
        "pair": _is_question,
        "match_pattern": _is_question,
        "element_reference": _is_apart,
        "scope_resolution": _is_apart,
        "conditional": _has_mark_at_end,
    },
    refused={"heredoc_body": _is_misread, "program": _is_cut_otherwise},
    literals={
        "string": _string,
        "integer": _number,
        "float": _number,
        "uninterpreted": bytes,
    },
    textual=frozenset(
        {"string", "heredoc_body", "subshell", "regex", "delimited_symbol", "bare_string", "bare_symbol"}
    ),
    prose=frozenset({"string_content", "heredoc_content", "uninterpreted"}),
    dynamic=frozenset(
        prefix + name
        for prefix in (b"", b":")
        for name in (
            b"binding eval instance_eval class_eval module_eval instance_exec class_exec module_exec local_variables"
            b" local_variable_get local_variable_set local_variable_defined? define_method define_singleton_method send"
            b" public_send __send__ method instance_method public_method method_missing irb pry byebug try"
        ).split()
    ),
)
