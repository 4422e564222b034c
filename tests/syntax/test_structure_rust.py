"""What Rust's structure keys forget, and what they never do."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.structures import key_of

from coderev.syntax import parse, structure_key


def body(text: str) -> str:
    """A function with a body."""
    return f"fn f(a: i32, b: i32, s: &str) -> i32 {{\n    {text}\n}}\n"


SAME = {
    "blanks": ("return a+b;", "return  a + b ;"),
    "line ends": ("return a + b;", "return a\n        + b;"),
    "carriage returns": ("g();\n    h()", "g();\r\n    h()"),
    "a comment": ("a", "/* why */ a // because"),
    "a comment between tokens": ("a + b", "a /* left */ + /* right */ b"),
    "a nested comment": ("a", "/* one /* two */ three */ a"),
    "a comment of documentation on a statement": (
        "g();\n    h();\n    fn i() {}",
        "g();\n    h();\n    /// i\n    fn i() {}",
    ),
    "a brace on its line": ("if a < b { g() }", "if a < b\n    {\n        g()\n    }"),
    "brackets of a result": ("a + b", "(a + b)"),
    "brackets of a name": ("return a;", "return (a);"),
    "doubled brackets": ("((a + b))", "a + b"),
    "brackets of a condition": ("if a < b { g() }", "if (a < b) { g() }"),
    "brackets of a loop's condition": ("while a < b { g() }", "while (a < b) { g() }"),
    "brackets of a matched value": ("match a { _ => b }", "match (a) { _ => b }"),
    "brackets of a value": ("let c = a + b; c", "let c = (a + b); c"),
    "brackets of an argument": ("g(a, b + 1)", "g((a), (b + 1))"),
    "brackets of an index": ("v[a]", "v[(a)]"),
    "brackets that bind as without": ("a + b * 2", "a + (b * 2)"),
    "brackets on the left": ("a * b + 2", "(a * b) + 2"),
    "brackets of and within or": ("p = q && r || t;", "p = (q && r) || t;"),
    "brackets of or within or": ("p = q || r || t;", "p = (q || r) || t;"),
    "brackets of a comparison": ("p = a == 1 && q;", "p = (a == 1) && q;"),
    "brackets of a field": ("g(&(t.x))", "g(&t.x)"),
    "brackets of a called method": ("(t).g()", "t.g()"),
    "brackets of a call's result": ("(g(a)).h()", "g(a).h()"),
    "brackets of a text": ('g(("a"))', 'g("a")'),
    "brackets of what may fail": ("(g()?).h()", "g()?.h()"),
    "the comma of a call": ("g(a, b)", "g(a, b,)"),
    "the comma of an array": ("[a, b]", "[a, b,]"),
    "the comma of a tuple": ("(a, b)", "(a, b,)"),
    "the comma of a tuple's type": ("let c: (T, U) = a; g(c)", "let c: (T, U,) = a; g(c)"),
    "the comma of a struct": ("S { a, b: 1 }", "S { a, b: 1, }"),
    "the comma of a match": ("match a { 1 => b, _ => a }", "match a { 1 => b, _ => a, }"),
    "the comma after a block": ("match a { 1 => { g() } _ => a }", "match a { 1 => { g() }, _ => a }"),
    "the comma of a pattern": ("let (c, d) = a; g(c, d)", "let (c, d,) = a; g(c, d)"),
    "the comma of types": ("g::<T, U>()", "g::<T, U,>()"),
    "the comma of a printed text": ('println!("{}", a);', 'println!("{}", a,);'),
    "blanks of a printed text": ('println!("{}", a + b);', 'println!(\n        "{}",\n        a+b\n    );'),
    "a comment in a printed text": ('println!("{}", a);', 'println!("{}", /* what */ a); // so'),
    "blanks of a macro, but not whether any": ("m!(a + b)", "m!(a  +\n        b)"),
    "a comment in a macro": ("m!(a + b)", "m!(a /* left */ + b)"),
    "the case of a number": ("0xFF", "0xff"),
    "the case of an exponent": ("g(1E5)", "g(1e5)"),
    "underscores": ("1_000_000", "1000000"),
    "underscores before a suffix": ("g(1_u8)", "g(1u8)"),
    "a raw text": ('g("a b")', 'g(r"a b")'),
    "a raw text with quotes": (r'g("a \"b\"")', 'g(r#"a "b""#)'),
    "an escape": (r'g("A\x42\u{43}")', 'g("ABC")'),
    "a text that goes on": ('g("a \\\n        b")', 'g("a b")'),
    "a character's number": ("g('A')", r"g('\x41')"),
    "a renamed local": ("let c = a; c", "let d = a; d"),
    "a renamed variable": ("let mut c = a; c += 1; c", "let mut d = a; d += 1; d"),
    "renamed locals": ("let (c, d) = (a, b); c - d", "let (d, c) = (a, b); d - c"),
    "a renamed element": ("for e in v { g(e) }", "for x in v { g(x) }"),
    "renamed elements": ("for (i, e) in v { g(i, e) }", "for (e, i) in v { g(e, i) }"),
    "a renamed parameter of a closure": ("g(|x| x + a)", "g(|y| y + a)"),
    "renamed parameters of a closure": ("g(|x, &y| x - y)", "g(|y, &x| y - x)"),
    "a closure's name": ("let c = |x: T| x; c(a)", "let d = |y: T| y; d(a)"),
    "a bound variable of a pattern": ("match a { c @ 1..=5 => c, _ => b }", "match a { d @ 1..=5 => d, _ => b }"),
    "a reference of a pattern": ("if let Some(ref c) = p { g(c) }", "if let Some(ref d) = p { g(d) }"),
    "a shadowed local": ("let c = a; let c = c + 1; c", "let d = a; let d = d + 1; d"),
}

DIFFERENT = {
    "an operator": ("a + b", "a - b"),
    "a comparison": ("p = a < b;", "p = a <= b;"),
    "an order": ("a - b", "b - a"),
    "a semicolon at the end": ("{ g() }", "{ g(); }"),
    "the last semicolon": ("g()", "g();"),
    "an empty statement": ("g();", "g();;"),
    "brackets that group": ("a * (b + 1)", "a * b + 1"),
    "brackets on the right": ("a - (b - 1)", "a - b - 1"),
    "brackets of a negation": ("p = !(q && r);", "p = !q && r;"),
    "a field that is called": ("(t.g)(a)", "t.g(a)"),
    "a field that is called, in two pairs": ("((t.g))(a)", "t.g(a)"),
    "a closure that is called": ("(|x| x)(a)", "|x| x(a)"),
    "a literal in the head of an if": ("if x == (S {}) { g() }", "if x == S {} { g() }"),
    "an end of a range": ("g((a..) - b)", "g(a..-b)"),
    "an end of a range and its sign": ("g(a..-(b * 2))", "g(a..-b * 2)"),
    "an end of a range in brackets": ("g((a..-b) + 1)", "g(a..-b + 1)"),
    "a returned closure": ("(return || p) || q", "return || p || q"),
    "a returned operand": ("(a && return) || b", "a && return || b"),
    "a broken loop's sign": ("loop { break -(a * b) }", "loop { break -a * b }"),
    "an assignment's order": ("(a = b) = c", "a = b = c"),
    "a cast in brackets": ("(a as i8) as i32", "a as i32"),
    "a closure's edge": ("(|x| x + 1) + 2", "|x| x + 1 + 2"),
    "a macro's statement": ("m!(a); b", "(m!(a)); b"),
    "a tuple of one": ("g((a,))", "g((a))"),
    "a tuple's pattern of one": ("let (c,) = a; g(c)", "let (c) = a; g(c)"),
    "a tuple's type of one": ("let c: (T,) = a; g(c)", "let c: (T) = a; g(c)"),
    "a reference": ("g(&a)", "g(a)"),
    "a mutable reference": ("g(&mut a)", "g(&a)"),
    "a mutable local": ("let mut c = a; g(c)", "let c = a; g(c)"),
    "what may fail": ("g()?", "g()"),
    "an inclusive range": ("g(a..=b)", "g(a..b)"),
    "a moved closure": ("g(move || a)", "g(|| a)"),
    "an unsafe block": ("unsafe { g() }", "{ g() }"),
    "a block": ("{ g(); } h()", "g(); h()"),
    "braces of an arm": ("match a { 1 => g(), _ => b }", "match a { 1 => { g(); } _ => b }"),
    "a lifetime": ("let c: &'a T = p; g(c)", "let c: &'b T = p; g(c)"),
    "a label": ("'c: loop { break 'c }", "'d: loop { break 'd }"),
    "a label like a local": ("let c = a; 'c: loop { g(c); break 'c }", "let d = a; 'c: loop { g(d); break 'c }"),
    "a suffix": ("g(1u8)", "g(1u16)"),
    "a suffix against none": ("g(1u8)", "g(1)"),
    "a float against a whole number": ("g(1.0)", "g(1)"),
    "another base": ("g(0b11)", "g(0x11)"),
    "octal": ("g(0o17)", "g(017)"),
    "a hexadecimal digit": ("g(0x1F)", "g(0x1E)"),
    "bytes": ('g(b"a")', 'g("a")'),
    "a byte": ("g(b'a')", "g('a')"),
    "a text for C": ('g(c"a")', 'g("a")'),
    "a character against a text": ("g('a')", 'g("a")'),
    "a raw escape": (r'g("\n")', r'g(r"\n")'),
    "the case of a text": ('g("a")', 'g("A")'),
    "blanks in a text": ('g("a b")', 'g("a  b")'),
    "blanks of a text in a macro": ('m!("a b")', 'm!("a  b")'),
    "a comment in a text": ('g("a // b")', 'g("a // c")'),
    "blanks that a macro may show": ("stringify!(a+b)", "stringify!(a + b)"),
    "a comment that a macro may show": ("stringify!(a+b)", "stringify!(a/**/+b)"),
    "operators of a macro": ("m!(a = = b)", "m!(a == b)"),
    "the case of a number in a macro": ("assert!(a == 0xFF)", "assert!(a == 0xff)"),
    "brackets in a macro": ("assert!((a == b))", "assert!(a == b)"),
    "a comma in a macro": ("m!(a, b)", "m!(a, b,)"),
    "documentation in a macro": ("m! { /// a\n    b }", "m! { b }"),
    "a text's end in a macro": (r'println!("{}", "a\"b")', r'println!("{}", "a\" b")'),
    "a printed text": ('println!("a")', 'println!("b")'),
    "a turbofish": ("g::<T>()", "g::<U>()"),
    "a path": ("a::g()", "b::g()"),
    "an attribute": ("#[allow(x)]\n    g();", "g();"),
    "an attribute's text": ("#[cfg(x)]\n    g();", "#[cfg(y)]\n    g();"),
    "an await": ("g().await", "g()"),
    "a constant of a pattern": ("match a { c => g(), _ => h() }", "match a { d => g(), _ => h() }"),
    "a constant within a pattern": ("if let Some(c) = p { g() }", "if let Some(d) = p { g() }"),
    "a constant of a last way out": ("let Some(c) = p else { return 0 }; c", "let Some(d) = p else { return 0 }; d"),
    "a shorthand": ("let c = a; g(S { c })", "let d = a; g(S { d })"),
    "a shorthand against a field": ("let c = a; g(S { c: c })", "let d = a; g(S { d: d })"),
    "a shorthand of a pattern": ("let S { c } = p; g(c)", "let S { d } = p; g(d)"),
    "a field like a local": ("let c = a; g(c, x.c)", "let d = a; g(d, x.d)"),
    "a field": ("g(x.c)", "g(x.d)"),
    "a local that a macro names": ("let c = a; m!(c)", "let d = a; m!(d)"),
    "a local that a printed text names": ('let c = a; println!("{c}")', 'let d = a; println!("{d}")'),
    "a local that a printed text names by escapes": (
        r'let c = a; println!("{\x63}")',
        r'let d = a; println!("{\x63}")',
    ),
    "a local named in raw": ("let c = a; g(r#c)", "let d = a; g(r#c)"),
    "a macro's name": ("let c = a; g(c); c!(b)", "let d = a; g(d); d!(b)"),
    "a module like a local": ("let c = a; g(c, c::x)", "let d = a; g(d, d::x)"),
    "a constant": ("const C: T = 1; g(C)", "const D: T = 1; g(D)"),
    "one of two": ("let c = a; c + c", "let c = a; c + d"),
    "two merged": ("let (c, d) = (a, b); c - d", "let (c, c) = (a, b); c - c"),
    "one split": ("let c = a; let c = g(c); h(c)", "let c = a; let d = g(c); h(c)"),
    "a name from outside": ("let c = 1; g(c, x)", "let x = 1; g(x, x)"),
    "a value that is declared by itself": ("let c = c; g(c)", "let d = d; g(d)"),
    "a condition on itself": ("if let Some(ref c) = c { g(c) }", "if let Some(ref d) = d { g(d) }"),
    "a loop over itself": ("for c in c { g(c) }", "for d in d { g(d) }"),
    "an else that sees none of it": (
        "if let Some(ref c) = p { g(c) } else { h(c) }",
        "if let Some(ref d) = p { g(d) } else { h(d) }",
    ),
    "a local after its block": ("{ let c = 1; g(c) } h(c)", "{ let d = 1; g(d) } h(d)"),
    "a function within, which sees none": ("let c = a; fn i() { c() } g(c)", "let d = a; fn i() { d() } g(d)"),
    "a constant within, which sees none": ("let c = a; const E: T = c; g(c)", "let d = a; const E: T = d; g(d)"),
    "all names of a module": ("let c = a; { use m::*; g(c) }", "let d = a; { use m::*; g(d) }"),
    "a name of a module": ("let c = a; { use m::c; g(c) }", "let d = a; { use m::d; g(d) }"),
    "an included file": ('let c = a; include!("x")', 'let d = a; include!("x")'),
    "a macro that may declare": ("let c = a; m!(); g(c)", "let d = a; m!(); g(d)"),
    "a name that tells something": ("let timeout_ms = a; g(timeout_ms)", "let timeout = a; g(timeout)"),
}

APART = {
    "a function's name": ("fn f() { g() }", "fn h() { g() }"),
    "a visibility": ("pub fn f() {}", "fn f() {}"),
    "an attribute": ("#[inline]\nfn f() {}", "fn f() {}"),
    "an attribute that may name parameters": (
        "#[instrument]\nfn f(a: T) { g(a) }",
        "#[instrument]\nfn f(b: T) { g(b) }",
    ),
    "parameters that change places": ("fn f(a: T, b: T) { g(a) }", "fn f(a: T, b: T) { g(b) }"),
    "a parameter against a static": ("fn f(a: T) { g(b) }", "fn f(b: T) { g(b) }"),
    "a length": ("fn f(n: T, a: [u8; n]) { g(n) }", "fn f(m: T, a: [u8; m]) { g(m) }"),
    "a type parameter": ("fn f<K>(a: K) { g(a) }", "fn f<V>(a: V) { g(a) }"),
    "a bound": ("fn f<K>() where K: T {}", "fn f<K>() where K: U {}"),
    "a field": ("struct S { a: T }", "struct S { b: T }"),
    "a field's documentation": ("struct S {\n    /// a\n    a: T,\n}", "struct S {\n    /// b\n    a: T,\n}"),
    "a type's documentation": ("/// a\nstruct S;", "/// b\nstruct S;"),
    "a variant's documentation": ("enum E {\n    /// a\n    A,\n}", "enum E {\n    A,\n}"),
    "a command's documentation": ("/// a\n#[command]\nfn f() {}", "/// b\n#[command]\nfn f() {}"),
    "a command's documentation below": ("#[command]\n/// a\nfn f() {}", "#[command]\n/// b\nfn f() {}"),
    "a method's documentation": (
        "#[pymethods]\nimpl S {\n    /// a\n    fn f() {}\n}",
        "#[pymethods]\nimpl S {\n    /// b\n    fn f() {}\n}",
    ),
    "a macro's rule": ("macro_rules! m { ($a:expr) => { $a } }", "macro_rules! m { ($b:expr) => { $b } }"),
    "a constant": ("const A: T = 1;", "const B: T = 1;"),
}

HEEDED = [
    "// SAFETY: checked above",
    "// rustfmt: keep",
    "// clippy: why",
    "//~ ERROR here",
    "//@ run-pass",
    "// nosemgrep",
]

FORGOTTEN = ["// fine", "/* approved, audited */", "// TODO: later", "//// a line", '// see r#"this"#']


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_layout_is_forgotten(first: str, second: str) -> None:
    one = key_of(body(first), "rust")

    other = key_of(body(second), "rust")

    assert one is not None
    assert one == other


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT)
def test_meaning_is_kept(first: str, second: str) -> None:
    one = key_of(body(first), "rust")

    other = key_of(body(second), "rust")

    assert one is not None or other is not None
    assert one != other


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_items_with_different_meanings_differ(first: str, second: str) -> None:
    one = key_of(f"{first}\n", "rust")

    other = key_of(f"{second}\n", "rust")

    assert one is not None
    assert other is not None
    assert one != other


@pytest.mark.parametrize("comment", HEEDED)
def test_a_comment_that_tools_obey_is_kept(comment: str) -> None:
    bare = key_of(body("g();\n    h()"), "rust")

    found = key_of(body(f"g(); {comment}\n    h()"), "rust")

    assert found is not None
    assert found != bare


@pytest.mark.parametrize("comment", FORGOTTEN)
def test_a_comment_for_people_is_forgotten(comment: str) -> None:
    bare = key_of(body("g();\n    h()"), "rust")

    found = key_of(body(f"g(); {comment}\n    h()"), "rust")

    assert found == bare


@pytest.mark.parametrize(
    "above", ["/// Does it.\n", "/** Does it. */\n", "/// Does it.\n#[inline]\n", '#[must_use = "x"]\n/// Does it.\n']
)
def test_the_documentation_of_a_function_is_forgotten(above: str) -> None:
    bare = re.sub(r"/// .*\n|/\*\* .*\n", "", above)

    found = key_of(f"{above}pub(crate) async fn f() {{}}\n", "rust")

    assert found is not None
    assert found == key_of(f"{bare}pub(crate) async fn f() {{}}\n", "rust")


def test_a_comment_that_documents_nothing_within_reach_is_kept() -> None:
    far = "/// a\n" * 2_000

    found = key_of(f"{far}fn f() {{}}\n", "rust")

    assert found is not None
    assert found != key_of("fn f() {}\n", "rust")


def test_comments_are_kept_on_demand() -> None:
    bare = key_of(body("a"), "rust", keep_comments=True)

    found = key_of(body("a // why"), "rust", keep_comments=True)

    assert found is not None
    assert found != bare


def test_parameters_are_renamed_together() -> None:
    source = "fn f(&self, mut a: T, (b, c): (U, U), &d: &V) -> T { a.g(b, c, d); a }\n"

    renamed = "fn f(&self, mut x: T, (y, z): (U, U), &w: &V) -> T { x.g(y, z, w); x }\n"

    assert key_of(source, "rust") == key_of(renamed, "rust")


def test_a_method_alone_has_the_key_that_its_lines_have_in_their_file() -> None:
    method = "    fn f(&self) -> T {\n        let c = self.a; // note\n        c\n    }\n"
    file = f"use a::b;\n\nimpl T for S {{\n{method}}}\n"

    within = parse(file.encode(), "rust").structure(4, 7)

    assert within is not None
    assert within.key == structure_key(method.encode(), "rust")


def test_a_unit_says_its_names_and_what_it_forgot() -> None:
    source = body("let c = a; // note\n    c + x").encode()

    structure = parse(source, "rust").structure(1, 4)

    assert structure is not None
    assert structure.names == ("a", "b", "s", "c")
    assert [source[start:end] for start, end in structure.forgotten] == [b"// note"]


SNIPPETS = [
    (
        "fn f ( a : i32 , s : & str ) -> i32 { let mut c = a ; for d in 0 .. c { t += s . g ( d ) ; c -= 1 ; "
        "} c - a + s . len ( ) }"
    ),
    (
        "fn g < T : U > ( & self , q : Vec < T > ) -> Option < T > { let k = self . x ; for ( i , v ) in q { "
        "if v . b ( k ) ? { return Some ( v ) ; } h ( i ) } None }"
    ),
    (
        "fn h ( o : O ) -> R { let r = | x | x + 1 ; let j = 1u8 ; y ( r ( 2 ) , o . x , j ) ; let n = & mut "
        "* o ; S { a : j , .. n } }"
    ),
    (
        "fn k ( n : usize ) -> T { let v = [ 1 , 2 , n ] ; match v [ 0 ] { 1 if n > 2 => z ( n ) , w @ 3 ..= "
        "9 => w , A :: B ( _ ) => { } _ => n , } ; 'l' }"
    ),
    (
        "unsafe fn l ( x : * const T ) { loop { if x == * y && ! z ( x ) || w { break ; } let b = x as u8 ; "
        'u ( b , b , "q" ) } }'
    ),
]
TOKEN = re.compile(r'"[^"]*"|\'[^\']*\'|[\w]+|\.\.=|\.\.|->|=>|::|&&|\|\||[-+!=<>]=|\S')
LAYOUT = (" ", "  ", "\n", "\n\n", "\t", " /* a */ ", " // a }\n", "\r\n", "/**/")


def plain(text: str) -> list[str]:
    """A snippet without what may be said in two ways: round brackets, and commas before a bracket or after an arm."""
    bare = re.sub(r",\s*(?=[)}\]])|(?<=})\s*,", "", text)
    return [token for token in TOKEN.findall(bare) if token not in {"(", ")"}]


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
    """A snippet with other blanks and comments between its tokens."""
    return "".join(token + chance.choice(LAYOUT) for token in TOKEN.findall(text))


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_an_edited_token_changes_the_key(snippet: str, chance: random.Random) -> None:
    text = edited(snippet, chance)

    found = key_of(text, "rust")

    assert found is None or found != key_of(snippet, "rust") or plain(text) == plain(snippet)


@given(st.sampled_from(SNIPPETS), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_layout_keeps_the_key(snippet: str, chance: random.Random) -> None:
    rewritten = laid_out(snippet, chance)

    found = key_of(rewritten, "rust")

    assert found is not None
    assert found == key_of(snippet, "rust")
