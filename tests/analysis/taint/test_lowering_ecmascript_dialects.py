"""JSX and TypeScript to the form, and what functions are called in all dialects."""

import re

import pytest
from analysis.taint.ecmascript_forms import body, function, lowered, parts, shown

from coderev.analysis.taint.form import Class, Function, Node
from coderev.syntax import parse

# --- JSX


def test_jsx_is_a_call_with_props_and_children() -> None:
    source = """<div className="a&amp;b" on {...p} xlink:href={q}>
        Hello, {name}! &lt;
        {/* nothing */}
        <A.B/>
        <></>{...rest}
    </div>"""

    for language in ("javascript", "tsx"):
        assert body(f"x = {source}", language) == [
            (
                "Assign(Name('x'), Call(Name('jsx'), [Argument(Constant('div')), Argument(Mapping(["
                "[Constant('className'), Constant('a&b')], [Constant('on'), Constant(True)], [None, Name('p')], "
                "[Constant('xlink:href'), Name('q')]])), Argument(Constant('Hello, ')), Argument(Name('name')), "
                "Argument(Constant('! <')), Argument(Call(Name('jsx'), [Argument(Attribute(Name('A'), 'B')), "
                "Argument(Mapping([]))])), "
                "Argument(Call(Name('jsx'), [Argument(Constant('')), Argument(Mapping([]))])), "
                "Argument(Name('rest'), spread=1)]))"
            )
        ]


def test_type_arguments_and_comments_of_elements_are_dropped() -> None:
    assert body("x = <A<B> /* c */ d={/* e */} {/* f */} {...g}/>", "tsx") == [
        (
            "Assign(Name('x'), Call(Name('jsx'), [Argument(Name('A')), "
            "Argument(Mapping([[Constant('d'), Constant('')], [None, Name('g')]]))]))"
        )
    ]


# --- TypeScript


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = (a as unknown as B)!.c satisfies D", ["Assign(Name('x'), Attribute(Name('a'), 'c'))"]),
        ("x = <A>b; x = f<A>(b); x = new C<A>()", [
            "Assign(Name('x'), Name('b'))", "Assign(Name('x'), Call(Name('f'), [Argument(Name('b'))]))",
            "Assign(Name('x'), Call(Name('C'), [], new=True))"]),
        ("a! = 1; (b as any).c = 2", [
            "Assign(Name('a'), Constant(1))", "Assign(Attribute(Name('b'), 'c'), Constant(2))"]),
        ("enum A { X, Y = 'y', Z = 5, W }", [
            ("Assign(Name('A'), Mapping([[Constant('X'), Constant(0)], [Constant('Y'), Constant('y')], "
            "[Constant('Z'), Constant(5)], [Constant('W'), Constant(6)]]))")]),
        ("enum A { X = f(), Y }", [
            "Assign(Name('A'), Mapping([[Constant('X'), Call(Name('f'), [])], [Constant('Y'), Unknown([])]]))"]),
        ("namespace A { export const b = 1 } namespace A { export class C {} }", [
            "Assign(Name('A'), Mapping([]))", "Assign(Name('b'), Constant(1))",
            "Assign(Attribute(Name('A'), 'b'), Name('b'))", "Define(Class('C', 'A.C', [], []))",
            "Assign(Attribute(Name('A'), 'C'), Name('C'))"]),
        ("import a = require('m')", ["Import('m', None, 'a')"]),
        ("import a = b.c.d", ["Assign(Name('a'), Attribute(Attribute(Name('b'), 'c'), 'd'))"]),
        ("export = a", ["Assign(Attribute(Name('module'), 'exports'), Name('a'))"]),
        ("import type {A} from 'm'; import {type B} from 'n'", ["Import('m', 'A', 'A')", "Import('n', 'B', 'B')"]),
        ("let x: A.B[] = 1, y: C = 2", [
            "Assign(Name('x'), Constant(1), annotation=Name('Array'))",
            "Assign(Name('y'), Constant(2), annotation=Name('C'))"]),
        ("function f(a: string): void; function f(a?) {}", [
            "Define(Function('f', 'f', [Parameter('a')], [], {a}))"]),
        ("interface A {} type B = C; declare const d: E; declare module 'm' { const x: 1 } declare global {}", []),
        ("abstract class A { abstract b(): void; abstract c: D; e(): void; declare f: G }", [
            "Define(Class('A', 'A', [], []))"]),
        ("class A<T> extends B<T> implements C, D.E<T> {}", [
            "Define(Class('A', 'A', [Name('B'), Name('C'), Attribute(Name('D'), 'E')], []))"]),
        ("export type {A}; export as namespace B", []),
        ("module 'm' { f() }", []),
        ("class A extends /* b */ C /* d */ {}", ["Define(Class('A', 'A', [Name('C')], []))"]),
        ("using x = f()", ["Assign(Name('x'), Call(Name('f'), []))"]),
    ],
)  # fmt: skip
def test_typescript_is_what_runs_of_it(source: str, expected: list[str]) -> None:
    assert body(source, "typescript") == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Request", "Name('Request')"),
        ("express.Request<P, any>", "Attribute(Name('express'), 'Request')"),
        ("string | null", "Operation('|', [Name('string'), Constant(None)])"),
        ("A & B", "Operation('&', [Name('A'), Name('B')])"),
        ("readonly A[]", "Name('Array')"),
        ("'a' | 'b'", "Operation('|', [Constant('a'), Constant('b')])"),
        ("{a: string}", "None"),
        ("{a: string} | {b: string}", "None"),
        ("A | {b: string}", "Name('A')"),
        ("(a: string) => void", "None"),
    ],
)
def test_the_annotation_of_a_parameter_is_what_its_type_is_called(annotation: str, expected: str) -> None:
    found = function(f"function f(a: {annotation}): Promise<{annotation}> {{}}", "f", "typescript")

    assert shown(found.parameters[0].annotation) == expected
    assert shown(found.returns) == "Name('Promise')"


def test_a_decorator_of_a_parameter_stands_for_its_type() -> None:
    found = function("class A { f(this: A, @Body() a: Dto, @Req b, @Param('id', P) c: number) {} }", "f", "typescript")

    assert [(parameter.name, shown(parameter.annotation)) for parameter in found.parameters] == [
        ("a", "Call(Name('Body'), [])"),
        ("b", "Call(Name('Req'), [])"),
        ("c", "Call(Name('Param'), [Argument(Constant('id')), Argument(Name('P'))])"),
    ]


def test_a_parameter_property_is_assigned_first() -> None:
    source = "class A { constructor(@I() private a: B, readonly c = 1, d?) { super() } }"

    assert shown(function(source, "constructor", "typescript").body) == (
        "[Assign(Attribute(Name('this'), 'a'), Name('a'), annotation=Name('B')), "
        "Assign(Attribute(Name('this'), 'c'), Name('c')), Evaluate(Call(Name('super'), []))]"
    )


# --- units

NAMED = """
function a() { function b() {} const c = () => { d(function () { function e() {} }) } }
const f = function () {}, g = function h() {}, i = class { j() {} }, k = class L { m() {} }
const n = { o() {}, p: () => {}, q: function () {}, 'r-s': () => {}, [t]: () => {}, u: function* () {}, v: { w() {} } }
exports.aa = () => {}; module.exports = function () {}; bb.cc = function () {}; Dd.prototype.ee = () => {}
this.ff = function () {}; gg = async () => {}; x.y.z = () => {}
class Hh { constructor() {} get ii() {} set ii(v) {} static jj() {} #kk() {} ll = () => {}; mm = class {}; [nn]() {} }
function a() {}
if (oo) { function pp() {} } else { function pp() {} }
f(function qq() {}, { rr() {} }, class { ss() {} })
export default () => { const tt = () => 1 }
"""
TYPED = """
namespace A.B { export function c() {} export class D { e(): void; e(a?: string) {} } }
abstract class F { private g = (): void => {}; abstract h(): void; constructor(private i: J) {} }
export default class { k() {} }
const l = <T,>(x: T) => x
"""


@pytest.mark.parametrize(("source", "language"), [(NAMED, "javascript"), (NAMED, "tsx"), (TYPED, "typescript")])
def test_functions_and_classes_are_called_as_syntax_names_units(source: str, language: str) -> None:
    made_up = re.compile(r"@\d+$")

    defined = [part for part in parts(lowered(source, language)) if isinstance(part, Function | Class)]
    named = {part.qualified for part in defined} - {""}
    units = {unit.name for unit in parse(source.encode(), language).units if unit.kind != "top-level"}

    assert {name for name in named if not made_up.search(name)} == units
    assert len({part.qualified for part in defined}) == len(defined)


def test_every_part_stands_in_its_file() -> None:
    for part in parts(lowered(NAMED)):
        if isinstance(part, Node):
            assert 0 <= part.start <= part.end <= len(NAMED.encode())
