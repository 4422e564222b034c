"""Python files that are made, or broken, so that lowering fails: it never does, and tells what it skipped."""

import ast
import inspect
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis.taint import form
from coderev.analysis.taint.lowering import lower
from coderev.files import thread_seconds
from coderev.syntax import parse

LIBRARY = Path(sysconfig.get_path("stdlib"))
REAL = tuple((LIBRARY / f"{name}.py").read_bytes() for name in ("ast", "dataclasses", "contextlib", "_strptime"))
DEEPEST = 150  # levels of statements and expressions that whoever reads the form can recurse
PUNCTUATION = r"""( ) [ ] { } : ; , . = @ * ** + - ~ | < == := -> \ ' " ''' # ` ! 0 1.5 0x f' {x! b" é a b c x"""
KEYWORDS = """
    if elif else for while try except finally with as def class return yield await async lambda import from match case
    not in is and or del global nonlocal assert raise pass print exec type
"""
TOKENS = (*PUNCTUATION.split(), *KEYWORDS.split(), "\n", "\n\t", "\n\t\t", "\t", "\0")


def lowered(source: bytes) -> form.Module:
    found = lower(parse(source, "python"), "a.py")
    assert found is not None
    return found


def levels(root: form.Node) -> Iterator[tuple[form.Node, int]]:
    """Every node, and how many statements and expressions it stands in."""
    waiting: list[tuple[object, int]] = [(root, 0)]
    while waiting:
        here, level = waiting.pop()
        if isinstance(here, form.Node):
            yield here, level
            deeper = level + isinstance(here, form.Expression | form.Statement)
            waiting.extend((getattr(here, field), deeper) for field in here.__struct_fields__)
        elif isinstance(here, tuple):
            waiting.extend((item, level) for item in here)


def is_sound(source: bytes) -> None:
    """What must hold of the form of any bytes."""
    module = lowered(source)

    lines = source.count(b"\n") + 1
    assert all(1 <= first <= last <= lines + 1 for first, last in module.unread)
    for node, level in levels(module.body):
        assert level <= DEEPEST
        assert 0 <= node.start <= node.end <= len(source)
    msgspec.json.encode(module.body)  # no lone surrogates, no number that cannot be written
    if parse(source, "python").broken:
        assert module.unread


@given(st.binary(max_size=300))
def test_any_bytes_are_lowered(source: bytes) -> None:
    is_sound(source)


@given(st.lists(st.sampled_from(TOKENS), max_size=80))
def test_any_words_are_lowered(words: list[str]) -> None:
    is_sound(" ".join(words).encode())


@given(st.data())
def test_a_damaged_file_is_lowered(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(REAL))
    first = data.draw(st.integers(0, len(source)))
    piece = source[first : first + data.draw(st.integers(0, 3_000))]
    cut = data.draw(st.integers(0, len(piece)))
    filling = data.draw(st.one_of(st.binary(max_size=5), st.sampled_from(TOKENS).map(str.encode)))

    is_sound(piece[:cut] + filling + piece[cut + data.draw(st.integers(0, 20)) :])


MANY = 3_000


@pytest.mark.parametrize(
    "source",
    [
        "(" * MANY + "a" + ")" * MANY,
        "[" * MANY + "a" + "]" * MANY,
        "{0:" * MANY + "a" + "}" * MANY,
        "f(" * MANY + "a" + ")" * MANY,
        "a" + "(b)" * MANY,
        "a" + ".b" * MANY,
        "a" + "[b]" * MANY,
        "a" + ".b(c)[d]" * MANY,
        "not " * MANY + "a",
        "-" * MANY + "a",
        "await " * MANY + "a",
        "lambda: " * MANY + "a",
        "lambda a=" * MANY + "a" + ": a" * MANY,
        "a if b else " * MANY + "a",
        "(a := " * MANY + "a" + ")" * MANY,
        "a = " * MANY + "a",
        "a ** " * MANY + "a",
        " - ".join(["a + b"] * MANY),
        " < ".join("ab" * MANY),
        "(a < " * MANY + "a" + ")" * MANY,
        "[a for b in " * MANY + "a" + "]" * MANY,
        "[" * MANY + "a" + " for b in c]" * MANY,
        "[a" + " for b in c if d" * MANY + "]",
        "(" * MANY + "a" + ",)" * MANY + " = b",
        "for " + "(" * MANY + "a" + ",)" * MANY + " in b: pass",
        "a: " + "b[" * MANY + "c" + "]" * MANY,
        "f'" + "{a:" * MANY + "}" * MANY + "'",
        "yield " * MANY,
        "".join("\t" * level + "if a:\n" for level in range(MANY)),
        "".join("\t" * level + "for a in b:\n" for level in range(MANY)),
        "".join("\t" * level + "def f(a):\n" for level in range(MANY)),
        "".join("\t" * level + "class A:\n" for level in range(MANY)),
        "".join("\t" * level + "with a as b:\n" for level in range(MANY)),
        "".join("\t" * level + "try:\n" for level in range(900)),
        "".join("\t" * level + "match a:\n" + "\t" * level + " case b:\n" for level in range(MANY // 2)),
        "match a:\n case " + "[" * MANY + "b" + "]" * MANY + ": pass",
        "match a:\n case " + "(" * MANY + "b" + ")" * MANY + ": pass",
        "match a:\n case " + "A(" * MANY + "b" + ")" * MANY + ": pass",
        "match a:\n case " + "A(b=" * MANY + "b" + ")" * MANY + ": pass",
        "match a:\n case " + "{1: " * MANY + "b" + "}" * MANY + ": pass",
        "match a:\n case " + "(" * MANY + "b" + " | 1)" * MANY + ": pass",
        "match a:\n case a" + ".b" * MANY + ": pass",
        "@" + "a." * MANY + "b\ndef f(): pass",
        "if a: b\n" + "elif c: d\n" * MANY + "else: e\n",
        "if a:\n" + "".join("\t" * level + "else:\n" + "\t" * (level + 1) + "if a: b\n" for level in range(200)),
        "import " + "a." * MANY + "b",
        "(" * 500,
        "a(" * MANY,
        "[a for " * MANY,
        "f'{" * MANY,
        "def f(" * MANY,
        "match a:\n case [" + "(" * 500,
    ],
    ids=lambda source: source[:20],
)  # fmt: skip
def test_what_nests_without_end_is_flattened(source: str) -> None:
    is_sound(source.encode())


def test_lowering_stays_far_from_the_limit_of_recursion() -> None:
    source = b"".join(b"\t" * level + b"if a:\n" for level in range(49)) + b"\t" * 49 + b"b = " + b"[a for b in " * 99

    def at(depth: int) -> form.Module:
        return at(depth - 1) if depth else lowered(source)

    at(400 - len(inspect.stack(0)))


def test_names_below_the_deepest_level_still_reach_the_value() -> None:
    source = b"x = " + b"f(" * 300 + b"secret.part, k=other" + b")" * 300

    module = lowered(source)

    assert {"secret", "other"} <= {node.name for node, _ in levels(module.body) if isinstance(node, form.Name)}
    assert module.unread == ((1, 1),)


def test_names_that_are_stored_below_the_deepest_level_get_all_that_is_read_there() -> None:
    depth = 200
    source = "".join(" " * level + "if a:\n" for level in range(depth)) + " " * depth + "b, c = d\n"

    module = lowered(source.encode())

    assert {"b", "c"} <= module.body.bound
    (store,) = [
        node
        for node, _ in levels(module.body)
        if isinstance(node, form.Assign) and node.target == form.Name(node.target.start, node.target.end, "b")
    ]
    assert isinstance(store.value, form.Unknown)
    assert {one.name for one in store.value.operands if isinstance(one, form.Name)} == set("abcd")


def test_a_sum_of_ten_thousand_texts_is_one_operation() -> None:
    (statement,) = lowered(b"x = " + b" + ".join([b"'a'", b"b"] * 5_000)).body.body

    assert isinstance(statement, form.Assign)
    assert isinstance(statement.value, form.Operation)
    assert len(statement.value.operands) == 10_000


def test_operators_that_alternate_without_end_are_flattened_and_told() -> None:
    module = lowered(b"x = a" + b" + b - c" * 200)

    (statement,) = module.body.body
    assert isinstance(statement, form.Assign)
    assert isinstance(statement.value, form.Unknown)
    assert len(statement.value.operands) == 401
    assert module.unread == ((1, 1),)


def test_a_thousand_arms_are_one_switch() -> None:
    module = lowered(b"if a == 0: b0()\n" + b"".join(b"elif a == %d: b%d()\n" % (n, n) for n in range(1, 1_000)))

    (switch,) = module.body.body
    assert isinstance(switch, form.Switch)
    assert len(switch.cases) == 1_000
    assert module.unread == ()


def test_a_thousand_cases_are_one_switch() -> None:
    module = lowered(b"match a:\n" + b"".join(b" case %d: b()\n" % n for n in range(1_000)))

    (switch,) = module.body.body
    assert isinstance(switch, form.Switch)
    assert len(switch.cases) == 1_000


def test_statements_around_an_error_are_read() -> None:
    module = lowered(b"a = 1\nb = = 2\nc = f(d)\n")

    assert {"a", "c"} <= module.body.bound
    assert module.unread
    assert any(isinstance(node, form.Call) for node, _ in levels(module.body))


def test_names_in_an_error_reach_the_value_around_it() -> None:
    (statement,) = lowered(b"x = f(a, (b c), d)").body.body

    assert {"a", "b", "c", "d"} <= {node.name for node, _ in levels(statement) if isinstance(node, form.Name)}


@pytest.mark.parametrize(
    "source",
    [
        "return a b",
        "yield a b",
        "x = a b",
        "a(b c)[d]",
        "a[b c]",
        "raise a b",
        "{a: b, c d}",
        "f'{a b}'",
        "x = a if b els c",
        "a not b in c",
        "with a b as c: d",
        "for a in b c: d",
        "try: a\nexcept b c: d",
        "def f(a b, c=d): e",
        "class A(b c): d",
        "match a:\n case b c: d",
        "match a:\n case B(c d): e",
        "import a b",
        "del a b",
        "print a b",
        "(a b).c",
        "a = b = c d",
        "if a:\n  if b c: d",
    ],
)
def test_no_name_around_an_error_is_lost(source: str) -> None:
    module = lowered(source.encode())

    assert module.unread
    assert set(re.findall(r"\b[a-eA-E]\b", source)) <= module.body.mentions


@pytest.mark.parametrize("source", REAL, ids=len)
def test_every_name_in_a_real_file_is_mentioned(source: bytes) -> None:
    tree = ast.parse(source)

    found = lowered(source).body.mentions

    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    assert names | attributes | keywords <= found


def test_a_file_in_a_wrong_encoding_is_read() -> None:
    module = lowered("x = 'Grüße' + y\n".encode("latin-1"))

    (statement,) = module.body.body
    assert isinstance(statement, form.Assign)
    assert module.body.bound == {"x"}


@pytest.mark.parametrize(
    "source", [b"\xff\xfea\0 \0=\0 \0b\0", b"a\0b = c\0d", b"\0" * 1_000, b"\xef\xbb\xbfa = b", b""]
)
def test_odd_bytes_are_lowered(source: bytes) -> None:
    is_sound(source)


@pytest.mark.parametrize(
    "line",
    [
        b"a = f(b, c=d)[0]\n",
        b"if a: b = 'c' % d\n",
        b"def f(a): return [b for b in a]\n",
        b"a = (b c\n",
        b"@a\n",
        b"f'{a}' \\\n",
        b"a; ",
        b"a, ",
        b"a + ",
        b"a = ",
        b"a.",
        b"'a longer text that is joined with many others'\\\n",
        b"a if b else ",
    ],
)
def test_the_time_that_long_files_take_is_in_proportion(line: bytes) -> None:
    few, many = parse(line * 3_000, "python"), parse(line * 30_000, "python")

    start = thread_seconds()
    lower(few, "few")
    middle = thread_seconds()
    lower(many, "many")
    end = thread_seconds()

    assert end - middle < 30 * (middle - start) + 0.5
