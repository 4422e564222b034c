"""Hostile edits of JavaScript and TypeScript, and short texts in which little changes much: where statements end."""

import random
from collections.abc import Iterator

from benchmarks.oracles.braces import mutants as plain
from benchmarks.oracles.braces import tokens_of

TOKENS = (
    *("(", ")", "[", "]", "{", "}", ",", ";", ".", "?.", "=", "=>", "...", "!", "?", ":", "+", "-", "++", "--"),
    *("/", "*", "**"),
    *("`", "'", '"', "\\", "@", "#", "&&", "||", "??", "<", ">", "<!--", "-->", "/* c */", "/*\n*/", "// c\n"),
    *("\u2028", "\u00a0", "\v", "\f"),
    *(" async ", " await ", " yield ", " get ", " set ", " static ", " let ", " var ", " const ", " new "),
    *(" delete ", " typeof "),
    *(" return ", " throw ", " of ", " in ", " this", " super", " arguments", " eval(", " with("),
    *(" function(){}", " class {}"),
    *("'use strict';", "x => {}\n", "() => {}", "{a: b}", "(x) = function(){};", "[,]", "/re/g", "1_0", "0X1F"),
    *("1.50", "a: "),
    *("\n", "\n", "\n", "\n;", ";\n", "\r\n", "  ", "\n(", "\n[", "\n`x`", "\n/", "\n+", "\n++", "\n=>", "\n?."),
    *("\n{", "}\n"),
)  # fmt: skip
TYPED = (
    *(" as any", " as const", " satisfies T", "!", "!.", ": T", "<T>", "?: T", " readonly ", " private "),
    *(" declare ", "| A", "A | "),
    *(" abstract ", " accessor ", " enum ", " namespace ", " type ", " is ", " keyof ", "[]", "\n[", "\nas T"),
    *("(A)", " implements A"),
)  # fmt: skip
SEEDS = (
    "(a?.b).c; a?.b.c(d); (a?.[b])(c); delete a?.b",
    "function f(x) { return\n(x) }",
    "function f(x) { 'use strict'; ('x'); return x }",
    "function* f(x) { yield\nx; yield (x); x = yield [x] }",
    "async function f(x) { await (x); for await (const y of x) g(y) }",
    "function f(a) { a\n++\na; a++\n(a); a\n/a/g; return a }",
    "function f(b) { let g = () => {}\n(b); return g }",
    "function f(b) { let g = x => x\n[b]; return g }",
    "function f(x) { (x) = function() {}; x = (class {}); return x.name }",
    "function f(x, y = x, { z, w: v = y } = {}, ...q) { var x; return [x, , z, v, ...q,] }",
    "function f(a = x) { var x = 1; return a + x }",
    "function f(x) { { let x = 1; g(x) } { var y = x } { function g() {} } return y }",
    "function f(x) { for (let x of x) g(x); for (var i = 0, j; ; ) { let i = j } for (;x;); for (;;x); }",
    "function f(x) { try { throw x } catch (e) { var e = x; let y = e; g(y) } finally { x } }",
    "function f(x) { x: for (;;) { break x } switch (x) { case 1: let y; default: y } }",
    "function f(x) { return { x, y: x, 'z': x, x() {}, get x() { return 1 }, [x]: x, __proto__: x } }",
    "class A extends B { static x = 1; #y; get z() { return this.#y } static { var x } [x](x) { super.z(x) } }",
    "class A { static\nx() {} get\ny() {} async\nz() {} a\n['b'] = 1; 'c'() {} }",
    "const f = function g() { return g }, h = async x => await x, k = (x) => ({ x }), l = (x) => { x }",
    "f(() => {a: 1}); f(() => ({a: 1})); if (x) {a: 1}\n{b: 2}",
    "a ? (b, c) : d => e; (a, b); a ?? (b || c); (-1) ** 2; !(a in b); typeof (a + b); new (a())(); new a; (new a).b",
    "x = `a ${b} c` + 'd\\'e' + \"f\\x41\\u{42}\" + 1_000 + 0XfF + .5 + 1.50e+3 + /a b/gi.source",
    "function f(x) { eval('x'); with (x) y; return arguments, x }",
    "function f(x) { return x => { let y = x; return y => y + x } }",
    "if (a) ; else b; while (a); do a; while (b) c; for (a in b, c); label: { break label }",
)
TYPED_SEEDS = (
    "function f(x: T, y?: U): x is V { return x! as any as W }",
    ("class A<T> { constructor(private x: number, readonly y = x, @D() z?) {} declare q: T; 's': T; "
    "readonly\nr; abstract: T }"),
    "let x = a + b!.c; let y = (a + b)!.c; let z = !a!.b; let w = await_ as T; delete x![y]; (a as B).c; a as T\n[b]",
    ("type A = | B | C; type D = (B | C)[]; type E = (B)[]; type F = (() => A) | B; interface G { a: B, b: C; "
    "(x): D; m?(y: E): F }"),
    "function f(x) { let t: (x: T) => x is U; enum E { x = 1, y = x } namespace_: x; let N: x.T; return <T>x }",
    "abstract class A { abstract m(x): void; static accessor\ny; m?(x: T): U; get\nz() { return 1 } }",
    "namespace N { let x = 1; export let y = x; export function f(x) { return x + y } }",
    "function f<T>(this: T, x: T, ...r: T[]): asserts x is T; function f(x) { return x satisfies T }",
)  # fmt: skip


def mutants(text: str, language: str, chance: random.Random, others: list[str], count: int) -> Iterator[str]:
    """Some edits of a text, most of them with tokens that grammars and compilers may read in different ways."""
    yield from plain(text, language, chance, others, count // 2)
    tokens = tokens_of(text)
    for _ in range(count - count // 2):
        edited = list(tokens)
        for _ in range(chance.choice((1, 1, 2))):
            _edit(edited, language, chance)
        yield "".join(edited)


def _edit(tokens: list[str], language: str, chance: random.Random) -> None:
    at = chance.randrange(len(tokens) + 1)
    sort = chance.random()
    if sort < 0.4:
        tokens.insert(at, chance.choice(TOKENS if language == "javascript" or chance.random() < 0.5 else TYPED))
    elif sort < 0.7:
        end = min(len(tokens), at + chance.choice((1, 1, 3, 5, 7, 9)))
        tokens[at:end] = ["(", *tokens[at:end], ")"]
    elif breaks := [place for place, token in enumerate(tokens) if token.isspace() or token == ";"]:
        tokens[chance.choice(breaks)] = chance.choice((" ", "\n", "\n", ";", ";\n", " /*\n*/ ", " // c\n"))
