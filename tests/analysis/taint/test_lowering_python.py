"""What Python says in the form. Forms are told as short texts, so that a case is one line."""

import ast
import symtable
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coderev.analysis.taint import form
from coderev.analysis.taint.lowering import LOWERINGS, lower
from coderev.syntax import parse

LIBRARY = Path(sysconfig.get_path("stdlib"))


def module(source: str) -> form.Module:
    lowered = lower(parse(source.encode(), "python"), "a.py")
    assert lowered is not None
    return lowered


def told(source: str) -> str:
    """The statements of a module as short text."""
    return "; ".join(map(tell, module(source).body.body))


def function(source: str, qualified: str) -> form.Function:
    """The function of this qualified name."""
    return next(one for one in functions(module(source).body) if one.qualified == qualified)


def functions(node: form.Node) -> Iterator[form.Function]:
    return (one for one in nodes(node) if isinstance(one, form.Function))


def nodes(root: form.Node) -> Iterator[form.Node]:
    """Every node of a form."""
    waiting: list[object] = [root]
    while waiting:
        here = waiting.pop()
        if isinstance(here, form.Node):
            yield here
            waiting.extend(getattr(here, field) for field in here.__struct_fields__)
        elif isinstance(here, tuple):
            waiting.extend(here)


def tell(node: Any) -> str:
    return TELLERS[type(node)](node)


def many(found: Any) -> str:
    return ", ".join(map(tell, found))


def block(found: Any) -> str:
    return "{" + "; ".join(map(tell, found)) + "}"


def optional(before: str, found: Any) -> str:
    return before + tell(found) if found is not None else ""


def tell_function(node: form.Function) -> str:
    marks = "".join(f"@{tell(one)} " for one in node.decorators) + ("async " if node.is_async else "")
    return f"{marks}def {node.qualified}({many(node.parameters)}){optional(' -> ', node.returns)} {block(node.body)}"


def tell_class(node: form.Class) -> str:
    marks = "".join(f"@{tell(one)} " for one in node.decorators)
    return f"{marks}class {node.qualified}({many((*node.bases, *node.keywords))}) {block(node.body)}"


def tell_parameter(node: form.Parameter) -> str:
    pattern = optional(" as ", node.target)
    return f"{node.kind} {node.name}{optional(': ', node.annotation)}{optional(' = ', node.default)}{pattern}"


def tell_loop(node: form.Loop) -> str:
    label = f"{node.label}: " if node.label else ""
    head = f"for {tell(node.target)} in {tell(node.iterable)}" if node.target else f"while{optional(' ', node.test)}"
    return f"{label}{head} {block(node.body)}" + (f" else {block(node.otherwise)}" if node.otherwise else "")


def tell_try(node: form.Try) -> str:
    final = f" finally {block(node.final)}" if node.final else ""
    handlers = "".join(f" {tell(one)}" for one in node.handlers)
    return f"try {block(node.body)}{handlers} else {block(node.otherwise)}{final}"


def tell_import(node: form.Import) -> str:
    name = f" name {node.name}" if node.name is not None else ""
    return f"import {'.' * node.level}{node.module}{name} as {node.alias}{' (root)' if node.binds_root else ''}"


def tell_operation(node: form.Operation) -> str:
    one = len(node.operands) == 1
    return (
        f"({node.operator} {many(node.operands)})"
        if one
        else f"({f' {node.operator} '.join(map(tell, node.operands))})"
    )


TELLERS: dict[type, Callable[[Any], str]] = {
    form.Constant: lambda node: repr(node.value),
    form.Name: lambda node: node.name,
    form.Attribute: lambda node: f"{tell(node.object)}.{node.name}",
    form.Element: lambda node: f"{tell(node.object)}[{tell(node.key)}]",
    form.Slice: lambda node: ":".join(optional("", one) for one in (node.lower, node.upper, node.step)),
    form.Argument: lambda node: (f"{node.name}=" if node.name else "*" * node.spread) + tell(node.value),
    form.Call: lambda node: f"{tell(node.function)}({many(node.arguments)})",
    form.Operation: tell_operation,
    form.Text: lambda node: f"text({many(node.parts)})",
    form.Spread: lambda node: f"*{tell(node.value)}",
    form.Sequence: lambda node: f"{node.kind}[{many(node.items)}]",
    form.Mapping: lambda node: "{" + ", ".join(optional("", k) + ": " + tell(v) for k, v in node.entries) + "}",
    form.Choice: lambda node: f"({tell(node.then)} if {tell(node.test)} else {tell(node.otherwise)})",
    form.Closure: lambda node: f"<{tell(node.definition)}>",
    form.Bind: lambda node: f"({tell(node.target)} := {tell(node.value)})",
    form.Await: lambda node: f"await({tell(node.value)})",
    form.Yield: lambda node: f"yield{' from' if node.delegate else ''}({optional('', node.value)})",
    form.Enter: lambda node: f"enter({tell(node.value)})",
    form.Block: lambda node: f"<{block(node.body)} {tell(node.value)}>",
    form.Unknown: lambda node: f"?({many(node.operands)})",
    form.Evaluate: lambda node: tell(node.value),
    form.Assign: lambda node: f"{tell(node.target)}{optional(': ', node.annotation)} = {tell(node.value)}",
    form.Branch: lambda node: f"if {tell(node.test)} {block(node.then)} else {block(node.otherwise)}",
    form.Case: lambda node: f"case {many(node.tests)} {block(node.body)}",
    form.Switch: lambda node: f"switch {tell(node.subject)} {block(node.cases)}",
    form.Loop: tell_loop,
    form.Return: lambda node: f"return{optional(' ', node.value)}",
    form.Raise: lambda node: f"raise{optional(' ', node.value)}",
    form.Break: lambda node: f"break{' ' + node.label if node.label else ''}",
    form.Continue: lambda _node: "continue",
    form.Catch: lambda node: f"except {many(node.types)}{optional(' as ', node.target)} {block(node.body)}",
    form.Try: tell_try,
    form.Define: lambda node: tell(node.definition),
    form.Import: tell_import,
    form.Delete: lambda node: f"del {tell(node.target)}",
    form.Assert: lambda node: f"assert {tell(node.test)}",
    form.Parameter: tell_parameter,
    form.Function: tell_function,
    form.Class: tell_class,
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.b[c]", "a.b[c]"),
        ("a[1:]", "a[1::]"),
        ("a[::2, b]", "a[tuple[::2, b]]"),
        ("a[b,]", "a[tuple[b]]"),
        ("f(a, *b, c=d, **e)", "f(a, *b, c=d, **e)"),
        ("f((*a))", "f(*a)"),
        ("(((a)))", "a"),
        ("a + b + c - d", "((a + b + c) - d)"),
        ("a + b * c", "(a + (b * c))"),
        ("a ** b ** c", "(a ** (b ** c))"),
        ("a @ b // c", "((a @ b) // c)"),
        ("a and b and c or d", "((a and b and c) or d)"),
        ("not a", "(not a)"),
        ("-a", "(- a)"),
        ("~a", "(~ a)"),
        ("a < b", "(a < b)"),
        ("a < b <= c", "((a < b) and (b <= c))"),
        ("a not in b", "(a not in b)"),
        ("a is not b", "(a is not b)"),
        ("a <> b", "(a != b)"),
        ("a if b else c", "(a if b else c)"),
        ("(a := b)", "(a := b)"),
        ("[a, *b]", "list[a, *b]"),
        ("{a, b}", "set[a, b]"),
        ("()", "tuple[]"),
        ("a, b", "tuple[a, b]"),
        ("a,", "tuple[a]"),
        ("{a: b, **c}", "{a: b, : c}"),
        ("{}", "{}"),
        ("await a", "await(a)"),
        ("yield", "yield()"),
        ("yield a, b", "yield(tuple[a, b])"),
        ("yield from a", "yield from(a)"),
        ("lambda: a", "<def <lambda>() {return a}>"),
        ("lambda a, *b, c=1, **d: a", "<def <lambda>(plain a, rest b, keyword c = 1, keyword-rest d) {return a}>"),
        ("`a`", "?(a)"),
        ("...", "Ellipsis"),
    ],
)
def test_an_expression_is_lowered_to_what_it_does(source: str, expected: str) -> None:
    assert told(source) == expected


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("None", None),
        ("True", True),
        ("0x1F", 31),
        ("1_000", 1000),
        ("10L", 10),
        ("0777", 0o777),
        ("0o17", 15),
        ("0b11", 3),
        ("1.5e3", 1500.0),
        ("'a'", "a"),
        ("''", ""),
        ("'''a\r\nb'''", "a\nb"),
        (r"'\n\t\\\'\x41\101\u00e9\U0001F600\N{BULLET}'", "\n\t\\'AAé😀•"),
        (r"'\d\N{no such name}'", r"\d\N{no such name}"),
        ("'a\\\nb'", "ab"),
        (r"r'\n'", r"\n"),
        (r"r'\\'", r"\\"),
        (r"rb'\\'", rb"\\"),
        (r"u'\u00e9'", "é"),
        (r"b'\x00\xff\n\d'", b"\x00\xff\n\\d"),
        (r"rb'\x00'", rb"\x00"),
        ("b'\\u0041'", b"\\u0041"),
        ("'a' \"b\" r'\\n'", "ab\\n"),
        ("b'a' b'b'", b"ab"),
        ("f'a{{b}}'", "a{b}"),
        ("f'a' 'b'", "ab"),
        (r"'\ud800'", "?"),
    ],
)
def test_a_literal_is_decoded_as_the_language_does(literal: str, value: object) -> None:
    (statement,) = module(f"x = {literal}").body.body

    assert isinstance(statement, form.Assign)
    assert isinstance(statement.value, form.Constant)
    assert statement.value.value == value
    assert type(statement.value.value) is type(value)


@pytest.mark.parametrize("literal", ["1j", "9" * 5000, "0x" + "f" * 5000, "1" + "0" * 400 + ".5"])
def test_a_number_that_is_no_constant_is_unknown(literal: str) -> None:
    assert told(f"x = {literal}") == "x = ?()"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f'a{b}c'", "text('a', b, 'c')"),
        ("f'{a}{b!s}'", "text(a, b)"),
        ("f'{a!r}'", "text('{!r}'.format(a))"),
        ("f'{a:>10}'", "text('{:>10}'.format(a))"),
        ("f'{a!r:>{b}.{c}f}'", "text('{!r:>{}.{}f}'.format(a, b, c))"),
        ("f'{a:{b:{c}}}'", "text('{:{}}'.format(a, '{:{}}'.format(b, c)))"),
        ("f'{a=}'", "text('a=', '{!r}'.format(a))"),
        ("f'{a = :d}'", "text('a = ', '{:d}'.format(a))"),
        ("f'{a[\"b\"]} {f'{c}'}'", "text(a['b'], ' ', text(c))"),
        ("'a' f'b{c}' 'd' 'e'", "text('ab', c, 'de')"),
        ("rf'\\d{a}'", "text('\\\\d', a)"),
        ("t'a{b}'", "?('a', b)"),
        ("'a' b'b'", "?('a', b'b')"),
    ],
)
def test_a_formatted_text_is_its_parts(source: str, expected: str) -> None:
    assert told(source) == expected


CHAIN = "=@1 = j; " + "; ".join(f"{name} = =@1" for name in "abcdefghi")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b", "a = b"),
        ("a.b[c] = d", "a.b[c] = d"),
        ("a, b = 1, 2", "tuple[a, b] = tuple[1, 2]"),
        ("[a, (b, *c)] = d", "list[a, tuple[b, *c]] = d"),
        ("*a, b = c", "tuple[*a, b] = c"),
        ("a = b = c", "a = (b := c)"),
        ("a = b = c = d = e = f = g = h = i = j", CHAIN),
        ("a = b += c", "a = (b := (b + c))"),
        ("a = b: c", "a = (b := c)"),
        ("a += b", "a = (a + b)"),
        ("a.b //= c", "a.b = (a.b // c)"),
        ("a: list[int] = b", "a: list[int] = b"),
        ("a: B[c].D = e", "a: B[c].D = e"),
        ("a: b.C", "a: b.C = ?()"),
        ("type A[T] = list[T] | None", "A = (list[T] | None)"),
        ("type(a).b[c] = d", "type(a).b[c] = d"),
        ("type(a, b).c: d = e", "type(a, b).c = e"),
        ("ｗｉｄｔｈ = 𝔢𝔳𝔞𝔩(a)", "width = eval(a)"),
        ("'a docstring'", ""),
        ("a; b", "a; b"),
        ("del a, b[0]", "del a; del b[0]"),
        ("del (a, b)", "del a; del b"),
        ("assert a, b", "assert a"),
        ("raise", "raise"),
        ("raise a", "raise a"),
        ("raise a from None", "raise a"),
        ("raise a from b()", "b(); raise a"),
        ("raise A, 'b'", "raise A('b')"),
        ("pass", ""),
        ("print a, b", "print(a, b)"),
        ("print >>a, b", "print(file=a, b)"),
        ("exec a in b, c", "exec(a, b, c)"),
        ("global a", ""),
    ],
)
def test_a_simple_statement_is_lowered_to_what_it_does(source: str, expected: str) -> None:
    assert told(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a", "import a as a"),
        ("import a.b.c", "import a.b.c as a (root)"),
        ("import a.b as c, d", "import a.b as c; import d as d"),
        ("from a.b import c as d, e", "import a.b name c as d; import a.b name e as e"),
        ("from . import a", "import . name a as a"),
        ("from ...a.b import (c,)", "import ...a.b name c as c"),
        ("from a import *", "import a name * as "),
        ("from __future__ import annotations", "import __future__ name annotations as annotations"),
    ],
)
def test_an_import_tells_module_name_and_alias(source: str, expected: str) -> None:
    assert told(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a: b\nelif c: d\nelse: e", "if a {b} else {if c {d} else {e}}"),
        ("while a: b\nelse: c", "while a {b} else {c}"),
        ("while True: break", "while {break}"),
        ("while 1: continue", "while {continue}"),
        ("for a, b in c: d\nelse: e", "for tuple[a, b] in c {d} else {e}"),
        ("for a in *b, c: d", "for a in tuple[*b, c] {d}"),
        ("async for a in b: c", "for a in b {c}"),
        ("with a as b, c: d", "b = enter(a); enter(c); d"),
        ("with (a as b, c as (d, e)): f", "b = enter(a); tuple[d, e] = enter(c); f"),
        ("with (a): b", "enter(a); b"),
        ("async with a as b.c: d", "b.c = enter(a); d"),
        ("with suppress(A): b", "enter(suppress(A)); try {b} except A {} else {}"),
        (
            "try: a\nexcept (A, B) as e: b\nexcept: c\nelse: d\nfinally: f",
            "try {a} except A, B as e {b} except  {c} else {d} finally {f}",
        ),
        ("try: a\nexcept* A as e: b", "try {a} except A as e {b} else {}"),
        ("try: a\nexcept A, e: b", "try {a} except A as e {b} else {}"),
        ("try: a\nexcept A, B: b", "try {a} except A, B {b} else {}"),
        ("try: a\nfinally: b", "try {a} else {} finally {b}"),
    ],
)
def test_a_compound_statement_nests_as_in_the_source(source: str, expected: str) -> None:
    assert told(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a for a in b]", "<{[]@2 = list[]; for a@1 in b {[]@2.append(a@1)}} []@2>"),
        ("{a for a in b}", "<{{}@2 = set[]; for a@1 in b {{}@2.add(a@1)}} {}@2>"),
        ("{a: 1 for a in b}", "<{{:}@2 = {}; for a@1 in b {{:}@2[a@1] = 1}} {:}@2>"),
        ("f(a for a in b)", "f(<{()@2 = list[]; for a@1 in b {()@2.append(a@1)}} ()@2>)"),
        (
            "[c for a, b in a if b for c in a]",
            "<{[]@4 = list[]; for tuple[a@1, b@2] in a {if b@2 {for c@3 in a@1 {[]@4.append(c@3)}} else {}}} []@4>",
        ),
        (
            "[lambda a: (a, b) for b in c]",
            "<{[]@2 = list[]; for b@1 in c {[]@2.append(<def <lambda>(plain a) {return tuple[a, b@1]}>)}} []@2>",
        ),
        ("[a for a in b, c]", "<{[]@2 = list[]; for a@1 in tuple[b, c] {[]@2.append(a@1)}} []@2>"),
        ("[(c := a) for a in b]", "<{[]@2 = list[]; for a@1 in b {[]@2.append((c := a@1))}} []@2>"),
    ],
)
def test_a_comprehension_is_a_loop_whose_variables_do_not_leak(source: str, expected: str) -> None:
    assert told(source) == expected


def test_the_variable_of_a_comprehension_is_not_confused_with_that_of_a_lambda_inside() -> None:
    lowered = told("[lambda: [a for b in a] for a in c]")

    assert lowered == (
        "<{[]@2 = list[]; for a@1 in c {[]@2.append("
        "<def <lambda>() {return <{[]@4 = list[]; for b@3 in a@1 {[]@4.append(a@1)}} []@4>}>)}} []@2>"
    )


def test_names_outside_of_a_comprehension_keep_their_names() -> None:
    lowered = module("def f(a):\n  [b for a in a]\n  return a")

    (defined,) = functions(lowered.body.body[0])
    assert defined.bound == {"a", "a@1", "[]@2"}
    assert tell(defined.body[-1]) == "return a"


SEQUENCE = "isinstance(a, tuple[list, tuple])"
INNER = "isinstance(a[0], tuple[list, tuple])"
MAPPING = "(isinstance(a, dict) and ('k' in a) and ((x := a['k']) , True))"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("1", "if (a == 1) {b} else {}"),
        ("-1", "if (a == (- 1)) {b} else {}"),
        ("'x' 'y'", "if (a == 'xy') {b} else {}"),
        ("D(y=-1)", "if (isinstance(a, D) and (a.y == (- 1))) {b} else {}"),
        ("{-1: _}", "if (isinstance(a, dict) and ((- 1) in a)) {b} else {}"),
        ("1 + 2j", "if (a == ?(1, ?())) {b} else {}"),
        ("None", "if (a is None) {b} else {}"),
        ("x.y", "if (a == x.y) {b} else {}"),
        ("_", "if True {b} else {}"),
        ("x", "if True {x = a; b} else {}"),
        ("(x)", "if True {x = a; b} else {}"),
        ("1 | -2 | None", "if ((a == 1) or (a == (- 2)) or (a is None)) {b} else {}"),
        ("1 | _", "if ((a == 1) or True) {b} else {}"),
        ("(1 | 2) as x", "if ((a == 1) or (a == 2)) {x = a; b} else {}"),
        ("str() as x", "if isinstance(a, str) {x = a; b} else {}"),
        ("str(x)", "if isinstance(a, str) {x = a; b} else {}"),
        ("c.D(x, y=1)", "if (isinstance(a, c.D) and (a.y == 1)) {x = getattr(a, c.D.__match_args__[0]); b} else {}"),
        ("D(y=_)", "if isinstance(a, D) {b} else {}"),
        ("[x, 1]", f"if ({SEQUENCE} and (len(a) == 2) and (a[1] == 1)) {{x = a[0]; b}} else {{}}"),
        ("x, y", f"if ({SEQUENCE} and (len(a) == 2)) {{x = a[0]; y = a[1]; b}} else {{}}"),
        ("x,", f"if ({SEQUENCE} and (len(a) == 1)) {{x = a[0]; b}} else {{}}"),
        ("[x, *y, z]", f"if ({SEQUENCE} and (len(a) >= 2)) {{x = a[0]; y = a[1:-1:]; z = a[-1]; b}} else {{}}"),
        ("[*_]", f"if ({SEQUENCE} and (len(a) >= 0)) {{b}} else {{}}"),
        ("[*y]", f"if ({SEQUENCE} and (len(a) >= 0)) {{y = a[0::]; b}} else {{}}"),
        ("{'k': x, **y}", "if (isinstance(a, dict) and ('k' in a)) {x = a['k']; y = a; b} else {}"),
        ("{c.D: 1}", "if (isinstance(a, dict) and (c.D in a) and (a[c.D] == 1)) {b} else {}"),
        ("x if x > 1", "if ((x := a) , (x > 1)) {b} else {}"),
        ("1 if c", "if ((a == 1) and c) {b} else {}"),
        (
            "[x] | {'k': x}",
            f"if (({SEQUENCE} and (len(a) == 1) and ((x := a[0]) , True)) or {MAPPING}) {{b}} else {{}}",
        ),
        (
            "[[x], _]",
            f"if ({SEQUENCE} and (len(a) == 2) and {INNER} and (len(a[0]) == 1)) {{x = a[0][0]; b}} else {{}}",
        ),
    ],
)
def test_a_pattern_is_the_test_that_it_makes(pattern: str, expected: str) -> None:
    assert told(f"match a:\n  case {pattern}: b") == expected


def test_cases_are_tried_in_order_on_a_subject_that_is_read_once() -> None:
    lowered = told("match f(), g:\n  case 1: a\n  case _: b")

    assert lowered == "match@1 = tuple[f(), g]; if (match@1 == 1) {a} else {if True {b} else {}}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@a.b(c)\nasync def f[T](x) -> list[T]: return x", "@a.b(c) async def f(plain x) -> list[T] {return x}"),
        (
            "def f(x, /, y: int, z=1, *r, k, **m): pass",
            "def f(positional x, plain y: int, plain z = 1, rest r, keyword k, keyword-rest m) {}",
        ),
        ("def f(a, *, b: str = 'c'): pass", "def f(plain a, keyword b: str = 'c') {}"),
        ("def f(*a: b): pass", "def f(rest a: b) {}"),
        ("def f((a, b), c): pass", "def f(plain ()@6 as tuple[a, b], plain c) {}"),
        ("@a\nclass B[T](C, *d, metaclass=E, **f): g = 1", "@a class B(C, *d, metaclass=E, **f) {g = 1}"),
        ("class A:\n  def f(self): pass", "class A() {def A.f(plain self) {}}"),
    ],
)
def test_a_definition_tells_its_head_and_body(source: str, expected: str) -> None:
    assert told(source) == expected


def test_a_function_binds_all_that_it_assigns() -> None:
    found = function(
        "def f(a, *b, c=0, **d):\n"
        "  global g\n  g = 1\n  import e.x, h.x as i\n  from j import k, l as m\n"
        "  for n, (o, *p) in q: pass\n  with r as s: pass\n  try: pass\n  except t as u: pass\n"
        "  if (v := 1): pass\n  def w(): x = 1\n  class y: z = 1\n  aa: int\n  ab += 1\n  del ac\n"
        "  ad.ae = af[ag] = 1\n"
        "  match ah:\n    case [ai, *aj] | {'k': ak, **al} as am: pass\n",
        "f",
    )

    assert found.bound == set("abcdeikmnopsuvwy") | {"aa", "ab", "ac", "ai", "aj", "ak", "al", "am"}


def test_a_nonlocal_name_belongs_to_the_function_around() -> None:
    source = "def f():\n  a = 1\n  def g():\n    nonlocal a\n    a = 2\n"

    assert function(source, "f").bound == {"a", "g"}
    assert function(source, "f.g").bound == set()


def test_a_global_name_belongs_to_the_module_though_only_a_function_binds_it() -> None:
    assert module("def f():\n  global a\n  a = 1\n").body.bound == {"f", "a"}


def test_names_of_a_class_body_are_not_names_of_what_is_around() -> None:
    assert module("class A:\n  b = 1\n  def c(self): pass\n").body.bound == {"A"}


@pytest.mark.parametrize(
    ("decorator", "binding", "accessor"),
    [
        ("", "instance", None),
        ("@staticmethod\n", "static", None),
        ("@classmethod\n", "class", None),
        ("@property\n", "instance", "get"),
        ("@functools.cached_property\n", "instance", "get"),
        ("@f.setter\n", "instance", "set"),
        ("@f.deleter\n", "instance", None),
        ("@other\n", "instance", None),
    ],
)
def test_a_method_tells_what_its_first_parameter_is(decorator: str, binding: str, accessor: str | None) -> None:
    source = f"class A:\n {decorator.strip() or '# nothing'}\n def f(self): pass\n"

    found = function(source, "A.f")

    assert (found.binding, found.accessor) == (binding, accessor)


def test_new_takes_the_class_and_a_function_in_a_method_takes_nothing_special() -> None:
    source = "class A:\n def __new__(cls):\n  def g(x): pass\n"

    assert function(source, "A.__new__").binding == "class"
    assert function(source, "A.__new__.g").binding == "plain"


def test_yield_makes_a_generator_of_the_function_alone() -> None:
    source = "def f():\n  def g(): yield 1\n  return lambda: (yield)\n"

    assert not function(source, "f").is_generator
    assert function(source, "f.g").is_generator
    assert function(source, "f.<lambda>").is_generator


def test_mentions_are_names_attributes_keywords_and_short_texts_with_those_of_inner_functions() -> None:
    source = f"""
def f(a: b = c):
    d.e(g=h)["i"] = f"j{{k}}" + "{"x" * 64}" + "{"y" * 65}"
    def l():
        import m.n as o
        return "p" "q"
    return [r for r in s]
"""

    found = function(source, "f")

    names = set("abcdefghijklmnors")
    assert found.mentions == names | {".e", "p", "q", "pq", "x" * 64}
    assert function(source, "f.l").mentions == {"l", "m", "n", "o", "p", "q", "pq"}
    assert module(source).body.mentions >= found.mentions


def test_a_break_that_must_leave_a_switch_of_many_arms_names_its_loop() -> None:
    arms = "".join(f"  elif a == {place}: {'break' if place == 7 else 'b'}\n" for place in range(60))

    (loop,) = module(f"while a:\n  if c: continue\n{arms}  else: d\n").body.body

    assert isinstance(loop, form.Loop)
    assert loop.label == "loop@1"
    (switch,) = loop.body
    assert isinstance(switch, form.Switch)
    assert tell(switch.cases[0]) == "case (not (not c)) {continue; break}"
    assert tell(switch.cases[8]) == "case (not (not (a == 7))) {break loop@1; break}"
    assert tell(switch.cases[-1]) == "case  {d}"


def test_every_node_knows_its_bytes() -> None:
    source = "é = 1\nif f(é): g.h = [x for x in 'é']\n"

    lowered = module(source).body

    texts = {source.encode()[node.start : node.end].decode() for node in nodes(lowered)}
    assert {"é = 1", "f(é)", "g.h", "[x for x in 'é']", "'é'", "é"} <= texts


FILES = ["argparse", "ast", "asyncio/base_events", "contextlib", "fnmatch", "typing", "unittest/mock", "_pyio"]


@pytest.mark.parametrize("name", FILES)
def test_definitions_are_qualified_as_units_are_named(name: str) -> None:
    parsed = parse((LIBRARY / f"{name}.py").read_bytes(), "python")

    lowered = lower(parsed, name)

    assert lowered is not None
    found = {
        node.qualified
        for node in nodes(lowered.body)
        if isinstance(node, form.Function | form.Class) and node.name not in {"", "<lambda>"}
    }
    assert found == {unit.name for unit in parsed.units if unit.kind != "top-level"}


@pytest.mark.parametrize("name", FILES)
def test_functions_bind_what_the_interpreter_of_python_says(name: str) -> None:
    source = (LIBRARY / f"{name}.py").read_text(encoding="utf-8")

    lowered = functions(module(source).body)

    found = [frozenset(one.bound - made(one)) for one in lowered if one.name not in {"", "<lambda>"}]
    assert Counter(found) == Counter(locals_of(symtable.symtable(source, name, "exec")))


def made(node: form.Function) -> set[str]:
    return {name for name in node.bound if "@" in name}


def locals_of(table: symtable.SymbolTable) -> Iterator[frozenset[str]]:
    for child in table.get_children():
        if isinstance(child, symtable.Function) and child.get_name() not in NAMELESS:
            yield frozenset(child.get_locals())
        if child.get_name() not in NAMELESS:
            yield from locals_of(child)


NAMELESS = {"lambda", "listcomp", "setcomp", "dictcomp", "genexpr"}


@pytest.mark.parametrize("name", FILES)
def test_literals_are_those_that_the_interpreter_of_python_reads(name: str) -> None:
    source = (LIBRARY / f"{name}.py").read_text(encoding="utf-8")

    lowered = nodes(module(source).body)

    found = {node.value for node in lowered if isinstance(node, form.Constant)}
    assert set(literals(ast.parse(source))) <= found


def literals(tree: ast.AST) -> Iterator[object]:
    """All but docstrings, formats of values, and what no statement of the form tells."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str | bytes | int | float | None):
        yield tree.value
    for name, child in ast.iter_fields(tree):
        is_told = (name != "format_spec") and not (isinstance(tree, ast.Assert) and name == "msg")
        for one in child if isinstance(child, list) else [child]:
            is_text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
            if isinstance(one, ast.AST) and is_told and not is_text and not is_declaration(one):
                yield from literals(one)


def is_declaration(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is None


@pytest.mark.parametrize("name", FILES)
def test_calls_are_those_that_the_interpreter_of_python_reads(name: str) -> None:
    source = (LIBRARY / f"{name}.py").read_bytes()
    starts = [0, *[place + 1 for place, byte in enumerate(source) if byte == ord("\n")]]

    lowered = nodes(module(source.decode()).body)

    told = {(node.start, node.end) for node in lowered if isinstance(node, form.Call)}
    asserted = {node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)}
    calls = {
        (starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and node.lineno not in asserted
    }
    assert calls <= told


def test_a_language_without_a_lowering_gives_none() -> None:
    assert "go" not in LOWERINGS
    assert lower(parse(b"package a", "go"), "a.go") is None
