"""What Go's structure keys forget, and what they never do."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.structures import key_of

from coderev.syntax import parse


def body(text: str) -> str:
    """A function with a body."""
    return f"func f(a, b int, s string) (res int) {{\n\t{text}\n}}\n"


SAME = {
    "blanks": ("return a+b", "return  a + b"),
    "a line end after an operator": ("return a + b", "return a +\n\t\tb"),
    "carriage returns": ("a = 1\n\treturn a", "a = 1\r\n\treturn a"),
    "indentation": ("if a < b {\n\t\tg()\n\t}", "if a < b {\n  g()\n }"),
    "a comment": ("return a", "/* why */ return a // because"),
    "a comment between tokens": ("return a + b", "return a /* left */ + /* right */ b"),
    "a comment on its own line": ("g()\n\treturn a", "g()\n\t// a note\n\treturn a"),
    "a comment of two lines on its own lines": ("g()\n\treturn a", "g()\n\t/* a\n\tnote */\n\treturn a"),
    "a comment of two lines before a line end": ("g()\n\treturn a", "g() /* a\n\tnote */\n\treturn a"),
    "a comment after an operator": ("return a + b", "return a + // more\n\t\tb"),
    "an indented directive, which Go passes over": ("g()", "\t//go:noinline\n\tg()"),
    "semicolons": ("g()\n\treturn a", "g(); return a"),
    "a semicolon at the end of a line": ("g()\n\treturn a", "g();\n\treturn a;"),
    "semicolons of fields": ("type t struct {\n\ta int\n\tb int\n}", "type t struct { a int; b int }"),
    "semicolons of variables": ("var (\n\tc = 1\n\td = 2\n)\n\tg(c, d)", "var ( c = 1; d = 2;\n)\n\tg(c, d)"),
    "brackets of a result": ("return a + b", "return (a + b)"),
    "doubled brackets": ("return ((a + b))", "return a + b"),
    "brackets of a condition": ("if a < b {\n\t}", "if (a < b) {\n\t}"),
    "brackets of a value": ("a = b + 1", "a = (b + 1)"),
    "brackets of a declared value": ("c := b + 1\n\tg(c)", "c := (b + 1)\n\tg(c)"),
    "brackets of an argument": ("g(a, b+1)", "g((a), (b + 1))"),
    "brackets that bind as without": ("return a + b*2", "return a + (b * 2)"),
    "brackets on the left": ("return a*b + 2", "return (a * b) + 2"),
    "brackets of and within or": ("p = q && r || t", "p = (q && r) || t"),
    "brackets of a comparison": ("p = a == 1 && q", "p = (a == 1) && q"),
    "brackets of a pointed-to call": ("return *g()", "return *(g())"),
    "the comma of a call": ("g(a,\n\t\tb)", "g(a,\n\t\tb,\n\t)"),
    "the comma of a literal": ("c := []int{1, 2}\n\tg(c)", "c := []int{1, 2,}\n\tg(c)"),
    "the comma of parameters": ("g(func(c int) {})", "g(func(\n\tc int,\n) {})"),
    "a raw text": ('g("a b")', "g(`a b`)"),
    "a raw text with quotes": (r'g("a \"b\"\n")', 'g(`a "b"\n`)'),
    "a raw text's carriage returns": ("g(`a\nb`)", "g(`a\r\nb`)"),
    "an escape": (r'g("A\x42")', r'g("\u0041B")'),
    "a tag": ('type t struct { a int "x" }', "type t struct { a int `x` }"),
    "a rune by its number": ("g('A', '\\n')", r"g('\x41', '\u000a')"),
    "the case of a number": ("return 0XFF", "return 0xff"),
    "the case of an exponent": ("g(1E5)", "g(1e5)"),
    "underscores": ("return 1_000_000", "return 1000000"),
    "two ways to write octal": ("return 017", "return 0o17"),
    "a third way to write octal": ("return 0O17", "return 0o1_7"),
    "a renamed local": ("c := a\n\treturn c", "d := a\n\treturn d"),
    "renamed locals": ("c, d := a, b\n\treturn c - d", "d, c := a, b\n\treturn d - c"),
    "a declared local": ("var c int = a\n\treturn c", "var d int = a\n\treturn d"),
    "a renamed local of a loop": ("for i := 0; i < a; i++ { g(i) }", "for j := 0; j < a; j++ { g(j) }"),
    "renamed elements": ("for k, v := range m { g(k, v) }", "for i, e := range m { g(i, e) }"),
    "a renamed error": ("if err := g(); err != nil { h(err) }", "if e := g(); e != nil { h(e) }"),
    "a renamed type switch": ("switch t := x.(type) { case int: g(t) }", "switch u := x.(type) { case int: g(u) }"),
    "a renamed received value": ("select { case v := <-q: g(v) }", "select { case w := <-q: g(w) }"),
    "renamed parameters of a function": (
        "g(func(x, y int) int { return x - y })",
        "g(func(y, x int) int { return y - x })",
    ),
    "a local that a function uses": ("c := 1\n\tg(func() { h(c) })", "d := 1\n\tg(func() { h(d) })"),
    "a shadowed local": ("c := 1\n\t{ c := c; g(c) }", "d := 1\n\t{ d := d; g(d) }"),
}

DIFFERENT = {
    "an operator": ("return a + b", "return a - b"),
    "a comparison": ("p = a < b", "p = a <= b"),
    "an order": ("return a - b", "return b - a"),
    "brackets that group": ("return a * (b + 1)", "return a*b + 1"),
    "brackets on the right": ("return a - (b - 1)", "return a - b - 1"),
    "brackets of a negation": ("p = !(q && r)", "p = !q && r"),
    "brackets of a pointer's member": ("(*p).g()", "*p.g()"),
    "brackets of a conversion": ("g((*T)(x))", "g(*T(x))"),
    "brackets of a received conversion": ("g((<-chan int)(x))", "g(<-chan int(x))"),
    "brackets of a function's type": ("g((func())(x))", "g(func()(x))"),
    "a literal in the head of an if": ("if x == (T{}) {\n\t}", "if x == T {}\n\t{\n\t}"),
    "a literal in the head of a loop": ("for range (T{}) {\n\t}", "for range T {}\n\t{\n\t}"),
    "a return's value on the next line": ("return g()", "return\n\tg()"),
    "a return's value after a comment with a line end": ("return g()", "return /*\n*/ g()"),
    "a return's value after two such comments": ("return g()", "return /* a */ /*\n*/ g()"),
    "a break's label on the next line": ("for {\n\t\tbreak\n\t\tL()\n\t}", "for {\n\t\tbreak L\n\t}"),
    "a sign on the next line": ("c := a -b\n\tg(c)", "c := a\n\t-b\n\tg(c)"),
    "a switch without a value": ("switch g() { case true: }", "switch g(); { case true: }"),
    "a switch whose line ends before its brace": ("switch g() { case true: }", "switch g()\n\t{ case true: }"),
    "a switch whose line ends with a comment": ("switch g() { case true: }", "switch g() // a\n\t{ case true: }"),
    "a switch whose line ends with a glued comment": ("switch g() { case true: }", "switch g()//a\n\t{ case true: }"),
    "a switch whose line ends in a comment": ("switch g() { case true: }", "switch g() /*\n*/ { case true: }"),
    "a switch whose line ends after a comment": ("switch g() { case true: }", "switch g() /*\n*/\n\t{ case true: }"),
    "a case on the line of another": ("switch { case p: g()\n\tcase q: }", "switch { case p: g() case q: }"),
    "a type on the next line": ("var c int\n\tg(c)", "var c\nint\n\tg(c)"),
    "a name's package in brackets": ("g(strings.X)", "g((strings).X)"),
    "two constants side by side": ("const ( c = 1; d = 2 )", "const ( c = 1 /* a */ d = 2 )"),
    "the start of a loop": ("for g(); ; { }", "for ; ; g() { }"),
    "the condition of a loop": ("for ; g(); { }", "for g(); ; { }"),
    "a loop's parts against a condition": ("for ; p; { }", "for p; ; { }"),
    "an empty statement": ("for p { }", "for p { ; }"),
    "embedded fields": ("type t struct { a; b }", "type t struct { a b }"),
    "a method's result": ("type t interface { a() int }", "type t interface { a(); int }"),
    "braces": ("if p { g() }; h()", "if p { g(); h() }"),
    "a decimal imaginary": ("g(017i)", "g(0o17i)"),
    "octal": ("return 010", "return 10"),
    "another base": ("return 0b11", "return 0x11"),
    "an imaginary suffix": ("g(1i)", "g(1)"),
    "a hexadecimal digit": ("return 0x1F", "return 0x1E"),
    "a float against a whole number": ("g(1.0)", "g(1)"),
    "a rune against a text": ("g('a')", 'g("a")'),
    "a rune against its number": ("g('a')", "g(97)"),
    "a byte against a letter": (r'g("\xff")', 'g("ÿ")'),
    "a raw escape": (r'g("\n")', r"g(`\n`)"),
    "the case of a text": ('g("a")', 'g("A")'),
    "blanks in a text": ('g("a b")', 'g("a  b")'),
    "a comment in a text": ('g("a // b")', 'g("a // c")'),
    "a tag's text": ("type t struct { a int `x` }", "type t struct { a int `y` }"),
    "a tag": ("type t struct { a int `x` }", "type t struct { a int }"),
    "a type": ("var c int = a\n\tg(c)", "var c int64 = a\n\tg(c)"),
    "a pointer": ("g(&a)", "g(a)"),
    "a received value": ("g(<-q)", "g(q)"),
    "a sent value": ("q <- a", "q < -a"),
    "a type assertion": ("g(x.(T))", "g(x.T)"),
    "a variadic argument": ("g(x...)", "g(x)"),
    "a deferred call": ("defer g()", "g()"),
    "a call of its own": ("go g()", "g()"),
    "and not": ("a &^= b", "a &= b"),
    "a declaration against an assignment": (
        "c := 1\n\tif p { c := 2; g(c) }\n\tg(c)",
        "c := 1\n\tif p { c = 2; g(c) }\n\tg(c)",
    ),
    "a range's two names": ("for i := range m { g(i) }", "for _, i := range m { g(i) }"),
    "the name of nothing": ("_ = a\n\t_ = b", "c := a\n\tc = b"),
    "the name of nothing in a loop": ("for _, v := range m { g(v) }", "for v, v := range m { g(v) }"),
    "a label": ("L:\n\tfor { break L }", "M:\n\tfor { break M }"),
    "a label like a local": ("c := 1\nc:\n\tfor { g(c); break c }", "d := 1\nc:\n\tfor { g(d); break c }"),
    "a constant": ("const c = iota\n\tg(c)", "const d = iota\n\tg(d)"),
    "a type's name": ("type c int\n\tg(c(1))", "type d int\n\tg(d(1))"),
    "a key like a local": ("c := 1\n\tg(T{c: c})", "d := 1\n\tg(T{d: d})"),
    "a key alone": ("c := 1\n\tg(T{c: c})", "c := 1\n\tg(T{d: c})"),
    "a key of a map": ("c := 1\n\tg(map[int]int{c: 1})", "d := 1\n\tg(map[int]int{d: 1})"),
    "a field like a local": ("c := 1\n\tg(c, x.c)", "d := 1\n\tg(d, x.d)"),
    "a field": ("g(x.c)", "g(x.d)"),
    "a package like a local": ("c := 1\n\tvar t c.T\n\tg(c, t)", "d := 1\n\tvar t d.T\n\tg(d, t)"),
    "one of two": ("c := a\n\treturn c + c", "c := a\n\treturn c + d"),
    "two merged": ("c, d := a, b\n\treturn c - d", "c, c := a, b\n\treturn c - c"),
    "one split": ("c := a\n\tc = b\n\treturn c", "c := a\n\td = b\n\treturn c"),
    "a name from outside": ("c := 1\n\tg(c, x)", "x := 1\n\tg(x, x)"),
    "a value that is declared by itself": ("c := c\n\tg(c)", "d := d\n\tg(d)"),
    "a declared value by itself": ("var c = c\n\tg(c)", "var d = d\n\tg(d)"),
    "a range over itself": ("for c := range c { g(c) }", "for d := range d { g(d) }"),
    "a type switch on itself": ("switch c := c.(type) { case int: g(c) }", "switch d := d.(type) { case int: g(d) }"),
    "a function that calls its like": ("c := func() { c() }\n\tc()", "d := func() { d() }\n\td()"),
    "a local after its block": ("if p { c := 1; g(c) }\n\tg(c)", "if p { d := 1; g(d) }\n\tg(d)"),
    "a local of another case": (
        "switch { case p: c := 1; g(c); default: g(c) }",
        "switch { case p: d := 1; g(d); default: g(d) }",
    ),
    "a length": ("g(func(c int, d [c]int) { h(c) })", "g(func(e int, d [e]int) { h(e) })"),
    "a name that tells something": ("timeout_ms := a\n\tg(timeout_ms)", "timeout := a\n\tg(timeout)"),
    "a name that tells of safety": ("safe := a\n\tg(safe)", "done := a\n\tg(done)"),
}

APART = {
    "a function's name": ("func f() { g() }", "func h() { g() }"),
    "a name like the function": ("func f(f int) { g(f) }", "func h(h int) { g(h) }"),
    "a receiver's type": ("func (r *T) f() { r.g() }", "func (r T) f() { r.g() }"),
    "parameters that change places": ("func f(a, b int) int { return a }", "func f(a, b int) int { return b }"),
    "a parameter against a variable": ("func f(a int) int { return b }", "func f(b int) int { return b }"),
    "a parameter that assembly names": ("func f(a int)", "func f(b int)"),
    "a type parameter": ("func f[K any](a K) { g(a) }", "func f[V any](a V) { g(a) }"),
    "a named result": ("func f() (n int) { return 1 }", "func f() int { return 1 }"),
    "a variable of the file": ("var a = 1", "var b = 1"),
    "an import": ('import "a"', 'import "b"'),
    "a dot import": ('import . "a"', 'import "a"'),
    "a blank import": ('import _ "a"', 'import "a"'),
    "a preamble": ('// #include <a.h>\nimport "C"', '// #include <b.h>\nimport "C"'),
    "a preamble of several comments": ('// #cgo LDFLAGS: -la\n\n/* int a; */\nimport "C"', '/* int a; */\nimport "C"'),
    "a preamble in a group": ('import (\n\t// #include <a.h>\n\t"C"\n)', 'import (\n\t"C"\n)'),
    "an expected output": (
        "func ExampleF() {\n\tf()\n\t// Output:\n\t// one\n}",
        "func ExampleF() {\n\tf()\n\t// Output:\n\t// two\n}",
    ),
    "a directive at the margin": ("//go:noinline\nfunc f() {}", " //go:noinline\nfunc f() {}"),
    "a build constraint": ("//go:build linux\n\npackage p", "//go:build darwin\n\npackage p"),
    "an old build constraint": ("// +build linux\n\npackage p", "package p"),
    "a method's line": ("func (r T) f() {}", "func (r T)\nf() {}"),
}

HEEDED = [
    "//nolint:errcheck",
    "// nolint",
    "// #nosec G101",
    "//lint:ignore SA1000 on purpose",
    "/*line a.go:10*/",
    "// nosemgrep",
    "//sys f() int",
    "//export f",
    "// +kubebuilder:rbac",
    "// @Summary lists",
    "//easyjson:json",
    "// Code generated by x. DO NOT EDIT.",
    "// Deprecated: use g.",
]

FORGOTTEN = [
    "// fine",
    "/* approved, safe, audited */",
    "// see https://example.org/a:b",
    "// TODO(me): later",
    "// the output is short",
]


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    one = key_of(body(first), "go")

    other = key_of(body(second), "go")

    assert one is not None
    assert one == other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "go")

    other = key_of(body(second), "go")

    assert one is not None or other is not None
    assert one != other


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_declarations_with_different_meanings_differ(first: str, second: str) -> None:
    one = key_of(f"{first}\n", "go")

    other = key_of(f"{second}\n", "go")

    assert one is not None
    assert one != other


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("g()\n\n\th()"), "go")

    found = key_of(body(f"g()\n{comment}\n\th()"), "go")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("g()\n\n\th()"), "go")

    found = key_of(body(f"g() {comment}\n\n\th()"), "go")

    assert found == bare


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("return a"), "go", keep_comments=True)

    found = key_of(body("return a // why"), "go", keep_comments=True)

    assert found is not None
    assert found != bare


def test_receivers_parameters_and_results_are_renamed_together() -> None:
    source = "func (t *T) f(a int, b ...string) (n int, err error) {\n\tn = a + len(b) + t.n\n\treturn\n}\n"

    renamed = "func (x *T) f(c int, d ...string) (m int, e error) {\n\tm = c + len(d) + x.n\n\treturn\n}\n"

    assert key_of(source, "go") != key_of(renamed, "go")  # `t.n` is a field, so `n` stays
    assert key_of(source.replace(".n", ".z"), "go") == key_of(renamed.replace(".n", ".z"), "go")


def test_a_function_has_the_key_that_its_lines_have_in_their_file() -> None:
    function = body("c := a // note\n\treturn c")
    file = f'package p\n\nimport "a"\n\n{function}\nvar c int\n'

    within = parse(file.encode(), "go").structure(5, 8)

    assert within is not None
    assert within.key == key_of(function, "go")


def test_a_unit_says_its_names_and_what_it_forgot() -> None:
    source = body("c := a // note\n\treturn c + x").encode()

    structure = parse(source, "go").structure(1, 4)

    assert structure is not None
    assert structure.names == ("a", "b", "s", "res", "c")
    assert [source[start:end] for start, end in structure.forgotten] == [b"// note"]


SNIPPETS = [
    (
        "func f ( a int , s string ) int { c := a ; for d := 0 ; d < c ; d ++ { s += t [ d ] ; c -- } ; "
        "return c - a + len ( s ) }"
    ),
    (
        "func ( r * T ) g ( q [ ] int ) ( k int64 , e error ) { for i , v := range q { if v == nil { break } "
        "; k <<= 010 ; r . x = i } ; return k , e }"
    ),
    ("func h ( o any ) { r := func ( ) { i := 0 ; i ++ } ; j := 1 ; r ( ) ; y ( f , o . x , j ) ; defer z ( j ) }"),
    (
        "func k ( n int ) T { v := [ ] int { 1 , 2 , n , } ; switch w := v [ 0 ] ; w { case 1 : z ( w ) ; "
        "default : return T { n : w } } ; return m [ n ] }"
    ),
    (
        "func l ( x any , q chan int ) { switch t := x . ( type ) { case int : u ( t ) } ; select { case b "
        ":= <- q : u ( b ) ; case q <- 1 : } ; go u ( x ) }"
    ),
    (
        "func o [ K any ] ( p * K ) ( e error ) { if b , ok := m [ * p ] ; ok && ( b . c || ! b . d ) { "
        "return b . e } ; return & E { `a` , 'x' , 0x1F } }"
    ),
]
TOKEN = re.compile(r"`[^`]*`|'[^']*'|\w+|:=|\+\+|--|<-|<<=|[-+!=<>]=|&&|\|\||\S")
GOES_ON = re.compile(r"[(\[{,;:.+*/%&|^=<>!]|:=|<-|<<=|[-+!=<>]=|&&|\|\|")


def plain(text: str) -> list[str]:
    """A snippet without what may be said in two ways: round brackets, semicolons, and commas before a bracket."""
    bare = re.sub(r"[,;]\s*(?=[)}\]])", "", text)
    return [token for token in TOKEN.findall(bare) if token not in {"(", ")", ";"}]


def edited(text: str, chance: random.Random) -> str:
    """A snippet with one token dropped, doubled, replaced by another of its own, or swapped with it."""
    tokens = TOKEN.findall(text)
    at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
    edits = [
        [*tokens[:at], *tokens[at + 1 :]],
        [*tokens[:at], tokens[at], *tokens[at:]],
        [*tokens[:at], tokens[other], *tokens[at + 1 :]],
        [tokens[other if i == at else at if i == other else i] for i in range(len(tokens))],
    ]
    return " ".join(chance.choice(edits))


def laid_out(text: str, chance: random.Random) -> str:
    """A snippet with other blanks and comments, and line ends where Go passes over them."""
    ends = (" ", "  ", "\t", " /* a } */ ", "/**/")
    lines = (*ends, "\n", "\n\n", " // a }\n", "\r\n")
    both = (*lines, "\n/* a\n */")
    return "".join(token + chance.choice(both if GOES_ON.fullmatch(token) else ends) for token in TOKEN.findall(text))


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "go")

    assert found is None or found != key_of(snippet, "go") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "go")

    assert found is not None
    assert found == key_of(snippet, "go")
