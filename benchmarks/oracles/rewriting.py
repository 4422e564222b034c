"""Other texts of a Python function: some that mean the same, and many that may not, all from a seed."""

import ast
import io
import re
import symtable
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

_TOKEN = re.compile(r"\w+|[^\w\s]|\n[ \t]*|[ \t]+")
_HOSTILE = (
    *("(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "=", ":=", "==", "*", "**", "-", "~", "@", "|", "#", "\\\n"),
    *("\n", "\n    ", " ", "\t", "\f", "\r", "\v", "\0", "\u00a0", "\u200b", "'", '"', '"""', "\\", "\\\r\n", "\r\n"),
    *("f", "b", "r", "u", "t", "_", "0", "1", "1_0", "0x1F", "1E5", "1.0", "1j", "x", "\ufb01", "fi", "{", "{{", "!r"),
    *(" not ", " in ", " is ", " if ", " else ", " for x in ", " lambda: ", " await ", " yield ", " async ", " or "),
    *("; pass", "# noqa", "  # type: int\n", "# c\n", "# c\r", "(lambda: 0)", "[*a]", "*a, ", "eval", "locals()", "=}"),
    *("global x\n", "nonlocal x\n", "del x\n", "x = 1; ", "(x)", "(x): int", "x: int", "f'{x=}'", "f'{(x:=5)}'"),
    *("f'{x:=5}'", "f'{x: >5}'", "case x:", "match x:", "print ", "exec ", "raise A, B", "...", "'' ''", '"a"'),
    *("(yield)", "pass\n", "else:\n", "try:\n", " and ", " \\\n  "),
)


def cosmetic(source: str, random: Random) -> Iterator[str]:
    """Texts that mean the same as a function, unless it stands indented: then there are none."""
    for rewriter in (_unparsed, _renamed, _restyled):
        try:
            text = rewriter(source, random)
        except (SyntaxError, tokenize.TokenError, RecursionError):
            continue
        if text is not None:
            yield text


def mutants(source: str, random: Random, number: int) -> Iterator[str]:
    """Texts with one to three small edits, which may mean anything or nothing."""
    tokens = _TOKEN.findall(source)
    for _ in range(number):
        edited = list(tokens)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            random.choice(_EDITS)(edited, random)
        yield "".join(edited)


def _delete(tokens: list[str], random: Random) -> None:
    del tokens[random.randrange(len(tokens))]


def _double(tokens: list[str], random: Random) -> None:
    at = random.randrange(len(tokens))
    tokens.insert(at, tokens[at])


def _swap(tokens: list[str], random: Random) -> None:
    first, second = random.randrange(len(tokens)), random.randrange(len(tokens))
    tokens[first], tokens[second] = tokens[second], tokens[first]


def _swap_next(tokens: list[str], random: Random) -> None:
    at = random.randrange(len(tokens) - 1)
    tokens[at : at + 2] = tokens[at + 1], tokens[at]


def _replace(tokens: list[str], random: Random) -> None:
    tokens[random.randrange(len(tokens))] = random.choice(tokens)


def _insert(tokens: list[str], random: Random) -> None:
    tokens.insert(random.randrange(len(tokens)), random.choice(_HOSTILE))


def _group(tokens: list[str], random: Random) -> None:
    """Put brackets around some tokens."""
    start = random.randrange(len(tokens))
    end = min(len(tokens), start + random.choice((1, 1, 3, 5, 9)))
    tokens[start:end] = ["(", *tokens[start:end], ")"]


def _rename_one(tokens: list[str], random: Random) -> None:
    if names := [at for at, token in enumerate(tokens) if token.isidentifier()]:
        tokens[random.choice(names)] = tokens[random.choice(names)]


def _rename_all(tokens: list[str], random: Random) -> None:
    """Give each occurrence of one name another name, new or not; strings, keywords and attributes included."""
    if names := [token for token in tokens if token.isidentifier()]:
        old, new = random.choice(names), random.choice((*names, "fresh", "fresh"))
        tokens[:] = [new if token == old else token for token in tokens]


def _indent(tokens: list[str], random: Random) -> None:
    """Move one line, or all that follow it."""
    if lines := [at for at, token in enumerate(tokens) if token[:1] == "\n"]:
        at, by = random.choice(lines), random.choice(("    ", "  ", " ", "\t", "\f", " \t"))
        for line in lines[lines.index(at) :] if random.random() < 0.3 else (at,):
            shorter = tokens[line][: -len(by)] if tokens[line].endswith(by) else "\n"
            tokens[line] = random.choice((tokens[line] + by, shorter))


def _break(tokens: list[str], random: Random) -> None:
    """Put the end of a line between two tokens, or take one away."""
    lines = [at for at, token in enumerate(tokens) if token[:1] == "\n"]
    if lines and random.random() < 0.5:
        tokens[random.choice(lines)] = random.choice((" ", "; ", ""))
    else:
        tokens.insert(random.randrange(len(tokens)), random.choice([tokens[at] for at in lines] or ["\n"]))


_EDITS: tuple[Callable[[list[str], Random], None], ...] = (
    _delete, _double, _swap, _swap_next, _replace, _insert, _insert, _insert, _group, _group, _rename_one, _rename_one,
    _rename_all, _rename_all, _rename_all, _indent, _indent, _break, _break,
)  # fmt: skip


def _unparsed(source: str, _random: Random) -> str:
    return ast.unparse(ast.parse(source)) + "\n"


def _renamed(source: str, random: Random) -> str | None:
    """The function with one of its local names given a new one, as the compiler's own table of names tells them."""
    tables = [symtable.symtable(source, "", "exec")]
    for table in tables:
        tables.extend(table.get_children())
    names = sorted(_locals(tables[1]) - set().union(*map(_others, tables))) if len(tables) > 1 else []
    if not names:
        return None
    old, new = random.choice(names), f"other_{random.randrange(10)}"
    lines = source.splitlines(keepends=True)
    for token in reversed(_tokens(source)):
        if token.type == tokenize.NAME and token.string == old:
            (row, start), end = token.start, token.end[1]
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines)


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


def _locals(table: symtable.SymbolTable) -> set[str]:
    return {s.get_name() for s in table.get_symbols() if s.is_local() and s.is_assigned() and not _is_fixed(s)}


def _others(table: symtable.SymbolTable) -> set[str]:
    """The names that are something else than a local variable in one scope of a function."""
    return {s.get_name() for s in table.get_symbols() if not (s.is_local() or s.is_free()) or _is_fixed(s)}


def _is_fixed(symbol: symtable.Symbol) -> bool:
    return symbol.is_parameter() or symbol.is_imported() or symbol.is_namespace() or symbol.is_declared_global()


def _restyled(source: str, random: Random) -> str:
    """The function with other indentation, comments and blank lines; lines that go on are left as they are."""
    lines = source.splitlines(keepends=True)
    starts, inner = set[int](), set[int]()
    for before, token in pairwise(_tokens(source)):
        inner.update(range(token.start[0] + 1, token.end[0] + 1) if token.type == tokenize.STRING else ())
        if before.type in {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
            starts.add(token.start[0])
    unit = random.choice(("  ", "\t", "     "))
    return "".join(_restyle(line, unit, random) if row in starts - inner else line for row, line in enumerate(lines, 1))


def _restyle(line: str, unit: str, random: Random) -> str:
    text = line.lstrip(" ")
    blanks = len(line) - len(text)
    if blanks % 4 or not text.strip():
        return line
    indent = unit * (blanks // 4)
    return indent + random.choice(("", "", "", f"# {random.random()}\n{indent}", "\n")) + text
