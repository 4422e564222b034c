"""Python: what is layout and what is meaning.

Meaning: indentation (as blocks), the comma of a tuple, what a string holds, `f"{x=}"` and t-strings as they stand,
brackets around `:=`, `yield` and `lambda`, a docstring where `__doc__` is read, and the comments that tools obey
(`# type:`, `# noqa`, `# nosec`, `# pragma`), with whether they stand on a line of their own. Layout: quotes, the case
and the underscores of prefixes and numbers, redundant parentheses, magic commas, backslashes, semicolons, other
docstrings and comments, and a `# noqa` of nothing but codes of layout (`# noqa: E501`).

There is no key where Python and the grammar may read a text differently: a lone carriage return (to Python a new line,
which a comment cannot hide), a coding that is not UTF-8, tabs behind or within spaces, a backslash in the indentation,
a line that begins or ends where no statement does; nor for a script that names the packages it needs (PEP 723).
"""

import ast
import re
from itertools import pairwise, starmap

import tree_sitter

from coderev.syntax.queries import captures, own_query
from coderev.syntax.structure.dialect import Dialect, Nodes, always, brackets_and_trailing_comma, trailing_comma

_LAYOUT_CODES = rb":[ \t]*(?:E[1-5]|W[1-35])\d\d(?:[\s,]+(?:E[1-5]|W[1-35])\d\d)*\s*\Z"
_TOOLS = (
    rb"argcomplete|autopep8|bandit|basedpyright|black|checkov|codeql|coverage|cython|dlint|doctest|distutils|flake8|fmt"
    rb"|gitleaks|isort|lgtm|mypy|no.?cover|noinspection|nolint|nopycln|nosec|nosem\w*|nosonar|pragma|pycln|pylint|pyre"
    rb"|pyrefly|pyright|pytype|pyupgrade|ruff|semgrep|skipcq|trufflehog|ty|usort|yapf|zuban"
)
_SIGNIFICANT = re.compile(
    rb"(?i)\A#!|\A#[ \t]*///|#[ \t]*type[ \t]*:|#[ \t]*noqa(?!" + _LAYOUT_CODES + rb")"
    rb"|(?<![\w.-])(?:nosec|nosem\w*|nosonar|noinspection|pragma|skipcq|\w*argcomplete_ok)(?![\w-])"
    rb"|(?<![\w.-])(?:" + _TOOLS + rb")(?:-[\w-]+)?[ \t]*[:\[=]"
    rb"|(?<![\w.-])[\w.-]{1,40}[ \t]*:[ \t]*(?:ignore|disable|enable|skip|suppress|allow|no-\w+|(?:on|off)[ \t]*\Z)"
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*(?!(?i:utf[-_]?8)(?:-[-\w.]*)?(?![-\w.]))[-\w.]", re.MULTILINE)
_METADATA = re.compile(rb"^#[ \t]*///", re.MULTILINE)  # PEP 723: a block of comments that installs packages
_TABS = re.compile(rb"^[ \t\f]* \t", re.MULTILINE)
_CONTINUED = re.compile(rb"^[ \t\f]*\\\r?$", re.MULTILINE)

_PLAIN = re.compile(rb"[uU]?(?:(\"\"\"|''')([^\\]*)\1|(\"|')([^\\\n]*)\3)")
_RAW = re.compile(rb"(?i:(r)|rb|br)(?:(\"\"\"|''')(.*)\2|(\"|')([^\n]*)\4)", re.DOTALL)
_ESCAPE = rb"[\\'\"abfnrtv\n]|x[0-9a-fA-F]{2}|[0-3][0-7]{0,2}|[4-7][0-7]?(?![0-7])"  # that no Python warns of
_WIDE_ESCAPE = rb"u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[\w -]+\}"
_IN_BYTES = re.compile(rb"(?i:b)(?:[^\\]++|\\(?:" + _ESCAPE + rb"))*+")
_IN_TEXT = re.compile(rb"[uU]?['\"](?:[^\\]++|\\(?:" + _ESCAPE + rb"|" + _WIDE_ESCAPE + rb"))*+")
_DOCSTRING = re.compile(rb"[rRuU]?(?:\"\"\"|'''|['\"][^\n]*\Z)")
_FORMATTED = re.compile(rb"(?i)r?fr?['\"]")
_UNDERSCORE = re.compile(rb"(?<=[0-9])_(?=[0-9])")
_UNDERSCORE_IN_HEX = re.compile(rb"(?<=[0-9a-f])_(?=[0-9a-f])")

_LONG = 4_096  # bytes of an interpolation
_BRACKETS_COUNT = frozenset({"named_expression", "yield", "lambda", "list_splat", "as_pattern"})
_COMPOUND = frozenset(
    {f"{word}_statement" for word in ("if", "for", "while", "try", "with", "match")}
    | {f"{word}_definition" for word in ("function", "class", "decorated")}
)
_CLAUSES = frozenset({"elif_clause", "else_clause", "except_clause", "except_group_clause", "finally_clause"})


def _string(text: bytes) -> bytes:
    """A string literal as the value that it has; those with interpolations never come here.

    It begins with `b` for bytes, else with `s`; what is no plain value is told as it stands, after `?`.
    """
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    if plain := _PLAIN.fullmatch(text):
        return b"s" + (plain[2] if plain[1] else plain[4])
    if (raw := _RAW.fullmatch(text)) and (raw[1] or text.isascii()):
        return (b"s" if raw[1] else b"b") + (raw[3] if raw[2] else raw[5])
    if not (_IN_TEXT.fullmatch(text) or _IN_BYTES.fullmatch(text)):
        return b"?" + text
    try:
        value = ast.literal_eval(text.decode())
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):  # the last: 3.11 in several threads
        return b"?" + text
    return b"b" + value if isinstance(value, bytes) else b"s" + value.encode("utf-8", "surrogatepass")


def _prefix(text: bytes) -> bytes:
    """The start of an interpolated string, and of its quotes no more than how many there are."""
    letters = text.lower().rstrip(b"'\"")
    return bytes(sorted(letters)) + b'"' * (len(text) - len(letters))


def _number(text: bytes) -> bytes:
    """A number in lower case without the underscores between its digits."""
    text = text.lower()
    if b"_" not in text:
        return text
    return (_UNDERSCORE_IN_HEX if text[:2] == b"0x" else _UNDERSCORE).sub(b"", text)


def _is_shown(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether an interpolation shows its own text (`{x=}`), or has what not every Python reads alike.

    That is `:=`, a format to Python and a walrus to the grammar, and a line end. What is long is not read again and
    again when it nests, and told as it stands.
    """
    text = source[node.start_byte : min(node.end_byte, node.start_byte + _LONG)]
    return b":=" in text or b"\n" in text or len(text) == _LONG or any(child.type == "=" for child in children)


def _is_value(node: tree_sitter.Node, _children: Nodes, source: bytes) -> bool:
    """Whether a string has no interpolation, so that its value can be told; a template is told by its text."""
    return not _FORMATTED.match(source, node.start_byte, node.start_byte + 4)


def _is_uneven(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether what should begin in one column does not: Python refuses it, the grammar reads what it likes."""
    done, column = -1, children[0].start_point.column
    for child in children:
        start = child.start_point
        if start.row == done or start.column != column or not child.is_named or _joins(child):
            return _is_uneven_if_read_closely(children, source)
        done = child.end_point.row
    return False


def _is_uneven_if_read_closely(children: Nodes, source: bytes) -> bool:
    """The same where there are comments, semicolons or form feeds, or the first stands behind a colon."""
    nodes = [child for child in children if not child.is_extra]
    if any(map(_joins, children)):
        return True
    if not all(starmap(_are_apart, pairwise(nodes))) or (len(nodes) == 1 and not nodes[0].is_named):
        return True
    return len({_indentation(node, source) for node in nodes} - {None}) > 1


def _joins(node: tree_sitter.Node) -> bool:
    """Whether a node is a backslash before the end of a line."""
    return node.is_extra and node.type == "line_continuation"


def _are_apart(before: tree_sitter.Node, after: tree_sitter.Node) -> bool:
    """Whether two statements stand on lines of their own or on both sides of a semicolon."""
    if before.end_point.row < after.start_point.row:
        return after.is_named
    return after.type == ";" or (before.type == ";" and after.type not in _COMPOUND)


def _is_no_module(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """The same for a text, which may be a method as it is indented in its class: then each of its blocks is deeper."""
    if _is_uneven(node, children, source):
        return True
    first = next((child for child in children if not child.is_extra), None)
    if first is None or not first.start_point.column or not (outer := _indentation(first, source)):
        return False
    parts = [part for child in children for inner in (child, *child.children) for part in inner.children]
    inners = [_indentation(part, source) for part in parts if part.type == "block"]
    return any(inner is not None and not _is_deeper(inner, outer) for inner in inners)


def _is_deeper(inner: bytes, outer: bytes) -> bool:
    return inner.startswith(outer) and inner != outer


def _is_astray(node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether an `else` or the like does not stand below the statement that it belongs to."""
    clauses = [child for child in children[3:] if child.type in _CLAUSES]
    return bool(clauses) and len({_indentation(child, source) for child in (node, *clauses)}) > 1


def _indentation(node: tree_sitter.Node, source: bytes) -> bytes | None:
    """The blanks before a node that begins its line; a form feed starts them anew. None within a line."""
    start = node.start_byte
    before = source[start - node.start_point.column : start].removeprefix(b"\xef\xbb\xbf")
    return None if before.strip(b" \t\f") else before.rpartition(b"\f")[2]


def _is_old(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether this is `raise A, B` of Python 2, which raises another thing than a tuple does."""
    return any(child.type == "expression_list" for child in children)


def _is_grouped(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> bool:
    """Whether a name after `as` stands in brackets, which `with` permits and `except` does not."""
    return any(child.type == "parenthesized_expression" for child in children)


def _docstring(node: tree_sitter.Node, children: Nodes, source: bytes) -> tree_sitter.Node | None:
    """The docstring of a module, class or function; not one that runs, nor one that may be read by what it is in."""
    first = next((child for child in children if not child.is_extra), None)
    if first is None or first.type != "expression_statement" or first.child_count != 1:
        return None
    if first.children[0].type != "string" or not _DOCSTRING.match(source, first.start_byte, first.end_byte):
        return None
    if node.type == "block" and (node.parent is None or node.parent.type not in _DOCUMENTED):
        return None
    return first if source.find(b"__doc__", first.end_byte, node.end_byte) < 0 else None


_DOCUMENTED = frozenset({"function_definition", "class_definition"})


def _brackets(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """Parentheses that only group."""
    inner = next((child for child in children[1:-1] if not child.is_extra), None)
    return () if inner is None or inner.type in _BRACKETS_COUNT else (children[0], children[-1])


def _import_brackets(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The parentheses around imported names, and the comma before the closing one."""
    if children[-1].type != ")":
        return ()
    return (*(child for child in children if child.type in {"(", ")"}), *trailing_comma(node, children, source))


def _with_brackets(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    return brackets_and_trailing_comma(node, children, source) if children[0].type == "(" else ()


def _tuple_brackets(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The brackets of a tuple, and its last comma unless it makes the tuple."""
    commas = [child for child in children if child.type == ","]
    dropped = [children[0], children[-1]] if children[0].type == "(" else []
    last = next((child for child in reversed(children) if child.type != ")" and not child.is_extra), None)
    return (*dropped, last) if last is not None and last.type == "," and len(commas) > 1 else dropped


def _misread(tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    """Whether Python may read a span otherwise than the grammar does."""
    text = source[slice(*span)]
    return (
        text.count(b"\r") != text.count(b"\r\n")
        or b"\0" in text
        or text.rstrip(b"\r\n")[-1:] == b"\\"
        or b"\v" in text
        or b"0or" in text  # an octal number to Python
        or (b"\n\t" in text and b"\n " in text and _is_mixed(tree, source, span))
        or (b" \t" in text and _TABS.search(text) is not None)
        or (b"\\" in text and _CONTINUED.search(text) is not None)
        or (b"///" in text and _METADATA.search(text) is not None)
        or not _is_utf8(text)
        or _is_coded(source)
    )


def _is_mixed(tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    """Whether a block is not indented as what it belongs to and more: by tabs within spaces, which count otherwise."""
    blocks = captures(own_query("python", "blocks"), tree, span).get("block", ())
    pairs = [(_indentation(block, source), _indentation(block.parent, source)) for block in blocks if block.parent]
    return any(inner is not None and (outer is None or not _is_deeper(inner, outer)) for inner, outer in pairs)


def _is_coded(source: bytes) -> bool:
    """Whether the first two lines of a file declare another coding than UTF-8."""
    second = source.find(b"\n", source.find(b"\n") + 1)
    head = source[: second if second >= 0 else len(source)]
    return b"coding" in head and _CODING.search(head) is not None


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


DIALECT = Dialect(
    comments=frozenset({"comment"}),
    significant=_SIGNIFICANT,
    layout=frozenset({"line_continuation"}),
    terminators=frozenset({";"}),
    transparent=frozenset({"parenthesized_expression"}),
    aliases={"tuple": "expression_list", "tuple_pattern": "pattern_list"},
    dropped={
        "parenthesized_expression": _brackets,
        "tuple": _tuple_brackets,
        "tuple_pattern": _tuple_brackets,
        "expression_list": _tuple_brackets,
        "pattern_list": _tuple_brackets,
        "argument_list": trailing_comma,
        "parameters": trailing_comma,
        "list": trailing_comma,
        "set": trailing_comma,
        "dictionary": trailing_comma,
        "list_pattern": trailing_comma,
        "import_from_statement": _import_brackets,
        "with_clause": _with_brackets,
    },
    refused={
        "module": _is_no_module,
        "block": _is_uneven,
        "decorated_definition": _is_uneven,
        "if_statement": _is_astray,
        "for_statement": _is_astray,
        "while_statement": _is_astray,
        "try_statement": _is_astray,
    },
    whole={
        "string": _is_value,
        "string_content": always,
        "interpolation": _is_shown,
        "raise_statement": _is_old,
        "as_pattern_target": _is_grouped,
    },
    docstring={"block": _docstring, "module": _docstring},
    literals={
        "string": _string,
        "string_start": _prefix,
        "string_end": lambda _: b"",
        "integer": _number,
        "float": _number,
    },
    textual=frozenset({"string", "interpolation", "format_specifier"}),
    prose=frozenset({"string_content"}),
    ordered=False,
    dynamic=frozenset(
        b"eval exec execfile locals vars dir globals _getframe _current_frames currentframe f_locals"
        b" getinnerframes getouterframes getclosurevars co_varnames co_freevars co_cellvars settrace setprofile"
        b" interact set_trace breakpoint varname nameof argname ic".split()
    ),
    lines=frozenset(
        {"block", "comment", "function_definition", "class_definition", "decorator", "case_clause", *_CLAUSES}
    ),
    verbatim=re.compile(rb".*__|super\Z"),  # `__x` in a class A is `_A__x`, and `super` makes a cell wherever it stands
    misread=_misread,
)
