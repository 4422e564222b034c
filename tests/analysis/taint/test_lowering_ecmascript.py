"""JavaScript to the form: what each piece of syntax becomes."""

import re

import pytest
from analysis.taint.ecmascript_forms import body, function, lowered, parts, shown

from coderev.analysis.taint.lowering.ecmascript.literals import number_value

VALUES = [
    ("a.b?.c", "Attribute(Attribute(Name('a'), 'b'), 'c')"),
    ("a[b]", "Element(Name('a'), Name('b'))"),
    ("a?.[b]?.(c)", "Call(Element(Name('a'), Name('b')), [Argument(Name('c'))])"),
    ("this.#x", "Attribute(Name('this'), '#x')"),
    ("#x in a", "Operation('in', [Constant('#x'), Name('a')])"),
    ("super.x", "Attribute(Name('super'), 'x')"),
    ("arguments[0]", "Element(Name('arguments'), Constant(0))"),
    ("new.target", "Attribute(Name('new'), 'target')"),
    ("import.meta.url", "Attribute(Attribute(Name('import'), 'meta'), 'url')"),
    ("new A", "Call(Name('A'), [], new=True)"),
    ("new a.B(c)", "Call(Attribute(Name('a'), 'B'), [Argument(Name('c'))], new=True)"),
    ("f(...a, b)", "Call(Name('f'), [Argument(Name('a'), spread=1), Argument(Name('b'))])"),
    ("(a, b)", "Operation(',', [Name('a'), Name('b')])"),
    ("a + b + c", "Operation('+', [Name('a'), Name('b'), Name('c')])"),
    ("a - b - c", "Operation('-', [Operation('-', [Name('a'), Name('b')]), Name('c')])"),
    ("a + (b + c)", "Operation('+', [Name('a'), Operation('+', [Name('b'), Name('c')])])"),
    ("a ** b ** c", "Operation('**', [Name('a'), Operation('**', [Name('b'), Name('c')])])"),
    ("a && b || c", "Operation('or', [Operation('and', [Name('a'), Name('b')]), Name('c')])"),
    ("a ?? b", "Operation('??', [Name('a'), Name('b')])"),
    ("a >>> 1", "Operation('>>', [Name('a'), Constant(1)])"),
    ("a !== b", "Operation('!==', [Name('a'), Name('b')])"),
    ("a instanceof B", "Operation('instanceof', [Name('a'), Name('B')])"),
    ("!a", "Operation('not', [Name('a')])"),
    ("typeof -a", "Operation('typeof', [Operation('-', [Name('a')])])"),
    ("void 0", "Operation('void', [Constant(0)])"),
    ("delete a.b", "Operation('delete', [Attribute(Name('a'), 'b')])"),
    ("a ? b : c ? d : e", "Choice(Name('a'), Name('b'), Choice(Name('c'), Name('d'), Name('e')))"),
    ("[a, , ...b]", "Sequence('list', [Name('a'), Name('undefined'), Spread(Name('b'))])"),
    ("{a, 'b': 1, [c]: 2, 3: d, ...e}", ("Mapping([[Constant('a'), Name('a')], [Constant('b'), Constant(1)], "
     "[Name('c'), Constant(2)], [Constant(3), Name('d')], [None, Name('e')]])")),
    ("a = b", "Bind(Name('a'), Name('b'))"),
    ("i++", "Bind(Name('i'), Operation('+', [Name('i'), Constant(1)]))"),
    ("--i", "Bind(Name('i'), Operation('-', [Name('i'), Constant(1)]))"),
    ("a ||= b", "Bind(Name('a'), Operation('or', [Name('a'), Name('b')]))"),
    ("a &&= b", "Bind(Name('a'), Operation('and', [Name('a'), Name('b')]))"),
    ("a ??= b", "Bind(Name('a'), Operation('??', [Name('a'), Name('b')]))"),
    ("a.b >>>= c", "Bind(Attribute(Name('a'), 'b'), Operation('>>', [Attribute(Name('a'), 'b'), Name('c')]))"),
    ("`a`", "Constant('a')"),
    ("``", "Constant('')"),
    ("t``", "Call(Name('t'), [Argument(Sequence('list', [Constant('')]))])"),
    ("f(/* a */ b, // c\n)", "Call(Name('f'), [Argument(Name('b'))])"),
    ("`a${b}\\n`", "Text([Constant('a'), Name('b'), Constant('\\n')])"),
    ("t`a${b}${c}`", ("Call(Name('t'), [Argument(Sequence('list', [Constant('a'), Constant(''), Constant('')])), "
     "Argument(Name('b')), Argument(Name('c'))])")),
    (r"/a\/b/gi", r"Call(Name('RegExp'), [Argument(Constant('a\\/b')), Argument(Constant('gi'))])"),
    ("undefined", "Name('undefined')"),
    ("null", "Constant(None)"),
    ("true", "Constant(True)"),
    ("import('x')", "Call(Name('import'), [Argument(Constant('x'))])"),
    ("f(<b/>)", "Call(Name('f'), [Argument(Call(Name('jsx'), [Argument(Constant('b')), Argument(Mapping([]))]))])"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_an_expression_becomes_its_word(source: str, expected: str) -> None:
    for language in ("javascript", "tsx"):
        assert body(f"x = ({source})", language) == [f"Assign(Name('x'), {expected})"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"'\x41\u0042\u{1F600}\n\0'", "AB\U0001f600\n\0"),
        (
            r"'a\'b\
c'",
            "a'bc",
        ),
        (r"'\ud83d\ude00'", "\U0001f600"),
        (r"'\ud800'", "�"),
        (r"'\u{110000}'", "�"),
        (r"'\101\q'", "Aq"),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("017", 15),
        ("089", 89),
        ("1_000n", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_literals_have_their_values(source: str, expected: object) -> None:
    assert body(f"x = {source}") == [f"Assign(Name('x'), Constant({expected!r}))"]


@pytest.mark.parametrize("raw", ["0xg", "1e", "0b2", "", "1" * 401])
def test_what_is_no_number_has_no_value(raw: str) -> None:
    assert number_value(raw) is None


def test_a_number_of_ten_thousand_digits_is_unknown() -> None:
    assert body("x = " + "1" * 10_000) == ["Assign(Name('x'), Unknown([]))"]


STATEMENTS = [
    ("a && b()", "Branch(Name('a'), [Evaluate(Call(Name('b'), []))], [])"),
    ("a || (b = c)", "Branch(Name('a'), [], [Assign(Name('b'), Name('c'))])"),
    ("a ? b() : c()", "Branch(Name('a'), [Evaluate(Call(Name('b'), []))], [Evaluate(Call(Name('c'), []))])"),
    ("!f()", "Evaluate(Call(Name('f'), []))"),
    ("delete a[b]", "Delete(Element(Name('a'), Name('b')))"),
    ("a += b", "Assign(Name('a'), Operation('+', [Name('a'), Name('b')]))"),
    ("a = b = c", "Assign(Name('a'), Bind(Name('b'), Name('c')))"),
    ("[a, , b = 1, ...c] = d", ("Assign(Sequence('list', [Name('a'), Name('@hole'), Default(Name('b'), Constant(1)), "
     "Spread(Name('c'))]), Name('d'))")),
    ("({a, b: {c}, d = 1, [e]: f.g, ...h} = i)", ("Assign(Mapping([[Constant('a'), Name('a')], "
     "[Constant('b'), Mapping([[Constant('c'), Name('c')]])], [Constant('d'), Default(Name('d'), Constant(1))], "
     "[Name('e'), Attribute(Name('f'), 'g')], [None, Name('h')]]), Name('i'))")),
    ("if (a) b(); else if (c) d(); else e()", ("Branch(Name('a'), [Evaluate(Call(Name('b'), []))], [Branch(Name('c'), "
     "[Evaluate(Call(Name('d'), []))], [Evaluate(Call(Name('e'), []))])])")),
    ("switch (a) { case 1: case 2: b; break; default: c }", ("Switch(Name('a'), [Case([Constant(1)], []), "
     "Case([Constant(2)], [Evaluate(Name('b')), Break()]), Case([], [Evaluate(Name('c'))])])")),
    ("while (a) b", "Loop([Evaluate(Name('b'))], test=Name('a'))"),
    ("do a; while (b)", "Loop([Evaluate(Name('a'))], test=Name('b'), post=True)"),
    ("for (;;) a", "Loop([Evaluate(Name('a'))])"),
    ("for (const a of b) c", "Loop([Evaluate(Name('c'))], target=Name('a'), iterable=Name('b'))"),
    ("for (var a in b) ;", "Loop([], target=Name('a'), iterable=Name('b'), takes='keys')"),
    ("for (a.b of c) ;", "Loop([], target=Attribute(Name('a'), 'b'), iterable=Name('c'))"),
    ("for await (const [a] of b) ;", "Loop([], target=Sequence('list', [Name('a')]), iterable=Await(Name('b')))"),
    ("try { a } catch ({b}) { c } finally { d }", ("Try([Evaluate(Name('a'))], [Catch([], "
     "Mapping([[Constant('b'), Name('b')]]), [Evaluate(Name('c'))])], final=[Evaluate(Name('d'))])")),
    ("try { } catch { a }", "Try([], [Catch([], None, [Evaluate(Name('a'))])])"),
    ("throw a", "Raise(Name('a'))"),
    ("[a] = () => {}", ("Assign(Sequence('list', [Name('a')]), "
     "Closure(Function('', '@1', [], [], {}, binding='lexical')))")),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), STATEMENTS)
def test_a_statement_becomes_its_word(source: str, expected: str) -> None:
    for language in ("javascript", "typescript"):
        assert body(source, language) == [expected]


def test_a_loop_has_its_update() -> None:
    assert body("for (let i = 0, n = 9; i < n; i++, f()) g(i)") == [
        "Assign(Name('i'), Constant(0))",
        "Assign(Name('n'), Constant(9))",
        (
            "Loop([Evaluate(Call(Name('g'), [Argument(Name('i'))]))], test=Operation('<', [Name('i'), Name('n')]), "
            "update=[Assign(Name('i'), Operation('+', [Name('i'), Constant(1)])), Evaluate(Call(Name('f'), []))])"
        ),
    ]


def test_a_loop_may_begin_with_an_assignment() -> None:
    assert body("for (a = b;;) c") == ["Assign(Name('a'), Name('b'))", "Loop([Evaluate(Name('c'))])"]


def test_a_label_that_nothing_has_is_dropped() -> None:
    assert body("for (;;) { break a; continue a }") == ["Loop([])"]


def test_what_does_nothing_is_nothing() -> None:
    assert body("#!/usr/bin/env node\n'use strict'; debugger; ;; {} // a\n/* b */") == []


def test_with_keeps_its_object_and_its_body() -> None:
    assert body("with (a) b()") == ["Evaluate(Name('a'))", "Evaluate(Call(Name('b'), []))"]


def test_labels_reach_their_loops() -> None:
    source = "a: for (const x of y) { for (;;) { switch (z) { case 1: continue a; default: break a } } }"

    assert body(source) == [
        (
            "Loop([Loop([Switch(Name('z'), [Case([Constant(1)], [Continue(label='a')]), "
            "Case([], [Break(label='a')])])])], target=Name('x'), iterable=Name('y'), label='a')"
        )
    ]


def test_a_labelled_block_is_left_by_its_label() -> None:
    assert body("a: { if (b) break a; c() }") == [
        (
            "Switch(Constant(None), [Case([], [Branch(Name('b'), [Break(label='a')], []), "
            "Evaluate(Call(Name('c'), []))])], label='a')"
        )
    ]


def test_a_plain_break_passes_a_labelled_block() -> None:
    assert body("for (;;) a: { break; }") == [
        "Loop([Switch(Constant(None), [Case([], [Break(label='@1')])], label='a')], label='@1')"
    ]


def test_the_parts_of_a_target_are_read_once() -> None:
    assert body("a[f()].b += c") == [
        "Assign(Name('part@1'), Element(Name('a'), Call(Name('f'), [])))",
        "Assign(Attribute(Name('part@1'), 'b'), Operation('+', [Attribute(Name('part@1'), 'b'), Name('c')]))",
    ]


# --- functions


def test_parameters_keep_their_patterns_and_defaults() -> None:
    found = function("function f(a, b = 1, {c, d = 2} = {}, ...[e]) {}", "f")

    assert shown(found.parameters) == (
        "[Parameter('a'), Parameter('b', default=Constant(1)), Parameter('{}@2', default=Mapping([]), "
        "target=Mapping([[Constant('c'), Name('c')], [Constant('d'), Default(Name('d'), Constant(2))]])), "
        "Parameter('{}@3', kind='rest', target=Sequence('list', [Name('e')]))]"
    )
    assert found.bound == {"a", "b", "c", "d", "e", "{}@2", "{}@3"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const f = x => x", {"binding": "lexical"}),
        ("const f = async () => {}", {"binding": "lexical", "is_async": True}),
        ("function f() {}", {"binding": "plain"}),
        ("async function* f() {}", {"binding": "plain", "is_async": True, "is_generator": True}),
        ("o = { f() {} }", {"binding": "instance"}),
        ("o = { get f() {} }", {"binding": "instance", "accessor": "get"}),
        ("o = { f: function () {} }", {"binding": "plain"}),
        ("class A { f() {} }", {"binding": "instance"}),
        ("class A { static async f() {} }", {"binding": "static", "is_async": True}),
        ("class A { set f(v) {} }", {"binding": "instance", "accessor": "set"}),
        ("class A { *'f'() {} }", {"binding": "instance", "is_generator": True}),
        ("class A { f = () => 1 }", {"binding": "lexical"}),
    ],
)
def test_a_function_says_how_it_is_called(source: str, expected: dict[str, object]) -> None:
    found = function(source, "f")

    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.accessor, found.is_async, found.is_generator) == (
        expected.get("accessor"),
        expected.get("is_async", False),
        expected.get("is_generator", False),
    )


def test_declared_functions_come_first_in_their_block() -> None:
    source = "a(); if (b) { c(); function d() {} } function a() {}"

    assert [text.partition("(")[0] for text in body(source)] == ["Define", "Evaluate", "Branch"]
    assert "[Define(Function('d', 'd', [], [], {})), Evaluate(Call(Name('c'), []))]" in body(source)[2]


def test_an_arrow_returns_its_expression() -> None:
    assert shown(function("const f = a => ({b: a})", "f").body) == "[Return(Mapping([[Constant('b'), Name('a')]]))]"


def test_a_function_that_calls_itself_is_defined_where_it_stands() -> None:
    [assigned] = body("const f = function g(n) { return g(n) }")

    assert assigned.startswith("Assign(Name('f'), Block([Define(Function('g', 'g', ")
    assert assigned.endswith("Name('g')))")


def test_a_function_that_does_not_is_a_closure() -> None:
    [assigned] = body("const f = function g(n) { return n }")

    assert assigned.startswith("Assign(Name('f'), Closure(Function('g', 'g', ")


def test_mentions_hold_names_attributes_and_short_texts_of_all_that_is_inside() -> None:
    long = "x" * 65
    source = f"function f(req) {{ g(() => req.body['id'], `t`, /r/, {{key: h}}, '{long}') }}"

    found = function(source, "f")

    assert {"req", "g", "body", "id", "t", "r", "key", "h"} <= found.mentions
    assert long not in found.mentions
    assert found.mentions <= lowered(source).body.mentions


# --- scopes


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("function f(x) { { let x = 1; g(x) } return x }", "x@1 x@1 x"),
        ("function f() { { let x = 1; g(x) } return x }", "x@1 x@1 x"),
        ("function f() { g(x); { const x = 1; { let x = 2 } } }", "x x@1 x@2"),
        ("function f() { try {} catch (x) { g(x) } return x }", "x@1 x@1 x"),
        ("function f(x) { for (const x of y) g(x); return x }", "x@1 x@1 x"),
        ("function f(x) { { var x = 1 } return x }", "x x"),
        ("function f() { { let x = 1; g(x) } { let x = 2; g(x) } }", "x x x x"),
        ("function f() { { let x = 1; g(() => x) } { let x = 2; g(() => x) } }", "x x x@1 x@1"),
        ("function f(x) { { g(() => x); let x = 1 } return x }", "x@1 x@1 x"),
        ("function f(x) { switch (x) { case 1: let x = 2; g(x) } }", "x x@1 x@1"),
        ("function f() { { let x = 1; g(function (x) { return x }, x) } }", "x x x"),
        ("function f(x) { { let x = 1; g(function () { { let x = 2; x } return x }) } return x }", "x@2 x@1 x@1 x@2 x"),
        ("function f(x) { class A { x = 1 } return x }", "x x"),
    ],
)
def test_variables_of_one_name_are_told_apart(source: str, names: str) -> None:
    found = sorted(
        (part.start, part.name)  # type: ignore[attr-defined]
        for part in parts(function(source, "f").body)
        if type(part).__name__ == "Name" and re.fullmatch(r"x(@\d)?", part.name)  # type: ignore[attr-defined]
    )

    assert [name for _, name in found] == names.split()


def test_definitions_in_blocks_are_renamed_like_variables() -> None:
    assert body("class C {} { class C {} new C } f(); { function f() {} } ") == [
        "Define(Class('C', 'C', [], []))",
        "Define(Class('C@1', 'C#2', [], []))",
        "Evaluate(Call(Name('C@1'), [], new=True))",
        "Evaluate(Call(Name('f'), []))",
        "Define(Function('f', 'f', [], [], {}))",
    ]


def test_locals_are_what_a_function_declares() -> None:
    source = "function f(a) { var b; let c = d; for (var e of g) {} const {h, i: [j]} = k; function l() { m = 1; var n } class O {} if (p) { let q } try {} catch (r) {} }"  # noqa: E501 - one of each

    assert function(source, "f").bound == {"a", "b", "c", "e", "h", "j", "l", "O", "q", "r"}


def test_a_variable_of_a_block_begins_with_nothing() -> None:
    assert body("let a; var b; for (;;) { let c; var d }") == ["Loop([Assign(Name('c'), Name('undefined'))])"]


# --- classes


def test_a_class_has_fields_methods_and_static_blocks() -> None:
    source = "class A extends B.C { #a = 1; static b = 2; c; static { d() } m() { return this.#a } [e] = 3; 'f' = 4 }"

    assert body(source) == [
        (
            "Define(Class('A', 'A', [Attribute(Name('B'), 'C')], [Assign(Name('#a'), Constant(1)), "
            "Assign(Name('b'), Constant(2)), Evaluate(Call(Closure(Function('', 'A@1', [], "
            "[Evaluate(Call(Name('d'), []))], {}, binding='lexical')), [])), Define(Function('m', 'A.m', [], "
            "[Return(Attribute(Name('this'), '#a'))], {}, binding='instance')), "
            "Assign(Element(Name('this'), Name('e')), Constant(3)), Assign(Name('f'), Constant(4))]))"
        )
    ]


def test_what_a_class_extends_may_be_any_expression() -> None:
    assert body("class A extends /* b */ c(D) {}") == [
        "Define(Class('A', 'A', [Call(Name('c'), [Argument(Name('D'))])], []))"
    ]


def test_decorators_of_classes_and_methods_are_kept() -> None:
    for language, source in (
        ("javascript", "@A export class C { @B('x') @D.e m() {} }"),
        ("typescript", "@A export class C { @B('x') @D.e m() {} }"),
    ):
        defined = body(source, language)[0]

        assert "decorators=[Call(Name('B'), [Argument(Constant('x'))]), Attribute(Name('D'), 'e')]" in defined
        assert defined.endswith("decorators=[Name('A')]))")


# --- modules


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a from 'm'", ["Import('m', 'default', 'a')"]),
        ("import * as a from 'm'", ["Import('m', None, 'a')"]),
        ("import a, {b, c as d, default as e, 'f g' as h} from 'm' with {type: 'json'}", [
            "Import('m', 'default', 'a')", "Import('m', 'b', 'b')", "Import('m', 'c', 'd')",
            "Import('m', 'default', 'e')", "Import('m', 'f g', 'h')"]),
        ("import 'm'", ["Import('m', None, '')"]),
        ("const a = require('m')", ["Import('m', None, 'a')"]),
        ("var a = require('m'), b = require(`n`)", ["Import('m', None, 'a')", "Import('n', None, 'b')"]),
        ("const {a: b, c} = require('m')", ["Import('m', 'a', 'b')", "Import('m', 'c', 'c')"]),
        ("const {a = 1} = require('m')", [
            ("Assign(Mapping([[Constant('a'), Default(Name('a'), Constant(1))]]), "
            "Call(Name('require'), [Argument(Constant('m'))]))")]),
        ("const {a: {b}} = require('m')", [
            ("Assign(Mapping([[Constant('a'), Mapping([[Constant('b'), Name('b')]])]]), "
            "Call(Name('require'), [Argument(Constant('m'))]))")]),
        ("const [a] = require('m')", [
            "Assign(Sequence('list', [Name('a')]), Call(Name('require'), [Argument(Constant('m'))]))"]),
        ("const {a, /* b */ c} = require(/* d */ 'm')", ["Import('m', 'a', 'a')", "Import('m', 'c', 'c')"]),
        ("const a = require(`b${c}`)", [
            "Assign(Name('a'), Call(Name('require'), [Argument(Text([Constant('b'), Name('c')]))]))"]),
        ("const a = required('m')", ["Assign(Name('a'), Call(Name('required'), [Argument(Constant('m'))]))"]),
        ("const a = require(b)", ["Assign(Name('a'), Call(Name('require'), [Argument(Name('b'))]))"]),
        ("const a = require('m').b", [
            "Assign(Name('a'), Attribute(Call(Name('require'), [Argument(Constant('m'))]), 'b'))"]),
        ("a = require('m')", ["Assign(Name('a'), Call(Name('require'), [Argument(Constant('m'))]))"]),
        ("const a = await import('m')", [
            "Assign(Name('a'), Await(Call(Name('import'), [Argument(Constant('m'))])))"]),
        ("export const a = 1", [
            "Assign(Name('a'), Constant(1))", "Assign(Attribute(Name('exports'), 'a'), Name('a'))"]),
        ("export let a; a = 1", [
            "Assign(Name('a'), Constant(1))", "Assign(Attribute(Name('exports'), 'a'), Name('a'))"]),
        ("export {a as b}; let a = 1", [
            "Assign(Name('a'), Constant(1))", "Assign(Attribute(Name('exports'), 'b'), Name('a'))"]),
        ("export default a", ["Assign(Attribute(Name('exports'), 'default'), Name('a'))"]),
        ("export function a() {}", [
            "Define(Function('a', 'a', [], [], {}))", "Assign(Attribute(Name('exports'), 'a'), Name('a'))"]),
        ("export default class {}", [
            "Assign(Attribute(Name('exports'), 'default'), Closure(Class('default', 'default', [], [])))"]),
        ("export default (1, 2)", [
            "Assign(Attribute(Name('exports'), 'default'), Operation(',', [Constant(1), Constant(2)]))"]),
        ("export {/* a */ b}", ["Assign(Attribute(Name('exports'), 'b'), Name('b'))"]),
        ("import {/* a */ b} from 'm'", ["Import('m', 'b', 'b')"]),
        ("export * from 'm'", ["Import('m', '*', 'exports')"]),
        ("export * as a from 'm'", [
            "Import('m', None, 'a@1')", "Assign(Attribute(Name('exports'), 'a'), Name('a@1'))"]),
        ("export {a as b} from 'm'", [
            "Import('m', 'a', 'b@1')", "Assign(Attribute(Name('exports'), 'b'), Name('b@1'))"]),
        ("module.exports = a", ["Assign(Attribute(Name('module'), 'exports'), Name('a'))"]),
    ],
)  # fmt: skip
def test_imports_and_exports(source: str, expected: list[str]) -> None:
    for language in ("javascript", "typescript"):
        assert body(source, language) == expected


def test_an_import_binds_its_alias() -> None:
    source = "import a, {b as c} from 'm'; function f() { const {d: e} = require('n'); return e }"

    assert lowered(source).body.bound == {"a", "c", "f"}
    assert function(source, "f").bound == {"e"}


def test_a_required_module_is_renamed_with_its_block() -> None:
    assert body("let a; { const a = require('m'); a.b() }") == [
        "Import('m', None, 'a@1')",
        "Evaluate(Call(Attribute(Name('a@1'), 'b'), []))",
    ]
