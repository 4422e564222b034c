"""Where a C or C++ compiler may read some lines otherwise than the grammar does: such lines have no key."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

import tree_sitter

from coderev.syntax.queries import captures, own_query
from coderev.syntax.structure.dialect import lone_carriage_return

_TEXT = (
    re.compile(rb"\\[ \t\f\v]+\r?\n"),  # GCC and Clang join these lines as well
    re.compile(rb"\?\?[=/'()!<>-]"),  # a trigraph
    re.compile(
        rb"__(?:builtin_)?LINE(?:__)?\b|\bsource_location\b|\0"
    ),  # layout has a meaning; what a nul has, who knows
)
_JOIN = re.compile(rb"(?<![\s\\])\\\r?\n(?=\S)")  # may join two tokens
_HINT = re.compile(rb"\\[uU]|R\"|#")  # where a closer look may find something
_COMMENT = rb"(?>/\*.*?(?:\*/|\Z)|//(?:\\.|[^\\\n])*)"  # with no second thoughts
_QUOTED = rb"\"(?:\\\r?\n|\\.|[^\"\\\n])*\"|'(?:\\\r?\n|\\.|[^'\\\n])*'"
_LOOK = re.compile(
    _COMMENT
    + rb'|(?<!\w)(?P<raw>(?:u8|[uUL])?R"(?P<mark>[^()\\\s"]{0,16})\(.*?\)(?P=mark)")'
    + rb"|"
    + _QUOTED
    + rb"|\.?\d(?:'?\w|\.)*|\w+|(?P<escaped>\\[uU])|(?:^|(?<=\*/))[ \t\f\v]*(?P<directive>#(?:"
    + _COMMENT
    + rb"|"
    + _QUOTED
    + rb"|\\\r?\n|[^\n])*)",
    re.MULTILINE | re.DOTALL,
)
_CLEAR = re.compile(  # a directive whose quotes close and hold no start of a comment
    rb"(?:[^\"'/\\]|\\.|/(?![/*])|\"(?:[^\"\\/\n]|\\.|/(?!\*))*\"|'(?:[^'\\/\n]|\\.|/(?!\*))*'|(?>/\*.*?\*/))*(?://|\Z)",
    re.DOTALL,
)
_BLANK = rb"(?:\s|\\\r?\n|" + _COMMENT + rb")"
_NOTHING = re.compile(_BLANK + rb"*", re.DOTALL)
_NEAR = rb"(?>\s|\\\r?\n|/\*.{0,400}?\*/|//[^\n]{0,400}\n)"  # bounded, as there may be many
_SPLIT = re.compile(rb">(?=(" + _NEAR + rb"{0,40})([>=])(?!\s*\())|&(?=(" + _NEAR + rb"{1,40})&)", re.DOTALL)
_CLOSES = frozenset({"template_argument_list", "template_parameter_list"})
_RAW = re.compile(rb"(?<![\w\"])(?:u8|[uUL])?R\"")


def misread(language: str) -> Callable[[tree_sitter.Tree, bytes, tuple[int, int]], bool]:
    """The judge of a language: C's grammar does not know raw strings."""

    def judge(tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
        text = source[slice(*span)]
        return (
            lone_carriage_return(tree, source, span)
            or any(pattern.search(text) for pattern in _TEXT)
            or (_JOIN.search(text) is not None and _JOIN.search(_LOOK.sub(_without_string, text)) is not None)
            or any(_is_split(tree, found) for found in _SPLIT.finditer(source, *span))
            or (_HINT.search(text) is not None and _looks_otherwise(tree, text, span, language))
        )

    return judge


def _looks_otherwise(tree: tree_sitter.Tree, text: bytes, span: tuple[int, int], language: str) -> bool:
    """Whether something is read in two ways that only a look at each token finds."""
    found = [match for match in _LOOK.finditer(text) if match.lastgroup is not None]
    if any(_is_two_things(match, language) for match in found):
        return True
    lines = dict(match.span("directive") for match in found if match["directive"] is not None)
    return b"#" in text and (
        not all(_begins_line(text, start) for start in lines) or _is_out_of_line(tree, text, span, lines, language)
    )


def _without_string(found: re.Match[bytes]) -> bytes:
    return b"_" if found["raw"] is not None or found[0][:1] in (b'"', b"'") else found[0]


def _begins_line(text: bytes, start: int) -> bool:
    line = text.rfind(b"\n", 0, start) + 1
    return text[:line].rstrip(b"\r\n")[-1:] != b"\\" and _NOTHING.fullmatch(text, line, start) is not None


def _is_two_things(found: re.Match[bytes], language: str) -> bool:
    """Whether one token or directive is read in two ways: a raw string, an escaped name, a quote in a directive."""
    if found["raw"] is not None:
        return language == "c"
    directive = found["directive"]
    if directive is not None:
        return _RAW.search(directive) is not None or _CLEAR.match(directive) is None
    return found["escaped"] is not None


def _is_split(tree: tree_sitter.Tree, found: re.Match[bytes]) -> bool:
    """Whether the grammar makes two tokens of one, or of two what a compiler takes for two only where they touch.

    `>>` ends two lists of template arguments however it is written, and is a shift only where nothing stands between
    (before `(` we cannot tell, but then what is no list does not compile); `&&x` is the address of a label.
    """
    first = _parent_at(tree, found.start())
    if found[2] is None:
        return first == "pointer_expression"
    if first not in _CLOSES:
        return False
    if not found[1]:
        return found[2] == b"="
    return found[2] == b">" and _parent_at(tree, found.start(2)) not in _CLOSES


def _parent_at(tree: tree_sitter.Tree, place: int) -> str:
    """The kind of the node that holds the token at a byte, if it is the token of this byte alone."""
    token = tree.root_node.descendant_for_byte_range(place, place + 1)
    if token is None or token.parent is None or token.is_named or token.end_byte != place + 1:
        return ""
    return token.parent.type


def _is_out_of_line(
    tree: tree_sitter.Tree, text: bytes, span: tuple[int, int], lines: Mapping[int, int], language: str
) -> bool:
    """Whether a directive does not begin and end with its line, as it may for the grammar; `lines` are the text's."""
    captured = {
        role: [node for node in nodes if span[0] <= node.start_byte < span[1]]
        for role, nodes in captures(own_query(language, "directives"), tree, span).items()
    }
    if {node.start_byte - span[0] for node in captured.get("head", ())} != lines.keys():
        return True
    starts = sorted(lines)
    for node in captured.get("end", ()):
        first, end = node.start_byte - span[0], node.end_byte - span[0]
        line_end = lines[starts[bisect_right(starts, first) - 1]]
        if text[line_end:end].strip() or _NOTHING.fullmatch(text, min(end, line_end), line_end) is None:
            return True
    return False
