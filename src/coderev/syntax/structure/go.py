"""Go: what is layout and what is meaning.

Meaning: where a statement ends (as blocks), labels, field names and the keys of composite literals, struct tags,
directives (`//go:build`, `// +build`, `//export`, `//nolint`), what stands above `import "C"`, the `// Output:` of an
example, and a comment whose line break ends a statement. Layout: gofmt's blanks, `;` against a new line, the comma
before a closing bracket, redundant parentheses, raw against quoted strings, `0o17` against `017`, the case and the
underscores of numbers.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

import tree_sitter

from coderev.syntax.structure.dialect import Dialect, Nodes, trailing_comma

_DIRECTIVE = (
    rb"^//\s*(?!(?<=//)go:(?!build))[A-Za-z0-9_-]+:[A-Za-z0-9]|^//sys|^//(?:export|extern)\s|^/\*line\s|^//\s*[+@]\w"
    rb"|(?i:nolint|#\s*nosec|nosem|lint:|coverage|lgtm|deprecated:|do not edit|\A/[/*]\s*(?:unordered\s+)?output:)"
)
_BLANK = rb"//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/"
_BREAKS = re.compile(  # line ends that are semicolons for Go, before what continues an expression for the grammar
    rb"(?:[\w)\]}\"'`;]|(?<=\+)\+|(?<=-)-)(?:[ \t\r]|"
    + _BLANK
    + rb")*+\n(?:\s|"
    + _BLANK
    + rb")*+(?:[-,;)\].:=+*%|^<>!{(&\[]|/(?![/*]))"
)
_DECLARING = frozenset({"short_var_declaration", "range_clause", "receive_statement", "type_switch_statement"})
_SWITCHES = ("expression_switch_statement", "type_switch_statement", "select_statement")
_TORN = ("parameter_declaration", "var_spec", "literal_value", "slice_type", "array_type", "map_type")
_LAST = frozenset({b"_", b")", b"]", b"}", b'"', b"'", b"`", b"+", b"-", b"/"})  # and letters and digits
_AT_MARGIN = (b"//go:", b"//line ")  # obeyed only where they begin a line, without a blank before them
_OUTPUT = re.compile(rb"(?im)^[ \t]*/[/*]\s*(?:unordered\s+)?output:.*\n(?:[ \t]*//.*(?:\n|\Z))*")
_C = re.compile(rb"[\"`]C[\"`]")

_ESCAPE = re.compile(rb"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|)")
_NAMED = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
    b"\\": b"\\", b"'": b"'", b'"': b'"',
}  # fmt: skip


def _escaped(match: re.Match[bytes]) -> bytes:
    """The bytes that one escape stands for. Raises ValueError for what is no character."""
    named, octal, byte, *wide = match.groups()
    if named is not None:
        return _NAMED[named]
    if octal is not None or byte is not None:
        return bytes((int(octal, 8) if octal is not None else int(byte, 16),))
    return chr(int(wide[0] or wide[1] or "no escape", 16)).encode()


def _string(text: bytes) -> bytes:
    """A string by its value: after `s` the bytes that it has; what cannot be read is told as it stands."""
    if text[:1] == b"`":
        return b"s" + text[1:-1].replace(b"\r", b"")
    if b"\\" not in text:
        return b"s" + text[1:-1]
    if b"'" in (found[1] for found in _ESCAPE.finditer(text)):  # which is for runes only
        return b"?" + text
    try:
        value = _ESCAPE.sub(_escaped, text[1:-1])
    except (ValueError, OverflowError):
        return b"?" + text
    return b"s" + value


def _rune(text: bytes) -> bytes:
    r"""A rune by its number: `'\xff'` is the same as `'ÿ'`, though in a string it is not."""
    inner = text[1:-1]
    escape = _ESCAPE.fullmatch(inner)
    try:
        if escape is None:
            return b"%d" % ord(inner.decode())
        named, octal, *numbers = escape.groups()
        if named is not None:
            return b"%d" % ord(_NAMED[named]) if named != b'"' else text
        return b"%d" % (int(octal, 8) if octal is not None else int(next(filter(None, numbers)), 16))
    except (ValueError, TypeError):
        return text


def _number(text: bytes) -> bytes:
    """A number without underscores, in lower case, and an octal one with its `o`; as it stands if it is none."""
    if text.endswith(b"_") or b"__" in text:
        return text
    plain = text.lower().replace(b"_", b"")
    return b"0o" + plain[1:] if len(plain) > 1 and plain[:1] == b"0" and plain.isdigit() else plain


def _fraction(text: bytes) -> bytes:
    """A number with a point, an exponent or an `i`; `017i` is seventeen, so no octal is made of it."""
    return text.lower().replace(b"_", b"")


def _semicolons(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """What ends a statement in a list of statements: the tree tells where each ends."""
    return [child for child in children if child.type == ";"]


def _parentheses(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """Redundant parentheses; not around a brace, which would begin the block of an `if`, nor where a name has none."""
    if b"{" in source[children[0].start_byte : children[-1].end_byte]:
        return ()
    return () if children[1].type == "identifier" and _is_bare(node.parent) else (children[0], children[-1])


def _is_bare(around: tree_sitter.Node | None) -> bool:
    """Whether a name in parentheses may be wrong here: that of a package, a field, or one that is declared."""
    if around is not None and around.type == "expression_list":
        declared = around.parent
        return declared is not None and declared.children[0] == around and declared.type in _DECLARING
    return around is None or around.type in {"selector_expression", "literal_element"}


def _runs_on(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether two declarations of a list stand side by side with nothing to end the first, which Go refuses."""
    parts = [child for child in children if not child.is_extra]
    return any(
        one.is_named and other.is_named and b"\n" not in source[one.end_byte : other.start_byte]
        for one, other in pairwise(parts)
    )


def _is_glued(node: tree_sitter.Node, _children: Nodes, source: bytes) -> bool:
    """Whether a sign stands right behind one with which Go reads it as one: `a--1`, `a<-b`."""
    return source[node.start_byte - 1 : node.start_byte + 1] in {b"--", b"++", b"<-", b"&&"}


def _is_torn(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a line ends after the receiver of a method, or between the parameters and the result of a function."""
    parts = [child for child in children if not child.is_extra]
    return len(parts) > 2 and b"\n" in source[parts[1].end_byte : parts[2].start_byte]  # noqa: PLR2004 - `func`, two more


def _is_broken(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a line ends before the last part, where Go ends it and the grammar goes on."""
    before = next((child for child in reversed(children[:-1]) if not child.is_extra), children[-1])
    return before.type not in {",", "{", "[", "="} and b"\n" in source[before.end_byte : children[-1].start_byte]


def _is_cut_short(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether a line ends between a `switch`'s value and its brace: it is none; or nothing ends before a `case`."""
    parts = [child for child in children if not child.is_extra]
    at = next((place for place, child in enumerate(parts) if child.type == "{"), 0)
    before = parts[at - 1]
    if before.type not in {"switch", ";"} and b"\n" in source[before.end_byte : parts[at].start_byte]:
        return True
    return any(_stands_beside(one, other, source) for one, other in pairwise(parts[at + 1 : -1]))


def _stands_beside(one: tree_sitter.Node, other: tree_sitter.Node, source: bytes) -> bool:
    """Whether nothing ends the statements of a `case` before the next."""
    is_open = source[one.end_byte - 1 : one.end_byte] in {b":", b";", b"\n"}
    return not is_open and b"\n" not in source[one.end_byte : other.start_byte]


@lru_cache(maxsize=2)
def _heeded_ranges(source: bytes) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Where the preamble for cgo ends (0: there is none), and where the expected outputs start and end."""
    last = max((match.start() for match in _C.finditer(source)), default=0)
    outputs = [match.span() for match in _OUTPUT.finditer(source)]
    return last, tuple(start for start, _ in outputs), tuple(end for _, end in outputs)


def _heeded(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether a comment is a directive, C for cgo, an example's output, or ends a statement by its line break."""
    start, end = node.start_byte, node.end_byte
    if source.startswith(_AT_MARGIN, start):
        return start == 0 or source[start - 1 : start] == b"\n"
    preamble, firsts, lasts = _heeded_ranges(source)
    if start < preamble and _is_above_declarations(node):
        return True
    output = bisect_right(firsts, start) - 1
    if output >= 0 and start < lasts[output]:
        return True
    return b"\n" in source[start:end] and _ends_a_statement(source, start, end)


def _is_above_declarations(node: tree_sitter.Node) -> bool:
    return node.parent is None or node.parent.type in {"source_file", "import_declaration", "import_spec_list"}


def _ends_a_statement(source: bytes, start: int, end: int) -> bool:
    """Whether a line end in a comment may count: something that can be an end is before it, and code behind it."""
    after = source.find(b"\n", end)
    before = source[source.rfind(b"\n", 0, start) + 1 : start].rstrip()[-1:]
    is_end = before.isalnum() or before in _LAST
    return is_end and bool(source[end : after if after >= 0 else len(source)].strip())


DIALECT = Dialect(
    comments=frozenset({"comment"}),
    significant=re.compile(_DIRECTIVE),
    heeded=_heeded,
    breaks=_BREAKS,
    transparent=frozenset({"parenthesized_expression"}),
    aliases={"raw_string_literal": "interpreted_string_literal"},
    dropped={
        "parenthesized_expression": _parentheses,
        "argument_list": trailing_comma,
        "parameter_list": trailing_comma,
        "literal_value": trailing_comma,
        "statement_list": _semicolons,
        "source_file": _semicolons,
        "field_declaration_list": _semicolons,
        "interface_type": _semicolons,
        "const_declaration": _semicolons,
        "var_spec_list": _semicolons,
        "import_spec_list": _semicolons,
    },
    whole=dict.fromkeys(_SWITCHES, _is_cut_short)
    | {"method_declaration": _is_torn, "unary_expression": _is_glued}
    | {"func_literal": _is_torn, "function_type": _is_torn}
    | {"const_declaration": _runs_on, "var_spec_list": _runs_on}
    | dict.fromkeys(_TORN, _is_broken),
    literals={
        "interpreted_string_literal": _string,
        "raw_string_literal": _string,
        "rune_literal": _rune,
        "int_literal": _number,
        "float_literal": _fraction,
        "imaginary_literal": _fraction,
    },
)
