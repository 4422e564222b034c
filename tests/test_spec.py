"""`spec/bundle.md` and what cites it: every clause has a test that cites it, and every clause that is cited exists.

Who cites: the modules and tests of bundles and trust. A citation stands in a docstring, a comment or a message: at its
beginning (`4.6: …`, `7.1 to 7.5, and …`), in parentheses (`(10.1, 10.2)`), or after `spec/bundle.md` or `clause`. Any
other number is a number. For a clause to be tested, the docstring of a test must begin with it, or a comment in one.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "spec" / "bundle.md"
CLAUSES = tuple(re.findall(r"^([0-9]+\.[0-9]+) ", SPEC.read_text(encoding="utf-8"), re.MULTILINE))
ABOUT = re.compile(  # what a module of the subject names
    r"coderev\.(?:bundle|trust)\b|stand_ins\.(?:bundles|faults|releases|bare_host)\b|spec/bundle"
)
PLACES = ("src/coderev/bundle", "src/coderev/trust", "src/coderev/cli", "tests", "benchmarks")
_CLAUSE = r"(?<![0-9.])[0-9]{1,2}\.[0-9]{1,2}(?![0-9]|\.[0-9])"
_LIST = rf"{_CLAUSE}(?:(?:, | and |, and | to ){_CLAUSE})*"
_LEADING = re.compile(rf"\s*({_LIST})(?=$|[:.,;]|\s*\n)")
_INSIDE = re.compile(rf"(?:spec/bundle\.md |\b[Cc]lauses? )({_LIST})|\(({_LIST})(?=[):,;])")
_OTHER_SPEC = re.compile(rf"spec/(?!bundle)[a-z-]+\.md,?(?: clauses?)? (?:{_LIST})")


def modules() -> list[Path]:
    """The modules and tests of bundles and trust, but this one."""
    found = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.py")) if path != Path(__file__)]
    return [path for path in found if ABOUT.search(path.read_text(encoding="utf-8")) or "/trust/" in str(path)]


def spread(listed: str) -> Iterator[str]:
    """The clauses of a list; `10.1 to 10.3` are three."""
    for span in re.split(r", and |, | and ", listed):
        first, *last = span.split(" to ")
        yield first
        if last and first in CLAUSES and last[0] in CLAUSES:
            between = CLAUSES[CLAUSES.index(first) + 1 : CLAUSES.index(last[0])]
            yield from between
        yield from last


def leading(text: str) -> Iterator[str]:
    """The clauses that a text begins with."""
    if found := _LEADING.match(text):
        yield from spread(found[1])


def cited(text: str) -> Iterator[str]:
    """All clauses that a docstring, a comment or a message cites."""
    text = _OTHER_SPEC.sub("", text)
    yield from leading(text)
    for found in _INSIDE.finditer(text):
        yield from spread(found[1] or found[2])


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Every comment with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: ")


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """What may cite in a module: comments and all texts, docstrings and messages among them."""
    source = module.read_text(encoding="utf-8")
    yield from comments(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value
    if "/bundle/format/" in str(module):  # where a fault names its clause and nothing else
        yield from faults_of(source)
    for node in ast.walk(ast.parse(source)):  # a docstring or a message of a clause alone
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def faults_of(source: str) -> Iterator[tuple[int, str]]:
    """Texts that are one clause."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(_CLAUSE, node.value):
            yield node.lineno, node.value


def claims_of(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def proved(module: Path) -> Iterator[str]:
    """The clauses that the tests of a module cite."""
    remarks = dict(comments(module.read_text(encoding="utf-8")))
    for test in claims_of(module):
        yield from leading(ast.get_docstring(test) or "")
        for line in range(test.lineno, (test.end_lineno or test.lineno) + 1):
            yield from leading(remarks.get(line, ""))


MODULES = modules()
TESTED = {clause for module in MODULES if module.name.startswith("test_") for clause in proved(module)}


def test_clauses_are_numbered_in_order_and_once() -> None:
    numbers = [tuple(map(int, clause.split("."))) for clause in CLAUSES]
    first = [(number, 1) for number in range(1, numbers[-1][0] + 1)]

    assert numbers == sorted(set(numbers))
    assert [number for number in numbers if number[1] == 1] == first
    assert all((number, 1) == (number, each) or (number, each - 1) in numbers for number, each in numbers)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_has_a_test_that_cites_it(clause: str) -> None:
    assert clause in TESTED


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_clause_that_is_cited_exists(module: Path) -> None:
    unknown = [(line, each) for line, text in texts(module) for each in cited(text) if each not in CLAUSES]

    assert unknown == []


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("4.6: one frame", ["4.6"]),
        ("10.5.", ["10.5"]),
        ("7.1 to 7.3, and `files`.", ["7.1", "7.2", "7.3"]),
        ("says so (10.1, 10.2): here", ["10.1", "10.2"]),
        ("see spec/bundle.md 6.10 and 6.11", ["6.10", "6.11"]),
        ("Clauses 8.1, 8.2, and 8.4 of it", ["8.1", "8.2", "8.4"]),
        ("spec/egress.md 4.6 says", []),
        ("4.6 seconds", []),
        ("it took 4.6: long", []),
        ("version 4.6.1, (4.6 % of it)", []),
        ("CycloneDX 1.6", []),
    ],
)
def test_a_number_is_no_citation_by_itself(text: str, clauses: list[str]) -> None:
    assert list(cited(text)) == clauses
