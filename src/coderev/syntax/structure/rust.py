"""Rust: what is layout and what is meaning.

Meaning: every `;`, attributes, lifetimes and labels, what stands in a macro's brackets (token by token, and whether a
blank stands between two, for `stringify!` shows that), and the doc comments that a macro may read: those of fields,
variants and types, and of functions below an attribute that the compiler itself does not know. Layout: rustfmt's blanks
and commas before a closing bracket, other comments, redundant parentheses, raw against escaped strings, the case and
the underscores of numbers.
"""

import re

import tree_sitter

from coderev.syntax.structure.dialect import Dialect, Nodes, always, trailing_comma

_SIGNIFICANT = re.compile(
    rb"(?i)safety|rustfmt|clippy|nolint|nosem|lcov|grcov|tarpaulin|coverage|tidy-|do not edit|^//\s*[@~]"
    rb"|^//\s*(?:compile-flags|run-|check-|build-|edition:|ignore-|only-|aux-|revisions)"
)

_TOKEN = re.compile(
    rb"(?P<blank>(?:\s|//(?:/{2}|(?![/!]))[^\n]*|/\*(?![*!])(?:[^*/]|\*(?!/)|/(?!\*))*+\*/)+)|/\*|//[^\n]*|[bc]?r(?P<hashes>#*)\".*?\"(?P=hashes)"
    rb"|[bc]?\"(?:[^\"\\]|\\.)*\"|b?'(?:[^'\\\n]|\\(?:x..|u\{[^}]*\}|.))'|'\w+|r#\w+|[^\W\d]\w*"
    rb"|\d\w*(?:\.\d\w*)?(?:(?<=[eE])[-+]\d\w*)?"
    rb"|<<=|>>=|\.\.=|\.\.\.|[-+*/%^&|=!<>]=|->|=>|::|\.\.|&&|\|\||<<|>>|.",
    re.DOTALL,
)
_UNSURE = frozenset({b"/*", b'"', b"'"})  # comments may nest, and a quote alone is half a string
_PLAIN_MACRO = re.compile(  # macros that do not show how their arguments are laid out
    rb"(?:std::|core::)?(?:e?print|e?println|format|format_args|write|writeln|panic|vec|matches|todo|unimplemented"
    rb"|unreachable|(?:debug_)?assert(?:_eq|_ne)?)\s*!"
)

_ATTRIBUTES = (
    rb"(?:inline|cold|must_use|allow|warn|deny|forbid|expect|cfg|test|ignore|should_panic|doc|deprecated|no_mangle"
    rb"|track_caller|target_feature|rustfmt::skip|stable|unstable|rustc_\w+)"
)
_PLAIN_ATTRIBUTE = re.compile(rb"#!?\[" + _ATTRIBUTES + rb"(?:\s*[(=][^\]]*)?\]")
_FUNCTION = re.compile(
    rb"(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*+\*/|#!?\[" + _ATTRIBUTES + rb"(?:\s*[(=][^\]]*)?\])*+"
    rb"(?:(?:pub(?:\s*\([^)]*\))?|const|async|unsafe|default|extern(?:\s*\"[^\"]*\")?)\s+)*+fn\b"
)
_REACH = 4_000  # bytes around a comment that are read to see what it documents

_ESCAPE = re.compile(rb"\\(?:([nrt0\\'\"])|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F_]+)\}|\n[ \t\n\r]*|(.?))", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\", b"'": b"'", b'"': b'"'}
_STRING = re.compile(rb"([bc]?)(?:\"(.*)\"|r(#*)\"(.*)\"\3)", re.DOTALL)

_GREEDY = frozenset(
    {
        "range_expression", "return_expression", "break_expression", "yield_expression", "closure_expression",
        "assignment_expression", "compound_assignment_expr", "type_cast_expression", "let_condition", "let_chain",
        "macro_invocation",
    }
)  # fmt: skip
_LISTS = (  # whose last comma says nothing
    "arguments", "parameters", "array_expression", "field_initializer_list", "struct_pattern", "slice_pattern",
    "tuple_struct_pattern", "use_list", "type_arguments", "type_parameters", "closure_parameters",
    "field_declaration_list", "ordered_field_declaration_list", "enum_variant_list",
)  # fmt: skip


def _escaped(match: re.Match[bytes]) -> bytes:
    named, byte, wide, other = match.groups()
    if other is not None:
        raise ValueError(other)
    if named is not None:
        return _NAMED[named]
    if byte is not None:
        return bytes((int(byte, 16),))
    return chr(int(wide.replace(b"_", b""), 16)).encode() if wide is not None else b""


def _string(text: bytes) -> bytes:
    """A string by its value, after its prefix; what cannot be read is told as it stands."""
    found = _STRING.fullmatch(text.replace(b"\r\n", b"\n"))
    if found is None:
        return b"?" + text
    prefix, escaped, _, raw = found.groups()
    try:
        value = raw if escaped is None else _ESCAPE.sub(_escaped, escaped)
    except (ValueError, OverflowError):
        return b"?" + text
    return (prefix or b"s") + value


def _character(text: bytes) -> bytes:
    r"""A character by its value: `'\x41'` is `'A'`."""
    prefix = b"b" if text[:1] == b"b" else b"s"
    try:
        return prefix + _ESCAPE.sub(_escaped, text[text.find(b"'") + 1 : -1])
    except (ValueError, OverflowError):
        return b"?" + text


def _number(text: bytes) -> bytes:
    return text if text.endswith(b"_") else text.lower().replace(b"_", b"")


def _is_glued(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a literal runs into the word after it, as its suffix: `'a'as u8`."""
    return children[1].type == "as" and children[0].end_byte == children[1].start_byte


def _lexed(text: bytes) -> list[bytes] | None:
    """The tokens of a macro's text, with one blank where any stand; None where it is not read with certainty."""
    tokens = [b" " if token["blank"] else token[0] for token in _TOKEN.finditer(text.replace(b"\r\n", b"\n"))]
    return None if _UNSURE.intersection(tokens) else tokens


def _tokens(text: bytes) -> bytes:
    """What a macro reads: its tokens, and one blank where any stand."""
    tokens = _lexed(text)
    return b"?" + text if tokens is None else b"".join(tokens)


def _macro(text: bytes) -> bytes:
    """A call of a macro; where the macro is known not to show its blanks, without them and the last comma."""
    tokens = _lexed(text)
    if tokens is None or _PLAIN_MACRO.match(text) is None:
        return b"?" + text if tokens is None else b"".join(tokens)
    *rest, comma, _ = parts = [token for token in tokens if token != b" "]
    if comma == b"," and rest[-1] not in {b"(", b"[", b"{"}:
        del parts[-2]
    return b" ".join(parts)


def _heeded(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether a comment documents what a macro may read: all but a function without strange attributes."""
    start, end = node.start_byte, node.end_byte
    head = source[start : start + 4]
    if not head.startswith((b"///", b"/**")) or head[3:4] in {b"/", b"*"} or head == b"/**/":
        return head.startswith((b"//!", b"/*!"))
    if _FUNCTION.match(source, end, end + _REACH) is None or _is_below_strange_attribute(source, start):
        return True
    around = node.parent.parent if node.parent is not None and node.parent.type == "declaration_list" else None
    return around is not None and _is_below_strange_attribute(source, around.start_byte)


def _is_below_strange_attribute(source: bytes, start: int) -> bool:
    """Whether an attribute that a macro may stand behind is among the lines right above."""
    for line in reversed(source[max(0, start - _REACH) : start].split(b"\n")):
        text = line.strip()
        if text and not text.startswith(b"//") and not _PLAIN_ATTRIBUTE.fullmatch(text):
            return text.endswith((b"]", b"*/")) or b"#[" in text
    return start > _REACH


def _parentheses(node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """Redundant parentheses; not where the call of a field would become that of a method, nor around what is greedy."""
    inner = next((child for child in children if child.is_named and not child.is_extra), None)
    if inner is None or b"{" in (inner.text or b""):
        return ()
    if inner.type == "field_expression" and _is_called(node):
        return ()
    return (children[0], children[-1]) if _is_closed(inner, 0) and _is_closed(inner, -1) else ()


def _is_called(node: tree_sitter.Node) -> bool:
    """Whether what stands in parentheses, in one pair or several, is called."""
    around = node.parent
    while around is not None and around.type == "parenthesized_expression":
        around = around.parent
    return around is not None and around.type == "call_expression"


def _is_closed(node: tree_sitter.Node, side: int) -> bool:
    """Whether nothing greedy stands at the left (0) or right (-1) edge of an expression."""
    edge: tree_sitter.Node | None = node
    while edge is not None:
        if edge.type in _GREEDY:
            return False
        edge = edge.children[side] if edge.child_count and edge.type != "parenthesized_expression" else None
    return True


def _is_misread(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether the grammar took a sign for an operator: `a..-b` is no difference."""
    return children[0].type in _GREEDY


def _tuple_comma(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The last comma of a tuple of two or more; that of one makes the tuple."""
    several = sum(child.type == "," for child in children) > 1
    return trailing_comma(node, children, source) if several else ()


def _last_comma(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The comma at the end of a list without brackets of its own."""
    last = next((child for child in reversed(children) if not child.is_extra), None)
    return (last,) if last is not None and last.type == "," else ()


DIALECT = Dialect(
    comments=frozenset({"line_comment", "block_comment"}),
    significant=_SIGNIFICANT,
    heeded=_heeded,
    transparent=frozenset({"parenthesized_expression"}),
    textual=frozenset({"lifetime", "label"}),
    aliases={"raw_string_literal": "string_literal"},
    dropped={
        "parenthesized_expression": _parentheses,
        "tuple_expression": _tuple_comma,
        "tuple_pattern": _tuple_comma,
        "tuple_type": _tuple_comma,
        "match_arm": _last_comma,
        "where_clause": _last_comma,
    }
    | dict.fromkeys(_LISTS, trailing_comma),
    whole={"binary_expression": _is_misread, "type_cast_expression": _is_glued}
    | dict.fromkeys(("macro_invocation", "token_tree", "token_tree_pattern"), always),
    literals={
        "string_literal": _string,
        "raw_string_literal": _string,
        "char_literal": _character,
        "integer_literal": _number,
        "float_literal": _number,
        "macro_invocation": _macro,
        "token_tree": _tokens,
        "token_tree_pattern": _tokens,
    },
)
