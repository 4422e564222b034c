"""Judges that share no code with the edits: do two texts mean the same, as another parser reads them?"""

import ast
import base64
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import CodeType

from benchmarks.variants.formatters import READERS, ask_node, go_tree
from benchmarks.variants.sources import KEPT, run, unpacked
from benchmarks.variants.trees import Unit, shape, tokens

Reading = object  # what a judge reads in a text; equal readings, equal meaning; None: it could not be read


_PLACES = {"lineno", "end_lineno", "col_offset", "end_col_offset"}
NAMELESS = frozenset({"javascript", "typescript", "python", "go", "ruby"})  # what is read there has no local names


def readings(units: Sequence[Unit], language: str) -> list[Reading]:
    """What the language's judge reads in each unit. Raises Missing."""
    judge = JUDGES.get(language)
    return judge(units) if judge is not None else [_shaped(unit) for unit in units]


def _shaped(unit: Unit) -> Reading:
    """The tree without comments and parentheses."""
    return shape(unit.root) if unit.sound else None


def _babel(units: Sequence[Unit]) -> list[Reading]:
    asked = [{"source": unit.source.decode(), "typescript": unit.language == "typescript"} for unit in units]
    return [answer.get("text") for answer in ask_node(asked)]


def _go(units: Sequence[Unit]) -> list[Reading]:
    given = "".join(f"{json.dumps(unit.text)}\n" for unit in units)
    return [json.loads(line) or None for line in run([str(_go_reader())], KEPT, given.encode()).splitlines()]


@cache
def _go_reader() -> Path:
    source = READERS / "reading.go"
    reader, root = KEPT / f"go-reader-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}", go_tree()
    if not reader.is_file():
        made = {"GOROOT": str(root), "GOCACHE": str(KEPT / "go-cache"), "GO111MODULE": "off", "CGO_ENABLED": "0"}
        command = [str(root / "bin" / "go"), "build", "-o", str(reader), str(source)]
        run(command, KEPT, environment={"PATH": os.defpath, "HOME": str(KEPT)} | made)
    return reader


def _javac(units: Sequence[Unit]) -> list[Reading]:
    """A constructor's class bears its name, or javac refuses it."""
    exported = "jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED"
    named = []
    for unit in units:
        made = next((node.child_by_field_name("name") for node in unit.of("constructor_declaration")), None)
        named.append(unit.source.replace(b"class Outer", b"class " + (made.text or b""), 1) if made else unit.source)
    return _in_base64(named, ["java", "--add-exports", exported, str(READERS / "Reading.java")], dict(os.environ))


def _ruby(units: Sequence[Unit]) -> list[Reading]:
    tree = unpacked("ruby-tree", "libruby3.1", "ruby3.1") / "usr"
    libraries = sorted((tree / "lib").glob("*/libruby-3.1.so.3.1"))
    found = {"LD_LIBRARY_PATH": str(libraries[0].parent) if libraries else "", "PATH": os.defpath}
    command = [str(tree / "bin" / "ruby3.1"), "--disable-gems", str(READERS / "reading.rb")]
    return _in_base64([unit.source for unit in units], command, found)


def _in_base64(texts: Sequence[bytes], command: list[str], environment: dict[str, str]) -> list[Reading]:
    given = b"".join(base64.b64encode(text) + b"\n" for text in texts)
    said = run(command, KEPT, given, environment).split(b"\n")[: len(texts)]
    return [base64.b64decode(line).decode() or None for line in said]


def _python(units: Sequence[Unit]) -> list[Reading]:
    return [_compiled(unit.text) for unit in units]


JUDGES: dict[str, Callable[[Sequence[Unit]], list[Reading]]] = {
    "javascript": _babel,
    "typescript": _babel,
    "go": _go,
    "java": _javac,
    "ruby": _ruby,
    "python": _python,
}


def renamed_alike(original: Unit, variant: Unit) -> bool:
    """The tokens differ by one name, which became one that stood nowhere, wherever it stood."""
    before, after = tokens(original), tokens(variant)
    changed = {pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]}
    if len(before) != len(after) or len(changed) != 1:
        return False
    old, new = changed.pop()
    return new not in before and old not in after


def _compiled(text: str) -> Reading:
    """The compiled code, with its local names as numbers and without documentation."""
    try:
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                node.body = _undocumented(node.body)
            for place in _PLACES & set(getattr(node, "_attributes", ())):
                setattr(node, place, 1)  # the compiler keeps lines apart by instructions of their own
        with warnings.catch_warnings(action="ignore"):
            return _code(compile(tree, "unit", "exec"))
    except (SyntaxError, ValueError):
        return None


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return (body[1:] or [ast.Pass()]) if documented else body


def _code(code: CodeType) -> tuple[object, ...]:
    """What the code does: its operations and constants, and the names that others see."""
    kept = code.co_argcount + code.co_kwonlyargcount + code.co_posonlyargcount
    constants = tuple(_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts)
    cells = len(code.co_cellvars), len(code.co_freevars)
    return code.co_code, constants, code.co_names, code.co_varnames[:kept], code.co_name, cells, code.co_flags
