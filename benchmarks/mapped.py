"""What a prompt says apart from layout, told by other means than recall's: Python's own parser, and a small lexer.

Line numbers go; the unit's lines become its code now and its code before; comments, blanks, quotes and the names of
locals go with them. Everything else stands as it was sent.
"""

import ast
import re
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

PART = re.compile(r"^=== begin (?P<name>.*) ===\n(?P<text>.*?)\n=== end (?P=name) ===$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r" *(?P<number>\d*) (?P<mark>[+ -]) \| (?P<code>.*)")
_FINDING = re.compile(r"(?m)^\| line \d+:")
_TICKED = re.compile(r"`[^`]*`")
_QUOTE = re.compile(r"(?m)^\| quote: .*$")
_NONLOCAL = re.compile(r"(?m)^\s+nonlocal (.*)$")
_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|`(?:[^`\\]|\\.)*`"""
    r"""|(?P<regex>/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)"""
    r"""|[\w$#]+(?:\.\d+)?|=>|\.\.\.|\?\?=|\?\?|\?\.|&&=?|\|\|=?|[=!]==?|\*\*=?|[<>]=|\+\+|--|[-+*/%&|^]=|\S""",
    re.DOTALL,
)
_NAME = re.compile(r"(?!(?:null|true|false|this|undefined|async|function)\b)[A-Za-z_$][\w$]*")
_NO_FUNCTION = frozenset({"if", "for", "while", "switch", "with"})
_BEFORE_REGEX = frozenset(["=>", "&&", "||", "return", "typeof", "case", *"(,=:[!&|?{};"])


@dataclass(frozen=True)
class Row:
    """One line of a unit as a question shows it."""

    number: int  # 0 for a removed line
    mark: str
    code: str


def parts(prompt: str) -> dict[str, str]:
    """The parts of a prompt, by their names."""
    return {found["name"]: found["text"] for found in PART.finditer(prompt)}


def rows(text: str) -> list[Row]:
    """The rows of a unit's part."""
    found = (ROW.fullmatch(line) for line in text.split("\n"))
    return [Row(int(row["number"] or 0), row["mark"], row["code"]) for row in found if row]


def mapped(messages: Sequence[str]) -> str:
    """What some messages say apart from layout."""
    told = [[(name, _told(name, text)) for name, text in parts(message).items()] for message in messages]
    words = [PART.sub("", message).split() for message in messages]
    return repr((told, words))


def _told(name: str, text: str) -> object:
    if name.startswith("unit "):
        return _unit(rows(text), name.rpartition(".")[2]) or text
    if name == "claim":  # the scripted model quotes the first line, and names a local
        return _TICKED.sub("``", _QUOTE.sub("", text))
    return _FINDING.sub("| line:", text)


def _unit(shown: Sequence[Row], suffix: str) -> object:
    """What a unit is and was; None where it is no whole code."""
    now = normal([row.code for row in shown if row.mark != "-"], suffix)
    if now is None:
        return None
    before = normal([row.code for row in shown if row.mark != "+"], suffix)
    if before is not None:
        return now, before
    told = {mark: re.sub(r"\s", "", "".join(row.code for row in shown if row.mark == mark)) for mark in "+-"}
    return now, told


def normal(lines: Sequence[str], suffix: str) -> object:
    """Some lines of code apart from layout and local names; None where they are no whole code."""
    return _python(lines) if suffix == "py" else ecmascript("\n".join(lines))


def _python(lines: Sequence[str]) -> str | None:
    code = [line for line in lines if line.strip()]
    return _dumped(module("\n".join(code))) or _dumped(module("\n".join(_filled(code))))


def _dumped(text: str) -> str | None:
    """A file's tree with its locals by number; None where it is no Python."""
    try:
        tree, names = ast.parse(text), local_names(text)
    except (SyntaxError, ValueError):
        return None
    order: dict[str, str] = {}
    for node in ast.walk(tree):
        for field in ("id", "name"):
            if getattr(node, field, None) in names and not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.alias):
                name = getattr(node, field)
                setattr(node, field, order.setdefault(name, f"local {len(order)}"))
        if isinstance(node, ast.Constant):
            node.kind = None
    return ast.dump(tree)


def module(text: str) -> str:
    """A piece of Python that may stand deeper, or use the variables of a function around it, as a whole file."""
    if not text[:1].isspace():
        return text
    names = sorted({name.strip() for found in _NONLOCAL.findall(text) for name in found.split(",")})
    around = f"def around():\n {' = '.join(names)} = 0\n" if names else ""
    return f"{around}{' ' if names else ''}if 1:\n{text}"


def _filled(lines: Sequence[str]) -> Iterator[str]:
    """The lines with a `pass` where a block held nothing but its docstring, which is not shown."""
    for line, after in pairwise((*lines, "")):
        yield line
        indent = line[: len(line) - len(line.lstrip())]
        if line.rstrip().endswith(":") and len(after) - len(after.lstrip()) <= len(indent):
            yield f"{indent} pass"


def local_names(text: str) -> set[str]:
    """The names in a piece of Python that are nothing but local variables. Raises SyntaxError."""
    found: set[str] = set()
    kept = {"around", *(name.strip() for names in _NONLOCAL.findall(text) for name in names.split(","))}
    tables = [symtable.symtable(text, "unit", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            (found if table.get_type() == "function" and _is_variable(symbol) else kept).add(symbol.get_name())
    return found - kept


def _is_variable(symbol: symtable.Symbol) -> bool:
    other = symbol.is_parameter() or symbol.is_imported() or symbol.is_namespace() or symbol.is_global()
    return not other and (symbol.is_local() or symbol.is_free())


def ecmascript(text: str) -> list[str]:
    """The tokens of JavaScript or TypeScript apart from layout, with the names that it declares by their order."""
    found = list(_tokens(text))
    names = {name: f"local {number}" for number, name in enumerate(dict.fromkeys(_declared(found)))}
    return [
        names[token] if token in names and before not in {".", "?."} and after != ":" else token
        for before, token, after in zip(("", *found), found, (*found[1:], ""), strict=False)
    ]


def _declared(found: Sequence[str]) -> Iterator[str]:
    """The names of variables and parameters; those that a pattern takes apart are left out."""
    opened: list[int] = []
    for at, token in enumerate(found):
        if token in {"const", "let", "var"} and _NAME.fullmatch(found[at + 1]):
            yield found[at + 1]
        elif token == "(":
            opened.append(at)
        elif token == ")" and opened:
            start, after = opened.pop(), found[at + 1] if at + 1 < len(found) else ""
            if after == "=>" or (after == "{" and found[max(start - 1, 0)] not in _NO_FUNCTION):
                yield from (name for name in found[start + 1 : at] if _NAME.fullmatch(name))
        elif token == "=>" and _NAME.fullmatch(found[at - 1]):
            yield found[at - 1]


def _tokens(text: str) -> Iterator[str]:
    """The tokens without comments, semicolons, last commas, and what quotes a string."""
    held = before = ""
    at = 0
    while found := _TOKEN.search(text, at):
        token, at = found[0], found.end()
        if token.startswith(("//", "/*")):
            continue
        if found["regex"] and before not in _BEFORE_REGEX:  # a division
            token, at = "/", found.start() + 1
        before = token
        if held and token not in {")", "]", "}"}:
            yield held
        held = token if token == "," else ""
        if token not in {",", ";"}:
            yield f"'{token[1:-1]}'" if found["string"] else token
