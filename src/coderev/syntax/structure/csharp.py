"""C#: what is layout and what is meaning.

Meaning: every word and modifier, `var` against a type, braces, suffixes, preprocessor lines, the text and formats of
interpolated strings, line ends within strings, the brackets of a lambda's body or a called expression, comments that
tools obey. Kept names: parameters, what a lambda, a query or a local function uses from around it, what `nameof`,
tuples, anonymous objects or calls such as `Assert…`, `Throw…`, `Guard…` may show. Layout: other comments, `///` among
them, blanks, redundant brackets, the last comma of an initializer, verbatim against escaped strings, how numbers are
written. No key: a preprocessor line that the grammar reads otherwise, an escape or a joiner in a name, a
rare line end.
"""

import re
from collections.abc import Iterator

import tree_sitter

from coderev.syntax.structure.dialect import (
    Dialect,
    Nodes,
    always,
    lone_carriage_return,
    trailing_comma,
    unbracketed,
)
from coderev.syntax.structure.grouping import BINARY, BRACKETS, Grouping

_SIGNIFICANT = re.compile(
    rb"(?im)resharper|NOSONAR|noinspection|auto-?generated|do not edit|@format|csharpier|dotcover|ncrunch|stryker|lgtm"
    rb"|coverage|stylecop|fxcop|lang(?:uage)?\s*=|nosem|nosec|codeql|suppress\W?(?:message|warning)|falls?[ -]?thr"
    rb"|\A//[-+]V|\A/\*\s*\w+\s*[:=]\s*\*/|^\W*#\s*\w"
)
_ODD = re.compile(  # ends a line and so a comment, or is in a name and not of it
    rb"\xc2\x85|\xe2\x80[\xa8\xa9]|\xe2\x80[\x8c\x8d]|(?!\A)\xef\xbb\xbf"
)
_ESCAPED = re.compile(rb"\\[uU]")
_CONDITIONAL = re.compile(r"#\s*(?:if|elif|else|endif)\b")
_BLANK = re.compile(r"[\s\ufeff\x1a]*")
_REST = re.compile(rb"\s*(?://[^\n]*)?")
_FARTHEST = 100  # nodes from brackets to what begins with them
_MOST = 1_000  # escapes or number signs that are looked at, one by one
_LISTS = frozenset(  # whose parts stand for themselves, whatever else is compiled
    [
        "block",
        "declaration_list",
        "compilation_unit",
        "enum_member_declaration_list",
        "preproc_if",
        "preproc_elif",
        "preproc_else",
    ]
)
_ESCAPE = re.compile(r"\\(?:(['\"\\0abefnrtv])|x([0-9a-fA-F]{1,4})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)")
_NAMED = dict(zip("'\"\\0abefnrtv", "'\"\\\0\a\b\x1b\f\n\r\t\v", strict=True))
_RAW = re.compile(rb'("{3,})(?!")(.*)(?<!")\1', re.DOTALL)
_INDENT = re.compile(rb"[ \t]*")
_SEES_TEXT = re.compile(rb"(?:^|\.)(?:nameof$|Assert|Throw|Guard|Ensure|Require|Check|Verify|Expect)")

_GROUPING = Grouping(
    slots=frozenset(
        {"if_statement", "while_statement", "do_statement", "switch_statement", "lock_statement", "using_statement"}
        | {"return_statement", "throw_statement", "yield_statement", "variable_declarator", "argument"}
        | {"initializer_expression"}
    ),
    fields=frozenset(
        {("assignment_expression", "right"), ("for_statement", "condition"), ("foreach_statement", "right")}
    ),
    kept_in=frozenset(
        {"lambda_expression", "arrow_expression_clause", "expression_statement", "interpolation", "constant_pattern"}
        | {"switch_section", "goto_statement", "anonymous_object_creation_expression"}
    ),
    kept_around=frozenset(
        {"conditional_access_expression", "throw_expression", "stackalloc_expression", "null_literal"}
        | {"implicit_stackalloc_expression", "ref_expression", "declaration_expression", "default_expression"}
        | {"initializer_expression"}
    ),
    assignable=frozenset(
        {"if_statement", "while_statement", "do_statement", "return_statement", "variable_declarator", "argument"}
    ),
    atoms=frozenset(
        {"identifier", "this", "boolean_literal", "string_literal", "verbatim_string_literal", "character_literal"}
        | {"integer_literal", "real_literal", "interpolated_string_expression", "typeof_expression"}
        | {"object_creation_expression", "null_literal"}
    ),
    chains=frozenset({"invocation_expression", "member_access_expression", "element_access_expression"}),
    receivers=frozenset({"member_access_expression"}),
    called_on=frozenset({"invocation_expression", "element_access_expression", "string_literal"}),
    holders=frozenset(
        {BINARY, "conditional_expression", "prefix_unary_expression", "await_expression", "cast_expression"}
    ),
    mixed=frozenset({BINARY, "conditional_expression"}),
    prefix="prefix_unary_expression",
)
_NAMES = frozenset({"identifier", "member_access_expression"})
_RESERVED = frozenset(
    b"_ abstract and as await base bool break byte case catch char checked class const continue decimal default "
    b"delegate do double dynamic else enum event explicit extern false finally fixed float for foreach goto if "
    b"implicit in int interface internal is lock long nameof namespace new not null object operator or out "
    b"override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static "
    b"string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void "
    b"volatile when while with".split()
)


def _misread(tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    """Whether a compiler may find other tokens than the grammar."""
    if lone_carriage_return(tree, source, span) or _ODD.search(source, *span):
        return True
    signs = [place for place, _ in zip(_places(source, span), range(_MOST + 1), strict=False)]
    escapes = [found.start() for found, _ in zip(_ESCAPED.finditer(source, *span), range(_MOST + 1), strict=False)]
    if len(signs) > _MOST or len(escapes) > _MOST:
        return True
    if any(_node_at(tree, place).type == "identifier" for place in escapes):
        return True
    return any(_is_odd(_node_at(tree, place), source, place) for place in signs)


def _places(source: bytes, span: tuple[int, int]) -> Iterator[int]:
    """Where number signs stand."""
    place = source.find(b"#", *span)
    while place >= 0:
        yield place
        place = source.find(b"#", place + 1, span[1])


def _node_at(tree: tree_sitter.Tree, place: int) -> tree_sitter.Node:
    return tree.root_node.descendant_for_byte_range(place, place + 1) or tree.root_node


def _is_odd(token: tree_sitter.Node, source: bytes, place: int) -> bool:
    """Whether a number sign is a directive for the compiler or the grammar alone, or one that they read differently."""
    start, end = source.rfind(b"\n", 0, place) + 1, source.find(b"\n", place)
    end = len(source) if end < 0 else end
    begins = _BLANK.fullmatch(source[start:place].decode(errors="replace")) is not None
    holder = token.parent
    if not token.type.startswith("#") or token.start_byte != place or holder is None:
        return begins and _CONDITIONAL.match(source[place:end].decode(errors="replace")) is not None
    return not begins or _reads_on(token, holder, source, end)


def _reads_on(token: tree_sitter.Node, holder: tree_sitter.Node, source: bytes, line_end: int) -> bool:
    """Whether a directive goes on after its line, shares it, or has parts of an expression depend on it."""
    last = holder
    if token.type in {"#if", "#elif"}:
        last = holder.child_by_field_name("condition") or holder
    elif token.type in {"#else", "#endif"}:
        last = token
    if token.type == "#if" and (holder.parent is None or holder.parent.type not in _LISTS):
        return True
    end = last.end_byte
    return bool(source[line_end:end].strip()) or _REST.fullmatch(source, min(end, line_end), line_end) is None


def _number(text: bytes) -> bytes:
    """A number; `1m` is no `1`."""
    return text.replace(b"_", b"").lower()


def _unescaped(match: re.Match[str]) -> str:
    named, *numbers = match.groups()
    digits = next((number for number in numbers if number is not None), None)
    if named is None and digits is None:
        raise ValueError(match[0])
    return _NAMED[named] if named is not None else chr(int(digits or "", 16))


def _string(text: bytes) -> bytes:
    """A string by its value, after `s`; what cannot be read is told as it stands."""
    if text.startswith(b'"""'):
        return _raw(text)
    if text.startswith(b'@"') and text.endswith(b'"'):
        return b"s" + text[2:-1].replace(b'""', b'"')
    if not text.endswith(b'"'):
        return b"?" + text
    try:
        return b"s" + _ESCAPE.sub(_unescaped, text[1:-1].decode()).encode("utf-8", "surrogatepass")
    except (ValueError, OverflowError):
        return b"?" + text


def _raw(text: bytes) -> bytes:
    """A raw string by its value, after `s`: on several lines, without the indentation of the last."""
    found = _RAW.fullmatch(text)
    if found is None:
        return b"?" + text
    first, *lines = found[2].split(b"\n")
    if not lines:
        return b"s" + found[2]
    indent = lines.pop()
    fitting = all(line.startswith(indent) or not line.strip() for line in lines)
    if first.strip() or not _INDENT.fullmatch(indent) or not lines or not fitting:
        return b"?" + text
    return b"s" + b"\n".join(line.removeprefix(indent) for line in lines).removesuffix(b"\r")


def _redundant(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The brackets of an expression that only group: `b > (c)` may be the end of a generic call, `&` may be unary."""
    parent = node.parent
    if parent is None or (parent.type == "argument" and _is_shown(parent, source)):
        return ()
    if _begins_pattern(node) or (parent.type == BINARY and _begins_type(node, parent)):
        return ()
    if parent.type == "prefix_unary_expression" and parent.children[0].type not in {"!", "~", "-", "+"}:
        return ()
    return _GROUPING.dropped(node, children, source)


def _begins_pattern(node: tree_sitter.Node) -> bool:
    """Whether brackets stand right behind `is`: the grammar takes `o is (T) || q` for `o is ((T) || q)`."""
    for _ in range(_FARTHEST):
        parent = node.parent
        if parent is None or not parent.type.endswith("_expression") or parent.children[0] != node:
            return parent is not None and parent.type in {"constant_pattern", "relational_pattern"}
        node = parent
    return True


def _begins_type(node: tree_sitter.Node, parent: tree_sitter.Node) -> bool:
    """Whether brackets after `>`, or around a name before `<`, keep a comparison from being a generic call."""
    operators = {child.type for child in parent.children}
    if parent.children[0] == node:
        inner = unbracketed(node)
        return "<" in operators and (inner is None or inner.type in _NAMES)
    return not operators.isdisjoint({">", ">>", ">>>"})


def _is_shown(argument: tree_sitter.Node, source: bytes) -> bool:
    """Whether an argument is passed by reference or by name, or the text of it may be seen by what is called."""
    arguments = argument.parent
    if argument.child_count > 1 or arguments is None or arguments.type == "tuple_expression":
        return True
    called = arguments.parent and arguments.parent.child_by_field_name("function")
    return called is not None and _SEES_TEXT.search(source[called.start_byte : called.end_byte][:200]) is not None


DIALECT = Dialect(
    comments=frozenset({"comment"}),
    significant=_SIGNIFICANT,
    transparent=frozenset({BRACKETS}),
    aliases={"verbatim_string_literal": "string_literal", "raw_string_literal": "string_literal"},
    dropped={
        BRACKETS: _redundant,
        "initializer_expression": trailing_comma,
        "anonymous_object_creation_expression": trailing_comma,
        "enum_member_declaration_list": trailing_comma,
        "switch_expression": trailing_comma,
    },
    whole={"interpolation_format_clause": always},
    literals={
        "string_literal": _string,
        "verbatim_string_literal": _string,
        "raw_string_literal": _string,
        "integer_literal": _number,
        "real_literal": _number,
        "preproc_arg": bytes.strip,
        "interpolation_brace": bytes.strip,  # blanks before it are a part of it
    },
    textual=frozenset({"interpolated_string_expression"}),
    prose=frozenset({"identifier"}),  # `@x` is `x`
    reserved=_RESERVED,
    carriage_returns=True,
    misread=_misread,
)
