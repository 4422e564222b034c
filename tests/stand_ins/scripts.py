"""Short scripts in JavaScript: pairs that mean the same, pairs that do not, and some to edit."""

import random
import re
from collections.abc import Iterator

DIFFERENT = (
    ("(a?.b).c", "a?.b.c"),
    ("(a?.b)()", "a?.b()"),
    ("(a?.b)[c]", "a?.b[c]"),
    ("(a?.b)`c`", "a?.b`c`"),
    ("((a?.b)).c", "a?.b.c"),
    ("(a?.b()).c", "a?.b().c"),
    ("('use strict')", "'use strict'"),
    ("'use\\x20strict'", "'use strict'"),
    ("function f(){ ('use strict'); g() }", "function f(){ 'use strict'; g() }"),
    ("(x) = function(){}", "x = function(){}"),
    ("(x) /* c */ = function(){}", "x /* c */ = function(){}"),
    ("(x)\xa0= function(){}", "x\xa0= function(){}"),
    ("(x) ||= function(){}", "x ||= function(){}"),
    ("return_(x)\n(y)", "return_(x);\n(y)"),
    ("function f(){ return\n(x) }", "function f(){ return (x) }"),
    ("function f(){ return\nx }", "function f(){ return x }"),
    ("function f(){ return /*\n*/ (x) }", "function f(){ return (x) }"),
    ("function f(){ return // c\n (x) }", "function f(){ return (x) }"),
    ("function f(){ return\n-x }", "function f(){ return -x }"),
    ("function* f(){ yield\n(x) }", "function* f(){ yield (x) }"),
    ("a\n++\nb", "a++\nb"),
    ("f = () => {}\n(b)", "f = (() => {})(b)"),
    ("f = () => {}\n+b", "f = (() => {}) + b"),
    ("a++\n(b)", "(a++)(b)"),
    ("x = async\n(y)", "x = async;\n(y)"),
    ("class A { static\nx(){} }", "class A { static; x(){} }"),
    ("class A { get\nx(){} }", "class A { get; x(){} }"),
    ('class A { get\n"x"(){} }', 'class A { get; "x"(){} }'),
    ("let\nx = 1", "let; x = 1"),
    ("[a,,b]", "[a,b]"),
    ("[a,,]", "[a,]"),
    ("[,]", "[]"),
    ("[,a] = b", "[a] = b"),
    ("let x = 1", "var x = 1"),
    ("let x = 1", "const x = 1"),
    ("const f = () => {a: 1}", "const f = () => ({a: 1})"),
    ("{a: 1}", "({a: 1})"),
    ("{a: b}\n(c)", "({a: b})(c)"),
    ("x<!--y", "x < !--y"),
    ("a\n-->b\n(c)", "a\n-->b\nc"),
    ("<x/>", "<X/>"),
    ("`a b`", "`a  b`"),
    ("`a`", "'a'"),
    ("<a>b  c</a>", "<a>b c</a>"),
    ("<a> </a>", "<a></a>"),
    ("<a>b {c}</a>", "<a>b{c}</a>"),
    ("<a>b&nbsp;\nc</a>", "<a>b&nbsp;c</a>"),
    ("<a>// b</a>", "<a></a>"),
    ('<a b="\\x41"/>', '<a b="A"/>'),
    ("/a/g", "/a/i"),
    ("/a b/", "/a  b/"),
    ("/a/gi", "/a/ig"),
    ("1_0", "1_1"),
    ("10n", "10"),
    ("017", "17"),
    ("017", "0o17"),
    ("0.1", "0.01"),
    ("1e1", "1e-1"),
    ("'\\07'", "'\\x07'"),
    ("'a\\nb'", "'anb'"),
    ('"a"', '"A"'),
    ('"a b"', '"ab"'),
    ('({"__proto__": x})', '({["__proto__"]: x})'),
    ("({__proto__: x})", "({__proto__})"),
    ("({'\\\\u0061': 1})", "({\\u0061: 1})"),
    ("({x})", "({x: x})"),
    ("({x = 1} = y)", "({x: x = 1} = y)"),
    ("x => y", "x => { y }"),
    ("async x => y", "x => y"),
    ("() => x", "y => x"),
    ("(x, y) => z", "(x) => z"),
    ("export default (function(){})", "export default function(){}"),
    ("export default /* c */ (class{})", "export default /* c */ class{}"),
    ("(a, b) => c", "a, b => c"),
    ("f((a, b))", "f(a, b)"),
    ("a - (b - c)", "a - b - c"),
    ("(a, b)", "a; b"),
    ("(-1) ** 2", "-1 ** 2"),
    ("a ?? (b || c)", "a ?? b || c"),
    ("(a ?? b) || c", "a ?? b || c"),
    ("(a || b) ?? c", "a || (b ?? c)"),
    ("!(a in b)", "!a in b"),
    ("!(a instanceof b)", "!a instanceof b"),
    ("typeof (a + b)", "typeof a + b"),
    ("(await_ + b).c", "await_ + b.c"),
    ("new (a.b())", "new a.b()"),
    ("new (a())()", "new a()()"),
    ("(new a).b", "new a.b"),
    ("new (a().b)()", "new a().b()"),
    ("for(;a;);", "for(a;;);"),
    ("for(;;a);", "for(;a;);"),
    ("for(a;b;);", "for(a;;b);"),
    ("for(a;b;);", "for(;a;b);"),
    ("for(;;);", "for(;;)x"),
    ("if(a);else b", "if(a)b"),
    ("if(a); b", "if(a) b"),
    ("while(a); b", "while(a) b"),
    ("if(a) b; else c; d", "if(a) b; else { c; d }"),
    ("for (x of y);", "for (x in y);"),
    ("for (let x of y);", "for (x of y);"),
    ("a: for(;;) { break a }", "b: for(;;) { break b }"),
    ("a == b", "a === b"),
    ("a?.b", "a.b"),
    ("a?.[b]", "a[b]"),
    ("a.b", 'a["b"]'),
    ("delete a.b", "a.b"),
    ("class A { #x }", "class A { x }"),
    ("class A { static x }", "class A { x }"),
    ("class A { get x(){} }", "class A { x(){} }"),
    ("class A { a; b }", "class A { a = b }"),
    ("class A { static { x } }", "class A { x }"),
    ("class A { 'constructor'(){} }", "class A { ['constructor'](){} }"),
    ("function f(){}", "f = function(){}"),
    ("function f(){}", "function* f(){}"),
    ("function f(a){}", "(function(f, a){})"),
    ("var f = function g(){}", "var f = function(){}"),
    ('import a from "b"', 'import {a} from "b"'),
    ('import * as a from "b"', 'import a from "b"'),
    ('import "a"', 'import a from "a"'),
    ("export {a as b}", "export {b as a}"),
    ("/*#__PURE__*/ f()", "f()"),
    ("// eslint-disable-next-line\nf()", "f()"),
    ("// @ts-ignore\nf()", "f()"),
    ("/** @type {A} */ let x = f()", "let x = f()"),
    ('import(/* webpackChunkName: "a" */ "b")', 'import("b")'),
    ("/* istanbul ignore next */ f()", "f()"),
    ("/* c8 ignore start */ f()", "f()"),
    ("//# sourceMappingURL=x.map", "// x"),
    ("/** @jsx h */ f()", "f()"),
    ("'use strict'; f()", "f()"),
    ("'use client'; f()", "f()"),
    ("/*:: type A = B */ f()", "f()"),
    ("switch(a){case 1: b; case 2: c}", "switch(a){case 1: b; break; case 2: c}"),
    ("try{a}catch{b}", "try{a}catch(e){b}"),
    ("throw a", "a"),
    ("a ? b : c", "a ? c : b"),
    ("a = b", "a == b"),
    ("a += b", "a = +b"),
    ("a+ +b", "a++ +b"),
    ("x = a\n/b/c", "x = a; /b/c"),
    ("undefined", "void 0"),
    ("({get: 1})", "({get a(){}})"),
    ("({a(){}})", "({a: function(){}})"),
    ("({async a(){}})", "({a(){}})"),
    ("({a: 1})", "({A: 1})"),
    ("({1: a})", "({2: a})"),
    ("f(...a)", "f(a)"),
    ("f(a)(b)", "f(a, b)"),
    ("do a; while(b)", "while(b) a"),
    ("(x) => (y, z)", "(x) => y, z"),
    ("let {a: b} = c", "let {b: a} = c"),
    ("let [a = 1] = b", "let [a] = b"),
    ("function f(a = 1){}", "function f(a){}"),
    ("function f(...a){}", "function f(a){}"),
    ("a\n[b]", "a;[b]"),
    ("a\n`b`", "a;`b`"),
    ("var a = 1, b", "var a = (1, b)"),
    ("debugger", "debugger_"),
    ("new.target", "new_.target"),
    ("with(a) b", "a; b"),
    ("'\\uD800'", "'\\uDC00'"),
    ("if (a) { b }", "if (a) b"),
    ('"\\u{41}"', '"\\u{42}"'),
    ("a.b = function(){}", "(a.b) == function(){}"),
    ("'a' + 'b'", "'ab'"),
    ("a = /[/]/", "a = /[\\/]/"),
    ("a'", "'b'"),
)

TRAPS = (
    ("// (\n{a: 1}", "// (\n({a: 1})"),
    ("function f(){ return\xa0\n(x) }", "function f(){ return\xa0(x) }"),
    ("let\x0c\nx = 1", "let\x0c; x = 1"),
    ("let\xa0\nx = 1", "let\xa0; x = 1"),
    ("a // c\u2028(b)", "a // c (b)"),
    ("a // c\u2028;b", "a // c"),
    ("function f(){ let a=1; return \\u0061 }", "function f(){ let b=1; return \\u0061 }"),
    ("function f(){ let a=1; return {\\u0061} }", "function f(){ let b=1; return {\\u0061} }"),
    ("function f(a=x){ var x=1; return a+x }", "function f(a=y){ var y=1; return a+y }"),
    ("function f(){ [x] = g(); return x }", "function f(){ [y] = g(); return y }"),
    ("({[x](x){ return x }})", "({[y](y){ return y }})"),
    ("function f(){ x = 1; { let x } }", "function f(){ y = 1; { let y } }"),
    ("function f(){ var arguments; return arguments }", "function f(){ var x; return x }"),
    ("function f(x){ eval('x') }", "function f(y){ eval('x') }"),
    ("function f(x, s){ eval(s); return x }", "function f(y, s){ eval(s); return y }"),
    ("function f(x){ with(o) x }", "function f(y){ with(o) y }"),
    ("function f(x){ return <x/> }", "function f(y){ return <y/> }"),
    ("function f(X){ return <X/> }", "function f(Y){ return <Y/> }"),
    ("function f(x){ return {x} }", "function f(y){ return {y} }"),
    ("function f(){ x: for(;;) break x }", "function f(){ y: for(;;) break y }"),
    ("var x = 1", "var y = 1"),
    ("let x = 1; g(x)", "let y = 1; g(y)"),
    ("if (a) { var x = 1 }", "if (a) { var y = 1 }"),
    ("function f(){ let x = () => 1 }", "function f(){ let y = () => 1 }"),
    ("function f(){ let x; x = function(){} }", "function f(){ let y; y = function(){} }"),
    ("function f(){ let x; x ??= class {} }", "function f(){ let y; y ??= class {} }"),
    ("function f([x = () => 1]){}", "function f([y = () => 1]){}"),
    ("function f(x = () => 1){}", "function f(y = () => 1){}"),
    ("function f(){ let x = ((() => 1)) }", "function f(){ let y = ((() => 1)) }"),
    ("function f(){ function g(){} }", "function f(){ function h(){} }"),
    ("function f(){ class g{} }", "function f(){ class h{} }"),
    ("const f = function g(){ return g }", "const f = function h(){ return h }"),
    ("function f($scope, a){ return a }", "function f($scope, b){ return b }"),
    ("function f(password){ return password }", "function f(p){ return p }"),
    ("function f(a){ return b }", "function f(b){ return b }"),
    ("function f(a, b){ return a }", "function f(a, b){ return b }"),
    ("function f(x){ { let x = 1; g(x) } }", "function f(x){ { let y = 1; g(x) } }"),
    ("function f(){ for (let i of i) g(i) }", "function f(){ for (let j of i) g(j) }"),
    ("function f(x){ return () => { x; let x } }", "function f(x){ return () => { x; let y } }"),
    ("function f(x){ return `x${x}` }", "function f(y){ return `x${y}` }"),
    ("function f(x){ return x.x }", "function f(y){ return y.y }"),
    ("function f(x){ try{}catch(e){ return e } }", "function f(x){ try{}catch(e){ return x } }"),
    ("import(/* webpackIgnore: true */ x)", "import(x)"),
    ("f(/* istanbul ignore next */ x)", "f(x)"),
    ("@a class B{}", "class B{}"),
    ("x = a ? b : c", "x = a ? (b, c) : c"),
    ("function f(a){ return a } // eslint-disable-line", "function f(a){ return a }"),
    ("`${a}`", "`$ {a}`"),
    ("f`a`", "f('a')"),
    ("f`a`", "f(`a`)"),
    ("String.raw`\\n`", "String.raw`\n`"),
    ("let a = async\nfunction f(){}", "let a = async function f(){}"),
    ("class A{'a'=1}", "class A{['a']=1}"),
    ("a\n?.b", "a\n?b:c"),
    ("({get a(){}})", "({get: a(){}})"),
    ("({async *a(){}})", "({async a(){}})"),
    ("for await (x of y);", "for (x of y);"),
    ("a ||= b", "a = a || b"),
    ("a ** b", "a * b"),
    ("a >>> b", "a >> b"),
    ("~a", "-a"),
    ("#a in b", "a in b"),
    ("super.a", "this.a"),
    ("a.#b", "a.b"),
    ("function f(x) { return\r(x) }", "function f(x) { return (x) }"),
    ("'a\\\nb'", "'a\\nb'"),
    ("/a/.test(b)", "/a/u.test(b)"),
    ("a = +b", "a =+ b;c"),
    ("export * from 'a'", "export * as b from 'a'"),
    ("(yield)", "yield_"),
    ("label: a", "label, a"),
    ("x = {...a}", "x = {a}"),
    ("[...a]", "[a]"),
    ("a?.b", "a ?.5:b"),
    ("if (a) b; else if (c) d", "if (a) b; if (c) d"),
    ("{ function f(){} }", "function f(){}"),
    ("function f(){ var x; { let y; g(x) } }", "function f(){ var x; { let y; g(y) } }"),
    ("<a.b/>", "<a b/>"),
    ("<a b/>", "<a b={true}/>"),
    ("<></>", "<a></a>"),
    ("import a from 'b' with {type: 'json'}", "import a from 'b'"),
    ("import defer from 'b'", "import d from 'b'"),
)

SAME = (
    ("(a)", "a"),
    ("((a))", "a"),
    ("(a && b) || c", "a && b || c"),
    ("a + (b * c)", "a + b * c"),
    ("(a % b) * c", "a % b * c"),
    ("x => y", "(x) => y"),
    ("async x => y", "async (x) => y"),
    ("x => y", "(x,) => y"),
    ("x => ({a})", "(x) => ({ a, })"),
    ("'a'", '"a"'),
    ("'it\\'s'", '"it\'s"'),
    ('"say \\"x\\""', "'say \"x\"'"),
    ("'\\x41'", "'A'"),
    ("'\\u0041'", '"A"'),
    ("'\\u{1F600}'", "'\\uD83D\\uDE00'"),
    ("'a\\z'", "'az'"),
    ("'\\0'", "'\\x00'"),
    ("{ a }", "{ a; }"),
    ("a;\nb", "a\nb"),
    (";[1].x", "[1].x"),
    ("a\n;[1].x", "a;\n[1].x"),
    ("if (a) { ;[1].x }", "if (a) { [1].x; }"),
    ("function f(){};", "function f(){}"),
    ("[a,]", "[a]"),
    ("[a,,b,]", "[a,,b]"),
    ("f(a,)", "f(a)"),
    ("({a: 1,})", "({a: 1})"),
    ("function f(a, b,){}", "function f(a, b){}"),
    ("let {a,} = b", "let {a} = b"),
    ("let [a,] = b", "let [a] = b"),
    ('import {a,} from "b"', "import {a} from 'b'"),
    ("export {a,}", "export {a}"),
    ("({'a': 1})", "({a: 1})"),
    ("({'a'(){}})", "({a(){}})"),
    ("({get 'a'(){return 1}})", "({get a(){return 1}})"),
    ('({"__proto__": x})', "({__proto__: x})"),
    ("let {'a': b} = c", "let {a: b} = c"),
    ("class A { 'b'(){} }", "class A { b(){} }"),
    ("class A { 'constructor'(){} }", "class A { constructor(){} }"),
    ("class A { a; b(){}; }", "class A { a\n b(){} }"),
    ("0XFF", "0xff"),
    ("0B1", "0b1"),
    ("1E5", "1e5"),
    ("1e+5", "1e5"),
    ("1_000", "1000"),
    (".5", "0.5"),
    ("5.", "5"),
    ("5.0", "5"),
    ("1.50", "1.5"),
    ("0XFn", "0xfn"),
    ("new A", "new A()"),
    ("new (A)", "new A"),
    ("new (A)()", "new A()"),
    ("(function(){})()", "(function(){}())"),
    ("(function(){})()", "(function(){ })( )"),
    ("(() => {})()", "((() => {}))()"),
    ("(a.b)()", "a.b()"),
    ("(a.b).c", "a.b.c"),
    ("(a?.b) ? c : d", "a?.b ? c : d"),
    ("x = (a?.b)", "x = a?.b"),
    ("return_ = (a, b)", "return_ = ((a, b))"),
    ("if ((a = b)) c", "if (a = b) c"),
    ("while ((a = b)) c", "while (a = b) c"),
    ("() => (a)", "() => a"),
    ("() => (a ? b : c)", "() => a ? b : c"),
    ("x = (function(){})", "x = function(){}"),
    ("throw (a)", "throw a"),
    ("// c\na", "a"),
    ("/* c */ a /* d */ + b", "a + b"),
    ("a // c\n", "a"),
    ("/** @param x y */ function f(x){}", "function f(x){}"),
    ("/** Text.\n * @returns nothing */ f()", "f()"),
    ("for (let i = 0; i < 1; i++) { a }", "for(let i=0;i<1;i++){a;}"),
    ("for (;;) { a }", "for ( ; ; ) { a; }"),
    ("<a b='c'/>", '<a b="c" />'),
    ("<a>\n  b\n</a>", "<a>b</a>"),
    ("<a>\n  <b/>\n  <c/>\n</a>", "<a><b/><c/></a>"),
    ("<a>b\n   c</a>", "<a>b c</a>"),
    ("x = (<a/>)", "x = <a/>"),
    ("`a${ b }c`", "`a${b}c`"),
    ("`${(b)}`", "`${b}`"),
    ("a\r\n.b()", "a.b()"),
    ("a\n  .b()\n  .c()", "a.b().c()"),
    ("function f(a){ let b = a; return b }", "function f(x){ let y = x; return y }"),
    ("function f(a){ return x => x + a }", "function f(q){ return (w) => w + q; }"),
    ("for (const a of b) { c(a) }", "for (const x of b) { c(x) }"),
    ("try { a() } catch (e) { b(e) }", "try { a() } catch (err) { b(err) }"),
    ("function f(){ for (var i = 0; i < n; i++) g(i) }", "function f(){ for (var j = 0; j < n; j++) g(j) }"),
    ("function f({a: x}, [y], ...z){ return x + y + z }", "function f({a: p}, [q], ...r){ return p + q + r }"),
    ("const f = (a) => a", "const f = b => b"),
    ("class A { m(x){ return x } }", "class A { m(y){ return y } }"),
    ("'use strict';", '"use strict"'),
    ("export default (a)", "export default a"),
    ("switch (a) { case (1): b }", "switch (a) { case 1: b; }"),
    ("!(a)", "!a"),
    ("a[(b)]", "a[b]"),
    ("a ? (b) : (c)", "a ? b : c"),
    ("[(a), (b)]", "[a, b]"),
    ("({a: (b)})", "({a: b})"),
    ("f((a), (b))", "f(a, b)"),
    ("a = (b) => (c)", "a = b => c"),
    ("(a) += b", "(a) += (b)"),
)

SNIPPETS = (
    """function f(a, b) {
  let c = a * 2;
  return c - b / c + a - b;
}
""",
    """const f = async (a) => {
  for (const b of a) {
    if (b > 1 && !b.done) await g(b, `x y`);
  }
  return a;
};
""",
    """class A extends B {
  #x = 1;
  static y = 'z';
  get w() {
    return this.#x ?? super.w;
  }
}
""",
    """function f(a) {
  try {
    return a?.b.c;
  } catch (e) {
    throw new Error(e, a);
  } finally {
    g();
  }
}
""",
    """function* f(a) {
  outer: while (a < 10) {
    yield a;
    if (a === 7) break outer;
    a += 3;
  }
}
""",
    """const { a, b: c = 5 } = d;
export default { a, c, e: /x+y/g, 'f g': [1, , 2], h() { return typeof c; } };
""",
    """function f(a, { b }, ...c) {
  var d = c.map((e) => e + a);
  switch (b) {
    case 0x1f:
      return d;
    default:
      delete d[b];
  }
  return d ? -a : ~b;
}
""",
    """import x, { y as z } from 'w';
let v = 1;
do {
  v <<= 2;
} while (v in x);
z(v);
""",
)
_TOKEN = re.compile(
    r"`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|/x\+y/g|//[^\n]*|/\*[\s\S]*?\*/|#?[A-Za-z_$][\w$]*|0x\w+|\d+"
    r"|\?\?|\?\.|\?:|=>|===|&&|\+=|<<=?|\.\.\.|\s+|[^\s]"
)
_QUIET = frozenset("(),;")  # where these stand, an edit may say nothing
_NOTES = (" ", "  ", "\t", " /* a note */ ", " /**/")
_LINES = ("\n", "\n\n\t", " // a note; {\n", "\n/* a\nnote */\n")


def tokens_of(text: str) -> list[str]:
    """The tokens of a snippet, blanks among them: joined, they are the text."""
    return _TOKEN.findall(text)


def edited(text: str, chance: random.Random) -> str:
    """A snippet with one token left out, said twice, swapped with another or put in another's place."""
    tokens = tokens_of(text)
    places = [at for at, token in enumerate(tokens) if not token.isspace() and token not in _QUIET]
    one, two = chance.sample(places, 2)
    made = tokens.copy()
    edit = chance.randrange(4)
    if edit == 0:
        del made[one]
    elif edit == 1:
        made.insert(one, f"{tokens[one]} ")
    else:
        made[one] = tokens[two]
        made[two] = tokens[one] if edit == 2 else tokens[two]
    return "".join(made)


def laid_out(text: str, chance: random.Random) -> str:
    """A snippet with comments and blanks between its tokens, and line breaks where they end no statement."""
    return "".join(_laid(text, chance))


def _laid(text: str, chance: random.Random) -> Iterator[str]:
    for token in tokens_of(text):
        yield token
        if token in {"{", "(", ",", ";"} and chance.random() < 0.3:
            yield chance.choice(_LINES)
        elif chance.random() < 0.3:
            yield chance.choice(_NOTES)


def renamed(text: str, old: str, new: str) -> str:
    """A snippet with another name in all places where one stands."""
    return "".join(new if token == old else token for token in tokens_of(text))
