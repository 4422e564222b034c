"""What TypeScript's structure keys forget, and what they never do; all that holds for JavaScript holds too."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.scripts import DIFFERENT as DIFFERENT_SCRIPTS
from stand_ins.scripts import SAME as SAME_SCRIPTS
from stand_ins.scripts import SNIPPETS as SCRIPTS
from stand_ins.scripts import TRAPS, edited, laid_out, renamed, tokens_of
from stand_ins.structures import key_of

from coderev.syntax import structure_key

SEEDS = st.randoms(use_true_random=False)
LANGUAGES = ("typescript", "tsx")

DIFFERENT = (
    ("(a + b)!.c", "a + b!.c"),
    ("(a + b!.c)!.d", "a + b!.c!.d"),
    ("(a + b!.c) * d", "a + b!.c * d"),
    ("(!a)!.b", "!a!.b"),
    ("(await f)<T>(x)", "await f<T>(x)"),
    ("(a + f)<T>(x)", "a + f<T>(x)"),
    ("(a + f<T>(x)) * b", "a + f<T>(x) * b"),
    ("(a + f<T>(x)).b", "a + f<T>(x).b"),
    ("await (a as T)", "await a as T"),
    ("(a ?? b) as T", "a ?? b as T"),
    ("(a?.b)!.c", "a?.b!.c"),
    ("(a as any).b", "a"),
    ("type A = (B | C)[]", "type A = B | C[]"),
    ("type A = (() => B) | C", "type A = () => B | C"),
    ("type A = readonly (B[])", "type A = readonly B[]"),
    ("class A { 's': T }", "class A { s: T }"),
    ("class A { readonly\nx }", "class A { readonly x }"),
    ("class A { readonly\nx }", "class A { readonly; x }"),
    ("class A { constructor(private x){} }", "class A { constructor(private y){} }"),
    ("class A { constructor(@D() x){} }", "class A { constructor(@D() y){} }"),
    ("class A { constructor(readonly x){} }", "class A { constructor(readonly y){} }"),
    ("type A = B\n[c]", "type A = B[c]"),
    ("let x: T", "let x: U"),
    ("x as T", "x"),
    ("x!", "x"),
    ("<T>x", "x as T"),
    ("enum E { A }", "enum E { B }"),
    ("const enum E { A }", "enum E { A }"),
    ("declare let x", "let x"),
    ("function f(x?: T) {}", "function f(x: T) {}"),
    ("namespace N { let x = 1 }", "namespace N { let y = 1 }"),
    ("interface A { b: C }", "interface A { b?: C }"),
    ("x = f<T>\ny", "x = f < T > y"),
    ("abstract class A {}", "class A {}"),
    ("x = new\nFoo()", "x = new; Foo()"),
    ("type A = B\n<C>(d)", "type A = B<C>; (d)"),
    ("function f(x) { let t: x.T }", "function f(y) { let t: y.T }"),
    ("function f(x) { enum E { 'x' = 1, y = x } }", "function f(z) { enum E { 'x' = 1, y = z } }"),
    ("type A = { a: B }", "type A = { readonly a: B }"),
    ("f(x as T)", "f(x)"),
    ('import type {A} from "b"', 'import {A} from "b"'),
    ("x satisfies T", "x as T"),
    ("let x = y!;", "let x = y;"),
    ("function f(this: A) {}", "function f(that: A) {}"),
    ("class A { m(): void; m() {} }", "class A { m() {} }"),
    ("@D class A {}", "class A {}"),
    ("// @ts-expect-error\nf()", "f()"),
    ('/// <reference path="a" />\nf()', "f()"),
)

SAME = (
    ("type A = | B | C", "type A = B | C"),
    ("type A = (B)", "type A = B"),
    ("type A = (B)[]", "type A = B[]"),
    ("interface A { b: C, d: E }", "interface A { b: C; d: E }"),
    ("interface A { b: C; d: E; }", "interface A { b: C\n d: E }"),
    ("type A = {b: C, d: E}", "type A = { b: C; d: E; }"),
    ("enum E { A, B, }", "enum E { A, B }"),
    ("let x: (T) = y", "let x: T = y"),
    ("let x: (() => T) = y", "let x: () => T = y"),
    ("f<T,>(x)", "f<T>(x)"),
    ("type A = [B, C,]", "type A = [B, C]"),
    ("(x) => y", "x => y"),
    ("x = (a + b)", "x = a + b"),
    ("x = (y as T)", "x = y as T"),
    ("return_((y as T))", "return_(y as T)"),
    ("(x).y", "x.y"),
    ("(x!).y", "x!.y"),
    ("function f(a: T) { return a }", "function f(b: T) { return b }"),
    ("function f(a?: T) { let x: U = a; return x }", "function f(b?: T) { let y: U = b; return y }"),
    ("let f = (a: T): a is U => a", "let f = (b: T): b is U => b"),
    ("class A { m(x: T) { return x } }", "class A { m(y: T) { return y } }"),
    ("enum E { 'A' }", "enum E { A }"),
    ("interface I { 'a': T }", "interface I { a: T }"),
    ("type A = 'b'", 'type A = "b"'),
    ("class A { a; b }", "class A { a\n b }"),
    ("(a && b) || c", "a && b || c"),
    ("new A", "new A()"),
    ("new A<T>", "new A<T>()"),
    ("(a as T) ? b : c", "(a as T) ? (b) : c"),
)
SNIPPETS = (
    *SCRIPTS,
    """function f<T extends U>(a: T, b?: string[]): a is V {
  const c: Map<string, T> = g(a as W, b!);
  return c.size > 1 && !!a;
}
""",
    """abstract class A<T> implements B {
  constructor(private readonly x: T, y = 2) {
    super(x, y);
  }
  declare z: keyof T | null;
  abstract w(v: typeof q): void;
}
""",
    """export type A = { readonly b: C; d?(e: F): G[] };
enum H { I = 1, J = I << 2 }
namespace K { export const l = H.J satisfies M; }
""",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_nothing_keeps_the_key(one: str, other: str, language: str) -> None:
    first, second = structure_key(one.encode(), language), structure_key(other.encode(), language)

    assert first is not None
    assert first == second


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_says_something_changes_the_key(one: str, other: str) -> None:
    first, second = structure_key(one.encode(), "typescript"), structure_key(other.encode(), "typescript")

    assert first is None or first != second


@pytest.mark.parametrize(("one", "other"), SAME_SCRIPTS)
def test_what_says_nothing_in_a_script_keeps_the_key(one: str, other: str) -> None:
    first, second = structure_key(one.encode(), "tsx"), structure_key(other.encode(), "tsx")

    assert first is not None
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("one", "other"), [*DIFFERENT_SCRIPTS, *TRAPS])
def test_what_says_something_in_a_script_changes_the_key(one: str, other: str, language: str) -> None:
    first, second = structure_key(one.encode(), language), structure_key(other.encode(), language)

    assert first is None or first != second


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("snippet", SNIPPETS)
def test_each_snippet_has_a_key(snippet: str, language: str) -> None:
    key = key_of(snippet, language)

    assert key is not None


def test_the_languages_never_share_a_key() -> None:
    source = "function f(a) { return a }\n"

    keys = {key_of(source, language) for language in ("javascript", *LANGUAGES)}

    assert len(keys) == len(("javascript", *LANGUAGES))


@pytest.mark.parametrize(
    ("name", "kept"), [("a", False), ("b", False), ("c", False), ("T", True), ("V", True), ("f", True)]
)
def test_only_locals_may_have_another_name(name: str, kept: bool) -> None:
    snippet = SNIPPETS[len(SCRIPTS)]

    other = renamed(snippet, name, "fresh")

    assert (key_of(other, "typescript") != key_of(snippet, "typescript")) == kept


@pytest.mark.parametrize("name", ["x", "z", "w", "A", "T", "q"])
def test_what_a_class_declares_keeps_its_name(name: str) -> None:
    snippet = SNIPPETS[len(SCRIPTS) + 1]

    other = renamed(snippet, name, "fresh")

    assert key_of(other, "typescript") != key_of(snippet, "typescript")


@pytest.mark.parametrize(
    "comment", ["/** @internal */", "/** @deprecated use g */", "// @ts-expect-error", "/// <reference types='a' />"]
)
def test_a_comment_that_a_tool_obeys_is_meaning(comment: str) -> None:
    plain = "f();\ng();\n"

    marked = f"f();\n{comment}\ng();\n"

    assert key_of(marked, "typescript") not in {key_of(plain, "typescript"), None}


def test_a_type_in_a_comment_is_layout() -> None:
    source = "// @ts-check\n/** @param {A} x */\nfunction f(x: A) { return x }\n"

    other = source.replace("{A}", "{B}")

    assert key_of(source, "typescript") == key_of(other, "typescript")


@pytest.mark.parametrize("head", ["f(a: T): U", "private async f<T>(a?: T)", "static get f(): T", "constructor(a: T)"])
def test_a_method_that_stands_alone_has_a_key(head: str) -> None:
    source = f"{head} {{\n  return g(a as T);\n}}\n"

    key = structure_key(source.encode(), "typescript")

    assert key is not None


@given(snippet=st.sampled_from(SNIPPETS), language=st.sampled_from(LANGUAGES), chance=SEEDS)
@settings(max_examples=300, deadline=None)
def test_an_edit_of_one_token_changes_the_key(snippet: str, language: str, chance: random.Random) -> None:
    other = edited(snippet, chance)

    same = [token for token in tokens_of(other) if not token.isspace()] == [
        token for token in tokens_of(snippet) if not token.isspace()
    ]

    assert same or key_of(other, language) != key_of(snippet, language)


@given(snippet=st.sampled_from(SNIPPETS), language=st.sampled_from(LANGUAGES), chance=SEEDS)
@settings(max_examples=300, deadline=None)
def test_comments_blanks_and_lines_keep_the_key(snippet: str, language: str, chance: random.Random) -> None:
    other = laid_out(snippet, chance)

    key = key_of(other, language)

    assert key == key_of(snippet, language)
