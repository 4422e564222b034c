"""What C and C++ share beside the preprocessor: how literals are spelled, and which brackets say nothing.

Brackets stay where a macro may see them: around or near a name in capitals, in the arguments of any call.
"""

import re

import tree_sitter

from coderev.syntax.structure.dialect import WORD, Dropped, Nodes
from coderev.syntax.structure.preprocessor import COMMENT, macros


def verbatim(text: bytes) -> bytes:
    """A literal as it stands, line ends and all."""
    return text


def number(text: bytes) -> bytes:
    """A number in lower case and without separators."""
    return text.lower().replace(b"'", b"")


_CONDITIONS = frozenset({"if_statement", "while_statement", "switch_statement", "do_statement", "condition_clause"})
_CONDITIONS_OF_C = _CONDITIONS | {"return_statement"}
_TYPES = frozenset({"identifier", "qualified_identifier", "template_function", "dependent_name"})  # that these may name
_NEVER = frozenset(  # brackets around these say something to a reader, to the compiler or to the grammar
    [
        "assignment_expression",
        "comma_expression",
        "compound_statement",
        "initializer_list",
        "fold_expression",
        "lambda_expression",
        "compound_literal_expression",
        "cast_expression",
        "preproc_defined",
        "type_descriptor",
        "ERROR",
    ]
)
_OPERATORS = frozenset({"binary_expression", "conditional_expression", "unary_expression"})
_OPERANDS = frozenset({"binary_expression", "unary_expression", "number_literal", "char_literal"})
_LOGICAL = frozenset({"identifier", "field_expression", "subscript_expression", "pointer_expression"})
_NAMES = frozenset({"identifier", "field_expression", "qualified_identifier"})  # `decltype` sees brackets around these
_EXPRESSIONS = _OPERATORS | {"parenthesized_expression", "assignment_expression"}
_STATEMENTS = frozenset(
    [
        "return_statement",
        "expression_statement",
        "init_declarator",
        "declaration",
        "for_statement",
        "condition_clause",
        "if_statement",
        "while_statement",
        "switch_statement",
        "do_statement",
    ]
)
_DEEPEST = 16  # levels that are looked through: each costs as much as the node is deep
_LONGEST = 2_000  # bytes in brackets that are searched for macros
_CAPITALS = re.compile(rb"(?<!\w)[A-Z_][A-Z0-9_]*(?!\w)")
_CONSTANT = re.compile(  # macros of the standards that are one operand
    rb"NULL|EOF|TRUE|FALSE|[US]?(?:CHAR|SHRT|INT|LONG|LLONG)_(?:MIN|MAX)|S?SIZE_MAX|U?INT(?:8|16|32|64|PTR|MAX)_(?:MIN|MAX)"
    rb"|CHAR_BIT|BUFSIZ|PATH_MAX|SEEK_(?:SET|CUR|END)|EXIT_(?:SUCCESS|FAILURE)|STD(?:IN|OUT|ERR)_FILENO"
    rb"|E(?:2BIG|ACCES|AGAIN|BADF|BUSY|CHILD|DOM|EXIST|FAULT|FBIG|INTR|INVAL|IO|ISDIR|LOOP|MFILE|MLINK|NAMETOOLONG|NFILE"
    rb"|NODEV|NOENT|NOEXEC|NOMEM|NOSPC|NOSYS|NOTDIR|NOTEMPTY|NOTSUP|NXIO|OVERFLOW|PERM|PIPE|RANGE|ROFS|SPIPE|SRCH"
    rb"|TIMEDOUT|WOULDBLOCK|XDEV|ALREADY|CONN(?:ABORTED|REFUSED|RESET)|INPROGRESS|ISCONN|NOTCONN|NOTSOCK|PROTO)"
)


def redundant_brackets(sees_brackets: bool) -> Dropped:  # noqa: FBT001 - of a table
    """The brackets that only group, in a language in which `decltype` may see brackets around a name or does not."""

    def judge(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
        core = _core(children)
        if core is None or core.type in _NEVER:
            return ()
        parent = node.parent
        if parent is None or not _is_redundant(node, core, parent, source, sees_brackets=sees_brackets):
            return ()
        return (children[0], children[-1])

    return judge


def _core(children: Nodes) -> tree_sitter.Node | None:
    """What stands in brackets, without further brackets around it."""
    for _ in range(_DEEPEST):
        inner = [child for child in children[1:-1] if not child.is_extra]
        if len(inner) != 1:
            return None
        if inner[0].type != "parenthesized_expression":
            return inner[0]
        children = inner[0].children
    return None


def _is_redundant(
    node: tree_sitter.Node, core: tree_sitter.Node, parent: tree_sitter.Node, source: bytes, *, sees_brackets: bool
) -> bool:
    """Whether the brackets of a node only group what they hold, whatever the macros in it are."""
    kind = parent.type
    if kind == "condition_clause":
        return True
    if kind == "parenthesized_expression":
        return core.type not in _TYPES or _around(parent) in (_CONDITIONS if sees_brackets else _CONDITIONS_OF_C)
    if kind == "return_statement":
        return not (sees_brackets and core.type in _NAMES)
    if kind in {"assignment_expression", "init_declarator"}:
        if node.start_byte == parent.start_byte or (sees_brackets and core.type in _NAMES):
            return False
    elif kind not in _OPERATORS or not (core.type in _OPERANDS or (core.type in _LOGICAL and _is_logical(parent))):
        return False
    return core.end_byte - core.start_byte < _LONGEST and not _has_macro(core, source) and _is_in_statement(parent)


def _around(node: tree_sitter.Node | None) -> str:
    """The kind of what stands around some brackets: in `sizeof ((T))` a second pair makes no sense."""
    for _ in range(_DEEPEST):
        if node is None or node.type != "parenthesized_expression":
            break
        node = node.parent
    return "" if node is None else node.type


def _is_logical(parent: tree_sitter.Node) -> bool:
    return any(child.type in {"&&", "||"} for child in parent.children)


def _has_macro(node: tree_sitter.Node, source: bytes) -> bool:
    text = source[node.start_byte : node.end_byte]
    if b"/" in text:
        text = COMMENT.sub(b" ", text)
    if any(_CONSTANT.fullmatch(found[0]) is None for found in _CAPITALS.finditer(text)):
        return True
    names = macros(source)[2]
    return bool(names) and not names.isdisjoint(WORD.findall(text))


def _is_in_statement(node: tree_sitter.Node | None) -> bool:
    """Whether nothing but operators stands between an expression and its statement: no arguments, no `sizeof`."""
    for _ in range(_DEEPEST):
        if node is None or node.type not in _EXPRESSIONS:
            break
        node = node.parent
    return node is not None and node.type in _STATEMENTS
