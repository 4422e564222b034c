"""What Python's structure keys forget, and what they never do."""

import random
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent.parent.parent))  # `benchmarks` is a folder of scripts, and not installed

from stand_ins.structures import key_of

from benchmarks.oracles.bytecode import compiled, same
from coderev.files import thread_seconds
from coderev.syntax import parse


def body(text: str) -> str:
    """A function with a body."""
    lines = "".join(f"    {line}\n" for line in text.split("\n"))
    return f"def f(a, b=1, *c, **d):\n{lines}"


SAME = {
    "blanks": ("return a+b", "return  a + b"),
    "blank lines": ("x = a\nreturn x", "x = a\n\n\n\nreturn x"),
    "a blank less between tokens": ("return not -a", "return not - a"),
    "blanks in a two-word operator": ("return a not in b", "return a not   in b"),
    "a comment": ("return a", "return a  # why"),
    "a comment of its own": ("return a", "# why\nreturn a"),
    "another comment": ("return a  # one", "return a  # two"),
    "a comment like code": ("return a", "return a  # ; return b"),
    "a comment within brackets": ("return g(a, b)", "return g(a,  # left\n         b)"),
    "a comment with a word of a tool": ("return a", "return a  # this type of value is never skipped"),
    "a noqa of layout": ("return a", "return a  # noqa: E501"),
    "a noqa of more layout": ("return a", "return a  # noqa: E501, W291"),
    "lines within brackets": ("return g(a, b)", "return g(\n    a,\n        b\n)"),
    "a backslash": ("return a + b", "return a + \\\n    b"),
    "a semicolon": ("x = a; return x", "x = a\nreturn x"),
    "a last semicolon": ("return a", "return a;"),
    "a block in one line": ("if a: b()", "if a:\n    b()"),
    "a block of two statements in one line": ("if a: b(); c()", "if a:\n    b()\n    c()"),
    "an else in one line": ("if a: b()\nelse: c()", "if a:\n    b()\nelse:\n    c()"),
    "deeper indentation": ("if a:\n  b()", "if a:\n        b()"),
    "brackets of a result": ("return a", "return (a)"),
    "doubled brackets": ("return ((a + b))", "return a + b"),
    "brackets that bind as without": ("return a + b * 2", "return a + (b * 2)"),
    "brackets on the left": ("return a + b + 2", "return (a + b) + 2"),
    "brackets of a condition": ("if (a): b()", "if a: b()"),
    "brackets of a target": ("for (x, y) in a: b()", "for x, y in a: b()"),
    "brackets of a tuple": ("return a, b", "return (a, b)"),
    "brackets of a tuple of one": ("x = a,\nreturn x", "x = (a,)\nreturn x"),
    "brackets of an import": ("from os import path, sep", "from os import (path, sep)"),
    "brackets of with": ("with a as x, b as y: x", "with (a as x, b as y): x"),
    "brackets of del": ("del a, b", "del (a, b)"),
    "the comma of a call": ("return g(a, b)", "return g(a, b,)"),
    "the comma of a list": ("return [a, b]", "return [a, b,]"),
    "the comma of a set": ("return {a, b}", "return {a, b,}"),
    "the comma of a dictionary": ("return {a: b}", "return {a: b,}"),
    "the comma of a tuple of two": ("return (a, b)", "return (a, b,)"),
    "the comma of an import": ("from os import (path, sep)", "from os import (path, sep,)"),
    "quotes": ("return 'a'", 'return "a"'),
    "tripled quotes": ("return 'a'", 'return """a"""'),
    "quotes within": ("return 'it\\'s'", 'return "it\'s"'),
    "a string that goes on": ("return 'a\\\nb'", "return 'a    b'"),
    "a raw string": (r"return r'\d'", r"return '\\d'"),
    "an escape": ("return '\\x41'", "return 'A'"),
    "a wide escape": ("return '\\u00e9'", "return 'é'"),
    "a named escape": ("return '\\N{BULLET}'", "return '•'"),
    "the prefix of Python 2": ("return u'a'", "return 'a'"),
    "the case of a prefix": ("return B'a' + Rb'b'", "return b'a' + rb'b'"),
    "raw bytes": (r"return rb'\d'", r"return b'\\d'"),
    "quotes of a format": ("return f'{a}'", 'return f"{a}"'),
    "quotes in a format": ("return f'{a[\"x\"]}'", "return f\"{a['x']}\""),
    "the case of a format": ("return F'{a}'", "return f'{a}'"),
    "the order of a prefix": ("return fR'{a}'", "return rf'{a}'"),
    "the case of hexadecimal": ("return 0XFF", "return 0xff"),
    "the case of an exponent": ("return 1E5", "return 1e5"),
    "the case of an imaginary": ("return 2J", "return 2j"),
    "separators": ("return 1_000_000", "return 1000000"),
    "separators in hexadecimal": ("return 0xAB_CD", "return 0xabcd"),
    "a docstring": ('"""Why."""\nreturn a', "return a"),
    "another docstring": ("'Why.'\nreturn a", '"""What\n    for."""\nreturn a'),
    "a docstring after a comment": ("# c\n'Why.'\nreturn a", "return a"),
    "a docstring before a semicolon": ("'Why.'; return a", "return a"),
    "a raw docstring": ("r'Why.'\nreturn a", "return a"),
    "a docstring in a class": ("class A:\n  'Why.'\n  x = 1", "class A:\n  x = 1"),
    "a local": ("x = a\nreturn x", "y = a\nreturn y"),
    "a local in a loop": ("for x in a: g(x)", "for y in a: g(y)"),
    "a local after with": ("with a as x: g(x)", "with a as y: g(y)"),
    "a local after except": ("try: g()\nexcept E as x: g(x)", "try: g()\nexcept E as y: g(y)"),
    "a local of a walrus": ("if (x := a): g(x)", "if (y := a): g(y)"),
    "a local of a comprehension": ("return [x for x in a]", "return [y for y in a]"),
    "a local of a generator": ("return any(x for x in a if x)", "return any(y for y in a if y)"),
    "a local that a function sees": ("x = a\ndef g(): return x", "y = a\ndef g(): return y"),
    "a local that a lambda sees": ("x = a\nreturn lambda: x", "y = a\nreturn lambda: y"),
    "a local in a format": ("x = a\nreturn f'{x}'", "y = a\nreturn f'{y}'"),
    "a local with a star": ("x, *y = a\nreturn y", "x, *z = a\nreturn z"),
    "two locals": ("x, y = a\nreturn y, x", "y, x = a\nreturn x, y"),
    "a nested local": ("x, (y, z) = a\nreturn z", "x, (y, w) = a\nreturn w"),
    "a local that is deleted": ("x = a\ndel x", "y = a\ndel y"),
    "a local in a subscript": ("x = a\nb[x] = 1", "y = a\nb[y] = 1"),
    "a local as a default": ("x = a\ndef g(z=x): return z", "y = a\ndef g(z=y): return z"),
}

DIFFERENT = {
    "an operator": ("return a < b", "return a <= b"),
    "an operand": ("return a < b", "return b < a"),
    "a not": ("return a", "return not a"),
    "a statement out of a block": ("if a:\n    b()\n    c()", "if a:\n    b()\nc()"),
    "a statement into a block": ("for x in a:\n    b()\nc()", "for x in a:\n    b()\n    c()"),
    "an else of another if": ("if a:\n  if b: c()\n  else: d()", "if a:\n  if b: c()\nelse: d()"),
    "brackets that bind otherwise": ("return a + b * 2", "return (a + b) * 2"),
    "brackets of a chain": ("return a < b < c", "return (a < b) < c"),
    "brackets of not": ("return a is (not b)", "return a is not b"),
    "brackets of a power": ("return -1 ** 2", "return (-1) ** 2"),
    "brackets that make a tuple an argument": ("return g(a, b)", "return g((a, b))"),
    "brackets around what has a star": ("return g(*(a, b))", "return g(*a, b)"),
    "brackets of assert": ("assert a, b", "assert (a, b)"),
    "brackets of raise in Python 2": ("raise A, b", "raise (A, b)"),
    "brackets that make with a tuple": ("with ((a, b)): c()", "with (a, b): c()"),
    "brackets of a tuple after as": ("with (a, b) as x: c()", "with a, b as x: c()"),
    "brackets of a name with a type": ("class A:\n  (x): int = 1", "class A:\n  x: int = 1"),
    "brackets of a name after except": ("try: a\nexcept B as e: b", "try: a\nexcept B as (e): b"),
    "brackets of a walrus": ("x = (y := a)", "x = y := a"),
    "brackets of a lambda": ("return (lambda: a), b", "return lambda: (a, b)"),
    "brackets of a tuple parameter": ("return lambda x, y: a", "return lambda (x, y): a"),
    "brackets of a starred": ("return g(*a)", "return g((*a))"),
    "the comma of a tuple": ("return (a)", "return (a,)"),
    "the comma of a subscript": ("return a[b]", "return a[b,]"),
    "the comma of a subscript in a type": ("def g(x: T[int]): pass", "def g(x: T[int,]): pass"),
    "the comma of a pattern": ("match a:\n  case (b): c()", "match a:\n  case (b,): c()"),
    "the comma of an assignment": ("x = a", "x, = a"),
    "a comma without an argument": ("return g()", "return g(,)"),
    "a prefix": ("return 'a'", "return b'a'"),
    "a raw string with escapes": (r"return r'\n'", r"return '\n'"),
    "bytes that look like a character": ("return b'\\u0041'", "return b'A'"),
    "blanks in a string": ("return 'a b'", "return 'a  b'"),
    "blanks at the end of a string": ("return 'a'", "return 'a '"),
    "the end of a line in a string": ("return '''a\nb'''", "return '''a\n\nb'''"),
    "a broken string": ("return '''a\nb'''", "return 'a\nb'"),
    "a format of nothing": ("return f'a'", "return 'a'"),
    "escaped braces": ("return f'{{a}}'", "return f'{a}'"),
    "a conversion": ("return f'{a!r}'", "return f'{a!s}'"),
    "a blank in a format": ("return f'{a:>5}'", "return f'{a: >5}'"),
    "a blank at the end of a format": ("return f'{a:5}'", "return f'{a:5 }'"),
    "a blank before a nested format": ("return f'{a:{b}}'", "return f'{a: {b}}'"),
    "a format that shows itself": ("return f'{a=}'", "return f'{a = }'"),
    "a walrus or a format": ("return f'{(x:=5)}'", "return f'{x:=5}'"),
    "what is after a walrus that is a format": ("return f'{x:=5}'", "return f'{y:=5}'"),
    "a lambda or a format": ("return f'{(lambda: x)}'", "return f'{lambda: x}'"),
    "brackets in a template": ("return t'{(a)}'", "return t'{a}'"),
    "a template and a format": ("return t'{a}'", "return f'{a}'"),
    "a name in an escape": ("bullet = a\nreturn f'\\N{bullet}', bullet", "dash = a\nreturn f'\\N{dash}', dash"),
    "a surrogate pair": ("return '\\ud83d\\ude00'", "return '\\U0001f600'"),
    "a truth and a number": ("return 1", "return True"),
    "a whole and a float": ("return 1", "return 1.0"),
    "a float and an imaginary": ("return 1.", "return 1.j"),
    "a sign": ("return 0.0", "return -0.0"),
    "an old octal": ("return 0o17", "return 0x17"),
    "a docstring that is interpolated": ("f'{a}'\nreturn a", "return a"),
    "a docstring of bytes": ("b'a'\nreturn a", "return a"),
    "a docstring that is a tuple": ("'a',\nreturn a", "return a"),
    "a docstring that is called": ("'a'.strip()\nreturn a", "return a"),
    "a docstring that is read": ("'a'\nreturn f.__doc__", "'b'\nreturn f.__doc__"),
    "a docstring that does not end": ("'a\nb'\nreturn a", "return a"),
    "a string after a docstring": ("'a'\n'b'\nreturn a", "return a"),
    "a string that is no docstring": ("if a:\n  'b'\n  c()", "if a:\n  c()"),
    "a pass": ("pass\nreturn a", "return a"),
    "a call": ("g()\nreturn a", "return a"),
    "a keyword": ("return g(a=b)", "return g(b=a)"),
    "a keyword of no value": ("return g(a=b)", "return g(b)"),
    "an attribute": ("return a.x", "return a.y"),
    "a function's name": ("def g(): pass\nreturn g", "def h(): pass\nreturn h"),
    "a class's name": ("class A: pass\nreturn A", "class B: pass\nreturn B"),
    "an import's name": ("import x\nreturn x", "import y\nreturn y"),
    "an import's alias": ("import x as y\nreturn y", "import x as z\nreturn z"),
    "a global": ("global x\nx = a", "global y\ny = a"),
    "a global of a nested function": (
        "x = 1\ndef g():\n    global x\n    return x",
        "y = 1\ndef g():\n    global y\n    return y",
    ),
    "a nonlocal": ("def g():\n    nonlocal x\n    x = 1", "def g():\n    nonlocal y\n    y = 1"),
    "a nested parameter": ("def g(x): return x", "def g(y): return y"),
    "a parameter of a lambda": ("return lambda x: x", "return lambda y: y"),
    "a name in the body of a class": ("class A:\n  x = 1", "class A:\n  y = 1"),
    "a local in the body of a class": ("x = a\nclass A(M):\n  y = x", "z = a\nclass A(M):\n  y = z"),
    "a loop in the body of a class": ("class A:\n  for x in a: pass", "class A:\n  for y in a: pass"),
    "a mangled name": ("__x = a\nreturn __x", "y = a\nreturn y"),
    "a name that another is mangled to": ("_A__x = a\nreturn __x", "y = a\nreturn __x"),
    "what makes a cell": ("super = a\nreturn super()", "x = a\nreturn x()"),
    "an import of everything": ("x = a\nfrom m import *\nreturn x", "y = a\nfrom m import *\nreturn y"),
    "the cell of a class": ("__class__ = a\nreturn super()", "x = a\nreturn super()"),
    "a local that eval sees": ("x = a\nreturn eval(b)", "y = a\nreturn eval(b)"),
    "a local that exec sees": ("x = a\nexec(b)", "y = a\nexec(b)"),
    "a local that the old exec sees": ("x = a\nexec b", "y = a\nexec b"),
    "locals that are listed": ("x = a\nreturn locals()", "y = a\nreturn locals()"),
    "locals as variables": ("x = a\nreturn '%(x)s' % vars()", "y = a\nreturn '%(x)s' % vars()"),
    "locals of a frame": ("x = a\nreturn sys._getframe().f_locals", "y = a\nreturn sys._getframe().f_locals"),
    "locals by a name in a string": ("x = a\ngetattr(b, 'eval')(c)", "y = a\ngetattr(b, 'eval')(c)"),
    "a local in a string": ("x = a\nreturn df.query('@x')", "y = a\nreturn df.query('@x')"),
    "a local that is shown": ("x = a\nreturn f'{x=}'", "y = a\nreturn f'{y=}'"),
    "a local in a template": ("x = a\nreturn t'{x}'", "y = a\nreturn t'{y}'"),
    "a local in a type comment": ("x = a  # type: T[x]", "y = a  # type: T[x]"),
    "a local in a type": ("T = a\ndef g(x: T): pass", "U = a\ndef g(x: U): pass"),
    "a local that is a keyword elsewhere": ("x = a\nreturn g(x=x)", "y = a\nreturn g(y=y)"),
    "a local that is a parameter elsewhere": ("x = a\ndef g(x): return x", "y = a\ndef g(y): return y"),
    "a capture": ("match a:\n  case x: return x", "match a:\n  case y: return y"),
    "a capture and a value": ("match a:\n  case x: b()", "match a:\n  case M.x: b()"),
    "a keyword of a pattern": ("match a:\n  case P(x=0): b()", "match a:\n  case P(y=0): b()"),
    "the rest of a pattern": ("match a:\n  case [*x]: b()", "match a:\n  case [*y]: b()"),
    "what matches all": ("_ = a\nmatch a:\n  case _: b()", "x = a\nmatch a:\n  case x: b()"),
    "a local that a pattern names": ("x = P\nmatch a:\n  case x(): b()", "y = P\nmatch a:\n  case y(): b()"),
    "one renamed": ("x = a\nreturn x", "x = a\nreturn y"),
    "two merged": ("x = a\ny = b\nreturn x", "x = a\nx = b\nreturn x"),
    "one split": ("x = a\nx = b\nreturn x", "x = a\ny = b\nreturn x"),
    "two exchanged": ("x, y = a\nreturn x", "x, y = a\nreturn y"),
    "what a comprehension reads first": ("return [x for x in x]", "return [y for y in y]"),
    "what a comprehension reads first, after a comment": (
        "return [x\n  # c\n  for x in x]",
        "return [y\n  # c\n  for y in y]",
    ),
    "what a comprehension in a comprehension reads": (
        "return [x for x in [x for y in a]]",
        "return [z for z in [z for y in a]]",
    ),
    "a name after a comprehension": ("[x for x in a]\nreturn x", "[y for y in a]\nreturn y"),
    "a name after a comprehension with a star": ("[x for y, *x in a]\nreturn x", "[z for y, *z in a]\nreturn z"),
    "a name after a comprehension with brackets": (
        "[x for (y, (x, z)) in a]\nreturn x",
        "[w for (y, (w, z)) in a]\nreturn w",
    ),
    "a default is evaluated outside": ("def g(y=x):\n    x = 1", "def g(y=z):\n    z = 1"),
    "a decorator is evaluated outside": ("@x\ndef g():\n    x = 1", "@z\ndef g():\n    z = 1"),
    "a base is evaluated outside": ("class A(x):\n    x = 1", "class A(z):\n    z = 1"),
    "a name that says what it holds": ("password = a\nreturn password", "x = a\nreturn x"),
    "a name that says its unit": ("delay_ms = a\nreturn delay_ms", "delay = a\nreturn delay"),
    "a long name": (f"{'n' * 31} = a\nreturn {'n' * 31}", "x = a\nreturn x"),
    "a name that reads as another": ("ﬁ = a\nreturn fi", "x = a\nreturn fi"),
    "a name that another reads as": ("fi = a\nreturn ﬁ", "x = a\nreturn ﬁ"),
    "await": ("return await a", "return a"),
    "yield from": ("yield from a", "yield a"),
    "a star": ("return g(*a)", "return g(**a)"),
    "a statement of Python 2": ("print a", "print(a)"),
    "a print of a tuple": ("print (a, b), c", "print a, b, c"),
    "an exception of Python 2": ("try: a\nexcept A, e: b", "try: a\nexcept (A, e): b"),
    "async": ("async for x in a: b()", "for x in a: b()"),
    "a group of exceptions": ("try: a\nexcept* A: b", "try: a\nexcept A: b"),
}

BROKEN = {  # that the grammar reads, and Python does not: they are not what they look like
    "a lone carriage return": "x = a  # c\rb()\nreturn x",
    "a vertical tab": "x =\va",
    "a null": "x = a  # \0",
    "a line that is deeper": "x = a\n  y = b",
    "a line that is less deep": "if a:\n        b()\n    c()",
    "an else of no if": "if a:\n    if b:\n        c()\n  else:\n    d()",
    "a decorator that is deeper": "  @a\ndef g(): pass",
    "a line that ends within": "x = a +\n    b",
    "a name on the next line": "x = a.\n    b",
    "two statements in a line": "a() b, c = d",
    "a semicolon that begins a line": "a()\n; b()",
    "a block behind a semicolon": "a(); if b: c()",
    "a backslash before another statement": "'''a\n'''\\\nb()",
    "a bare else": "if a: b() else: c()",
    "a line end in a string": "x = 'a\nb'",
    "a line end in a format": "x = f'{a\n}'",
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_what_is_layout_keeps_the_key(one: str, other: str) -> None:
    key = key_of(body(one), "python")

    assert key is not None
    assert key_of(body(other), "python") == key


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_is_meaning_changes_the_key(one: str, other: str) -> None:
    keys = {key_of(body(text), "python") for text in (one, other)}

    assert keys != {None}
    assert len(keys) == 2


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_python_refuses_has_no_key_of_what_it_looks_like(text: str) -> None:
    joined = re.sub(r"[\r\v\0]", " ", text)
    looks = {joined, re.sub(r"\n *", " ", joined), re.sub(r"\n *", "\n", joined), joined.replace(" b", "; b", 1)}

    key = key_of(body(text), "python")

    assert key is None or key not in {key_of(body(look), "python") for look in looks - {text}}


@pytest.mark.parametrize(
    "comment",
    [
        "# type: ignore",
        "#type:int",
        "# noqa",
        "# NOQA",
        "# noqa: S105",
        "# noqa: E501,S105",
        "# noqa E501",
        "# nosec",
        "# nosec B105",
        "# because # nosec",
        "# because  # noqa: F401",
        "# pragma: no cover",
        "# PRAGMA: NO COVER",
        "# pylint: disable=eval-used",
        "# and pylint: disable=eval-used",
        "# pyright: ignore",
        "# mypy: ignore-errors",
        "# ruff: noqa",
        "# flake8: noqa",
        "# fmt: off",
        "# isort: skip",
        "# nosemgrep: a.b",
        "# NOSONAR",
        "# noinspection PyUnresolvedReferences",
        "# pyre-ignore[6]: why",
        "# pytype: disable=attribute-error",
        "# cython: boundscheck=False",
        "# some-tool: ignore",
        "#!/usr/bin/python -O",
        "# PYTHON_ARGCOMPLETE_OK",
    ],
)
def test_a_comment_that_tools_obey_is_meaning(comment: str) -> None:
    with_it = body(f"x = a  {comment}\nreturn x")
    without, beside, above = (
        body("x = a\nreturn x"),
        body(f"x = a\nreturn x  {comment}"),
        body(f"{comment}\nx = a\nreturn x"),
    )

    keys = {key_of(text, "python") for text in (with_it, without, beside, above)}

    assert len(keys) == 4
    assert key_of(with_it, "python", True) not in {key_of(text, "python", True) for text in (without, beside, above)}


def test_where_a_comment_that_tools_obey_stands_is_meaning() -> None:
    trailing, own = "x = a  # noqa\ny = b\n", "x = a\n# noqa\ny = b\n"

    assert key_of(trailing, "python") != key_of(own, "python")


@pytest.mark.parametrize("coding", ["latin-1", "utf-7", "rot13", "unicode_escape", "utf8x", "cp1251"])
@pytest.mark.parametrize(
    "place", ["{}x = 1\n", "#!/usr/bin/python\n{}x = 1\n", "\n{}x = 1\n", "{}\n\ndef f():\n    x = 1\n"]
)
def test_a_file_in_another_coding_has_no_keys(coding: str, place: str) -> None:
    source = place.format(f"# -*- coding: {coding} -*-\n")

    parsed = parse(source.encode(), "python")

    assert all(parsed.structure(line, parsed.lines) is None for line in range(1, parsed.lines + 1))


@pytest.mark.parametrize(
    "comment", ["# coding: utf-8", "# -*- coding: UTF8 -*-", "# vim: set fileencoding=utf-8-unix :"]
)
def test_a_coding_that_python_has_anyway_is_layout(comment: str) -> None:
    assert key_of(f"{comment}\nx = 1\n", "python") == key_of("x = 1\n", "python")


def test_a_coding_after_the_second_line_is_a_comment() -> None:
    assert key_of("x = 1\n\n# coding: utf-7\n", "python") == key_of("x = 1\n", "python")


def test_bytes_that_are_no_text_have_no_key() -> None:
    assert key_of(b"x = 1  # \xff\n", "python") is None


def test_tabs_behind_spaces_have_no_key_because_python_counts_them_otherwise() -> None:
    hidden = "if a:\n       \t\tx()\n        \ty()\n"  # to Python one block, to the grammar none

    assert key_of(hidden, "python") is None


def test_blocks_by_tabs_and_by_spaces_have_no_key_because_python_refuses_most_of_them() -> None:
    assert key_of("if a:\n    if b:\n\tc()\n", "python") is None
    assert key_of("if a:\n\tb(c,\n  d)\n", "python") == key_of("if a:\n  b(c, d)\n", "python")


def test_a_backslash_in_the_indentation_has_no_key_because_python_counts_it_otherwise() -> None:
    hidden = "if b:\n  if a:\n    x()\n  \\\n  y()\n"

    assert key_of(hidden, "python") is None


def test_tabs_and_form_feeds_that_indent_are_layout() -> None:
    spaces, tabs = "def f():\n    if a:\n        b()\n\n    c()\n", "\fdef f():\n\tif a:\n\t\tb()\n\f\n\tc()\n"

    assert key_of(spaces, "python") == key_of(tabs, "python")


def test_line_ends_of_windows_are_layout() -> None:
    source = 'def f():\n    x = """a\n    b"""\n    return x  # c\n'

    assert key_of(source.replace("\n", "\r\n"), "python") == key_of(source, "python")


def test_what_a_script_asks_a_tool_to_install_has_no_key() -> None:
    script = "# /// script\n# dependencies = ['requests']\n# ///\nimport requests\n"

    assert key_of(script, "python") is None


def test_a_docstring_of_a_module_is_layout_after_a_comment() -> None:
    assert key_of('# c\n"""Why."""\nx = 1\n', "python") == key_of("x = 1\n", "python")


def test_comments_and_docstrings_count_where_they_are_asked_for() -> None:
    texts = [body("return a"), body("return a  # c"), body("# c\nreturn a"), body("'''d'''\nreturn a")]

    assert len({key_of(text, "python", True) for text in texts}) == len(texts)
    assert len({key_of(text, "python") for text in texts}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# " + "a" * 1_000_000,
        "# " + "a: " * 300_000,
        "#" + " " * 1_000_000,
        "# noqa: E501" + ", " * 300_000,
        "x = '" + "a\\n" * 100_000 + "'",
        "x = r'" + "a\\" * 300_000 + "b'",
        " " * 300_000 + "x = 1",
        "x = f'" + "{x}" * 30_000 + "'",
    ],
    ids=["a word", "words", "blanks", "codes", "escapes", "backslashes", "indentation", "formats"],
)
def test_a_long_line_is_read_in_the_time_of_its_length(text: str) -> None:
    started = thread_seconds()

    key_of(text + "\n", "python")

    assert thread_seconds() - started < 10


def test_brackets_within_brackets_cost_no_stack() -> None:
    assert key_of("x = " + "(" * 15_000 + "a" + ")" * 15_000 + "\n", "python") == key_of("x = a\n", "python")


SNIPPETS = [
    "def f(a, b):\n    x = a\n    for y in b:\n        x += y\n    return x\n",
    "def f(a):\n    with a as x, g() as y:\n        return [z for z in x if z in y]\n",
    """\
def f(a):
    try:
        x, y = a
    except E as e:
        raise G(x) from e
    return f'{x}' 'y'
""",
    """\
class A(B):
    x: int = 1

    def m(self, *a):
        y = self.x
        return lambda z: (y, z, a)
""",
    """\
async def f(a):
    while (x := await a) and not x[1:]:
        y = {x: 1, **a}
    else:
        del x
    return (y,)
""",
    """\
def f(a):
    match a:
        case [x, *y] if x:
            w = y
        case P(z=x) | (x,):
            w = x
        case _:
            w = None
    return w
""",
]
TOKEN = re.compile(r"\w+|[^\w\s]")


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=600, deadline=None)
def test_an_edit_of_one_token_that_keeps_the_key_keeps_the_code(snippet: str, chance: random.Random) -> None:
    places = [match.span() for match in TOKEN.finditer(snippet)]
    (start, end), (first, last) = chance.choice(places), chance.choice(places)
    token, other = snippet[start:end], snippet[first:last]
    edited = snippet[:start] + chance.choice(["", f"{token} {token}", other, f"({token})", f"{token},"]) + snippet[end:]

    key = key_of(edited, "python")

    if key is not None and key == key_of(snippet, "python"):
        before, after = compiled(snippet.encode()), compiled(edited.encode())
        assert before is not None
        assert after is not None
        assert same(before, after)


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_another_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    unit = chance.choice([" ", "   ", "\t", "        "])
    lines = []
    for line in snippet.splitlines():
        text = line.lstrip()
        depth = (len(line) - len(text)) // 4
        lines += chance.choice([[], [""], [unit * depth + "# a comment"], ["# a comment"]])
        tokens = [" " * chance.choice([1, 1, 2]) if blank == " " else blank for blank in re.split(r"( )", text)]
        lines.append(unit * depth + "".join(tokens if "'" not in text else text) + chance.choice(["", " ", "  # why"]))
    laid_out = chance.choice(["\n", "\r\n"]).join(lines) + "\n"

    assert key_of(laid_out, "python") == key_of(snippet, "python")


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_one_of_two_occurrences_with_another_name_changes_the_key(snippet: str, chance: random.Random) -> None:
    parsed = parse(snippet.encode(), "python")
    structure = parsed.structure(1, parsed.lines)
    assert structure is not None
    name = chance.choice([*structure.names, "a"])
    places = [match.span() for match in re.finditer(rf"\b{name}\b", snippet)]
    start, end = chance.choice(places)

    edited = snippet[:start] + "other" + snippet[end:]

    assert len(places) == 1 or key_of(edited, "python") != structure.key


@given(st.sampled_from(SNIPPETS), st.data())
@settings(max_examples=100, deadline=None)
def test_all_locals_with_other_names_keep_the_key(snippet: str, data: st.DataObject) -> None:
    parsed = parse(snippet.encode(), "python")
    structure = parsed.structure(1, parsed.lines)
    assert structure is not None
    fresh = data.draw(st.permutations(["p", "q", "r", "s", "t", "u"]))
    names = dict(zip(structure.names, fresh, strict=False))

    renamed = TOKEN.sub(lambda match: names.get(match[0], match[0]), snippet)

    assert key_of(renamed, "python") == structure.key
