"""What JavaScript and TypeScript share: how literals are spelled, which brackets group only, and what is misread.

A grammar reads a few texts otherwise than the language: it takes `() => {a: 1}` for an object, and looks at the next
character where the language looks at the grammar to end a statement. The `misread` section of the queries names them.
"""

import re
from functools import lru_cache, partial
from itertools import pairwise

import tree_sitter

from coderev.syntax.queries import captures, own_query
from coderev.syntax.structure.dialect import Misread, Nodes, lone_carriage_return

_TOOLS = (  # in small letters; each is looked for by itself, which is quicker than all in one expression
    b"lint|jshint|jscs|prettier|dprint|biome|rome-ignore|deno-|istanbul|c8 ignore|v8 ignore|coverage|nosonar|"
    b"no-sonar|nosem|nosec|lgtm|codeql|semgrep|snyk|deepcode|jscpd|webpack|turbopack|vite-|parcel|rollup|"
    b"esbuild|terser|cspell|spell-check|spellcheck|nginject|ng-inject|i18n|noinspection|language=|$flow|"
    b"fall through|falls through|fallthrough|fall-through|falls-through|no default|@__|#__"
).split(b"|")
_FORMS = re.compile(
    rb"(?i)/[/*]+\s*#|/[/*]+@|///\s*<|/[/*]!|/\*:|/\*\s*(?:flow|\w+(?:\s*:|\s*=\s*\*/)|(?:globals?|exported|propert(?:y|ies))\b"
    rb"|(?:graphql|gql|sql|html|xml|svg|css|tw|tailwind|glsl|wgsl|json|yaml|markdown|md)\s*\*/)"
)
_WORDS = (  # tags of documentation: no tool obeys them, or only a checker that was asked to
    rb"abstract|access|alias|arg|argument|async|author|borrows|category|class|const|constant|constructor|"
    rb"constructs|copyright|default|defaultvalue|desc|description|event|example|exception|external|file|"
    rb"fileoverview|fires|func|function|generator|global|hideconstructor|ignore|inheritdoc|inner|instance|"
    rb"interface|kind|lends|link|linkcode|linkplain|listens|member|memberof|method|mixes|mixin|module|name|"
    rb"namespace|note|overview|package|param|private|prop|property|protected|public|readonly|remarks|requires|"
    rb"returns?|see|since|static|summary|throws|todo|tutorial|var|variation|version|virtual|yields?"
)
_TAG = re.compile(rb"@(?<![\w.`'\"]@)(?!(?:" + _WORDS + rb")\b)\w")
_ANY_TAG = re.compile(rb"@\w")
DIRECTIVE = re.compile(r"use \w|ngInject")
RESERVED = frozenset(  # what a grammar takes for a name here and there, and names that are more than that
    b"arguments async await break case catch class const continue debugger default delete do else enum eval "
    b"export extends false finally for function get if implements import in instanceof interface let new null of "
    b"package private protected public return set static super switch this throw true try typeof undefined using "
    b"var void while with yield NaN Infinity".split()
)

_ESCAPE = re.compile(
    r"\\(?:(?P<named>[bfnrtv])|u\{(?P<point>[0-9a-fA-F]+)\}|u(?P<four>[0-9a-fA-F]{4})|x(?P<two>[0-9a-fA-F]{2})"
    r"|(?P<line>\r\n|[\r\n\u2028\u2029])|(?P<nul>0)(?![0-9])|(?P<itself>[^0-9xu\r\n\u2028\u2029]))|\\"
)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_DECIMAL = re.compile(rb"(0|[1-9]\d*|)(?:\.(\d*))?(?:e([+-]?)(\d+))?")
_BREAK_IN_JSX = re.compile(rb"\r\n|\r|\n")

_BREAK = rb"[\r\n]|\xe2\x80[\xa8\xa9]"
_LINE_BREAK = re.compile(  # after some blanks and comments; what is not ASCII may be a blank, so it counts as one
    rb"[ \t\v\f]*+(?:/\*(?:(?!\*/|" + _BREAK + rb")[\s\S])*+\*/[ \t\v\f]*+)*+(?:[\r\n\x80-\xff]|//|/\*)"
)
_ODD_NAME = re.compile(rb"\\u|\b(?:await|export|import|let|new|yield)[ \t\v\f]*(?:[\r\n;/\x80-\xff]|\Z)")
ARROW = re.compile(rb"(?:\s|//[^\n]*|/\*[\s\S]*?\*/)*=>")
_ODD_TAG = re.compile(rb"</[/*]")  # the end of a tag, not the start of one and a comment
_BLANKS = b" \t\r\n\v\f"
_INNER = frozenset(b"(=,[?&|")  # before an object or a function: it does not begin a statement
_ASSIGNED = frozenset(b"=|&?/")  # what an assignment begins with, or a comment before it
_CHAINS = frozenset({"member_expression", "call_expression", "subscript_expression", "non_null_expression"})
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})
_FUNCTIONS = frozenset({"function_expression", "generator_function", "class"})
_WORDS_OR_CALLS = frozenset({"await_expression"})  # at the top of a script, `await (a)` is a call
_BODIES = frozenset(
    {"arrow_function", "function_declaration", "function_expression", "generator_function", "method_definition"}
    | {"generator_function_declaration"}
)
_STATEMENT = frozenset({"expression_statement"})
_EXPORT = frozenset({"export_statement"})
_QUOTES = frozenset(b"'\"")
_ENDED = frozenset({"empty_statement", "lexical_declaration", "variable_declaration"})  # have their semicolons
_ENDS = frozenset({";", "empty_statement"})
_ELEMENTS = frozenset({"jsx_element", "jsx_self_closing_element"})  # only some tools call one without brackets
_NO_VALUES = frozenset({"super", "import", "internal_module"})  # brackets around them make no program
_DEEPEST = 8  # brackets in brackets that are looked through


def is_obeyed(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether a comment says something to a tool or to a compiler."""
    text = source[node.start_byte : node.end_byte]
    if _FORMS.match(text) is not None or _TAG.search(text) is not None:
        return True
    small = text.lower()
    return any(word in small for word in _TOOLS)


def is_checked(node: tree_sitter.Node, source: bytes) -> bool:
    """The same in JavaScript, where each tag says something to a checker if the file asks for checks."""
    if is_obeyed(node, source):
        return True
    return _asks_for_checks(source) and _ANY_TAG.search(source, node.start_byte, node.end_byte) is not None


@lru_cache(maxsize=2)
def _asks_for_checks(source: bytes) -> bool:
    return b"@ts-check" in source


def string(text: bytes) -> bytes:
    """A string by its value, which reads like a property's name where it is one.

    A value with a backslash comes after `"`, and a text whose value is not simple, or whose spelling counts, after `'`.
    """
    if b"\\" not in text:
        return text[1:-1]
    try:
        value = _ESCAPE.sub(_unescaped, text[1:-1].decode())
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except (ValueError, OverflowError):
        return b"'" + text
    if DIRECTIVE.match(value):
        return b"'" + text
    return (b'"' if "\\" in value else b"") + value.encode()


def _unescaped(match: re.Match[str]) -> str:
    """The characters that one escape stands for. Raises ValueError for an octal one, and for what is none."""
    sort, text = match.lastgroup, match[match.lastgroup or 0]
    if sort in {"point", "four", "two"}:
        return chr(int(text, 16))
    if sort is None:
        raise ValueError(text)
    return _NAMED[text] if sort == "named" else {"line": "", "nul": "\0"}.get(sort, text)


def number(text: bytes) -> bytes:
    """A number in lower case, without underscores and without zeros that say nothing; old octal ones as they stand."""
    plain = text.lower().replace(b"_", b"")
    found = _DECIMAL.fullmatch(plain)
    if found is None or not (found[1] or found[2]):
        return plain
    fraction, exponent = (found[2] or b"").rstrip(b"0"), (found[4] or b"").lstrip(b"0")
    sign = b"-" if found[3] == b"-" else b""
    return (found[1] or b"0") + (b"." + fraction if fraction else b"") + (b"e" + sign + exponent if exponent else b"")


def jsx_text(text: bytes) -> bytes:
    """A text between tags as JSX reads it: blanks around its line breaks go, and the lines are joined by a space."""
    lines = _BREAK_IN_JSX.split(text)
    last = len(lines) - 1
    stripped = [
        line.strip(b" \t") if 0 < at < last else line.lstrip(b" \t") if at else line.rstrip(b" \t") if last else line
        for at, line in enumerate(lines)
    ]
    return b" ".join(line for line in stripped if line)


def has_reference(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether character references or odd blanks stand in an element: how other blanks are read depends on them."""
    if any(child.type in {"html_character_reference", "comment"} for child in children):
        return True
    gaps = (source[before.end_byte : after.start_byte] for before, after in pairwise(children))
    return any(gap and (gap.strip(b" \t\r\n") or not _BREAK_IN_JSX.search(gap)) for gap in gaps)


def blank_lines(_node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The texts of an element that are nothing but a line break and blanks."""
    return [
        child
        for child in children
        if child.type == "jsx_text" and not jsx_text(source[child.start_byte : child.end_byte])
    ]


def has_backslash(_node: tree_sitter.Node, children: Nodes, source: bytes) -> bool:
    """Whether an attribute's text has a backslash, which some tools take for an escape and some do not."""
    last = children[-1]
    return last.type == "string" and source.find(b"\\", last.start_byte, last.end_byte) >= 0


def parentheses(node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """Brackets that only group.

    They stay around the end of an optional chain that goes on, around what would be a directive, around a name that is
    assigned to (it gives its name to no function), and around a function that is exported as a value.
    """
    core = within(node)
    return () if core is None or _brackets_mean(node, core, source) else (children[0], children[-1])


def within(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What stands in brackets, and in brackets in these; None where that is not one expression or too deep."""
    core = node
    for _ in range(_DEEPEST):
        inner = [child for child in core.children if not child.is_extra]
        if len(inner) != 3:  # noqa: PLR2004 - brackets and what they hold
            return None
        core = inner[1]
        if core.type != "parenthesized_expression":
            return core
    return None


def _brackets_mean(node: tree_sitter.Node, core: tree_sitter.Node, source: bytes) -> bool:
    kind = core.type
    if kind in _NO_VALUES or _is_in(node, _WORDS_OR_CALLS):
        return True
    if source[core.start_byte] in _QUOTES and _is_in(node, _STATEMENT):
        return True
    if kind in _FUNCTIONS:
        return _is_in(node, _EXPORT)
    if kind in _ELEMENTS:
        return _is_in(node, _CHAINS)
    if kind in _CHAINS and source.find(b"?.", core.start_byte, core.end_byte) >= 0 and _is_in(node, _CHAINS):
        return node.parent is not None and node.parent.start_byte == node.start_byte
    return _may_be_assigned(source, node.end_byte) and _is_in(node, _ASSIGNMENTS) and _is_first(node)


def _may_be_assigned(source: bytes, end: int) -> bool:
    while end < len(source) and source[end] in _BLANKS:
        end += 1
    return end < len(source) and (source[end] in _ASSIGNED or source[end] > 0x7F)  # noqa: PLR2004 - not ASCII


def _is_in(node: tree_sitter.Node, kinds: frozenset[str]) -> bool:
    return node.parent is not None and node.parent.type in kinds


def _is_first(node: tree_sitter.Node) -> bool:
    return node.parent is not None and node.parent.start_byte == node.start_byte


def no_arguments(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """The empty list of arguments of `new A()`, which says the same as `new A`."""
    last = children[-1]
    return (last,) if last.type == "arguments" and last.child_count == 2 else ()  # noqa: PLR2004 - `(` and `)`


def last_comma(_node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The last comma of a list, unless it makes a hole."""
    inner = [child for child in children[1:-1] if not child.is_extra]
    return _last_comma(inner, source) if len(inner) > 1 and inner[-2].type != "," else ()


def pattern_end(_node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The last comma of a pattern."""
    return _last_comma([child for child in children[1:-1] if not child.is_extra], source)


def _last_comma(inner: Nodes, source: bytes) -> Nodes:
    """The last of some tokens if it is a comma; after `...rest` none may stand."""
    if len(inner) < 2 or inner[-1].type != ",":  # noqa: PLR2004 - something, and the comma
        return ()
    last = inner[-2]
    is_rest = last.type != "spread_element" and source.startswith(b"...", last.start_byte)
    return () if is_rest else inner[-1:]


def one_parameter(_node: tree_sitter.Node, children: Nodes, source: bytes) -> Nodes:
    """The brackets around the one parameter of an arrow function, if it is nothing but a name; else the last comma."""
    inner = [child for child in children[1:-1] if not child.is_extra]
    comma = _last_comma(inner, source)
    if len(inner) - len(comma) != 1 or not _is_parameter(inner[0]):
        return comma
    return [children[0], *comma, children[-1]] if ARROW.match(source, children[-1].end_byte) else comma


def _is_parameter(node: tree_sitter.Node) -> bool:
    if node.type == "required_parameter":
        return node.child_count == 1 and node.children[0].type == "identifier"
    return node.type == "identifier"


def empty_parts(_node: tree_sitter.Node, children: Nodes, _source: bytes) -> Nodes:
    """What tells which parts the head of a `for` has, now that its semicolons say nothing.

    `(` stays where there is a beginning, `for` where there is a condition, and `)` where there is a step.
    """
    head = [child for child in children if not child.is_extra]
    kinds = [child.type for child in head]
    parts = kinds[kinds.index("(") + 1 : kinds.index(")")] if "(" in kinds and ")" in kinds else []
    if not parts:
        return ()
    rest = parts[1:] if parts[0] in _ENDED else parts[2:]
    told = {
        "(": parts[0] != "empty_statement",
        "for": rest[:1] not in ([], ["empty_statement"]),
        ")": parts[-1] not in _ENDS,
    }
    return [child for child in head if not told.get(child.type, True)]


def misread_in(language: str) -> Misread:
    """The judge of whether a compiler may read a span otherwise than the grammar of a language."""
    return partial(_misread, language)


def _misread(language: str, tree: tree_sitter.Tree, source: bytes, span: tuple[int, int]) -> bool:
    if lone_carriage_return(tree, source, span) or _ODD_TAG.search(source, *span):
        return True
    if _ODD_NAME.search(source, *span) and captures(own_query(language, "odd_names"), tree, span):
        return True
    found = captures(own_query(language, "misread"), tree, span)
    if "misread" in found:
        return True
    return (
        any(_LINE_BREAK.match(source, node.end_byte) for node in found.get("restricted", ()))
        or any(_is_broken_by_comment(source, node.end_byte) for node in found.get("parameters", ()))
        or any(_begins_statement(node, source) for node in found.get("object", ()))
        or any(_is_keyword(node, source) for node in found.get("member", ()))
        or any(_is_name(node) for node in found.get("suspended", ()))
    )


def _is_broken_by_comment(source: bytes, end: int) -> bool:
    """Whether a comment breaks the line before a body, so that what stands alone would be a call and a block."""
    found = _LINE_BREAK.match(source, end)
    return found is not None and found[0].endswith(b"/*")


def _begins_statement(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether an object or a function begins a statement, or an object the body of an arrow function."""
    start = node.start_byte
    before = start - 1
    while before >= 0 and source[before] in b" \t":  # not of another line, which may end in a comment
        before -= 1
    if before >= 0 and source[before] in _INNER:
        return False
    around = node.parent
    while around is not None and around.start_byte == start and around.type != "expression_statement":
        around = around.parent
    if around is None or around.start_byte == start:
        return around is not None
    return around.type == "arrow_function" and node.type == "object"


def _is_name(node: tree_sitter.Node) -> bool:
    """Whether the `await` or `yield` of an expression is a name, since the function around it is a plain one."""
    around = node.parent
    while around is not None and around.type not in _BODIES:
        around = around.parent
    if around is None:
        return False
    word = "async" if node.type == "await_expression" else "*"
    return all(child.type != word for child in around.children)


def _is_keyword(node: tree_sitter.Node, source: bytes) -> bool:
    """Whether a field without a value is a word that belongs to the member on the next line."""
    if source[node.start_byte : node.end_byte] not in _MODIFIERS or node.parent is None:
        return False
    after = node.parent.next_sibling
    return after is None or after.type not in {";", "}"}


_MODIFIERS = frozenset(
    b"static get set async readonly public private protected declare abstract override accessor".split()
)
