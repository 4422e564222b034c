"""What JavaScript's structure keys forget, and what they never do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.scripts import DIFFERENT, SAME, SNIPPETS, TRAPS, edited, laid_out, renamed, tokens_of
from stand_ins.structures import key_of

from coderev.syntax import parse, structure_key

SEEDS = st.randoms(use_true_random=False)
LOCALS = {0: ("a", "b", "c"), 1: ("b",), 3: ("a", "e"), 4: ("a",), 6: ("a", "d", "e")}  # of the snippets
KEPT = {2: ("x", "y", "w", "A"), 4: ("outer", "f"), 5: ("a", "c", "e", "h"), 6: ("b",), 7: ("x", "z", "v")}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_nothing_keeps_the_key(one: str, other: str) -> None:
    first, second = structure_key(one.encode(), "javascript"), structure_key(other.encode(), "javascript")

    assert first is not None
    assert first == second


@pytest.mark.parametrize(("one", "other"), [*DIFFERENT, *TRAPS])
def test_what_says_something_changes_the_key(one: str, other: str) -> None:
    first, second = structure_key(one.encode(), "javascript"), structure_key(other.encode(), "javascript")

    assert first is None or first != second


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_each_snippet_has_a_key(snippet: str) -> None:
    key = key_of(snippet, "javascript")

    assert key is not None


@pytest.mark.parametrize(("number", "name"), [(number, name) for number, names in LOCALS.items() for name in names])
def test_a_local_may_have_another_name_everywhere(number: int, name: str) -> None:
    snippet = SNIPPETS[number]

    other = renamed(snippet, name, "fresh")

    assert key_of(other, "javascript") == key_of(snippet, "javascript")


@pytest.mark.parametrize(("number", "name"), [(number, name) for number, names in LOCALS.items() for name in names])
def test_a_local_with_another_name_in_one_place_is_another_program(number: int, name: str) -> None:
    snippet = SNIPPETS[number]
    tokens = tokens_of(snippet)
    places = [at for at, token in enumerate(tokens) if token == name]

    others = ["".join([*tokens[:at], "fresh", *tokens[at + 1 :]]) for at in places]

    assert key_of(snippet, "javascript") not in {key_of(other, "javascript") for other in others}


@pytest.mark.parametrize(("number", "name"), [(number, name) for number, names in KEPT.items() for name in names])
def test_what_is_no_local_keeps_its_name(number: int, name: str) -> None:
    snippet = SNIPPETS[number]

    other = renamed(snippet, name, "fresh") if not name.islower() or name != "x" else snippet.replace("x", "fresh")

    assert key_of(other, "javascript") != key_of(snippet, "javascript")


def test_two_locals_that_become_one_are_another_program() -> None:
    apart = "function f(a) { let b = a; { let c = b; g(b, c) } return a + b }"

    merged, split = renamed(apart, "c", "b"), apart.replace("return a + b", "let d = b; return a + d")

    assert len({key_of(text, "javascript") for text in (apart, merged, split)}) == len((apart, merged, split))


def test_two_locals_may_swap_their_names() -> None:
    source = "function f(a, b) { return a - b }"

    swapped = "function f(b, a) { return b - a }"

    assert key_of(source, "javascript") == key_of(swapped, "javascript")


@pytest.mark.parametrize(
    "comment",
    [
        "// eslint-disable-next-line no-eval",
        "/* eslint no-eval: 0 */",
        "/* global $ */",
        "// @ts-ignore",
        "// @ts-expect-error",
        "// @ts-check",
        "/* istanbul ignore next */",
        "/* c8 ignore start */",
        "/* v8 ignore next */",
        "/*#__PURE__*/",
        "/* @__PURE__ */",
        '/* webpackChunkName: "a" */',
        "/** @jsx h */",
        "/** @type {A} */",
        "/** @typedef {A} B */",
        "//# sourceMappingURL=a.map",
        "//@ sourceURL=a",
        "/// <reference path='a' />",
        "/*! keep */",
        "/** @license A */",
        "// prettier-ignore",
        "// biome-ignore lint: a",
        "// NOSONAR",
        "// nosemgrep: a",
        "/*:: type A = B */",
        "// @flow",
        "// $FlowFixMe",
        "// falls through",
        "/* GraphQL */",
        "// @vitest-environment jsdom",
        "/** @deprecated */",
        "//#if A",
        "/*@cc_on*/",
        "/* @ngInject */",
        "/** @internal */",
        "// jshint ignore:line",
        "/** @suppress {a} */",
        "/*#__NO_SIDE_EFFECTS__*/",
    ],
)
def test_a_comment_that_a_tool_obeys_is_meaning(comment: str) -> None:
    plain = "f();\ng();\n"

    marked = f"f();\n{comment}\ng();\n"

    assert key_of(marked, "javascript") not in {key_of(plain, "javascript"), None}


@pytest.mark.parametrize(
    "comment",
    [
        "// a note",
        "/* a note */",
        "/** A note. */",
        "/**\n * @param x the x\n * @returns {A} nothing\n */",
        "/** See {@link A}. */",
        "// mail me@example.org",
        "// TODO: later",
        "// the result of `a@b`",
        "/* a = 1; } */",
        "// it's (",
        "/** @private */",
    ],
)
def test_any_other_comment_is_layout(comment: str) -> None:
    plain = "f();\ng();\n"

    marked = f"f();\n{comment}\ng();\n"

    assert key_of(marked, "javascript") == key_of(plain, "javascript")


def test_where_a_file_asks_for_checks_the_types_in_its_comments_are_meaning() -> None:
    source = "// @ts-check\n/** @param {A} x */\nfunction f(x) { return x }\n"

    other = source.replace("{A}", "{B}")

    assert key_of(source, "javascript") != key_of(other, "javascript")


def test_comments_count_where_they_are_kept() -> None:
    source = "// one\nf()\n"

    other = "// two\nf()\n"

    assert key_of(source, "javascript", keep_comments=True) != key_of(other, "javascript", keep_comments=True)


@pytest.mark.parametrize("head", ["f(a)", "async f(a)", "*f(a)", "static f(a)", "get f()", "#f(a)", "'f'(a)", "[f](a)"])
def test_a_method_that_stands_alone_has_a_key(head: str) -> None:
    source = f"{head} {{\n  return g(a);\n}}\n"

    key = structure_key(source.encode(), "javascript")

    assert key is not None


@pytest.mark.parametrize("source", ["let\nx = 1", "f = () => {}\n(b)", "() => {a: 1}", "x<!--y", "f(a)\n{ g(a) }"])
def test_what_parses_otherwise_than_it_is_read_is_no_member_of_a_class(source: str) -> None:
    key = structure_key(source.encode(), "javascript")

    member = structure_key(f"class _ {{\n{source}\n}}".encode(), "javascript")

    assert key is None or key != member


def test_a_unit_of_a_file_has_the_key_that_it_has_alone() -> None:
    method = "  m(a) {\n    return a + this.b;\n  }\n"

    file = parse(f"class A {{\n{method}}}\n".encode(), "javascript").structure(2, 4)

    assert file is not None
    assert file.key == structure_key(method.encode(), "javascript")


def test_a_unit_that_sees_names_of_what_is_around_it_keeps_them() -> None:
    around = "function f(x) {\n  function g(y) {\n    return x + y;\n  }\n}\n"

    inner = parse(around.encode(), "javascript").structure(2, 4)
    other = parse(renamed(around, "x", "z").encode(), "javascript").structure(2, 4)

    assert inner is not None
    assert other is not None
    assert inner.names == ("y",)
    assert inner.key != other.key


@given(snippet=st.sampled_from(SNIPPETS), chance=SEEDS)
@settings(max_examples=300, deadline=None)
def test_an_edit_of_one_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    other = edited(snippet, chance)

    same = [token for token in tokens_of(other) if not token.isspace()] == [
        token for token in tokens_of(snippet) if not token.isspace()
    ]

    assert same or key_of(other, "javascript") != key_of(snippet, "javascript")


@given(snippet=st.sampled_from(SNIPPETS), chance=SEEDS)
@settings(max_examples=300, deadline=None)
def test_comments_blanks_and_lines_keep_the_key(snippet: str, chance: random.Random) -> None:
    other = laid_out(snippet, chance)

    key = key_of(other, "javascript")

    assert key == key_of(snippet, "javascript")


@given(source=st.text(st.sampled_from("abx(){}[];,.?!=>&|+-*/<`'\"\\$\n\r\u2028 1#@:"), max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_has_one_key_or_none(source: str) -> None:
    key = structure_key(source.encode(), "javascript")

    assert key == structure_key(source.encode(), "javascript")
